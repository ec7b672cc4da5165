//! Built-in strategy: a cross of two EMAs of the bid close, fixed stop and target.

use std::sync::Arc;

use crate::arithmetic::is_finite;
use crate::errors::Result;
use crate::indicators::ema::Ema;
use crate::settings::number;
use crate::signals::{Direction, TradeSignal};
use crate::slices::{MultiCandleData, SymbolDataSlice};
use crate::strategy::Strategy;

/// Buys when the fast EMA crosses above the slow one, sells when it crosses below.
///
/// Both averages start at the first bar of the data, warm-up bars included. Stop and target are
/// counted from the opening side's close.
#[derive(Debug, Clone)]
pub struct EmaCross {
    timeframe: Box<str>,
    stop_pips: f64,
    target_pips: f64,
    pip_size: f64,
    fast: Ema,
    slow: Ema,
    stop: f64,
    target: f64,
    next_index: usize,
    reason: Arc<str>,
    found: Option<Found>,
}

/// Places of the two series in the data they were found in.
#[derive(Debug, Clone)]
struct Found {
    data: Arc<MultiCandleData>,
    bid: usize,
    ask: usize,
}

impl EmaCross {
    /// A strategy that has seen no bar; periods in bars, distances in pips.
    ///
    /// ```
    /// # use fillproof_engine::strategies::ema_cross::EmaCross;
    /// assert_eq!(EmaCross::new("H1", 10, 50, 10.0, 20.0, 0.0001)?.slow(), 50);
    /// # Ok::<(), fillproof_engine::errors::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// `NUMBER_INVALID`, `PERIOD_INVALID`.
    pub fn new(
        timeframe: &str,
        fast: i64,
        slow: i64,
        stop_pips: f64,
        target_pips: f64,
        pip_size: f64,
    ) -> Result<Self> {
        let stop_pips = number(stop_pips, "stop_pips", 0.0, true)?;
        let target_pips = number(target_pips, "target_pips", 0.0, true)?;
        let pip_size = number(pip_size, "pip_size", 0.0, true)?;
        Ok(Self {
            timeframe: timeframe.into(),
            stop_pips,
            target_pips,
            pip_size,
            fast: Ema::new(fast)?,
            slow: Ema::new(slow)?,
            stop: stop_pips * pip_size,
            target: target_pips * pip_size,
            next_index: 0,
            reason: "ema_cross".into(),
            found: None,
        })
    }

    /// Key of the candles it reads.
    #[must_use]
    pub fn timeframe(&self) -> &str {
        &self.timeframe
    }

    /// Period of the fast average.
    #[must_use]
    pub fn fast(&self) -> i64 {
        self.fast.period()
    }

    /// Period of the slow average.
    #[must_use]
    pub fn slow(&self) -> i64 {
        self.slow.period()
    }

    /// Distance of the stop in pips.
    #[must_use]
    pub fn stop_pips(&self) -> f64 {
        self.stop_pips
    }

    /// Distance of the target in pips.
    #[must_use]
    pub fn target_pips(&self) -> f64 {
        self.target_pips
    }

    /// Price units of one pip.
    #[must_use]
    pub fn pip_size(&self) -> f64 {
        self.pip_size
    }

    /// Looks the two series up once for each set of data.
    #[inline]
    fn places(&mut self, view: &SymbolDataSlice) -> Result<(usize, usize)> {
        match &self.found {
            Some(found) if Arc::ptr_eq(&found.data, view.data()) => Ok((found.bid, found.ask)),
            _ => {
                let data = view.data();
                let bid = data.find(&self.timeframe, "bid", view.symbol())?;
                view.check_within(&data.series[bid])?;
                let ask = data.find(&self.timeframe, "ask", view.symbol())?;
                self.found = Some(Found {
                    data: Arc::clone(data),
                    bid,
                    ask,
                });
                Ok((bid, ask))
            }
        }
    }

    /// Whether a bar is the one after the last it saw; if not, it has to be warmed up anew.
    #[must_use]
    pub fn follows(&self, index: usize) -> bool {
        index == self.next_index
    }

    /// Notes that a bar is being evaluated.
    pub fn pass(&mut self, index: usize) {
        self.next_index = index + 1;
    }

    /// Begins anew at a bar: takes in the closes of all bars before it (L1).
    pub fn warm_up(&mut self, index: usize, closes: impl IntoIterator<Item = f64>) {
        self.next_index = index;
        self.fast.restart();
        self.slow.restart();
        for close in closes {
            self.fast.update(close);
            self.slow.update(close);
        }
    }

    /// Takes in the close of the next bar; says which way the averages cross at it.
    #[inline]
    pub fn step(&mut self, bid_close: f64) -> Option<Direction> {
        cross(&mut self.fast, &mut self.slow, bid_close)
    }

    /// Stop and target of an order at the opening side's close.
    #[must_use]
    pub fn levels(&self, direction: Direction, close: f64) -> (f64, f64) {
        let sign = direction.sign();
        (close - (sign * self.stop), close + (sign * self.target))
    }

    /// Feeds the bars before this one, which the loop did not evaluate (L1).
    fn catch_up(&mut self, view: &SymbolDataSlice) -> Result<()> {
        let index = view.index();
        let place = view.data().find(&self.timeframe, "bid", view.symbol())?;
        let series = &view.data().series[place];
        view.check_within(series)?;
        let before = (0..index).filter_map(|bar| series.candles.get(bar));
        self.warm_up(index, before.map(|candle| candle.close));
        Ok(())
    }

    fn signal(
        &self,
        direction: Direction,
        close: f64,
        view: &SymbolDataSlice,
        timestamp_us: i64,
    ) -> TradeSignal {
        let (stop, target) = self.levels(direction, close);
        TradeSignal {
            entry_price: Some(close),
            reason: Some(Arc::clone(&self.reason)),
            ..TradeSignal::market(
                direction,
                Some(stop),
                Some(target),
                view.symbol(),
                timestamp_us,
            )
        }
    }
}

impl Strategy for EmaCross {
    #[inline]
    fn evaluate(
        &mut self,
        _index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        let index = slice.index();
        if !self.follows(index) {
            self.catch_up(slice)?;
        }
        self.pass(index);
        let (bid, ask) = self.places(slice)?;
        let (bid, ask) = (&slice.data().series[bid], &slice.data().series[ask]);
        let found = (bid.candles.get(index), ask.candles.get(index));
        let (Some(bid), Some(ask)) = found else {
            slice.check_within(bid)?;
            return slice.check_within(ask);
        };
        let Some(direction) = self.step(bid.close) else {
            return Ok(());
        };
        let close = if direction.is_long() {
            ask.close
        } else {
            bid.close
        };
        signals.push(self.signal(direction, close, slice, bid.time_us));
        Ok(())
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        if !self.follows(from) {
            return Ok(from);
        }
        let (bid, ask) = self.places(slice)?;
        let (bid, ask) = (&slice.data().series[bid], &slice.data().series[ask]);
        let (Some(bid), Some(ask)) = (bid.candles.whole(), ask.candles.whole()) else {
            return Ok(from);
        };
        let closes = bid.close.as_slice();
        let to = to.min(closes.len()).min(ask.len());
        let mut bar = from;
        for &close in closes.get(from..to).unwrap_or_default() {
            let mut ahead = (self.fast.clone(), self.slow.clone());
            if cross(&mut ahead.0, &mut ahead.1, close).is_some() {
                break;
            }
            (self.fast, self.slow) = ahead;
            bar += 1;
        }
        self.next_index = bar;
        Ok(bar)
    }
}

/// Takes a close into both averages; says which way they cross at it.
#[inline]
fn cross(fast: &mut Ema, slow: &mut Ema, close: f64) -> Option<Direction> {
    let (was_fast, was_slow) = (fast.value(), slow.value());
    let (fast, slow) = (fast.update(close), slow.update(close));
    if !is_finite(was_fast) {
        None
    } else if was_fast <= was_slow && fast > slow {
        Some(Direction::Long)
    } else if was_fast >= was_slow && fast < slow {
        Some(Direction::Short)
    } else {
        None
    }
}
