//! Changes of the close (rules I.rsi, I.macd, I.roc).

use crate::arithmetic::is_finite;
use crate::errors::Result;
use crate::indicators::ema::Ema;
use crate::indicators::moving::Wilder;
use crate::settings;

/// Streaming relative strength after Wilder (I.rsi).
///
/// A change to or from a missing value is missing: the value repeats, and ages as a mean does.
///
/// ```
/// # use fillproof_engine::indicators::momentum::Rsi;
/// let mut strength = Rsi::new(2)?;
/// assert!(strength.update(1.0).is_nan());
/// assert_eq!((strength.update(2.0), strength.update(1.5)), (100.0, 66.66666666666666));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rsi {
    gains: Wilder,
    losses: Wilder,
    last: f64,
    value: f64,
}

impl Rsi {
    /// A strength over `period` bars that has seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        Ok(Self {
            gains: Wilder::new(period)?,
            losses: Wilder::new(period)?,
            last: f64::NAN,
            value: f64::NAN,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.gains.restart();
        self.losses.restart();
        self.last = f64::NAN;
        self.value = f64::NAN;
    }

    /// Means of gains and losses.
    pub(super) fn averages(&self) -> [&Ema; 2] {
        [self.gains.average(), self.losses.average()]
    }

    /// Gain and loss of a change.
    #[inline(always)]
    pub(super) fn moves(change: f64) -> (f64, f64) {
        let gain = if change > 0.0 { change } else { 0.0 };
        let loss = if change < 0.0 { -change } else { 0.0 };
        (gain, loss)
    }

    /// The strength that gains and losses come to.
    #[inline(always)]
    pub(super) fn strength(gain: f64, loss: f64) -> f64 {
        // Divided in any case, so that a column is made several values at once.
        let shared = 100.0 - (100.0 / (1.0 + (gain / loss)));
        if loss > 0.0 {
            shared
        } else if gain > 0.0 {
            100.0
        } else {
            f64::NAN
        }
    }

    /// Last value, NaN where there is none.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Takes the next value in and returns the strength, 0 to 100.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        let change = if is_finite(x) {
            x - self.last
        } else {
            f64::NAN
        };
        self.last = x;
        if !is_finite(change) {
            self.gains.update(f64::NAN);
            self.losses.update(f64::NAN);
            return self.value;
        }
        let (gain, loss) = Self::moves(change);
        self.value = Self::strength(self.gains.update(gain), self.losses.update(loss));
        self.value
    }
}

/// Streaming difference of two exponential means, and the exponential mean of it (I.macd).
///
/// ```
/// # use fillproof_engine::indicators::momentum::Macd;
/// let mut difference = Macd::new(1, 3, 3)?;
/// assert_eq!(difference.update(1.0), (0.0, 0.0));
/// assert_eq!(difference.update(2.0), (0.5, 0.25));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Macd {
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

impl Macd {
    /// A difference that has seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(fast_period: i64, slow_period: i64, signal_period: i64) -> Result<Self> {
        let fast_period = settings::period(fast_period, "fast_period")?;
        let slow_period = settings::period(slow_period, "slow_period")?;
        let signal_period = settings::period(signal_period, "signal_period")?;
        Ok(Self {
            fast: Ema::new(fast_period)?,
            slow: Ema::new(slow_period)?,
            signal: Ema::new(signal_period)?,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.fast.restart();
        self.slow.restart();
        self.signal.restart();
    }

    /// The means: fast, slow, and that of their difference.
    pub(super) fn averages(&self) -> [&Ema; 3] {
        [&self.fast, &self.slow, &self.signal]
    }

    /// Last difference and its mean, NaN before the first.
    #[must_use]
    pub fn value(&self) -> (f64, f64) {
        (self.fast.value() - self.slow.value(), self.signal.value())
    }

    /// Takes the next value in and returns the difference and its mean.
    #[inline]
    pub fn update(&mut self, x: f64) -> (f64, f64) {
        let difference = self.fast.update(x) - self.slow.update(x);
        (difference, self.signal.update(difference))
    }
}

/// Streaming change over `period` bars, in percent (I.roc).
///
/// ```
/// # use fillproof_engine::indicators::momentum::Roc;
/// let mut change = Roc::new(1)?;
/// assert!(change.update(1.0).is_nan());
/// assert_eq!(change.update(1.5), 50.0);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Roc {
    // The last values, the oldest at `place`.
    values: Vec<f64>,
    place: usize,
    value: f64,
}

impl Roc {
    /// A change over `period` bars that has seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        let period = settings::period(period, "period")?;
        let size = usize::try_from(period).expect("a period is at least 1");
        Ok(Self {
            values: vec![f64::NAN; size],
            place: 0,
            value: f64::NAN,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.values.fill(f64::NAN);
        self.place = 0;
        self.value = f64::NAN;
    }

    pub(super) fn period(&self) -> usize {
        self.values.len()
    }

    /// The change from one value to another.
    #[inline(always)]
    pub(super) fn change(x: f64, before: f64) -> f64 {
        // Without a branch, so that a column is made several values at once.
        if is_finite(x) & is_finite(before) & (before != 0.0) {
            (((x - before) / before) * 100.0) + 0.0
        } else {
            f64::NAN
        }
    }

    /// Last value, NaN where there is none.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Takes the next value in and returns the change.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        let before = std::mem::replace(&mut self.values[self.place], x);
        self.place += 1;
        if self.place == self.values.len() {
            self.place = 0;
        }
        self.value = Self::change(x, before);
        self.value
    }
}
