//! The calls of a bar, position by position, for portfolios that live elsewhere.
//!
//! Between two steps the caller carries out the effects, so that whoever is told of a position sees
//! it as it is then. With a portfolio of the same core the calls of `core` do the same at once.

use std::sync::Arc;

use crate::blotter::Command;
use crate::candles::Candle;
use crate::core::{Core, with_ledger};
use crate::custody::DueSwap;
use crate::desk::ExecutionSimulator;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::execution::Opening;
use crate::ledger::LedgerKind;
use crate::quotes::Quote;
use crate::trace::Phase;

/// A call of an executor that is carried out position by position.
#[derive(Debug, Clone)]
pub struct Pass {
    executor: usize,
    kind: PassKind,
    stage: Stage,
    snapshot: Vec<u32>,
    commands: Vec<Command>,
    swaps: Vec<DueSwap>,
    next: usize,
    filled: Filled,
}

#[derive(Debug, Clone, Copy)]
enum PassKind {
    Open(Opening),
    Exits { place: usize, quote: Quote },
    Close { time_us: i64, last: bool },
}

/// What a call does with each order or command in turn.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Expire,
    Swap,
    CloseAtOpen,
    FillAtOpen,
    Test,
    StopOut,
    CarryOut,
    EndWaiting,
    EndOpen,
}

/// An order that has filled, and is not yet done with.
#[derive(Debug, Clone, Copy)]
enum Filled {
    None,
    Unsettled(u32),
    Untested(u32),
}

/// Whether a [`Pass`] goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Carry out the effects, then step again.
    More,
    /// The call is complete.
    Done,
}

impl Core {
    /// [`Core::open_bar`] in steps: carry out the effects after this and after each step.
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`.
    pub fn begin_open(
        &mut self,
        executor: usize,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<Pass> {
        let opening = with_ledger!(self, executor, |executor, _positions, ledger| {
            executor.begin_open(ledger, bid, ask, symbol)?
        });
        let has_work = self.executors[executor].has_open_work();
        let kind = PassKind::Open(opening);
        Ok(self.pass(executor, kind, Stage::Expire, has_work))
    }

    /// [`Core::evaluate_exits`] in steps: carry out the effects after this and after each step.
    ///
    /// # Errors
    /// `SYMBOL_REQUIRED`.
    pub fn begin_exits(
        &mut self,
        executor: usize,
        bid: &Candle,
        ask: &Candle,
        symbol: Option<&Arc<str>>,
    ) -> Result<Pass> {
        let (place, quote) = with_ledger!(self, executor, |executor, positions, ledger| {
            executor.begin_exits(positions, ledger, bid, ask, symbol)?
        });
        let kind = PassKind::Exits { place, quote };
        Ok(self.pass(executor, kind, Stage::Test, true))
    }

    /// [`Core::close_bar`] in steps: carry out the effects after each step.
    ///
    /// # Errors
    /// None with a place that [`Core::add_executor`] gave.
    pub fn begin_close(&mut self, executor: usize, time_us: i64, last: bool) -> Result<Pass> {
        let kind = PassKind::Close { time_us, last };
        let mut pass = self.pass(executor, kind, Stage::StopOut, false);
        with_ledger!(self, executor, |executor, positions, ledger| {
            executor.begin_phase(Phase::Close, time_us);
            executor.refresh_units(positions, ledger, None);
            pass.commands = executor.take_queue();
        });
        Ok(pass)
    }

    fn pass(&self, executor: usize, kind: PassKind, stage: Stage, visits: bool) -> Pass {
        let snapshot = match self.executors.get(executor) {
            Some(executor) if visits => executor.blotter.active.clone(),
            _ => Vec::new(),
        };
        Pass {
            executor,
            kind,
            stage,
            snapshot,
            commands: Vec::new(),
            swaps: Vec::new(),
            next: 0,
            filled: Filled::None,
        }
    }

    /// Whether the next step of a call asks a portfolio that lives elsewhere what it would write now;
    /// that is to be handed in before it (A3.stop_out).
    #[must_use]
    pub fn asks_appraisal(&self, pass: &Pass) -> bool {
        matches!(pass.stage, Stage::StopOut)
            && self.executors.get(pass.executor).is_some_and(|executor| {
                executor.ledger == LedgerKind::Foreign
                    && executor.stop_out_level().is_some()
                    && executor.used_margin(&self.positions, None) > 0.0
            })
    }

    /// Goes on with a call until it has effects to carry out or is complete.
    ///
    /// A call may be left where it is: what is done stays done, the rest does not happen.
    ///
    /// # Errors
    /// `SIGNAL_REJECTED` where strict.
    pub fn step(&mut self, pass: &mut Pass) -> Result<Step> {
        while self.advance(pass)? {
            if !self.effects.is_empty() {
                return Ok(Step::More);
            }
        }
        Ok(Step::Done)
    }

    /// Does the next thing of a call; false where nothing is left.
    fn advance(&mut self, pass: &mut Pass) -> Result<bool> {
        with_ledger!(self, pass.executor, |executor, positions, ledger| {
            match (std::mem::replace(&mut pass.filled, Filled::None), pass.kind) {
                (Filled::Unsettled(slot), PassKind::Open(Opening { place, quote, .. })) => {
                    executor.settle_fill(positions, ledger, slot, place, &quote);
                    return Ok(true);
                }
                (Filled::Unsettled(slot), PassKind::Exits { place, quote }) => {
                    executor.settle_fill(positions, ledger, slot, place, &quote);
                    pass.filled = Filled::Untested(slot);
                    return Ok(true);
                }
                (Filled::Untested(slot), PassKind::Exits { quote, .. }) => {
                    executor.test_triggered(positions, ledger, slot, &quote)?;
                    return Ok(true);
                }
                _ => {}
            }
            let at = pass.next;
            pass.next += 1;
            match (pass.kind, pass.stage) {
                (PassKind::Open(Opening { quote, .. }), Stage::Swap) => {
                    if let Some(&due) = pass.swaps.get(at) {
                        executor.book_swap(positions, ledger, due, quote.time_us())?;
                        return Ok(true);
                    }
                    let PassKind::Open(Opening { place, .. }) = pass.kind else {
                        return Ok(false);
                    };
                    pass.enter(Stage::CloseAtOpen, executor);
                    pass.commands = executor.take_closes(positions, place);
                    return Ok(true);
                }
                (PassKind::Close { time_us, .. }, Stage::StopOut) => {
                    if !executor.stop_out_one(positions, ledger, time_us)? {
                        pass.enter(Stage::CarryOut, executor);
                    }
                    return Ok(true);
                }
                (PassKind::Open(Opening { quote, .. }), Stage::CloseAtOpen) => {
                    if let Some(&command) = pass.commands.get(at) {
                        executor.close_at_open(positions, ledger, command, &quote)?;
                        return Ok(true);
                    }
                    pass.enter(Stage::FillAtOpen, executor);
                    return Ok(true);
                }
                (PassKind::Close { last, .. }, Stage::CarryOut) => {
                    if let Some(&command) = pass.commands.get(at) {
                        executor.carry_out(positions, ledger, command, last)?;
                        return Ok(true);
                    }
                    executor.end_groups();
                    if last {
                        pass.enter(Stage::EndWaiting, executor);
                        return Ok(true);
                    }
                }
                (kind, stage) => {
                    if let Some(&slot) = pass.snapshot.get(at) {
                        match (kind, stage) {
                            (PassKind::Open(Opening { place, quote, .. }), Stage::Expire) => {
                                executor.expire_one(positions, ledger, slot, place, &quote);
                            }
                            (PassKind::Open(Opening { place, quote, .. }), _) => {
                                if executor.open_one(positions, ledger, slot, place, &quote)? {
                                    pass.filled = Filled::Unsettled(slot);
                                }
                            }
                            (PassKind::Exits { place, quote }, _) => {
                                if !ExecutionSimulator::is_pending(positions, slot) {
                                    executor.test_one(positions, ledger, slot, place, &quote)?;
                                } else if executor
                                    .trigger_one(positions, ledger, slot, place, &quote)?
                                {
                                    pass.filled = Filled::Unsettled(slot);
                                }
                            }
                            (PassKind::Close { time_us, .. }, Stage::EndOpen) => {
                                executor.end_open(positions, ledger, slot, time_us)?;
                            }
                            (PassKind::Close { .. }, _) => {
                                executor.end_waiting(positions, ledger, slot);
                            }
                        }
                        return Ok(true);
                    }
                    if let Stage::EndWaiting = stage {
                        pass.enter(Stage::EndOpen, executor);
                        pass.snapshot = executor.left_to_close();
                        return Ok(true);
                    }
                    if let (PassKind::Open(opening), Stage::Expire) = (kind, stage) {
                        let Opening {
                            place,
                            quote,
                            before_us,
                        } = opening;
                        executor.refresh_units(positions, ledger, Some(place));
                        pass.enter(Stage::Swap, executor);
                        pass.swaps = executor.due_swaps(positions, place, &quote, before_us);
                        return Ok(true);
                    }
                }
            }
            match pass.kind {
                PassKind::Open(Opening { quote, .. }) => {
                    executor.drop_finished();
                    executor.begin_phase(Phase::Entry, quote.time_us());
                }
                PassKind::Exits { .. } => executor.end_exits(),
                PassKind::Close { time_us, .. } => {
                    executor.drop_finished();
                    executor.begin_phase(Phase::Manage, time_us);
                }
            }
            Ok(false)
        })
    }
}

impl Pass {
    /// Turns to the next kind of work, over the orders that are active now.
    fn enter(&mut self, stage: Stage, executor: &ExecutionSimulator) {
        self.stage = stage;
        self.snapshot.clone_from(&executor.blotter.active);
        self.next = 0;
    }
}
