//! The same loop over any objects, by their public methods, looked up when they are used (L2, L6).

use fillproof_engine::candles::Candle;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::call::{attribute, method_one, method_two};
use crate::convert::{Place, to_candle};
use crate::engine::Run;
use crate::errors::in_bar;
use crate::native_loop::{From, each_signal, manage, progress};
use crate::strategy::find_manager;

/// Bars between two looks at signals such as an interrupt; a power of two.
const CALLBACK_BARS: usize = 64;

/// Which methods of the executor name the parameter that the loop would pass by keyword.
pub struct Named {
    pub open_bar: bool,
    pub evaluate_exits: bool,
    pub close_bar: bool,
}

impl Named {
    /// Looks once a run.
    pub fn of(executor: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = executor.py();
        Ok(Self {
            open_bar: has_parameter(executor, intern!(py, "open_bar"), "symbol")?,
            evaluate_exits: has_parameter(executor, intern!(py, "evaluate_exits"), "symbol")?,
            close_bar: has_parameter(executor, intern!(py, "close_bar"), "last")?,
        })
    }

    /// Of a run that began with methods of our own, which name them.
    pub const OWN: Self = Self {
        open_bar: true,
        evaluate_exits: true,
        close_bar: true,
    };
}

/// Runs the bars that are left, from the point where another loop stopped.
pub fn run<'py>(run: &Run<'py>, from: From<'py>) -> PyResult<()> {
    let py = run.strategy.py();
    let named = match from {
        From::Start => Named::of(&run.executor)?,
        _ => Named::OWN,
    };
    let loop_ = Loop { run, named };
    let first = match from {
        From::Start => run.start,
        From::Bar(bar) => bar,
        From::Evaluated(index, answer) => {
            let bar = loop_.bar(index)?;
            let phases = || {
                process(&run.executor, &answer)?;
                loop_.after_entry(&bar)
            };
            in_bar(py, index, phases())?;
            progress(run, index)?;
            index + 1
        }
        From::Managed(index) => {
            let bar = loop_.bar(index)?;
            in_bar(py, index, loop_.update(&bar))?;
            progress(run, index)?;
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
        progress(run, index)?;
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
    named: Named,
}

impl<'py> Loop<'_, 'py> {
    fn bar(&self, index: usize) -> PyResult<Bar<'py>> {
        Ok(Bar {
            index,
            bid: self.run.bid_candles.get_item(index)?,
            ask: self.run.ask_candles.get_item(index)?,
        })
    }

    fn after_entry(&self, bar: &Bar<'py>) -> PyResult<()> {
        self.exit(bar)?;
        self.close(bar)?;
        self.manage(bar)?;
        self.update(bar)
    }

    fn open(&self, bar: &Bar<'py>) -> PyResult<()> {
        let py = bar.bid.py();
        let Some(open_bar) = attribute(&self.run.executor, intern!(py, "open_bar"))? else {
            return Ok(());
        };
        self.trace_phase(intern!(py, "OPEN"))?;
        let symbol = self.named.open_bar.then_some(&self.run.symbol);
        show(&open_bar, &bar.bid, &bar.ask, symbol)
    }

    fn enter(&self, bar: &Bar<'py>) -> PyResult<()> {
        let py = bar.bid.py();
        self.trace_phase(intern!(py, "ENTRY"))?;
        let index = bar.index.into_pyobject(py)?.into_any();
        let map = self.run.slice_map.as_any();
        let answer = method_two(&self.run.strategy, intern!(py, "evaluate"), &index, map)?;
        process(&self.run.executor, &answer)
    }

    fn has_active(&self) -> PyResult<bool> {
        let executor = &self.run.executor;
        let name = intern!(executor.py(), "active_positions");
        executor.getattr(name)?.is_truthy()
    }

    fn exit(&self, bar: &Bar<'py>) -> PyResult<()> {
        if !self.has_active()? {
            return Ok(());
        }
        let py = bar.bid.py();
        self.trace_phase(intern!(py, "EXITS"))?;
        let method = self.run.executor.getattr(intern!(py, "evaluate_exits"))?;
        let symbol = self.named.evaluate_exits.then_some(&self.run.symbol);
        show(&method, &bar.bid, &bar.ask, symbol)
    }

    fn close(&self, bar: &Bar<'py>) -> PyResult<()> {
        let timestamp = bar.bid.getattr(intern!(bar.bid.py(), "timestamp"))?;
        let says_last = self.named.close_bar && bar.index + 1 == self.run.total;
        let tracer = self.run.tracer.as_ref();
        close(&self.run.executor, tracer, &timestamp, says_last)
    }

    fn manage(&self, bar: &Bar<'py>) -> PyResult<()> {
        if !self.has_active()? {
            return Ok(());
        }
        let Some(manager) = find_manager(&self.run.strategy)? else {
            return Ok(());
        };
        self.trace_phase(intern!(manager.py(), "MANAGE"))?;
        manage(self.run, &manager, &bar.bid, &bar.ask)
    }

    fn update(&self, bar: &Bar<'py>) -> PyResult<()> {
        let py = bar.bid.py();
        self.trace_phase(intern!(py, "PORTFOLIO"))?;
        let timestamp = bar.bid.getattr(intern!(py, "timestamp"))?;
        method_one(&self.run.portfolio, intern!(py, "update"), &timestamp).map(drop)
    }

    fn trace_phase(&self, phase: &Bound<'py, PyString>) -> PyResult<()> {
        trace_phase(self.run.tracer.as_ref(), phase)
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

/// Calls a method of an executor with the candles of a symbol, which is named on request.
pub fn show<'py>(
    method: &Bound<'py, PyAny>,
    bid: &Bound<'py, PyAny>,
    ask: &Bound<'py, PyAny>,
    symbol: Option<&Bound<'py, PyAny>>,
) -> PyResult<()> {
    let py = method.py();
    let keywords = match symbol {
        Some(symbol) => {
            let keywords = PyDict::new(py);
            keywords.set_item(intern!(py, "symbol"), symbol)?;
            Some(keywords)
        }
        None => None,
    };
    method.call((bid, ask), keywords.as_ref()).map(drop)
}

/// Gives what evaluate returned to the executor, signal by signal.
pub fn process<'py>(executor: &Bound<'py, PyAny>, answer: &Bound<'py, PyAny>) -> PyResult<()> {
    if answer.is_none() {
        return Ok(());
    }
    let name = intern!(answer.py(), "process_signal");
    each_signal(answer, |signal| {
        method_one(executor, name, signal).map(drop)
    })
}

/// Ends a bar, if the executor has a method for it.
pub fn close<'py>(
    executor: &Bound<'py, PyAny>,
    tracer: Option<&Bound<'py, PyAny>>,
    timestamp: &Bound<'py, PyAny>,
    says_last: bool,
) -> PyResult<()> {
    let py = executor.py();
    let Some(close_bar) = attribute(executor, intern!(py, "close_bar"))? else {
        return Ok(());
    };
    trace_phase(tracer, intern!(py, "CLOSE"))?;
    let keywords = PyDict::new(py);
    if says_last {
        keywords.set_item(intern!(py, "last"), true)?;
    }
    close_bar.call((timestamp,), Some(&keywords)).map(drop)
}

/// Says which phase the following events belong to.
pub fn trace_phase<'py>(
    tracer: Option<&Bound<'py, PyAny>>,
    phase: &Bound<'py, PyString>,
) -> PyResult<()> {
    if let Some(tracer) = tracer {
        method_one(tracer, intern!(phase.py(), "begin_phase"), phase)?;
    }
    Ok(())
}

/// Records that a bar has become visible.
pub fn trace_bar<'py>(
    tracer: &Bound<'py, PyAny>,
    symbol: &Bound<'py, PyAny>,
    bid: &Candle,
    ask: &Candle,
) -> PyResult<()> {
    let py = tracer.py();
    let values = PyDict::new(py);
    values.set_item(intern!(py, "symbol"), symbol)?;
    for (name, value) in [
        ("bid_open", bid.open),
        ("bid_high", bid.high),
        ("bid_low", bid.low),
        ("bid_close", bid.close),
        ("ask_open", ask.open),
        ("ask_high", ask.high),
        ("ask_low", ask.low),
        ("ask_close", ask.close),
    ] {
        values.set_item(name, value)?;
    }
    let arguments = ("bar", "");
    tracer
        .call_method(intern!(py, "emit"), arguments, Some(&values))
        .map(drop)
}

/// Whether a method of the executor has a parameter of exactly this name.
fn has_parameter(
    executor: &Bound<'_, PyAny>,
    method: &Bound<'_, PyString>,
    name: &str,
) -> PyResult<bool> {
    let py = method.py();
    let Some(function) = attribute(executor, method)? else {
        return Ok(false);
    };
    let inspect = py.import(intern!(py, "inspect"))?;
    match inspect.call_method1(intern!(py, "signature"), (function,)) {
        Ok(signature) => signature.getattr(intern!(py, "parameters"))?.contains(name),
        // What has no signature to look at gets no keyword.
        Err(error)
            if error.is_instance_of::<PyTypeError>(py)
                || error.is_instance_of::<PyValueError>(py) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
