//! The same loop over any objects, by their public methods, looked up when they are used (L5, L6).

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::Run;
use crate::call::{manage_positions, method_one, method_two};
use crate::convert::to_datetime;
use crate::errors::in_bar;
use crate::generic_loop::driven::{Driven, Named, trace_bar};
use crate::native_loop::{CALLBACK_BARS, From, attach};
use crate::strategy::find_manager;

/// Runs the keys that are left, from the point where another loop stopped.
pub fn run<'py>(run: &Run<'py>, from: From<'py>) -> PyResult<()> {
    let py = run.strategy.py();
    let named = match from {
        From::Start => Named::of(&run.executor)?,
        _ => Named::OWN,
    };
    let driven = Driven::new(&run.executor, run.tracer.as_ref(), named);
    let loop_ = Loop { run, driven };
    let first = match from {
        From::Start => run.start,
        From::Bar(bar) => bar,
        From::Evaluated(bar, answer) => {
            let phases = || {
                let covered = loop_.covered(bar)?;
                loop_.driven.process(&answer)?;
                loop_.after_entry(bar, &covered)
            };
            in_bar(py, bar, phases())?;
            run.progress.tell(py, bar)?;
            bar + 1
        }
        From::Managed(bar) => {
            in_bar(py, bar, loop_.update(bar))?;
            run.progress.tell(py, bar)?;
            bar + 1
        }
    };
    for bar in first..run.keys.len() {
        if bar % CALLBACK_BARS == 0 {
            py.check_signals()?;
        }
        run.slice.get().pin(bar);
        loop_.trace_bars(bar)?;
        let phases = || {
            let covered = loop_.covered(bar)?;
            loop_.open(&covered)?;
            loop_.enter(bar)?;
            loop_.after_entry(bar, &covered)
        };
        in_bar(py, bar, phases())?;
        run.progress.tell(py, bar)?;
    }
    Ok(())
}

/// A symbol that has both candles at a key, as the executor is shown them.
struct Covered<'a, 'py> {
    symbol: &'a Bound<'py, PyAny>,
    bid: Bound<'py, PyAny>,
    ask: Bound<'py, PyAny>,
}

struct Loop<'a, 'py> {
    run: &'a Run<'py>,
    driven: Driven<'a, 'py>,
}

impl<'a, 'py> Loop<'a, 'py> {
    fn covered(&self, bar: usize) -> PyResult<Vec<Covered<'a, 'py>>> {
        self.covered_for(&self.run.executor, bar)
    }

    /// The candles of a key, symbol by symbol, as a part is shown them.
    fn covered_for(&self, part: &Bound<'py, PyAny>, bar: usize) -> PyResult<Vec<Covered<'a, 'py>>> {
        let by_clock = self.run.by_clock(part)?;
        let mut covered = Vec::with_capacity(self.run.symbols.len());
        for (place, symbol) in self.run.symbols.iter().enumerate() {
            if let Some([bid, ask]) = self.run.candles(place, bar, by_clock)? {
                let symbol = &symbol.name;
                covered.push(Covered { symbol, bid, ask });
            }
        }
        Ok(covered)
    }

    /// What a part is told as the time of a key (L4.ordinal).
    fn time_for(&self, part: &Bound<'py, PyAny>, bar: usize) -> PyResult<Bound<'py, PyAny>> {
        if self.run.by_clock(part)? {
            return Ok(to_datetime(part.py(), self.run.clock[bar])?.into_any());
        }
        Ok(self.run.keys[bar].clone())
    }

    fn open(&self, covered: &[Covered<'_, 'py>]) -> PyResult<()> {
        if self.driven.begin_open()? {
            for each in covered {
                self.driven.open(&each.bid, &each.ask, each.symbol)?;
            }
        }
        Ok(())
    }

    fn enter(&self, bar: usize) -> PyResult<()> {
        let py = self.run.strategy.py();
        self.trace_phase(intern!(py, "ENTRY"))?;
        let index = bar.into_pyobject(py)?.into_any();
        let (strategy, slice) = (&self.run.strategy, self.run.slice.as_any());
        let answer = method_two(strategy, intern!(py, "evaluate"), &index, slice)?;
        self.driven.process(&answer)
    }

    fn after_entry(&self, bar: usize, covered: &[Covered<'_, 'py>]) -> PyResult<()> {
        let executor = &self.run.executor;
        let py = executor.py();
        self.trace_phase(intern!(py, "EXITS"))?;
        for each in covered {
            self.driven.exits(&each.bid, &each.ask, each.symbol)?;
        }
        let time = self.time_for(executor, bar)?;
        let is_last = bar + 1 == self.run.keys.len();
        self.driven.close(&time, is_last)?;
        self.manage(bar)?;
        self.update(bar)
    }

    fn manage(&self, bar: usize) -> PyResult<()> {
        let run = self.run;
        let Some(manager) = find_manager(&run.strategy)? else {
            return Ok(());
        };
        let py = manager.py();
        self.trace_phase(intern!(py, "MANAGE"))?;
        attach(&run.portfolio, &manager)?;
        for each in self.covered_for(&manager, bar)? {
            let active = run.executor.getattr(intern!(py, "active_positions"))?;
            let open_positions = PyList::empty(py);
            for position in active.try_iter()? {
                let position = position?;
                if position.getattr(intern!(py, "symbol"))?.eq(each.symbol)?
                    && position.getattr(intern!(py, "status"))?.eq("open")?
                {
                    open_positions.append(position)?;
                }
            }
            let all_positions = run.executor.getattr(intern!(py, "active_positions"))?;
            let (open, slice) = (open_positions.as_any(), run.slice.as_any());
            let candles = (&each.bid, &each.ask);
            manage_positions(&manager, open, slice, candles, &all_positions)?;
        }
        Ok(())
    }

    fn update(&self, bar: usize) -> PyResult<()> {
        let portfolio = &self.run.portfolio;
        let py = portfolio.py();
        self.trace_phase(intern!(py, "PORTFOLIO"))?;
        let time = self.time_for(portfolio, bar)?;
        method_one(portfolio, intern!(py, "update"), &time).map(drop)
    }

    fn trace_phase(&self, phase: &Bound<'py, PyString>) -> PyResult<()> {
        self.driven.trace_phase(phase)
    }

    fn trace_bars(&self, bar: usize) -> PyResult<()> {
        let Some(tracer) = &self.run.tracer else {
            return Ok(());
        };
        let py = tracer.py();
        let time_us = self.run.clock[bar];
        tracer.call_method1(intern!(py, "begin_bar"), (bar, time_us))?;
        self.trace_phase(intern!(py, "DATA"))?;
        for symbol in &self.run.symbols {
            if let Some((bid, ask)) = symbol.sides.get(bar) {
                trace_bar(tracer, &symbol.name, &bid, &ask)?;
            }
        }
        Ok(())
    }
}
