//! Crosses of many pairs of means over the same bars: each mean once, compared 32 bars at a time.

use crate::arithmetic::{larger, smaller};
use crate::indicators::ema::Ema;

/// Bars of a tile, over which all means are kept at once: few enough to stay in near memory.
pub(super) const TILE: usize = 1024;
/// Bars that are compared at once.
const CHUNK: usize = 32;
/// Means that go on side by side, since each waits for its own last value.
const LANES: usize = 8;

/// Some means over a tile of bars.
#[derive(Debug, Clone)]
pub(super) struct Means {
    periods: Vec<i64>,
    weights: Vec<(f64, f64)>,
    /// Of each mean the value before the tile, then those of its bars.
    values: Vec<Vec<f64>>,
    /// Of each mean and chunk the smallest and the largest value.
    bounds: Vec<[(f64, f64); TILE / CHUNK]>,
    begun: bool,
}

/// Which way two means crossed, by the bars of a chunk: bit k is that of its k-th bar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Crosses {
    pub(super) up: u32,
    pub(super) down: u32,
}

impl Means {
    pub(super) fn new() -> Self {
        Self {
            periods: Vec::new(),
            weights: Vec::new(),
            values: Vec::new(),
            bounds: Vec::new(),
            begun: false,
        }
    }

    /// Returns the place of a mean, which is added where it is new; to be called before the first
    /// tile.
    pub(super) fn place_of(&mut self, mean: &Ema) -> usize {
        if let Some(place) = self
            .periods
            .iter()
            .position(|&known| known == mean.period())
        {
            return place;
        }
        self.periods.push(mean.period());
        self.weights.push(mean.weights());
        self.values.push(vec![0.0; 1 + TILE + CHUNK]);
        self.bounds.push([(0.0, 0.0); TILE / CHUNK]);
        self.periods.len() - 1
    }

    /// Takes in the next tile; all but the last are of [`TILE`] values, which are finite.
    pub(super) fn take(&mut self, closes: &[f64]) {
        let first = !self.begun;
        self.begun = true;
        let columns = self.values.chunks_mut(LANES);
        let columns = columns.zip(self.bounds.chunks_mut(LANES));
        for (weights, (values, bounds)) in self.weights.chunks(LANES).zip(columns) {
            take_lanes(weights, values, bounds, closes, first);
        }
    }

    /// Compares two means over a chunk of the tile.
    ///
    /// Bits of bars beyond a shorter last tile say nothing; nor does the first bar of all, before
    /// which there is no value.
    #[inline]
    pub(super) fn crosses(&self, fast: usize, slow: usize, chunk: usize) -> Crosses {
        let before = chunk * CHUNK;
        let (fasts, slows) = (&self.values[fast], &self.values[slow]);
        let (was_above, was_below) = (fasts[before] > slows[before], fasts[before] < slows[before]);
        let (fast_bounds, slow_bounds) = (self.bounds[fast][chunk], self.bounds[slow][chunk]);
        let (above, below) = if fast_bounds.0 > slow_bounds.1 {
            (u32::MAX, 0)
        } else if fast_bounds.1 < slow_bounds.0 {
            (0, u32::MAX)
        } else {
            let span = before + 1..before + 1 + CHUNK;
            compare(&fasts[span.clone()], &slows[span])
        };
        Crosses {
            up: above & !((above << 1) | u32::from(was_above)),
            down: below & !((below << 1) | u32::from(was_below)),
        }
    }
}

/// Goes on with up to [`LANES`] means side by side, each as [`Ema::update`] would.
fn take_lanes(
    weights: &[(f64, f64)],
    columns: &mut [Vec<f64>],
    bounds: &mut [[(f64, f64); TILE / CHUNK]],
    closes: &[f64],
    first: bool,
) {
    let (mut new_weights, mut old_weights) = ([0.0; LANES], [0.0; LANES]);
    let mut means = [0.0; LANES];
    for (lane, &(new_weight, old_weight)) in weights.iter().enumerate() {
        new_weights[lane] = new_weight;
        old_weights[lane] = old_weight;
    }
    for (lane, column) in columns.iter_mut().enumerate() {
        if first {
            // The first value is that of the bar itself, and stands for the one before, too.
            means[lane] = closes.first().map_or(0.0, |close| close + 0.0);
            column[0] = means[lane];
        } else {
            means[lane] = column[TILE];
            column[0] = column[TILE];
        }
    }
    let mut rows = [[0.0; LANES]; CHUNK];
    let mut is_begun = !first;
    for (chunk, some) in closes.chunks(CHUNK).enumerate() {
        let (mut least, mut most) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        for (row, &close) in rows.iter_mut().zip(some) {
            for lane in 0..LANES {
                if is_begun {
                    means[lane] = (new_weights[lane] * close) + (old_weights[lane] * means[lane]);
                }
                least[lane] = smaller(least[lane], means[lane]);
                most[lane] = larger(most[lane], means[lane]);
            }
            is_begun = true;
            *row = means;
        }
        let from = 1 + chunk * CHUNK;
        for (lane, (column, bounds)) in columns.iter_mut().zip(&mut *bounds).enumerate() {
            for (value, row) in column[from..from + some.len()].iter_mut().zip(&rows) {
                *value = row[lane];
            }
            bounds[chunk] = (least[lane], most[lane]);
        }
    }
}

/// Tells by bits where the first is above the second, and where below.
#[inline]
fn compare(first: &[f64], second: &[f64]) -> (u32, u32) {
    let (mut above, mut below) = ([0_u8; CHUNK], [0_u8; CHUNK]);
    for place in 0..CHUNK.min(first.len()).min(second.len()) {
        above[place] = u8::from(first[place] > second[place]);
        below[place] = u8::from(first[place] < second[place]);
    }
    (bits(&above), bits(&below))
}

/// Makes one bit of each byte, all of which are 0 or 1.
#[inline]
fn bits(bytes: &[u8; CHUNK]) -> u32 {
    // Each byte's bit is moved to its place in the topmost byte; no two of them meet.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut made = 0;
    for (place, eight) in bytes.chunks_exact(8).enumerate() {
        let mut lanes = [0; 8];
        lanes.copy_from_slice(eight);
        let gathered = u64::from_le_bytes(lanes).wrapping_mul(GATHER) >> 56;
        made |= (gathered as u32) << (8 * place);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, Means, TILE};
    use crate::indicators::ema::Ema;
    use crate::signals::Direction;
    use crate::strategies::ema_cross::Crossing;

    fn mean(period: i64) -> Ema {
        Ema::new(period).expect("the period is valid")
    }

    #[test]
    fn crosses_are_those_of_two_means_bar_by_bar() {
        // Whole numbers that stand still at times, so that means are equal at times.
        let closes: Vec<f64> = (0_u32..3 * TILE as u32 + 77)
            .map(|bar| f64::from((bar / 7).wrapping_mul(2_654_435_761) >> 28) + 100.0)
            .collect();
        let mut means = Means::new();
        let mut pairs = Vec::new();
        for fast in [1, 2, 3, 5, 8, 13, 30] {
            for slow in [1, 4, 5, 21, 50] {
                let places = (means.place_of(&mean(fast)), means.place_of(&mean(slow)));
                pairs.push((places, Crossing::new(mean(fast), mean(slow))));
            }
        }
        let mut found = 0;
        for tile in closes.chunks(TILE) {
            means.take(tile);
            for (chunk, some) in tile.chunks(CHUNK).enumerate() {
                for ((fast, slow), crossing) in &mut pairs {
                    let crosses = means.crosses(*fast, *slow, chunk);
                    for (place, &close) in some.iter().enumerate() {
                        crossing.update(close);
                        let bit = 1 << place;
                        let expected = match crossing.direction() {
                            Some(Direction::Long) => (true, false),
                            Some(Direction::Short) => (false, true),
                            None => (false, false),
                        };
                        found += u32::from(expected != (false, false));
                        assert_eq!(
                            (crosses.up & bit != 0, crosses.down & bit != 0),
                            expected,
                            "{fast} {slow} chunk {chunk} bar {place}"
                        );
                    }
                }
            }
        }
        assert!(found > 1000, "{found}");
    }
}
