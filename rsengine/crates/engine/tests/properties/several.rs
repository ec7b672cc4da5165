//! Columns of which several positions are open at once, planned from prices; each run is held to the
//! plain loop.

use std::sync::Arc;

use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::candles::Column;
use fillproof_engine::config::{ExecutionPolicy, GapFill, MarketFill, Sizing};
use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, Need, run_native};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::positions::Reason;
use fillproof_engine::rates::{Rate, Rates};
use fillproof_engine::rule_ids::{
    M1_TRAILING, S3_EQUITY, S3_MAX_POSITIONS, S3_MAX_POSITIONS_SYMBOL,
};
use fillproof_engine::sessions::{MINUTE_US, Session};
use fillproof_engine::signals::OrderType;
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
use fillproof_engine::strategy::Strategy;
use fillproof_engine::trace::Tracer;

use crate::Plain;
use crate::crowds::most_open;
use crate::jumps::assert_same;
use crate::made::{Numbers, market_and_config, market_of};
use crate::trades::in_pieces;

const SEEDS: std::ops::Range<u64> = 0..400;

/// A market, and settings under which prices alone decide most of what happens.
fn setting(seed: u64, numbers: &mut Numbers) -> (Market, ExecutorConfig, f64) {
    let (_, mut config) = market_and_config(seed);
    let close_at_end = config.policy.close_at_end;
    if config.policy.is_parity() {
        config.policy = ExecutionPolicy {
            close_at_end,
            ..ExecutionPolicy::canonical()
        };
    }
    let policy = &mut config.policy;
    policy.market_fill = MarketFill::Close;
    policy.exit_buffer_pips = 0.0;
    policy.gap_fill = [GapFill::Open, GapFill::Level][numbers.below(2) as usize];
    policy.max_positions = [None, None, Some(2), Some(3), Some(20)][numbers.below(5) as usize];
    policy.max_positions_symbol = (numbers.below(4) == 0).then(|| 2 + numbers.below(4));
    if numbers.below(6) == 0 {
        let windows = [("Thu 01:00".to_owned(), "Thu 01:30".to_owned())];
        config.session = Some(Session::new("M1", &windows, &[]).expect("valid"));
        config.timeframe = Some("M1".to_owned());
    }
    config.sizing = Some(match numbers.below(3) {
        0 => Sizing::FixedLots { lots: 0.1 },
        1 => Sizing::RiskAmount { amount: 20.0 },
        _ => Sizing::RiskFraction { fraction: 0.002 },
    });
    let mut start_us = 0;
    if numbers.below(5) == 0 {
        // 1970-01-01 was a Thursday, whose night comes three hours and a half after its first bar.
        start_us = (18 * 60 + 30) * MINUTE_US;
        let rates = Rates::new("USD", [("EUR/USD", Rate::Fixed(1.1))], None, 2.0);
        config.rates = Some(rates.expect("valid"));
        config.timeframe = Some("M1".to_owned());
        let spec = &mut config.symbol_specs[0];
        spec.base_currency = Some("EUR".into());
        spec.quote_currency = Some("USD".into());
        spec.swap_long = numbers.around(30) as f64 / 8.0;
        spec.swap_short = numbers.around(30) as f64 / 8.0;
    }
    let bars = 100 + numbers.below(900);
    // So little that it is lost now and then.
    let balance = [10_000.0, 10_000.0, 150.0][numbers.below(3) as usize];
    (market_of(numbers, start_us, bars), config, balance)
}

/// Signals at one bar in so many, with levels so many points away at most; a few are none that anybody
/// would accept, and a few wait for a price.
fn signals(market: &Market, numbers: &mut Numbers, (rarely, far): (u64, u64)) -> ColumnStrategy {
    let bars = market.bid.len();
    let (mut direction, mut kinds) = (vec![0_i8; bars], vec![0_i8; bars]);
    let [mut entry, mut stop, mut target] = [(); 3].map(|()| vec![f64::NAN; bars]);
    let oddly = [30, 200, 5_000][numbers.below(3) as usize];
    for bar in 0..bars {
        let Some(bid) = market.bid.get(bar).filter(|_| numbers.below(rarely) == 0) else {
            continue;
        };
        let sign = if numbers.below(2) == 0 { 1.0 } else { -1.0 };
        direction[bar] = sign as i8;
        let mut away = || (60 + numbers.below(far)) as f64 / 1e5;
        stop[bar] = bid.close - (sign * away());
        target[bar] = bid.close + (sign * away());
        match numbers.below(oddly) {
            0 => std::mem::swap(&mut stop[bar], &mut target[bar]),
            1 | 2 => target[bar] = f64::NAN,
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

/// A setting with its signals.
fn made(seed: u64, place: u64) -> (Market, ExecutorConfig, f64, ColumnStrategy, Numbers) {
    let mut numbers = Numbers::of(seed, place);
    let (market, config, balance) = setting(seed, &mut numbers);
    let rarely = [1, 3, 9, 40][numbers.below(4) as usize];
    let far = [40, 300, 2_000][numbers.below(3) as usize];
    let columns = signals(&market, &mut numbers, (rarely, far));
    (market, config, balance, columns, numbers)
}

#[test]
fn prop_several_at_once_are_those_of_the_plain_loop() {
    let (mut trades, mut crowds, mut stayed, mut gaps, mut nights) = (0, 0, 0, 0, 0);
    let mut refusals = std::collections::HashMap::new();
    for seed in SEEDS {
        let (market, config, balance, columns, _) = made(seed, 31);
        let tracer = Tracer::discard();
        let portfolio = || Portfolio::new(balance).expect("a balance");
        let (mut fast, mut plain) = (columns.clone(), Plain(columns));
        let fast = run_backtest(&market, &mut fast, config.clone(), portfolio(), &tracer);
        let plain = run_backtest(&market, &mut plain, config, portfolio(), &tracer);
        let (fast, plain): (BacktestResult, BacktestResult) = match (fast, plain) {
            (Ok(fast), Ok(plain)) => (fast, plain),
            (fast, plain) => {
                assert_eq!(fast.map(drop), plain.map(drop), "seed {seed}");
                continue;
            }
        };
        assert_same(seed, &fast, &plain);
        trades += plain.trades().len();
        crowds += u32::from(most_open(&plain) > 20);
        let records = || plain.core.positions.iter();
        stayed += records().filter(|record| record.is_open()).count();
        nights += records().filter(|record| record.swap != 0.0).count();
        let exits = records().filter_map(|record| record.exit());
        gaps += exits.filter(|exit| exit.rule.starts_with("X2.")).count();
        for rejection in plain.core.executors[0].rejected_signals() {
            *refusals.entry(rejection.rule).or_insert(0) += 1;
        }
    }
    assert!(trades > 10_000, "only {trades} trades were tried");
    assert!(crowds > 40, "only {crowds} runs had many open");
    assert!(stayed > 300, "only {stayed} positions were open at the end");
    assert!(nights > 300, "only {nights} positions were kept over night");
    assert!(gaps > 500, "only {gaps} positions left in a gap");
    for (rule, least) in [
        (S3_MAX_POSITIONS, 2_000),
        (S3_MAX_POSITIONS_SYMBOL, 500),
        (S3_EQUITY, 20),
    ] {
        let count = refusals.get(rule).copied().unwrap_or(0);
        assert!(count > least, "only {count} signals were refused by {rule}");
    }
}

#[test]
fn prop_whoever_looks_while_several_are_open_changes_nothing() {
    let (mut looks, mut trades, mut ends) = (0, 0, 0);
    for seed in SEEDS.start..SEEDS.end / 2 {
        let (market, config, balance, columns, mut numbers) = made(seed, 32);
        let tracer = Tracer::discard();
        let portfolio = Portfolio::new(balance).expect("a balance");
        let pieces = in_pieces(&market, columns.clone(), &config, balance, &mut numbers);
        let plain = run_backtest(&market, &mut Plain(columns), config, portfolio, &tracer);
        match (pieces, plain) {
            (Ok((pieces, seen)), Ok(plain)) => {
                assert_same(seed, &pieces, &plain);
                looks += seen;
                trades += plain.trades().len();
                let exits = plain.core.positions.iter().filter_map(|held| held.exit());
                let at_end = |reason| reason == Reason::EndOfData;
                ends += exits.filter(|exit| at_end(exit.reason)).count();
            }
            (pieces, plain) => assert_eq!(pieces.map(drop), plain.map(drop), "seed {seed}"),
        }
    }
    assert!(looks > 5_000, "only {looks} records were looked at");
    assert!(trades > 5_000, "only {trades} trades were tried");
    assert!(ends > 300, "only {ends} positions were closed at the end");
}

/// Runs columns some bars at a time, and moves a stop now and then in between; how often.
fn with_moved_stops(
    market: &Market,
    config: &ExecutorConfig,
    balance: f64,
    strategy: &mut dyn Strategy,
    mut numbers: Numbers,
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
    let mut moved = 0;
    loop {
        let bars = 1 + numbers.below(90) as usize;
        let need = run_native(&mut engine, &mut core, strategy, &mut slice, bars)?;
        if let Need::Done = need {
            let crossed_bars = engine.crossed_bars().0;
            return Ok((BacktestResult { core, crossed_bars }, moved));
        }
        let active = core.executors[executor].active_positions().to_vec();
        for slot in active.into_iter().filter(|_| numbers.below(3) == 0) {
            let record = &core.positions[slot as usize];
            let Some(stop) = record.stop_loss.filter(|_| record.is_open()) else {
                continue;
            };
            let stop = stop + (record.direction.sign() * 2e-4);
            core.set_managed_stop(slot, stop, Reason::BreakEvenStopLoss, M1_TRAILING);
            moved += 1;
        }
    }
}

#[test]
fn prop_stops_that_are_moved_in_between_are_reached_as_in_the_plain_loop() {
    let (mut moves, mut moved_exits) = (0, 0);
    for seed in SEEDS.start..SEEDS.end / 2 {
        let (market, config, balance, columns, _) = made(seed, 33);
        let play = |strategy: &mut dyn Strategy| {
            let numbers = Numbers::of(seed, 34);
            with_moved_stops(&market, &config, balance, strategy, numbers)
        };
        match (play(&mut columns.clone()), play(&mut Plain(columns))) {
            (Ok((fast, _)), Ok((plain, moved))) => {
                assert_same(seed, &fast, &plain);
                moves += moved;
                let exits = plain.core.positions.iter().filter_map(|held| held.exit());
                let by_stop = |reason| reason == Reason::BreakEvenStopLoss;
                moved_exits += exits.filter(|exit| by_stop(exit.reason)).count();
            }
            (fast, plain) => assert_eq!(fast.map(drop), plain.map(drop), "seed {seed}"),
        }
    }
    assert!(moves > 2_000, "only {moves} stops were moved");
    assert!(moved_exits > 200, "only {moved_exits} of them were reached");
}

/// Runs columns where another executor of the account opened positions some bars before; how many.
fn beside_another(
    market: &Market,
    config: &ExecutorConfig,
    balance: f64,
    strategy: &mut dyn Strategy,
    mut numbers: Numbers,
) -> Result<(BacktestResult, usize)> {
    let mut core = Core::new(Portfolio::new(balance)?);
    let mut add = || {
        let executor = ExecutionSimulator::new(config.clone(), LedgerKind::Native)?;
        Ok(core.add_executor(executor))
    };
    let (own, other) = (add()?, add()?);
    let engine = |start_us: Option<i64>, executor: usize| {
        EventEngine::new(
            market.bid.clone(),
            market.ask.clone(),
            market.symbol.clone(),
            start_us,
            executor,
            config.policy.on_crossed,
        )
    };
    let slice = || SymbolDataSlice::new(market.data.clone(), &market.symbol);
    let bars = 1 + numbers.below(60) as usize;
    let mut before = Plain(signals(market, &mut numbers, (9, 2_000)));
    let mut first = engine(market.start_us, other)?;
    run_native(&mut first, &mut core, &mut before, &mut slice(), bars)?;
    let held = core.executors[other].active_positions().len();
    let mut engine = engine(market.bid.get(bars).map(|bar| bar.time_us), own)?;
    run_native(&mut engine, &mut core, strategy, &mut slice(), usize::MAX)?;
    let crossed_bars = engine.crossed_bars().0;
    Ok((BacktestResult { core, crossed_bars }, held))
}

#[test]
fn prop_positions_of_another_executor_count_in_equity_as_in_the_plain_loop() {
    let (mut held, mut trades) = (0, 0);
    for seed in SEEDS.start..SEEDS.end / 2 {
        let (market, mut config, balance, columns, mut numbers) = made(seed, 35);
        if numbers.below(2) == 0 {
            config.policy.max_positions = Some(1);
        }
        let play = |strategy: &mut dyn Strategy| {
            let numbers = Numbers::of(seed, 36);
            beside_another(&market, &config, balance, strategy, numbers)
        };
        match (play(&mut columns.clone()), play(&mut Plain(columns))) {
            (Ok((fast, _)), Ok((plain, others))) => {
                assert_same(seed, &fast, &plain);
                held += others;
                trades += plain.trades().len();
            }
            (fast, plain) => assert_eq!(fast.map(drop), plain.map(drop), "seed {seed}"),
        }
    }
    assert!(held > 100, "only {held} positions were those of another");
    assert!(trades > 2_000, "only {trades} trades were tried");
}
