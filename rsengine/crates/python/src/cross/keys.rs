//! Reads and checks the keys and candles of a run over several symbols (L4, L5, T2).

use std::sync::Arc;

use fillproof_engine::candle_checks::{check_prices, check_sides};
use fillproof_engine::candles::{Candle, CandleColumns, CandleView, Column};
use fillproof_engine::errors::ErrorCode;
use fillproof_engine::keys::{
    FIELD, Lack, Sides, find_lack, is_full, lack_error, not_ascending, time_error,
};
use fillproof_engine::laid_out::LaidOut;
use fillproof_engine::quotes::Quote;
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString, PyTzInfo, PyTzInfoAccess,
};

use super::aligned::{self, Clock};
use crate::aligned::PyAligned;
use crate::candle::PyCandle;
use crate::convert::{Place, read, read_price, read_volume, to_time_us};
use crate::errors::{Fault, raise};

/// Keys that are read between two looks at signals such as an interrupt.
const SIGNAL_KEYS: usize = 4_096;

/// The four types that a key may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Time,
    Text,
    Int,
    Float,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Time => "datetime",
            Self::Text => "str",
            Self::Int => "int",
            Self::Float => "float",
        }
    }
}

/// The type of a key, or the error of one that is of none of the four (L4.key_type).
pub fn kind_of(key: &Bound<'_, PyAny>, field: &str, bar: Option<usize>) -> PyResult<Kind> {
    if !key.is_instance_of::<PyBool>() {
        if key.is_instance_of::<PyDateTime>() {
            return Ok(Kind::Time);
        }
        if key.is_instance_of::<PyString>() {
            return Ok(Kind::Text);
        }
        if key.is_instance_of::<PyInt>() {
            return Ok(Kind::Int);
        }
        if key.is_instance_of::<PyFloat>() {
            return Ok(Kind::Float);
        }
    }
    Err(key_type(key, field, bar, "a datetime, str, int or float"))
}

fn key_type(key: &Bound<'_, PyAny>, field: &str, bar: Option<usize>, expected: &str) -> PyErr {
    let place = Place {
        bar,
        ..Place::default()
    };
    place.fault(ErrorCode::KeyType, field, key, expected).into()
}

/// Checks that a key is of a type, a time aware and a float finite; returns the time of a time.
pub fn check_key(
    key: &Bound<'_, PyAny>,
    kind: Kind,
    field: &str,
    bar: Option<usize>,
) -> PyResult<Option<i64>> {
    if kind_of(key, field, bar)? != kind {
        let expected = format!("a {}, as the first key", kind.name());
        return Err(key_type(key, field, bar, &expected));
    }
    match kind {
        Kind::Time => {
            let place = Place {
                bar,
                ..Place::default()
            };
            to_time_us(key, field, place).map(Some)
        }
        Kind::Float if !key.extract::<f64>()?.is_finite() => {
            Err(key_type(key, field, bar, "a finite float"))
        }
        _ => Ok(None),
    }
}

/// Checks that keys are of one type and ascend; returns the type and the clock (L4).
pub fn check_keys(keys: &[Bound<'_, PyAny>]) -> PyResult<(Kind, Vec<i64>)> {
    let kind = kind_of(&keys[0], FIELD, Some(0))?;
    let mut clock = Vec::with_capacity(keys.len());
    let mut before_us = None;
    for (bar, key) in keys.iter().enumerate() {
        if let Some(time_us) = utc_time(key)? {
            // Two times in UTC stand in the order of their numbers.
            if before_us.is_some_and(|before_us| before_us < time_us) {
                clock.push(time_us);
                before_us = Some(time_us);
                continue;
            }
            before_us = Some(time_us);
        } else {
            before_us = None;
        }
        let time_us = check_key(key, kind, FIELD, Some(bar))?;
        if bar > 0 && !keys[bar - 1].lt(key)? {
            let (shown, before) = (show_key(key)?, show_key(&keys[bar - 1])?);
            return Err(raise(not_ascending(&shown, &before, bar)));
        }
        let place = || i64::try_from(bar).expect("a number of keys in memory fits");
        clock.push(time_us.unwrap_or_else(place));
    }
    Ok((kind, clock))
}

/// The time of a datetime of Python's own class in UTC itself, which most keys are.
fn utc_time(key: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
    let Ok(moment) = key.cast_exact::<PyDateTime>() else {
        return Ok(None);
    };
    let utc = PyTzInfo::utc(key.py())?;
    if moment.get_tzinfo().is_some_and(|zone| zone.is(&*utc)) {
        return to_time_us(key, FIELD, Place::default()).map(Some);
    }
    Ok(None)
}

/// Writes a key as errors show it.
pub fn show_key(key: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = if key.is_instance_of::<PyDateTime>() {
        key.call_method0(intern!(key.py(), "isoformat"))?.str()?
    } else {
        key.repr()?
    };
    Ok(text.to_string_lossy().into_owned())
}

/// The place of a key among others that ascend, None where it is not there.
pub fn place_of(keys: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    let place = first_not_below(keys.len()?, |at| keys.get_item(at)?.lt(key))?;
    let is_it = place < keys.len()? && keys.get_item(place)?.eq(key)?;
    Ok(is_it.then_some(place))
}

/// The first place at which an ascending sequence is not below something any more.
pub fn first_not_below(
    length: usize,
    is_below: impl Fn(usize) -> PyResult<bool>,
) -> PyResult<usize> {
    let (mut from, mut to) = (0, length);
    while from < to {
        let middle = usize::midpoint(from, to);
        if is_below(middle)? {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    Ok(from)
}

/// The candles of one side along the keys, None where there is none.
pub enum Side<'py> {
    /// The user's own objects.
    Objects(Bound<'py, PyList>),
    /// Columns of ours.
    Columns(Bound<'py, PyAligned>),
}

impl<'py> Side<'py> {
    /// What slices show.
    pub fn into_any(self) -> Bound<'py, PyAny> {
        match self {
            Self::Objects(list) => list.into_any(),
            Self::Columns(columns) => columns.into_any(),
        }
    }
}

/// The candles of one symbol along the keys.
pub struct Laid<'py> {
    pub symbol: Bound<'py, PyAny>,
    pub name: Arc<str>,
    pub bids: Side<'py>,
    pub asks: Side<'py>,
    /// At which keys there is a bid, an ask candle.
    pub there: [Arc<[bool]>; 2],
}

impl Laid<'_> {
    /// The columns of both sides, as they are, if they are columns of ours.
    fn columns(&self) -> Option<(Arc<CandleColumns>, Arc<CandleColumns>)> {
        let source = |side: &Side<'_>| match side {
            Side::Columns(aligned) => Some(aligned.get().columns()?.source()),
            Side::Objects(_) => None,
        };
        Some((source(&self.bids)?, source(&self.asks)?))
    }

    /// The columns of both sides, if each key has a candle of both and they have no others.
    fn whole_columns(&self) -> Option<(Arc<CandleColumns>, Arc<CandleColumns>)> {
        let (bid, ask) = self.columns()?;
        let is_whole =
            |side: &CandleColumns, there: &[bool]| side.len() == there.len() && is_full(there);
        let [bids_there, asks_there] = &self.there;
        (is_whole(&bid, bids_there) && is_whole(&ask, asks_there)).then_some((bid, ask))
    }
}

/// Lays the candles of every symbol out along the keys; the clock is that of keys that are times.
pub fn lay_out<'py>(
    candle_lookups: &Bound<'py, PyAny>,
    keys: &[Bound<'py, PyAny>],
    clock: Option<&Clock>,
) -> PyResult<Vec<Laid<'py>>> {
    let py = candle_lookups.py();
    let items = candle_lookups.call_method0(intern!(py, "items"))?;
    let mut found = Vec::new();
    for entry in items.try_iter()? {
        let (symbol, sides): (Bound<'py, PyAny>, Bound<'py, PyAny>) = entry?.extract()?;
        let (bids, bids_there) = side_along(&sides, intern!(py, "bid"), keys, clock)?;
        let (asks, asks_there) = side_along(&sides, intern!(py, "ask"), keys, clock)?;
        found.push(Laid {
            name: symbol.str()?.to_string_lossy().into(),
            symbol,
            bids,
            asks,
            there: [bids_there, asks_there],
        });
    }
    Ok(found)
}

fn side_along<'py>(
    sides: &Bound<'py, PyAny>,
    side: &Bound<'py, PyString>,
    keys: &[Bound<'py, PyAny>],
    clock: Option<&Clock>,
) -> PyResult<(Side<'py>, Arc<[bool]>)> {
    let py = sides.py();
    let get = intern!(py, "get");
    let mut lookup = sides.call_method1(get, (side,))?;
    if !lookup.is_truthy()? {
        lookup = PyDict::new(py).into_any();
    }
    let plain = lookup.cast_exact::<PyDict>().ok();
    if let (None, Some(clock)) = (plain, clock)
        && let Some((aligned, there)) = aligned::lay_out(&lookup, clock)?
    {
        return Ok((Side::Columns(aligned), there));
    }
    let none = py.None().into_bound(py);
    let mut found = Vec::with_capacity(keys.len());
    let mut there = Vec::with_capacity(keys.len());
    for (bar, key) in keys.iter().enumerate() {
        if bar % SIGNAL_KEYS == 0 {
            py.check_signals()?;
        }
        let candle = match plain {
            Some(dict) => dict.get_item(key)?.unwrap_or_else(|| none.clone()),
            None => lookup.call_method1(get, (key,))?,
        };
        there.push(!candle.is_none());
        found.push(candle);
    }
    Ok((Side::Objects(PyList::new(py, found)?), there.into()))
}

/// Checks that every key has a bar, or every symbol at every key (L5.empty_key, L5.coverage).
pub fn check_coverage(
    symbols: &[Laid<'_>],
    keys: &[Bound<'_, PyAny>],
    strict: bool,
) -> PyResult<()> {
    let there: Vec<_> = symbols.iter().map(|laid| laid.there.clone()).collect();
    let Some((bar, lack)) = find_lack(&there, keys.len(), strict) else {
        return Ok(());
    };
    let symbol = match lack {
        Lack::Candle(place, _) => &*symbols[place].name,
        Lack::Bar => "",
    };
    Err(raise(lack_error(symbol, bar, lack, &show_key(&keys[bar])?)))
}

/// The crossed bars of a symbol: how many, and the first of them.
pub type Crossed = (usize, Option<usize>);

/// Reads a symbol's candles and checks their times and prices, bar by bar; says whether there are some
/// without the other side of which the close cannot be read.
pub fn check_symbol(
    laid: &Laid<'_>,
    keys: &[Bound<'_, PyAny>],
    clock: &Arc<Vec<i64>>,
    ordinal: bool,
) -> PyResult<(Sides, Crossed, bool)> {
    let py = laid.symbol.py();
    if let Some((bid, ask)) = laid.whole_columns() {
        let name = Arc::clone(&laid.name);
        let checked = py.detach(|| check_sides(&bid, &ask, &name));
        let crossed = checked.map_err(raise)?;
        let sides = Sides::whole(name, bid, ask, &laid.there[0]);
        return Ok((sides, crossed, false));
    }
    let columns_of = laid.columns();
    if let Some((bid, ask)) = &columns_of
        && let Some(known) = bid.laid_out_with(ask, clock)
    {
        let mut sides = known.sides;
        sides.symbol = Arc::clone(&laid.name);
        return Ok((sides, known.crossed, false));
    }
    let both = [
        ("bid", Reader::of(&laid.bids)),
        ("ask", Reader::of(&laid.asks)),
    ];
    let mut columns = [Columns::of(keys.len()), Columns::of(keys.len())];
    let (mut crossed, mut first) = (0, None);
    let mut is_unread = false;
    for (bar, key) in keys.iter().enumerate() {
        if bar % SIGNAL_KEYS == 0 {
            py.check_signals()?;
        }
        let at = |side| Place {
            side,
            bar: Some(bar),
            symbol: Some(&laid.name),
        };
        if !(laid.there[0][bar] && laid.there[1][bar]) {
            // A signal is recorded with the close of its side, though the bar counts for nothing else.
            for (place, (name, side)) in both.iter().enumerate() {
                let there = laid.there[place][bar];
                let candle = there.then(|| side.prices_of(bar, at(name)));
                match candle {
                    Some(Ok(candle)) => columns[place].take(&candle),
                    // One that nobody asks for need not be sound; Ctrl-C is for nobody to keep.
                    Some(Err(error)) if !error.is_instance_of::<PyException>(py) => {
                        return Err(error);
                    }
                    Some(Err(_)) => {
                        is_unread = true;
                        columns[place].skip();
                    }
                    None => columns[place].skip(),
                }
            }
            continue;
        }
        if !ordinal {
            for (name, side) in &both {
                let time_us = side.time_of(bar, at(name))?;
                if let Some(time_us) = time_us.filter(|&time_us| time_us != clock[bar]) {
                    let key = show_key(key)?;
                    return Err(raise(time_error(&laid.name, name, time_us, &key, bar)));
                }
            }
        }
        let mut sound = |place: usize| {
            let (name, side) = &both[place];
            let candle = Candle {
                time_us: clock[bar],
                ..side.prices_of(bar, at(name))?
            };
            check_prices(&candle, name, bar, &laid.name).map_err(raise)?;
            columns[place].take(&candle);
            Ok::<_, PyErr>(candle)
        };
        let (bid, ask) = (sound(0)?, sound(1)?);
        if Quote::new(&bid, &ask).is_crossed() {
            crossed += 1;
            first = first.or(Some(bar));
        }
    }
    let times = Arc::clone(clock) as Column<i64>;
    let [bid, ask] = columns.map(|columns| columns.finish(&times));
    let (bid, ask) = (bid?, ask?);
    let sides = Sides::new(Arc::clone(&laid.name), bid, ask, laid.there.clone());
    if let Some((bid, ask)) = columns_of {
        let laid_out = LaidOut {
            clock: Arc::clone(clock),
            sides: sides.clone(),
            crossed: (crossed, first),
        };
        bid.remember_laid_out(&ask, laid_out);
    }
    Ok((sides, (crossed, first), is_unread))
}

/// A side while it is read.
enum Reader<'a, 'py> {
    Objects(&'a Bound<'py, PyList>),
    Columns(&'a PyAligned, CandleView<'a>),
}

impl<'a, 'py> Reader<'a, 'py> {
    fn of(side: &'a Side<'py>) -> Self {
        match side {
            Side::Objects(list) => Self::Objects(list),
            Side::Columns(aligned) => {
                let view = aligned.get().view().expect("they were laid out of columns");
                Self::Columns(aligned.get(), view)
            }
        }
    }

    /// The time of a candle; None in columns, which were laid out by it.
    fn time_of(&self, bar: usize, place: Place<'_>) -> PyResult<Option<i64>> {
        let Self::Objects(list) = self else {
            return Ok(None);
        };
        let candle = list.get_item(bar)?;
        if let Ok(own) = candle.cast_exact::<PyCandle>() {
            return Ok(Some(own.get().candle(candle.py()).time_us));
        }
        let timestamp = read(&candle, intern!(candle.py(), "timestamp"), place)?;
        to_time_us(&timestamp, "timestamp", place).map(Some)
    }

    /// The prices of a candle that is there; its time is not looked at.
    fn prices_of(&self, bar: usize, place: Place<'_>) -> PyResult<Candle> {
        let list = match self {
            Self::Objects(list) => list,
            Self::Columns(aligned, view) => {
                let row = aligned.row(bar).and_then(|row| view.get(row));
                return Ok(row.expect("a candle of a covered key"));
            }
        };
        let candle = list.get_item(bar)?;
        if let Ok(own) = candle.cast_exact::<PyCandle>() {
            return Ok(own.get().candle(candle.py()));
        }
        let py = candle.py();
        Ok(Candle {
            time_us: 0,
            open: read_price(&candle, intern!(py, "open"), place)?,
            high: read_price(&candle, intern!(py, "high"), place)?,
            low: read_price(&candle, intern!(py, "low"), place)?,
            close: read_price(&candle, intern!(py, "close"), place)?,
            volume: read_volume(&candle)?,
        })
    }
}

/// One side of a symbol on its way to columns; NaN where there is no candle.
struct Columns([Vec<f64>; 5]);

impl Columns {
    fn of(length: usize) -> Self {
        Self([(); 5].map(|()| Vec::with_capacity(length)))
    }

    fn take(&mut self, candle: &Candle) {
        let values = [
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            candle.volume,
        ];
        for (column, value) in self.0.iter_mut().zip(values) {
            column.push(value);
        }
    }

    fn skip(&mut self) {
        for column in &mut self.0 {
            column.push(f64::NAN);
        }
    }

    fn finish(self, times: &Column<i64>) -> PyResult<Arc<CandleColumns>> {
        let [open, high, low, close, volume] = self.0.map(|column| Arc::new(column) as Column<f64>);
        let times = Arc::clone(times);
        let columns = CandleColumns::new(times, open, high, low, close, Some(volume));
        columns.map(Arc::new).map_err(raise)
    }
}

/// Reads whether every symbol has to have every key (L5.coverage).
pub fn read_coverage(coverage: &Bound<'_, PyAny>) -> PyResult<bool> {
    let expected = "gaps or strict";
    match coverage.extract::<&str>() {
        Ok("gaps") => Ok(false),
        Ok("strict") => Ok(true),
        _ => {
            let code = ErrorCode::OptionUnknown;
            Err(Fault::new(code, "coverage", coverage, expected).into())
        }
    }
}
