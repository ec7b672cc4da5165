//! A signal or command that was not carried out, as a Python value.

use fillproof_engine::blotter::Rejection;
use fillproof_engine::errors::Value;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyDateTime;

use crate::convert::to_datetime;
use crate::values::value_methods;

/// A signal or command that was not carried out, and the rule that says so (S3, L8).
#[pyclass(frozen, module = "rsengine", name = "Rejection", get_all)]
pub struct PyRejection {
    order_id: u64,
    time_us: i64,
    symbol: String,
    rule: String,
    field: String,
    value: Py<PyAny>,
    expected: String,
}

/// A value of the engine as Python sees it.
pub fn value_to_python<'py>(py: Python<'py>, value: Option<&Value>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        None => py.None().into_bound(py),
        Some(Value::Int(number)) => number.into_pyobject(py)?.into_any(),
        Some(Value::Float(number)) => number.into_pyobject(py)?.into_any(),
        Some(Value::Text(text)) => text.into_pyobject(py)?.into_any(),
    })
}

impl PyRejection {
    /// The rejection that the engine recorded.
    pub fn of(py: Python<'_>, rejection: &Rejection) -> PyResult<Self> {
        Ok(Self {
            order_id: rejection.order_id,
            time_us: rejection.time_us,
            symbol: rejection.symbol.to_string(),
            rule: rejection.rule.to_owned(),
            field: rejection.field.to_owned(),
            value: value_to_python(py, rejection.value.as_ref())?.unbind(),
            expected: rejection.expected.clone(),
        })
    }
}

#[pymethods]
impl PyRejection {
    #[new]
    fn new(
        order_id: u64,
        time_us: i64,
        symbol: String,
        rule: String,
        field: String,
        value: Py<PyAny>,
        expected: String,
    ) -> Self {
        Self {
            order_id,
            time_us,
            symbol,
            rule,
            field,
            value,
            expected,
        }
    }

    /// Open of the bar, UTC.
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        to_datetime(py, self.time_us)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.value)
    }
}

value_methods!(
    PyRejection,
    "Rejection",
    [
        "order_id", "time_us", "symbol", "rule", "field", "value", "expected"
    ]
);
