//! Memory of long columns, kept for the next run: fresh memory costs more than what is written to it.

use std::sync::{Mutex, PoisonError};

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

impl<T: Copy> Pool<T> {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Makes room for more values in a column.
    pub(crate) fn grow(&self, column: &mut Vec<T>, more: usize) {
        let values = column.len() + more;
        if column.capacity() < values {
            let mut larger = self.take(values);
            larger.extend_from_slice(column);
            self.give(std::mem::replace(column, larger));
        }
    }

    /// An empty column with room for so many values, a kept one if it fits.
    fn take(&self, values: usize) -> Vec<T> {
        if values < SHORT {
            return Vec::with_capacity(values);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is far too large would keep its memory from others.
        let fits = |column: &Vec<T>| (values..=4 * values).contains(&column.capacity());
        match kept.iter().position(fits) {
            Some(place) => kept.swap_remove(place),
            None => Vec::with_capacity(values),
        }
    }

    /// Keeps a column's memory.
    pub(crate) fn give(&self, mut column: Vec<T>) {
        if column.capacity() < SHORT {
            return;
        }
        column.clear();
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
