//! Candles of one timeframe and side as columns, with NaN where there is none (rule I.series).

use std::sync::Arc;

use crate::candles::Column;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::slices::Series;

/// Time of a candle that is not there.
pub const ABSENT_US: i64 = i64::MIN;

/// The columns of a series; a row of NaN and [`ABSENT_US`] stands for a missing candle.
#[derive(Clone)]
pub struct SeriesColumns {
    /// Moments at which the bars open, in microseconds since 1970.
    pub time_us: Column<i64>,
    /// Highest prices.
    pub high: Column<f64>,
    /// Lowest prices.
    pub low: Column<f64>,
    /// Last prices.
    pub close: Column<f64>,
}

impl std::fmt::Debug for SeriesColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeriesColumns")
            .field("len", &self.time_us.as_slice().len())
            .finish_non_exhaustive()
    }
}

impl SeriesColumns {
    /// The places at which the candle is a new one: there, and of another time.
    #[must_use]
    pub fn steps(&self) -> Vec<usize> {
        let mut found = Vec::new();
        let mut last = ABSENT_US;
        for (place, &time_us) in self.time_us.as_slice().iter().enumerate() {
            if time_us != ABSENT_US && time_us != last {
                found.push(place);
                last = time_us;
            }
        }
        found
    }
}

/// Returns the place of a timeframe and side among those there are.
///
/// # Errors
/// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
pub fn find_series(
    data: &[(&str, &str)],
    timeframe: &str,
    price_type: &str,
    symbol: Option<&str>,
) -> Result<usize> {
    let found = data
        .iter()
        .position(|&named| named == (timeframe, price_type));
    if let Some(place) = found {
        return Ok(place);
    }
    let of_timeframe = data.iter().filter(|named| named.0 == timeframe);
    let sides: Vec<&str> = of_timeframe.map(|named| named.1).collect();
    let (code, field, value, mut known) = if sides.is_empty() {
        let mut known: Vec<&str> = data.iter().map(|named| named.0).collect();
        known.dedup();
        (ErrorCode::TimeframeUnknown, "timeframe", timeframe, known)
    } else {
        (ErrorCode::SideUnknown, "price_type", price_type, sides)
    };
    if known.is_empty() {
        known.push("none is loaded");
    }
    let mut error = EngineError::new(code)
        .in_field(field)
        .with_value(value)
        .expecting(known.join(", "));
    if let Some(symbol) = symbol {
        error = error.for_symbol(symbol);
    }
    Err(error)
}

/// Takes the columns of a series, with NaN where it has no candle.
#[must_use]
pub fn to_columns(series: &Series) -> SeriesColumns {
    let candles = &series.candles;
    let Some(present) = &series.present else {
        return SeriesColumns {
            time_us: Arc::clone(&candles.time_us),
            high: Arc::clone(&candles.high),
            low: Arc::clone(&candles.low),
            close: Arc::clone(&candles.close),
        };
    };
    let there = |place: usize| present.get(place).copied().unwrap_or(false);
    let prices = |column: &Column<f64>| -> Column<f64> {
        let values = column.as_slice().iter().enumerate();
        let kept = values.map(|(place, &x)| if there(place) { x } else { f64::NAN });
        Arc::new(kept.collect::<Vec<_>>())
    };
    let times = candles.time_us.as_slice().iter().enumerate();
    let times = times.map(|(place, &time)| if there(place) { time } else { ABSENT_US });
    SeriesColumns {
        time_us: Arc::new(times.collect::<Vec<_>>()),
        high: prices(&candles.high),
        low: prices(&candles.low),
        close: prices(&candles.close),
    }
}
