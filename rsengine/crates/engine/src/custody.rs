//! What holding positions costs, and when they are taken away: swap and stop-out (P6, A3).

use crate::account::StopOutPrice;
use crate::ambiguity::Other;
use crate::arithmetic::POWERS_OF_TEN;
use crate::desk::{ExecutionSimulator, same_symbol};
use crate::errors::Result;
use crate::leaving::Leaving;
use crate::ledger::{Appraisal, Ledger, Side};
use crate::positions::{FillAt, Position, Positions, Reason};
use crate::quotes::Quote;
use crate::rollover::nights_between;
use crate::rule_ids::{A3_AT_CLOSE, A3_STOP_OUT};
use crate::trace::Use;

/// A night's swap of a position that is due: its slot, and how many days it counts.
pub(crate) type DueSwap = (u32, f64);

impl ExecutionSimulator {
    /// Lists the swaps of the nights since a symbol's bar before (P6.rollover).
    ///
    /// `after_us` is the time of that bar.
    pub(crate) fn due_swaps(
        &self,
        positions: &Positions,
        place: usize,
        quote: &Quote,
        after_us: i64,
    ) -> Vec<DueSwap> {
        let mut due = Vec::new();
        if !self.swaps || after_us == i64::MIN {
            return due;
        }
        let symbol = &self.quotes[place].symbol;
        let Some(spec) = self.spec(symbol).filter(|spec| spec.swap_field().is_some()) else {
            return due;
        };
        for (night_us, weekday) in nights_between(after_us, quote.time_us()) {
            let days = if *weekday == *spec.swap_triple {
                3.0
            } else {
                1.0
            };
            let of_night = self.blotter.active.iter().filter(|&&slot| {
                positions.get(slot as usize).is_some_and(|position| {
                    same_symbol(&position.symbol, symbol) && self.was_there(position, night_us)
                })
            });
            due.extend(of_night.map(|&slot| (slot, days)));
        }
        due
    }

    /// Tells whether a position was filled before a night ended (P6.rollover).
    fn was_there(&self, position: &Position, night_us: i64) -> bool {
        let Some(fill) = position.fill().filter(|_| position.is_open()) else {
            return false;
        };
        if fill.at == FillAt::Close {
            return fill.time_us + self.length_us <= night_us;
        }
        fill.time_us < night_us
    }

    /// Books one night's swap of a position (P6.swap).
    ///
    /// `((((points / 10^digits) * unit_value) * size) * days) + 0.0`
    pub(crate) fn book_swap(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        (slot, days): DueSwap,
        time_us: i64,
    ) -> Result<()> {
        let position = &mut positions[slot as usize];
        let spec = self.spec(&position.symbol);
        let Some((spec, digits)) = spec.and_then(|spec| Some((spec, spec.digits?))) else {
            return Ok(());
        };
        let points = if position.direction.is_long() {
            spec.swap_long
        } else {
            spec.swap_short
        };
        if points == 0.0 || !position.is_open() {
            return Ok(());
        }
        self.refresh_unit(position, Some(Use::Swap));
        let price = points / POWERS_OF_TEN[(digits as usize).min(POWERS_OF_TEN.len() - 1)];
        let amount = (((price * position.now_unit) * position.size) * days) + 0.0;
        if amount == 0.0 {
            return Ok(());
        }
        position.swap += amount;
        ledger.register_swap(amount, time_us, slot, position)
    }

    /// The level of a stop-out, where there is one.
    #[inline]
    pub(crate) fn stop_out_level(&self) -> Option<f64> {
        self.config.margin?.stop_out
    }

    /// Closes one position if worst equity is too small for the margin in use (A3); true if so.
    pub(crate) fn stop_out_one(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        time_us: i64,
    ) -> Result<bool> {
        let (Some(margin), Some(level)) = (self.config.margin, self.stop_out_level()) else {
            return Ok(false);
        };
        let used = self.used_margin(positions, None);
        if used <= 0.0 {
            return Ok(false);
        }
        let appraisal = ledger.appraise(time_us);
        let Some(appraisal) = appraisal.or_else(|| self.outside.appraisal.take()) else {
            return Ok(false);
        };
        let falls_short = appraisal.equity_worst / used < level;
        if !falls_short {
            return Ok(false);
        }
        let Some((slot, worst)) = self.largest_loss(positions, &appraisal, time_us) else {
            return Ok(false);
        };
        let position = &mut positions[slot as usize];
        let Some(quote) = self.quote_of(position) else {
            return Ok(false);
        };
        let (rule, raw) = match margin.stop_out_price {
            StopOutPrice::Worst => (A3_STOP_OUT, worst),
            StopOutPrice::Close => {
                let close = quote.closing_close(position.direction.sign());
                (A3_AT_CLOSE, close)
            }
        };
        self.refresh_unit(position, None);
        self.mark_other(position, &quote, rule, Other::Open);
        let leaving = Leaving {
            raw,
            slips: true,
            time_us,
            reason: Reason::StopOut,
            rule,
        };
        self.close_at(position, ledger, slot, leaving)?;
        Ok(true)
    }

    /// Returns the position with the smallest mark at the worst, and its price there (A3).
    fn largest_loss(
        &self,
        positions: &Positions,
        appraisal: &Appraisal,
        time_us: i64,
    ) -> Option<(u32, f64)> {
        let mut chosen = None;
        let mut least = 0.0;
        for &slot in &self.blotter.active {
            let Some(position) = positions.get(slot as usize) else {
                continue;
            };
            let (Some(fill), Some(quote)) = (position.fill(), self.quote_of(position)) else {
                continue;
            };
            if !position.is_open() || quote.time_us() != time_us {
                continue;
            }
            let candle = quote.closing_candle(position.direction.sign());
            let price = if fill.at == FillAt::Close && fill.time_us == time_us {
                candle.close
            } else {
                match appraisal.side_of(&position.symbol) {
                    Side::High => candle.high,
                    Side::Low => candle.low,
                }
            };
            let gain = position.gain(price);
            if chosen.is_none() || gain < least {
                chosen = Some((slot, price));
                least = gain;
            }
        }
        chosen
    }
}
