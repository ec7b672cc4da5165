//! A strategy of the user's, called at each bar.

use fillproof_engine::event_engine::{EventEngine, Need};
use fillproof_engine::fast::{Foresight, Reached, Turn};
use pyo3::prelude::*;

use super::{CALLBACK_BARS, From, Native, Outcome, ask, each_signal, own_manager};
use crate::errors::{in_bar, raise};
use crate::executor::PyExecutor;
use crate::shared::Ahead;
use crate::slice::PySlice;
use crate::strategy::{PyStrategyWrapper, find_manager};

/// Bars, at most, that a loop goes one by one after it looked ahead in vain again and again.
const MOST_PATIENCE: u32 = 64;

/// A run with callbacks; the state is locked between them only.
struct Calls<'a, 'py> {
    native: &'a Native<'a, 'py>,
    executor: &'a PyExecutor,
    slice: &'a PySlice,
    wrapper: Option<&'a Bound<'py, PyStrategyWrapper>>,
    ahead: Ahead<'a>,
    /// Whether the last look for a manager found one.
    managed: bool,
    /// So many more turns it does not look ahead.
    wait: u32,
    /// How many it will be when it has looked ahead in vain.
    patience: u32,
}

/// Runs a strategy of the user's.
pub fn with_callbacks<'py>(
    native: &Native<'_, 'py>,
    machine: EventEngine,
) -> PyResult<Outcome<'py>> {
    let run = native.run;
    let calls = Calls {
        native,
        executor: native.executor.get(),
        slice: run.slice.get(),
        wrapper: run.strategy.cast_exact::<PyStrategyWrapper>().ok(),
        ahead: Ahead::new(&native.shared, machine),
        managed: false,
        wait: 0,
        patience: 1,
    };
    calls.run(run.strategy.py())
}

impl<'py> Calls<'_, 'py> {
    fn run(mut self, py: Python<'py>) -> PyResult<Outcome<'py>> {
        let run = self.native.run;
        loop {
            let by = Foresight {
                due: run.progress.due(py),
                looks: self.wait == 0,
                managed: self.managed,
            };
            self.wait = self.wait.saturating_sub(1);
            let from = match self.ahead.go_on(by).map_err(raise)? {
                Turn::Callbacks(bars) => self.foreseen(py, bars.start, bars.end)?,
                Turn::Need(Need::Signals(bar)) => self.evaluate(py, bar)?,
                Turn::Need(Need::Manage(bar)) => self.manage(py, bar)?,
                Turn::Need(Need::Progress(bar)) => {
                    run.progress.tell(py, bar)?;
                    let goes_on = self.native.is_replaced() && bar + 1 < run.total;
                    goes_on.then_some(From::Bar(bar + 1))
                }
                Turn::Need(_) => return Ok(Outcome::Done),
            };
            if let Some(from) = from {
                return Ok(Outcome::Generic(from));
            }
        }
    }

    /// Calls the strategy and hands in its signals; where the generic loop takes over, if it does.
    #[inline]
    fn evaluate(&self, py: Python<'py>, bar: usize) -> PyResult<Option<From<'py>>> {
        self.slice.pin(bar);
        let answer = in_bar(py, bar, ask(self.native.run, self.wrapper, bar))?;
        if self.native.is_replaced() {
            let answer = answer.unwrap_or_else(|| py.None().into_bound(py));
            return Ok(Some(From::Evaluated(bar, answer)));
        }
        if let Some(answer) = answer {
            let processed = each_signal(&answer, |signal| self.executor.process(signal));
            in_bar(py, bar, processed)?;
        }
        if bar.is_multiple_of(CALLBACK_BARS) {
            py.check_signals()?;
        }
        Ok(None)
    }

    /// Looks for a manager and lets it have its turn.
    fn manage(&mut self, py: Python<'py>, bar: usize) -> PyResult<Option<From<'py>>> {
        let native = self.native;
        let manager = in_bar(py, bar, find_manager(&native.run.strategy))?;
        self.managed = manager.is_some();
        if let Some(manager) = manager {
            let own = own_manager(&manager)?;
            if native.run.tracer.is_some() {
                self.ahead.begin_manage();
            }
            if let Some(own) = own {
                if let Some(shown) = self.ahead.managed_bar(bar) {
                    in_bar(py, bar, native.manage(own, &shown))?;
                }
                return Ok(None);
            }
            in_bar(py, bar, native.manage_any(&manager, bar))?;
        }
        Ok(native.is_replaced().then_some(From::Managed(bar)))
    }

    /// Calls the strategy at bars at which nothing else happens, as long as nobody changes that.
    fn foreseen(&mut self, py: Python<'py>, from: usize, to: usize) -> PyResult<Option<From<'py>>> {
        let has_turns = self.ahead.has_active(self.executor.place()?);
        for bar in from..to {
            self.ahead.show(Reached::entry(bar));
            let mut generic = self.evaluate(py, bar)?;
            let mut goes_on = generic.is_none() && !self.ahead.is_touched();
            if goes_on && has_turns {
                self.ahead.show(Reached::manage(bar));
                generic = self.manage(py, bar)?;
                goes_on = generic.is_none() && !self.managed && !self.ahead.is_touched();
            }
            if !goes_on {
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
        self.ahead.pass_to(to);
        self.patience = 1;
        Ok(None)
    }
}
