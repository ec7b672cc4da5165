//! Reads the settings of indicators; the engine checks what is a number of the right kind.

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::indicators::garch::GarchSettings;
use fillproof_engine::indicators::moving::MeanSource;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};

use crate::convert::number;
use crate::errors::{Fault, raise};
use crate::given::Given;

/// Reads a setting that counts bars.
pub fn period(value: &Bound<'_, PyAny>, field: &str) -> PyResult<i64> {
    let whole = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let found = if whole {
        value.extract::<i64>().ok()
    } else {
        None
    };
    found.filter(|found| *found >= 1).ok_or_else(|| {
        let code = ErrorCode::PeriodInvalid;
        Fault::new(code, field, value, "a whole number >= 1").into()
    })
}

/// Reads a setting that counts bars and may be left out.
pub fn period_or(given: &Given<'_>, field: &str, default: i64) -> PyResult<i64> {
    given
        .get()
        .map_or(Ok(default), |value| period(value, field))
}

/// Reads a setting that is a number, of at least 0, or above it.
pub fn real_or(given: &Given<'_>, field: &str, default: f64, above: bool) -> PyResult<f64> {
    let Some(value) = given.get() else {
        return Ok(default);
    };
    let allowed = |x: &f64| x.is_finite() && (*x > 0.0 || (!above && *x == 0.0));
    number(value).filter(allowed).ok_or_else(|| {
        let relation = if above { ">" } else { ">=" };
        let expected = format!("a finite number {relation} 0.0");
        Fault::new(ErrorCode::NumberInvalid, field, value, &expected).into()
    })
}

/// Reads where a mean comes from, and the period of the exponential one.
pub fn mean_of(source: &Given<'_>, ema_period: &Given<'_>) -> PyResult<(MeanSource, Option<i64>)> {
    let source = match source.get() {
        None => MeanSource::default(),
        Some(value) => {
            let word = value.cast::<PyString>().ok().map(|word| word.to_string());
            word.and_then(|word| MeanSource::parse(&word).ok())
                .ok_or_else(|| {
                    let code = ErrorCode::OptionUnknown;
                    PyErr::from(Fault::new(code, "mean_source", value, "rolling or ema"))
                })?
        }
    };
    let ema_period = match ema_period.get() {
        Some(value) if !value.is_none() => Some(period(value, "ema_period")?),
        _ => None,
    };
    Ok((source, ema_period))
}

/// Settings of a volatility as they were given.
pub struct Garch<'py> {
    pub alpha: Given<'py>,
    pub beta: Given<'py>,
    pub omega: Given<'py>,
    pub use_log_returns: Given<'py>,
    pub scale: Given<'py>,
    pub min_periods: Given<'py>,
    pub sigma_floor: Given<'py>,
}

const MOST_BARS: u64 = (1 << 31) - 1;

impl Garch<'_> {
    /// Reads all of them.
    pub fn read(&self) -> PyResult<GarchSettings> {
        let default = GarchSettings::default();
        let settings = GarchSettings {
            alpha: real_or(&self.alpha, "alpha", default.alpha, false)?,
            beta: real_or(&self.beta, "beta", default.beta, false)?,
            omega: match self.omega.get() {
                Some(value) if !value.is_none() => Some(real_or(&self.omega, "omega", 0.0, false)?),
                _ => None,
            },
            use_log_returns: match self.use_log_returns.get() {
                None => default.use_log_returns,
                Some(value) => value.cast::<PyBool>().map_or_else(
                    |_| {
                        let code = ErrorCode::OptionUnknown;
                        Err(Fault::new(code, "use_log_returns", value, "True or False"))
                    },
                    |flag| Ok(flag.is_true()),
                )?,
            },
            scale: real_or(&self.scale, "scale", default.scale, true)?,
            min_periods: match self.min_periods.get() {
                None => default.min_periods,
                Some(value) => count(value, "min_periods")?,
            },
            sigma_floor: real_or(&self.sigma_floor, "sigma_floor", default.sigma_floor, false)?,
        };
        settings.checked().map_err(raise)
    }
}

fn count(value: &Bound<'_, PyAny>, field: &str) -> PyResult<u64> {
    let whole = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let found = if whole {
        value.extract::<u64>().ok()
    } else {
        None
    };
    found.filter(|found| *found <= MOST_BARS).ok_or_else(|| {
        let expected = format!("a whole number from 0 to {MOST_BARS}");
        Fault::new(ErrorCode::NumberInvalid, field, value, &expected).into()
    })
}

/// Reads an index, which may lie outside.
pub fn index(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    let found = if value.is_instance_of::<PyBool>() {
        None
    } else {
        value.extract::<i64>().ok()
    };
    found.ok_or_else(|| {
        let code = ErrorCode::IndexOutOfRange;
        Fault::new(code, "idx", value, "a whole number").into()
    })
}
