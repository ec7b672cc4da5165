//! Built-in strategy: stop orders at the edges of the last bars (I.breakout).

use std::sync::Arc;

use crate::arithmetic::is_finite;
use crate::candles::Candle;
use crate::errors::Result;
use crate::indicators::atr::Atr;
use crate::indicators::window::Span;
use crate::settings::{number, period as to_period, whole, words};
use crate::signals::{Direction, MAX_BARS_MOST, OrderType, TradeSignal};
use crate::strategies::single::{Bar, Rules, SingleSymbol};

words! {
    /// What the distances of a [`Breakout`] are counted in.
    Unit, "unit", {
        /// Average true ranges of the bid at the bar of the order.
        Atr = "atr",
        /// Pips.
        Pips = "pips",
    }
}

/// Waits above the highest high and below the lowest low; the one that fills cancels the other.
///
/// Every `max_bars` bars, which is when none of its last orders waits any more, a stop order to buy
/// at the highest high of the ask and one to sell at the lowest low of the bid, over the last
/// `length` bars, this one included. The two are a group (S4) and wait for `max_bars` bars. The
/// strategy sees no positions: the executor's `max_positions` keeps trades apart.
///
/// ```
/// # use fillproof_engine::strategies::breakout::{Breakout, Unit};
/// let breakout = Breakout::new("H1", 20, 10, 15.0, 30.0, Unit::Pips, 14, 0.0001)?;
/// assert_eq!(breakout.unit(), Unit::Pips);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
pub type Breakout = SingleSymbol<BreakoutRules>;

/// What [`Breakout`] does with candles.
#[derive(Debug, Clone)]
pub struct BreakoutRules {
    length: i64,
    max_bars: u64,
    stop: f64,
    target: f64,
    unit: Unit,
    pip_size: f64,
    highest: Span,
    lowest: Span,
    atr: Atr,
    // Index from which on none of the last orders waits.
    free_from: usize,
    reason: Arc<str>,
}

impl Breakout {
    /// A strategy that has seen no bar; distances in units.
    ///
    /// # Errors
    /// `PERIOD_INVALID`, `NUMBER_INVALID`.
    #[expect(clippy::too_many_arguments, reason = "it has eight settings")]
    pub fn new(
        timeframe: &str,
        length: i64,
        max_bars: u64,
        stop: f64,
        target: f64,
        unit: Unit,
        period: i64,
        pip_size: f64,
    ) -> Result<Self> {
        let length = to_period(length, "length")?;
        let rules = BreakoutRules {
            length,
            max_bars: whole(max_bars, "max_bars", 1, MAX_BARS_MOST)?,
            stop: number(stop, "stop", 0.0, true)?,
            target: number(target, "target", 0.0, true)?,
            unit,
            atr: Atr::new(to_period(period, "period")?)?,
            pip_size: number(pip_size, "pip_size", 0.0, true)?,
            highest: Span::new(length)?,
            lowest: Span::new(length)?,
            free_from: 0,
            reason: "breakout".into(),
        };
        Ok(Self::over(timeframe, rules))
    }

    /// Bars whose highest high and lowest low are taken.
    #[must_use]
    pub fn length(&self) -> i64 {
        self.rules.length
    }

    /// Bars in which the orders may trigger.
    #[must_use]
    pub fn max_bars(&self) -> u64 {
        self.rules.max_bars
    }

    /// Distance of the stop from the entry, in units.
    #[must_use]
    pub fn stop(&self) -> f64 {
        self.rules.stop
    }

    /// Distance of the target from the entry, in units.
    #[must_use]
    pub fn target(&self) -> f64 {
        self.rules.target
    }

    /// What the distances are counted in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.rules.unit
    }

    /// Bars of the average true range.
    #[must_use]
    pub fn period(&self) -> i64 {
        self.rules.atr.period()
    }

    /// Price units of one pip.
    #[must_use]
    pub fn pip_size(&self) -> f64 {
        self.rules.pip_size
    }
}

impl Rules for BreakoutRules {
    fn restart(&mut self) {
        self.highest.restart();
        self.lowest.restart();
        self.atr.restart();
        self.free_from = 0;
    }

    #[inline]
    fn take_bid(&mut self, bid: &Candle) {
        self.lowest.update(bid.high, bid.low, 0.0);
        self.atr.update(bid.high, bid.low, bid.close);
    }

    #[inline]
    fn take_ask(&mut self, ask: &Candle) {
        self.highest.update(ask.high, ask.low, 0.0);
    }

    #[inline]
    fn is_quiet(&self, index: usize) -> bool {
        index < self.free_from
    }

    fn decide(&mut self, bar: &Bar<'_>, signals: &mut Vec<TradeSignal>) {
        if bar.index < self.free_from {
            return;
        }
        let (high, low) = (self.highest.high(), self.lowest.low());
        let unit = match self.unit {
            Unit::Atr => self.atr.value(),
            Unit::Pips => self.pip_size,
        };
        let is_known = is_finite(high) && is_finite(low) && unit > 0.0;
        if !is_known {
            return;
        }
        let wait = usize::try_from(self.max_bars).unwrap_or(usize::MAX);
        self.free_from = bar.index.saturating_add(wait);
        let (stop, target) = (self.stop * unit, self.target * unit);
        let group: Arc<str> = format!("breakout {} {}", bar.symbol, bar.index).into();
        for (direction, entry) in [(Direction::Long, high), (Direction::Short, low)] {
            let sign = direction.sign();
            signals.push(TradeSignal {
                entry_price: Some(entry),
                order_type: OrderType::Stop,
                max_bars: Some(self.max_bars),
                oco: Some(Arc::clone(&group)),
                reason: Some(Arc::clone(&self.reason)),
                ..TradeSignal::market(
                    direction,
                    Some(entry - (sign * stop)),
                    Some(entry + (sign * target)),
                    bar.symbol,
                    bar.bid.time_us,
                )
            });
        }
    }
}
