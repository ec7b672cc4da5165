//! Expected values against found ones: numbers as their 64 bits, never as text.

use fillproof_engine::errors::{EngineError, Value};
use fillproof_engine::positions::Position;
use fillproof_engine::trace::{Event, FieldValue};
use serde_json::Value as Json;

/// Whether an expected value is the one that was found.
pub fn same(expected: &Json, found: &FieldValue) -> bool {
    match found {
        FieldValue::Null => expected.is_null(),
        FieldValue::Bool(found) => expected.as_bool() == Some(*found),
        FieldValue::Int(found) => expected.as_i64() == Some(*found),
        FieldValue::Float(found) => expected
            .as_str()
            .and_then(|text| text.parse::<f64>().ok())
            .is_some_and(|x| x.to_bits() == found.to_bits() || (x.is_nan() && found.is_nan())),
        FieldValue::Text(found) => expected.as_str() == Some(found),
    }
}

/// Compares the keys that are given with the fields that were found.
pub fn keys(expected: &Json, found: &[(&'static str, FieldValue)]) -> Result<(), String> {
    let expected = expected.as_object().ok_or("an object was expected")?;
    for (key, value) in expected {
        let found = found.iter().find(|(name, _)| name == key);
        match found {
            Some((_, found)) if same(value, found) => {}
            Some((_, found)) => return Err(format!("{key} is {found:?}, not {value}")),
            None => return Err(format!("there is no {key}")),
        }
    }
    Ok(())
}

/// An exit by one of these rules says by itself that the trade is marked.
const SAID_BY_EXIT: &str = "X3.";

fn is_tie(event: &Json) -> bool {
    let rule = event["rule"].as_str().unwrap_or("");
    event["action"] == "marked" && rule.starts_with(SAID_BY_EXIT)
}

/// Whether a case has to list an event: all that decides, and the kinds that it lists at all.
fn is_told(expected: &[Json], event: &Event, fields: &[(&'static str, FieldValue)]) -> bool {
    let kind = event.kind.name();
    let action = fields.iter().find(|(name, _)| *name == "action");
    let is_action = |word: &str| action.is_some_and(|(_, a)| same(&Json::from(word), a));
    match kind {
        "fill" | "exit" | "rejection" => true,
        "order" if is_action("accepted") => {
            expected.iter().any(|event| event["action"] == "accepted")
        }
        "order" if is_action("marked") && event.rule.starts_with(SAID_BY_EXIT) => {
            expected.iter().any(is_tie)
        }
        "order" => true,
        other => expected.iter().any(|event| event["kind"] == other),
    }
}

/// Compares the events that a case lists with those of the run.
///
/// Fills, exits, rejections and what became of orders always count; signals, ledger entries, accepted
/// orders and marks of ties only where the case lists some.
pub fn events(expected: &[Json], found: &[Event]) -> Result<(), String> {
    for event in found {
        is_written(event)?;
    }
    let found: Vec<_> = found
        .iter()
        .map(|event| (event, event.fields()))
        .filter(|(event, fields)| is_told(expected, event, fields))
        .collect();
    for (place, expected) in expected.iter().enumerate() {
        let Some((_, fields)) = found.get(place) else {
            return Err(format!("event {place} is missing: {expected}"));
        };
        keys(expected, fields).map_err(|d| format!("event {place}: {d}; found {fields:?}"))?;
    }
    match found.get(expected.len()) {
        Some((_, fields)) => Err(format!("one event too many: {fields:?}")),
        None => Ok(()),
    }
}

/// Whether the line of an event says what its fields say.
fn is_written(event: &Event) -> Result<(), String> {
    let line = event.to_json_line();
    let read: Json = serde_json::from_str(&line).map_err(|error| format!("{error} in {line}"))?;
    let number = read.as_object().map_or(0, serde_json::Map::len);
    let fields = event.fields();
    if number != fields.len() {
        return Err(format!("{number} of {} fields in {line}", fields.len()));
    }
    keys(&read, &fields).map_err(|difference| format!("{difference} in {line}"))
}

/// Compares an expected error with the one that was raised.
pub fn error(expected: &Json, found: &EngineError) -> Result<(), String> {
    let text = |text: Option<&str>| text.map_or(FieldValue::Null, FieldValue::from);
    let value = match (&found.value, &expected["value"]) {
        // A number that Python's face shows as text has no bits to compare.
        (Some(Value::Int(value)), Json::String(_)) => FieldValue::Text(value.to_string()),
        (value, _) => value.clone().into(),
    };
    let fields = [
        ("code", found.code.as_str().into()),
        ("bar", found.bar.into()),
        ("symbol", text(found.symbol.as_deref())),
        ("field", text(found.field.as_deref())),
        ("value", value),
    ];
    keys(expected, &fields).map_err(|difference| format!("{difference}; raised {found:?}"))
}

/// What a position shows, under the names of its face.
pub fn face(position: &Position) -> Vec<(&'static str, FieldValue)> {
    vec![
        ("order_id", position.order_id.into()),
        ("symbol", (&*position.symbol).into()),
        ("direction", position.direction.as_str().into()),
        ("order_type", position.order_type.as_str().into()),
        ("status", position.status().into()),
        ("is_closed", position.is_closed().into()),
        ("entry_time_us", position.entry_time_us.into()),
        ("trigger_time_us", position.trigger_time_us().into()),
        ("exit_time_us", position.exit_time_us().into()),
        ("entry_price", position.entry_price().into()),
        ("exit_price", position.exit_price().into()),
        ("stop_loss", position.stop_loss.into()),
        ("take_profit", position.take_profit.into()),
        ("initial_stop_loss", position.initial_stop_loss.into()),
        ("initial_take_profit", position.initial_take_profit.into()),
        ("size", position.size.into()),
        ("reference", position.reference.into()),
        ("unit_value", position.unit_value.into()),
        ("risk_per_trade", position.risk_per_trade.into()),
        ("entry_fee", position.entry_fee().into()),
        ("exit_fee", position.exit_fee().into()),
        ("result", position.result().into()),
        ("net_result", position.net_result().into()),
        ("swap", position.swap.into()),
        ("r_multiple", position.r_multiple().into()),
        (
            "reason",
            position.reason().map(|reason| reason.as_str()).into(),
        ),
        ("entry_rule", position.entry_rule().into()),
        ("exit_rule", position.exit_rule().into()),
        ("ambiguous", position.ambiguous().into()),
        ("initial_size", position.initial_size.into()),
        ("part", position.part.into()),
        ("max_bars", position.max_bars().into()),
        ("oco", position.oco().map(|name| &**name).into()),
    ]
}
