//! Rows of a tile to within the last bits, which tell the few that have to be summed as `marks` does.
//!
//! A position that is open in all of them is worth its prices times what a unit of price is worth, less a
//! number for all rows. So a row takes a product and a sum for each such position; those that came or
//! left in between are added as they are.

use super::TILE;
use crate::arithmetic::{larger, smaller};
use crate::candles::CandleView;
use crate::fast::tile::Span;
use crate::fast::{LaneViews, Maxima, Weight};

/// A few rows, and what is open in them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) lanes: &'a LaneViews<'a>,
    /// In the order of the fills.
    pub(super) open: &'a [Option<Weight>],
    /// In which of the rows they are, as far as it is not all.
    pub(super) spans: &'a [Span],
    /// By rows.
    pub(super) cash: &'a [f64],
    /// The key of the first row.
    pub(super) from: usize,
}

/// A position that is open in all rows.
#[derive(Debug, Clone, Copy)]
struct Line {
    /// What a unit of price is worth.
    unit: f64,
    mark: usize,
    is_long: bool,
}

/// What equity is in a few rows, to within a slack.
#[derive(Debug, Default)]
pub(super) struct Nearly {
    whole: Vec<Line>,
    /// Places of those that are open in some of the rows only, or were filled at the close of one.
    parts: Vec<usize>,
    /// What comes off the products of `whole`.
    less: f64,
    slack: f64,
    /// By rows what the positions are worth at the closes, and by the column that was read last.
    close: [f64; TILE],
    sums: [f64; TILE],
    /// Marks and places of the open positions, those of a symbol side by side.
    order: Vec<(usize, usize)>,
}

impl Rows<'_> {
    pub(super) fn keys(&self) -> (usize, usize) {
        (self.from, self.from + self.cash.len())
    }

    fn span(&self, place: usize) -> Span {
        self.spans.get(place).copied().unwrap_or(Span::ALL)
    }

    /// The highest and the lowest close of a position and the worst of its prices, as gains.
    fn extremes(&self, weight: &Weight, (first, last): (usize, usize)) -> [f64; 3] {
        let found = self.lanes.closing(weight).1.bounds(first, last);
        let prices = if weight.is_long {
            [found.close_high, found.close_low, found.low]
        } else {
            [found.close_low, found.close_high, found.high]
        };
        let [best, mean, low] = prices.map(|price| weight.gain(price));
        [best, mean, smaller(mean, low)]
    }
}

impl Nearly {
    /// What equity is at most, at least, and at the worst at least in rows.
    ///
    /// A gain grows or falls with its price, and rounding keeps that order; a position that is not open
    /// counts 0, and here the better or the worse of 0 and its extreme. The rest is rounding. A gain is
    /// off by three roundings, a product of price and unit by two, each of at most half an epsilon of
    /// what the position's prices, that of its entry among them, come to: its part of `scale`. A row adds
    /// up a gain for each position and once more for each symbol, in whatever order; here as many
    /// products are added, and as many numbers that come off. That makes less than four roundings of
    /// `scale` for each position, and less than sixteen for all with those of cash; the slack is as many
    /// whole epsilons.
    pub(super) fn bounds(&mut self, rows: &Rows<'_>) -> (f64, f64, f64) {
        let mut cash = rows.cash.iter();
        let first = cash.next().copied().unwrap_or_default();
        let cash = cash.fold((first, first), |(least, most), &cash| {
            (smaller(least, cash), larger(most, cash))
        });
        let keys = rows.keys();
        let first_us = rows.lanes.time_us[keys.0];
        let (mut most, mut least, mut worst) = (0.0, 0.0, 0.0);
        let mut scale = larger(cash.0.abs(), cash.1.abs());
        self.whole.clear();
        self.parts.clear();
        self.less = 0.0;
        for (place, weight) in rows.open.iter().enumerate() {
            let Some(weight) = weight else {
                continue;
            };
            let (unit, price) = weight.line();
            if rows.span(place) == Span::ALL && weight.filled_us < first_us {
                let (mark, is_long) = (weight.mark, weight.is_long);
                self.whole.push(Line {
                    unit,
                    mark,
                    is_long,
                });
                self.less += unit * price;
                let found = rows.lanes.closing(weight).1.bounds(keys.0, keys.1);
                let [best, mean, low] = if is_long {
                    [found.close_high, found.close_low, found.low]
                } else {
                    [found.close_low, found.close_high, found.high]
                };
                (most, least, worst) =
                    (most + unit * best, least + unit * mean, worst + unit * low);
                scale += unit.abs() * (found.high + price.abs());
                continue;
            }
            self.parts.push(place);
            let (first, last) = rows.span(place).bars(keys.0, keys.1);
            if first < last {
                let [best, mean, low] = rows.extremes(weight, (first, last));
                most += larger(best, 0.0);
                (least, worst) = (least + smaller(mean, 0.0), worst + smaller(low, 0.0));
                scale += larger(best.abs(), low.abs());
            }
        }
        self.slack = (4.0 * rows.open.len() as f64 + 16.0) * f64::EPSILON * scale;
        let [most, least, worst] = [most, least, worst].map(|sum| sum - self.less);
        let (most, least) = (cash.1 + most + self.slack, cash.0 + least - self.slack);
        (most, least, smaller(least, cash.0 + worst - self.slack))
    }

    /// Shows the maxima rows of which the bounds were asked for: those that could matter.
    pub(super) fn see(
        &mut self,
        rows: &Rows<'_>,
        (most, least, worst): (f64, f64, f64),
        maxima: &mut Maxima,
    ) {
        // Most often only one of the two can matter, and only what it is made of is read.
        let by_close = maxima.matters(most, least, f64::INFINITY);
        let by_worst = larger(maxima.max_equity, most) - worst > maxima.max_drawdown_worst;
        if by_close {
            self.find(rows, |side, _| side.close);
            self.close = self.sums;
        } else {
            self.close = [0.0; TILE];
        }
        if by_worst {
            self.find(rows, worst_of);
        }
        self.order.clear();
        for (row, &cash) in rows.cash.iter().enumerate() {
            let (mut bounds, slack) = (
                (f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY),
                self.slack,
            );
            if by_close {
                let close = cash + self.close[row];
                (bounds.0, bounds.1) = (close + slack, close - slack);
            }
            if by_worst {
                // No more than at the close, but for the last bits.
                bounds.2 = cash + self.sums[row] - slack;
            }
            if maxima.matters(bounds.0, bounds.1, bounds.2) {
                let (total, worst) = self.sum(rows, row);
                let equity = cash + total;
                maxima.see(equity, smaller(equity, cash + worst));
            }
        }
    }

    /// Finds what the positions are worth by one of their columns, nearly.
    fn find<'a>(&mut self, rows: &Rows<'a>, of: impl Fn(&CandleView<'a>, bool) -> &'a [f64]) {
        let (from, to) = rows.keys();
        let mut sums = [-self.less; TILE];
        for line in &self.whole {
            let (side, _) = &rows.lanes.sides[line.mark][usize::from(!line.is_long)];
            let prices = of(side, line.is_long);
            if let Some(prices) = prices[from..].first_chunk::<TILE>() {
                for (sum, price) in sums.iter_mut().zip(prices) {
                    *sum += line.unit * price;
                }
            } else {
                for (sum, price) in sums.iter_mut().zip(&prices[from..]) {
                    *sum += line.unit * price;
                }
            }
        }
        for &place in &self.parts {
            if let Some(weight) = &rows.open[place] {
                let (mut first, last) = rows.span(place).bars(from, to);
                let (side, _) = rows.lanes.closing(weight);
                if first < last && weight.is_fresh(rows.lanes.time_us[first]) {
                    // The bar at whose close it was filled went through its extremes before.
                    sums[first - from] += weight.gain(side.close[first]);
                    first += 1;
                }
                let prices = &of(side, weight.is_long)[first..last];
                for (sum, &price) in sums[first - from..].iter_mut().zip(prices) {
                    *sum += weight.gain(price);
                }
            }
        }
        self.sums = sums;
    }

    /// What the positions are worth at the close and at the worst of a row, as `marks` sums it.
    fn sum(&mut self, rows: &Rows<'_>, row: usize) -> (f64, f64) {
        let key = rows.from + row;
        let time_us = rows.lanes.time_us[key];
        if self.order.is_empty() {
            let open = rows.open.iter().enumerate();
            let marks = open.filter_map(|(place, weight)| Some((weight.as_ref()?.mark, place)));
            self.order.extend(marks);
            // Within a symbol the order of the fills stays.
            self.order.sort_unstable();
        }
        let is_open = |place: usize| {
            let span = rows.span(place);
            span.from <= row && row < span.to
        };
        let mut total = 0.0;
        for (place, weight) in rows.open.iter().enumerate() {
            if let Some(weight) = weight.as_ref().filter(|_| is_open(place)) {
                total += weight.gain(rows.lanes.closing(weight).0.close[key]);
            }
        }
        let mut worst = 0.0;
        for of_mark in self.order.chunk_by(|a, b| a.0 == b.0) {
            if let [(_, place)] = *of_mark {
                // A long is worth the least at the low, a short at the high.
                if let Some(weight) = rows.open[place].as_ref().filter(|_| is_open(place)) {
                    let (side, _) = rows.lanes.closing(weight);
                    let is_fresh = weight.is_fresh(time_us);
                    let prices = if is_fresh {
                        side.close
                    } else {
                        worst_of(side, weight.is_long)
                    };
                    worst += weight.gain(prices[key]);
                }
                continue;
            }
            let (mut low, mut high) = (0.0, 0.0);
            for &(_, place) in of_mark {
                let Some(weight) = rows.open[place].as_ref().filter(|_| is_open(place)) else {
                    continue;
                };
                let (side, _) = rows.lanes.closing(weight);
                let [at_low, at_high] = if weight.is_fresh(time_us) {
                    [side.close[key]; 2]
                } else {
                    [side.low[key], side.high[key]]
                };
                low += weight.gain(at_low);
                high += weight.gain(at_high);
            }
            worst += smaller(low, high);
        }
        (total, worst)
    }
}

/// The column at which a position is worth the least.
#[inline]
fn worst_of<'a>(side: &CandleView<'a>, is_long: bool) -> &'a [f64] {
    if is_long { side.low } else { side.high }
}
