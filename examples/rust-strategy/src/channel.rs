//! A strategy: with the trend, where the close leaves the channel of the bars before it.

use fillproof_engine::candles::Candle;
use fillproof_engine::errors::Result;
use fillproof_engine::indicators::window::Span;
use fillproof_engine::settings::number;
use fillproof_engine::signals::{Direction, TradeSignal};
use fillproof_engine::strategies::single::{Bar, Rules, SingleSymbol, bracket};
use std::sync::Arc;

/// Buys when the bid closes above the highest high of the bars before, sells below their lowest low.
///
/// `SingleSymbol` brings what such strategies share: it feeds each candle of the timeframe once,
/// begins with the warm-up, begins anew in a second run, and tells the loop which bars it need not
/// stop at.
pub type Channel = SingleSymbol<ChannelRules>;

/// What a [`Channel`] does with candles.
#[derive(Debug, Clone)]
pub struct ChannelRules {
    span: Span,
    // Bars that have to come before the channel is full.
    lacking: i64,
    length: i64,
    distances: (f64, f64),
    direction: Option<Direction>,
    reason: Arc<str>,
}

/// A channel over `length` bars; stop and target in pips from the opening side's close.
///
/// # Errors
/// `PERIOD_INVALID`, `NUMBER_INVALID`.
pub fn channel(
    timeframe: String,
    length: i64,
    stop_pips: f64,
    target_pips: f64,
    pip_size: f64,
) -> Result<Channel> {
    let pip_size = number(pip_size, "pip_size", 0.0, true)?;
    let stop = number(stop_pips, "stop_pips", 0.0, true)? * pip_size;
    let target = number(target_pips, "target_pips", 0.0, true)? * pip_size;
    let rules = ChannelRules {
        span: Span::new(length)?,
        lacking: length,
        length,
        distances: (stop, target),
        direction: None,
        reason: "channel".into(),
    };
    Ok(Channel::over(&timeframe, rules))
}

impl Rules for ChannelRules {
    fn restart(&mut self) {
        self.span.restart();
        self.lacking = self.length;
        self.direction = None;
    }

    fn take_bid(&mut self, bid: &Candle) {
        self.direction = if self.lacking > 0 {
            self.lacking -= 1;
            None
        } else if bid.close > self.span.high() {
            Some(Direction::Long)
        } else if bid.close < self.span.low() {
            Some(Direction::Short)
        } else {
            None
        };
        self.span.update(bid.high, bid.low, 0.0);
    }

    fn is_quiet(&self, _index: usize) -> bool {
        self.direction.is_none()
    }

    fn decide(&mut self, bar: &Bar<'_>, signals: &mut Vec<TradeSignal>) {
        let Some(direction) = self.direction else {
            return;
        };
        signals.push(bracket(
            direction,
            bar.bid,
            bar.ask,
            self.distances,
            bar.symbol,
            bar.bid.time_us,
            &self.reason,
        ));
    }
}
