//! Columns of candles along the keys of a run, without an object for each candle.

use std::sync::Arc;

use fillproof_engine::candles::{Candle, CandleColumns, CandleView};
use pyo3::PyTraverseError;
use pyo3::exceptions::PyIndexError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;

use crate::candles::PyCandles;

/// Stands for a key without a candle.
const NONE: u32 = u32::MAX;

/// One side of a symbol along the keys: candles, made when asked for, None where there is none.
#[pyclass(
    frozen,
    sequence,
    module = "rsengine._rsengine",
    name = "AlignedCandles"
)]
pub struct PyAligned {
    candles: Py<PyCandles>,
    columns: Arc<CandleColumns>,
    // Row of the columns for each key.
    rows: Box<[u32]>,
}

impl PyAligned {
    /// The columns behind a lookup of ours by time, laid out along a clock.
    ///
    /// None where the lookup is another one, or where its times do not ascend.
    pub fn of<'py>(
        lookup: &Bound<'py, PyAny>,
        clock: &[i64],
    ) -> PyResult<Option<Bound<'py, Self>>> {
        let py = lookup.py();
        let class = py
            .import(intern!(py, "fillproof.lookups"))?
            .getattr(intern!(py, "CandleLookup"))?;
        if !lookup.get_type().is(&class) {
            return Ok(None);
        }
        let candles = lookup.getattr(intern!(py, "candles"))?;
        let Ok(candles) = candles.cast_into::<PyCandles>() else {
            return Ok(None);
        };
        let columns = Arc::clone(&candles.get().columns);
        let times = columns.time_us.as_slice();
        let fits = u32::try_from(times.len()).is_ok_and(|length| length < NONE);
        if !fits || !times.is_sorted_by(|before, after| before < after) {
            return Ok(None);
        }
        let mut row = 0;
        let along = clock.iter().map(|key| {
            while times.get(row).is_some_and(|time| time < key) {
                row += 1;
            }
            let found = times.get(row) == Some(key);
            if found { row as u32 } else { NONE }
        });
        let rows = along.collect();
        let made = Self {
            candles: candles.unbind(),
            columns,
            rows,
        };
        Bound::new(py, made).map(Some)
    }

    /// The columns behind it, as slices.
    pub fn view(&self) -> CandleView<'_> {
        self.columns.view()
    }

    /// The row of the columns for a key.
    pub fn row(&self, place: usize) -> Option<usize> {
        let row = *self.rows.get(place)?;
        (row != NONE).then_some(row as usize)
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is a candle at a key.
    pub fn is_there(&self, place: usize) -> bool {
        self.row(place).is_some()
    }

    /// The candle at a key, as numbers.
    pub fn get(&self, place: usize) -> Option<Candle> {
        self.columns.get(self.row(place)?)
    }

    /// The candle at a key, as an object; None past the end.
    pub fn candle<'py>(
        &self,
        py: Python<'py>,
        place: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if place >= self.rows.len() {
            return Ok(None);
        }
        let candle = match self.row(place) {
            Some(row) => self.candles.get().candle(py, row)?,
            None => None,
        };
        let none = || py.None().into_bound(py);
        Ok(Some(candle.map_or_else(none, Bound::into_any)))
    }
}

#[pymethods]
impl PyAligned {
    fn __len__(&self) -> usize {
        self.len()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: isize) -> PyResult<Bound<'py, PyAny>> {
        let place = match usize::try_from(index) {
            Ok(place) => Some(place),
            Err(_) => self.rows.len().checked_sub(index.unsigned_abs()),
        };
        let candle = match place {
            Some(place) => self.candle(py, place)?,
            None => None,
        };
        candle
            .ok_or_else(|| PyIndexError::new_err(format!("candle {index} of {}", self.rows.len())))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.candles)
    }
}
