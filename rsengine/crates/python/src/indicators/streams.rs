//! Indicators as streams: each value as its bar comes.

#![expect(
    non_snake_case,
    reason = "R and Q are what everybody calls them, on every backend"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};

use fillproof_engine::indicators::{garch, kalman, momentum, moving, trend};
use pyo3::prelude::*;

use super::arguments::{Garch, mean_of, period, period_or, real_or};
use crate::errors::raise;
use crate::given::Given;

/// Gives a stream what all of them have.
macro_rules! stream {
    ($class:ident, $engine:ty, ($($bar:ident),+) -> $out:ty) => {
        impl $class {
            fn state(&self) -> MutexGuard<'_, $engine> {
                self.stream.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }

        #[pymethods]
        impl $class {
            /// Last value, NaN where there is none.
            #[getter]
            fn value(&self) -> $out {
                self.state().value()
            }

            /// Forgets every bar.
            fn restart(&self) {
                self.state().restart();
            }

            /// Takes the next bar in and returns the value.
            fn update(&self, $($bar: f64),+) -> $out {
                self.state().update($($bar),+)
            }
        }
    };
}

/// A stream with a period as its only setting.
macro_rules! periodic {
    ($(#[$about:meta])* $class:ident, $name:literal, $engine:ty, $default:expr, $text:literal, ($($bar:ident),+) -> $out:ty) => {
        $(#[$about])*
        #[pyclass(frozen, module = "rsengine", name = $name)]
        pub struct $class {
            #[pyo3(get)]
            period: i64,
            stream: Mutex<$engine>,
        }

        #[pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = (period=Given::ABSENT), text_signature = $text)]
            fn new(period: Given<'_>) -> PyResult<Self> {
                let period = period_or(&period, "period", $default)?;
                let stream = Mutex::new(<$engine>::new(period).map_err(raise)?);
                Ok(Self { period, stream })
            }
        }

        stream!($class, $engine, ($($bar),+) -> $out);
    };
}

/// Streaming mean of the last values.
#[pyclass(frozen, module = "rsengine", name = "Sma")]
pub struct PySma {
    #[pyo3(get)]
    period: i64,
    stream: Mutex<moving::Sma>,
}

#[pymethods]
impl PySma {
    #[new]
    fn new(period: &Bound<'_, PyAny>) -> PyResult<Self> {
        let period = self::period(period, "period")?;
        let stream = Mutex::new(moving::Sma::new(period).map_err(raise)?);
        Ok(Self { period, stream })
    }
}

stream!(PySma, moving::Sma, (x) -> f64);
periodic!(
    /// Streaming relative strength after Wilder.
    PyRsi, "Rsi", momentum::Rsi, 14, "(period=14)", (x) -> f64
);
periodic!(
    /// Streaming change over some bars, in percent.
    PyRoc, "Roc", momentum::Roc, 14, "(period=14)", (x) -> f64
);
periodic!(
    /// Streaming directional movement: +DI, -DI and ADX.
    PyDmi, "Dmi", trend::Dmi, 14, "(period=14)", (high, low, close) -> (f64, f64, f64)
);
periodic!(
    /// Streaming choppiness.
    PyChoppiness, "Choppiness", trend::Choppiness, 14, "(period=14)", (high, low, close) -> f64
);

/// Streaming bands about the mean.
#[pyclass(frozen, module = "rsengine", name = "Bollinger")]
pub struct PyBollinger {
    #[pyo3(get)]
    period: i64,
    #[pyo3(get)]
    std_factor: f64,
    stream: Mutex<moving::Bollinger>,
}

#[pymethods]
impl PyBollinger {
    #[new]
    #[pyo3(
        signature = (period=Given::ABSENT, std_factor=Given::ABSENT),
        text_signature = "(period=20, std_factor=2.0)"
    )]
    fn new(period: Given<'_>, std_factor: Given<'_>) -> PyResult<Self> {
        let period = period_or(&period, "period", 20)?;
        let std_factor = real_or(&std_factor, "std_factor", 2.0, false)?;
        let stream = moving::Bollinger::new(period, std_factor).map_err(raise)?;
        Ok(Self {
            period,
            std_factor,
            stream: Mutex::new(stream),
        })
    }
}

stream!(PyBollinger, moving::Bollinger, (x) -> (f64, f64, f64));

/// Streaming difference of two exponential means, and the mean of it.
#[pyclass(frozen, module = "rsengine", name = "Macd")]
pub struct PyMacd {
    #[pyo3(get)]
    fast_period: i64,
    #[pyo3(get)]
    slow_period: i64,
    #[pyo3(get)]
    signal_period: i64,
    stream: Mutex<momentum::Macd>,
}

#[pymethods]
impl PyMacd {
    #[new]
    #[pyo3(
        signature = (fast_period=Given::ABSENT, slow_period=Given::ABSENT, signal_period=Given::ABSENT),
        text_signature = "(fast_period=12, slow_period=26, signal_period=9)"
    )]
    fn new(
        fast_period: Given<'_>,
        slow_period: Given<'_>,
        signal_period: Given<'_>,
    ) -> PyResult<Self> {
        let fast_period = period_or(&fast_period, "fast_period", 12)?;
        let slow_period = period_or(&slow_period, "slow_period", 26)?;
        let signal_period = period_or(&signal_period, "signal_period", 9)?;
        let stream = momentum::Macd::new(fast_period, slow_period, signal_period);
        Ok(Self {
            fast_period,
            slow_period,
            signal_period,
            stream: Mutex::new(stream.map_err(raise)?),
        })
    }
}

stream!(PyMacd, momentum::Macd, (x) -> (f64, f64));

/// Streaming distance from a mean, in deviations of that distance.
#[pyclass(frozen, module = "rsengine", name = "Zscore")]
pub struct PyZscore {
    #[pyo3(get)]
    window: i64,
    source: moving::MeanSource,
    #[pyo3(get)]
    ema_period: Option<i64>,
    stream: Mutex<moving::Zscore>,
}

#[pymethods]
impl PyZscore {
    #[new]
    #[pyo3(
        signature = (window=Given::ABSENT, mean_source=Given::ABSENT, ema_period=Given::ABSENT),
        text_signature = "(window=100, mean_source='rolling', ema_period=None)"
    )]
    fn new(window: Given<'_>, mean_source: Given<'_>, ema_period: Given<'_>) -> PyResult<Self> {
        let window = period_or(&window, "window", 100)?;
        let (source, ema_period) = mean_of(&mean_source, &ema_period)?;
        let stream = moving::Zscore::new(window, source, ema_period).map_err(raise)?;
        Ok(Self {
            window,
            source,
            ema_period,
            stream: Mutex::new(stream),
        })
    }

    /// Where the mean comes from.
    #[getter]
    fn mean_source(&self) -> &'static str {
        self.source.as_str()
    }
}

stream!(PyZscore, moving::Zscore, (x) -> f64);

/// Streaming Kalman filter of a level that wanders.
#[pyclass(frozen, module = "rsengine", name = "KalmanMean")]
pub struct PyKalmanMean {
    #[pyo3(get)]
    R: f64,
    #[pyo3(get)]
    Q: f64,
    stream: Mutex<kalman::KalmanMean>,
}

#[pymethods]
impl PyKalmanMean {
    #[new]
    #[pyo3(
        signature = (R=Given::ABSENT, Q=Given::ABSENT),
        text_signature = "(R=0.01, Q=1.0)"
    )]
    fn new(R: Given<'_>, Q: Given<'_>) -> PyResult<Self> {
        let (R, Q) = (real_or(&R, "R", 0.01, true)?, real_or(&Q, "Q", 1.0, false)?);
        let stream = Mutex::new(kalman::KalmanMean::new(R, Q).map_err(raise)?);
        Ok(Self { R, Q, stream })
    }
}

stream!(PyKalmanMean, kalman::KalmanMean, (x) -> f64);

/// Streaming distance from the Kalman mean, in deviations of that distance.
#[pyclass(frozen, module = "rsengine", name = "KalmanZscore")]
pub struct PyKalmanZscore {
    #[pyo3(get)]
    window: i64,
    #[pyo3(get)]
    R: f64,
    #[pyo3(get)]
    Q: f64,
    stream: Mutex<kalman::KalmanZscore>,
}

#[pymethods]
impl PyKalmanZscore {
    #[new]
    #[pyo3(
        signature = (window=Given::ABSENT, R=Given::ABSENT, Q=Given::ABSENT),
        text_signature = "(window=100, R=0.01, Q=1.0)"
    )]
    fn new(window: Given<'_>, R: Given<'_>, Q: Given<'_>) -> PyResult<Self> {
        let window = period_or(&window, "window", 100)?;
        let (R, Q) = (real_or(&R, "R", 0.01, true)?, real_or(&Q, "Q", 1.0, false)?);
        let stream = kalman::KalmanZscore::new(window, R, Q).map_err(raise)?;
        Ok(Self {
            window,
            R,
            Q,
            stream: Mutex::new(stream),
        })
    }
}

stream!(PyKalmanZscore, kalman::KalmanZscore, (x) -> f64);

/// Shows the settings of a volatility.
macro_rules! volatile {
    ($class:ident) => {
        #[pymethods]
        impl $class {
            #[getter]
            fn alpha(&self) -> f64 {
                self.settings.alpha
            }

            #[getter]
            fn beta(&self) -> f64 {
                self.settings.beta
            }

            #[getter]
            fn omega(&self) -> Option<f64> {
                self.settings.omega
            }

            #[getter]
            fn use_log_returns(&self) -> bool {
                self.settings.use_log_returns
            }

            #[getter]
            fn scale(&self) -> f64 {
                self.settings.scale
            }

            #[getter]
            fn min_periods(&self) -> u64 {
                self.settings.min_periods
            }

            #[getter]
            fn sigma_floor(&self) -> f64 {
                self.settings.sigma_floor
            }
        }
    };
}

/// Streaming GARCH(1, 1) volatility of the returns, as a fraction of the price.
#[pyclass(frozen, module = "rsengine", name = "Garch")]
pub struct PyGarch {
    settings: garch::GarchSettings,
    stream: Mutex<garch::Garch>,
}

#[pymethods]
impl PyGarch {
    #[new]
    #[pyo3(
        signature = (alpha=Given::ABSENT, beta=Given::ABSENT, omega=Given::ABSENT, use_log_returns=Given::ABSENT, scale=Given::ABSENT, min_periods=Given::ABSENT, sigma_floor=Given::ABSENT),
        text_signature = "(alpha=0.05, beta=0.9, omega=None, use_log_returns=True, scale=100.0, min_periods=50, sigma_floor=1e-06)"
    )]
    fn new(
        alpha: Given<'_>,
        beta: Given<'_>,
        omega: Given<'_>,
        use_log_returns: Given<'_>,
        scale: Given<'_>,
        min_periods: Given<'_>,
        sigma_floor: Given<'_>,
    ) -> PyResult<Self> {
        let settings = Garch {
            alpha,
            beta,
            omega,
            use_log_returns,
            scale,
            min_periods,
            sigma_floor,
        }
        .read()?;
        let stream = Mutex::new(garch::Garch::new(&settings).map_err(raise)?);
        Ok(Self { settings, stream })
    }
}

volatile!(PyGarch);
stream!(PyGarch, garch::Garch, (x) -> f64);

/// Streaming distance from the Kalman mean, in GARCH volatilities of the price.
#[pyclass(frozen, module = "rsengine", name = "KalmanGarchZscore")]
pub struct PyKalmanGarchZscore {
    #[pyo3(get)]
    R: f64,
    #[pyo3(get)]
    Q: f64,
    settings: garch::GarchSettings,
    stream: Mutex<garch::KalmanGarchZscore>,
}

#[pymethods]
impl PyKalmanGarchZscore {
    #[new]
    #[expect(
        clippy::too_many_arguments,
        reason = "the specification names them, on every backend"
    )]
    #[pyo3(
        signature = (R=Given::ABSENT, Q=Given::ABSENT, alpha=Given::ABSENT, beta=Given::ABSENT, omega=Given::ABSENT, use_log_returns=Given::ABSENT, scale=Given::ABSENT, min_periods=Given::ABSENT, sigma_floor=Given::ABSENT),
        text_signature = "(R=0.01, Q=1.0, alpha=0.05, beta=0.9, omega=None, use_log_returns=True, scale=100.0, min_periods=50, sigma_floor=1e-06)"
    )]
    fn new(
        R: Given<'_>,
        Q: Given<'_>,
        alpha: Given<'_>,
        beta: Given<'_>,
        omega: Given<'_>,
        use_log_returns: Given<'_>,
        scale: Given<'_>,
        min_periods: Given<'_>,
        sigma_floor: Given<'_>,
    ) -> PyResult<Self> {
        let (R, Q) = (real_or(&R, "R", 0.01, true)?, real_or(&Q, "Q", 1.0, false)?);
        let settings = Garch {
            alpha,
            beta,
            omega,
            use_log_returns,
            scale,
            min_periods,
            sigma_floor,
        }
        .read()?;
        let stream = garch::KalmanGarchZscore::new(R, Q, &settings).map_err(raise)?;
        Ok(Self {
            R,
            Q,
            settings,
            stream: Mutex::new(stream),
        })
    }
}

volatile!(PyKalmanGarchZscore);
stream!(PyKalmanGarchZscore, garch::KalmanGarchZscore, (x) -> f64);
