//! Where the levels of an order may lie (rules S3.sides, S3.distance).

use crate::arithmetic::{distance, larger, smaller, ticks};
use crate::errors::{Value, float_text};
use crate::positions::Level;
use crate::quotes::Quote;
use crate::rule_ids::{S3_DISTANCE, S3_SIDES, S3_SIDES_WAITING};
use crate::symbols::SymbolSpec;

/// What breaks a rule of the market.
#[derive(Debug, Clone, PartialEq)]
pub struct Breach {
    /// The rule.
    pub rule: &'static str,
    /// Name of the field that breaks it.
    pub field: &'static str,
    /// The value that breaks it; `None` where one is missing.
    pub value: Option<Value>,
    /// What would have been accepted.
    pub expected: String,
}

/// Checks that a long's stop is below and its target above both prices; strict (S3.sides).
///
/// ```
/// # use fillproof_engine::{orders::check_sides, positions::Level};
/// let breach = check_sides(1.0, Level::StopLoss, Some(1.1), 1.1, 1.1001);
/// assert_eq!(breach.unwrap().expected, "< 1.1");
/// assert!(check_sides(-1.0, Level::StopLoss, Some(1.2), 1.1, 1.1001).is_none());
/// ```
#[must_use]
pub fn check_sides(
    sign: f64,
    field: Level,
    level: Option<f64>,
    bid: f64,
    ask: f64,
) -> Option<Breach> {
    let level = level?;
    let wants_below = (field == Level::StopLoss) == (sign > 0.0);
    let bound = if wants_below {
        smaller(bid, ask)
    } else {
        larger(bid, ask)
    };
    check_bound(S3_SIDES, field, level, wants_below, bound)
}

/// Checks that a waiting order's stop and target are on their sides of the entry; strict.
///
/// ```
/// # use fillproof_engine::{orders::check_sides_waiting, positions::Level};
/// let breach = check_sides_waiting(1.0, Level::TakeProfit, Some(1.1), 1.1);
/// assert_eq!(breach.unwrap().expected, "> 1.1");
/// ```
#[must_use]
pub fn check_sides_waiting(
    sign: f64,
    field: Level,
    level: Option<f64>,
    entry: f64,
) -> Option<Breach> {
    let wants_below = (field == Level::StopLoss) == (sign > 0.0);
    check_bound(S3_SIDES_WAITING, field, level?, wants_below, entry)
}

fn check_bound(
    rule: &'static str,
    field: Level,
    level: f64,
    wants_below: bool,
    bound: f64,
) -> Option<Breach> {
    let (holds, relation) = if wants_below {
        (level < bound, '<')
    } else {
        (level > bound, '>')
    };
    (!holds).then(|| Breach {
        rule,
        field: field.as_str(),
        value: Some(Value::Float(level)),
        expected: format!("{relation} {}", float_text(bound)),
    })
}

/// Checks the least distance from the reference price, never 0 (S3.distance).
///
/// In whole ticks where the symbol has digits, else in price units.
#[must_use]
pub fn check_distance(
    field: Level,
    level: Option<f64>,
    reference: f64,
    spec: Option<&SymbolSpec>,
) -> Option<Breach> {
    let level = level?;
    let (apart, least, unit) = match spec.and_then(|spec| Some((spec, spec.digits?))) {
        Some((spec, digits)) => (
            ticks(reference, level, digits),
            larger(1.0, ticks(spec.min_stop_distance, 0.0, digits)),
            " ticks",
        ),
        None => (
            distance(reference, level),
            spec.map_or(0.0, |spec| spec.min_stop_distance),
            "",
        ),
    };
    if apart > 0.0 && apart >= least {
        return None;
    }
    Some(Breach {
        rule: S3_DISTANCE,
        field: field.as_str(),
        value: Some(Value::Float(level)),
        expected: format!(
            "at least {}{unit} from {}",
            float_text(least),
            float_text(reference)
        ),
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

/// Checks the sides and distances of a limit or stop order from its entry (S3).
pub(crate) fn check_waiting(
    sign: f64,
    stop: Option<f64>,
    target: Option<f64>,
    entry: f64,
    spec: Option<&SymbolSpec>,
) -> Option<Breach> {
    check_sides_waiting(sign, Level::StopLoss, stop, entry)
        .or_else(|| check_sides_waiting(sign, Level::TakeProfit, target, entry))
        .or_else(|| check_distance(Level::StopLoss, stop, entry, spec))
        .or_else(|| check_distance(Level::TakeProfit, target, entry, spec))
}
