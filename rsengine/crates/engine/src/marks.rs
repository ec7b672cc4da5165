//! The marks of open positions: at the close, and at the worst of the bar (P3.equity_worst).

use std::sync::Arc;

use crate::arithmetic::smaller;
use crate::candles::Candle;
use crate::holdings::{EntryNumbers, Holding};
use crate::positions::FillAt;
use crate::signals::Direction;

/// A position that stands in a portfolio.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OpenEntry {
    pub(crate) holding: Holding,
    pub(crate) symbol: Arc<str>,
    /// `None`: it is never marked.
    pub(crate) numbers: Option<EntryNumbers>,
    /// Place of its symbol among the marks, once it is known.
    pub(crate) mark: Option<usize>,
}

/// The last candles of a symbol.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    symbol: Arc<str>,
    bid: Candle,
    ask: Candle,
}

impl Mark {
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
    fn side(&self, direction: Direction) -> &Candle {
        if direction.is_long() {
            &self.bid
        } else {
            &self.ask
        }
    }

    #[inline]
    pub(crate) fn show(&mut self, bid: &Candle, ask: &Candle) {
        self.bid = *bid;
        self.ask = *ask;
    }
}

/// Sums the marks of open positions in fill order: at the close, and at the worst (P3).
///
/// Those of foreign executors, and those without a candle yet, count 0. Positions filled at this
/// close count there in both sums: the bar went through its extremes before. The second sum adds
/// up, in order of first mark, the smaller of each symbol's sums at the lows and at the highs.
pub(crate) fn mark_positions(faces: &mut [OpenEntry], marks: &[Mark], time_us: i64) -> (f64, f64) {
    for entry in faces.iter_mut().filter(|entry| entry.mark.is_none()) {
        if let Some(numbers) = &entry.numbers {
            entry.mark = marks.iter().position(|mark| mark.is_of(&numbers.symbol));
        }
    }
    if let [mark] = marks {
        let (total, low_sum, high_sum) = sum_symbol(faces, 0, mark, time_us);
        return (total, 0.0 + smaller(low_sum, high_sum));
    }
    let mut worst = 0.0;
    for (place, mark) in marks.iter().enumerate() {
        let (_, low_sum, high_sum) = sum_symbol(faces, place, mark, time_us);
        worst += smaller(low_sum, high_sum);
    }
    let mut total = 0.0;
    for entry in faces.iter() {
        let mark = entry.mark.and_then(|place| marks.get(place));
        if let (Some(numbers), Some(mark)) = (&entry.numbers, mark) {
            total += numbers.gain(mark.side(numbers.direction).close);
        }
    }
    (total, worst)
}

/// Sums over the positions of one symbol: at the close, at the lows, at the highs.
///
/// Nothing is called in here, so that the sums stay in registers.
fn sum_symbol(faces: &[OpenEntry], place: usize, mark: &Mark, time_us: i64) -> (f64, f64, f64) {
    let (mut total, mut low_sum, mut high_sum) = (0.0, 0.0, 0.0);
    for entry in faces.iter().filter(|entry| entry.mark == Some(place)) {
        let Some(numbers) = &entry.numbers else {
            continue;
        };
        let quote = mark.side(numbers.direction);
        let at_close = numbers.gain(quote.close);
        total += at_close;
        if numbers.at == FillAt::Close && numbers.trigger_time_us == time_us {
            low_sum += at_close;
            high_sum += at_close;
        } else {
            low_sum += numbers.gain(quote.low);
            high_sum += numbers.gain(quote.high);
        }
    }
    (total, low_sum, high_sum)
}
