//! What a run is configured with: costs, sizing, policy. Values, checked when made.

use crate::errors::{EngineError, ErrorCode, Result, Value};
use crate::settings::{number, whole, words};

/// The largest count that a policy takes.
/// Largest count that a setting takes.
pub const COUNT_MOST: u64 = (1 << 31) - 1;

/// Adverse slippage of market fills and stops, in pips (E1, X2, N3).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SlippageModel {
    /// The same slippage for every such fill.
    pub fixed_pips: f64,
    /// Times a number from 0 to 1 that depends on seed, order and side alone (N3.random).
    pub random_pips: f64,
    /// What the random part depends on.
    pub seed: u64,
}

impl SlippageModel {
    /// A model made of all its parts.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(fixed_pips: f64, random_pips: f64, seed: u64) -> Result<Self> {
        Ok(Self {
            fixed_pips: number(fixed_pips, "fixed_pips", 0.0, false)?,
            random_pips: number(random_pips, "random_pips", 0.0, false)?,
            seed,
        })
    }
}

/// Commission per side, all in account currency (P4.fee).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct FeeModel {
    /// For each lot.
    pub per_lot: f64,
    /// For each million of notional.
    pub per_million: f64,
    /// Percent of notional.
    pub percent: f64,
    /// At least this for each side.
    pub minimum: f64,
}

impl FeeModel {
    /// A model made of all its parts.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(per_lot: f64, per_million: f64, percent: f64, minimum: f64) -> Result<Self> {
        Ok(Self {
            per_lot: number(per_lot, "per_lot", 0.0, false)?,
            per_million: number(per_million, "per_million", 0.0, false)?,
            percent: number(percent, "percent", 0.0, false)?,
            minimum: number(minimum, "minimum", 0.0, false)?,
        })
    }
}

/// How the volume of an order is found (E4).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sizing {
    /// The same volume for every order, not rounded (E4.fixed_lots).
    FixedLots {
        /// Volume in lots.
        lots: f64,
    },
    /// Volume such that the initial stop loses this much (E4.risk_amount).
    RiskAmount {
        /// Account currency.
        amount: f64,
    },
    /// Volume such that the initial stop loses this fraction of equity (E4.risk_fraction).
    RiskFraction {
        /// Of the equity of the portfolio's last row.
        fraction: f64,
    },
}

impl Sizing {
    /// The same volume for every order.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn fixed_lots(lots: f64) -> Result<Self> {
        Ok(Self::FixedLots {
            lots: number(lots, "lots", 0.0, true)?,
        })
    }

    /// Volume such that the initial stop loses this much.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn risk_amount(amount: f64) -> Result<Self> {
        Ok(Self::RiskAmount {
            amount: number(amount, "amount", 0.0, true)?,
        })
    }

    /// Volume such that the initial stop loses this fraction of equity.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn risk_fraction(fraction: f64) -> Result<Self> {
        Ok(Self::RiskFraction {
            fraction: number(fraction, "fraction", 0.0, true)?,
        })
    }
}

words! {
    /// When a market order fills (E1).
    MarketFill, "market_fill", {
        /// At the close of the signal's bar.
        Close = "close",
        /// At the open of the next bar.
        NextOpen = "next_open",
        /// At its own entry price.
        Signal = "signal",
    }
}

words! {
    /// What bars with an ask below the bid lead to (T2.crossed).
    OnCrossed, "on_crossed", {
        /// The run goes on and counts them.
        Warn = "warn",
        /// The first such bar is refused.
        Error = "error",
    }
}

words! {
    /// Which level counts if a bar touches both (X3, E5).
    Intrabar, "intrabar", {
        /// The stop; one that may have come before the entry happens, a target like it does not.
        Worst = "worst",
        /// The same, and a stop that was beyond the price from the open on happens, too.
        WorstStrict = "worst_strict",
        /// The reverse of `Worst`.
        Best = "best",
        /// The high comes before the low.
        Ohlc = "ohlc",
        /// The low comes before the high.
        Olhc = "olhc",
        /// The extreme nearer to the open comes first.
        NearestExtreme = "nearest_extreme",
        /// The low comes first in a candle that rose.
        CandleColor = "candle_color",
        /// What the executor's lower candles show (X3.drilldown).
        Drilldown = "drilldown",
    }
}

words! {
    /// Where a bar that opens beyond a level fills it (E2, X2).
    GapFill, "gap_fill", {
        /// At the open.
        Open = "open",
        /// At the level.
        Level = "level",
    }
}

words! {
    /// What becomes of a waiting order that could fill at once (S3.marketable).
    OnMarketable, "on_marketable", {
        /// It waits like any other.
        Fill = "fill",
        /// It is rejected.
        Reject = "reject",
    }
}

words! {
    /// What a risk too small for the smallest volume leads to (S3.below_min, E4.clamped).
    BelowMin, "below_min", {
        /// The signal is rejected.
        Reject = "reject",
        /// The smallest volume is taken.
        Clamp = "clamp",
    }
}

words! {
    /// Whose rules hold.
    Preset, "preset", {
        /// The law.
        Canonical = "canonical",
        /// The system that the preset parity reproduces (R).
        Parity = "parity",
    }
}

/// How orders fill, which way a bar is read, and what happens at the edges of the data.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ExecutionPolicy {
    /// When a market order fills.
    pub market_fill: MarketFill,
    /// Close what is open on the last bar (X5.close_at_end), else leave it marked.
    pub close_at_end: bool,
    /// What bars with an ask below the bid lead to.
    pub on_crossed: OnCrossed,
    /// Which level counts if a bar touches both.
    pub intrabar: Intrabar,
    /// Where a bar that opens beyond a level fills it.
    pub gap_fill: GapFill,
    /// What becomes of a waiting order that could fill at once.
    pub on_marketable: OnMarketable,
    /// How far the price has to go through a limit order's entry (E2.limit_inside).
    pub limit_through_pips: f64,
    /// How early stops and targets are touched (X1.buffer).
    pub exit_buffer_pips: f64,
    /// What a risk too small for the smallest volume leads to.
    pub below_min: BelowMin,
    /// So many orders and positions at most (S3.max_positions).
    pub max_positions: Option<u64>,
    /// So many orders and positions of one symbol at most (S3.max_positions_symbol).
    pub max_positions_symbol: Option<u64>,
    /// Whose rules hold.
    pub preset: Preset,
}

impl ExecutionPolicy {
    /// The default policy.
    #[must_use]
    pub fn canonical() -> Self {
        Self::default()
    }

    /// The policy of the preset parity (R).
    ///
    /// ```
    /// # use fillproof_engine::config::ExecutionPolicy;
    /// let policy = ExecutionPolicy::parity();
    /// assert_eq!(policy.exit_buffer_pips, 0.5);
    /// assert_eq!(policy.checked(), Ok(policy));
    /// ```
    #[must_use]
    pub fn parity() -> Self {
        Self {
            market_fill: MarketFill::Signal,
            gap_fill: GapFill::Level,
            exit_buffer_pips: 0.5,
            preset: Preset::Parity,
            ..Self::default()
        }
    }

    /// Whether the rules of the preset parity hold.
    #[must_use]
    #[inline]
    pub fn is_parity(&self) -> bool {
        self.preset == Preset::Parity
    }

    /// The same policy if it makes sense; fields may be set by hand before.
    ///
    /// # Errors
    /// `NUMBER_INVALID`, `PRESET_OPTION`.
    pub fn checked(mut self) -> Result<Self> {
        let pips = |value, field| number(value, field, 0.0, false);
        self.limit_through_pips = pips(self.limit_through_pips, "limit_through_pips")?;
        self.exit_buffer_pips = pips(self.exit_buffer_pips, "exit_buffer_pips")?;
        for (count, field) in [
            (self.max_positions, "max_positions"),
            (self.max_positions_symbol, "max_positions_symbol"),
        ] {
            if let Some(count) = count {
                whole(count, field, 1, COUNT_MOST)?;
            }
        }
        if self.is_parity() {
            self.check_parity()?;
        }
        Ok(self)
    }

    /// Refuses what the preset parity would ignore (R6.options).
    fn check_parity(&self) -> Result<()> {
        let only = Self::parity();
        let word = |field, value: &'static str, only: &'static str| {
            let expected = format!("'{only}'");
            (value != only).then(|| (field, Value::from(value), expected))
        };
        let count = |field, value: Option<u64>| {
            let value = Value::Int(i64::try_from(value?).unwrap_or(i64::MAX));
            Some((field, value, "None".to_owned()))
        };
        let fill = (self.market_fill.as_str(), only.market_fill.as_str());
        let broken = word("market_fill", fill.0, fill.1)
            .or_else(|| word("intrabar", self.intrabar.as_str(), only.intrabar.as_str()))
            .or_else(|| word("gap_fill", self.gap_fill.as_str(), only.gap_fill.as_str()))
            .or_else(|| {
                let (value, only) = (self.on_marketable.as_str(), only.on_marketable.as_str());
                word("on_marketable", value, only)
            })
            .or_else(|| {
                let value = self.limit_through_pips;
                (value != 0.0).then(|| {
                    let expected = "0.0".to_owned();
                    ("limit_through_pips", Value::Float(value), expected)
                })
            })
            .or_else(|| {
                word(
                    "below_min",
                    self.below_min.as_str(),
                    only.below_min.as_str(),
                )
            })
            .or_else(|| count("max_positions", self.max_positions))
            .or_else(|| count("max_positions_symbol", self.max_positions_symbol));
        match broken {
            None => Ok(()),
            Some((field, value, expected)) => Err(EngineError::new(ErrorCode::PresetOption)
                .in_field(field)
                .with_value(value)
                .expecting(expected)),
        }
    }
}
