//! Positions that stay while prices come back: sums are known from before, and the extremes of equity
//! hang on the last bits.

use std::sync::Arc;

use fillproof_engine::backtest::Market;
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::config::{FeeModel, Sizing};
use fillproof_engine::errors::Result;
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::sessions::MINUTE_US;
use fillproof_engine::signals::{Direction, TradeSignal};
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategy::Strategy;
use fillproof_engine::symbols::SymbolSpec;

use crate::Plain;
use crate::crowds::play_in_parts;
use crate::jumps::assert_same;
use crate::made::{Numbers, quotes};

const SEEDS: std::ops::Range<u64> = 4000..4060;
const BARS: usize = 600;
const SPREAD: i64 = 8;

/// A walk over few prices, the spread always the same.
fn market(seed: u64) -> Market {
    let mut numbers = Numbers::of(seed, 1);
    let (mut bids, mut asks) = (Vec::new(), Vec::new());
    let mut last = 110_000_i64;
    for bar in 0..BARS {
        let close = (last + numbers.around(6)).clamp(109_970, 110_030);
        let (high, low) = (last.max(close) + 1, last.min(close) - 1);
        let time_us = bar as i64 * MINUTE_US;
        let (bid, ask) = quotes(time_us, [last, high, low, close], SPREAD);
        bids.push(bid);
        asks.push(ask);
        last = close;
    }
    let side = |candles: &[Candle]| CandleColumns::from_candles(candles);
    Market::new("EURUSD", "M1", side(&bids), side(&asks))
}

/// Longs and shorts in turn with levels that are never reached, and later now and then one that is.
#[derive(Clone, Copy)]
struct Hedging {
    seed: u64,
    /// How many open at the beginning.
    many: usize,
    /// One bar in so many has a signal later.
    rarely: u64,
}

impl Hedging {
    /// The levels of a bar's signal, in points away.
    fn far(self, bar: usize) -> Option<f64> {
        if bar < self.many {
            return Some(5_000.0);
        }
        let mut numbers = Numbers::of(self.seed ^ 0x51, bar as u64);
        let far = 14.0 + numbers.below(30) as f64;
        (numbers.below(self.rarely) == 0).then_some(far)
    }
}

impl Strategy for Hedging {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        let (Some(far), Some(bid), Some(ask)) = (self.far(index), slice.bid(), slice.ask()) else {
            return Ok(());
        };
        let (direction, close) = match index % 2 {
            0 => (Direction::Long, ask.close),
            _ => (Direction::Short, bid.close),
        };
        let away = |sign: f64| Some(close + (direction.sign() * sign * far / 1e5));
        let symbol = Arc::clone(slice.symbol());
        let signal = TradeSignal::market(direction, away(-1.0), away(1.0), &symbol, bid.time_us);
        signals.push(signal);
        Ok(())
    }

    fn skip(&mut self, _slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        Ok((from..to)
            .find(|&bar| self.far(bar).is_some())
            .unwrap_or(to))
    }
}

fn settings(seed: u64) -> (Market, ExecutorConfig) {
    let config = ExecutorConfig {
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5)).expect("valid")],
        sizing: Some(Sizing::FixedLots { lots: 0.1 }),
        fee_model: FeeModel {
            per_lot: 3.0 * (seed % 2) as f64,
            ..FeeModel::default()
        },
        ..ExecutorConfig::default()
    };
    (market(seed), config)
}

#[test]
fn prop_sums_that_are_known_are_those_that_are_made() {
    let (mut trades, mut open) = (0, 0);
    for seed in SEEDS {
        let made = Hedging {
            seed,
            many: [20, 40, 75, 150][seed as usize % 4],
            rarely: [4, 20, 80, 100_000][seed as usize / 4 % 4],
        };
        // So little that the last bits of the sums are not rounded away.
        let play = |strategy: &mut dyn Strategy, bars| {
            let (result, error) = play_in_parts(settings(seed), 400.0, strategy, bars);
            assert_eq!(error, None, "seed {seed}");
            result
        };
        let jumping = play(&mut made.clone(), usize::MAX);
        let plain = play(&mut Plain(made), 1);
        assert_same(seed, &jumping, &plain);
        trades += jumping.trades().len();
        open += jumping.core.portfolio.get_open_positions(None).count();
    }
    assert!(trades > 1_000, "only {trades} positions left");
    assert!(open > 3_000, "only {open} positions stayed");
}
