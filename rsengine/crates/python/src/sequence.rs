//! What `collections.abc.Sequence` gives to sequences that are written in Python.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Position of the first entry that is equal to a value, from `start` on and before `stop`, both of
/// which count from the end where they are negative.
///
/// # Errors
/// `ValueError` where there is none; what comparing raises.
pub fn index<'py>(
    value: &Bound<'py, PyAny>,
    (start, stop): (isize, Option<isize>),
    length: usize,
    entry: impl Fn(usize) -> PyResult<Option<Bound<'py, PyAny>>>,
) -> PyResult<usize> {
    let from = |at: isize| match usize::try_from(at) {
        Ok(at) => at,
        Err(_) => length.saturating_sub(at.unsigned_abs()),
    };
    for index in from(start)..stop.map_or(length, from).min(length) {
        if is_equal(entry(index)?, value)? {
            return Ok(index);
        }
    }
    Err(PyValueError::new_err("no such entry"))
}

/// How many entries are equal to a value.
///
/// # Errors
/// What comparing raises.
pub fn count<'py>(
    value: &Bound<'py, PyAny>,
    length: usize,
    entry: impl Fn(usize) -> PyResult<Option<Bound<'py, PyAny>>>,
) -> PyResult<usize> {
    let mut found = 0;
    for index in 0..length {
        found += usize::from(is_equal(entry(index)?, value)?);
    }
    Ok(found)
}

fn is_equal(entry: Option<Bound<'_, PyAny>>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match entry {
        Some(entry) => Ok(entry.is(value) || entry.eq(value)?),
        None => Ok(false),
    }
}
