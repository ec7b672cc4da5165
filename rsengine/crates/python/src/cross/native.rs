//! The loop over our own executor and portfolio: the engine's machine, asked what it needs.

use std::sync::{Arc, Mutex};

use fillproof_engine::cross_symbol_engine::{
    Checked, CrossSymbolEventEngine, MultiStrategy, Need, run_native,
};
use fillproof_engine::errors::Result;
use fillproof_engine::keys::Key;
use fillproof_engine::multi_symbol_slice::MultiSymbolSlice;
use fillproof_engine::position_manager::{PositionManager, active_slots};
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::strategies::cross_columns::CrossColumnStrategy;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::Run;
use crate::built_in::cross_columns::PyCrossColumnStrategy;
use crate::built_in::expressions::PyExpressionStrategy;
use crate::built_in::locked;
use crate::built_in::pair::PyPairSpread;
use crate::call::{manage_positions, method_two};
use crate::errors::{in_bar, raise};
use crate::executor::PyExecutor;
use crate::manager::PyPositionManager;
use crate::native_loop::{
    CALLBACK_BARS, From, NATIVE_BARS, Outcome, attach, each_signal, own_manager,
};
use crate::overrides;
use crate::portfolio::PyPortfolio;
use crate::shared::Shared;
use crate::strategy::{PyStrategyWrapper, Shown, evaluate, find_manager};
use crate::tracer::PyTracer;

/// The parts of a run, where all that the loop drives is ours.
struct Native<'a, 'py> {
    run: &'a Run<'py>,
    executor: &'a Bound<'py, PyExecutor>,
    portfolio: &'a Bound<'py, PyPortfolio>,
    wrapper: Option<&'a Bound<'py, PyStrategyWrapper>>,
    shared: Arc<Shared>,
    place: usize,
}

/// Runs as many keys as can be run this way.
pub fn run<'py>(run: &Run<'py>) -> PyResult<Outcome<'py>> {
    let at_start = Outcome::Generic(From::Start);
    let Ok(executor) = run.executor.cast_exact::<PyExecutor>() else {
        return Ok(at_start);
    };
    let Ok(portfolio) = run.portfolio.cast_exact::<PyPortfolio>() else {
        return Ok(at_start);
    };
    let wrapper = run.strategy.cast_exact::<PyStrategyWrapper>().ok();
    PyExecutor::look_for_replaced(executor)?;
    PyPortfolio::look_for_replaced(portfolio)?;
    if let Some(wrapper) = wrapper {
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
        wrapper,
        shared: Arc::clone(&this.book()?.shared),
        place: this.place()?,
    };
    this.go_native()?;
    let checked = Checked {
        symbols: run.symbols.iter().map(|s| s.sides.clone()).collect(),
        clock: Arc::clone(&run.clock),
        start: run.start,
        crossed_bars: 0,
        ordinal: run.ordinal,
    };
    let machine = CrossSymbolEventEngine::new(checked, native.place).with_manager(true);
    // Columns have nothing but a number in the place of a candle's own error.
    if let Some(inner) = native.inner()?.filter(|_| !run.has_unread) {
        let manager = find_manager(&run.strategy)?;
        let own = manager.as_ref().map(own_manager).transpose()?;
        if let Some(own) = own.map_or(Some(None), |own| own.map(Some)) {
            if let Ok(pair) = inner.cast_exact::<PyPairSpread>()
                && !pair.get().is_replaced()
            {
                let strategy = pair.get().strategy();
                return native.without_python(machine, own_tracer, strategy, own);
            }
            if let Ok(expressions) = inner.cast_exact::<PyExpressionStrategy>()
                && !overrides::in_dict(&inner, &["evaluate", "on_data"])?
            {
                let strategy = expressions.get().strategy();
                return native.without_python(machine, own_tracer, strategy, own);
            }
            if let Ok(columns) = inner.cast_exact::<PyCrossColumnStrategy>()
                && !overrides::in_dict(&inner, &["evaluate", "on_data"])?
            {
                let strategy = columns.get().strategy();
                return native.without_python(machine, own_tracer, strategy, own);
            }
        }
    }
    native.with_callbacks(machine, own_tracer)
}

impl<'py> Native<'_, 'py> {
    fn is_replaced(&self) -> bool {
        self.executor.get().is_replaced() || self.portfolio.get().is_replaced()
    }

    /// Runs a strategy of the user's; the state is locked between the callbacks only.
    fn with_callbacks(
        &self,
        mut machine: CrossSymbolEventEngine,
        tracer: Option<&Bound<'py, PyTracer>>,
    ) -> PyResult<Outcome<'py>> {
        let (run, shared) = (self.run, &self.shared);
        let py = run.strategy.py();
        let (executor, slice) = (self.executor.get(), run.slice.get());
        let total = run.keys.len();
        self.prepare(&mut machine, tracer);
        loop {
            match shared.with(|core| machine.next(core)).map_err(raise)? {
                Need::Signals(bar) => {
                    slice.pin(bar);
                    machine.report(run.progress.is_due(py, bar));
                    let answer = in_bar(py, bar, self.ask(bar))?;
                    if self.is_replaced() {
                        let answer = answer.unwrap_or_else(|| py.None().into_bound(py));
                        return Ok(Outcome::Generic(From::Evaluated(bar, answer)));
                    }
                    if let Some(answer) = answer {
                        let processed = each_signal(&answer, |signal| executor.process(signal));
                        in_bar(py, bar, processed)?;
                    }
                    if bar % CALLBACK_BARS == 0 {
                        py.check_signals()?;
                    }
                }
                Need::Manage(bar) => {
                    in_bar(py, bar, self.manage(&machine, bar))?;
                    if self.is_replaced() {
                        return Ok(Outcome::Generic(From::Managed(bar)));
                    }
                }
                Need::Progress(bar) => {
                    run.progress.tell(py, bar)?;
                    if self.is_replaced() && bar + 1 < total {
                        return Ok(Outcome::Generic(From::Bar(bar + 1)));
                    }
                }
                _ => return Ok(Outcome::Done),
            }
        }
    }

    fn prepare(&self, machine: &mut CrossSymbolEventEngine, tracer: Option<&Bound<'_, PyTracer>>) {
        self.shared.with(|core| {
            if let Some(tracer) = tracer {
                machine.attach_tracer(core, &tracer.get().tracer());
            }
            let rows = self.run.keys.len() - self.run.start;
            core.portfolio.reserve_rows(rows);
        });
    }

    /// The strategy, bare or in a wrapper that lets it be called at each key.
    fn inner(&self) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.wrapper {
            Some(wrapper) if !wrapper.get().is_replaced() && !wrapper.get().watches() => {
                wrapper.getattr(intern!(wrapper.py(), "strategy")).map(Some)
            }
            Some(_) => Ok(None),
            None => Ok(Some(self.run.strategy.clone())),
        }
    }

    /// Runs a strategy of ours: no Python but for interrupts and on_progress.
    fn without_python<S: MultiStrategy + Send>(
        &self,
        mut machine: CrossSymbolEventEngine,
        tracer: Option<&Bound<'py, PyTracer>>,
        strategy: &Mutex<S>,
        manager: Option<&Bound<'py, PyPositionManager>>,
    ) -> PyResult<Outcome<'py>> {
        let (run, shared) = (self.run, &self.shared);
        let py = run.strategy.py();
        let total = run.keys.len();
        self.prepare(&mut machine, tracer);
        let key = |(place, &time_us): (usize, &i64)| match i64::try_from(place) {
            Ok(place) if run.ordinal => Key::Int(place),
            _ => Key::Time(time_us),
        };
        let keys: Arc<[Key]> = run.clock.iter().enumerate().map(key).collect();
        let primary_tf: String = run.slice.getattr(intern!(py, "primary_tf"))?.extract()?;
        let mut slice = MultiSymbolSlice::along(machine.symbols(), keys, &primary_tf);
        let lender = manager.map(Bound::get);
        loop {
            let budget = run.progress.bars_left(py, machine.bar()).min(NATIVE_BARS);
            // No lock is held while the other threads' Python is waited for.
            let (need, was_called) = py.detach(|| {
                let mut strategy = locked(strategy);
                let mut keys = |manager: Option<&mut PositionManager>| {
                    let mut unbound = Unbound {
                        strategy: &mut *strategy,
                        manager,
                    };
                    shared.with(|core| {
                        run_native(&mut machine, core, &mut unbound, &mut slice, budget)
                    })
                };
                match lender {
                    Some(manager) => manager.lend(shared, |lent| keys(Some(lent))),
                    None => (keys(None), false),
                }
            });
            if let Some(manager) = manager.filter(|_| was_called) {
                attach(&run.portfolio, manager.as_any())?;
            }
            let need = need.map_err(raise)?;
            run.progress.tell(py, machine.bar().saturating_sub(1))?;
            match need {
                Need::Done => return Ok(Outcome::Done),
                _ => py.check_signals()?,
            }
            if self.is_replaced() && machine.bar() < total {
                return Ok(Outcome::Generic(From::Bar(machine.bar())));
            }
        }
    }

    /// Asks the strategy for the signals of a key.
    fn ask(&self, bar: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let slice = &self.run.slice;
        if let Some(wrapper) = self.wrapper.filter(|wrapper| !wrapper.get().is_replaced()) {
            return evaluate(wrapper, bar, slice.as_any(), &Shown::Many(slice));
        }
        let py = slice.py();
        let index = bar.into_pyobject(py)?.into_any();
        let name = intern!(py, "evaluate");
        let answer = method_two(&self.run.strategy, name, &index, slice.as_any())?;
        Ok(Some(answer).filter(|answer| !answer.is_none()))
    }

    /// Lets the manager have its turn, if there is one (L5.phases).
    fn manage(&self, machine: &CrossSymbolEventEngine, bar: usize) -> PyResult<()> {
        let Some(manager) = find_manager(&self.run.strategy)? else {
            return Ok(());
        };
        machine.begin_manage();
        attach(&self.run.portfolio, &manager)?;
        if let Some(own) = own_manager(&manager)? {
            return self.manage_own(own, machine);
        }
        self.manage_any(&manager, bar)
    }

    /// A manager of ours, without objects of positions.
    fn manage_own(
        &self,
        manager: &Bound<'_, PyPositionManager>,
        machine: &CrossSymbolEventEngine,
    ) -> PyResult<()> {
        manager.get().manage_across(&self.shared, machine)
    }

    /// Any manager, by its public method.
    fn manage_any(&self, manager: &Bound<'py, PyAny>, bar: usize) -> PyResult<()> {
        let (run, py) = (self.run, manager.py());
        let by_clock = run.by_clock(manager)?;
        for (place, symbol) in run.symbols.iter().enumerate() {
            let Some([bid, ask]) = run.candles(place, bar, by_clock)? else {
                continue;
            };
            let name = &symbol.sides.symbol;
            let open = self
                .shared
                .with(|core| active_slots(core, self.place, name));
            let open_positions = PyList::empty(py);
            for slot in open {
                open_positions.append(self.executor.get().book()?.position(py, slot)?)?;
            }
            let all_positions = run.executor.getattr(intern!(py, "active_positions"))?;
            let slice = run.slice.as_any();
            let open = open_positions.as_any();
            manage_positions(manager, open, slice, (&bid, &ask), &all_positions)?;
        }
        Ok(())
    }
}

/// A strategy and a manager while no Python runs.
struct Unbound<'a, S> {
    strategy: &'a mut S,
    manager: Option<&'a mut PositionManager>,
}

impl<S: MultiStrategy> MultiStrategy for Unbound<'_, S> {
    fn evaluate(
        &mut self,
        index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        self.strategy.evaluate(index, multi_slice, signals)
    }

    fn skip(&mut self, multi_slice: &MultiSymbolSlice, from: usize, to: usize) -> Result<usize> {
        self.strategy.skip(multi_slice, from, to)
    }

    fn columns(&mut self) -> Option<&mut CrossColumnStrategy> {
        self.strategy.columns()
    }

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        self.manager.as_deref_mut()
    }
}
