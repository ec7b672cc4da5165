//! The engine's records as dicts and columns.

use fillproof_engine::execution_state::{STATE_VERSION, State};
use fillproof_engine::signals::SignalColumns;
use fillproof_engine::trace::FieldValue;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

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
    columns_of(
        py,
        rows,
        [
            rows.order_id.as_slice().into_pyobject(py)?.into_any(),
            rows.time_us.as_slice().into_pyobject(py)?.into_any(),
            rows.entry_price.as_slice().into_pyobject(py)?.into_any(),
            rows.stop_loss.as_slice().into_pyobject(py)?.into_any(),
            rows.take_profit.as_slice().into_pyobject(py)?.into_any(),
            rows.size.as_slice().into_pyobject(py)?.into_any(),
        ],
    )
}

/// Makes the same columns with numbers as numpy arrays, in which NaN marks what is absent.
pub fn signal_arrays<'py>(py: Python<'py>, rows: &SignalColumns) -> PyResult<Bound<'py, PyDict>> {
    let ids = rows.order_id.iter().map(|&id| i64::try_from(id));
    let ids = ids.collect::<Result<Vec<_>, _>>()?;
    columns_of(
        py,
        rows,
        [
            PyArray1::from_vec(py, ids).into_any(),
            PyArray1::from_slice(py, &rows.time_us).into_any(),
            optional(py, &rows.entry_price)?,
            optional(py, &rows.stop_loss)?,
            optional(py, &rows.take_profit)?,
            optional(py, &rows.size)?,
        ],
    )
}

fn optional<'py>(py: Python<'py>, values: &[Option<f64>]) -> PyResult<Bound<'py, PyAny>> {
    // A NaN that a strategy gave has to stay one.
    if values.iter().flatten().any(|value| value.is_nan()) {
        return values.into_pyobject(py);
    }
    let values = values.iter().map(|value| value.unwrap_or(f64::NAN));
    Ok(PyArray1::from_iter(py, values).into_any())
}

fn columns_of<'py>(
    py: Python<'py>,
    rows: &SignalColumns,
    numbers: [Bound<'py, PyAny>; 6],
) -> PyResult<Bound<'py, PyDict>> {
    let [order_id, time_us, entry_price, stop_loss, take_profit, size] = numbers;
    let columns = PyDict::new(py);
    columns.set_item("order_id", order_id)?;
    columns.set_item("time_us", time_us)?;
    columns.set_item("symbol", words(py, rows.symbol.iter().map(|word| &**word))?)?;
    columns.set_item(
        "direction",
        words(py, rows.direction.iter().map(|d| d.as_str()))?,
    )?;
    columns.set_item(
        "type",
        words(py, rows.order_type.iter().map(|t| t.as_str()))?,
    )?;
    columns.set_item("entry_price", entry_price)?;
    columns.set_item("stop_loss", stop_loss)?;
    columns.set_item("take_profit", take_profit)?;
    columns.set_item(
        "outcome",
        words(py, rows.outcome.iter().map(|o| o.as_str()))?,
    )?;
    columns.set_item("rule", words(py, rows.rule.iter().copied())?)?;
    columns.set_item("size", size)?;
    Ok(columns)
}

/// A list of words, of which equal neighbours are one object.
fn words<'a, 'py>(
    py: Python<'py>,
    words: impl ExactSizeIterator<Item = &'a str>,
) -> PyResult<Bound<'py, PyList>> {
    let mut last: Option<(&str, Bound<'py, PyString>)> = None;
    let each = words.map(|word| match &last {
        Some((same, made)) if *same == word => made.clone(),
        _ => {
            let made = PyString::intern(py, word);
            last = Some((word, made.clone()));
            made
        }
    });
    PyList::new(py, each)
}
