//! A whole run in one call, for users of this language.

use std::sync::Arc;

use crate::candles::CandleColumns;
use crate::core::Core;
use crate::digest::{Table, digest};
use crate::errors::Result;
use crate::event_engine::{EventEngine, Need, run_native};
use crate::execution::{ExecutionSimulator, ExecutorConfig};
use crate::ledger::LedgerKind;
use crate::portfolio::Portfolio;
use crate::positions::Position;
use crate::slices::{MultiCandleData, SymbolDataSlice};
use crate::strategy::Strategy;
use crate::tables::{result_tables, trade_positions};
use crate::trace::Tracer;

/// What a run is made over.
#[derive(Debug, Clone)]
pub struct Market {
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Bid side of the primary bars.
    pub bid: Arc<CandleColumns>,
    /// Ask side of the primary bars.
    pub ask: Arc<CandleColumns>,
    /// What slices show; see [`MultiCandleData::of`].
    pub data: Arc<MultiCandleData>,
    /// Time of the first bar that is evaluated; earlier ones are warm-up (L1).
    pub start_us: Option<i64>,
}

impl Market {
    /// A market of one timeframe, evaluated from its first bar on.
    #[must_use]
    pub fn new(symbol: &str, timeframe: &str, bid: CandleColumns, ask: CandleColumns) -> Self {
        let (bid, ask) = (Arc::new(bid), Arc::new(ask));
        Self {
            symbol: symbol.into(),
            data: Arc::new(MultiCandleData::of(timeframe, &bid, &ask)),
            start_us: bid.time_us.as_slice().first().copied().or(Some(0)),
            bid,
            ask,
        }
    }
}

/// What a run leaves.
#[derive(Debug, Clone)]
pub struct BacktestResult {
    /// Positions, portfolio and executor after the run.
    pub core: Core,
    /// How many bars have an ask below the bid.
    pub crossed_bars: usize,
}

impl BacktestResult {
    /// Closed positions in order of their exits, then open ones in order of their fills.
    #[must_use]
    pub fn trades(&self) -> Vec<&Position> {
        trade_positions(&self.core).collect()
    }

    /// The tables signals, trades, fees and equity.
    #[must_use]
    pub fn tables(&self) -> Vec<Table<'_>> {
        result_tables(&self.core, 0)
    }

    /// One digest over the tables: 64 hex digits, the same on every backend.
    ///
    /// # Errors
    /// `NEGATIVE_ZERO`.
    pub fn digest(&self) -> Result<String> {
        digest(&self.tables())
    }
}

/// Runs a strategy over a market with a fresh executor.
///
/// See the front page of this crate for an example.
///
/// # Errors
/// Faults of the input (T, L1) and of the configuration, and what the strategy raises.
pub fn run_backtest<S: Strategy + ?Sized>(
    market: &Market,
    strategy: &mut S,
    config: ExecutorConfig,
    portfolio: Portfolio,
    tracer: &Tracer,
) -> Result<BacktestResult> {
    let on_crossed = config.policy.on_crossed;
    let mut core = Core::new(portfolio);
    let executor = core.add_executor(ExecutionSimulator::new(config, LedgerKind::Native)?);
    let mut engine = EventEngine::new(
        Arc::clone(&market.bid),
        Arc::clone(&market.ask),
        Arc::clone(&market.symbol),
        market.start_us,
        executor,
        on_crossed,
    )?;
    let times = market.bid.time_us.as_slice().iter().copied();
    core.executors[executor].check_lower_candles(&market.symbol, times)?;
    strategy.use_bars(engine.start(), engine.total())?;
    engine.attach_tracer(&mut core, tracer);
    let mut slice = SymbolDataSlice::new(Arc::clone(&market.data), &market.symbol);
    while run_native(&mut engine, &mut core, strategy, &mut slice, usize::MAX)? != Need::Done {}
    Ok(BacktestResult {
        core,
        crossed_bars: engine.crossed_bars().0,
    })
}
