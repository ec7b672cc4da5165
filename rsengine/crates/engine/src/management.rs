//! What is done with one position at the end of a bar: close, tighten, take parts (rules M1).
//!
//! The arithmetic is in `manager_rules`; positions of any maker look as in `managed`.

use std::sync::Arc;

use crate::account_checks::clock_error;
use crate::arithmetic::is_finite;
use crate::blotter::Rejection;
use crate::errors::{EngineError, Value, float_text};
use crate::managed::Managed;
use crate::managed_bar::{Bar, TrueRange};
use crate::manager_rules::{
    break_even_stop, has_gained, is_behind, is_tighter, part_size, takes_all, trailing_stop,
};
use crate::manager_settings::{BreakEven, ManagerConfig, Partial, Trailing};
use crate::positions::Reason;
use crate::rule_ids::{
    M1_BREAK_EVEN, M1_FLAT_AT, M1_MAX_BARS, M1_MAX_MINUTES, M1_PARTIAL, M1_PARTIAL_ALL,
    M1_PARTIAL_SKIPPED, M1_STOP_REFUSED, M1_TRAILING, M2_FOREIGN,
};
use crate::sessions::MINUTE_US;
use crate::symbols::LOT_UNIT;

/// The rules of a `PositionManager`, and what of them was refused.
#[derive(Debug, Clone)]
pub struct Management {
    /// The rules.
    pub config: Arc<ManagerConfig>,
    /// What was not carried out, in order.
    pub refused: Vec<Rejection>,
    ranges: Vec<(Arc<str>, f64, TrueRange)>,
}

/// A gain to be reached: in units of the initial risk, or in pips.
type After = (Option<f64>, Option<f64>);

impl Management {
    /// Rules that have been applied to nothing yet.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(config: ManagerConfig) -> Result<Self, EngineError> {
        Ok(Self {
            config: Arc::new(config.checked()?),
            refused: Vec::new(),
            ranges: Vec::new(),
        })
    }

    /// Refuses what needs a clock where keys are not times (L4.clock).
    ///
    /// # Errors
    /// `CLOCK_REQUIRED`.
    pub fn use_ordinals(&self) -> Result<(), EngineError> {
        if let Some(session) = &self.config.session {
            let value = Value::from(format!("{session:?}").as_str());
            return Err(clock_error("session", value, None));
        }
        match self.config.max_holding_minutes {
            Some(minutes) => {
                let value = Value::Float(minutes);
                Err(clock_error("max_holding_minutes", value, None))
            }
            None => Ok(()),
        }
    }

    /// Takes out what changes, for use while others may look at the rest.
    #[must_use]
    pub fn take_turn(&mut self) -> Self {
        Self {
            config: Arc::clone(&self.config),
            refused: Vec::new(),
            ranges: std::mem::take(&mut self.ranges),
        }
    }

    /// Takes in what was taken out.
    pub fn end_turn(&mut self, turn: Self) {
        self.refused.extend(turn.refused);
        self.ranges = turn.ranges;
    }

    /// Applies the rules to one position, in their order (M1.order).
    ///
    /// # Errors
    /// What reading the position or giving it an order raises.
    pub fn manage<M: Managed>(&mut self, managed: &mut M, bar: &Bar) -> Result<(), M::Error> {
        if let Some((rule, reason)) = self.ended(managed, bar) {
            return managed.close(None, reason, rule);
        }
        if let Some(rule) = self.config.break_even
            && !managed.memory().is_even
        {
            self.go_even(managed, bar, rule)?;
        }
        if let Some(rule) = self.config.trailing {
            self.trail(managed, bar, rule)?;
        }
        while let Some(&partial) = self.config.partials.get(managed.memory().parts) {
            if !managed.is_open()? || !self.take_part(managed, bar, partial)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns the rule and the reason for which a position has to close now, if any.
    fn ended<M: Managed>(&self, managed: &mut M, bar: &Bar) -> Option<(&'static str, Reason)> {
        if let Some(session) = &self.config.session {
            let filled_us = managed.filled_us(session.length_us());
            let flat_us = session.last_flat_us(bar.time_us);
            if filled_us
                .zip(flat_us)
                .is_some_and(|(filled, flat)| filled < flat)
            {
                return Some((M1_FLAT_AT, Reason::SessionClose));
            }
        }
        let bars = managed.memory().bars;
        if self
            .config
            .max_holding_bars
            .is_some_and(|most| bars >= most)
        {
            return Some((M1_MAX_BARS, Reason::Timeout));
        }
        let (minutes, since_us) = self
            .config
            .max_holding_minutes
            .zip(managed.held_since_us())?;
        let limit = minutes * MINUTE_US as f64;
        ((bar.time_us - since_us) as f64 >= limit).then_some((M1_MAX_MINUTES, Reason::Timeout))
    }

    /// Tells whether a threshold in R or in pips is reached (M1.gained).
    fn has_gained<M: Managed>(
        managed: &M,
        bar: &Bar,
        (after_r, after_pips): After,
    ) -> Result<bool, M::Error> {
        let threshold = match after_pips {
            Some(pips) => pips * managed.pip_size("after_pips")?,
            None => match after_r.zip(managed.one_r()?) {
                Some((after_r, one_r)) => after_r * one_r,
                None => return Ok(false),
            },
        };
        let (sign, digits) = (managed.sign(), managed.digits());
        let (entry_price, close) = (managed.entry_price()?, bar.close(sign));
        Ok(has_gained(entry_price, close, sign, threshold, digits))
    }

    /// Sets the stop to the fill, once (M1.break_even).
    fn go_even<M: Managed>(
        &mut self,
        managed: &mut M,
        bar: &Bar,
        rule: BreakEven,
    ) -> Result<(), M::Error> {
        if !Self::has_gained(managed, bar, (rule.after_r, rule.after_pips))? {
            return Ok(());
        }
        let buffer = if rule.buffer_pips == 0.0 {
            0.0
        } else {
            rule.buffer_pips * managed.pip_size("buffer_pips")?
        };
        let sign = managed.sign();
        let stop = break_even_stop(managed.entry_price()?, buffer, sign, managed.grid());
        let reason = Reason::BreakEvenStopLoss;
        if !is_tighter(stop, managed.stop_loss()?, sign)
            || self.set_stop(managed, bar, stop, reason, M1_BREAK_EVEN)?
        {
            managed.memory().is_even = true;
        }
        Ok(())
    }

    /// Lets the stop follow the close (M1.trailing).
    fn trail<M: Managed>(
        &mut self,
        managed: &mut M,
        bar: &Bar,
        rule: Trailing,
    ) -> Result<(), M::Error> {
        let sign = managed.sign();
        let apart = if let Some(pips) = rule.pips {
            pips * managed.pip_size("pips")?
        } else if let Some(r) = rule.r {
            match managed.one_r()? {
                Some(one_r) => r * one_r,
                None => return Ok(()),
            }
        } else if let Some(atr) = rule.atr {
            let average = self.true_range(managed, bar, rule.period)?;
            if !is_finite(average) {
                return Ok(());
            }
            atr * average
        } else {
            debug_assert!(false, "Invariant: one of the three is given");
            return Ok(());
        };
        let stop = trailing_stop(bar.close(sign), apart, sign, managed.grid());
        if is_tighter(stop, managed.stop_loss()?, sign) {
            self.set_stop(managed, bar, stop, Reason::TrailingStop, M1_TRAILING)?;
        }
        Ok(())
    }

    /// Returns the ATR of the side that closes a position, this bar included (I.atr).
    fn true_range<M: Managed>(
        &mut self,
        managed: &M,
        bar: &Bar,
        period: i64,
    ) -> Result<f64, M::Error> {
        let (symbol, sign) = (managed.symbol(), managed.sign());
        let known = self
            .ranges
            .iter()
            .position(|(name, side, _)| **name == **symbol && *side == sign);
        let place = match known {
            Some(place) => place,
            None => {
                let made = TrueRange::new(period)?;
                self.ranges.push((Arc::clone(symbol), sign, made));
                self.ranges.len() - 1
            }
        };
        Ok(self.ranges[place].2.at(bar, sign))
    }

    /// Sets a stop, or records that it is on the wrong side of the close (M1.stop_refused).
    fn set_stop<M: Managed>(
        &mut self,
        managed: &mut M,
        bar: &Bar,
        stop: f64,
        reason: Reason,
        rule: &'static str,
    ) -> Result<bool, M::Error> {
        let sign = managed.sign();
        let close = bar.close(sign);
        if !is_behind(stop, close, sign) {
            let relation = if sign > 0.0 { "<" } else { ">" };
            let expected = format!("{relation} {}", float_text(close));
            let refused = managed.refuse(M1_STOP_REFUSED, "stop_loss", stop, &expected)?;
            self.refused.push(refused);
            return Ok(false);
        }
        managed.set_stop(stop, reason, rule)?;
        Ok(true)
    }

    /// Takes the next part if its time has come; tells whether it is done (M1.partial).
    fn take_part<M: Managed>(
        &mut self,
        managed: &mut M,
        bar: &Bar,
        partial: Partial,
    ) -> Result<bool, M::Error> {
        if !Self::has_gained(managed, bar, (partial.after_r, partial.after_pips))? {
            return Ok(false);
        }
        managed.memory().parts += 1;
        let initial_size = managed.initial_size()?;
        let Some(size) = part_size(partial.fraction, initial_size, managed.spec()) else {
            let raw = partial.fraction * initial_size;
            let least = managed
                .spec()
                .map_or(1.0 / LOT_UNIT, |spec| spec.volume_min);
            let expected = format!(">= {}", float_text(least));
            let refused = managed.refuse(M1_PARTIAL_SKIPPED, "close", raw, &expected)?;
            self.refused.push(refused);
            return Ok(true);
        };
        if takes_all(managed.size()?, size, managed.spec()) {
            managed.close(None, Reason::PartialExit, M1_PARTIAL_ALL)?;
        } else if managed.can_part()? {
            managed.close(Some(size), Reason::PartialExit, M1_PARTIAL)?;
        } else {
            let expected = "a position with close_part";
            let refused = managed.refuse(M2_FOREIGN, "close", size, expected)?;
            self.refused.push(refused);
        }
        Ok(true)
    }
}
