//! A recurrence over a column, in stretches side by side.
//!
//! Each value needs the one before it, so that a processor waits most of the time. Here the column
//! is cut into stretches that run at once. A stretch begins with a guess, some rows early: what a
//! mean began with is soon forgotten, to the last bit. Where a stretch ends, the next one must have
//! arrived at the very same bits; if it has not, it is made anew from there. So the result is that
//! of one run from the first row to the last, whatever the guess was.

use std::array::from_fn;

/// How many stretches run side by side.
pub(super) const LANES: usize = 4;

/// `S` numbers that a row of `I` numbers changes, and `O` that are then shown.
pub(super) trait Recurrence<const I: usize, const S: usize, const O: usize> {
    /// After how many rows the state hardly ever depends on what it was.
    fn memory(&self) -> usize;

    /// A state to begin with before a row.
    fn guess(&self, row: [f64; I]) -> [f64; S];

    /// Takes a row in.
    fn step(&self, state: &mut [f64; S], row: [f64; I]) -> [f64; O];
}

/// Takes all rows in, writes what is shown, and returns the last state.
pub(super) fn run<const I: usize, const S: usize, const O: usize>(
    rule: &impl Recurrence<I, S, O>,
    inputs: [&[f64]; I],
    mut outputs: [&mut [f64]; O],
    state: [f64; S],
) -> [f64; S] {
    let rows = inputs[0].len();
    let early = rule.memory();
    let length = rows.saturating_sub(early) / LANES;
    if length <= early {
        return step_along(rule, inputs, outputs, state);
    }
    let starts: [usize; LANES] = from_fn(|lane| early + (lane * length));
    let mut entered = [state; LANES];
    entered[0] = step_along(
        rule,
        part(inputs, 0, early),
        cut(&mut outputs, 0, early),
        state,
    );
    for lane in 1..LANES {
        let before = part(inputs, starts[lane] - early, starts[lane]);
        let mut state = rule.guess(before.map(|column| column[0]));
        for row in 0..early {
            rule.step(&mut state, before.map(|column| column[row]));
        }
        entered[lane] = state;
    }
    let lanes = inputs.map(|column| starts.map(|from| &column[from..from + length]));
    let written = outputs.each_mut().map(|column| {
        let mut parts = column[early..].chunks_exact_mut(length);
        from_fn(|_| parts.next().expect("Invariant: a part for each lane"))
    });
    let ended = step_abreast(rule, lanes, written, entered);
    let mut last = ended[0];
    for lane in 1..LANES {
        last = if last.map(f64::to_bits) == entered[lane].map(f64::to_bits) {
            ended[lane]
        } else {
            let (from, to) = (starts[lane], starts[lane] + length);
            step_along(
                rule,
                part(inputs, from, to),
                cut(&mut outputs, from, to),
                last,
            )
        };
    }
    let rest = early + (LANES * length);
    step_along(
        rule,
        part(inputs, rest, rows),
        cut(&mut outputs, rest, rows),
        last,
    )
}

fn part<const I: usize>(inputs: [&[f64]; I], from: usize, to: usize) -> [&[f64]; I] {
    inputs.map(|column| &column[from..to])
}

fn cut<'a, const O: usize>(
    outputs: &'a mut [&mut [f64]; O],
    from: usize,
    to: usize,
) -> [&'a mut [f64]; O] {
    outputs.each_mut().map(|column| &mut column[from..to])
}

/// Takes rows in, one after the other.
fn step_along<const I: usize, const S: usize, const O: usize>(
    rule: &impl Recurrence<I, S, O>,
    inputs: [&[f64]; I],
    outputs: [&mut [f64]; O],
    state: [f64; S],
) -> [f64; S] {
    let inputs = inputs.map(|column| [column]);
    let outputs = outputs.map(|column| [column]);
    let [state] = step_abreast(rule, inputs, outputs, [state]);
    state
}

/// Takes a row of each stretch in, then the next of each; all are equally long.
#[inline]
pub(super) fn step_abreast<const I: usize, const S: usize, const O: usize, const N: usize>(
    rule: &impl Recurrence<I, S, O>,
    inputs: [[&[f64]; N]; I],
    mut outputs: [[&mut [f64]; N]; O],
    mut states: [[f64; S]; N],
) -> [[f64; S]; N] {
    let rows = inputs[0][0].len();
    // Of one length in the compiler's eyes, too, so that nothing is checked in the loop.
    let inputs = inputs.map(|lanes| lanes.map(|column| &column[..rows]));
    let outputs = outputs
        .each_mut()
        .map(|lanes| lanes.each_mut().map(|column| &mut column[..rows]));
    for row in 0..rows {
        for lane in 0..N {
            let taken = from_fn(|column| inputs[column][lane][row]);
            let shown = rule.step(&mut states[lane], taken);
            for (column, value) in shown.into_iter().enumerate() {
                outputs[column][lane][row] = value;
            }
        }
    }
    states
}
