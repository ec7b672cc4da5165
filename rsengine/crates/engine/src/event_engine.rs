//! The loop over the bars of one symbol. Read this first; `execution` next (rules L1 to L3).
//!
//! The loop calls nobody. Where the next thing to do is not its own, it says so ([`Need`]) and is
//! asked again when that is done; so whoever drives it holds no lock while user code runs.

use std::sync::Arc;

use crate::candle_checks::{check_sides, crossed_error};
use crate::candles::{Candle, CandleColumns, time_text};
use crate::config::OnCrossed;
use crate::core::Core;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::fast::{Jump, Lanes};
use crate::managed_bar::{Bar, RunBars};
use crate::signals::TradeSignal;
use crate::slices::SymbolDataSlice;
use crate::strategy::Strategy;
use crate::trace::{EventKind, Phase, Tracer};

/// What the loop waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The signals of a bar, each to be given to `process_signal` in order.
    Signals(usize),
    /// The manager's turn at a bar with active positions.
    Manage(usize),
    /// A word to the user that a bar is done.
    Progress(usize),
    /// Another call of [`run_native`] before a bar.
    Budget(usize),
    /// Nothing: all bars are done.
    Done,
}

/// What the loop does next with the bar that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Open,
    Exit,
    Update,
}

/// The loop over the bars of one symbol, with an executor and the portfolio of one core.
#[derive(Debug, Clone)]
pub struct EventEngine {
    bid_candles: Arc<CandleColumns>,
    ask_candles: Arc<CandleColumns>,
    symbol: Arc<str>,
    pub(crate) executor: usize,
    pub(crate) start: usize,
    pub(crate) total: usize,
    crossed_bars: usize,
    first_crossed: Option<usize>,
    pub(crate) bar: usize,
    pub(crate) stage: Stage,
    manages: bool,
    reports: bool,
    pub(crate) tracer: Tracer,
    block: Vec<(Candle, Candle)>,
    block_start: usize,
    pub(crate) lanes: Arc<Lanes>,
}

/// Bars that are read from the columns at once, where one follows the other: few enough to stay in the
/// nearest memory.
const BLOCK: usize = 64;

/// Bars that are read at once after a jump.
const FIRST: usize = 2;

/// Checks the input in the order of T4: start bar, number of bars, crossed bars, the first of them.
///
/// # Errors
/// `START_MISSING`, those of `check_times` and `check_quotes`, `BARS_CROSSED`, `START_NOT_FOUND`.
pub fn check(
    bid_candles: &CandleColumns,
    ask_candles: &CandleColumns,
    symbol: &str,
    original_start_us: Option<i64>,
    on_crossed: OnCrossed,
) -> Result<(usize, usize, usize, Option<usize>)> {
    let about = |code, field| EngineError::new(code).for_symbol(symbol).in_field(field);
    let Some(start_us) = original_start_us else {
        let error = about(ErrorCode::StartMissing, "original_start_dt");
        return Err(error.expecting("an aware datetime"));
    };
    let times = bid_candles.time_us.as_slice();
    let (crossed, first) = check_sides(bid_candles, ask_candles, symbol)?;
    if let (Some(bar), OnCrossed::Error) = (first, on_crossed)
        && let (Some(bid), Some(ask)) = (bid_candles.get(bar), ask_candles.get(bar))
    {
        return Err(crossed_error(&bid, &ask, bar, symbol));
    }
    // Times ascend, so the first bar at or after the start is where the smaller ones end.
    let start = times.partition_point(|&time_us| time_us < start_us);
    if start == times.len() {
        let last = times.last().map_or(String::new(), |&last| time_text(last));
        return Err(about(ErrorCode::StartNotFound, "original_start_dt")
            .with_value(time_text(start_us).as_str())
            .expecting(format!("at most {last}, the last bar")));
    }
    Ok((start, times.len(), crossed, first))
}

impl EventEngine {
    /// A loop before its first bar; all checks of the input are made here (T4).
    ///
    /// # Errors
    /// Those of [`check`].
    pub fn new(
        bid_candles: Arc<CandleColumns>,
        ask_candles: Arc<CandleColumns>,
        symbol: Arc<str>,
        original_start_us: Option<i64>,
        executor: usize,
        on_crossed: OnCrossed,
    ) -> Result<Self> {
        let (start, total, crossed_bars, first_crossed) = check(
            &bid_candles,
            &ask_candles,
            &symbol,
            original_start_us,
            on_crossed,
        )?;
        Ok(Self {
            lanes: Arc::new(Lanes {
                time_us: Arc::clone(&bid_candles.time_us),
                sides: vec![(Arc::clone(&bid_candles), Arc::clone(&ask_candles))],
            }),
            bid_candles,
            ask_candles,
            symbol,
            executor,
            start,
            total,
            crossed_bars,
            first_crossed,
            bar: start,
            stage: Stage::Open,
            manages: false,
            reports: false,
            tracer: Tracer::discard(),
            block: Vec::with_capacity(BLOCK),
            block_start: 0,
        })
    }

    /// The same loop, asking for the manager where positions are active.
    #[must_use]
    pub fn with_manager(mut self, manages: bool) -> Self {
        self.manages = manages;
        self
    }

    /// The same loop, telling of each bar that is done.
    #[must_use]
    pub fn with_progress(mut self, reports: bool) -> Self {
        self.reports = reports;
        self
    }

    /// Says whether to tell of the bar under way when it is done, and of those after it.
    #[inline]
    pub fn report(&mut self, reports: bool) {
        self.reports = reports;
    }

    /// Records the events of the run, those of executor and portfolio included.
    pub fn attach_tracer(&mut self, core: &mut Core, tracer: &Tracer) {
        self.tracer = tracer.clone();
        core.portfolio.attach_tracer(tracer);
        if let Some(executor) = core.executors.get_mut(self.executor) {
            executor.attach_tracer(tracer);
        }
    }

    /// Goes on until something is needed that is not the loop's own.
    ///
    /// # Errors
    /// Those of the executor's calls, with the bar filled in.
    pub fn next(&mut self, core: &mut Core) -> Result<Need> {
        loop {
            if let Some(need) = self.step(core)? {
                return Ok(need);
            }
        }
    }

    /// Does what is next with the bar under way; `None` where nobody else is needed after it.
    ///
    /// # Errors
    /// Those of the executor's calls, with the bar filled in.
    #[inline]
    pub(crate) fn step(&mut self, core: &mut Core) -> Result<Option<Need>> {
        let bar = self.bar;
        if bar.wrapping_sub(self.block_start) >= self.block.len() && !self.read_block(bar) {
            return Ok(Some(Need::Done));
        }
        // Nothing is copied: most bars are looked at once.
        let (bid, ask) = &self.block[bar - self.block_start];
        match self.stage {
            Stage::Open => {
                self.open(core, bid, ask)?;
                self.stage = Stage::Exit;
                Ok(Some(Need::Signals(bar)))
            }
            Stage::Exit => {
                let is_managed = self.exit(core, bid, ask)?;
                self.stage = Stage::Update;
                Ok(is_managed.then_some(Need::Manage(bar)))
            }
            Stage::Update => {
                self.update(core, bid);
                self.stage = Stage::Open;
                self.bar += 1;
                Ok(self.reports.then_some(Need::Progress(bar)))
            }
        }
    }

    /// Reads the bars from one on, so that the columns are asked for their memory once a block.
    fn read_block(&mut self, bar: usize) -> bool {
        let (bids, asks) = (self.bid_candles.view(), self.ask_candles.view());
        let follows = bar == self.block_start + self.block.len();
        let bars = if follows { BLOCK } else { FIRST };
        let end = self.total.min(bar.saturating_add(bars));
        self.block.clear();
        self.block
            .extend(bids.between(bar, end).zip(asks.between(bar, end)));
        self.block_start = bar;
        !self.block.is_empty()
    }

    /// DATA and OPEN: the bar becomes visible, waiting orders fill.
    #[inline]
    fn open(&self, core: &mut Core, bid: &Candle, ask: &Candle) -> Result<()> {
        if self.tracer.is_on() {
            self.tracer.begin_bar(Some(self.bar), Some(bid.time_us));
            self.tracer.begin_phase(Some(Phase::Data));
            self.tracer.emit("", || EventKind::Bar {
                symbol: Arc::clone(&self.symbol),
                bid: *bid,
                ask: *ask,
            });
            self.tracer.begin_phase(Some(Phase::Open));
        }
        core.open_bar(self.executor, bid, ask, Some(&self.symbol))
            .map_err(|error| self.placed(error))?;
        self.tracer.begin_phase(Some(Phase::Entry));
        Ok(())
    }

    /// EXITS and CLOSE: levels are tested, queued writes committed; true where MANAGE follows.
    #[inline]
    fn exit(&self, core: &mut Core, bid: &Candle, ask: &Candle) -> Result<bool> {
        if has_active(core, self.executor) {
            self.tracer.begin_phase(Some(Phase::Exits));
            core.evaluate_exits(self.executor, bid, ask, Some(&self.symbol))
                .map_err(|error| self.placed(error))?;
        }
        self.tracer.begin_phase(Some(Phase::Close));
        let last = self.bar + 1 == self.total;
        core.close_bar(self.executor, bid.time_us, last)
            .map_err(|error| self.placed(error))?;
        Ok(self.manages && has_active(core, self.executor))
    }

    /// PORTFOLIO: the row of the bar is written.
    #[inline]
    fn update(&self, core: &mut Core, bid: &Candle) {
        self.tracer.begin_phase(Some(Phase::Portfolio));
        core.portfolio.update(bid.time_us);
    }

    /// The executor knows times, not indices; the loop adds where it happened.
    fn placed(&self, error: EngineError) -> EngineError {
        match error.bar {
            Some(_) => error,
            None => error.at_bar(self.bar),
        }
    }

    /// Gives the signals of the current bar to the executor.
    ///
    /// # Errors
    /// Those of `process_signal`, with the bar filled in.
    pub fn feed_signals(&mut self, core: &mut Core, signals: &[TradeSignal]) -> Result<()> {
        for signal in signals {
            core.process_signal(self.executor, signal)
                .map_err(|error| self.placed(error))?;
        }
        Ok(())
    }

    /// Says that a manager will be called now, so that what it does is traced as its doing.
    pub fn begin_manage(&self) {
        self.tracer.begin_phase(Some(Phase::Manage));
    }

    /// The bar under way as a manager is shown it, with the bars of the run behind it.
    #[must_use]
    pub fn managed_bar(&self, bid: Candle, ask: Candle) -> Bar {
        Bar {
            time_us: bid.time_us,
            bid,
            ask,
            run: Some(RunBars {
                bid: Arc::clone(&self.bid_candles),
                ask: Arc::clone(&self.ask_candles),
                index: self.bar,
                covered: None,
            }),
        }
    }

    /// First bar that is evaluated.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Number of bars, warm-up included.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// The bar that is under way.
    #[must_use]
    pub fn bar(&self) -> usize {
        self.bar
    }

    /// How many bars have an ask below the bid, and the first of them.
    #[must_use]
    pub fn crossed_bars(&self) -> (usize, Option<usize>) {
        (self.crossed_bars, self.first_crossed)
    }

    /// Both candles of the bar that is under way; `None` for a bar far from it.
    #[must_use]
    #[inline]
    pub fn candles(&self, bar: usize) -> Option<(Candle, Candle)> {
        let place = bar.checked_sub(self.block_start)?;
        self.block.get(place).copied()
    }
}

#[inline]
pub(crate) fn has_active(core: &Core, executor: usize) -> bool {
    core.executors
        .get(executor)
        .is_some_and(|executor| !executor.active_positions().is_empty())
}

/// Runs up to `budget_bars` bars of a strategy of this language, without leaving it.
///
/// Answers [`Need::Budget`] when they are used up, [`Need::Progress`] if the loop reports bars, or
/// [`Need::Done`]; a manager is the strategy's own.
///
/// # Errors
/// Those of the executor's calls and of the strategy, with the bar filled in.
pub fn run_native<S: Strategy + ?Sized>(
    engine: &mut EventEngine,
    core: &mut Core,
    strategy: &mut S,
    slice: &mut SymbolDataSlice,
    budget_bars: usize,
) -> Result<Need> {
    core.make_room(engine.executor, engine.total.saturating_sub(engine.bar));
    let need = run_bars(engine, core, strategy, slice, budget_bars);
    if need.is_err() {
        core.portfolio.catch_up();
    }
    need
}

fn run_bars<S: Strategy + ?Sized>(
    engine: &mut EventEngine,
    core: &mut Core,
    strategy: &mut S,
    slice: &mut SymbolDataSlice,
    budget_bars: usize,
) -> Result<Need> {
    let (bids, asks) = (
        Arc::clone(&engine.bid_candles),
        Arc::clone(&engine.ask_candles),
    );
    let lanes = Arc::clone(&engine.lanes);
    let jumps = !engine.tracer.is_on() && !engine.reports;
    let mut jump = jumps.then(|| Jump::over(&lanes));
    let (bids, asks) = (bids.view(), asks.view());
    let end = engine.total.min(engine.bar.saturating_add(budget_bars));
    let mut signals = Vec::new();
    while engine.bar < end {
        let (Some(bid), Some(ask)) = (bids.get(engine.bar), asks.get(engine.bar)) else {
            break;
        };
        slice.pin(engine.bar, bid, ask);
        engine.open(core, &bid, &ask)?;
        strategy
            .evaluate(engine.bar, slice, &mut signals)
            .map_err(|error| engine.placed(error))?;
        if !signals.is_empty() {
            engine.feed_signals(core, &signals)?;
            signals.clear();
        }
        engine.exit(core, &bid, &ask)?;
        if let Some(manager) = strategy.position_manager()
            && has_active(core, engine.executor)
        {
            engine.begin_manage();
            let bar = engine.managed_bar(bid, ask);
            manager
                .manage_positions(core, engine.executor, &engine.symbol, &bar)
                .map_err(|error| engine.placed(error))?;
        }
        // The last bar is written at once: after it others may look.
        let is_noted = engine.bar + 1 < end
            && jump
                .as_ref()
                .is_some_and(|jump| jump.put_off(core, engine.executor, strategy, engine.bar));
        if !is_noted {
            engine.update(core, &bid);
        }
        engine.bar += 1;
        if engine.reports {
            return Ok(Need::Progress(engine.bar - 1));
        }
        if let Some(jump) = &mut jump {
            // The last bar of the budget is left to the plain loop, so that all of them show it.
            let bars = (engine.bar, end.saturating_sub(1));
            engine.bar = jump
                .take_in(core, engine.executor, strategy, slice, bars)
                .map_err(|error| engine.placed(error))?;
        }
    }
    Ok(if engine.bar < engine.total {
        Need::Budget(engine.bar)
    } else {
        Need::Done
    })
}
