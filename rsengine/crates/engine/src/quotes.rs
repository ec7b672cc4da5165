//! The current bar of one symbol, as numbers.

use crate::arithmetic::larger;
use crate::candles::Candle;

/// Bid and ask candle of one bar.
///
/// Longs open on ask and close on bid, shorts the other way round (T3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// The side on which longs close.
    pub bid: Candle,
    /// The side on which longs open.
    pub ask: Candle,
}

impl Quote {
    /// Joins both sides of one bar.
    #[must_use]
    #[inline]
    pub fn new(bid: &Candle, ask: &Candle) -> Self {
        Self {
            bid: *bid,
            ask: *ask,
        }
    }

    /// Open of the bar in microseconds since 1970.
    #[must_use]
    #[inline]
    pub fn time_us(&self) -> i64 {
        self.bid.time_us
    }

    /// Returns the close of the side an order of this sign opens on.
    #[must_use]
    pub fn opening_close(&self, sign: f64) -> f64 {
        if sign > 0.0 {
            self.ask.close
        } else {
            self.bid.close
        }
    }

    /// Returns the open of the side an order of this sign opens on.
    #[must_use]
    pub fn opening_open(&self, sign: f64) -> f64 {
        if sign > 0.0 {
            self.ask.open
        } else {
            self.bid.open
        }
    }

    /// Returns the close of the side a position of this sign closes on.
    #[must_use]
    pub fn closing_close(&self, sign: f64) -> f64 {
        if sign > 0.0 {
            self.bid.close
        } else {
            self.ask.close
        }
    }

    /// Returns the candle of the side an order of this sign opens on.
    #[must_use]
    #[inline]
    pub fn opening_candle(&self, sign: f64) -> &Candle {
        if sign > 0.0 { &self.ask } else { &self.bid }
    }

    /// Returns the candle of the side a position of this sign closes on.
    #[must_use]
    #[inline]
    pub fn closing_candle(&self, sign: f64) -> &Candle {
        self.opening_candle(-sign)
    }

    /// Returns the open of the side a position of this sign closes on.
    #[must_use]
    pub fn closing_open(&self, sign: f64) -> f64 {
        self.closing_candle(sign).open
    }

    /// Tells whether the ask lies under the bid in one of the four prices (T2.crossed).
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        self.ask.open < self.bid.open
            || self.ask.high < self.bid.high
            || self.ask.low < self.bid.low
            || self.ask.close < self.bid.close
    }

    /// Returns the largest of the bar's four spreads, ask less bid (E5.limit_stop_certain).
    #[must_use]
    pub fn largest_spread(&self) -> f64 {
        let (bid, ask) = (&self.bid, &self.ask);
        larger(
            larger(ask.open - bid.open, ask.high - bid.high),
            larger(ask.low - bid.low, ask.close - bid.close),
        )
    }
}
