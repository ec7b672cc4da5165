//! The execution simulator as a Python object: a handle on one executor of a `Core`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use fillproof_engine::blotter::Rejection;
use fillproof_engine::config::Sizing;
use fillproof_engine::core::{Core, Pass, Step};
use fillproof_engine::errors::{ErrorCode, Result, float_text};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig, Outside};
use fillproof_engine::ledger::{Appraisal, Effect, LedgerKind, Side};
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::sessions::TIMEFRAME_EXPECTED;
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
    PyExecutionPolicy, PyFeeModel, PyMargin, PyRiskAmount, PySession, PySlippageModel,
    PySymbolSpec, read_sizing,
};
use crate::convert::{Place, number, to_candle, to_datetime, to_time_us};
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::later::PyLater;
use crate::lower::{read_lower, warn_of_crossed};
use crate::made::Made;
use crate::overrides;
use crate::portfolio::{PyPortfolio, native_core};
use crate::rates::PyRates;
use crate::rejection::PyRejection;
use crate::restoring::read_state;
use crate::shared::Shared;
use crate::signal::{check_signal, notes};
use crate::state;
use crate::tracer::PyTracer;

mod commands;
mod drive;
mod face;

use self::drive::Asks;
pub use self::drive::rejections;

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
    rates: Py<PyAny>,
    margin: Py<PyAny>,
    session: Py<PyAny>,
    timeframe: Py<PyAny>,
    strict: Py<PyAny>,
    /// Lower bars by symbol, as they were given.
    lower_candles: Option<Py<PyDict>>,
    /// Whether sizes depend on the portfolio's equity (E4.risk_fraction).
    asks_equity: bool,
    /// Whether the portfolio has to have an equity for margin (A1).
    has_margin: bool,
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

    /// Holds its lower bars of a symbol against the bars of a run (X3.lower_times).
    pub fn check_lower(&self, symbol: &str, times: impl Iterator<Item = i64>) -> PyResult<()> {
        let parts = self.parts()?;
        let checked = parts
            .shared
            .with(|core| core.executors[parts.place].check_lower_candles(symbol, times));
        checked.map_err(raise)
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
        if kind == LedgerKind::Native && parts.shared.refuse(parts.place, &checked) {
            return Ok(());
        }
        let outside = parts.outside(py, kind, Asks::Entry)?;
        // A signal that was refused leaves every order as it was.
        let (outcome, slot, effects) = parts.shared.with_unless(|core| {
            core.set_ledger(parts.place, kind);
            core.hand_in(parts.place, outside);
            let before = core.positions.len();
            let outcome = core.process_signal(parts.place, &checked);
            let slot = (core.positions.len() > before).then_some(before);
            let effects = core.take_effects();
            let has_changed = slot.is_some() || outcome.is_err() || !effects.is_empty();
            ((outcome, slot, effects), has_changed)
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

/// Reads the length of the run's bars; whether there is such a one is the engine's to check.
fn to_timeframe(timeframe: &Bound<'_, PyAny>) -> PyResult<String> {
    match timeframe.cast::<PyString>() {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => {
            let code = ErrorCode::TimeframeInvalid;
            Err(Fault::new(code, "timeframe", timeframe, TIMEFRAME_EXPECTED).into())
        }
    }
}

/// Asks of the portfolio what swap and stop-out call (A3.portfolio).
fn check_portfolio(portfolio: &Bound<'_, PyAny>, wanted: [(bool, &str); 2]) -> PyResult<()> {
    for (is_wanted, name) in wanted {
        if is_wanted && !portfolio.hasattr(name)? {
            let (code, expected) = (
                ErrorCode::PortfolioInvalid,
                format!("a portfolio with {name}"),
            );
            return Err(Fault::new(code, "portfolio", portfolio, &expected).into());
        }
    }
    Ok(())
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
        symbol_specs=None, *, policy=None, sizing=None, rates=None, margin=None, session=None,
        timeframe=None, strict=None, lower_candles=None
    ))]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has fourteen parameters"
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
        rates: Option<&Bound<'_, PyAny>>,
        margin: Option<&Bound<'_, PyAny>>,
        session: Option<&Bound<'_, PyAny>>,
        timeframe: Option<&Bound<'_, PyAny>>,
        strict: Option<&Bound<'_, PyAny>>,
        lower_candles: Option<&Bound<'_, PyAny>>,
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
        let lower = PyDict::new(py);
        if let Some(given) = lower_candles {
            lower.call_method1(intern!(py, "update"), (given,))?;
        }
        let read_policy = PyExecutionPolicy::read(&policy)?;
        let read_timeframe = timeframe.map(to_timeframe).transpose()?;
        let config = ExecutorConfig {
            risk_per_trade,
            slippage_model: PySlippageModel::read(&slippage_model)?,
            fee_model: PyFeeModel::read(&fee_model)?,
            symbol_specs: to_specs(&specs)?,
            lower_candles: read_lower(&lower, &read_policy, read_timeframe.as_deref())?,
            policy: read_policy,
            sizing: Some(read_sizing(&sizing)?),
            rates: rates.map(PyRates::read).transpose()?,
            margin: margin.map(PyMargin::read).transpose()?,
            session: session.map(PySession::read).transpose()?,
            timeframe: read_timeframe,
            strict: strict.is_truthy()?,
        };
        let asks_equity = matches!(config.sizing, Some(Sizing::RiskFraction { .. }));
        let is_parity = config.policy.is_parity();
        let buffer = config.policy.exit_buffer_pips;
        let has_margin = config.margin.is_some();
        let wanted = [
            (
                config
                    .symbol_specs
                    .iter()
                    .any(|spec| spec.swap_field().is_some()),
                "register_swap",
            ),
            (
                config
                    .margin
                    .is_some_and(|margin| margin.stop_out.is_some()),
                "appraise",
            ),
        ];
        let executor = ExecutionSimulator::new(config, LedgerKind::Foreign);
        let executor =
            executor.map_err(|error| match (error.field.as_deref(), session, margin) {
                (Some("no_entry"), Some(session), _) => {
                    Fault::from(error).with_value(session, "no_entry").into()
                }
                (Some("margin"), _, Some(margin)) => Fault::from(error).about(margin).into(),
                _ => raise(error),
            })?;
        check_portfolio(portfolio, wanted)?;
        if buffer != 0.0 && !is_parity {
            warn_of_buffer(py, buffer)?;
        }
        warn_of_crossed(py, &executor)?;
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
        let or_none = |given: Option<&Bound<'_, PyAny>>| {
            given.map_or_else(|| py.None(), |given| given.clone().unbind())
        };
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
            rates: or_none(rates),
            margin: or_none(margin),
            session: or_none(session),
            timeframe: or_none(timeframe),
            lower_candles: lower_candles.is_some().then(|| lower.unbind()),
            strict: strict.unbind(),
            asks_equity,
            has_margin,
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
        if let Some(lower_candles) = &parts.lower_candles {
            visit.call(lower_candles)?;
        }
        for object in [
            &parts.portfolio,
            &parts.slippage_model,
            &parts.fee_model,
            &parts.policy,
            &parts.sizing,
            &parts.rates,
            &parts.margin,
            &parts.session,
            &parts.timeframe,
            &parts.strict,
        ] {
            visit.call(object)?;
        }
        Ok(())
    }
}
