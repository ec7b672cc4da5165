//! Columns of candles along the keys of a run, without an object for each candle.

use std::sync::Arc;

use fillproof_engine::aligned::ABSENT;
use pyo3::intern;
use pyo3::prelude::*;

use crate::aligned::PyAligned;
use crate::candles::PyCandles;

/// The columns behind a lookup of ours by time, laid out along a clock.
///
/// None where the lookup is another one, or where its times do not ascend.
pub fn lay_out<'py>(
    lookup: &Bound<'py, PyAny>,
    clock: &[i64],
) -> PyResult<Option<Bound<'py, PyAligned>>> {
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
    let fits = u32::try_from(times.len()).is_ok_and(|length| length < ABSENT);
    if !fits || !times.is_sorted_by(|before, after| before < after) {
        return Ok(None);
    }
    let mut row = 0;
    let along = clock.iter().map(|key| {
        while times.get(row).is_some_and(|time| time < key) {
            row += 1;
        }
        let found = times.get(row) == Some(key);
        if found { row as u32 } else { ABSENT }
    });
    let made = PyAligned::along(&candles, along.collect());
    Bound::new(py, made).map(Some)
}
