//! One side of a market as columns, handed out candle by candle.

use std::sync::Arc;

use fillproof_engine::candles::{CandleColumns, CandleView};
use numpy::PyArray1;
use pyo3::exceptions::PyIndexError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PySlice, PyString, PyTuple, PyType};

use crate::candle::PyCandle;
use crate::columns;
use crate::convert::{Place, read, read_price, read_volume, to_time_us};
use crate::errors::raise;
use crate::gil_cell::GilCell;
use crate::sequence;

/// One side of a market as columns; a sequence of candles, made when asked for.
#[pyclass(frozen, sequence, module = "rsengine", name = "Candles")]
pub struct PyCandles {
    pub columns: Arc<CandleColumns>,
    time_us: Py<PyArray1<i64>>,
    prices: [Py<PyArray1<f64>>; 5],
    // The same as slices, found once: they point into the memory that `columns` keeps.
    view: CandleView<'static>,
    // The bar of the loop is asked for several times; it is the same object each time.
    last: GilCell<Option<(usize, Py<PyCandle>)>>,
}

impl PyCandles {
    /// The candle of a bar within the columns.
    #[inline]
    pub fn candle<'py>(
        &self,
        py: Python<'py>,
        index: usize,
    ) -> PyResult<Option<Bound<'py, PyCandle>>> {
        let last = self.last.take(py);
        if let Some((at, candle)) = &last
            && *at == index
        {
            let candle = candle.clone_ref(py).into_bound(py);
            self.last.replace(py, last);
            return Ok(Some(candle));
        }
        self.another(py, index, last.map(|(_, candle)| candle))
    }

    /// Makes the candle of a bar, of the one of another bar if nobody else holds it.
    fn another<'py>(
        &self,
        py: Python<'py>,
        index: usize,
        other: Option<Py<PyCandle>>,
    ) -> PyResult<Option<Bound<'py, PyCandle>>> {
        let Some(candle) = self.view().get(index) else {
            drop(other.map(|other| other.into_bound(py)));
            return Ok(None);
        };
        let made = match other {
            Some(other) if PyCandle::reuse(&other, py, candle) => other,
            other => {
                drop(other.map(|other| other.into_bound(py)));
                Py::new(py, PyCandle::from(candle))?
            }
        };
        let found = made.clone_ref(py).into_bound(py);
        let before = self.last.replace(py, Some((index, made)));
        drop(before.map(|(_, candle)| candle.into_bound(py)));
        Ok(Some(found))
    }

    /// The columns as slices.
    #[inline]
    fn view(&self) -> &CandleView<'_> {
        &self.view
    }

    fn entry<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.candle(py, index)?.map(Bound::into_any))
    }

    /// Reads a list of candle-like objects of any backend into columns.
    pub fn of<'py>(candles: &Bound<'py, PyAny>, place: Place<'_>) -> PyResult<Bound<'py, Self>> {
        let py = candles.py();
        if let Ok(own) = candles.cast::<Self>() {
            return Ok(own.clone());
        }
        let listed: Vec<_> = candles.try_iter()?.collect::<PyResult<_>>()?;
        let at = |bar| Place {
            bar: Some(bar),
            ..place
        };
        let mut times = Vec::with_capacity(listed.len());
        for (bar, candle) in listed.iter().enumerate() {
            let timestamp = read(candle, intern!(py, "timestamp"), at(bar))?;
            let place = Place {
                side: "",
                ..at(bar)
            };
            times.push(to_time_us(&timestamp, "timestamp", place)?);
        }
        let mut prices: [Vec<f64>; 5] = Default::default();
        let names = ["open", "high", "low", "close"].map(|name| PyString::intern(py, name));
        for (column, name) in prices.iter_mut().zip(&names) {
            for (bar, candle) in listed.iter().enumerate() {
                column.push(read_price(candle, name, at(bar))?);
            }
        }
        for candle in &listed {
            prices[4].push(read_volume(candle)?);
        }
        let times = PyArray1::from_vec(py, times).into_any();
        let prices = prices.map(|column| PyArray1::from_vec(py, column).into_any());
        for array in [&times].into_iter().chain(&prices) {
            columns::close(array)?;
        }
        let [open, high, low, close, volume] = &prices;
        let made = Self::new(&times, open, high, low, close, Some(volume))?;
        Bound::new(py, made)
    }
}

#[pymethods]
impl PyCandles {
    #[new]
    #[pyo3(signature = (time_us, open, high, low, close, volume=None))]
    fn new(
        time_us: &Bound<'_, PyAny>,
        open: &Bound<'_, PyAny>,
        high: &Bound<'_, PyAny>,
        low: &Bound<'_, PyAny>,
        close: &Bound<'_, PyAny>,
        volume: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = time_us.py();
        let (times, time_column) = columns::read::<i64>(time_us, "time_us", None)?;
        let length = time_column.as_slice().len();
        let read = |values, field| columns::read::<f64>(values, field, Some(length));
        let (open, open_column) = read(open, "open")?;
        let (high, high_column) = read(high, "high")?;
        let (low, low_column) = read(low, "low")?;
        let (close, close_column) = read(close, "close")?;
        let zeros;
        let volume = match volume {
            Some(volume) => volume,
            None => {
                zeros = PyArray1::<f64>::zeros(py, length, false).into_any();
                columns::close(&zeros)?;
                &zeros
            }
        };
        let (volume, volume_column) = read(volume, "volume")?;
        let columns = CandleColumns::new(
            time_column,
            open_column,
            high_column,
            low_column,
            close_column,
            Some(volume_column),
        );
        let columns = columns.map_err(raise)?;
        let mut is_fixed = columns::is_fixed(times.bind(py))?;
        for array in [&open, &high, &low, &close, &volume] {
            is_fixed &= columns::is_fixed(array.bind(py))?;
        }
        let columns = Arc::new(if is_fixed { columns.fixed() } else { columns });
        // SAFETY: the slices are of numpy's memory, which does not move and which `columns` keeps as
        // long as they live; they are shown with the life of `self` alone.
        let view =
            unsafe { std::mem::transmute::<CandleView<'_>, CandleView<'static>>(columns.view()) };
        Ok(Self {
            columns,
            time_us: times,
            prices: [open, high, low, close, volume],
            view,
            last: GilCell::default(),
        })
    }

    /// Turns a list of candle-like objects into columns.
    #[staticmethod]
    fn from_candles<'py>(candles: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let place = Place {
            side: "candles",
            ..Place::default()
        };
        Self::of(candles, place)
    }

    #[getter]
    fn time_us(&self, py: Python<'_>) -> Py<PyArray1<i64>> {
        self.time_us.clone_ref(py)
    }

    #[getter]
    fn open(&self, py: Python<'_>) -> Py<PyArray1<f64>> {
        self.prices[0].clone_ref(py)
    }

    #[getter]
    fn high(&self, py: Python<'_>) -> Py<PyArray1<f64>> {
        self.prices[1].clone_ref(py)
    }

    #[getter]
    fn low(&self, py: Python<'_>) -> Py<PyArray1<f64>> {
        self.prices[2].clone_ref(py)
    }

    #[getter]
    fn close(&self, py: Python<'_>) -> Py<PyArray1<f64>> {
        self.prices[3].clone_ref(py)
    }

    #[getter]
    fn volume(&self, py: Python<'_>) -> Py<PyArray1<f64>> {
        self.prices[4].clone_ref(py)
    }

    fn __len__(&self) -> usize {
        self.columns.len()
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        if index.is_instance_of::<PySlice>() {
            let part = |array: &Bound<'py, PyAny>| array.get_item(index);
            let [open, high, low, close, volume] = self.prices.each_ref().map(|a| a.bind(py));
            let times = part(self.time_us.bind(py))?;
            let volume = part(volume)?;
            let made = Self::new(
                &times,
                &part(open)?,
                &part(high)?,
                &part(low)?,
                &part(close)?,
                Some(&volume),
            )?;
            return Ok(Bound::new(py, made)?.into_any());
        }
        let asked: isize = index.extract()?;
        let length = self.columns.len();
        let found = match usize::try_from(asked) {
            Ok(found) => Some(found),
            Err(_) => length.checked_sub(asked.unsigned_abs()),
        };
        let candle = match found {
            Some(found) => self.candle(py, found)?,
            None => None,
        };
        match candle {
            Some(candle) => Ok(candle.into_any()),
            None => Err(PyIndexError::new_err(format!("candle {asked} of {length}"))),
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> CandlesIterator {
        CandlesIterator {
            candles: slf.unbind(),
            next: 0.into(),
        }
    }

    /// Position of the first candle that is equal to the one given.
    #[pyo3(signature = (value, start=0, stop=None))]
    fn index(
        &self,
        value: &Bound<'_, PyAny>,
        start: isize,
        stop: Option<isize>,
    ) -> PyResult<usize> {
        let entry = |index| self.entry(value.py(), index);
        sequence::index(value, (start, stop), self.columns.len(), entry)
    }

    /// How many candles are equal to the one given.
    fn count(&self, value: &Bound<'_, PyAny>) -> PyResult<usize> {
        sequence::count(value, self.columns.len(), |index| {
            self.entry(value.py(), index)
        })
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        let (py, this) = (slf.py(), slf.get());
        let mut columns = vec![this.time_us.bind(py).as_any()];
        columns.extend(this.prices.iter().map(|array| array.bind(py).as_any()));
        Ok((slf.get_type(), PyTuple::new(py, columns)?))
    }
}

/// Walks through candles in order.
#[pyclass(frozen, module = "rsengine._rsengine")]
pub struct CandlesIterator {
    candles: Py<PyCandles>,
    next: std::sync::atomic::AtomicUsize,
}

#[pymethods]
impl CandlesIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyCandle>>> {
        let index = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.candles.get().candle(py, index)
    }
}
