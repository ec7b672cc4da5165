//! A part of a series of candles as a slice hands it out: read-only, without a copy.

use std::sync::atomic::{AtomicUsize, Ordering};

use fillproof_engine::series_view::Places;
use pyo3::PyTraverseError;
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyIndexError, PyOverflowError, PyTypeError};
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PySequence, PySlice, PyString};

use crate::aligned::PyAligned;
use crate::candles::PyCandles;
use crate::sequence;

/// Candles up to the bar at which the view was made; a read-only sequence, oldest first.
#[pyclass(frozen, sequence, module = "rsengine", name = "SeriesView")]
pub struct PySeriesView {
    candles: Py<PyAny>,
    places: Places,
}

impl PySeriesView {
    /// A view of some places of a series.
    pub fn of(candles: Py<PyAny>, places: Places) -> Self {
        Self { candles, places }
    }

    fn entry<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = self.places.get(index);
        found
            .map(|place| item(self.candles.bind(py), place))
            .transpose()
    }
}

/// The element of a series, whatever holds it.
#[inline]
pub fn item<'py>(candles: &Bound<'py, PyAny>, place: usize) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(own) = candles.cast_exact::<PyCandles>() {
        if let Some(candle) = own.get().candle(candles.py(), place)? {
            return Ok(candle.into_any());
        }
    } else if let Ok(list) = candles.cast_exact::<PyList>() {
        return list.get_item(place);
    } else if let Ok(aligned) = candles.cast_exact::<PyAligned>()
        && let Some(candle) = aligned.get().candle(candles.py(), place)?
    {
        return Ok(candle);
    }
    candles.get_item(place)
}

/// Returns the places of a series up to a bar, all of them where it ends before.
pub fn places_up_to(candles: &Bound<'_, PyAny>, index: i64) -> PyResult<Places> {
    Ok(Places::from(0..end(candles, index)?))
}

/// Returns the places of the last candles up to a bar; absent entries do not count.
pub fn last_places(candles: &Bound<'_, PyAny>, index: i64, length: i64) -> PyResult<Places> {
    let end = end(candles, index)?;
    let length = usize::try_from(length).unwrap_or(0);
    if candles.is_exact_instance_of::<PyCandles>() {
        return Ok(Places::from(end.saturating_sub(length)..end));
    }
    // No candle is made only to see that there is one.
    let aligned = candles.cast_exact::<PyAligned>().ok();
    let columns = aligned.and_then(|aligned| aligned.get().columns());
    let mut found = Vec::new();
    for place in (0..end).rev() {
        if found.len() >= length {
            break;
        }
        let is_there = match &columns {
            Some(columns) => columns.is_there(place),
            None => !item(candles, place)?.is_none(),
        };
        if is_there {
            found.push(place);
        }
    }
    found.reverse();
    Ok(Places::List(found.into()))
}

fn end(candles: &Bound<'_, PyAny>, index: i64) -> PyResult<usize> {
    let upto = usize::try_from(index.saturating_add(1)).unwrap_or(0);
    Ok(upto.min(candles.len()?))
}

#[pymethods]
impl PySeriesView {
    fn __len__(&self) -> usize {
        self.places.len()
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        let length = self.places.len();
        if let Ok(slice) = index.cast::<PySlice>() {
            let found = slice.indices(isize::try_from(length)?)?;
            let list = PyList::empty(py);
            let mut at = found.start;
            for _ in 0..found.slicelength {
                let entry = usize::try_from(at).ok().map(|at| self.entry(py, at));
                list.append(entry.transpose()?.flatten())?;
                at += found.step;
            }
            return Ok(list.into_any());
        }
        let asked = match index.extract::<isize>() {
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => None,
            other => Some(other?),
        };
        let place = asked.and_then(|asked| match usize::try_from(asked) {
            Ok(place) => Some(place),
            Err(_) => length.checked_sub(asked.unsigned_abs()),
        });
        let entry = place.map(|place| self.entry(py, place)).transpose()?;
        entry.flatten().ok_or_else(|| {
            let shown = index.str().map(|text| text.to_string_lossy().into_owned());
            PyIndexError::new_err(format!("entry {} of {length}", shown.unwrap_or_default()))
        })
    }

    fn __iter__(slf: Bound<'_, Self>) -> SeriesViewIterator {
        SeriesViewIterator {
            view: slf.unbind(),
            next: AtomicUsize::new(0),
        }
    }

    fn __richcmp__<'py>(
        &self,
        other: &Bound<'py, PyAny>,
        op: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let text = other.is_instance_of::<PyString>() || other.is_instance_of::<PyBytes>();
        let wanted = match op {
            CompareOp::Eq => true,
            CompareOp::Ne => false,
            _ => return Ok(py.NotImplemented().into_bound(py)),
        };
        if text || other.cast::<PySequence>().is_err() {
            return Ok(py.NotImplemented().into_bound(py));
        }
        let same = self.same(other)?;
        Ok((same == wanted).into_pyobject(py)?.to_owned().into_any())
    }

    fn __repr__(&self) -> String {
        format!("SeriesView({} entries)", self.places.len())
    }

    /// Position of the first entry that is equal to the one given.
    #[pyo3(signature = (value, start=0, stop=None))]
    fn index(
        &self,
        value: &Bound<'_, PyAny>,
        start: isize,
        stop: Option<isize>,
    ) -> PyResult<usize> {
        let entry = |index| self.entry(value.py(), index);
        sequence::index(value, (start, stop), self.places.len(), entry)
    }

    /// How many entries are equal to the one given.
    fn count(&self, value: &Bound<'_, PyAny>) -> PyResult<usize> {
        sequence::count(value, self.places.len(), |index| {
            self.entry(value.py(), index)
        })
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "cannot pickle a SeriesView: it is a part of a series; list(view) can be",
        ))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.candles)
    }
}

impl PySeriesView {
    fn same(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = other.py();
        if other.len()? != self.places.len() {
            return Ok(false);
        }
        for (index, theirs) in other.try_iter()?.enumerate() {
            let theirs = theirs?;
            let Some(ours) = self.entry(py, index)? else {
                break;
            };
            if !(ours.is(&theirs) || ours.eq(&theirs)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Walks through a view in order.
#[pyclass(frozen, module = "rsengine._rsengine")]
pub struct SeriesViewIterator {
    view: Py<PySeriesView>,
    next: AtomicUsize,
}

#[pymethods]
impl SeriesViewIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        self.view.get().entry(py, index)
    }
}
