//! Columns of candles along the keys of a run, without an object for each candle.

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use fillproof_engine::aligned::ABSENT;
use fillproof_engine::candles::CandleColumns;
use fillproof_engine::laid_out::{Along, SharedClock};
use pyo3::intern;
use pyo3::prelude::*;

use crate::aligned::PyAligned;
use crate::candles::PyCandles;

/// Columns along a clock, and at which keys there is a candle.
pub type Aligned<'py> = (Bound<'py, PyAligned>, Arc<[bool]>);

/// Rows and mask of columns that have a candle at each key.
type Everywhere = (Arc<[u32]>, Arc<[bool]>);

/// The times of keys, and what is known of columns that have these times.
pub struct Clock {
    times: SharedClock,
    /// The same as candles remember that were laid out along it.
    known: RefCell<Option<SharedClock>>,
    /// The first such columns.
    same: RefCell<Option<Arc<CandleColumns>>>,
    /// Rows and mask of all of them.
    every: OnceCell<Everywhere>,
}

impl Clock {
    pub fn of(times: &SharedClock) -> Self {
        Self {
            times: Arc::clone(times),
            known: RefCell::default(),
            same: RefCell::default(),
            every: OnceCell::new(),
        }
    }

    /// Whether columns have a candle at each key and no other.
    fn is_of(&self, columns: &Arc<CandleColumns>) -> bool {
        let mut same = self.same.borrow_mut();
        if let Some(same) = &*same {
            return columns.has_times_of(same);
        }
        let is_it = columns.time_us.as_slice() == *self.times;
        if is_it {
            *same = Some(Arc::clone(columns));
        }
        is_it
    }

    /// Whether another clock has these times; the first one that has them is compared, the others mostly
    /// are the same.
    fn is(&self, other: &SharedClock) -> bool {
        let mut known = self.known.borrow_mut();
        if let Some(known) = &*known {
            return Arc::ptr_eq(known, other) || **known == **other;
        }
        let is_it = self.times == *other;
        if is_it {
            *known = Some(Arc::clone(other));
        }
        is_it
    }

    /// The one that candles remember, or this one.
    pub fn shared(&self) -> SharedClock {
        let known = self.known.borrow();
        Arc::clone(known.as_ref().unwrap_or(&self.times))
    }

    fn every(&self) -> &Everywhere {
        self.every.get_or_init(|| {
            let keys = self.times.len();
            ((0..keys as u32).collect(), vec![true; keys].into())
        })
    }
}

/// The columns behind a lookup of ours by time, laid out along a clock, and where they are there.
///
/// None where the lookup is another one, or where its times do not ascend.
pub fn lay_out<'py>(lookup: &Bound<'py, PyAny>, clock: &Clock) -> PyResult<Option<Aligned<'py>>> {
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
    // The keys ascend, so columns with their times do, too.
    if fits && clock.is_of(&columns) {
        let (rows, there) = clock.every();
        let made = PyAligned::along(&candles, Arc::clone(rows));
        return Ok(Some((Bound::new(py, made)?, Arc::clone(there))));
    }
    if let Some(known) = columns.along(|other| clock.is(other)) {
        let made = PyAligned::along(&candles, known.rows);
        return Ok(Some((Bound::new(py, made)?, known.there)));
    }
    if !fits || !times.is_sorted_by(|before, after| before < after) {
        return Ok(None);
    }
    let mut row = 0;
    let along = clock.times.iter().map(|key| {
        while times.get(row).is_some_and(|time| time < key) {
            row += 1;
        }
        let found = times.get(row) == Some(key);
        if found { row as u32 } else { ABSENT }
    });
    let rows: Arc<[u32]> = along.collect();
    let there: Arc<[bool]> = rows.iter().map(|&row| row != ABSENT).collect();
    columns.remember_along(Along {
        clock: clock.shared(),
        rows: Arc::clone(&rows),
        there: Arc::clone(&there),
    });
    let made = PyAligned::along(&candles, rows);
    Ok(Some((Bound::new(py, made)?, there)))
}
