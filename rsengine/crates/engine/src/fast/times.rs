//! The times of rows: one's own, or those of bars, which the candles hold already.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use super::pool::TIMES;
use crate::candles::Column;

/// More rows than that are not looked for among the bars.
const FEW: usize = 1_024;

/// Times in ascending order; reads as a slice.
#[derive(Clone, Default)]
pub struct Times {
    own: Vec<i64>,
    /// A column, and which of its values these are; none is one's own then.
    bars: Option<(Column<i64>, Range<usize>)>,
}

impl Times {
    /// Takes the times that follow from a column of ascending times as long as they are the next of it.
    pub(crate) fn lean_on(&mut self, column: &Column<i64>) {
        if self.bars.is_some() || self.own.len() > FEW {
            return;
        }
        let (times, mut bars) = (column.as_slice(), 0..0);
        if let Some(first) = self.own.first() {
            let start = times.partition_point(|time| time < first);
            bars = start..start + self.own.len();
            if times.get(bars.clone()) != Some(self.own.as_slice()) {
                return;
            }
        }
        TIMES.give(std::mem::take(&mut self.own));
        self.bars = Some((Arc::clone(column), bars));
    }

    /// Makes room for so many more.
    pub(crate) fn reserve(&mut self, more: usize) {
        if self.bars.is_none() {
            TIMES.grow(&mut self.own, more);
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, time_us: i64) {
        self.extend_from_slice(&[time_us]);
    }

    pub(crate) fn pop(&mut self) {
        self.truncate(self.len().saturating_sub(1));
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        match &mut self.bars {
            Some((_, bars)) => bars.end = bars.end.min(bars.start + rows),
            None => self.own.truncate(rows),
        }
    }

    /// Adds times that follow.
    #[inline]
    pub fn extend_from_slice(&mut self, times: &[i64]) {
        if !self.follows(times) {
            self.own().extend_from_slice(times);
        }
    }

    /// Takes in times if they are the next of the column.
    #[inline]
    fn follows(&mut self, times: &[i64]) -> bool {
        let (Some((column, bars)), Some(first)) = (&mut self.bars, times.first()) else {
            return times.is_empty();
        };
        let column = column.as_slice();
        if bars.start == bars.end {
            let start = column.partition_point(|time| time < first);
            *bars = start..start;
        }
        let Some(next) = column.get(bars.end..bars.end + times.len()) else {
            return false;
        };
        // Most are the very values; to compare them would be to read them.
        let is_next = std::ptr::eq(next, times) || next == times;
        bars.end += if is_next { times.len() } else { 0 };
        is_next
    }

    /// The times as one's own.
    #[cold]
    fn own(&mut self) -> &mut Vec<i64> {
        if let Some((column, bars)) = self.bars.take() {
            TIMES.grow(&mut self.own, bars.len());
            self.own.extend_from_slice(&column.as_slice()[bars]);
        }
        &mut self.own
    }
}

impl Deref for Times {
    type Target = [i64];

    #[inline]
    fn deref(&self) -> &[i64] {
        match &self.bars {
            Some((column, bars)) => &column.as_slice()[bars.clone()],
            None => &self.own,
        }
    }
}

impl Drop for Times {
    fn drop(&mut self) {
        TIMES.give(std::mem::take(&mut self.own));
    }
}

impl PartialEq for Times {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Extend<i64> for Times {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, times: I) {
        for time_us in times {
            self.push(time_us);
        }
    }
}

impl From<Vec<i64>> for Times {
    fn from(own: Vec<i64>) -> Self {
        Self { own, bars: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaning(column: &Column<i64>, own: &[i64]) -> Times {
        let mut times = Times::from(own.to_vec());
        times.lean_on(column);
        times
    }

    #[test]
    fn prop_times_are_those_that_were_added_whoever_holds_them() {
        let bars: Vec<i64> = (0..40).map(|bar| 10 * bar).collect();
        let column: Column<i64> = Arc::new(bars.clone());
        let starts: [&[i64]; 4] = [&[], &bars[3..5], &[31, 40], &[30, 50]];
        let more: [&[i64]; 5] = [&bars[5..9], &bars[6..9], &[50, 55], &[1_000], &[]];
        let mut held = 0;
        for start in starts {
            for first in more {
                for second in more {
                    let (mut times, mut plain) = (leaning(&column, start), start.to_vec());
                    for added in [first, second] {
                        times.extend_from_slice(added);
                        plain.extend_from_slice(added);
                        assert_eq!(*times, *plain);
                    }
                    held += usize::from(times.bars.is_some());
                    times.pop();
                    plain.pop();
                    times.push(60);
                    plain.push(60);
                    assert_eq!(*times, *plain);
                    times.truncate(1);
                    plain.truncate(1);
                    assert_eq!(*times, *plain);
                }
            }
        }
        assert!((5..70).contains(&held), "{held} of 100 held by the column");
    }
}
