//! What an executor and the faces of its positions share: active orders, phase, queued writes.
//!
//! A write of a stop or target arrives here through the face; the phase of the bar decides when it
//! takes effect (L8).

use std::sync::Arc;

use crate::arithmetic::snap_level;
use crate::config::FeeModel;
use crate::errors::Value;
use crate::positions::{Level, Position};
use crate::rule_ids::{L8_DROPPED, L8_MANAGE_WRITE, L8_QUEUED_WRITE};
use crate::trace::{Action, EventKind, Phase, Tracer};

/// A signal or command that was not carried out, and the rule that says so (S3, L8).
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection {
    /// Number of the order.
    pub order_id: u64,
    /// Open of the bar.
    pub time_us: i64,
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// The rule that stood against it.
    pub rule: &'static str,
    /// Name of the field that broke the rule.
    pub field: &'static str,
    /// The value that broke the rule.
    pub value: Option<Value>,
    /// What would have been accepted.
    pub expected: String,
}

/// A level written in ENTRY, on its way to CLOSE.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QueuedWrite {
    /// The position it was written to.
    pub slot: u32,
    /// Stop or target.
    pub field: Level,
    /// The level, snapped.
    pub value: Option<f64>,
    /// What the order was when it was written.
    pub status: &'static str,
}

/// What the executor and the faces of its positions share: active orders, phase, queue.
#[derive(Debug, Clone, Default)]
pub struct Blotter {
    /// Slots of waiting orders and open positions, in order of acceptance (E2).
    pub active: Vec<u32>,
    /// Fees of an exit by hand.
    pub fee_model: FeeModel,
    /// Phase of the executor's bar; `None` before its first.
    pub phase: Option<Phase>,
    /// Open of the executor's bar.
    pub time_us: Option<i64>,
    /// Writes that wait for CLOSE.
    pub queue: Vec<QueuedWrite>,
    /// Writes that were not carried out.
    pub refused: Vec<Rejection>,
    /// Changes whenever `active` does.
    pub version: u64,
    /// Set when a record on the active list is closed or expired.
    pub finished: bool,
    /// Where events go.
    pub tracer: Tracer,
}

impl Blotter {
    /// A blotter without orders.
    #[must_use]
    pub fn new(fee_model: FeeModel) -> Self {
        Self {
            fee_model,
            ..Self::default()
        }
    }

    /// Takes a level written through a face: queued in ENTRY, else at once (L8).
    pub fn write(
        &mut self,
        positions: &mut [Position],
        slot: u32,
        field: Level,
        value: Option<f64>,
    ) {
        let Some(position) = positions.get_mut(slot as usize) else {
            return;
        };
        let sign = position.direction.sign();
        let value = match (value, position.digits) {
            (Some(x), Some(digits)) => Some(snap_level(x, digits, sign)),
            _ => value,
        };
        if !(position.is_pending() || position.is_open()) {
            let expected = "a waiting order or open position";
            self.refuse(position, field, value, L8_DROPPED, expected);
            return;
        }
        if value == position.level(field) {
            return;
        }
        position.show(field, value);
        if self.phase == Some(Phase::Entry) {
            self.queue.push(QueuedWrite {
                slot,
                field,
                value,
                status: position.status(),
            });
            self.emit(position, Action::Queued, L8_QUEUED_WRITE, Some(field));
        } else {
            position.commit(field, value);
            self.emit(position, Action::Written, L8_MANAGE_WRITE, Some(field));
        }
    }

    /// Records a write that is not carried out (L8.dropped, L8.refused).
    pub fn refuse(
        &mut self,
        position: &Position,
        field: Level,
        value: Option<f64>,
        rule: &'static str,
        expected: &str,
    ) {
        self.refused.push(Rejection {
            order_id: position.order_id,
            time_us: self.time_us.unwrap_or(position.entry_time_us),
            symbol: Arc::clone(&position.symbol),
            rule,
            field: field.as_str(),
            value: value.map(Value::Float),
            expected: expected.to_owned(),
        });
        let action = if rule == L8_DROPPED {
            Action::Dropped
        } else {
            Action::Refused
        };
        self.emit(position, action, rule, Some(field));
    }

    /// Takes a position closed by hand off the active list.
    pub fn remove(&mut self, slot: u32) {
        self.active.retain(|&other| other != slot);
        self.version += 1;
    }

    /// Traces what happened to an order.
    pub fn emit(
        &self,
        position: &Position,
        action: Action,
        rule: &'static str,
        field: Option<Level>,
    ) {
        self.tracer.emit(rule, || EventKind::Order {
            order_id: position.order_id,
            action,
            symbol: Arc::clone(&position.symbol),
            direction: position.direction,
            order_type: position.order_type,
            status: position.status(),
            reference: position.reference,
            unit_value: position.unit_value,
            risk: position.risk,
            size: position.size,
            stop_loss: position.stop_loss,
            take_profit: position.take_profit,
            field,
        });
    }

    /// Traces an exit.
    pub fn emit_exit(&self, position: &Position, raw: f64) {
        if let Some(exit) = position.exit() {
            self.tracer.emit(exit.rule, || EventKind::Exit {
                order_id: position.order_id,
                symbol: Arc::clone(&position.symbol),
                direction: position.direction,
                raw,
                price: exit.price,
                size: position.size,
                reason: exit.reason.as_str(),
                result: exit.result,
                r_multiple: exit.r_multiple,
                exit_fee: exit.fee,
                ambiguous: exit.ambiguous,
            });
        }
    }
}
