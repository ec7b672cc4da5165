//! The execution simulator as a Python object: a handle on one executor of a `Core`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use fillproof_engine::blotter::Rejection;
use fillproof_engine::config::Sizing;
use fillproof_engine::core::{Core, Pass, Step};
use fillproof_engine::errors::{ErrorCode, Result, float_text};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig, Outside};
use fillproof_engine::ledger::{Effect, LedgerKind};
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::symbols::SymbolSpec;
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use pyo3::{PyClass, PyTraverseError};

use crate::book::Book;
use crate::call::attribute;
use crate::config::{
    PyExecutionPolicy, PyFeeModel, PyRiskAmount, PySession, PySlippageModel, PySymbolSpec,
    read_sizing,
};
use crate::convert::{Place, number, to_candle, to_datetime, to_time_us};
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::made::Made;
use crate::overrides;
use crate::portfolio::{PyPortfolio, native_core};
use crate::rejection::PyRejection;
use crate::shared::Shared;
use crate::signal::{check_signal, notes};
use crate::state;
use crate::tracer::PyTracer;

mod commands;
mod drive;
mod face;

use self::drive::Asks;

/// Methods that a user may replace on one object; then they are called through it.
const REPLACEABLE: [&str; 4] = ["open_bar", "process_signal", "evaluate_exits", "close_bar"];

/// Fills market, limit and stop orders and watches their stops and targets.
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
    session: Py<PyAny>,
    strict: Py<PyAny>,
    /// Whether sizes depend on the portfolio's equity (E4.risk_fraction).
    asks_equity: bool,
    /// Whether the portfolio's first position is looked at (R3.buffer).
    is_parity: bool,
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

    /// Does something at once, then tells a portfolio that is not native.
    pub fn order(
        &self,
        py: Python<'_>,
        command: impl FnOnce(&mut Core) -> Result<()>,
    ) -> PyResult<()> {
        self.parts()?.order(py, command)
    }

    /// Takes one signal, as `process_signal` does.
    pub fn process(&self, signal: &Bound<'_, PyAny>) -> PyResult<()> {
        let parts = self.parts()?;
        let py = signal.py();
        let checked = check_signal(signal)?;
        let kind = parts.kind(py);
        let outside = parts.outside(py, kind, Asks::Equity)?;
        let (outcome, slot, effects) = parts.shared.with(|core| {
            core.set_ledger(parts.place, kind);
            core.hand_in(parts.place, outside);
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
        if kind == LedgerKind::Foreign {
            parts.order(py, |core| core.settle(parts.place))?;
        }
        Ok(())
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

fn to_specs(specs: &Bound<'_, PyDict>) -> PyResult<Vec<SymbolSpec>> {
    let mut read = Vec::with_capacity(specs.len());
    for (name, spec) in specs.iter() {
        let mut spec = PySymbolSpec::read(&spec)?;
        // Executors look specs up by the name they are filed under.
        spec.symbol = name.str()?.to_string_lossy().into();
        read.push(spec);
    }
    Ok(read)
}

/// Warns of exits before their level (X1.buffer).
fn warn_of_buffer(py: Python<'_>, pips: f64) -> PyResult<()> {
    let text = format!(
        "stops and targets are touched {} pips early (exit_buffer_pips); canonical is 0",
        float_text(pips)
    );
    let category = py
        .import(intern!(py, "fillproof.errors"))?
        .getattr(intern!(py, "ExitBufferWarning"))?;
    py.import(intern!(py, "warnings"))?
        .call_method1(intern!(py, "warn"), (text, category))?;
    Ok(())
}

#[pymethods]
impl PyExecutor {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    #[pyo3(signature = (
        portfolio, risk_per_trade=Given::ABSENT, slippage_model=None, fee_model=None,
        symbol_specs=None, *, policy=None, sizing=None, session=None, strict=None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has nine parameters"
    )]
    fn __init__(
        slf: &Bound<'_, Self>,
        portfolio: &Bound<'_, PyAny>,
        risk_per_trade: Given<'_>,
        slippage_model: Option<&Bound<'_, PyAny>>,
        fee_model: Option<&Bound<'_, PyAny>>,
        symbol_specs: Option<&Bound<'_, PyAny>>,
        policy: Option<&Bound<'_, PyAny>>,
        sizing: Option<&Bound<'_, PyAny>>,
        session: Option<&Bound<'_, PyAny>>,
        strict: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let accepted = |x: &f64| x.is_finite() && *x > 0.0;
        let risk_per_trade = match risk_per_trade.get() {
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
            session: session.map(PySession::read).transpose()?,
            strict: strict.is_truthy()?,
        };
        let asks_equity = matches!(config.sizing, Some(Sizing::RiskFraction { .. }));
        let is_parity = config.policy.is_parity();
        let buffer = config.policy.exit_buffer_pips;
        let executor =
            ExecutionSimulator::new(config, LedgerKind::Foreign).map_err(
                |error| match session {
                    Some(session) if error.field.as_deref() == Some("no_entry") => {
                        Fault::from(error).with_value(session, "no_entry").into()
                    }
                    _ => raise(error),
                },
            )?;
        if buffer != 0.0 && !is_parity {
            warn_of_buffer(py, buffer)?;
        }
        // One of our portfolios, subclassed or not, shares its state with its executors.
        let book = match portfolio.cast::<PyPortfolio>() {
            Ok(own) => own.get().book_object()?.clone_ref(py),
            Err(_) => {
                let core = Core::new(Portfolio::new(0.0).map_err(raise)?);
                Book::make(py, Shared::new(core))?
            }
        };
        let shared = Arc::clone(&book.get().shared);
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
            session: session.map_or_else(|| py.None(), |session| session.clone().unbind()),
            strict: strict.unbind(),
            asks_equity,
            is_parity,
        };
        let this = slf.get();
        this.parts.set(parts).map_err(|_| {
            PyAttributeError::new_err("ExecutionSimulator.__init__ was called a second time")
        })?;
        this.book()?.keep_executor(this.place()?, slf)
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
            &parts.session,
            &parts.strict,
        ] {
            visit.call(object)?;
        }
        Ok(())
    }
}
