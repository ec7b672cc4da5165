//! Columns of signals for several symbols, as Python holds them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::strategies::cross_columns::CrossColumnStrategy;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyNotImplemented, PyString, PyTuple};

use super::columns::PyColumnStrategy;
use super::locked;
use crate::errors::{Fault, raise};

const EXPECTED: &str = "a mapping of symbols to ColumnStrategy, with at least one";

/// Signal columns for the symbols of one account: at each key theirs, in this order (I.columns).
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "CrossColumnStrategy"
)]
pub struct PyCrossColumnStrategy {
    strategy: Mutex<CrossColumnStrategy>,
    columns: Py<PyDict>,
    rows: usize,
    ignored: AtomicUsize,
}

impl PyCrossColumnStrategy {
    /// The strategy itself, to be run without Python.
    pub fn strategy(&self) -> &Mutex<CrossColumnStrategy> {
        &self.strategy
    }
}

#[pymethods]
impl PyCrossColumnStrategy {
    #[new]
    fn new(columns: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = columns.py();
        let code = ErrorCode::SignalNotUnderstood;
        let refused = || PyErr::from(Fault::new(code, "columns", columns, EXPECTED));
        let mapping = columns.cast::<PyMapping>().map_err(|_| refused())?;
        if mapping.is_empty()? {
            return Err(refused());
        }
        let own = PyDict::new(py);
        let mut named = Vec::new();
        for item in mapping.items()?.try_iter()? {
            let (symbol, given): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item?.extract()?;
            let fault = Fault::new(code, "columns", &given, EXPECTED);
            let Ok(name) = symbol.cast::<PyString>() else {
                return Err(fault.into());
            };
            let name = name.to_string_lossy();
            let Ok(strategy) = given.cast::<PyColumnStrategy>() else {
                return Err(fault.for_symbol(&name).into());
            };
            let copy = locked(strategy.get().strategy()).clone();
            named.push((Arc::from(&*name), copy));
            own.set_item(symbol, strategy)?;
        }
        let strategy = CrossColumnStrategy::new(named).map_err(raise)?;
        Ok(Self {
            rows: strategy.len(),
            strategy: Mutex::new(strategy),
            columns: own.unbind(),
            ignored: AtomicUsize::new(0),
        })
    }

    /// Symbol -> its columns, in their order.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.columns.bind(py).copy()
    }

    /// Signals of rows before the first key that was evaluated, in the last run (L1).
    #[getter]
    fn ignored(&self) -> usize {
        self.ignored.load(Ordering::Relaxed)
    }

    /// Takes the first key that a run evaluates and the number of its keys, from the engine.
    fn use_bars(&self, py: Python<'_>, start: usize, total: usize) -> PyResult<()> {
        let mut ignored = 0;
        for (_, strategy) in self.columns.bind(py) {
            let strategy = strategy.cast_into::<PyColumnStrategy>()?;
            strategy.get().use_bars(start, total)?;
            ignored += strategy.get().ignored();
        }
        self.ignored.store(ignored, Ordering::Relaxed);
        Ok(())
    }

    /// Returns the signals of the current key.
    fn on_data<'py>(
        &self,
        multi_slice: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let index = multi_slice
            .getattr(intern!(multi_slice.py(), "index"))?
            .extract()?;
        self.evaluate(index, multi_slice)
    }

    /// Returns the signals of a key.
    fn evaluate<'py>(
        &self,
        index: i64,
        multi_slice: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = multi_slice.py();
        let mut signals = Vec::new();
        for (symbol, strategy) in self.columns.bind(py) {
            let strategy = strategy.cast_into::<PyColumnStrategy>()?;
            let Some(row) = strategy.get().has_signal(index)? else {
                continue;
            };
            let view = multi_slice.get_item(&symbol)?;
            let time = || multi_slice.getattr(intern!(py, "time"));
            let side = |is_long: bool| view.getattr(if is_long { "ask" } else { "bid" });
            let made = strategy
                .get()
                .signal(row, &symbol, time, |way| side(way.is_long()))?;
            signals.extend(made);
        }
        if signals.is_empty() {
            return Ok(None);
        }
        PyList::new(py, signals).map(Some)
    }

    fn __len__(&self) -> usize {
        self.rows
    }

    fn __eq__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if other.get_type().name()?.to_string_lossy() != "CrossColumnStrategy" {
            return Ok(PyNotImplemented::get(py).to_owned().into_any());
        }
        let theirs = other.getattr(intern!(py, "columns"))?;
        let theirs = theirs.cast_into::<PyDict>()?.items();
        // The order counts: it is that of the signals of a key.
        let same = slf.get().columns.bind(py).items().eq(theirs)?;
        Ok(same.into_pyobject(py)?.to_owned().into_any())
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        let items = self.columns.bind(py).items().to_tuple();
        ("CrossColumnStrategy", items).into_pyobject(py)?.hash()
    }

    fn __repr__(&self) -> String {
        let (symbols, signals) = {
            let strategy = locked(&self.strategy);
            let each = strategy.columns().iter();
            let signals: usize = each.map(|(_, columns)| columns.rows().len()).sum();
            (strategy.columns().len(), signals)
        };
        format!(
            "CrossColumnStrategy({symbols} symbols, {} rows, {signals} signals)",
            self.rows
        )
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let columns = PyTuple::new(py, [slf.get().columns.bind(py)])?;
        PyTuple::new(py, [slf.get_type().into_any(), columns.into_any()])
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.columns)
    }
}
