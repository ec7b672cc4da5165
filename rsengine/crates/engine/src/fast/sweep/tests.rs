//! Which combinations share orders and which run bar by bar; that both give the same rows is a
//! property test.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use super::pairs::{Pairs, Unit, Worker, plan};
use super::{Candidate, Combination, Sweep};
use crate::account::Margin;
use crate::candles::{Candle, CandleColumns};
use crate::config::{ExecutionPolicy, MarketFill, OnCrossed, Sizing, SlippageModel};
use crate::execution::ExecutorConfig;
use crate::slices::MultiCandleData;
use crate::strategies::ema_cross::EmaCross;
use crate::symbols::SymbolSpec;

fn sweep(change: impl FnOnce(&mut ExecutorConfig)) -> Sweep {
    let side = |by: f64| {
        let candle = |bar: i32| {
            let close = 1.1 + f64::from((bar % 60 - 30).abs()) * 0.0003 + by;
            Candle {
                time_us: i64::from(bar) * 60_000_000,
                open: close,
                high: close + 0.0004,
                low: close - 0.0004,
                close,
                volume: 0.0,
            }
        };
        Arc::new(CandleColumns::from_candles(
            &(0..3000).map(candle).collect::<Vec<_>>(),
        ))
    };
    let (bid, ask, symbol) = (side(0.0), side(0.00008), "EURUSD".into());
    let mut sweep = Sweep::new(&bid, &ask, &symbol, Some(0), OnCrossed::Warn, 10_000.0)
        .expect("the market is valid");
    let mut config = ExecutorConfig {
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5)).expect("valid")],
        sizing: Some(Sizing::FixedLots { lots: 0.1 }),
        policy: ExecutionPolicy {
            max_positions: Some(1),
            ..ExecutionPolicy::canonical()
        },
        ..ExecutorConfig::default()
    };
    change(&mut config);
    sweep.configs = vec![config];
    sweep.datas = vec![Arc::new(MultiCandleData::of("M1", &bid, &ask))];
    sweep
}

fn combinations() -> Vec<Combination> {
    let cross = |fast| EmaCross::new("M1", fast, 20, 10.0, 20.0, 0.0001).expect("valid");
    (2..14)
        .map(|fast| Combination {
            candidate: Candidate::EmaCross(Box::new(cross(fast))),
            config: 0,
            data: 0,
        })
        .collect()
}

/// How many of the twelve combinations share orders to their end.
fn shared(sweep: &Sweep) -> usize {
    let combinations = combinations();
    let units = plan(sweep, &combinations, 2);
    let pairs = Pairs::new(sweep, &units);
    let mut worker = Worker::new(&pairs);
    let (sender, receiver) = channel();
    let stop = AtomicBool::new(false);
    let mut rest = 0;
    for unit in &units {
        rest += worker.run(unit, &combinations, &stop, &sender).len();
    }
    drop(sender);
    let done = receiver.iter().flatten().count();
    assert_eq!(done + rest, combinations.len());
    assert_eq!(
        done > 0,
        units.iter().any(|unit| matches!(unit, Unit::Pairs(_)))
    );
    done
}

#[test]
fn one_position_at_a_time_with_a_fixed_bracket_is_shared() {
    assert_eq!(shared(&sweep(|_| {})), 12);
    assert_eq!(
        shared(&sweep(|config| config.policy.close_at_end = true)),
        12
    );
    assert_eq!(shared(&sweep(|config| config.sizing = None)), 12);
    let of_symbol = |config: &mut ExecutorConfig| {
        config.policy.max_positions = None;
        config.policy.max_positions_symbol = Some(1);
    };
    assert_eq!(shared(&sweep(of_symbol)), 12);
}

#[test]
fn what_depends_on_more_than_the_order_is_not() {
    let none: [fn(&mut ExecutorConfig); 8] = [
        |config| config.policy.max_positions = None,
        |config| config.policy.max_positions = Some(2),
        |config| config.policy.market_fill = MarketFill::NextOpen,
        |config| config.policy = ExecutionPolicy::parity(),
        |config| config.sizing = Some(Sizing::RiskFraction { fraction: 0.01 }),
        |config| config.margin = Margin::new(30.0, None, Default::default()).ok(),
        |config| {
            config.slippage_model = SlippageModel {
                random_pips: 0.2,
                ..SlippageModel::default()
            };
        },
        |config| config.strict = true,
    ];
    for (place, change) in none.into_iter().enumerate() {
        assert_eq!(shared(&sweep(change)), 0, "{place}");
    }
    let mut hashed = sweep(|_| {});
    hashed.digests = true;
    assert_eq!(shared(&hashed), 0);
}
