//! What a `PositionManager` is told to do; values, checked when made (rules M1).

use crate::config::COUNT_MOST;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::indicators::atr::Atr;
use crate::sessions::Session;
use crate::settings::{number, whole};

/// What a manager is made of; absent rules do nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ManagerConfig {
    /// Its `flat_at` closes what was filled before.
    pub session: Option<Session>,
    /// Bars after the one of the fill.
    pub max_holding_bars: Option<u64>,
    /// Minutes after the open of the bar of the fill.
    pub max_holding_minutes: Option<f64>,
    /// When the stop goes to the fill.
    pub break_even: Option<BreakEven>,
    /// At what distance the stop follows.
    pub trailing: Option<Trailing>,
    /// Parts to be taken, in order.
    pub partials: Vec<Partial>,
}

impl ManagerConfig {
    /// The same settings if the numbers make sense; fields may be set by hand before.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn checked(mut self) -> Result<Self> {
        let bars = self.max_holding_bars;
        self.max_holding_bars = bars
            .map(|bars| whole(bars, "max_holding_bars", 1, COUNT_MOST))
            .transpose()?;
        let minutes = self.max_holding_minutes;
        self.max_holding_minutes = minutes
            .map(|minutes| number(minutes, "max_holding_minutes", 0.0, true))
            .transpose()?;
        Ok(self)
    }
}

/// Sets the stop to the fill once the position has gained enough (M1.break_even).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakEven {
    /// The gain, in units of the initial risk.
    pub after_r: Option<f64>,
    /// The gain, in pips.
    pub after_pips: Option<f64>,
    /// How far beyond the fill.
    pub buffer_pips: f64,
}

impl BreakEven {
    /// Exactly one of `after_r` and `after_pips` is given.
    ///
    /// # Errors
    /// `OPTION_UNKNOWN`, `NUMBER_INVALID`.
    pub fn new(after_r: Option<f64>, after_pips: Option<f64>, buffer_pips: f64) -> Result<Self> {
        let [after_r, after_pips] = one_of([("after_r", after_r), ("after_pips", after_pips)])?;
        Ok(Self {
            after_r,
            after_pips,
            buffer_pips: number(buffer_pips, "buffer_pips", 0.0, false)?,
        })
    }
}

/// Lets the stop follow the close at a distance (M1.trailing).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trailing {
    /// The distance, in pips.
    pub pips: Option<f64>,
    /// The distance, in units of the initial risk.
    pub r: Option<f64>,
    /// The distance, in average true ranges of the side that closes the position.
    pub atr: Option<f64>,
    /// Bars of the average true range.
    pub period: i64,
}

impl Trailing {
    /// Exactly one of `pips`, `r` and `atr` is given.
    ///
    /// # Errors
    /// `OPTION_UNKNOWN`, `NUMBER_INVALID`, `PERIOD_INVALID`.
    pub fn new(pips: Option<f64>, r: Option<f64>, atr: Option<f64>, period: i64) -> Result<Self> {
        let [pips, r, atr] = one_of([("pips", pips), ("r", r), ("atr", atr)])?;
        Ok(Self {
            pips,
            r,
            atr,
            period: Atr::new(period)?.period(),
        })
    }
}

/// Closes a part of the position once it has gained enough (M1.partial).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Partial {
    /// Of the initial size, above 0 and at most 1.
    pub fraction: f64,
    /// The gain, in units of the initial risk.
    pub after_r: Option<f64>,
    /// The gain, in pips.
    pub after_pips: Option<f64>,
}

impl Partial {
    /// Exactly one of `after_r` and `after_pips` is given.
    ///
    /// # Errors
    /// `OPTION_UNKNOWN`, `NUMBER_INVALID`.
    pub fn new(fraction: f64, after_r: Option<f64>, after_pips: Option<f64>) -> Result<Self> {
        let fraction = number(fraction, "fraction", 0.0, true)?;
        if fraction > 1.0 {
            return Err(EngineError::new(ErrorCode::NumberInvalid)
                .in_field("fraction")
                .with_value(fraction)
                .expecting("a finite number > 0.0 and <= 1.0"));
        }
        let [after_r, after_pips] = one_of([("after_r", after_r), ("after_pips", after_pips)])?;
        Ok(Self {
            fraction,
            after_r,
            after_pips,
        })
    }
}

/// Reads settings of which exactly one is given, as numbers above zero.
fn one_of<const N: usize>(values: [(&str, Option<f64>); N]) -> Result<[Option<f64>; N]> {
    let given = values.iter().filter(|(_, value)| value.is_some()).count();
    if given != 1 {
        let names = values.map(|(name, _)| name);
        return Err(EngineError::new(ErrorCode::OptionUnknown)
            .in_field(&names.join(", "))
            .with_value(given)
            .expecting("exactly one of them"));
    }
    let mut read = [None; N];
    for (place, (name, value)) in values.into_iter().enumerate() {
        read[place] = value
            .map(|value| number(value, name, 0.0, true))
            .transpose()?;
    }
    Ok(read)
}
