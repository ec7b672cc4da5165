//! Lower candles on their way into an executor, and their check against the bars of a run.

use std::sync::Arc;

use fillproof_engine::config::ExecutionPolicy;
use fillproof_engine::errors::{EngineError, ErrorCode};
use fillproof_engine::execution::ExecutionSimulator;
use fillproof_engine::lower_candles::{FIELD, LowerSides, check_wanted};
use fillproof_engine::sessions::timeframe_us;
use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString};

use crate::call::attribute;
use crate::checks::check;
use crate::errors::{Fault, raise};
use crate::executor::PyExecutor;

/// Reads the lower bars of every symbol: symbol -> bid, ask and perhaps timeframe (X3.drilldown).
pub fn read_lower(
    given: &Bound<'_, PyDict>,
    policy: &ExecutionPolicy,
    timeframe: Option<&str>,
) -> PyResult<Vec<LowerSides>> {
    let length_us = match timeframe {
        Some(timeframe) => timeframe_us(timeframe, "timeframe").map_err(raise)?,
        None => 0,
    };
    check_wanted(!given.is_empty(), policy, length_us).map_err(raise)?;
    given
        .iter()
        .map(|(symbol, sides)| read_symbol(&symbol.str()?.to_string_lossy(), &sides))
        .collect()
}

fn read_symbol<'py>(symbol: &str, sides: &Bound<'py, PyAny>) -> PyResult<LowerSides> {
    let py = sides.py();
    let Ok(mapping) = sides.cast::<PyMapping>() else {
        let expected = "a mapping with its bid and ask candles";
        let fault = Fault::new(ErrorCode::LowerRequired, FIELD, sides, expected);
        return Err(fault.for_symbol(symbol).into());
    };
    let get = |name: &Bound<'py, PyString>| {
        let found = mapping.call_method1(intern!(py, "get"), (name,))?;
        Ok::<_, PyErr>(Some(found).filter(|found| !found.is_none()))
    };
    let side = |name: &Bound<'py, PyString>| {
        get(name)?.ok_or_else(|| {
            raise(
                EngineError::new(ErrorCode::LowerRequired)
                    .for_symbol(symbol)
                    .in_field(&format!("{FIELD}.{name}"))
                    .expecting("its candles"),
            )
        })
    };
    let (bid, ask) = (side(intern!(py, "bid"))?, side(intern!(py, "ask"))?);
    let (read, _, _) = check(&bid, &ask, symbol).map_err(|error| named(py, error))?;
    let timeframe = match get(intern!(py, "timeframe"))? {
        None => None,
        Some(timeframe) => match timeframe.cast::<PyString>() {
            Ok(text) => Some(text.to_string_lossy().into_owned()),
            Err(_) => {
                let (code, expected) = (
                    ErrorCode::TimeframeInvalid,
                    fillproof_engine::sessions::TIMEFRAME_EXPECTED,
                );
                let field = format!("{FIELD}.timeframe");
                return Err(Fault::new(code, &field, &timeframe, expected).into());
            }
        },
    };
    Ok(LowerSides {
        symbol: symbol.into(),
        bid: Arc::clone(&read.bid),
        ask: Arc::clone(&read.ask),
        timeframe,
    })
}

/// Makes an exception about candles one about lower candles; their messages begin with the field.
fn named(py: Python<'_>, error: PyErr) -> PyErr {
    let rename = || {
        let value = error.value(py);
        let field: String = value.getattr(intern!(py, "field"))?.extract()?;
        let (text,): (String,) = value.getattr(intern!(py, "args"))?.extract()?;
        value.setattr(intern!(py, "field"), format!("{FIELD}.{field}"))?;
        value.setattr(intern!(py, "args"), (format!("{FIELD}.{text}"),))
    };
    match rename() {
        // An exception of a user's own candles stays as it is.
        Ok(()) => error,
        Err(other) if other.is_instance_of::<PyAttributeError>(py) => error,
        Err(other) => other,
    }
}

/// Warns of crossed lower bars (T2.crossed).
pub fn warn_of_crossed(py: Python<'_>, executor: &ExecutionSimulator) -> PyResult<()> {
    for (symbol, crossed, total, first) in executor.crossed_lower_bars() {
        let text = format!(
            "{crossed} of {total} lower bars of {symbol} are crossed (ask below bid), the first is \
             bar {first}"
        );
        let category = py
            .import(intern!(py, "fillproof.errors"))?
            .getattr(intern!(py, "CrossedBarsWarning"))?;
        py.import(intern!(py, "warnings"))?
            .call_method1(intern!(py, "warn"), (text, category))?;
    }
    Ok(())
}

/// Holds the lower bars of an executor, if it has some, against the bars of a run (X3.lower_times).
pub fn check_parents(
    executor: &Bound<'_, PyAny>,
    symbol: &Bound<'_, PyAny>,
    times: impl Iterator<Item = i64>,
) -> PyResult<()> {
    let py = executor.py();
    if let Ok(own) = executor.cast::<PyExecutor>() {
        return own
            .get()
            .check_lower(&symbol.str()?.to_string_lossy(), times);
    }
    let given = attribute(executor, intern!(py, "lower_candles"))?;
    if given.is_none_or(|given| given.is_none()) {
        return Ok(());
    }
    match attribute(executor, intern!(py, "check_lower_candles"))? {
        Some(check) => check
            .call1((symbol, PyList::new(py, times.collect::<Vec<_>>())?))
            .map(|_| ()),
        None => Ok(()),
    }
}
