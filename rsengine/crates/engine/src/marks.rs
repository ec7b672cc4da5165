//! The marks of open positions: at the close, and at the worst of the bar (P3.equity_worst).

use std::sync::Arc;

use crate::arithmetic::smaller;
use crate::candles::Candle;
use crate::fast::Weight;
use crate::holdings::{EntryNumbers, Holding};

/// A position that stands in a portfolio.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OpenEntry {
    pub(crate) holding: Holding,
    pub(crate) symbol: Arc<str>,
    /// `None`: it is never marked.
    pub(crate) numbers: Option<EntryNumbers>,
    /// Place of its symbol among the marks, once it is known.
    pub(crate) mark: Option<usize>,
    /// Whether it has left; then it has neither numbers nor a mark.
    pub(crate) gone: bool,
}

impl OpenEntry {
    /// What its marks count, where it is marked.
    #[inline]
    pub(crate) fn weight(&self) -> Option<Weight> {
        Some(Weight::of(self.numbers.as_ref()?, self.mark?))
    }
}

/// The side of the bar that is the worst of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Its positions are worth less at the lows; or as much as at the highs.
    Low,
    /// They are worth less at the highs.
    High,
}

impl Side {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// What a symbol's open positions are marked with: its last candles, and of which bar.
#[derive(Debug, Clone)]
pub(crate) struct MarkQuote {
    pub(crate) symbol: Arc<str>,
    bid: Candle,
    ask: Candle,
}

impl MarkQuote {
    pub(crate) fn new(symbol: &Arc<str>, bid: &Candle, ask: &Candle) -> Self {
        Self {
            symbol: Arc::clone(symbol),
            bid: *bid,
            ask: *ask,
        }
    }

    #[inline]
    pub(crate) fn is_of(&self, symbol: &Arc<str>) -> bool {
        Arc::ptr_eq(&self.symbol, symbol) || *self.symbol == **symbol
    }

    /// The side on which positions of a direction close.
    #[inline]
    fn side(&self, is_long: bool) -> &Candle {
        if is_long { &self.bid } else { &self.ask }
    }

    #[inline]
    pub(crate) fn show(&mut self, bid: &Candle, ask: &Candle) {
        self.bid = *bid;
        self.ask = *ask;
    }

    /// Tells whether the candles are from before a bar (P3.row_stale).
    #[inline]
    fn is_stale(&self, time_us: i64) -> bool {
        self.bid.time_us < time_us
    }
}

/// The marks of all open positions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Marked {
    /// At the close.
    pub(crate) total: f64,
    /// At the worst of the bar.
    pub(crate) worst: f64,
    /// Whether one of them is of an earlier bar.
    pub(crate) stale: bool,
}

/// Sums the marks of open positions in fill order: at the close, and at the worst (P3).
///
/// Those of foreign executors, and those without a candle yet, count 0. Positions filled at this
/// close count there in both sums: the bar went through its extremes before. So do those of symbols
/// without a bar at this time. The second sum adds up, in order of first mark, the smaller of each
/// symbol's sums at the lows and at the highs.
pub(crate) fn mark_positions(
    faces: &[Option<Weight>],
    marks: &[MarkQuote],
    time_us: i64,
) -> Marked {
    sum_marks(faces, marks, time_us, |_, _| {})
}

/// The same, and by symbol which side was the worst (A3.stop_out).
pub(crate) fn mark_sides(
    faces: &[Option<Weight>],
    marks: &[MarkQuote],
    time_us: i64,
) -> (Marked, Vec<(Arc<str>, Side)>) {
    let mut sides = Vec::with_capacity(marks.len());
    let marked = sum_marks(faces, marks, time_us, |mark, side| {
        sides.push((Arc::clone(&mark.symbol), side));
    });
    (marked, sides)
}

fn sum_marks(
    faces: &[Option<Weight>],
    marks: &[MarkQuote],
    time_us: i64,
    mut see: impl FnMut(&MarkQuote, Side),
) -> Marked {
    if let [mark] = marks {
        let sums = sum_symbol(faces, 0, mark, time_us);
        see(mark, sums.side());
        return Marked {
            total: sums.total,
            worst: 0.0 + smaller(sums.low, sums.high),
            stale: sums.count > 0 && mark.is_stale(time_us),
        };
    }
    let mut marked = Marked::default();
    for (place, mark) in marks.iter().enumerate() {
        let sums = sum_symbol(faces, place, mark, time_us);
        marked.worst += smaller(sums.low, sums.high);
        marked.stale |= sums.count > 0 && mark.is_stale(time_us);
        see(mark, sums.side());
    }
    for weight in faces.iter().flatten() {
        if let Some(mark) = marks.get(weight.mark) {
            marked.total += weight.gain(mark.side(weight.is_long).close);
        }
    }
    marked
}

/// What the positions of one symbol are worth: at the close, at the lows, at the highs.
struct Sums {
    total: f64,
    low: f64,
    high: f64,
    count: u32,
}

impl Sums {
    /// The side at which they are worth less, the lows where both are alike.
    fn side(&self) -> Side {
        if self.high < self.low {
            Side::High
        } else {
            Side::Low
        }
    }
}

/// Tells whether an open position is marked by a stale rate (P3.row_stale, P5.stale).
pub(crate) fn has_stale_rate(faces: &[OpenEntry]) -> bool {
    let mut marked = faces.iter().filter(|entry| entry.mark.is_some());
    marked.any(|entry| {
        entry
            .numbers
            .as_ref()
            .is_some_and(|numbers| numbers.stale_unit)
    })
}

/// Sums over the positions of one symbol.
///
/// Nothing is called in here, so that the sums stay in registers.
#[inline]
fn sum_symbol(faces: &[Option<Weight>], place: usize, mark: &MarkQuote, time_us: i64) -> Sums {
    let (mut total, mut low, mut high) = (0.0, 0.0, 0.0);
    let mut count = 0;
    let old = mark.is_stale(time_us);
    for weight in faces.iter().flatten().filter(|weight| weight.mark == place) {
        let quote = mark.side(weight.is_long);
        let at_close = weight.gain(quote.close);
        total += at_close;
        count += 1;
        if old || weight.is_fresh(time_us) {
            low += at_close;
            high += at_close;
        } else {
            low += weight.gain(quote.low);
            high += weight.gain(quote.high);
        }
    }
    Sums {
        total,
        low,
        high,
        count,
    }
}
