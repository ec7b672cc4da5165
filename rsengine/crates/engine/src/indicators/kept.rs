//! What a cache keeps: columns by timeframe and side, results by method and arguments.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::errors::Result;
use crate::indicators::series::{SeriesColumns, find_series, to_columns};
use crate::slices::Series;

/// One result: as long as its series, NaN where there is no value.
pub type Values = Arc<Vec<f64>>;

/// A method and the bits of its arguments.
type Key = (&'static str, Vec<u64>);

/// The results of a method, once somebody has made them.
type Made = Arc<OnceLock<Vec<Values>>>;

#[derive(Debug)]
pub(super) struct Held {
    timeframe: Box<str>,
    side: Box<str>,
    pub(super) columns: SeriesColumns,
    results: Mutex<HashMap<Key, Made>>,
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

    /// Makes what the settings say of a series, or takes what was made of them before.
    ///
    /// Of several that ask at once the first makes it and the others wait.
    pub(super) fn kept<T, const N: usize>(
        &self,
        method: &'static str,
        tf: &str,
        price_type: &str,
        arguments: &[u64],
        settings: impl FnOnce() -> Result<T>,
        make: impl FnOnce(T, &SeriesColumns) -> [Vec<f64>; N],
    ) -> Result<[Values; N]> {
        let key = (method, arguments.to_vec());
        let found = self.find(tf, price_type);
        if let Ok(held) = &found {
            let results = locked(&held.results);
            if let Some(made) = results.get(&key).and_then(|result| result.get()) {
                return Ok(std::array::from_fn(|part| Arc::clone(&made[part])));
            }
        }
        // Settings are refused before names.
        let settings = settings()?;
        let held = found?;
        let result = Arc::clone(locked(&held.results).entry(key).or_default());
        let made = result.get_or_init(|| make(settings, &held.columns).map(Arc::new).to_vec());
        Ok(std::array::from_fn(|part| Arc::clone(&made[part])))
    }
}
