//! Reads the nodes of a document into the steps of a tree.

use serde_json::{Map, Value};

use super::{Level, SIDES, Series, Tree};
use crate::errors::{EngineError, ErrorCode, Result};
use crate::expressions::steps::{Arithmetic, COMPARISONS, FIELDS, NUMBERS, Place, Step};
use crate::expressions::streams;
use crate::sessions::{WEEKDAYS, to_window};

/// The error of a value at a place inside the document.
pub(in crate::expressions) fn refused(path: &str, value: &Value, expected: &str) -> EngineError {
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

pub(super) fn be(good: bool, path: &str, value: &Value, expected: &str) -> Result<()> {
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

pub(super) fn text_at<'a>(plain: &'a Value, name: &str, path: &str) -> Result<&'a str> {
    let value = at(plain, name, path)?;
    value.as_str().ok_or_else(|| refused(path, value, "text"))
}

pub(super) fn optional_text(plain: &Value, name: &str, path: &str) -> Result<Option<Box<str>>> {
    match plain.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str().into())),
        Some(other) => Err(refused(path, other, "text or null")),
    }
}

/// Reads a stop or target; pips are a distance: count * `pip_size` (Q.distance).
pub(super) fn level(tree: &mut Tree, plain: &Value, path: &str) -> Result<Level> {
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

pub(super) fn number(tree: &mut Tree, plain: &Value, path: &str) -> Result<Place> {
    let place = read(tree, plain, path)?;
    be(!tree.steps[place].is_condition(), path, plain, "numbers")?;
    Ok(place)
}

pub(super) fn condition(tree: &mut Tree, plain: &Value, path: &str) -> Result<Place> {
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
pub(in crate::expressions) fn setting(plain: &Value) -> &Value {
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
