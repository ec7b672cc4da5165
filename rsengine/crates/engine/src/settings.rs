//! What settings are read and made with: numbers and words.

use crate::errors::{EngineError, ErrorCode, Result, Value, float_text};

/// Reads a setting as a finite number that is at least (or above) a bound.
///
/// # Errors
/// `NUMBER_INVALID`.
pub fn number(value: f64, field: &str, least: f64, above: bool) -> Result<f64> {
    if !value.is_finite() || value < least || (above && value == least) {
        let relation = if above { ">" } else { ">=" };
        return Err(EngineError::new(ErrorCode::NumberInvalid)
            .in_field(field)
            .with_value(value)
            .expecting(format!("a finite number {relation} {}", float_text(least))));
    }
    Ok(value + 0.0)
}

/// Tells whether a text can name a currency: not empty, without a slash (P5).
#[must_use]
pub fn is_currency(value: &str) -> bool {
    !value.is_empty() && !value.contains('/')
}

/// Reads a setting that is one of a few words and returns its place among them.
///
/// # Errors
/// `OPTION_UNKNOWN`.
pub fn choice(value: &str, field: &str, options: &[&str]) -> Result<usize> {
    options
        .iter()
        .position(|&option| option == value)
        .ok_or_else(|| {
            EngineError::new(ErrorCode::OptionUnknown)
                .in_field(field)
                .with_value(value)
                .expecting(options.join(" or "))
        })
}

/// Reads a setting as a whole number from `least` to `most`.
///
/// # Errors
/// `NUMBER_INVALID`.
pub fn whole(value: u64, field: &str, least: u64, most: u64) -> Result<u64> {
    if value < least || value > most {
        return Err(EngineError::new(ErrorCode::NumberInvalid)
            .in_field(field)
            .with_value(whole_value(value))
            .expecting(format!("a whole number from {least} to {most}")));
    }
    Ok(value)
}

/// Reads a setting that counts bars, at least one.
///
/// # Errors
/// `PERIOD_INVALID`.
pub fn period(value: i64, field: &str) -> Result<i64> {
    if value < 1 {
        return Err(EngineError::new(ErrorCode::PeriodInvalid)
            .in_field(field)
            .with_value(value)
            .expecting("a whole number >= 1"));
    }
    Ok(value)
}

/// A number as an error shows it, also where it is too large for 63 bits.
fn whole_value(value: u64) -> Value {
    i64::try_from(value).map_or_else(|_| Value::Text(value.to_string()), Value::Int)
}

/// Makes an enum of a setting that is one of a few words, the first of which is the default.
macro_rules! words {
    (
        $(#[$about:meta])*
        $name:ident, $field:literal, {
            $(#[$first_about:meta])* $first:ident = $first_word:literal
            $(, $(#[$other_about:meta])* $other:ident = $other_word:literal)* $(,)?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[$first_about])*
            #[default]
            $first,
            $($(#[$other_about])* $other),*
        }

        impl $name {
            /// All words, the default first.
            pub const WORDS: &'static [&'static str] = &[$first_word $(, $other_word)*];

            /// Its name on every face.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$other => $other_word),*
                }
            }

            /// Reads the option.
            ///
            /// # Errors
            /// `OPTION_UNKNOWN`.
            pub fn parse(text: &str) -> $crate::errors::Result<Self> {
                const ALL: &[$name] = &[$name::$first $(, $name::$other)*];
                Ok(ALL[$crate::settings::choice(text, $field, Self::WORDS)?])
            }
        }
    };
}
pub(crate) use words;
