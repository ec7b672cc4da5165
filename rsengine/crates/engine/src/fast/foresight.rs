//! Callbacks that run ahead of the engine: its bars are taken in when somebody looks.
//!
//! At a bar that reaches no level nothing happens but the callback. So whoever drives the loop asks
//! [`EventEngine::go_on`] how many such bars come, calls back at each of them, and leaves the state
//! where it was. Before anybody reads or changes the state, [`EventEngine::catch_up`] brings it to
//! where the callbacks have come.

use std::ops::Range;

use super::Jump;
use super::tile::LaneViews;
use super::watch::{Timed, Watch};
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::errors::Result;
use crate::event_engine::{EventEngine, Need, Stage, has_active};
use crate::portfolio::Portfolio;
use crate::positions::Positions;

/// How far the callbacks of a loop have come: to the start of a bar, to its ENTRY, or to its MANAGE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached(usize);

const START: usize = 0;
const ENTRY: usize = 1;
const MANAGE: usize = 2;

impl Reached {
    /// The start of a bar: those before it are done, it is not open yet.
    #[must_use]
    #[inline]
    pub fn start(bar: usize) -> Self {
        Self((bar << 2) | START)
    }

    /// ENTRY of a bar: it is open, its signals are asked for.
    #[must_use]
    #[inline]
    pub fn entry(bar: usize) -> Self {
        Self((bar << 2) | ENTRY)
    }

    /// MANAGE of a bar: its exits are tested, its row is not written yet.
    #[must_use]
    #[inline]
    pub fn manage(bar: usize) -> Self {
        Self((bar << 2) | MANAGE)
    }

    /// As one number, for a place that several threads reach.
    #[must_use]
    #[inline]
    pub fn to_number(self) -> usize {
        self.0
    }

    /// What [`to_number`](Self::to_number) gave.
    #[must_use]
    #[inline]
    pub fn of_number(number: usize) -> Self {
        Self(number)
    }

    pub(super) fn is_entry(self) -> bool {
        self.stage() == ENTRY
    }

    pub(super) fn bar(self) -> usize {
        self.0 >> 2
    }

    fn stage(self) -> usize {
        self.0 & 3
    }
}

/// What a loop that looks ahead waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Callbacks at some bars, with a look for a manager where one has its turn, and a word that a bar
    /// is done where one is due; nothing else.
    Callbacks(Range<usize>),
    /// What [`EventEngine::next`] would say.
    Need(Need),
}

/// What a loop that looks ahead goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foresight {
    /// The bar after which it is to tell of its progress, if it does not look ahead.
    pub due: usize,
    /// Whether to look ahead at all.
    pub looks: bool,
    /// Whether positions have a manager that has its turn within the engine, at each bar.
    pub managed: bool,
}

impl EventEngine {
    /// Goes on until something is needed that is not the loop's own, by bars with callbacks alone.
    ///
    /// # Errors
    /// Those of [`EventEngine::next`].
    pub fn go_on(&mut self, core: &mut Core, by: Foresight) -> Result<Turn> {
        loop {
            if self.stage == Stage::Open && by.looks {
                let is_managed = by.managed && has_active(core, self.executor);
                let to = if is_managed { 0 } else { self.foresee(core) };
                if self.bar < to {
                    return Ok(Turn::Callbacks(self.bar..to));
                }
            }
            self.report(by.due <= self.bar);
            if let Some(need) = self.step(core)? {
                return Ok(Turn::Need(need));
            }
        }
    }

    /// The first bar from the next one on at which anything but a callback can happen; the next bar
    /// where that is not known.
    ///
    /// It holds as long as nobody changes the state.
    fn foresee(&mut self, core: &mut Core) -> usize {
        let from = self.bar;
        // The last bar closes what is left.
        let last = self.total.saturating_sub(1);
        if self.stage != Stage::Open || from <= self.start || from >= last || self.tracer.is_on() {
            return from;
        }
        let before_us = self.lanes.time_us.as_slice()[from - 1];
        let Some(executor) = core.executors.get_mut(self.executor) else {
            return from;
        };
        let portfolio = &core.portfolio;
        if !executor.is_plain() || !portfolio.is_plain() || portfolio.is_traced() {
            return from;
        }
        if executor.is_converted() {
            return from;
        }
        // Somebody may have shown it bars of their own.
        if executor.quotes[0].quote.time_us() != before_us
            || executor.blotter.time_us != Some(before_us)
        {
            return from;
        }
        let views = self.lanes.view();
        let mut watch = Watch::default();
        let last = executor.before_night(views.time_us, (from, last));
        if from >= last {
            return from;
        }
        let next = next_event(executor, &core.positions, &mut watch, &views, (from, last));
        core.lasting(self.executor, &views, (from, next.unwrap_or(from)))
    }

    /// Takes in the bars that were foreseen, up to where the callbacks have come.
    pub fn catch_up(&mut self, core: &mut Core, reached: Reached) {
        let bar = reached.bar();
        if reached.stage() == START {
            // What a bar shows stays until the next one opens, so the last one is gone through.
            if self.bar < bar {
                self.pass_to(core, bar - 1);
                self.pass_under_way(core, bar);
            }
            return;
        }
        if self.bar < bar {
            self.pass_to(core, bar);
        }
        // The first bar of a run is never foreseen.
        if self.bar != bar || bar <= self.start {
            return;
        }
        if self.stage == Stage::Open {
            self.step_foreseen(core);
        }
        if self.stage == Stage::Exit && reached.stage() == MANAGE {
            self.step_foreseen(core);
        }
    }

    /// Takes in the bars that were foreseen, so that this one is the next.
    pub fn pass_to(&mut self, core: &mut Core, bar: usize) {
        self.pass_under_way(core, self.bar);
        if self.bar < bar {
            Jump::over(&self.lanes).leave(core, self.executor, self.bar, bar);
            self.bar = bar;
            // Whoever looks may ask for it at each bar.
            if core.portfolio.is_behind {
                let equity = self.equity_at(&core.portfolio, bar - 1);
                (core.portfolio.equity, core.portfolio.is_behind) = (equity, false);
            }
        }
    }

    /// Goes through the bar under way, and through those before another one.
    fn pass_under_way(&mut self, core: &mut Core, bar: usize) {
        while self.stage != Stage::Open || self.bar < bar {
            self.step_foreseen(core);
        }
    }

    /// Equity of the last row where the callbacks have come, which [`EventEngine::catch_up`] would
    /// write.
    #[must_use]
    pub fn equity(&self, core: &Core, reached: Reached) -> f64 {
        let bar = reached.bar();
        if self.bar < bar {
            self.equity_at(&core.portfolio, bar - 1)
        } else {
            core.portfolio.equity()
        }
    }

    /// Equity at the close of a bar, as its row has it.
    fn equity_at(&self, portfolio: &Portfolio, bar: usize) -> f64 {
        let (bid, ask) = &self.lanes.sides[0];
        let weights = portfolio.open.weights().iter().flatten();
        let total = weights.fold(0.0, |total, weight| {
            let side = if weight.is_long { bid } else { ask };
            total + weight.gain(side.close.as_slice()[bar])
        });
        portfolio.cash + total
    }

    fn step_foreseen(&mut self, core: &mut Core) {
        let done = self.step(core);
        debug_assert!(
            done.is_ok(),
            "Invariant: at a bar without an event nothing fails"
        );
    }
}

/// The first bar from one on and before another at which prices or times let something happen to
/// orders and positions, or that other; `None` where that is the next open.
pub(super) fn next_event(
    executor: &mut ExecutionSimulator,
    positions: &Positions,
    watch: &mut Watch,
    views: &LaneViews<'_>,
    (from, last): (usize, usize),
) -> Option<usize> {
    let timed = Timed::of(executor, positions)?;
    let mut to = watch.first_reached(executor, positions, views, from);
    to = to.min(last);
    if let Ok(bars) = usize::try_from(timed.bars) {
        to = to.min(from.saturating_add(bars));
    }
    if let Some(expires) = timed.expires_at_us {
        let times = &views.time_us[from..to];
        to = from + times.partition_point(|&time_us| time_us < expires);
    }
    Some(to)
}
