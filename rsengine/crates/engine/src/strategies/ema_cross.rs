//! Built-in strategy: a cross of two EMAs of the bid close, fixed stop and target (I.ema_cross).

use std::sync::Arc;

use crate::arithmetic::is_finite;
use crate::candles::{Candle, CandleColumns, CandleView};
use crate::errors::Result;
use crate::indicators::columns;
use crate::indicators::ema::Ema;
use crate::settings::number;
use crate::signals::{Direction, TradeSignal};
use crate::strategies::columns::{Brackets, ColumnStrategy};
use crate::strategies::single::{Bar, Rules, SingleSymbol, bracket};

/// Buys when the fast EMA crosses above the slow one, sells when it crosses below.
///
/// Both averages start at the first bar of the data, warm-up bars included, and begin anew when the
/// bars do not follow each other, as in a second run. Stop and target are counted from the opening
/// side's close.
///
/// ```
/// # use fillproof_engine::strategies::ema_cross::EmaCross;
/// assert_eq!(EmaCross::new("H1", 10, 50, 10.0, 20.0, 0.0001)?.slow(), 50);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
pub type EmaCross = SingleSymbol<EmaCrossRules>;

/// What [`EmaCross`] does with candles.
#[derive(Debug, Clone)]
pub struct EmaCrossRules {
    averages: Crossing,
    stop_pips: f64,
    target_pips: f64,
    pip_size: f64,
    distances: (f64, f64),
    reason: Arc<str>,
}

impl EmaCross {
    /// A strategy that has seen no bar; periods in bars, distances in pips.
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
        let rules = EmaCrossRules {
            averages: Crossing::new(Ema::new(fast)?, Ema::new(slow)?),
            stop_pips,
            target_pips,
            pip_size,
            distances: (stop_pips * pip_size, target_pips * pip_size),
            reason: "ema_cross".into(),
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

    /// Distances of stop and target in price units.
    pub(crate) fn distances(&self) -> (f64, f64) {
        self.rules.distances
    }

    /// Both means as they were made, fast and slow.
    pub(crate) fn means(&self) -> (&Ema, &Ema) {
        (&self.rules.averages.fast, &self.rules.averages.slow)
    }

    /// Distance of the stop in pips.
    #[must_use]
    pub fn stop_pips(&self) -> f64 {
        self.rules.stop_pips
    }

    /// Distance of the target in pips.
    #[must_use]
    pub fn target_pips(&self) -> f64 {
        self.rules.target_pips
    }

    /// Price units of one pip.
    #[must_use]
    pub fn pip_size(&self) -> f64 {
        self.rules.pip_size
    }
}

impl Rules for EmaCrossRules {
    fn restart(&mut self) {
        self.averages.restart();
    }

    #[inline]
    fn take_bid(&mut self, bid: &Candle) {
        self.averages.update(bid.close);
    }

    #[inline]
    fn is_quiet(&self, _index: usize) -> bool {
        self.averages.direction.is_none()
    }

    fn pass_quiet(
        &mut self,
        bids: &CandleView<'_>,
        _asks: &CandleView<'_>,
        _index: usize,
    ) -> usize {
        self.averages.pass_quiet(bids.close)
    }

    fn known(&self, bids: &CandleColumns, asks: &CandleColumns) -> Option<ColumnStrategy> {
        let (fast, slow) = (&self.averages.fast, &self.averages.slow);
        let crosses = columns::crosses((fast, slow), bids.close.as_slice())?;
        let rows = crosses.iter().map(|&(row, _)| row).collect();
        let brackets = Brackets {
            directions: crosses.iter().map(|&(_, direction)| direction).collect(),
            bid_close: Arc::clone(&bids.close),
            ask_close: Arc::clone(&asks.close),
            distances: self.distances,
        };
        let columns = ColumnStrategy::of_brackets(bids.len(), rows, brackets);
        Some(columns.with_reason(Some(Arc::clone(&self.reason))))
    }

    fn decide(&mut self, bar: &Bar<'_>, signals: &mut Vec<TradeSignal>) {
        let Some(direction) = self.averages.direction else {
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

/// Two exponential means, and which way they crossed at the last value.
#[derive(Debug, Clone)]
pub struct Crossing {
    pub(crate) fast: Ema,
    pub(crate) slow: Ema,
    direction: Option<Direction>,
}

impl Crossing {
    /// Two means that have seen no value.
    #[must_use]
    pub fn new(fast: Ema, slow: Ema) -> Self {
        Self {
            fast,
            slow,
            direction: None,
        }
    }

    /// Forgets every value.
    pub fn restart(&mut self) {
        self.fast.restart();
        self.slow.restart();
        self.direction = None;
    }

    /// Which way they crossed at the last value.
    #[must_use]
    #[inline]
    pub fn direction(&self) -> Option<Direction> {
        self.direction
    }

    /// Takes the next value in.
    #[inline]
    pub fn update(&mut self, x: f64) {
        let (was_fast, was_slow) = (self.fast.value(), self.slow.value());
        let (fast, slow) = (self.fast.update(x), self.slow.update(x));
        self.direction = if !is_finite(was_fast) {
            None
        } else if was_fast <= was_slow && fast > slow {
            Some(Direction::Long)
        } else if was_fast >= was_slow && fast < slow {
            Some(Direction::Short)
        } else {
            None
        };
    }

    /// Takes values in as long as the means do not cross; returns how many came before a cross.
    ///
    /// The value at which they cross is taken in, too.
    pub fn pass_quiet(&mut self, values: &[f64]) -> usize {
        let mut place = 0;
        while place < values.len() {
            if self.fast.is_steady() && self.slow.is_steady() {
                place += self.pass_steady(&values[place..]);
                if self.direction.is_some() || place == values.len() {
                    return place;
                }
            }
            self.update(values[place]);
            if self.direction.is_some() {
                return place;
            }
            place += 1;
        }
        place
    }

    /// The same up to the first value that is missing, with all numbers in registers.
    fn pass_steady(&mut self, values: &[f64]) -> usize {
        let ((fast_new, fast_old), (slow_new, slow_old)) =
            (self.fast.weights(), self.slow.weights());
        let (mut fast, mut slow) = (self.fast.value(), self.slow.value());
        let mut place = 0;
        self.direction = None;
        for &x in values {
            if !is_finite(x) {
                break;
            }
            let (was_fast, was_slow) = (fast, slow);
            fast = (fast_new * x) + (fast_old * fast);
            slow = (slow_new * x) + (slow_old * slow);
            let rises = (was_fast <= was_slow) & (fast > slow);
            let falls = (was_fast >= was_slow) & (fast < slow);
            if rises | falls {
                let direction = if rises {
                    Direction::Long
                } else {
                    Direction::Short
                };
                self.direction = Some(direction);
                break;
            }
            place += 1;
        }
        self.fast.set_steady(fast);
        self.slow.set_steady(slow);
        place
    }
}
