//! The built-in strategies of one symbol, as Python holds them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fillproof_engine::candles::Candle;
use fillproof_engine::errors::Result;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::strategies::single::{Rules, SingleSymbol};
use pyo3::PyClass;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyList};

use crate::call::attribute_or_none;
use crate::convert::{Place, to_candle};
use crate::errors::raise;
use crate::signal;
use crate::slice::PySlice;

pub mod columns;
pub mod cross_columns;
pub mod expressions;
pub mod pair;
mod reading;
pub mod single;

/// What a lock guards; what a panic left there counts.
pub fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A strategy, and whether a method was replaced on the very object that holds it.
pub struct Held<R> {
    strategy: Mutex<SingleSymbol<R>>,
    replaced: AtomicBool,
}

/// An object of Python's that holds a strategy of one symbol.
pub trait Holds: PyClass<Frozen = pyo3::pyclass::boolean_struct::True> + Sync {
    /// What it does with candles.
    type Rules: Rules + Send;

    /// What it holds.
    fn held(&self) -> &Held<Self::Rules>;
}

impl<R: Rules> Held<R> {
    /// Holds a strategy, if its settings are valid.
    fn new(strategy: Result<SingleSymbol<R>>) -> PyResult<Self> {
        Ok(Self {
            strategy: Mutex::new(strategy.map_err(raise)?),
            replaced: AtomicBool::new(false),
        })
    }

    /// Whether a method was replaced on this very object.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Notes that a method was replaced.
    fn replace(&self) {
        self.replaced.store(true, Ordering::Relaxed);
    }

    /// The strategy itself, to be run without Python.
    pub fn state(&self) -> MutexGuard<'_, SingleSymbol<R>> {
        locked(&self.strategy)
    }

    /// The same, to be locked when it runs.
    pub fn strategy(&self) -> &Mutex<SingleSymbol<R>> {
        &self.strategy
    }

    /// Evaluates the current bar of the first symbol.
    fn on_data<'py>(&self, slice_map: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let values = slice_map.call_method0(intern!(slice_map.py(), "values"))?;
        match values.try_iter()?.next() {
            Some(view) => self.decide(&view?),
            None => Ok(None),
        }
    }

    /// What a native run does, over a slice of any maker.
    fn decide<'py>(&self, view: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = view.py();
        let timeframe = self.state().timeframe().to_owned();
        let latest = |side: &str| view.call_method1(intern!(py, "latest"), (&*timeframe, side));
        let index: usize = view.getattr(intern!(py, "index"))?.extract()?;
        let follows = self.state().follows(index);
        let ordinal = is_ordinal(view)?;
        if !follows {
            let before = |side| candles_before(view, &timeframe, side, index, ordinal);
            let (bids, asks) = (before("bid")?, before("ask")?);
            self.state().begin(index, bids, asks);
        }
        let (bid, ask) = (latest("bid")?, latest("ask")?);
        let (mut bid_candle, mut ask_candle) = (candle(&bid)?, candle(&ask)?);
        if ordinal {
            for candle in [&mut bid_candle, &mut ask_candle].into_iter().flatten() {
                candle.time_us = place(index);
            }
        }
        let symbol = view.getattr(intern!(py, "symbol"))?;
        let symbol: Arc<str> = symbol.str()?.to_string_lossy().as_ref().into();
        let mut signals = Vec::new();
        self.state().step(
            &symbol,
            bid_candle.as_ref(),
            ask_candle.as_ref(),
            &mut signals,
        );
        listed(&signals, || bid.getattr(intern!(py, "timestamp")), py)
    }
}

/// The slice of the first symbol.
pub fn first_of<'py>(slice_map: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let values = slice_map.call_method0(intern!(slice_map.py(), "values"))?;
    values.try_iter()?.next().transpose()
}

/// Signals as a list of Python's; none is None.
pub fn listed<'py>(
    signals: &[TradeSignal],
    timestamp: impl Fn() -> PyResult<Bound<'py, PyAny>>,
    py: Python<'py>,
) -> PyResult<Option<Bound<'py, PyList>>> {
    if signals.is_empty() {
        return Ok(None);
    }
    let made = signals
        .iter()
        .map(|made| signal::to_python(py, made, timestamp()?));
    Ok(Some(PyList::new(py, made.collect::<PyResult<Vec<_>>>()?)?))
}

/// A candle of any maker, if there is one.
fn candle(value: &Bound<'_, PyAny>) -> PyResult<Option<Candle>> {
    if value.is_none() {
        return Ok(None);
    }
    to_candle(value, Place::default()).map(Some)
}

/// Whether a slice stands at a key that is no time: the times of its candles say nothing.
fn is_ordinal(view: &Bound<'_, PyAny>) -> PyResult<bool> {
    if view.is_exact_instance_of::<PySlice>() {
        return Ok(false);
    }
    let key = attribute_or_none(view, intern!(view.py(), "timestamp"))?;
    Ok(!key.is_none() && !key.is_instance_of::<PyDateTime>())
}

/// A place as a time, which differs from that of any other.
fn place(index: usize) -> i64 {
    i64::try_from(index).expect("a number of bars in memory fits")
}

/// The candles of a side before the current bar, the oldest first.
fn candles_before(
    view: &Bound<'_, PyAny>,
    timeframe: &str,
    side: &str,
    index: usize,
    ordinal: bool,
) -> PyResult<Vec<Candle>> {
    let py = view.py();
    if index == 0 {
        return Ok(Vec::new());
    }
    let candles = view.call_method1(intern!(py, "history"), (timeframe, side, index + 1))?;
    let candles = candles.cast_into::<PyList>()?;
    let latest = view.call_method1(intern!(py, "latest"), (timeframe, side))?;
    let before = candles.len() - usize::from(!latest.is_none() && !candles.is_empty());
    let read = |(number, candle): (usize, Bound<'_, PyAny>)| {
        let candle = to_candle(&candle, Place::default())?;
        let time_us = if ordinal {
            place(number)
        } else {
            candle.time_us
        };
        Ok(Candle { time_us, ..candle })
    };
    candles.iter().take(before).enumerate().map(read).collect()
}
