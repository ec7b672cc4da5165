//! A strategy of the user's, called at each bar.

use std::rc::Rc;

use fillproof_engine::event_engine::{EventEngine, Need};
use fillproof_engine::fast::{Foresight, Turn};
use pyo3::prelude::*;

use self::bars::{Giver, Loops};
use self::foreseen::Foreseen;
pub use self::shaped::Attached;
use self::shaped::{Bare, Method};
use super::{CALLBACK_BARS, From, Native, Outcome, each_signal, own_manager};
use crate::errors::{in_bar, raise};
use crate::executor::PyExecutor;
use crate::shared::Ahead;
use crate::slice::PySlice;
use crate::strategy::{PyStrategyWrapper, Shown, evaluate};

mod bars;
mod foreseen;
mod numbers;
mod shaped;
mod stepped;

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
    attached: Attached<'py>,
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
}
