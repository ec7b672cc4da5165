//! What may stand against a signal, besides its levels (rules S1, S3, E4).

use std::sync::Arc;

use crate::arithmetic::is_finite;
use crate::candles::time_text;
use crate::config::{ExecutionPolicy, OnMarketable, Sizing};
use crate::desk::{ExecutionSimulator, same_symbol};
use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};
use crate::orders::Breach;
use crate::positions::Positions;
use crate::quotes::Quote;
use crate::rule_ids::{
    E4_RISK_AMOUNT, E4_RISK_FRACTION, S3_EQUITY, S3_MARKETABLE, S3_MAX_POSITIONS,
    S3_MAX_POSITIONS_SYMBOL, S3_NO_BAR, S3_NO_ENTRY, S3_RISK_WITHOUT_STOP, S3_UNKNOWN_SYMBOL,
};
use crate::signals::{OrderType, TradeSignal};
use crate::sizing::{Sized, fixed_lots, risk_lots};
use crate::triggers::{is_marketable, is_reached_from_above};

impl ExecutionSimulator {
    /// Checks that there is equity to open anything with (S3.equity).
    pub(crate) fn check_equity(&self, equity: Option<f64>) -> Option<Breach> {
        if self.is_parity() || !Self::is_without_equity(equity) {
            return None;
        }
        Some(without_equity(S3_EQUITY, equity))
    }

    pub(crate) fn check_known(&self, symbol: &Arc<str>, place: Option<usize>) -> Option<Breach> {
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
    pub(crate) fn check_room(
        &self,
        positions: &Positions,
        signal: &TradeSignal,
        entry: f64,
        quote: &Quote,
    ) -> Option<Breach> {
        let policy = &self.config.policy;
        if let Some(breach) = check_marketable(policy, signal, entry, quote) {
            return Some(breach);
        }
        if self.has_room || (policy.max_positions, policy.max_positions_symbol) == (None, None) {
            return None;
        }
        let active = || {
            let slots = self.blotter.active.iter();
            let held = slots.filter_map(|&slot| positions.get(slot as usize));
            held.filter(|position| position.is_pending() || position.is_open())
        };
        check_full(
            policy,
            &signal.symbol,
            || {
                // The list has others only until it is cleared of what has ended.
                if self.blotter.finished {
                    active().count()
                } else {
                    self.blotter.active.len()
                }
            },
            || {
                active()
                    .filter(|position| same_symbol(&position.symbol, &signal.symbol))
                    .count()
            },
        )
    }

    /// Checks the hours without entries (S3.no_entry).
    pub(crate) fn check_session(&self, quote: &Quote) -> Option<Breach> {
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
    pub(crate) fn require_spec(&self, signal: &TradeSignal) -> Result<()> {
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
    pub(crate) fn size(
        &self,
        symbol: &str,
        reference: f64,
        stop: Option<f64>,
        risked: f64,
        unit_value: f64,
    ) -> Result<Sized> {
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
            Some(stop) => risk_lots(risked, reference, stop, spec, below_min, rule, unit_value),
            None => Sized::Refused {
                rule: S3_RISK_WITHOUT_STOP,
                expected: "a stop to size by".to_owned(),
            },
        })
    }

    /// Returns the account currency that an order risks: the amount, or of equity (E4).
    pub(crate) fn risked(&self, equity: Option<f64>) -> Result<f64> {
        match (self.sizing, equity) {
            (Sizing::FixedLots { .. }, _) => Ok(self.config.risk_per_trade),
            (Sizing::RiskAmount { amount }, _) => Ok(amount),
            (Sizing::RiskFraction { fraction }, Some(equity)) => Ok(fraction * equity),
            (Sizing::RiskFraction { .. }, None) => Err(EngineError::new(ErrorCode::NumberInvalid)
                .in_field("equity")
                .expecting("the equity of the portfolio")),
        }
    }
}

/// Checks that a waiting order would not fill at once (S3.marketable).
pub(crate) fn check_marketable(
    policy: &ExecutionPolicy,
    signal: &TradeSignal,
    entry: f64,
    quote: &Quote,
) -> Option<Breach> {
    let (order_type, sign) = (signal.order_type, signal.direction.sign());
    if !order_type.waits() || policy.on_marketable != OnMarketable::Reject {
        return None;
    }
    let close = quote.opening_close(sign);
    is_marketable(order_type, entry, sign, close).then(|| {
        let below = is_reached_from_above(order_type, sign);
        let relation = if below { '<' } else { '>' };
        Breach {
            rule: S3_MARKETABLE,
            field: "entry_price",
            value: Some(Value::Float(entry)),
            expected: format!("{relation} {}", float_text(close)),
        }
    })
}

/// Checks the largest numbers of orders and positions, of all symbols and of one (S3).
pub(crate) fn check_full(
    policy: &ExecutionPolicy,
    symbol: &str,
    held: impl FnOnce() -> usize,
    held_of_symbol: impl FnOnce() -> usize,
) -> Option<Breach> {
    let full = |rule, field, held: usize, expected| Breach {
        rule,
        field,
        value: Some(Value::Float(held as f64)),
        expected,
    };
    if let Some(most) = policy.max_positions {
        let held = held();
        if held as u64 >= most {
            let expected = format!("below {most}");
            return Some(full(S3_MAX_POSITIONS, "max_positions", held, expected));
        }
    }
    let most = policy.max_positions_symbol?;
    let held = held_of_symbol();
    (held as u64 >= most).then(|| {
        let expected = format!("below {most} of {symbol}");
        let field = "max_positions_symbol";
        full(S3_MAX_POSITIONS_SYMBOL, field, held, expected)
    })
}

/// Says that there is no equity left to open anything with (S3.equity, A2.next_open).
pub(crate) fn without_equity(rule: &'static str, equity: Option<f64>) -> Breach {
    Breach {
        rule,
        field: "equity",
        value: equity.map(Value::Float),
        expected: "> 0.0".to_owned(),
    }
}

/// Checks what a signal of the right types may still get wrong (S1.entry, S1.order_options).
pub(crate) fn check_signal(signal: &TradeSignal, is_parity: bool) -> Result<()> {
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
