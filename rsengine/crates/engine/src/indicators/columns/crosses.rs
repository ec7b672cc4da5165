//! Where two means of a column cross, without keeping the means.
//!
//! The column is cut into stretches that run side by side, as in `lanes`, a few rows at a time.

use std::array::from_fn;

use super::lanes::LANES;
use super::recurrences::Weights;
use crate::arithmetic::{is_finite, larger, smaller};
use crate::fast::threads;
use crate::indicators::ema::Ema;
use crate::signals::Direction;

/// Rows of a stretch whose means are kept at once: few enough to stay in near memory.
const CHUNK: usize = 512;
/// Rows that are compared before one of them is looked at.
const SOME: usize = 8;

/// A fast and a slow mean.
struct Both(Weights, Weights);

impl Both {
    /// After how many rows the means hardly ever depend on what they were.
    fn memory(&self) -> usize {
        self.0.memory().max(self.1.memory())
    }

    /// Writes how far the fast mean is above the slow one after each row of values, each lane for itself:
    /// not at all only where they are equal.
    #[inline(never)]
    fn advance<const N: usize>(
        &self,
        values: [&[f64]; N],
        above: &mut [[f64; N]],
        (mut fast, mut slow): ([f64; N], [f64; N]),
    ) -> ([f64; N], [f64; N]) {
        let Self(of_fast, of_slow) = *self;
        // Of one length in the compiler's eyes, too, so that nothing is checked in the loop.
        let values = values.map(|lane| &lane[..above.len()]);
        for (row, above) in above.iter_mut().enumerate() {
            let taken = values.map(|lane| lane[row]);
            fast = of_fast.abreast(fast, taken);
            slow = of_slow.abreast(slow, taken);
            *above = from_fn(|lane| fast[lane] - slow[lane]);
        }
        (fast, slow)
    }
}

/// Rows at which the means cross, and which way.
type Crosses = Vec<(usize, Direction)>;

/// Stretches side by side: what each began with, what it found, and what it came to.
struct Side<const N: usize> {
    entered: [[f64; 2]; N],
    found: [Crosses; N],
    ended: [[f64; 2]; N],
}

/// Tells where two means of a column cross, as streams would that begin with its first value.
///
/// `None` where a value is missing.
pub(crate) fn crosses(means: (&Ema, &Ema), values: &[f64]) -> Option<Crosses> {
    crosses_by(threads::for_rows(values.len()), means, values)
}

/// The same by so many threads, each with stretches of its own.
fn crosses_by(threads: usize, (fast, slow): (&Ema, &Ema), values: &[f64]) -> Option<Crosses> {
    let rule = Both(Weights::of(fast), Weights::of(slow));
    let Some(&x) = values.first() else {
        return Some(Vec::new());
    };
    let state = [x + 0.0; 2];
    let (early, length) = (rule.memory(), (values.len() - 1) / (LANES * threads));
    if length <= early {
        if threads > 1 {
            return crosses_by(1, (fast, slow), values);
        }
        let Side {
            found: [found],
            ended: [ended],
            ..
        } = follow(&rule, values, [1], values.len() - 1, [state]);
        return kept(ended).then_some(found);
    }
    let starts_of = |place: usize| from_fn(|lane| 1 + (((place * LANES) + lane) * length));
    let mut sides: Vec<Side<LANES>> = Vec::new();
    sides.resize_with(threads, || Side {
        entered: [state; LANES],
        found: from_fn(|_| Vec::new()),
        ended: [state; LANES],
    });
    let places = sides.iter_mut().enumerate().collect();
    threads::share(threads, places, |(place, side)| {
        let starts = starts_of(place);
        let mut entered = enter(&rule, values, starts, early);
        if place == 0 {
            entered[0] = state;
        }
        *side = follow(&rule, values, starts, length, entered);
    });
    let found = sides.iter().flat_map(|side| &side.found);
    let (mut all, mut last) = (Vec::with_capacity(found.map(Vec::len).sum()), state);
    for (place, side) in sides.into_iter().enumerate() {
        let stretches = side
            .found
            .into_iter()
            .zip(side.entered.into_iter().zip(side.ended));
        for ((found, (entered, ended)), start) in stretches.zip(starts_of(place)) {
            // What a stretch began with must be what the one before has come to, to the last bit.
            if last.map(f64::to_bits) == entered.map(f64::to_bits) {
                all.extend(found);
                last = ended;
            } else {
                last = go_on(&rule, values, (start, length), last, &mut all);
            }
        }
    }
    let rest = 1 + (LANES * threads * length);
    last = go_on(&rule, values, (rest, values.len() - rest), last, &mut all);
    kept(last).then_some(all)
}

/// Adds the crosses of some rows, so many from a start on; returns what the means come to.
fn go_on(
    rule: &Both,
    values: &[f64],
    (start, length): (usize, usize),
    last: [f64; 2],
    all: &mut Crosses,
) -> [f64; 2] {
    let Side {
        found: [found],
        ended: [ended],
        ..
    } = follow(rule, values, [start], length, [last]);
    all.extend(found);
    ended
}

/// What each stretch begins with: a guess, some rows early.
fn enter(rule: &Both, values: &[f64], starts: [usize; LANES], early: usize) -> [[f64; 2]; LANES] {
    let before = starts.map(|start| &values[start.saturating_sub(early)..][..early]);
    let (mut fast, mut slow) = (before.map(|rows| rows[0]), before.map(|rows| rows[0]));
    for row in 0..early {
        let taken = before.map(|rows| rows[row]);
        fast = rule.0.abreast(fast, taken);
        slow = rule.1.abreast(slow, taken);
    }
    from_fn(|lane| [fast[lane], slow[lane]])
}

/// Whether every value was there: of another one a mean becomes NaN or infinite and stays so.
fn kept(state: [f64; 2]) -> bool {
    state.into_iter().all(is_finite)
}

/// Goes through stretches of as many rows side by side.
fn follow<const N: usize>(
    rule: &Both,
    values: &[f64],
    starts: [usize; N],
    length: usize,
    entered: [[f64; 2]; N],
) -> Side<N> {
    let mut found: [Crosses; N] = from_fn(|_| Vec::with_capacity(length / 16));
    // The stretches lie side by side, so that the same is done to all of them at once.
    let (mut fast, mut slow) = (entered.map(|[fast, _]| fast), entered.map(|[_, slow]| slow));
    let mut was: [f64; N] = from_fn(|lane| fast[lane] - slow[lane]);
    let mut shown = [[0.0; N]; CHUNK];
    for done in (0..length).step_by(CHUNK) {
        let rows = CHUNK.min(length - done);
        let inputs = starts.map(|start| &values[start + done..][..rows]);
        (fast, slow) = rule.advance(inputs, &mut shown[..rows], (fast, slow));
        for (row, some) in (done..).step_by(SOME).zip(shown[..rows].chunks(SOME)) {
            was = compare(starts.map(|start| start + row), some, was, &mut found);
        }
    }
    Side {
        entered,
        found,
        ended: from_fn(|lane| [fast[lane], slow[lane]]),
    }
}

/// Adds where differences come above or below zero; returns the last ones.
#[inline]
fn compare<const N: usize>(
    firsts: [usize; N],
    some: &[[f64; N]],
    was: [f64; N],
    found: &mut [Crosses; N],
) -> [f64; N] {
    // Most means stay on their side, which the extremes of several rows tell.
    let (mut least, mut most) = (was, was);
    for differences in some {
        for lane in 0..N {
            least[lane] = smaller(least[lane], differences[lane]);
            most[lane] = larger(most[lane], differences[lane]);
        }
    }
    for lane in 0..N {
        let stays = least[lane] > 0.0 || most[lane] < 0.0;
        if !stays {
            let differences = some.iter().map(|row| row[lane]);
            add_crosses(firsts[lane], was[lane], differences, &mut found[lane]);
        }
    }
    some.last().copied().unwrap_or(was)
}

/// Adds where some differences after another come above or below zero.
#[inline(never)]
fn add_crosses(
    first: usize,
    was: f64,
    differences: impl Iterator<Item = f64>,
    found: &mut Crosses,
) {
    // A bit for each row, the one before first, so that nothing has to be guessed.
    let (mut above, mut below) = (u32::from(was > 0.0), u32::from(was < 0.0));
    for (bit, now) in (1..).zip(differences) {
        above |= u32::from(now > 0.0) << bit;
        below |= u32::from(now < 0.0) << bit;
    }
    let mut crossed = ((above & !(above << 1)) | (below & !(below << 1))) & !1;
    while crossed != 0 {
        let bit = crossed.trailing_zeros();
        let direction = if above & (1 << bit) != 0 {
            Direction::Long
        } else {
            Direction::Short
        };
        found.push((first + bit as usize - 1, direction));
        crossed &= crossed - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Ema, crosses, crosses_by};
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
                for threads in [1, 2, 3] {
                    let found = crosses_by(threads, (&mean(fast), &mean(slow)), &values);
                    assert_eq!(found.as_ref(), Some(&expected), "{fast} {slow} {length}");
                }
                count += expected.len();
            }
        }
        assert!(count > 3_000, "only {count} crosses");
        assert_eq!(crosses((&mean(2), &mean(3)), &[1.0, f64::NAN, 2.0]), None);
    }
}
