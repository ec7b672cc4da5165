//! Room for what a native run records, made before its first bar.
//!
//! A list that grows moves what it holds again and again, which takes as long as a good part of a run.
//! Room that is not used is never touched, and so takes no memory.

use crate::core::Core;

/// Bars for each trade that room is made for: more trades make their own.
const BARS: usize = 256;
/// Trades that room is made for at most.
const MOST: usize = 1 << 14;

impl Core {
    /// Makes room for what an executor records in so many bars.
    pub(crate) fn make_room(&mut self, executor: usize, bars: usize) {
        let trades = (bars / BARS).min(MOST);
        self.positions.reserve(trades);
        self.portfolio.closed.reserve(trades);
        self.portfolio.fees.reserve(2 * trades);
        if let Some(executor) = self.executors.get_mut(executor) {
            executor.signals.reserve(trades);
        }
    }
}
