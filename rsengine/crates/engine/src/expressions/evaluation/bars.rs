//! What one step of an expression gives for a block of bars (rules Q.*).

use std::mem;

use super::{Buffer, Kept, Rows};
use crate::expressions::streams::{Indicator, Lines, Stream};
use crate::expressions::tree::{Arithmetic, Comparison, Field, Place, Step};
use crate::indicators::series::ABSENT_US;
use crate::sessions::{is_within, weekday};

/// The last values, the oldest at `place`.
#[derive(Debug, Clone)]
pub(super) struct Ring<T> {
    values: Vec<T>,
    place: usize,
}

impl<T: Copy> Ring<T> {
    pub(super) fn new(size: usize, absent: T) -> Self {
        Self {
            values: vec![absent; size],
            place: 0,
        }
    }

    /// Gives for each value the one that was given so many values before.
    fn shift(&mut self, given: &[T], out: &mut [T]) {
        if self.values.is_empty() {
            out.copy_from_slice(given);
            return;
        }
        for (out, &value) in out.iter_mut().zip(given) {
            *out = mem::replace(&mut self.values[self.place], value);
            self.place += 1;
            if self.place == self.values.len() {
                self.place = 0;
            }
        }
    }
}

/// A block of bars while a step is computed.
pub(super) struct Bars<'a> {
    pub(super) block: &'a [Rows<'a>],
    pub(super) before: &'a [Buffer],
    pub(super) size: usize,
    pub(super) length_us: i64,
}

impl Bars<'_> {
    fn numbers(&self, place: Place) -> &[f64] {
        &self.before[place].numbers[1..=self.size]
    }

    fn flags(&self, place: Place) -> &[bool] {
        &self.before[place].flags[..self.size]
    }

    pub(super) fn compute(&self, step: &Step, kept: &mut Kept, out: &mut Buffer) {
        let size = self.size;
        match step {
            Step::Constant(_) | Step::Indicator(_, Indicator::Ema(_)) => {}
            Step::Price(series, field) => {
                let rows = &self.block[*series];
                let numbers = &mut out.numbers[1..=size];
                match field {
                    Field::Open => numbers.copy_from_slice(rows.open),
                    Field::High => numbers.copy_from_slice(rows.high),
                    Field::Low => numbers.copy_from_slice(rows.low),
                    Field::Close => numbers.copy_from_slice(rows.close),
                    Field::Volume => volume(rows, numbers),
                }
            }
            Step::Indicator(series, _) => {
                if let Kept::Stream(stream, value) = kept {
                    indicator(stream, value, &self.block[*series], out);
                }
            }
            Step::Line(of, line) => {
                let given = &self.before[*of].lines[*line][..size];
                out.numbers[1..=size].copy_from_slice(given);
            }
            Step::Negative(of) => {
                let numbers = out.numbers[1..=size].iter_mut();
                numbers
                    .zip(self.numbers(*of))
                    .for_each(|(out, x)| *out = -x);
            }
            Step::Absolute(of) => {
                let numbers = out.numbers[1..=size].iter_mut();
                numbers
                    .zip(self.numbers(*of))
                    .for_each(|(out, x)| *out = x.abs());
            }
            Step::Number(op, left, right) => {
                let sides = (self.numbers(*left), self.numbers(*right));
                arithmetic(*op, sides, &mut out.numbers[1..=size]);
            }
            Step::Compare(op, left, right) => {
                let sides = (&self.before[*left].numbers, &self.before[*right].numbers);
                compare(
                    *op,
                    (&sides.0[..=size], &sides.1[..=size]),
                    &mut out.flags[..size],
                );
            }
            Step::And(left, right) => {
                let sides = self.flags(*left).iter().zip(self.flags(*right));
                let flags = out.flags.iter_mut().zip(sides);
                flags.for_each(|(out, (left, right))| *out = left & right);
            }
            Step::Or(left, right) => {
                let sides = self.flags(*left).iter().zip(self.flags(*right));
                let flags = out.flags.iter_mut().zip(sides);
                flags.for_each(|(out, (left, right))| *out = left | right);
            }
            Step::Not(of) => {
                let flags = out.flags.iter_mut().zip(self.flags(*of));
                flags.for_each(|(out, of)| *out = !of);
            }
            Step::ShiftNumber(of, _) => {
                if let Kept::Numbers(ring) = kept {
                    ring.shift(self.numbers(*of), &mut out.numbers[1..=size]);
                }
            }
            Step::ShiftCondition(of, _) => {
                if let Kept::Flags(ring) = kept {
                    ring.shift(self.flags(*of), &mut out.flags[..size]);
                }
            }
            Step::Highest(of, _) => {
                if let Kept::Span(span) = kept {
                    for (out, &x) in out.numbers[1..].iter_mut().zip(self.numbers(*of)) {
                        span.update(x, x, 0.0);
                        *out = span.high();
                    }
                }
            }
            Step::Lowest(of, _) => {
                if let Kept::Span(span) = kept {
                    for (out, &x) in out.numbers[1..].iter_mut().zip(self.numbers(*of)) {
                        span.update(x, x, 0.0);
                        *out = span.low();
                    }
                }
            }
            Step::Where(condition, then, otherwise) => {
                let sides = self.numbers(*then).iter().zip(self.numbers(*otherwise));
                let chosen = self.flags(*condition).iter().zip(sides);
                for (out, (&is_true, (&then, &otherwise))) in
                    out.numbers[1..].iter_mut().zip(chosen)
                {
                    *out = if is_true { then } else { otherwise };
                }
            }
            Step::Between(window) => self.clock(out, |end_us| is_within(end_us, *window)),
            // The last microsecond of the bar lies on its day, an end at midnight on the next.
            Step::Weekday(days) => self.clock(out, |end_us| days.contains(&weekday(end_us - 1))),
        }
    }

    /// Looks at the end of each bar; false where there is none (Q.between, Q.weekday).
    fn clock(&self, out: &mut Buffer, is_in: impl Fn(i64) -> bool) {
        for (out, &time_us) in out.flags.iter_mut().zip(self.block[0].time_us) {
            *out = time_us != ABSENT_US && is_in(time_us + self.length_us);
        }
    }
}

/// The volumes of a block, 0 where candles have none, NaN where there is no candle.
fn volume(rows: &Rows<'_>, numbers: &mut [f64]) {
    match rows.volume {
        Some(volume) => numbers.copy_from_slice(volume),
        None => {
            for (out, &time_us) in numbers.iter_mut().zip(rows.time_us) {
                *out = if time_us == ABSENT_US { f64::NAN } else { 0.0 };
            }
        }
    }
}

/// Sends new candles through a stream; its value stands until the next (Q.new).
fn indicator(stream: &mut Stream, value: &mut Lines, rows: &Rows<'_>, out: &mut Buffer) {
    let Buffer { numbers, lines, .. } = out;
    let mut put = |row: usize, made: Lines| {
        if lines.is_empty() {
            numbers[row + 1] = made[0];
        }
        for (line, value) in lines.iter_mut().zip(made) {
            line[row] = value;
        }
    };
    let Some(is_new) = rows.is_new else {
        stream.extend(rows.high, rows.low, rows.close, put);
        return;
    };
    for (row, &is_new) in is_new.iter().enumerate() {
        if is_new {
            let one = row..=row;
            let prices = (
                &rows.high[one.clone()],
                &rows.low[one.clone()],
                &rows.close[one],
            );
            stream.extend(prices.0, prices.1, prices.2, |_, made| *value = made);
        }
        put(row, *value);
    }
}

pub(super) fn arithmetic(op: Arithmetic, (left, right): (&[f64], &[f64]), out: &mut [f64]) {
    let rows = out.iter_mut().zip(left.iter().zip(right));
    match op {
        Arithmetic::Add => rows.for_each(|(out, (a, b))| *out = a + b),
        Arithmetic::Subtract => rows.for_each(|(out, (a, b))| *out = a - b),
        Arithmetic::Multiply => rows.for_each(|(out, (a, b))| *out = a * b),
        Arithmetic::Divide => rows.for_each(|(out, (a, b))| *out = a / b),
        // A NaN on the left stays by itself, since nothing is less than it.
        Arithmetic::Minimum => {
            rows.for_each(|(out, (&a, &b))| *out = if b < a || b.is_nan() { b } else { a });
        }
        Arithmetic::Maximum => {
            rows.for_each(|(out, (&a, &b))| *out = if b > a || b.is_nan() { b } else { a });
        }
    }
}

/// Compares two columns, each with its value before the first row in front of it (Q.cross).
fn compare(op: Comparison, (left, right): (&[f64], &[f64]), out: &mut [bool]) {
    fn each((left, right): (&[f64], &[f64]), out: &mut [bool], is_true: impl Fn(f64, f64) -> bool) {
        let rows = left[1..].iter().zip(&right[1..]);
        for (out, (&left, &right)) in out.iter_mut().zip(rows) {
            *out = is_true(left, right);
        }
    }
    fn steps(
        (left, right): (&[f64], &[f64]),
        out: &mut [bool],
        is_true: impl Fn(f64, f64, f64, f64) -> bool,
    ) {
        let was = left.iter().zip(right);
        let rows = was.zip(left[1..].iter().zip(&right[1..]));
        for (out, ((&was_left, &was_right), (&left, &right))) in out.iter_mut().zip(rows) {
            *out = is_true(was_left, was_right, left, right);
        }
    }
    let sides = (left, right);
    match op {
        Comparison::Less => each(sides, out, |a, b| a < b),
        Comparison::LessEqual => each(sides, out, |a, b| a <= b),
        Comparison::Greater => each(sides, out, |a, b| a > b),
        Comparison::GreaterEqual => each(sides, out, |a, b| a >= b),
        Comparison::Equal => each(sides, out, |a, b| a == b),
        // Unlike != of a language, false where one is NaN.
        Comparison::NotEqual => each(sides, out, |a, b| (a < b) | (a > b)),
        Comparison::CrossesAbove => steps(sides, out, |p, q, a, b| (p <= q) & (a > b)),
        Comparison::CrossesBelow => steps(sides, out, |p, q, a, b| (p >= q) & (a < b)),
        Comparison::Crosses => steps(sides, out, |p, q, a, b| {
            ((p <= q) & (a > b)) | ((p >= q) & (a < b))
        }),
    }
}
