//! The extremes of runs of bars, by which a search for a level skips them.

use crate::candles::CandleView;

/// Bars of a block.
const BLOCK: usize = 32;
/// Blocks of a large block.
const LARGE: usize = 32;

/// The extremes of some bars of one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Extremes {
    /// Lowest low and highest high.
    pub(super) low: f64,
    pub(super) high: f64,
    /// Lowest and highest close.
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Extremes {
    /// Of no bar.
    pub(super) const NONE: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
        least: f64::INFINITY,
        most: f64::NEG_INFINITY,
    };

    #[inline]
    fn join(&mut self, other: &Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.see_close(other.least);
        self.see_close(other.most);
    }

    #[inline]
    pub(super) fn see_close(&mut self, close: f64) {
        self.least = self.least.min(close);
        self.most = self.most.max(close);
    }
}

/// One side of a market, with the extremes of its blocks.
#[derive(Debug, Clone)]
pub(super) struct Side<'a> {
    pub(super) bars: CandleView<'a>,
    blocks: Vec<Extremes>,
    large: Vec<Extremes>,
}

/// The prices at or beyond which a bar touches a level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    /// Touched by a low at or below it.
    pub(super) lower: f64,
    /// Touched by a high at or above it.
    pub(super) upper: f64,
}

impl Levels {
    #[inline]
    fn are_touched(self, low: f64, high: f64) -> bool {
        low <= self.lower || high >= self.upper
    }
}

impl<'a> Side<'a> {
    /// Finds the extremes of all whole blocks; prices are finite.
    pub(super) fn new(bars: CandleView<'a>) -> Self {
        let whole = bars.close.len() / BLOCK;
        let blocks: Vec<Extremes> = (0..whole)
            .map(|block| {
                let span = block * BLOCK..(block + 1) * BLOCK;
                let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
                let most =
                    |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                Extremes {
                    low: least(&bars.low[span.clone()]),
                    high: most(&bars.high[span.clone()]),
                    least: least(&bars.close[span.clone()]),
                    most: most(&bars.close[span]),
                }
            })
            .collect();
        let large = blocks
            .chunks_exact(LARGE)
            .map(|some| {
                let mut joined = Extremes::NONE;
                some.iter().for_each(|one| joined.join(one));
                joined
            })
            .collect();
        Self {
            bars,
            blocks,
            large,
        }
    }

    /// Returns the first bar from one on that touches a level, the number of bars where none does;
    /// the extremes of the bars before it are added to `seen`.
    pub(super) fn first_touch(&self, from: usize, levels: Levels, seen: &mut Extremes) -> usize {
        let total = self.bars.close.len();
        let mut bar = from;
        while bar < total {
            if bar.is_multiple_of(BLOCK) {
                let block = bar / BLOCK;
                if block.is_multiple_of(LARGE)
                    && let Some(large) = self.large.get(block / LARGE)
                    && !levels.are_touched(large.low, large.high)
                {
                    seen.join(large);
                    bar += BLOCK * LARGE;
                    continue;
                }
                if let Some(extremes) = self.blocks.get(block)
                    && !levels.are_touched(extremes.low, extremes.high)
                {
                    seen.join(extremes);
                    bar += BLOCK;
                    continue;
                }
            }
            let (low, high) = (self.bars.low[bar], self.bars.high[bar]);
            if levels.are_touched(low, high) {
                return bar;
            }
            seen.low = seen.low.min(low);
            seen.high = seen.high.max(high);
            seen.see_close(self.bars.close[bar]);
            bar += 1;
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::{Extremes, Levels, Side};
    use crate::candles::CandleView;

    #[test]
    fn blocks_give_what_every_bar_would() {
        let closes: Vec<f64> = (0_u32..3000)
            .map(|bar| f64::from(bar.wrapping_mul(2_654_435_761) >> 12) / 1e5 + f64::from(bar))
            .collect();
        let lows: Vec<f64> = closes.iter().map(|close| close - 1.0).collect();
        let highs: Vec<f64> = closes.iter().map(|close| close + 1.0).collect();
        let times = vec![0; closes.len()];
        let side = Side::new(CandleView {
            time_us: &times,
            open: &closes,
            high: &highs,
            low: &lows,
            close: &closes,
            volume: None,
        });
        for from in [0, 1, 31, 32, 40, 1000, 1024, 2990, 3000] {
            for (lower, upper) in [(-1e9, 1e9), (-1.0, 2500.0), (5.0, 1e9), (-1e9, 12_000.0)] {
                let mut seen = Extremes::NONE;
                let found = side.first_touch(from, Levels { lower, upper }, &mut seen);
                let expected = (from..3000)
                    .find(|&bar| lows[bar] <= lower || highs[bar] >= upper)
                    .unwrap_or(3000);
                assert_eq!(found, expected, "{from} {lower} {upper}");
                let most = closes[from..expected].iter().copied();
                assert_eq!(seen.most, most.fold(f64::NEG_INFINITY, f64::max));
                let low = lows[from..expected].iter().copied();
                assert_eq!(seen.low, low.fold(f64::INFINITY, f64::min));
            }
        }
    }
}
