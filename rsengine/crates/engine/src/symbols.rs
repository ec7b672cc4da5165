//! What one lot of a symbol is, and what it costs to hold (rules E4, N2, P2, P6, A1).

use std::sync::Arc;

use crate::arithmetic::floor;
use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};
use crate::rollover::NIGHTS;
use crate::settings::{choice, is_currency, number};

/// Volumes are counted in whole hundred-millionths of a lot (E4).
pub const LOT_UNIT: f64 = 1e8;

/// What the currency of a specification is expected to be.
pub const CURRENCY_EXPECTED: &str = "a name without a slash, such as EUR, or None";

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
    /// Currency of the contract, which margin is counted in (A1).
    pub base_currency: Option<Arc<str>>,
    /// Currency of prices; with it results are converted by the executor's rates (P5).
    pub quote_currency: Option<Arc<str>>,
    /// With `tick_value`: one lot gains that much for each `tick_size` of price (P2.unit_value).
    pub tick_size: Option<f64>,
    /// Account currency gained by one lot for each `tick_size` of price.
    pub tick_value: Option<f64>,
    /// Least distance of stop and target from the price, in price units (S3.distance).
    pub min_stop_distance: f64,
    /// Points (10^-digits) that a long lot gains for each night, negative: pays (P6.swap).
    pub swap_long: f64,
    /// The same of a short lot.
    pub swap_short: f64,
    /// The night that counts for three, `Mon` to `Fri`.
    pub swap_triple: Arc<str>,
    /// In place of that of [`Margin`](crate::account::Margin) (A1.used).
    pub leverage: Option<f64>,
}

impl SymbolSpec {
    /// A specification with the usual contract (100,000 units, 0.01 to 100 lots by 0.01).
    ///
    /// ```
    /// # use fillproof_engine::symbols::SymbolSpec;
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
            base_currency: None,
            quote_currency: None,
            tick_size: None,
            tick_value: None,
            min_stop_distance: 0.0,
            swap_long: 0.0,
            swap_short: 0.0,
            swap_triple: "Wed".into(),
            leverage: None,
        }
        .checked()
    }

    /// The same specification if it makes sense; fields may be set by hand before.
    ///
    /// # Errors
    /// `SPEC_INVALID`, `NUMBER_INVALID`, `OPTION_UNKNOWN`.
    pub fn checked(mut self) -> Result<Self> {
        if self.symbol.is_empty() {
            return Err(self.invalid("symbol", Value::from(""), "a name"));
        }
        if let Some(digits) = self.digits.filter(|&digits| digits > 15) {
            let expected = "a whole number from 0 to 15, or None";
            return Err(self.invalid("digits", Value::Int(digits.into()), expected));
        }
        for (field, currency) in [
            ("base_currency", &self.base_currency),
            ("quote_currency", &self.quote_currency),
        ] {
            if let Some(currency) = currency.as_deref().filter(|name| !is_currency(name)) {
                return Err(self.invalid(field, Value::from(currency), CURRENCY_EXPECTED));
            }
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
        self.swap_long = number(self.swap_long, "swap_long", -f64::MAX, false)?;
        self.swap_short = number(self.swap_short, "swap_short", -f64::MAX, false)?;
        choice(&self.swap_triple, "swap_triple", &NIGHTS)?;
        if let Some(leverage) = self.leverage {
            self.leverage = Some(number(leverage, "leverage", 0.0, true)?);
        }
        if self.digits.is_none() && self.swap_field().is_some() {
            let expected = "the decimals of a price, in which swap counts";
            let mut error = self.invalid("digits", Value::from(""), expected);
            error.value = None;
            return Err(error);
        }
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

    /// Names the first swap that is not zero; `None` where holding costs nothing.
    #[must_use]
    pub fn swap_field(&self) -> Option<&'static str> {
        if self.swap_long != 0.0 {
            return Some("swap_long");
        }
        (self.swap_short != 0.0).then_some("swap_short")
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
