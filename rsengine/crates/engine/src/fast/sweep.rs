//! Many runs over one market: the candles once, a queue of combinations, threads.
//!
//! Each row is what a run of its own would have left. There is no twin of this: other backends run
//! one combination after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::candles::CandleColumns;
use crate::config::OnCrossed;
use crate::core::Core;
use crate::digest::digest;
use crate::errors::Result;
use crate::event_engine::{EventEngine, Need, run_native};
use crate::execution::{ExecutionSimulator, ExecutorConfig};
use crate::ledger::LedgerKind;
use crate::portfolio::Portfolio;
use crate::slices::{MultiCandleData, SymbolDataSlice};
use crate::strategies::ema_cross::EmaCross;
use crate::strategy::Strategy;
use crate::summary::Figure;
use crate::tables::result_tables;

use self::brackets::Books;
use self::pairs::{Pairs, Worker, plan};
use super::threads;

mod brackets;
mod crosses;
mod pairs;
mod sides;
#[cfg(test)]
mod tests;

/// Bars between two looks at whether the sweep is to stop.
const BUDGET_BARS: usize = 65_536;
/// How often the thread that waits for the others looks around.
const PAUSE: Duration = Duration::from_millis(25);

/// A strategy of which each run gets its own.
pub trait Maker: Send + Sync {
    /// Makes a strategy that has seen no bar.
    fn make(&self) -> Box<dyn Strategy + Send>;
}

impl<S: Strategy + Clone + Send + Sync + 'static> Maker for S {
    fn make(&self) -> Box<dyn Strategy + Send> {
        Box::new(self.clone())
    }
}

/// The strategy of a combination.
#[derive(Clone)]
pub enum Candidate {
    /// A cross of two means with a fixed bracket, which has a path of its own.
    EmaCross(Box<EmaCross>),
    /// Any other.
    Other(Arc<dyn Maker>),
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EmaCross(strategy) => f.debug_tuple("EmaCross").field(strategy).finish(),
            Self::Other(_) => f.debug_struct("Other").finish_non_exhaustive(),
        }
    }
}

/// What differs between the runs of a sweep.
#[derive(Debug, Clone)]
pub struct Combination {
    /// Its strategy.
    pub candidate: Candidate,
    /// Place of its executor's settings.
    pub config: usize,
    /// Place of the candles that its strategy sees.
    pub data: usize,
}

/// What the runs of a sweep share.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// A loop before its first bar, whose checks are made.
    engine: EventEngine,
    bid: Arc<CandleColumns>,
    ask: Arc<CandleColumns>,
    symbol: Arc<str>,
    /// Settings of executors.
    pub configs: Vec<ExecutorConfig>,
    /// What strategies see.
    pub datas: Vec<Arc<MultiCandleData>>,
    /// Account currency.
    pub initial_balance: f64,
    /// Whether the tables of each run are hashed, too.
    pub digests: bool,
}

/// What a run of a sweep leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The numbers at the end, unrounded, in the order of [`EXACT`].
    pub exact: [f64; EXACT.len()],
    /// The figures of the summary.
    pub figures: Vec<(&'static str, Figure)>,
    /// Rows in which an open position was marked with an old candle or rate.
    pub stale_rows: u64,
    /// The digest of its tables, where asked for.
    pub digest: Option<String>,
}

/// Names of the exact numbers of a row.
pub const EXACT: [&str; 8] = [
    "initial_balance",
    "cash",
    "equity",
    "total_fees",
    "max_equity",
    "max_drawdown",
    "max_drawdown_worst",
    "initial_max_drawdown",
];

impl Row {
    /// Reads a portfolio after its run.
    #[must_use]
    pub fn of(portfolio: &Portfolio) -> Self {
        Self {
            exact: [
                portfolio.initial_balance(),
                portfolio.cash(),
                portfolio.equity(),
                portfolio.total_fees(),
                portfolio.max_equity(),
                portfolio.max_drawdown(),
                portfolio.max_drawdown_worst(),
                portfolio.initial_max_drawdown(),
            ],
            figures: portfolio.get_summary(),
            stale_rows: portfolio.stale_rows(),
            digest: None,
        }
    }

    fn of_books(books: &Books) -> Self {
        let tally = &books.tally;
        Self {
            exact: [
                tally.initial_balance,
                tally.cash,
                tally.equity,
                tally.total_fees,
                books.max_equity,
                tally.max_drawdown,
                books.max_drawdown_worst,
                tally.initial_max_drawdown,
            ],
            figures: tally.figures(),
            stale_rows: 0,
            digest: None,
        }
    }
}

/// Rows that are done together, by the places of their combinations.
type Rows = Vec<(usize, Result<Row>)>;

/// How far the threads are.
#[derive(Debug)]
struct State {
    /// The next unit of work.
    next: AtomicUsize,
    /// The lowest place at which a run failed.
    failed: AtomicUsize,
    stop: AtomicBool,
}

impl Sweep {
    /// A sweep over a market of one symbol; all checks of the input are made here, once (T4).
    ///
    /// # Errors
    /// Those of [`EventEngine::new`].
    pub fn new(
        bid_candles: &Arc<CandleColumns>,
        ask_candles: &Arc<CandleColumns>,
        symbol: &Arc<str>,
        original_start_us: Option<i64>,
        on_crossed: OnCrossed,
        initial_balance: f64,
    ) -> Result<Self> {
        let engine = EventEngine::new(
            Arc::clone(bid_candles),
            Arc::clone(ask_candles),
            Arc::clone(symbol),
            original_start_us,
            0,
            on_crossed,
        )?;
        Ok(Self {
            engine,
            bid: Arc::clone(bid_candles),
            ask: Arc::clone(ask_candles),
            symbol: Arc::clone(symbol),
            configs: Vec::new(),
            datas: Vec::new(),
            initial_balance,
            digests: false,
        })
    }

    /// The first bar that is evaluated, and the number of bars.
    #[must_use]
    pub fn bars(&self) -> (usize, usize) {
        (self.engine.start(), self.engine.total())
    }

    /// Runs combinations in threads and hands each row over as it is done, in any order.
    ///
    /// `take` is called on the thread that calls this, with nothing as often as there is nothing for
    /// a while; it answers whether to go on. What is not handed over was not run to its end. After a
    /// run that fails only those before it are run, so that the first failure is always the same.
    pub fn run(
        &self,
        combinations: &[Combination],
        workers: usize,
        mut take: impl FnMut(Option<(usize, Result<Row>)>) -> bool,
    ) {
        let units = plan(self, combinations, workers);
        let pairs = Pairs::new(self, &units);
        let state = State {
            next: AtomicUsize::new(0),
            failed: AtomicUsize::new(usize::MAX),
            stop: AtomicBool::new(false),
        };
        let (sender, receiver) = channel::<Rows>();
        std::thread::scope(|scope| {
            for _ in 0..workers.clamp(1, units.len().max(1)) {
                let sender = sender.clone();
                let (state, units, pairs) = (&state, &units, &pairs);
                scope.spawn(move || {
                    threads::has_others();
                    let mut worker = Worker::new(pairs);
                    while !state.stop.load(Ordering::Relaxed) {
                        let Some(unit) = units.get(state.next.fetch_add(1, Ordering::Relaxed))
                        else {
                            break;
                        };
                        let rest = worker.run(unit, combinations, &state.stop, &sender);
                        for place in rest {
                            if place > state.failed.load(Ordering::Relaxed) {
                                continue;
                            }
                            let row = self.run_one(&combinations[place], &state.stop).transpose();
                            let Some(row) = row else {
                                return;
                            };
                            if row.is_err() {
                                state.failed.fetch_min(place, Ordering::Relaxed);
                            }
                            if sender.send(vec![(place, row)]).is_err() {
                                return;
                            }
                        }
                    }
                });
            }
            drop(sender);
            loop {
                let going_on = match receiver.recv_timeout(PAUSE) {
                    Ok(rows) => rows.into_iter().all(|row| take(Some(row))),
                    Err(RecvTimeoutError::Timeout) => take(None),
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                if !going_on {
                    state.stop.store(true, Ordering::Relaxed);
                    break;
                }
            }
        });
    }

    /// Runs one combination bar by bar, as a run of its own would be.
    ///
    /// `None` where it was stopped before its end.
    ///
    /// # Errors
    /// Faults of the executor's settings, and what its calls and the strategy raise.
    pub fn run_one(&self, combination: &Combination, stop: &AtomicBool) -> Result<Option<Row>> {
        let mut strategy: Box<dyn Strategy + Send> = match &combination.candidate {
            Candidate::EmaCross(strategy) => strategy.clone(),
            Candidate::Other(maker) => maker.make(),
        };
        let mut core = Core::new(Portfolio::new(self.initial_balance)?);
        let config = self.configs[combination.config].clone();
        core.add_executor(ExecutionSimulator::new(config, LedgerKind::Native)?);
        let mut engine = self.engine.clone();
        let data = Arc::clone(&self.datas[combination.data]);
        let mut slice = SymbolDataSlice::new(data, &self.symbol);
        loop {
            let need = run_native(
                &mut engine,
                &mut core,
                &mut *strategy,
                &mut slice,
                BUDGET_BARS,
            )?;
            if need == Need::Done {
                break;
            }
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
        }
        let mut row = Row::of(&core.portfolio);
        if self.digests {
            row.digest = Some(digest(&result_tables(&core, 0))?);
        }
        Ok(Some(row))
    }
}

/// The settings of an executor of a core.
#[must_use]
pub fn settings_of(core: &Core, executor: usize) -> Option<ExecutorConfig> {
    let executor = core.executors.get(executor)?;
    Some(executor.config.clone())
}
