//! What an executor and the faces of its positions share: active orders, phase, queued commands.
//!
//! A write of a stop or target arrives here through the face; the phase of the bar decides when it
//! takes effect (L8). How queued commands are carried out is in `commands`.

use std::sync::Arc;

use crate::errors::Value;
use crate::positions::{Level, Position, Positions, Reason};
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

/// What a modify changes; what is left out stays.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Changes {
    /// Stop, `Some(None)` to remove it.
    pub stop_loss: Option<Option<f64>>,
    /// Target, `Some(None)` to remove it.
    pub take_profit: Option<Option<f64>>,
    /// Expiry, `Some(None)` for good till cancelled.
    pub expires_at_us: Option<Option<i64>>,
}

impl Changes {
    /// The change of one level.
    pub(crate) fn of(field: Level, value: Option<f64>) -> Self {
        let mut changes = Self::default();
        *changes.level_mut(field) = Some(value);
        changes
    }

    pub(crate) fn level(&self, field: Level) -> Option<Option<f64>> {
        match field {
            Level::StopLoss => self.stop_loss,
            Level::TakeProfit => self.take_profit,
        }
    }

    pub(crate) fn level_mut(&mut self, field: Level) -> &mut Option<Option<f64>> {
        match field {
            Level::StopLoss => &mut self.stop_loss,
            Level::TakeProfit => &mut self.take_profit,
        }
    }

    /// The levels that it names, the stop first.
    pub(crate) fn levels(&self) -> impl Iterator<Item = (Level, Option<f64>)> + use<> {
        let named = *self;
        Level::BOTH
            .into_iter()
            .filter_map(move |field| Some((field, named.level(field)?)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ordered {
    /// One level is written.
    Write(Changes),
    /// Levels or the expiry are changed.
    Modify(Changes),
    /// A position is closed.
    Close,
    /// A waiting order is cancelled, by this rule: ordered (L8) or of its group (S4).
    Cancel(&'static str),
}

impl Ordered {
    /// Its name in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write(_) => "write",
            Self::Modify(_) => "modify",
            Self::Close => "close",
            Self::Cancel(_) => "cancel",
        }
    }
}

/// Something ordered in ENTRY, on its way to CLOSE (L8).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Command {
    /// The order that it is about.
    pub slot: u32,
    /// What is ordered.
    pub ordered: Ordered,
    /// What the order was when the command was made.
    pub status: &'static str,
}

/// What the executor and the faces of its positions share: active orders, phase, queue.
#[derive(Debug, Clone, Default)]
pub struct Blotter {
    /// Slots of waiting orders and open positions, in order of acceptance, so ascending (E2).
    pub active: Vec<u32>,
    /// How many of them wait for their fill.
    pub waiting: usize,
    /// Phase of the executor's bar; `None` before its first.
    pub phase: Option<Phase>,
    /// Open of the executor's bar.
    pub time_us: Option<i64>,
    /// Commands that wait for CLOSE, or for the next OPEN (X5.manual_open).
    pub queue: Vec<Command>,
    /// Commands that were not carried out.
    pub refused: Vec<Rejection>,
    /// Changes whenever `active` does.
    pub version: u64,
    /// Set when a record on the active list is closed, cancelled or expired.
    pub finished: bool,
    /// Slots of records that ended since the lists were cleared of such.
    pub(crate) gone: Vec<u32>,
    /// Whether somebody keeps the levels of open positions in order.
    pub(crate) watches: bool,
    /// Slots that opened or whose levels were set since those were read.
    pub(crate) moved: Vec<u32>,
    /// In the preset parity commands act at once in every phase (R5.at_once).
    pub at_once: bool,
    /// Where events go.
    pub tracer: Tracer,
}

impl Blotter {
    /// A blotter without orders.
    #[must_use]
    pub fn new(at_once: bool) -> Self {
        Self {
            at_once,
            ..Self::default()
        }
    }

    /// Tells whether commands wait for CLOSE (L8).
    #[must_use]
    pub fn is_queueing(&self) -> bool {
        self.phase == Some(Phase::Entry) && !self.at_once
    }

    /// Takes a level written through a face: queued in ENTRY, else at once (L8).
    pub fn write(
        &mut self,
        positions: &mut Positions,
        slot: u32,
        field: Level,
        value: Option<f64>,
    ) {
        let Some(position) = positions.get_mut(slot as usize) else {
            return;
        };
        let value = position.snapped(value);
        if !(position.is_pending() || position.is_open()) {
            let expected = "a waiting order or open position";
            let value = value.map(Value::Float);
            self.refuse(position, field.as_str(), value, L8_DROPPED, expected);
            return;
        }
        if value == position.level(field) {
            return;
        }
        position.show(field, value);
        let field_name = Some(field.as_str());
        if self.is_queueing() {
            self.queue.push(Command {
                slot,
                ordered: Ordered::Write(Changes::of(field, value)),
                status: position.status(),
            });
            self.emit(position, Action::Queued, L8_QUEUED_WRITE, field_name);
        } else {
            position.commit(field, value, Reason::BreakEvenStopLoss);
            self.watch(slot);
            self.emit(position, Action::Written, L8_MANAGE_WRITE, field_name);
        }
    }

    /// Records a command that is not carried out (L8.dropped, L8.refused, M1).
    pub fn refuse(
        &mut self,
        position: &Position,
        field: &'static str,
        value: Option<Value>,
        rule: &'static str,
        expected: &str,
    ) {
        self.refused.push(Rejection {
            order_id: position.order_id,
            time_us: self.time_us.unwrap_or(position.entry_time_us),
            symbol: Arc::clone(&position.symbol),
            rule,
            field,
            value,
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
        if let Ok(at) = self.active.binary_search(&slot) {
            self.active.remove(at);
        }
        self.gone.push(slot);
        self.version += 1;
    }

    /// Says that a record ended; it stays on the list until that is cleared.
    #[inline]
    pub(crate) fn end(&mut self, slot: u32) {
        self.finished = true;
        self.gone.push(slot);
    }

    /// Says that a position opened, or that a level of it is another one now.
    #[inline]
    pub(crate) fn watch(&mut self, slot: u32) {
        if self.watches {
            self.moved.push(slot);
        }
    }

    /// Traces what happened to an order.
    pub fn emit(
        &self,
        position: &Position,
        action: Action,
        rule: &'static str,
        field: Option<&'static str>,
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
            entry: position.entry(),
            expires_at_us: position.expires_at_us(),
            max_bars: position.max_bars(),
            oco: position.oco().cloned(),
            field,
        });
    }

    /// Traces an exit of a whole position, or of a part that leaves `remaining`.
    pub fn emit_exit(&self, position: &Position, raw: f64, remaining: f64) {
        if let Some(exit) = position.exit() {
            self.tracer.emit(exit.rule, || EventKind::Exit {
                order_id: position.order_id,
                symbol: Arc::clone(&position.symbol),
                direction: position.direction,
                raw,
                price: exit.price,
                size: position.size,
                part: position.part.into(),
                remaining,
                reason: exit.reason.as_str(),
                result: exit.result,
                r_multiple: exit.r_multiple,
                exit_fee: exit.fee,
                ambiguous: position.ambiguous(),
            });
        }
    }
}
