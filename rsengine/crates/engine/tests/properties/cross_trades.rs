//! Columns of many symbols that walk their own ways with one account, each run held to the plain loop.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use fillproof_engine::account::{Margin, StopOutPrice};
use fillproof_engine::backtest::BacktestResult;
use fillproof_engine::candles::{CandleColumns, Column};
use fillproof_engine::config::{ExecutionPolicy, MarketFill, Sizing};
use fillproof_engine::core::Core;
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::keys::{CandleLookup, Key};
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::rates::{Rate, Rates};
use fillproof_engine::rule_ids::{
    S3_EQUITY, S3_MARGIN, S3_MAX_POSITIONS, S3_MAX_POSITIONS_SYMBOL, S3_NO_BAR, S3_NO_ENTRY,
};
use fillproof_engine::sessions::Session;
use fillproof_engine::signals::OrderType;
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
use fillproof_engine::strategies::cross_columns::CrossColumnStrategy;
use fillproof_engine::trace::Tracer;

use crate::cross_jumps::{assert_same, play_in, play_over};
use crate::made::{Numbers, market_and_config, market_of};

/// Settings under which the symbols do without each other, and some under which they do not.
fn settings(seed: u64, numbers: &mut Numbers, symbols: u64) -> ExecutorConfig {
    let (_, mut config) = market_and_config(seed);
    if config.policy.is_parity() {
        config.policy = ExecutionPolicy::canonical();
    }
    let policy = &mut config.policy;
    let of_all = [None, None, Some(1 + numbers.below(symbols)), Some(symbols)];
    policy.max_positions = of_all[numbers.below(4) as usize];
    policy.max_positions_symbol = [Some(1), Some(1), Some(1), Some(2)][numbers.below(4) as usize];
    if numbers.below(8) > 0 {
        policy.exit_buffer_pips = 0.0;
        policy.market_fill = MarketFill::Close;
    }
    if numbers.below(3) == 0 {
        config.sizing = Some(Sizing::FixedLots { lots: 0.1 });
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
    if numbers.below(4) == 0 {
        let hours = [("00:30".to_owned(), "02:00".to_owned())];
        config.session = Some(Session::new("M1", &hours, &[]).expect("the hours are valid"));
    }
    let spec = config.symbol_specs.remove(0);
    for place in 0..symbols {
        let mut spec = spec.clone();
        spec.symbol = name(place);
        config.symbol_specs.push(spec);
    }
    config
}

fn name(place: u64) -> Arc<str> {
    format!("EURUSD{place}").into()
}

/// Symbols with a walk of their own each; some have holes, some of these on one side only, and some
/// begin late.
fn walks(seed: u64, numbers: &mut Numbers, symbols: u64) -> (Vec<CandleLookup>, Vec<Key>) {
    let bars = 40 + numbers.below(1_500) as usize;
    let mut all = BTreeSet::new();
    let mut lookups = Vec::new();
    for place in 0..symbols {
        let market = market_of(&mut Numbers::of(seed, 100 + place), 0, bars as u64);
        let missing = [0, 0, 0, 60, 5][numbers.below(5) as usize];
        let late = [0, 0, 0, 30][numbers.below(4) as usize];
        let by_side = numbers.below(3) == 0;
        let lacks: Vec<[bool; 2]> = (0..bars)
            .map(|_| {
                let mut lacks = || missing > 0 && numbers.below(missing) == 0;
                let bid = lacks();
                [bid, if by_side { lacks() } else { bid }]
            })
            .collect();
        let side = |side: &CandleColumns, at: usize| {
            let there = (late..bars).filter(|&bar| !lacks[bar][at]);
            let candles = there.filter_map(|bar| side.get(bar));
            let keyed = candles.map(|candle| (Key::Time(candle.time_us), candle));
            keyed.collect::<Vec<_>>()
        };
        let (bid, ask) = (side(&market.bid, 0), side(&market.ask, 1));
        let both = (late..bars).filter(|&bar| lacks[bar] == [false; 2]);
        all.extend(both.map(|bar| market.bid.time_us.as_slice()[bar]));
        lookups.push(CandleLookup {
            symbol: name(place),
            bid,
            ask,
        });
    }
    (lookups, all.into_iter().map(Key::Time).collect())
}

/// Signals of a symbol at one key in so many; some come in its holes, some are limit orders, and some
/// mostly know where the price goes, so that the account has new heights.
fn signals(
    lookup: &CandleLookup,
    keys: &[Key],
    numbers: &mut Numbers,
    (rarely, waits, knows): (u64, bool, bool),
) -> ColumnStrategy {
    let total = keys.len();
    let (mut direction, mut kinds) = (vec![0_i8; total], vec![0_i8; total]);
    let [mut entry, mut stop, mut target] = [(); 3].map(|()| vec![f64::NAN; total]);
    let far = 12 + numbers.below(200);
    for (row, key) in keys.iter().enumerate() {
        if numbers.below(rarely) > 0 {
            continue;
        }
        let at = lookup.bid.partition_point(|(known, _)| known < key);
        let Some((_, bid)) = lookup.bid.get(at) else {
            continue;
        };
        let later = &lookup.bid[(at + 12).min(lookup.bid.len() - 1)].1;
        if knows && (later.close - bid.close).abs() < 40e-5 {
            continue;
        }
        let rises = if knows {
            later.close > bid.close
        } else {
            numbers.below(2) == 0
        };
        let sign = if rises { 1.0 } else { -1.0 };
        direction[row] = sign as i8;
        let mut away = || (12 + numbers.below(far)) as f64 / 1e5;
        stop[row] = bid.close - (sign * away());
        target[row] = bid.close + (sign * away());
        match numbers.below(40) {
            0 => stop[row] = f64::NEG_INFINITY,
            1 => std::mem::swap(&mut stop[row], &mut target[row]),
            2 => target[row] = f64::NAN,
            3 if waits => {
                kinds[row] = 1 + numbers.below(2) as i8;
                entry[row] = bid.close - (sign * 4e-5);
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
fn prop_trades_of_many_symbols_are_those_of_the_plain_loop() {
    let (mut trades, mut stale, mut heights) = (0, 0, 0);
    let mut refusals = HashMap::new();
    for seed in 0..320 {
        let mut numbers = Numbers::of(seed, 31);
        let symbols = 1 + numbers.below(24);
        let config = settings(seed, &mut numbers, symbols);
        let (lookups, keys) = walks(seed, &mut numbers, symbols);
        let rarely = [3, 10, 40, 200][numbers.below(4) as usize];
        let each = (rarely, numbers.below(8) == 0, numbers.below(4) == 0);
        let columns = lookups.iter().map(|lookup| {
            let symbol = Arc::clone(&lookup.symbol);
            (symbol, signals(lookup, &keys, &mut numbers, each))
        });
        let columns = CrossColumnStrategy::new(columns.collect()).expect("all are equally long");
        // So little that it is lost now and then.
        let balance = [10_000.0, 10_000.0, 1e6, 300.0][seed as usize % 4];
        let over = (lookups, keys, config);
        let run = |is_plain: bool| {
            let portfolio = Portfolio::new(balance).expect("a balance");
            play_over(seed, &over, portfolio, &mut columns.clone(), is_plain)
        };
        let (fast, plain) = (run(false), run(true));
        assert_eq!(fast.0, plain.0, "seed {seed}");
        assert_same(seed, &fast.1, &plain.1);
        trades += fast.1.trades().len();
        stale += fast.1.core.portfolio.stale_rows();
        let mut highest = balance;
        for &equity in fast.1.core.portfolio.equity_columns().equity.iter() {
            heights += usize::from(equity > highest);
            highest = highest.max(equity);
        }
        for rejection in fast.1.core.executors[0].rejected_signals() {
            *refusals.entry(rejection.rule).or_insert(0) += 1;
        }
    }
    assert!(trades > 20_000, "only {trades} trades were tried");
    assert!(heights > 3_000, "only {heights} rows were new heights");
    assert!(stale > 5_000, "only {stale} rows were stale");
    for (rule, least) in [
        (S3_MAX_POSITIONS, 5_000),
        (S3_MAX_POSITIONS_SYMBOL, 20_000),
        (S3_NO_BAR, 300),
        (S3_EQUITY, 300),
        (S3_MARGIN, 300),
        (S3_NO_ENTRY, 300),
    ] {
        let count = refusals.get(rule).copied().unwrap_or(0);
        assert!(count > least, "only {count} signals were refused by {rule}");
    }
}

#[test]
fn prop_an_account_of_two_executors_is_that_of_the_plain_loop() {
    let (mut shared, mut trades) = (0, 0);
    for seed in 0..160 {
        let mut numbers = Numbers::of(seed, 32);
        let symbols = 1 + numbers.below(6);
        let mut config = settings(seed, &mut numbers, symbols);
        config.policy.close_at_end = false;
        let (lookups, keys) = walks(seed, &mut numbers, symbols);
        let each = ([3, 10, 40][seed as usize % 3], false, false);
        // The second goes on where the first one stopped.
        let (early, late) = keys.split_at(keys.len() / 2);
        let halves = [early, late].map(|keys| {
            let columns = lookups.iter().map(|lookup| {
                let symbol = Arc::clone(&lookup.symbol);
                (symbol, signals(lookup, keys, &mut numbers, each))
            });
            let columns = CrossColumnStrategy::new(columns.collect());
            let over = (lookups.clone(), keys.to_vec(), config.clone());
            (over, columns.expect("all are equally long"))
        });
        // A tracer of an earlier run may still be told what the account does.
        let is_told = numbers.below(5) == 0;
        let run = |is_plain: bool| {
            let mut core = Core::new(Portfolio::new(10_000.0).expect("a balance"));
            let tracer = Tracer::collect();
            if is_told {
                core.portfolio.attach_tracer(&tracer);
            }
            let ends = halves.each_ref().map(|(over, columns)| {
                let held = core.portfolio.get_open_positions(None).count();
                let columns = &mut columns.clone();
                (play_in(&mut core, seed, over, columns, is_plain), held)
            });
            let crossed_bars = 0;
            (ends, BacktestResult { core, crossed_bars }, tracer.events())
        };
        let (fast, plain) = (run(false), run(true));
        assert_eq!(fast.0, plain.0, "seed {seed}");
        assert_same(seed, &fast.1, &plain.1);
        assert_eq!(fast.2, plain.2, "seed {seed}");
        shared += usize::from(fast.0[1].1 > 0);
        trades += fast.1.trades().len();
    }
    assert!(shared > 40, "only {shared} accounts were shared");
    assert!(trades > 5_000, "only {trades} trades were tried");
}
