//! What open positions are worth over a few bars at once, bar by bar the sums of `marks` (P3).

use std::sync::Arc;

use super::blocks::Blocks;
use crate::arithmetic::smaller;
use crate::candles::{CandleColumns, CandleView, Column};
use crate::holdings::EntryNumbers;

/// Bars of a tile: its sums stay in the nearest memory.
pub(crate) const TILE: usize = 64;

/// The columns of a run: its times, and both sides of each symbol by the place of its marks.
#[derive(Clone)]
pub(crate) struct Lanes {
    pub(crate) time_us: Column<i64>,
    pub(crate) sides: Vec<(Arc<CandleColumns>, Arc<CandleColumns>)>,
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lanes")
            .field("sides", &self.sides)
            .finish_non_exhaustive()
    }
}

impl Lanes {
    /// The same columns, ready to be read; their blocks are made if they were not.
    pub(crate) fn view(&self) -> LaneViews<'_> {
        fn side(side: &CandleColumns) -> (CandleView<'_>, &Blocks) {
            (side.view(), side.memo.blocks(side))
        }
        LaneViews {
            time_us: self.time_us.as_slice(),
            shortest_step_us: self.sides[0]
                .0
                .memo
                .shortest_step_us(self.time_us.as_slice()),
            sides: self
                .sides
                .iter()
                .map(|(bid, ask)| [side(bid), side(ask)])
                .collect(),
        }
    }
}

/// [`Lanes`] as slices, bid and ask of each symbol with their blocks.
#[derive(Debug)]
pub(crate) struct LaneViews<'a> {
    pub(crate) time_us: &'a [i64],
    /// The shortest step between two bars of the run, 0 where there are no two.
    pub(crate) shortest_step_us: i64,
    pub(crate) sides: Vec<[(CandleView<'a>, &'a Blocks); 2]>,
}

impl<'a> LaneViews<'a> {
    /// The side on which positions of a direction close.
    #[inline]
    pub(crate) fn closing(&self, of: &Weight) -> &(CandleView<'a>, &'a Blocks) {
        &self.sides[of.mark][usize::from(!of.is_long)]
    }
}

/// A position as its marks count it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weight {
    price: f64,
    /// Sign and size in one: a product with 1 or -1 is exact, so the order does not matter.
    signed_size: f64,
    unit_value: f64,
    pub(crate) is_long: bool,
    /// Place of its symbol among the marks.
    pub(crate) mark: usize,
}

impl Weight {
    /// The numbers of a position whose symbol stands at a place among the marks.
    pub(crate) fn of(numbers: &EntryNumbers, mark: usize) -> Self {
        Self {
            price: numbers.entry_price,
            signed_size: numbers.direction.sign() * numbers.size,
            unit_value: numbers.unit_value,
            is_long: numbers.direction.is_long(),
            mark,
        }
    }

    /// The gain at a price; it may be -0.0, which a sum that began with 0.0 does not show.
    #[inline]
    pub(crate) fn gain(&self, price: f64) -> f64 {
        ((price - self.price) * self.signed_size) * self.unit_value
    }

    /// What a unit of price is worth, and the price that it counts from.
    #[inline]
    pub(crate) fn line(&self) -> (f64, f64) {
        (self.signed_size * self.unit_value, self.price)
    }

    #[inline]
    fn add(&self, prices: &[f64], sums: &mut [f64]) {
        for (sum, &price) in sums.iter_mut().zip(prices) {
            *sum += self.gain(price);
        }
    }
}

/// Sums over a few bars.
#[derive(Debug, Clone)]
pub(crate) struct Tile {
    /// At the closes.
    pub(crate) total: [f64; TILE],
    /// At the worst of each bar.
    pub(crate) worst: [f64; TILE],
    low: [f64; TILE],
    high: [f64; TILE],
    /// Marks and places of the open positions, those of a symbol side by side.
    order: Vec<(u32, u32)>,
}

impl Tile {
    pub(crate) fn new() -> Self {
        Self {
            total: [0.0; TILE],
            worst: [0.0; TILE],
            low: [0.0; TILE],
            high: [0.0; TILE],
            order: Vec::new(),
        }
    }

    /// Sums the marks of positions in fill order over the bars from one on and before another.
    pub(crate) fn fill(
        &mut self,
        lanes: &LaneViews<'_>,
        open: &[Option<Weight>],
        from: usize,
        to: usize,
    ) {
        let bars = to - from;
        self.total[..bars].fill(0.0);
        self.worst[..bars].fill(0.0);
        for weight in open.iter().flatten() {
            let closes = &lanes.closing(weight).0.close[from..to];
            weight.add(closes, &mut self.total[..bars]);
        }
        let marks = open.iter().map(|weight| weight.map(|weight| weight.mark));
        self.order.clear();
        self.order.extend(
            marks
                .zip(0..)
                .filter_map(|(mark, place)| Some((mark? as u32, place))),
        );
        if lanes.sides.len() > 1 {
            // Within a symbol the order of the fills stays.
            self.order.sort_unstable();
        }
        for of_mark in self.order.chunk_by(|a, b| a.0 == b.0) {
            self.low[..bars].fill(0.0);
            self.high[..bars].fill(0.0);
            let weights = of_mark.iter();
            for weight in weights.filter_map(|&(_, place)| open[place as usize].as_ref()) {
                let (side, _) = lanes.closing(weight);
                weight.add(&side.low[from..to], &mut self.low[..bars]);
                weight.add(&side.high[from..to], &mut self.high[..bars]);
            }
            let sums = self.low[..bars].iter().zip(&self.high[..bars]);
            for (worst, (&low, &high)) in self.worst[..bars].iter_mut().zip(sums) {
                *worst += smaller(low, high);
            }
        }
    }
}
