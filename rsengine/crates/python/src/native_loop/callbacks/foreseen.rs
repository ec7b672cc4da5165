//! Bars that the engine foresees: the strategy is called at each, and the state is left behind.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use fillproof_engine::fast::Reached;
use pyo3::prelude::*;

use super::super::{From, own_manager};
use super::bars::Giver;
use super::{Calls, MOST_PATIENCE};
use crate::errors::in_bar;

/// Bars at which the strategy is called, and how far the callbacks have come.
pub(super) struct Foreseen<'py> {
    pub(super) bar: usize,
    /// The end of the bars that were foreseen; none where the engine goes along bar by bar.
    to: Option<usize>,
    /// The end of those that need no second look as long as nobody changes anything.
    quiet_to: usize,
    /// Whether the strategy was called at that bar.
    pub(super) is_called: bool,
    /// Whether it is called by its method as that was found.
    pub(super) as_found: bool,
    /// Whether a manager has its turn at each of them.
    has_turns: bool,
    /// What stopped the callbacks, if neither the strategy nor the end did.
    pub(super) stop: Option<Stop<'py>>,
}

impl Foreseen<'_> {
    pub(super) fn of(bar: usize, to: Option<usize>, has_turns: bool) -> Self {
        Self {
            bar,
            to,
            quiet_to: 0,
            is_called: false,
            as_found: false,
            has_turns,
            stop: None,
        }
    }
}

pub(super) enum Stop<'py> {
    /// What a look for a manager found, which is to have its turn.
    Looked(PyResult<Option<Bound<'py, PyAny>>>),
    /// What the turn of a manager led to.
    Managed(PyResult<()>),
    /// What a word that the bar is done led to.
    Told(PyResult<bool>),
    /// Where the generic loop takes over, or what failed, at a bar that was not foreseen.
    Over(PyResult<From<'py>>),
    /// A defect of the engine.
    Panicked(Box<dyn Any + Send>),
}

impl<'py> Calls<'_, 'py> {
    /// Calls the strategy at bars at which nothing else happens, as long as nobody changes that.
    pub(super) fn foreseen(
        &mut self,
        py: Python<'py>,
        from: usize,
        to: usize,
    ) -> PyResult<Option<From<'py>>> {
        let has_turns = self.ahead.has_active(self.executor.place()?);
        self.foreseen = Foreseen::of(from, Some(to), has_turns);
        loop {
            let answer = self.call(py);
            let bar = self.foreseen.bar;
            let answer = in_bar(py, bar, answer)?;
            let goes_on = answer.is_some();
            let generic = match self.foreseen.stop.take() {
                Some(Stop::Looked(found)) => self.manage(py, bar, found)?,
                Some(Stop::Managed(done)) => {
                    done?;
                    self.native.is_replaced().then_some(From::Managed(bar))
                }
                Some(Stop::Told(told)) => {
                    told?;
                    self.after(bar)
                }
                Some(Stop::Over(over)) => Some(over?),
                Some(Stop::Panicked(payload)) => resume_unwind(payload),
                None if self.foreseen.is_called => self.take_in(py, bar, answer)?,
                None => {
                    self.ahead.pass_to(bar);
                    self.patience = 1;
                    return Ok(None);
                }
            };
            // An answer may have changed nothing.
            if goes_on && generic.is_none() && !self.ahead.is_touched() {
                continue;
            }
            self.ahead.settle();
            if bar == from {
                self.wait = self.patience;
                self.patience = (2 * self.patience).min(MOST_PATIENCE);
            } else {
                self.patience = 1;
            }
            return Ok(generic);
        }
    }

    /// Looks for a manager at a bar that was foreseen and calls it; false where the bar is left to
    /// others from there.
    fn manage_foreseen(&mut self, py: Python<'py>, bar: usize) -> bool {
        let native = self.native;
        self.ahead.show(Reached::manage(bar));
        let found = self.bare.find_manager(&native.run.strategy);
        if self.is_changed() {
            self.foreseen.stop = Some(Stop::Looked(found));
            return false;
        }
        let manager = match found {
            Ok(None) => return true,
            Ok(Some(manager)) if matches!(own_manager(&manager), Ok(None)) => manager,
            found => {
                self.foreseen.stop = Some(Stop::Looked(found));
                return false;
            }
        };
        let done = native.manage_any(&manager, bar, &mut self.attached);
        if done.is_err() || self.is_changed() {
            self.foreseen.stop = Some(Stop::Managed(in_bar(py, bar, done)));
            return false;
        }
        true
    }

    /// Does what follows a callback that answered nothing; false where that is left to others.
    #[inline]
    fn conclude(&mut self, py: Python<'py>) -> bool {
        let (run, bar) = (self.native.run, self.foreseen.bar);
        if self.is_changed() {
            return false;
        }
        if self.foreseen.has_turns
            && !self.bare.is_known(&run.strategy)
            && !self.manage_foreseen(py, bar)
        {
            return false;
        }
        if run.progress.is_due(py, bar) {
            self.ahead.show(Reached::start(bar + 1));
            let told = run.progress.tell(py, bar);
            if told.is_err() || self.is_changed() {
                self.foreseen.stop = Some(Stop::Told(told));
                return false;
            }
        }
        true
    }

    /// Whether anybody could have changed what was foreseen, or how the loop goes on.
    #[inline]
    fn is_changed(&self) -> bool {
        self.ahead.is_touched() || self.native.is_replaced()
    }

    /// Whether the strategy can be called in the way that the loop calls it.
    #[inline]
    pub(super) fn is_callable(&self) -> bool {
        !self.foreseen.as_found || self.method.known(&self.native.run.strategy).is_some()
    }
}

impl<'py> Calls<'_, 'py> {
    /// The next bar, after a look at all that may be due before it.
    #[inline(never)]
    fn look_for_bar(&mut self) -> Option<usize> {
        let py = self.native.run.strategy.py();
        self.foreseen.quiet_to = 0;
        let Some(to) = self.foreseen.to else {
            let bar = self.next_unforeseen(py)?;
            self.foreseen.bar = bar;
            self.slice.pin(bar);
            return Some(bar);
        };
        if self.foreseen.is_called {
            if !self.conclude(py) {
                return None;
            }
            self.foreseen.bar += 1;
            self.foreseen.is_called = false;
        }
        let bar = self.foreseen.bar;
        if bar == to || !self.is_callable() {
            return None;
        }
        self.begin(bar);
        let due = self.native.run.progress.due(py);
        self.foreseen.quiet_to = to.min(due.saturating_add(1));
        Some(bar)
    }

    /// Shows a foreseen bar to the strategy.
    #[inline]
    fn begin(&mut self, bar: usize) {
        self.foreseen.bar = bar;
        self.foreseen.is_called = true;
        self.ahead.show(Reached::entry(bar));
        self.slice.pin(bar);
    }

    /// Whether nothing is due after a callback that answered nothing.
    #[inline]
    fn is_quiet(&self) -> bool {
        !self.is_changed()
            && self.is_callable()
            && (!self.foreseen.has_turns || self.bare.is_known(&self.native.run.strategy))
    }
}

impl Giver for Calls<'_, '_> {
    #[inline]
    fn next_bar(&mut self) -> Option<usize> {
        let bar = self.foreseen.bar + 1;
        if bar < self.foreseen.quiet_to && self.is_quiet() {
            self.begin(bar);
            return Some(bar);
        }
        // Python's frames lie between here and the guard of a run.
        match catch_unwind(AssertUnwindSafe(|| self.look_for_bar())) {
            Ok(bar) => bar,
            Err(payload) => {
                self.foreseen.stop = Some(Stop::Panicked(payload));
                None
            }
        }
    }
}
