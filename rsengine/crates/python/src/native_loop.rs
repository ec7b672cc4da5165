//! The loop over our own executor and portfolio: the engine's machine, asked what it needs.

use std::sync::Arc;

use fillproof_engine::config::OnCrossed;
use fillproof_engine::event_engine::EventEngine;
use fillproof_engine::managed_bar::Bar;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::call::{attribute_or_none, has_attribute, manage_positions, method_one};
use crate::engine::Run;
use crate::errors::raise;
use crate::executor::PyExecutor;
use crate::manager::PyPositionManager;
use crate::portfolio::PyPortfolio;
use crate::series_view::item;
use crate::shared::Shared;
use crate::strategy::PyStrategyWrapper;
use crate::tracer::PyTracer;

use self::builtin::run_built_in;
use self::callbacks::{Attached, with_callbacks};
pub use self::shown::ShownCandles;

mod builtin;
mod callbacks;
mod shown;

/// Bars with a callback between two looks at signals such as an interrupt; a power of two.
pub const CALLBACK_BARS: usize = 64;

/// Bars that run without Python between two looks at signals such as an interrupt.
pub const NATIVE_BARS: usize = 65_536;

/// Where the generic loop takes over.
pub enum From<'py> {
    /// At the first bar.
    Start,
    /// At the beginning of a later bar.
    Bar(usize),
    /// After evaluate of a bar, with what it returned.
    Evaluated(usize, Bound<'py, PyAny>),
    /// After the manager of a bar.
    Managed(usize),
}

/// How the native loop ended.
pub enum Outcome<'py> {
    /// All bars are done.
    Done,
    /// Something is not ours, or was replaced: the generic loop goes on.
    Generic(From<'py>),
}

/// The parts of a run, where all that the loop drives is ours.
struct Native<'a, 'py> {
    run: &'a Run<'py>,
    executor: &'a Bound<'py, PyExecutor>,
    portfolio: &'a Bound<'py, PyPortfolio>,
    shared: Arc<Shared>,
}

impl<'py> Native<'_, 'py> {
    fn is_replaced(&self) -> bool {
        self.executor.get().is_replaced() || self.portfolio.get().is_replaced()
    }

    /// Lets a manager of ours have its turn, without objects of positions.
    fn manage(&self, manager: &Bound<'_, PyPositionManager>, bar: &Bar) -> PyResult<()> {
        attach(&self.run.portfolio, manager.as_any())?;
        let (place, symbol) = (self.executor.get().place()?, &self.run.symbol_text);
        manager
            .get()
            .manage_native(&self.shared, place, symbol, bar)
    }

    /// Calls a manager of any make, with what a call of our own methods would give.
    fn manage_any(
        &self,
        manager: &Bound<'py, PyAny>,
        bar: usize,
        attached: &mut Attached<'py>,
    ) -> PyResult<()> {
        let (run, py) = (self.run, manager.py());
        let bid = item(&run.bid_candles, bar)?;
        let ask = item(&run.ask_candles, bar)?;
        attached.attach(&run.portfolio, manager)?;
        if self.is_replaced() {
            return manage(run, manager, (&bid, &ask));
        }
        let open = self.portfolio.get();
        let open = open.get_open_positions(py, Some(&run.symbol))?;
        let all = self.executor.get().active_positions(py)?;
        let slice = run.slice.as_any();
        manage_positions(manager, open.as_any(), slice, (&bid, &ask), all.as_any())
    }
}

/// A manager of exactly our class, on which nothing was replaced.
pub fn own_manager<'a, 'py>(
    manager: &'a Bound<'py, PyAny>,
) -> PyResult<Option<&'a Bound<'py, PyPositionManager>>> {
    let Ok(own) = manager.cast_exact::<PyPositionManager>() else {
        return Ok(None);
    };
    Ok(PyPositionManager::is_native(own)?.then_some(own))
}

/// Runs as many bars as can be run this way.
pub fn run<'py>(run: &Run<'py>) -> PyResult<Outcome<'py>> {
    let at_start = Outcome::Generic(From::Start);
    let Ok(executor) = run.executor.cast_exact::<PyExecutor>() else {
        return Ok(at_start);
    };
    let Ok(portfolio) = run.portfolio.cast_exact::<PyPortfolio>() else {
        return Ok(at_start);
    };
    PyExecutor::look_for_replaced(executor)?;
    PyPortfolio::look_for_replaced(portfolio)?;
    if let Ok(wrapper) = run.strategy.cast_exact::<PyStrategyWrapper>() {
        PyStrategyWrapper::look_for_replaced(wrapper)?;
    }
    let own_tracer = match &run.tracer {
        Some(tracer) => tracer.cast_exact::<PyTracer>().ok(),
        None => None,
    };
    let other_tracer = run.tracer.is_some() && own_tracer.is_none();
    let this = executor.get();
    if this.is_replaced() || !this.is_native_with(&run.portfolio) || other_tracer {
        return Ok(at_start);
    }
    let native = Native {
        run,
        executor,
        portfolio,
        shared: Arc::clone(&this.book()?.shared),
    };
    let place = this.place()?;
    this.go_native()?;
    let mut machine = EventEngine::new(
        Arc::clone(&run.sides.bid),
        Arc::clone(&run.sides.ask),
        run.symbol_text.as_str().into(),
        Some(run.start_us),
        place,
        // Crossed bars were dealt with before.
        OnCrossed::Warn,
    )
    .map_err(raise)?;
    if let Some(tracer) = own_tracer {
        let tracer = tracer.get().tracer();
        native
            .shared
            .with(|core| machine.attach_tracer(core, &tracer));
    }
    let rows = run.total - run.start;
    native.shared.with(|core| core.portfolio.reserve_rows(rows));
    if let Some(outcome) = run_built_in(&native, &mut machine)? {
        return Ok(outcome);
    }
    with_callbacks(&native, machine.with_manager(true))
}

/// Does something with each signal that evaluate returned, in order.
pub fn each_signal<'py>(
    answer: &Bound<'py, PyAny>,
    mut take: impl FnMut(&Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    if answer.is_instance_of::<PyList>() || answer.is_instance_of::<PyTuple>() {
        for signal in answer.try_iter()? {
            take(&signal?)?;
        }
        return Ok(());
    }
    take(answer)
}

/// Gives a manager without a portfolio that of the run (L3).
pub fn attach<'py>(portfolio: &Bound<'py, PyAny>, manager: &Bound<'py, PyAny>) -> PyResult<()> {
    let py = manager.py();
    if !attribute_or_none(manager, intern!(py, "portfolio"))?.is_truthy()?
        && has_attribute(manager, intern!(py, "attach_portfolio"))?
    {
        method_one(manager, intern!(py, "attach_portfolio"), portfolio)?;
    }
    Ok(())
}

/// Calls a manager that has its portfolio (L3).
pub fn manage<'py>(
    run: &Run<'py>,
    manager: &Bound<'py, PyAny>,
    candles: (&Bound<'py, PyAny>, &Bound<'py, PyAny>),
) -> PyResult<()> {
    let py = manager.py();
    let name = intern!(py, "get_open_positions");
    let open_positions = method_one(&run.portfolio, name, &run.symbol)?;
    let all_positions = run.executor.getattr(intern!(py, "active_positions"))?;
    let slice = run.slice.as_any();
    manage_positions(manager, &open_positions, slice, candles, &all_positions)
}
