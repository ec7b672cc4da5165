//! What equity cannot fall below for a while: mostly all that an order has to know of it.

use crate::arithmetic::smaller;
use crate::fast::{LaneViews, Weight};

/// Keys over which it holds: as many as a coarse block has.
const KEYS: usize = 1_024;

/// The least that the open positions are worth at any close of some keys.
#[derive(Debug, Default)]
pub(super) struct Floor {
    /// From one key on and before another; none where nobody has looked.
    from: usize,
    to: usize,
    /// By positions, in the order of their fills.
    each: Vec<f64>,
    sum: f64,
    /// All terms that ever went in, above 0.
    scale: f64,
    /// How often a term was added or taken off.
    steps: u64,
}

impl Floor {
    pub(super) fn clear(&mut self) {
        (self.from, self.to) = (0, 0);
    }

    /// Whether it holds at the row of a key.
    pub(super) fn has(&self, key: usize) -> bool {
        self.from <= key && key < self.to
    }

    /// Looks at the keys around one.
    pub(super) fn look<'a>(
        &mut self,
        lanes: &LaneViews<'_>,
        weights: impl Iterator<Item = &'a Weight>,
        key: usize,
    ) {
        self.from = key / KEYS * KEYS;
        self.to = (self.from + KEYS).min(lanes.time_us.len());
        self.each.clear();
        (self.sum, self.scale, self.steps) = (0.0, 0.0, 0);
        for weight in weights {
            self.enter(lanes, weight);
        }
    }

    pub(super) fn enter(&mut self, lanes: &LaneViews<'_>, weight: &Weight) {
        if self.from == self.to {
            return;
        }
        let found = lanes.closing(weight).1.bounds(self.from, self.to);
        let least = smaller(weight.gain(found.close_low), weight.gain(found.close_high));
        self.each.push(least);
        self.sum += least;
        self.scale += least.abs();
        self.steps += 1;
    }

    pub(super) fn leave(&mut self, at: usize) {
        if self.from < self.to {
            self.sum -= self.each.remove(at);
            self.steps += 1;
        }
    }

    /// The least equity, and before which key it holds.
    ///
    /// The total of a row adds up gains in the order of the fills. A gain is no less than its position's
    /// term, so, as rounding keeps order, the total is no less than the terms summed in that order. That
    /// sum is off by no more than one rounding for each position, each of at most half an epsilon of all
    /// terms; `sum` by one for each step, since no partial sum is above `scale`; and what cash adds by
    /// four. Each position took a step, so a whole epsilon for each step and sixteen more is above them.
    pub(super) fn of(&self, cash: f64) -> (f64, usize) {
        let slack = (self.steps as f64 + 16.0) * f64::EPSILON * (self.scale + cash.abs());
        (cash + self.sum - slack, self.to)
    }
}
