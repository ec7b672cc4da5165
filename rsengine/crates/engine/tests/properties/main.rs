//! What must hold for any market, tried on made ones. The seeds are fixed, so each run is the same.

mod cross_jumps;
mod cross_trades;
mod crowds;
mod foresight;
mod jumps;
mod made;
mod script;
mod several;
mod stays;
mod sweeps;
mod trades;

use fillproof_engine::backtest::{BacktestResult, run_backtest};
use fillproof_engine::config::MarketFill;
use fillproof_engine::core::Core;
use fillproof_engine::digest::digest;
use fillproof_engine::errors::{ErrorCode, Result};
use fillproof_engine::event_engine::{EventEngine, Need, run_native};
use fillproof_engine::execution::ExecutionSimulator;
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategies::breakout::{Breakout, Unit};
use fillproof_engine::strategies::ema_atr::EmaAtr;
use fillproof_engine::strategies::ema_cross::EmaCross;
use fillproof_engine::strategies::zscore_reversion::ZScoreReversion;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::tables::result_tables;
use fillproof_engine::trace::Tracer;

const SEEDS: std::ops::Range<u64> = 0..60;

fn ema_cross() -> EmaCross {
    EmaCross::new("M1", 3, 8, 4.0, 7.0, 0.0001).expect("the settings are valid")
}

fn account() -> Portfolio {
    Portfolio::new(10_000.0).expect("the balance is valid")
}

fn run(seed: u64, strategy: &mut dyn Strategy, tracer: &Tracer) -> BacktestResult {
    attempt(seed, strategy, tracer).expect("the market is valid")
}

fn attempt(seed: u64, strategy: &mut dyn Strategy, tracer: &Tracer) -> Result<BacktestResult> {
    let (market, config) = made::market_and_config(seed);
    run_backtest(&market, strategy, config, account(), tracer)
}

fn built_ins() -> Vec<Box<dyn Strategy>> {
    fn boxed<S: Strategy + 'static>(made: Result<S>) -> Box<dyn Strategy> {
        Box::new(made.expect("the settings are valid"))
    }
    vec![
        boxed(EmaCross::new("M1", 3, 8, 4.0, 7.0, 0.0001)),
        boxed(EmaAtr::new("M1", 3, 8, 5, 1.5, 2.5)),
        boxed(ZScoreReversion::new("M1", 8, 1.0, 5, 1.5, 4)),
        boxed(Breakout::new("M1", 6, 5, 1.0, 2.0, Unit::Atr, 4, 0.0001)),
        boxed(Breakout::new("M1", 1, 1, 4.0, 7.0, Unit::Pips, 14, 0.0001)),
    ]
}

/// The same decisions without leave to skip a bar.
struct Plain<S>(S);

impl<S: Strategy> Strategy for Plain<S> {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        self.0.evaluate(index, slice, signals)
    }
}

#[test]
fn prop_skipping_idle_bars_changes_nothing() {
    for (place, name) in ["cross", "atr", "zscore", "breakout", "every bar"]
        .iter()
        .enumerate()
    {
        let mut trades = 0;
        for seed in SEEDS {
            trades += skipping_changes_nothing(seed, place);
        }
        assert!(trades > 200, "{name}: only {trades} trades were tried");
    }
}

fn skipping_changes_nothing(seed: u64, place: usize) -> usize {
    let made = || built_ins().remove(place);
    let fast = attempt(seed, &mut made(), &Tracer::discard());
    let plain = attempt(seed, &mut Plain(made()), &Tracer::discard());
    let (fast, plain) = match (fast, plain) {
        (Ok(fast), Ok(plain)) => (fast, plain),
        (fast, plain) => {
            // The preset parity refuses the options that some orders have.
            let code =
                |result: Result<BacktestResult>| result.map_or_else(|e| Some(e.code), |_| None);
            assert_eq!(code(fast), Some(ErrorCode::MetaInvalid), "seed {seed}");
            assert_eq!(code(plain), Some(ErrorCode::MetaInvalid), "seed {seed}");
            return 0;
        }
    };
    assert_eq!(fast.tables(), plain.tables(), "seed {seed}");
    assert_eq!(fast.core.state(0), plain.core.state(0), "seed {seed}");
    let drawdowns = |result: &BacktestResult| {
        let portfolio = &result.core.portfolio;
        (
            portfolio.max_drawdown(),
            portfolio.max_drawdown_worst(),
            portfolio.max_equity(),
        )
    };
    assert_eq!(drawdowns(&fast), drawdowns(&plain), "seed {seed}");
    fast.trades().len()
}

#[test]
fn prop_a_budget_changes_nothing() {
    for seed in SEEDS {
        let whole = run(seed, &mut ema_cross(), &Tracer::discard());
        let (market, config) = made::market_and_config(seed);
        let on_crossed = config.policy.on_crossed;
        let mut core = Core::new(account());
        let executor = ExecutionSimulator::new(config, LedgerKind::Native).expect("valid");
        let executor = core.add_executor(executor);
        let (bid, ask) = (market.bid.clone(), market.ask.clone());
        let symbol = market.symbol.clone();
        let start = market.start_us;
        let mut engine =
            EventEngine::new(bid, ask, symbol, start, executor, on_crossed).expect("valid");
        let mut slice = SymbolDataSlice::new(market.data.clone(), &market.symbol);
        let mut strategy = ema_cross();
        let budget = 1 + seed as usize % 9;
        while run_native(&mut engine, &mut core, &mut strategy, &mut slice, budget)
            .expect("the market is valid")
            != Need::Done
        {}
        assert_eq!(
            whole.tables(),
            result_tables(&core, executor),
            "seed {seed}"
        );
    }
}

#[test]
fn prop_tracing_changes_nothing() {
    for seed in SEEDS {
        let tracer = Tracer::collect();
        let traced = run(seed, &mut ema_cross(), &tracer);
        let silent = run(seed, &mut ema_cross(), &Tracer::discard());
        assert_eq!(traced.tables(), silent.tables(), "seed {seed}");
        for (place, event) in tracer.events().iter().enumerate() {
            assert_eq!(event.seq, place as u64);
            let line = event.to_json_line();
            let json: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
            assert_eq!(json["kind"], event.kind.name(), "{line}");
        }
    }
}

#[test]
fn prop_cash_is_start_less_fees_plus_results() {
    for seed in SEEDS {
        let result = run(seed, &mut ema_cross(), &Tracer::discard());
        let portfolio = &result.core.portfolio;
        let expected = 10_000.0 - portfolio.total_fees() + portfolio.realised();
        assert!((portfolio.cash() - expected).abs() < 1e-6, "seed {seed}");
        let rows = portfolio.equity_columns();
        assert!(
            rows.equity_worst
                .iter()
                .zip(&rows.equity)
                .all(|(worst, equity)| worst <= equity)
        );
        assert!(rows.drawdown.iter().all(|&drawdown| drawdown >= 0.0));
        assert_eq!(
            result.digest().map(|text| text.len()),
            Ok(64),
            "seed {seed}"
        );
    }
}

#[test]
fn both_fills_and_all_kinds_of_ends_are_tried() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in SEEDS {
        let result = run(seed, &mut ema_cross(), &Tracer::discard());
        let (_, config) = made::market_and_config(seed);
        seen.insert(match config.policy.market_fill {
            MarketFill::Close => "close",
            MarketFill::NextOpen => "next_open",
            MarketFill::Signal => "signal",
        });
        seen.extend(
            result
                .trades()
                .iter()
                .filter_map(|position| position.exit_rule()),
        );
        seen.extend(
            result.core.executors[0]
                .signal_columns()
                .rule
                .iter()
                .copied(),
        );
    }
    for wanted in [
        "close",
        "next_open",
        "X1.stop",
        "X1.target",
        "X2.gap_stop",
        "X2.gap_target",
        "X3.worst",
        "X5.close_at_end",
        "E1.next_open_sides",
        "S3.sides",
    ] {
        assert!(seen.contains(wanted), "{wanted} never came up: {seen:?}");
    }
}

#[test]
fn the_digest_of_a_run_without_bars_is_known() {
    let config = fillproof_engine::execution::ExecutorConfig::default();
    let mut core = Core::new(account());
    let executor = ExecutionSimulator::new(config, LedgerKind::Native).expect("valid");
    let executor = core.add_executor(executor);
    let found = digest(&result_tables(&core, executor)).expect("there is nothing in it");
    // The first digits stand in the documentation of the other implementation, too.
    assert_eq!(&found[..16], "d014186b0fc73acc");
}
