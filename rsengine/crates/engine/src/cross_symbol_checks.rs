//! The checks of a run over several symbols, all made before its first key (rules L4, L5, T2).

use std::sync::Arc;

use crate::candle_checks::crossed_error;
use crate::candles::Column;
use crate::config::OnCrossed;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::keys::{
    CandleLookup, FIELD, Key, Sides, check_coverage, check_key, check_keys, check_symbol, clock_us,
    lay_out, restamped, show_key,
};

/// What a run over several symbols is made over, once it has been checked (L4, L5).
#[derive(Debug, Clone)]
pub struct Checked {
    /// The candles of each symbol along the keys, in order of declaration.
    pub symbols: Vec<Sides>,
    /// Times of the keys, or their places (L4.ordinal).
    pub clock: Arc<Vec<i64>>,
    /// First key that is evaluated.
    pub start: usize,
    /// How many bars of all symbols have an ask below the bid.
    pub crossed_bars: usize,
    /// Whether keys count by their place.
    pub ordinal: bool,
}

/// Checks the input in the order of the law and lays it out along the keys (L4, L5).
///
/// # Errors
/// `NO_BARS`, `KEY_TYPE`, `KEYS_NOT_ASCENDING`, `KEY_EMPTY`, `COVERAGE_MISSING`, `TIMES_DIFFER`,
/// those of prices, `BARS_CROSSED`, `START_NOT_FOUND`.
pub fn check(
    candle_lookups: &[CandleLookup],
    common_timestamps: &[Key],
    original_start: Option<&Key>,
    strict: bool,
    on_crossed: OnCrossed,
) -> Result<Checked> {
    let keys = common_timestamps;
    let given = [
        (FIELD, keys.len()),
        ("candle_lookups", candle_lookups.len()),
    ];
    if let Some((field, _)) = given.into_iter().find(|&(_, length)| length == 0) {
        return Err(EngineError::new(ErrorCode::NoBars)
            .in_field(field)
            .with_value(0_i64)
            .expecting("at least one"));
    }
    let ordinal = check_keys(keys)?;
    if let Some(start) = original_start {
        check_key(start, &keys[0], "original_start_dt", None)?;
    }
    let mut symbols = lay_out(candle_lookups, keys);
    check_coverage(&symbols, keys, strict)?;
    let mut crossed_bars = 0;
    for sides in &symbols {
        let (_, crossed, first) = check_symbol(sides, keys, ordinal)?;
        crossed_bars += crossed;
        if let (Some(bar), OnCrossed::Error) = (first, on_crossed)
            && let Some((bid, ask)) = sides.get(bar)
        {
            return Err(crossed_error(&bid, &ask, bar, &sides.symbol));
        }
    }
    let start = original_start.map_or(0, |start| keys.partition_point(|key| key < start));
    if start == keys.len() {
        let last = keys.last().map_or_else(String::new, show_key);
        let value = original_start.map_or_else(String::new, show_key);
        return Err(start_not_found(&value, &last));
    }
    let times = keys.iter().enumerate();
    let clock = Arc::new(
        times
            .map(|(place, key)| clock_us(key, place))
            .collect::<Vec<_>>(),
    );
    if ordinal {
        let times = Arc::clone(&clock) as Column<i64>;
        symbols = symbols
            .iter()
            .map(|sides| restamped(sides, &times))
            .collect();
    }
    Ok(Checked {
        symbols,
        clock,
        start,
        crossed_bars,
        ordinal,
    })
}

/// The error of a start after the last key, both as errors show them.
#[must_use]
pub fn start_not_found(start: &str, last: &str) -> EngineError {
    EngineError::new(ErrorCode::StartNotFound)
        .in_field("original_start_dt")
        .with_value(start)
        .expecting(format!("at most {last}, the last key"))
}
