//! What a single order goes through: fill, marks, rejection (rules E1, E2, N3, X4); its end is in `leaving`.

use std::sync::Arc;

use crate::admission::without_equity;
use crate::ambiguity::{Mark, Other};
use crate::blotter::Rejection;
use crate::config::Sizing;
use crate::costs::{ENTRY_SIDE, entry_price, fee, slippage};
use crate::desk::ExecutionSimulator;
use crate::errors::{EngineError, ErrorCode, Result, Value};
use crate::exits::capped_stop;
use crate::ledger::Ledger;
use crate::orders::{Breach, check_sides};
use crate::parity::{size_at, slipped};
use crate::positions::{Fill, FillAt, Level, Position, Positions, State};
use crate::quotes::Quote;
use crate::rule_ids::{
    A1_NEXT_OPEN, A2_NEXT_OPEN, E1_NEXT_OPEN, E1_NEXT_OPEN_SIDES, S4_OCO_CANCELLED,
};
use crate::signals::Outcome;
use crate::trace::{Action, EventKind, Use};
use crate::triggers::Trigger;

impl ExecutionSimulator {
    /// Returns the slippage of one side of an order in price units (N3.random).
    ///
    /// An order of a symbol without a pip was refused where slippage needs one.
    pub(crate) fn slip(&self, position: &Position, side: u64, part: u64) -> f64 {
        let model = &self.config.slippage_model;
        slippage(model, position.pip_size, position.order_id, side, part)
    }

    /// Fills a market order that waits for the next open, or rejects it there; true if it filled.
    pub(crate) fn fill_at_open(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        quote: &Quote,
    ) -> Result<bool> {
        let position = &positions[slot as usize];
        let sign = position.direction.sign();
        let equity = ledger.equity().or(self.outside.equity);
        let checked = match Self::check_open(position, equity, quote) {
            Some(breach) => Err(breach),
            None => self.check_margin(positions, position, equity, A1_NEXT_OPEN, None)?,
        };
        match checked {
            Ok(need) => positions[slot as usize].margin = need,
            Err(breach) => {
                self.refuse_fill(&mut positions[slot as usize], slot, breach)?;
                return Ok(false);
            }
        }
        let trigger = Trigger {
            rule: E1_NEXT_OPEN,
            raw: quote.opening_open(sign),
            at: FillAt::Open,
            slips: true,
        };
        self.fill(positions, ledger, slot, trigger, quote.time_us())?;
        Ok(true)
    }

    /// Checks equity and the sides of both levels at an open (A2.next_open, E1).
    fn check_open(position: &Position, equity: Option<f64>, quote: &Quote) -> Option<Breach> {
        if Self::is_without_equity(equity) {
            return Some(without_equity(A2_NEXT_OPEN, equity));
        }
        let sign = position.direction.sign();
        let (bid, ask) = (quote.bid.open, quote.ask.open);
        let (stop, target) = (position.committed_stop_loss, position.committed_take_profit);
        let breach = check_sides(sign, Level::StopLoss, stop, bid, ask)
            .or_else(|| check_sides(sign, Level::TakeProfit, target, bid, ask))?;
        Some(Breach {
            rule: E1_NEXT_OPEN_SIDES,
            ..breach
        })
    }

    /// Rejects an accepted order where it would fill (E1.next_open_sides, A1, A2).
    pub(crate) fn refuse_fill(
        &mut self,
        position: &mut Position,
        slot: u32,
        breach: Breach,
    ) -> Result<()> {
        position.state = State::Rejected;
        self.blotter.waiting -= 1;
        self.blotter.remove(slot);
        let (order_id, symbol) = (position.order_id, Arc::clone(&position.symbol));
        self.reject(order_id, &symbol, breach).map(drop)
    }

    /// Makes an order a position: price, fee, then the portfolio's books (P3.entry_fee).
    pub(crate) fn fill(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        trigger: Trigger,
        time_us: i64,
    ) -> Result<()> {
        let used = self
            .config
            .margin
            .map(|_| self.used_margin(positions, None));
        let position = &mut positions[slot as usize];
        let Trigger {
            rule,
            raw,
            at,
            slips,
        } = trigger;
        if at != FillAt::Close {
            self.refresh_unit(position, Some(Use::Fill));
        }
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
        self.held.push(slot);
        self.blotter.watch(slot);
        if let Some(used) = used {
            let equity = ledger.equity().or(self.outside.equity);
            self.tell_margin(position, used, equity);
        }
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
                let (risk, unit_value) = (position.risk_per_trade, position.unit_value);
                size_at(price, stop, risk, spec, unit_value).0
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
    pub(crate) fn mark_other(
        &self,
        position: &mut Position,
        quote: &Quote,
        rule: &'static str,
        other: Other,
    ) {
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

    /// Cancels the waiting orders of a filled order's group; the group ends (S4).
    ///
    /// Those that would have filled in this bar, too, are cancelled by the rule of their verdict.
    pub(crate) fn cancel_group(
        &mut self,
        positions: &mut Positions,
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

    /// Brings the signal's row of the result up to date.
    pub(crate) fn note(&mut self, position: &Position, outcome: Outcome, rule: &'static str) {
        let size = Some(position.size);
        self.signals.decide(position.order_id, outcome, rule, size);
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
        self.signals.refuse(order_id, rule);
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
        self.signals.reject(Rejection {
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
