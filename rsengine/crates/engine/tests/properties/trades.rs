//! Columns full of signals, most of which find no room; each run is held to the plain loop.

use std::sync::Arc;

use fillproof_engine::account::{Margin, StopOutPrice};
use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::candles::Column;
use fillproof_engine::config::MarketFill;
use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, Need, run_native};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::rates::{Rate, Rates};
use fillproof_engine::rule_ids::{S3_EQUITY, S3_MARGIN, S3_MAX_POSITIONS, S3_NOT_FINITE, S3_SIDES};
use fillproof_engine::signals::OrderType;
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
use fillproof_engine::trace::Tracer;

use crate::Plain;
use crate::jumps::assert_same;
use crate::made::{Numbers, market_and_config};

/// A market and settings that leave little room.
fn crowded(seed: u64, numbers: &mut Numbers) -> (Market, ExecutorConfig) {
    let (market, mut config) = market_and_config(seed);
    let policy = &mut config.policy;
    policy.max_positions = [Some(1), Some(1), Some(2), None][numbers.below(4) as usize];
    policy.max_positions_symbol = (numbers.below(4) == 0).then_some(1 + numbers.below(3));
    if numbers.below(8) > 0 {
        policy.exit_buffer_pips = 0.0;
        policy.market_fill = MarketFill::Close;
    }
    if numbers.below(3) == 0 {
        // No stop-out, so that only what an order needs can stand against it.
        let margin = Margin::new(1.0 + numbers.below(40) as f64, None, StopOutPrice::Close);
        config.margin = Some(margin.expect("valid"));
        config.rates =
            Some(Rates::new("USD", [("EUR/USD", Rate::Fixed(1.1))], None, 2.0).expect("valid"));
        config.timeframe = Some("M1".to_owned());
        let spec = &mut config.symbol_specs[0];
        spec.base_currency = Some("EUR".into());
        spec.quote_currency = Some("USD".into());
    }
    (market, config)
}

/// Signals at one bar in so many; some have levels that nobody would accept.
fn signals(market: &Market, numbers: &mut Numbers, rarely: u64) -> ColumnStrategy {
    let bars = market.bid.len();
    let (mut direction, mut kinds) = (vec![0_i8; bars], vec![0_i8; bars]);
    let [mut entry, mut stop, mut target] = [(); 3].map(|()| vec![f64::NAN; bars]);
    for bar in 0..bars {
        let Some(bid) = market.bid.get(bar).filter(|_| numbers.below(rarely) == 0) else {
            continue;
        };
        let sign = if numbers.below(2) == 0 { 1.0 } else { -1.0 };
        direction[bar] = sign as i8;
        let mut away = |least: u64| (least + numbers.below(40)) as f64 / 1e5;
        stop[bar] = bid.close - (sign * away(12));
        target[bar] = bid.close + (sign * away(12));
        match numbers.below(40) {
            0 => stop[bar] = f64::NEG_INFINITY,
            1 => std::mem::swap(&mut stop[bar], &mut target[bar]),
            2 => target[bar] = f64::NAN,
            3 => {
                kinds[bar] = 1 + numbers.below(2) as i8;
                entry[bar] = bid.close - (sign * 4e-5);
            }
            _ => {}
        }
    }
    let column = |prices: Vec<f64>| Some(Arc::new(prices) as Column<f64>);
    let prices = Prices {
        entry: column(entry),
        stop: column(stop),
        target: column(target),
    };
    let kinds: Column<i8> = Arc::new(kinds);
    let made = ColumnStrategy::new(Arc::new(direction), prices, Some(kinds), OrderType::Market);
    made.expect("the columns are sound")
}

#[test]
fn prop_trades_and_refusals_of_columns_are_those_of_the_plain_loop() {
    let (mut trades, mut compared) = (0, 0);
    let mut refusals = std::collections::HashMap::new();
    for seed in 0..500 {
        let mut numbers = Numbers::of(seed, 23);
        let (market, config) = crowded(seed, &mut numbers);
        let rarely = [1, 2, 5, 14][numbers.below(4) as usize];
        let columns = signals(&market, &mut numbers, rarely);
        // So little that it is lost now and then.
        let balance = [10_000.0, 90.0][numbers.below(2) as usize];
        let tracer = Tracer::discard();
        let portfolio = || Portfolio::new(balance).expect("a balance");
        let fast = run_backtest(
            &market,
            &mut columns.clone(),
            config.clone(),
            portfolio(),
            &tracer,
        );
        let plain = run_backtest(&market, &mut Plain(columns), config, portfolio(), &tracer);
        let (fast, plain): (BacktestResult, BacktestResult) = match (fast, plain) {
            (Ok(fast), Ok(plain)) => (fast, plain),
            (fast, plain) => {
                assert_eq!(fast.map(drop), plain.map(drop), "seed {seed}");
                continue;
            }
        };
        assert_same(seed, &fast, &plain);
        compared += 1;
        trades += fast.trades().len();
        for rejection in fast.core.executors[0].rejected_signals() {
            *refusals.entry(rejection.rule).or_insert(0) += 1;
        }
    }
    assert!(compared > 350, "only {compared} runs were compared");
    assert!(trades > 4_000, "only {trades} trades were tried");
    for (rule, least) in [
        (S3_MAX_POSITIONS, 5_000),
        (S3_SIDES, 100),
        (S3_NOT_FINITE, 100),
        (S3_EQUITY, 10),
        (S3_MARGIN, 100),
    ] {
        let count = refusals.get(rule).copied().unwrap_or(0);
        assert!(count > least, "only {count} signals were refused by {rule}");
    }
}

/// Runs columns some bars at a time, and looks at a part of the records in between.
pub fn in_pieces(
    market: &Market,
    mut columns: ColumnStrategy,
    config: &ExecutorConfig,
    balance: f64,
    numbers: &mut Numbers,
) -> Result<(BacktestResult, usize)> {
    let mut core = Core::new(Portfolio::new(balance)?);
    let executor = ExecutionSimulator::new(config.clone(), LedgerKind::Native)?;
    let executor = core.add_executor(executor);
    let mut engine = EventEngine::new(
        market.bid.clone(),
        market.ask.clone(),
        market.symbol.clone(),
        market.start_us,
        executor,
        config.policy.on_crossed,
    )?;
    let mut slice = SymbolDataSlice::new(market.data.clone(), &market.symbol);
    let (start, total) = (engine.start(), engine.total());
    columns.use_bars(start, total)?;
    let mut looks = 0;
    loop {
        let bars = 1 + numbers.below(120) as usize;
        let need = run_native(&mut engine, &mut core, &mut columns, &mut slice, bars)?;
        if let Need::Done = need {
            let crossed_bars = engine.crossed_bars().0;
            return Ok((BacktestResult { core, crossed_bars }, looks));
        }
        let records = core.positions.len();
        let kept = core.clone();
        match numbers.below(7) {
            0 if records > 0 => {
                // A level of a trade that has ended is read, and written as it was.
                let slot = numbers.below(records as u64) as usize;
                let record = &mut core.positions[slot];
                record.pip_size = record.pip_size.abs();
                looks += usize::from(record.exit().is_some());
            }
            1 => {
                looks += core
                    .positions
                    .iter()
                    .filter(|record| record.is_closed())
                    .count()
            }
            2 => looks += core.portfolio.exits().len(),
            3 => looks += core.executors[0].signal_columns().len(),
            4 => {
                let columns = core.portfolio.equity_columns();
                looks += columns.len();
            }
            5 => looks += core.portfolio.equity_rows().made_by(3).len(),
            _ => {}
        }
        assert_eq!(kept.positions, core.positions);
        assert_eq!(kept.portfolio.fees_log(), core.portfolio.fees_log());
    }
}

#[test]
fn prop_whoever_looks_in_between_finds_and_leaves_what_the_plain_loop_does() {
    let (mut looks, mut trades) = (0, 0);
    for seed in 0..300 {
        let mut numbers = Numbers::of(seed, 24);
        let (market, config) = crowded(seed, &mut numbers);
        let rarely = [2, 5, 14][numbers.below(3) as usize];
        let columns = signals(&market, &mut numbers, rarely);
        let balance = [10_000.0, 90.0][numbers.below(2) as usize];
        let tracer = Tracer::discard();
        let portfolio = Portfolio::new(balance).expect("a balance");
        let pieces = in_pieces(&market, columns.clone(), &config, balance, &mut numbers);
        let plain = run_backtest(&market, &mut Plain(columns), config, portfolio, &tracer);
        match (pieces, plain) {
            (Ok((pieces, seen)), Ok(plain)) => {
                assert_same(seed, &pieces, &plain);
                looks += seen;
                trades += plain.trades().len();
            }
            (pieces, plain) => assert_eq!(pieces.map(drop), plain.map(drop), "seed {seed}"),
        }
    }
    assert!(looks > 10_000, "only {looks} records were looked at");
    assert!(trades > 2_000, "only {trades} trades were tried");
}
