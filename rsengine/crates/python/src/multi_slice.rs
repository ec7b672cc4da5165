//! What a strategy sees of several symbols at a key, as a Python object.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::managed_bar::RunBars;
use pyo3::PyTraverseError;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDateTime, PyDict, PyIterator, PyList, PyTuple};

use crate::convert::{to_datetime, to_time_us};
use crate::cross::keys::{lay_out, place_of, show_key};
use crate::errors::Fault;
use crate::given::Given;
use crate::made::Made;
use crate::slice::{Along, PySlice};
use crate::symbol_view::PySymbolView;

const NOT_PINNED: i64 = -1;

/// The candles of several symbols up to the current key; a mapping of symbol to view.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    immutable_type,
    mapping,
    module = "rsengine",
    name = "MultiSymbolSlice"
)]
pub struct PyMultiSymbolSlice {
    made: Made,
    parts: OnceLock<Parts>,
    index: AtomicI64,
    limit: AtomicI64,
}

struct Parts {
    keys: Py<PyAny>,
    primary_tf: Py<PyAny>,
    // By symbol, in the order of the symbols.
    by_symbol: Py<PyDict>,
    views: Vec<Py<PySlice>>,
}

/// One symbol, its candles laid out along the keys, and what an engine knows of them.
pub struct Lane<'py> {
    pub symbol: Bound<'py, PyAny>,
    pub bids: Bound<'py, PyAny>,
    pub asks: Bound<'py, PyAny>,
    pub along: Along,
}

impl Default for PyMultiSymbolSlice {
    fn default() -> Self {
        Self {
            made: Made::default(),
            parts: OnceLock::new(),
            index: AtomicI64::new(0),
            limit: AtomicI64::new(NOT_PINNED),
        }
    }
}

impl Parts {
    fn new<'py>(
        lanes: Vec<Lane<'py>>,
        keys: &Bound<'py, PyAny>,
        primary_tf: &Bound<'py, PyAny>,
    ) -> PyResult<Self> {
        let by_symbol = PyDict::new(keys.py());
        let mut views = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let sides = (&lane.bids, &lane.asks);
            let view = PySymbolView::make(&lane.symbol, primary_tf, sides, keys, lane.along)?;
            by_symbol.set_item(&lane.symbol, &view)?;
            views.push(view.into_super().unbind());
        }
        Ok(Self {
            keys: keys.clone().unbind(),
            primary_tf: primary_tf.clone().unbind(),
            by_symbol: by_symbol.unbind(),
            views,
        })
    }
}

impl PyMultiSymbolSlice {
    /// A slice of what is laid out already, that an engine moves.
    pub fn of<'py>(
        lanes: Vec<Lane<'py>>,
        keys: &Bound<'py, PyAny>,
        primary_tf: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Self>> {
        let this = Self {
            parts: OnceLock::from(Parts::new(lanes, keys, primary_tf)?),
            ..Self::default()
        };
        Bound::new(keys.py(), this)
    }

    fn parts(&self) -> PyResult<&Parts> {
        self.parts
            .get()
            .ok_or_else(|| PyAttributeError::new_err("MultiSymbolSlice.__init__ was not called"))
    }

    fn at(&self) -> i64 {
        self.index.load(Ordering::Relaxed)
    }

    /// Moves the slice, its views and their limits to the loop's key.
    pub fn pin(&self, index: usize) {
        let at = i64::try_from(index).expect("a number of keys in memory fits");
        self.limit.store(at, Ordering::Relaxed);
        self.index.store(at, Ordering::Relaxed);
        for view in self.parts.get().iter().flat_map(|parts| &parts.views) {
            view.get().pin(index);
        }
    }

    /// The clock's time of the current key (L4.ordinal).
    pub fn time_us(&self, py: Python<'_>) -> PyResult<i64> {
        let key = self.timestamp(py)?;
        if key.is_instance_of::<PyDateTime>() {
            return to_time_us(&key, "common_timestamps", Default::default());
        }
        Ok(self.at())
    }

    /// Whether keys count by their place.
    pub fn is_ordinal(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(!self.timestamp(py)?.is_instance_of::<PyDateTime>())
    }

    /// Number of symbols.
    pub fn len(&self, _py: Python<'_>) -> PyResult<usize> {
        Ok(self.parts()?.views.len())
    }

    /// The symbols, as an error tells them.
    pub fn names(&self, py: Python<'_>) -> PyResult<String> {
        let mut names = Vec::new();
        for symbol in self.parts()?.by_symbol.bind(py).keys() {
            names.push(symbol.str()?.to_string_lossy().into_owned());
        }
        Ok(names.join(", "))
    }

    /// The view of the first symbol.
    pub fn first<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let first = self.parts()?.views.first();
        Ok(first.map(|view| view.bind(py).clone().into_any()))
    }

    /// The view of a symbol, if there is such a one.
    pub fn view<'py>(&self, symbol: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.parts()?.by_symbol.bind(symbol.py()).get_item(symbol)
    }

    /// The bars of a symbol up to the loop's key; none in a slice of the user's own.
    pub fn run_bars(&self, symbol: &Bound<'_, PyAny>) -> PyResult<Option<RunBars>> {
        let view = match self.view(symbol)? {
            Some(view) => view.cast_into::<PySymbolView>()?,
            None => return Ok(None),
        };
        Ok(view.as_super().get().run_bars())
    }

    fn known<'py>(&self, symbol: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PySymbolView>> {
        match self.view(symbol)? {
            Some(view) => Ok(view.cast_into::<PySymbolView>()?),
            None => {
                let expected = format!("one of {}", self.names(symbol.py())?);
                Err(Fault::new(ErrorCode::SymbolUnknown, "symbol", symbol, &expected).into())
            }
        }
    }
}

#[pymethods]
impl PyMultiSymbolSlice {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    fn __init__(
        slf: &Bound<'_, Self>,
        candle_lookups: &Bound<'_, PyAny>,
        common_timestamps: &Bound<'_, PyAny>,
        primary_tf: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let keys = common_timestamps
            .try_iter()?
            .collect::<PyResult<Vec<_>>>()?;
        let lanes = lay_out(candle_lookups, &keys, None)?;
        let lanes = lanes.into_iter().map(|laid| Lane {
            symbol: laid.symbol,
            bids: laid.bids.into_any(),
            asks: laid.asks.into_any(),
            along: Along::default(),
        });
        let parts = Parts::new(lanes.collect(), common_timestamps, primary_tf)?;
        slf.get().parts.set(parts).map_err(|_| {
            PyAttributeError::new_err("MultiSymbolSlice.__init__ was called a second time")
        })
    }

    /// Name of the bars, such as M1.
    #[getter]
    fn primary_tf<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.primary_tf.bind(py).clone())
    }

    /// Place of the current key, from 0.
    #[getter]
    fn index(&self) -> i64 {
        self.at()
    }

    /// The current key.
    #[getter]
    pub fn timestamp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.parts()?.keys.bind(py).get_item(self.at())
    }

    /// The clock's time of the current key, UTC (L4.ordinal).
    #[getter]
    fn time<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDateTime>> {
        to_datetime(py, self.time_us(py)?)
    }

    /// Returns a key by its place.
    fn key_at<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.parts()?.keys.bind(index.py()).get_item(index)
    }

    /// Moves to a key.
    fn set_timestamp(&self, timestamp: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = timestamp.py();
        let place = match place_of(self.parts()?.keys.bind(py), timestamp) {
            Err(error) if error.is_instance_of::<PyTypeError>(py) => None,
            found => found?,
        };
        let Some(place) = place else {
            let shown = show_key(timestamp)?.into_pyobject(py)?.into_any();
            let expected = "one of common_timestamps";
            return Err(Fault::new(ErrorCode::KeyUnknown, "timestamp", &shown, expected).into());
        };
        self.set_index(&place.into_pyobject(py)?.into_any())
    }

    /// Moves to a key by its place.
    fn set_index(&self, index: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = index.py();
        let parts = self.parts()?;
        let size = parts.keys.bind(py).len()?;
        // Anything with __index__ is a whole number, but for bool.
        let whole = !index.is_instance_of::<PyBool>();
        let asked = index.extract::<i64>().ok().filter(|_| whole);
        let within = |asked: &i64| usize::try_from(*asked).is_ok_and(|asked| asked < size);
        let Some(asked) = asked.filter(within) else {
            let expected = format!("a whole number from 0 to {}", size as i64 - 1);
            return Err(Fault::new(ErrorCode::IndexOutOfRange, "index", index, &expected).into());
        };
        let limit = self.limit.load(Ordering::Relaxed);
        if limit != NOT_PINNED && asked > limit {
            let expected = format!("at most {limit}, the key of the loop");
            let fault = Fault::new(ErrorCode::LookAhead, "index", index, &expected);
            return Err(fault.at_bar(usize::try_from(limit).unwrap_or(0)).into());
        }
        self.index.store(asked, Ordering::Relaxed);
        for view in &parts.views {
            view.get().set_index(index)?;
        }
        Ok(())
    }

    /// Returns the symbols, in their order.
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        Ok(self.parts()?.by_symbol.bind(py).keys())
    }

    /// Returns the views, in the order of the symbols.
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        Ok(self.parts()?.by_symbol.bind(py).values())
    }

    /// Returns symbols and views.
    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        Ok(self.parts()?.by_symbol.bind(py).items())
    }

    /// Returns the view of a symbol, or a default.
    #[pyo3(signature = (symbol, default=None))]
    fn get<'py>(
        &self,
        symbol: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.view(symbol)?.or(default))
    }

    /// Tells whether a symbol has candles of both sides at the current key (L5.hole).
    fn is_covered(&self, symbol: &Bound<'_, PyAny>) -> PyResult<bool> {
        let (view, py) = (self.known(symbol)?, symbol.py());
        let is_there = |name| Ok::<_, PyErr>(!view.getattr(name)?.is_none());
        Ok(is_there(intern!(py, "bid"))? && is_there(intern!(py, "ask"))?)
    }

    /// Returns the candle of a symbol and side at the current key, None where there is none.
    #[pyo3(
        signature = (symbol, price_type=Given::ABSENT),
        text_signature = "($self, symbol, price_type='bid')"
    )]
    fn latest<'py>(
        &self,
        symbol: &Bound<'py, PyAny>,
        price_type: Given<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        PySymbolView::latest(&self.known(symbol)?, None, price_type)
    }

    /// Returns the last candles of a symbol up to the current key, oldest first.
    #[pyo3(
        signature = (symbol, price_type=Given::ABSENT, length=20),
        text_signature = "($self, symbol, price_type='bid', length=20)"
    )]
    fn history<'py>(
        &self,
        symbol: &Bound<'py, PyAny>,
        price_type: Given<'py>,
        length: i64,
    ) -> PyResult<Bound<'py, PyList>> {
        PySymbolView::history(&self.known(symbol)?, None, price_type, length)
    }

    fn __getitem__<'py>(&self, symbol: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PySymbolView>> {
        self.known(symbol)
    }

    fn __contains__(&self, symbol: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.parts()?.by_symbol.bind(symbol.py()).contains(symbol)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.parts()?.by_symbol.bind(py).try_iter()
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        self.len(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.made.is_whole() {
            return Ok(());
        }
        let Some(parts) = self.parts.get() else {
            return Ok(());
        };
        visit.call(&parts.keys)?;
        visit.call(&parts.primary_tf)?;
        visit.call(&parts.by_symbol)?;
        for view in &parts.views {
            visit.call(view)?;
        }
        Ok(())
    }
}
