//! The equity rows of a portfolio at one moment, as columns that share their memory.

use std::sync::Arc;

use fillproof_engine::holdings::{EquityColumns, EquityRows};
use numpy::ndarray::ArrayView1;
use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Rows that are made at once where only one of their columns is wanted.
const PART: usize = 8_192;

/// Equity rows that do not change any more; their columns are made when they are asked for.
#[pyclass(frozen, module = "rsengine._rsengine", name = "EquityRows")]
pub struct PyEquityRows(pub EquityRows);

/// What keeps the memory of columns.
#[pyclass(frozen, module = "rsengine._rsengine")]
struct HeldRows(Arc<EquityColumns>);

#[pymethods]
impl PyEquityRows {
    /// Returns the columns: time_us int64, the rest float64; they are read-only.
    pub fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows = py.detach(|| Arc::clone(self.0.columns()));
        let held = Bound::new(py, HeldRows(rows))?;
        let rows = &held.get().0;
        let columns = PyDict::new(py);
        columns.set_item("time_us", shown(&held, &rows.time_us))?;
        columns.set_item("cash", shown(&held, &rows.cash))?;
        columns.set_item("equity", shown(&held, &rows.equity))?;
        columns.set_item("equity_worst", shown(&held, &rows.equity_worst))?;
        columns.set_item("drawdown", shown(&held, &rows.drawdown))?;
        Ok(columns)
    }

    /// Returns one column, a new array that keeps nothing of the others.
    fn column<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let read: fn(&EquityColumns) -> &[f64] = match name {
            "time_us" => {
                let times = py.detach(|| self.read(|rows| &rows.time_us[..]));
                return Ok(PyArray1::from_vec(py, times).into_any());
            }
            "cash" => |rows| &rows.cash,
            "equity" => |rows| &rows.equity,
            "equity_worst" => |rows| &rows.equity_worst,
            "drawdown" => |rows| &rows.drawdown,
            _ => return Err(PyKeyError::new_err(name.to_owned())),
        };
        let values = py.detach(|| self.read(read));
        Ok(PyArray1::from_vec(py, values).into_any())
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}

impl PyEquityRows {
    fn read<T: Copy>(&self, column: fn(&EquityColumns) -> &[T]) -> Vec<T> {
        let mut values = Vec::with_capacity(self.0.len());
        self.0
            .each_part(PART, |rows| values.extend_from_slice(column(rows)));
        values
    }
}

fn shown<'py, T: Element>(held: &Bound<'py, HeldRows>, values: &[T]) -> Bound<'py, PyArray1<T>> {
    // SAFETY: the values are those of `held`, which the array keeps; nobody writes to them: the
    // array is made read-only before anybody sees it.
    let array =
        unsafe { PyArray1::borrow_from_array(&ArrayView1::from(values), held.clone().into_any()) };
    array.readwrite().make_nonwriteable();
    array
}
