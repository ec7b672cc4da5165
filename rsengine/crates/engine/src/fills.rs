//! What a single order goes through: fill, exit, end, queued write (rules E1, X, L8).

use std::sync::Arc;

use crate::blotter::{QueuedWrite, Rejection};
use crate::config::Sizing;
use crate::costs::{entry_price, exit_price, fee};
use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};
use crate::execution::{ExecutionSimulator, check_levels};
use crate::exits::decide_exit;
use crate::ledger::Ledger;
use crate::orders::{Breach, check_sides};
use crate::positions::{Fill, FillAt, Level, Position, Reason, State};
use crate::quotes::Quote;
use crate::rule_ids::{
    E1_NEXT_OPEN, E1_NEXT_OPEN_SIDES, L8_DROPPED, L8_QUEUED_WRITE, L8_REFUSED,
    S3_RISK_WITHOUT_STOP, X5_CLOSE_AT_END, X5_EXPIRED_END_OF_DATA,
};
use crate::signals::Outcome;
use crate::sizing::{Sized, fixed_lots, risk_lots};
use crate::trace::{Action, EventKind};

impl ExecutionSimulator {
    /// Finds the volume of an order (E4).
    pub(crate) fn size(&self, symbol: &str, reference: f64, stop: Option<f64>) -> Result<Sized> {
        let spec = self.spec(symbol);
        let amount = match self.sizing {
            Sizing::FixedLots { lots } => return Ok(fixed_lots(lots, spec)),
            Sizing::RiskAmount { amount } => amount,
        };
        let Some(spec) = spec else {
            let value = format!("RiskAmount(amount={})", float_text(amount));
            return Err(EngineError::new(ErrorCode::SpecRequired)
                .for_symbol(symbol)
                .in_field("sizing")
                .with_value(value.as_str())
                .expecting("a SymbolSpec for the symbol, or FixedLots"));
        };
        Ok(match stop {
            Some(stop) => risk_lots(amount, reference, stop, spec),
            None => Sized::Refused {
                rule: S3_RISK_WITHOUT_STOP,
                expected: "a stop to size by".to_owned(),
            },
        })
    }

    /// Returns the slippage of a market fill in price units.
    pub(crate) fn slip(&self, symbol: &str) -> Result<f64> {
        let pips = self.config.slippage_model.fixed_pips;
        if pips == 0.0 {
            return Ok(0.0);
        }
        let Some(spec) = self.spec(symbol) else {
            let value = format!("SlippageModel(fixed_pips={})", float_text(pips));
            return Err(EngineError::new(ErrorCode::SpecRequired)
                .for_symbol(symbol)
                .in_field("slippage_model")
                .with_value(value.as_str())
                .expecting("a SymbolSpec for the symbol: its pip_size"));
        };
        Ok(pips * spec.pip_size)
    }

    /// Fills an order that waits for the next open, or rejects it there (E1.next_open).
    pub(crate) fn open_one(
        &mut self,
        positions: &mut [Position],
        ledger: &mut impl Ledger,
        slot: u32,
        place: usize,
        quote: &Quote,
    ) -> Result<()> {
        let Some(position) = positions.get_mut(slot as usize) else {
            return Ok(());
        };
        if !position.is_pending() || !same_symbol(&position.symbol, &self.quotes[place].0) {
            return Ok(());
        }
        let sign = position.direction.sign();
        let (bid, ask) = (quote.bid.open, quote.ask.open);
        let (stop, target) = (position.committed_stop_loss, position.committed_take_profit);
        let breach = check_sides(sign, Level::StopLoss, stop, bid, ask)
            .or_else(|| check_sides(sign, Level::TakeProfit, target, bid, ask));
        if let Some(mut breach) = breach {
            position.state = State::Rejected;
            breach.rule = E1_NEXT_OPEN_SIDES;
            let (order_id, symbol) = (position.order_id, Arc::clone(&position.symbol));
            self.blotter.remove(slot);
            return self.reject(order_id, &symbol, breach).map(drop);
        }
        let raw = quote.opening_open(sign);
        let price = entry_price(raw, sign, self.slip(&position.symbol)?, position.digits);
        let fill = (raw, price, quote.time_us(), FillAt::Open, E1_NEXT_OPEN);
        self.fill(positions, ledger, slot, fill)
    }

    /// Makes an order a position: raw price, price, open of the bar, where in it, rule.
    pub(crate) fn fill(
        &mut self,
        positions: &mut [Position],
        ledger: &mut impl Ledger,
        slot: u32,
        (raw, price, time_us, at, rule): (f64, f64, i64, FillAt, &'static str),
    ) -> Result<()> {
        let Some(position) = positions.get_mut(slot as usize) else {
            return Ok(());
        };
        let charge = fee(
            &self.config.fee_model,
            position.size,
            price,
            position.unit_value,
        );
        position.state = State::Open(Fill {
            time_us,
            at,
            price,
            fee: charge,
            rule,
        });
        let size = Some(position.size);
        self.rows
            .decide(position.order_id, Outcome::Filled, rule, size);
        self.blotter.tracer.emit(rule, || EventKind::Fill {
            order_id: position.order_id,
            symbol: Arc::clone(&position.symbol),
            direction: position.direction,
            at,
            raw,
            price,
            size: position.size,
            fee: charge,
            stop_loss: position.stop_loss,
            take_profit: position.take_profit,
        });
        ledger.register_entry(slot, position);
        if charge != 0.0 {
            ledger.register_fee(charge, time_us, slot, position)?;
        }
        Ok(())
    }

    /// Tests one position against a bar and closes it where a level decides (E6, X1 to X3).
    pub(crate) fn exit_one(
        &mut self,
        positions: &mut [Position],
        ledger: &mut impl Ledger,
        slot: u32,
        place: usize,
        quote: &Quote,
    ) -> Result<()> {
        let Some(position) = positions.get_mut(slot as usize) else {
            return Ok(());
        };
        let State::Open(fill) = &position.state else {
            return Ok(());
        };
        let filled_at_this_close = fill.at == FillAt::Close && fill.time_us == quote.time_us();
        if filled_at_this_close || !same_symbol(&position.symbol, &self.quotes[place].0) {
            return Ok(());
        }
        let Some(exit) = decide_exit(position, quote) else {
            return Ok(());
        };
        let slip = if exit.slips {
            self.slip(&position.symbol)?
        } else {
            0.0
        };
        let decided = (exit.raw, slip, exit.reason, exit.rule, exit.ambiguous);
        self.close(position, ledger, slot, quote.time_us(), decided)
    }

    /// Closes a position: raw price, slippage, reason, rule, whether it is ambiguous.
    fn close(
        &mut self,
        position: &mut Position,
        ledger: &mut impl Ledger,
        slot: u32,
        time_us: i64,
        (raw, slip, reason, rule, ambiguous): (f64, f64, Reason, &'static str, bool),
    ) -> Result<()> {
        let price = exit_price(raw, position.direction.sign(), slip, position.digits);
        let charge = fee(
            &self.config.fee_model,
            position.size,
            price,
            position.unit_value,
        );
        position.finish(price, time_us, charge, reason, rule, ambiguous);
        self.blotter.finished = true;
        self.blotter.emit_exit(position, raw);
        ledger.register_exit(slot, position)
    }

    /// Ends what is left on the last bar: waiting orders expire, positions close on request.
    pub(crate) fn end_one(
        &mut self,
        positions: &mut [Position],
        ledger: &mut impl Ledger,
        slot: u32,
        time_us: i64,
    ) -> Result<()> {
        let Some(position) = positions.get_mut(slot as usize) else {
            return Ok(());
        };
        if position.is_pending() {
            let rule = X5_EXPIRED_END_OF_DATA;
            position.state = State::Expired;
            self.blotter.finished = true;
            let size = Some(position.size);
            self.rows
                .decide(position.order_id, Outcome::Expired, rule, size);
            self.blotter.emit(position, Action::Expired, rule, None);
            ledger.register_expired(slot);
        } else if position.is_open() && self.config.policy.close_at_end {
            let Some(place) = self.place_of(&position.symbol) else {
                return Ok(());
            };
            let raw = self.quotes[place]
                .1
                .closing_close(position.direction.sign());
            let slip = self.slip(&position.symbol)?;
            let decided = (raw, slip, Reason::EndOfData, X5_CLOSE_AT_END, false);
            self.close(position, ledger, slot, time_us, decided)?;
        }
        Ok(())
    }

    /// Carries out a write made in ENTRY, or records why not (L8).
    pub(crate) fn apply_write(&mut self, positions: &mut [Position], write: QueuedWrite) {
        let QueuedWrite {
            slot,
            field,
            value,
            status,
        } = write;
        let Some(position) = positions.get_mut(slot as usize) else {
            return;
        };
        if position.status() != status {
            let expected = format!("still {status}");
            self.blotter
                .refuse(position, field, value, L8_DROPPED, &expected);
            return;
        }
        let sign = position.direction.sign();
        let (stop, target) = match field {
            Level::StopLoss => (value, None),
            Level::TakeProfit => (None, value),
        };
        let breach = self.place_of(&position.symbol).and_then(|place| {
            let quote = self.quotes[place].1;
            let spec = self.spec(&position.symbol);
            check_levels(sign, stop, target, quote.opening_close(sign), &quote, spec)
        });
        if let Some(breach) = breach {
            if position.level(field) == value {
                position.show(field, position.committed(field));
            }
            self.blotter
                .refuse(position, field, value, L8_REFUSED, &breach.expected);
            return;
        }
        position.commit(field, value);
        self.blotter
            .emit(position, Action::Written, L8_QUEUED_WRITE, Some(field));
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

/// Positions share the name of their executor's quotes, so this seldom has to read it.
#[inline]
fn same_symbol(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || **a == **b
}
