//! From signal to signal: each place is found from the one before.

use std::ops::Range;
use std::sync::Arc;

use fillproof_ahead::fetch;

use super::ColumnStrategy;
use super::held::Signals;
use crate::signals::{Direction, TradeSignal};

impl ColumnStrategy {
    /// The signal of a row, each later than the last one asked for or a little earlier.
    pub(crate) fn next_signal(
        &mut self,
        row: usize,
        symbol: &Arc<str>,
        time_us: i64,
    ) -> Option<TradeSignal> {
        let place = self.seek(row);
        let is_here = self.rows.get(place) == Some(&row);
        is_here.then(|| self.signal_at(place, symbol, time_us, |_| None))
    }

    /// The first row with a signal from one on and before another, or that other.
    pub(crate) fn next_row(&mut self, from: usize, to: usize) -> usize {
        let place = self.seek(from);
        self.rows.get(place).map_or(to, |&row| row.min(to))
    }

    /// The first row with a signal after a bar, which is at or after that of the last one found; what it
    /// holds is asked for.
    pub(crate) fn row_after(&self, bar: usize) -> Option<usize> {
        self.row_behind(self.next, bar)
    }

    /// The same for the signals from a place among them on.
    pub(crate) fn row_behind(&self, place: usize, bar: usize) -> Option<usize> {
        let rows = self.rows.get(place..)?;
        let (place, row) = (place..).zip(rows).find(|&(_, &row)| row > bar)?;
        if let Signals::Rows(signals) = &self.signals {
            fetch(signals, place);
        }
        Some(*row)
    }

    /// Its place among the rows with a signal.
    pub(crate) fn next_place(&self) -> usize {
        self.next
    }

    /// Direction, stop and target of the signal found last.
    pub(crate) fn next_levels(&self) -> Option<(bool, Option<f64>, Option<f64>)> {
        (self.next < self.rows.len()).then(|| self.levels_at(self.next))
    }

    /// Those of the signal at a place.
    pub(crate) fn levels_at(&self, place: usize) -> (bool, Option<f64>, Option<f64>) {
        let row = self.row_at(place);
        (row.direction.is_long(), row.stop, row.target)
    }

    /// The signal found last.
    pub(crate) fn signal_here(
        &self,
        symbol: &Arc<str>,
        time_us: i64,
        close: impl FnOnce(Direction) -> Option<f64>,
    ) -> Option<TradeSignal> {
        let is_there = self.next < self.rows.len();
        is_there.then(|| self.signal_at(self.next, symbol, time_us, close))
    }

    /// The places among the signals of the bars from one on and before another; `None` where a
    /// signal there would end the run, or a row is missing.
    pub(crate) fn places(&mut self, (from, to): (usize, usize)) -> Option<Range<usize>> {
        if to > self.len() || !self.is_sound {
            return None;
        }
        let first = self.seek(from);
        let rows = &self.rows[first..];
        let count = rows.iter().take_while(|&&row| row < to).count();
        self.next = first + count;
        Some(first..self.next)
    }

    /// Place of the first row with a signal at or after a bar, among the rows.
    pub(super) fn seek(&mut self, bar: usize) -> usize {
        let rows = &self.rows;
        let here = self.next;
        let is_here = (here == 0 || rows.get(here - 1).is_some_and(|&row| row < bar))
            && rows.get(here).is_none_or(|&row| row >= bar);
        if !is_here {
            let follows = rows.get(here).is_some_and(|&row| row < bar)
                && rows.get(here + 1).is_none_or(|&row| row >= bar);
            self.next = if follows {
                here + 1
            } else {
                rows.partition_point(|&row| row < bar)
            };
        }
        self.next
    }
}
