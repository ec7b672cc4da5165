//! The bar at whose end positions are managed, and the true ranges up to it (M1.trailing, I.atr).

use std::sync::Arc;

use crate::candles::{Candle, CandleColumns};
use crate::errors::Result;
use crate::indicators::atr::Atr;

/// The bars of a run, both sides, up to one of them.
#[derive(Debug, Clone)]
pub struct RunBars {
    /// Bid side, warm-up included.
    pub bid: Arc<CandleColumns>,
    /// Ask side.
    pub ask: Arc<CandleColumns>,
    /// The bar of the loop.
    pub index: usize,
    /// At which bars there are candles; `None`: at all (L5.hole).
    pub covered: Option<Arc<[bool]>>,
}

impl RunBars {
    fn is_covered(&self, place: usize) -> bool {
        let known = self.covered.as_ref();
        known.is_none_or(|covered| covered.get(place).copied().unwrap_or(false))
    }
}

/// The bar that ends now, as the manager was shown it.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Open of the bar.
    pub time_us: i64,
    /// Its bid candle.
    pub bid: Candle,
    /// Its ask candle.
    pub ask: Candle,
    /// The bars before it, where they are known.
    pub run: Option<RunBars>,
}

impl Bar {
    /// Returns the close of the side a position of this sign closes on.
    #[must_use]
    pub fn close(&self, sign: f64) -> f64 {
        self.candle(sign).close
    }

    fn candle(&self, sign: f64) -> &Candle {
        if sign > 0.0 { &self.bid } else { &self.ask }
    }
}

/// The average true range of one side of a symbol, brought up to a bar when it is asked for.
#[derive(Debug, Clone)]
pub struct TrueRange {
    atr: Atr,
    series: Option<Arc<CandleColumns>>,
    next_index: usize,
    last_us: Option<i64>,
}

impl TrueRange {
    /// One that has seen no bar.
    ///
    /// # Errors
    /// `PERIOD_INVALID`.
    pub fn new(period: i64) -> Result<Self> {
        Ok(Self {
            atr: Atr::new(period)?,
            series: None,
            next_index: 0,
            last_us: None,
        })
    }

    /// Returns the average at a bar, from all bars of the run up to it, warm-up included.
    pub fn at(&mut self, bar: &Bar, sign: f64) -> f64 {
        let Some(run) = &bar.run else {
            return self.shown(bar, sign);
        };
        let series = if sign > 0.0 { &run.bid } else { &run.ask };
        let known = self.series.as_ref();
        if !known.is_some_and(|known| Arc::ptr_eq(known, series)) || run.index + 1 < self.next_index
        {
            self.atr.restart();
            self.series = Some(Arc::clone(series));
            self.next_index = 0;
        }
        for place in self.next_index..=run.index {
            if let Some(candle) = series.get(place).filter(|_| run.is_covered(place)) {
                self.take(&candle);
            }
        }
        self.next_index = run.index + 1;
        self.atr.value()
    }

    /// Takes the bar that is shown, where the slice does not know the others.
    fn shown(&mut self, bar: &Bar, sign: f64) -> f64 {
        let goes_back = self.last_us.is_some_and(|last_us| bar.time_us < last_us);
        if self.series.is_some() || goes_back {
            self.atr.restart();
            self.series = None;
            self.last_us = None;
        }
        if self.last_us != Some(bar.time_us) {
            self.take(bar.candle(sign));
            self.last_us = Some(bar.time_us);
        }
        self.atr.value()
    }

    fn take(&mut self, candle: &Candle) {
        self.atr.update(candle.high, candle.low, candle.close);
    }
}
