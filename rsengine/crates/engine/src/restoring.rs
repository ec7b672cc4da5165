//! Puts a canonical state into an executor and a portfolio that have done nothing yet (L9.restore).

use std::sync::Arc;

use crate::carried::{Carried, CarriedLedger, CarriedState};
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::holdings::{EntryNumbers, Holding};
use crate::portfolio::Portfolio;
use crate::positions::{Fill, Position, State};
use crate::trace::Phase;
use crate::triggers::trigger_level;

impl Core {
    /// Takes over a state, for a run that goes on after its bar (L9.restore).
    ///
    /// `is_own` says whether the executor's portfolio is the one of this core, wherever its calls are
    /// made.
    ///
    /// # Errors
    /// `EXECUTOR_USED`, `PORTFOLIO_INVALID`, `STATE_INVALID`; nothing has changed then.
    pub fn restore(&mut self, executor: usize, carried: &CarriedState, is_own: bool) -> Result<()> {
        let place = executor;
        let Self {
            positions,
            portfolio,
            executors,
            ..
        } = self;
        let executor = executors
            .get_mut(place)
            .ok_or_else(|| EngineError::new(ErrorCode::EnginePanic).in_field("executor"))?;
        check_unused(executor, portfolio, is_own)?;
        check_shown(executor, carried)?;
        take_ledger(portfolio, &carried.ledger);
        executor.begin_orders(carried.next_order_id);
        let mut by_number: Vec<&Carried> =
            carried.orders.iter().chain(&carried.positions).collect();
        by_number.sort_by_key(|item| item.order_id);
        for item in by_number {
            let position = make_position(executor, item, portfolio.equity())?;
            let slot = u32::try_from(positions.len()).unwrap_or(u32::MAX);
            executor.carried.push((item.order_id, slot));
            executor.blotter.active.push(slot);
            executor.blotter.waiting += usize::from(position.is_pending());
            positions.push(position);
        }
        for order_id in &carried.opened {
            if let Some(slot) = executor.order_slot(*order_id) {
                let position = &positions[slot as usize];
                executor.held.push(slot);
                portfolio.register_entry(
                    Holding::Own(slot),
                    &position.symbol,
                    EntryNumbers::of(position),
                );
            }
        }
        executor.blotter.version += 1;
        executor.blotter.phase = Some(Phase::Manage);
        if let Some(time_us) = carried.time_us {
            portfolio.equity = portfolio.appraise(time_us).equity;
        }
        Ok(())
    }
}

/// Refuses an executor or portfolio with a past of its own.
fn check_unused(executor: &ExecutionSimulator, portfolio: &Portfolio, is_own: bool) -> Result<()> {
    let used = |field: &str, value: u64, expected: &str| {
        EngineError::new(ErrorCode::ExecutorUsed)
            .in_field(field)
            .with_value(i64::try_from(value).unwrap_or(i64::MAX))
            .expecting(expected)
    };
    if executor.next_order_id != 1 {
        let value = executor.next_order_id - 1;
        let expected = "an executor that has processed no signal";
        return Err(used("executor", value, expected));
    }
    if !is_own {
        return Err(EngineError::new(ErrorCode::PortfolioInvalid)
            .in_field("portfolio")
            .expecting("a Portfolio of the executor's own backend"));
    }
    if portfolio.has_booked() {
        let value = portfolio.rows.len() as u64;
        return Err(used(
            "portfolio",
            value,
            "a portfolio that has booked nothing",
        ));
    }
    Ok(())
}

/// Asks for the bars so far: last quotes, steps and rates come from them, not from the state.
fn check_shown(executor: &ExecutionSimulator, carried: &CarriedState) -> Result<()> {
    let shown_us = executor.blotter.time_us;
    if shown_us != carried.time_us {
        let shown = shown_us.map_or_else(|| "None".to_owned(), |time_us| time_us.to_string());
        let mut error = EngineError::new(ErrorCode::StateInvalid)
            .in_field("time_us")
            .expecting(format!(
                "{shown}, the open of the last bar shown to open_bar"
            ));
        error.value = carried.time_us.map(Into::into);
        return Err(error);
    }
    for (name, items) in [
        ("orders", &carried.orders),
        ("positions", &carried.positions),
    ] {
        for (place, item) in items.iter().enumerate() {
            if executor.place_of(&item.symbol).is_none() {
                return Err(EngineError::new(ErrorCode::StateInvalid)
                    .in_field(&format!("{name}[{place}].symbol"))
                    .with_value(&*item.symbol)
                    .expecting("a symbol whose bars were shown to open_bar"));
            }
        }
    }
    Ok(())
}

/// Sets what the portfolio has booked; its worst drawdown is at least the one at the closes.
fn take_ledger(portfolio: &mut Portfolio, ledger: &CarriedLedger) {
    portfolio.cash = ledger.cash;
    portfolio.equity = ledger.cash;
    portfolio.total_fees = ledger.total_fees;
    portfolio.realised = ledger.realised;
    portfolio.total_swap = ledger.total_swap;
    portfolio.closed_before = ledger.closed;
    portfolio.max_equity = ledger.max_equity;
    portfolio.max_drawdown = ledger.max_drawdown;
    portfolio.max_drawdown_worst = ledger.max_drawdown;
}

/// Makes the record of an order or position again; what the settings say is not in the state.
fn make_position(
    executor: &mut ExecutionSimulator,
    item: &Carried,
    equity: f64,
) -> Result<Position> {
    // The record shares the name of the quotes, which were looked for before.
    let known = executor
        .place_of(&item.symbol)
        .map(|place| &executor.quotes[place]);
    let symbol = Arc::clone(known.map_or(&item.symbol, |shown| &shown.symbol));
    let risked = executor.risked(Some(equity))?;
    let pip_size = executor.pip_size(&symbol);
    let (digits, contract_size) = executor
        .spec(&symbol)
        .map_or((None, None), |spec| (spec.digits, Some(spec.contract_size)));
    let mut position = Position::new(
        item.order_id,
        symbol,
        item.direction,
        item.order_type,
        item.entry_time_us,
        item.reference,
        item.unit_value,
        item.size,
        item.stop_loss,
        item.take_profit,
        risked,
        digits,
    );
    position.risk = item.risk;
    position.initial_size = item.initial_size;
    position.initial_stop_loss = item.initial_stop_loss;
    position.initial_take_profit = item.initial_take_profit;
    position.stop_reason = item.stop_reason;
    position.parts = item.parts;
    position.owner = Some(executor.place);
    position.pip_size = pip_size;
    if let Some(entry) = item.entry {
        let sign = item.direction.sign();
        let through = executor.config.policy.limit_through_pips * pip_size;
        let trigger = if executor.is_parity() {
            entry
        } else {
            trigger_level(item.order_type, entry, sign, through, digits)
        };
        let details = position.details_mut();
        details.entry = Some(entry);
        details.trigger = Some(trigger);
    }
    if item.expires_at_us.is_some() || item.max_bars.is_some() || item.oco.is_some() {
        let name = item.oco.as_ref().filter(|_| item.fill.is_none());
        let group = name.map_or(0, |name| executor.group_of(name));
        let details = position.details_mut();
        details.expires_at_us = item.expires_at_us;
        details.max_bars = item.max_bars;
        details.bars_seen = item.bars_seen;
        details.oco.clone_from(&item.oco);
        details.group = group;
    }
    if executor.is_parity() {
        position.parity = true;
        position.risk_per_trade = item.risk.unwrap_or(risked);
        position.fee_unit = contract_size.unwrap_or(item.unit_value);
    }
    let Some(fill) = &item.fill else {
        return Ok(position);
    };
    position.state = State::Open(Fill {
        time_us: fill.time_us,
        at: fill.at,
        price: fill.price,
        fee: fill.fee,
        rule: "",
    });
    if fill.ambiguous {
        position.details_mut().was_ambiguous = true;
    }
    position.swap = fill.swap;
    position.margin = fill.margin;
    if !position.parity {
        position.now_unit = fill.now_unit.unwrap_or(item.unit_value);
        position.fee_unit = position.now_unit;
    }
    Ok(position)
}
