//! What expressions give at each bar, computed from the bars up to it (rules Q.*).
//!
//! Steps are computed for a block of bars at once, all of them before the next block, so that what
//! one step gives another one is still in the cache; what a step has to know of earlier bars it
//! keeps.

use std::mem;
use std::sync::Arc;

use crate::arithmetic::is_finite;
use crate::errors::Result;
use crate::expressions::streams::{Indicator, Lines, Stream};
use crate::expressions::tree::{Arithmetic, Comparison, Field, Level, Place, Step, Tree};
use crate::indicators::ema::Ema;
use crate::indicators::series::ABSENT_US;
use crate::indicators::window::Span;
use crate::sessions::{is_within, weekday};
use crate::signals::Direction;

/// Bars of a block.
const BLOCK: usize = 1024;

/// The candles of one series at some bars, and which of them are new ones (Q.new).
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Moments at which the bars open.
    pub time_us: &'a [i64],
    /// First prices.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Volumes; absent means 0 everywhere.
    pub volume: Option<&'a [f64]>,
    /// Whether a candle is there and was not there before; absent: each is.
    pub is_new: Option<&'a [bool]>,
}

/// A signal at a row, with its prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// Row, counted from the first that was given.
    pub row: usize,
    /// Long or short.
    pub direction: Direction,
    /// Level of limit and stop orders; of market orders the opening side's close.
    pub entry: f64,
    /// Price of the stop, if there is one.
    pub stop: Option<f64>,
    /// Price of the target, if there is one.
    pub target: Option<f64>,
}

/// What a step has given for the rows of a block; numbers behind the last one before it.
#[derive(Debug, Clone, Default)]
struct Buffer {
    numbers: Vec<f64>,
    flags: Vec<bool>,
    lines: Vec<Vec<f64>>,
}

/// What a step keeps of earlier bars.
#[derive(Debug, Clone)]
enum Kept {
    Nothing,
    Stream(Box<Stream>, Lines),
    Span(Box<Span>),
    Numbers(Ring<f64>),
    Flags(Ring<bool>),
}

/// The last values, the oldest at `place`.
#[derive(Debug, Clone)]
struct Ring<T> {
    values: Vec<T>,
    place: usize,
}

impl<T: Copy> Ring<T> {
    fn new(size: usize, absent: T) -> Self {
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

/// Exponential means of one series, and the steps that they are.
#[derive(Debug, Clone)]
struct Means {
    series: usize,
    places: Vec<Place>,
    means: Vec<Ema>,
}

/// Computes the steps of a tree, stretch of bars by stretch of bars.
#[derive(Debug, Clone)]
pub struct Evaluation {
    tree: Arc<Tree>,
    length_us: i64,
    kept: Vec<Kept>,
    buffers: Vec<Buffer>,
    means: Vec<Means>,
}

impl Evaluation {
    /// An evaluation that has seen no bar; `length_us` is that of the strategy's bars, 0 where
    /// nothing looks at the clock.
    ///
    /// # Errors
    /// `PERIOD_INVALID`, `NUMBER_INVALID` of an indicator's settings.
    pub fn new(tree: &Arc<Tree>, length_us: i64) -> Result<Self> {
        let mut means: Vec<Means> = Vec::new();
        let mut kept = Vec::with_capacity(tree.steps.len());
        for (place, step) in tree.steps.iter().enumerate() {
            if let Step::Indicator(series, Indicator::Ema(period)) = step {
                let mean = Ema::new(*period)?;
                match means.iter_mut().find(|found| found.series == *series) {
                    Some(found) => {
                        found.places.push(place);
                        found.means.push(mean);
                    }
                    None => means.push(Means {
                        series: *series,
                        places: vec![place],
                        means: vec![mean],
                    }),
                }
            }
            kept.push(keeping(step)?);
        }
        Ok(Self {
            tree: Arc::clone(tree),
            length_us,
            kept,
            buffers: tree.steps.iter().map(buffer).collect(),
            means,
        })
    }

    /// Takes the next bars in, by series, and returns their signals.
    pub fn update(&mut self, rows: &[Rows<'_>]) -> Vec<Signal> {
        let mut signals = Vec::new();
        let total = rows.first().map_or(0, |rows| rows.time_us.len());
        let tree = Arc::clone(&self.tree);
        let mut from = 0;
        while from < total {
            let size = BLOCK.min(total - from);
            let block: Vec<Rows<'_>> = rows.iter().map(|rows| rows.part(from, size)).collect();
            for means in &mut self.means {
                means.update(&block[means.series], &mut self.buffers);
            }
            for (place, step) in tree.steps.iter().enumerate() {
                let (before, rest) = self.buffers.split_at_mut(place);
                let bars = Bars {
                    block: &block,
                    before,
                    size,
                    length_us: self.length_us,
                };
                bars.compute(step, &mut self.kept[place], &mut rest[0]);
            }
            let found = Found {
                tree: &tree,
                buffers: &self.buffers,
                block: &block,
            };
            found.collect(from, size, &mut signals);
            for buffer in &mut self.buffers {
                if let Some(&last) = buffer.numbers.get(size) {
                    buffer.numbers[0] = last;
                }
            }
            from += size;
        }
        signals
    }
}

/// What a step keeps before the first bar.
fn keeping(step: &Step) -> Result<Kept> {
    Ok(match step {
        Step::Indicator(_, Indicator::Ema(_)) => Kept::Nothing,
        Step::Indicator(_, indicator) => {
            let stream = indicator.stream()?;
            let lines = stream.value();
            Kept::Stream(Box::new(stream), lines)
        }
        Step::Highest(_, bars) | Step::Lowest(_, bars) => Kept::Span(Box::new(Span::new(*bars)?)),
        Step::ShiftNumber(_, bars) => Kept::Numbers(Ring::new(*bars, f64::NAN)),
        Step::ShiftCondition(_, bars) => Kept::Flags(Ring::new(*bars, false)),
        _ => Kept::Nothing,
    })
}

/// Room for what a step gives for a block.
fn buffer(step: &Step) -> Buffer {
    let mut made = Buffer::default();
    if step.is_condition() {
        made.flags = vec![false; BLOCK];
    } else {
        made.numbers = vec![f64::NAN; BLOCK + 1];
    }
    match step {
        Step::Constant(value) => made.numbers[1..].fill(*value),
        Step::Indicator(_, indicator) => {
            made.lines = indicator
                .lines()
                .iter()
                .map(|_| vec![f64::NAN; BLOCK])
                .collect();
        }
        _ => {}
    }
    made
}

impl<'a> Rows<'a> {
    /// Some of the rows.
    #[must_use]
    pub fn part(&self, from: usize, size: usize) -> Self {
        let price = |column: &'a [f64]| &column[from..from + size];
        Self {
            time_us: &self.time_us[from..from + size],
            open: price(self.open),
            high: price(self.high),
            low: price(self.low),
            close: price(self.close),
            volume: self.volume.map(price),
            is_new: self.is_new.map(|is_new| &is_new[from..from + size]),
        }
    }
}

impl Means {
    /// Sends the closes of a block through all means.
    fn update(&mut self, rows: &Rows<'_>, buffers: &mut [Buffer]) {
        for (places, means) in self.places.chunks(4).zip(self.means.chunks_mut(4)) {
            if let Some(is_new) = rows.is_new {
                for (&place, mean) in places.iter().zip(means) {
                    let out = &mut buffers[place].numbers[1..];
                    for ((out, &x), &is_new) in out.iter_mut().zip(rows.close).zip(is_new) {
                        *out = if is_new { mean.update(x) } else { mean.value() };
                    }
                }
                continue;
            }
            match (places, means) {
                (&[a, b, c, d], [i, j, k, l]) => {
                    side_by_side([a, b, c, d], [i, j, k, l], rows.close, buffers);
                }
                (&[a, b, c], [i, j, k]) => side_by_side([a, b, c], [i, j, k], rows.close, buffers),
                (&[a, b], [i, j]) => side_by_side([a, b], [i, j], rows.close, buffers),
                (&[a], [i]) => side_by_side([a], [i], rows.close, buffers),
                _ => {}
            }
        }
    }
}

/// Advances several means at once: each waits for its own last value, not for the others'.
fn side_by_side<const N: usize>(
    places: [Place; N],
    means: [&mut Ema; N],
    close: &[f64],
    buffers: &mut [Buffer],
) {
    let mut advanced = means.each_ref().map(|mean| (**mean).clone());
    let mut out = places.map(|place| mem::take(&mut buffers[place].numbers));
    {
        let mut columns = out.each_mut().map(|out| &mut out[1..=close.len()]);
        if advanced.iter().all(Ema::is_steady)
            && close.iter().fold(true, |all, &x| all & is_finite(x))
        {
            // As `Ema::update` does with values of which none is missing.
            let weights = advanced.each_ref().map(Ema::weights);
            let mut values = advanced.each_ref().map(Ema::value);
            for (row, &x) in close.iter().enumerate() {
                for lane in 0..N {
                    let (new_weight, old_weight) = weights[lane];
                    values[lane] = (new_weight * x) + (old_weight * values[lane]);
                    columns[lane][row] = values[lane];
                }
            }
            for (mean, value) in advanced.iter_mut().zip(values) {
                mean.set_steady(value);
            }
        } else {
            for (row, &x) in close.iter().enumerate() {
                for (mean, column) in advanced.iter_mut().zip(&mut columns) {
                    column[row] = mean.update(x);
                }
            }
        }
    }
    for (((place, out), mean), advanced) in places.iter().zip(out).zip(means).zip(advanced) {
        buffers[*place].numbers = out;
        *mean = advanced;
    }
}

/// A block of bars while a step is computed.
struct Bars<'a> {
    block: &'a [Rows<'a>],
    before: &'a [Buffer],
    size: usize,
    length_us: i64,
}

impl Bars<'_> {
    fn numbers(&self, place: Place) -> &[f64] {
        &self.before[place].numbers[1..=self.size]
    }

    fn flags(&self, place: Place) -> &[bool] {
        &self.before[place].flags[..self.size]
    }

    fn compute(&self, step: &Step, kept: &mut Kept, out: &mut Buffer) {
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

fn arithmetic(op: Arithmetic, (left, right): (&[f64], &[f64]), out: &mut [f64]) {
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

/// The steps of a block, all computed.
struct Found<'a> {
    tree: &'a Tree,
    buffers: &'a [Buffer],
    block: &'a [Rows<'a>],
}

impl Found<'_> {
    /// Adds the signals of the block (Q.both, Q.prices).
    fn collect(&self, from: usize, size: usize, signals: &mut Vec<Signal>) {
        const NEVER: [bool; BLOCK] = [false; BLOCK];
        let flags = |place: Option<Place>| match place {
            Some(place) => &self.buffers[place].flags[..size],
            None => &NEVER[..size],
        };
        let (long, short) = (flags(self.tree.long), flags(self.tree.short));
        for (part, (longs, shorts)) in long.chunks(64).zip(short.chunks(64)).enumerate() {
            // Most rows are without a signal; a stretch of them is passed at once.
            let differs = longs
                .iter()
                .zip(shorts)
                .fold(false, |any, (a, b)| any | (a ^ b));
            if !differs {
                continue;
            }
            for (row, (&is_long, &is_short)) in longs.iter().zip(shorts).enumerate() {
                let row = part * 64 + row;
                let direction = match (is_long, is_short) {
                    (true, false) => Direction::Long,
                    (false, true) => Direction::Short,
                    _ => continue,
                };
                if let Some(signal) = self.signal(row, direction) {
                    let row = from + row;
                    signals.push(Signal { row, ..signal });
                }
            }
        }
    }

    fn number(&self, place: Place, row: usize) -> f64 {
        self.buffers[place].numbers[row + 1]
    }

    /// The signal of a row, if all its prices are there (Q.prices).
    fn signal(&self, row: usize, direction: Direction) -> Option<Signal> {
        let tree = self.tree;
        let sign = direction.sign();
        let entry = match tree.entry {
            Some(place) => self.number(place, row),
            None if direction.is_long() => self.block[1].close[row],
            None => self.block[0].close[row],
        };
        let mut risk = f64::NAN;
        let stop = match tree.stop {
            None => None,
            Some(Level::Price(place)) => {
                let price = self.number(place, row);
                risk = sign * (entry - price);
                Some(price)
            }
            Some(Level::Distance(place) | Level::RMultiple(place)) => {
                risk = self.number(place, row);
                let is_away = risk > 0.0;
                if !is_away {
                    return None;
                }
                Some(entry - (sign * risk))
            }
        };
        let away = match tree.target {
            Some(Level::Distance(place)) => Some(self.number(place, row)),
            Some(Level::RMultiple(place)) => Some(self.number(place, row) * risk),
            _ => None,
        };
        let is_away = away.is_none_or(|away| away > 0.0);
        if !is_away {
            return None;
        }
        let target = match (away, tree.target) {
            (Some(away), _) => Some(entry + (sign * away)),
            (None, Some(Level::Price(place))) => Some(self.number(place, row)),
            _ => None,
        };
        let prices = [Some(entry), stop, target];
        let there = prices.into_iter().flatten().all(is_finite);
        there.then_some(Signal {
            row,
            direction,
            entry,
            stop,
            target,
        })
    }
}
