//! The built-in strategies, and a manager of ours beside them, without Python.

use std::sync::{Arc, Mutex};

use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, Need, run_native};
use fillproof_engine::position_manager::PositionManager;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::slices::{MultiCandleData, SymbolDataSlice};
use fillproof_engine::strategies::columns::ColumnStrategy;
use fillproof_engine::strategy::Strategy;
use pyo3::intern;
use pyo3::prelude::*;

use super::shown::ShownCandles;
use super::{From, NATIVE_BARS, Native, Outcome, attach, own_manager};
use crate::built_in::columns::PyColumnStrategy;
use crate::built_in::expressions::PyExpressionStrategy;
use crate::built_in::single::{PyBreakout, PyEmaAtr, PyEmaCross, PyZScoreReversion};
use crate::built_in::{Holds, locked};
use crate::engine::Run;
use crate::errors::raise;
use crate::manager::PyPositionManager;
use crate::overrides;
use crate::rust_strategy::{RustStrategy, read_data};
use crate::strategy::{PyStrategyWrapper, find_manager};

/// Runs the loop over a built-in strategy and a manager of ours, if they need no Python.
pub fn run_built_in<'py>(
    native: &Native<'_, 'py>,
    machine: &mut EventEngine,
) -> PyResult<Option<Outcome<'py>>> {
    let strategy = &native.run.strategy;
    let inner = match strategy.cast_exact::<PyStrategyWrapper>() {
        Ok(wrapper) if !wrapper.get().is_replaced() && !wrapper.get().watches() => {
            wrapper.getattr(intern!(wrapper.py(), "strategy"))?
        }
        Ok(_) => return Ok(None),
        Err(_) => strategy.clone(),
    };
    if let Ok(own) = inner.cast_exact::<PyColumnStrategy>() {
        // It shows nothing of a slice but the bar itself.
        let data = || Ok(Some(Arc::default()));
        let replaced = overrides::in_dict(own.as_any(), &["evaluate", "on_data"])?;
        return run_own(native, machine, own.get().strategy(), replaced, data);
    }
    if let Ok(own) = inner.cast_exact::<PyExpressionStrategy>() {
        let data = || shown(native.run).expressions(own.get().tree());
        let replaced = overrides::in_dict(own.as_any(), &["evaluate", "on_data"])?;
        return run_own(native, machine, own.get().strategy(), replaced, data);
    }
    if let Ok(own) = inner.cast::<RustStrategy>() {
        let run = native.run;
        let sides = [
            (&run.bid_candles, &run.sides.bid),
            (&run.ask_candles, &run.sides.ask),
        ];
        let data = || read_data(&run.multi_candle_data, &sides).map(Some);
        let replaced = RustStrategy::is_replaced(own)?;
        return run_own(native, machine, own.get().strategy(), replaced, data);
    }
    if let Ok(own) = inner.cast_exact::<PyEmaCross>() {
        return run_held(native, machine, own);
    }
    if let Ok(own) = inner.cast_exact::<PyEmaAtr>() {
        return run_held(native, machine, own);
    }
    if let Ok(own) = inner.cast_exact::<PyZScoreReversion>() {
        return run_held(native, machine, own);
    }
    if let Ok(own) = inner.cast_exact::<PyBreakout>() {
        return run_held(native, machine, own);
    }
    Ok(None)
}

fn shown<'a, 'py>(run: &'a Run<'py>) -> ShownCandles<'a, 'py> {
    ShownCandles {
        bid: &run.bid_candles,
        ask: &run.ask_candles,
        sides: &run.sides,
        data: &run.multi_candle_data,
    }
}

fn run_held<'py, T: Holds>(
    native: &Native<'_, 'py>,
    machine: &mut EventEngine,
    strategy: &Bound<'py, T>,
) -> PyResult<Option<Outcome<'py>>> {
    let held = strategy.get().held();
    let timeframe = held.state().timeframe().to_owned();
    let data = || shown(native.run).timeframe(&timeframe);
    run_own(native, machine, held.strategy(), held.is_replaced(), data)
}

/// Runs a strategy of ours and its manager, if they and the data that it reads are native.
fn run_own<'py, S: Strategy + Send + ?Sized>(
    native: &Native<'_, 'py>,
    machine: &mut EventEngine,
    strategy: &Mutex<S>,
    is_replaced: bool,
    data: impl FnOnce() -> PyResult<Option<Arc<MultiCandleData>>>,
) -> PyResult<Option<Outcome<'py>>> {
    if is_replaced {
        return Ok(None);
    }
    let manager = match find_manager(&native.run.strategy)? {
        None => None,
        Some(manager) => match own_manager(&manager)? {
            Some(own) => Some(own.clone()),
            None => return Ok(None),
        },
    };
    match data()? {
        Some(data) => without_python(native, machine, strategy, manager.as_ref(), data).map(Some),
        None => Ok(None),
    }
}

/// A strategy and a manager while no Python runs.
struct Unbound<'a, S: ?Sized> {
    strategy: &'a mut S,
    manager: Option<&'a mut PositionManager>,
}

impl<S: Strategy + ?Sized> Strategy for Unbound<'_, S> {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        self.strategy.evaluate(index, slice, signals)
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        self.strategy.skip(slice, from, to)
    }

    fn columns(&mut self, slice: &SymbolDataSlice) -> Option<&mut ColumnStrategy> {
        self.strategy.columns(slice)
    }

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        match self.manager.as_deref_mut() {
            Some(manager) => Some(manager),
            None => self.strategy.position_manager(),
        }
    }
}

/// Runs a strategy of ours: no Python but for interrupts and on_progress.
fn without_python<'py, S: Strategy + Send + ?Sized>(
    native: &Native<'_, 'py>,
    machine: &mut EventEngine,
    strategy: &Mutex<S>,
    own_manager: Option<&Bound<'py, PyPositionManager>>,
    data: Arc<MultiCandleData>,
) -> PyResult<Outcome<'py>> {
    let (run, shared) = (native.run, &native.shared);
    let py = run.strategy.py();
    let mut slice = SymbolDataSlice::new(data, &run.symbol_text.as_str().into());
    let manager = own_manager.map(Bound::get);
    loop {
        let budget = run.progress.bars_left(py, machine.bar()).min(NATIVE_BARS);
        // No lock is held while the other threads' Python is waited for.
        let (need, was_called) = py.detach(|| {
            let mut strategy = locked(strategy);
            let mut bars = |manager: Option<&mut PositionManager>| {
                let mut unbound = Unbound {
                    strategy: &mut *strategy,
                    manager,
                };
                shared.with(|core| run_native(machine, core, &mut unbound, &mut slice, budget))
            };
            match manager {
                Some(manager) => manager.lend(shared, |lent| bars(Some(lent))),
                None => (bars(None), false),
            }
        });
        if let Some(manager) = own_manager.filter(|_| was_called) {
            attach(&run.portfolio, manager.as_any())?;
        }
        let need = need.map_err(raise)?;
        run.progress.tell(py, machine.bar().saturating_sub(1))?;
        match need {
            Need::Done => return Ok(Outcome::Done),
            _ => py.check_signals()?,
        }
        if native.is_replaced() && machine.bar() < run.total {
            return Ok(Outcome::Generic(From::Bar(machine.bar())));
        }
    }
}
