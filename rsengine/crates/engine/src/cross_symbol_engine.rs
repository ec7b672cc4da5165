//! The loop over the common keys of several symbols (rules L4, L5; `event_engine` has one).
//!
//! As there, the loop calls nobody: it says what it needs ([`Need`]) and is asked again.

use std::sync::Arc;

use crate::candles::Candle;
use crate::core::Core;
pub use crate::cross_symbol_checks::{Checked, check, start_not_found};
use crate::errors::{EngineError, Result};
pub use crate::event_engine::Need;
use crate::fast::cross::{Course, CrossJump};
use crate::keys::Sides;
use crate::managed_bar::{Bar, RunBars};
pub use crate::multi_strategy::MultiStrategy;
use crate::multi_symbol_slice::MultiSymbolSlice;
use crate::position_manager::active_slots;
use crate::signals::TradeSignal;
use crate::trace::{EventKind, Phase, Tracer};

/// Both candles of a symbol at a key, or a hole.
pub type Cell = Option<(Candle, Candle)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Exit,
    Update,
}

/// The loop over the keys of several symbols, with an executor and the portfolio of one core.
#[derive(Debug, Clone)]
pub struct CrossSymbolEventEngine {
    symbols: Vec<Sides>,
    clock: Arc<Vec<i64>>,
    executor: usize,
    start: usize,
    total: usize,
    bar: usize,
    stage: Stage,
    manages: bool,
    reports: bool,
    tracer: Tracer,
    /// The cells of a few keys, those of one key side by side.
    block: Vec<Cell>,
    block_start: usize,
    /// What native runs go along, laid out by the first of them.
    course: Option<Arc<Course>>,
}

/// Cells that are read from the columns at once: few enough to stay in the nearer memory.
const BLOCK: usize = 128;

impl CrossSymbolEventEngine {
    /// A loop before its first key, over input that [`check`] or a binding has checked.
    #[must_use]
    pub fn new(checked: Checked, executor: usize) -> Self {
        let total = checked.clock.len();
        Self {
            clock: checked.clock,
            executor,
            start: checked.start,
            total,
            bar: checked.start,
            stage: Stage::Open,
            manages: false,
            reports: false,
            tracer: Tracer::discard(),
            block: Vec::new(),
            block_start: 0,
            course: None,
            symbols: checked.symbols,
        }
    }

    /// The same loop, asking for the manager at each key.
    #[must_use]
    pub fn with_manager(mut self, manages: bool) -> Self {
        self.manages = manages;
        self
    }

    /// The same loop, telling of each key that is done.
    #[must_use]
    pub fn with_progress(mut self, reports: bool) -> Self {
        self.reports = reports;
        self
    }

    /// Says whether to tell of the key under way when it is done, and of those after it.
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
    /// Those of the executor's calls, with the key filled in.
    pub fn next(&mut self, core: &mut Core) -> Result<Need> {
        while self.bar < self.total {
            let bar = self.bar;
            self.read_block();
            match self.stage {
                Stage::Open => {
                    self.open(core)?;
                    return Ok(Need::Signals(bar));
                }
                Stage::Exit => {
                    self.exit(core)?;
                    if self.manages {
                        return Ok(Need::Manage(bar));
                    }
                }
                Stage::Update => {
                    self.update(core);
                    if self.reports {
                        return Ok(Need::Progress(bar));
                    }
                }
            }
        }
        Ok(Need::Done)
    }

    /// Reads a few keys from the current one on, unless they were read before.
    #[inline]
    fn read_block(&mut self) {
        let width = self.symbols.len();
        let end = self.block_start + self.block.len() / width.max(1);
        if self.bar < self.block_start || self.bar >= end {
            self.read_cells(width);
        }
    }

    fn read_cells(&mut self, width: usize) {
        let keys = (BLOCK / width.max(1)).max(4).min(self.total - self.bar);
        self.block_start = self.bar;
        self.block.clear();
        self.block.resize(keys * width, None);
        for (place, sides) in self.symbols.iter().enumerate() {
            let (bids, asks) = (sides.bid.view(), sides.ask.view());
            for key in 0..keys {
                let bar = self.bar + key;
                if sides.covered.get(bar) == Some(&true)
                    && let (Some(bid), Some(ask)) = (bids.get(bar), asks.get(bar))
                {
                    self.block[key * width + place] = Some((bid, ask));
                }
            }
        }
    }

    fn course(&mut self) -> Arc<Course> {
        let lay_out = || Arc::new(Course::of(&self.symbols, &self.clock, self.start));
        Arc::clone(self.course.get_or_insert_with(lay_out))
    }

    /// The cells of the current key, one for each symbol.
    #[must_use]
    #[inline]
    pub fn row(&self) -> &[Cell] {
        let width = self.symbols.len();
        let from = self.bar.wrapping_sub(self.block_start).wrapping_mul(width);
        self.block
            .get(from..from.wrapping_add(width))
            .unwrap_or_default()
    }

    #[inline]
    fn time_us(&self) -> i64 {
        self.clock.get(self.bar).copied().unwrap_or(0)
    }

    /// DATA and OPEN: the bars of the key become visible, waiting orders fill.
    #[inline]
    fn open(&mut self, core: &mut Core) -> Result<()> {
        if self.tracer.is_on() {
            self.trace_bars();
        }
        for (sides, cell) in self.symbols.iter().zip(self.row()) {
            if let Some((bid, ask)) = cell {
                core.open_bar(self.executor, bid, ask, Some(&sides.symbol))
                    .map_err(|error| self.placed(error))?;
            }
        }
        self.tracer.begin_phase(Some(Phase::Entry));
        self.stage = Stage::Exit;
        Ok(())
    }

    fn trace_bars(&self) {
        self.tracer.begin_bar(Some(self.bar), Some(self.time_us()));
        self.tracer.begin_phase(Some(Phase::Data));
        for (sides, cell) in self.symbols.iter().zip(self.row()) {
            if let Some((bid, ask)) = *cell {
                self.tracer.emit("", || EventKind::Bar {
                    symbol: Arc::clone(&sides.symbol),
                    bid,
                    ask,
                });
            }
        }
        self.tracer.begin_phase(Some(Phase::Open));
    }

    /// EXITS and CLOSE: levels are tested, queued commands carried out.
    #[inline]
    fn exit(&mut self, core: &mut Core) -> Result<()> {
        self.tracer.begin_phase(Some(Phase::Exits));
        // With nothing active our executor has nothing to do that OPEN did not do.
        if has_active(core, self.executor) {
            for (sides, cell) in self.symbols.iter().zip(self.row()) {
                if let Some((bid, ask)) = cell {
                    core.evaluate_exits(self.executor, bid, ask, Some(&sides.symbol))
                        .map_err(|error| self.placed(error))?;
                }
            }
        }
        self.tracer.begin_phase(Some(Phase::Close));
        let last = self.bar + 1 == self.total;
        core.close_bar(self.executor, self.time_us(), last)
            .map_err(|error| self.placed(error))?;
        self.stage = Stage::Update;
        Ok(())
    }

    /// PORTFOLIO: the row of the key is written.
    #[inline]
    fn update(&mut self, core: &mut Core) {
        self.tracer.begin_phase(Some(Phase::Portfolio));
        core.portfolio.update(self.time_us());
        self.stage = Stage::Open;
        self.bar += 1;
    }

    /// The executor knows times, not places; the loop adds where it happened.
    fn placed(&self, error: EngineError) -> EngineError {
        match error.bar {
            Some(_) => error,
            None => error.at_bar(self.bar),
        }
    }

    /// Gives the signals of the current key to the executor.
    ///
    /// # Errors
    /// Those of `process_signal`, with the key filled in.
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

    /// The bar of a symbol as a manager is shown it; `None` in a hole.
    #[must_use]
    pub fn managed_bar(&self, place: usize) -> Option<Bar> {
        let (bid, ask) = (*self.row().get(place)?)?;
        let sides = &self.symbols[place];
        Some(Bar {
            time_us: bid.time_us,
            bid,
            ask,
            run: Some(RunBars {
                bid: Arc::clone(&sides.bid),
                ask: Arc::clone(&sides.ask),
                index: self.bar,
                covered: Some(Arc::clone(&sides.covered)),
            }),
        })
    }

    /// Lets a manager have its turn, symbol by symbol (L5.phases).
    ///
    /// # Errors
    /// Those of the manager, with the key filled in.
    pub fn manage(
        &self,
        core: &mut Core,
        mut manage: impl FnMut(&mut Core, &[u32], &Bar) -> Result<()>,
    ) -> Result<()> {
        self.begin_manage();
        for (place, sides) in self.symbols.iter().enumerate() {
            if !has_active(core, self.executor) {
                break;
            }
            let open = active_slots(core, self.executor, &sides.symbol);
            if open.is_empty() {
                continue;
            }
            if let Some(bar) = self.managed_bar(place) {
                manage(core, &open, &bar).map_err(|error| self.placed(error))?;
            }
        }
        Ok(())
    }

    /// The candles of each symbol along the keys, in order of declaration.
    #[must_use]
    pub fn symbols(&self) -> &[Sides] {
        &self.symbols
    }

    /// First key that is evaluated.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start
    }

    /// Number of keys, warm-up included.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// The key that is under way.
    #[must_use]
    pub fn bar(&self) -> usize {
        self.bar
    }
}

fn has_active(core: &Core, executor: usize) -> bool {
    core.executors
        .get(executor)
        .is_some_and(|executor| !executor.active_positions().is_empty())
}

/// Runs up to `budget_bars` keys of a strategy of this language, without leaving it.
///
/// Answers as [`event_engine::run_native`](crate::event_engine::run_native) does.
///
/// # Errors
/// Those of the executor's calls and of the strategy, with the key filled in.
pub fn run_native<S: MultiStrategy + ?Sized>(
    engine: &mut CrossSymbolEventEngine,
    core: &mut Core,
    strategy: &mut S,
    multi_slice: &mut MultiSymbolSlice,
    budget_bars: usize,
) -> Result<Need> {
    let end = engine.total.min(engine.bar.saturating_add(budget_bars));
    let bars = engine.total.saturating_sub(engine.bar);
    core.make_room(engine.executor, bars.saturating_mul(engine.symbols.len()));
    let jumps = !engine.tracer.is_on() && !engine.reports;
    let course = jumps.then(|| engine.course());
    let mut jump = course
        .as_deref()
        .map(|course| CrossJump::along(course, engine.executor));
    if !jumps {
        core.portfolio.reserve_rows(engine.total - engine.bar);
    }
    let mut signals = Vec::new();
    while engine.bar < end {
        let bar = engine.bar;
        engine.read_block();
        multi_slice.pin(bar, engine.row());
        engine.open(core)?;
        strategy
            .evaluate(bar, multi_slice, &mut signals)
            .map_err(|error| engine.placed(error))?;
        if !signals.is_empty() {
            engine.feed_signals(core, &signals)?;
            signals.clear();
        }
        engine.exit(core)?;
        if let Some(manager) = strategy.position_manager() {
            manager.was_called = true;
            engine.manage(core, |core, open, bar| manager.manage(core, open, bar))?;
        }
        engine.update(core);
        if engine.reports {
            return Ok(Need::Progress(bar));
        }
        if let Some(jump) = &mut jump {
            // The last key of the budget is left to the plain loop, so that all of them show it.
            let (mut bar, last) = (engine.bar, end.saturating_sub(1));
            let done = jump.take_in(core, strategy, multi_slice, &mut bar, last);
            engine.bar = bar;
            done.map_err(|error| engine.placed(error))?;
        }
    }
    Ok(if engine.bar < engine.total {
        Need::Budget(engine.bar)
    } else {
        Need::Done
    })
}
