//! What the candles leave open about a trade, as a Python value.

use fillproof_engine::ambiguity::Mark;
use pyo3::prelude::*;

use crate::values::value_methods;

/// One thing about a trade that its candles do not tell (X4.ledger).
#[pyclass(frozen, module = "rsengine", name = "Mark", get_all)]
pub struct PyMark {
    rule: String,
    time_us: i64,
    other: String,
    price: Option<f64>,
    result: f64,
}

impl From<&Mark> for PyMark {
    fn from(mark: &Mark) -> Self {
        Self {
            rule: mark.rule.to_owned(),
            time_us: mark.time_us,
            other: mark.other.as_str().to_owned(),
            price: mark.price,
            result: mark.result,
        }
    }
}

#[pymethods]
impl PyMark {
    #[new]
    #[pyo3(signature = (rule, time_us, other, price, result))]
    fn new(rule: String, time_us: i64, other: String, price: Option<f64>, result: f64) -> Self {
        Self {
            rule,
            time_us,
            other,
            price,
            result,
        }
    }
}

value_methods!(
    PyMark,
    "Mark",
    ["rule", "time_us", "other", "price", "result"]
);
