//! Expressions as a list of steps, each different one once.
//!
//! Python's `fillproof.expressions` writes the document that is read here; it has checked most of
//! it, and what a step needs to be sure of is checked again.

mod reading;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use self::reading::{be, condition, level, number, optional_text, text_at};
pub(super) use self::reading::{refused, setting};
use crate::errors::Result;
pub use crate::expressions::steps::{Arithmetic, Comparison, Field, Place, Step};
use crate::signals::OrderType;

const FORMAT: &str = "fillproof.strategy";
const VERSION: u64 = 1;
const SIDES: [&str; 2] = ["bid", "ask"];

/// Candles that are read; `None`: those of the strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Trading symbol.
    pub symbol: Option<Box<str>>,
    /// Key of the candles.
    pub timeframe: Option<Box<str>>,
    /// `bid` or `ask`.
    pub side: &'static str,
}

/// A stop or target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// A price.
    Price(Place),
    /// So far from the entry.
    Distance(Place),
    /// So many times as far from the entry as the stop.
    RMultiple(Place),
}

/// The steps of a strategy, each after those it needs, and what is made of them.
#[derive(Debug, Clone)]
pub struct Tree {
    /// What is computed.
    pub steps: Vec<Step>,
    /// What is read; the first two are bid and ask of the strategy's own candles.
    pub series: Vec<Series>,
    /// When to buy.
    pub long: Option<Place>,
    /// When to sell.
    pub short: Option<Place>,
    /// Price of limit and stop orders.
    pub entry: Option<Place>,
    /// Where the stop lies.
    pub stop: Option<Level>,
    /// Where the target lies.
    pub target: Option<Level>,
    /// Of all signals.
    pub order_type: OrderType,
    /// Candles that are meant where a step names none; `None`: the bars of the run.
    pub timeframe: Option<Box<str>>,
    /// What is traded; `None`: the one symbol there is.
    pub symbol: Option<Box<str>>,
    /// Recorded with each signal.
    pub reason: Option<Arc<str>>,
    // What a step is -> where it stands.
    places: HashMap<String, Place>,
}

impl Tree {
    /// Whether a condition looks at the clock.
    #[must_use]
    pub fn has_sessions(&self) -> bool {
        let looks = |step: &Step| matches!(step, Step::Between(_) | Step::Weekday(_));
        self.steps.iter().any(looks)
    }

    /// Whether an indicator counts the candles of a series.
    #[must_use]
    pub(super) fn counts(&self, series: usize) -> bool {
        let of = |step: &Step| matches!(step, Step::Indicator(found, _) if *found == series);
        self.steps.iter().any(of)
    }

    /// The place of a step, a new one if there is none like it yet.
    fn step(&mut self, step: Step) -> Place {
        let next = self.steps.len();
        let place = *self.places.entry(format!("{step:?}")).or_insert(next);
        if place == next {
            self.steps.push(step);
        }
        place
    }
}

/// Reads a strategy of expressions from its JSON document.
///
/// # Errors
/// `EXPRESSION_INVALID` naming the place inside the document; those of an indicator's settings.
pub fn parse(text: &str) -> Result<Tree> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| refused("document", &Value::Null, &format!("JSON ({error})")))?;
    let good = document.get("format").and_then(Value::as_str) == Some(FORMAT)
        && document.get("version").and_then(Value::as_u64) == Some(VERSION);
    be(
        good,
        "format",
        &document,
        "\"fillproof.strategy\", version 1",
    )?;
    let mut tree = Tree {
        steps: Vec::new(),
        series: SIDES
            .map(|side| Series {
                symbol: None,
                timeframe: None,
                side,
            })
            .into(),
        long: None,
        short: None,
        entry: None,
        stop: None,
        target: None,
        order_type: OrderType::Market,
        timeframe: None,
        symbol: None,
        reason: None,
        places: HashMap::new(),
    };
    let given = |name: &str| document.get(name).filter(|value| !value.is_null());
    if let Some(plain) = given("long") {
        tree.long = Some(condition(&mut tree, plain, "long")?);
    }
    if let Some(plain) = given("short") {
        tree.short = Some(condition(&mut tree, plain, "short")?);
    }
    let some = tree.long.is_some() || tree.short.is_some();
    be(some, "long, short", &Value::Null, "a condition")?;
    if let Some(plain) = given("entry") {
        tree.entry = Some(number(&mut tree, plain, "entry")?);
    }
    if let Some(plain) = given("stop") {
        tree.stop = Some(level(&mut tree, plain, "stop")?);
    }
    if let Some(plain) = given("target") {
        tree.target = Some(level(&mut tree, plain, "target")?);
    }
    tree.order_type = OrderType::parse(text_at(&document, "type", "type")?)?;
    let expected = "a price, of waiting orders only";
    let has_entry = tree.entry.is_some();
    be(
        has_entry == tree.order_type.waits(),
        "entry",
        &Value::Null,
        expected,
    )?;
    let is_multiple = |level| matches!(level, Some(Level::RMultiple(_)));
    be(
        !is_multiple(tree.stop),
        "stop",
        &Value::Null,
        "a price or distance",
    )?;
    let counts = !is_multiple(tree.target) || tree.stop.is_some();
    be(counts, "target", &Value::Null, "a stop to count from")?;
    tree.timeframe = optional_text(&document, "timeframe", "timeframe")?;
    tree.symbol = optional_text(&document, "symbol", "symbol")?;
    tree.reason = optional_text(&document, "reason", "reason")?.map(Into::into);
    Ok(tree)
}
