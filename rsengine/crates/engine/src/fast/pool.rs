//! Memory of long columns, kept for the next run: fresh memory costs more than what is written to it.

use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

use fillproof_ahead::use_large_pages;

/// Columns shorter than this are not worth keeping, in values.
const SHORT: usize = 1 << 16;
/// How many values are kept at most: five columns of two million rows.
const MOST: usize = 10 << 21;

/// Columns whose rows nobody needs any more.
#[derive(Debug)]
pub(crate) struct Pool<T>(Mutex<Vec<Vec<T>>>);

/// Columns of numbers.
pub(crate) static NUMBERS: Pool<f64> = Pool::new();
/// Columns of times.
pub(crate) static TIMES: Pool<i64> = Pool::new();

impl<T: Copy + Default> Pool<T> {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Makes room for more values in a column.
    pub(crate) fn grow(&self, column: &mut Vec<T>, more: usize) {
        let values = column.len() + more;
        if column.capacity() < values {
            let mut larger = self.take(values, Reverse).unwrap_or_else(|| {
                let mut fresh = Vec::with_capacity(values);
                if values >= SHORT {
                    use_large_pages(fresh.spare_capacity_mut());
                }
                fresh
            });
            larger.clear();
            larger.extend_from_slice(column);
            self.give(std::mem::replace(column, larger));
        }
    }

    /// Makes a column so long; values that it did not have are any, and are to be written.
    ///
    /// A kept column has its length already, and the system makes fresh memory as it is written to.
    pub(crate) fn lengthen(&self, column: &mut Vec<T>, values: usize) {
        if column.capacity() < values {
            let mut longer = self.take(values, |length| length).unwrap_or_else(|| {
                let mut fresh = vec![T::default(); values];
                if values >= SHORT {
                    use_large_pages(&mut fresh);
                }
                fresh
            });
            longer.resize(values, T::default());
            longer[..column.len()].copy_from_slice(column);
            self.give(std::mem::replace(column, longer));
        }
        column.resize(values, T::default());
    }

    /// A kept column with room for so many values, as long as it was: that of the highest rank.
    ///
    /// Who fills one from its beginning leaves the longest to those that would have to lengthen another.
    fn take<R: Ord>(&self, values: usize, rank: impl Fn(usize) -> R) -> Option<Vec<T>> {
        if values < SHORT {
            return None;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is far too large would keep its memory from others.
        let fits = |column: &Vec<T>| (values..=4 * values).contains(&column.capacity());
        let places = (0..kept.len()).filter(|&place| fits(&kept[place]));
        let place = places.max_by_key(|&place| rank(kept[place].len()))?;
        Some(kept.swap_remove(place))
    }

    /// Keeps a column's memory.
    pub(crate) fn give(&self, column: Vec<T>) {
        if column.capacity() < SHORT {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held: usize = kept.iter().map(Vec::capacity).sum();
        if held + column.capacity() <= MOST {
            kept.push(column);
        }
    }

    /// Lets the memory of all kept columns go.
    pub(crate) fn clear(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::{Pool, SHORT};

    #[test]
    fn the_longest_goes_to_who_needs_its_length() {
        let pool = Pool::<i64>::new();
        let kept = |length: usize| {
            let mut column = Vec::with_capacity(SHORT);
            column.resize(length, 7);
            column
        };
        for length in [1, SHORT, 2] {
            pool.give(kept(length));
        }
        let mut grown = vec![3];
        pool.grow(&mut grown, SHORT - 1);
        assert_eq!(grown, [3]);
        let mut longer = vec![5, 6];
        pool.lengthen(&mut longer, SHORT);
        // What it does not have to write is as it was.
        assert_eq!((longer.len(), &longer[..3]), (SHORT, [5, 6, 7].as_slice()));
        let mut last = vec![4];
        pool.lengthen(&mut last, SHORT);
        assert_eq!((last.len(), &last[..3]), (SHORT, [4, 7, 0].as_slice()));
    }
}
