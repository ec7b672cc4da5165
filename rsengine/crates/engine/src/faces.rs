//! What the faces of executors and of the portfolio do; those of positions are in `position_face`.

use crate::account_checks::clock_error;
use crate::blotter::Changes;
use crate::config::MarketFill;
use crate::core::{Core, with_ledger};
use crate::desk::ExecutionSimulator;
use crate::errors::{EngineError, ErrorCode, Result, Value};
use crate::holdings::{EntryNumbers, ExitNumbers, Holding};
use crate::ledger::LedgerKind;
use crate::positions::{Reason, check_level};
use crate::trace::Phase;

/// Commands to an executor, by the slot of one of its orders (L8).
///
/// With a portfolio that lives elsewhere, carry out the effects afterwards.
impl Core {
    /// Closes a position at a market price (X5.manual, X5.manual_open).
    ///
    /// # Errors
    /// `ORDER_UNKNOWN`.
    pub fn close_order(&mut self, executor: usize, slot: u32) -> Result<()> {
        self.check_order(executor, slot)?;
        with_ledger!(self, executor, |executor, positions, ledger| {
            executor.close(positions, ledger, slot)
        })
    }

    /// Cancels a waiting order (L8.cancelled).
    ///
    /// # Errors
    /// `ORDER_UNKNOWN`.
    pub fn cancel_order(&mut self, executor: usize, slot: u32) -> Result<()> {
        self.check_order(executor, slot)?;
        with_ledger!(self, executor, |executor, positions, ledger| {
            executor.cancel(positions, ledger, slot);
            Ok(())
        })
    }

    /// Changes the levels or the expiry of an order (L8.queued_write, L8.refused).
    ///
    /// # Errors
    /// `ORDER_UNKNOWN`, `LEVEL_NOT_FINITE`, `PRESET_OPTION`, `CLOCK_REQUIRED`.
    pub fn modify_order(&mut self, executor: usize, slot: u32, changes: Changes) -> Result<()> {
        self.check_order(executor, slot)?;
        for (field, value) in changes.levels() {
            check_level(field, value)?;
        }
        let position = &self.positions[slot as usize];
        let is_ordinal = |executor: &ExecutionSimulator| executor.ordinal;
        let ordinal = self.executors.get(executor).is_some_and(is_ordinal);
        if let (Some(Some(expires_at_us)), true) = (changes.expires_at_us, ordinal) {
            let value = Value::Int(expires_at_us);
            return Err(clock_error("expires_at", value, Some(&position.symbol)));
        }
        if let (Some(expires_at_us), true) = (changes.expires_at_us, position.parity) {
            let mut error = EngineError::new(ErrorCode::PresetOption)
                .for_symbol(&position.symbol)
                .in_field("expires_at")
                .expecting("no expiry");
            error.value = expires_at_us.map(Value::Int);
            return Err(error);
        }
        with_ledger!(self, executor, |executor, positions, _ledger| {
            executor.modify(positions, slot, changes);
            Ok(())
        })
    }

    /// Closes a position of an executor, or a part of it, as a manager does (M1, R5.manager).
    ///
    /// At the closing side's close, with slippage and fee; returns the slot of a part.
    ///
    /// # Errors
    /// None with the slot of an open position.
    pub fn close_managed(
        &mut self,
        slot: u32,
        size: Option<f64>,
        reason: Reason,
        rule: &'static str,
    ) -> Result<Option<u32>> {
        let owner = self.positions.get(slot as usize).and_then(|p| p.owner);
        let Some(place) = owner else {
            return Ok(None);
        };
        with_ledger!(self, place, |executor, positions, ledger| {
            executor.close_managed(positions, ledger, slot, size, reason, rule)
        })
    }

    /// Margin that open positions of an executor tie up (A1.used); 0 without margin.
    #[must_use]
    pub fn used_margin(&self, executor: usize) -> f64 {
        let executor = self.executors.get(executor);
        executor.map_or(0.0, |executor| executor.used_margin(&self.positions, None))
    }

    /// Whether a call of this phase may ask a portfolio that lives elsewhere for its equity; where it
    /// does, that is to be handed in before the call and before each of its steps.
    #[must_use]
    pub fn asks_equity(&self, executor: usize, phase: Phase) -> bool {
        let Some(executor) = self.executors.get(executor).filter(|e| !e.is_parity()) else {
            return false;
        };
        let waits = executor.blotter.waiting > 0;
        match phase {
            Phase::Entry => true,
            Phase::Open => waits && executor.config.policy.market_fill == MarketFill::NextOpen,
            Phase::Exits => waits && executor.config.margin.is_some(),
            _ => false,
        }
    }

    /// Checks that a slot is an order of an executor.
    fn check_order(&self, executor: usize, slot: u32) -> Result<()> {
        let position = self.positions.get(slot as usize);
        if position.is_some_and(|p| p.owner == Some(executor) && p.part == 0) {
            return Ok(());
        }
        Err(EngineError::new(ErrorCode::OrderUnknown)
            .in_field("position")
            .with_value(i64::from(slot))
            .expecting("an order of this executor or its order id"))
    }
}

/// What the face of the portfolio does with positions of its core.
impl Core {
    /// Gives an own position to the own portfolio as filled.
    pub fn register_entry(&mut self, slot: u32) {
        if let Some(position) = self.positions.get(slot as usize) {
            // A record that no executor of ours made is not marked (P3.realised_only).
            let numbers = position.owner.and_then(|_| EntryNumbers::of(position));
            let holding = Holding::Own(slot);
            self.portfolio
                .register_entry(holding, &position.symbol, numbers);
        }
    }

    /// Gives an own position, or a part of one, to the own portfolio as closed.
    ///
    /// # Errors
    /// `NUMBER_INVALID` where it is not closed.
    pub fn register_exit(&mut self, slot: u32) -> Result<()> {
        let Some(position) = self.positions.get(slot as usize) else {
            return Ok(());
        };
        let numbers = ExitNumbers::of(position)?;
        self.portfolio.register_exit(Holding::Own(slot), numbers)
    }
}
