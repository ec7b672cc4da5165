//! What the faces of executors, positions and of the portfolio do.

use crate::blotter::Changes;
use crate::core::{Core, with_ledger};
use crate::costs::fee;
use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};
use crate::holdings::{EntryNumbers, ExitNumbers, Holding};
use crate::ledger::LedgerKind;
use crate::positions::{Level, Reason, check_level, rest_of};
use crate::rule_ids::X5_CLOSED_BY_HAND;
use crate::settings::number;

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
    /// `ORDER_UNKNOWN`, `LEVEL_NOT_FINITE`, `PRESET_OPTION`.
    pub fn modify_order(&mut self, executor: usize, slot: u32, changes: Changes) -> Result<()> {
        self.check_order(executor, slot)?;
        for (field, value) in changes.levels() {
            check_level(field, value)?;
        }
        let position = &self.positions[slot as usize];
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

/// What the faces of positions do.
impl Core {
    /// Writes a stop or target, at once or queued, by the phase of its executor (L8).
    ///
    /// # Errors
    /// `LEVEL_NOT_FINITE`.
    pub fn write_level(&mut self, slot: u32, field: Level, value: Option<f64>) -> Result<()> {
        let value = check_level(field, value)?;
        let Some(position) = self.positions.get_mut(slot as usize) else {
            return Ok(());
        };
        match position
            .owner
            .and_then(|place| self.executors.get_mut(place))
        {
            Some(executor) => executor
                .blotter
                .write(&mut self.positions, slot, field, value),
            None => {
                position.show(field, value);
                position.commit(field, value, Reason::BreakEvenStopLoss);
            }
        }
        Ok(())
    }

    /// Closes a position by hand; give it to `register_exit` afterwards (M2, X5.closed_by_hand).
    ///
    /// # Errors
    /// `LEVEL_NOT_FINITE`, `REASON_UNKNOWN`, `ALREADY_CLOSED`, `CLOSE_IN_ENTRY`.
    pub fn close_position(
        &mut self,
        slot: u32,
        time_us: i64,
        price: f64,
        reason: &str,
    ) -> Result<()> {
        let Some((price, reason)) = self.check_close(slot, price, reason)? else {
            return Ok(());
        };
        let charge = self.exit_fee(slot, None, price);
        let position = &mut self.positions[slot as usize];
        position.finish(price, time_us, charge, reason, X5_CLOSED_BY_HAND);
        if let Some(executor) = position
            .owner
            .and_then(|place| self.executors.get_mut(place))
        {
            executor.blotter.remove(slot);
            executor.blotter.emit_exit(position, price, 0.0);
        }
        Ok(())
    }

    /// Closes a part of a position by hand and returns its slot; give it to `register_exit` (M2).
    ///
    /// # Errors
    /// As [`Core::close_position`]; `NUMBER_INVALID`.
    pub fn close_part(
        &mut self,
        slot: u32,
        time_us: i64,
        price: f64,
        size: f64,
        reason: &str,
    ) -> Result<Option<u32>> {
        let Some((price, reason)) = self.check_close(slot, price, reason)? else {
            return Ok(None);
        };
        let lots = number(size, "size", 0.0, true)?;
        let whole = self.positions[slot as usize].size;
        let rest = rest_of(whole, lots);
        if rest <= 0.0 {
            return Err(EngineError::new(ErrorCode::NumberInvalid)
                .in_field("size")
                .with_value(size)
                .expecting(format!(
                    "a finite number > 0.0 and below {}",
                    float_text(whole)
                )));
        }
        let charge = self.exit_fee(slot, Some(lots), price);
        let mut part = self.positions[slot as usize].split(lots, rest);
        self.portfolio.resize(Holding::Own(slot), rest);
        part.finish(price, time_us, charge, reason, X5_CLOSED_BY_HAND);
        if let Some(executor) = part.owner.and_then(|place| self.executors.get(place)) {
            executor.blotter.emit_exit(&part, price, rest);
        }
        Ok(Some(self.add_position(part)))
    }

    /// Checks what `close` and `close_part` are given, and that the phase allows them.
    fn check_close(&self, slot: u32, price: f64, reason: &str) -> Result<Option<(f64, Reason)>> {
        let Some(position) = self.positions.get(slot as usize) else {
            return Ok(None);
        };
        if !price.is_finite() {
            return Err(EngineError::new(ErrorCode::LevelNotFinite)
                .in_field("price")
                .with_value(price)
                .expecting("a finite price"));
        }
        let reason = Reason::parse(reason).map_err(|error| error.for_symbol(&position.symbol))?;
        if !position.is_open() {
            return Err(EngineError::new(ErrorCode::AlreadyClosed)
                .for_symbol(&position.symbol)
                .in_field("status")
                .with_value(position.status())
                .expecting("an open position"));
        }
        let owner = position.owner.and_then(|place| self.executors.get(place));
        if owner.is_some_and(|executor| executor.blotter.is_queueing()) {
            return Err(EngineError::new(ErrorCode::CloseInEntry)
                .for_symbol(&position.symbol)
                .in_field("close")
                .with_value(i64::try_from(position.order_id).unwrap_or(i64::MAX))
                .expecting("a call outside the strategy's evaluate"));
        }
        Ok(Some((price + 0.0, reason)))
    }

    /// Returns the executor's fee of an exit by hand; none in the preset parity (R4.fee).
    fn exit_fee(&self, slot: u32, size: Option<f64>, price: f64) -> f64 {
        let position = &self.positions[slot as usize];
        match position.owner.and_then(|place| self.executors.get(place)) {
            Some(executor) if !position.parity => {
                let model = &executor.config.fee_model;
                fee(
                    model,
                    size.unwrap_or(position.size),
                    price,
                    position.fee_unit,
                )
            }
            _ => 0.0,
        }
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
