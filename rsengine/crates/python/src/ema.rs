//! The exponential mean and the built-in strategy made of two.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::indicators::ema as engine;
use fillproof_engine::signals::{Direction, TradeSignal};
use fillproof_engine::strategies::ema_cross::EmaCross;
use numpy::PyArray1;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyList};

use crate::columns;
use crate::convert::number;
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::{overrides, signal};

/// Reads a period in bars.
pub fn to_period(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    let whole = value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>();
    let period = if whole {
        value.extract::<i64>().ok()
    } else {
        None
    };
    period.filter(|period| *period >= 1).ok_or_else(|| {
        Fault::new(
            ErrorCode::PeriodInvalid,
            "period",
            value,
            "a whole number >= 1",
        )
        .into()
    })
}

/// Streaming EMA: y = (a * x) + (b * y), a = 2 / (period + 1), b = 1 - a, first y = x.
#[pyclass(frozen, module = "rsengine", name = "Ema")]
pub struct PyEma(Mutex<engine::Ema>);

impl PyEma {
    fn state(&self) -> MutexGuard<'_, engine::Ema> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl PyEma {
    #[new]
    fn new(period: &Bound<'_, PyAny>) -> PyResult<Self> {
        let ema = engine::Ema::new(to_period(period)?).map_err(raise)?;
        Ok(Self(Mutex::new(ema)))
    }

    /// Bars.
    #[getter]
    fn period(&self) -> i64 {
        self.state().period()
    }

    /// Last value, NaN before the first.
    #[getter]
    fn value(&self) -> f64 {
        self.state().value()
    }

    /// Forgets every value.
    fn restart(&self) {
        self.state().restart();
    }

    /// Takes the next value in and returns the average.
    fn update(&self, x: f64) -> f64 {
        self.state().update(x)
    }
}

/// Returns the EMA of a column, NaN before its first value.
#[pyfunction]
pub fn ema<'py>(
    values: &Bound<'py, PyAny>,
    period: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (_, column) = columns::read::<f64>(values, "values", None)?;
    let means = engine::ema(column.as_slice(), to_period(period)?).map_err(raise)?;
    Ok(PyArray1::from_vec(values.py(), means))
}

/// Buys when the fast EMA crosses above the slow one, sells when it crosses below.
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "EmaCross"
)]
pub struct PyEmaCross {
    strategy: Mutex<EmaCross>,
    replaced: AtomicBool,
}

impl PyEmaCross {
    /// Whether a method was replaced on this very object.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Relaxed)
    }

    /// The strategy itself, to be run without Python.
    pub fn state(&self) -> MutexGuard<'_, EmaCross> {
        self.strategy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<R>(&self, read: impl FnOnce(&EmaCross) -> R) -> R {
        read(&self.state())
    }
}

fn closes(bars: &Bound<'_, PyList>, without_last: bool) -> PyResult<Vec<f64>> {
    let length = bars.len() - usize::from(without_last && !bars.is_empty());
    let close = |bar: Bound<'_, PyAny>| bar.getattr(intern!(bar.py(), "close"))?.extract();
    bars.iter().take(length).map(close).collect()
}

#[pymethods]
impl PyEmaCross {
    #[new]
    #[pyo3(
        signature = (timeframe, fast=Given::ABSENT, slow=Given::ABSENT, stop_pips=Given::ABSENT, target_pips=Given::ABSENT, pip_size=Given::ABSENT),
        text_signature = "(timeframe, fast=10, slow=50, stop_pips=10.0, target_pips=20.0, pip_size=0.0001)"
    )]
    fn new(
        timeframe: &str,
        fast: Given<'_>,
        slow: Given<'_>,
        stop_pips: Given<'_>,
        target_pips: Given<'_>,
        pip_size: Given<'_>,
    ) -> PyResult<Self> {
        let setting = |value: Given<'_>, field: &str, default| match value.get() {
            None => Ok(default),
            Some(value) => number(value).ok_or_else(|| {
                let code = ErrorCode::NumberInvalid;
                PyErr::from(Fault::new(code, field, value, "a finite number > 0.0"))
            }),
        };
        let strategy = EmaCross::new(
            timeframe,
            fast.get().map_or(Ok(10), to_period)?,
            slow.get().map_or(Ok(50), to_period)?,
            setting(stop_pips, "stop_pips", 10.0)?,
            setting(target_pips, "target_pips", 20.0)?,
            setting(pip_size, "pip_size", 0.0001)?,
        );
        Ok(Self {
            strategy: Mutex::new(strategy.map_err(raise)?),
            replaced: AtomicBool::new(false),
        })
    }

    #[getter]
    fn timeframe(&self) -> String {
        self.read(|strategy| strategy.timeframe().to_owned())
    }

    #[getter]
    fn fast(&self) -> i64 {
        self.read(EmaCross::fast)
    }

    #[getter]
    fn slow(&self) -> i64 {
        self.read(EmaCross::slow)
    }

    #[getter]
    fn stop_pips(&self) -> f64 {
        self.read(EmaCross::stop_pips)
    }

    #[getter]
    fn target_pips(&self) -> f64 {
        self.read(EmaCross::target_pips)
    }

    #[getter]
    fn pip_size(&self) -> f64 {
        self.read(EmaCross::pip_size)
    }

    /// Evaluates the current bar of the first symbol.
    fn on_data<'py>(&self, slice_map: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let values = slice_map.call_method0(intern!(slice_map.py(), "values"))?;
        match values.try_iter()?.next() {
            Some(view) => self.decide(&view?),
            None => Ok(None),
        }
    }

    /// Evaluates the current bar of the first symbol.
    fn evaluate<'py>(
        &self,
        index: &Bound<'py, PyAny>,
        slice_map: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        // The slice knows its index.
        let _ = index;
        self.on_data(slice_map)
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if overrides::is_one_of(name, &["evaluate", "on_data"]) {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        overrides::set(slf.as_any(), name, Some(value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        overrides::set(slf.as_any(), name, None)
    }
}

impl PyEmaCross {
    /// What a native run does, over a slice of any maker.
    fn decide<'py>(&self, view: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = view.py();
        let timeframe = self.timeframe();
        let latest = |side: &str| view.call_method1(intern!(py, "latest"), (&*timeframe, side));
        let index: usize = view.getattr(intern!(py, "index"))?.extract()?;
        if !self.read(|strategy| strategy.follows(index)) {
            let mut warm = Vec::new();
            if index > 0 {
                let arguments = (&*timeframe, "bid", index + 1);
                let bars = view.call_method1(intern!(py, "history"), arguments)?;
                let present = !latest("bid")?.is_none();
                warm = closes(&bars.cast_into::<PyList>()?, present)?;
            }
            self.state().warm_up(index, warm);
        }
        self.state().pass(index);
        let (bid, ask) = (latest("bid")?, latest("ask")?);
        if bid.is_none() || ask.is_none() {
            return Ok(None);
        }
        let bid_close: f64 = bid.getattr(intern!(py, "close"))?.extract()?;
        let direction = self.state().step(bid_close);
        let close = match direction {
            None => return Ok(None),
            Some(Direction::Long) => ask.getattr(intern!(py, "close"))?.extract()?,
            Some(Direction::Short) => bid_close,
        };
        let direction = direction.unwrap_or(Direction::Long);
        let (stop, target) = self.read(|strategy| strategy.levels(direction, close));
        let symbol = view.getattr(intern!(py, "symbol"))?;
        let symbol = symbol.str()?.to_string_lossy().as_ref().into();
        let mut made = TradeSignal::market(direction, Some(stop), Some(target), &symbol, 0);
        made.entry_price = Some(close);
        made.reason = Some("ema_cross".into());
        let timestamp = bid.getattr(intern!(py, "timestamp"))?;
        let made = signal::to_python(py, &made, timestamp)?;
        Ok(Some(PyList::new(py, [made])?))
    }
}
