//! A mean that weighs each value by how sure it is (rules `I.kalman_mean`, `I.kalman_zscore`).

use crate::arithmetic::is_finite;
use crate::errors::Result;
use crate::indicators::moving::score;
use crate::indicators::window::Window;
use crate::settings::{self, number};

/// Streaming Kalman filter of a level that wanders (`I.kalman_mean`).
///
/// A missing value has none, and the filter goes on from its last state.
///
/// ```
/// # use fillproof_engine::indicators::kalman::KalmanMean;
/// let mut level = KalmanMean::new(1.0, 1.0)?;
/// assert_eq!((level.update(1.0), level.update(4.0)), (1.0, 3.0));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KalmanMean {
    measured: f64,
    wander: f64,
    variance: f64,
    mean: f64,
    value: f64,
}

impl KalmanMean {
    /// A filter with the variance of a measurement (R, above 0) and of a step (Q).
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(r: f64, q: f64) -> Result<Self> {
        Ok(Self {
            measured: number(r, "R", 0.0, true)?,
            wander: number(q, "Q", 0.0, false)?,
            variance: 1.0,
            mean: f64::NAN,
            value: f64::NAN,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.variance = 1.0;
        self.mean = f64::NAN;
        self.value = f64::NAN;
    }

    /// Last value, NaN where there is none.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Takes the next value in and returns the mean.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        if !is_finite(x) {
            self.value = f64::NAN;
            return self.value;
        }
        if is_finite(self.mean) {
            let predicted = self.variance + self.wander;
            let gain = predicted / (predicted + self.measured);
            self.mean += gain * (x - self.mean);
            self.variance = (1.0 - gain) * predicted;
        } else {
            self.mean = x + 0.0;
        }
        self.value = self.mean;
        self.value
    }
}

/// Streaming distance from the Kalman mean, in deviations of that distance (`I.kalman_zscore`).
///
/// ```
/// # use fillproof_engine::indicators::kalman::KalmanZscore;
/// let mut scores = KalmanZscore::new(2, 1.0, 1.0)?;
/// assert!(scores.update(1.0).is_nan());
/// assert_eq!(scores.update(4.0), 1.414213562373095);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KalmanZscore {
    level: KalmanMean,
    distances: Window,
    value: f64,
}

impl KalmanZscore {
    /// Scores over `window` bars that have seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID`, `NUMBER_INVALID`.
    pub fn new(window: i64, r: f64, q: f64) -> Result<Self> {
        let window = settings::period(window, "window")?;
        Ok(Self {
            level: KalmanMean::new(r, q)?,
            distances: Window::new(window)?,
            value: f64::NAN,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.level.restart();
        self.distances.restart();
        self.value = f64::NAN;
    }

    /// Last value, NaN where there is none.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Takes the next value in and returns the score.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        self.value = score(&mut self.distances, x, self.level.update(x));
        self.value
    }
}
