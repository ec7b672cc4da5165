//! The same loop over any objects, by their public methods, looked up when they are used (L2, L6).

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use self::driven::{Driven, Named, timestamp, trace_bar};
use crate::call::{method_one, method_two};
use crate::convert::{Place, to_candle};
use crate::engine::Run;
use crate::errors::in_bar;
use crate::native_loop::{CALLBACK_BARS, From, attach, manage};
use crate::series_view::item;
use crate::strategy::find_manager;

pub mod driven;

/// Runs the bars that are left, from the point where another loop stopped.
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
        From::Evaluated(index, answer) => {
            let bar = loop_.bar(index)?;
            let phases = || {
                loop_.driven.process(&answer)?;
                loop_.after_entry(&bar)
            };
            in_bar(py, index, phases())?;
            run.progress.tell(py, index)?;
            index + 1
        }
        From::Managed(index) => {
            let bar = loop_.bar(index)?;
            in_bar(py, index, loop_.update(&bar))?;
            run.progress.tell(py, index)?;
            index + 1
        }
    };
    for index in first..run.total {
        if index % CALLBACK_BARS == 0 {
            py.check_signals()?;
        }
        let bar = loop_.bar(index)?;
        run.slice.get().pin(index);
        loop_.trace_bar(&bar)?;
        let phases = || {
            loop_.open(&bar)?;
            loop_.enter(&bar)?;
            loop_.after_entry(&bar)
        };
        in_bar(py, index, phases())?;
        run.progress.tell(py, index)?;
    }
    Ok(())
}

struct Bar<'py> {
    index: usize,
    bid: Bound<'py, PyAny>,
    ask: Bound<'py, PyAny>,
}

struct Loop<'a, 'py> {
    run: &'a Run<'py>,
    driven: Driven<'a, 'py>,
}

impl<'py> Loop<'_, 'py> {
    fn bar(&self, index: usize) -> PyResult<Bar<'py>> {
        Ok(Bar {
            index,
            bid: item(&self.run.bid_candles, index)?,
            ask: item(&self.run.ask_candles, index)?,
        })
    }

    fn after_entry(&self, bar: &Bar<'py>) -> PyResult<()> {
        self.exit(bar)?;
        self.close(bar)?;
        self.manage(bar)?;
        self.update(bar)
    }

    fn open(&self, bar: &Bar<'py>) -> PyResult<()> {
        if self.driven.begin_open()? {
            self.driven.open(&bar.bid, &bar.ask, &self.run.symbol)?;
        }
        Ok(())
    }

    fn enter(&self, bar: &Bar<'py>) -> PyResult<()> {
        let py = bar.bid.py();
        self.trace_phase(intern!(py, "ENTRY"))?;
        let index = bar.index.into_pyobject(py)?.into_any();
        let map = self.run.slice_map.as_any();
        let answer = method_two(&self.run.strategy, intern!(py, "evaluate"), &index, map)?;
        self.driven.process(&answer)
    }

    fn exit(&self, bar: &Bar<'py>) -> PyResult<()> {
        if !self.driven.has_active()? {
            return Ok(());
        }
        self.trace_phase(intern!(bar.bid.py(), "EXITS"))?;
        self.driven.exits(&bar.bid, &bar.ask, &self.run.symbol)
    }

    fn close(&self, bar: &Bar<'py>) -> PyResult<()> {
        let is_last = bar.index + 1 == self.run.total;
        self.driven.close(&timestamp(&bar.bid)?, is_last)
    }

    fn manage(&self, bar: &Bar<'py>) -> PyResult<()> {
        if !self.driven.has_active()? {
            return Ok(());
        }
        let Some(manager) = find_manager(&self.run.strategy)? else {
            return Ok(());
        };
        self.trace_phase(intern!(manager.py(), "MANAGE"))?;
        attach(&self.run.portfolio, &manager)?;
        manage(self.run, &manager, (&bar.bid, &bar.ask))
    }

    fn update(&self, bar: &Bar<'py>) -> PyResult<()> {
        let py = bar.bid.py();
        self.trace_phase(intern!(py, "PORTFOLIO"))?;
        let timestamp = timestamp(&bar.bid)?;
        method_one(&self.run.portfolio, intern!(py, "update"), &timestamp).map(drop)
    }

    fn trace_phase(&self, phase: &Bound<'py, PyString>) -> PyResult<()> {
        self.driven.trace_phase(phase)
    }

    fn trace_bar(&self, bar: &Bar<'py>) -> PyResult<()> {
        let Some(tracer) = &self.run.tracer else {
            return Ok(());
        };
        let py = tracer.py();
        let bid = to_candle(&bar.bid, Place::default())?;
        let ask = to_candle(&bar.ask, Place::default())?;
        tracer.call_method1(intern!(py, "begin_bar"), (bar.index, bid.time_us))?;
        self.trace_phase(intern!(py, "DATA"))?;
        trace_bar(tracer, &self.run.symbol, &bid, &ask)
    }
}
