//! Reads a canonical state that Python hands over, field by field (state.schema.json, L9.restore).

use std::sync::Arc;

use fillproof_engine::carried::{
    Carried, CarriedFill, CarriedLedger, CarriedState, LARGEST_WHOLE, check_numbers,
};
use fillproof_engine::errors::ErrorCode;
use fillproof_engine::execution_state::STATE_VERSION;
use fillproof_engine::positions::{FillAt, Reason};
use fillproof_engine::signals::{Direction, OrderType};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};

use crate::errors::{Fault, raise};

const COUNT: &str = "a whole number >= 1";
const WHOLE: &str = "a whole number >= 0";
const TIME: &str = "microseconds since 1970, a whole number";
const NUMBER: &str = "a finite number";
const AMOUNT: &str = "a finite number >= 0.0";
const TEXT: &str = "text that is not empty";
const FLAG: &str = "True or False";
const STOP_REASON: &str = "stop_loss, break_even_stop_loss, trailing_stop";

/// A record of the state, with its place and the names that were asked for.
struct Record<'py> {
    dict: Bound<'py, PyDict>,
    place: String,
    asked: Vec<&'static str>,
}

/// Reads one kind of value; `None` where a value is of another.
type Reader<T> = fn(&Bound<'_, PyAny>) -> Option<T>;

impl<'py> Record<'py> {
    fn read(value: &Bound<'py, PyAny>, name: &str) -> PyResult<Self> {
        let Ok(dict) = value.cast::<PyDict>() else {
            return Err(invalid(name, value, "a dict of names and values"));
        };
        Ok(Self {
            dict: dict.clone(),
            place: format!("{name}."),
            asked: Vec::new(),
        })
    }

    fn given(&mut self, name: &'static str) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.asked.push(name);
        self.dict.get_item(name)
    }

    fn fault(&self, name: &str, value: Option<Bound<'py, PyAny>>, expected: &str) -> PyErr {
        let value = value.unwrap_or_else(|| self.dict.py().None().into_bound(self.dict.py()));
        invalid(&format!("{}{name}", self.place), &value, expected)
    }

    /// Reads a value that has to be there.
    fn value<T>(&mut self, name: &'static str, kind: &str, read: Reader<T>) -> PyResult<T> {
        let given = self.given(name)?;
        match given.as_ref().and_then(read) {
            Some(value) => Ok(value),
            None => Err(self.fault(name, given, kind)),
        }
    }

    /// Reads a value that has to be there, `None` or not.
    fn maybe<T>(&mut self, name: &'static str, kind: &str, read: Reader<T>) -> PyResult<Option<T>> {
        let given = self.given(name)?;
        if given.as_ref().is_some_and(|value| value.is_none()) {
            return Ok(None);
        }
        match given.as_ref().and_then(read) {
            Some(value) => Ok(Some(value)),
            None => Err(self.fault(name, given, &format!("{kind}, or None"))),
        }
    }

    /// Reads a value that is there only where it says something.
    fn option<T>(
        &mut self,
        name: &'static str,
        kind: &str,
        read: Reader<T>,
        default: T,
    ) -> PyResult<T> {
        match self.given(name)? {
            None => Ok(default),
            Some(given) => read(&given).ok_or_else(|| self.fault(name, Some(given), kind)),
        }
    }

    fn list(&mut self, name: &'static str) -> PyResult<Bound<'py, PyList>> {
        let given = self.given(name)?;
        match given.as_ref().map(|value| value.cast::<PyList>()) {
            Some(Ok(list)) => Ok(list.clone()),
            _ => Err(self.fault(name, given, "a list")),
        }
    }

    /// Refuses a name that nobody asked for, in their order.
    fn refuse_unknown(&self) -> PyResult<()> {
        for (name, value) in self.dict.iter() {
            let name = name.str()?.to_string_lossy().into_owned();
            if !self.asked.contains(&name.as_str()) {
                return Err(self.fault(&name, Some(value), "no such field here"));
            }
        }
        Ok(())
    }
}

fn invalid(field: &str, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    Fault::new(ErrorCode::StateInvalid, field, value, expected).into()
}

/// Reads a state; `accounted` says whether its positions tell of rates, margin and swap.
pub fn read_state(state: &Bound<'_, PyAny>, accounted: bool) -> PyResult<CarriedState> {
    let mut given = Record::read(state, "state")?;
    given.place = String::new();
    let version = format!("{STATE_VERSION}");
    let is_known = |value: &Bound<'_, PyAny>| time(value).filter(|&found| found == STATE_VERSION);
    given.value("version", &version, is_known)?;
    let time_us = given.maybe("time_us", TIME, time)?;
    let next_order_id = given.value("next_order_id", COUNT, count)?;
    let orders = read_orders(&mut given, "orders", false, accounted)?;
    let positions = read_orders(&mut given, "positions", true, accounted)?;
    let none = state.py().None().into_bound(state.py());
    let ledger = read_ledger(&given.given("ledger")?.unwrap_or(none))?;
    let is_opened_given = given.given("opened")?.is_some();
    given.refuse_unknown()?;
    check_numbers(next_order_id, &orders, &positions).map_err(raise)?;
    let numbers: Vec<u64> = positions.iter().map(|item| item.order_id).collect();
    let opened = if is_opened_given {
        read_opened(&mut given, &numbers)?
    } else {
        numbers
    };
    Ok(CarriedState {
        time_us,
        next_order_id,
        orders,
        positions,
        opened,
        ledger,
    })
}

fn read_orders(
    given: &mut Record<'_>,
    name: &'static str,
    filled: bool,
    accounted: bool,
) -> PyResult<Vec<Carried>> {
    let list = given.list(name)?;
    let read = |(place, item)| read_order(&item, &format!("{name}[{place}]"), filled, accounted);
    list.iter().enumerate().map(read).collect()
}

/// Reads an order, or a position where `filled`.
fn read_order(
    item: &Bound<'_, PyAny>,
    name: &str,
    filled: bool,
    accounted: bool,
) -> PyResult<Carried> {
    let mut given = Record::read(item, name)?;
    let mut carried = Carried {
        order_id: given.value("order_id", COUNT, count)?,
        symbol: given.value("symbol", TEXT, text)?,
        direction: given.value("direction", "long, short", direction)?,
        order_type: given.value("type", "market, limit, stop", order_type)?,
        entry: given.maybe("entry", NUMBER, number)?,
        entry_time_us: given.value("entry_time_us", TIME, time)?,
        reference: given.value("reference", NUMBER, number)?,
        unit_value: given.value("unit_value", NUMBER, number)?,
        risk: given.maybe("risk", NUMBER, number)?,
        size: given.value("size", AMOUNT, amount)?,
        initial_size: given.value("initial_size", AMOUNT, amount)?,
        stop_loss: given.maybe("stop_loss", NUMBER, number)?,
        take_profit: given.maybe("take_profit", NUMBER, number)?,
        initial_stop_loss: given.maybe("initial_stop_loss", NUMBER, number)?,
        initial_take_profit: given.maybe("initial_take_profit", NUMBER, number)?,
        expires_at_us: given.maybe("expires_at_us", TIME, time)?,
        max_bars: given.maybe("max_bars", COUNT, count)?,
        oco: given.maybe("oco", TEXT, text)?,
        stop_reason: Reason::StopLoss,
        bars_seen: 0,
        parts: 0,
        fill: None,
    };
    if filled {
        carried.fill = Some(read_fill(&mut given, accounted)?);
    }
    carried.stop_reason =
        given.option("stop_reason", STOP_REASON, stop_reason, Reason::StopLoss)?;
    if filled {
        carried.parts = given.option("parts", WHOLE, parts, 0)?;
    } else {
        carried.bars_seen = given.option("bars_seen", WHOLE, whole, 0)?;
    }
    given.refuse_unknown()?;
    let waits = carried.order_type.waits();
    if waits == carried.entry.is_none() {
        let expected = if waits {
            "a finite number of a limit or stop order"
        } else {
            "None of a market order"
        };
        let value = given.given("entry")?;
        return Err(given.fault("entry", value, expected));
    }
    Ok(carried)
}

fn read_fill(given: &mut Record<'_>, accounted: bool) -> PyResult<CarriedFill> {
    let mut fill = CarriedFill {
        time_us: given.value("trigger_time_us", TIME, time)?,
        at: given.value("at", "open, inside, close", fill_at)?,
        price: given.value("entry_price", NUMBER, number)?,
        fee: given.value("entry_fee", AMOUNT, amount)?,
        ambiguous: given.value("ambiguous", FLAG, flag)?,
        now_unit: None,
        margin: 0.0,
        swap: 0.0,
    };
    if accounted {
        fill.now_unit = Some(given.value("now_unit", NUMBER, number)?);
        fill.margin = given.value("margin", AMOUNT, amount)?;
        fill.swap = given.value("swap", NUMBER, number)?;
    }
    Ok(fill)
}

fn read_ledger(ledger: &Bound<'_, PyAny>) -> PyResult<CarriedLedger> {
    let mut given = Record::read(ledger, "ledger")?;
    let read = CarriedLedger {
        cash: given.value("cash", NUMBER, number)?,
        total_fees: given.value("total_fees", AMOUNT, amount)?,
        realised: given.value("realised", NUMBER, number)?,
        closed: given.value("closed", WHOLE, whole)?,
        max_equity: given.value("max_equity", NUMBER, number)?,
        max_drawdown: given.value("max_drawdown", AMOUNT, amount)?,
        total_swap: given.option("total_swap", NUMBER, number, 0.0)?,
    };
    given.refuse_unknown()?;
    Ok(read)
}

/// Reads in which order the positions opened.
fn read_opened(given: &mut Record<'_>, numbers: &[u64]) -> PyResult<Vec<u64>> {
    let list = given.list("opened")?;
    let opened: Option<Vec<u64>> = list.iter().map(|value| whole(&value)).collect();
    let mut sorted = opened.clone().unwrap_or_default();
    sorted.sort_unstable();
    match opened {
        Some(opened) if sorted == numbers => Ok(opened),
        _ => {
            let expected = format!("the order ids of the positions: {numbers:?}");
            Err(given.fault("opened", Some(list.into_any()), &expected))
        }
    }
}

fn time(value: &Bound<'_, PyAny>) -> Option<i64> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return None;
    }
    let found = value.extract::<i64>().ok()?;
    (-LARGEST_WHOLE..=LARGEST_WHOLE)
        .contains(&found)
        .then_some(found)
}

fn whole(value: &Bound<'_, PyAny>) -> Option<u64> {
    u64::try_from(time(value)?).ok()
}

fn count(value: &Bound<'_, PyAny>) -> Option<u64> {
    whole(value).filter(|&found| found >= 1)
}

fn parts(value: &Bound<'_, PyAny>) -> Option<u32> {
    u32::try_from(whole(value)?).ok()
}

fn number(value: &Bound<'_, PyAny>) -> Option<f64> {
    let found = match value.cast::<PyFloat>() {
        Ok(found) => found.value(),
        Err(_) => time(value)? as f64,
    };
    found.is_finite().then_some(found + 0.0)
}

fn amount(value: &Bound<'_, PyAny>) -> Option<f64> {
    number(value).filter(|&found| found >= 0.0)
}

fn flag(value: &Bound<'_, PyAny>) -> Option<bool> {
    value.cast::<PyBool>().ok().map(|flag| flag.is_true())
}

fn word(value: &Bound<'_, PyAny>) -> Option<String> {
    let text = value.cast::<PyString>().ok()?;
    Some(text.to_string_lossy().into_owned())
}

fn text(value: &Bound<'_, PyAny>) -> Option<Arc<str>> {
    word(value).filter(|text| !text.is_empty()).map(Into::into)
}

fn direction(value: &Bound<'_, PyAny>) -> Option<Direction> {
    let word = word(value)?;
    let known = [Direction::Long, Direction::Short];
    known.into_iter().find(|known| known.as_str() == word)
}

fn order_type(value: &Bound<'_, PyAny>) -> Option<OrderType> {
    let word = word(value)?;
    let mut known = OrderType::ALL.into_iter();
    known.find(|known| known.as_str() == word)
}

fn fill_at(value: &Bound<'_, PyAny>) -> Option<FillAt> {
    let word = word(value)?;
    let known = [FillAt::Open, FillAt::Inside, FillAt::Close];
    known.into_iter().find(|known| known.as_str() == word)
}

fn stop_reason(value: &Bound<'_, PyAny>) -> Option<Reason> {
    let word = word(value)?;
    let known = [
        Reason::StopLoss,
        Reason::BreakEvenStopLoss,
        Reason::TrailingStop,
    ];
    known.into_iter().find(|known| known.as_str() == word)
}
