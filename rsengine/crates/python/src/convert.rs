//! Converts times, numbers and candles in both directions.

use fillproof_engine::candles::Candle;
use fillproof_engine::errors::ErrorCode;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyFloat, PyString, PyTimeAccess,
    PyTzInfo, PyTzInfoAccess,
};

use crate::candle::PyCandle;
use crate::errors::Fault;

const DAY_US: i64 = 86_400_000_000;

/// Makes an aware datetime in UTC of microseconds since 1970.
pub fn to_datetime(py: Python<'_>, time_us: i64) -> PyResult<Bound<'_, PyDateTime>> {
    let (year, month, day) = civil(time_us.div_euclid(DAY_US));
    let in_day = time_us.rem_euclid(DAY_US);
    let seconds = in_day / 1_000_000;
    PyDateTime::new(
        py,
        year,
        month,
        day,
        small(seconds / 3_600),
        small(seconds / 60 % 60),
        small(seconds % 60),
        u32::try_from(in_day % 1_000_000).expect("a remainder below a million"),
        Some(&*PyTzInfo::utc(py)?),
    )
}

fn small(value: i64) -> u8 {
    u8::try_from(value).expect("an hour, minute or second")
}

/// Where a value was found, for the error that refuses it.
#[derive(Clone, Copy, Default)]
pub struct Place<'a> {
    /// Side of the market, or empty.
    pub side: &'a str,
    /// Absolute index of the bar.
    pub bar: Option<usize>,
    /// Trading symbol.
    pub symbol: Option<&'a str>,
}

impl Place<'_> {
    /// A fault of a field at this place.
    pub fn fault(
        self,
        code: ErrorCode,
        name: &str,
        value: &Bound<'_, PyAny>,
        expected: &str,
    ) -> Fault {
        let mut fault = if self.side.is_empty() {
            Fault::new(code, name, value, expected)
        } else {
            Fault::new(code, &format!("{}.{name}", self.side), value, expected)
        };
        if let Some(bar) = self.bar {
            fault = fault.at_bar(bar);
        }
        if let Some(symbol) = self.symbol {
            fault = fault.for_symbol(symbol);
        }
        fault
    }
}

/// Reads an aware datetime as microseconds since 1970.
pub fn to_time_us(value: &Bound<'_, PyAny>, field: &str, place: Place<'_>) -> PyResult<i64> {
    let Ok(moment) = value.cast::<PyDateTime>() else {
        let expected = "an aware datetime";
        return Err(place
            .fault(ErrorCode::TimeType, field, value, expected)
            .into());
    };
    let py = value.py();
    let naive = || {
        let expected = "a datetime with a time zone";
        PyErr::from(place.fault(ErrorCode::TimeNaive, field, value, expected))
    };
    let zone = moment.get_tzinfo().ok_or_else(naive)?;
    let offset_us = if zone.as_ptr() == PyTzInfo::utc(py)?.as_ptr() {
        0
    } else {
        let offset = moment.call_method0(intern!(py, "utcoffset"))?;
        let offset = offset.cast::<PyDelta>().map_err(|_| naive())?;
        i64::from(offset.get_days()) * DAY_US
            + i64::from(offset.get_seconds()) * 1_000_000
            + i64::from(offset.get_microseconds())
    };
    let days = days_from_civil(moment.get_year(), moment.get_month(), moment.get_day());
    let seconds = i64::from(moment.get_hour()) * 3_600
        + i64::from(moment.get_minute()) * 60
        + i64::from(moment.get_second());
    Ok(days * DAY_US + seconds * 1_000_000 + i64::from(moment.get_microsecond()) - offset_us)
}

/// Year, month and day of a number of days since 1970 (proleptic Gregorian calendar).
fn civil(days: i64) -> (i32, u8, u8) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Years begin in March here, so that the leap day is the last one.
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (
        i32::try_from(year).expect("the year of a 64-bit time fits"),
        small(month),
        small(day),
    )
}

fn days_from_civil(year: i32, month: u8, day: u8) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let march = (i64::from(month) + 9) % 12;
    let of_year = (153 * march + 2) / 5 + i64::from(day) - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

/// Reads a float, or anything with `__float__` or `__index__`; `None` where it is no number.
pub fn number(value: &Bound<'_, PyAny>) -> Option<f64> {
    if let Ok(exact) = value.cast_exact::<PyFloat>() {
        return Some(exact.value());
    }
    if value.is_instance_of::<PyBool>() {
        return None;
    }
    value.extract::<f64>().ok()
}

/// Reads an attribute of a candle-like object, or says that it is none (T2.candle_type).
pub fn read<'py>(
    candle: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    place: Place<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    match candle.getattr_opt(name)? {
        Some(value) => Ok(value),
        None => {
            let expected = "an object with timestamp, open, high, low, close";
            let name = name.to_string_lossy();
            Err(place
                .fault(ErrorCode::CandleType, &name, candle, expected)
                .into())
        }
    }
}

/// Reads a price of a candle-like object (T2.candle_type).
pub fn read_price(
    candle: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    place: Place<'_>,
) -> PyResult<f64> {
    let value = read(candle, name, place)?;
    match number(&value) {
        Some(price) => Ok(price),
        None => {
            let name = name.to_string_lossy();
            Err(place
                .fault(ErrorCode::CandleType, &name, &value, "a number")
                .into())
        }
    }
}

/// Reads a candle of any backend, or of the user's own making, by its attributes.
pub fn to_candle(value: &Bound<'_, PyAny>, place: Place<'_>) -> PyResult<Candle> {
    if let Ok(own) = value.cast_exact::<PyCandle>() {
        return Ok(own.get().candle(value.py()));
    }
    let py = value.py();
    let timestamp = read(value, intern!(py, "timestamp"), place)?;
    Ok(Candle {
        time_us: to_time_us(&timestamp, "timestamp", place)?,
        open: read_price(value, intern!(py, "open"), place)?,
        high: read_price(value, intern!(py, "high"), place)?,
        low: read_price(value, intern!(py, "low"), place)?,
        close: read_price(value, intern!(py, "close"), place)?,
        volume: read_volume(value)?,
    })
}

/// Reads the volume of a candle-like object, 0.0 where there is none.
pub fn read_volume(candle: &Bound<'_, PyAny>) -> PyResult<f64> {
    let volume = candle.getattr_opt(intern!(candle.py(), "volume"))?;
    Ok(volume.and_then(|value| number(&value)).unwrap_or(0.0))
}
