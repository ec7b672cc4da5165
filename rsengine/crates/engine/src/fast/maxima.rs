//! The highest equity and the deepest falls over many bars, without looking at each of them.
//!
//! A gain grows or falls with its price, and rounding keeps that order; so the extremes of some bars
//! bound what any of them can be worth. Only where a bound could matter the bars are summed one by one.

use super::blocks::Extremes;
use super::lines::Lines;
use super::tile::{LaneViews, TILE, Tile, Weight};
use crate::arithmetic::{larger, smaller};

/// The highest equity so far, and the falls from it (P3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Maxima {
    pub(crate) initial_balance: f64,
    pub(crate) max_equity: f64,
    pub(crate) max_drawdown: f64,
    pub(crate) max_drawdown_worst: f64,
    pub(crate) initial_max_drawdown: f64,
}

impl Maxima {
    /// Takes a row in.
    #[inline]
    pub(crate) fn see(&mut self, equity: f64, equity_worst: f64) {
        self.max_equity = larger(self.max_equity, equity);
        self.max_drawdown = larger(self.max_drawdown, self.max_equity - equity);
        let fall = self.max_equity - equity_worst;
        self.max_drawdown_worst = larger(self.max_drawdown_worst, fall);
        let below = self.initial_balance - equity;
        self.initial_max_drawdown = larger(self.initial_max_drawdown, below);
    }

    /// Takes in rows of which these are the extremes, if their order makes no difference.
    fn take_unordered(&mut self, (most, least, worst): (f64, f64, f64)) -> bool {
        let top = larger(self.max_equity, most);
        let (fall, fall_worst) = (top - least, top - worst);
        if top > self.max_equity {
            if fall > self.max_drawdown || fall_worst > self.max_drawdown_worst {
                return false;
            }
            self.max_equity = top;
        } else {
            self.max_drawdown = larger(self.max_drawdown, fall);
            self.max_drawdown_worst = larger(self.max_drawdown_worst, fall_worst);
        }
        let below = self.initial_balance - least;
        self.initial_max_drawdown = larger(self.initial_max_drawdown, below);
        true
    }

    /// Whether rows within these bounds could change anything.
    #[inline]
    fn matters(&self, most: f64, least: f64, worst: f64) -> bool {
        (most > self.max_equity)
            | (self.max_equity - least > self.max_drawdown)
            | (self.max_equity - worst > self.max_drawdown_worst)
            | (self.initial_balance - least > self.initial_max_drawdown)
    }
}

/// So many positions are bounded one by one.
const FEW: usize = 4;

/// What a stretch of bars is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'a> {
    pub(crate) lanes: &'a LaneViews<'a>,
    pub(crate) open: &'a [Option<Weight>],
    pub(crate) cash: f64,
}

impl Stretch<'_> {
    /// Takes in the rows of the bars from one on and before another.
    pub(crate) fn see(&self, maxima: &mut Maxima, from: usize, to: usize) {
        let lines = (self.open.len() > FEW)
            .then(|| Lines::of(self.open, self.lanes.sides.len(), self.cash));
        self.see_within(maxima, lines.as_ref(), from, to);
    }

    fn see_within(&self, maxima: &mut Maxima, lines: Option<&Lines>, from: usize, to: usize) {
        let (most, least, worst) = match lines {
            Some(lines) => lines.bounds(self.lanes, from, to),
            None => self.bounds(from, to),
        };
        if !maxima.matters(most, least, worst) {
            return;
        }
        if let [Some(weight)] = self.open
            && maxima.take_unordered(self.reached(weight, from, to))
        {
            return;
        }
        if to - from <= TILE {
            self.see_each(maxima, from, to);
            return;
        }
        // At a whole tile, so that the blocks of both parts differ.
        let middle = from + (to - from) / 2;
        let middle = (middle / TILE * TILE).max(from + 1);
        self.see_within(maxima, lines, from, middle);
        self.see_within(maxima, lines, middle, to);
    }

    /// What equity with one position is at most, at least, and at the worst.
    fn reached(&self, weight: &Weight, from: usize, to: usize) -> (f64, f64, f64) {
        let (side, blocks) = self.lanes.closing(weight);
        let found = blocks.extremes(side, from, to);
        let equity = |price| self.cash + (0.0 + weight.gain(price));
        if weight.is_long {
            let least = equity(found.close_low);
            (
                equity(found.close_high),
                least,
                smaller(least, equity(found.low)),
            )
        } else {
            let least = equity(found.close_high);
            (
                equity(found.close_low),
                least,
                smaller(least, equity(found.high)),
            )
        }
    }

    fn see_each(&self, maxima: &mut Maxima, from: usize, to: usize) {
        self.see_rows(&mut Tile::new(), maxima, from, to);
    }

    /// Takes in rows one by one, no more of them than a tile has.
    pub(crate) fn see_rows(&self, tile: &mut Tile, maxima: &mut Maxima, from: usize, to: usize) {
        tile.fill(self.lanes, self.open, from, to);
        let sums = tile.total.iter().zip(&tile.worst).take(to - from);
        for (total, worst) in sums {
            let equity = self.cash + total;
            maxima.see(equity, smaller(equity, self.cash + worst));
        }
    }

    /// What equity is at most, at least, and at the worst at least; sums are those of the rows.
    fn bounds(&self, from: usize, to: usize) -> (f64, f64, f64) {
        let symbols = self.lanes.sides.len();
        let mut few = [[None; 2]; FEW];
        let mut many = Vec::new();
        let known = if symbols <= FEW {
            few.as_mut_slice()
        } else {
            many.resize(symbols, [None; 2]);
            many.as_mut_slice()
        };
        let mut extremes = |weight: &Weight| -> Extremes {
            *known[weight.mark][usize::from(weight.is_long)].get_or_insert_with(|| {
                let (_, blocks) = self.lanes.closing(weight);
                blocks.bounds(from, to)
            })
        };
        let (mut most, mut least, mut worst) = (0.0, 0.0, 0.0);
        for weight in self.open.iter().flatten() {
            let found = extremes(weight);
            let (best, worst) = if weight.is_long {
                (found.close_high, found.close_low)
            } else {
                (found.close_low, found.close_high)
            };
            most += weight.gain(best);
            least += weight.gain(worst);
        }
        for mark in 0..symbols {
            let mut low = 0.0;
            for weight in self
                .open
                .iter()
                .flatten()
                .filter(|weight| weight.mark == mark)
            {
                let found = extremes(weight);
                low += weight.gain(if weight.is_long {
                    found.low
                } else {
                    found.high
                });
            }
            worst += low;
        }
        let (most, least) = (self.cash + most, self.cash + least);
        (most, least, smaller(least, self.cash + worst))
    }
}
