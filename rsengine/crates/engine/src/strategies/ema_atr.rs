//! Built-in strategy: a cross of two EMAs, stop and target in average true ranges (I.ema_atr).

use std::sync::Arc;

use crate::candles::Candle;
use crate::errors::Result;
use crate::indicators::atr::Atr;
use crate::indicators::ema::Ema;
use crate::settings::{number, period as to_period};
use crate::signals::TradeSignal;
use crate::strategies::ema_cross::Crossing;
use crate::strategies::single::{Bar, Rules, SingleSymbol, bracket};

/// Buys and sells as [`EmaCross`](super::ema_cross::EmaCross) does, with stop and target at
/// multiples of the ATR.
///
/// All three read the bid, from the first bar of the data on, and begin anew when the bars do not
/// follow each other, as in a second run. The distances are those of the bar of the cross and are
/// counted from the opening side's close.
///
/// ```
/// # use fillproof_engine::strategies::ema_atr::EmaAtr;
/// assert_eq!(EmaAtr::new("H1", 10, 50, 14, 2.0, 3.0)?.stop_atr(), 2.0);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
pub type EmaAtr = SingleSymbol<EmaAtrRules>;

/// What [`EmaAtr`] does with candles.
#[derive(Debug, Clone)]
pub struct EmaAtrRules {
    averages: Crossing,
    atr: Atr,
    stop_atr: f64,
    target_atr: f64,
    reason: Arc<str>,
}

impl EmaAtr {
    /// A strategy that has seen no bar; periods in bars, distances in average true ranges.
    ///
    /// # Errors
    /// `PERIOD_INVALID`, `NUMBER_INVALID`.
    pub fn new(
        timeframe: &str,
        fast: i64,
        slow: i64,
        period: i64,
        stop_atr: f64,
        target_atr: f64,
    ) -> Result<Self> {
        let fast = Ema::new(to_period(fast, "fast")?)?;
        let slow = Ema::new(to_period(slow, "slow")?)?;
        let rules = EmaAtrRules {
            averages: Crossing::new(fast, slow),
            atr: Atr::new(to_period(period, "period")?)?,
            stop_atr: number(stop_atr, "stop_atr", 0.0, true)?,
            target_atr: number(target_atr, "target_atr", 0.0, true)?,
            reason: "ema_atr".into(),
        };
        Ok(Self::over(timeframe, rules))
    }

    /// Period of the fast average.
    #[must_use]
    pub fn fast(&self) -> i64 {
        self.rules.averages.fast.period()
    }

    /// Period of the slow average.
    #[must_use]
    pub fn slow(&self) -> i64 {
        self.rules.averages.slow.period()
    }

    /// Bars of the average true range.
    #[must_use]
    pub fn period(&self) -> i64 {
        self.rules.atr.period()
    }

    /// Distance of the stop in average true ranges.
    #[must_use]
    pub fn stop_atr(&self) -> f64 {
        self.rules.stop_atr
    }

    /// Distance of the target in average true ranges.
    #[must_use]
    pub fn target_atr(&self) -> f64 {
        self.rules.target_atr
    }
}

impl Rules for EmaAtrRules {
    fn restart(&mut self) {
        self.averages.restart();
        self.atr.restart();
    }

    #[inline]
    fn take_bid(&mut self, bid: &Candle) {
        self.averages.update(bid.close);
        self.atr.update(bid.high, bid.low, bid.close);
    }

    #[inline]
    fn is_quiet(&self, _index: usize) -> bool {
        self.averages.direction().is_none()
    }

    fn decide(&mut self, bar: &Bar<'_>, signals: &mut Vec<TradeSignal>) {
        let atr = self.atr.value();
        let direction = self.averages.direction().filter(|_| atr > 0.0);
        let Some(direction) = direction else {
            return;
        };
        signals.push(bracket(
            direction,
            bar.bid,
            bar.ask,
            (self.stop_atr * atr, self.target_atr * atr),
            bar.symbol,
            bar.bid.time_us,
            &self.reason,
        ));
    }
}
