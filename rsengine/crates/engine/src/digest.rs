//! One digest over the tables of a run: 32 bytes that are equal exactly if every value is.
//!
//! The bytes that go in, in this order: `fillproof-digest-1` and a line feed; for each table its
//! name, the count of columns (u32) and rows (u64); for each column its name, its type, a bitmap of
//! the present values (least significant bit first) and the values: integers and floats as their 8
//! bytes, booleans as one, text with its length (u32) in front. All numbers little-endian, all
//! names as u32 length and UTF-8, an absent value is zero bytes or length 0. The hash is BLAKE2b of
//! 32 bytes.

use std::borrow::Cow;
use std::fmt::Write;

use blake2::Blake2b;
use blake2::digest::consts::U32;
use blake2::digest::{Digest, Update};

use crate::errors::{EngineError, ErrorCode, Result};

/// What every digest begins with.
pub const HEADER: &[u8] = b"fillproof-digest-1\n";

/// The values of a column, present everywhere or optional.
#[derive(Debug, Clone, PartialEq)]
pub enum Values<'a> {
    /// Whole numbers, all present.
    I64(Cow<'a, [i64]>),
    /// Whole numbers.
    OptionalI64(Vec<Option<i64>>),
    /// Numbers, all present.
    F64(Cow<'a, [f64]>),
    /// Numbers.
    OptionalF64(Vec<Option<f64>>),
    /// Yes or no, all present.
    Bool(Vec<bool>),
    /// Texts.
    Str(Vec<Option<&'a str>>),
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its values.
    pub values: Values<'a>,
}

/// A table of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<'a> {
    /// Its name.
    pub name: &'static str,
    /// Its columns, all equally long.
    pub columns: Vec<Column<'a>>,
}

impl Values<'_> {
    /// Number of values, absent ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::I64(values) => values.len(),
            Self::OptionalI64(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::OptionalF64(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Str(values) => values.len(),
        }
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::I64(_) | Self::OptionalI64(_) => "i64",
            Self::F64(_) | Self::OptionalF64(_) => "f64",
            Self::Bool(_) => "bool",
            Self::Str(_) => "str",
        }
    }

    fn is_present(&self, row: usize) -> bool {
        match self {
            Self::I64(_) | Self::F64(_) | Self::Bool(_) => true,
            Self::OptionalI64(values) => values[row].is_some(),
            Self::OptionalF64(values) => values[row].is_some(),
            Self::Str(values) => values[row].is_some(),
        }
    }
}

/// Hashes the tables of a run and returns 64 hex digits.
///
/// # Errors
/// `NEGATIVE_ZERO`: a float is -0.0 or NaN, which no result may hold (N4).
pub fn digest(tables: &[Table<'_>]) -> Result<String> {
    let mut hasher = Blake2b::<U32>::new();
    Update::update(&mut hasher, HEADER);
    for table in tables {
        let rows = table.columns.first().map_or(0, |c| c.values.len());
        text(&mut hasher, table.name);
        Update::update(&mut hasher, &length(table.columns.len()));
        Update::update(&mut hasher, &(rows as u64).to_le_bytes());
        for column in &table.columns {
            text(&mut hasher, column.name);
            text(&mut hasher, column.values.type_name());
            bitmap(&mut hasher, &column.values);
            values(&mut hasher, table.name, column)?;
        }
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

fn text(hasher: &mut impl Update, value: &str) {
    hasher.update(&length(value.len()));
    hasher.update(value.as_bytes());
}

fn bitmap(hasher: &mut impl Update, values: &Values<'_>) {
    let rows = values.len();
    for first in (0..rows).step_by(8) {
        let byte = (first..rows.min(first + 8))
            .filter(|&row| values.is_present(row))
            .fold(0_u8, |byte, row| byte | (1 << (row - first)));
        hasher.update(&[byte]);
    }
}

fn values(hasher: &mut impl Update, table: &str, column: &Column<'_>) -> Result<()> {
    let float = |hasher: &mut _, row: usize, x: f64| {
        if x.is_nan() || (x == 0.0 && x.is_sign_negative()) {
            return Err(EngineError::new(ErrorCode::NegativeZero)
                .at_bar(row)
                .in_field(&format!("{table}.{}", column.name))
                .with_value(x)
                .expecting("a number other than -0.0 and NaN"));
        }
        Update::update(hasher, &x.to_bits().to_le_bytes());
        Ok(())
    };
    match &column.values {
        Values::I64(values) => {
            for value in values.iter() {
                hasher.update(&value.to_le_bytes());
            }
        }
        Values::OptionalI64(values) => {
            for value in values {
                hasher.update(&value.unwrap_or(0).to_le_bytes());
            }
        }
        Values::F64(values) => {
            for (row, &value) in values.iter().enumerate() {
                float(hasher, row, value)?;
            }
        }
        Values::OptionalF64(values) => {
            for (row, value) in values.iter().enumerate() {
                float(hasher, row, value.unwrap_or(0.0))?;
            }
        }
        Values::Bool(values) => {
            for &value in values {
                hasher.update(&[u8::from(value)]);
            }
        }
        Values::Str(values) => {
            for value in values {
                text(hasher, value.unwrap_or(""));
            }
        }
    }
    Ok(())
}
