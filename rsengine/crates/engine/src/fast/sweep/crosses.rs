//! Crosses of many pairs of means over the same bars: each mean once, compared some bars at a time.

use crate::arithmetic::{larger, smaller};
use crate::indicators::ema::Ema;

/// Bars of a tile, over which all means are kept at once: few enough to stay in near memory.
pub(super) const TILE: usize = CHUNK * CHUNKS;
/// Bars that are compared at once.
pub(super) const CHUNK: usize = 16;
/// Chunks of a tile.
const CHUNKS: usize = 32;
/// Means that go on side by side, since each waits for its own last value.
const LANES: usize = 8;

/// Some means over a tile of bars.
#[derive(Debug, Clone)]
pub(super) struct Means {
    periods: Vec<i64>,
    lanes: Vec<Lanes>,
    begun: bool,
}

/// Means side by side; a lane that is not used stays at zero.
#[derive(Debug, Clone)]
struct Lanes {
    new_weights: [f64; LANES],
    old_weights: [f64; LANES],
    /// The last values.
    means: [f64; LANES],
    chunks: Box<[Chunk; CHUNKS]>,
}

/// Means side by side over a chunk of bars.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// The values before its first bar.
    before: [f64; LANES],
    /// The smallest and the largest value of each, that before the chunk among them.
    least: [f64; LANES],
    most: [f64; LANES],
    /// Of each the values of the bars.
    values: [[f64; CHUNK]; LANES],
}

/// Where a mean is found: among which lanes, and in which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    lanes: usize,
    lane: usize,
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
            lanes: Vec::new(),
            begun: false,
        }
    }

    /// Returns the place of a mean, which is added where it is new; to be called before the first
    /// tile.
    pub(super) fn place_of(&mut self, mean: &Ema) -> Place {
        let known = self.periods.iter().position(|&of| of == mean.period());
        let at = known.unwrap_or(self.periods.len());
        let place = Place {
            lanes: at / LANES,
            lane: at % LANES,
        };
        if known.is_none() {
            self.periods.push(mean.period());
            if place.lane == 0 {
                self.lanes.push(Lanes::default());
            }
            self.lanes[place.lanes].set(place.lane, mean.weights());
        }
        place
    }

    /// Takes in the next tile; all but the last are of [`TILE`] values, which are finite.
    pub(super) fn take(&mut self, closes: &[f64]) {
        let first = closes.first().filter(|_| !self.begun);
        self.begun = true;
        for lanes in &mut self.lanes {
            if let Some(first) = first {
                // The first value is that of the bar itself, and stands for the one before, too.
                lanes.means = [first + 0.0; LANES];
            }
            lanes.take(closes, first.is_some());
        }
    }

    /// Two means over the tile.
    #[inline]
    pub(super) fn pair(&self, fast: Place, slow: Place) -> Compared<'_> {
        Compared {
            fast: (&self.lanes[fast.lanes].chunks, fast.lane % LANES),
            slow: (&self.lanes[slow.lanes].chunks, slow.lane % LANES),
        }
    }
}

impl Default for Lanes {
    fn default() -> Self {
        const NONE: Chunk = Chunk {
            before: [0.0; LANES],
            least: [0.0; LANES],
            most: [0.0; LANES],
            values: [[0.0; CHUNK]; LANES],
        };
        Self {
            new_weights: [0.0; LANES],
            old_weights: [0.0; LANES],
            means: [0.0; LANES],
            chunks: Box::new([NONE; CHUNKS]),
        }
    }
}

impl Lanes {
    fn set(&mut self, lane: usize, (new, old): (f64, f64)) {
        self.new_weights[lane] = new;
        self.old_weights[lane] = old;
    }

    /// Goes on with each mean as [`Ema::update`] would.
    fn take(&mut self, closes: &[f64], is_first: bool) {
        let (wholes, rest) = closes.as_chunks::<CHUNK>();
        // The first value of all is a mean already.
        let slow = usize::from(is_first && !wholes.is_empty());
        let slowly = if is_first { closes.get(..CHUNK) } else { None };
        if let Some(some) = slowly {
            self.take_some(0, some, true);
        }
        for (chunk, some) in wholes.iter().enumerate().skip(slow) {
            self.take_whole(chunk, some);
        }
        if !rest.is_empty() {
            self.take_some(wholes.len(), rest, is_first && wholes.is_empty());
        }
    }

    /// Goes on with a whole chunk.
    #[inline]
    fn take_whole(&mut self, chunk: usize, closes: &[f64; CHUNK]) {
        let made = &mut self.chunks[chunk % CHUNKS];
        let (new, old) = (self.new_weights, self.old_weights);
        let mut means = self.means;
        let (mut least, mut most) = (means, means);
        made.before = means;
        for two in 0..CHUNK / 2 {
            let mut next = |close: f64| {
                for lane in 0..LANES {
                    means[lane] = (new[lane] * close) + (old[lane] * means[lane]);
                    least[lane] = smaller(least[lane], means[lane]);
                    most[lane] = larger(most[lane], means[lane]);
                }
                means
            };
            let (first, second) = (next(closes[2 * two]), next(closes[2 * two + 1]));
            for (lane, values) in made.values.iter_mut().enumerate() {
                values[2 * two] = first[lane];
                values[2 * two + 1] = second[lane];
            }
        }
        made.least = least;
        made.most = most;
        self.means = means;
    }

    /// Goes on with a chunk that is not whole, or the first of all.
    fn take_some(&mut self, chunk: usize, closes: &[f64], is_first: bool) {
        let made = &mut self.chunks[chunk % CHUNKS];
        made.before = self.means;
        (made.least, made.most) = (self.means, self.means);
        for place in 0..CHUNK {
            for lane in 0..LANES {
                if let (Some(&close), false) = (closes.get(place), is_first && place == 0) {
                    self.means[lane] = (self.new_weights[lane] * close)
                        + (self.old_weights[lane] * self.means[lane]);
                }
                made.least[lane] = smaller(made.least[lane], self.means[lane]);
                made.most[lane] = larger(made.most[lane], self.means[lane]);
                made.values[lane][place] = self.means[lane];
            }
        }
    }
}

/// Two means over a tile, to be compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compared<'a> {
    fast: (&'a [Chunk; CHUNKS], usize),
    slow: (&'a [Chunk; CHUNKS], usize),
}

impl Compared<'_> {
    /// Compares them over a chunk of the tile.
    ///
    /// Bits of bars beyond a shorter last tile say nothing; nor does the first bar of all, before
    /// which there is no value.
    #[inline]
    pub(super) fn crosses(&self, chunk: usize) -> Crosses {
        let chunk = chunk % CHUNKS;
        let ((fasts, fast), (slows, slow)) = (self.fast, self.slow);
        let (fasts, slows) = (&fasts[chunk], &slows[chunk]);
        if fasts.least[fast] > slows.most[slow] || fasts.most[fast] < slows.least[slow] {
            return Crosses::default();
        }
        let (above, below) = compare(&fasts.values[fast], &slows.values[slow]);
        let before = (fasts.before[fast], slows.before[slow]);
        Crosses {
            up: above & !((above << 1) | u32::from(before.0 > before.1)),
            down: below & !((below << 1) | u32::from(before.0 < before.1)),
        }
    }
}

/// Tells by bits where the first is above the second, and where below.
#[inline]
fn compare(first: &[f64; CHUNK], second: &[f64; CHUNK]) -> (u32, u32) {
    // The lower half of a word says above, the upper one below; two words, as the processor
    // compares two numbers at once.
    let mut words = [0_u64; 2];
    for two in 0..CHUNK / 2 {
        for (lane, word) in words.iter_mut().enumerate() {
            let place = 2 * two + lane;
            let (bit, other) = (1 << place, 1 << (32 + place));
            *word |= if first[place] > second[place] { bit } else { 0 };
            *word |= if first[place] < second[place] {
                other
            } else {
                0
            };
        }
    }
    let both = words[0] | words[1];
    (both as u32, (both >> 32) as u32)
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
                            "{fast:?} {slow:?} chunk {chunk} bar {place}"
                        );
                    }
                }
            }
        }
        assert!(found > 1000, "{found}");
    }
}
