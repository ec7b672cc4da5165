//! The exponential mean.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fillproof_engine::indicators::ema as engine;
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::columns;
use crate::errors::raise;
use crate::indicators::arguments;

/// Reads a period in bars.
pub fn to_period(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    arguments::period(value, "period")
}

/// Streaming EMA: y = (a * x) + (b * y), a = 2 / (period + 1), b = 1 - a, first y = x.
#[pyclass(frozen, module = "rsengine", name = "Ema")]
pub struct PyEma(Mutex<engine::Ema>);

impl PyEma {
    fn state(&self) -> MutexGuard<'_, engine::Ema> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl PyEma {
    #[new]
    fn new(period: &Bound<'_, PyAny>) -> PyResult<Self> {
        let ema = engine::Ema::new(to_period(period)?).map_err(raise)?;
        Ok(Self(Mutex::new(ema)))
    }

    /// Bars.
    #[getter]
    fn period(&self) -> i64 {
        self.state().period()
    }

    /// Last value, NaN before the first.
    #[getter]
    fn value(&self) -> f64 {
        self.state().value()
    }

    /// Forgets every value.
    fn restart(&self) {
        self.state().restart();
    }

    /// Takes the next value in and returns the average.
    fn update(&self, x: f64) -> f64 {
        self.state().update(x)
    }
}

/// Returns the EMA of a column, NaN before its first value.
#[pyfunction]
pub fn ema<'py>(
    values: &Bound<'py, PyAny>,
    period: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (_, column) = columns::read::<f64>(values, "values", None)?;
    let means = engine::ema(column.as_slice(), to_period(period)?).map_err(raise)?;
    Ok(PyArray1::from_vec(values.py(), means))
}
