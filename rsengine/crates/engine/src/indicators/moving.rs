//! Means that move with the bars, and bands about them (rules I.sma, I.wilder, I.bollinger).

use crate::arithmetic::is_finite;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::indicators::ema::Ema;
use crate::indicators::window::Window;
use crate::settings::{self, number, words};

/// Streaming exponential mean with `a = 1 / period`; gaps as those of [`Ema`] (I.wilder).
///
/// ```
/// # use fillproof_engine::indicators::moving::Wilder;
/// let mut average = Wilder::new(4)?;
/// assert_eq!((average.update(1.0), average.update(2.0)), (1.0, 1.25));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Wilder(Ema);

impl Wilder {
    /// An average over `period` bars that has seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        let period = settings::period(period, "period")?;
        Ok(Self(Ema::weigh(period, 1.0 / period as f64)))
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.0.restart();
    }

    pub(super) fn average(&self) -> &Ema {
        &self.0
    }

    /// Last value, NaN before the first.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.0.value()
    }

    /// Takes the next value in and returns the average.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        self.0.update(x)
    }
}

/// Streaming mean of the last `period` values, NaN while one of them is missing (I.sma).
///
/// ```
/// # use fillproof_engine::indicators::moving::Sma;
/// let mut average = Sma::new(2)?;
/// assert!(average.update(1.0).is_nan());
/// assert_eq!((average.update(2.0), average.update(4.0)), (1.5, 3.0));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sma {
    window: Window,
}

impl Sma {
    /// A mean over `period` bars that has seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID` below 1.
    pub fn new(period: i64) -> Result<Self> {
        let window = Window::new(period)?;
        Ok(Self { window })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.window.restart();
    }

    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    /// Last value, NaN where there is none.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.window.mean()
    }

    /// Takes the next value in and returns the mean.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        self.window.update(x);
        self.window.mean()
    }
}

/// Streaming bands: the mean and `std_factor` sample deviations about it (I.bollinger).
///
/// ```
/// # use fillproof_engine::indicators::moving::Bollinger;
/// let mut bands = Bollinger::new(3, 2.0)?;
/// [1.0, 3.0].map(|x| bands.update(x));
/// assert_eq!(bands.update(5.0), (7.0, 3.0, -1.0));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Bollinger {
    window: Window,
    std_factor: f64,
}

impl Bollinger {
    /// Bands over `period` bars that have seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID`, `NUMBER_INVALID`.
    pub fn new(period: i64, std_factor: f64) -> Result<Self> {
        Ok(Self {
            window: Window::new(period)?,
            std_factor: number(std_factor, "std_factor", 0.0, false)?,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.window.restart();
    }

    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    pub(super) fn std_factor(&self) -> f64 {
        self.std_factor
    }

    /// Last upper band, mean and lower band, NaN where there are none.
    #[must_use]
    pub fn value(&self) -> (f64, f64, f64) {
        let mid = self.window.mean();
        let width = self.std_factor * self.window.deviation();
        (mid + width, mid, mid - width)
    }

    /// Takes the next value in and returns upper band, mean and lower band.
    #[inline]
    pub fn update(&mut self, x: f64) -> (f64, f64, f64) {
        self.window.update(x);
        self.value()
    }
}

words! {
    /// What a [`Zscore`] measures distances from.
    MeanSource, "mean_source", {
        /// The mean of its window.
        Rolling = "rolling",
        /// An exponential mean.
        Ema = "ema",
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Mean {
    Rolling(Sma),
    Ema(Ema),
}

/// Streaming distance from a mean, in sample deviations of that distance (I.zscore).
///
/// ```
/// # use fillproof_engine::indicators::moving::{MeanSource, Zscore};
/// let mut score = Zscore::new(2, MeanSource::Ema, Some(1))?;
/// assert!(score.update(1.0).is_nan() && score.update(2.0).is_nan());
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Zscore {
    mean: Mean,
    distances: Window,
    value: f64,
}

impl Zscore {
    /// Scores over `window` bars that have seen no value.
    ///
    /// # Errors
    /// `PERIOD_INVALID` of a period below 1 and of an exponential mean without one.
    pub fn new(window: i64, mean_source: MeanSource, ema_period: Option<i64>) -> Result<Self> {
        let window = settings::period(window, "window")?;
        let ema_period = ema_period
            .map(|period| settings::period(period, "ema_period"))
            .transpose()?;
        let mean = match (mean_source, ema_period) {
            (MeanSource::Rolling, _) => Mean::Rolling(Sma::new(window)?),
            (MeanSource::Ema, Some(period)) => Mean::Ema(Ema::new(period)?),
            (MeanSource::Ema, None) => {
                return Err(EngineError::new(ErrorCode::PeriodInvalid)
                    .in_field("ema_period")
                    .expecting("a whole number >= 1"));
            }
        };
        Ok(Self {
            mean,
            distances: Window::new(window)?,
            value: f64::NAN,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        match &mut self.mean {
            Mean::Rolling(mean) => mean.restart(),
            Mean::Ema(mean) => mean.restart(),
        }
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
        let mean = match &mut self.mean {
            Mean::Rolling(mean) => mean.update(x),
            Mean::Ema(mean) => mean.update(x),
        };
        self.value = score(&mut self.distances, x, mean);
        self.value
    }
}

/// Adds a distance to a window and divides it by their deviation; NaN where that is 0.
pub fn score(distances: &mut Window, x: f64, mean: f64) -> f64 {
    let d = if is_finite(x) { x - mean } else { f64::NAN };
    distances.update(d);
    let deviation = distances.deviation();
    if deviation > 0.0 {
        (d / deviation) + 0.0
    } else {
        f64::NAN
    }
}
