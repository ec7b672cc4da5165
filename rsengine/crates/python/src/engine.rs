//! The engine as a Python object: checks the input and chooses the loop.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fillproof_engine::candle_checks::crossed_error;
use fillproof_engine::candles::time_text;
use fillproof_engine::errors::{EngineError, ErrorCode};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::call::attribute;
use crate::checks::{Sides, check};
use crate::convert::{Place, to_time_us};
use crate::errors::raise;
use crate::lower::check_parents;
use crate::progress::Progress;
use crate::slice::PySlice;
use crate::strategy::tell_bars;
use crate::{generic_loop, native_loop};

/// Runs a strategy bar by bar over the candles of one symbol.
///
/// What it was made with lies in its `__dict__`, as on the other backends.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "EventEngine"
)]
pub struct PyEventEngine;

/// One run: what takes part in it, read once from the engine.
pub struct Run<'py> {
    pub bid_candles: Bound<'py, PyAny>,
    pub ask_candles: Bound<'py, PyAny>,
    pub strategy: Bound<'py, PyAny>,
    pub executor: Bound<'py, PyAny>,
    pub portfolio: Bound<'py, PyAny>,
    pub multi_candle_data: Bound<'py, PyAny>,
    pub symbol: Bound<'py, PyAny>,
    pub symbol_text: String,
    pub progress: Progress<'py>,
    pub tracer: Option<Bound<'py, PyAny>>,
    pub sides: Sides,
    pub start: usize,
    pub start_us: i64,
    pub total: usize,
    pub slice: Bound<'py, PySlice>,
    pub slice_map: Bound<'py, PyDict>,
}

#[pymethods]
impl PyEventEngine {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self
    }

    #[pyo3(signature = (
        bid_candles, ask_candles, strategy, executor, portfolio, multi_candle_data, symbol,
        on_progress=None, original_start_dt=None, *, tracer=None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has ten parameters"
    )]
    fn __init__(
        slf: &Bound<'_, Self>,
        bid_candles: &Bound<'_, PyAny>,
        ask_candles: &Bound<'_, PyAny>,
        strategy: &Bound<'_, PyAny>,
        executor: &Bound<'_, PyAny>,
        portfolio: &Bound<'_, PyAny>,
        multi_candle_data: &Bound<'_, PyAny>,
        symbol: &Bound<'_, PyAny>,
        on_progress: Option<&Bound<'_, PyAny>>,
        original_start_dt: Option<&Bound<'_, PyAny>>,
        tracer: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        slf.setattr(intern!(py, "bid_candles"), bid_candles)?;
        slf.setattr(intern!(py, "ask_candles"), ask_candles)?;
        slf.setattr(intern!(py, "strategy"), strategy)?;
        slf.setattr(intern!(py, "executor"), executor)?;
        slf.setattr(intern!(py, "portfolio"), portfolio)?;
        slf.setattr(intern!(py, "multi_candle_data"), multi_candle_data)?;
        slf.setattr(intern!(py, "symbol"), symbol)?;
        slf.setattr(intern!(py, "on_progress"), on_progress)?;
        slf.setattr(intern!(py, "original_start_dt"), original_start_dt)?;
        slf.setattr(intern!(py, "tracer"), tracer)?;
        slf.setattr(intern!(py, "crossed_bars"), 0)
    }

    /// Runs the loop: entry, exits, close, management, portfolio, progress for each bar (L2).
    fn run(slf: &Bound<'_, Self>) -> PyResult<()> {
        // The one guard that turns a defect of the engine into an ordinary error.
        let guarded = catch_unwind(AssertUnwindSafe(|| {
            let run = prepare(slf)?;
            match native_loop::run(&run)? {
                native_loop::Outcome::Done => Ok(()),
                native_loop::Outcome::Generic(from) => generic_loop::run(&run, from),
            }
        }));
        guarded.unwrap_or_else(|payload| Err(panicked(&*payload)))
    }
}

/// The error that a defect of the engine becomes.
pub fn panicked(payload: &(dyn Any + Send)) -> PyErr {
    let error = EngineError::new(ErrorCode::EnginePanic)
        .with_value(words(payload))
        .expecting("a run without a defect; please report it");
    raise(error)
}

/// What a panic said.
fn words(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return text;
    }
    payload
        .downcast_ref::<String>()
        .map_or("a panic without words", String::as_str)
}

/// Checks the input in the order of T4 and makes what the loops need.
fn prepare<'py>(engine: &Bound<'py, PyEventEngine>) -> PyResult<Run<'py>> {
    let py = engine.py();
    let get = |name: &Bound<'py, PyString>| engine.getattr(name);
    let given = |name| Ok::<_, PyErr>(Some(get(name)?).filter(|value| !value.is_none()));
    let symbol = get(intern!(py, "symbol"))?;
    let symbol_text = symbol.str()?.to_string_lossy().into_owned();
    let place = Place {
        symbol: Some(&symbol_text),
        ..Place::default()
    };
    let about = |code, field| {
        EngineError::new(code)
            .for_symbol(&symbol_text)
            .in_field(field)
    };
    let Some(original_start) = given(intern!(py, "original_start_dt"))? else {
        let error = about(ErrorCode::StartMissing, "original_start_dt");
        return Err(raise(error.expecting("an aware datetime")));
    };
    let start_us = to_time_us(&original_start, "original_start_dt", place)?;
    let bid_candles = get(intern!(py, "bid_candles"))?;
    let ask_candles = get(intern!(py, "ask_candles"))?;
    let (sides, crossed, first) = check(&bid_candles, &ask_candles, &symbol_text)?;
    let executor = get(intern!(py, "executor"))?;
    engine.setattr(intern!(py, "crossed_bars"), crossed)?;
    if let Some(first) = first
        && let (Some(bid), Some(ask)) = (sides.bid.get(first), sides.ask.get(first))
    {
        let error = crossed_error(&bid, &ask, first, &symbol_text);
        let bars = (crossed, sides.bid.len());
        complain_of_crossed(&executor, &symbol_text, bars, first, error)?;
    }
    let times = sides.bid.time_us.as_slice();
    let start = times.partition_point(|&time_us| time_us < start_us);
    let total = times.len();
    if start == total {
        let last = times
            .last()
            .map_or_else(String::new, |&last| time_text(last));
        return Err(raise(
            about(ErrorCode::StartNotFound, "original_start_dt")
                .with_value(&*time_text(start_us))
                .expecting(format!("at most {last}, the last bar")),
        ));
    }
    check_parents(&executor, &symbol, times.iter().copied())?;
    let strategy = get(intern!(py, "strategy"))?;
    tell_bars(&strategy, start, total)?;
    let portfolio = get(intern!(py, "portfolio"))?;
    let tracer = given(intern!(py, "tracer"))?;
    for part in [&executor, &portfolio] {
        if let Some(attach) = attribute(part, intern!(py, "attach_tracer"))? {
            attach.call1((tracer.as_ref(),))?;
        }
    }
    let multi_candle_data = get(intern!(py, "multi_candle_data"))?;
    let slice = Bound::new(
        py,
        PySlice::pinned(
            multi_candle_data.clone().unbind(),
            symbol.clone().unbind(),
            bid_candles.clone().unbind(),
            ask_candles.clone().unbind(),
            sides.clone(),
            start,
        ),
    )?;
    let slice_map = PyDict::new(py);
    slice_map.set_item(&symbol, &slice)?;
    Ok(Run {
        strategy,
        progress: Progress::new(given(intern!(py, "on_progress"))?, start, total)?,
        bid_candles,
        ask_candles,
        executor,
        portfolio,
        multi_candle_data,
        symbol,
        symbol_text,
        tracer,
        sides,
        start,
        start_us,
        total,
        slice,
        slice_map,
    })
}

/// Warns of crossed bars, or refuses the first where the executor's policy says so (T2.crossed).
pub fn complain_of_crossed(
    executor: &Bound<'_, PyAny>,
    symbol: &str,
    (crossed, total): (usize, usize),
    first: usize,
    error: EngineError,
) -> PyResult<()> {
    let py = executor.py();
    let on_crossed = match attribute(executor, intern!(py, "policy"))? {
        Some(policy) => attribute(&policy, intern!(py, "on_crossed"))?,
        None => None,
    };
    let refuses = on_crossed.is_some_and(|word| word.extract::<&str>().is_ok_and(|w| w == "error"));
    if refuses {
        return Err(raise(error));
    }
    let text = format!(
        "{crossed} of {total} bars of {symbol} are crossed (ask below bid), the first is bar {first}"
    );
    let category = py
        .import(intern!(py, "fillproof.errors"))?
        .getattr(intern!(py, "CrossedBarsWarning"))?;
    py.import(intern!(py, "warnings"))?
        .call_method1(intern!(py, "warn"), (text, category))?;
    Ok(())
}
