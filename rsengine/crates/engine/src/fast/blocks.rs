//! The extremes of blocks of bars, so that a search need not look at each bar.

use fillproof_ahead::fetch;

use crate::arithmetic::{larger, smaller};
use crate::candles::CandleView;

/// Bars of a fine block.
pub(super) const FINE: usize = 32;
/// Bars of a coarse block, a whole number of fine ones.
pub(super) const COARSE: usize = 1_024;

/// The extremes of some bars of one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extremes {
    /// Lowest low.
    pub(crate) low: f64,
    /// Highest high.
    pub(crate) high: f64,
    /// Lowest close.
    pub(crate) close_low: f64,
    /// Highest close.
    pub(crate) close_high: f64,
}

impl Extremes {
    /// Those of no bar at all.
    const NONE: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        close_low: f64::INFINITY,
        close_high: f64::NEG_INFINITY,
    };

    #[inline]
    fn with(self, other: &Self) -> Self {
        Self {
            low: smaller(self.low, other.low),
            high: larger(self.high, other.high),
            close_low: smaller(self.close_low, other.close_low),
            close_high: larger(self.close_high, other.close_high),
        }
    }

    #[inline]
    fn reach(&self, levels: Levels) -> bool {
        (self.low <= levels.floor) | (self.high >= levels.ceiling)
    }
}

/// What the prices of one side have to reach for something to happen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Levels {
    /// A low at or under it.
    pub(crate) floor: f64,
    /// A high at or above it.
    pub(crate) ceiling: f64,
}

impl Levels {
    /// Levels that no price reaches.
    pub(crate) const NONE: Self = Self {
        floor: f64::NEG_INFINITY,
        ceiling: f64::INFINITY,
    };

    #[inline]
    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Watches a price that is reached from above, too.
    #[inline]
    pub(crate) fn raise_floor(&mut self, level: f64) {
        self.floor = larger(self.floor, level);
    }

    /// Watches a price that is reached from below, too.
    #[inline]
    pub(crate) fn lower_ceiling(&mut self, level: f64) {
        self.ceiling = smaller(self.ceiling, level);
    }
}

/// The extremes of all blocks of one side.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    fine: Vec<Extremes>,
    coarse: Vec<Extremes>,
}

impl Blocks {
    /// Looks at all bars once; their prices are finite.
    pub(crate) fn of(bars: &CandleView<'_>) -> Self {
        let total = bars.close.len();
        let fine: Vec<_> = (0..total)
            .step_by(FINE)
            .map(|from| scan(bars, from, total.min(from + FINE)))
            .collect();
        let joined = |blocks: &[Extremes]| blocks.iter().fold(Extremes::NONE, Extremes::with);
        let coarse = fine.chunks(COARSE / FINE).map(joined).collect();
        Self { fine, coarse }
    }

    /// The extremes of the bars from one on and before another.
    pub(crate) fn extremes(&self, bars: &CandleView<'_>, from: usize, to: usize) -> Extremes {
        let (first, last) = (from.div_ceil(FINE), to / FINE);
        if first >= last {
            return scan(bars, from, to);
        }
        let ends = scan(bars, from, first * FINE).with(&scan(bars, last * FINE, to));
        ends.with(&self.joined(first, last))
    }

    /// The lowest or highest of a column's values from one bar on and before another; `of` gives that of
    /// a block, `pick` the lower or higher of two. Values are read where their block could have it.
    #[inline]
    pub(crate) fn furthest(
        &self,
        column: &[f64],
        (from, to): (usize, usize),
        of: impl Fn(&Extremes) -> f64,
        pick: impl Fn(f64, f64) -> f64,
    ) -> f64 {
        let (first, last) = (from.div_ceil(FINE), to / FINE);
        if first >= last {
            return column[from..to]
                .iter()
                .fold(column[from], |a, &b| pick(a, b));
        }
        let mut found = of(&self.joined(first, last));
        for (from, to) in [(from, first * FINE), (last * FINE, to)] {
            if from < to && pick(found, of(&self.fine[from / FINE])) != found {
                found = column[from..to].iter().fold(found, |a, &b| pick(a, b));
            }
        }
        found
    }

    /// Bounds of the extremes of the bars from one on and before another: those of their blocks.
    pub(crate) fn bounds(&self, from: usize, to: usize) -> Extremes {
        let (first, last) = (from / FINE, to.div_ceil(FINE));
        if first + 1 == last {
            return self.fine[first];
        }
        self.joined(first, last)
    }

    /// The extremes of the fine blocks from one on and before another.
    fn joined(&self, first: usize, last: usize) -> Extremes {
        let mut found = Extremes::NONE;
        join(&self.fine, &self.coarse, (first, last), |more| {
            found = found.with(more);
        });
        found
    }

    /// Asks for the extremes of the block of a bar.
    #[inline]
    pub(crate) fn fetch(&self, bar: usize) {
        fetch(&self.fine, bar / FINE);
    }

    /// The bars of the first block that reaches a level, from one bar on and before another.
    #[inline]
    fn reached_block(&self, (from, to): (usize, usize), levels: Levels) -> Option<(usize, usize)> {
        let mut bar = from;
        while bar < to {
            if bar.is_multiple_of(COARSE)
                && bar + COARSE <= to
                && !self.coarse[bar / COARSE].reach(levels)
            {
                bar += COARSE;
                continue;
            }
            let end = to.min((bar / FINE + 1) * FINE);
            if self.fine[bar / FINE].reach(levels) {
                return Some((bar, end));
            }
            bar = end;
        }
        None
    }

    /// Asks for the extremes of the bars of the first block that reaches a level, and returns the first
    /// of them.
    pub(crate) fn fetch_reached(
        &self,
        bars: &CandleView<'_>,
        (from, to): (usize, usize),
        levels: Levels,
    ) -> Option<usize> {
        let (first, end) = self.reached_block((from, to), levels)?;
        for line in (first..end).step_by(8) {
            fetch(bars.low, line);
            fetch(bars.high, line);
        }
        Some(first)
    }

    /// The first bar from one on and before another that reaches a level, or that other.
    pub(crate) fn first_reach(
        &self,
        bars: &CandleView<'_>,
        (from, to): (usize, usize),
        levels: Levels,
    ) -> usize {
        if levels.is_none() {
            return to;
        }
        let mut bar = from;
        while let Some((first, end)) = self.reached_block((bar, to), levels) {
            if let Some(place) = reached(bars, first, end, levels) {
                return place;
            }
            bar = end;
        }
        to
    }
}

/// Gives the blocks that make up the fine ones from one on and before another.
#[inline]
pub(super) fn join<T>(
    fine: &[T],
    coarse: &[T],
    (mut block, last): (usize, usize),
    mut take: impl FnMut(&T),
) {
    const MANY: usize = COARSE / FINE;
    while block < last {
        if block.is_multiple_of(MANY) && block + MANY <= last {
            take(&coarse[block / MANY]);
            block += MANY;
        } else {
            take(&fine[block]);
            block += 1;
        }
    }
}

#[inline]
fn reached(bars: &CandleView<'_>, from: usize, to: usize, levels: Levels) -> Option<usize> {
    let (lows, highs) = (&bars.low[from..to], &bars.high[from..to]);
    let mut pairs = lows.iter().zip(highs);
    let place = pairs.position(|(&low, &high)| low <= levels.floor || high >= levels.ceiling);
    place.map(|place| from + place)
}

fn scan(bars: &CandleView<'_>, from: usize, to: usize) -> Extremes {
    let mut found = Extremes::NONE;
    for &low in &bars.low[from..to] {
        found.low = smaller(found.low, low);
    }
    for &high in &bars.high[from..to] {
        found.high = larger(found.high, high);
    }
    for &close in &bars.close[from..to] {
        found.close_low = smaller(found.close_low, close);
        found.close_high = larger(found.close_high, close);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candles::{Candle, CandleColumns};

    fn walk(bars: usize) -> CandleColumns {
        let mut state = 7_u64;
        let mut price = 100_i64;
        let candles = (0..bars).map(|bar| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99);
            price += ((state >> 40) % 11) as i64 - 5;
            let close = price as f64 / 4.0;
            Candle {
                time_us: bar as i64,
                open: close,
                high: close + 0.5,
                low: close - 0.25,
                close,
                volume: 0.0,
            }
        });
        CandleColumns::from_candles(&candles.collect::<Vec<_>>())
    }

    #[test]
    fn prop_blocks_find_what_a_look_at_each_bar_finds() {
        let columns = walk(5_000);
        let bars = columns.view();
        let blocks = Blocks::of(&bars);
        let mut found = 0;
        let lowest = |from, to| blocks.furthest(bars.low, (from, to), |of| of.low, smaller);
        let highest =
            |from, to| blocks.furthest(bars.close, (from, to), |of| of.close_high, larger);
        for (from, step) in (0..4_900).step_by(97).zip(0..) {
            let to = (from + 1 + 61 * step).min(5_000);
            let exact = scan(&bars, from, to);
            assert_eq!(blocks.extremes(&bars, from, to), exact);
            assert_eq!(lowest(from, to), exact.low);
            assert_eq!(highest(from, to), exact.close_high);
            assert_eq!(
                blocks.bounds(from, to).with(&exact),
                blocks.bounds(from, to)
            );
            let level = bars.close[from];
            for away in [0.0, 1.0, 6.0, 20.0, 80.0] {
                for levels in [
                    Levels {
                        floor: level - away,
                        ..Levels::NONE
                    },
                    Levels {
                        ceiling: level + away,
                        ..Levels::NONE
                    },
                    Levels {
                        floor: level - away,
                        ceiling: level + away,
                    },
                ] {
                    let plain = reached(&bars, from, to, levels).unwrap_or(to);
                    assert_eq!(blocks.first_reach(&bars, (from, to), levels), plain);
                    found += usize::from(plain < to);
                }
            }
        }
        assert!(found > 200, "only {found} levels were reached");
    }
}
