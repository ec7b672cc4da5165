//! Times the built-in EMA cross over made bars and prints nanoseconds a bar, digest beside them.
//!
//! `cargo run --release -p fillproof-engine --example bench_ema_cross -- [bars] [rounds] [points]`
//!
//! `points` is how far a bar may move at most, in tenths of a pip: with 100, as on hourly bars, a
//! position lasts a few bars; with 10, as on bars of a minute, some 16 are open at a time.

use std::error::Error;
use std::time::Instant;

use fillproof_engine::backtest::{Market, run_backtest};
use fillproof_engine::config::Sizing;
use fillproof_engine::core::Core;
use fillproof_engine::event_engine::{EventEngine, Need, run_native};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategies::ema_cross::EmaCross;
use fillproof_engine::symbols::SymbolSpec;
use fillproof_engine::trace::Tracer;

use self::shared::{made_bars, on_processor_ns};

mod shared;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let bars: usize = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let rounds: usize = arguments.next().map_or(Ok(7), |text| text.parse())?;
    let points: u64 = arguments.next().map_or(Ok(100), |text| text.parse())?;
    let (bid, ask) = made_bars(bars, points);
    let market = Market::new("EURUSD", "M1", bid, ask);
    let config = ExecutorConfig {
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5))?],
        sizing: Some(Sizing::fixed_lots(0.1)?),
        ..ExecutorConfig::default()
    };
    let (mut check_ns, mut loop_ns, mut busy_ns) = (Vec::new(), Vec::new(), Vec::new());
    let mut digests = Vec::new();
    let mut trades = 0;
    for _ in 0..rounds {
        let mut core = Core::new(Portfolio::new(10_000_000.0)?);
        let executor = ExecutionSimulator::new(config.clone(), LedgerKind::Native)?;
        let executor = core.add_executor(executor);
        let mut strategy = EmaCross::new("M1", 10, 50, 10.0, 20.0, 0.0001)?;
        let mut slice = SymbolDataSlice::new(market.data.clone(), &market.symbol);

        let begin = Instant::now();
        let (symbol, policy) = (market.symbol.clone(), config.policy);
        let (bid, ask) = (market.bid.clone(), market.ask.clone());
        let mut engine = EventEngine::new(
            bid,
            ask,
            symbol,
            market.start_us,
            executor,
            policy.on_crossed,
        )?;
        let checked = Instant::now();
        let busy = on_processor_ns();
        run_native(
            &mut engine,
            &mut core,
            &mut strategy,
            &mut slice,
            usize::MAX,
        )?;
        let done = Instant::now();
        busy_ns.push((on_processor_ns() - busy) / bars as f64);

        check_ns.push((checked - begin).as_nanos() as f64 / bars as f64);
        loop_ns.push((done - checked).as_nanos() as f64 / bars as f64);
        trades = core.portfolio.exits().len();
        drop(core);

        let mut strategy = EmaCross::new("M1", 10, 50, 10.0, 20.0, 0.0001)?;
        let result = run_backtest(
            &market,
            &mut strategy,
            config.clone(),
            Portfolio::new(10_000_000.0)?,
            &Tracer::discard(),
        )?;
        digests.push(result.digest()?);
    }
    // The loop that a caller of another language drives, without its callbacks.
    let mut step_ns = Vec::new();
    for _ in 0..rounds {
        let mut core = Core::new(Portfolio::new(10_000_000.0)?);
        let executor = ExecutionSimulator::new(config.clone(), LedgerKind::Native)?;
        let executor = core.add_executor(executor);
        let symbol = market.symbol.clone();
        let (bid, ask) = (market.bid.clone(), market.ask.clone());
        let policy = config.policy.on_crossed;
        let mut engine = EventEngine::new(bid, ask, symbol, market.start_us, executor, policy)?;
        core.portfolio.reserve_rows(bars);
        let busy = on_processor_ns();
        while engine.next(&mut core)? != Need::Done {}
        step_ns.push((on_processor_ns() - busy) / bars as f64);
    }
    digests.dedup();
    println!("{bars} bars, {trades} closed trades, {rounds} rounds, digest {digests:?}");
    for (name, mut times) in [
        ("checks", check_ns),
        ("loop", loop_ns),
        ("loop, on the processor", busy_ns),
        ("asked bar by bar, flat", step_ns),
    ] {
        times.sort_by(f64::total_cmp);
        let (least, median) = (times[0], times[times.len() / 2]);
        println!("{name:>22}: {least:6.2} ns a bar at best, {median:6.2} in the middle");
    }
    Ok(())
}
