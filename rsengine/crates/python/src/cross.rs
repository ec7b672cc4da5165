//! The engine over several symbols as a Python object: checks the input and chooses the loop.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use fillproof_engine::candle_checks::crossed_error;
use fillproof_engine::cross_symbol_engine::start_not_found;
use fillproof_engine::errors::{EngineError, ErrorCode};
use fillproof_engine::keys::{FIELD, Sides};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use self::aligned::Clock;
use self::keys::{
    Kind, check_coverage, check_key, check_keys, check_symbol, first_not_below, lay_out,
    read_coverage, show_key,
};
use crate::call::attribute;
use crate::candle::PyCandle;
use crate::checks;
use crate::engine::{complain_of_crossed, panicked};
use crate::errors::raise;
use crate::given::Given;
use crate::lower::check_parents;
use crate::multi_slice::{Lane, PyMultiSymbolSlice};
use crate::native_loop::Outcome;
use crate::progress::Progress;
use crate::series_view::item;
use crate::slice::Along;
use crate::strategy::{MANAGER_LINKS, find_manager, tell_bars};

pub mod aligned;
mod generic;
pub mod keys;
mod native;

/// Runs a strategy key by key over the candles of several symbols.
///
/// What it was made with lies in its `__dict__`, as on the other backends.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "CrossSymbolEventEngine"
)]
pub struct PyCrossSymbolEventEngine;

/// One symbol of a run.
pub struct Symbol<'py> {
    pub name: Bound<'py, PyAny>,
    /// The user's own candles along the keys, None where there is none.
    pub bids: Bound<'py, PyAny>,
    pub asks: Bound<'py, PyAny>,
    /// The same as columns, with the times of the clock.
    pub sides: Sides,
}

/// One run: what takes part in it, read once from the engine.
pub struct Run<'py> {
    pub strategy: Bound<'py, PyAny>,
    pub executor: Bound<'py, PyAny>,
    pub portfolio: Bound<'py, PyAny>,
    pub progress: Progress<'py>,
    pub tracer: Option<Bound<'py, PyAny>>,
    pub keys: Vec<Bound<'py, PyAny>>,
    pub symbols: Vec<Symbol<'py>>,
    pub clock: Arc<Vec<i64>>,
    pub start: usize,
    pub ordinal: bool,
    /// Whether a candle in a hole cannot be read, so that who asks for it gets its own error.
    pub has_unread: bool,
    pub slice: Bound<'py, PyMultiSymbolSlice>,
}

impl<'py> Run<'py> {
    /// Whether a part is shown the clock's times in place of keys that are none (L4.ordinal).
    pub fn by_clock(&self, part: &Bound<'py, PyAny>) -> PyResult<bool> {
        Ok(self.ordinal && attribute(part, intern!(part.py(), "use_ordinals"))?.is_some())
    }

    /// Both candles of a symbol at a key as a part is shown them; None in a hole.
    pub fn candles(
        &self,
        place: usize,
        bar: usize,
        by_clock: bool,
    ) -> PyResult<Option<[Bound<'py, PyAny>; 2]>> {
        let symbol = &self.symbols[place];
        if !symbol.sides.covered[bar] {
            return Ok(None);
        }
        if !by_clock {
            return Ok(Some([item(&symbol.bids, bar)?, item(&symbol.asks, bar)?]));
        }
        let Some((bid, ask)) = symbol.sides.get(bar) else {
            return Ok(None);
        };
        let stamped = |candle| Bound::new(self.strategy.py(), PyCandle::from(candle));
        Ok(Some([stamped(bid)?.into_any(), stamped(ask)?.into_any()]))
    }
}

#[pymethods]
impl PyCrossSymbolEventEngine {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self
    }

    #[pyo3(signature = (
        candle_lookups, common_timestamps, strategy, executor, portfolio, primary_tf,
        on_progress=None, original_start_dt=None, *, coverage=Given::ABSENT, tracer=None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has ten parameters"
    )]
    fn __init__(
        slf: &Bound<'_, Self>,
        candle_lookups: &Bound<'_, PyAny>,
        common_timestamps: &Bound<'_, PyAny>,
        strategy: &Bound<'_, PyAny>,
        executor: &Bound<'_, PyAny>,
        portfolio: &Bound<'_, PyAny>,
        primary_tf: &Bound<'_, PyAny>,
        on_progress: Option<&Bound<'_, PyAny>>,
        original_start_dt: Option<&Bound<'_, PyAny>>,
        coverage: Given<'_>,
        tracer: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        slf.setattr(intern!(py, "candle_lookups"), candle_lookups)?;
        slf.setattr(intern!(py, "common_timestamps"), common_timestamps)?;
        slf.setattr(intern!(py, "strategy"), strategy)?;
        slf.setattr(intern!(py, "executor"), executor)?;
        slf.setattr(intern!(py, "portfolio"), portfolio)?;
        slf.setattr(intern!(py, "primary_tf"), primary_tf)?;
        slf.setattr(intern!(py, "on_progress"), on_progress)?;
        slf.setattr(intern!(py, "original_start_dt"), original_start_dt)?;
        let gaps = intern!(py, "gaps").as_any();
        slf.setattr(intern!(py, "coverage"), coverage.get().unwrap_or(gaps))?;
        slf.setattr(intern!(py, "tracer"), tracer)?;
        slf.setattr(intern!(py, "holes"), PyDict::new(py))?;
        slf.setattr(intern!(py, "crossed_bars"), 0)?;
        slf.setattr(intern!(py, "ordinal"), false)
    }

    /// Runs the loop: open, entry, exits, close, management, portfolio, progress by key (L5).
    fn run(slf: &Bound<'_, Self>) -> PyResult<()> {
        // The guard that turns a defect of the engine into an ordinary error.
        let guarded = catch_unwind(AssertUnwindSafe(|| {
            let run = prepare(slf)?;
            match native::run(&run)? {
                Outcome::Done => Ok(()),
                Outcome::Generic(from) => generic::run(&run, from),
            }
        }));
        guarded.unwrap_or_else(|payload| Err(panicked(&*payload)))
    }
}

/// Checks the input in the order of the law and makes what the loops need (L4, L5).
fn prepare<'py>(engine: &Bound<'py, PyCrossSymbolEventEngine>) -> PyResult<Run<'py>> {
    let py = engine.py();
    let get = |name: &Bound<'py, PyString>| engine.getattr(name);
    let given = |name| Ok::<_, PyErr>(Some(get(name)?).filter(|value| !value.is_none()));
    let strict = read_coverage(&get(intern!(py, "coverage"))?)?;
    let common_timestamps = get(intern!(py, "common_timestamps"))?;
    let candle_lookups = get(intern!(py, "candle_lookups"))?;
    for (field, value) in [
        (FIELD, &common_timestamps),
        ("candle_lookups", &candle_lookups),
    ] {
        if value.len()? == 0 {
            return Err(raise(
                EngineError::new(ErrorCode::NoBars)
                    .in_field(field)
                    .with_value(0_i64)
                    .expecting("at least one"),
            ));
        }
    }
    let keys = common_timestamps
        .try_iter()?
        .collect::<PyResult<Vec<_>>>()?;
    let (kind, clock) = check_keys(&keys)?;
    let (ordinal, clock) = (kind != Kind::Time, Arc::new(clock));
    engine.setattr(intern!(py, "ordinal"), ordinal)?;
    let original_start = given(intern!(py, "original_start_dt"))?;
    if let Some(original_start) = &original_start {
        check_key(original_start, kind, "original_start_dt", None)?;
    }
    let times = (!ordinal).then(|| Clock::of(&clock));
    let laid = lay_out(&candle_lookups, &keys, times.as_ref())?;
    // The one that candles remember where they were laid out along it before.
    let clock = times.map_or(clock, |times| times.shared());
    check_coverage(&laid, &keys, strict)?;
    let executor = get(intern!(py, "executor"))?;
    let holes = PyDict::new(py);
    engine.setattr(intern!(py, "holes"), &holes)?;
    engine.setattr(intern!(py, "crossed_bars"), 0)?;
    let (mut symbols, mut crossed_bars) = (Vec::with_capacity(laid.len()), 0);
    let mut has_unread = false;
    for laid in laid {
        let (sides, (crossed, first), is_unread) = check_symbol(&laid, &keys, &clock, ordinal)?;
        has_unread |= is_unread;
        holes.set_item(&laid.symbol, sides.holes())?;
        crossed_bars += crossed;
        engine.setattr(intern!(py, "crossed_bars"), crossed_bars)?;
        if let Some(first) = first
            && let Some((bid, ask)) = sides.get(first)
        {
            let error = crossed_error(&bid, &ask, first, &laid.name);
            complain_of_crossed(&executor, &laid.name, (crossed, keys.len()), first, error)?;
        }
        symbols.push(Symbol {
            name: laid.symbol,
            bids: laid.bids.into_any(),
            asks: laid.asks.into_any(),
            sides,
        });
    }
    let start = match &original_start {
        None => 0,
        Some(start) => first_not_below(keys.len(), |at| keys[at].lt(start))?,
    };
    if let (Some(original_start), Some(last)) = (original_start, keys.last())
        && start == keys.len()
    {
        let (start, last) = (show_key(&original_start)?, show_key(last)?);
        return Err(raise(start_not_found(&start, &last)));
    }
    if !ordinal {
        for symbol in &symbols {
            let covered = symbol.sides.covered.iter();
            let there = clock.iter().zip(covered).filter(|&(_, &covered)| covered);
            check_parents(&executor, &symbol.name, there.map(|(&time_us, _)| time_us))?;
        }
    }
    let strategy = get(intern!(py, "strategy"))?;
    let portfolio = get(intern!(py, "portfolio"))?;
    if ordinal {
        use_ordinals(&executor, &portfolio, &strategy)?;
    }
    tell_bars(&strategy, start, keys.len())?;
    let tracer = given(intern!(py, "tracer"))?;
    for part in [&executor, &portfolio] {
        if let Some(attach) = attribute(part, intern!(py, "attach_tracer"))? {
            attach.call1((tracer.as_ref(),))?;
        }
    }
    let lanes = symbols.iter().map(|symbol| Lane {
        symbol: symbol.name.clone(),
        bids: symbol.bids.clone(),
        asks: symbol.asks.clone(),
        along: Along {
            columns: Some(checks::Sides {
                bid: Arc::clone(&symbol.sides.bid),
                ask: Arc::clone(&symbol.sides.ask),
            }),
            covered: Some(Arc::clone(&symbol.sides.covered)),
            clock: ordinal.then(|| Arc::clone(&clock)),
        },
    });
    let primary_tf = get(intern!(py, "primary_tf"))?;
    let slice = PyMultiSymbolSlice::of(lanes.collect(), &common_timestamps, &primary_tf)?;
    let on_progress = given(intern!(py, "on_progress"))?;
    Ok(Run {
        progress: Progress::new(on_progress, start, keys.len())?,
        strategy,
        executor,
        portfolio,
        tracer,
        keys,
        symbols,
        clock,
        start,
        ordinal,
        has_unread,
        slice,
    })
}

/// Tells all that can count by places that times are such (L4.clock).
fn use_ordinals<'py>(
    executor: &Bound<'py, PyAny>,
    portfolio: &Bound<'py, PyAny>,
    strategy: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = executor.py();
    let mut parts = vec![executor.clone(), portfolio.clone()];
    parts.extend(find_manager(strategy)?);
    let mut link = Some(strategy.clone());
    for _ in 0..MANAGER_LINKS {
        let Some(next) = link.filter(|link| !parts.iter().any(|part| part.is(link))) else {
            break;
        };
        link = attribute(&next, intern!(py, "strategy"))?;
        parts.push(next);
    }
    for part in parts {
        if let Some(use_ordinals) = attribute(&part, intern!(py, "use_ordinals"))? {
            use_ordinals.call0()?;
        }
    }
    Ok(())
}
