//! How many threads a run may use where its work can be parted, and how they share it.
//!
//! What is parted comes to the same bits by however many threads, so their number is a matter of time
//! alone.

use std::cell::Cell;
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{Builder, available_parallelism, scope};

/// Says in the environment of a process how many threads a run may use at most.
const VARIABLE: &str = "FILLPROOF_THREADS";
/// Fewer rows are left to one thread: to begin another takes about as long as they do.
const MANY: usize = 1 << 16;

thread_local! {
    /// Whether this thread is one of several that have runs of their own.
    static HAS_OTHERS: Cell<bool> = const { Cell::new(false) };
}

/// How many threads a run on this one may use, itself among them; asked of the system once.
pub(crate) fn at_hand() -> usize {
    static KNOWN: OnceLock<usize> = OnceLock::new();
    if HAS_OTHERS.get() {
        return 1;
    }
    *KNOWN.get_or_init(|| {
        let said = std::env::var(VARIABLE).ok();
        let most = said.and_then(|text| text.parse::<NonZero<usize>>().ok());
        let cores = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        most.map_or(cores, |most| most.min(cores)).get()
    })
}

/// How many of them so many rows are worth.
pub(crate) fn for_rows(rows: usize) -> usize {
    if rows < MANY { 1 } else { at_hand() }
}

/// Lets runs on this thread use no other: those have runs of their own.
pub(crate) fn has_others() {
    HAS_OTHERS.set(true);
}

/// Does pieces of work in so many threads, this one among them, each the next piece that is left.
pub(crate) fn share<T: Send>(threads: usize, pieces: Vec<T>, work: impl Fn(T) + Sync) {
    let more = threads.min(pieces.len()).saturating_sub(1);
    let left = Mutex::new(pieces.into_iter());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let go_on = || {
        while let Some(piece) = next() {
            work(piece);
        }
    };
    scope(|scope| {
        for _ in 0..more {
            // Where the system gives no further thread, those that are there do it all.
            if Builder::new().spawn_scoped(scope, go_on).is_err() {
                break;
            }
        }
        go_on();
    });
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{at_hand, has_others, share};

    #[test]
    fn each_piece_is_done_once() {
        for threads in [1, 2, 5] {
            let mut done = [0; 23];
            share(
                threads,
                done.iter_mut().enumerate().collect(),
                |(place, done)| {
                    *done += place;
                },
            );
            assert!(done.iter().copied().eq(0..23));
        }
        let calls = AtomicUsize::new(0);
        share(3, Vec::<()>::new(), |()| {
            calls.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(calls.into_inner(), 0);
    }

    #[test]
    fn a_thread_among_others_is_alone() {
        let alone = std::thread::spawn(|| {
            has_others();
            at_hand()
        });
        assert_eq!(alone.join().ok(), Some(1));
        assert!(at_hand() >= 1);
    }
}
