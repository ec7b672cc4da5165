//! Means that age, over whole columns of values: their recurrences, and how each begins.
//!
//! `None` where a value is missing on the way or a number has become too large: what the streams do
//! then is not done here.

use fillproof_ahead::use_large_pages;

use super::begin;
use super::lanes::{Recurrence, each, run};
use crate::arithmetic::is_finite;
use crate::indicators::ema::Ema;
use crate::indicators::momentum::{Macd, Rsi};

/// So many strengths are made in two steps before the next ones, while they are near.
const PART: usize = 1 << 17;

/// Weight of a new value and of the past.
#[derive(Clone, Copy)]
pub(super) struct Weights {
    new: f64,
    old: f64,
}

impl Weights {
    pub(super) fn of(average: &Ema) -> Self {
        let (new, old) = average.weights();
        Self { new, old }
    }

    #[inline(always)]
    pub(super) fn step(self, y: &mut f64, x: f64) -> f64 {
        *y = (self.new * x) + (self.old * *y);
        *y
    }

    /// The same for several means, each of a value of its own.
    #[inline(always)]
    pub(super) fn abreast<const N: usize>(self, y: [f64; N], x: [f64; N]) -> [f64; N] {
        let (mut came, mut stays) = (x, y);
        came.iter_mut().for_each(|x| *x *= self.new);
        stays.iter_mut().for_each(|y| *y *= self.old);
        std::array::from_fn(|lane| came[lane] + stays[lane])
    }

    /// What is left of a value after so many rows is far below a bit, rounding included.
    pub(super) fn memory(self) -> usize {
        (60.0 / self.new).min(1e15) as usize
    }
}

/// A column with room for each value, NaN up to where the values begin.
pub(super) fn room(length: usize, first: usize) -> Vec<f64> {
    let mut made = vec![0.0; length];
    use_large_pages(&mut made);
    made[..first].fill(f64::NAN);
    made
}

/// 0, but NaN of a missing value, which a comparison would pass over.
#[inline(always)]
#[expect(clippy::eq_op, reason = "of a missing value it is NaN")]
pub(super) fn nothing_of(x: f64) -> f64 {
    x - x
}

/// Whether every value taken was there: of another one a mean becomes NaN or infinite and stays so.
pub(super) fn kept<const S: usize>(state: [f64; S]) -> Option<()> {
    state.into_iter().all(is_finite).then_some(())
}

/// The values of means, if each has one that has not aged.
pub(super) fn fresh<const S: usize>(averages: [&Ema; S]) -> Option<[f64; S]> {
    let mut state = [0.0; S];
    for (value, average) in state.iter_mut().zip(averages) {
        *value = average.fresh()?;
    }
    Some(state)
}

struct OfValues(Weights);

impl Recurrence<1, 1, 1> for OfValues {
    fn memory(&self) -> usize {
        self.0.memory()
    }

    fn guess(&self, [x]: [f64; 1]) -> [f64; 1] {
        [x]
    }

    #[inline(always)]
    fn abreast<const N: usize>(
        &self,
        states: &mut [[f64; 1]; N],
        rows: [[f64; 1]; N],
    ) -> [[f64; 1]; N] {
        each(states, rows, |[y], [x]| [self.0.step(y, x)])
    }
}

pub(super) fn ema(stream: &Ema, values: &[f64]) -> Option<Vec<f64>> {
    let first = begin(&[values]);
    let mut made = room(values.len(), first);
    let Some(&x) = values.get(first) else {
        return Some(made);
    };
    made[first] = x + 0.0;
    let state = [made[first]];
    let rule = OfValues(Weights::of(stream));
    let ended = run(
        &rule,
        [&values[first + 1..]],
        [&mut made[first + 1..]],
        state,
    );
    kept(ended)?;
    Some(made)
}

struct Changes(Weights);

impl Recurrence<2, 2, 2> for Changes {
    fn memory(&self) -> usize {
        self.0.memory()
    }

    fn guess(&self, _: [f64; 2]) -> [f64; 2] {
        [0.0, 0.0]
    }

    #[inline(always)]
    fn abreast<const N: usize>(
        &self,
        states: &mut [[f64; 2]; N],
        rows: [[f64; 2]; N],
    ) -> [[f64; 2]; N] {
        each(states, rows, |[gain, loss], [x, last]| {
            let (up, down) = Rsi::moves(x - last);
            [
                self.0.step(gain, up + nothing_of(x)),
                self.0.step(loss, down),
            ]
        })
    }
}

pub(super) fn rsi(mut stream: Rsi, values: &[f64]) -> Option<Vec<f64>> {
    let first = begin(&[values]);
    let mut made = room(values.len(), first);
    let mut from = values.len().min(first + 2);
    for place in first..from {
        made[place] = stream.update(values[place]);
    }
    if from == values.len() {
        return Some(made);
    }
    let averages = stream.averages();
    let rule = Changes(Weights::of(averages[0]));
    let mut state = fresh(averages)?;
    let part = PART.max(rule.memory().saturating_mul(40));
    let mut losses = vec![0.0; part.min(values.len())];
    while from < values.len() {
        let to = values.len().min(from.saturating_add(part));
        let inputs = [&values[from..to], &values[from - 1..to - 1]];
        let (gains, losses) = (&mut made[from..to], &mut losses[..to - from]);
        state = run(&rule, inputs, [&mut *gains, &mut *losses], state);
        // On its own, so that several are divided at once.
        for (gain, &loss) in gains.iter_mut().zip(&*losses) {
            *gain = Rsi::strength(*gain, loss);
        }
        from = to;
    }
    kept(state)?;
    Some(made)
}

struct Differences {
    fast: Weights,
    slow: Weights,
    signal: Weights,
}

impl Recurrence<1, 3, 2> for Differences {
    fn memory(&self) -> usize {
        // The mean begins to forget when what it is of has done so.
        self.fast.memory().max(self.slow.memory()) + self.signal.memory()
    }

    fn guess(&self, [x]: [f64; 1]) -> [f64; 3] {
        [x, x, 0.0]
    }

    #[inline(always)]
    fn abreast<const N: usize>(
        &self,
        states: &mut [[f64; 3]; N],
        rows: [[f64; 1]; N],
    ) -> [[f64; 2]; N] {
        each(states, rows, |[fast, slow, signal], [x]| {
            let difference = self.fast.step(fast, x) - self.slow.step(slow, x);
            [difference, self.signal.step(signal, difference)]
        })
    }
}

pub(super) fn macd(mut stream: Macd, values: &[f64]) -> Option<[Vec<f64>; 2]> {
    let first = begin(&[values]);
    let (mut line, mut signal) = (room(values.len(), first), room(values.len(), first));
    if let Some(&x) = values.get(first) {
        (line[first], signal[first]) = stream.update(x);
        let averages = stream.averages();
        let [fast, slow, mean] = averages.map(Weights::of);
        let rule = Differences {
            fast,
            slow,
            signal: mean,
        };
        let outputs = [&mut line[first + 1..], &mut signal[first + 1..]];
        let state = fresh(averages)?;
        kept(run(&rule, [&values[first + 1..]], outputs, state))?;
    }
    Some([line, signal])
}
