//! Runs an EMA cross bar by bar, without short cuts, for callgrind to count by source file.
//!
//! `python benchmarks/rust_phases.py` builds it, runs it and reads what was counted. Asking for the
//! parent's process id, which nothing else here does, marks where the run begins and ends.

use std::error::Error;
use std::os::unix::process::parent_id;

use fillproof_engine::backtest::Market;
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::config::{ExecutionPolicy, Sizing};
use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, run_native};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::signals::TradeSignal;
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategies::ema_cross::EmaCross;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::symbols::SymbolSpec;

/// A strategy that is asked at every bar: `skip` is the default, which takes in none.
struct AskedAtEveryBar(EmaCross);

impl Strategy for AskedAtEveryBar {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        self.0.evaluate(index, slice, signals)
    }
}

/// A walk in whole points of a fifth digit, steps up to 18, extremes up to 8 beyond, spread 8.
fn made_bars(bars: usize) -> (CandleColumns, CandleColumns) {
    let mut seed = 42_u64;
    let mut step = |width: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 33) % width) as i64
    };
    let mut open = 110_000_i64;
    let (mut bids, mut asks) = (Vec::with_capacity(bars), Vec::with_capacity(bars));
    for bar in 0..bars {
        let close = open + step(37) - 18 - (open - 110_000) / 2_000;
        let (high, low) = (open.max(close) + step(9), open.min(close) - step(9));
        let candle = |spread: i64| {
            let price = |points: i64| (points + spread) as f64 / 1e5;
            Candle {
                time_us: 1_577_836_800_000_000 + bar as i64 * 60_000_000,
                open: price(open),
                high: price(high),
                low: price(low),
                close: price(close),
                volume: 0.0,
            }
        };
        bids.push(candle(0));
        asks.push(candle(8));
        open = close;
    }
    (
        CandleColumns::from_candles(&bids),
        CandleColumns::from_candles(&asks),
    )
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let bars: usize = std::env::args()
        .nth(1)
        .map_or(Ok(50_000), |text| text.parse())?;
    let (bid, ask) = made_bars(bars);
    let market = Market::new("EURUSD", "M1", bid, ask);
    let config = ExecutorConfig {
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5))?],
        sizing: Some(Sizing::fixed_lots(0.1)?),
        policy: ExecutionPolicy {
            max_positions: Some(1),
            ..ExecutionPolicy::default()
        },
        ..ExecutorConfig::default()
    };
    let mut core = Core::new(Portfolio::new(100_000.0)?);
    let on_crossed = config.policy.on_crossed;
    let executor = core.add_executor(ExecutionSimulator::new(config, LedgerKind::Native)?);
    let mut strategy = AskedAtEveryBar(EmaCross::new("M1", 10, 50, 10.0, 20.0, 0.0001)?);
    let mut slice = SymbolDataSlice::new(market.data.clone(), &market.symbol);
    let symbol = market.symbol.clone();
    let (bid, ask) = (market.bid.clone(), market.ask.clone());
    let mut engine = EventEngine::new(bid, ask, symbol, market.start_us, executor, on_crossed)?;
    let _ = parent_id();
    run_native(
        &mut engine,
        &mut core,
        &mut strategy,
        &mut slice,
        usize::MAX,
    )?;
    let _ = parent_id();
    println!("{bars} bars, {} trades", core.portfolio.exits().len());
    Ok(())
}
