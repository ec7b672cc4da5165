//! Expressions as a list of steps, each different one once.
//!
//! Python's `fillproof.expressions` writes the document that is read here; it has checked most of
//! it, and what a step needs to be sure of is checked again.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::errors::{EngineError, ErrorCode, Result};
use crate::expressions::streams::{self, Indicator};
use crate::sessions::{WEEKDAYS, Window, to_window};
use crate::signals::OrderType;

const FORMAT: &str = "fillproof.strategy";
const VERSION: u64 = 1;
const SIDES: [&str; 2] = ["bid", "ask"];

/// Place of a step among the steps.
pub type Place = usize;

/// A column of candles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Volume.
    Volume,
}

const FIELDS: [(&str, Field); 5] = [
    ("open", Field::Open),
    ("high", Field::High),
    ("low", Field::Low),
    ("close", Field::Close),
    ("volume", Field::Volume),
];

/// A number made of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Minimum,
    Maximum,
}

const NUMBERS: [(&str, Arithmetic); 6] = [
    ("add", Arithmetic::Add),
    ("subtract", Arithmetic::Subtract),
    ("multiply", Arithmetic::Multiply),
    ("divide", Arithmetic::Divide),
    ("minimum", Arithmetic::Minimum),
    ("maximum", Arithmetic::Maximum),
];

/// A condition made of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Comparison {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    CrossesAbove,
    CrossesBelow,
    Crosses,
}

const COMPARISONS: [(&str, Comparison); 9] = [
    ("less", Comparison::Less),
    ("less_equal", Comparison::LessEqual),
    ("greater", Comparison::Greater),
    ("greater_equal", Comparison::GreaterEqual),
    ("equal", Comparison::Equal),
    ("not_equal", Comparison::NotEqual),
    ("crosses_above", Comparison::CrossesAbove),
    ("crosses_below", Comparison::CrossesBelow),
    ("crosses", Comparison::Crosses),
];

impl Comparison {
    /// Whether it looks at the bar before, too.
    #[must_use]
    pub fn crosses(self) -> bool {
        matches!(
            self,
            Self::CrossesAbove | Self::CrossesBelow | Self::Crosses
        )
    }
}

/// One thing to compute, from the steps at some places.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The same number at each bar.
    Constant(f64),
    /// A column of a series.
    Price(usize, Field),
    /// An indicator of a series.
    Indicator(usize, Indicator),
    /// One line of an indicator that has several.
    Line(Place, usize),
    /// The number with the other sign.
    Negative(Place),
    /// The number without its sign.
    Absolute(Place),
    /// Two numbers joined.
    Number(Arithmetic, Place, Place),
    /// Two numbers compared.
    Compare(Comparison, Place, Place),
    /// Both of two conditions.
    And(Place, Place),
    /// Either of two conditions.
    Or(Place, Place),
    /// The opposite of a condition.
    Not(Place),
    /// The number of so many bars before.
    ShiftNumber(Place, usize),
    /// The condition of so many bars before.
    ShiftCondition(Place, usize),
    /// The highest of so many last numbers.
    Highest(Place, i64),
    /// The lowest of so many last numbers.
    Lowest(Place, i64),
    /// A number where a condition is true, another where it is not.
    Where(Place, Place, Place),
    /// Whether the end of the bar lies in a window.
    Between(Window),
    /// Whether the bar ends on one of some days, 0 for Monday.
    Weekday(Vec<i64>),
}

impl Step {
    /// Whether it is true or false, not a number.
    #[must_use]
    pub fn is_condition(&self) -> bool {
        matches!(
            self,
            Self::Compare(..)
                | Self::And(..)
                | Self::Or(..)
                | Self::Not(_)
                | Self::ShiftCondition(..)
                | Self::Between(_)
                | Self::Weekday(_)
        )
    }
}

impl Step {
    /// The steps that it is computed from.
    pub(super) fn reads(&self) -> impl Iterator<Item = Place> {
        let places = match *self {
            Self::Constant(_)
            | Self::Price(..)
            | Self::Indicator(..)
            | Self::Between(_)
            | Self::Weekday(_) => [None; 3],
            Self::Line(of, _)
            | Self::Negative(of)
            | Self::Absolute(of)
            | Self::Not(of)
            | Self::ShiftNumber(of, _)
            | Self::ShiftCondition(of, _)
            | Self::Highest(of, _)
            | Self::Lowest(of, _) => [Some(of), None, None],
            Self::Number(_, left, right)
            | Self::Compare(_, left, right)
            | Self::And(left, right)
            | Self::Or(left, right) => [Some(left), Some(right), None],
            Self::Where(condition, then, otherwise) => {
                [Some(condition), Some(then), Some(otherwise)]
            }
        };
        places.into_iter().flatten()
    }
}

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

/// The error of a value at a place inside the document.
pub(super) fn refused(path: &str, value: &Value, expected: &str) -> EngineError {
    let mut shown = value.to_string();
    if let Some((cut, _)) = shown.char_indices().nth(117) {
        shown.truncate(cut);
        shown.push_str("...");
    }
    EngineError::new(ErrorCode::ExpressionInvalid)
        .in_field(path)
        .with_value(&*shown)
        .expecting(expected)
}

fn be(good: bool, path: &str, value: &Value, expected: &str) -> Result<()> {
    if good {
        Ok(())
    } else {
        Err(refused(path, value, expected))
    }
}

/// A field of a node.
fn at<'a>(plain: &'a Value, name: &str, path: &str) -> Result<&'a Value> {
    let found = plain.get(name);
    found.ok_or_else(|| refused(path, plain, &format!("an object with \"{name}\"")))
}

fn text_at<'a>(plain: &'a Value, name: &str, path: &str) -> Result<&'a str> {
    let value = at(plain, name, path)?;
    value.as_str().ok_or_else(|| refused(path, value, "text"))
}

fn optional_text(plain: &Value, name: &str, path: &str) -> Result<Option<Box<str>>> {
    match plain.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str().into())),
        Some(other) => Err(refused(path, other, "text or null")),
    }
}

/// Reads a stop or target; pips are a distance: count * `pip_size` (Q.distance).
fn level(tree: &mut Tree, plain: &Value, path: &str) -> Result<Level> {
    let below = |name: &str| format!("{path}.{name}");
    match plain.get("node").and_then(Value::as_str) {
        Some("pips") => {
            let count = number(tree, at(plain, "count", path)?, &below("count"))?;
            let size = at(plain, "pip_size", path)?;
            let size = size
                .as_f64()
                .ok_or_else(|| refused(path, size, "a number"))?;
            let size = tree.step(Step::Constant(size));
            let step = Step::Number(Arithmetic::Multiply, count, size);
            Ok(Level::Distance(tree.step(step)))
        }
        Some("distance") => {
            let of = number(tree, at(plain, "of", path)?, &below("of"))?;
            Ok(Level::Distance(of))
        }
        Some("r_multiple") => {
            let count = number(tree, at(plain, "count", path)?, &below("count"))?;
            Ok(Level::RMultiple(count))
        }
        _ => Ok(Level::Price(number(tree, plain, path)?)),
    }
}

fn number(tree: &mut Tree, plain: &Value, path: &str) -> Result<Place> {
    let place = read(tree, plain, path)?;
    be(!tree.steps[place].is_condition(), path, plain, "numbers")?;
    Ok(place)
}

fn condition(tree: &mut Tree, plain: &Value, path: &str) -> Result<Place> {
    let place = read(tree, plain, path)?;
    be(tree.steps[place].is_condition(), path, plain, "a condition")?;
    Ok(place)
}

/// Reads a node and what lies below it.
fn read(tree: &mut Tree, plain: &Value, path: &str) -> Result<Place> {
    let node = text_at(plain, "node", path)?;
    let below = |name: &str| -> Result<(&Value, String)> {
        Ok((at(plain, name, path)?, format!("{path}.{name}")))
    };
    let numbers = |tree: &mut Tree| -> Result<(Place, Place)> {
        let ((left, left_path), (right, right_path)) = (below("left")?, below("right")?);
        Ok((
            number(tree, left, &left_path)?,
            number(tree, right, &right_path)?,
        ))
    };
    if let Some((_, op)) = NUMBERS.iter().find(|(name, _)| *name == node) {
        let (left, right) = numbers(tree)?;
        return Ok(tree.step(Step::Number(*op, left, right)));
    }
    if let Some((_, op)) = COMPARISONS.iter().find(|(name, _)| *name == node) {
        let (left, right) = numbers(tree)?;
        return Ok(tree.step(Step::Compare(*op, left, right)));
    }
    let step = match node {
        "and" | "or" => {
            let ((left, left_path), (right, right_path)) = (below("left")?, below("right")?);
            let left = condition(tree, left, &left_path)?;
            let right = condition(tree, right, &right_path)?;
            if node == "and" {
                Step::And(left, right)
            } else {
                Step::Or(left, right)
            }
        }
        "constant" | "param" => {
            let name = if node == "param" { "default" } else { "value" };
            let (value, path) = below(name)?;
            let value = value
                .as_f64()
                .ok_or_else(|| refused(&path, value, "a number"))?;
            Step::Constant(value + 0.0)
        }
        "price" => {
            let (field, path) = below("field")?;
            let known = FIELDS.iter().find(|(name, _)| field.as_str() == Some(name));
            let known = known.ok_or_else(|| refused(&path, field, "a column of candles"))?;
            Step::Price(series(tree, plain, &path)?, known.1)
        }
        "indicator" => return read_indicator(tree, plain, path),
        "negative" | "absolute" => {
            let (of, path) = below("of")?;
            let of = number(tree, of, &path)?;
            if node == "negative" {
                Step::Negative(of)
            } else {
                Step::Absolute(of)
            }
        }
        "not" => {
            let (of, path) = below("of")?;
            Step::Not(condition(tree, of, &path)?)
        }
        "shift" => {
            let (of, of_path) = below("of")?;
            let of = read(tree, of, &of_path)?;
            let bars = usize::try_from(bars(plain, path, 0)?).unwrap_or(usize::MAX);
            if tree.steps[of].is_condition() {
                Step::ShiftCondition(of, bars)
            } else {
                Step::ShiftNumber(of, bars)
            }
        }
        "highest" | "lowest" => {
            let (of, of_path) = below("of")?;
            let (of, bars) = (number(tree, of, &of_path)?, bars(plain, path, 1)?);
            if node == "highest" {
                Step::Highest(of, bars)
            } else {
                Step::Lowest(of, bars)
            }
        }
        "where" => {
            let (if_true, if_path) = below("condition")?;
            let if_true = condition(tree, if_true, &if_path)?;
            let (then, then_path) = below("then")?;
            let then = number(tree, then, &then_path)?;
            let (otherwise, otherwise_path) = below("otherwise")?;
            Step::Where(if_true, then, number(tree, otherwise, &otherwise_path)?)
        }
        "between" => {
            let (start, end) = (text_at(plain, "start", path)?, text_at(plain, "end", path)?);
            Step::Between(to_window(start, end, path)?)
        }
        "weekday" => Step::Weekday(days(plain, path)?),
        _ => {
            let node = &plain["node"];
            return Err(refused(&format!("{path}.node"), node, "the name of a node"));
        }
    };
    Ok(tree.step(step))
}

fn series(tree: &mut Tree, plain: &Value, path: &str) -> Result<usize> {
    let side = at(plain, "side", path)?;
    let known = SIDES.into_iter().find(|known| side.as_str() == Some(known));
    let made = Series {
        symbol: optional_text(plain, "symbol", path)?,
        timeframe: optional_text(plain, "timeframe", path)?,
        side: known.ok_or_else(|| refused(path, side, "bid or ask"))?,
    };
    let found = tree.series.iter().position(|series| *series == made);
    Ok(found.unwrap_or_else(|| {
        tree.series.push(made);
        tree.series.len() - 1
    }))
}

/// Reads an indicator; lines of one are taken from the same step.
fn read_indicator(tree: &mut Tree, plain: &Value, path: &str) -> Result<Place> {
    let name = text_at(plain, "name", path)?;
    let settings = at(plain, "settings", path)?;
    let none = Map::new();
    let settings = settings.as_object().unwrap_or(&none);
    let indicator = streams::read(name, settings, path)?;
    let lines = indicator.lines();
    let series = series(tree, plain, path)?;
    let whole = tree.step(Step::Indicator(series, indicator));
    if lines.is_empty() {
        return Ok(whole);
    }
    let line = at(plain, "line", path)?;
    let place = lines.iter().position(|name| line.as_str() == Some(name));
    let place = place.ok_or_else(|| refused(path, line, &lines.join(" or ")))?;
    Ok(tree.step(Step::Line(whole, place)))
}

/// A plain value, or what a parameter stands for.
pub(super) fn setting(plain: &Value) -> &Value {
    plain.get("default").unwrap_or(plain)
}

fn bars(plain: &Value, path: &str, least: i64) -> Result<i64> {
    let value = setting(at(plain, "bars", path)?);
    let found = value.as_i64().filter(|&bars| bars >= least);
    let expected = format!("a whole number >= {least}");
    found.ok_or_else(|| refused(&format!("{path}.bars"), value, &expected))
}

fn days(plain: &Value, path: &str) -> Result<Vec<i64>> {
    let given = at(plain, "days", path)?;
    let listed = given.as_array().filter(|days| !days.is_empty());
    let day = |day: &Value| {
        let place = WEEKDAYS
            .iter()
            .position(|name| day.as_str() == Some(name))?;
        i64::try_from(place).ok()
    };
    let read = listed.and_then(|days| days.iter().map(day).collect());
    read.ok_or_else(|| refused(path, given, &WEEKDAYS.join(" or ")))
}
