//! The symbols of a run as the portfolio and the executor come to know them: by first appearance.

use std::sync::Arc;

use crate::candles::{CandleColumns, CandleView, Column};
use crate::fast::Lanes;
use crate::keys::{Sides, is_full};

/// What a run over several symbols goes along.
#[derive(Debug, Clone)]
pub(crate) struct Course {
    pub(super) lanes: Arc<Lanes>,
    pub(super) ways: Vec<Way>,
    /// Places of the lanes, in the order in which the symbols were declared.
    pub(super) declared: Vec<usize>,
}

/// One symbol on it; its place is that of its quotes and marks.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) sides: Sides,
    /// The first key at which a run shows it.
    pub(super) first: usize,
    /// Later keys at which it is in a hole (L5.hole).
    holes: Vec<usize>,
    is_whole: bool,
}

impl Course {
    /// Lays out symbols from the first key that is evaluated on; one that never has a bar is left out.
    pub(crate) fn of(symbols: &[Sides], clock: &Arc<Vec<i64>>, start: usize) -> Self {
        let mut placed: Vec<(usize, Way)> = symbols
            .iter()
            .enumerate()
            .filter_map(|(at, sides)| Some((at, Way::of(sides, start)?)))
            .collect();
        // New symbols are shown in the order of the key's phases: as they were declared.
        placed.sort_by_key(|(_, way)| way.first);
        let mut declared: Vec<usize> = (0..placed.len()).collect();
        declared.sort_by_key(|&place| placed[place].0);
        let ways: Vec<Way> = placed.into_iter().map(|(_, way)| way).collect();
        let lanes = Lanes {
            time_us: Arc::clone(clock) as Column<i64>,
            sides: ways.iter().map(|way| way.lane(clock)).collect(),
        };
        Self {
            lanes: Arc::new(lanes),
            ways,
            declared,
        }
    }
}

impl Way {
    pub(super) fn of(sides: &Sides, start: usize) -> Option<Self> {
        let rest = sides.covered.get(start..)?;
        let first = start + rest.iter().position(|&covered| covered)?;
        let later = &sides.covered[first..];
        let holes = if is_full(later) {
            Vec::new()
        } else {
            let missing = later.iter().enumerate().filter(|&(_, covered)| !covered);
            missing.map(|(at, _)| first + at).collect()
        };
        Some(Self {
            sides: sides.clone(),
            is_whole: is_full(&sides.covered),
            first,
            holes,
        })
    }

    /// Its columns for sums of marks: in a hole the last close counts, in both sums (P3.row_stale).
    fn lane(&self, clock: &Arc<Vec<i64>>) -> (Arc<CandleColumns>, Arc<CandleColumns>) {
        let Sides {
            bid, ask, covered, ..
        } = &self.sides;
        if self.is_whole {
            return (Arc::clone(bid), Arc::clone(ask));
        }
        let [bid, ask] = self
            .sides
            .filled
            .get_or_init(|| [bid, ask].map(|side| Arc::new(filled(side, covered, clock))));
        (Arc::clone(bid), Arc::clone(ask))
    }

    /// Whether it has every bar of the run, warm-up included.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Both sides as they are.
    pub(super) fn view(&self) -> [CandleView<'_>; 2] {
        [self.sides.bid.view(), self.sides.ask.view()]
    }

    /// Whether it has a bar at a key from its first on.
    #[inline]
    pub(super) fn is_covered(&self, key: usize) -> bool {
        self.holes.is_empty() || self.holes.binary_search(&key).is_err()
    }

    /// Whether a run shows it at a key.
    pub(super) fn has_bar(&self, key: usize) -> bool {
        self.first <= key && self.is_covered(key)
    }

    /// The holes from one key on and before another.
    pub(super) fn holes(&self, from: usize, to: usize) -> &[usize] {
        if self.holes.is_empty() {
            return &[];
        }
        let first = self.holes.partition_point(|&key| key < from);
        let last = self.holes.partition_point(|&key| key < to);
        &self.holes[first..last.max(first)]
    }

    /// The last bar from one key on and before another.
    pub(super) fn last_covered(&self, from: usize, to: usize) -> Option<usize> {
        let mut last = to;
        for &hole in self.holes(from, to).iter().rev() {
            if hole + 1 != last {
                break;
            }
            last = hole;
        }
        last.checked_sub(1).filter(|&last| last >= from)
    }

    /// The bars from one key on and before another.
    pub(super) fn covered(&self, from: usize, to: usize) -> impl Iterator<Item = usize> + '_ {
        let mut holes = self.holes(from, to).iter().copied().peekable();
        (from..to).filter(move |key| holes.next_if_eq(key).is_none())
    }
}

/// The prices of a side along the keys; where there is no bar, the last close.
fn filled(side: &CandleColumns, covered: &[bool], clock: &Arc<Vec<i64>>) -> CandleColumns {
    let bars = side.view();
    let first = covered.iter().position(|&covered| covered);
    let mut last = first.map_or(0.0, |first| bars.close[first]);
    let mut columns = [(); 3].map(|()| Vec::with_capacity(covered.len()));
    for (key, &covered) in covered.iter().enumerate() {
        let prices = if covered {
            last = bars.close[key];
            [bars.high[key], bars.low[key], last]
        } else {
            [last; 3]
        };
        for (column, price) in columns.iter_mut().zip(prices) {
            column.push(price);
        }
    }
    let [high, low, close] = columns.map(|column| Arc::new(column) as Column<f64>);
    CandleColumns {
        time_us: Arc::clone(clock) as Column<i64>,
        open: Arc::clone(&close),
        high,
        low,
        close,
        volume: None,
        memo: Arc::default(),
    }
}
