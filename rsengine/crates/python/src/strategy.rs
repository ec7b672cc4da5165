//! The wrapper between a user's strategy and the engine, and where the manager is found.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use fillproof_engine::errors::ErrorCode;
use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString, PyTuple};

use crate::call::{Optional, attribute, attribute_or_none, keyword, method_one, method_one_named};
use crate::convert::{Place, to_time_us};
use crate::errors::raise;
use crate::given::Given;
use crate::multi_slice::PyMultiSymbolSlice;
use crate::overrides;
use crate::signal::{SignalBar, normalise};
use crate::slice::PySlice;

use self::rest::{Past, Rest, annotate, decision_us, rests};

mod rest;

/// How many links of strategies are followed.
pub const MANAGER_LINKS: usize = 8;

/// Calls a strategy and turns what it returns into signals; gives it rest after entries.
///
/// `strategy` lies in the object's `__dict__`, as on the other backends; so does the portfolio.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "StrategyWrapper"
)]
#[derive(Default)]
pub struct PyStrategyWrapper {
    replaced: AtomicBool,
    // Whether the strategy was last seen without `on_data`; only a hint that saves exceptions.
    lacks_on_data: AtomicBool,
    rest: OnceLock<Rest>,
    past: Mutex<Past>,
}

impl PyStrategyWrapper {
    /// Looks for an `evaluate` that was replaced past `__setattr__`.
    pub fn look_for_replaced(slf: &Bound<'_, Self>) -> PyResult<()> {
        if overrides::in_dict(slf.as_any(), &["evaluate"])? {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether `evaluate` was replaced on this very object.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Whether a cooldown or the mode has to be looked at before the strategy is called.
    #[inline]
    pub fn watches(&self) -> bool {
        self.rest.get().is_some_and(Rest::watches)
    }

    fn rest(&self) -> &Rest {
        // A class derived from this one may do without our __init__.
        self.rest.get_or_init(Rest::default)
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl PyStrategyWrapper {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    #[pyo3(signature = (
        strategy, cooldown_candles=Given::ABSENT, cooldown_minutes=Given::ABSENT,
        cooldown_minutes_trade=Given::ABSENT, portfolio=None, entry_timestamp_mode=Given::ABSENT
    ))]
    fn __init__(
        slf: &Bound<'_, Self>,
        strategy: &Bound<'_, PyAny>,
        cooldown_candles: Given<'_>,
        cooldown_minutes: Given<'_>,
        cooldown_minutes_trade: Given<'_>,
        portfolio: Option<&Bound<'_, PyAny>>,
        entry_timestamp_mode: Given<'_>,
    ) -> PyResult<()> {
        let py = slf.py();
        slf.setattr(intern!(py, "strategy"), strategy)?;
        let rest = Rest::read(
            &cooldown_candles,
            &cooldown_minutes,
            &cooldown_minutes_trade,
            portfolio.is_some(),
            &entry_timestamp_mode,
        )?;
        slf.setattr(intern!(py, "_portfolio"), portfolio)?;
        slf.get().rest.set(rest).map_err(|_| {
            PyAttributeError::new_err("StrategyWrapper.__init__ was called a second time")
        })
    }

    /// Bars without a call after one that returned signals.
    #[getter]
    fn cooldown_candles(&self) -> u64 {
        self.rest().candles
    }

    /// Minutes without a call after one that returned signals.
    #[getter]
    fn cooldown_minutes(&self) -> f64 {
        self.rest().minutes
    }

    /// Minutes without a call after the latest exit.
    #[getter]
    fn cooldown_minutes_trade(&self) -> f64 {
        self.rest().minutes_trade
    }

    /// The portfolio whose exits are looked at.
    #[getter]
    fn portfolio<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        attribute_or_none(slf.as_any(), intern!(slf.py(), "_portfolio"))
    }

    /// Whether a decision counts at its bar's open or at its end.
    #[getter]
    fn entry_timestamp_mode(&self) -> &'static str {
        self.rest().mode()
    }

    /// Takes a run with other keys than times (L4.ordinal).
    fn use_ordinals(&self) -> PyResult<()> {
        self.rest().refuse_ordinals().map_err(raise)
    }

    /// Returns the signals of a bar, or None.
    fn evaluate<'py>(
        slf: &Bound<'py, Self>,
        index: usize,
        slice_map: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Ok(many) = slice_map.cast::<PyMultiSymbolSlice>() {
            return evaluate(slf, index, slice_map, &Shown::Many(many));
        }
        let first = first_value(slice_map)?;
        evaluate(slf, index, slice_map, &Shown::One(&first))
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if overrides::is_one_of(name, &["evaluate"]) {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        overrides::set(slf.as_any(), name, Some(value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        overrides::set(slf.as_any(), name, None)
    }
}

fn first_value<'py>(slice_map: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let values = slice_map.call_method0(intern!(slice_map.py(), "values"))?;
    let mut values = values.try_iter()?;
    values.next().unwrap_or_else(|| {
        Err(pyo3::exceptions::PyValueError::new_err(
            "the slice map is empty",
        ))
    })
}

/// What a strategy is shown: one symbol, or several.
pub enum Shown<'a, 'py> {
    /// The first slice of the map.
    One(&'a Bound<'py, PyAny>),
    /// The slice over several symbols.
    Many(&'a Bound<'py, PyMultiSymbolSlice>),
}

impl<'py> Shown<'_, 'py> {
    /// What `check_entry` is given.
    fn view(&self) -> &Bound<'py, PyAny> {
        match self {
            Self::One(view) => view,
            Self::Many(many) => many.as_any(),
        }
    }

    /// Open of the bar; None where it shows none.
    fn time(&self) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Self::One(view) => {
                let bid = side(view, intern!(view.py(), "bid"))?;
                bid.map(|bid| bid.getattr(intern!(bid.py(), "timestamp")))
                    .transpose()
            }
            Self::Many(many) => Ok(Some(many.getattr(intern!(many.py(), "time"))?)),
        }
    }

    fn time_us(&self) -> PyResult<Option<i64>> {
        match self {
            Self::One(_) => {
                let time = self.time()?;
                time.map(|time| to_time_us(&time, "timestamp", Place::default()))
                    .transpose()
            }
            Self::Many(many) => Ok(Some(many.get().time_us(many.py())?)),
        }
    }

    /// The time as it is noted: none where it is only a place (L4.ordinal).
    fn noted_us(&self) -> PyResult<Option<i64>> {
        match self {
            Self::Many(many) if many.get().is_ordinal(many.py())? => Ok(None),
            _ => self.time_us(),
        }
    }

    /// The view of the symbol that a signal is for; None where there is no such symbol.
    fn view_of(
        &self,
        item: &Bound<'py, PyAny>,
        index: usize,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let many = match self {
            Self::One(view) => return Ok(Some((*view).clone())),
            Self::Many(many) => many.get(),
        };
        let py = item.py();
        let name = intern!(py, "symbol");
        let symbol = match item.cast::<PyMapping>() {
            Ok(_) => item.call_method1(intern!(py, "get"), (name,))?,
            Err(_) => attribute_or_none(item, name)?,
        };
        if symbol.is_none() && item.is_instance_of::<PyMapping>() {
            if many.len(py)? > 1 {
                let place = Place {
                    bar: Some(index),
                    ..Place::default()
                };
                let expected = format!("the name of one of {}", many.names(py)?);
                let code = ErrorCode::SignalNotUnderstood;
                return Err(place.fault(code, "symbol", &symbol, &expected).into());
            }
            return many.first(py);
        }
        if symbol.is_instance_of::<PyString>() {
            many.view(&symbol)
        } else {
            Ok(None)
        }
    }
}

/// What `StrategyWrapper.evaluate` does, with what is shown at hand.
pub fn evaluate<'py>(
    wrapper: &Bound<'py, PyStrategyWrapper>,
    index: usize,
    slice_map: &Bound<'py, PyAny>,
    shown: &Shown<'_, 'py>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = wrapper.py();
    let this = wrapper.get();
    let strategy = wrapper.getattr(intern!(py, "strategy"))?;
    if this.watches() && rests(wrapper, &strategy, index, shown.time_us()?)? {
        return Ok(None);
    }
    let raw = call_strategy(this, &strategy, index, slice_map, shown.view())?;
    if raw.is_none() {
        return Ok(None);
    }
    let is_list = raw.is_instance_of::<PyList>() || raw.is_instance_of::<PyTuple>();
    if is_list && raw.len()? == 0 {
        return Ok(None);
    }
    let time = shown.time()?;
    let decision_us = decision_us(this.rest(), &strategy, shown.time_us()?)?;
    {
        let mut past = this.past();
        past.entry_index = Some(index);
        past.entry_us = decision_us;
    }
    let signals = PyList::empty(py);
    let take = |item: &Bound<'py, PyAny>| {
        let view = shown.view_of(item, index)?;
        let of_view = |name| match &view {
            Some(view) => side(view, name),
            None => Ok(None),
        };
        let at = SignalBar {
            bid: of_view(intern!(py, "bid"))?,
            ask: of_view(intern!(py, "ask"))?,
            symbol: match &view {
                Some(view) => Some(view.getattr(intern!(py, "symbol"))?),
                None => None,
            },
            time: time.clone(),
            bar: index,
        };
        let signal = normalise(item, &at)?;
        if !signal.is(item) {
            let noted_us = shown.noted_us()?;
            annotate(this.rest(), &strategy, &signal, noted_us, decision_us)?;
        }
        signals.append(signal)
    };
    if is_list {
        for item in raw.try_iter()? {
            take(&item?)?;
        }
    } else {
        take(&raw)?;
    }
    Ok(Some(signals.into_any()))
}

/// Calls `on_data`, or `check_entry` of a strategy that has no `on_data`.
fn call_strategy<'py>(
    wrapper: &PyStrategyWrapper,
    strategy: &Bound<'py, PyAny>,
    index: usize,
    slice_map: &Bound<'py, PyAny>,
    first: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = strategy.py();
    let name = intern!(py, "on_data");
    if !wrapper.lacks_on_data.load(Ordering::Relaxed) {
        match method_one(strategy, name, slice_map) {
            Err(error)
                if error.is_instance_of::<PyAttributeError>(py) && !strategy.hasattr(name)? => {}
            answer => return answer,
        }
    }
    let on_data = attribute_or_none(strategy, name)?;
    wrapper
        .lacks_on_data
        .store(on_data.is_none(), Ordering::Relaxed);
    if !on_data.is_none() {
        return on_data.call1((slice_map,));
    }
    let name = intern!(py, "check_entry");
    let shown = index.into_pyobject(py)?.into_any();
    let named = (keyword!(py, "index"), &shown);
    let called = Optional::default().call(strategy, name, || {
        method_one_named(strategy, name, first, named)
    });
    match called? {
        Some(answer) => Ok(answer),
        None => {
            let place = Place {
                bar: Some(index),
                ..Place::default()
            };
            let expected = "a method on_data(slice_map) or check_entry(slice, index)";
            let code = ErrorCode::StrategyInvalid;
            Err(place.fault(code, "strategy", strategy, expected).into())
        }
    }
}

fn side<'py>(
    slice: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let side = if slice.is_exact_instance_of::<PySlice>() {
        slice.getattr(name)?
    } else {
        attribute_or_none(slice, name)?
    };
    Ok(Some(side).filter(|side| !side.is_none()))
}

/// Returns the first position_manager along strategy, strategy.strategy, ... (L3).
#[inline]
pub fn find_manager<'py>(strategy: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = strategy.py();
    if let Some(manager) = attribute(strategy, intern!(py, "position_manager"))? {
        return Ok(Some(manager));
    }
    match attribute(strategy, intern!(py, "strategy"))? {
        Some(next) => find_further(strategy, next),
        None => Ok(None),
    }
}

/// The same along the links that follow the first.
fn find_further<'py>(
    first: &Bound<'py, PyAny>,
    mut link: Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = first.py();
    let mut seen: [Option<Bound<'py, PyAny>>; MANAGER_LINKS] = Default::default();
    seen[0] = Some(first.clone());
    for place in 1..MANAGER_LINKS {
        if seen[..place].iter().flatten().any(|other| other.is(&link)) {
            break;
        }
        if let Some(manager) = attribute(&link, intern!(py, "position_manager"))? {
            return Ok(Some(manager));
        }
        let Some(next) = attribute(&link, intern!(py, "strategy"))? else {
            break;
        };
        seen[place] = Some(std::mem::replace(&mut link, next));
    }
    Ok(None)
}

/// Tells the links of a strategy that ask for it which bars a run has (I.columns).
pub fn tell_bars(strategy: &Bound<'_, PyAny>, start: usize, total: usize) -> PyResult<()> {
    let py = strategy.py();
    let mut seen: Vec<Bound<'_, PyAny>> = Vec::new();
    let mut link = strategy.clone();
    while !link.is_none() && seen.len() < MANAGER_LINKS {
        if seen.iter().any(|other| other.is(&link)) {
            break;
        }
        let use_bars = attribute_or_none(&link, intern!(py, "use_bars"))?;
        if !use_bars.is_none() {
            use_bars.call1((start, total))?;
        }
        let next = attribute_or_none(&link, intern!(py, "strategy"))?;
        seen.push(link);
        link = next;
    }
    Ok(())
}
