//! The maxima over many bars with a few positions of one symbol, of which hardly any bar is summed.
//!
//! What positions are worth at one bar is summed; from there on it follows the prices along two
//! straight lines, one for the longs and one for the shorts. Prices are near, so the lines are wrong by
//! next to nothing, and equity at most bars is known to the last bit, or known not to matter.

use self::near::{Near, Reach, place_of};
use super::blocks::Extremes;
use super::eights::{EIGHT, Prices, Three};
use super::maxima::{Maxima, SINGLY, Stretch, middle_of};
use super::tile::{TILE, Tile};
use crate::arithmetic::{larger, smaller};

mod near;

/// Up to so many positions lines are drawn anew for each stretch.
pub(crate) const MOST: usize = 16;

/// Positions that close on one side.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    /// What a unit of price is worth.
    slope: f64,
    /// The same of positions both ways, without signs.
    size: f64,
    /// Close of the bar that was summed.
    anchor: f64,
}

impl Line {
    #[inline]
    fn at(&self, price: f64) -> f64 {
        self.slope * (price - self.anchor)
    }

    /// Takes in what it reaches at prices between these.
    #[inline]
    fn reach(&self, reach: &mut Reach, of: &Extremes) {
        let [most, least, worst] = if self.slope > 0.0 {
            [of.close_high, of.close_low, of.low]
        } else {
            [of.close_low, of.close_high, of.high]
        };
        reach.most += self.at(most);
        reach.least += self.at(least);
        reach.worst += self.at(worst);
    }

    /// How far prices go from the anchor.
    #[inline]
    fn distance(&self, of: &Extremes) -> f64 {
        larger(of.high - self.anchor, self.anchor - of.low)
    }
}

/// What a few positions come to over a stretch of bars.
pub(super) struct Few<'a> {
    stretch: &'a Stretch<'a>,
    /// Shorts and longs: they close on the ask and on the bid.
    lines: [Line; 2],
    /// What the positions are worth at the anchors.
    total: f64,
    /// The same without signs.
    depth: f64,
    /// What rounding can do, as a part of all that is summed.
    rounding: f64,
}

impl<'a> Few<'a> {
    /// Lines from the close of a bar on; none of the positions was filled at the bars that follow.
    pub(super) fn of(stretch: &'a Stretch<'a>, anchor: usize) -> Self {
        let [(bid, _), (ask, _)] = &stretch.lanes.sides[0];
        let mut lines = [ask, bid].map(|side| Line {
            anchor: side.close[anchor],
            ..Line::default()
        });
        let (mut total, mut depth) = (0.0, 0.0);
        let mut count = 0.0;
        for weight in stretch.open.iter().flatten() {
            let line = &mut lines[usize::from(weight.is_long)];
            let (slope, _) = weight.line();
            let gain = weight.gain(line.anchor);
            line.slope += slope;
            line.size += slope.abs();
            total += gain;
            depth += gain.abs();
            count += 1.0;
        }
        Self {
            stretch,
            lines,
            total,
            depth,
            // A row and the anchor's are sums of so many products, and so are the slopes.
            rounding: (2.0 * count + 24.0) * f64::EPSILON,
        }
    }

    /// Takes in the rows of the bars from one on and before another.
    pub(super) fn see(&self, maxima: &mut Maxima, (from, to): (usize, usize)) {
        if self.depth == 0.0 && self.lines.iter().all(|line| line.size == 0.0) {
            let equity = self.stretch.cash + 0.0;
            maxima.see(equity, equity);
            return;
        }
        let (reach, slack) = self.reach((from, to));
        self.see_within(maxima, (from, to), (&reach, slack));
    }

    /// The same where it is known what they reach.
    fn see_within(
        &self,
        maxima: &mut Maxima,
        (from, to): (usize, usize),
        (reach, slack): (&Reach, f64),
    ) {
        if !self.matters(maxima, reach, slack) {
            return;
        }
        if let [Some(weight)] = self.stretch.open
            && self.stretch.see_only(maxima, weight, (from, to))
        {
            return;
        }
        if to - from <= TILE {
            self.see_tile(maxima, (from, to), slack);
            return;
        }
        let middle = middle_of(from, to);
        let mut parts = [(from, middle), (middle, to)].map(|bars| (bars, self.reach(bars)));
        // Where no row is the highest their order makes no difference: the lowest first.
        let [(_, (first, _)), (_, (second, _))] = &parts;
        if self.equity(reach.most + slack) <= maxima.max_equity && second.least < first.least {
            parts.reverse();
        }
        for (bars, (reach, slack)) in &parts {
            self.see_within(maxima, *bars, (reach, *slack));
        }
    }

    #[inline]
    fn equity(&self, total: f64) -> f64 {
        self.stretch.cash + total
    }

    /// Whether rows could change anything.
    #[inline]
    fn matters(&self, maxima: &Maxima, reach: &Reach, slack: f64) -> bool {
        let least = self.equity(reach.least - slack);
        maxima.matters(
            self.equity(reach.most + slack),
            least,
            smaller(least, self.equity(reach.worst - slack)),
        )
    }

    /// What the rows of some bars reach, and by how much that may be wrong.
    fn reach(&self, (from, to): (usize, usize)) -> (Reach, f64) {
        let mut reach = Reach {
            most: self.total,
            least: self.total,
            worst: self.total,
        };
        let [(_, bid), (_, ask)] = &self.stretch.lanes.sides[0];
        let [shorts, longs] = &self.lines;
        let depth = if longs.size > 0.0 && shorts.size > 0.0 {
            // What they are worth together follows one side, and the spread.
            let extremes = bid.bounds(from, to);
            let both = Line {
                slope: longs.slope + shorts.slope,
                ..*longs
            };
            both.reach(&mut reach, &extremes);
            let spread = self.stretch.lanes.spreads().bounds(from, to);
            let apart = Line {
                anchor: shorts.anchor - longs.anchor,
                ..*shorts
            };
            let (wide, narrow) = (apart.at(spread.most), apart.at(spread.least));
            reach.most += larger(wide, narrow);
            reach.least += smaller(wide, narrow);
            reach.worst += smaller(wide, narrow);
            let away = larger(spread.most - apart.anchor, apart.anchor - spread.least);
            let distance = longs.distance(&extremes);
            longs.size * distance + shorts.size * (distance + away)
        } else {
            let (line, blocks) = if longs.size > 0.0 {
                (longs, bid)
            } else {
                (shorts, ask)
            };
            let extremes = blocks.bounds(from, to);
            line.reach(&mut reach, &extremes);
            line.size * line.distance(&extremes)
        };
        (reach, self.rounding * (self.depth + depth))
    }

    /// Takes in the rows of no more bars than a tile has.
    fn see_tile(&self, maxima: &mut Maxima, (from, to): (usize, usize), slack: f64) {
        let near = Near::new(self, (from, to));
        if !self.matters(maxima, &near.reach, slack) {
            return;
        }
        let reach = &near.reach;
        let mut summed = 0;
        if self.equity(reach.most + slack) <= maxima.max_equity {
            // No row is the highest, so that their order makes no difference.
            let worst = place_of(&near.worsts, reach.worst);
            let least = place_of(&near.closes, reach.least);
            self.see_one(maxima, from + worst);
            self.see_one(maxima, from + least);
            summed = 2;
        } else if !self.falls(maxima, reach, slack) {
            self.see_one(maxima, from + place_of(&near.closes, reach.most));
            summed = 1;
        }
        if summed > 0 && !self.matters(maxima, reach, slack) {
            return;
        }
        for first in (0..to - from).step_by(EIGHT) {
            let last = (to - from).min(first + EIGHT);
            let matters = |bar| self.matters(maxima, &near.row(bar), slack);
            if !(first..last).fold(false, |any, bar| any | matters(bar)) {
                continue;
            }
            for bar in first..last {
                if !self.matters(maxima, &near.row(bar), slack) {
                    continue;
                }
                if summed >= SINGLY {
                    let (tile, rows) = (&mut Tile::new(), (from + bar, to));
                    self.stretch.see_rows(tile, maxima, None, rows);
                    return;
                }
                self.see_one(maxima, from + bar);
                summed += 1;
            }
        }
    }

    /// Whether a row could be a deeper fall than any, even from the highest of them.
    fn falls(&self, maxima: &Maxima, reach: &Reach, slack: f64) -> bool {
        let top = larger(maxima.max_equity, self.equity(reach.most + slack));
        let least = self.equity(reach.least - slack);
        let worst = smaller(least, self.equity(reach.worst - slack));
        let idle = (top - least <= maxima.max_drawdown)
            & (top - worst <= maxima.max_drawdown_worst)
            & (maxima.initial_balance - least <= maxima.initial_max_drawdown);
        !idle
    }

    /// What the positions are worth at eight bars: closes, lows and highs.
    #[inline]
    fn eight(&self, prices: &Prices) -> Three {
        let [shorts, longs] = &self.lines;
        let [asks, bids] = &prices.0;
        let mut sums = [[self.total; EIGHT]; 3];
        for (sums, (asks, bids)) in sums.iter_mut().zip(asks.iter().zip(bids)) {
            for bar in 0..EIGHT {
                sums[bar] += shorts.at(asks[bar]) + longs.at(bids[bar]);
            }
        }
        sums
    }

    /// Takes in the row of a bar.
    fn see_one(&self, maxima: &mut Maxima, bar: usize) {
        let [(bid, _), (ask, _)] = &self.stretch.lanes.sides[0];
        let prices = [ask, bid].map(|side| [side.close[bar], side.low[bar], side.high[bar]]);
        let mut sums = [0.0; 3];
        for weight in self.stretch.open.iter().flatten() {
            let prices = &prices[usize::from(weight.is_long)];
            for (sum, &price) in sums.iter_mut().zip(prices) {
                *sum += weight.gain(price);
            }
        }
        let [total, low, high] = sums;
        let equity = self.equity(total);
        let worst = self.equity(0.0 + smaller(low, high));
        maxima.see(equity, smaller(equity, worst));
    }
}

#[cfg(test)]
mod tests;
