//! Made bars, a strategy that is asked at every bar, and the time that a thread spends on a processor.

use std::sync::Arc;
use std::time::Instant;

use fillproof_engine::backtest::{BacktestResult, Market, run_backtest};
use fillproof_engine::candles::{Candle, CandleColumns, Column};
use fillproof_engine::config::{ExecutionPolicy, FeeModel, Sizing};
use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::{EventEngine, run_native};
use fillproof_engine::execution::{ExecutionSimulator, ExecutorConfig};
use fillproof_engine::ledger::LedgerKind;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::signals::{OrderType, TradeSignal};
use fillproof_engine::slices::SymbolDataSlice;
use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
use fillproof_engine::strategy::Strategy;
use fillproof_engine::symbols::SymbolSpec;
use fillproof_engine::trace::Tracer;

/// The same signals without leave to pass a bar.
#[allow(dead_code, reason = "not every example asks for it")]
pub struct Plain<S>(pub S);

impl<S: Strategy> Strategy for Plain<S> {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        self.0.evaluate(index, slice, signals)
    }
}

/// A tenth of a lot, a fee for each lot, so many positions at once at most.
#[allow(dead_code, reason = "not every example asks for it")]
pub fn workload(most: Option<u64>) -> Result<ExecutorConfig> {
    Ok(ExecutorConfig {
        symbol_specs: vec![SymbolSpec::new("EURUSD", 0.0001, Some(5))?],
        sizing: Some(Sizing::fixed_lots(0.1)?),
        fee_model: FeeModel {
            per_lot: 3.0,
            ..FeeModel::default()
        },
        policy: ExecutionPolicy {
            max_positions: most,
            ..ExecutionPolicy::canonical()
        },
        ..ExecutorConfig::default()
    })
}

/// Market orders as columns; a level of NaN is none.
#[allow(dead_code, reason = "not every example asks for it")]
pub fn market_orders(
    direction: Vec<i8>,
    stop: Vec<f64>,
    target: Vec<f64>,
) -> Result<ColumnStrategy> {
    let prices = Prices {
        entry: None,
        stop: Some(Arc::new(stop) as Column<f64>),
        target: Some(Arc::new(target) as Column<f64>),
    };
    ColumnStrategy::new(Arc::new(direction), prices, None, OrderType::Market)
}

/// Market orders with stop and target so many points from the close, as said for each bar.
#[allow(dead_code, reason = "not every example asks for it")]
pub fn bracketed(
    market: &Market,
    opens: impl Fn(usize) -> Option<(i8, f64)>,
) -> Result<ColumnStrategy> {
    let bars = market.bid.len();
    let mut direction = vec![0_i8; bars];
    let (mut stop, mut target) = (vec![f64::NAN; bars], vec![f64::NAN; bars]);
    for bar in 0..bars {
        let Some((sign, far)) = opens(bar) else {
            continue;
        };
        direction[bar] = sign;
        let side = if sign > 0 { &market.ask } else { &market.bid };
        let (close, sign) = (side.close.as_slice()[bar], f64::from(sign));
        let level = |away: f64| ((close * 1e5 + sign * away).round()) / 1e5;
        (stop[bar], target[bar]) = (level(-far), level(far));
    }
    market_orders(direction, stop, target)
}

/// The digest of the plain loop's result, which a time is told beside.
#[allow(dead_code, reason = "not every example asks for it")]
pub fn plain_digest(
    market: &Market,
    strategy: &mut dyn Strategy,
    config: &ExecutorConfig,
    account: Portfolio,
) -> Result<String> {
    let (config, silent) = (config.clone(), Tracer::discard());
    run_backtest(market, &mut Plain(strategy), config, account, &silent)?.digest()
}

/// What a run took, in nanoseconds: with the columns of equity left unmade, and with them.
#[allow(dead_code, reason = "not every example asks for it")]
pub struct Took {
    pub lazy_ns: f64,
    pub dense_ns: f64,
}

/// Times a run alone; the columns of equity are made after it.
#[allow(dead_code, reason = "not every example asks for it")]
pub fn time_run<S: Strategy + ?Sized>(
    market: &Market,
    strategy: &mut S,
    config: &ExecutorConfig,
    account: Portfolio,
) -> Result<(Took, BacktestResult)> {
    let mut core = Core::new(account);
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
    let begin = Instant::now();
    run_native(&mut engine, &mut core, strategy, &mut slice, usize::MAX)?;
    let lazy_ns = begin.elapsed().as_nanos() as f64;
    let dense_ns = if std::env::var("LAZY").is_ok() {
        f64::INFINITY
    } else {
        let _ = core.portfolio.equity_columns();
        begin.elapsed().as_nanos() as f64
    };
    let crossed_bars = engine.crossed_bars().0;
    Ok((
        Took { lazy_ns, dense_ns },
        BacktestResult { core, crossed_bars },
    ))
}

/// A random walk in whole points of a fifth digit, spread 0.8 pip.
#[allow(dead_code, reason = "not every example asks for it")]
pub fn made_bars(bars: usize, points: u64) -> (CandleColumns, CandleColumns) {
    made_walk(42, bars, points)
}

/// The same, another walk for each seed.
pub fn made_walk(mut seed: u64, bars: usize, points: u64) -> (CandleColumns, CandleColumns) {
    let mut step = |width: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 33) % width) as i64
    };
    let half = points as i64;
    let mut last = 110_000_i64;
    let (mut bids, mut asks) = (Vec::with_capacity(bars), Vec::with_capacity(bars));
    for bar in 0..bars {
        let open = last + step(3) - 1;
        // Far from its start the walk is drawn back, so that prices stay above zero.
        let pull = i64::from(open < 90_000) - i64::from(open > 130_000);
        let close = open + step(2 * points + 1) - half + pull * half;
        let (high, low) = (
            open.max(close) + step(points / 2 + 1),
            open.min(close) - step(points / 2 + 1),
        );
        let candle = |spread: i64| {
            let price = |points: i64| (points + spread) as f64 / 1e5;
            Candle {
                time_us: 1_577_836_800_000_000 + bar as i64 * 60_000_000,
                open: price(open),
                high: price(high),
                low: price(low),
                close: price(close),
                volume: 0.0,
            }
        };
        bids.push(candle(0));
        asks.push(candle(8));
        last = close;
    }
    (
        CandleColumns::from_candles(&bids),
        CandleColumns::from_candles(&asks),
    )
}

/// Nanoseconds that this thread has spent on a processor, or 0 where the system does not tell.
///
/// Other programs on the same machine lengthen the time on the wall, but hardly this one.
#[allow(dead_code, reason = "not every example asks for it")]
pub fn on_processor_ns() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = told.split_whitespace().next();
    first.and_then(|text| text.parse().ok()).unwrap_or(0.0)
}
