//! The one lock around the engine's state, and the rule for holding it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fillproof_engine::core::Core;
use fillproof_engine::errors::Result;
use fillproof_engine::event_engine::EventEngine;
use fillproof_engine::fast::{Foresight, Reached, Turn};
use fillproof_engine::managed_bar::Bar;
use fillproof_engine::signals::TradeSignal;

/// The engine's state as Python objects share it.
///
/// Nothing of Python runs under the lock: no call, no allocation, no drop of an object. Each of
/// them can start a garbage collection, that can run a user's `__del__`, and that can come back
/// here.
///
/// A loop that only calls back leaves the state behind; who reads or changes it brings it up to date
/// first.
pub struct Shared {
    state: Mutex<State>,
    /// Where the callbacks of that loop have come.
    reached: AtomicUsize,
    /// Whether anybody could have changed the state since that loop looked last.
    touched: AtomicBool,
}

struct State {
    core: Core,
    ahead: Option<Box<EventEngine>>,
}

impl Shared {
    pub fn new(core: Core) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State { core, ahead: None }),
            reached: AtomicUsize::new(0),
            touched: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // After a panic the state is as it was left: still readable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn up_to_date(&self) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        let State { core, ahead } = &mut *state;
        if let Some(ahead) = ahead {
            ahead.catch_up(core, self.reached());
        }
        state
    }

    /// Does something with the state; the closure must not touch Python.
    #[inline]
    pub fn with<R>(&self, work: impl FnOnce(&mut Core) -> R) -> R {
        self.touched.store(true, Ordering::Relaxed);
        work(&mut self.up_to_date().core)
    }

    /// Does something that may turn out to have changed nothing that a loop looks ahead for.
    #[inline]
    pub fn with_unless<R>(&self, work: impl FnOnce(&mut Core) -> (R, bool)) -> R {
        let was_touched = self.touched.load(Ordering::Relaxed);
        self.with(|core| {
            let (outcome, has_changed) = work(core);
            self.touched
                .store(was_touched || has_changed, Ordering::Relaxed);
            outcome
        })
    }

    /// Refuses a signal where that leaves the state behind as it is; else nothing is done.
    #[inline]
    pub fn refuse(&self, executor: usize, signal: &TradeSignal) -> bool {
        let mut state = self.lock();
        let State { core, ahead } = &mut *state;
        let ahead = ahead.as_ref();
        ahead.is_some_and(|ahead| ahead.refuse(core, executor, self.reached(), signal))
    }

    /// Reads something of the state; the closure must not touch Python.
    #[inline]
    pub fn read<R>(&self, read: impl FnOnce(&Core) -> R) -> R {
        read(&self.up_to_date().core)
    }

    /// Reads what a bar leaves as it is at which nothing happens: not equity, its maxima and rows, not
    /// what was shown last.
    #[inline]
    pub fn read_settled<R>(&self, read: impl FnOnce(&Core) -> R) -> R {
        read(&self.lock().core)
    }

    /// Equity of the last row.
    pub fn equity(&self) -> f64 {
        let state = self.lock();
        match &state.ahead {
            Some(ahead) => ahead.equity(&state.core, self.reached()),
            None => state.core.portfolio.equity(),
        }
    }

    fn reached(&self) -> Reached {
        Reached::of_number(self.reached.load(Ordering::Relaxed))
    }
}

/// A loop that may run ahead of the state, from its first bar to the end of its run.
pub struct Ahead<'a> {
    shared: &'a Shared,
    /// The loop itself where another one of the same state is ahead: then it goes bar by bar.
    second: Option<Box<EventEngine>>,
}

impl<'a> Ahead<'a> {
    pub fn new(shared: &'a Shared, machine: EventEngine) -> Self {
        let machine = Box::new(machine);
        let mut state = shared.lock();
        let second = match state.ahead {
            Some(_) => Some(machine),
            None => {
                shared.reached.store(0, Ordering::Relaxed);
                state.ahead = Some(machine);
                None
            }
        };
        drop(state);
        Self { shared, second }
    }

    /// Does something with the loop and the state as far as that has come.
    fn drive<R>(&mut self, work: impl FnOnce(&mut EventEngine, &mut Core) -> R) -> R {
        if let Some(machine) = &mut self.second {
            return self.shared.with(|core| work(machine, core));
        }
        let mut state = self.shared.lock();
        let State { core, ahead } = &mut *state;
        let Some(machine) = ahead else {
            unreachable!("Invariant: a loop stays with its state until it is dropped");
        };
        work(machine, core)
    }

    /// Goes on as the engine does; nothing is touched then.
    ///
    /// # Errors
    /// Those of the loop.
    pub fn go_on(&mut self, mut by: Foresight) -> Result<Turn> {
        if self.second.is_some() {
            by.looks = false;
            return self.drive(|machine, core| machine.go_on(core, by));
        }
        let touched = &self.shared.touched;
        self.drive(|machine, core| {
            touched.store(false, Ordering::Relaxed);
            machine.go_on(core, by)
        })
    }

    /// Says where the callbacks of foreseen bars have come.
    #[inline]
    pub fn show(&self, reached: Reached) {
        self.shared
            .reached
            .store(reached.to_number(), Ordering::Relaxed);
    }

    /// Whether anybody could have changed what was foreseen.
    #[inline]
    pub fn is_touched(&self) -> bool {
        self.shared.touched.load(Ordering::Relaxed)
    }

    /// Whether an executor has orders or positions.
    pub fn has_active(&self, executor: usize) -> bool {
        let has_active = |core: &Core| !core.executors[executor].active_positions().is_empty();
        self.shared.read_settled(has_active)
    }

    /// Brings the state to where the callbacks have come: those of another loop say nothing of this one.
    pub fn settle(&mut self) {
        if self.second.is_some() {
            return;
        }
        let reached = self.shared.reached();
        self.drive(|machine, core| machine.catch_up(core, reached));
    }

    /// Takes in all bars that were foreseen, so that this one is the next.
    pub fn pass_to(&mut self, bar: usize) {
        self.drive(|machine, core| machine.pass_to(core, bar));
    }

    /// Says that a manager will be called now, so that what it does is traced as its doing.
    pub fn begin_manage(&mut self) {
        self.drive(|machine, _| machine.begin_manage());
    }

    /// The bar under way as a manager of ours is shown it.
    pub fn managed_bar(&mut self, bar: usize) -> Option<Bar> {
        self.settle();
        self.drive(|machine, _| {
            let (bid, ask) = machine.candles(bar)?;
            Some(machine.managed_bar(bid, ask))
        })
    }
}

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        if self.second.is_some() {
            return;
        }
        let mut state = self.shared.lock();
        let State { core, ahead } = &mut *state;
        let machine = ahead.take().map(|mut machine| {
            machine.catch_up(core, self.shared.reached());
            machine
        });
        // Its columns may be Python's.
        drop(state);
        drop(machine);
    }
}
