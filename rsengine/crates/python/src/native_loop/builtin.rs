//! The built-in strategy, and a manager of ours beside it, without Python.

use std::sync::Arc;

use fillproof_engine::candles::CandleColumns;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, Need, run_native};
use fillproof_engine::position_manager::PositionManager;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::slices::{MultiCandleData, SymbolDataSlice};
use fillproof_engine::strategies::ema_cross::EmaCross;
use fillproof_engine::strategy::Strategy;
use pyo3::intern;
use pyo3::prelude::*;

use super::{CALLBACK_BARS, From, Native, Outcome, attach, own_manager, progress};
use crate::candles::PyCandles;
use crate::ema::PyEmaCross;
use crate::engine::Run;
use crate::errors::raise;
use crate::manager::PyPositionManager;
use crate::strategy::{PyStrategyWrapper, find_manager};

/// Bars that run without Python between two looks at signals such as an interrupt.
const NATIVE_BARS: usize = 65_536;

/// A strategy and a manager that need no Python.
pub struct Builtin<'py> {
    pub strategy: Bound<'py, PyEmaCross>,
    manager: Option<Bound<'py, PyPositionManager>>,
}

/// The built-in strategy, bare or in a wrapper of exactly our class that lets it be called at each
/// bar, if nothing but a manager of ours manages beside it.
pub fn native_strategy<'py>(strategy: &Bound<'py, PyAny>) -> PyResult<Option<Builtin<'py>>> {
    let inner = match strategy.cast_exact::<PyStrategyWrapper>() {
        Ok(wrapper) if !wrapper.get().is_replaced() && !wrapper.get().watches() => {
            wrapper.getattr(intern!(wrapper.py(), "strategy"))?
        }
        Ok(_) => return Ok(None),
        Err(_) => strategy.clone(),
    };
    let Ok(inner) = inner.cast_into_exact::<PyEmaCross>() else {
        return Ok(None);
    };
    if inner.get().is_replaced() {
        return Ok(None);
    }
    let manager = match find_manager(strategy)? {
        None => None,
        Some(manager) => match own_manager(&manager)? {
            Some(own) => Some(own.clone()),
            None => return Ok(None),
        },
    };
    Ok(Some(Builtin {
        strategy: inner,
        manager,
    }))
}

/// What [`Builtin`] is while no Python runs.
struct Unbound<'a> {
    strategy: &'a mut EmaCross,
    manager: Option<&'a mut PositionManager>,
}

impl Strategy for Unbound<'_> {
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
        self.manager.as_deref_mut()
    }
}

/// The two series that the strategy reads, if they are columns or one of the run's own sides.
pub fn native_data(
    run: &Run<'_>,
    strategy: &Bound<'_, PyEmaCross>,
) -> PyResult<Option<Arc<MultiCandleData>>> {
    let timeframe = strategy.get().state().timeframe().to_owned();
    let side = |name: &str| -> PyResult<Option<Arc<CandleColumns>>> {
        let Ok(sides) = run.multi_candle_data.get_item(&timeframe) else {
            return Ok(None);
        };
        let Ok(series) = sides.get_item(name) else {
            return Ok(None);
        };
        if series.is(&run.bid_candles) {
            return Ok(Some(Arc::clone(&run.sides.bid)));
        }
        if series.is(&run.ask_candles) {
            return Ok(Some(Arc::clone(&run.sides.ask)));
        }
        let own = series.cast::<PyCandles>().ok();
        Ok(own.map(|own| Arc::clone(&own.get().columns)))
    };
    let (Some(bid), Some(ask)) = (side("bid")?, side("ask")?) else {
        return Ok(None);
    };
    if bid.len() < run.total || ask.len() < run.total {
        return Ok(None);
    }
    Ok(Some(Arc::new(MultiCandleData::of(&timeframe, &bid, &ask))))
}

/// Runs the built-in strategy: no Python but for interrupts and on_progress.
pub fn without_python<'py>(
    native: &Native<'_, 'py>,
    machine: &mut EventEngine,
    both: &Builtin<'py>,
    data: Arc<MultiCandleData>,
) -> PyResult<Outcome<'py>> {
    let (run, shared) = (native.run, &native.shared);
    let py = run.strategy.py();
    let mut slice = SymbolDataSlice::new(data, &run.symbol_text.as_str().into());
    let strategy = both.strategy.get();
    let manager = both.manager.as_ref().map(Bound::get);
    loop {
        // No lock is held while the other threads' Python is waited for.
        let (need, was_called) = py.detach(|| {
            let mut strategy = strategy.state();
            let mut bars = |manager: Option<&mut PositionManager>| {
                let mut unbound = Unbound {
                    strategy: &mut strategy,
                    manager,
                };
                let budget = NATIVE_BARS;
                shared.with(|core| run_native(machine, core, &mut unbound, &mut slice, budget))
            };
            match manager {
                Some(manager) => manager.lend(shared, |lent| bars(Some(lent))),
                None => (bars(None), false),
            }
        });
        if let Some(manager) = both.manager.as_ref().filter(|_| was_called) {
            attach(&run.portfolio, manager.as_any())?;
        }
        match need.map_err(raise)? {
            Need::Done => return Ok(Outcome::Done),
            Need::Progress(bar) => {
                progress(run, bar)?;
                if bar % CALLBACK_BARS == 0 {
                    py.check_signals()?;
                }
            }
            _ => py.check_signals()?,
        }
        if native.is_replaced() && machine.bar() < run.total {
            return Ok(Outcome::Generic(From::Bar(machine.bar())));
        }
    }
}
