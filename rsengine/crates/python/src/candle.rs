//! One bar of one side as a frozen Python value.

use fillproof_engine::candles::Candle;
use fillproof_engine::errors::ErrorCode;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyNotImplemented, PyTuple, PyType};

use crate::convert::{Place, number, to_datetime, to_time_us};
use crate::given::Given;

const NAMES: [&str; 6] = ["time_us", "open", "high", "low", "close", "volume"];

/// One bar of one side; a frozen value, valid after the run.
#[pyclass(frozen, module = "rsengine", name = "Candle")]
pub struct PyCandle {
    #[pyo3(get)]
    time_us: i64,
    #[pyo3(get)]
    open: f64,
    #[pyo3(get)]
    high: f64,
    #[pyo3(get)]
    low: f64,
    #[pyo3(get)]
    close: f64,
    #[pyo3(get)]
    volume: f64,
    // A candle made of columns gets its datetime when it is first asked for.
    timestamp: PyOnceLock<Py<PyAny>>,
}

impl PyCandle {
    /// The bar as the engine holds it.
    pub fn candle(&self) -> Candle {
        Candle {
            time_us: self.time_us,
            open: self.open,
            high: self.high,
            low: self.low,
            close: self.close,
            volume: self.volume,
        }
    }

    fn tuple<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        (
            self.time_us,
            self.open,
            self.high,
            self.low,
            self.close,
            self.volume,
        )
            .into_pyobject(py)
    }
}

impl From<Candle> for PyCandle {
    fn from(candle: Candle) -> Self {
        Self {
            time_us: candle.time_us,
            open: candle.open,
            high: candle.high,
            low: candle.low,
            close: candle.close,
            volume: candle.volume,
            timestamp: PyOnceLock::new(),
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
        let made = Self::from(candle);
        // The lock is new, so it takes the value.
        let _ = made
            .timestamp
            .set(timestamp.py(), timestamp.clone().unbind());
        Ok(made)
    }

    /// Open of the bar.
    #[getter]
    fn timestamp<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let made = self.timestamp.get_or_try_init(py, || {
            to_datetime(py, self.time_us).map(|time| time.into_any().unbind())
        })?;
        Ok(made.bind(py).clone())
    }

    fn __eq__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let answer = |equal: bool| Ok(equal.into_pyobject(py)?.to_owned().into_any());
        if let Ok(own) = other.cast_exact::<Self>() {
            return answer(self.candle() == own.get().candle());
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
        let (time, volume) = (this.timestamp(py)?, this.volume);
        let arguments = (time, this.open, this.high, this.low, this.close, volume);
        Ok((slf.get_type(), arguments.into_pyobject(py)?))
    }
}
