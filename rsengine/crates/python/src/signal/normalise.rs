//! Turns what strategies return into signals (S1).

use super::*;

/// What the slice says about the bar in which a signal was made.
pub struct SignalBar<'py> {
    pub bid: Option<Bound<'py, PyAny>>,
    pub ask: Option<Bound<'py, PyAny>>,
    /// The symbol of a signal that names none.
    pub symbol: Option<Bound<'py, PyAny>>,
    /// Open of the bar, if it shows one.
    pub time: Option<Bound<'py, PyAny>>,
    pub bar: usize,
}

/// Turns what a strategy returned for one order into a signal (S1).
pub fn normalise<'py>(raw: &Bound<'py, PyAny>, at: &SignalBar<'py>) -> PyResult<Bound<'py, PyAny>> {
    if is_signal(raw)? {
        return Ok(raw.clone());
    }
    let py = raw.py();
    let none = || py.None().into_bound(py);
    let symbol = at.symbol.as_ref().map(|symbol| symbol.str()).transpose()?;
    let symbol = symbol.as_ref().map(|symbol| symbol.to_string_lossy());
    let place = Place {
        bar: Some(at.bar),
        symbol: symbol.as_deref(),
        ..Place::default()
    };
    let Ok(mapping) = raw.cast::<PyMapping>() else {
        let expected = "None, a dict, a TradeSignal or a list of them";
        let code = ErrorCode::SignalNotUnderstood;
        return Err(place.fault(code, "signal", raw, expected).into());
    };
    for key in mapping.keys()? {
        let known = key.cast::<PyString>().is_ok_and(|key| {
            let key = key.to_string_lossy();
            RAW_KEYS.contains(&&*key)
        });
        if !known {
            let expected = format!("one of the keys {}", RAW_KEYS.join(", "));
            let (name, value) = (key.str()?, mapping.get_item(&key)?);
            let code = ErrorCode::SignalNotUnderstood;
            let fault = place.fault(code, &name.to_string_lossy(), &value, &expected);
            return Err(fault.into());
        }
    }
    let get = |key: &Bound<'py, PyString>| raw.call_method1(intern!(py, "get"), (key,));
    let given = get(intern!(py, "direction"))?;
    let direction = match given.cast::<PyString>() {
        Ok(word) => Direction::parse(&word.to_string_lossy()).ok(),
        Err(_) => None,
    };
    let Some(direction) = direction else {
        let expected = "buy, sell, long or short";
        let code = ErrorCode::DirectionUnknown;
        return Err(place.fault(code, "direction", &given, expected).into());
    };
    let or = |value: Bound<'py, PyAny>, default: &Bound<'py, PyAny>| {
        if value.is_none() {
            default.clone()
        } else {
            value
        }
    };
    let market = intern!(py, "market").as_any();
    let order_type = or(get(intern!(py, "type"))?, market);
    let mut entry = get(intern!(py, "entry"))?;
    let opening_side = if direction.is_long() {
        &at.ask
    } else {
        &at.bid
    };
    if entry.is_none()
        && order_type.eq(market)?
        && let Some(candle) = opening_side
    {
        entry = candle.getattr(intern!(py, "close"))?;
    }
    let meta = PyDict::new(py);
    for key in [intern!(py, "metadata"), intern!(py, "meta")] {
        let notes = get(key)?;
        if notes.is_truthy()? {
            meta.call_method1(intern!(py, "update"), (notes,))?;
        }
    }
    let timestamp = at.time.clone().unwrap_or_else(none);
    let default_symbol = at.symbol.clone().unwrap_or_else(none);
    let tags = or(get(intern!(py, "tags"))?, PyTuple::empty(py).as_any());
    let arguments = (
        direction.as_str(),
        entry,
        get(intern!(py, "sl"))?,
        get(intern!(py, "tp"))?,
        or(get(intern!(py, "symbol"))?, &default_symbol),
        timestamp,
        order_type,
        get(intern!(py, "reason"))?,
        tags,
        get(intern!(py, "scenario"))?,
        meta,
    );
    py.get_type::<PyTradeSignal>().call1(arguments)
}
