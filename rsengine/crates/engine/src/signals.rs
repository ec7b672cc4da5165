//! What a strategy asks for, and the rows that record what became of it (S1).

use std::ops::Range;
use std::sync::Arc;

use crate::candles::Candle;
use crate::errors::{EngineError, ErrorCode, Result};

/// The largest number of bars that an order may wait.
pub const MAX_BARS_MOST: u64 = (1 << 31) - 1;

/// Which way a position earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Earns when the price rises: opens on the ask, closes on the bid (T3).
    Long,
    /// Earns when the price falls: opens on the bid, closes on the ask (T3).
    Short,
}

impl Direction {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }

    /// 1 for a long, -1 for a short.
    #[must_use]
    pub fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }

    /// Whether this is the long direction.
    #[must_use]
    pub fn is_long(self) -> bool {
        self == Self::Long
    }

    /// Reads a raw signal's direction (S1).
    ///
    /// # Errors
    /// `DIRECTION_UNKNOWN`.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "long" | "buy" => Ok(Self::Long),
            "short" | "sell" => Ok(Self::Short),
            other => Err(EngineError::new(ErrorCode::DirectionUnknown)
                .in_field("direction")
                .with_value(other)
                .expecting("buy, sell, long or short")),
        }
    }
}

/// How an order becomes a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderType {
    /// Fills at the close of its bar, at the open of the next or at its own price (E1).
    Market,
    /// Waits until the price is as good as its entry (E2).
    Limit,
    /// Waits until the price has gone to its entry (E2).
    Stop,
}

impl OrderType {
    /// All types, in the order of the law.
    pub const ALL: [Self; 3] = [Self::Market, Self::Limit, Self::Stop];

    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit => "limit",
            Self::Stop => "stop",
        }
    }

    /// Whether it waits for a price of its own.
    #[must_use]
    #[inline]
    pub fn waits(self) -> bool {
        self != Self::Market
    }

    /// Reads a signal's type (S1).
    ///
    /// # Errors
    /// `TYPE_UNKNOWN`.
    pub fn parse(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == text);
        found.ok_or_else(|| {
            EngineError::new(ErrorCode::TypeUnknown)
                .in_field("type")
                .with_value(text)
                .expecting("market, limit, stop")
        })
    }
}

/// A signal in the form that an executor takes.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeSignal {
    /// Long or short.
    pub direction: Direction,
    /// Level of a limit or stop order; of a market order recorded, and the price of the fill with
    /// `MarketFill::Signal`.
    pub entry_price: Option<f64>,
    /// Price of the stop, if there is one.
    pub stop_loss: Option<f64>,
    /// Price of the target, if there is one.
    pub take_profit: Option<f64>,
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Moment at which the signal's bar opens.
    pub timestamp_us: i64,
    /// How the order becomes a position.
    pub order_type: OrderType,
    /// The order is dead in bars at or after this time (E3.expired).
    pub expires_at_us: Option<i64>,
    /// So many bars the order may trigger in, at least 1 (E3.max_bars).
    pub max_bars: Option<u64>,
    /// Name that orders share of which the first to fill cancels the others (S4).
    pub oco: Option<Arc<str>>,
    /// Why the strategy signals, in its own words.
    pub reason: Option<Arc<str>>,
    /// The strategy's own marks.
    pub tags: Vec<Arc<str>>,
    /// The strategy's own name for the situation.
    pub scenario: Option<Arc<str>>,
}

impl TradeSignal {
    /// Whether it asks for options of its order (S1.order_options).
    #[must_use]
    pub(crate) fn has_options(&self) -> bool {
        self.expires_at_us.is_some() || self.max_bars.is_some() || self.oco.is_some()
    }

    /// A market order without a reason, tags or a scenario.
    #[must_use]
    pub fn market(
        direction: Direction,
        stop_loss: Option<f64>,
        take_profit: Option<f64>,
        symbol: &Arc<str>,
        timestamp_us: i64,
    ) -> Self {
        Self {
            direction,
            entry_price: None,
            stop_loss,
            take_profit,
            symbol: Arc::clone(symbol),
            timestamp_us,
            order_type: OrderType::Market,
            expires_at_us: None,
            max_bars: None,
            oco: None,
            reason: None,
            tags: Vec::new(),
            scenario: None,
        }
    }
}

/// A signal in the words of a strategy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawSignal {
    /// `buy`, `sell`, `long` or `short`.
    pub direction: Box<str>,
    /// Price of the entry; absent in a market order: the opening side's close.
    pub entry: Option<f64>,
    /// Price of the stop.
    pub sl: Option<f64>,
    /// Price of the target.
    pub tp: Option<f64>,
    /// Trading symbol; absent: that of the slice.
    pub symbol: Option<Arc<str>>,
    /// How the order becomes a position; absent: `market`.
    pub order_type: Option<Box<str>>,
    /// The order is dead in bars at or after this time.
    pub expires_at_us: Option<i64>,
    /// So many bars the order may trigger in.
    pub max_bars: Option<u64>,
    /// Name of its group.
    pub oco: Option<Arc<str>>,
    /// Why the strategy signals, in its own words.
    pub reason: Option<Arc<str>>,
}

/// Turns what a strategy asked for into a [`TradeSignal`] (S1).
///
/// `bid` and `ask` are the bar of the signal's symbol, `None` where it has none; `symbol` is taken
/// where the signal names none, `time` is the open of the bar.
///
/// # Errors
/// `DIRECTION_UNKNOWN`, `TYPE_UNKNOWN`.
pub fn normalise(
    raw: &RawSignal,
    bid: Option<&Candle>,
    ask: Option<&Candle>,
    symbol: &Arc<str>,
    bar: usize,
    time: i64,
) -> Result<TradeSignal> {
    let placed = |error: EngineError| error.at_bar(bar).for_symbol(symbol);
    let direction = Direction::parse(&raw.direction).map_err(placed)?;
    let order_type = raw.order_type.as_deref().unwrap_or("market");
    let order_type = OrderType::parse(order_type).map_err(placed)?;
    let opening_side = if direction.is_long() { ask } else { bid };
    Ok(TradeSignal {
        direction,
        entry_price: raw
            .entry
            .or_else(|| Some(opening_side.filter(|_| !order_type.waits())?.close)),
        stop_loss: raw.sl,
        take_profit: raw.tp,
        symbol: Arc::clone(raw.symbol.as_ref().unwrap_or(symbol)),
        timestamp_us: time,
        order_type,
        expires_at_us: raw.expires_at_us,
        max_bars: raw.max_bars,
        oco: raw.oco.clone(),
        reason: raw.reason.clone(),
        tags: Vec::new(),
        scenario: None,
    })
}

/// What became of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It became a position.
    Filled,
    /// It still waits for its fill.
    Pending,
    /// A rule of the market stood against it (S3).
    Rejected,
    /// Its time or the data ended before it filled (E3, X5).
    Expired,
    /// It was called off before it filled (L8, S4).
    Cancelled,
}

impl Outcome {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filled => "filled",
            Self::Pending => "pending",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One row for each signal that was processed, column by column; ids follow each other from row to
/// row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SignalColumns {
    /// Number of the order, from 1 (L7).
    pub order_id: Vec<u64>,
    /// Moment at which the signal's bar opens.
    pub time_us: Vec<i64>,
    /// Trading symbol.
    pub symbol: Vec<Arc<str>>,
    /// Long or short.
    pub direction: Vec<Direction>,
    /// How the order becomes a position.
    pub order_type: Vec<OrderType>,
    /// Entry as given.
    pub entry_price: Vec<Option<f64>>,
    /// Stop as given.
    pub stop_loss: Vec<Option<f64>>,
    /// Target as given.
    pub take_profit: Vec<Option<f64>>,
    /// What became of it.
    pub outcome: Vec<Outcome>,
    /// The rule that decided so.
    pub rule: Vec<&'static str>,
    /// Size in lots, where one was found.
    pub size: Vec<Option<f64>>,
}

impl SignalColumns {
    /// Number of signals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order_id.len()
    }

    /// Whether no signal was processed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order_id.is_empty()
    }

    /// Adds the row of a signal; what becomes of it is set later.
    pub(crate) fn push(&mut self, order_id: u64, time_us: i64, signal: &TradeSignal) {
        self.order_id.push(order_id);
        self.time_us.push(time_us);
        self.symbol.push(Arc::clone(&signal.symbol));
        self.direction.push(signal.direction);
        self.order_type.push(signal.order_type);
        // No -0.0 reaches a result (N4).
        let clean = |price: Option<f64>| price.map(|price| price + 0.0);
        self.entry_price.push(clean(signal.entry_price));
        self.stop_loss.push(clean(signal.stop_loss));
        self.take_profit.push(clean(signal.take_profit));
        self.outcome.push(Outcome::Rejected);
        self.rule.push("");
        self.size.push(None);
    }

    /// Ids ascend; an order taken over has no row (L9.restore).
    #[inline]
    fn row(&self, order_id: u64) -> usize {
        match self.order_id.last() {
            Some(&last) if last == order_id => self.len() - 1,
            _ => self.order_id.binary_search(&order_id).unwrap_or(usize::MAX),
        }
    }

    /// Makes room for more rows.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.order_id.reserve(more);
        self.time_us.reserve(more);
        self.symbol.reserve(more);
        self.direction.reserve(more);
        self.order_type.reserve(more);
        self.entry_price.reserve(more);
        self.stop_loss.reserve(more);
        self.take_profit.reserve(more);
        self.outcome.reserve(more);
        self.rule.reserve(more);
        self.size.reserve(more);
    }

    /// Adds rows of others.
    pub(crate) fn extend_from(&mut self, other: &Self, rows: Range<usize>) {
        self.order_id
            .extend_from_slice(&other.order_id[rows.clone()]);
        self.time_us.extend_from_slice(&other.time_us[rows.clone()]);
        self.symbol.extend_from_slice(&other.symbol[rows.clone()]);
        self.direction
            .extend_from_slice(&other.direction[rows.clone()]);
        self.order_type
            .extend_from_slice(&other.order_type[rows.clone()]);
        self.entry_price
            .extend_from_slice(&other.entry_price[rows.clone()]);
        self.stop_loss
            .extend_from_slice(&other.stop_loss[rows.clone()]);
        self.take_profit
            .extend_from_slice(&other.take_profit[rows.clone()]);
        self.outcome.extend_from_slice(&other.outcome[rows.clone()]);
        self.rule.extend_from_slice(&other.rule[rows.clone()]);
        self.size.extend_from_slice(&other.size[rows]);
    }

    /// The size recorded so far.
    pub(crate) fn size_of(&self, order_id: u64) -> Option<f64> {
        self.size.get(self.row(order_id)).copied().flatten()
    }

    /// Sets what became of a signal, and its size once it has one.
    pub(crate) fn decide(
        &mut self,
        order_id: u64,
        outcome: Outcome,
        rule: &'static str,
        size: Option<f64>,
    ) {
        let row = self.row(order_id);
        if row < self.len() {
            self.outcome[row] = outcome;
            self.rule[row] = rule;
            self.size[row] = size;
        }
    }
}
