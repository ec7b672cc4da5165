//! Sums of many positions that were made before: the same prices give the same sum.
//!
//! Prices stand on a grid and come back. What all positions are worth at a bid and an ask is kept, and
//! with positions that came since only those are added, as they stand behind the others.

use super::eights::{EIGHT, Prices, add_whole};
use super::tile::{LaneViews, TILE};
use super::weight::Weight;
use crate::arithmetic::smaller;
use crate::candles::CandleView;

/// Sums that are kept; a power of two.
const KEPT: usize = 4_096;

/// From so many positions on it is worth looking for a sum.
pub(crate) const MANY: usize = 32;

/// Pairs of prices that are summed side by side.
const LANES: usize = 3 * EIGHT;

/// So few missing sums are made one by one.
const SINGLY: usize = 4;

/// Stands for how many places a sum counts that is on its way; `sum` is its number then.
const CLAIMED: u32 = u32::MAX;

/// The prices at which positions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Pair {
    pub(super) bid: f64,
    pub(super) ask: f64,
}

impl Pair {
    /// The price at which a position closes.
    #[inline]
    fn closing(self, weight: &Weight) -> f64 {
        if weight.is_long { self.bid } else { self.ask }
    }

    fn place(self) -> usize {
        let mixed = self.bid.to_bits() ^ self.ask.to_bits().rotate_left(29);
        let mixed = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 52) as usize % KEPT
    }
}

/// What the first positions are worth at a pair of prices.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    pair: Pair,
    sum: f64,
    /// How many of the places it counts; none is no sum.
    upto: u32,
    /// Of which positions it is the sum.
    turn: u32,
}

/// Sums of the positions of a list, as long as none but the last places change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recall {
    sums: Vec<Sum>,
    turn: u32,
    /// Pairs whose sums are to be made, and where each is wanted.
    missing: Vec<Pair>,
    wanted: Vec<(usize, usize)>,
}

impl Recall {
    /// Forgets all sums: a place that was counted has changed.
    #[inline]
    pub(crate) fn forget(&mut self) {
        if self.turn == u32::MAX {
            self.sums.clear();
        }
        self.turn = self.turn.wrapping_add(1);
    }

    fn kept(&mut self, pair: Pair) -> &mut Sum {
        if self.sums.is_empty() {
            self.sums.resize(KEPT, Sum::default());
        }
        &mut self.sums[pair.place()]
    }

    /// What positions are worth at a pair of prices, summed in their order.
    pub(super) fn sum(&mut self, open: &[Option<Weight>], pair: Pair) -> f64 {
        let upto = u32::try_from(open.len()).unwrap_or(CLAIMED);
        let turn = self.turn;
        let kept = self.kept(pair);
        let is_known = kept.is_of(pair, turn) && kept.upto <= upto;
        let (sum, from) = if is_known {
            (kept.sum, kept.upto as usize)
        } else {
            (0.0, 0)
        };
        let sum = add_on(sum, &open[from..], pair);
        *kept = Sum {
            pair,
            sum,
            upto,
            turn,
        };
        sum
    }

    /// What positions are worth at the close of a bar of one symbol and at its worst, where those
    /// from a place on may have been filled at that close.
    pub(super) fn sum_row(
        &mut self,
        lanes: &LaneViews<'_>,
        open: &[Option<Weight>],
        bar: usize,
        newest: usize,
    ) -> (f64, f64) {
        let [(bids, _), (asks, _)] = &lanes.sides[0];
        let at = |of: for<'a> fn(&CandleView<'a>) -> &'a [f64]| Pair {
            bid: of(bids)[bar],
            ask: of(asks)[bar],
        };
        let close = at(|side| side.close);
        let time_us = lanes.time_us[bar];
        let [low, high] = [at(|side| side.low), at(|side| side.high)].map(|pair| {
            let before = self.sum(&open[..newest], pair);
            let weights = open[newest..].iter().flatten();
            weights.fold(before, |sum, weight| {
                let pair = if weight.is_fresh(time_us) {
                    close
                } else {
                    pair
                };
                sum + weight.gain(pair.closing(weight))
            })
        });
        (self.sum(open, close), 0.0 + smaller(low, high))
    }

    /// The sums at pairs of prices, at most those of a tile, each where its pair stands.
    pub(super) fn sums(&mut self, open: &[Option<Weight>], pairs: &[Pair], sums: &mut [f64]) {
        let upto = u32::try_from(open.len()).unwrap_or(CLAIMED);
        let turn = self.turn;
        let mut missing = std::mem::take(&mut self.missing);
        let mut wanted = std::mem::take(&mut self.wanted);
        missing.clear();
        wanted.clear();
        for (at, (&pair, sum)) in pairs.iter().zip(&mut *sums).enumerate() {
            let kept = self.kept(pair);
            if kept.is_of(pair, turn) {
                if kept.upto == CLAIMED {
                    wanted.push((at, kept.sum as usize));
                    continue;
                }
                // What came since may be less than what a new sum would count.
                if kept.upto <= upto && (upto - kept.upto) <= upto / 8 {
                    kept.sum = add_on(kept.sum, &open[kept.upto as usize..], pair);
                    kept.upto = upto;
                    *sum = kept.sum;
                    continue;
                }
            }
            wanted.push((at, missing.len()));
            *kept = Sum {
                pair,
                sum: missing.len() as f64,
                upto: CLAIMED,
                turn,
            };
            missing.push(pair);
        }
        let mut found = [0.0; 3 * TILE];
        for (first, pairs) in (0..).step_by(LANES).zip(missing.chunks(LANES)) {
            add_at(open, pairs, &mut found[first..first + pairs.len()]);
        }
        for (&pair, &sum) in missing.iter().zip(&found) {
            *self.kept(pair) = Sum {
                pair,
                sum,
                upto,
                turn,
            };
        }
        for &(at, number) in &wanted {
            sums[at] = found[number];
        }
        (self.missing, self.wanted) = (missing, wanted);
    }
}

impl Sum {
    #[inline]
    fn is_of(&self, pair: Pair, turn: u32) -> bool {
        self.upto > 0 && self.turn == turn && self.pair == pair
    }
}

/// Goes on with a sum.
fn add_on(sum: f64, open: &[Option<Weight>], pair: Pair) -> f64 {
    let weights = open.iter().flatten();
    weights.fold(sum, |sum, weight| sum + weight.gain(pair.closing(weight)))
}

/// The sums at a few pairs of prices.
fn add_at(open: &[Option<Weight>], pairs: &[Pair], sums: &mut [f64]) {
    if pairs.len() < SINGLY {
        for (sum, &pair) in sums.iter_mut().zip(pairs) {
            *sum = add_on(0.0, open, pair);
        }
        return;
    }
    let at = |lane: usize| {
        pairs
            .get(lane)
            .or(pairs.last())
            .copied()
            .unwrap_or_default()
    };
    let side = |of: fn(Pair) -> f64| {
        [0, 1, 2].map(|row| std::array::from_fn(|bar| of(at(row * EIGHT + bar))))
    };
    let prices = Prices([side(|pair| pair.ask), side(|pair| pair.bid)]);
    let found = add_whole(open, &prices, [[0.0; EIGHT]; 3]);
    for (sum, &found) in sums.iter_mut().zip(found.as_flattened()) {
        *sum = found;
    }
}
