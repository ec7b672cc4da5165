//! The built-in strategies, and a manager of ours beside them, without Python.

use std::sync::{Arc, Mutex};

use fillproof_engine::aligned::AlignedCandles;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, Need, run_native};
use fillproof_engine::expressions::tree::Tree;
use fillproof_engine::position_manager::PositionManager;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::slices::{MultiCandleData, Series, SymbolDataSlice};
use fillproof_engine::strategy::Strategy;
use pyo3::intern;
use pyo3::prelude::*;

use super::{From, NATIVE_BARS, Native, Outcome, attach, own_manager};
use crate::aligned::PyAligned;
use crate::built_in::columns::PyColumnStrategy;
use crate::built_in::expressions::PyExpressionStrategy;
use crate::built_in::single::{PyBreakout, PyEmaAtr, PyEmaCross, PyZScoreReversion};
use crate::built_in::{Holds, locked};
use crate::candles::PyCandles;
use crate::checks::Sides;
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
        let data = || expression_data(native.run, own.get().tree());
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

fn run_held<'py, T: Holds>(
    native: &Native<'_, 'py>,
    machine: &mut EventEngine,
    strategy: &Bound<'py, T>,
) -> PyResult<Option<Outcome<'py>>> {
    let held = strategy.get().held();
    let timeframe = held.state().timeframe().to_owned();
    let data = || native_data(native.run, &timeframe);
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

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        match self.manager.as_deref_mut() {
            Some(manager) => Some(manager),
            None => self.strategy.position_manager(),
        }
    }
}

/// The two series that the strategy reads, if they are columns or one of the run's own sides.
fn native_data(run: &Run<'_>, timeframe: &str) -> PyResult<Option<Arc<MultiCandleData>>> {
    native_series(&run.multi_candle_data, primary(run), run.total, timeframe)
}

/// Candles of the run itself: bid, ask, and both as columns.
type Primary<'a, 'py> = (&'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>, &'a Sides);

fn primary<'a, 'py>(run: &'a Run<'py>) -> Primary<'a, 'py> {
    (&run.bid_candles, &run.ask_candles, &run.sides)
}

/// Both sides of a timeframe of some data, if they are columns or the primary candles themselves.
pub fn native_series(
    data: &Bound<'_, PyAny>,
    primary: Primary<'_, '_>,
    total: usize,
    timeframe: &str,
) -> PyResult<Option<Arc<MultiCandleData>>> {
    let side = |side: &str| one_series(data, primary, total, timeframe, side);
    let (Some(bid), Some(ask)) = (side("bid")?, side("ask")?) else {
        return Ok(None);
    };
    let data = MultiCandleData::aligned(timeframe, bid, ask);
    Ok(Some(Arc::new(data)))
}

/// All series that expressions read, if they are columns or one of the run's own sides.
fn expression_data(run: &Run<'_>, tree: &Tree) -> PyResult<Option<Arc<MultiCandleData>>> {
    let first = match run.multi_candle_data.try_iter()?.next() {
        Some(name) => name?.extract::<String>()?,
        None => return Ok(None),
    };
    let own = tree.timeframe.as_deref().unwrap_or(&first);
    let mut data = MultiCandleData::default();
    for series in &tree.series {
        let timeframe = series.timeframe.as_deref().unwrap_or(own);
        let has = |made: &Series| *made.timeframe == *timeframe && *made.side == *series.side;
        if data.series.iter().any(has) {
            continue;
        }
        let data_of = &run.multi_candle_data;
        let found = one_series(data_of, primary(run), run.total, timeframe, series.side)?;
        let Some(candles) = found else {
            return Ok(None);
        };
        data.series.push(Series {
            timeframe: timeframe.into(),
            side: series.side.into(),
            candles,
        });
    }
    Ok(Some(Arc::new(data)))
}

/// A series of some data, if it is columns or a side of the primary candles, and long enough.
fn one_series(
    data: &Bound<'_, PyAny>,
    (bid, ask, columns): Primary<'_, '_>,
    total: usize,
    timeframe: &str,
    side: &str,
) -> PyResult<Option<AlignedCandles>> {
    let Ok(sides) = data.get_item(timeframe) else {
        return Ok(None);
    };
    let Ok(series) = sides.get_item(side) else {
        return Ok(None);
    };
    let found: Option<AlignedCandles> = if series.is(bid) {
        Some(Arc::clone(&columns.bid).into())
    } else if series.is(ask) {
        Some(Arc::clone(&columns.ask).into())
    } else if let Ok(aligned) = series.cast::<PyAligned>() {
        aligned.get().columns()
    } else {
        let own = series.cast::<PyCandles>().ok();
        own.map(|own| Arc::clone(&own.get().columns).into())
    };
    Ok(found.filter(|found| found.len() >= total))
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

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        match self.manager.as_deref_mut() {
            Some(manager) => Some(manager),
            None => self.strategy.position_manager(),
        }
    }
}

/// The two series that the strategy reads, if they are columns or one of the run's own sides.
fn native_data(run: &Run<'_>, timeframe: &str) -> PyResult<Option<Arc<MultiCandleData>>> {
    native_series(&run.multi_candle_data, primary(run), run.total, timeframe)
}

/// Candles of the run itself: bid, ask, and both as columns.
type Primary<'a, 'py> = (&'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>, &'a Sides);

fn primary<'a, 'py>(run: &'a Run<'py>) -> Primary<'a, 'py> {
    (&run.bid_candles, &run.ask_candles, &run.sides)
}

/// Both sides of a timeframe of some data, if they are columns or the primary candles themselves.
pub fn native_series(
    data: &Bound<'_, PyAny>,
    primary: Primary<'_, '_>,
    total: usize,
    timeframe: &str,
) -> PyResult<Option<Arc<MultiCandleData>>> {
    let side = |side: &str| one_series(data, primary, total, timeframe, side);
    let (Some(bid), Some(ask)) = (side("bid")?, side("ask")?) else {
        return Ok(None);
    };
    let data = MultiCandleData::aligned(timeframe, bid, ask);
    Ok(Some(Arc::new(data)))
}

/// All series that expressions read, if they are columns or one of the run's own sides.
fn expression_data(run: &Run<'_>, tree: &Tree) -> PyResult<Option<Arc<MultiCandleData>>> {
    let first = match run.multi_candle_data.try_iter()?.next() {
        Some(name) => name?.extract::<String>()?,
        None => return Ok(None),
    };
    let own = tree.timeframe.as_deref().unwrap_or(&first);
    let mut data = MultiCandleData::default();
    for series in &tree.series {
        let timeframe = series.timeframe.as_deref().unwrap_or(own);
        let has = |made: &Series| *made.timeframe == *timeframe && *made.side == *series.side;
        if data.series.iter().any(has) {
            continue;
        }
        let data_of = &run.multi_candle_data;
        let found = one_series(data_of, primary(run), run.total, timeframe, series.side)?;
        let Some(candles) = found else {
            return Ok(None);
        };
        data.series.push(Series {
            timeframe: timeframe.into(),
            side: series.side.into(),
            candles,
        });
    }
    Ok(Some(Arc::new(data)))
}

/// A series of a run, if it is columns or one of its own sides, and long enough.
fn native_series(run: &Run<'_>, timeframe: &str, side: &str) -> PyResult<Option<AlignedCandles>> {
    let Ok(sides) = run.multi_candle_data.get_item(timeframe) else {
        return Ok(None);
    };
    let Ok(series) = sides.get_item(side) else {
        return Ok(None);
    };
    let found: Option<AlignedCandles> = if series.is(&run.bid_candles) {
        Some(Arc::clone(&run.sides.bid).into())
    } else if series.is(&run.ask_candles) {
        Some(Arc::clone(&run.sides.ask).into())
    } else if let Ok(aligned) = series.cast::<PyAligned>() {
        aligned.get().columns()
    } else {
        let own = series.cast::<PyCandles>().ok();
        own.map(|own| Arc::clone(&own.get().columns).into())
    };
    Ok(found.filter(|found| found.len() >= run.total))
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
