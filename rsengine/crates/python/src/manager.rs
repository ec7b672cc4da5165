//! The manager of open positions as a Python object (M1, M2).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use fillproof_engine::config::COUNT_MOST;
use fillproof_engine::cross_symbol_engine::CrossSymbolEventEngine;
use fillproof_engine::errors::{ErrorCode, Result};
use fillproof_engine::managed_bar::Bar;
use fillproof_engine::management::Management;
use fillproof_engine::manager_settings::ManagerConfig;
use fillproof_engine::position_manager::{Memories, PositionManager, manage_slots, open_slots};
use fillproof_engine::symbols::SymbolSpec;
use pyo3::PyTraverseError;
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::call::attribute_or_none;
use crate::config::{PySession, PySymbolSpec, setting, whole};
use crate::convert::{Place, to_candle, to_time_us};
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::made::Made;
use crate::multi_slice::PyMultiSymbolSlice;
use crate::overrides;
use crate::rejection::PyRejection;
use crate::shared::Shared;
use crate::slice::PySlice;
use crate::values::Fields;

mod face;
mod foreign;
mod foreigners;
mod own;
mod settings;

use self::foreign::manage_foreign;
use self::foreigners::Foreigners;
use self::own::{is_parity, manage_own, own_slot};
pub use self::settings::{PyBreakEven, PyPartial, PyTrailing};

/// Methods that a user may replace on one object; then they are called through it.
const REPLACEABLE: [&str; 1] = ["manage_positions"];

/// Closes, tightens and takes parts by rules, at each close (M1).
///
/// The portfolio lies in the object's `__dict__`, as on the other backends.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "PositionManager"
)]
#[derive(Default)]
pub struct PyPositionManager {
    made: Made,
    parts: OnceLock<Parts>,
    replaced: AtomicBool,
}

struct Parts {
    session: Py<PyAny>,
    max_holding_bars: Option<u64>,
    max_holding_minutes: Option<f64>,
    break_even: Py<PyAny>,
    trailing: Py<PyAny>,
    partials: Py<PyTuple>,
    symbol_specs: Py<PyDict>,
    specs: Vec<SymbolSpec>,
    state: Mutex<State>,
    foreigners: Foreigners,
}

/// What changes while positions are managed; nothing of Python runs while it is locked.
struct State {
    management: Management,
    // What is remembered of the positions of each core.
    memories: Vec<(Weak<Shared>, Memories)>,
}

impl State {
    fn memories(&mut self, shared: &Arc<Shared>) -> (&mut Management, &mut Memories) {
        self.memories.retain(|(core, _)| core.strong_count() > 0);
        let known = self
            .memories
            .iter()
            .position(|(core, _)| core.as_ptr() == Arc::as_ptr(shared));
        let place = known.unwrap_or_else(|| {
            let made = (Arc::downgrade(shared), Memories::default());
            self.memories.push(made);
            self.memories.len() - 1
        });
        (&mut self.management, &mut self.memories[place].1)
    }
}

impl Parts {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The specification given for positions of other makers.
    fn spec(&self, symbol: &str) -> Option<&SymbolSpec> {
        self.specs.iter().find(|spec| *spec.symbol == *symbol)
    }

    /// Applies the rules while Python may run: the state is not locked meanwhile.
    fn manage<R>(&self, work: impl FnOnce(&mut Management) -> R) -> R {
        let mut management = self.state().management.take_turn();
        let outcome = work(&mut management);
        self.state().management.end_turn(management);
        outcome
    }
}

impl PyPositionManager {
    fn parts(&self) -> PyResult<&Parts> {
        self.parts
            .get()
            .ok_or_else(|| PyAttributeError::new_err("PositionManager.__init__ was not called"))
    }

    /// Whether the manager is exactly of this class and nothing was replaced on it.
    pub fn is_native(slf: &Bound<'_, Self>) -> PyResult<bool> {
        if overrides::in_dict(slf.as_any(), &REPLACEABLE)? {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        let this = slf.get();
        Ok(this.parts.get().is_some() && !this.replaced.load(Ordering::Relaxed))
    }

    /// Lends the engine's manager to work without Python; tells whether it had a turn.
    pub fn lend<R>(
        &self,
        shared: &Arc<Shared>,
        work: impl FnOnce(&mut PositionManager) -> R,
    ) -> (R, bool) {
        let Some(parts) = self.parts.get() else {
            unreachable!("only a manager that was made is native");
        };
        let mut state = parts.state();
        let (management, memories) = state.memories(shared);
        let mut lent = PositionManager {
            management: management.take_turn(),
            memories: std::mem::take(memories),
            was_called: false,
        };
        let outcome = work(&mut lent);
        management.end_turn(lent.management);
        *memories = lent.memories;
        (outcome, lent.was_called)
    }

    /// Manages the positions of an executor whose portfolio is of the same core (M1.order).
    ///
    /// # Errors
    /// Those of the engine's manager.
    pub fn manage_native(
        &self,
        shared: &Arc<Shared>,
        executor: usize,
        symbol: &str,
        bar: &Bar,
    ) -> PyResult<()> {
        let mut state = self.parts()?.state();
        let (management, memories) = state.memories(shared);
        let done: Result<()> = shared.with(|core| {
            let open = open_slots(core, executor, symbol);
            manage_slots(management, memories, core, &open, bar)
        });
        drop(state);
        done.map_err(raise)
    }
}

impl PyPositionManager {
    /// The same for all symbols of a key (L5.phases).
    ///
    /// # Errors
    /// Those of the engine's manager.
    pub fn manage_across(
        &self,
        shared: &Arc<Shared>,
        machine: &CrossSymbolEventEngine,
    ) -> PyResult<()> {
        let mut state = self.parts()?.state();
        let (management, memories) = state.memories(shared);
        let done: Result<()> = shared.with(|core| {
            machine.manage(core, |core, open, bar| {
                manage_slots(management, memories, core, open, bar)
            })
        });
        drop(state);
        done.map_err(raise)
    }
}

#[pymethods]
impl PyPositionManager {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    #[pyo3(signature = (
        portfolio=None, *, session=None, max_holding_bars=None, max_holding_minutes=None,
        break_even=None, trailing=None, partials=Given::ABSENT, symbol_specs=None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has eight parameters"
    )]
    fn __init__(
        slf: &Bound<'_, Self>,
        portfolio: Option<&Bound<'_, PyAny>>,
        session: Option<&Bound<'_, PyAny>>,
        max_holding_bars: Option<&Bound<'_, PyAny>>,
        max_holding_minutes: Option<&Bound<'_, PyAny>>,
        break_even: Option<&Bound<'_, PyAny>>,
        trailing: Option<&Bound<'_, PyAny>>,
        partials: Given<'_>,
        symbol_specs: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let field = "max_holding_bars";
        let bars = max_holding_bars.map(|value| whole(value, field, 1, COUNT_MOST));
        let field = "max_holding_minutes";
        let minutes = max_holding_minutes.map(|value| setting(value, field));
        let config = ManagerConfig {
            max_holding_bars: bars.transpose()?,
            max_holding_minutes: minutes.transpose()?,
            ..ManagerConfig::default()
        };
        // Numbers are checked before the kinds of the other settings.
        let config = config.checked().map_err(raise)?;
        let held = session.map(|value| kind::<PySession>(value, "session"));
        let even = break_even.map(|value| kind::<PyBreakEven>(value, "break_even"));
        let (held, even) = (held.transpose()?, even.transpose()?);
        let follow = trailing.map(|value| kind::<PyTrailing>(value, "trailing"));
        let follow = follow.transpose()?;
        let listed = listed(&partials)?;
        let management = Management::new(ManagerConfig {
            session: held.map(|session| session.get().session.clone()),
            break_even: even.map(|rule| rule.get().rule),
            trailing: follow.map(|rule| rule.get().rule),
            partials: listed.iter().map(|rule| rule.get().rule).collect(),
            ..config.clone()
        });
        let symbol_specs = match symbol_specs {
            Some(specs) => PyDict::from_sequence(&specs.call_method0("items")?)?,
            None => PyDict::new(py),
        };
        let mut specs = Vec::with_capacity(symbol_specs.len());
        for (name, spec) in symbol_specs.iter() {
            let mut spec = PySymbolSpec::read(&spec)?;
            spec.symbol = name.str()?.to_string_lossy().into();
            specs.push(spec);
        }
        slf.setattr(intern!(py, "_portfolio"), portfolio)?;
        let or_none = |value: Option<&Bound<'_, PyAny>>| {
            value.map_or_else(|| py.None(), |value| value.clone().unbind())
        };
        let parts = Parts {
            session: or_none(session),
            max_holding_bars: config.max_holding_bars,
            max_holding_minutes: config.max_holding_minutes,
            break_even: or_none(break_even),
            trailing: or_none(trailing),
            partials: PyTuple::new(py, listed)?.unbind(),
            symbol_specs: symbol_specs.unbind(),
            specs,
            state: Mutex::new(State {
                management: management.map_err(raise)?,
                memories: Vec::new(),
            }),
            foreigners: Foreigners::default(),
        };
        slf.get().parts.set(parts).map_err(|_| {
            PyAttributeError::new_err("PositionManager.__init__ was called a second time")
        })
    }

    /// Manages the open positions of a symbol at the end of a bar (M1.order).
    fn manage_positions<'py>(
        slf: &Bound<'py, Self>,
        open_positions: &Bound<'py, PyAny>,
        symbol_slice: &Bound<'py, PyAny>,
        bid_candle: &Bound<'py, PyAny>,
        ask_candle: &Bound<'py, PyAny>,
        all_positions: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        if !open_positions.is_truthy()? {
            return Ok(());
        }
        let py = slf.py();
        let parts = slf.get().parts()?;
        let time = bid_candle.getattr(intern!(py, "timestamp"))?;
        let many = symbol_slice.cast::<PyMultiSymbolSlice>().ok();
        let mut bar = Bar {
            time_us: to_time_us(&time, "timestamp", Place::default())?,
            bid: to_candle(bid_candle, Place::default())?,
            ask: to_candle(ask_candle, Place::default())?,
            run: match symbol_slice.cast::<PySlice>() {
                Ok(slice) => slice.get().run_bars(),
                Err(_) => None,
            },
        };
        for position in in_order(open_positions, all_positions)? {
            if let Some(many) = many {
                let symbol = position.getattr(intern!(py, "symbol"))?;
                bar.run = many.get().run_bars(&symbol)?;
            }
            match own_slot(&position) {
                Some(own) => manage_own(parts, own, &bar)?,
                None => manage_foreign(slf, parts, &position, &time, &bar)?,
            }
        }
        Ok(())
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if overrides::is_one_of(name, &REPLACEABLE) {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        overrides::set(slf.as_any(), name, Some(value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        overrides::set(slf.as_any(), name, None)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> std::result::Result<(), PyTraverseError> {
        if !self.made.is_whole() {
            return Ok(());
        }
        let Some(parts) = self.parts.get() else {
            return Ok(());
        };
        visit.call(&parts.session)?;
        visit.call(&parts.break_even)?;
        visit.call(&parts.trailing)?;
        visit.call(&parts.partials)?;
        visit.call(&parts.symbol_specs)?;
        parts.foreigners.traverse(&visit)
    }
}

/// Reads a setting that is a value of one of our classes.
fn kind<'a, 'py, C: Fields>(
    value: &'a Bound<'py, PyAny>,
    field: &str,
) -> PyResult<&'a Bound<'py, C>> {
    value.cast::<C>().map_err(|_| {
        let expected = format!("{} or None", C::CLASS);
        Fault::new(ErrorCode::OptionUnknown, field, value, &expected).into()
    })
}

/// Reads partials, in order.
fn listed<'py>(partials: &Given<'py>) -> PyResult<Vec<Bound<'py, PyPartial>>> {
    let Some(given) = partials.get() else {
        return Ok(Vec::new());
    };
    let unknown = || {
        let code = ErrorCode::OptionUnknown;
        PyErr::from(Fault::new(code, "partials", given, "a list of Partial"))
    };
    let mut read = Vec::new();
    for partial in given.try_iter().map_err(|_| unknown())? {
        read.push(partial?.cast_into::<PyPartial>().map_err(|_| unknown())?);
    }
    Ok(read)
}

/// Brings positions into the order of acceptance; the preset parity keeps that of fills.
fn in_order<'py>(
    open_positions: &Bound<'py, PyAny>,
    all_positions: &Bound<'py, PyAny>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut open = open_positions.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    if open.len() < 2 || is_parity(&open[0]) {
        return Ok(open);
    }
    let places = all_positions.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let place = |position: &Bound<'py, PyAny>| {
        let found = places.iter().position(|other| other.is(position));
        found.unwrap_or(places.len())
    };
    open.sort_by_cached_key(place);
    Ok(open)
}
