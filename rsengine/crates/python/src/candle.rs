//! One bar of one side as a frozen Python value.

use fillproof_engine::candles::Candle;
use fillproof_engine::errors::ErrorCode;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyNotImplemented, PyTuple, PyType};

use crate::convert::{Place, number, to_datetime, to_time_us};
use crate::gil_cell::GilCell;
use crate::given::Given;

const NAMES: [&str; 6] = ["time_us", "open", "high", "low", "close", "volume"];

/// One bar of one side; a frozen value, valid after the run.
#[pyclass(frozen, immutable_type, module = "rsengine", name = "Candle")]
pub struct PyCandle {
    bar: GilCell<Candle>,
    // A candle made of columns gets its datetime when it is first asked for.
    timestamp: GilCell<Option<Py<PyAny>>>,
}

impl PyCandle {
    /// The bar as the engine holds it.
    #[inline]
    pub fn candle(&self, py: Python<'_>) -> Candle {
        self.bar.get(py)
    }

    /// Makes the object the candle of another bar, if nobody but the caller holds it.
    #[inline]
    pub fn reuse(object: &Py<Self>, py: Python<'_>, candle: Candle) -> bool {
        // SAFETY: the object is alive.
        if unsafe { ffi::Py_REFCNT(object.as_ptr()) } != 1 {
            return false;
        }
        let this = object.get();
        this.bar.replace(py, candle);
        if let Some(timestamp) = this.timestamp.take(py) {
            drop(timestamp.into_bound(py));
        }
        true
    }

    fn tuple<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let bar = self.bar.get(py);
        (
            bar.time_us,
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume,
        )
            .into_pyobject(py)
    }
}

impl From<Candle> for PyCandle {
    fn from(candle: Candle) -> Self {
        Self {
            bar: GilCell::new(candle),
            timestamp: GilCell::default(),
        }
    }
}

#[pymethods]
impl PyCandle {
    #[new]
    #[pyo3(
        signature = (timestamp, open, high, low, close, volume=Given::ABSENT),
        text_signature = "(timestamp, open, high, low, close, volume=0.0)"
    )]
    fn new(
        timestamp: Bound<'_, PyAny>,
        open: &Bound<'_, PyAny>,
        high: &Bound<'_, PyAny>,
        low: &Bound<'_, PyAny>,
        close: &Bound<'_, PyAny>,
        volume: Given<'_>,
    ) -> PyResult<Self> {
        let place = Place::default();
        let price = |name: &str, value: &Bound<'_, PyAny>| {
            number(value).ok_or_else(|| {
                PyErr::from(place.fault(ErrorCode::CandleType, name, value, "a number"))
            })
        };
        let candle = Candle {
            time_us: to_time_us(&timestamp, "timestamp", place)?,
            open: price("open", open)?,
            high: price("high", high)?,
            low: price("low", low)?,
            close: price("close", close)?,
            volume: volume
                .get()
                .map_or(Ok(0.0), |value| price("volume", value))?,
        };
        Ok(Self {
            bar: GilCell::new(candle),
            timestamp: GilCell::new(Some(timestamp.unbind())),
        })
    }

    #[getter]
    fn time_us(&self, py: Python<'_>) -> i64 {
        self.bar.get(py).time_us
    }

    #[getter]
    fn open(&self, py: Python<'_>) -> f64 {
        self.bar.get(py).open
    }

    #[getter]
    fn high(&self, py: Python<'_>) -> f64 {
        self.bar.get(py).high
    }

    #[getter]
    fn low(&self, py: Python<'_>) -> f64 {
        self.bar.get(py).low
    }

    #[getter]
    fn close(&self, py: Python<'_>) -> f64 {
        self.bar.get(py).close
    }

    #[getter]
    fn volume(&self, py: Python<'_>) -> f64 {
        self.bar.get(py).volume
    }

    /// Open of the bar.
    #[getter]
    pub fn timestamp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let made = match self.timestamp.take(py) {
            Some(made) => made,
            None => {
                let made = to_datetime(py, self.bar.get(py).time_us)?;
                // Making it may have run code that asked for it too; the first one stays.
                let first = self.timestamp.take(py);
                first.unwrap_or_else(|| made.into_any().unbind())
            }
        };
        let timestamp = made.bind(py).clone();
        self.timestamp.replace(py, Some(made));
        Ok(timestamp)
    }

    fn __eq__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let answer = |equal: bool| Ok(equal.into_pyobject(py)?.to_owned().into_any());
        if let Ok(own) = other.cast_exact::<Self>() {
            return answer(self.candle(py) == own.get().candle(py));
        }
        let mut theirs = Vec::with_capacity(NAMES.len());
        for name in NAMES {
            match other.getattr_opt(name)? {
                Some(value) => theirs.push(value),
                None => return Ok(PyNotImplemented::get(py).to_owned().into_any()),
            }
        }
        answer(self.tuple(py)?.eq(PyTuple::new(py, theirs)?)?)
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.tuple(py)?.hash()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let time = self.timestamp(py)?.call_method0(intern!(py, "isoformat"))?;
        let mut text = format!("Candle({}", time.str()?.to_string_lossy());
        for (name, value) in NAMES.iter().zip(self.tuple(py)?.iter()).skip(1) {
            text.push_str(&format!(", {name}={}", value.repr()?.to_string_lossy()));
        }
        text.push(')');
        Ok(text)
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        let py = slf.py();
        let this = slf.get();
        let (time, bar) = (this.timestamp(py)?, this.candle(py));
        let arguments = (time, bar.open, bar.high, bar.low, bar.close, bar.volume);
        Ok((slf.get_type(), arguments.into_pyobject(py)?))
    }
}
