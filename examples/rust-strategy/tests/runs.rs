//! The strategies in Rust alone: no Python in sight.

use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::config::Sizing;
use fillproof_engine::errors::{ErrorCode, Result};
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::symbols::SymbolSpec;
use fillproof_engine::trace::Tracer;
use fillproof_strategies::channel::channel;
use fillproof_strategies::opening_gap::OpeningGap;

const HOUR_US: i64 = 3_600_000_000;

/// Hours of a price that swings, with a pause of two days and a gap up in the middle.
fn market() -> Market {
    let side = |spread: f64| {
        let candle = |bar: i32| {
            let gap = if bar < 120 { 0.0 } else { 0.0030 };
            let swing = f64::from((bar % 60 - 30).abs()) * 0.0004;
            let open = 1.1 + swing + gap + spread;
            Candle {
                time_us: i64::from(bar) * HOUR_US + i64::from(bar >= 120) * 49 * HOUR_US,
                open,
                high: open + 0.0003,
                low: open - 0.0003,
                close: open + 0.0001,
                volume: 0.0,
            }
        };
        CandleColumns::from_candles(&(0..240).map(candle).collect::<Vec<_>>())
    };
    Market::new("EURUSD", "H1", side(0.0), side(0.0001))
}

fn run(strategy: &mut dyn Strategy) -> Result<BacktestResult> {
    let config = ExecutorConfig {
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5))?],
        sizing: Some(Sizing::fixed_lots(0.1)?),
        ..ExecutorConfig::default()
    };
    let portfolio = Portfolio::new(10_000.0)?;
    run_backtest(&market(), strategy, config, portfolio, &Tracer::discard())
}

#[test]
fn a_channel_trades_and_does_so_again() -> Result<()> {
    let mut strategy = channel("H1".to_owned(), 20, 15.0, 30.0, 0.0001)?;
    let first = run(&mut strategy)?;
    assert!(first.trades().len() > 20);
    assert_eq!(run(&mut strategy)?.digest()?, first.digest()?);
    Ok(())
}

#[test]
fn a_gap_is_sold_at_its_open() -> Result<()> {
    let result = run(&mut OpeningGap::new(10.0, 90.0, 6, 0.0001)?)?;
    let signals = &result.core.executors[0].signal_columns();
    assert_eq!(signals.len(), 1);
    assert_eq!(signals.order_type[0].as_str(), "limit");
    assert_eq!(signals.direction[0].as_str(), "short");
    Ok(())
}

#[test]
fn settings_are_checked() {
    let error = channel("H1".to_owned(), 0, 15.0, 30.0, 0.0001).expect_err("no bars");
    assert_eq!(error.code, ErrorCode::PeriodInvalid);
    let error = OpeningGap::new(f64::NAN, 1.0, 1, 0.0001).expect_err("no number");
    assert_eq!(error.field.as_deref(), Some("least_pips"));
}
