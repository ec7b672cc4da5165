//! Average true range (rule I.atr).

use crate::arithmetic::{distance, is_finite, larger};
use crate::errors::{EngineError, ErrorCode, Result};

/// Streaming ATR after Wilder: `y = ((y * (period - 1)) + TR) / period`.
///
/// TR is `high - low` at the first bar, then the largest of that, `|high - previous close|` and
/// `|low - previous close|`. The first y is the mean of the first `period` of them. A bar with a
/// NaN repeats y and is left out: the next one counts from the close before it.
///
/// ```
/// # use fillproof_engine::indicators::atr::Atr;
/// let mut average = Atr::new(2)?;
/// assert!(average.update(2.0, 1.0, 1.5).is_nan());
/// assert_eq!(average.update(3.0, 2.0, 2.5), 1.25);
/// assert_eq!(average.update(3.0, 2.0, 2.5), 1.125);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Atr {
    period: i64,
    seen: i64,
    sum: f64,
    close: f64,
    value: f64,
}

impl Atr {
    /// An average over `period` bars that has seen none.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        if period < 1 {
            return Err(EngineError::new(ErrorCode::PeriodInvalid)
                .in_field("period")
                .with_value(period)
                .expecting("a whole number >= 1"));
        }
        Ok(Self {
            period,
            seen: 0,
            sum: 0.0,
            close: f64::NAN,
            value: f64::NAN,
        })
    }

    /// Forgets every bar.
    pub fn restart(&mut self) {
        self.seen = 0;
        self.sum = 0.0;
        self.close = f64::NAN;
        self.value = f64::NAN;
    }

    /// Bars.
    #[must_use]
    pub fn period(&self) -> i64 {
        self.period
    }

    /// Last value, NaN before the first.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Takes the next bar in and returns the average.
    #[inline]
    pub fn update(&mut self, high: f64, low: f64, close: f64) -> f64 {
        if !(is_finite(high) && is_finite(low) && is_finite(close)) {
            return self.value;
        }
        let mut true_range = high - low;
        if is_finite(self.close) {
            true_range = larger(true_range, distance(high, self.close));
            true_range = larger(true_range, distance(low, self.close));
        }
        self.close = close;
        let length = self.period as f64;
        if self.seen == self.period {
            self.value = ((self.value * (length - 1.0)) + true_range) / length;
            return self.value;
        }
        self.seen += 1;
        self.sum += true_range;
        if self.seen == self.period {
            self.value = self.sum / length;
        }
        self.value
    }
}
