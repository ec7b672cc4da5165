//! The execution simulator: orders accepted, filled and closed, bar by bar (rules S3, E, X, L8).
//!
//! Read `event_engine` first for who calls what when, `portfolio` next. For each position the
//! executor brings its own record up to date, then tells the portfolio. What a single order goes
//! through is in `fills`.

use std::sync::Arc;

use crate::arithmetic::{is_finite, snap_level};
use crate::blotter::{Blotter, Rejection};
use crate::candles::Candle;
use crate::config::{
    ExecutionPolicy, FeeModel, MarketFill, Sizing, SlippageModel, SymbolSpec, number,
};
use crate::errors::{EngineError, ErrorCode, Result, Value};
use crate::ledger::{Ledger, LedgerKind};
use crate::orders::{Breach, check_distance, check_sides};
use crate::positions::{FillAt, Level, Position};
use crate::quotes::Quote;
use crate::rule_ids::{
    E1_CLOSE, S1_SIGNAL, S3_NO_BAR, S3_NOT_FINITE, S3_RISK_WITHOUT_STOP, S3_UNKNOWN_SYMBOL,
};
use crate::signals::{Outcome, SignalColumns, TradeSignal};
use crate::sizing::Sized;
use crate::trace::{Action, EventKind, Phase, Tracer};

/// Units of one lot of a symbol without a specification.
pub const DEFAULT_CONTRACT: f64 = 100_000.0;

/// What an executor is made of.
#[derive(Debug, Clone)]
pub struct ExecutorConfig {
    /// Account currency lost at the initial stop, where `sizing` is `None`.
    pub risk_per_trade: f64,
    /// Slippage of market fills and stops.
    pub slippage_model: SlippageModel,
    /// Commission of entries and exits.
    pub fee_model: FeeModel,
    /// Without one a symbol takes fixed lots only, a contract of 100,000, no price grid.
    pub symbol_specs: Vec<SymbolSpec>,
    /// How orders fill and what happens at the edges of the data.
    pub policy: ExecutionPolicy,
    /// How volumes are found; `None`: from `risk_per_trade`.
    pub sizing: Option<Sizing>,
    /// Raise `SIGNAL_REJECTED` besides recording a rejection (S3.strict).
    pub strict: bool,
}

impl Default for ExecutorConfig {
    fn default() -> Self {
        Self {
            risk_per_trade: 100.0,
            slippage_model: SlippageModel::default(),
            fee_model: FeeModel::default(),
            symbol_specs: Vec::new(),
            policy: ExecutionPolicy::canonical(),
            sizing: None,
            strict: false,
        }
    }
}

/// Fills market orders and watches their stops and targets.
#[derive(Debug, Clone)]
pub struct ExecutionSimulator {
    pub(crate) config: ExecutorConfig,
    pub(crate) sizing: Sizing,
    pub(crate) ledger: LedgerKind,
    /// Place in its core.
    pub(crate) place: usize,
    pub(crate) blotter: Blotter,
    pub(crate) quotes: Vec<(Arc<str>, Quote)>,
    pub(crate) symbol: Option<Arc<str>>,
    pub(crate) next_order_id: u64,
    pub(crate) rejected_signals: Vec<Rejection>,
    pub(crate) rows: SignalColumns,
}

impl ExecutionSimulator {
    /// An executor that has seen no bar.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    pub fn new(config: ExecutorConfig, ledger: LedgerKind) -> Result<Self> {
        let risk = number(config.risk_per_trade, "risk_per_trade", 0.0, true)?;
        Ok(Self {
            sizing: config.sizing.unwrap_or(Sizing::RiskAmount { amount: risk }),
            ledger,
            place: 0,
            blotter: Blotter::new(config.fee_model),
            quotes: Vec::new(),
            symbol: None,
            next_order_id: 1,
            rejected_signals: Vec::new(),
            rows: SignalColumns::default(),
            config,
        })
    }

    /// Records signal, order, fill and exit events from now on.
    pub fn attach_tracer(&mut self, tracer: &Tracer) {
        self.blotter.tracer = tracer.clone();
    }

    /// Begins a bar: shows it to the portfolio, and the phase becomes OPEN (L2).
    pub(crate) fn begin_open(
        &mut self,
        ledger: &mut impl Ledger,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<(usize, Quote)> {
        let place = self.named(symbol)?;
        let quote = self.read_quote(place, bid, ask);
        self.begin_phase(Phase::Open, quote.time_us());
        ledger.mark(&self.quotes[place].0, bid, ask);
        Ok((place, quote))
    }

    /// Begins the test of stops and targets; true for a bar that `open_bar` did not show.
    pub(crate) fn begin_exits(
        &mut self,
        ledger: &mut impl Ledger,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<(usize, Quote)> {
        let known = self.quotes.len();
        let place = self.named(symbol)?;
        let is_new = place >= known || self.quotes[place].1.time_us() != bid.time_us;
        let quote = self.read_quote(place, bid, ask);
        self.begin_phase(Phase::Exits, quote.time_us());
        if is_new {
            ledger.mark(&self.quotes[place].0, bid, ask);
        }
        Ok((place, quote))
    }

    /// Begins the end of a bar: carries out queued writes (L8).
    pub(crate) fn begin_close(&mut self, positions: &mut [Position], time_us: i64) {
        self.begin_phase(Phase::Close, time_us);
        if !self.blotter.queue.is_empty() {
            for write in std::mem::take(&mut self.blotter.queue) {
                self.apply_write(positions, write);
            }
        }
    }

    /// Accepts or rejects one signal; a market order at the close fills at once (S3, E1, E4).
    pub(crate) fn process_signal(
        &mut self,
        positions: &mut Vec<Position>,
        ledger: &mut impl Ledger,
        signal: &TradeSignal,
    ) -> Result<u64> {
        check_signal(signal)?;
        let order_id = self.next_order_id;
        self.next_order_id += 1;
        self.emit_signal(order_id, signal);
        let TradeSignal {
            direction,
            stop_loss,
            take_profit,
            ..
        } = *signal;
        let sign = direction.sign();
        let place = self.place_of(&signal.symbol);
        let breach = self
            .check_known(&signal.symbol, place)
            .or_else(|| check_numbers(stop_loss, take_profit));
        if let Some(breach) = breach {
            return self.reject(order_id, &signal.symbol, breach);
        }
        let Some((symbol, quote)) = place.and_then(|place| self.quotes.get(place).cloned()) else {
            debug_assert!(false, "Invariant: a known symbol has a bar");
            return Ok(order_id);
        };
        let slip = self.slip(&symbol)?;
        let spec = self.spec(&symbol);
        let digits = spec.and_then(|spec| spec.digits);
        let unit_value = spec.map_or(DEFAULT_CONTRACT, SymbolSpec::unit_value);
        let snapped = |level: f64| digits.map_or(level, |digits| snap_level(level, digits, sign));
        let (stop, target) = (stop_loss.map(snapped), take_profit.map(snapped));
        let reference = quote.opening_close(sign);
        if let Some(breach) = check_levels(sign, stop, target, reference, &quote, spec) {
            return self.reject(order_id, &symbol, breach);
        }
        let (size, rule) = match self.size(&symbol, reference, stop)? {
            Sized::Lots { size, rule } => (size, rule),
            Sized::Refused { rule, expected } => {
                let (Sizing::FixedLots { lots: asked } | Sizing::RiskAmount { amount: asked }) =
                    self.sizing;
                let (field, value) = if rule == S3_RISK_WITHOUT_STOP {
                    (Level::StopLoss.as_str(), None)
                } else {
                    ("size", Some(Value::Float(asked)))
                };
                let breach = Breach {
                    rule,
                    field,
                    value,
                    expected,
                };
                return self.reject(order_id, &symbol, breach);
            }
        };
        let risk_per_trade = match self.sizing {
            Sizing::RiskAmount { amount } => amount,
            Sizing::FixedLots { .. } => self.config.risk_per_trade,
        };
        let mut position = Position::new(
            order_id,
            symbol,
            direction,
            signal.order_type,
            quote.time_us(),
            reference,
            unit_value,
            size,
            stop,
            target,
            risk_per_trade,
            digits,
        );
        position.owner = Some(self.place);
        let slot = u32::try_from(positions.len()).unwrap_or(u32::MAX);
        self.blotter.active.push(slot);
        self.blotter.version += 1;
        self.rows
            .decide(order_id, Outcome::Pending, rule, Some(size));
        self.blotter.emit(&position, Action::Accepted, rule, None);
        positions.push(position);
        if self.config.policy.market_fill == MarketFill::Close {
            let price = crate::costs::entry_price(reference, sign, slip, digits);
            let fill = (reference, price, quote.time_us(), FillAt::Close, E1_CLOSE);
            self.fill(positions, ledger, slot, fill)?;
        }
        Ok(order_id)
    }

    /// Returns the symbol of a call that names none: the last one named, or the only specified one.
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`.
    pub fn symbol_in_use(&self) -> Result<&Arc<str>> {
        let only = match self.config.symbol_specs.as_slice() {
            [spec] => Some(&spec.symbol),
            _ => None,
        };
        self.symbol.as_ref().or(only).ok_or_else(|| {
            EngineError::new(ErrorCode::SymbolRequired)
                .in_field("symbol")
                .expecting("the symbol of the candles, by name")
        })
    }

    /// Returns the place of the symbol that a call is about among the quotes.
    #[inline]
    fn named(&mut self, symbol: Option<&Arc<str>>) -> Result<usize> {
        if let (Some(name), Some(last), [(known, _)]) = (symbol, &self.symbol, &self.quotes[..])
            && Arc::ptr_eq(name, last)
            && Arc::ptr_eq(name, known)
        {
            return Ok(0);
        }
        self.name_anew(symbol)
    }

    fn name_anew(&mut self, symbol: Option<&Arc<str>>) -> Result<usize> {
        let name = match symbol {
            Some(name) => name,
            None => self.symbol_in_use()?,
        };
        let place = self.place_of(name);
        let name = match place {
            Some(place) if self.symbol.as_ref().is_some_and(|s| Arc::ptr_eq(s, name)) => {
                return Ok(place);
            }
            _ => Arc::clone(name),
        };
        self.symbol = Some(Arc::clone(&name));
        Ok(place.unwrap_or_else(|| {
            const NONE: Candle = Candle {
                time_us: i64::MIN,
                open: 0.0,
                high: 0.0,
                low: 0.0,
                close: 0.0,
                volume: 0.0,
            };
            self.quotes.push((name, Quote::new(&NONE, &NONE)));
            self.quotes.len() - 1
        }))
    }

    pub(crate) fn place_of(&self, symbol: &Arc<str>) -> Option<usize> {
        self.quotes
            .iter()
            .position(|(name, _)| Arc::ptr_eq(name, symbol) || **name == **symbol)
    }

    fn read_quote(&mut self, place: usize, bid: &Candle, ask: &Candle) -> Quote {
        let quote = Quote::new(bid, ask);
        self.quotes[place].1 = quote;
        quote
    }

    #[inline]
    pub(crate) fn begin_phase(&mut self, phase: Phase, time_us: i64) {
        self.blotter.phase = Some(phase);
        self.blotter.time_us = Some(time_us);
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
                self.quotes.iter().map(|(name, _)| &**name).collect()
            } else {
                specs.iter().map(|spec| &*spec.symbol).collect()
            };
            return Some(about(S3_UNKNOWN_SYMBOL, known.join(", ")));
        }
        let opened = place.map(|place| self.quotes[place].1.time_us());
        if opened.is_none() || opened != self.blotter.time_us {
            return Some(about(S3_NO_BAR, "a bar at this time".to_owned()));
        }
        None
    }

    pub(crate) fn spec(&self, symbol: &str) -> Option<&SymbolSpec> {
        let specs = &self.config.symbol_specs;
        specs.iter().find(|spec| *spec.symbol == *symbol)
    }

    fn emit_signal(&mut self, order_id: u64, signal: &TradeSignal) {
        let time_us = self.blotter.time_us.unwrap_or(0);
        self.rows.push(order_id, time_us, signal);
        self.blotter.tracer.emit(S1_SIGNAL, || EventKind::Signal {
            order_id,
            symbol: Arc::clone(&signal.symbol),
            direction: signal.direction,
            order_type: signal.order_type,
            entry_price: signal.entry_price,
            stop_loss: signal.stop_loss,
            take_profit: signal.take_profit,
        });
    }
}

/// Checks what a signal of the right types may still get wrong (S1.entry).
fn check_signal(signal: &TradeSignal) -> Result<()> {
    match signal.entry_price {
        Some(entry) if !is_finite(entry) => Err(EngineError::new(ErrorCode::EntryNotFinite)
            .for_symbol(&signal.symbol)
            .in_field("entry_price")
            .with_value(entry)
            .expecting("a finite price or None")),
        _ => Ok(()),
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

/// Checks sides against both closes, then distances from the reference (S3).
pub(crate) fn check_levels(
    sign: f64,
    stop: Option<f64>,
    target: Option<f64>,
    reference: f64,
    quote: &Quote,
    spec: Option<&SymbolSpec>,
) -> Option<Breach> {
    let (bid, ask) = (quote.bid.close, quote.ask.close);
    check_sides(sign, Level::StopLoss, stop, bid, ask)
        .or_else(|| check_sides(sign, Level::TakeProfit, target, bid, ask))
        .or_else(|| check_distance(Level::StopLoss, stop, reference, spec))
        .or_else(|| check_distance(Level::TakeProfit, target, reference, spec))
}
