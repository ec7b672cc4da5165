//! Reads what users give for columns of signals, and says which row is wrong (I.columns).

use fillproof_engine::errors::ErrorCode;
use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;

use crate::columns::{Read, column};
use crate::errors::Fault;

const DIRECTION_EXPECTED: &str = "1 (long), -1 (short) or 0 (no signal)";
const TYPE_EXPECTED: &str = "0 (market), 1 (limit) or 2 (stop)";

/// Copies a column of small whole numbers; what is absent is 0.
pub fn read_codes(values: &Bound<'_, PyAny>, field: &str, code: ErrorCode) -> PyResult<Read<i8>> {
    let py = values.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    let expected = "a column of whole numbers";
    let given = as_array(values, field, expected)?;
    let dtype = given.getattr(intern!(py, "dtype"))?;
    let kind: String = dtype.getattr(intern!(py, "kind"))?.extract()?;
    let size: usize = given.getattr(intern!(py, "size"))?.extract()?;
    if !matches!(kind.as_str(), "i" | "u" | "f") && size > 0 {
        let name = dtype.str()?.into_any();
        return Err(Fault::new(ErrorCode::SignalNotUnderstood, field, &name, expected).into());
    }
    check_flat(&given, field)?;
    if let Some(codes) = narrowed(&given) {
        let codes = PyArray1::from_vec(py, codes);
        frozen(&codes)?;
        return column(codes);
    }
    let known = if kind == "f" {
        let absent = numpy.call_method1(intern!(py, "isnan"), (&given,))?;
        let whole = numpy.call_method1(intern!(py, "where"), (absent, 0.0, &given))?;
        numpy.call_method1(intern!(py, "clip"), (whole, -128.0, 127.0))?
    } else {
        given.clone()
    };
    let codes = known.call_method1(intern!(py, "astype"), (intern!(py, "int8"),))?;
    if !dtype.eq(codes.getattr(intern!(py, "dtype"))?)?
        && let Some(row) = first_lost(&codes, &given)?
    {
        let value = given.get_item(row)?.call_method0(intern!(py, "item"))?;
        let expected = if field == "direction" {
            DIRECTION_EXPECTED
        } else {
            TYPE_EXPECTED
        };
        return Err(Fault::new(code, field, &value, expected).at_bar(row).into());
    }
    frozen(&codes)?;
    column(codes.cast_into::<PyArray1<i8>>()?)
}

/// Codes of the two widest kinds of number in one pass; `None` of others, and where one is lost.
fn narrowed(given: &Bound<'_, PyAny>) -> Option<Vec<i8>> {
    fn all<T: Element + Copy>(
        given: &Bound<'_, PyAny>,
        code: impl Fn(T) -> (i8, bool),
    ) -> Option<Vec<i8>> {
        let array = given.cast::<PyArray1<T>>().ok()?;
        if !array.data().is_aligned() {
            return None;
        }
        let values = array.try_readonly().ok()?;
        let mut is_lost = false;
        let narrow = |&value: &T| {
            let (code, is_kept) = code(value);
            is_lost |= !is_kept;
            code
        };
        let codes = values.as_slice().ok()?.iter().map(narrow).collect();
        (!is_lost).then_some(codes)
    }
    let whole = |value: i64| (value as i8, i64::from(value as i8) == value);
    let number = |value: f64| {
        // What is absent is 0, as every cast of it is.
        let code = value as i8;
        (code, f64::from(code) == value || value.is_nan())
    };
    all(given, whole).or_else(|| all(given, number))
}

/// Reads a column of prices, copied only where it must be.
pub fn read_prices(values: &Bound<'_, PyAny>, field: &str) -> PyResult<Read<f64>> {
    let py = values.py();
    let expected = "a column of float64";
    let given = as_array(values, field, expected)?;
    let wanted = (&given, intern!(py, "float64"), intern!(py, "CA"));
    let required = py
        .import(intern!(py, "numpy"))?
        .call_method1(intern!(py, "require"), wanted);
    let required = required.map_err(|error| {
        let name = || given.getattr(intern!(py, "dtype"))?.str();
        match name() {
            Ok(name) => not_understood(error, py, field, name.as_any(), expected),
            Err(other) => other,
        }
    })?;
    let view = required.call_method0(intern!(py, "view"))?;
    check_flat(&view, field)?;
    frozen(&view)?;
    column(view.cast_into::<PyArray1<f64>>()?)
}

/// Reads anything that numpy or Arrow knows as an array.
fn as_array<'py>(
    values: &Bound<'py, PyAny>,
    field: &str,
    expected: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = values.py();
    let read = || {
        let mut given = values.clone();
        if !given.hasattr(intern!(py, "__array__"))? {
            let arrow = |make| {
                py.import(intern!(py, "pyarrow"))?
                    .call_method1(make, (values,))
            };
            if given.hasattr(intern!(py, "__arrow_c_array__"))? {
                given = arrow(intern!(py, "array"))?;
            } else if given.hasattr(intern!(py, "__arrow_c_stream__"))? {
                given = arrow(intern!(py, "chunked_array"))?;
            }
        }
        py.import(intern!(py, "numpy"))?
            .call_method1(intern!(py, "asarray"), (given,))
    };
    read().map_err(|error| not_understood(error, py, field, values, expected))
}

/// What numpy complains of, as an error of a signal.
fn not_understood(
    error: PyErr,
    py: Python<'_>,
    field: &str,
    value: &Bound<'_, PyAny>,
    expected: &str,
) -> PyErr {
    if error.is_instance_of::<PyTypeError>(py) || error.is_instance_of::<PyValueError>(py) {
        return Fault::new(ErrorCode::SignalNotUnderstood, field, value, expected).into();
    }
    error
}

/// Refuses an array of more or less than one dimension.
fn check_flat(array: &Bound<'_, PyAny>, field: &str) -> PyResult<()> {
    let shape = array.getattr(intern!(array.py(), "shape"))?;
    if shape.len()? == 1 {
        return Ok(());
    }
    Err(Fault::new(ErrorCode::LengthsDiffer, field, &shape, "one dimension").into())
}

/// The first row whose number is another one as a code, absent numbers aside.
fn first_lost(codes: &Bound<'_, PyAny>, given: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    let py = codes.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    let differ = |a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>| {
        a.rich_compare(b, CompareOp::Ne).map(Bound::unbind)
    };
    let pair = (differ(codes, given)?, differ(given, given)?);
    let lost = numpy.call_method1(intern!(py, "greater"), pair)?;
    let rows = numpy.call_method1(intern!(py, "flatnonzero"), (lost,))?;
    match rows.len()? {
        0 => Ok(None),
        _ => rows.get_item(0)?.extract().map(Some),
    }
}

fn frozen(array: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = array.py();
    let flags = array.getattr(intern!(py, "flags"))?;
    flags.setattr(intern!(py, "writeable"), false)
}
