//! Where expressions find their candles: whole series along the bars of a run (rule Q.new).

use std::sync::Arc;

use crate::aligned::AlignedCandles;
use crate::candles::{CandleColumns, Column};
use crate::expressions::evaluation::Rows;
use crate::indicators::series::ABSENT_US;

/// The candles of one series at all bars, and which of them are new ones.
#[derive(Debug)]
pub struct Source {
    columns: CandleColumns,
    is_new: Option<Vec<bool>>,
}

impl Source {
    /// Lays candles out; where keys are no times each candle that is there is a new one.
    ///
    /// New ones are marked only where an indicator counts them.
    #[must_use]
    pub fn new(
        candles: &AlignedCandles,
        length: usize,
        is_counted: bool,
        is_ordinal: bool,
    ) -> Self {
        let columns = candles.along(ABSENT_US);
        let mut is_new = None;
        // Times that ascend are known with the candles.
        let ascends = || {
            let times = columns.time_us.as_slice();
            let is_there = times.first() != Some(&ABSENT_US);
            is_there && columns.memo.shortest_step_us(times) > 0
        };
        let is_known = candles.whole().is_some() && !is_ordinal;
        if is_counted && !(is_known && ascends()) {
            is_new = mark(&columns.time_us.as_slice()[..length], is_ordinal);
        }
        Self { columns, is_new }
    }

    /// Moments at which the bars open.
    #[must_use]
    pub fn times(&self) -> Column<i64> {
        Arc::clone(&self.columns.time_us)
    }

    /// Last prices.
    #[must_use]
    pub fn closes(&self) -> Column<f64> {
        Arc::clone(&self.columns.close)
    }

    /// So many rows from the first on.
    #[must_use]
    pub fn rows(&self, length: usize) -> Rows<'_> {
        let columns = &self.columns;
        Rows {
            time_us: &columns.time_us.as_slice()[..length],
            open: &columns.open.as_slice()[..length],
            high: &columns.high.as_slice()[..length],
            low: &columns.low.as_slice()[..length],
            close: &columns.close.as_slice()[..length],
            volume: columns
                .volume
                .as_ref()
                .map(|volume| &volume.as_slice()[..length]),
            is_new: self.is_new.as_deref(),
        }
    }
}

/// Marks the candles that are there and were not there before; nothing if all are.
fn mark(times: &[i64], is_ordinal: bool) -> Option<Vec<bool>> {
    if times.first() != Some(&ABSENT_US) {
        let differs = |pair: &[i64]| (pair[0] != pair[1]) & (pair[1] != ABSENT_US);
        // Without an end in between this is done for several bars at once.
        let blocks = times.windows(2).map(differs);
        if !is_ordinal && blocks.fold(true, |all, differs| all & differs) {
            return None;
        }
    }
    let mut last = ABSENT_US;
    let mut is_new = |&time_us: &i64| {
        let found = time_us != ABSENT_US && (is_ordinal || time_us != last);
        if found {
            last = time_us;
        }
        found
    };
    Some(times.iter().map(&mut is_new).collect())
}
