//! The one error type of the engine; its codes and texts are generated from `golden/errors.toml`.

use std::fmt;

pub use crate::error_table::ErrorCode;

/// What every fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, EngineError>;

/// A value shown in an error or a rejection.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number, such as an index or a time in microseconds.
    Int(i64),
    /// A binary64 number.
    Float(f64),
    /// A text.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => f.write_str(&float_text(*value)),
            Self::Text(value) => f.write_str(value),
        }
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// What was wrong, where, and what would have been accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineError {
    /// Stable name of the error.
    pub code: ErrorCode,
    /// Absolute bar index, 0-based.
    pub bar: Option<usize>,
    /// Trading symbol.
    pub symbol: Option<Box<str>>,
    /// Name of the field, argument or column.
    pub field: Option<Box<str>>,
    /// The value that was refused.
    pub value: Option<Value>,
    /// What would have been accepted.
    pub expected: Option<Box<str>>,
}

impl EngineError {
    /// An error with nothing but its code.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            bar: None,
            symbol: None,
            field: None,
            value: None,
            expected: None,
        }
    }

    /// The same error, at a bar.
    #[must_use]
    pub fn at_bar(mut self, bar: usize) -> Self {
        self.bar = Some(bar);
        self
    }

    /// The same error, for a symbol.
    #[must_use]
    pub fn for_symbol(mut self, symbol: &str) -> Self {
        self.symbol = Some(symbol.into());
        self
    }

    /// The same error, in a field.
    #[must_use]
    pub fn in_field(mut self, field: &str) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same error, with the value that was refused.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<Value>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// The same error, with what would have been accepted.
    #[must_use]
    pub fn expecting(mut self, expected: impl Into<Box<str>>) -> Self {
        self.expected = Some(expected.into());
        self
    }
}

impl EngineError {
    /// What was wrong, the value, what was expected; where it happened is not part of it.
    #[must_use]
    pub fn message(&self) -> String {
        let mut text = String::new();
        let mut rest = self.code.template();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            text.push_str(before);
            match name {
                "symbol" => text.push_str(self.symbol.as_deref().unwrap_or("None")),
                "field" => text.push_str(self.field.as_deref().unwrap_or("None")),
                "value" => text.push_str(&shown(self.value.as_ref())),
                "expected" => text.push_str(self.expected.as_deref().unwrap_or("None")),
                _ => {}
            }
            rest = after;
        }
        text + rest
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(bar) = self.bar {
            let place = match self.code.class() {
                "DataError" | "DigestError" => "row",
                _ => "bar",
            };
            write!(f, "{place} {bar}: ")?;
        }
        f.write_str(&self.message())
    }
}

impl std::error::Error for EngineError {}

/// Writes a refused value for a message, texts in quotes, cut where it is long.
#[must_use]
pub fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => "None".to_owned(),
        Some(Value::Text(text)) => format!("'{text}'"),
        Some(number) => number.to_string(),
    };
    if text.chars().count() <= 120 {
        return text;
    }
    text.chars().take(117).chain("...".chars()).collect()
}

/// The shortest decimal that reads back as the same bits, as Python's `repr` writes it.
///
/// ```
/// use fillproof_engine::errors::float_text;
/// assert_eq!(float_text(1.1023), "1.1023");
/// assert_eq!(float_text(10000.0), "10000.0");
/// assert_eq!(float_text(0.00001), "1e-05");
/// assert_eq!(float_text(1e16), "1e+16");
/// ```
#[must_use]
pub fn float_text(x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            "nan"
        } else if x > 0.0 {
            "inf"
        } else {
            "-inf"
        }
        .to_owned();
    }
    let scientific = format!("{x:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if x == 0.0 {
        return format!("{x:?}");
    }
    if (-4..16).contains(&power) {
        let plain = format!("{x}");
        return if plain.contains('.') {
            plain
        } else {
            plain + ".0"
        };
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", power.abs())
}

/// Builds an error from all its parts.
#[must_use]
pub fn make_error(
    code: ErrorCode,
    bar: Option<usize>,
    symbol: Option<&str>,
    field: Option<&str>,
    value: Option<Value>,
    expected: Option<&str>,
) -> EngineError {
    EngineError {
        code,
        bar,
        symbol: symbol.map(Into::into),
        field: field.map(Into::into),
        value,
        expected: expected.map(Into::into),
    }
}
