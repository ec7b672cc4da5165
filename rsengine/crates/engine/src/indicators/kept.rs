//! What a cache keeps: columns by timeframe and side, results by method and arguments.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::errors::Result;
use crate::indicators::series::{SeriesColumns, find_series, to_columns};
use crate::slices::Series;

/// One result: as long as its series, NaN where there is no value.
pub type Values = Arc<[f64]>;

/// A method and the bits of its arguments.
type Key = (&'static str, Vec<u64>);

#[derive(Debug)]
pub(super) struct Held {
    timeframe: Box<str>,
    side: Box<str>,
    pub(super) columns: SeriesColumns,
    results: Mutex<HashMap<Key, Vec<Values>>>,
}

/// All series and what was computed of them.
#[derive(Debug, Default)]
pub(super) struct Kept {
    held: Mutex<Vec<Arc<Held>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// Adds a series.
    pub(super) fn add(&self, series: &Series) {
        locked(&self.held).push(Arc::new(Held {
            timeframe: series.timeframe.clone(),
            side: series.side.clone(),
            columns: to_columns(series),
            results: Mutex::default(),
        }));
    }

    /// Number of bars of a series, `None` where it is not there.
    pub(super) fn length(&self, tf: &str, price_type: &str) -> Option<usize> {
        let held = locked(&self.held);
        let is_it = |held: &&Arc<Held>| *held.timeframe == *tf && *held.side == *price_type;
        let found = held.iter().find(is_it)?;
        Some(found.columns.close.as_slice().len())
    }

    pub(super) fn find(&self, tf: &str, price_type: &str) -> Result<Arc<Held>> {
        let held = locked(&self.held);
        let is_it = |held: &&Arc<Held>| *held.timeframe == *tf && *held.side == *price_type;
        if let Some(found) = held.iter().find(is_it) {
            return Ok(Arc::clone(found));
        }
        let names: Vec<(&str, &str)> = held.iter().map(|h| (&*h.timeframe, &*h.side)).collect();
        let place = find_series(&names, tf, price_type, None)?;
        Ok(Arc::clone(&held[place]))
    }

    /// Sends the closes through a stream, or takes what that has given.
    pub(super) fn closes<const N: usize, F: FnMut(f64) -> [f64; N]>(
        &self,
        method: &'static str,
        tf: &str,
        price_type: &str,
        arguments: &[u64],
        stream: impl FnOnce() -> Result<F>,
    ) -> Result<[Values; N]> {
        self.kept(method, tf, price_type, arguments, |find| {
            let mut update = stream()?;
            let held = find()?;
            let closes = held.columns.close.as_slice();
            Ok(closes.iter().map(|&x| update(x)).collect())
        })
    }

    /// Sends high, low and close of each bar through a stream, or takes what that has given.
    pub(super) fn bars<const N: usize, F: FnMut(f64, f64, f64) -> [f64; N]>(
        &self,
        method: &'static str,
        tf: &str,
        price_type: &str,
        arguments: &[u64],
        stream: impl FnOnce() -> Result<F>,
    ) -> Result<[Values; N]> {
        self.kept(method, tf, price_type, arguments, |find| {
            let mut update = stream()?;
            let held = find()?;
            let columns = &held.columns;
            let sides = columns.high.as_slice().iter().zip(columns.low.as_slice());
            let bars = sides.zip(columns.close.as_slice());
            Ok(bars
                .map(|((&high, &low), &close)| update(high, low, close))
                .collect())
        })
    }

    /// Sends the closes of new candles through a stream and carries each result forward.
    pub(super) fn steps<const N: usize, F: FnMut(f64) -> [f64; N]>(
        &self,
        method: &'static str,
        tf: &str,
        price_type: &str,
        arguments: &[u64],
        stream: impl FnOnce() -> Result<F>,
    ) -> Result<[Values; N]> {
        self.kept(method, tf, price_type, arguments, |find| {
            let mut update = stream()?;
            let held = find()?;
            let mut steps = held.columns.steps().into_iter().peekable();
            let mut value = [f64::NAN; N];
            let closes = held.columns.close.as_slice().iter().enumerate();
            let carried = closes.map(|(place, &x)| {
                if steps.next_if_eq(&place).is_some() {
                    value = update(x);
                }
                value
            });
            Ok(carried.collect())
        })
    }

    fn kept<const N: usize>(
        &self,
        method: &'static str,
        tf: &str,
        price_type: &str,
        arguments: &[u64],
        rows: impl FnOnce(&dyn Fn() -> Result<Arc<Held>>) -> Result<Vec<[f64; N]>>,
    ) -> Result<[Values; N]> {
        let key = (method, arguments.to_vec());
        let find = || self.find(tf, price_type);
        let found = find();
        if let Ok(held) = &found
            && let Some(values) = locked(&held.results).get(&key)
        {
            return Ok(std::array::from_fn(|part| Arc::clone(&values[part])));
        }
        // Settings are refused before names.
        let rows = rows(&find)?;
        let made: [Values; N] =
            std::array::from_fn(|part| rows.iter().map(|row| row[part]).collect());
        locked(&found?.results).insert(key, made.to_vec());
        Ok(made)
    }
}
