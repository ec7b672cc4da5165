//! Means that age, over whole columns of bars: ranges and directions. See `recurrences`.

use super::lanes::{Recurrence, each, run, run_in};
use super::recurrences::{Weights, fresh, kept, nothing_of, room};
use super::{Bars, begin};
use crate::arithmetic::is_finite;
use crate::indicators::atr::Atr;
use crate::indicators::trend::{Dmi, TrueRange};

/// Stretches of a mean of ranges, each step of which waits for a division.
const RANGE_LANES: usize = 8;

struct Ranges {
    length: f64,
}

impl Recurrence<3, 1, 1> for Ranges {
    fn memory(&self) -> usize {
        (60.0 * self.length).min(1e15) as usize
    }

    fn guess(&self, [high, low, close]: [f64; 3]) -> [f64; 1] {
        [TrueRange::between(high, low, close)]
    }

    /// Operation by operation, so that several are divided at once.
    #[inline(always)]
    fn abreast<const N: usize>(
        &self,
        states: &mut [[f64; 1]; N],
        rows: [[f64; 3]; N],
    ) -> [[f64; 1]; N] {
        let ranges =
            rows.map(|[high, low, close]| TrueRange::between(high, low, close) + nothing_of(close));
        for [y] in states.iter_mut() {
            *y *= self.length - 1.0;
        }
        for ([y], range) in states.iter_mut().zip(ranges) {
            *y += range;
        }
        for [y] in states.iter_mut() {
            *y /= self.length;
        }
        *states
    }
}

pub(super) fn atr(mut stream: Atr, bars: Bars<'_>) -> Option<Vec<f64>> {
    let Bars { high, low, close } = bars;
    let rows = close.len();
    let first = begin(&[high, low, close]);
    let mut made = room(rows, first);
    let mut place = first;
    while place < rows && !is_finite(stream.value()) {
        made[place] = stream.update(high[place], low[place], close[place]);
        place += 1;
    }
    if place < rows {
        let inputs = [&high[place..], &low[place..], &close[place - 1..rows - 1]];
        let rule = Ranges {
            length: stream.period() as f64,
        };
        let (shown, state) = ([&mut made[place..]], [stream.value()]);
        kept(run_in::<RANGE_LANES, 3, 1, 1>(&rule, inputs, shown, state))?;
        kept([close[rows - 1]])?;
    }
    Some(made)
}

struct Movements(Weights);

impl Recurrence<5, 4, 3> for Movements {
    fn memory(&self) -> usize {
        2 * self.0.memory()
    }

    fn guess(&self, [high, _, low, ..]: [f64; 5]) -> [f64; 4] {
        let height = (high - low) + 1e-9;
        [height, height, height, 50.0]
    }

    #[inline(always)]
    fn abreast<const N: usize>(
        &self,
        states: &mut [[f64; 4]; N],
        rows: [[f64; 5]; N],
    ) -> [[f64; 3]; N] {
        each(states, rows, |state, row| {
            let [plus, minus, range, index] = state;
            let [high, last_high, low, last_low, close] = row;
            let (up, down) = Dmi::moves(high - last_high, last_low - low);
            self.0.step(plus, up);
            self.0.step(minus, down);
            let height = TrueRange::between(high, low, close) + nothing_of(close);
            self.0.step(range, height);
            let (plus_di, minus_di, spread) = Dmi::indices(*plus, *minus, *range);
            // Of a missing spread the index would become NaN and stay so, which is seen in the end.
            [plus_di, minus_di, self.0.step(index, spread)]
        })
    }
}

pub(super) fn dmi(mut stream: Dmi, bars: Bars<'_>) -> Option<[Vec<f64>; 3]> {
    let Bars { high, low, close } = bars;
    let rows = close.len();
    let first = begin(&[high, low, close]);
    let [mut plus, mut minus, mut index] = [(); 3].map(|()| room(rows, first));
    let mut place = first;
    while place < rows && !is_finite(stream.value().2) {
        let shown = stream.update(high[place], low[place], close[place]);
        (plus[place], minus[place], index[place]) = shown;
        place += 1;
    }
    if place < rows {
        let inputs = [
            &high[place..],
            &high[place - 1..rows - 1],
            &low[place..],
            &low[place - 1..rows - 1],
            &close[place - 1..rows - 1],
        ];
        let outputs = [&mut plus[place..], &mut minus[place..], &mut index[place..]];
        let averages = stream.averages();
        let rule = Movements(Weights::of(averages[0]));
        kept(run(&rule, inputs, outputs, fresh(averages)?))?;
        kept([close[rows - 1]])?;
    }
    Some([plus, minus, index])
}
