//! What many positions are worth together, as one straight line for each side of each symbol.
//!
//! The sum of the lines is not the sum of the rows to the last bit, so it only bounds them: by more
//! than what rounding can make of so many numbers.

use super::tile::{LaneViews, Weight};

/// Positions of one symbol that close on one side.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    /// What a unit of price is worth.
    slope: f64,
    /// What is worth nothing at a price of 0.
    offset: f64,
    /// The same with every part above 0, for what rounding can do.
    size: f64,
    count: usize,
}

/// The lines of all open positions.
#[derive(Debug)]
pub(crate) struct Lines {
    /// By mark, shorts and longs: they close on the ask and on the bid.
    lines: Vec<[Line; 2]>,
    cash: f64,
}

impl Lines {
    pub(crate) fn of(open: &[Option<Weight>], symbols: usize, cash: f64) -> Self {
        let mut lines = vec![[Line::default(); 2]; symbols];
        for weight in open.iter().flatten() {
            let line = &mut lines[weight.mark][usize::from(weight.is_long)];
            let (slope, price) = weight.line();
            line.slope += slope;
            line.offset += slope * price;
            line.size += slope.abs();
            line.count += 1;
        }
        Self { lines, cash }
    }

    /// What equity is at most, at least, and at the worst at least, over some bars.
    pub(crate) fn bounds(&self, lanes: &LaneViews<'_>, from: usize, to: usize) -> (f64, f64, f64) {
        let (mut most, mut least, mut worst) = (self.cash, self.cash, self.cash);
        let mut scale = self.cash.abs();
        let mut count = 0.0;
        for (lines, sides) in self.lines.iter().zip(&lanes.sides) {
            // Shorts close on the ask, longs on the bid.
            for (line, (_, blocks)) in lines.iter().zip([&sides[1], &sides[0]]) {
                if line.count == 0 {
                    continue;
                }
                let found = blocks.bounds(from, to);
                let at = |price: f64| (line.slope * price) - line.offset;
                let (best, meanest, lowest) = if line.slope > 0.0 {
                    (found.close_high, found.close_low, found.low)
                } else {
                    (found.close_low, found.close_high, found.high)
                };
                most += at(best);
                least += at(meanest);
                worst += at(lowest);
                count += line.count as f64;
                // No price of the bars or of the positions lies beyond these.
                scale += line.size * found.high + line.offset.abs();
            }
        }
        let slack = (2.0 * count + 64.0) * f64::EPSILON * scale;
        (most + slack, least - slack, least.min(worst) - slack)
    }
}
