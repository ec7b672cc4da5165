//! How a signal becomes an order, or is rejected (rules S1, S3, E1, E4, R1).

use std::sync::Arc;

use crate::account_checks::clock_error;
use crate::admission::check_signal;
use crate::arithmetic::{distance, is_finite};
use crate::blotter::{Command, Ordered};
use crate::config::{ExecutionPolicy, MarketFill, Sizing};
use crate::costs::{ENTRY_SIDE, slippage};
use crate::desk::{ExecutionSimulator, NO_SLOT};
use crate::errors::{Result, Value, float_text};
use crate::ledger::Ledger;
use crate::orders::{Breach, check_levels, check_waiting};
use crate::parity::{NEAREST_STOP, slipped};
use crate::positions::{FillAt, Level, Position, Positions, snapped};
use crate::quotes::Quote;
use crate::rule_ids::{
    E1_CLOSE, E1_SIGNAL, E1_SIGNAL_OUTSIDE, E4_FIXED_LOTS, L8_QUEUED_COMMAND, R1_LEVELS_REQUIRED,
    R1_MARKET, R1_STOP_TOO_NEAR, R2_SIZE, R2_SIZE_WITHOUT_SPEC, S1_SIGNAL, S3_MARGIN,
    S3_NOT_FINITE, S3_RISK_WITHOUT_STOP, S4_OCO_CANCELLED,
};
use crate::signals::{Outcome, TradeSignal};
use crate::sizing::Sized;
use crate::symbols::SymbolSpec;
use crate::trace::{Action, EventKind, Phase};
use crate::triggers::{Trigger, trigger_level};

/// An order and the rule that set its size, or what stands against it.
pub(crate) type Order = std::result::Result<(Position, &'static str), Breach>;

impl ExecutionSimulator {
    /// Accepts or rejects one signal; a market order may fill at once (S3, E1, E4).
    pub(crate) fn process_signal(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        signal: &TradeSignal,
    ) -> Result<u64> {
        check_signal(signal, self.is_parity())?;
        if let (true, Some(expires_at_us)) = (self.ordinal, signal.expires_at_us) {
            let value = Value::Int(expires_at_us);
            return Err(clock_error("meta.expires_at", value, Some(&signal.symbol)));
        }
        let order_id = self.next_order_id;
        self.next_order_id += 1;
        self.emit_signal(order_id, signal);
        let place = self.place_of(&signal.symbol);
        let equity = ledger.equity().or(self.outside.equity);
        let breach = self
            .check_equity(equity)
            .or_else(|| self.check_known(&signal.symbol, place))
            .or_else(|| check_numbers(signal.stop_loss, signal.take_profit));
        if let Some(breach) = breach {
            return self.reject(order_id, &signal.symbol, breach);
        }
        let Some(shown) = place.and_then(|place| self.quotes.get(place)) else {
            debug_assert!(false, "Invariant: a known symbol has a bar");
            return Ok(order_id);
        };
        let quote = shown.quote;
        self.require_spec(signal)?;
        let risked = self.risked(equity)?;
        let order = if self.is_parity() {
            self.parity_order(order_id, signal, &quote, risked)
        } else {
            self.order(positions, order_id, signal, &quote, (risked, equity))?
        };
        let (mut order, size_rule) = match order {
            Ok(order) => order,
            Err(breach) => {
                let shown = place.and_then(|place| self.quotes.get(place));
                let symbol = Arc::clone(shown.map_or(&signal.symbol, |shown| &shown.symbol));
                return self.reject(order_id, &symbol, breach);
            }
        };
        if let Some(shown) = place.and_then(|place| self.quotes.get(place))
            && !Arc::ptr_eq(&order.symbol, &shown.symbol)
        {
            order.symbol = Arc::clone(&shown.symbol);
        }
        let slot = self.take_in(positions, order, signal, size_rule);
        if !signal.order_type.waits() && self.config.policy.market_fill != MarketFill::NextOpen {
            self.fill_now(positions, ledger, slot, signal, &quote)?;
        }
        Ok(order_id)
    }

    /// Makes the record of a signal, or says which rule stands against it (S3).
    pub(crate) fn order(
        &mut self,
        positions: &Positions,
        order_id: u64,
        signal: &TradeSignal,
        quote: &Quote,
        (risked, equity): (f64, Option<f64>),
    ) -> Result<Order> {
        let policy = self.config.policy;
        let spec = self.spec(&signal.symbol);
        let digits = spec.and_then(|spec| spec.digits);
        let sign = signal.direction.sign();
        let waits = signal.order_type.waits();
        let levels = Levels::of(signal, &policy, spec, quote);
        let Levels {
            stop,
            target,
            reference,
        } = levels;
        let breach = levels
            .check(signal, spec, quote)
            .or_else(|| self.check_room(positions, signal, reference, quote));
        if let Some(breach) = breach {
            return Ok(Err(breach));
        }
        let unit = match self.unit_at_acceptance(order_id, &signal.symbol) {
            Ok(unit) => unit,
            Err(breach) => return Ok(Err(breach)),
        };
        let (size, rule) = match self.size(&signal.symbol, reference, stop, risked, unit)? {
            Sized::Lots { size, rule } => (size, rule),
            Sized::Refused { rule, expected } => {
                let asked = match self.sizing {
                    Sizing::FixedLots { lots } => lots,
                    _ => risked,
                };
                let (field, value) = if rule == S3_RISK_WITHOUT_STOP {
                    (Level::StopLoss.as_str(), None)
                } else {
                    ("size", Some(Value::Float(asked)))
                };
                return Ok(Err(Breach {
                    rule,
                    field,
                    value,
                    expected,
                }));
            }
        };
        let mut order = Position::new(
            order_id,
            Arc::clone(&signal.symbol),
            signal.direction,
            signal.order_type,
            quote.time_us(),
            reference,
            unit,
            size,
            stop,
            target,
            risked,
            digits,
        );
        self.require_margin_spec(&signal.symbol)?;
        if !waits && policy.market_fill != MarketFill::NextOpen {
            match self.check_margin(positions, &order, equity, S3_MARGIN, None)? {
                Ok(need) => order.margin = need,
                Err(breach) => return Ok(Err(breach)),
            }
        }
        if let Some(breach) = self.check_session(quote) {
            return Ok(Err(breach));
        }
        order.pip_size = self.pip_size(&signal.symbol);
        if waits {
            let through = policy.limit_through_pips * order.pip_size;
            let trigger = trigger_level(signal.order_type, reference, sign, through, digits);
            order.details_mut().entry = Some(reference);
            order.details_mut().trigger = Some(trigger);
        }
        Ok(Ok((order, rule)))
    }

    /// Makes the record of a signal in the preset parity (R1); its size comes with its fill.
    fn parity_order(
        &mut self,
        order_id: u64,
        signal: &TradeSignal,
        quote: &Quote,
        risked: f64,
    ) -> Order {
        let missing = |level: Level| Breach {
            rule: R1_LEVELS_REQUIRED,
            field: level.as_str(),
            value: None,
            expected: "a price".to_owned(),
        };
        let stop = signal.stop_loss.ok_or_else(|| missing(Level::StopLoss))?;
        let target = signal
            .take_profit
            .ok_or_else(|| missing(Level::TakeProfit))?;
        let pip_size = self.pip_size(&signal.symbol);
        let sign = signal.direction.sign();
        let price = parity_price(signal, quote);
        let mut reference = price;
        if !signal.order_type.waits() {
            let model = &self.config.slippage_model;
            let slip = slippage(model, pip_size, order_id, ENTRY_SIDE, 0);
            reference = slipped(price, sign, slip);
            if distance(reference, stop) < NEAREST_STOP {
                let (least, from) = (float_text(NEAREST_STOP), float_text(reference));
                return Err(Breach {
                    rule: R1_STOP_TOO_NEAR,
                    field: Level::StopLoss.as_str(),
                    value: Some(Value::Float(stop)),
                    expected: format!("at least {least} from {from}"),
                });
            }
        }
        let unit = self.unit_at_acceptance(order_id, &signal.symbol)?;
        let spec = self.spec(&signal.symbol);
        let mut order = Position::new(
            order_id,
            Arc::clone(&signal.symbol),
            signal.direction,
            signal.order_type,
            quote.time_us(),
            reference,
            unit,
            0.0,
            Some(stop),
            Some(target),
            risked,
            spec.and_then(|spec| spec.digits),
        );
        order.parity = true;
        order.risk = (reference != stop).then_some(risked);
        order.pip_size = pip_size;
        order.fee_unit = spec.map_or(unit, |spec| spec.contract_size);
        if signal.order_type.waits() {
            order.details_mut().entry = Some(price);
            order.details_mut().trigger = Some(price);
        }
        let rule = match (self.sizing, spec) {
            (Sizing::FixedLots { .. }, _) => E4_FIXED_LOTS,
            (_, None) => R2_SIZE_WITHOUT_SPEC,
            (_, Some(_)) => R2_SIZE,
        };
        Ok((order, rule))
    }

    /// Puts an accepted order on the active list, and into its group (E2, S4).
    fn take_in(
        &mut self,
        positions: &mut Positions,
        mut order: Position,
        signal: &TradeSignal,
        size_rule: &'static str,
    ) -> u32 {
        order.owner = Some(self.place);
        if signal.has_options() {
            let group = signal.oco.as_ref().map_or(0, |name| self.group_of(name));
            let details = order.details_mut();
            details.expires_at_us = signal.expires_at_us;
            details.max_bars = signal.max_bars;
            details.oco.clone_from(&signal.oco);
            details.group = group;
        }
        let slot = u32::try_from(positions.len()).unwrap_or(u32::MAX);
        if let Some(known) = self.orders.last_mut() {
            *known = slot;
        }
        self.blotter.active.push(slot);
        self.ladder.accept(slot, self.blotter.watches);
        self.blotter.waiting += 1;
        self.blotter.version += 1;
        self.note(&order, Outcome::Pending, size_rule);
        self.blotter.emit(&order, Action::Accepted, size_rule, None);
        if self.decided.contains(&order.group()) {
            self.queue(&order, slot, Ordered::Cancel(S4_OCO_CANCELLED));
        }
        positions.push(order);
        slot
    }

    /// Returns the number of the group that takes orders of a name now.
    pub(crate) fn group_of(&mut self, name: &Arc<str>) -> u64 {
        let known = self.groups.iter().find(|(known, _)| known == name);
        if let Some(&(_, number)) = known {
            return number;
        }
        self.group_count += 1;
        self.groups.push((Arc::clone(name), self.group_count));
        self.group_count
    }

    /// Fills a market order in the bar of its signal (E1.close, E1.signal, R1.market).
    fn fill_now(
        &mut self,
        positions: &mut Positions,
        ledger: &mut impl Ledger,
        slot: u32,
        signal: &TradeSignal,
        quote: &Quote,
    ) -> Result<()> {
        let order = &positions[slot as usize];
        let sign = order.direction.sign();
        let reference = order.reference;
        let (raw, rule) = if order.parity {
            (parity_price(signal, quote), R1_MARKET)
        } else if self.config.policy.market_fill == MarketFill::Signal {
            let candle = quote.opening_candle(sign);
            let was_shown = candle.low <= reference && reference <= candle.high;
            let rule = if was_shown {
                E1_SIGNAL
            } else {
                E1_SIGNAL_OUTSIDE
            };
            (reference, rule)
        } else {
            (reference, E1_CLOSE)
        };
        let trigger = Trigger {
            rule,
            raw,
            at: FillAt::Close,
            slips: true,
        };
        if order.group() != 0 {
            self.undecided = Some(slot);
        }
        self.fill(positions, ledger, slot, trigger, quote.time_us())
    }

    /// Cancels the group of an order that filled with its signal: in ENTRY by the queue (S4).
    pub(crate) fn decide_group(&mut self, positions: &mut Positions, ledger: &mut impl Ledger) {
        let Some(slot) = self.undecided.take() else {
            return;
        };
        if self.blotter.phase != Some(Phase::Entry) {
            self.cancel_group(positions, ledger, slot);
            self.drop_finished();
            return;
        }
        let group = positions[slot as usize].group();
        if !self.decided.contains(&group) {
            self.decided.push(group);
        }
        for at in 0..self.blotter.active.len() {
            let slot = self.blotter.active[at];
            let other = &positions[slot as usize];
            if other.group() == group && other.is_pending() {
                self.queue(other, slot, Ordered::Cancel(S4_OCO_CANCELLED));
            }
        }
    }

    /// Makes a command wait for CLOSE (L8.queued_command).
    pub(crate) fn queue(&mut self, position: &Position, slot: u32, ordered: Ordered) {
        self.blotter.queue.push(Command {
            slot,
            ordered,
            status: position.status(),
        });
        let field = Some(ordered.as_str());
        self.blotter
            .emit(position, Action::Queued, L8_QUEUED_COMMAND, field);
    }

    pub(crate) fn emit_signal(&mut self, order_id: u64, signal: &TradeSignal) {
        let time_us = self.blotter.time_us.unwrap_or(0);
        self.signals.push(order_id, time_us, signal);
        self.orders.push(NO_SLOT);
        self.blotter.tracer.emit(S1_SIGNAL, || EventKind::Signal {
            order_id,
            symbol: Arc::clone(&signal.symbol),
            direction: signal.direction,
            order_type: signal.order_type,
            entry_price: signal.entry_price,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
            expires_at_us: signal.expires_at_us,
            max_bars: signal.max_bars,
            oco: signal.oco.clone(),
        });
    }
}

/// The levels of a signal on the grid of its symbol, and the price that they are counted from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Levels {
    pub(crate) stop: Option<f64>,
    pub(crate) target: Option<f64>,
    pub(crate) reference: f64,
}

impl Levels {
    #[inline]
    pub(crate) fn of(
        signal: &TradeSignal,
        policy: &ExecutionPolicy,
        spec: Option<&SymbolSpec>,
        quote: &Quote,
    ) -> Self {
        let digits = spec.and_then(|spec| spec.digits);
        let sign = signal.direction.sign();
        let mut reference = quote.opening_close(sign);
        if signal.order_type.waits() || policy.market_fill == MarketFill::Signal {
            // The price of a signal that names none is the close, snapped as any other (E1.signal).
            let entry = signal.entry_price.unwrap_or(reference);
            reference = snapped(Some(entry), digits, sign).unwrap_or(entry);
        }
        Self {
            stop: snapped(signal.stop_loss, digits, sign),
            target: snapped(signal.take_profit, digits, sign),
            reference,
        }
    }

    /// Checks the sides of the levels and their distances (S3).
    #[inline]
    pub(crate) fn check(
        &self,
        signal: &TradeSignal,
        spec: Option<&SymbolSpec>,
        quote: &Quote,
    ) -> Option<Breach> {
        let (sign, from) = (signal.direction.sign(), self.reference);
        if signal.order_type.waits() {
            check_waiting(sign, self.stop, self.target, from, spec)
        } else {
            check_levels(sign, self.stop, self.target, from, quote, spec)
        }
    }
}

/// The price of a market order of the preset parity, or the level of a waiting one (R1).
fn parity_price(signal: &TradeSignal, quote: &Quote) -> f64 {
    let close = quote.opening_close(signal.direction.sign());
    signal.entry_price.unwrap_or(close)
}

/// Checks that stop and target are finite (S3.not_finite).
#[must_use]
pub fn check_numbers(stop: Option<f64>, target: Option<f64>) -> Option<Breach> {
    [(Level::StopLoss, stop), (Level::TakeProfit, target)]
        .into_iter()
        .find_map(|(field, level)| {
            let value = level.filter(|&level| !is_finite(level))?;
            Some(Breach {
                rule: S3_NOT_FINITE,
                field: field.as_str(),
                value: Some(Value::Float(value)),
                expected: "a finite price or None".to_owned(),
            })
        })
}
