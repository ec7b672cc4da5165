//! Options of an order in the notes of its signal (S1.order_options).

use std::sync::Arc;

use fillproof_engine::signals::MAX_BARS_MOST;
use pyo3::types::{PyBool, PyDateTime, PyInt};

use super::*;
use crate::convert::to_time_us;

/// What the notes of a signal ask of its order.
#[derive(Default)]
pub struct Options {
    pub expires_at_us: Option<i64>,
    pub max_bars: Option<u64>,
    pub oco: Option<Arc<str>>,
}

impl Options {
    /// Reads the options, or says which of them is wrong.
    pub fn read(meta: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Self> {
        let py = meta.py();
        let mut options = Self::default();
        if let Some(value) = get(meta, intern!(py, "expires_at"))? {
            options.expires_at_us = Some(expiry(&value, place)?);
        }
        if let Some(value) = get(meta, intern!(py, "max_bars"))? {
            options.max_bars = Some(bars(&value, place)?);
        }
        if let Some(value) = get(meta, intern!(py, "oco"))? {
            let name = value.cast::<PyString>().ok();
            let name = name.map(|name| name.to_string_lossy());
            let Some(name) = name.filter(|name| !name.is_empty()) else {
                let expected = "a name: text that is not empty";
                return Err(invalid(place, "meta.oco", &value, expected));
            };
            options.oco = Some((&*name).into());
        }
        Ok(options)
    }
}

/// A note of this name that is not None.
fn get<'py>(
    meta: &Bound<'py, PyAny>,
    key: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let value = meta.call_method1(intern!(meta.py(), "get"), (key,))?;
    Ok(Some(value).filter(|value| !value.is_none()))
}

fn invalid(place: Place<'_>, field: &str, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    place
        .fault(ErrorCode::MetaInvalid, field, value, expected)
        .into()
}

fn bars(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<u64> {
    let is_whole = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let read = value.extract::<u64>().ok().filter(|_| is_whole);
    read.filter(|bars| (1..=MAX_BARS_MOST).contains(bars))
        .ok_or_else(|| {
            invalid(
                place,
                "meta.max_bars",
                value,
                "a whole number of at least 1",
            )
        })
}

/// Reads an aware datetime, or its ISO text as Python reads it.
fn expiry(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<i64> {
    let py = value.py();
    let expected = "an aware datetime or its ISO text";
    let refused = || invalid(place, "meta.expires_at", value, expected);
    let moment = if value.is_instance_of::<PyString>() {
        let class = py.get_type::<PyDateTime>();
        match class.call_method1(intern!(py, "fromisoformat"), (value,)) {
            Ok(moment) => moment,
            Err(error) if error.is_instance_of::<pyo3::exceptions::PyValueError>(py) => {
                return Err(refused());
            }
            Err(error) => return Err(error),
        }
    } else {
        value.clone()
    };
    if !moment.is_instance_of::<PyDateTime>()
        || moment.call_method0(intern!(py, "utcoffset"))?.is_none()
    {
        return Err(refused());
    }
    to_time_us(&moment, "meta.expires_at", place)
}
