//! A strategy of the user's, called at each bar.

use fillproof_engine::event_engine::{EventEngine, Need};
use fillproof_engine::fast::{Foresight, Reached, Turn};
use pyo3::prelude::*;

use self::bars::{Giver, Loops};
use self::shaped::{Bare, Method};
use super::{CALLBACK_BARS, From, Native, Outcome, each_signal, own_manager};
use crate::errors::{in_bar, raise};
use crate::executor::PyExecutor;
use crate::shared::Ahead;
use crate::slice::PySlice;
use crate::strategy::{PyStrategyWrapper, Shown, evaluate};

mod bars;
mod shaped;

/// Bars, at most, that a loop goes one by one after it looked ahead in vain again and again.
const MOST_PATIENCE: u32 = 64;

/// A run with callbacks; the state is locked between them only.
struct Calls<'a, 'py> {
    native: &'a Native<'a, 'py>,
    executor: &'a PyExecutor,
    slice: &'a PySlice,
    wrapper: Option<&'a Bound<'py, PyStrategyWrapper>>,
    ahead: Ahead<'a>,
    loops: Loops<'py>,
    method: Method<'py>,
    bare: Bare,
    /// Whether the last look for a manager found one.
    managed: bool,
    /// So many more turns it does not look ahead.
    wait: u32,
    /// How many it will be when it has looked ahead in vain.
    patience: u32,
    foreseen: Foreseen<'py>,
}

/// Bars that were foreseen, and how far the callbacks have come.
struct Foreseen<'py> {
    bar: usize,
    to: usize,
    /// Whether the strategy was called at that bar.
    is_called: bool,
    /// Whether it is called by its method as that was found.
    as_found: bool,
    /// Whether a manager has its turn at each of them.
    has_turns: bool,
    /// What stopped the callbacks, if neither the strategy nor the end did.
    stop: Option<Stop<'py>>,
}

enum Stop<'py> {
    /// What a look for a manager found.
    Managed(PyResult<Option<Bound<'py, PyAny>>>),
    /// What a word that the bar is done led to.
    Told(PyResult<bool>),
}

/// Runs a strategy of the user's.
pub fn with_callbacks<'py>(
    native: &Native<'_, 'py>,
    machine: EventEngine,
) -> PyResult<Outcome<'py>> {
    let run = native.run;
    let py = run.strategy.py();
    let calls = Calls {
        native,
        executor: native.executor.get(),
        slice: run.slice.get(),
        wrapper: run.strategy.cast_exact::<PyStrategyWrapper>().ok(),
        loops: Loops::new(py)?,
        ahead: Ahead::new(&native.shared, machine),
        method: Method::default(),
        bare: Bare::default(),
        managed: false,
        wait: 0,
        patience: 1,
        foreseen: Foreseen {
            bar: 0,
            to: 0,
            is_called: false,
            as_found: false,
            has_turns: false,
            stop: None,
        },
    };
    calls.run(py)
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
                Turn::Need(Need::Signals(bar)) => {
                    self.slice.pin(bar);
                    let answer = in_bar(py, bar, self.ask(py, bar))?;
                    self.take_in(py, bar, answer)?
                }
                Turn::Need(Need::Manage(bar)) => {
                    let found = self.bare.find_manager(&run.strategy);
                    self.manage(py, bar, found)?
                }
                Turn::Need(Need::Progress(bar)) => {
                    run.progress.tell(py, bar)?;
                    self.after(bar)
                }
                Turn::Need(_) => return Ok(Outcome::Done),
            };
            if let Some(from) = from {
                return Ok(Outcome::Generic(from));
            }
        }
    }

    /// Where the generic loop takes over after a bar, if it does.
    fn after(&self, bar: usize) -> Option<From<'py>> {
        let goes_on = self.native.is_replaced() && bar + 1 < self.native.run.total;
        goes_on.then_some(From::Bar(bar + 1))
    }

    /// Hands in what the strategy answered; where the generic loop takes over, if it does.
    #[inline]
    fn take_in(
        &mut self,
        py: Python<'py>,
        bar: usize,
        answer: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<From<'py>>> {
        if self.native.is_replaced() {
            let answer = answer.unwrap_or_else(|| py.None().into_bound(py));
            return Ok(Some(From::Evaluated(bar, answer)));
        }
        if let Some(answer) = answer {
            let processed = each_signal(&answer, |signal| self.executor.process(signal));
            in_bar(py, bar, processed)?;
        }
        Ok(None)
    }

    /// Asks the strategy for the signals of a bar.
    #[inline]
    fn ask(&mut self, py: Python<'py>, bar: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let run = self.native.run;
        let map = run.slice_map.as_any();
        if bar.is_multiple_of(CALLBACK_BARS) {
            py.check_signals()?;
        }
        if let Some(wrapper) = self.wrapper
            && !wrapper.get().is_replaced()
        {
            return evaluate(wrapper, bar, map, &Shown::One(run.slice.as_any()));
        }
        let index = bar.into_pyobject(py)?.into_any();
        let answer = self.method.call(&run.strategy, &index, map)?;
        Ok(Some(answer).filter(|answer| !answer.is_none()))
    }

    /// Lets a manager have its turn, where a look for it found one.
    fn manage(
        &mut self,
        py: Python<'py>,
        bar: usize,
        found: PyResult<Option<Bound<'py, PyAny>>>,
    ) -> PyResult<Option<From<'py>>> {
        let native = self.native;
        let manager = in_bar(py, bar, found)?;
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
        self.foreseen = Foreseen {
            bar: from,
            to,
            is_called: false,
            as_found: false,
            has_turns: self.ahead.has_active(self.executor.place()?),
            stop: None,
        };
        loop {
            let answer = self.call(py);
            let bar = self.foreseen.bar;
            let answer = in_bar(py, bar, answer)?;
            let goes_on = answer.is_some();
            let generic = match self.foreseen.stop.take() {
                Some(Stop::Managed(found)) => self.manage(py, bar, found)?,
                Some(Stop::Told(told)) => {
                    told?;
                    self.after(bar)
                }
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

    /// Calls the strategy bar by bar until it answers; `None` where it is called no more.
    fn call(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let run = self.native.run;
        self.foreseen.as_found = false;
        if self
            .wrapper
            .is_some_and(|wrapper| !wrapper.get().is_replaced())
        {
            while let Some(bar) = self.next_bar() {
                let answer = self.ask(py, bar)?;
                if answer.is_some() {
                    return Ok(answer);
                }
            }
            return Ok(None);
        }
        let method = self.method.find(&run.strategy)?.cloned();
        self.foreseen.as_found = method.is_some();
        let this: *mut Self = self;
        // SAFETY: while the loop runs, nothing but what it is given reaches this.
        let loops = unsafe { &(*this).loops };
        let answer = loops.run(this, &run.strategy, method.as_ref(), run.slice_map.as_any())?;
        Ok(Some(answer).filter(|answer| !answer.is_none()))
    }

    /// Does what follows a callback that answered nothing; false where that is left to others.
    #[inline]
    fn conclude(&mut self, py: Python<'py>) -> bool {
        let (run, bar) = (self.native.run, self.foreseen.bar);
        if self.is_changed() {
            return false;
        }
        if self.foreseen.has_turns && !self.bare.is_known(&run.strategy) {
            self.ahead.show(Reached::manage(bar));
            let found = self.bare.find_manager(&run.strategy);
            if !matches!(found, Ok(None)) || self.is_changed() {
                self.foreseen.stop = Some(Stop::Managed(found));
                return false;
            }
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
}

impl Giver for Calls<'_, '_> {
    #[inline]
    fn next_bar(&mut self) -> Option<usize> {
        let py = self.native.run.strategy.py();
        if self.foreseen.is_called {
            if !self.conclude(py) {
                return None;
            }
            self.foreseen.bar += 1;
            self.foreseen.is_called = false;
        }
        let bar = self.foreseen.bar;
        if bar == self.foreseen.to {
            return None;
        }
        let strategy = &self.native.run.strategy;
        if self.foreseen.as_found && self.method.known(strategy).is_none() {
            return None;
        }
        self.ahead.show(Reached::entry(bar));
        self.slice.pin(bar);
        self.foreseen.is_called = true;
        Some(bar)
    }
}
