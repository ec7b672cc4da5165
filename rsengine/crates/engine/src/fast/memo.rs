//! What is found out about candles once, and remembered with them.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use super::blocks::Blocks;
use super::spreads::Spreads;
use crate::candles::CandleColumns;
use crate::laid_out::Layouts;

/// What is known of the candles of one side.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    /// Whether nobody can write to the columns.
    is_fixed: bool,
    /// What tells the numbers of some columns from others, by which columns they are.
    sums: [OnceLock<u128>; 3],
    blocks: OnceLock<Blocks>,
    shortest_step_us: OnceLock<i64>,
    /// What the checks found of this side, as the bid, together with another, as the ask.
    checked: Mutex<Option<(Weak<Memo>, Checked)>>,
    /// The spreads of this side, as the bid, and another, as the ask.
    spreads: Mutex<Option<(Weak<Memo>, Arc<Spreads>)>>,
    /// How they lie along the keys of runs.
    pub(crate) layouts: Layouts,
    /// Other candles that were found to have the same times.
    same_times: Mutex<Option<Weak<Memo>>>,
}

/// What the checks of both sides found (T2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Checked {
    /// How many bars are crossed.
    pub(crate) crossed: usize,
    /// The first of them.
    pub(crate) first_crossed: Option<usize>,
}

impl Memo {
    /// Of columns that nobody can write to.
    pub(crate) fn fixed() -> Self {
        Self {
            is_fixed: true,
            ..Self::default()
        }
    }

    /// A sum of some of the columns, made once where they cannot change.
    pub(crate) fn sum(&self, which: usize, make: impl FnOnce() -> u128) -> u128 {
        if self.is_fixed {
            *self.sums[which].get_or_init(make)
        } else {
            make()
        }
    }

    /// The extremes of blocks of bars, made at the first call; the candles have passed the checks.
    pub(crate) fn blocks(&self, candles: &CandleColumns) -> &Blocks {
        self.blocks.get_or_init(|| Blocks::of(&candles.view()))
    }

    /// The spreads of these bids and their asks, which have passed the checks together.
    pub(crate) fn spreads(bids: &CandleColumns, asks: &CandleColumns) -> Arc<Spreads> {
        let kept = bids.memo.spreads.lock();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        if let Some((with, spreads)) = &*kept
            && with
                .upgrade()
                .is_some_and(|with| Arc::ptr_eq(&with, &asks.memo))
        {
            return Arc::clone(spreads);
        }
        let spreads = Arc::new(Spreads::of(&bids.view(), &asks.view()));
        *kept = Some((Arc::downgrade(&asks.memo), Arc::clone(&spreads)));
        spreads
    }

    /// The shortest step between two bars, 0 where there are no two.
    pub(crate) fn shortest_step_us(&self, times_us: &[i64]) -> i64 {
        let steps = || times_us.windows(2).map(|pair| pair[1] - pair[0]);
        *self
            .shortest_step_us
            .get_or_init(|| steps().min().unwrap_or(0))
    }

    /// Whether these candles have the times of others: `compare` says so, unless it was asked before.
    pub(crate) fn has_times_of(&self, other: &Arc<Memo>, compare: impl FnOnce() -> bool) -> bool {
        let mut known = self
            .same_times
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let with = known.as_ref().and_then(Weak::upgrade);
        if with.is_some_and(|with| Arc::ptr_eq(&with, other)) {
            return true;
        }
        let are_same = compare();
        if are_same {
            *known = Some(Arc::downgrade(other));
        }
        are_same
    }

    /// What the checks found of this bid with an ask, if they were made.
    pub(crate) fn checked_with(&self, ask: &Arc<Memo>) -> Option<Checked> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let (with, found) = checked.as_ref()?;
        let is_it = with.upgrade().is_some_and(|with| Arc::ptr_eq(&with, ask));
        is_it.then_some(*found)
    }

    /// Remembers that the checks found no fault of this bid with an ask.
    pub(crate) fn remember(&self, ask: &Arc<Memo>, found: Checked) {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        *checked = Some((Arc::downgrade(ask), found));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::Memo;

    #[test]
    fn a_sum_is_remembered_where_columns_cannot_change() {
        let made = Cell::new(0);
        let ask = |memo: &Memo, which: usize| {
            memo.sum(which, || {
                made.set(made.get() + 1);
                made.get()
            })
        };
        let free = Memo::default();
        assert_eq!([ask(&free, 0), ask(&free, 0)], [1, 2]);
        let fixed = Memo::fixed();
        assert_eq!([ask(&fixed, 0), ask(&fixed, 1), ask(&fixed, 0)], [3, 4, 3]);
    }
}
