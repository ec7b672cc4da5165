//! The execution simulator as a Python object: a handle on one executor of a `Core`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use fillproof_engine::blotter::Rejection;
use fillproof_engine::config as engine;
use fillproof_engine::core::{Core, Pass, Step};
use fillproof_engine::errors::{ErrorCode, Result};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::ledger::{Effect, LedgerKind};
use fillproof_engine::portfolio::Portfolio;
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use pyo3::{PyClass, PyTraverseError};

use crate::book::Book;
use crate::call::attribute;
use crate::config::{
    PyExecutionPolicy, PyFeeModel, PyRiskAmount, PySlippageModel, PySymbolSpec, read_sizing,
};
use crate::convert::{Place, number, to_candle, to_datetime, to_time_us};
use crate::errors::{Fault, raise};
use crate::made::Made;
use crate::overrides;
use crate::portfolio::{PyPortfolio, native_core};
use crate::rejection::PyRejection;
use crate::shared::Shared;
use crate::signal::{check_signal, notes};
use crate::state;
use crate::tracer::PyTracer;

/// Methods that a user may replace on one object; then they are called through it.
const REPLACEABLE: [&str; 4] = ["open_bar", "process_signal", "evaluate_exits", "close_bar"];

/// Fills market orders and watches their stops and targets.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "ExecutionSimulator"
)]
#[derive(Default)]
pub struct PyExecutor {
    made: Made,
    parts: OnceLock<Parts>,
    replaced: AtomicBool,
}

struct Parts {
    book: Py<Book>,
    shared: Arc<Shared>,
    place: usize,
    portfolio: Py<PyAny>,
    risk_per_trade: f64,
    slippage_model: Py<PyAny>,
    fee_model: Py<PyAny>,
    symbol_specs: Py<PyDict>,
    policy: Py<PyAny>,
    sizing: Py<PyAny>,
    strict: Py<PyAny>,
}

impl PyExecutor {
    fn parts(&self) -> PyResult<&Parts> {
        self.parts
            .get()
            .ok_or_else(|| PyAttributeError::new_err("ExecutionSimulator.__init__ was not called"))
    }

    /// Looks for methods that were replaced past `__setattr__`.
    pub fn look_for_replaced(slf: &Bound<'_, Self>) -> PyResult<()> {
        if overrides::in_dict(slf.as_any(), &REPLACEABLE)? {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether a method was replaced on this very object.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Relaxed)
    }

    /// Its number among the executors of the `Core`.
    pub fn place(&self) -> PyResult<usize> {
        Ok(self.parts()?.place)
    }

    /// The objects of its `Core`.
    pub fn book(&self) -> PyResult<&Book> {
        Ok(self.parts()?.book.get())
    }

    /// Whether this portfolio is the executor's own and both can be driven without Python.
    pub fn is_native_with(&self, portfolio: &Bound<'_, PyAny>) -> bool {
        self.parts
            .get()
            .is_some_and(|parts| parts.portfolio.is(portfolio) && parts.is_native(portfolio.py()))
    }

    /// Books with the portfolio of the same `Core` from now on.
    pub fn go_native(&self) -> PyResult<()> {
        let parts = self.parts()?;
        let kind = LedgerKind::Native;
        parts.shared.with(|core| core.set_ledger(parts.place, kind));
        Ok(())
    }

    /// Takes one signal, as `process_signal` does.
    pub fn process(&self, signal: &Bound<'_, PyAny>) -> PyResult<()> {
        let parts = self.parts()?;
        let py = signal.py();
        let checked = check_signal(signal)?;
        let kind = parts.kind(py);
        let (outcome, slot, effects) = parts.shared.with(|core| {
            core.set_ledger(parts.place, kind);
            let before = core.positions.len();
            let outcome = core.process_signal(parts.place, &checked);
            let slot = (core.positions.len() > before).then_some(before);
            (outcome, slot, core.take_effects())
        });
        outcome.map_err(raise)?;
        if let Some(slot) = slot {
            let slot = u32::try_from(slot).expect("slots are counted in u32");
            if let Some(notes) = notes(signal)? {
                parts.book.get().keep_metadata(slot, notes.unbind());
            }
        }
        for effect in effects {
            parts.replay(py, effect, None)?;
        }
        Ok(())
    }
}

/// The candles of a call, as Python gave them, for a portfolio that wants to be shown them.
type Shown<'a, 'py> = Option<(&'a str, &'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>)>;

impl Parts {
    fn is_native(&self, py: Python<'_>) -> bool {
        native_core(self.portfolio.bind(py)).is_some_and(|core| Arc::ptr_eq(&core, &self.shared))
    }

    fn kind(&self, py: Python<'_>) -> LedgerKind {
        if self.is_native(py) {
            LedgerKind::Native
        } else {
            LedgerKind::Foreign
        }
    }

    /// Does one pass over the positions; calls a portfolio that is not native between two of them.
    fn drive(
        &self,
        py: Python<'_>,
        begin: impl FnOnce(&mut Core) -> Result<Pass>,
        shown: Shown<'_, '_>,
    ) -> PyResult<()> {
        let kind = self.kind(py);
        let begun = self.shared.with(|core| {
            core.set_ledger(self.place, kind);
            let mut pass = begin(core)?;
            if kind == LedgerKind::Native {
                while matches!(core.step(&mut pass)?, Step::More) {}
                return Ok(None);
            }
            Ok(Some((pass, core.take_effects())))
        });
        let Some((mut pass, mut effects)) = begun.map_err(raise)? else {
            return Ok(());
        };
        let mut done = false;
        loop {
            for effect in effects {
                if let Err(error) = self.replay(py, effect, shown) {
                    // What the pass did so far stands; the rest of it does not happen.
                    drop(pass);
                    return Err(error);
                }
            }
            if done {
                return Ok(());
            }
            let stepped = self.shared.with(|core| {
                let step = core.step(&mut pass)?;
                Ok((matches!(step, Step::Done), core.take_effects()))
            });
            (done, effects) = stepped.map_err(raise)?;
        }
    }

    /// Makes one call to the portfolio.
    fn replay(&self, py: Python<'_>, effect: Effect, shown: Shown<'_, '_>) -> PyResult<()> {
        let portfolio = self.portfolio.bind(py);
        let book = self.book.get();
        match effect {
            Effect::Mark => {
                if let Some((symbol, bid, ask)) = shown
                    && let Some(mark) = attribute(portfolio, intern!(py, "mark"))?
                {
                    mark.call1((symbol, bid, ask))?;
                }
            }
            Effect::RegisterEntry(slot) => {
                let position = book.position(py, slot)?;
                portfolio.call_method1(intern!(py, "register_entry"), (position,))?;
            }
            Effect::RegisterFee {
                amount,
                time_us,
                slot,
            } => {
                let position = book.position(py, slot)?;
                let time = to_datetime(py, time_us)?;
                let arguments = (amount, time, intern!(py, "entry_fee"), position);
                portfolio.call_method1(intern!(py, "register_fee"), arguments)?;
            }
            Effect::RegisterExit(slot) => {
                let position = book.position(py, slot)?;
                portfolio.call_method1(intern!(py, "register_exit"), (position,))?;
            }
            Effect::RegisterExpired(slot) => {
                let position = book.position(py, slot)?;
                portfolio.call_method1(intern!(py, "register_expired"), (position,))?;
            }
        }
        Ok(())
    }

    /// The engine's rejections as Python sees them.
    fn listed<'py>(
        &self,
        py: Python<'py>,
        read: impl Fn(&ExecutionSimulator) -> &[Rejection],
    ) -> PyResult<Bound<'py, PyList>> {
        let rejections = self
            .shared
            .with(|core| read(&core.executors[self.place]).to_vec());
        let list = PyList::empty(py);
        for rejection in &rejections {
            list.append(PyRejection::of(py, rejection)?)?;
        }
        Ok(list)
    }
}

fn or_default<'py, C: PyClass + Into<PyClassInitializer<C>>>(
    py: Python<'py>,
    given: Option<&Bound<'py, PyAny>>,
    default: impl FnOnce() -> C,
) -> PyResult<Bound<'py, PyAny>> {
    match given.filter(|value| !value.is_none()) {
        Some(value) => Ok(value.clone()),
        None => Ok(Bound::new(py, default())?.into_any()),
    }
}

fn to_specs(specs: &Bound<'_, PyDict>) -> PyResult<Vec<engine::SymbolSpec>> {
    let mut read = Vec::with_capacity(specs.len());
    for (name, spec) in specs.iter() {
        let mut spec = PySymbolSpec::read(&spec)?;
        // Executors look specs up by the name they are filed under.
        spec.symbol = name.str()?.to_string_lossy().into();
        read.push(spec);
    }
    Ok(read)
}

#[pymethods]
impl PyExecutor {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    #[pyo3(signature = (
        portfolio, risk_per_trade=None, slippage_model=None, fee_model=None,
        symbol_specs=None, *, policy=None, sizing=None, strict=None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has eight parameters"
    )]
    fn __init__(
        slf: &Bound<'_, Self>,
        portfolio: &Bound<'_, PyAny>,
        risk_per_trade: Option<&Bound<'_, PyAny>>,
        slippage_model: Option<&Bound<'_, PyAny>>,
        fee_model: Option<&Bound<'_, PyAny>>,
        symbol_specs: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        sizing: Option<&Bound<'_, PyAny>>,
        strict: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let accepted = |x: &f64| x.is_finite() && *x > 0.0;
        let risk_per_trade = match risk_per_trade {
            None => 100.0,
            Some(value) => number(value).filter(accepted).ok_or_else(|| {
                let code = ErrorCode::NumberInvalid;
                PyErr::from(Fault::new(
                    code,
                    "risk_per_trade",
                    value,
                    "a finite number > 0.0",
                ))
            })?,
        };
        let slippage_model = or_default(py, slippage_model, PySlippageModel::default)?;
        let fee_model = or_default(py, fee_model, PyFeeModel::default)?;
        let specs = PyDict::new(py);
        if let Some(given) = symbol_specs
            && given.is_truthy()?
        {
            specs.call_method1(intern!(py, "update"), (given,))?;
        }
        let policy = or_default(py, policy, PyExecutionPolicy::canonical)?;
        let sizing = or_default(py, sizing, || PyRiskAmount::of(risk_per_trade))?;
        let strict = match strict {
            Some(strict) => strict.clone(),
            None => false.into_pyobject(py)?.to_owned().into_any(),
        };
        let config = ExecutorConfig {
            risk_per_trade,
            slippage_model: PySlippageModel::read(&slippage_model)?,
            fee_model: PyFeeModel::read(&fee_model)?,
            symbol_specs: to_specs(&specs)?,
            policy: PyExecutionPolicy::read(&policy)?,
            sizing: Some(read_sizing(&sizing)?),
            strict: strict.is_truthy()?,
        };
        // One of our portfolios, subclassed or not, shares its state with its executors.
        let book = match portfolio.cast::<PyPortfolio>() {
            Ok(own) => own.get().book_object()?.clone_ref(py),
            Err(_) => Py::new(
                py,
                Book::new(Shared::new(Core::new(Portfolio::new(0.0).map_err(raise)?))),
            )?,
        };
        let shared = Arc::clone(&book.get().shared);
        let executor = ExecutionSimulator::new(config, LedgerKind::Foreign).map_err(raise)?;
        let place = shared.with(|core| core.add_executor(executor));
        let parts = Parts {
            book,
            shared,
            place,
            portfolio: portfolio.clone().unbind(),
            risk_per_trade,
            slippage_model: slippage_model.unbind(),
            fee_model: fee_model.unbind(),
            symbol_specs: specs.unbind(),
            policy: policy.unbind(),
            sizing: sizing.unbind(),
            strict: strict.unbind(),
        };
        slf.get().parts.set(parts).map_err(|_| {
            PyAttributeError::new_err("ExecutionSimulator.__init__ was called a second time")
        })
    }

    /// Records signal, order, fill and exit events from now on.
    fn attach_tracer(&self, tracer: Option<&Bound<'_, PyTracer>>) -> PyResult<()> {
        let parts = self.parts()?;
        let tracer = tracer
            .map(|tracer| tracer.get().tracer())
            .unwrap_or_default();
        parts
            .shared
            .with(|core| core.executors[parts.place].attach_tracer(&tracer));
        Ok(())
    }

    #[getter]
    fn portfolio<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.portfolio.bind(py).clone())
    }

    #[getter]
    fn risk_per_trade(&self) -> PyResult<f64> {
        Ok(self.parts()?.risk_per_trade)
    }

    #[getter]
    fn slippage_model<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.slippage_model.bind(py).clone())
    }

    #[getter]
    fn fee_model<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.fee_model.bind(py).clone())
    }

    #[getter]
    fn symbol_specs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.parts()?.symbol_specs.bind(py).copy()
    }

    #[getter]
    fn policy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.policy.bind(py).clone())
    }

    #[getter]
    fn sizing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.sizing.bind(py).clone())
    }

    #[getter]
    fn strict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.strict.bind(py).clone())
    }

    /// Waiting orders and open positions in order of acceptance (E2); a snapshot.
    #[getter]
    pub fn active_positions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let parts = self.parts()?;
        parts.book.get().active(py, parts.place)
    }

    /// Signals that broke a rule of the market (S3).
    #[getter]
    fn rejected_signals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let parts = self.parts()?;
        parts.listed(py, ExecutionSimulator::rejected_signals)
    }

    /// Writes that were not carried out (L8).
    #[getter]
    fn refused_commands<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let parts = self.parts()?;
        parts.listed(py, ExecutionSimulator::refused_commands)
    }

    /// Begins a bar: shows it to the portfolio, fills waiting market orders (L2, E1.next_open).
    #[pyo3(signature = (bid, ask, symbol=None))]
    fn open_bar(
        &self,
        bid: &Bound<'_, PyAny>,
        ask: &Bound<'_, PyAny>,
        symbol: Option<&Bound<'_, PyString>>,
    ) -> PyResult<()> {
        let parts = self.parts()?;
        let name = parts.named(symbol)?;
        let place = Place::default();
        let candles = (to_candle(bid, place)?, to_candle(ask, place)?);
        parts.drive(
            bid.py(),
            |core| core.begin_open(parts.place, &candles.0, &candles.1, Some(&name)),
            Some((&*name, bid, ask)),
        )
    }

    /// Accepts or rejects one signal; a market order at the close fills at once (S3, E1, E4).
    fn process_signal(&self, signal: &Bound<'_, PyAny>) -> PyResult<()> {
        self.process(signal)
    }

    /// Tests the stops and targets of open positions against a bar, in one pass (E6, X1 to X3).
    #[pyo3(signature = (bid, ask, symbol=None))]
    fn evaluate_exits(
        &self,
        bid: &Bound<'_, PyAny>,
        ask: &Bound<'_, PyAny>,
        symbol: Option<&Bound<'_, PyString>>,
    ) -> PyResult<()> {
        let parts = self.parts()?;
        let name = parts.named(symbol)?;
        let place = Place::default();
        let candles = (to_candle(bid, place)?, to_candle(ask, place)?);
        parts.drive(
            bid.py(),
            |core| core.begin_exits(parts.place, &candles.0, &candles.1, Some(&name)),
            Some((&*name, bid, ask)),
        )
    }

    /// Ends a bar: carries out queued writes; on the last bar ends what is left (L8, X5).
    #[pyo3(signature = (timestamp, last=false))]
    fn close_bar(&self, timestamp: &Bound<'_, PyAny>, last: bool) -> PyResult<()> {
        let parts = self.parts()?;
        let time_us = to_time_us(timestamp, "timestamp", Place::default())?;
        let begin = |core: &mut Core| core.begin_close(parts.place, time_us, last);
        parts.drive(timestamp.py(), begin, None)
    }

    /// Returns the canonical state: orders, positions, ledger.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let parts = self.parts()?;
        let ledger_state = attribute(parts.portfolio.bind(py), intern!(py, "ledger_state"))?;
        let ledger = match ledger_state {
            Some(ledger_state) => ledger_state.call0()?,
            None => py.None().into_bound(py),
        };
        let row = parts.shared.with(|core| core.state(parts.place));
        state::state(py, row, ledger)
    }

    /// Returns one row for each process_signal call, as columns.
    fn signal_columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let parts = self.parts()?;
        let read = |core: &mut Core| core.executors[parts.place].signal_columns().clone();
        state::signal_columns(py, &parts.shared.with(read))
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
        visit.call(&parts.book)?;
        visit.call(&parts.symbol_specs)?;
        for object in [
            &parts.portfolio,
            &parts.slippage_model,
            &parts.fee_model,
            &parts.policy,
            &parts.sizing,
            &parts.strict,
        ] {
            visit.call(object)?;
        }
        Ok(())
    }
}

impl Parts {
    /// The symbol a call is about, as the executor would name it.
    fn named(&self, symbol: Option<&Bound<'_, PyString>>) -> PyResult<Arc<str>> {
        match symbol {
            Some(symbol) => Ok(symbol.to_string_lossy().into()),
            None => self
                .shared
                .with(|core| core.executors[self.place].symbol_in_use().cloned())
                .map_err(raise),
        }
    }
}
