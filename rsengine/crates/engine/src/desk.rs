//! What an executor is made of and what it holds: settings, quotes, records (rules E2, S3).
//!
//! What single orders go through is in `fills`, what users order in `commands`, how signals are
//! accepted in `acceptance`.

use std::sync::Arc;

use crate::account::Margin;
use crate::account_checks::{check_account, refuse_ordinals};
use crate::blotter::Blotter;
use crate::candles::Candle;
use crate::config::{ExecutionPolicy, FeeModel, Sizing, SlippageModel};
use crate::errors::{EngineError, ErrorCode, Result};
use crate::fast::{Ladder, SignalBook};
use crate::groups::Verdict;
use crate::ledger::{Appraisal, LedgerKind};
use crate::lower_candles::{AllLower, Drilldowns, LowerBars, LowerSides, read_lower_candles};
use crate::parity::check_costs;
use crate::positions::{DEFAULT_PIP, Position};
use crate::quotes::Quote;
use crate::rates::Rates;
use crate::sessions::{Session, timeframe_us};
use crate::settings::number;
use crate::symbols::SymbolSpec;
use crate::trace::{Phase, Tracer};

/// Units of one lot of a symbol without a specification.
pub const DEFAULT_CONTRACT: f64 = 100_000.0;

/// Stands for the slot of a signal that was rejected.
pub(crate) const NO_SLOT: u32 = u32::MAX;

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
    /// Rates into the account's currency; needed where a spec names a quote currency (P5).
    pub rates: Option<Rates>,
    /// What positions tie up, and when they are stopped out (A1, A3).
    pub margin: Option<Margin>,
    /// Hours without entries (S3.no_entry).
    pub session: Option<Session>,
    /// Length of the run's bars, such as H1; needed for series of rates and swaps (P5.timeframe).
    pub timeframe: Option<String>,
    /// Raise `SIGNAL_REJECTED` besides recording a rejection (S3.strict).
    pub strict: bool,
    /// Bars of a lower timeframe by symbol, for [`Intrabar::Drilldown`] (X3.drilldown).
    ///
    /// [`Intrabar::Drilldown`]: crate::config::Intrabar::Drilldown
    pub lower_candles: Vec<LowerSides>,
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
            rates: None,
            margin: None,
            session: None,
            timeframe: None,
            strict: false,
            lower_candles: Vec::new(),
        }
    }
}

/// The last bar of a symbol.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) symbol: Arc<str>,
    pub(crate) quote: Quote,
    /// The shortest step between two of its bars so far, 0 before the second (E3.spanned).
    pub(crate) step_us: i64,
    /// Place of its specification.
    spec: Option<usize>,
}

/// Fills market, limit and stop orders and watches their stops and targets.
#[derive(Debug, Clone)]
pub struct ExecutionSimulator {
    pub(crate) config: ExecutorConfig,
    pub(crate) sizing: Sizing,
    pub(crate) ledger: LedgerKind,
    /// Place in its core.
    pub(crate) place: usize,
    pub(crate) blotter: Blotter,
    pub(crate) quotes: Vec<Shown>,
    /// Place of the symbol named last, and of the one that is likely to be named next.
    pub(crate) in_use: Option<usize>,
    pub(crate) turn: usize,
    /// Open of the bar that was shown last, of whatever symbol (L8.hole).
    pub(crate) bar_us: Option<i64>,
    pub(crate) next_order_id: u64,
    /// Slots of accepted orders, by their numbers less that of the first.
    pub(crate) orders: Vec<u32>,
    /// Number of the first order, 1 but after a state was taken over (L9.restore).
    first_order_id: u64,
    /// Numbers and slots of the orders and positions of that state, in order of acceptance.
    pub(crate) carried: Vec<(u64, u32)>,
    /// Groups that still take orders, by name, and how many groups there were (S4).
    pub(crate) groups: Vec<(Arc<str>, u64)>,
    pub(crate) group_count: u64,
    /// Groups of which one filled in this bar's ENTRY.
    pub(crate) decided: Vec<u64>,
    /// An order of a group that has just filled in `process_signal`.
    pub(crate) undecided: Option<u32>,
    /// What this bar decides about orders of groups.
    pub(crate) verdicts: Vec<Verdict>,
    /// Buffer of the call under way, in price units (R3.buffer).
    pub(crate) buffer: f64,
    pub(crate) outside: Outside,
    /// Length of the run's bars, 0 where it is not known.
    pub(crate) length_us: i64,
    /// When the bars shown before the present one had ended (P5.moment).
    pub(crate) ended_us: i64,
    /// Whether results of any symbol are converted (P5).
    pub(crate) converts: bool,
    /// Whether any symbol has a swap (P6).
    pub(crate) swaps: bool,
    /// Whether times are the places of keys that are none (L4.ordinal).
    pub(crate) ordinal: bool,
    /// Slots of open positions in the order in which they opened (A1.used, X5.close_at_end).
    pub(crate) held: Vec<u32>,
    /// The levels of open positions, where there are many.
    pub(crate) ladder: Ladder,
    /// Unit values of the preset parity, by symbol (P5.unit_value).
    pub(crate) kept_units: Vec<(Arc<str>, f64)>,
    pub(crate) stale_rates: u64,
    /// The bars that drilldown looks into.
    pub(crate) lower: AllLower,
    pub(crate) signals: SignalBook,
    /// Whether the signal under way is known to find room.
    pub(crate) has_room: bool,
}

/// What a portfolio that lives elsewhere would say, handed in before a call that asks for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outside {
    /// Equity of its last row, where it has one: before what [`Core::asks_equity`] names
    /// (S3.equity, A1, A2, E4.risk_fraction).
    ///
    /// [`Core::asks_equity`]: crate::core::Core::asks_equity
    pub equity: Option<f64>,
    /// Symbol of its first open position: before the exits of the preset parity (R3.buffer).
    pub first_open: Option<Arc<str>>,
    /// What it would write now: before a step that [`Core::asks_appraisal`] names (A3.stop_out).
    ///
    /// [`Core::asks_appraisal`]: crate::core::Core::asks_appraisal
    pub appraisal: Option<Appraisal>,
}

impl ExecutionSimulator {
    /// An executor that has seen no bar.
    ///
    /// # Errors
    /// `NUMBER_INVALID`, `TIMEFRAME_INVALID`, `PRESET_OPTION`, `RATES_REQUIRED`, `CURRENCY_REQUIRED`,
    /// `TIMEFRAME_REQUIRED`.
    pub fn new(config: ExecutorConfig, ledger: LedgerKind) -> Result<Self> {
        let risk = number(config.risk_per_trade, "risk_per_trade", 0.0, true)?;
        let policy = config.policy.checked()?;
        let length_us = match &config.timeframe {
            Some(timeframe) => timeframe_us(timeframe, "timeframe")?,
            None => 0,
        };
        if policy.is_parity() {
            check_parity(&config)?;
        }
        let lower = read_lower_candles(&config.lower_candles, &policy, length_us)?;
        check_account(&config)?;
        let account = config.rates.as_ref().map(Rates::account);
        let converts = config.symbol_specs.iter().any(|spec| {
            let currency = spec.quote_currency.as_ref();
            currency.is_some() && currency != account
        });
        let mut specs = config.symbol_specs.iter();
        Ok(Self {
            sizing: config.sizing.unwrap_or(Sizing::RiskAmount { amount: risk }),
            ledger,
            place: 0,
            blotter: Blotter::new(policy.is_parity()),
            quotes: Vec::new(),
            in_use: None,
            turn: 0,
            bar_us: None,
            next_order_id: 1,
            orders: Vec::new(),
            first_order_id: 1,
            carried: Vec::new(),
            groups: Vec::new(),
            group_count: 0,
            decided: Vec::new(),
            undecided: None,
            verdicts: Vec::new(),
            buffer: 0.0,
            outside: Outside::default(),
            length_us,
            ended_us: i64::MIN,
            converts,
            swaps: specs.any(|spec| spec.swap_field().is_some()),
            ordinal: false,
            held: Vec::new(),
            ladder: Ladder::default(),
            kept_units: Vec::new(),
            stale_rates: 0,
            lower,
            signals: SignalBook::default(),
            has_room: false,
            config: ExecutorConfig { policy, ..config },
        })
    }

    /// Records signal, order, fill and exit events from now on.
    pub fn attach_tracer(&mut self, tracer: &Tracer) {
        self.blotter.tracer = tracer.clone();
    }

    /// Takes bars whose times are places, of a run with other keys than times (L4.ordinal).
    ///
    /// # Errors
    /// `CLOCK_REQUIRED`.
    pub fn use_ordinals(&mut self) -> Result<()> {
        refuse_ordinals(&self.config, &self.lower)?;
        self.ordinal = true;
        Ok(())
    }

    /// Checks the lower bars of a symbol against the bars of a run, given when those open
    /// (X3.lower_times).
    ///
    /// `run_backtest` and the engines of the Python face call this before the first bar.
    ///
    /// # Errors
    /// `LOWER_REQUIRED`, `LOWER_TIMES`.
    pub fn check_lower_candles(
        &self,
        symbol: &str,
        times: impl Iterator<Item = i64>,
    ) -> Result<()> {
        if self.lower.is_empty() {
            return Ok(());
        }
        self.lower.check_parents(symbol, times, self.length_us)
    }

    /// Of each symbol with crossed lower bars how many, of how many, and the first (T2.crossed).
    pub fn crossed_lower_bars(&self) -> impl Iterator<Item = (&Arc<str>, usize, usize, usize)> {
        self.lower.crossed()
    }

    /// How often lower bars were asked of a bar that left something open (X3.drilldown).
    #[must_use]
    pub fn drilldowns(&self) -> Drilldowns {
        self.lower.counts
    }

    /// The lower bars of a bar of a symbol.
    pub(crate) fn lower_bars(&self, symbol: &str, quote: &Quote) -> LowerBars<'_> {
        self.lower.bars(symbol, quote.time_us(), self.length_us)
    }

    /// Whether the rules of the preset parity hold.
    #[inline]
    pub(crate) fn is_parity(&self) -> bool {
        self.blotter.at_once
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
        let last = self.in_use.and_then(|place| self.quotes.get(place));
        last.map(|shown| &shown.symbol).or(only).ok_or_else(|| {
            EngineError::new(ErrorCode::SymbolRequired)
                .in_field("symbol")
                .expecting("the symbol of the candles, by name")
        })
    }

    /// Returns the place of the symbol that a call is about among the quotes.
    ///
    /// Symbols come in the same order bar after bar, so the next one is looked at first.
    #[inline]
    pub(crate) fn named(&mut self, symbol: Option<&Arc<str>>) -> Result<usize> {
        let place = match (symbol, self.quotes.get(self.turn)) {
            (Some(name), Some(shown)) if Arc::ptr_eq(name, &shown.symbol) => self.turn,
            _ => self.name_anew(symbol)?,
        };
        self.in_use = Some(place);
        let next = place + 1;
        self.turn = if next < self.quotes.len() { next } else { 0 };
        Ok(place)
    }

    fn name_anew(&mut self, symbol: Option<&Arc<str>>) -> Result<usize> {
        let name = match symbol {
            Some(name) => name,
            None => self.symbol_in_use()?,
        };
        if let Some(place) = self.place_of(name) {
            return Ok(place);
        }
        const NONE: Candle = Candle {
            time_us: i64::MIN,
            open: 0.0,
            high: 0.0,
            low: 0.0,
            close: 0.0,
            volume: 0.0,
        };
        let mut specs = self.config.symbol_specs.iter();
        let spec = specs.position(|spec| *spec.symbol == **name);
        self.quotes.push(Shown {
            symbol: Arc::clone(name),
            quote: Quote::new(&NONE, &NONE),
            step_us: 0,
            spec,
        });
        Ok(self.quotes.len() - 1)
    }

    pub(crate) fn place_of(&self, symbol: &Arc<str>) -> Option<usize> {
        // A name that is shared is found without reading any, mostly where one was used last.
        if let Some(shown) = self.quotes.get(self.turn)
            && Arc::ptr_eq(&shown.symbol, symbol)
        {
            return Some(self.turn);
        }
        let mut shared = self.quotes.iter();
        shared
            .position(|shown| Arc::ptr_eq(&shown.symbol, symbol))
            .or_else(|| {
                let mut quotes = self.quotes.iter();
                quotes.position(|shown| *shown.symbol == **symbol)
            })
    }

    pub(crate) fn read_quote(&mut self, place: usize, bid: &Candle, ask: &Candle) -> Quote {
        let quote = Quote::new(bid, ask);
        self.quotes[place].quote = quote;
        self.bar_us = Some(quote.time_us());
        quote
    }

    /// Whether a position's symbol has no bar at the time of the bar shown last (L5.hole).
    pub(crate) fn is_in_hole(&self, position: &Position) -> bool {
        let quote = self.quote_of(position);
        quote.is_some_and(|quote| Some(quote.time_us()) != self.bar_us)
    }

    /// Whether a position is of the symbol at a place: its record shares the name of the quotes.
    #[inline]
    pub(crate) fn is_of(&self, position: &Position, place: usize) -> bool {
        Arc::ptr_eq(&position.symbol, &self.quotes[place].symbol)
    }

    /// The last bar of a position's symbol; an accepted order has seen one.
    pub(crate) fn quote_of(&self, position: &Position) -> Option<Quote> {
        let place = self.place_of(&position.symbol)?;
        Some(self.quotes[place].quote)
    }

    #[inline]
    pub(crate) fn begin_phase(&mut self, phase: Phase, time_us: i64) {
        self.blotter.phase = Some(phase);
        self.blotter.time_us = Some(time_us);
    }

    pub(crate) fn spec(&self, symbol: &str) -> Option<&SymbolSpec> {
        let specs = &self.config.symbol_specs;
        // A name that is shared is found without reading any, mostly where one was used last.
        let mut shown = self.quotes.get(self.turn).into_iter().chain(&self.quotes);
        match shown.find(|shown| std::ptr::eq(&*shown.symbol, symbol)) {
            Some(shown) => specs.get(shown.spec?),
            None => specs.iter().find(|spec| *spec.symbol == *symbol),
        }
    }

    /// Price units of one pip of a symbol.
    pub(crate) fn pip_size(&self, symbol: &str) -> f64 {
        self.spec(symbol).map_or(DEFAULT_PIP, |spec| spec.pip_size)
    }

    /// Returns the slot of an accepted order by its number.
    #[must_use]
    pub fn order_slot(&self, order_id: u64) -> Option<u32> {
        let Some(at) = order_id.checked_sub(self.first_order_id) else {
            let known = self.carried.iter().find(|(known, _)| *known == order_id);
            return known.map(|&(_, slot)| slot);
        };
        let slot = self.orders.get(usize::try_from(at).ok()?).copied();
        slot.filter(|&slot| slot != NO_SLOT)
    }

    /// Gives the next order this number (L9.restore).
    pub(crate) fn begin_orders(&mut self, next_order_id: u64) {
        self.next_order_id = next_order_id;
        self.first_order_id = next_order_id;
    }
}

/// Refuses what the preset parity would ignore (R6.options).
fn check_parity(config: &ExecutorConfig) -> Result<()> {
    check_costs(&config.slippage_model, &config.fee_model)?;
    match &config.session {
        Some(session) if !session.no_entry().is_empty() => {
            Err(EngineError::new(ErrorCode::PresetOption)
                .in_field("no_entry")
                .with_value(format!("{:?}", session.no_entry()).as_str())
                .expecting("()"))
        }
        _ => Ok(()),
    }
}

/// Positions share the name of their executor's quotes, so this seldom has to read it.
#[inline]
pub(crate) fn same_symbol(a: &Arc<str>, b: &Arc<str>) -> bool {
    Arc::ptr_eq(a, b) || **a == **b
}
