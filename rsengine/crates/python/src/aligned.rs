//! Candles of another timeframe along the bars of a run, without a copy of them.

use std::sync::Arc;

use fillproof_engine::aligned::{ABSENT, AlignedCandles, read_places};
use fillproof_engine::candles::{CandleColumns, CandleView};
use fillproof_engine::errors::ErrorCode;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::PyTraverseError;
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PySlice, PyType};

use crate::candles::PyCandles;
use crate::errors::{Fault, raise};
use crate::sequence;
use crate::series_view::item;

/// As long as the run; shows at each bar one of fewer candles, or None.
#[pyclass(frozen, sequence, module = "rsengine", name = "AlignedCandles")]
pub struct PyAligned {
    candles: Py<PyAny>,
    // The candles as the engine reads them, if they are columns.
    columns: Option<Arc<CandleColumns>>,
    rows: Arc<[u32]>,
}

impl PyAligned {
    /// Shows a row of columns at each bar, none where it is [`ABSENT`].
    pub fn along(candles: &Bound<'_, PyCandles>, rows: Arc<[u32]>) -> Self {
        Self {
            candles: candles.clone().into_any().unbind(),
            columns: Some(Arc::clone(&candles.get().columns)),
            rows,
        }
    }

    /// Number of bars.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The candles of which it shows some.
    pub fn candles<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.candles.bind(py)
    }

    /// Which of them each bar shows.
    pub fn rows(&self) -> &Arc<[u32]> {
        &self.rows
    }

    /// The same as the engine reads it, if the candles are columns.
    pub fn columns(&self) -> Option<AlignedCandles> {
        let columns = Arc::clone(self.columns.as_ref()?);
        Some(AlignedCandles::new(columns, Arc::clone(&self.rows)))
    }

    /// The columns behind it, as slices.
    pub fn view(&self) -> Option<CandleView<'_>> {
        self.columns.as_ref().map(|columns| columns.view())
    }

    /// The row of the candles that a bar shows, none where it shows none.
    pub fn row(&self, index: usize) -> Option<usize> {
        let row = *self.rows.get(index)?;
        (row != ABSENT).then_some(row as usize)
    }

    /// Whether a bar shows a candle.
    pub fn is_there(&self, index: usize) -> bool {
        self.row(index).is_some()
    }

    /// The candle of a bar, None where it shows none; nothing past the end.
    pub fn candle<'py>(
        &self,
        py: Python<'py>,
        index: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.rows.get(index) {
            None => Ok(None),
            Some(&ABSENT) => Ok(Some(py.None().into_bound(py))),
            Some(&row) => item(self.candles.bind(py), row as usize).map(Some),
        }
    }
}

/// Reads which candle each bar shows, -1 for none, from any array-like of whole numbers.
pub fn rows_of(places: &Bound<'_, PyAny>, length: usize) -> PyResult<Arc<[u32]>> {
    let py = places.py();
    let expected = "a column of whole numbers";
    let refused = || {
        PyErr::from(Fault::new(
            ErrorCode::CandleType,
            "places",
            places,
            expected,
        ))
    };
    let numpy = py.import(intern!(py, "numpy"))?;
    let given = match numpy.call_method1(intern!(py, "asarray"), (places,)) {
        Ok(given) => given,
        Err(error)
            if error.is_instance_of::<PyTypeError>(py)
                || error.is_instance_of::<PyValueError>(py) =>
        {
            return Err(refused());
        }
        Err(error) => return Err(error),
    };
    let kind: String = given
        .getattr(intern!(py, "dtype"))?
        .getattr(intern!(py, "kind"))?
        .extract()?;
    let size: usize = given.getattr(intern!(py, "size"))?.extract()?;
    if size > 0 && kind != "i" && kind != "u" {
        return Err(refused());
    }
    let shape = given.getattr(intern!(py, "shape"))?;
    if shape.len()? != 1 {
        let code = ErrorCode::LengthsDiffer;
        return Err(Fault::new(code, "places", &shape, "one dimension").into());
    }
    let keywords = PyDict::new(py);
    keywords.set_item(intern!(py, "dtype"), "int64")?;
    let column = numpy
        .call_method(intern!(py, "ascontiguousarray"), (given,), Some(&keywords))?
        .cast_into::<PyArray1<i64>>()?;
    let read = column.readonly();
    read_places(read.as_slice()?, length).map_err(raise)
}

#[pymethods]
impl PyAligned {
    #[new]
    fn new(candles: &Bound<'_, PyAny>, places: &Bound<'_, PyAny>) -> PyResult<Self> {
        let own = candles.cast_exact::<PyCandles>().ok();
        Ok(Self {
            rows: rows_of(places, candles.len()?)?,
            candles: candles.clone().unbind(),
            columns: own.map(|own| Arc::clone(&own.get().columns)),
        })
    }

    #[getter(candles)]
    fn shown_candles(&self, py: Python<'_>) -> Py<PyAny> {
        self.candles.clone_ref(py)
    }

    #[getter]
    fn places<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i32>> {
        let place = |&row: &u32| i32::try_from(row).unwrap_or(-1);
        let made = PyArray1::from_vec(py, self.rows.iter().map(place).collect());
        made.readwrite().make_nonwriteable();
        made
    }

    fn __len__(&self) -> usize {
        self.len()
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        let length = self.rows.len();
        if let Ok(slice) = index.cast::<PySlice>() {
            let found = slice.indices(isize::try_from(length)?)?;
            let places = (0..found.slicelength as isize).map(|step| {
                let bar = usize::try_from(found.start + step * found.step).ok();
                bar.and_then(|bar| self.rows.get(bar).copied())
                    .unwrap_or(ABSENT)
            });
            let made = Self {
                candles: self.candles.clone_ref(py),
                columns: self.columns.clone(),
                rows: places.collect(),
            };
            return Ok(Bound::new(py, made)?.into_any());
        }
        let asked = match index.extract::<isize>() {
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => None,
            other => Some(other?),
        };
        let bar = asked.and_then(|asked| match usize::try_from(asked) {
            Ok(bar) => Some(bar),
            Err(_) => length.checked_sub(asked.unsigned_abs()),
        });
        let candle = bar.map(|bar| self.candle(py, bar)).transpose()?;
        candle.flatten().ok_or_else(|| {
            let shown = index.str().map(|text| text.to_string_lossy().into_owned());
            PyIndexError::new_err(format!("candle {} of {length}", shown.unwrap_or_default()))
        })
    }

    /// Position of the first entry that is equal to the one given.
    #[pyo3(signature = (value, start=0, stop=None))]
    fn index(
        &self,
        value: &Bound<'_, PyAny>,
        start: isize,
        stop: Option<isize>,
    ) -> PyResult<usize> {
        let entry = |index| self.candle(value.py(), index);
        sequence::index(value, (start, stop), self.rows.len(), entry)
    }

    /// How many entries are equal to the one given.
    fn count(&self, value: &Bound<'_, PyAny>) -> PyResult<usize> {
        sequence::count(value, self.rows.len(), |index| {
            self.candle(value.py(), index)
        })
    }

    #[expect(clippy::type_complexity, reason = "what pickle wants")]
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> (Bound<'py, PyType>, (Py<PyAny>, Bound<'py, PyArray1<i32>>)) {
        let (py, this) = (slf.py(), slf.get());
        (
            slf.get_type(),
            (this.candles.clone_ref(py), this.places(py)),
        )
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.candles)
    }
}
