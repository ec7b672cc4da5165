//! The marks of open positions: at the close, and at the worst of the bar (P3.equity_worst).

use std::sync::Arc;

use crate::arithmetic::smaller;
use crate::candles::Candle;
use crate::holdings::{EntryNumbers, Holding};
use crate::positions::FillAt;

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

/// The last candles of a symbol, and the sums over its positions.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    symbol: Arc<str>,
    bid: Candle,
    ask: Candle,
    low_sum: f64,
    high_sum: f64,
}

impl Mark {
    pub(crate) fn new(symbol: &Arc<str>, bid: &Candle, ask: &Candle) -> Self {
        Self {
            symbol: Arc::clone(symbol),
            bid: *bid,
            ask: *ask,
            low_sum: 0.0,
            high_sum: 0.0,
        }
    }

    #[inline]
    pub(crate) fn is_of(&self, symbol: &Arc<str>) -> bool {
        Arc::ptr_eq(&self.symbol, symbol) || *self.symbol == **symbol
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
pub(crate) fn mark_positions(
    faces: &mut [OpenEntry],
    marks: &mut [Mark],
    time_us: i64,
) -> (f64, f64) {
    for mark in marks.iter_mut() {
        mark.low_sum = 0.0;
        mark.high_sum = 0.0;
    }
    let mut total = 0.0;
    for entry in faces {
        let Some(numbers) = &entry.numbers else {
            continue;
        };
        if entry.mark.is_none() {
            entry.mark = marks.iter().position(|mark| mark.is_of(&numbers.symbol));
        }
        let Some(mark) = entry.mark.and_then(|place| marks.get_mut(place)) else {
            continue;
        };
        let quote = if numbers.direction.is_long() {
            &mark.bid
        } else {
            &mark.ask
        };
        let at_close = numbers.gain(quote.close);
        total += at_close;
        if numbers.at == FillAt::Close && numbers.trigger_time_us == time_us {
            mark.low_sum += at_close;
            mark.high_sum += at_close;
        } else {
            mark.low_sum += numbers.gain(quote.low);
            mark.high_sum += numbers.gain(quote.high);
        }
    }
    let mut worst = 0.0;
    for mark in marks.iter() {
        worst += smaller(mark.low_sum, mark.high_sum);
    }
    (total, worst)
}
