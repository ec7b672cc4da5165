//! The engine's records as dicts and columns.

use fillproof_engine::execution_state::{STATE_VERSION, State};
use fillproof_engine::signals::SignalColumns;
use fillproof_engine::trace::FieldValue;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// Names and values of one record, in the order of its schema.
pub type Fields = Vec<(&'static str, FieldValue)>;

/// Makes a dict of one record.
pub fn to_dict(py: Python<'_>, fields: Fields) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in fields {
        match value {
            FieldValue::Null => dict.set_item(name, py.None())?,
            FieldValue::Bool(value) => dict.set_item(name, value)?,
            FieldValue::Int(value) => dict.set_item(name, value)?,
            FieldValue::Float(value) => dict.set_item(name, value)?,
            FieldValue::Text(value) => dict.set_item(name, value)?,
        }
    }
    Ok(dict)
}

fn to_dicts(py: Python<'_>, rows: Vec<Fields>) -> PyResult<Bound<'_, PyList>> {
    let dicts: PyResult<Vec<_>> = rows.into_iter().map(|row| to_dict(py, row)).collect();
    PyList::new(py, dicts?)
}

/// Makes the canonical state of an executor.
pub fn state<'py>(
    py: Python<'py>,
    row: Option<State>,
    ledger: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let Some(row) = row else {
        return Ok(dict);
    };
    dict.set_item("version", STATE_VERSION)?;
    dict.set_item("time_us", row.time_us)?;
    dict.set_item("next_order_id", row.next_order_id)?;
    dict.set_item("orders", to_dicts(py, row.orders)?)?;
    dict.set_item("positions", to_dicts(py, row.positions)?)?;
    dict.set_item("ledger", ledger)?;
    if let Some(opened) = row.opened {
        dict.set_item("opened", opened)?;
    }
    Ok(dict)
}

/// Makes columns of the rows of an executor's signals.
pub fn signal_columns<'py>(py: Python<'py>, rows: &SignalColumns) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let words = |words: Vec<&str>| PyList::new(py, words);
    columns.set_item("order_id", &rows.order_id)?;
    columns.set_item("time_us", &rows.time_us)?;
    columns.set_item(
        "symbol",
        words(rows.symbol.iter().map(|word| &**word).collect())?,
    )?;
    columns.set_item(
        "direction",
        words(rows.direction.iter().map(|d| d.as_str()).collect())?,
    )?;
    columns.set_item(
        "type",
        words(rows.order_type.iter().map(|t| t.as_str()).collect())?,
    )?;
    columns.set_item("entry_price", &rows.entry_price)?;
    columns.set_item("stop_loss", &rows.stop_loss)?;
    columns.set_item("take_profit", &rows.take_profit)?;
    columns.set_item(
        "outcome",
        words(rows.outcome.iter().map(|o| o.as_str()).collect())?,
    )?;
    columns.set_item("rule", words(rows.rule.to_vec())?)?;
    columns.set_item("size", &rows.size)?;
    Ok(columns)
}
