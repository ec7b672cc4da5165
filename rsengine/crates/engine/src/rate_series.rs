//! The rates of one pair in the course of time (rule P5.moment).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::candle_checks::check_sides;
use crate::candles::CandleColumns;
use crate::errors::{EngineError, ErrorCode, Result, Value};
use crate::sessions::timeframe_us;

/// The rates of a pair, each known from the end of its bar; a value that many may share (P5.moment).
///
/// ```
/// # use fillproof_engine::rate_series::RateSeries;
/// let series = RateSeries::new(vec![60_000_000, 120_000_000], vec![1.25, 1.5])?;
/// assert_eq!(series.last(90_000_000), Some((1.25, 30_000_000)));
/// assert_eq!(series.last(59_999_999), None);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Clone)]
pub struct RateSeries(Arc<Columns>);

struct Columns {
    end_us: Vec<i64>,
    rates: Vec<f64>,
    /// Nearly every question is about the same moment as the last, or the next bar.
    place: AtomicUsize,
}

impl RateSeries {
    /// A series of ends of bars, in microseconds since 1970, and the rates known from then on.
    ///
    /// # Errors
    /// `RATES_INVALID`.
    pub fn new(end_us: Vec<i64>, rates: Vec<f64>) -> Result<Self> {
        let invalid = |field, value: Value, expected: String| {
            EngineError::new(ErrorCode::RatesInvalid)
                .in_field(field)
                .with_value(value)
                .expecting(expected)
        };
        if end_us.len() != rates.len() {
            let expected = format!("{}, as many as end_us", end_us.len());
            return Err(invalid("rates", rates.len().into(), expected));
        }
        let pairs = end_us.windows(2).enumerate();
        for (place, pair) in pairs {
            if let [before, end] = *pair
                && end <= before
            {
                let expected = format!("later than {before}");
                return Err(invalid("end_us", end.into(), expected).at_bar(place + 1));
            }
        }
        for (place, &rate) in rates.iter().enumerate() {
            if !rate.is_finite() || rate <= 0.0 {
                let expected = "a finite number > 0".to_owned();
                return Err(invalid("rates", rate.into(), expected).at_bar(place));
            }
        }
        let place = AtomicUsize::new(0);
        Ok(Self(Arc::new(Columns {
            end_us,
            rates,
            place,
        })))
    }

    /// A series of the candles of a pair: the mid of both closes, known from the ends of the bars.
    ///
    /// # Errors
    /// `TIMEFRAME_INVALID`, and those of candles: `LENGTHS_DIFFER`, `TIMES_DIFFER` and so on.
    pub fn of(bid: &CandleColumns, ask: &CandleColumns, timeframe: &str) -> Result<Self> {
        let length_us = timeframe_us(timeframe, "timeframe")?;
        let times = bid.time_us.as_slice();
        check_sides(bid, ask, "rates")?;
        let closes = bid.close.as_slice().iter().zip(ask.close.as_slice());
        Self::new(
            times.iter().map(|time_us| time_us + length_us).collect(),
            closes.map(|(below, above)| (below + above) / 2.0).collect(),
        )
    }

    /// Ends of the bars, in microseconds since 1970.
    #[must_use]
    pub fn end_us(&self) -> &[i64] {
        &self.0.end_us
    }

    /// Units of the second currency for one of the first.
    #[must_use]
    pub fn rates(&self) -> &[f64] {
        &self.0.rates
    }

    /// Returns the last rate known at a moment, and its age in microseconds; `None` before any.
    #[must_use]
    pub fn last(&self, moment_us: i64) -> Option<(f64, i64)> {
        let Columns {
            end_us,
            rates,
            place: known,
        } = &*self.0;
        let mut place = known.load(Ordering::Relaxed);
        let is_there = end_us.get(place).is_none_or(|&end| moment_us < end)
            && (place == 0 || end_us.get(place - 1).is_some_and(|&end| end <= moment_us));
        if !is_there {
            place = end_us.partition_point(|&end| end <= moment_us);
            known.store(place, Ordering::Relaxed);
        }
        let last = place.checked_sub(1)?;
        Some((*rates.get(last)?, moment_us - *end_us.get(last)?))
    }
}

impl PartialEq for RateSeries {
    fn eq(&self, other: &Self) -> bool {
        self.end_us() == other.end_us() && self.rates() == other.rates()
    }
}

impl fmt::Debug for RateSeries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateSeries")
            .field("len", &self.end_us().len())
            .finish_non_exhaustive()
    }
}
