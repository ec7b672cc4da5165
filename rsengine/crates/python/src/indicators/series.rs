//! Candles of one timeframe and side, in whatever form they are given, as a series of the engine.

use std::sync::Arc;

use fillproof_engine::aligned::AlignedCandles;
use fillproof_engine::candles::{CandleColumns, Column};
use fillproof_engine::errors::ErrorCode;
use fillproof_engine::slices::Series;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::aligned::{PyAligned, rows_of};
use crate::candles::PyCandles;
use crate::convert::{Place, read, read_price, read_volume, to_time_us};
use crate::errors::{Fault, raise};

/// Looks a key up in any mapping; None is as good as absent.
#[inline]
pub fn get<'py>(
    mapping: &Bound<'py, PyAny>,
    key: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let found = match mapping.cast_exact::<PyDict>() {
        Ok(dict) => dict.get_item(key)?,
        Err(_) => Some(mapping.call_method1(intern!(mapping.py(), "get"), (key,))?),
    };
    Ok(found.filter(|value| !value.is_none()))
}

/// The keys of a mapping, as an error tells them.
pub fn known(mapping: &Bound<'_, PyAny>) -> PyResult<String> {
    let mut names = Vec::new();
    for key in mapping.try_iter()? {
        names.push(key?.str()?.to_string_lossy().into_owned());
    }
    if names.is_empty() {
        names.push("none is loaded".to_owned());
    }
    Ok(names.join(", "))
}

/// Finds the candles of a timeframe and side.
pub fn find_series<'py>(
    data: &Bound<'py, PyAny>,
    timeframe: &Bound<'py, PyAny>,
    price_type: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(sides) = get(data, timeframe)? else {
        let code = ErrorCode::TimeframeUnknown;
        return Err(Fault::new(code, "timeframe", timeframe, &known(data)?).into());
    };
    get(&sides, price_type)?.map_or_else(
        || {
            let code = ErrorCode::SideUnknown;
            Err(Fault::new(code, "price_type", price_type, &known(&sides)?).into())
        },
        Ok,
    )
}

/// Reads a list of candles, some of which may be None, or takes columns such as `Candles`.
///
/// With a clock the times are its own: those of the candles are not looked at (L4.ordinal).
pub fn to_series(
    candles: &Bound<'_, PyAny>,
    timeframe: &str,
    side: &str,
    clock: Option<&[i64]>,
) -> PyResult<Series> {
    Ok(Series {
        timeframe: timeframe.into(),
        side: side.into(),
        candles: to_candles(candles, clock)?,
    })
}

fn to_candles(candles: &Bound<'_, PyAny>, clock: Option<&[i64]>) -> PyResult<AlignedCandles> {
    let py = candles.py();
    if let Ok(own) = candles.cast::<PyCandles>() {
        return Ok(Arc::clone(&own.get().columns).into());
    }
    if let Ok(aligned) = candles.cast::<PyAligned>() {
        let aligned = aligned.get();
        let shown = to_candles(aligned.candles(py), None)?;
        return Ok(shown.through(aligned.rows()));
    }
    let (inner, places) = (intern!(py, "candles"), intern!(py, "places"));
    if candles.hasattr(places)? && candles.hasattr(inner)? {
        // Aligned by another backend.
        let shown = to_candles(&candles.getattr(inner)?, None)?;
        let rows = rows_of(&candles.getattr(places)?, shown.len())?;
        return Ok(shown.through(&rows));
    }
    if candles.hasattr(intern!(py, "time_us"))? {
        let column = |name: &str| candles.getattr(name);
        let made = py.get_type::<PyCandles>().call1((
            column("time_us")?,
            column("open")?,
            column("high")?,
            column("low")?,
            column("close")?,
            candles.getattr_opt("volume")?,
        ))?;
        let own = made.cast_into::<PyCandles>()?;
        return Ok(Arc::clone(&own.get().columns).into());
    }
    let names = ["open", "high", "low", "close"].map(|name| PyString::intern(py, name));
    let (mut times, mut present) = (Vec::new(), Vec::new());
    let mut prices: [Vec<f64>; 5] = Default::default();
    for (bar, candle) in candles.try_iter()?.enumerate() {
        let candle = candle?;
        present.push(!candle.is_none());
        if candle.is_none() {
            times.push(0);
            prices.iter_mut().for_each(|column| column.push(f64::NAN));
            continue;
        }
        let place = |side| Place {
            side,
            bar: Some(bar),
            symbol: None,
        };
        times.push(match clock.and_then(|clock| clock.get(bar)) {
            Some(&time_us) => time_us,
            None => {
                let timestamp = read(&candle, intern!(py, "timestamp"), place("candles"))?;
                to_time_us(&timestamp, "timestamp", place(""))?
            }
        });
        for (column, name) in prices.iter_mut().zip(&names) {
            column.push(read_price(&candle, name, place("candles"))?);
        }
        prices[4].push(read_volume(&candle)?);
    }
    let [open, high, low, close, volume] = prices.map(|column| Arc::new(column) as Column<f64>);
    let columns = CandleColumns::new(Arc::new(times), open, high, low, close, Some(volume));
    let columns = columns.map_err(raise)?.fixed();
    Ok(if present.iter().all(|&there| there) {
        Arc::new(columns).into()
    } else {
        AlignedCandles::masked(Arc::new(columns), &present)
    })
}
