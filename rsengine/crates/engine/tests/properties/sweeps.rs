//! The rows of a sweep are those of runs of their own, however they were found.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use fillproof_engine::config::{ExecutionPolicy, MarketFill, OnCrossed, Sizing};
use fillproof_engine::errors::Result;
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::fast::sweep::{Candidate, Combination, Row, Sweep};
use fillproof_engine::sessions::{MINUTE_US, Session};
use fillproof_engine::strategies::breakout::{Breakout, Unit};
use fillproof_engine::strategies::ema_cross::EmaCross;
use fillproof_engine::summary::Figure;

use crate::made::{Numbers, market_and_config, market_of};

/// Settings under which pairs are put together from shared orders.
fn covered(numbers: &mut Numbers, config: &mut ExecutorConfig) {
    if config.policy.is_parity() {
        config.policy = ExecutionPolicy::canonical();
        config.policy.close_at_end = numbers.below(2) == 0;
    }
    config.policy.market_fill = MarketFill::Close;
    config.slippage_model.random_pips = 0.0;
    if numbers.below(3) == 0 {
        config.policy.max_positions_symbol = Some(1);
    } else {
        config.policy.max_positions = Some(1);
    }
    if let Some(Sizing::RiskFraction { .. }) = config.sizing {
        config.sizing = None;
    }
    if numbers.below(4) == 0 {
        let hours = [("00:10", "00:25"), ("03:00", "05:00")];
        let hours = hours.map(|(from, to)| (from.to_owned(), to.to_owned()));
        config.session = Some(Session::new("M1", &hours, &[]).expect("the hours are valid"));
    }
}

fn cross(numbers: &mut Numbers) -> EmaCross {
    let fast = [1, 2, 3, 5, 8][numbers.below(5) as usize];
    let slow = [4, 5, 13, 21][numbers.below(4) as usize];
    let stop = [0.2, 4.0, 11.5][numbers.below(3) as usize];
    let target = [1.0, 7.0, 25.0][numbers.below(3) as usize];
    EmaCross::new("M1", fast, slow, stop, target, 0.0001).expect("the settings are valid")
}

fn swept(sweep: &Sweep, combinations: &[Combination], workers: usize) -> Vec<Option<Result<Row>>> {
    let mut rows: Vec<_> = combinations.iter().map(|_| None).collect();
    sweep.run(combinations, workers, |done| {
        if let Some((place, row)) = done {
            assert!(rows[place].is_none(), "a row was handed over twice");
            rows[place] = Some(row);
        }
        true
    });
    rows
}

fn trades(row: &Row) -> u64 {
    let of = |name: &str| match row.figures.iter().find(|(known, _)| *known == name) {
        Some((_, Figure::Count(count))) => *count,
        _ => 0,
    };
    of("Total Trades")
}

#[test]
fn prop_rows_of_a_sweep_are_those_of_single_runs() {
    let stop = AtomicBool::new(false);
    let (mut shared, mut traded, mut failed) = (0, 0, 0);
    for seed in 0..150 {
        let (_, first) = market_and_config(seed);
        let mut numbers = Numbers::of(seed, 7);
        let bars = [180, 1500, 3100][numbers.below(3) as usize];
        let market = market_of(&mut numbers, 0, bars);
        let mut second = market_and_config(seed + 1000).1;
        covered(&mut numbers, &mut second);
        let mut third = second.clone();
        third.fee_model.per_lot = 400.0;
        let start_us = numbers.below(120) as i64 * MINUTE_US;
        // So little that it is lost now and then.
        let balance = [10_000.0, 60.0][numbers.below(2) as usize];
        let mut sweep = Sweep::new(
            &market.bid,
            &market.ask,
            &market.symbol,
            Some(start_us),
            OnCrossed::Warn,
            balance,
        )
        .expect("the market is valid");
        sweep.configs = vec![first, second, third];
        sweep.datas = vec![Arc::clone(&market.data)];
        let breakout = Breakout::new("M1", 6, 5, 4.0, 7.0, Unit::Pips, 4, 0.0001);
        let breakout = breakout.expect("the settings are valid");
        let combinations: Vec<Combination> = (0..24)
            .map(|_| Combination {
                candidate: if numbers.below(8) == 0 {
                    Candidate::Other(Arc::new(breakout.clone()))
                } else {
                    Candidate::EmaCross(Box::new(cross(&mut numbers)))
                },
                config: [0, 1, 1, 1, 2, 2][numbers.below(6) as usize],
                data: 0,
            })
            .collect();
        let rows = swept(&sweep, &combinations, 1 + (seed % 3) as usize);
        for (combination, row) in combinations.iter().zip(rows) {
            let single = sweep.run_one(combination, &stop);
            match (single, row) {
                (Ok(Some(single)), Some(Ok(row))) => {
                    assert_eq!(row, single, "seed {seed}, {combination:?}");
                    shared += u64::from(combination.config > 0);
                    traded += trades(&row);
                }
                (Err(single), Some(Err(row))) => {
                    assert_eq!(row, single);
                    failed += 1;
                }
                (Err(_), None) | (Ok(_), None) => failed += 1,
                (single, row) => panic!("seed {seed}: {single:?}, {row:?}"),
            }
        }
    }
    assert!(shared > 2000, "{shared}");
    assert!(traded > 10_000, "{traded}");
    assert!(failed < 100, "{failed}");
}

#[test]
fn a_sweep_that_is_told_to_stop_hands_over_what_was_done() {
    let mut numbers = Numbers::of(3, 3);
    let market = market_of(&mut numbers, 0, 2000);
    let mut sweep = Sweep::new(
        &market.bid,
        &market.ask,
        &market.symbol,
        market.start_us,
        OnCrossed::Warn,
        10_000.0,
    )
    .expect("the market is valid");
    sweep.configs = vec![market_and_config(3).1];
    sweep.datas = vec![Arc::clone(&market.data)];
    sweep.digests = true;
    let combinations: Vec<Combination> = (0..500)
        .map(|_| Combination {
            candidate: Candidate::EmaCross(Box::new(cross(&mut numbers))),
            config: 0,
            data: 0,
        })
        .collect();
    let mut done = 0;
    sweep.run(&combinations, 2, |row| {
        done += u32::from(row.is_some());
        done < 5
    });
    assert_eq!(done, 5);
}

#[test]
fn of_several_failures_the_first_is_handed_over() {
    let mut numbers = Numbers::of(5, 5);
    let market = market_of(&mut numbers, 0, 400);
    let mut sweep = Sweep::new(
        &market.bid,
        &market.ask,
        &market.symbol,
        market.start_us,
        OnCrossed::Warn,
        10_000.0,
    )
    .expect("the market is valid");
    let plain = ExecutorConfig {
        sizing: Some(Sizing::FixedLots { lots: 0.1 }),
        ..ExecutorConfig::default()
    };
    // Sizes by risk need a specification, which is told when the first signal comes.
    sweep.configs = vec![
        plain,
        ExecutorConfig {
            sizing: Some(Sizing::RiskAmount { amount: 10.0 }),
            ..ExecutorConfig::default()
        },
    ];
    sweep.datas = vec![Arc::clone(&market.data)];
    let combinations: Vec<Combination> = (0..60)
        .map(|place| Combination {
            candidate: Candidate::EmaCross(Box::new(cross(&mut numbers))),
            config: usize::from(place >= 20 && place % 7 == 0),
            data: 0,
        })
        .collect();
    for workers in [1, 2, 3] {
        let rows = swept(&sweep, &combinations, workers);
        let first = rows.iter().position(|row| matches!(row, Some(Err(_))));
        assert_eq!(first, Some(21));
        assert!(rows[..21].iter().all(|row| matches!(row, Some(Ok(_)))));
    }
}
