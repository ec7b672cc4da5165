//! How orders and positions end: exits, parts, expiry (rules X, E3, M1, R5).

use crate::ambiguity::Other;
use crate::costs::{EXIT_SIDE, exit_price, fee};
use crate::desk::ExecutionSimulator;
use crate::errors::Result;
use crate::exits::DecidedExit;
use crate::ledger::Ledger;
use crate::parity::slipped;
use crate::positions::{Position, Positions, Reason, State, rest_of};
use crate::quotes::Quote;
use crate::rule_ids::{X5_CLOSE_AT_END, X5_EXPIRED_END_OF_DATA};
use crate::signals::Outcome;
use crate::trace::{Action, Use};

/// How an exit is booked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving {
    pub(crate) raw: f64,
    pub(crate) slips: bool,
    pub(crate) time_us: i64,
    pub(crate) reason: Reason,
    pub(crate) rule: &'static str,
}

impl ExecutionSimulator {
    /// Returns the price of an exit, slippage included (X2, R3).
    pub(crate) fn exit_price(&self, position: &Position, raw: f64, slips: bool, part: u64) -> f64 {
        let slip = if slips {
            self.slip(position, EXIT_SIDE, part)
        } else {
            0.0
        };
        let sign = position.direction.sign();
        if position.parity {
            slipped(raw, sign, slip)
        } else {
            exit_price(raw, sign, slip, position.digits)
        }
    }

    /// Closes a position as a bar decided; a tie is marked with its other level, by its exit (X3).
    pub(crate) fn leave(
        &mut self,
        position: &mut Position,
        ledger: &mut impl Ledger,
        slot: u32,
        decided: DecidedExit,
        quote: &Quote,
    ) -> Result<()> {
        let DecidedExit {
            rule,
            reason,
            raw,
            slips,
            tie,
        } = decided;
        if tie {
            self.refresh_unit(position, None);
            // Only a stop gets slippage.
            let other = if slips { Other::Target } else { Other::Stop };
            self.mark_other(position, quote, rule, other);
        }
        let leaving = Leaving {
            raw,
            slips,
            time_us: quote.time_us(),
            reason,
            rule,
        };
        self.close_at(position, ledger, slot, leaving)
    }

    /// Closes a position with slippage and fee.
    pub(crate) fn close_at(
        &mut self,
        position: &mut Position,
        ledger: &mut impl Ledger,
        slot: u32,
        leaving: Leaving,
    ) -> Result<()> {
        self.refresh_unit(position, Some(Use::Exit));
        let price = self.exit_price(position, leaving.raw, leaving.slips, 0);
        let model = &self.config.fee_model;
        let charge = fee(model, position.size, price, position.fee_unit);
        self.finish(position, ledger, slot, leaving, price, charge)
    }

    fn finish(
        &mut self,
        position: &mut Position,
        ledger: &mut impl Ledger,
        slot: u32,
        leaving: Leaving,
        price: f64,
        charge: f64,
    ) -> Result<()> {
        let Leaving {
            raw,
            time_us,
            reason,
            rule,
            ..
        } = leaving;
        position.finish(price, time_us, charge, reason, rule);
        self.blotter.end(slot);
        self.blotter.emit_exit(position, raw, 0.0);
        ledger.register_exit(slot, position)
    }

    /// Closes a position, or `size` lots of it, at its closing side's close (M1, X5.manual).
    ///
    /// With adverse slippage and fee; in the preset parity a manager pays neither (R5.manager).
    /// Returns the slot of the part.
    pub(crate) fn close_managed(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        size: Option<f64>,
        reason: Reason,
        rule: &'static str,
    ) -> Result<Option<u32>> {
        let position = &mut positions[slot as usize];
        let Some(quote) = self.quote_of(position) else {
            return Ok(None);
        };
        let raw = quote.closing_close(position.direction.sign());
        let time_us = quote.time_us();
        let Some(size) = size else {
            let leaving = Leaving {
                raw,
                slips: true,
                time_us,
                reason,
                rule,
            };
            if position.parity {
                self.finish(position, ledger, slot, leaving, raw, 0.0)?;
            } else {
                self.close_at(position, ledger, slot, leaving)?;
            }
            self.drop_finished();
            return Ok(None);
        };
        self.refresh_unit(position, Some(Use::Exit));
        let mut part = position.split(size, rest_of(position.size, size));
        ledger.resize(slot, position);
        let (price, charge) = if part.parity {
            (raw, 0.0)
        } else {
            let price = self.exit_price(&part, raw, true, part.part.into());
            let model = &self.config.fee_model;
            (price, fee(model, size, price, part.fee_unit))
        };
        part.finish(price, time_us, charge, reason, rule);
        self.blotter.emit_exit(&part, raw, position.size);
        let part_slot = u32::try_from(positions.len()).unwrap_or(u32::MAX);
        let booked = ledger.register_exit(part_slot, &part);
        positions.push(part);
        booked.map(|()| Some(part_slot))
    }

    /// Ends a waiting order: cancelled or expired; the portfolio is told.
    pub(crate) fn retire(
        &mut self,
        position: &mut Position,
        ledger: &mut impl Ledger,
        slot: u32,
        state: State,
    ) {
        let (outcome, action, rule) = match state {
            State::Cancelled(rule) => (Outcome::Cancelled, Action::Cancelled, rule),
            State::Expired(rule) => (Outcome::Expired, Action::Expired, rule),
            _ => {
                debug_assert!(false, "Invariant: a waiting order is cancelled or expires");
                return;
            }
        };
        position.state = state;
        self.blotter.waiting -= 1;
        self.blotter.end(slot);
        self.note(position, outcome, rule);
        self.blotter.emit(position, action, rule, None);
        ledger.register_expired(slot);
    }

    /// Ends a waiting order on the last bar (X5.expired_end_of_data).
    pub(crate) fn end_waiting(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
    ) {
        let position = &mut positions[slot as usize];
        if position.is_pending() {
            let state = State::Expired(X5_EXPIRED_END_OF_DATA);
            self.retire(position, ledger, slot, state);
        }
    }

    /// The positions that the last bar closes, in the order in which they opened; none unless asked.
    pub(crate) fn left_to_close(&self) -> Vec<u32> {
        if self.config.policy.close_at_end {
            self.held.clone()
        } else {
            Vec::new()
        }
    }

    /// Closes a position on the last bar (X5.close_at_end).
    pub(crate) fn end_open(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        time_us: i64,
    ) -> Result<()> {
        let position = &mut positions[slot as usize];
        let Some(quote) = self.quote_of(position).filter(|_| position.is_open()) else {
            return Ok(());
        };
        let leaving = Leaving {
            raw: quote.closing_close(position.direction.sign()),
            slips: true,
            time_us,
            reason: Reason::EndOfData,
            rule: X5_CLOSE_AT_END,
        };
        self.close_at(position, ledger, slot, leaving)
    }

    /// Takes closed positions and dead orders off the active list (E2).
    #[inline]
    pub(crate) fn drop_finished(&mut self) {
        if !self.blotter.finished {
            return;
        }
        let gone = &mut self.blotter.gone;
        gone.sort_unstable();
        take_out(&mut self.blotter.active, gone);
        take_out(&mut self.held, gone);
        gone.clear();
        self.blotter.version += 1;
        self.blotter.finished = false;
    }
}

/// So many slots are taken out of a list one by one.
const SINGLY: usize = 16;

/// Takes slots, in ascending order, out of a list that has each at most once.
fn take_out(list: &mut Vec<u32>, gone: &[u32]) {
    if gone.len() > SINGLY {
        list.retain(|slot| gone.binary_search(slot).is_err());
        return;
    }
    for &slot in gone {
        // Most lists are ascending; one that is not is looked through.
        let known = list.binary_search(&slot).ok();
        let place = known.or_else(|| list.iter().position(|&other| other == slot));
        if let Some(place) = place {
            list.remove(place);
        }
    }
}
