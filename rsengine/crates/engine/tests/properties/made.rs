//! Markets and settings made from a seed.

use fillproof_engine::backtest::Market;
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::config::{
    ExecutionPolicy, FeeModel, MarketFill, Sizing, SlippageModel, SymbolSpec,
};
use fillproof_engine::execution::ExecutorConfig;

/// A generator of numbers that are as good as random here.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn around(&mut self, width: u64) -> i64 {
        self.below(2 * width + 1) as i64 - width as i64
    }
}

/// A market with gaps, wide and narrow bars and a changing spread, in whole fifth digits.
fn market(numbers: &mut Numbers) -> Market {
    let bars = 150 + numbers.below(200);
    let width = 5 + numbers.below(60);
    let mut last = 110_000_i64;
    let (mut bids, mut asks) = (Vec::new(), Vec::new());
    for bar in 0..bars {
        let gap = if numbers.below(8) == 0 {
            numbers.around(4 * width)
        } else {
            0
        };
        let open = last + gap;
        let close = open + numbers.around(width);
        let high = open.max(close) + numbers.below(width) as i64;
        let low = open.min(close) - numbers.below(width) as i64;
        // Now and then wider than a stop is far, so that signals are rejected, too.
        let wide = if numbers.below(12) == 0 { 40 } else { 0 };
        let spread = wide + 2 + numbers.below(20) as i64;
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
        bids.push(candle(0));
        asks.push(candle(spread));
        last = close;
    }
    let (bid, ask) = (
        CandleColumns::from_candles(&bids),
        CandleColumns::from_candles(&asks),
    );
    Market::new("EURUSD", "M1", bid, ask)
}

/// A market and settings that differ from seed to seed.
pub fn market_and_config(seed: u64) -> (Market, ExecutorConfig) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let digits = (numbers.below(4) > 0).then_some(5);
    let mut fees = FeeModel::default();
    if numbers.below(2) == 0 {
        fees.per_lot = 3.5;
        fees.minimum = 0.1 * numbers.below(5) as f64;
    }
    let config = ExecutorConfig {
        slippage_model: SlippageModel {
            fixed_pips: 0.1 * numbers.below(4) as f64,
        },
        fee_model: fees,
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, digits).expect("valid")],
        policy: ExecutionPolicy {
            market_fill: if numbers.below(2) == 0 {
                MarketFill::Close
            } else {
                MarketFill::NextOpen
            },
            close_at_end: numbers.below(2) == 0,
            ..ExecutionPolicy::canonical()
        },
        sizing: Some(if numbers.below(2) == 0 {
            Sizing::FixedLots { lots: 0.1 }
        } else {
            Sizing::RiskAmount { amount: 73.0 }
        }),
        ..ExecutorConfig::default()
    };
    (market(&mut numbers), config)
}
