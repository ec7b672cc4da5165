//! A strategy of the user's, called at each bar.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use fillproof_engine::event_engine::{EventEngine, Need};
use fillproof_engine::fast::{Foresight, Reached, Turn};
use pyo3::prelude::*;

use self::bars::{Giver, Loops};
pub use self::shaped::Attached;
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
    loops: Rc<Loops<'py>>,
    method: Method<'py>,
    bare: Bare,
    attached: Attached,
    /// Whether the last look for a manager found one that has its turn within the engine.
    managed: bool,
    /// So many more turns it does not look ahead.
    wait: u32,
    /// How many it will be when it has looked ahead in vain.
    patience: u32,
    foreseen: Foreseen<'py>,
    /// What the engine said that it needs next, if nobody has served it yet.
    needed: Option<Turn>,
}

/// Bars at which the strategy is called, and how far the callbacks have come.
struct Foreseen<'py> {
    bar: usize,
    /// The end of the bars that were foreseen; none where the engine goes along bar by bar.
    to: Option<usize>,
    /// Whether the strategy was called at that bar.
    is_called: bool,
    /// Whether it is called by its method as that was found.
    as_found: bool,
    /// Whether a manager has its turn at each of them.
    has_turns: bool,
    /// What stopped the callbacks, if neither the strategy nor the end did.
    stop: Option<Stop<'py>>,
}

impl Foreseen<'_> {
    fn of(bar: usize, to: Option<usize>, has_turns: bool) -> Self {
        Self {
            bar,
            to,
            is_called: false,
            as_found: false,
            has_turns,
            stop: None,
        }
    }
}

enum Stop<'py> {
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
        loops: Rc::new(Loops::new(py)?),
        ahead: Ahead::new(&native.shared, machine),
        method: Method::default(),
        bare: Bare::default(),
        attached: Attached::default(),
        managed: false,
        wait: 0,
        patience: 1,
        foreseen: Foreseen::of(0, None, false),
        needed: None,
    };
    calls.run(py)
}

impl<'py> Calls<'_, 'py> {
    fn run(mut self, py: Python<'py>) -> PyResult<Outcome<'py>> {
        loop {
            let turn = match self.needed.take() {
                Some(turn) => turn,
                None => self.turn(py)?,
            };
            let from = match turn {
                Turn::Callbacks(bars) => self.foreseen(py, bars.start, bars.end)?,
                Turn::Need(Need::Signals(bar)) => self.unforeseen(py, bar)?,
                Turn::Need(Need::Done) => return Ok(Outcome::Done),
                Turn::Need(need) => self.serve(py, need)?,
            };
            if let Some(from) = from {
                return Ok(Outcome::Generic(from));
            }
        }
    }

    /// Lets the engine go on to what it needs next.
    fn turn(&mut self, py: Python<'py>) -> PyResult<Turn> {
        let by = Foresight {
            due: self.native.run.progress.due(py),
            looks: self.wait == 0,
            managed: self.managed,
        };
        self.wait = self.wait.saturating_sub(1);
        self.ahead.go_on(by).map_err(raise)
    }

    /// Does what follows the signals of a bar; where the generic loop takes over, if it does.
    fn serve(&mut self, py: Python<'py>, need: Need) -> PyResult<Option<From<'py>>> {
        let run = self.native.run;
        match need {
            Need::Manage(bar) => {
                let found = self.bare.find_manager(&run.strategy);
                self.manage(py, bar, found)
            }
            Need::Progress(bar) => {
                run.progress.tell(py, bar)?;
                Ok(self.after(bar))
            }
            _ => Ok(None),
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
        self.managed = false;
        if let Some(manager) = manager {
            let own = own_manager(&manager)?;
            self.managed = own.is_some() || native.run.tracer.is_some();
            if native.run.tracer.is_some() {
                self.ahead.begin_manage();
            }
            if let Some(own) = own {
                if let Some(shown) = self.ahead.managed_bar(bar) {
                    in_bar(py, bar, native.manage(own, &shown))?;
                }
                return Ok(None);
            }
            in_bar(
                py,
                bar,
                native.manage_any(&manager, bar, &mut self.attached),
            )?;
        }
        Ok(native.is_replaced().then_some(From::Managed(bar)))
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

    /// Calls the strategy at bars at which nothing else happens, as long as nobody changes that.
    fn foreseen(&mut self, py: Python<'py>, from: usize, to: usize) -> PyResult<Option<From<'py>>> {
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

    /// Calls the strategy at the bar that is open and at those that follow, as long as the engine needs
    /// nothing else and no answer is given.
    fn unforeseen(&mut self, py: Python<'py>, bar: usize) -> PyResult<Option<From<'py>>> {
        self.foreseen = Foreseen::of(bar, None, false);
        let answer = self.call(py);
        let bar = self.foreseen.bar;
        let answer = in_bar(py, bar, answer)?;
        match self.foreseen.stop.take() {
            Some(Stop::Over(over)) => over.map(Some),
            Some(Stop::Panicked(payload)) => resume_unwind(payload),
            _ if self.needed.is_some() => Ok(None),
            _ => self.take_in(py, bar, answer),
        }
    }

    /// Goes on after a callback that answered nothing, to the next bar that is open; none where
    /// something else is needed.
    fn next_open(&mut self, py: Python<'py>) -> PyResult<Option<usize>> {
        loop {
            let need = match self.turn(py)? {
                Turn::Need(Need::Signals(bar)) if self.is_callable() => return Ok(Some(bar)),
                Turn::Need(need @ (Need::Manage(_) | Need::Progress(_))) => need,
                turn => {
                    self.needed = Some(turn);
                    return Ok(None);
                }
            };
            if let Some(from) = self.serve(py, need)? {
                self.foreseen.stop = Some(Stop::Over(Ok(from)));
                return Ok(None);
            }
        }
    }

    /// The bar after one at which the engine goes along.
    fn next_unforeseen(&mut self, py: Python<'py>) -> Option<usize> {
        let called = std::mem::replace(&mut self.foreseen.is_called, true);
        if !called {
            return Some(self.foreseen.bar);
        }
        if self.native.is_replaced() {
            return None;
        }
        // Python's frames lie between here and the guard of a run.
        match catch_unwind(AssertUnwindSafe(|| self.next_open(py))) {
            Ok(Ok(Some(bar))) => return Some(bar),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => self.foreseen.stop = Some(Stop::Over(Err(error))),
            Err(payload) => self.foreseen.stop = Some(Stop::Panicked(payload)),
        }
        None
    }

    /// Whether the strategy can be called in the way that the loop calls it.
    #[inline]
    fn is_callable(&self) -> bool {
        !self.foreseen.as_found || self.method.known(&self.native.run.strategy).is_some()
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
        let loops = Rc::clone(&self.loops);
        let this: *mut Self = self;
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
}

impl Giver for Calls<'_, '_> {
    #[inline]
    fn next_bar(&mut self) -> Option<usize> {
        let py = self.native.run.strategy.py();
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
        self.ahead.show(Reached::entry(bar));
        self.slice.pin(bar);
        self.foreseen.is_called = true;
        Some(bar)
    }
}
