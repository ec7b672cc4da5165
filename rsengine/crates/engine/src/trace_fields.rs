//! Events as names and values, in the order of their schema, and as lines of JSON.

use std::fmt::Write;

use crate::errors::{Value, float_text};
use crate::trace::{Event, EventKind, FieldValue};

impl From<f64> for FieldValue {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<bool> for FieldValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for FieldValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for FieldValue {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u64> for FieldValue {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for FieldValue {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<&str> for FieldValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Value> for FieldValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Int(value) => Self::Int(value),
            Value::Float(value) => Self::Float(value),
            Value::Text(value) => Self::Text(value),
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for FieldValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

type Fields = Vec<(&'static str, FieldValue)>;

/// Lists the named variables, or the given expressions, under their names.
macro_rules! fields {
    ($($name:ident $(= $value:expr)?),* $(,)?) => {
        vec![$((stringify!($name).trim_start_matches("r#"), fields!(@value $name $(= $value)?))),*]
    };
    (@value $name:ident) => { FieldValue::from(*$name) };
    (@value $name:ident = $value:expr) => { FieldValue::from($value) };
}

impl EventKind {
    /// Its name in events.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bar { .. } => "bar",
            Self::Signal { .. } => "signal",
            Self::Rejection { .. } => "rejection",
            Self::Order { .. } => "order",
            Self::Fill { .. } => "fill",
            Self::Exit { .. } => "exit",
            Self::Rate { .. } => "rate",
            Self::Margin { .. } => "margin",
            Self::Ledger { .. } => "ledger",
            Self::Equity { .. } => "equity",
        }
    }

    /// The values of this kind, in the schema's order.
    #[must_use]
    pub fn fields(&self) -> Fields {
        match self {
            Self::Bar { symbol, bid, ask } => fields![
                symbol = &**symbol,
                bid_open = bid.open,
                bid_high = bid.high,
                bid_low = bid.low,
                bid_close = bid.close,
                ask_open = ask.open,
                ask_high = ask.high,
                ask_low = ask.low,
                ask_close = ask.close,
            ],
            Self::Signal {
                order_id,
                symbol,
                direction,
                order_type,
                entry_price,
                stop_loss,
                take_profit,
                expires_at_us,
                max_bars,
                oco,
            } => fields![
                order_id,
                symbol = &**symbol,
                direction = direction.as_str(),
                r#type = order_type.as_str(),
                entry_price,
                stop_loss,
                take_profit,
                expires_at_us,
                max_bars,
                oco = oco.as_deref(),
            ],
            Self::Rejection {
                order_id,
                symbol,
                field,
                value,
                expected,
            } => fields![
                order_id,
                symbol = &**symbol,
                field,
                value = value.clone(),
                expected = expected.as_str(),
            ],
            Self::Order {
                order_id,
                action,
                symbol,
                direction,
                order_type,
                status,
                reference,
                unit_value,
                risk,
                size,
                stop_loss,
                take_profit,
                entry,
                expires_at_us,
                max_bars,
                oco,
                field,
            } => fields![
                order_id,
                action = action.as_str(),
                symbol = &**symbol,
                direction = direction.as_str(),
                r#type = order_type.as_str(),
                status,
                reference,
                unit_value,
                risk,
                size,
                stop_loss,
                take_profit,
                entry,
                expires_at_us,
                max_bars,
                oco = oco.as_deref(),
                field,
            ],
            Self::Fill {
                order_id,
                symbol,
                direction,
                at,
                raw,
                price,
                size,
                fee,
                stop_loss,
                take_profit,
            } => fields![
                order_id,
                symbol = &**symbol,
                direction = direction.as_str(),
                at = at.as_str(),
                raw,
                price,
                size,
                fee,
                stop_loss,
                take_profit,
            ],
            Self::Exit {
                order_id,
                symbol,
                direction,
                raw,
                price,
                size,
                part,
                remaining,
                reason,
                result,
                r_multiple,
                exit_fee,
                ambiguous,
            } => fields![
                order_id,
                symbol = &**symbol,
                direction = direction.as_str(),
                raw,
                price,
                size,
                part,
                remaining,
                reason,
                result,
                r_multiple,
                exit_fee,
                ambiguous,
            ],
            Self::Rate {
                order_id,
                symbol,
                purpose,
                from,
                to,
                route,
                amount,
                converted,
                age_us,
                stale,
            } => fields![
                order_id,
                symbol = &**symbol,
                r#use = purpose.as_str(),
                from = &**from,
                to = &**to,
                route = route.as_str(),
                amount,
                converted,
                age_us,
                stale,
            ],
            Self::Margin {
                order_id,
                symbol,
                margin,
                used,
                equity,
            } => fields![order_id, symbol = &**symbol, margin, used, equity,],
            Self::Ledger {
                entry,
                order_id,
                amount,
                cash,
            } => fields![entry = &**entry, order_id, amount, cash],
            Self::Equity {
                cash,
                equity,
                equity_worst,
                drawdown,
                max_equity,
            } => fields![cash, equity, equity_worst, drawdown, max_equity],
        }
    }
}

impl Event {
    /// All values: those that every event has, then those of its kind.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut all: Fields = vec![
            ("seq", self.seq.into()),
            ("bar", self.bar.into()),
            ("time_us", self.time_us.into()),
            ("phase", self.phase.map(|phase| phase.as_str()).into()),
            ("kind", self.kind.name().into()),
            ("rule", self.rule.into()),
        ];
        all.extend(self.kind.fields());
        all
    }

    /// The event as one line of JSON without its end, numbers with a fraction as text.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        let mut line = String::from("{");
        for (place, (name, value)) in self.fields().into_iter().enumerate() {
            if place > 0 {
                line.push_str(", ");
            }
            push_text(&mut line, name);
            line.push_str(": ");
            match value {
                FieldValue::Null => line.push_str("null"),
                FieldValue::Bool(value) => line.push_str(if value { "true" } else { "false" }),
                FieldValue::Int(value) => line.push_str(&value.to_string()),
                FieldValue::Float(value) => push_text(&mut line, &float_text(value)),
                FieldValue::Text(value) => push_text(&mut line, &value),
            }
        }
        line.push('}');
        line
    }
}

fn push_text(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            c if u32::from(c) < 0x20 => {
                // Writing to a String cannot fail.
                let _ = write!(line, "\\u{:04x}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line.push('"');
}
