//! What tells columns of numbers apart without keeping them: a sum of all their bits.
//!
//! It says whether numbers are those of before, so that what follows from them need not be made
//! anew. Sums of different columns are equal once in 2^64 comparisons; they begin with numbers that
//! are drawn for each process, so nobody can choose columns for which that is otherwise.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// Sums that go on side by side, since each multiplication waits for the one before.
const LANES: usize = 4;
/// Numbers that are taken in together: two for each lane.
const STEP: usize = 2 * LANES;

/// A sum that grows by columns.
#[derive(Debug, Clone)]
pub(crate) struct Fingerprint {
    lanes: [u64; LANES],
}

impl Default for Fingerprint {
    /// Of no column.
    fn default() -> Self {
        let seeds = seeds();
        Self {
            lanes: std::array::from_fn(|lane| seeds[lane]),
        }
    }
}

impl Fingerprint {
    /// Takes in a column of prices.
    #[must_use]
    pub(crate) fn prices(self, prices: &[f64]) -> Self {
        self.with(prices, f64::to_bits)
    }

    /// Takes in a column of times.
    #[must_use]
    pub(crate) fn times(self, times_us: &[i64]) -> Self {
        self.with(times_us, i64::cast_unsigned)
    }

    /// The sum of all that was taken in, in their order.
    #[must_use]
    pub(crate) fn finish(&self) -> u128 {
        let seeds = seeds();
        let half = |by: usize| {
            let lanes = self.lanes.iter().zip(&seeds[by..]);
            lanes.fold(seeds[by], |sum, (&lane, &seed)| fold(sum ^ lane, seed))
        };
        (u128::from(half(1)) << 64) | u128::from(half(2))
    }

    fn with<T: Copy>(mut self, values: &[T], bits: impl Fn(T) -> u64) -> Self {
        let seeds = seeds();
        let mut take = |step: [u64; STEP]| {
            for (lane, two) in self.lanes.iter_mut().zip(step.chunks_exact(2)) {
                *lane = fold(two[0] ^ *lane, two[1] ^ seeds[LANES]);
            }
        };
        let (steps, rest) = values.as_chunks::<STEP>();
        for step in steps {
            take(step.map(&bits));
        }
        let mut last = [0; STEP];
        for (to, &value) in last.iter_mut().zip(rest) {
            *to = bits(value);
        }
        // What fills the step up would be numbers, too, if their count were not among them.
        take(last);
        take([values.len() as u64; STEP]);
        self
    }
}

/// Both halves of a product, one over the other.
#[inline]
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product >> 64) as u64 ^ product as u64
}

/// Odd numbers of this process.
fn seeds() -> &'static [u64; 2 * LANES] {
    static SEEDS: OnceLock<[u64; 2 * LANES]> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let drawn = RandomState::new();
        std::array::from_fn(|place| drawn.hash_one(place) | 1)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Fingerprint;

    #[test]
    fn a_sum_is_that_of_the_bits() {
        let of = |prices: &[f64]| Fingerprint::default().prices(prices).finish();
        assert_eq!(of(&[1.0, 2.0]), of(&[1.0, 2.0]));
        assert_ne!(of(&[1.0, 2.0]), of(&[2.0, 1.0]));
        assert_ne!(of(&[0.0]), of(&[-0.0]));
        assert_ne!(of(&[0.0]), of(&[0.0, 0.0]));
    }

    #[test]
    fn each_number_its_place_and_its_column_count() {
        let prices: Vec<f64> = (0..37).map(f64::from).collect();
        let mut seen = HashSet::new();
        for length in 0..prices.len() {
            let sum = Fingerprint::default().prices(&prices[..length]).finish();
            assert!(seen.insert(sum), "{length} prices");
            for place in 0..length {
                let mut other = prices[..length].to_vec();
                other[place] = f64::from_bits(other[place].to_bits() + 1);
                let sum = Fingerprint::default().prices(&other).finish();
                assert!(seen.insert(sum), "the price {place} of {length}");
            }
            let (first, second) = prices[..length].split_at(length / 2);
            let parted = Fingerprint::default().prices(first).prices(second);
            assert!(seen.insert(parted.finish()), "two columns of {length}");
            let as_times: Vec<i64> = (0..length as i64).collect();
            let times = Fingerprint::default().times(&as_times).finish();
            // Zero has the same bits as a time and as a price.
            let is_new = seen.insert(times);
            assert!(is_new || length < 2, "{length} times are no prices");
        }
    }
}
