//! What expressions give at each bar, computed from the bars up to it (rules Q.*).
//!
//! Steps are computed for a block of bars at once, all of them before the next block, so that what
//! one step gives another one is still in the cache; what a step has to know of earlier bars it
//! keeps.

use std::sync::Arc;

use self::bars::{Bars, Ring};
pub(super) use self::brackets::Bracketed;
use self::crossings::Crossing;
use self::found::Found;
use self::means::Means;
use crate::errors::Result;
use crate::expressions::streams::{Indicator, Lines, Stream};
use crate::expressions::tree::{Step, Tree};
use crate::indicators::ema::Ema;
use crate::indicators::window::Span;
use crate::signals::Direction;

mod bars;
mod brackets;
mod crossings;
mod found;
mod means;

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

/// Computes the steps of a tree, stretch of bars by stretch of bars.
#[derive(Debug, Clone)]
pub struct Evaluation {
    tree: Arc<Tree>,
    length_us: i64,
    kept: Vec<Kept>,
    buffers: Vec<Buffer>,
    means: Vec<Means>,
    /// Steps that are known for all bars, by place; of a stretch of bars none is.
    crossings: Vec<Option<Crossing>>,
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
            crossings: vec![None; tree.steps.len()],
        })
    }

    /// Looks at all bars at once, by series, for what is known then, and returns their signals if they
    /// are all known.
    pub(super) fn look_ahead(&mut self, rows: &[Rows<'_>]) -> Option<Bracketed> {
        self.crossings = crossings::find(&self.tree, rows);
        brackets::find(&self.tree, &self.crossings, rows)
    }

    /// Takes all bars in at once, which it has looked at, and returns their signals.
    ///
    /// They are those that [`Evaluation::update`] returns of an evaluation that has seen no bar.
    pub(super) fn of_all(mut self, rows: &[Rows<'_>]) -> Vec<Signal> {
        crossings::leave_out(&mut self.means, &self.tree, &self.crossings);
        // Room that is not used is never touched.
        let count = crossings::about(&self.tree, &self.crossings);
        let mut signals = Vec::with_capacity(count);
        self.collect(rows, &mut signals);
        signals
    }

    /// Takes the next bars in, by series, and returns their signals.
    pub fn update(&mut self, rows: &[Rows<'_>]) -> Vec<Signal> {
        let mut signals = Vec::new();
        self.collect(rows, &mut signals);
        signals
    }

    fn collect(&mut self, rows: &[Rows<'_>], signals: &mut Vec<Signal>) {
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
                if let Some(crossing) = &mut self.crossings[place] {
                    crossing.show(from, &mut rest[0].flags[..size]);
                    continue;
                }
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
            found.collect(from, size, signals);
            for buffer in &mut self.buffers {
                if let Some(&last) = buffer.numbers.get(size) {
                    buffer.numbers[0] = last;
                }
            }
            from += size;
        }
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

#[cfg(test)]
mod tests;
