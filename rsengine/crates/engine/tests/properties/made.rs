//! Markets and settings made from a seed.

use fillproof_engine::account::{Margin, StopOutPrice};
use fillproof_engine::backtest::Market;
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::config::{
    BelowMin, ExecutionPolicy, FeeModel, GapFill, Intrabar, MarketFill, Sizing, SlippageModel,
};
use fillproof_engine::execution::ExecutorConfig;
use fillproof_engine::rates::{Rate, RateSeries, Rates};
use fillproof_engine::sessions::MINUTE_US;
use fillproof_engine::symbols::SymbolSpec;

/// A generator of numbers that are as good as random here.
pub struct Numbers(u64);

impl Numbers {
    /// Numbers that differ from seed to seed and from place to place.
    pub fn of(seed: u64, place: u64) -> Self {
        let mut numbers = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ place.rotate_left(32));
        numbers.below(2);
        numbers.below(2);
        numbers
    }

    /// A whole number from 0 to below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// A whole number not further from 0 than `width`.
    pub fn around(&mut self, width: u64) -> i64 {
        self.below(2 * width + 1) as i64 - width as i64
    }
}

/// Both sides of a bar, in whole fifth digits.
pub fn quotes(time_us: i64, bid: [i64; 4], spread: i64) -> (Candle, Candle) {
    let side = |by: i64| {
        let [open, high, low, close] = bid.map(|points| (points + by) as f64 / 1e5);
        Candle {
            time_us,
            open,
            high,
            low,
            close,
            volume: 0.0,
        }
    };
    (side(0), side(spread))
}

/// A market with gaps, wide and narrow bars and a changing spread, in whole fifth digits.
fn market(numbers: &mut Numbers, start_us: i64) -> Market {
    let bars = 150 + numbers.below(200);
    market_of(numbers, start_us, bars)
}

/// The same, of so many bars.
pub fn market_of(numbers: &mut Numbers, start_us: i64, bars: u64) -> Market {
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
        let time_us = start_us + bar as i64 * MINUTE_US;
        let (bid, ask) = quotes(time_us, [open, high, low, close], spread);
        bids.push(bid);
        asks.push(ask);
        last = close;
    }
    let (bid, ask) = (
        CandleColumns::from_candles(&bids),
        CandleColumns::from_candles(&asks),
    );
    Market::new("EURUSD", "M1", bid, ask)
}

const INTRABARS: [Intrabar; 7] = [
    Intrabar::Worst,
    Intrabar::WorstStrict,
    Intrabar::Best,
    Intrabar::Ohlc,
    Intrabar::Olhc,
    Intrabar::NearestExtreme,
    Intrabar::CandleColor,
];

fn policy(numbers: &mut Numbers) -> ExecutionPolicy {
    let close_at_end = numbers.below(2) == 0;
    if numbers.below(6) == 0 {
        return ExecutionPolicy {
            close_at_end,
            ..ExecutionPolicy::parity()
        };
    }
    let fills = [MarketFill::Close, MarketFill::NextOpen, MarketFill::Signal];
    let mut policy = ExecutionPolicy {
        market_fill: fills[numbers.below(3) as usize],
        close_at_end,
        intrabar: INTRABARS[numbers.below(7) as usize],
        below_min: [BelowMin::Reject, BelowMin::Clamp][numbers.below(2) as usize],
        ..ExecutionPolicy::canonical()
    };
    if numbers.below(3) == 0 {
        policy.gap_fill = GapFill::Level;
        policy.limit_through_pips = 0.1 * numbers.below(4) as f64;
        policy.exit_buffer_pips = 0.1 * numbers.below(4) as f64;
        policy.max_positions = Some(1 + numbers.below(4));
    }
    policy
}

/// A market and settings that differ from seed to seed.
pub fn market_and_config(seed: u64) -> (Market, ExecutorConfig) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let digits = (numbers.below(4) > 0).then_some(5);
    let policy = policy(&mut numbers);
    let mut fees = FeeModel::default();
    if numbers.below(2) == 0 {
        fees.minimum = 0.1 * numbers.below(5) as f64;
        fees.per_million = 20.0;
    }
    let mut slippage = SlippageModel {
        fixed_pips: 0.1 * numbers.below(4) as f64,
        ..SlippageModel::default()
    };
    if !policy.is_parity() {
        fees.per_lot = 3.5 * numbers.below(2) as f64;
        slippage.random_pips = 0.3 * numbers.below(2) as f64;
        slippage.seed = seed;
    }
    let config = ExecutorConfig {
        slippage_model: slippage,
        fee_model: fees,
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, digits).expect("valid")],
        policy,
        sizing: Some(match numbers.below(3) {
            0 => Sizing::FixedLots { lots: 0.1 },
            1 => Sizing::RiskAmount { amount: 73.0 },
            _ => Sizing::RiskFraction { fraction: 0.01 },
        }),
        ..ExecutorConfig::default()
    };
    (market(&mut numbers, 0), config)
}

/// The same with rates, swaps and mostly margin: an account in pounds or dollars, from two hours before a
/// night on.
pub fn market_and_account(seed: u64) -> (Market, ExecutorConfig) {
    let (_, mut config) = market_and_config(seed);
    let mut numbers = Numbers::of(seed, 7);
    // 1970-01-01 was a Thursday, and its night counts three times here.
    let market = market(&mut numbers, 20 * 60 * MINUTE_US);
    if config.policy.is_parity() {
        config.policy = ExecutionPolicy {
            market_fill: MarketFill::NextOpen,
            ..ExecutionPolicy::canonical()
        };
    }
    let spec = &mut config.symbol_specs[0];
    spec.digits = Some(5);
    spec.base_currency = Some("EUR".into());
    spec.quote_currency = Some("USD".into());
    spec.swap_long = numbers.around(30) as f64 / 8.0;
    spec.swap_short = numbers.around(30) as f64 / 8.0;
    spec.swap_triple = "Thu".into();
    spec.leverage = (numbers.below(4) == 0).then_some(3.0);
    let (mut ends, mut rates) = (Vec::new(), Vec::new());
    let times = market.bid.time_us.as_slice();
    for &time_us in times {
        if numbers.below(4) == 0 {
            continue;
        }
        ends.push(time_us);
        rates.push((125_000 + numbers.around(900)) as f64 / 1e5);
    }
    let pound = Rate::Series(RateSeries::new(ends, rates).expect("they ascend"));
    let pairs = match numbers.below(3) {
        0 => vec![("GBP/USD", pound), ("EUR/GBP", Rate::Fixed(0.86))],
        1 => vec![("GBP/USD", pound), ("EUR/USD", Rate::Fixed(1.08))],
        _ => vec![
            ("GBP/CHF", pound),
            ("CHF/USD", Rate::Fixed(1.12)),
            ("GBP/EUR", Rate::Fixed(1.2)),
        ],
    };
    let hub = ["USD", "CHF"][usize::from(pairs.len() == 3)];
    // Once a rate was stale each bar is looked at.
    let max_age_minutes = [2.0, 600.0][numbers.below(2) as usize];
    config.rates = Some(Rates::new("GBP", pairs, Some(hub), max_age_minutes).expect("valid"));
    let price = [StopOutPrice::Worst, StopOutPrice::Close][numbers.below(2) as usize];
    let level = 0.5 + numbers.below(4) as f64 / 2.0;
    let leverage = 2.0 + numbers.below(12) as f64;
    let margin = Margin::new(leverage, (numbers.below(5) > 0).then_some(level), price);
    config.margin = Some(margin.expect("valid"));
    config.timeframe = Some("M1".to_owned());
    if numbers.below(2) == 0 {
        // Nothing but margin is converted then.
        let dollars = [("EUR/USD", Rate::Fixed(1.08))];
        config.rates = Some(Rates::new("USD", dollars, None, 2.0).expect("valid"));
    }
    match numbers.below(4) {
        0 => config.margin = None,
        1 => {
            // One position ties up most of the account, and a few pips against it are too much.
            let level = 1.0 + numbers.below(4) as f64 / 20.0;
            let dollars = config
                .rates
                .as_ref()
                .is_some_and(|rates| **rates.account() == *"USD");
            let leverage = if dollars { 25.0 } else { 20.0 };
            config.margin = Some(Margin::new(leverage, Some(level), price).expect("valid"));
            config.sizing = Some(Sizing::FixedLots { lots: 2.0 });
            config.symbol_specs[0].leverage = None;
        }
        _ => {}
    }
    (market, config)
}
