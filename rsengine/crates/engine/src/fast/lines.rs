//! What many positions are worth together, as one straight line for each side of each symbol.
//!
//! The sum of the lines is not the sum of the rows to the last bit, so it only bounds them: by more
//! than what rounding can make of so many numbers.

use super::eights::EIGHT;
use super::tile::LaneViews;
use super::weight::Weight;
use crate::arithmetic::smaller;

/// Positions of one symbol that close on one side.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    /// What a unit of price is worth.
    slope: f64,
    /// What is worth nothing at a price of 0.
    offset: f64,
    /// All slopes that ever went in, above 0, for what rounding can do.
    size: f64,
    /// The same of the offsets.
    depth: f64,
}

impl Line {
    #[inline]
    fn turn(&mut self, (slope, price): (f64, f64), sign: f64) {
        self.slope += sign * slope;
        self.offset += sign * (slope * price);
        if sign > 0.0 {
            self.size += slope.abs();
            self.depth += (slope * price).abs();
        }
    }

    #[inline]
    fn at(&self, price: f64) -> f64 {
        (self.slope * price) - self.offset
    }
}

/// The lines of all open positions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines {
    /// By mark, shorts and longs: they close on the ask and on the bid.
    lines: Vec<[Line; 2]>,
    /// How many positions are in them.
    count: usize,
    /// How often one went in or out since they were made.
    changes: usize,
}

/// What equity is at most, at least, and at the worst at least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) most: f64,
    pub(crate) least: f64,
    pub(crate) worst: f64,
}

impl Lines {
    pub(crate) fn of(open: &[Option<Weight>]) -> Self {
        let mut lines = Self::default();
        for weight in open {
            lines.add(weight.as_ref());
        }
        lines.changes = 0;
        lines
    }

    #[inline]
    pub(crate) fn add(&mut self, weight: Option<&Weight>) {
        if let Some(weight) = weight {
            self.turn(weight, 1.0);
            self.count += 1;
        }
    }

    /// Takes out a position that was added.
    #[inline]
    pub(crate) fn take(&mut self, weight: Option<&Weight>) {
        if let Some(weight) = weight {
            self.turn(weight, -1.0);
            self.count -= 1;
        }
    }

    #[inline]
    fn turn(&mut self, weight: &Weight, sign: f64) {
        if self.lines.len() <= weight.mark {
            self.lines.resize(weight.mark + 1, [Line::default(); 2]);
        }
        let line = &mut self.lines[weight.mark][usize::from(weight.is_long)];
        line.turn(weight.line(), sign);
        self.changes += 1;
    }

    /// Whether so many went in and out that they should be made anew.
    pub(crate) fn is_worn(&self) -> bool {
        self.changes > 64 + 2 * self.count
    }

    /// What rounding can make of the sums over some bars, the rows' own included.
    pub(crate) fn slack(
        &self,
        cash: f64,
        lanes: &LaneViews<'_>,
        (from, to): (usize, usize),
    ) -> f64 {
        let mut scale = cash.abs();
        for (lines, sides) in self.lines.iter().zip(&lanes.sides) {
            for (line, (_, blocks)) in lines.iter().zip([&sides[1], &sides[0]]) {
                if line.size > 0.0 {
                    // No price of the bars or of the positions lies beyond these.
                    scale += line.size * blocks.bounds(from, to).high + line.depth;
                }
            }
        }
        let sums = (self.count + self.changes) as f64;
        (4.0 * sums + 64.0) * f64::EPSILON * scale
    }

    /// The bounds of all rows of some bars.
    pub(crate) fn bounds(
        &self,
        cash: f64,
        lanes: &LaneViews<'_>,
        (from, to): (usize, usize),
    ) -> Bounds {
        let (mut most, mut least, mut worst) = (cash, cash, cash);
        for (lines, sides) in self.lines.iter().zip(&lanes.sides) {
            // Shorts close on the ask, longs on the bid.
            for (line, (_, blocks)) in lines.iter().zip([&sides[1], &sides[0]]) {
                if line.size == 0.0 {
                    continue;
                }
                let found = blocks.bounds(from, to);
                let (best, meanest, lowest) = if line.slope > 0.0 {
                    (found.close_high, found.close_low, found.low)
                } else {
                    (found.close_low, found.close_high, found.high)
                };
                most += line.at(best);
                least += line.at(meanest);
                worst += line.at(lowest);
            }
        }
        let slack = self.slack(cash, lanes, (from, to));
        Bounds {
            most: most + slack,
            least: least - slack,
            worst: smaller(least, worst) - slack,
        }
    }

    /// Equity at up to eight bars and at the worst of each, wrong by the slack at most.
    pub(crate) fn eight(
        &self,
        cash: f64,
        lanes: &LaneViews<'_>,
        (from, to): (usize, usize),
    ) -> [[f64; EIGHT]; 2] {
        let bars = to - from;
        let (mut closes, mut worsts) = ([cash; EIGHT], [cash; EIGHT]);
        for (lines, sides) in self.lines.iter().zip(&lanes.sides) {
            let (mut low, mut high) = ([0.0; EIGHT], [0.0; EIGHT]);
            for (line, (side, _)) in lines.iter().zip([&sides[1], &sides[0]]) {
                if line.size == 0.0 {
                    continue;
                }
                line.add(&side.close[from..to], &mut closes[..bars]);
                line.add(&side.low[from..to], &mut low[..bars]);
                line.add(&side.high[from..to], &mut high[..bars]);
            }
            for (worst, (&low, &high)) in worsts.iter_mut().zip(low.iter().zip(&high)) {
                *worst += smaller(low, high);
            }
        }
        [closes, worsts]
    }

    /// The bounds of one row; those of the newest that were filled at its close count there alone.
    pub(crate) fn row(
        &self,
        cash: f64,
        lanes: &LaneViews<'_>,
        bar: usize,
        newest: &[Option<Weight>],
    ) -> Bounds {
        let time_us = lanes.time_us[bar];
        let (mut close, mut worst) = (cash, cash);
        for (mark, (lines, sides)) in self.lines.iter().zip(&lanes.sides).enumerate() {
            let (mut low, mut high) = (0.0, 0.0);
            for (line, (side, _)) in lines.iter().zip([&sides[1], &sides[0]]) {
                close += line.at(side.close[bar]);
                low += line.at(side.low[bar]);
                high += line.at(side.high[bar]);
            }
            let is_fresh = |weight: &&Weight| weight.mark == mark && weight.is_fresh(time_us);
            for weight in newest.iter().flatten().filter(is_fresh) {
                let (side, _) = lanes.closing(weight);
                let at_close = weight.gain(side.close[bar]);
                low += at_close - weight.gain(side.low[bar]);
                high += at_close - weight.gain(side.high[bar]);
            }
            worst += smaller(low, high);
        }
        let slack = self.slack(cash, lanes, (bar, bar + 1));
        Bounds {
            most: close + slack,
            least: close - slack,
            worst: smaller(close, worst) - slack,
        }
    }
}

impl Line {
    #[inline]
    fn add(&self, prices: &[f64], sums: &mut [f64]) {
        for (sum, &price) in sums.iter_mut().zip(prices) {
            *sum += self.at(price);
        }
    }
}
