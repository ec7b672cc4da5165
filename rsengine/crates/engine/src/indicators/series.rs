//! Candles of one timeframe and side as columns, with NaN where there is none (rule I.series).

use std::sync::Arc;

use crate::candles::Column;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::fast::Memo;
use crate::fast::fingerprint::Fingerprint;
use crate::indicators::columns::{self, Bars};
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
    memo: Arc<Memo>,
}

/// What a method reads of a series.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reads {
    Closes,
    Bars,
    /// Times and closes.
    Steps,
}

impl std::fmt::Debug for SeriesColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeriesColumns")
            .field("len", &self.time_us.as_slice().len())
            .finish_non_exhaustive()
    }
}

impl SeriesColumns {
    /// Last prices, the values of most indicators.
    #[must_use]
    pub fn closes(&self) -> &[f64] {
        self.close.as_slice()
    }

    /// What tells the numbers that a method reads from others, within this process.
    pub(super) fn sum(&self, reads: Reads) -> u128 {
        self.memo.sum(reads as usize, || self.summed(reads))
    }

    fn summed(&self, reads: Reads) -> u128 {
        let sum = Fingerprint::default();
        let sum = match reads {
            Reads::Closes => sum,
            Reads::Bars => {
                let sum = sum.prices(self.high.as_slice());
                sum.prices(self.low.as_slice())
            }
            Reads::Steps => sum.times(self.time_us.as_slice()),
        };
        sum.prices(self.closes()).finish()
    }

    /// What indicators of whole bars take.
    #[must_use]
    pub fn bars(&self) -> Bars<'_> {
        Bars {
            high: self.high.as_slice(),
            low: self.low.as_slice(),
            close: self.close.as_slice(),
        }
    }

    /// Sends the closes of new candles through a stream and carries each result forward.
    pub(super) fn each_step<const N: usize>(
        &self,
        mut update: impl FnMut(f64) -> [f64; N],
    ) -> [Vec<f64>; N] {
        let mut steps = self.steps().into_iter().peekable();
        let (mut place, mut value) = (0, [f64::NAN; N]);
        columns::each(self.closes(), |x| {
            if steps.next_if_eq(&place).is_some() {
                value = update(x);
            }
            place += 1;
            value
        })
    }

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

/// Returns the places of the sides of a timeframe among the series there are.
///
/// # Errors
/// `TIMEFRAME_UNKNOWN`.
pub fn find_sides(
    data: &[(&str, &str)],
    timeframe: &str,
    symbol: Option<&str>,
) -> Result<Vec<usize>> {
    let named = |place: &usize| data[*place].0 == timeframe;
    let places: Vec<usize> = (0..data.len()).filter(named).collect();
    if places.is_empty() {
        let mut known: Vec<&str> = data.iter().map(|named| named.0).collect();
        known.dedup();
        let code = ErrorCode::TimeframeUnknown;
        return Err(unknown(code, "timeframe", timeframe, &known, symbol));
    }
    Ok(places)
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
    let places = find_sides(data, timeframe, symbol)?;
    let found = places.iter().find(|&&place| data[place].1 == price_type);
    found.copied().ok_or_else(|| {
        let sides: Vec<&str> = places.iter().map(|&place| data[place].1).collect();
        let code = ErrorCode::SideUnknown;
        unknown(code, "price_type", price_type, &sides, symbol)
    })
}

fn unknown(
    code: ErrorCode,
    field: &str,
    value: &str,
    known: &[&str],
    symbol: Option<&str>,
) -> EngineError {
    let expected = if known.is_empty() {
        "none is loaded".to_owned()
    } else {
        known.join(", ")
    };
    let error = EngineError::new(code)
        .in_field(field)
        .with_value(value)
        .expecting(expected);
    match symbol {
        Some(symbol) => error.for_symbol(symbol),
        None => error,
    }
}

/// Takes the columns of a series, with NaN where it has no candle.
#[must_use]
pub fn to_columns(series: &Series) -> SeriesColumns {
    let columns = series.candles.along(ABSENT_US);
    SeriesColumns {
        time_us: columns.time_us,
        high: columns.high,
        low: columns.low,
        close: columns.close,
        memo: columns.memo,
    }
}
