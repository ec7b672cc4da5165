//! One symbol of a slice over several, as a Python object.

use std::sync::OnceLock;

use pyo3::PyTraverseError;
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::given::Given;
use crate::made::Made;
use crate::series_view::{PySeriesView, item};
use crate::slice::{Along, PySlice};

/// The candles of one symbol along the keys of a run, up to the current key.
#[pyclass(
    frozen,
    subclass,
    extends = PySlice,
    immutable_type,
    module = "rsengine",
    name = "SymbolView"
)]
pub struct PySymbolView {
    made: Made,
    parts: OnceLock<Parts>,
}

struct Parts {
    primary_tf: Py<PyAny>,
    sides: [Py<PyAny>; 2],
    // The keys; absent in a view of the user's own.
    keys: Option<Py<PyAny>>,
}

impl PySymbolView {
    /// A view of laid out candles; what `along` knows an engine has read.
    pub fn make<'py>(
        symbol: &Bound<'py, PyAny>,
        primary_tf: &Bound<'py, PyAny>,
        (bids, asks): (&Bound<'py, PyAny>, &Bound<'py, PyAny>),
        keys: &Bound<'py, PyAny>,
        along: Along,
    ) -> PyResult<Bound<'py, Self>> {
        let data = data_of(primary_tf, bids, asks)?;
        let sides = [bids.clone().unbind(), asks.clone().unbind()];
        let slice = PySlice::along(data, symbol, &sides, along);
        let parts = Parts {
            primary_tf: primary_tf.clone().unbind(),
            sides,
            keys: Some(keys.clone().unbind()),
        };
        let this = Self {
            made: Made::default(),
            parts: OnceLock::from(parts),
        };
        let made = PyClassInitializer::from(slice).add_subclass(this);
        Bound::new(symbol.py(), made)
    }

    fn parts(&self) -> PyResult<&Parts> {
        self.parts
            .get()
            .ok_or_else(|| PyAttributeError::new_err("SymbolView.__init__ was not called"))
    }

    /// The candle of a side at the key of the view, None where there is none.
    fn side<'py>(slf: &Bound<'py, Self>, side: usize) -> PyResult<Bound<'py, PyAny>> {
        let candles = &slf.get().parts()?.sides[side];
        let place = usize::try_from(slf.as_super().get().at());
        item(candles.bind(slf.py()), place.unwrap_or(usize::MAX))
    }

    /// The timeframe that is asked for: the primary one where none is named.
    fn timeframe<'py>(
        slf: &Bound<'py, Self>,
        timeframe: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Ok(match timeframe {
            Some(timeframe) => timeframe.clone(),
            None => slf.get().parts()?.primary_tf.bind(slf.py()).clone(),
        })
    }
}

fn data_of<'py>(
    primary_tf: &Bound<'py, PyAny>,
    bids: &Bound<'py, PyAny>,
    asks: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = primary_tf.py();
    let sides = PyDict::new(py);
    sides.set_item(intern!(py, "bid"), bids)?;
    sides.set_item(intern!(py, "ask"), asks)?;
    let data = PyDict::new(py);
    data.set_item(primary_tf, sides)?;
    Ok(data)
}

#[pymethods]
impl PySymbolView {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyClassInitializer<Self> {
        let this = Self {
            made: Made::default(),
            parts: OnceLock::new(),
        };
        PyClassInitializer::from(PySlice::unmade()).add_subclass(this)
    }

    fn __init__(
        slf: &Bound<'_, Self>,
        symbol: &Bound<'_, PyAny>,
        primary_tf: &Bound<'_, PyAny>,
        bids: &Bound<'_, PyAny>,
        asks: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let data = data_of(primary_tf, bids, asks)?;
        let sides = [bids.clone().unbind(), asks.clone().unbind()];
        slf.as_super()
            .get()
            .make_along(data, symbol, &sides, Along::default())?;
        let parts = Parts {
            primary_tf: primary_tf.clone().unbind(),
            sides,
            keys: None,
        };
        slf.get()
            .parts
            .set(parts)
            .map_err(|_| PyAttributeError::new_err("SymbolView.__init__ was called a second time"))
    }

    /// Bid candle of the current key, None where there is none.
    #[getter]
    fn bid<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::side(slf, 0)
    }

    /// Ask candle of the current key, None where there is none.
    #[getter]
    fn ask<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::side(slf, 1)
    }

    /// The current key; None in a view of the user's own.
    #[getter]
    fn timestamp<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        match &slf.get().parts()?.keys {
            Some(keys) => keys.bind(py).get_item(slf.as_super().get().at()),
            None => Ok(py.None().into_bound(py)),
        }
    }

    /// Returns the candle of a side at the current key, None where there is none.
    #[pyo3(
        signature = (timeframe=None, price_type=Given::ABSENT),
        text_signature = "($self, timeframe=None, price_type='bid')"
    )]
    pub fn latest<'py>(
        slf: &Bound<'py, Self>,
        timeframe: Option<&Bound<'py, PyAny>>,
        price_type: Given<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let timeframe = Self::timeframe(slf, timeframe)?;
        slf.as_super().get().latest(&timeframe, price_type)
    }

    /// Returns the last candles up to the current key, oldest first, holes left out.
    #[pyo3(
        signature = (timeframe=None, price_type=Given::ABSENT, length=20),
        text_signature = "($self, timeframe=None, price_type='bid', length=20)"
    )]
    pub fn history<'py>(
        slf: &Bound<'py, Self>,
        timeframe: Option<&Bound<'py, PyAny>>,
        price_type: Given<'py>,
        length: i64,
    ) -> PyResult<Bound<'py, PyList>> {
        let timeframe = Self::timeframe(slf, timeframe)?;
        slf.as_super().get().history(&timeframe, price_type, length)
    }

    /// Returns all candles up to the current key, entry i that of key i, None where absent.
    #[pyo3(
        signature = (timeframe=None, price_type=Given::ABSENT),
        text_signature = "($self, timeframe=None, price_type='bid')"
    )]
    fn series_ref<'py>(
        slf: &Bound<'py, Self>,
        timeframe: Option<&Bound<'py, PyAny>>,
        price_type: Given<'py>,
    ) -> PyResult<PySeriesView> {
        let timeframe = Self::timeframe(slf, timeframe)?;
        slf.as_super().get().series_ref(&timeframe, price_type)
    }

    /// Returns what `history` returns as a view, without a copy of candles.
    #[pyo3(
        signature = (timeframe=None, price_type=Given::ABSENT, length=20),
        text_signature = "($self, timeframe=None, price_type='bid', length=20)"
    )]
    fn history_view<'py>(
        slf: &Bound<'py, Self>,
        timeframe: Option<&Bound<'py, PyAny>>,
        price_type: Given<'py>,
        length: i64,
    ) -> PyResult<PySeriesView> {
        let timeframe = Self::timeframe(slf, timeframe)?;
        slf.as_super()
            .get()
            .history_view(&timeframe, price_type, length)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.made.is_whole() {
            return Ok(());
        }
        let Some(parts) = self.parts.get() else {
            return Ok(());
        };
        visit.call(&parts.primary_tf)?;
        for side in &parts.sides {
            visit.call(side)?;
        }
        match &parts.keys {
            Some(keys) => visit.call(keys),
            None => Ok(()),
        }
    }
}
