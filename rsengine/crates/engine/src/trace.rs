//! What a run tells about itself: one event for each thing decided (schema: event.schema.json).
//!
//! Engines are given a [`Tracer`]; without one nothing is recorded. Writers live outside.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::candles::Candle;
use crate::errors::Value;
use crate::positions::FillAt;
use crate::rates::Route;
use crate::signals::{Direction, OrderType};

/// Version of the events' schema.
pub const EVENT_VERSION: u32 = 1;

/// A part of a bar, in the order of the loop (L2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The bar becomes visible.
    Data,
    /// Waiting orders fill at the open.
    Open,
    /// The strategy decides.
    Entry,
    /// Stops and targets are tested.
    Exits,
    /// Queued writes are committed.
    Close,
    /// The manager decides.
    Manage,
    /// The row of the bar is written.
    Portfolio,
}

impl Phase {
    /// Its name in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Data => "DATA",
            Self::Open => "OPEN",
            Self::Entry => "ENTRY",
            Self::Exits => "EXITS",
            Self::Close => "CLOSE",
            Self::Manage => "MANAGE",
            Self::Portfolio => "PORTFOLIO",
        }
    }
}

/// What happened to an order apart from its fill and exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It passed all checks and has a size.
    Accepted,
    /// A command was given in ENTRY and waits for CLOSE.
    Queued,
    /// A level or an expiry was committed.
    Written,
    /// A command came too late.
    Dropped,
    /// A command would break a rule of the market.
    Refused,
    /// Its time or the data ended before the fill.
    Expired,
    /// It was called off before the fill.
    Cancelled,
    /// Its trade was marked ambiguous.
    Marked,
    /// What would have marked it was decided by lower bars, and it stays open (X3.drilldown_open).
    Cleared,
}

impl Action {
    /// Its name in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Written => "written",
            Self::Dropped => "dropped",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Marked => "marked",
            Self::Cleared => "cleared",
        }
    }
}

/// What a conversion is made for (P5.direct).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// The size and 1R of a new order.
    Acceptance,
    /// A fill after that.
    Fill,
    /// An exit.
    Exit,
    /// A night's swap.
    Swap,
    /// The margin of a fill.
    Margin,
}

impl Use {
    /// Its name in events.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acceptance => "acceptance",
            Self::Fill => "fill",
            Self::Exit => "exit",
            Self::Swap => "swap",
            Self::Margin => "margin",
        }
    }
}

/// What an event tells, with values of its kind.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the schema of events describes each field")]
pub enum EventKind {
    /// A bar becomes visible.
    Bar {
        symbol: Arc<str>,
        bid: Candle,
        ask: Candle,
    },
    /// A signal as it was given.
    Signal {
        order_id: u64,
        symbol: Arc<str>,
        direction: Direction,
        order_type: OrderType,
        entry_price: Option<f64>,
        stop_loss: Option<f64>,
        take_profit: Option<f64>,
        expires_at_us: Option<i64>,
        max_bars: Option<u64>,
        oco: Option<Arc<str>>,
    },
    /// A rule stood against a signal.
    Rejection {
        order_id: u64,
        symbol: Arc<str>,
        field: &'static str,
        value: Option<Value>,
        expected: String,
    },
    /// Something happened to an order.
    Order {
        order_id: u64,
        action: Action,
        symbol: Arc<str>,
        direction: Direction,
        order_type: OrderType,
        status: &'static str,
        reference: f64,
        unit_value: f64,
        risk: Option<f64>,
        size: f64,
        stop_loss: Option<f64>,
        take_profit: Option<f64>,
        entry: Option<f64>,
        expires_at_us: Option<i64>,
        max_bars: Option<u64>,
        oco: Option<Arc<str>>,
        field: Option<&'static str>,
    },
    /// An order became a position.
    Fill {
        order_id: u64,
        symbol: Arc<str>,
        direction: Direction,
        at: FillAt,
        raw: f64,
        price: f64,
        size: f64,
        fee: f64,
        stop_loss: Option<f64>,
        take_profit: Option<f64>,
    },
    /// A position or a part of one was closed.
    Exit {
        order_id: u64,
        symbol: Arc<str>,
        direction: Direction,
        raw: f64,
        price: f64,
        size: f64,
        part: u64,
        remaining: f64,
        reason: &'static str,
        result: f64,
        r_multiple: Option<f64>,
        exit_fee: f64,
        ambiguous: bool,
    },
    /// An amount was converted into the account's currency.
    Rate {
        order_id: u64,
        symbol: Arc<str>,
        purpose: Use,
        from: Arc<str>,
        to: Arc<str>,
        route: Route,
        amount: f64,
        converted: f64,
        age_us: Option<i64>,
        stale: bool,
    },
    /// A fill ties up margin.
    Margin {
        order_id: u64,
        symbol: Arc<str>,
        margin: f64,
        used: f64,
        equity: Option<f64>,
    },
    /// Cash changed.
    Ledger {
        entry: Cow<'static, str>,
        order_id: u64,
        amount: f64,
        cash: f64,
    },
    /// The row of the bar.
    Equity {
        cash: f64,
        equity: f64,
        equity_worst: f64,
        drawdown: f64,
        max_equity: f64,
    },
}

/// One value of an event on its way to JSON or to another language.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A binary64 number.
    Float(f64),
    /// A text.
    Text(String),
}

/// One thing decided, with its place in the run.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Place among all events, from 0.
    pub seq: u64,
    /// Absolute bar index; `None` outside a run.
    pub bar: Option<usize>,
    /// Open of the bar; `None` outside a run.
    pub time_us: Option<i64>,
    /// Phase of the bar; `None` outside a run.
    pub phase: Option<Phase>,
    /// The rule that decided, or an empty text.
    pub rule: &'static str,
    /// What it tells.
    pub kind: EventKind,
}

#[derive(Debug, Default)]
struct Log {
    events: Vec<Event>,
    bar: Option<usize>,
    time_us: Option<i64>,
    phase: Option<Phase>,
}

/// Collects the events of a run, in order; several owners may share one.
#[derive(Debug, Clone, Default)]
pub struct Tracer(Option<Arc<Mutex<Log>>>);

impl Tracer {
    /// A tracer that records nothing.
    #[must_use]
    pub fn discard() -> Self {
        Self(None)
    }

    /// A tracer that keeps every event.
    #[must_use]
    pub fn collect() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether events are kept.
    #[must_use]
    #[inline]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    fn log(&self) -> Option<MutexGuard<'_, Log>> {
        // A log is whole after every statement below, so a panic elsewhere cannot have torn it.
        self.0
            .as_ref()
            .map(|log| log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says which bar the following events belong to.
    #[inline]
    pub fn begin_bar(&self, bar: Option<usize>, time_us: Option<i64>) {
        if let Some(mut log) = self.log() {
            log.bar = bar;
            log.time_us = time_us;
        }
    }

    /// Says which phase of the bar the following events belong to.
    #[inline]
    pub fn begin_phase(&self, phase: Option<Phase>) {
        if let Some(mut log) = self.log() {
            log.phase = phase;
        }
    }

    /// Records one event; `kind` is only made if events are kept.
    #[inline]
    pub fn emit(&self, rule: &'static str, kind: impl FnOnce() -> EventKind) {
        if let Some(mut log) = self.log() {
            let event = Event {
                seq: log.events.len() as u64,
                bar: log.bar,
                time_us: log.time_us,
                phase: log.phase,
                rule,
                kind: kind(),
            };
            log.events.push(event);
        }
    }

    /// Number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.log().map_or(0, |log| log.events.len())
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy of all events.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events_from(0)
    }

    /// A copy of the events from a place on.
    #[must_use]
    pub fn events_from(&self, seq: usize) -> Vec<Event> {
        self.log().map_or_else(Vec::new, |log| {
            log.events.get(seq..).unwrap_or_default().to_vec()
        })
    }

    /// Forgets all events.
    pub fn clear(&self) {
        if let Some(mut log) = self.log() {
            log.events.clear();
        }
    }
}
