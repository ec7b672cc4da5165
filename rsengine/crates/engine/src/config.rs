//! What a run is configured with: symbol, costs, sizing, policy. Values, checked when made.

use std::sync::Arc;

use crate::arithmetic::floor;
use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};

/// Volumes are counted in whole hundred-millionths of a lot (E4).
pub const LOT_UNIT: f64 = 1e8;

/// Reads a setting as a finite number that is at least (or above) a bound.
///
/// # Errors
/// `NUMBER_INVALID`.
pub fn number(value: f64, field: &str, least: f64, above: bool) -> Result<f64> {
    if !value.is_finite() || value < least || (above && value == least) {
        let relation = if above { ">" } else { ">=" };
        return Err(EngineError::new(ErrorCode::NumberInvalid)
            .in_field(field)
            .with_value(value)
            .expecting(format!("a finite number {relation} {}", float_text(least))));
    }
    Ok(value + 0.0)
}

/// What one lot of a symbol is: pip, price grid, contract and volume grid.
#[derive(Debug, Clone, PartialEq)]
pub struct SymbolSpec {
    /// Name of the symbol.
    pub symbol: Arc<str>,
    /// Price units of one pip, 0.0001 for EURUSD.
    pub pip_size: f64,
    /// Decimals of a quoted price, 0 to 15; `None`: nothing is snapped (N2).
    pub digits: Option<u32>,
    /// Units of the base currency in one lot.
    pub contract_size: f64,
    /// Smallest volume, in lots.
    pub volume_min: f64,
    /// Step of the volume grid, in lots.
    pub volume_step: f64,
    /// Largest volume, in lots.
    pub volume_max: f64,
    /// With `tick_value`: one lot gains that much for each `tick_size` of price (P2.unit_value).
    pub tick_size: Option<f64>,
    /// Account currency gained by one lot for each `tick_size` of price.
    pub tick_value: Option<f64>,
    /// Least distance of stop and target from the price, in price units (S3.distance).
    pub min_stop_distance: f64,
}

impl SymbolSpec {
    /// A specification with the usual contract (100,000 units, 0.01 to 100 lots by 0.01).
    ///
    /// ```
    /// # use fillproof_engine::config::SymbolSpec;
    /// assert_eq!(SymbolSpec::new("EURUSD", 0.0001, Some(5))?.unit_value(), 100000.0);
    /// # Ok::<(), fillproof_engine::errors::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// `SPEC_INVALID`, `NUMBER_INVALID`.
    pub fn new(symbol: &str, pip_size: f64, digits: Option<u32>) -> Result<Self> {
        Self {
            symbol: symbol.into(),
            pip_size,
            digits,
            contract_size: 100_000.0,
            volume_min: 0.01,
            volume_step: 0.01,
            volume_max: 100.0,
            tick_size: None,
            tick_value: None,
            min_stop_distance: 0.0,
        }
        .checked()
    }

    /// The same specification if it makes sense; fields may be set by hand before.
    ///
    /// # Errors
    /// `SPEC_INVALID`, `NUMBER_INVALID`.
    pub fn checked(mut self) -> Result<Self> {
        if self.symbol.is_empty() {
            return Err(self.invalid("symbol", Value::from(""), "a name"));
        }
        if let Some(digits) = self.digits.filter(|&digits| digits > 15) {
            let expected = "a whole number from 0 to 15, or None";
            return Err(self.invalid("digits", Value::Int(digits.into()), expected));
        }
        if self.tick_size.is_some() != self.tick_value.is_some() {
            let value = if self.tick_size.is_some() {
                "tick_size alone"
            } else {
                "tick_value alone"
            };
            return Err(self.invalid(
                "tick_size, tick_value",
                Value::from(value),
                "both or neither",
            ));
        }
        self.pip_size = number(self.pip_size, "pip_size", 0.0, true)?;
        self.contract_size = number(self.contract_size, "contract_size", 0.0, true)?;
        self.volume_min = number(self.volume_min, "volume_min", 1e-8, false)?;
        self.volume_step = number(self.volume_step, "volume_step", 1e-8, false)?;
        self.volume_max = number(self.volume_max, "volume_max", 1e-8, false)?;
        if let Some(size) = self.tick_size {
            self.tick_size = Some(number(size, "tick_size", 0.0, true)?);
        }
        if let Some(value) = self.tick_value {
            self.tick_value = Some(number(value, "tick_value", 0.0, true)?);
        }
        self.min_stop_distance = number(self.min_stop_distance, "min_stop_distance", 0.0, false)?;
        if self.volume_max < self.volume_min {
            let expected = format!(">= volume_min {}", float_text(self.volume_min));
            return Err(self.invalid("volume_max", Value::from(self.volume_max), &expected));
        }
        Ok(self)
    }

    fn invalid(&self, field: &str, value: Value, expected: &str) -> EngineError {
        let error = EngineError::new(ErrorCode::SpecInvalid)
            .in_field(field)
            .with_value(value)
            .expecting(expected);
        if field == "symbol" {
            error
        } else {
            error.for_symbol(&self.symbol)
        }
    }

    /// Account currency gained by one lot per unit of price (P2.unit_value).
    #[must_use]
    pub fn unit_value(&self) -> f64 {
        match (self.tick_size, self.tick_value) {
            (Some(size), Some(value)) => value / size,
            _ => self.contract_size,
        }
    }

    /// `volume_min`, `volume_step`, `volume_max` in hundred-millionths of a lot (E4).
    #[must_use]
    pub fn volume_units(&self) -> (f64, f64, f64) {
        (
            floor((self.volume_min * LOT_UNIT) + 0.5),
            floor((self.volume_step * LOT_UNIT) + 0.5),
            floor((self.volume_max * LOT_UNIT) + 0.5),
        )
    }
}

/// Adverse slippage of market fills and stops, in pips (E1, X2).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SlippageModel {
    /// The same slippage for every such fill.
    pub fixed_pips: f64,
}

impl SlippageModel {
    /// A model with the same slippage for every fill.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(fixed_pips: f64) -> Result<Self> {
        Ok(Self {
            fixed_pips: number(fixed_pips, "fixed_pips", 0.0, false)?,
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
}

/// When a market order fills (E1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MarketFill {
    /// At the close of the signal's bar.
    #[default]
    Close,
    /// At the open of the next bar.
    NextOpen,
}

impl MarketFill {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::NextOpen => "next_open",
        }
    }

    /// Reads the option.
    ///
    /// # Errors
    /// `OPTION_UNKNOWN`.
    pub fn parse(text: &str) -> Result<Self> {
        match choice(text, "market_fill", &["close", "next_open"])? {
            0 => Ok(Self::Close),
            _ => Ok(Self::NextOpen),
        }
    }
}

/// What bars with an ask below the bid lead to (T2.crossed).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnCrossed {
    /// The run goes on and counts them.
    #[default]
    Warn,
    /// The first such bar is refused.
    Error,
}

impl OnCrossed {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// Reads the option.
    ///
    /// # Errors
    /// `OPTION_UNKNOWN`.
    pub fn parse(text: &str) -> Result<Self> {
        match choice(text, "on_crossed", &["warn", "error"])? {
            0 => Ok(Self::Warn),
            _ => Ok(Self::Error),
        }
    }
}

/// How orders fill and what happens at the edges of the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExecutionPolicy {
    /// When a market order fills.
    pub market_fill: MarketFill,
    /// Close what is open on the last bar (X5.close_at_end), else leave it marked.
    pub close_at_end: bool,
    /// What bars with an ask below the bid lead to.
    pub on_crossed: OnCrossed,
}

impl ExecutionPolicy {
    /// The default policy.
    #[must_use]
    pub fn canonical() -> Self {
        Self::default()
    }
}

/// Reads a setting that is one of a few words and returns its place among them.
///
/// # Errors
/// `OPTION_UNKNOWN`.
pub fn choice(value: &str, field: &str, options: &[&str]) -> Result<usize> {
    options
        .iter()
        .position(|&option| option == value)
        .ok_or_else(|| {
            EngineError::new(ErrorCode::OptionUnknown)
                .in_field(field)
                .with_value(value)
                .expecting(options.join(" or "))
        })
}
