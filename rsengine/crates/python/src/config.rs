//! What a run is configured with: symbol, costs, sizing, policy. Values, checked when made.

use std::sync::Arc;

use fillproof_engine::config as engine;
use fillproof_engine::errors::{EngineError, ErrorCode};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};

use crate::convert::number;
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::values::value_methods;

mod costs;
mod margin;
mod policy;
mod session;
mod sizing;
mod spec;

pub use self::costs::{PyFeeModel, PySlippageModel};
pub use self::margin::PyMargin;
pub use self::policy::PyExecutionPolicy;
pub use self::session::PySession;
pub use self::sizing::{PyFixedLots, PyRiskAmount, PyRiskFraction, read_sizing};
pub use self::spec::PySymbolSpec;

/// Reads a setting as a float; its bounds are the engine's to check.
pub fn setting(value: &Bound<'_, PyAny>, field: &str) -> PyResult<f64> {
    number(value)
        .ok_or_else(|| Fault::new(ErrorCode::NumberInvalid, field, value, "a finite number").into())
}

/// Reads a setting that is a word; which ones are known is the engine's to check.
pub fn option(value: &Bound<'_, PyAny>, field: &str, expected: &str) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => Err(Fault::new(ErrorCode::OptionUnknown, field, value, expected).into()),
    }
}

/// Reads a setting as a whole number between two bounds.
pub fn whole(value: &Bound<'_, PyAny>, field: &str, least: u64, most: u64) -> PyResult<u64> {
    let is_whole = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let read = value.extract::<u64>().ok().filter(|_| is_whole);
    read.filter(|count| (least..=most).contains(count))
        .ok_or_else(|| {
            let expected = format!("a whole number from {least} to {most}");
            Fault::new(ErrorCode::NumberInvalid, field, value, &expected).into()
        })
}
