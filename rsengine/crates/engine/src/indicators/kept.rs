//! What a cache keeps: columns by timeframe and side, results by method and arguments.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::errors::Result;
use crate::indicators::series::{Reads, SeriesColumns, find_series, to_columns};
use crate::indicators::shared::{self, Shared};
use crate::slices::Series;

/// One result: as long as its series, NaN where there is no value.
pub type Values = Arc<Vec<f64>>;

/// A method and the bits of its arguments.
type Key = (&'static str, Vec<u64>);

#[derive(Debug)]
pub(super) struct Held {
    timeframe: Box<str>,
    side: Box<str>,
    pub(super) columns: SeriesColumns,
    results: Mutex<HashMap<Key, shared::Made>>,
    /// Sums of what methods read, by its place among the kinds.
    sums: [OnceLock<u128>; 3],
}

impl Held {
    fn sum(&self, reads: Reads) -> u128 {
        *self.sums[reads as usize].get_or_init(|| self.columns.sum(reads))
    }
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
            sums: Default::default(),
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
    /// Of several that ask at once the first makes it and the others wait, whichever cache of the
    /// process they ask.
    pub(super) fn kept<T, const N: usize>(
        &self,
        (reads, method): (Reads, &'static str),
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
        let sought = Shared::key(held.sum(reads), method, arguments);
        let result = Shared::global().result(sought, || {
            make(settings, &held.columns).map(Arc::new).to_vec()
        });
        let made = result.wait();
        locked(&held.results).insert(key, Arc::clone(&result));
        Ok(std::array::from_fn(|part| Arc::clone(&made[part])))
    }

    /// The same of a method with one result.
    pub(super) fn one<T>(
        &self,
        method: (Reads, &'static str),
        tf: &str,
        price_type: &str,
        arguments: &[u64],
        settings: impl FnOnce() -> Result<T>,
        make: impl FnOnce(T, &SeriesColumns) -> [Vec<f64>; 1],
    ) -> Result<Values> {
        let [values] = self.kept(method, tf, price_type, arguments, settings, make)?;
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::{Kept, Values};
    use crate::candles::{Candle, CandleColumns};
    use crate::indicators::series::Reads;
    use crate::slices::Series;

    fn kept(prices: &[f64]) -> Kept {
        let bar = |(time_us, &x): (usize, &f64)| Candle {
            time_us: time_us as i64,
            open: x,
            high: x,
            low: x,
            close: x,
            volume: 0.0,
        };
        let bars: Vec<Candle> = prices.iter().enumerate().map(bar).collect();
        let kept = Kept::default();
        kept.add(&Series {
            timeframe: "M1".into(),
            side: "bid".into(),
            candles: Arc::new(CandleColumns::from_candles(&bars)).into(),
        });
        kept
    }

    #[test]
    fn caches_over_the_same_numbers_compute_a_result_once() {
        let made = Cell::new(0);
        let ask = |kept: &Kept, reads: Reads, argument: u64| -> Values {
            let [values] = kept
                .kept(
                    (reads, "only here"),
                    "M1",
                    "bid",
                    &[argument],
                    || Ok(()),
                    |(), columns| {
                        made.set(made.get() + 1);
                        [columns.closes().to_vec()]
                    },
                )
                .expect("the series is there");
            values
        };
        let prices = [1.1, 1.2, 1.15];
        let first = ask(&kept(&prices), Reads::Closes, 5);
        for _ in 0..4 {
            let again = kept(&prices);
            for _ in 0..3 {
                assert!(Arc::ptr_eq(&ask(&again, Reads::Closes, 5), &first));
            }
        }
        assert_eq!(made.get(), 1);
        ask(&kept(&prices), Reads::Closes, 6);
        ask(
            &kept(&[1.1, 1.2, 1.150_000_000_000_000_1]),
            Reads::Closes,
            5,
        );
        ask(&kept(&prices[..2]), Reads::Closes, 5);
        assert_eq!(made.get(), 4);
        for reads in [Reads::Bars, Reads::Steps] {
            ask(&kept(&prices), reads, 5);
        }
        assert_eq!(made.get(), 6);
    }
}
