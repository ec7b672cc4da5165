//! Turns errors into the exception classes of `fillproof.errors`, which all backends share.

use fillproof_engine::errors::{EngineError, ErrorCode};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::rejection::value_to_python;

/// What was wrong, with the refused object itself where there is one.
#[derive(Debug)]
pub struct Fault {
    error: EngineError,
    value: Option<Py<PyAny>>,
}

impl Fault {
    /// A fault about a Python object.
    pub fn new(code: ErrorCode, field: &str, value: &Bound<'_, PyAny>, expected: &str) -> Self {
        let error = EngineError::new(code).in_field(field).expecting(expected);
        Self {
            error,
            value: Some(value.clone().unbind()),
        }
    }

    /// The same fault, at a bar.
    pub fn at_bar(mut self, bar: usize) -> Self {
        self.error = self.error.at_bar(bar);
        self
    }

    /// The same fault, for a symbol.
    pub fn for_symbol(mut self, symbol: &str) -> Self {
        self.error = self.error.for_symbol(symbol);
        self
    }

    /// The same fault, with the attribute of an object as the value that was refused.
    pub fn with_value(mut self, object: &Bound<'_, PyAny>, name: &str) -> Self {
        self.value = object.getattr(name).ok().map(Bound::unbind);
        self
    }

    /// The same fault, with an object as the value that was refused.
    pub fn about(mut self, object: &Bound<'_, PyAny>) -> Self {
        self.value = Some(object.clone().unbind());
        self
    }

    fn into_exception(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let error = self.error;
        let value = match self.value {
            Some(object) => object.into_bound(py),
            None => value_to_python(py, error.value.as_ref())?,
        };
        let fields = PyDict::new(py);
        fields.set_item(intern!(py, "code"), error.code.as_str())?;
        fields.set_item(intern!(py, "bar"), error.bar)?;
        fields.set_item(intern!(py, "symbol"), error.symbol.as_deref())?;
        fields.set_item(intern!(py, "field"), error.field.as_deref())?;
        fields.set_item(intern!(py, "expected"), error.expected.as_deref())?;
        let message = message(&error, &shown(&value));
        fields.set_item(intern!(py, "value"), value)?;
        py.import(intern!(py, "fillproof.errors"))?
            .getattr(error.code.class())?
            .call((message,), Some(&fields))
    }
}

impl From<EngineError> for Fault {
    fn from(error: EngineError) -> Self {
        Self { error, value: None }
    }
}

impl From<Fault> for PyErr {
    fn from(fault: Fault) -> Self {
        Python::attach(|py| match fault.into_exception(py) {
            Ok(exception) => Self::from_value(exception),
            Err(error) => error,
        })
    }
}

/// Makes the exception of an error of the engine.
pub fn raise(error: EngineError) -> PyErr {
    Fault::from(error).into()
}

/// Says in which bar an error of Fillproof happened, if it does not say so itself.
///
/// The executor knows times, not indices; the loop adds where it happened, on the same object.
#[inline]
pub fn in_bar<T>(py: Python<'_>, bar: usize, result: PyResult<T>) -> PyResult<T> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => Err(placed(py, bar, error)),
    }
}

#[cold]
fn placed(py: Python<'_>, bar: usize, error: PyErr) -> PyErr {
    match place(py, bar, &error) {
        Ok(()) => error,
        Err(other) => other,
    }
}

fn place(py: Python<'_>, bar: usize, error: &PyErr) -> PyResult<()> {
    let class = py
        .import(intern!(py, "fillproof.errors"))?
        .getattr(intern!(py, "FillproofError"))?;
    let value = error.value(py);
    if value.is_instance(&class)? && value.getattr(intern!(py, "bar"))?.is_none() {
        value.setattr(intern!(py, "bar"), bar)?;
    }
    Ok(())
}

/// Writes a refused value for a message, cut where it is long.
fn shown(value: &Bound<'_, PyAny>) -> String {
    let text = match value.repr() {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => format!("an object of {}", value.get_type()),
    };
    if text.chars().count() <= 120 {
        return text;
    }
    text.chars().take(117).chain("...".chars()).collect()
}

/// Fills the template of the error's code; the exception itself adds the bar.
fn message(error: &EngineError, value: &str) -> String {
    let mut text = String::new();
    let mut rest = error.code.template();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        text.push_str(before);
        let filled = match name {
            "symbol" => error.symbol.as_deref(),
            "field" => error.field.as_deref(),
            "expected" => error.expected.as_deref(),
            _ => Some(value),
        };
        text.push_str(filled.unwrap_or("None"));
        rest = after;
    }
    text.push_str(rest);
    text
}
