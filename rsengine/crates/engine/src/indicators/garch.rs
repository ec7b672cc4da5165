//! Volatility that comes in clusters (rules `I.garch_volatility`, `I.kalman_garch_zscore`).

use crate::arithmetic::{is_finite, larger};
use crate::errors::Result;
use crate::indicators::kalman::KalmanMean;
use crate::settings::{number, whole};
use crate::transcendental::log;

/// The variance to begin with: of a single return there is none to measure.
const FIRST_VARIANCE: f64 = 1e-6;
const LEAST_REST: f64 = 1e-6;
const MOST_BARS: u64 = (1 << 31) - 1;

/// What a [`Garch`] is made with; values, checked when made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GarchSettings {
    /// Weight of the last squared return.
    pub alpha: f64,
    /// Weight of the last variance. With a sum of 1 or more there is no value.
    pub beta: f64,
    /// Added to the variance at each bar; `None`: what makes it tend to where it began.
    pub omega: Option<f64>,
    /// Logarithms of the ratio of two closes, otherwise the ratio less 1.
    pub use_log_returns: bool,
    /// Factor of the returns, above 0.
    pub scale: f64,
    /// Bars after the first return without a value.
    pub min_periods: u64,
    /// The scaled volatility is at least this.
    pub sigma_floor: f64,
}

impl Default for GarchSettings {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            beta: 0.90,
            omega: None,
            use_log_returns: true,
            scale: 100.0,
            min_periods: 50,
            sigma_floor: 1e-6,
        }
    }
}

impl GarchSettings {
    /// The same settings, if each of them is allowed.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn checked(self) -> Result<Self> {
        Ok(Self {
            alpha: number(self.alpha, "alpha", 0.0, false)?,
            beta: number(self.beta, "beta", 0.0, false)?,
            omega: self
                .omega
                .map(|omega| number(omega, "omega", 0.0, false))
                .transpose()?,
            use_log_returns: self.use_log_returns,
            scale: number(self.scale, "scale", 0.0, true)?,
            min_periods: whole(self.min_periods, "min_periods", 0, MOST_BARS)?,
            sigma_floor: number(self.sigma_floor, "sigma_floor", 0.0, false)?,
        })
    }

    /// Whether there can be no value at all.
    #[must_use]
    pub fn explodes(&self) -> bool {
        self.alpha + self.beta >= 1.0
    }

    /// The settings as bits, for a key.
    #[must_use]
    pub(super) fn bits(&self) -> [u64; 8] {
        [
            self.alpha.to_bits(),
            self.beta.to_bits(),
            u64::from(self.omega.is_some()),
            self.omega.unwrap_or(0.0).to_bits(),
            u64::from(self.use_log_returns),
            self.scale.to_bits(),
            self.min_periods,
            self.sigma_floor.to_bits(),
        ]
    }
}

/// Streaming GARCH(1, 1) volatility of the returns, as a fraction of the price.
///
/// Rule `I.garch_volatility`. A missing return repeats the variance and changes nothing else.
///
/// ```
/// # use fillproof_engine::indicators::garch::{Garch, GarchSettings};
/// let settings = GarchSettings { use_log_returns: false, omega: Some(0.75), scale: 1.0,
///     min_periods: 1, ..GarchSettings::default() };
/// let mut volatility = Garch::new(&settings)?;
/// [1.0, 2.0].map(|x| volatility.update(x));
/// assert_eq!(volatility.update(4.0), 0.866025923399525);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Garch {
    settings: GarchSettings,
    added: f64,
    least: f64,
    last: f64,
    mean: f64,
    variance: f64,
    square: f64,
    bars: u64,
}

impl Garch {
    /// A volatility that has seen no close.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(settings: &GarchSettings) -> Result<Self> {
        let settings = settings.checked()?;
        let rest = larger((1.0 - settings.alpha) - settings.beta, LEAST_REST);
        Ok(Self {
            settings,
            added: settings.omega.unwrap_or(FIRST_VARIANCE * rest),
            least: settings.sigma_floor * settings.sigma_floor,
            last: f64::NAN,
            mean: f64::NAN,
            variance: f64::NAN,
            square: 0.0,
            bars: 0,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.last = f64::NAN;
        self.mean = f64::NAN;
        self.variance = f64::NAN;
        self.square = 0.0;
        self.bars = 0;
    }

    /// Last value, NaN where there is none.
    #[must_use]
    pub fn value(&self) -> f64 {
        if self.bars <= self.settings.min_periods || self.settings.explodes() {
            return f64::NAN;
        }
        self.variance.sqrt() / self.settings.scale
    }

    /// Takes the next close in and returns the volatility.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        let change = self.change(x);
        self.last = x;
        if self.bars > 0 {
            self.bars += 1;
        }
        if is_finite(change) {
            if self.bars > 0 {
                let (alpha, beta) = (self.settings.alpha, self.settings.beta);
                let weighed = (self.added + (alpha * self.square)) + (beta * self.variance);
                self.variance = larger(weighed, self.least);
                let distance = change - self.mean;
                self.square = distance * distance;
            } else {
                // The mean is the first return itself, whose square about it is 0.
                self.bars = 1;
                self.mean = change;
                self.variance = larger(FIRST_VARIANCE, self.least);
            }
        }
        self.value()
    }

    /// The scaled return from the last close, NaN where there is none.
    #[inline]
    fn change(&self, x: f64) -> f64 {
        if !(is_finite(x) && is_finite(self.last)) || self.last == 0.0 {
            return f64::NAN;
        }
        let ratio = x / self.last;
        let change = if self.settings.use_log_returns {
            log(ratio)
        } else {
            ratio - 1.0
        };
        self.settings.scale * change
    }
}

/// Streaming distance from the Kalman mean, in GARCH volatilities of the price.
///
/// Rule `I.kalman_garch_zscore`.
///
/// ```
/// # use fillproof_engine::indicators::garch::{GarchSettings, KalmanGarchZscore};
/// let settings = GarchSettings { min_periods: 0, ..GarchSettings::default() };
/// let mut scores = KalmanGarchZscore::new(0.01, 1.0, &settings)?;
/// assert!(scores.update(1.0).is_nan());
/// assert_eq!(scores.update(1.0), 0.0);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KalmanGarchZscore {
    level: KalmanMean,
    garch: Garch,
    value: f64,
}

impl KalmanGarchZscore {
    /// Scores that have seen no close.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(r: f64, q: f64, settings: &GarchSettings) -> Result<Self> {
        Ok(Self {
            level: KalmanMean::new(r, q)?,
            garch: Garch::new(settings)?,
            value: f64::NAN,
        })
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.level.restart();
        self.garch.restart();
        self.value = f64::NAN;
    }

    /// Last value, NaN where there is none.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Takes the next close in and returns the score.
    #[inline]
    pub fn update(&mut self, x: f64) -> f64 {
        let mean = self.level.update(x);
        let sigma = self.garch.update(x);
        let below = (if x >= 0.0 { x } else { -x }) * sigma;
        self.value = if below > 0.0 {
            ((x - mean) / below) + 0.0
        } else {
            f64::NAN
        };
        self.value
    }
}
