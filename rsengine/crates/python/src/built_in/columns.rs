//! Signals that are known before the run, as Python holds them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::signals::{Direction, OrderType};
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices, length_differs};
use numpy::PyArray1;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyNotImplemented, PyString, PyTuple};

use super::reading::{read_codes, read_prices};
use super::{first_of, locked};
use crate::call::attribute_or_none;
use crate::convert::number;
use crate::errors::{Fault, raise};

/// Names of the columns, in the order of the constructor's parameters.
const NAMES: [&str; 5] = ["direction", "entry", "stop", "target", "type"];

/// Signals that are known before the run: direction, prices and type of each bar (I.columns).
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "ColumnStrategy"
)]
pub struct PyColumnStrategy {
    strategy: Mutex<ColumnStrategy>,
    direction: Py<PyArray1<i8>>,
    prices: [Option<Py<PyArray1<f64>>>; 3],
    // The type of all orders, or codes.
    kind: Py<PyAny>,
    reason: Option<Py<PyString>>,
    signals: usize,
    ignored: AtomicUsize,
}

impl PyColumnStrategy {
    /// The strategy itself, to be run without Python.
    pub fn strategy(&self) -> &Mutex<ColumnStrategy> {
        &self.strategy
    }

    /// Number of rows with a signal.
    pub fn signals(&self) -> usize {
        self.signals
    }

    /// What a row says, with the moment and the candles of its bar; `None` without a signal.
    pub fn signal<'py>(
        &self,
        row: usize,
        symbol: &Bound<'py, PyAny>,
        time: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
        side: impl Fn(Direction) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = symbol.py();
        let name = symbol.str()?;
        let made =
            locked(&self.strategy).signal(row, &(&*name.to_string_lossy()).into(), 0, |_| None);
        let Some(mut made) = made else {
            return Ok(None);
        };
        if made.entry_price.is_none() && !made.order_type.waits() {
            let candle = side(made.direction)?;
            if !candle.is_none() {
                made.entry_price = number(&candle.getattr(intern!(py, "close"))?);
            }
        }
        crate::signal::to_python(py, &made, time()?).map(Some)
    }

    /// Whether a row has a signal.
    pub fn has_signal(&self, row: i64) -> PyResult<Option<usize>> {
        let Ok(found) = usize::try_from(row) else {
            let rows = locked(&self.strategy).len();
            return Err(raise(length_differs(rows, "a row for each bar")));
        };
        let has_signal = locked(&self.strategy).has_signal(found);
        Ok(has_signal.map_err(raise)?.then_some(found))
    }
}

#[pymethods]
impl PyColumnStrategy {
    #[new]
    #[pyo3(
        signature = (direction, entry=None, stop=None, target=None, r#type=None, *, reason=None),
        text_signature = "(direction, entry=None, stop=None, target=None, type=None, *, reason=None)"
    )]
    fn new(
        direction: &Bound<'_, PyAny>,
        entry: Option<&Bound<'_, PyAny>>,
        stop: Option<&Bound<'_, PyAny>>,
        target: Option<&Bound<'_, PyAny>>,
        r#type: Option<&Bound<'_, PyAny>>,
        reason: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = direction.py();
        let (direction, directions) =
            read_codes(direction, "direction", ErrorCode::DirectionUnknown)?;
        let price = |given: Option<&Bound<'_, PyAny>>, field: &str| {
            given.map(|given| read_prices(given, field)).transpose()
        };
        let (entry, stop, target) = (
            price(entry, "entry")?,
            price(stop, "stop")?,
            price(target, "target")?,
        );
        let mut order_type = OrderType::Market;
        let mut kinds = None;
        let kind = match r#type.map(|given| (given, given.cast::<PyString>())) {
            None => intern!(py, "market").clone().into_any().unbind(),
            Some((given, Ok(word))) => {
                order_type = OrderType::parse(&word.to_string_lossy()).map_err(|_| {
                    let expected = "market, limit, stop";
                    Fault::new(ErrorCode::TypeUnknown, "type", given, expected)
                })?;
                given.clone().unbind()
            }
            Some((given, Err(_))) => {
                let (array, column) = read_codes(given, "type", ErrorCode::TypeUnknown)?;
                kinds = Some(column);
                array.into_any()
            }
        };
        let reason = match reason {
            None => None,
            Some(given) => Some(given.cast::<PyString>().map_err(|_| {
                let code = ErrorCode::SignalNotUnderstood;
                Fault::new(code, "reason", given, "text or None")
            })?),
        };
        let column = |read: &Option<crate::columns::Read<f64>>| {
            read.as_ref()
                .map(|(_, column)| std::sync::Arc::clone(column))
        };
        let prices = Prices {
            entry: column(&entry),
            stop: column(&stop),
            target: column(&target),
        };
        let strategy = ColumnStrategy::new(directions, prices, kinds, order_type)
            .map_err(raise)?
            .with_reason(reason.map(|text| (&*text.to_string_lossy()).into()));
        Ok(Self {
            signals: strategy.rows().len(),
            strategy: Mutex::new(strategy),
            direction,
            prices: [entry, stop, target].map(|read| read.map(|(array, _)| array)),
            kind,
            reason: reason.map(|text| text.clone().unbind()),
            ignored: AtomicUsize::new(0),
        })
    }

    /// Directions, int8, read-only.
    #[getter]
    fn direction(&self, py: Python<'_>) -> Py<PyArray1<i8>> {
        self.direction.clone_ref(py)
    }

    /// Entries, float64, read-only; None where there is no such column.
    #[getter]
    fn entry(&self, py: Python<'_>) -> Option<Py<PyArray1<f64>>> {
        Some(self.prices[0].as_ref()?.clone_ref(py))
    }

    /// Stops, float64, read-only; None where there is no such column.
    #[getter]
    fn stop(&self, py: Python<'_>) -> Option<Py<PyArray1<f64>>> {
        Some(self.prices[1].as_ref()?.clone_ref(py))
    }

    /// Targets, float64, read-only; None where there is no such column.
    #[getter]
    fn target(&self, py: Python<'_>) -> Option<Py<PyArray1<f64>>> {
        Some(self.prices[2].as_ref()?.clone_ref(py))
    }

    /// The type of all orders, or codes, int8, read-only.
    #[getter]
    fn r#type(&self, py: Python<'_>) -> Py<PyAny> {
        self.kind.clone_ref(py)
    }

    /// What is recorded with each signal.
    #[getter]
    fn reason(&self, py: Python<'_>) -> Option<Py<PyString>> {
        Some(self.reason.as_ref()?.clone_ref(py))
    }

    /// Signals of rows before the first bar that was evaluated, in the last run (L1).
    #[getter]
    pub fn ignored(&self) -> usize {
        self.ignored.load(Ordering::Relaxed)
    }

    /// Takes the first bar that a run evaluates and the number of its bars, from the engine.
    pub fn use_bars(&self, start: usize, total: usize) -> PyResult<()> {
        let told = {
            let mut strategy = locked(&self.strategy);
            strategy.use_bars(start, total).map(|()| strategy.ignored())
        };
        self.ignored.store(told.map_err(raise)?, Ordering::Relaxed);
        Ok(())
    }

    /// Returns the signal of the current bar of the first symbol, if there is one.
    fn on_data<'py>(&self, slice_map: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = slice_map.py();
        let Some(view) = first_of(slice_map)? else {
            return Ok(None);
        };
        let index = view.getattr(intern!(py, "index"))?.extract()?;
        self.evaluate(index, slice_map)
    }

    /// Returns the signal of a bar, if there is one.
    fn evaluate<'py>(
        &self,
        index: i64,
        slice_map: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = slice_map.py();
        let Some(row) = self.has_signal(index)? else {
            return Ok(None);
        };
        let Some(view) = first_of(slice_map)? else {
            return Ok(None);
        };
        let side = |direction: Direction| {
            let name = if direction.is_long() { "ask" } else { "bid" };
            attribute_or_none(&view, &PyString::intern(py, name))
        };
        let time = || {
            let bid = side(Direction::Short)?;
            if bid.is_none() {
                return Ok(bid);
            }
            bid.getattr(intern!(py, "timestamp"))
        };
        let symbol = view.getattr(intern!(py, "symbol"))?;
        let made = self.signal(row, &symbol, time, side)?;
        made.map(|signal| PyList::new(py, [signal])).transpose()
    }

    fn __len__(&self) -> usize {
        locked(&self.strategy).len()
    }

    fn __eq__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if other.get_type().name()?.to_string_lossy() != "ColumnStrategy" {
            return Ok(PyNotImplemented::get(py).to_owned().into_any());
        }
        let reason = other.getattr(intern!(py, "reason"))?;
        let mut same = slf.as_any().getattr(intern!(py, "reason"))?.eq(reason)?;
        for name in NAMES {
            same = same && is_same(&slf.as_any().getattr(name)?, &other.getattr(name)?)?;
        }
        Ok(same.into_pyobject(py)?.to_owned().into_any())
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        let py = slf.py();
        let direction = slf.get().direction.bind(py);
        let bytes = direction.call_method0(intern!(py, "tobytes"))?;
        let bytes = bytes.cast_into::<PyBytes>()?;
        ("ColumnStrategy", bytes, slf.get().reason(py))
            .into_pyobject(py)?
            .hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let named = NAMES[1..4].iter().zip(&self.prices);
        let given: Vec<&str> = named
            .filter_map(|(name, column)| column.as_ref().map(|_| *name))
            .collect();
        let prices = if given.is_empty() {
            "none".to_owned()
        } else {
            given.join("+")
        };
        let kind = match self.kind.bind(py).cast::<PyString>() {
            Ok(word) => word.repr()?.to_string_lossy().into_owned(),
            Err(_) => "by row".to_owned(),
        };
        let reason = match &self.reason {
            Some(text) => text.bind(py).repr()?.to_string_lossy().into_owned(),
            None => "None".to_owned(),
        };
        Ok(format!(
            "ColumnStrategy({} rows, {} signals, prices={prices}, type={kind}, reason={reason})",
            self.__len__(),
            self.signals
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let py = slf.py();
        let keywords = PyDict::new(py);
        keywords.set_item(intern!(py, "reason"), slf.get().reason(py))?;
        let make = py
            .import(intern!(py, "functools"))?
            .getattr(intern!(py, "partial"))?
            .call((slf.get_type(),), Some(&keywords))?;
        let columns = NAMES.iter().map(|name| slf.as_any().getattr(*name));
        let columns = PyTuple::new(py, columns.collect::<PyResult<Vec<_>>>()?)?;
        // What a user has put on it, such as a position manager.
        let kept = slf.as_any().getattr(intern!(py, "__dict__"))?;
        let kept = if kept.is_truthy()? {
            kept
        } else {
            py.None().into_bound(py)
        };
        PyTuple::new(py, [make, columns.into_any(), kept])
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.direction)?;
        for column in self.prices.iter().flatten() {
            visit.call(column)?;
        }
        visit.call(&self.kind)
    }
}

/// Whether two columns, words or absences are the same; an absent price is so in both.
fn is_same(mine: &Bound<'_, PyAny>, theirs: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = mine.py();
    if !mine.get_type().is(theirs.get_type()) {
        return Ok(false);
    }
    if !mine.hasattr(intern!(py, "dtype"))? {
        return mine.eq(theirs);
    }
    let kind = mine
        .getattr(intern!(py, "dtype"))?
        .getattr(intern!(py, "kind"))?;
    let keywords = PyDict::new(py);
    keywords.set_item(intern!(py, "equal_nan"), kind.eq("f")?)?;
    py.import(intern!(py, "numpy"))?
        .call_method(intern!(py, "array_equal"), (mine, theirs), Some(&keywords))?
        .is_truthy()
}
