//! What the faces of positions do (M2).

use crate::core::Core;
use crate::costs::fee;
use crate::errors::{EngineError, ErrorCode, Result, float_text};
use crate::holdings::Holding;
use crate::positions::{Level, Reason, check_level, rest_of};
use crate::rule_ids::X5_CLOSED_BY_HAND;
use crate::settings::number;
use crate::trace::Use;

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
        self.take_rate(slot);
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
        self.take_rate(slot);
        let charge = self.exit_fee(slot, Some(lots), price);
        let whole = &mut self.positions[slot as usize];
        let mut part = whole.split(lots, rest);
        self.portfolio.reread(Holding::Own(slot), whole);
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

    /// Lets the executor convert at this moment (P5.unit_value).
    fn take_rate(&mut self, slot: u32) {
        let position = &mut self.positions[slot as usize];
        let owner = position.owner;
        if let Some(executor) = owner.and_then(|place| self.executors.get_mut(place)) {
            executor.refresh_unit(position, Some(Use::Exit));
        }
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
