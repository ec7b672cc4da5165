//! What users order: close, cancel, modify, and how the queue is carried out (L8).

use crate::blotter::{Changes, Command, Ordered};
use crate::config::MarketFill;
use crate::desk::{ExecutionSimulator, same_symbol};
use crate::errors::{Result, Value};
use crate::leaving::Leaving;
use crate::ledger::Ledger;
use crate::orders::{Breach, check_levels, check_waiting};
use crate::positions::{Level, Position, Positions, Reason, State};
use crate::quotes::Quote;
use crate::rule_ids::{
    L8_CANCELLED, L8_DROPPED, L8_MANAGE_WRITE, L8_QUEUED_WRITE, L8_REFUSED, X5_MANUAL,
    X5_MANUAL_OPEN,
};
use crate::trace::Action;

const EXPIRES_AT: &str = "expires_at";
const MODIFY: &str = "modify";

impl ExecutionSimulator {
    /// Closes a position at a market price (X5.manual, X5.manual_open).
    ///
    /// Ordered in ENTRY it is queued for CLOSE; else it acts at once. With `MarketFill::NextOpen` it
    /// waits for the next bar's OPEN, for a symbol without a bar now for its next CLOSE (L8.hole).
    /// What is no open position is recorded as dropped.
    pub(crate) fn close(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
    ) -> Result<()> {
        let position = &mut positions[slot as usize];
        let field = Ordered::Close.as_str();
        if !position.is_open() {
            let expected = "an open position";
            self.blotter
                .refuse(position, field, None, L8_DROPPED, expected);
        } else if self.blotter.is_queueing() || self.closes_at_open() || self.waits(position) {
            self.queue(position, slot, Ordered::Close);
        } else {
            self.close_now(position, ledger, slot)?;
            self.drop_finished();
        }
        Ok(())
    }

    /// Cancels a waiting order (L8.cancelled); ordered in ENTRY it is queued for CLOSE.
    pub(crate) fn cancel(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
    ) {
        let position = &mut positions[slot as usize];
        let ordered = Ordered::Cancel(L8_CANCELLED);
        if !position.is_pending() {
            let (field, expected) = (ordered.as_str(), "a waiting order");
            self.blotter
                .refuse(position, field, None, L8_DROPPED, expected);
        } else if self.blotter.is_queueing() {
            self.queue(position, slot, ordered);
        } else {
            self.retire(position, ledger, slot, State::Cancelled(L8_CANCELLED));
            self.drop_finished();
        }
    }

    /// Changes the levels or the expiry of an order; what is left out stays (L8.queued_write).
    pub(crate) fn modify(&mut self, positions: &mut Positions, slot: u32, changes: Changes) {
        let position = &mut positions[slot as usize];
        if !(position.is_pending() || position.is_open()) {
            let expected = "a waiting order or open position";
            self.blotter
                .refuse(position, MODIFY, None, L8_DROPPED, expected);
            return;
        }
        let changes = self.real_changes(position, slot, changes);
        if changes.is_empty() {
            return;
        }
        for (field, value) in changes.levels() {
            position.show(field, value);
        }
        let command = Command {
            slot,
            ordered: Ordered::Modify(changes),
            status: position.status(),
        };
        if self.blotter.is_queueing() {
            self.blotter.queue.push(command);
            let rule = L8_QUEUED_WRITE;
            self.blotter
                .emit(position, Action::Queued, rule, Some(MODIFY));
        } else {
            self.change(position, command.ordered, changes, L8_MANAGE_WRITE);
            self.blotter.watch(slot);
        }
    }

    /// Brings levels to the price grid, and leaves out what reads back already.
    fn real_changes(&self, position: &Position, slot: u32, mut changes: Changes) -> Changes {
        for field in Level::BOTH {
            let level = changes.level_mut(field);
            *level = level
                .map(|value| position.snapped(value))
                .filter(|&value| value != position.level(field));
        }
        // An expiry does not read back before it is committed: one that waits is looked at, too.
        let queued = self.blotter.queue.iter().rev().find_map(|command| {
            let Ordered::Modify(queued) = command.ordered else {
                return None;
            };
            queued.expires_at_us.filter(|_| command.slot == slot)
        });
        let present = queued.unwrap_or(position.expires_at_us());
        changes.expires_at_us = changes.expires_at_us.filter(|&value| value != present);
        changes
    }

    /// Whether closes wait for the next open (X5.manual_open).
    fn closes_at_open(&self) -> bool {
        self.config.policy.market_fill == MarketFill::NextOpen
    }

    /// Whether a close waits for the next CLOSE of its symbol, which has no bar now (L8.hole).
    fn waits(&self, position: &Position) -> bool {
        !position.parity && self.is_in_hole(position)
    }

    fn close_now(
        &mut self,
        position: &mut Position,
        ledger: &mut impl Ledger,
        slot: u32,
    ) -> Result<()> {
        let Some(quote) = self.quote_of(position) else {
            return Ok(());
        };
        let leaving = Leaving {
            raw: quote.closing_close(position.direction.sign()),
            slips: true,
            time_us: quote.time_us(),
            reason: Reason::Manual,
            rule: X5_MANUAL,
        };
        self.close_at(position, ledger, slot, leaving)
    }

    /// Takes the queue to carry it out in CLOSE (L8).
    pub(crate) fn take_queue(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.blotter.queue)
    }

    /// Carries out one command of the queue in CLOSE; closes that wait for a bar go on (L8).
    pub(crate) fn carry_out(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        command: Command,
        last: bool,
    ) -> Result<()> {
        let slot = command.slot;
        let position = &mut positions[slot as usize];
        if command.ordered == Ordered::Close && (self.closes_at_open() || self.waits(position)) {
            if last {
                let (field, expected) = (command.ordered.as_str(), "a next bar");
                self.blotter
                    .refuse(position, field, None, L8_DROPPED, expected);
            } else {
                self.blotter.queue.push(command);
            }
            return Ok(());
        }
        if position.status() != command.status {
            self.drop_command(position, command);
            return Ok(());
        }
        match command.ordered {
            Ordered::Close => self.close_now(position, ledger, slot)?,
            Ordered::Cancel(rule) => self.retire(position, ledger, slot, State::Cancelled(rule)),
            Ordered::Write(changes) | Ordered::Modify(changes) => {
                self.change(position, command.ordered, changes, L8_QUEUED_WRITE);
                self.blotter.watch(slot);
            }
        }
        Ok(())
    }

    /// Takes the closes that wait for this open, in the order of the calls (L2, X5.manual_open).
    pub(crate) fn take_closes(&mut self, positions: &Positions, place: usize) -> Vec<Command> {
        if !self.closes_at_open() {
            // What waits then is for CLOSE (L8.hole).
            return Vec::new();
        }
        let symbol = &self.quotes[place].symbol;
        let is_of_bar = |command: &Command| {
            let position = positions.get(command.slot as usize);
            position.is_some_and(|position| same_symbol(&position.symbol, symbol))
        };
        let queue = std::mem::take(&mut self.blotter.queue);
        let (taken, left): (Vec<_>, Vec<_>) = queue.into_iter().partition(is_of_bar);
        self.blotter.queue = left;
        taken
    }

    /// Carries out one close at the open (X5.manual_open).
    pub(crate) fn close_at_open(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        command: Command,
        quote: &Quote,
    ) -> Result<()> {
        let position = &mut positions[command.slot as usize];
        if !position.is_open() {
            self.drop_command(position, command);
            return Ok(());
        }
        let leaving = Leaving {
            raw: quote.closing_open(position.direction.sign()),
            slips: true,
            time_us: quote.time_us(),
            reason: Reason::Manual,
            rule: X5_MANUAL_OPEN,
        };
        self.close_at(position, ledger, command.slot, leaving)
    }

    /// Records a command whose order is no longer what it was (L8.dropped).
    fn drop_command(&mut self, position: &mut Position, command: Command) {
        let (field, value) = match command.ordered {
            Ordered::Write(changes) => {
                show_committed(position, &changes);
                match changes.levels().next() {
                    Some((field, value)) => (field.as_str(), value.map(Value::Float)),
                    None => return,
                }
            }
            Ordered::Modify(changes) => {
                show_committed(position, &changes);
                (MODIFY, None)
            }
            other => (other.as_str(), None),
        };
        let expected = format!("still {}", command.status);
        self.blotter
            .refuse(position, field, value, L8_DROPPED, &expected);
    }

    /// Commits what a write or modify changes, or records why not (L8.refused).
    fn change(
        &mut self,
        position: &mut Position,
        ordered: Ordered,
        changes: Changes,
        rule: &'static str,
    ) {
        // In the preset parity nothing is tested (R5.at_once).
        let breach = if position.parity {
            None
        } else {
            self.check_changes(position, &changes)
        };
        if let Some(breach) = breach {
            show_committed(position, &changes);
            let Breach {
                field,
                value,
                expected,
                ..
            } = breach;
            self.blotter
                .refuse(position, field, value, L8_REFUSED, &expected);
            return;
        }
        for (field, value) in changes.levels() {
            position.commit(field, value, Reason::BreakEvenStopLoss);
        }
        if let Some(expires_at_us) = changes.expires_at_us {
            position.details_mut().expires_at_us = expires_at_us;
        }
        let field = match ordered {
            Ordered::Write(changes) => changes.levels().next().map(|(field, _)| field.as_str()),
            _ => Some(MODIFY),
        };
        self.blotter.emit(position, Action::Written, rule, field);
    }

    /// Checks the levels that a command names, and no others (L8.refused).
    fn check_changes(&self, position: &Position, changes: &Changes) -> Option<Breach> {
        if let (Some(expires_at_us), true) = (changes.expires_at_us, position.is_open()) {
            return Some(Breach {
                rule: L8_REFUSED,
                field: EXPIRES_AT,
                value: expires_at_us.map(Value::Int),
                expected: "a waiting order".to_owned(),
            });
        }
        let quote = self.quote_of(position)?;
        let spec = self.spec(&position.symbol);
        let sign = position.direction.sign();
        let (stop, target) = (changes.stop_loss.flatten(), changes.take_profit.flatten());
        match position.entry().filter(|_| position.is_pending()) {
            Some(entry) => check_waiting(sign, stop, target, entry, spec),
            None => check_levels(sign, stop, target, quote.opening_close(sign), &quote, spec),
        }
    }
}

/// Lets the committed levels read back again, unless others were written since (L8).
fn show_committed(position: &mut Position, changes: &Changes) {
    for (field, value) in changes.levels() {
        if position.level(field) == value {
            position.show(field, position.committed(field));
        }
    }
}
