//! Reads positions and candles of other makers by their attributes.

use super::*;

/// A position object of an executor of this backend, which keeps its own record.
pub fn own_position<'a, 'py>(
    position: &'a Bound<'py, PyAny>,
) -> Option<&'a Bound<'py, PyPosition>> {
    let own = position.cast_exact::<PyPosition>().ok()?;
    own.get()
        .read(|record| record.owner.is_some())
        .then_some(own)
}

pub fn attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(object.getattr_opt(name)?.filter(|value| !value.is_none()))
}

/// Reads what an exit books from an object of any maker.
pub fn exit_numbers(position: &Bound<'_, PyAny>) -> PyResult<ExitNumbers> {
    let py = position.py();
    let checked = |name: &str, value: Option<Bound<'_, PyAny>>, accepted: fn(f64) -> bool| {
        let value = value.unwrap_or_else(|| py.None().into_bound(py));
        number(&value).filter(|x| accepted(*x)).ok_or_else(|| {
            PyErr::from(Fault::new(
                ErrorCode::NumberInvalid,
                name,
                &value,
                "a finite number",
            ))
        })
    };
    let order_id = order_id(position)?;
    let result = checked("result", attribute(position, "result")?, f64::is_finite)?;
    let exit_fee = match attribute(position, "exit_fee")? {
        Some(fee) if fee.is_truthy()? => {
            checked("exit_fee", Some(fee), |x| x.is_finite() && x >= 0.0)?
        }
        _ => 0.0,
    };
    let time_us = match attribute(position, "exit_time")? {
        None if exit_fee == 0.0 => None,
        time => {
            let time = time.unwrap_or_else(|| py.None().into_bound(py));
            Some(to_time_us(&time, "exit_time", Place::default())?)
        }
    };
    let part = match attribute(position, "part")? {
        Some(part) if part.is_truthy()? => part.extract().unwrap_or(1),
        _ => 0,
    };
    let float = |name| Ok::<_, PyErr>(attribute(position, name)?.and_then(|x| number(&x)));
    let reason = attribute(position, "reason")?;
    let reason = reason.and_then(|reason| reason.extract::<String>().ok());
    Ok(ExitNumbers {
        order_id,
        time_us,
        part,
        size: float("size")?.unwrap_or(0.0),
        exit_fee,
        result: result + 0.0,
        r_multiple: float("r_multiple")?,
        break_even: reason.as_deref() == Some("break_even_stop_loss"),
    })
}

pub fn symbol_of(position: &Bound<'_, PyAny>) -> PyResult<Arc<str>> {
    match attribute(position, "symbol")? {
        Some(symbol) => Ok(symbol.str()?.to_string_lossy().into()),
        None => Ok("".into()),
    }
}

pub fn order_id(position: &Bound<'_, PyAny>) -> PyResult<u64> {
    match attribute(position, "order_id")? {
        Some(value) => value.extract(),
        None => Ok(0),
    }
}

/// Reads what marking needs of a candle; one without a time is never old (P3.row_stale).
pub fn to_mark(candle: &Bound<'_, PyAny>) -> PyResult<Candle> {
    if let Ok(own) = candle.cast_exact::<PyCandle>() {
        return Ok(own.get().candle(candle.py()));
    }
    let py = candle.py();
    let close = candle.getattr(intern!(py, "close"))?.extract()?;
    let time_us = match attribute(candle, "time_us")? {
        Some(time_us) => time_us.extract()?,
        None => match attribute(candle, "timestamp")? {
            Some(timestamp) => to_time_us(&timestamp, "timestamp", Place::default())?,
            None => i64::MAX,
        },
    };
    Ok(Candle {
        time_us,
        open: close,
        high: candle.getattr(intern!(py, "high"))?.extract()?,
        low: candle.getattr(intern!(py, "low"))?.extract()?,
        close,
        volume: 0.0,
    })
}
