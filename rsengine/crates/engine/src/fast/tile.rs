//! What open positions are worth over a few bars at once, bar by bar the sums of `marks` (P3).

use std::cell::OnceCell;
use std::sync::Arc;

use super::blocks::{Blocks, Levels};
use super::eights::{EIGHT, partly_open, sum_eight};
use super::memo::Memo;
use super::recall::{self, Pair, Recall};
use super::spreads::Spreads;
use super::weight::Weight;
use crate::arithmetic::smaller;
use crate::candles::{CandleColumns, CandleView, Column};

/// Bars of a tile: its sums stay in the nearest memory.
pub(crate) const TILE: usize = 64;

/// From so many positions on they are summed over eight bars at once.
const MANY: usize = 8;

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
            lanes: self,
            spreads: OnceCell::new(),
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
    lanes: &'a Lanes,
    /// Those of the first symbol, once they were asked for.
    spreads: OnceCell<Arc<Spreads>>,
}

impl<'a> LaneViews<'a> {
    /// The spreads of the first symbol, made at the first call.
    pub(crate) fn spreads(&self) -> &Spreads {
        self.spreads.get_or_init(|| {
            let (bid, ask) = &self.lanes.sides[0];
            Memo::spreads(bid, ask)
        })
    }

    /// Asks for the prices of the bars in which a position of a symbol may leave first, of a direction and
    /// with a stop and a target, from one bar on and before another.
    #[inline]
    pub(crate) fn fetch_exit(
        &self,
        mark: usize,
        (is_long, stop, target): (bool, Option<f64>, Option<f64>),
        bars: (usize, usize),
    ) {
        let (side, blocks) = &self.sides[mark][usize::from(!is_long)];
        let (floor, ceiling) = if is_long {
            (stop, target)
        } else {
            (target, stop)
        };
        let levels = Levels {
            floor: floor.unwrap_or(f64::NEG_INFINITY),
            ceiling: ceiling.unwrap_or(f64::INFINITY),
        };
        blocks.fetch_reached(side, bars, levels);
    }

    /// The side on which positions of a direction close.
    #[inline]
    pub(crate) fn closing(&self, of: &Weight) -> &(CandleView<'a>, &'a Blocks) {
        &self.sides[of.mark][usize::from(!of.is_long)]
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
    ///
    /// `spans` say which positions are open in some of the bars only, `recall` knows sums from before.
    pub(crate) fn fill_spans(
        &mut self,
        lanes: &LaneViews<'_>,
        open: &[Option<Weight>],
        spans: &[Span],
        recall: Option<&mut Recall>,
        (from, to): (usize, usize),
    ) {
        let bars = to - from;
        if open.len() >= MANY && lanes.sides.len() == 1 {
            self.fill_eights(lanes, open, spans, recall, (from, to));
            return;
        }
        self.total[..bars].fill(0.0);
        self.worst[..bars].fill(0.0);
        for (place, weight) in open.iter().enumerate() {
            if let Some(weight) = weight {
                let span = spans.get(place).copied().unwrap_or(Span::ALL);
                let (first, last) = span.bars(from, to);
                let closes = &lanes.closing(weight).0.close[first..last];
                weight.add(closes, &mut self.total[first - from..last - from]);
            }
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
            if let [(_, place)] = of_mark
                && let Some(weight) = &open[*place as usize]
            {
                let span = spans.get(*place as usize).copied().unwrap_or(Span::ALL);
                let (first, last) = span.bars(from, to);
                let worst = &mut self.worst[first - from..last - from];
                add_worst(weight, lanes, (first, last), worst);
                continue;
            }
            self.low[..bars].fill(0.0);
            self.high[..bars].fill(0.0);
            let weights = of_mark.iter();
            for place in weights.map(|&(_, place)| place as usize) {
                if let Some(weight) = &open[place] {
                    let span = spans.get(place).copied().unwrap_or(Span::ALL);
                    let (first, last) = span.bars(from, to);
                    let rows = first - from..last - from;
                    let sums = (&mut self.low[rows.clone()], &mut self.high[rows]);
                    add_extremes(weight, lanes, (first, last), sums);
                }
            }
            let sums = self.low[..bars].iter().zip(&self.high[..bars]);
            for (worst, (&low, &high)) in self.worst[..bars].iter_mut().zip(sums) {
                *worst += smaller(low, high);
            }
        }
    }

    /// The same for many positions of one symbol.
    fn fill_eights(
        &mut self,
        lanes: &LaneViews<'_>,
        open: &[Option<Weight>],
        spans: &[Span],
        recall: Option<&mut Recall>,
        (from, to): (usize, usize),
    ) {
        let parts = partly_open(lanes, open, spans, from);
        if let Some(recall) = recall
            && parts.is_empty()
            && open.len() >= recall::MANY
        {
            self.fill_known(lanes, open, recall, (from, to));
            return;
        }
        for row in (0..to - from).step_by(EIGHT) {
            let rows = EIGHT.min(to - from - row);
            let bars = (from + row, from + row + rows);
            let [total, low, high] = sum_eight(lanes, open, (spans, &parts), row, bars);
            self.total[row..row + rows].copy_from_slice(&total[..rows]);
            let worst = self.worst[row..row + rows].iter_mut();
            for (worst, (&low, &high)) in worst.zip(low.iter().zip(&high)) {
                *worst = 0.0 + smaller(low, high);
            }
        }
    }

    /// The same where all positions are open in all bars, with sums that are known.
    fn fill_known(
        &mut self,
        lanes: &LaneViews<'_>,
        open: &[Option<Weight>],
        recall: &mut Recall,
        (from, to): (usize, usize),
    ) {
        let bars = to - from;
        let [(bid, _), (ask, _)] = &lanes.sides[0];
        let columns = [
            (bid.close, ask.close),
            (bid.low, ask.low),
            (bid.high, ask.high),
        ];
        let mut pairs = [Pair::default(); 3 * TILE];
        for (pairs, (bids, asks)) in pairs.chunks_mut(bars).zip(columns) {
            let prices = bids[from..to].iter().zip(&asks[from..to]);
            for (pair, (&bid, &ask)) in pairs.iter_mut().zip(prices) {
                *pair = Pair { bid, ask };
            }
        }
        let mut sums = [0.0; 3 * TILE];
        recall.sums(open, &pairs[..3 * bars], &mut sums[..3 * bars]);
        let (total, extremes) = sums[..3 * bars].split_at(bars);
        self.total[..bars].copy_from_slice(total);
        let (low, high) = extremes.split_at(bars);
        let worst = self.worst[..bars].iter_mut();
        for (worst, (&low, &high)) in worst.zip(low.iter().zip(high)) {
            *worst = 0.0 + smaller(low, high);
        }
    }
}

/// Adds what a position is worth at the lows and highs of the bars from one on and before another.
#[inline]
fn add_extremes(
    weight: &Weight,
    lanes: &LaneViews<'_>,
    (from, to): (usize, usize),
    (low, high): (&mut [f64], &mut [f64]),
) {
    if from >= to {
        return;
    }
    let (side, _) = lanes.closing(weight);
    // The bar at whose close it was filled went through its extremes before.
    let fresh = usize::from(weight.is_fresh(lanes.time_us[from]));
    if fresh > 0 {
        let gain = weight.gain(side.close[from]);
        low[0] += gain;
        high[0] += gain;
    }
    weight.add(&side.low[from + fresh..to], &mut low[fresh..]);
    weight.add(&side.high[from + fresh..to], &mut high[fresh..]);
}

/// Adds what the only position of a symbol is worth at the worst of the bars from one on and before
/// another: a long at the lows, a short at the highs.
#[inline]
fn add_worst(
    weight: &Weight,
    lanes: &LaneViews<'_>,
    (from, to): (usize, usize),
    worst: &mut [f64],
) {
    if from >= to {
        return;
    }
    let (side, _) = lanes.closing(weight);
    let prices = if weight.is_long { side.low } else { side.high };
    // The bar at whose close it was filled went through its extremes before.
    let fresh = usize::from(weight.is_fresh(lanes.time_us[from]));
    if fresh > 0 {
        worst[0] += weight.gain(side.close[from]);
    }
    weight.add(&prices[from + fresh..to], &mut worst[fresh..]);
}

/// Rows of a tile, from one on and before another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) from: usize,
    pub(crate) to: usize,
}

impl Span {
    /// Its bars, in a tile of the bars from one on and before another.
    pub(crate) fn bars(self, from: usize, to: usize) -> (usize, usize) {
        let first = to.min(from.saturating_add(self.from));
        (first, first.max(to.min(from.saturating_add(self.to))))
    }

    /// All rows, however many there are.
    pub(crate) const ALL: Self = Self {
        from: 0,
        to: usize::MAX,
    };
}
