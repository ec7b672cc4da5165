//! Crosses of many pairs of means over the same bars: each mean once, compared some bars at a time.

use crate::arithmetic::{larger, smaller};
use crate::indicators::ema::Ema;

/// Bars of a tile, over which all means are kept at once: few enough to stay in near memory.
pub(super) const TILE: usize = 1024;
/// Bars that are compared at once.
pub(super) const CHUNK: usize = 16;
/// A bit for each of them.
const ALL: u32 = (1 << CHUNK) - 1;
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
    bounds: Vec<Bounds>,
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

    /// Two means over the tile.
    pub(super) fn pair(&self, fast: usize, slow: usize) -> Compared<'_> {
        let values = |place: usize| self.values[place].as_slice().try_into().unwrap_or(NONE);
        Compared {
            fasts: values(fast),
            slows: values(slow),
            bounds: (&self.bounds[fast], &self.bounds[slow]),
        }
    }
}

/// The values of a mean: the one before the tile, those of the tile, room for a whole last chunk.
type Values = [f64; 1 + TILE + CHUNK];

const NONE: &Values = &[0.0; 1 + TILE + CHUNK];

/// Two means over a tile, to be compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared<'a> {
    fasts: &'a Values,
    slows: &'a Values,
    bounds: (&'a Bounds, &'a Bounds),
}

/// The smallest and the largest value of each chunk.
type Bounds = [(f64, f64); TILE / CHUNK];

impl Compared<'_> {
    /// Compares them over a chunk of the tile.
    ///
    /// Bits of bars beyond a shorter last tile say nothing; nor does the first bar of all, before
    /// which there is no value.
    #[inline]
    pub(super) fn crosses(&self, chunk: usize) -> Crosses {
        let chunk = chunk % (TILE / CHUNK);
        let before = chunk * CHUNK;
        let (fast, slow) = (self.fasts[before], self.slows[before]);
        let (was_above, was_below) = (fast > slow, fast < slow);
        let (fast_bounds, slow_bounds) = (self.bounds.0[chunk], self.bounds.1[chunk]);
        let (above, below) = if fast_bounds.0 > slow_bounds.1 {
            (ALL, 0)
        } else if fast_bounds.1 < slow_bounds.0 {
            (0, ALL)
        } else {
            compare(
                chunk_of(self.fasts, before + 1),
                chunk_of(self.slows, before + 1),
            )
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
    bounds: &mut [Bounds],
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
    for (chunk, some) in closes.chunks(CHUNK).enumerate() {
        // The first value of all is a mean already.
        let is_first = first && chunk == 0;
        if let (Ok(some), false) = (<&[f64; CHUNK]>::try_from(some), is_first) {
            // The same as below, of so many bars that the compiler knows how many.
            for place in 0..CHUNK {
                for lane in 0..LANES {
                    means[lane] =
                        (new_weights[lane] * some[place]) + (old_weights[lane] * means[lane]);
                }
                rows[place] = means;
            }
        } else {
            rows[0] = means;
            for (row, &close) in rows.iter_mut().zip(some).skip(usize::from(is_first)) {
                for lane in 0..LANES {
                    means[lane] = (new_weights[lane] * close) + (old_weights[lane] * means[lane]);
                }
                *row = means;
            }
            rows[some.len()..].fill(means);
        }
        let from = 1 + chunk * CHUNK;
        for (lane, (column, bounds)) in columns.iter_mut().zip(&mut *bounds).enumerate() {
            if let Ok(values) = <&mut [f64; CHUNK]>::try_from(&mut column[from..from + CHUNK]) {
                for place in 0..CHUNK {
                    values[place] = rows[place][lane];
                }
                bounds[chunk] = bounds_of(values);
            }
        }
    }
}

/// The smallest and the largest value of a chunk.
#[inline]
fn bounds_of(values: &[f64; CHUNK]) -> (f64, f64) {
    // Two at a time, as the compiler takes them.
    let (mut least, mut most) = ([values[0], values[1]], [values[0], values[1]]);
    for two in values.chunks_exact(2) {
        for lane in 0..2 {
            least[lane] = smaller(least[lane], two[lane]);
            most[lane] = larger(most[lane], two[lane]);
        }
    }
    (smaller(least[0], least[1]), larger(most[0], most[1]))
}

/// The values of a chunk.
#[inline]
fn chunk_of(column: &Values, from: usize) -> &[f64; CHUNK] {
    const NONE: &[f64; CHUNK] = &[0.0; CHUNK];
    let values = column.get(from..from + CHUNK);
    values
        .and_then(|values| values.try_into().ok())
        .unwrap_or(NONE)
}

/// Tells by bits where the first is above the second, and where below.
#[inline]
fn compare(first: &[f64; CHUNK], second: &[f64; CHUNK]) -> (u32, u32) {
    let (mut above, mut below) = ([0_u8; CHUNK], [0_u8; CHUNK]);
    for place in 0..CHUNK {
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
                    let crosses = means.pair(*fast, *slow).crosses(chunk);
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
