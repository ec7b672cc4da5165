//! Results that all caches of the process share, the least recently used of which go first.
//!
//! A sweep of callbacks makes a cache for each run, over the same candles. What a result follows
//! from is the numbers that its method reads and its settings, so it is found again by those: by a
//! sum of the numbers, which a column that was written to no longer has.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::kept::Values;

/// Bytes of all results that are kept at most.
const LIMIT: usize = 128 << 20;
/// What a result takes beside its values.
const ENTRY: usize = 256;

/// What a result follows from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    columns: u128,
    method: &'static str,
    arguments: Vec<u64>,
}

/// The values of a result, once somebody has made them.
pub(super) type Made = Arc<OnceLock<Vec<Values>>>;

/// Results by what they follow from.
#[derive(Debug)]
pub(crate) struct Shared {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// Keys by when they were asked for last.
    order: BTreeMap<u64, Key>,
    clock: u64,
    used: usize,
}

#[derive(Debug)]
struct Entry {
    made: Made,
    asked: u64,
    bytes: usize,
}

impl Shared {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
        }
    }

    /// That of the process.
    pub(crate) fn global() -> &'static Self {
        static GLOBAL: OnceLock<Shared> = OnceLock::new();
        GLOBAL.get_or_init(|| Self::new(LIMIT))
    }

    /// What a result follows from: the sum of the columns that the method reads, and the bits of its
    /// settings.
    pub(super) fn key(columns: u128, method: &'static str, arguments: &[u64]) -> Key {
        Key {
            columns,
            method,
            arguments: arguments.to_vec(),
        }
    }

    /// The place of a result; of several that ask at once the first makes it, the others wait.
    pub(super) fn result(&self, key: Key, make: impl FnOnce() -> Vec<Values>) -> Made {
        let place = self.locked().place(&key);
        if place.get().is_none() {
            let mut bytes = None;
            place.get_or_init(|| {
                let made = make();
                bytes = Some(made.iter().map(|values| 8 * values.len()).sum());
                made
            });
            if let Some(bytes) = bytes {
                self.locked().count(&key, &place, bytes, self.limit);
            }
        }
        place
    }

    /// Drops all results; who holds one keeps it.
    pub(crate) fn clear(&self) {
        let dropped = std::mem::take(&mut *self.locked());
        drop(dropped);
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Finds a result or makes room for it; it has just been asked for.
    fn place(&mut self, key: &Key) -> Made {
        self.clock += 1;
        let asked = self.clock;
        if let Some(entry) = self.entries.get_mut(key) {
            if let Some(key) = self.order.remove(&entry.asked) {
                self.order.insert(asked, key);
            }
            entry.asked = asked;
            return Arc::clone(&entry.made);
        }
        let made = Made::default();
        let entry = Entry {
            made: Arc::clone(&made),
            asked,
            bytes: ENTRY,
        };
        self.used += ENTRY;
        self.entries.insert(key.clone(), entry);
        self.order.insert(asked, key.clone());
        made
    }

    /// Counts the bytes of a result that was made, and drops those that were asked for longest ago.
    fn count(&mut self, key: &Key, made: &Made, bytes: usize, limit: usize) {
        // It may have been dropped while it was made.
        if let Some(entry) = self.entries.get_mut(key)
            && Arc::ptr_eq(&entry.made, made)
        {
            entry.bytes += bytes;
            self.used += bytes;
        }
        while self.used > limit {
            let Some((_, oldest)) = self.order.pop_first() else {
                return;
            };
            if let Some(entry) = self.entries.remove(&oldest) {
                self.used -= entry.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{ENTRY, Key, Shared};

    fn key(columns: u128) -> Key {
        Shared::key(columns, "ema", &[10])
    }

    #[test]
    fn the_result_that_was_asked_for_longest_ago_goes_first() {
        let bytes = ENTRY + 800;
        let shared = Shared::new(3 * bytes);
        let made = AtomicUsize::new(0);
        let ask = |columns: u128| {
            let before = made.load(Ordering::Relaxed);
            let place = shared.result(key(columns), || {
                made.fetch_add(1, Ordering::Relaxed);
                vec![Arc::new(vec![columns as f64; 100])]
            });
            let values = &place.get().expect("somebody made it")[0];
            assert_eq!(values.as_slice(), [columns as f64; 100]);
            made.load(Ordering::Relaxed) > before
        };
        assert_eq!([1, 2, 3].map(ask), [true; 3]);
        assert_eq!([1, 3, 2, 1].map(ask), [false; 4]);
        // 3 has waited longest now.
        assert_eq!([4, 1, 2, 3].map(ask), [true, false, false, true]);
        let state = shared.locked();
        assert_eq!((state.used, state.entries.len()), (3 * bytes, 3));
        assert_eq!(state.order.len(), 3);
    }

    #[test]
    fn a_result_beyond_the_limit_is_given_and_not_kept() {
        let shared = Shared::new(1_000);
        let place = shared.result(key(1), || vec![Arc::new(vec![1.5; 1_000])]);
        assert_eq!(place.get().map(|made| made[0].len()), Some(1_000));
        let state = shared.locked();
        assert_eq!((state.used, state.entries.len()), (0, 0));
    }

    #[test]
    fn threads_that_ask_at_once_make_one() {
        let shared = Shared::new(1 << 20);
        let made = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    shared.result(key(7), || {
                        made.fetch_add(1, Ordering::Relaxed);
                        std::thread::yield_now();
                        vec![Arc::new(vec![7.0; 10])]
                    });
                });
            }
        });
        assert_eq!(made.load(Ordering::Relaxed), 1);
        assert_eq!(shared.locked().used, ENTRY + 80);
    }
}
