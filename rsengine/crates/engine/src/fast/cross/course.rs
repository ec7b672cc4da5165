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
    /// None where it has every bar of the run, warm-up included.
    filled: Option<Arc<Filled>>,
}

/// A symbol along keys of which it lacks some.
#[derive(Debug)]
pub(crate) struct Filled {
    /// Both sides, without holes.
    sides: [Arc<CandleColumns>; 2],
    /// At which keys it has a bar, a bit for each.
    bars: Vec<u64>,
}

/// Keys of one number of [`Filled::bars`].
const WORD: usize = u64::BITS as usize;

impl Course {
    /// Lays out symbols from the first key that is evaluated on; one that never has a bar is left out.
    pub(crate) fn of(symbols: &[Sides], clock: &Arc<Vec<i64>>, start: usize) -> Self {
        let mut placed: Vec<(usize, Way)> = symbols
            .iter()
            .enumerate()
            .filter_map(|(at, sides)| Some((at, Way::of(sides, clock, start)?)))
            .collect();
        // New symbols are shown in the order of the key's phases: as they were declared.
        placed.sort_by_key(|(_, way)| way.first);
        let mut declared: Vec<usize> = (0..placed.len()).collect();
        declared.sort_by_key(|&place| placed[place].0);
        let ways: Vec<Way> = placed.into_iter().map(|(_, way)| way).collect();
        let lanes = Lanes {
            time_us: Arc::clone(clock) as Column<i64>,
            sides: ways.iter().map(|way| way.lane()).collect(),
        };
        Self {
            lanes: Arc::new(lanes),
            ways,
            declared,
        }
    }
}

impl Way {
    pub(super) fn of(sides: &Sides, clock: &Arc<Vec<i64>>, start: usize) -> Option<Self> {
        let rest = sides.covered.get(start..)?;
        let first = start + rest.iter().position(|&covered| covered)?;
        let is_whole = is_full(&sides.covered);
        let filled = (!is_whole).then(|| Arc::clone(sides.filled(clock)));
        Some(Self {
            sides: sides.clone(),
            first,
            filled,
        })
    }

    /// Its columns for sums of marks: in a hole the last close counts, in both sums (P3.row_stale).
    fn lane(&self) -> (Arc<CandleColumns>, Arc<CandleColumns>) {
        let [bid, ask] = match &self.filled {
            None => [&self.sides.bid, &self.sides.ask],
            Some(filled) => filled.sides.each_ref(),
        };
        (Arc::clone(bid), Arc::clone(ask))
    }

    /// Both sides as they are.
    pub(super) fn view(&self) -> [CandleView<'_>; 2] {
        [self.sides.bid.view(), self.sides.ask.view()]
    }

    /// Whether it has every bar of the run, warm-up included.
    pub(super) fn is_whole(&self) -> bool {
        self.filled.is_none()
    }

    /// Whether a run shows it at a key.
    #[inline]
    pub(super) fn has_bar(&self, key: usize) -> bool {
        self.first <= key && self.is_covered(key)
    }

    #[inline]
    fn is_covered(&self, key: usize) -> bool {
        let filled = self.filled.as_ref();
        filled.is_none_or(|filled| filled.bars[key / WORD] >> (key % WORD) & 1 == 1)
    }

    /// At which keys from one on and before another it is in a hole (L5.hole), the first of them in the
    /// lowest bit; no more of them than a number has bits.
    #[inline]
    pub(super) fn holes(&self, from: usize, to: usize) -> u64 {
        let Some(Filled { bars, .. }) = self.filled.as_deref().filter(|_| from < to) else {
            return 0;
        };
        let (word, bit) = (from / WORD, from % WORD);
        let next = bars.get(word + 1).filter(|_| bit > 0);
        let here = bars[word] >> bit | next.map_or(0, |next| next << (WORD - bit));
        !here & (u64::MAX >> (WORD - (to - from).min(WORD)))
    }

    /// How many bars it has from one key on and before another.
    pub(super) fn count(&self, from: usize, to: usize) -> usize {
        let holes = (from..to).step_by(WORD).map(|from| {
            let holes = self.holes(from, to.min(from + WORD));
            holes.count_ones() as usize
        });
        (to - from) - holes.sum::<usize>()
    }

    /// The last bar from one key on and before another.
    pub(super) fn last_covered(&self, from: usize, to: usize) -> Option<usize> {
        (from..to).rev().find(|&key| self.is_covered(key))
    }

    /// The bars from one key on and before another.
    pub(super) fn covered(&self, from: usize, to: usize) -> impl Iterator<Item = usize> + '_ {
        (from..to).filter(|&key| self.is_covered(key))
    }
}

impl Sides {
    /// The same without holes, made when somebody first sums along them.
    fn filled(&self, clock: &Arc<Vec<i64>>) -> &Arc<Filled> {
        self.filled.get_or_init(|| {
            let words = self.covered.chunks(WORD).map(|keys| {
                let bits = keys.iter().zip(0..);
                bits.fold(0, |word, (&covered, bit)| word | u64::from(covered) << bit)
            });
            let sides = [&self.bid, &self.ask];
            Arc::new(Filled {
                sides: sides.map(|side| Arc::new(filled(side, &self.covered, clock))),
                bars: words.collect(),
            })
        })
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
