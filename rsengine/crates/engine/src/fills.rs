//! What a single order goes through: fill, exit, part, end (rules E1, E2, X, N3, X4).

use std::sync::Arc;

use crate::ambiguity::{Mark, Other};
use crate::blotter::Rejection;
use crate::config::Sizing;
use crate::costs::{ENTRY_SIDE, EXIT_SIDE, entry_price, exit_price, fee, slippage};
use crate::desk::ExecutionSimulator;
use crate::errors::{EngineError, ErrorCode, Result, Value};
use crate::exits::{DecidedExit, capped_stop};
use crate::ledger::Ledger;
use crate::orders::{Breach, check_sides};
use crate::parity::{size_at, slipped};
use crate::positions::{Fill, FillAt, Level, Position, Reason, State, rest_of};
use crate::quotes::Quote;
use crate::rule_ids::{
    E1_NEXT_OPEN, E1_NEXT_OPEN_SIDES, S4_OCO_CANCELLED, X5_CLOSE_AT_END, X5_EXPIRED_END_OF_DATA,
};
use crate::signals::Outcome;
use crate::trace::{Action, EventKind};
use crate::triggers::Trigger;

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
    /// Returns the slippage of one side of an order in price units (N3.random).
    ///
    /// An order of a symbol without a pip was refused where slippage needs one.
    fn slip(&self, position: &Position, side: u64, part: u64) -> f64 {
        let model = &self.config.slippage_model;
        slippage(model, position.pip_size, position.order_id, side, part)
    }

    /// Returns the price of an exit, slippage included (X2, R3).
    fn exit_price(&self, position: &Position, raw: f64, slips: bool, part: u64) -> f64 {
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

    /// Fills a market order that waits for the next open, or rejects it there; true if it filled.
    pub(crate) fn fill_at_open(
        &mut self,
        positions: &mut [Position],
        ledger: &mut impl Ledger,
        slot: u32,
        quote: &Quote,
    ) -> Result<bool> {
        let position = &mut positions[slot as usize];
        let sign = position.direction.sign();
        let (bid, ask) = (quote.bid.open, quote.ask.open);
        let (stop, target) = (position.committed_stop_loss, position.committed_take_profit);
        let breach = check_sides(sign, Level::StopLoss, stop, bid, ask)
            .or_else(|| check_sides(sign, Level::TakeProfit, target, bid, ask));
        if let Some(mut breach) = breach {
            position.state = State::Rejected;
            breach.rule = E1_NEXT_OPEN_SIDES;
            let (order_id, symbol) = (position.order_id, Arc::clone(&position.symbol));
            self.blotter.waiting -= 1;
            self.blotter.remove(slot);
            self.reject(order_id, &symbol, breach)?;
            return Ok(false);
        }
        let trigger = Trigger {
            rule: E1_NEXT_OPEN,
            raw: quote.opening_open(sign),
            at: FillAt::Open,
            slips: true,
        };
        self.fill(position, ledger, slot, trigger, quote.time_us())?;
        Ok(true)
    }

    /// Makes an order a position: price, fee, then the portfolio's books (P3.entry_fee).
    pub(crate) fn fill(
        &mut self,
        position: &mut Position,
        ledger: &mut impl Ledger,
        slot: u32,
        trigger: Trigger,
        time_us: i64,
    ) -> Result<()> {
        let Trigger {
            rule,
            raw,
            at,
            slips,
        } = trigger;
        let slip = if slips {
            self.slip(position, ENTRY_SIDE, 0)
        } else {
            0.0
        };
        let sign = position.direction.sign();
        let price = if position.parity {
            slipped(raw, sign, slip)
        } else {
            entry_price(raw, sign, slip, position.digits)
        };
        if position.parity && position.size == 0.0 {
            self.size_at_fill(position, price);
        }
        let model = &self.config.fee_model;
        let charge = fee(model, position.size, price, position.fee_unit);
        position.state = State::Open(Fill {
            time_us,
            at,
            price,
            fee: charge,
            rule,
        });
        self.blotter.waiting -= 1;
        self.note(position, Outcome::Filled, rule);
        self.blotter.tracer.emit(rule, || EventKind::Fill {
            order_id: position.order_id,
            symbol: Arc::clone(&position.symbol),
            direction: position.direction,
            at,
            raw,
            price,
            size: position.size,
            fee: charge,
            stop_loss: position.committed_stop_loss,
            take_profit: position.committed_take_profit,
        });
        ledger.register_entry(slot, position);
        if charge != 0.0 {
            ledger.register_fee(charge, time_us, slot, position)?;
        }
        Ok(())
    }

    /// Sizes an order of the preset parity, which has none before its fill (R2).
    fn size_at_fill(&self, position: &mut Position, price: f64) {
        let lots = match (self.sizing, position.initial_stop_loss) {
            (Sizing::FixedLots { lots }, _) => lots,
            (_, Some(stop)) => {
                let spec = self.spec(&position.symbol);
                size_at(price, stop, position.risk_per_trade, spec).0
            }
            // Without a stop no order of the preset is accepted (R1.levels_required).
            (_, None) => return,
        };
        position.size = lots;
        position.initial_size = lots;
    }

    /// Marks a trade ambiguous, and says so in the trace (E3.spanned, E5.mark, S4).
    pub(crate) fn leave_open(
        &self,
        position: &mut Position,
        quote: &Quote,
        rule: &'static str,
        other: Other,
    ) {
        self.mark_other(position, quote, rule, other);
        self.blotter.emit(position, Action::Marked, rule, None);
    }

    /// Marks a trade ambiguous, with what the other reading of the bar makes of it (X4).
    fn mark_other(&self, position: &mut Position, quote: &Quote, rule: &'static str, other: Other) {
        let sign = position.direction.sign();
        let price = match other {
            Other::Unfilled => None,
            Other::Open => Some(quote.closing_close(sign)),
            Other::Target => position.committed_take_profit,
            Other::Stop => position.committed_stop_loss.map(|stop| {
                let raw = capped_stop(stop, quote, sign);
                self.exit_price(position, raw, true, 0)
            }),
        };
        let result = price.map_or(0.0, |price| position.result_at(price));
        position.details_mut().marks.push(Mark {
            rule,
            time_us: quote.time_us(),
            other,
            price,
            result,
        });
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
        self.blotter.finished = true;
        self.blotter.emit_exit(position, raw, 0.0);
        ledger.register_exit(slot, position)
    }

    /// Closes a position, or `size` lots of it, at its closing side's close (M1, X5.manual).
    ///
    /// With adverse slippage and fee; in the preset parity a manager pays neither (R5.manager).
    /// Returns the slot of the part.
    pub(crate) fn close_managed(
        &mut self,
        positions: &mut Vec<Position>,
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
            self.drop_finished(positions);
            return Ok(None);
        };
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
        self.blotter.finished = true;
        self.note(position, outcome, rule);
        self.blotter.emit(position, action, rule, None);
        ledger.register_expired(slot);
    }

    /// Cancels the waiting orders of a filled order's group; the group ends (S4).
    ///
    /// Those that would have filled in this bar, too, are cancelled by the rule of their verdict.
    pub(crate) fn cancel_group(
        &mut self,
        positions: &mut [Position],
        ledger: &mut impl Ledger,
        slot: u32,
    ) {
        let group = positions[slot as usize].group();
        if group == 0 {
            return;
        }
        self.groups.retain(|&(_, number)| number != group);
        for at in 0..self.blotter.active.len() {
            let slot = self.blotter.active[at];
            let other = &mut positions[slot as usize];
            if other.group() == group && other.is_pending() {
                let rule = self
                    .verdict(slot)
                    .map_or(S4_OCO_CANCELLED, |verdict| verdict.rule);
                self.retire(other, ledger, slot, State::Cancelled(rule));
            }
        }
    }

    /// Ends what is left on the last bar: waiting orders expire, positions close on request.
    pub(crate) fn end_one(
        &mut self,
        positions: &mut [Position],
        ledger: &mut impl Ledger,
        slot: u32,
        time_us: i64,
    ) -> Result<()> {
        let position = &mut positions[slot as usize];
        if position.is_pending() {
            let state = State::Expired(X5_EXPIRED_END_OF_DATA);
            self.retire(position, ledger, slot, state);
        } else if position.is_open()
            && self.config.policy.close_at_end
            && let Some(quote) = self.quote_of(position)
        {
            let leaving = Leaving {
                raw: quote.closing_close(position.direction.sign()),
                slips: true,
                time_us,
                reason: Reason::EndOfData,
                rule: X5_CLOSE_AT_END,
            };
            self.close_at(position, ledger, slot, leaving)?;
        }
        Ok(())
    }

    /// Takes closed positions and dead orders off the active list (E2).
    #[inline]
    pub(crate) fn drop_finished(&mut self, positions: &[Position]) {
        if !self.blotter.finished {
            return;
        }
        self.blotter.active.retain(|&slot| {
            positions
                .get(slot as usize)
                .is_some_and(|position| position.is_pending() || position.is_open())
        });
        self.blotter.version += 1;
        self.blotter.finished = false;
    }

    /// Brings the signal's row of the result up to date.
    pub(crate) fn note(&mut self, position: &Position, outcome: Outcome, rule: &'static str) {
        let size = Some(position.size);
        self.rows.decide(position.order_id, outcome, rule, size);
    }

    /// Records a rejection, and raises it where strict (S3).
    pub(crate) fn reject(
        &mut self,
        order_id: u64,
        symbol: &Arc<str>,
        breach: Breach,
    ) -> Result<u64> {
        let Breach {
            rule,
            field,
            value,
            expected,
        } = breach;
        let size = self.rows.size_of(order_id);
        self.rows.decide(order_id, Outcome::Rejected, rule, size);
        self.blotter.tracer.emit(rule, || EventKind::Rejection {
            order_id,
            symbol: Arc::clone(symbol),
            field,
            value: value.clone(),
            expected: expected.clone(),
        });
        let error = self
            .config
            .strict
            .then(|| raised(symbol, field, value.as_ref(), &expected, rule));
        self.rejected_signals.push(Rejection {
            order_id,
            time_us: self.blotter.time_us.unwrap_or(0),
            symbol: Arc::clone(symbol),
            rule,
            field,
            value,
            expected,
        });
        error.map_or(Ok(order_id), Err)
    }
}

fn raised(
    symbol: &str,
    field: &str,
    value: Option<&Value>,
    expected: &str,
    rule: &str,
) -> EngineError {
    let mut error = EngineError::new(ErrorCode::SignalRejected)
        .for_symbol(symbol)
        .in_field(field)
        .expecting(format!("{expected} ({rule})"));
    error.value = value.cloned();
    error
}
