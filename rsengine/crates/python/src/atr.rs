//! The average true range.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fillproof_engine::indicators::atr as engine;
use pyo3::prelude::*;

use crate::ema::to_period;
use crate::errors::raise;

/// Streaming ATR after Wilder: y = ((y * (period - 1)) + TR) / period.
#[pyclass(frozen, module = "rsengine", name = "Atr")]
pub struct PyAtr(Mutex<engine::Atr>);

impl PyAtr {
    fn state(&self) -> MutexGuard<'_, engine::Atr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl PyAtr {
    #[new]
    fn new(period: &Bound<'_, PyAny>) -> PyResult<Self> {
        let atr = engine::Atr::new(to_period(period)?).map_err(raise)?;
        Ok(Self(Mutex::new(atr)))
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

    /// Forgets every bar.
    fn restart(&self) {
        self.state().restart();
    }

    /// Takes the next bar in and returns the average.
    fn update(&self, high: f64, low: f64, close: f64) -> f64 {
        self.state().update(high, low, close)
    }
}
