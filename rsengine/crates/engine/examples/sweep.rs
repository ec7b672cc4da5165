//! A sweep of 200 pairs of means over 100,000 made bars, and how long it takes.
//!
//! `cargo run --release -p fillproof-engine --example sweep [THREADS]`

use std::sync::Arc;
use std::time::Instant;

use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::config::{ExecutionPolicy, FeeModel, OnCrossed, Sizing};
use fillproof_engine::errors::Result;
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::fast::sweep::{Candidate, Combination, Sweep};
use fillproof_engine::slices::MultiCandleData;
use fillproof_engine::strategies::ema_cross::EmaCross;
use fillproof_engine::symbols::SymbolSpec;

const BARS: usize = 100_000;

/// A random walk in whole fifth digits; the ask stands 8 of them above the bid.
fn market() -> (Arc<CandleColumns>, Arc<CandleColumns>) {
    let mut state = 20_240_101_u64;
    let mut below = |bound: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % bound) as i64
    };
    let mut last = 110_000;
    let (mut bids, mut asks) = (Vec::new(), Vec::new());
    for bar in 0..BARS {
        let open = last;
        let close = open + below(25) - 12 - (open - 110_000) / 2000;
        let high = open.max(close) + below(6);
        let low = open.min(close) - below(6);
        let candle = |by: i64| {
            let price = |points: i64| (points + by) as f64 / 1e5;
            Candle {
                time_us: bar as i64 * 60_000_000,
                open: price(open),
                high: price(high),
                low: price(low),
                close: price(close),
                volume: 0.0,
            }
        };
        bids.push(candle(-8));
        asks.push(candle(0));
        last = close;
    }
    let columns = |candles: &[Candle]| Arc::new(CandleColumns::from_candles(candles));
    (columns(&bids), columns(&asks))
}

fn main() -> Result<()> {
    let threads = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let threads: usize = threads.unwrap_or(2);
    let (bid, ask) = market();
    let symbol: Arc<str> = "EURUSD".into();
    let mut best = f64::INFINITY;
    let (mut rows, mut highest) = (0, f64::NEG_INFINITY);
    for _ in 0..15 {
        let begun = Instant::now();
        let mut sweep = Sweep::new(&bid, &ask, &symbol, Some(0), OnCrossed::Warn, 10_000.0)?;
        sweep.configs = vec![ExecutorConfig {
            symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5))?],
            sizing: Some(Sizing::fixed_lots(0.1)?),
            fee_model: FeeModel {
                per_lot: 3.0,
                ..FeeModel::default()
            },
            policy: ExecutionPolicy {
                max_positions: Some(1),
                ..ExecutionPolicy::canonical()
            },
            ..ExecutorConfig::default()
        }];
        sweep.datas = vec![Arc::new(MultiCandleData::of("M1", &bid, &ask))];
        let mut combinations = Vec::new();
        for fast in 4..24 {
            for slow in (30..130).step_by(10) {
                combinations.push(Combination {
                    candidate: Candidate::EmaCross(Box::new(EmaCross::new(
                        "M1", fast, slow, 10.0, 20.0, 0.0001,
                    )?)),
                    config: 0,
                    data: 0,
                });
            }
        }
        rows = 0;
        sweep.run(&combinations, threads, |row| {
            if let Some((_, Ok(row))) = row {
                rows += 1;
                highest = highest.max(row.exact[2]);
            }
            true
        });
        best = best.min(begun.elapsed().as_secs_f64());
    }
    println!(
        "{rows} pairs, {BARS} bars, {threads} threads: {:.2} ms, {:.3} ns a bar; highest equity {highest:.2}",
        best * 1e3,
        best * 1e9 / (rows as f64 * BARS as f64)
    );
    Ok(())
}
