//! The current bar of one symbol, as numbers.

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
}
