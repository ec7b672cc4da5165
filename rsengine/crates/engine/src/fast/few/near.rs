//! What a few positions are worth at each bar of a tile, but for the last bits.

use super::Few;
use crate::arithmetic::{larger, smaller};
use crate::fast::eights::{EIGHT, Prices};
use crate::fast::tile::TILE;

/// What equity without cash is over some bars, wrong by the slack at most.
pub(super) struct Reach {
    pub(super) most: f64,
    pub(super) least: f64,
    pub(super) worst: f64,
}

/// Equity without cash at each of a few bars, wrong by the slack at most.
pub(super) struct Near {
    pub(super) closes: [f64; TILE],
    pub(super) worsts: [f64; TILE],
    pub(super) reach: Reach,
}

impl Near {
    pub(super) fn new(few: &Few<'_>, (from, to): (usize, usize)) -> Self {
        let bars = to - from;
        let mut near = Self {
            closes: [0.0; TILE],
            worsts: [0.0; TILE],
            reach: Reach {
                most: 0.0,
                least: 0.0,
                worst: 0.0,
            },
        };
        let mut most = [f64::NEG_INFINITY; EIGHT];
        let [mut least, mut worst] = [[f64::INFINITY; EIGHT]; 2];
        for first in (0..bars).step_by(EIGHT) {
            // The last bar fills what is left.
            let last = bars.min(first + EIGHT);
            let prices = Prices::of(few.stretch.lanes, (from + first, from + last));
            let [closes, lows, highs] = few.eight(&prices);
            let mut worsts = [0.0; EIGHT];
            for bar in 0..EIGHT {
                worsts[bar] = smaller(closes[bar], smaller(lows[bar], highs[bar]));
                most[bar] = larger(most[bar], closes[bar]);
                least[bar] = smaller(least[bar], closes[bar]);
                worst[bar] = smaller(worst[bar], worsts[bar]);
            }
            near.closes[first..first + EIGHT].copy_from_slice(&closes);
            near.worsts[first..first + EIGHT].copy_from_slice(&worsts);
        }
        near.reach = Reach {
            most: most.into_iter().fold(most[0], larger),
            least: least.into_iter().fold(least[0], smaller),
            worst: worst.into_iter().fold(worst[0], smaller),
        };
        near
    }

    #[inline]
    pub(super) fn row(&self, bar: usize) -> Reach {
        Reach {
            most: self.closes[bar],
            least: self.closes[bar],
            worst: self.worsts[bar],
        }
    }
}

/// The first bar of a tile with a number that is among them.
pub(super) fn place_of(numbers: &[f64; TILE], number: f64) -> usize {
    let mut numbers = numbers.iter();
    numbers.position(|found| *found == number).unwrap_or(0)
}
