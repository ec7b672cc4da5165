//! Where two means of a column cross, without keeping the means.
//!
//! The column is cut into stretches that run side by side, as in `lanes`, a few rows at a time.

use std::array::from_fn;

use super::lanes::{LANES, Recurrence, step_abreast};
use super::recurrences::Weights;
use crate::arithmetic::{is_finite, larger, smaller};
use crate::indicators::ema::Ema;
use crate::signals::Direction;

/// Rows of a stretch whose means are kept at once: few enough to stay in near memory.
const CHUNK: usize = 512;
/// Rows that are compared before one of them is looked at.
const SOME: usize = 16;

/// Shows how far the first mean is above the second: not at all only where they are equal.
struct OfBoth(Weights, Weights);

impl Recurrence<1, 2, 1> for OfBoth {
    fn memory(&self) -> usize {
        self.0.memory().max(self.1.memory())
    }

    fn guess(&self, [x]: [f64; 1]) -> [f64; 2] {
        [x, x]
    }

    #[inline(always)]
    fn step(&self, [first, second]: &mut [f64; 2], [x]: [f64; 1]) -> [f64; 1] {
        [self.0.step(first, x) - self.1.step(second, x)]
    }
}

/// Rows at which the means cross, and which way.
type Crosses = Vec<(usize, Direction)>;

/// Tells where two means of a column cross, as streams would that begin with its first value.
///
/// `None` where a value is missing.
pub(crate) fn crosses((fast, slow): (&Ema, &Ema), values: &[f64]) -> Option<Crosses> {
    let rule = OfBoth(Weights::of(fast), Weights::of(slow));
    let Some(&x) = values.first() else {
        return Some(Vec::new());
    };
    let state = [x + 0.0; 2];
    let (early, length) = (rule.memory(), (values.len() - 1) / LANES);
    if length <= early {
        let [(found, ended)] = follow(&rule, values, [1], values.len() - 1, [state]);
        return kept(ended).then_some(found);
    }
    let starts: [usize; LANES] = from_fn(|lane| 1 + (lane * length));
    let entered = from_fn(|lane| match lane {
        0 => state,
        _ => {
            let before = &values[starts[lane] - early..starts[lane]];
            let mut state = rule.guess([before[0]]);
            for &x in before {
                rule.step(&mut state, [x]);
            }
            state
        }
    });
    let stretches = follow(&rule, values, starts, length, entered);
    let (mut all, mut last) = (Vec::new(), state);
    for (lane, (mut found, mut ended)) in stretches.into_iter().enumerate() {
        // What a stretch began with must be what the one before has come to, to the last bit.
        if last.map(f64::to_bits) != entered[lane].map(f64::to_bits) {
            [(found, ended)] = follow(&rule, values, [starts[lane]], length, [last]);
        }
        all.extend(found);
        last = ended;
    }
    let rest = 1 + (LANES * length);
    let [(found, ended)] = follow(&rule, values, [rest], values.len() - rest, [last]);
    all.extend(found);
    kept(ended).then_some(all)
}

/// Whether every value was there: of another one a mean becomes NaN or infinite and stays so.
fn kept(state: [f64; 2]) -> bool {
    state.into_iter().all(is_finite)
}

/// Goes through stretches of as many rows side by side; what each finds, and what it comes to.
fn follow<const N: usize>(
    rule: &OfBoth,
    values: &[f64],
    starts: [usize; N],
    length: usize,
    mut states: [[f64; 2]; N],
) -> [(Crosses, [f64; 2]); N] {
    let mut found: [Crosses; N] = from_fn(|_| Vec::with_capacity(length / SOME));
    let mut sides = states.map(|[fast, slow]| fast - slow);
    let mut shown = [[0.0; CHUNK]; N];
    for done in (0..length).step_by(CHUNK) {
        let rows = CHUNK.min(length - done);
        let inputs = starts.map(|start| &values[start + done..start + done + rows]);
        let outputs = shown.each_mut().map(|column| &mut column[..rows]);
        states = step_abreast(rule, [inputs], [outputs], states);
        for lane in 0..N {
            let first = starts[lane] + done;
            let shown = &shown[lane][..rows];
            sides[lane] = compare(first, shown, sides[lane], &mut found[lane]);
        }
    }
    let mut states = states.into_iter();
    found.map(|found| (found, states.next().unwrap_or([f64::NAN; 2])))
}

/// Adds where differences come above or below zero; returns the last one.
fn compare(first: usize, differences: &[f64], mut was: f64, found: &mut Crosses) -> f64 {
    for (row, some) in (first..).step_by(SOME).zip(differences.chunks(SOME)) {
        // Most means stay on their side, which the extremes of several rows tell.
        if let Ok(some) = <&[f64; SOME]>::try_from(some) {
            let (mut least, mut most) = ([was; 2], [was; 2]);
            for pair in some.chunks_exact(2) {
                for lane in 0..2 {
                    least[lane] = smaller(least[lane], pair[lane]);
                    most[lane] = larger(most[lane], pair[lane]);
                }
            }
            if smaller(least[0], least[1]) > 0.0 || larger(most[0], most[1]) < 0.0 {
                was = some[SOME - 1];
                continue;
            }
        }
        for (row, &now) in (row..).zip(some) {
            if now > 0.0 && was <= 0.0 {
                found.push((row, Direction::Long));
            } else if now < 0.0 && was >= 0.0 {
                found.push((row, Direction::Short));
            }
            was = now;
        }
    }
    was
}

#[cfg(test)]
mod tests {
    use super::{Ema, crosses};
    use crate::strategies::ema_cross::Crossing;

    fn mean(period: i64) -> Ema {
        Ema::new(period).expect("the period is valid")
    }

    #[test]
    fn prop_crosses_are_those_of_two_streams() {
        // Whole numbers that stand still at times, so that means are equal at times.
        let value = |row: u32| f64::from((row / 7).wrapping_mul(2_654_435_761) >> 28) + 100.0;
        let mut count = 0;
        for length in [0, 1, 2, 17, 511, 3_000, 40_003] {
            let values: Vec<f64> = (0..length).map(value).collect();
            for (fast, slow) in [(1, 1), (1, 4), (5, 21), (10, 50), (21, 5), (200, 300)] {
                let mut stream = Crossing::new(mean(fast), mean(slow));
                let mut expected = Vec::new();
                for (row, &x) in values.iter().enumerate() {
                    stream.update(x);
                    expected.extend(stream.direction().map(|direction| (row, direction)));
                }
                let found = crosses((&mean(fast), &mean(slow)), &values);
                assert_eq!(found.as_ref(), Some(&expected), "{fast} {slow} {length}");
                count += expected.len();
            }
        }
        assert!(count > 3_000, "only {count} crosses");
        assert_eq!(crosses((&mean(2), &mean(3)), &[1.0, f64::NAN, 2.0]), None);
    }
}
