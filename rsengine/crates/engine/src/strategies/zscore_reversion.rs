//! Built-in strategy: back to the mean from far away, in deviations (I.zscore_reversion).

use std::sync::Arc;

use crate::candles::Candle;
use crate::errors::Result;
use crate::indicators::atr::Atr;
use crate::indicators::moving::{Sma, score};
use crate::indicators::window::Window;
use crate::settings::{number, period as to_period};
use crate::signals::{Direction, TradeSignal};
use crate::strategies::single::{Bar, Rules, SingleSymbol};

/// Buys when the z-score of the bid close falls below -entry, sells when it rises above entry.
///
/// The target is the mean of the bar of the signal, the stop a multiple of the ATR away from the
/// opening side's close. A long signal whose mean the ask has reached already is left out. The
/// strategy sees no positions: what keeps trades apart is `rest`, and the executor's
/// `max_positions`. It reads the bid, from the first bar of the data on, and begins anew when the
/// bars do not follow each other, as in a second run.
///
/// ```
/// # use fillproof_engine::strategies::zscore_reversion::ZScoreReversion;
/// assert_eq!(ZScoreReversion::new("H1", 50, 2.0, 14, 2.0, 10)?.window(), 50);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
pub type ZScoreReversion = SingleSymbol<ZScoreReversionRules>;

/// What [`ZScoreReversion`] does with candles.
#[derive(Debug, Clone)]
pub struct ZScoreReversionRules {
    window: i64,
    mean: Sma,
    excursion: Excursion,
    atr: Atr,
    stop_atr: f64,
    rest: i64,
    wait: i64,
    reason: Arc<str>,
}

impl ZScoreReversion {
    /// A strategy that has seen no bar.
    ///
    /// # Errors
    /// `PERIOD_INVALID`, `NUMBER_INVALID`.
    pub fn new(
        timeframe: &str,
        window: i64,
        entry: f64,
        period: i64,
        stop_atr: f64,
        rest: i64,
    ) -> Result<Self> {
        let window = to_period(window, "window")?;
        let entry = number(entry, "entry", 0.0, true)?;
        let rules = ZScoreReversionRules {
            window,
            mean: Sma::new(window)?,
            excursion: Excursion::new(Window::new(window)?, entry),
            atr: Atr::new(to_period(period, "period")?)?,
            stop_atr: number(stop_atr, "stop_atr", 0.0, true)?,
            rest: to_period(rest, "rest")?,
            wait: 0,
            reason: "zscore_reversion".into(),
        };
        Ok(Self::over(timeframe, rules))
    }

    /// Bars of the mean and of the deviation.
    #[must_use]
    pub fn window(&self) -> i64 {
        self.rules.window
    }

    /// Deviations from the mean.
    #[must_use]
    pub fn entry(&self) -> f64 {
        self.rules.excursion.entry
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

    /// Bars of the bid from a signal to the next at the earliest.
    #[must_use]
    pub fn rest(&self) -> i64 {
        self.rules.rest
    }
}

impl Rules for ZScoreReversionRules {
    fn restart(&mut self) {
        self.mean.restart();
        self.excursion.restart();
        self.atr.restart();
        self.wait = 0;
    }

    #[inline]
    fn take_bid(&mut self, bid: &Candle) {
        let mean = self.mean.update(bid.close);
        self.excursion.update(bid.close, mean);
        self.atr.update(bid.high, bid.low, bid.close);
        if self.wait > 0 {
            self.wait -= 1;
        }
    }

    #[inline]
    fn is_quiet(&self, _index: usize) -> bool {
        self.excursion.direction.is_none()
    }

    fn decide(&mut self, bar: &Bar<'_>, signals: &mut Vec<TradeSignal>) {
        let atr = self.atr.value();
        let free = self.wait == 0 && atr > 0.0;
        let Some(direction) = self.excursion.direction.filter(|_| free) else {
            return;
        };
        let close = if direction.is_long() {
            bar.ask.close
        } else {
            bar.bid.close
        };
        let (sign, mean) = (direction.sign(), self.mean.value());
        // A mean that is missing, NaN, lies on neither side.
        let before_the_mean = sign * (mean - close) > 0.0;
        if !before_the_mean {
            return;
        }
        self.wait = self.rest;
        let stop = close - (sign * (self.stop_atr * atr));
        signals.push(TradeSignal {
            entry_price: Some(close),
            reason: Some(Arc::clone(&self.reason)),
            ..TradeSignal::market(
                direction,
                Some(stop),
                Some(mean),
                bar.symbol,
                bar.bid.time_us,
            )
        });
    }
}

/// The z-score of a value, and which trade it asks for when it leaves the band about 0.
#[derive(Debug, Clone)]
pub struct Excursion {
    distances: Window,
    pub(crate) entry: f64,
    score: f64,
    direction: Option<Direction>,
}

impl Excursion {
    /// A score that has seen no value; the band reaches from `-entry` to `entry`.
    #[must_use]
    pub fn new(distances: Window, entry: f64) -> Self {
        Self {
            distances,
            entry,
            score: f64::NAN,
            direction: None,
        }
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.distances.restart();
        self.score = f64::NAN;
        self.direction = None;
    }

    /// Which trade the last value asks for.
    #[must_use]
    #[inline]
    pub fn direction(&self) -> Option<Direction> {
        self.direction
    }

    /// Takes the next value and its mean in.
    #[inline]
    pub fn update(&mut self, x: f64, mean: f64) {
        let was = self.score;
        self.score = score(&mut self.distances, x, mean);
        // No score on either side of the step, NaN, makes every comparison false.
        self.direction = if was >= -self.entry && self.score < -self.entry {
            Some(Direction::Long)
        } else if was <= self.entry && self.score > self.entry {
            Some(Direction::Short)
        } else {
            None
        };
    }
}
