//! The wrapper between a user's strategy and the engine, and where the manager is found.

use std::sync::atomic::{AtomicBool, Ordering};

use fillproof_engine::errors::ErrorCode;
use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::call::{attribute_or_none, method_one};
use crate::convert::Place;
use crate::overrides;
use crate::signal::{SignalBar, normalise};
use crate::slice::PySlice;

const MANAGER_LINKS: usize = 8;

/// Calls a strategy and turns what it returns into signals.
///
/// `strategy` lies in the object's `__dict__`, as on the other backends.
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
}

#[pymethods]
impl PyStrategyWrapper {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    fn __init__(slf: &Bound<'_, Self>, strategy: &Bound<'_, PyAny>) -> PyResult<()> {
        slf.setattr(intern!(slf.py(), "strategy"), strategy)
    }

    /// Returns the signals of a bar, or None.
    fn evaluate<'py>(
        slf: &Bound<'py, Self>,
        index: usize,
        slice_map: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let first = first_value(slice_map)?;
        evaluate(slf, index, slice_map, &first)
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

/// What `StrategyWrapper.evaluate` does, with the first slice of the map at hand.
pub fn evaluate<'py>(
    wrapper: &Bound<'py, PyStrategyWrapper>,
    index: usize,
    slice_map: &Bound<'py, PyAny>,
    first: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = wrapper.py();
    let strategy = wrapper.getattr(intern!(py, "strategy"))?;
    let raw = call_strategy(wrapper.get(), &strategy, index, slice_map, first)?;
    if raw.is_none() {
        return Ok(None);
    }
    let at = SignalBar {
        bid: side(first, intern!(py, "bid"))?,
        ask: side(first, intern!(py, "ask"))?,
        symbol: first.getattr(intern!(py, "symbol"))?,
        bar: index,
    };
    let signals = PyList::empty(py);
    if raw.is_instance_of::<PyList>() || raw.is_instance_of::<PyTuple>() {
        for item in raw.try_iter()? {
            signals.append(normalise(&item?, &at)?)?;
        }
    } else {
        signals.append(normalise(&raw, &at)?)?;
    }
    Ok((!signals.is_empty()).then(|| signals.into_any()))
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
    let check_entry = attribute_or_none(strategy, intern!(py, "check_entry"))?;
    if check_entry.is_none() {
        let place = Place {
            bar: Some(index),
            ..Place::default()
        };
        let expected = "a method on_data(slice_map) or check_entry(slice, index)";
        let code = ErrorCode::StrategyInvalid;
        return Err(place.fault(code, "strategy", strategy, expected).into());
    }
    let keywords = PyDict::new(py);
    keywords.set_item(intern!(py, "index"), index)?;
    check_entry.call((first,), Some(&keywords))
}

fn side<'py>(
    slice: &Bound<'py, PyAny>,
    name: &Bound<'py, pyo3::types::PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let side = if slice.is_exact_instance_of::<PySlice>() {
        slice.getattr(name)?
    } else {
        attribute_or_none(slice, name)?
    };
    Ok(Some(side).filter(|side| !side.is_none()))
}

/// Returns the first position_manager along strategy, strategy.strategy, ... (L3).
pub fn find_manager<'py>(strategy: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = strategy.py();
    let mut seen: Vec<Bound<'py, PyAny>> = Vec::new();
    let mut link = strategy.clone();
    while !link.is_none() && seen.len() < MANAGER_LINKS {
        if seen.iter().any(|other| other.is(&link)) {
            return Ok(None);
        }
        let manager = attribute_or_none(&link, intern!(py, "position_manager"))?;
        if !manager.is_none() {
            return Ok(Some(manager));
        }
        let next = attribute_or_none(&link, intern!(py, "strategy"))?;
        seen.push(link);
        link = next;
    }
    Ok(None)
}
