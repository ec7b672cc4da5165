//! Whole runs over several symbols.

use std::collections::BTreeSet;

use fillproof_engine::backtest::BacktestResult;
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::core::Core;
use fillproof_engine::cross_symbol_engine::{
    CrossSymbolEventEngine, MultiStrategy, Need, check, run_native,
};
use fillproof_engine::errors::Result;
use fillproof_engine::execution::ExecutionSimulator;
use fillproof_engine::keys::{CandleLookup, Key};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::multi_symbol_slice::MultiSymbolSlice;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::position_manager::PositionManager;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::strategies::pair_spread::PairSpread;
use fillproof_engine::trace::Tracer;
use serde_json::Value as Json;

use crate::files::whole;
use crate::whole::sides;
use crate::{settings, strategies};

/// A built-in strategy of several symbols and a manager beside it.
struct Both {
    strategy: PairSpread,
    manager: Option<PositionManager>,
}

impl MultiStrategy for Both {
    fn evaluate(
        &mut self,
        index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        self.strategy.evaluate(index, multi_slice, signals)
    }

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        self.manager.as_mut()
    }
}

/// Runs a run over several symbols.
pub fn play(run: &Json, data: &[Json], portfolio: Portfolio, tracer: &Tracer) -> BacktestResult {
    let config = &run["config"];
    let more = config["more_specs"].as_array().expect("a list");
    let specs = || std::iter::once(&config["spec"]).chain(more);
    let lookups: Vec<CandleLookup> = data
        .iter()
        .map(|data| {
            let spec = specs().find(|spec| spec["symbol"] == data["symbol"]);
            let (bid, ask) = sides(data, spec.expect("each symbol has a spec"));
            CandleLookup {
                symbol: data["symbol"].as_str().expect("a symbol").into(),
                bid: keyed(&bid),
                ask: keyed(&ask),
            }
        })
        .collect();
    let times: BTreeSet<i64> = lookups
        .iter()
        .flat_map(|lookup| lookup.bid.iter().map(|(_, candle)| candle.time_us))
        .collect();
    let keys: Vec<Key> = times.into_iter().map(Key::Time).collect();
    let start = usize::try_from(whole(&config["start_bar"])).expect("a place");
    let settings = settings::executor(run).expect("the settings are valid");
    let on_crossed = settings.policy.on_crossed;
    let checked =
        check(&lookups, &keys, keys.get(start), false, on_crossed).expect("the input is valid");
    let mut core = Core::new(portfolio);
    let executor = ExecutionSimulator::new(settings, LedgerKind::Native);
    let executor = core.add_executor(executor.expect("the settings are valid"));
    let timeframe = config["timeframe"].as_str().expect("a timeframe");
    let mut slice = MultiSymbolSlice::new(&checked.symbols, &keys, timeframe);
    let crossed_bars = checked.crossed_bars;
    let mut engine = CrossSymbolEventEngine::new(checked, executor);
    engine.attach_tracer(&mut core, tracer);
    let mut both = Both {
        strategy: strategies::pair(&run["strategy"]).expect("the strategy is valid"),
        manager: settings::manager(config).expect("the manager is valid"),
    };
    while run_native(&mut engine, &mut core, &mut both, &mut slice, usize::MAX)
        .expect("nothing fails")
        != Need::Done
    {}
    BacktestResult { core, crossed_bars }
}

fn keyed(columns: &CandleColumns) -> Vec<(Key, Candle)> {
    let candles = (0..columns.len()).filter_map(|bar| columns.get(bar));
    candles
        .map(|candle| (Key::Time(candle.time_us), candle))
        .collect()
}
