//! One side of a market, with what was found out about its bars.

use crate::candles::{CandleColumns, CandleView};
use crate::fast::blocks::{Blocks, Extremes, Levels};

/// One side of a market, with the extremes of its blocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) bars: CandleView<'a>,
    blocks: &'a Blocks,
}

impl<'a> Side<'a> {
    /// Candles that have passed the checks.
    pub(super) fn new(columns: &'a CandleColumns) -> Self {
        Self {
            // Nobody asks for volumes here, and each column read is one more to wait for.
            bars: CandleView {
                volume: None,
                ..columns.view()
            },
            blocks: columns.memo.blocks(columns),
        }
    }

    /// Returns the first bar from one on that reaches a level, the number of bars where none does.
    pub(super) fn first_reach(&self, from: usize, levels: Levels) -> usize {
        let span = (from, self.bars.close.len());
        self.blocks.first_reach(&self.bars, span, levels)
    }

    /// The extremes of the bars from one on and before another, which may be the one before it.
    pub(super) fn extremes(&self, from: usize, to: usize) -> Extremes {
        self.blocks.extremes(&self.bars, from, to.max(from))
    }
}
