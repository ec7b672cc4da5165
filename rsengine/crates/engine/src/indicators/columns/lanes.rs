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

    /// Takes a row of each stretch in.
    fn abreast<const N: usize>(
        &self,
        states: &mut [[f64; S]; N],
        rows: [[f64; I]; N],
    ) -> [[f64; O]; N];
}

/// Takes a row of each stretch in, one after the other.
#[inline(always)]
pub(super) fn each<const I: usize, const S: usize, const O: usize, const N: usize>(
    states: &mut [[f64; S]; N],
    rows: [[f64; I]; N],
    step: impl Fn(&mut [f64; S], [f64; I]) -> [f64; O],
) -> [[f64; O]; N] {
    from_fn(|lane| step(&mut states[lane], rows[lane]))
}

/// Takes all rows in, writes what is shown, and returns the last state.
pub(super) fn run<const I: usize, const S: usize, const O: usize>(
    rule: &impl Recurrence<I, S, O>,
    inputs: [&[f64]; I],
    outputs: [&mut [f64]; O],
    state: [f64; S],
) -> [f64; S] {
    run_in::<LANES, I, S, O>(rule, inputs, outputs, state)
}

/// The same in so many stretches.
pub(super) fn run_in<const N: usize, const I: usize, const S: usize, const O: usize>(
    rule: &impl Recurrence<I, S, O>,
    inputs: [&[f64]; I],
    mut outputs: [&mut [f64]; O],
    state: [f64; S],
) -> [f64; S] {
    let rows = inputs[0].len();
    let early = rule.memory();
    let length = rows.saturating_sub(early) / N;
    if length <= early {
        return step_along(rule, inputs, outputs, state);
    }
    // The first stretch knows what it begins with; what the others show of so early rows is written
    // over by the one before.
    let guessed: [_; N] = from_fn(|lane| match lane {
        0 => state,
        _ => rule.guess(inputs.map(|column| column[lane * length])),
    });
    let begins = lanes_of(inputs, 0, length, early);
    let entered = step_abreast(rule, begins, cut(&mut outputs, 0, length, early), guessed);
    let stretches = lanes_of(inputs, early, length, length);
    let written = cut(&mut outputs, early, length, length);
    let ended = step_abreast(rule, stretches, written, entered);
    let starts: [usize; N] = from_fn(|lane| early + (lane * length));
    let mut last = ended[0];
    for lane in 1..N {
        last = if last.map(f64::to_bits) == entered[lane].map(f64::to_bits) {
            ended[lane]
        } else {
            let (from, to) = (starts[lane], starts[lane] + length);
            let inputs = inputs.map(|column| &column[from..to]);
            let outputs = outputs.each_mut().map(|column| &mut column[from..to]);
            step_along(rule, inputs, outputs, last)
        };
    }
    let rest = early + (N * length);
    let inputs = inputs.map(|column| &column[rest..]);
    let outputs = outputs.each_mut().map(|column| &mut column[rest..]);
    step_along(rule, inputs, outputs, last)
}

/// So many rows of each stretch; the stretches begin `length` rows apart.
fn lanes_of<const N: usize, const I: usize>(
    inputs: [&[f64]; I],
    from: usize,
    length: usize,
    rows: usize,
) -> [[&[f64]; N]; I] {
    inputs.map(|column| from_fn(|lane| &column[from + (lane * length)..][..rows]))
}

/// The same rows of what is written.
fn cut<'a, const N: usize, const O: usize>(
    outputs: &'a mut [&mut [f64]; O],
    from: usize,
    length: usize,
    rows: usize,
) -> [[&'a mut [f64]; N]; O] {
    outputs.each_mut().map(|column| {
        let mut stretches = column[from..].chunks_exact_mut(length);
        from_fn(|_| {
            let stretch = stretches.next();
            &mut stretch.expect("Invariant: a stretch for each lane")[..rows]
        })
    })
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
        let taken = from_fn(|lane| from_fn(|column| inputs[column][lane][row]));
        let shown = rule.abreast(&mut states, taken);
        for (lane, shown) in shown.into_iter().enumerate() {
            for (column, value) in shown.into_iter().enumerate() {
                outputs[column][lane][row] = value;
            }
        }
    }
    states
}
