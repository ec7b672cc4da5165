//! Exponential moving average (rules I.ema, I.ema_gap).

use crate::arithmetic::is_finite;
use crate::errors::Result;
use crate::settings;

/// Streaming EMA: `y = (a * x) + (b * y)`, `a = 2 / (period + 1)`, `b = 1 - a`, first `y = x`.
///
/// A missing x (NaN) repeats y and ages its weight: after k of them
/// `y = ((a * x) + (w * y)) / (a + w)` with w = b multiplied by b, k times.
///
/// ```
/// # use fillproof_engine::indicators::ema::Ema;
/// let mut average = Ema::new(3)?;
/// assert_eq!((average.update(1.0), average.update(2.0)), (1.0, 1.5));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ema {
    period: i64,
    new_weight: f64,
    old_weight: f64,
    aged: f64,
    value: f64,
}

impl Ema {
    /// An average over `period` bars that has seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        let period = settings::period(period, "period")?;
        Ok(Self::weigh(period, 2.0 / (period as f64 + 1.0)))
    }

    /// An average in which a new value has this weight.
    pub(super) fn weigh(period: i64, new_weight: f64) -> Self {
        let old_weight = 1.0 - new_weight;
        Self {
            period,
            new_weight,
            old_weight,
            aged: old_weight,
            value: f64::NAN,
        }
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.aged = self.old_weight;
        self.value = f64::NAN;
    }

    /// Bars.
    #[must_use]
    pub fn period(&self) -> i64 {
        self.period
    }

    /// The weights of a new value and of the old ones.
    pub(crate) fn weights(&self) -> (f64, f64) {
        (self.new_weight, self.old_weight)
    }

    /// Last value, NaN before the first.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Takes the next value in and returns the average.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        if !is_finite(x) {
            if is_finite(self.value) {
                self.aged *= self.old_weight;
            }
            return self.value;
        }
        if !is_finite(self.value) {
            self.value = x + 0.0;
        } else if self.aged == self.old_weight {
            self.value = (self.new_weight * x) + (self.old_weight * self.value);
        } else {
            let weighted = (self.new_weight * x) + (self.aged * self.value);
            self.value = weighted / (self.new_weight + self.aged);
            self.aged = self.old_weight;
        }
        self.value
    }
}

/// Returns the EMA of a column, NaN before its first value.
///
/// ```
/// # use fillproof_engine::indicators::ema::ema;
/// assert_eq!(ema(&[1.0, 2.0, 3.0], 3)?, [1.0, 1.5, 2.25]);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
///
/// # Errors
/// `PERIOD_INVALID` below 1.
pub fn ema(values: &[f64], period: i64) -> Result<Vec<f64>> {
    let mut average = Ema::new(period)?;
    Ok(values.iter().map(|&x| average.update(x)).collect())
}
