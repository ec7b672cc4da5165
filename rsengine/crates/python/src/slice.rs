//! What a strategy sees of the market at a bar.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::managed_bar::RunBars;
use fillproof_engine::slices::SymbolDataSlice;
use pyo3::PyTraverseError;
use pyo3::exceptions::PyAttributeError;
use pyo3::ffi;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyIterator, PyList, PyMappingProxy, PyTuple};

use crate::candle::PyCandle;
use crate::candles::PyCandles;
use crate::checks::Sides;
use crate::convert::Place;
use crate::errors::raise;
use crate::given::Given;
use crate::indicators::cache::PyIndicatorCache;
use crate::indicators::series::{get, known};
use crate::made::Made;
use crate::rust_strategy::read_data;
use crate::series_view::{PySeriesView, item, last_places, places_up_to};

use self::lookups::Lookups;

mod lookups;

const NOT_PINNED: i64 = -1;

/// The candles of one symbol up to the current bar.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    immutable_type,
    mapping,
    module = "rsengine",
    name = "SymbolDataSlice"
)]
pub struct PySlice {
    made: Made,
    parts: OnceLock<Parts>,
    // Shared with the indicators, whose arrays end there.
    index: Arc<AtomicI64>,
    indicators: OnceLock<Py<PyIndicatorCache>>,
    limit: AtomicI64,
    lookups: Lookups,
}

struct Parts {
    data: Py<PyAny>,
    symbol: Py<PyAny>,
    // The loop's candles, bid and ask; absent in a slice of the user's own.
    sides: Option<[Py<PyAny>; 2]>,
    // The same as columns, for managers that look back (M1.trailing).
    columns: Option<Sides>,
    // At which bars there are candles; None: at all (L5.hole).
    covered: Option<Arc<[bool]>>,
    // Times of the bars, where those of the candles do not count (L4.ordinal).
    clock: Option<Arc<Vec<i64>>>,
}

/// What an engine has read of candles that are laid out along its keys.
#[derive(Default)]
pub struct Along {
    pub columns: Option<Sides>,
    pub covered: Option<Arc<[bool]>>,
    pub clock: Option<Arc<Vec<i64>>>,
}

impl Parts {
    fn along(
        data: Bound<'_, PyDict>,
        symbol: &Bound<'_, PyAny>,
        [bids, asks]: &[Py<PyAny>; 2],
        along: Along,
    ) -> Self {
        let py = data.py();
        Self {
            data: data.into_any().unbind(),
            symbol: symbol.clone().unbind(),
            sides: Some([bids.clone_ref(py), asks.clone_ref(py)]),
            columns: along.columns,
            covered: along.covered,
            clock: along.clock,
        }
    }
}

impl PySlice {
    /// A slice that an engine moves and that nobody moves past the loop's bar.
    pub fn pinned(
        data: Py<PyAny>,
        symbol: Py<PyAny>,
        bid: Py<PyAny>,
        ask: Py<PyAny>,
        columns: Sides,
        index: usize,
    ) -> Self {
        let parts = Parts {
            data,
            symbol,
            sides: Some([bid, ask]),
            columns: Some(columns),
            covered: None,
            clock: None,
        };
        let slice = Self::with(Some(parts));
        slice.pin(index);
        slice
    }

    /// The slice that a view of one symbol among several is.
    pub fn along(
        data: Bound<'_, PyDict>,
        symbol: &Bound<'_, PyAny>,
        sides: &[Py<PyAny>; 2],
        along: Along,
    ) -> Self {
        Self::with(Some(Parts::along(data, symbol, sides, along)))
    }

    /// A slice whose `__init__` is still to come.
    pub fn unmade() -> Self {
        Self::with(None)
    }

    /// What the `__init__` of a view does.
    pub fn make_along(
        &self,
        data: Bound<'_, PyDict>,
        symbol: &Bound<'_, PyAny>,
        sides: &[Py<PyAny>; 2],
        along: Along,
    ) -> PyResult<()> {
        let parts = Parts::along(data, symbol, sides, along);
        self.parts.set(parts).map_err(|_| {
            PyAttributeError::new_err("SymbolDataSlice.__init__ was called a second time")
        })
    }

    fn with(parts: Option<Parts>) -> Self {
        Self {
            made: Made::default(),
            parts: parts.map_or_else(OnceLock::new, OnceLock::from),
            index: Arc::new(AtomicI64::new(0)),
            indicators: OnceLock::new(),
            limit: AtomicI64::new(NOT_PINNED),
            lookups: Lookups::default(),
        }
    }

    /// Moves the slice and its limit to the loop's bar.
    #[inline]
    pub fn pin(&self, index: usize) {
        let index = i64::try_from(index).expect("a number of bars in memory fits");
        self.limit.store(index, Ordering::Relaxed);
        self.index.store(index, Ordering::Relaxed);
    }

    /// The bars of the run up to the loop's; none in a slice of the user's own.
    pub fn run_bars(&self) -> Option<RunBars> {
        let parts = self.parts.get()?;
        let columns = parts.columns.as_ref()?;
        Some(RunBars {
            bid: Arc::clone(&columns.bid),
            ask: Arc::clone(&columns.ask),
            index: usize::try_from(self.limit.load(Ordering::Relaxed)).ok()?,
            covered: parts.covered.clone(),
        })
    }

    /// The same for the engine, with all its series read.
    pub fn for_engine(&self, py: Python<'_>) -> PyResult<SymbolDataSlice> {
        let parts = self.parts()?;
        let mut known = Vec::new();
        if let (Some([bids, asks]), Some(columns)) = (&parts.sides, &parts.columns) {
            known = vec![(bids.bind(py), &columns.bid), (asks.bind(py), &columns.ask)];
        }
        let data = read_data(parts.data.bind(py), &known)?;
        let symbol = parts.symbol.bind(py).str()?;
        let symbol: Arc<str> = symbol.to_string_lossy().as_ref().into();
        Ok(SymbolDataSlice::new(data, &symbol))
    }

    /// Moves a slice of the engine to where this one stands.
    pub fn move_engine(&self, slice: &mut SymbolDataSlice) -> PyResult<()> {
        let Some(bars) = self.run_bars() else {
            return slice.set_index(self.at()).map_err(raise);
        };
        if let (Some(bid), Some(ask)) = (bars.bid.get(bars.index), bars.ask.get(bars.index)) {
            slice.pin(bars.index, bid, ask);
        }
        Ok(())
    }

    /// The bar the slice stands at.
    pub fn at(&self) -> i64 {
        self.index.load(Ordering::Relaxed)
    }

    /// What `latest` returns where the series is known and has columns; none where it is not.
    ///
    /// Names are told by their addresses.
    #[inline]
    pub fn latest_known<'py>(
        &self,
        py: Python<'py>,
        timeframe: *mut ffi::PyObject,
        price_type: *mut ffi::PyObject,
    ) -> Option<Bound<'py, PyCandle>> {
        let data = self.parts.get()?.data.bind_borrowed(py);
        // Nothing runs before the candle is found, so the dict keeps the series.
        let series = self.lookups.find(data, timeframe, price_type)?;
        let candles = series.cast_exact::<PyCandles>().ok()?;
        let place = usize::try_from(self.at()).ok()?;
        candles.get().candle(py, place).ok()?
    }

    fn parts(&self) -> PyResult<&Parts> {
        self.parts
            .get()
            .ok_or_else(|| PyAttributeError::new_err("SymbolDataSlice.__init__ was not called"))
    }

    fn side<'py>(&self, py: Python<'py>, side: usize) -> PyResult<Bound<'py, PyAny>> {
        let limit = self.limit.load(Ordering::Relaxed);
        match &self.parts()?.sides {
            Some(sides) if limit != NOT_PINNED => item(
                sides[side].bind(py),
                usize::try_from(limit).unwrap_or(usize::MAX),
            ),
            _ => Ok(py.None().into_bound(py)),
        }
    }

    fn fault(
        &self,
        py: Python<'_>,
        code: ErrorCode,
        field: &str,
        value: &Bound<'_, PyAny>,
        expected: &str,
    ) -> PyErr {
        let symbol = match self.parts().map(|parts| parts.symbol.bind(py).str()) {
            Ok(Ok(symbol)) => symbol.to_string_lossy().into_owned(),
            _ => String::new(),
        };
        let limit = self.limit.load(Ordering::Relaxed);
        let place = Place {
            bar: usize::try_from(limit)
                .ok()
                .filter(|_| code == ErrorCode::LookAhead),
            symbol: Some(&symbol),
            ..Place::default()
        };
        place.fault(code, field, value, expected).into()
    }

    fn sides<'py>(&self, timeframe: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = timeframe.py();
        let data = self.parts()?.data.bind(py);
        match get(data, timeframe)? {
            Some(sides) => Ok(sides),
            None => {
                let code = ErrorCode::TimeframeUnknown;
                Err(self.fault(py, code, "timeframe", timeframe, &known(data)?))
            }
        }
    }

    fn series<'py>(
        &self,
        timeframe: &Bound<'py, PyAny>,
        price_type: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = timeframe.py();
        let data = self.parts()?.data.bind(py);
        let names = (timeframe.as_ptr(), price_type.as_ptr());
        if let Some(known) = self.lookups.find(data.as_borrowed(), names.0, names.1) {
            return Ok(known.to_owned());
        }
        let sides = self.sides(timeframe)?;
        match get(&sides, price_type)? {
            Some(series) => {
                let names = [timeframe, price_type];
                self.lookups.keep(data, names, (&sides, &series));
                Ok(series)
            }
            None => {
                let code = ErrorCode::SideUnknown;
                Err(self.fault(py, code, "price_type", price_type, &known(&sides)?))
            }
        }
    }
}

#[pymethods]
impl PySlice {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::with(None)
    }

    fn __init__(
        slf: &Bound<'_, Self>,
        multi_candle_data: Py<PyAny>,
        symbol: Py<PyAny>,
    ) -> PyResult<()> {
        let parts = Parts {
            data: multi_candle_data,
            symbol,
            sides: None,
            columns: None,
            covered: None,
            clock: None,
        };
        slf.get().parts.set(parts).map_err(|_| {
            PyAttributeError::new_err("SymbolDataSlice.__init__ was called a second time")
        })
    }

    #[getter]
    fn symbol<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.symbol.bind(py).clone())
    }

    #[getter]
    fn index(&self) -> i64 {
        self.at()
    }

    /// Bid candle of the loop's bar.
    #[getter]
    fn bid<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.side(py, 0)
    }

    /// Ask candle of the loop's bar.
    #[getter]
    fn ask<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.side(py, 1)
    }

    /// Indicators of the same candles, up to the current bar.
    #[getter]
    fn indicators<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIndicatorCache>> {
        if let Some(made) = self.indicators.get() {
            return Ok(made.bind(py).clone());
        }
        let parts = self.parts()?;
        let (data, clock) = (parts.data.clone_ref(py), parts.clock.clone());
        let index = Arc::clone(&self.index);
        let made = Py::new(py, PyIndicatorCache::pinned(data, index, clock))?;
        Ok(self.indicators.get_or_init(|| made).bind(py).clone())
    }

    /// Moves to a bar.
    pub fn set_index(&self, index: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = index.py();
        // Anything with __index__ is a whole number, but for bool.
        let whole = !index.is_instance_of::<PyBool>();
        let asked = if whole {
            index.extract::<i64>().ok()
        } else {
            None
        };
        let Some(asked) = asked.filter(|asked| *asked >= 0) else {
            let code = ErrorCode::IndexOutOfRange;
            return Err(self.fault(py, code, "index", index, "a whole number >= 0"));
        };
        let limit = self.limit.load(Ordering::Relaxed);
        if limit != NOT_PINNED && asked > limit {
            let expected = format!("at most {limit}, the bar of the loop");
            return Err(self.fault(py, ErrorCode::LookAhead, "index", index, &expected));
        }
        self.index.store(asked, Ordering::Relaxed);
        Ok(())
    }

    /// Returns the candle of a timeframe and side at the current bar, None where absent.
    #[pyo3(signature = (timeframe, price_type=Given::ABSENT), text_signature = "($self, timeframe, price_type='bid')")]
    pub fn latest<'py>(
        &self,
        timeframe: &Bound<'py, PyAny>,
        price_type: Given<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = timeframe.py();
        let price_type = price_type
            .get()
            .unwrap_or_else(|| intern!(py, "bid").as_any());
        let series = self.series(timeframe, price_type)?;
        let index = self.at();
        if let Ok(candles) = series.cast_exact::<PyCandles>()
            && let Ok(place) = usize::try_from(index)
            && let Some(candle) = candles.get().candle(py, place)?
        {
            return Ok(candle.into_any());
        }
        let length = series.len()?;
        if usize::try_from(index).is_ok_and(|index| index >= length) {
            let field = format!("{}.{}", timeframe.str()?, price_type.str()?);
            let expected = format!("below {length}, the length of the series");
            let value = index.into_pyobject(py)?.into_any();
            return Err(self.fault(py, ErrorCode::IndexOutOfRange, &field, &value, &expected));
        }
        item(&series, usize::try_from(index).unwrap_or(usize::MAX))
    }

    /// Returns the last candles up to the current bar, oldest first.
    #[pyo3(
        signature = (timeframe, price_type=Given::ABSENT, length=20),
        text_signature = "($self, timeframe, price_type='bid', length=20)"
    )]
    pub fn history<'py>(
        &self,
        timeframe: &Bound<'py, PyAny>,
        price_type: Given<'py>,
        length: i64,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = timeframe.py();
        let price_type = price_type
            .get()
            .unwrap_or_else(|| intern!(py, "bid").as_any());
        let series = self.series(timeframe, price_type)?;
        let places = last_places(&series, self.at(), length)?;
        let found = (0..places.len()).filter_map(|index| places.get(index));
        let found: Vec<_> = found
            .map(|place| item(&series, place))
            .collect::<PyResult<_>>()?;
        PyList::new(py, found)
    }

    /// Returns all candles up to the current bar, entry i that of bar i, None where absent.
    #[pyo3(signature = (timeframe, price_type=Given::ABSENT), text_signature = "($self, timeframe, price_type='bid')")]
    pub fn series_ref(
        &self,
        timeframe: &Bound<'_, PyAny>,
        price_type: Given<'_>,
    ) -> PyResult<PySeriesView> {
        let price_type = price_type
            .get()
            .unwrap_or_else(|| intern!(timeframe.py(), "bid").as_any());
        let series = self.series(timeframe, price_type)?;
        let places = places_up_to(&series, self.at())?;
        Ok(PySeriesView::of(series.unbind(), places))
    }

    /// Returns what `history` returns as a view, without a copy of candles.
    #[pyo3(
        signature = (timeframe, price_type=Given::ABSENT, length=20),
        text_signature = "($self, timeframe, price_type='bid', length=20)"
    )]
    pub fn history_view(
        &self,
        timeframe: &Bound<'_, PyAny>,
        price_type: Given<'_>,
        length: i64,
    ) -> PyResult<PySeriesView> {
        let price_type = price_type
            .get()
            .unwrap_or_else(|| intern!(timeframe.py(), "bid").as_any());
        let series = self.series(timeframe, price_type)?;
        let places = last_places(&series, self.at(), length)?;
        Ok(PySeriesView::of(series.unbind(), places))
    }

    /// The sides of a timeframe that are there, each as `series_ref` returns it.
    fn __getitem__<'py>(
        slf: &Bound<'py, Self>,
        timeframe: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyMappingProxy>> {
        let py = timeframe.py();
        let sides = slf.get().sides(timeframe)?;
        let made = PyDict::new(py);
        for side in [intern!(py, "bid"), intern!(py, "ask")] {
            if get(&sides, side)?.is_some() {
                let series_ref = intern!(py, "series_ref");
                made.set_item(side, slf.call_method1(series_ref, (timeframe, side))?)?;
            }
        }
        Ok(PyMappingProxy::new(py, made.as_mapping()))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.parts()?.data.bind(py).try_iter()
    }

    fn __contains__(&self, timeframe: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.parts()?.data.bind(timeframe.py()).contains(timeframe)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.made.is_whole() {
            return Ok(());
        }
        let Some(parts) = self.parts.get() else {
            return Ok(());
        };
        if let Some(indicators) = self.indicators.get() {
            visit.call(indicators)?;
        }
        visit.call(&parts.data)?;
        visit.call(&parts.symbol)?;
        for side in parts.sides.iter().flatten() {
            visit.call(side)?;
        }
        Ok(())
    }
}
