//! How a signal becomes an order, or is rejected (rules S1, S3, E1, E4, R1).

use std::sync::Arc;

use crate::arithmetic::{distance, is_finite};
use crate::blotter::{Command, Ordered};
use crate::candles::time_text;
use crate::config::{MarketFill, OnMarketable, Sizing};
use crate::costs::{ENTRY_SIDE, slippage};
use crate::desk::{DEFAULT_CONTRACT, ExecutionSimulator, NO_SLOT, same_symbol};
use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};
use crate::ledger::Ledger;
use crate::orders::{Breach, check_levels, check_waiting};
use crate::parity::{NEAREST_STOP, slipped};
use crate::positions::{FillAt, Level, Position, snapped};
use crate::quotes::Quote;
use crate::rule_ids::{
    E1_CLOSE, E1_SIGNAL, E1_SIGNAL_OUTSIDE, E4_RISK_AMOUNT, E4_RISK_FRACTION, R1_LEVELS_REQUIRED,
    R1_MARKET, R1_STOP_TOO_NEAR, R2_SIZE, R2_SIZE_WITHOUT_SPEC, S1_SIGNAL, S3_MARKETABLE,
    S3_MAX_POSITIONS, S3_MAX_POSITIONS_SYMBOL, S3_NO_BAR, S3_NO_ENTRY, S3_NOT_FINITE,
    S3_RISK_WITHOUT_STOP, S3_UNKNOWN_SYMBOL, S4_OCO_CANCELLED,
};
use crate::signals::{OrderType, Outcome, TradeSignal};
use crate::sizing::{Sized, fixed_lots, risk_lots};
use crate::symbols::SymbolSpec;
use crate::trace::{Action, EventKind, Phase};
use crate::triggers::{Trigger, is_marketable, is_reached_from_above, trigger_level};

/// An order and the rule that set its size, or what stands against it.
type Order = std::result::Result<(Position, &'static str), Breach>;

impl ExecutionSimulator {
    /// Accepts or rejects one signal; a market order may fill at once (S3, E1, E4).
    pub(crate) fn process_signal(
        &mut self,
        positions: &mut Vec<Position>,
        ledger: &mut impl Ledger,
        signal: &TradeSignal,
    ) -> Result<u64> {
        check_signal(signal, self.is_parity())?;
        let order_id = self.next_order_id;
        self.next_order_id += 1;
        self.emit_signal(order_id, signal);
        let place = self.place_of(&signal.symbol);
        let breach = self
            .check_known(&signal.symbol, place)
            .or_else(|| check_numbers(signal.stop_loss, signal.take_profit));
        if let Some(breach) = breach {
            return self.reject(order_id, &signal.symbol, breach);
        }
        let Some(shown) = place.and_then(|place| self.quotes.get(place)) else {
            debug_assert!(false, "Invariant: a known symbol has a bar");
            return Ok(order_id);
        };
        let (symbol, quote) = (Arc::clone(&shown.symbol), shown.quote);
        self.require_spec(signal)?;
        let equity = ledger.equity().or(self.outside.equity);
        let risked = self.risked(equity)?;
        let order = if self.is_parity() {
            self.parity_order(order_id, signal, &quote, risked)
        } else {
            self.order(positions, order_id, signal, &quote, risked)?
        };
        let (mut order, size_rule) = match order {
            Ok(order) => order,
            Err(breach) => return self.reject(order_id, &symbol, breach),
        };
        order.symbol = symbol;
        let slot = self.take_in(positions, order, signal, size_rule);
        if !signal.order_type.waits() && self.config.policy.market_fill != MarketFill::NextOpen {
            self.fill_now(&mut positions[slot as usize], ledger, slot, signal, &quote)?;
        }
        Ok(order_id)
    }

    /// Makes the record of a signal, or says which rule stands against it (S3).
    fn order(
        &self,
        positions: &[Position],
        order_id: u64,
        signal: &TradeSignal,
        quote: &Quote,
        risked: f64,
    ) -> Result<Order> {
        let policy = &self.config.policy;
        let spec = self.spec(&signal.symbol);
        let digits = spec.and_then(|spec| spec.digits);
        let sign = signal.direction.sign();
        let waits = signal.order_type.waits();
        let stop = snapped(signal.stop_loss, digits, sign);
        let target = snapped(signal.take_profit, digits, sign);
        let mut reference = quote.opening_close(sign);
        if waits || policy.market_fill == MarketFill::Signal {
            // The price of a signal that names none is the close, snapped as any other (E1.signal).
            let entry = signal.entry_price.unwrap_or(reference);
            reference = snapped(Some(entry), digits, sign).unwrap_or(entry);
        }
        let breach = if waits {
            check_waiting(sign, stop, target, reference, spec)
        } else {
            check_levels(sign, stop, target, reference, quote, spec)
        };
        let breach = breach.or_else(|| self.check_room(positions, signal, reference, quote));
        if let Some(breach) = breach {
            return Ok(Err(breach));
        }
        let (size, rule) = match self.size(&signal.symbol, reference, stop, risked)? {
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
        if let Some(breach) = self.check_session(quote) {
            return Ok(Err(breach));
        }
        let mut order = Position::new(
            order_id,
            Arc::clone(&signal.symbol),
            signal.direction,
            signal.order_type,
            quote.time_us(),
            reference,
            spec.map_or(DEFAULT_CONTRACT, SymbolSpec::unit_value),
            size,
            stop,
            target,
            risked,
            digits,
        );
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
        &self,
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
        let spec = self.spec(&signal.symbol);
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
        let mut order = Position::new(
            order_id,
            Arc::clone(&signal.symbol),
            signal.direction,
            signal.order_type,
            quote.time_us(),
            reference,
            spec.map_or(DEFAULT_CONTRACT, SymbolSpec::unit_value),
            0.0,
            Some(stop),
            Some(target),
            risked,
            spec.and_then(|spec| spec.digits),
        );
        order.parity = true;
        order.risk = (reference != stop).then_some(risked);
        order.pip_size = pip_size;
        order.fee_unit = spec.map_or(DEFAULT_CONTRACT, |spec| spec.contract_size);
        if signal.order_type.waits() {
            order.details_mut().entry = Some(price);
            order.details_mut().trigger = Some(price);
        }
        let rule = spec.map_or(R2_SIZE_WITHOUT_SPEC, |_| R2_SIZE);
        Ok((order, rule))
    }

    /// Puts an accepted order on the active list, and into its group (E2, S4).
    fn take_in(
        &mut self,
        positions: &mut Vec<Position>,
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
    fn group_of(&mut self, name: &Arc<str>) -> u64 {
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
        order: &mut Position,
        ledger: &mut impl Ledger,
        slot: u32,
        signal: &TradeSignal,
        quote: &Quote,
    ) -> Result<()> {
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
        self.fill(order, ledger, slot, trigger, quote.time_us())
    }

    /// Cancels the group of an order that filled with its signal: in ENTRY by the queue (S4).
    pub(crate) fn decide_group(&mut self, positions: &mut [Position], ledger: &mut impl Ledger) {
        let Some(slot) = self.undecided.take() else {
            return;
        };
        if self.blotter.phase != Some(Phase::Entry) {
            self.cancel_group(positions, ledger, slot);
            self.drop_finished(positions);
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
        let rule = crate::rule_ids::L8_QUEUED_COMMAND;
        let field = Some(ordered.as_str());
        self.blotter.emit(position, Action::Queued, rule, field);
    }

    fn check_known(&self, symbol: &Arc<str>, place: Option<usize>) -> Option<Breach> {
        let about = |rule, expected| Breach {
            rule,
            field: "symbol",
            value: Some(Value::from(&**symbol)),
            expected,
        };
        let specs = &self.config.symbol_specs;
        if self.spec(symbol).is_none() && (!specs.is_empty() || place.is_none()) {
            let known: Vec<&str> = if specs.is_empty() {
                self.quotes.iter().map(|shown| &*shown.symbol).collect()
            } else {
                specs.iter().map(|spec| &*spec.symbol).collect()
            };
            return Some(about(S3_UNKNOWN_SYMBOL, known.join(", ")));
        }
        let opened = place.map(|place| self.quotes[place].quote.time_us());
        if opened.is_none() || opened != self.blotter.time_us {
            return Some(about(S3_NO_BAR, "a bar at this time".to_owned()));
        }
        None
    }

    /// Checks marketable and the largest numbers of positions (S3).
    fn check_room(
        &self,
        positions: &[Position],
        signal: &TradeSignal,
        entry: f64,
        quote: &Quote,
    ) -> Option<Breach> {
        let policy = &self.config.policy;
        let (order_type, sign) = (signal.order_type, signal.direction.sign());
        if order_type.waits() && policy.on_marketable == OnMarketable::Reject {
            let close = quote.opening_close(sign);
            if is_marketable(order_type, entry, sign, close) {
                let below = is_reached_from_above(order_type, sign);
                let relation = if below { '<' } else { '>' };
                return Some(Breach {
                    rule: S3_MARKETABLE,
                    field: "entry_price",
                    value: Some(Value::Float(entry)),
                    expected: format!("{relation} {}", float_text(close)),
                });
            }
        }
        if policy.max_positions.is_none() && policy.max_positions_symbol.is_none() {
            return None;
        }
        let active = || {
            let slots = self.blotter.active.iter();
            let held = slots.filter_map(|&slot| positions.get(slot as usize));
            held.filter(|position| position.is_pending() || position.is_open())
        };
        let full = |rule, field, held: usize, expected| Breach {
            rule,
            field,
            value: Some(Value::Float(held as f64)),
            expected,
        };
        if let Some(most) = policy.max_positions {
            let held = active().count();
            if held as u64 >= most {
                let expected = format!("below {most}");
                return Some(full(S3_MAX_POSITIONS, "max_positions", held, expected));
            }
        }
        let most = policy.max_positions_symbol?;
        let held = active()
            .filter(|position| same_symbol(&position.symbol, &signal.symbol))
            .count();
        (held as u64 >= most).then(|| {
            let expected = format!("below {most} of {}", signal.symbol);
            let field = "max_positions_symbol";
            full(S3_MAX_POSITIONS_SYMBOL, field, held, expected)
        })
    }

    /// Checks the hours without entries (S3.no_entry).
    fn check_session(&self, quote: &Quote) -> Option<Breach> {
        let session = self.config.session.as_ref()?;
        session.refuses(quote.time_us()).then(|| {
            let end = time_text(quote.time_us() + session.length_us());
            Breach {
                rule: S3_NO_ENTRY,
                field: "session",
                value: Some(Value::from(end.as_str())),
                expected: "an end of the bar outside of no_entry".to_owned(),
            }
        })
    }

    /// Refuses options that count in pips for a symbol without a specification.
    fn require_spec(&self, signal: &TradeSignal) -> Result<()> {
        if self.is_parity() || self.spec(&signal.symbol).is_some() {
            return Ok(());
        }
        let (model, policy) = (&self.config.slippage_model, &self.config.policy);
        let through = policy.limit_through_pips;
        let (option, value) = if model.fixed_pips != 0.0 || model.random_pips != 0.0 {
            let (fixed, random) = (float_text(model.fixed_pips), float_text(model.random_pips));
            let value = format!(
                "SlippageModel(fixed_pips={fixed}, random_pips={random}, seed={})",
                model.seed
            );
            ("slippage_model", Value::from(value.as_str()))
        } else if through != 0.0 && signal.order_type == OrderType::Limit {
            ("limit_through_pips", Value::Float(through))
        } else if policy.exit_buffer_pips != 0.0 {
            ("exit_buffer_pips", Value::Float(policy.exit_buffer_pips))
        } else {
            return Ok(());
        };
        Err(EngineError::new(ErrorCode::SpecRequired)
            .for_symbol(&signal.symbol)
            .in_field(option)
            .with_value(value)
            .expecting("a SymbolSpec for the symbol: its pip_size"))
    }

    /// Finds the volume of an order (E4).
    fn size(&self, symbol: &str, reference: f64, stop: Option<f64>, risked: f64) -> Result<Sized> {
        let spec = self.spec(symbol);
        let (shown, rule) = match self.sizing {
            Sizing::FixedLots { lots } => return Ok(fixed_lots(lots, spec)),
            Sizing::RiskAmount { amount } => (
                format!("RiskAmount(amount={})", float_text(amount)),
                E4_RISK_AMOUNT,
            ),
            Sizing::RiskFraction { fraction } => (
                format!("RiskFraction(fraction={})", float_text(fraction)),
                E4_RISK_FRACTION,
            ),
        };
        let Some(spec) = spec else {
            return Err(EngineError::new(ErrorCode::SpecRequired)
                .for_symbol(symbol)
                .in_field("sizing")
                .with_value(shown.as_str())
                .expecting("a SymbolSpec for the symbol, or FixedLots"));
        };
        let below_min = self.config.policy.below_min;
        Ok(match stop {
            Some(stop) => risk_lots(risked, reference, stop, spec, below_min, rule),
            None => Sized::Refused {
                rule: S3_RISK_WITHOUT_STOP,
                expected: "a stop to size by".to_owned(),
            },
        })
    }

    /// Returns the account currency that an order risks: the amount, or of equity (E4).
    fn risked(&self, equity: Option<f64>) -> Result<f64> {
        match (self.sizing, equity) {
            (Sizing::FixedLots { .. }, _) => Ok(self.config.risk_per_trade),
            (Sizing::RiskAmount { amount }, _) => Ok(amount),
            (Sizing::RiskFraction { fraction }, Some(equity)) => Ok(fraction * equity),
            (Sizing::RiskFraction { .. }, None) => Err(EngineError::new(ErrorCode::NumberInvalid)
                .in_field("equity")
                .expecting("the equity of the portfolio")),
        }
    }

    fn emit_signal(&mut self, order_id: u64, signal: &TradeSignal) {
        let time_us = self.blotter.time_us.unwrap_or(0);
        self.rows.push(order_id, time_us, signal);
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

/// The price of a market order of the preset parity, or the level of a waiting one (R1).
fn parity_price(signal: &TradeSignal, quote: &Quote) -> f64 {
    let close = quote.opening_close(signal.direction.sign());
    signal.entry_price.unwrap_or(close)
}

/// Checks what a signal of the right types may still get wrong (S1.entry, S1.order_options).
fn check_signal(signal: &TradeSignal, is_parity: bool) -> Result<()> {
    let invalid = |code, field: &str, value: Option<Value>, expected: &str| {
        let mut error = EngineError::new(code)
            .for_symbol(&signal.symbol)
            .in_field(field)
            .expecting(expected);
        error.value = value;
        Err(error)
    };
    let waits = signal.order_type.waits();
    match signal.entry_price {
        None if waits => {
            let expected = format!("the price of a {} order", signal.order_type.as_str());
            return invalid(ErrorCode::EntryNotFinite, "entry_price", None, &expected);
        }
        Some(entry) if !is_finite(entry) => {
            let expected = if waits {
                "a finite price"
            } else {
                "a finite price or None"
            };
            let value = Some(Value::Float(entry));
            return invalid(ErrorCode::EntryNotFinite, "entry_price", value, expected);
        }
        _ => {}
    }
    let code = ErrorCode::MetaInvalid;
    let max_bars = signal.max_bars.map(|bars| Value::from(bars as usize));
    if signal.max_bars == Some(0) {
        return invalid(
            code,
            "meta.max_bars",
            max_bars,
            "a whole number of at least 1",
        );
    }
    let oco = signal.oco.as_deref();
    if oco == Some("") {
        let value = oco.map(Value::from);
        return invalid(code, "meta.oco", value, "a name: text that is not empty");
    }
    if !is_parity {
        return Ok(());
    }
    let given = [
        ("meta.expires_at", signal.expires_at_us.map(Value::Int)),
        ("meta.max_bars", max_bars),
        ("meta.oco", oco.map(Value::from)),
    ];
    match given.into_iter().find(|(_, value)| value.is_some()) {
        Some((field, value)) => invalid(code, field, value, "None in the preset parity"),
        None => Ok(()),
    }
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
