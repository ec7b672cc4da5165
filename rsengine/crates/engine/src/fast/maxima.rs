//! The highest equity and the deepest falls over many bars, without looking at each of them.
//!
//! A gain grows or falls with its price, and rounding keeps that order; so the extremes of some bars
//! bound what any of them can be worth. Only where a bound could matter the bars are summed one by one.

use super::blocks::Extremes;
use super::eights::EIGHT;
use super::few::{self, Few};
use super::lines::{Bounds, Lines};
use super::recall::{self, Recall};
use super::tile::{LaneViews, TILE, Tile};
use super::weight::{Weight, sum_row};
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
    pub(super) fn take_unordered(&mut self, (most, least, worst): (f64, f64, f64)) -> bool {
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

    /// Whether rows within these bounds could change anything; bounds that are no numbers may.
    #[inline]
    pub(crate) fn matters(&self, most: f64, least: f64, worst: f64) -> bool {
        let is_idle = (most <= self.max_equity)
            & (self.max_equity - least <= self.max_drawdown)
            & (self.max_equity - worst <= self.max_drawdown_worst)
            & (self.initial_balance - least <= self.initial_max_drawdown);
        !is_idle
    }
}

/// So many positions of several symbols are bounded one by one.
const FEW: usize = 4;

/// So many bars of a tile are summed one by one before the rest of it is summed at once.
pub(super) const SINGLY: usize = 6;

/// Where to part bars of more than a tile: at a whole tile, so that the blocks of both parts differ.
pub(super) fn middle_of(from: usize, to: usize) -> usize {
    let middle = (from + (to - from) / 2) / TILE * TILE;
    if middle > from { middle } else { middle + TILE }
}

/// What is known of many positions.
#[derive(Debug)]
pub(crate) struct Many<'a> {
    pub(crate) lines: &'a Lines,
    pub(crate) recall: &'a mut Recall,
}

impl Many<'_> {
    fn again(&mut self) -> Many<'_> {
        Many {
            lines: self.lines,
            recall: self.recall,
        }
    }
}

/// What a stretch of bars is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'a> {
    pub(crate) lanes: &'a LaneViews<'a>,
    pub(crate) open: &'a [Option<Weight>],
    pub(crate) cash: f64,
}

impl Stretch<'_> {
    /// Takes in the rows of the bars from one on and before another; `many` where there are such.
    pub(crate) fn see(
        &self,
        maxima: &mut Maxima,
        mut many: Option<Many<'_>>,
        (from, to): (usize, usize),
    ) {
        match self.open {
            [] => {
                let equity = self.cash + 0.0;
                maxima.see(equity, equity);
                return;
            }
            [Some(weight)] if self.see_only(maxima, weight, (from, to)) => return,
            _ => {}
        }
        if many.is_none() && self.lanes.sides.len() == 1 {
            Few::of(self, from).see(maxima, (from, to));
            return;
        }
        let (most, least, worst) = match &many {
            Some(many) => {
                let found = many.lines.bounds(self.cash, self.lanes, (from, to));
                (found.most, found.least, found.worst)
            }
            None => self.bounds(from, to),
        };
        if !maxima.matters(most, least, worst) {
            return;
        }
        if to - from <= TILE {
            match many {
                Some(many) => self.see_some(maxima, many, (from, to)),
                None => self.see_tile(maxima, None, (from, to)),
            }
            return;
        }
        let middle = middle_of(from, to);
        self.see(maxima, many.as_mut().map(Many::again), (from, middle));
        self.see(maxima, many, (middle, to));
    }

    /// The same where positions may have been filled at the close of the first of the bars.
    pub(super) fn see_filled(
        &self,
        maxima: &mut Maxima,
        mut many: Many<'_>,
        (from, to): (usize, usize),
    ) {
        self.see_row(maxima, many.again(), from);
        let bars = (from + 1, to);
        if to <= from + 1 {
            return;
        }
        // Blocks are wider than so few bars.
        if to - from <= EIGHT {
            return self.see_some(maxima, many, bars);
        }
        if self.open.len() > few::MOST {
            return self.see(maxima, Some(many), bars);
        }
        let found = many.lines.bounds(self.cash, self.lanes, bars);
        if maxima.matters(found.most, found.least, found.worst) {
            self.see(maxima, None, bars);
        }
    }

    /// Takes in the rows with one position, false where their order makes a difference.
    pub(super) fn see_only(
        &self,
        maxima: &mut Maxima,
        weight: &Weight,
        (from, to): (usize, usize),
    ) -> bool {
        let (side, blocks) = self.lanes.closing(weight);
        let (most, least, worst) = self.worth(weight, &blocks.bounds(from, to));
        if !maxima.matters(most, least, worst) {
            return true;
        }
        let has_top = most <= maxima.max_equity;
        if !has_top {
            return maxima.take_unordered(self.reached(weight, from, to));
        }
        // Nothing but a fall can count, and only what one is made of is read.
        let bars = (from, to);
        let falls = |top: f64, bottom: f64, known: f64| {
            let is_known = top - bottom <= known;
            !is_known
        };
        let equity = |price| self.cash + (0.0 + weight.gain(price));
        if falls(maxima.max_equity, least, maxima.max_drawdown)
            || falls(maxima.initial_balance, least, maxima.initial_max_drawdown)
        {
            let least = equity(if weight.is_long {
                blocks.furthest(side.close, bars, |of| of.close_low, smaller)
            } else {
                blocks.furthest(side.close, bars, |of| of.close_high, larger)
            });
            maxima.see(least, least);
        }
        if falls(maxima.max_equity, worst, maxima.max_drawdown_worst) {
            let worst = equity(if weight.is_long {
                blocks.furthest(side.low, bars, |of| of.low, smaller)
            } else {
                blocks.furthest(side.high, bars, |of| of.high, larger)
            });
            maxima.max_drawdown_worst =
                larger(maxima.max_drawdown_worst, maxima.max_equity - worst);
        }
        true
    }

    /// What equity with one position is at most, at least, and at the worst.
    fn reached(&self, weight: &Weight, from: usize, to: usize) -> (f64, f64, f64) {
        let (side, blocks) = self.lanes.closing(weight);
        self.worth(weight, &blocks.extremes(side, from, to))
    }

    /// The same of a position at some extremes.
    #[inline]
    fn worth(&self, weight: &Weight, found: &Extremes) -> (f64, f64, f64) {
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

    /// Looks at the bars of a tile one by one, and sums only those that could matter.
    fn see_some(&self, maxima: &mut Maxima, mut many: Many<'_>, (from, to): (usize, usize)) {
        let slack = many.lines.slack(self.cash, self.lanes, (from, to));
        let mut summed = 0;
        for first in (from..to).step_by(EIGHT) {
            let bars = (first, to.min(first + EIGHT));
            let [closes, worsts] = many.lines.eight(self.cash, self.lanes, bars);
            for (bar, (&close, &worst)) in (bars.0..bars.1).zip(closes.iter().zip(&worsts)) {
                let worst = smaller(close, worst) - slack;
                if !maxima.matters(close + slack, close - slack, worst) {
                    continue;
                }
                if summed == SINGLY {
                    self.see_tile(maxima, Some(many.recall), (bar, to));
                    return;
                }
                summed += 1;
                self.see_one(maxima, &mut many, bar, self.open.len());
            }
        }
    }

    /// Takes in the row of a bar, which may have filled the positions from a place on.
    fn see_one(&self, maxima: &mut Maxima, many: &mut Many<'_>, bar: usize, newest: usize) {
        let (total, worst) = if self.lanes.sides.len() == 1 && newest >= recall::MANY {
            many.recall.sum_row(self.lanes, self.open, bar, newest)
        } else {
            sum_row(self.lanes, self.open, bar)
        };
        let equity = self.cash + total;
        maxima.see(equity, smaller(equity, self.cash + worst));
    }

    /// Takes in the row of a bar, at whose close some positions may have been filled; its bounds.
    pub(crate) fn see_row(&self, maxima: &mut Maxima, mut many: Many<'_>, bar: usize) -> Bounds {
        let time_us = self.lanes.time_us[bar];
        let mut weights = self.open.iter();
        let before =
            weights.rposition(|weight| weight.is_some_and(|weight| weight.filled_us != time_us));
        let newest = before.map_or(0, |place| place + 1);
        let bounds = many
            .lines
            .row(self.cash, self.lanes, bar, &self.open[newest..]);
        if maxima.matters(bounds.most, bounds.least, bounds.worst) {
            self.see_one(maxima, &mut many, bar, newest);
        }
        bounds
    }

    fn see_tile(
        &self,
        maxima: &mut Maxima,
        recall: Option<&mut Recall>,
        (from, to): (usize, usize),
    ) {
        self.see_rows(&mut Tile::new(), maxima, recall, (from, to));
    }

    /// Takes in rows one by one, no more of them than a tile has.
    pub(crate) fn see_rows(
        &self,
        tile: &mut Tile,
        maxima: &mut Maxima,
        recall: Option<&mut Recall>,
        (from, to): (usize, usize),
    ) {
        tile.fill_spans(self.lanes, self.open, &[], recall, (from, to));
        let sums = tile.total.iter().zip(&tile.worst).take(to - from);
        for (total, worst) in sums {
            let equity = self.cash + total;
            maxima.see(equity, smaller(equity, self.cash + worst));
        }
    }

    /// What equity is at most, at least, and at the worst at least; sums are those of the rows.
    pub(super) fn bounds(&self, from: usize, to: usize) -> (f64, f64, f64) {
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
