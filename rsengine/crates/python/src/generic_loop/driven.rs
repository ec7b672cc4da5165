//! An executor of any make, called by its public methods, which are looked up at each call (L2, L6).

use fillproof_engine::candles::Candle;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::call::{
    Optional, attribute, keyword, method_one, method_one_named, method_two, method_two_named,
};
use crate::candle::PyCandle;
use crate::native_loop::each_signal;

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

/// The executor of a run.
pub struct Driven<'a, 'py> {
    executor: &'a Bound<'py, PyAny>,
    tracer: Option<&'a Bound<'py, PyAny>>,
    named: Named,
    open_bar: Optional,
    close_bar: Optional,
}

impl<'a, 'py> Driven<'a, 'py> {
    pub fn new(
        executor: &'a Bound<'py, PyAny>,
        tracer: Option<&'a Bound<'py, PyAny>>,
        named: Named,
    ) -> Self {
        Self {
            executor,
            tracer,
            named,
            open_bar: Optional::default(),
            close_bar: Optional::default(),
        }
    }

    /// Whether anything waits or is open.
    pub fn has_active(&self) -> PyResult<bool> {
        let name = intern!(self.executor.py(), "active_positions");
        self.executor.getattr(name)?.is_truthy()
    }

    /// Begins OPEN; false where that is no phase, for want of a method.
    pub fn begin_open(&self) -> PyResult<bool> {
        let py = self.executor.py();
        self.begin(intern!(py, "open_bar"), intern!(py, "OPEN"))
    }

    /// Shows the candles of a symbol, if the executor has a method for it.
    pub fn open(
        &self,
        bid: &Bound<'py, PyAny>,
        ask: &Bound<'py, PyAny>,
        symbol: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let (executor, py) = (self.executor, bid.py());
        let name = intern!(py, "open_bar");
        let keyword = keyword!(py, "symbol");
        let called = self.open_bar.call(executor, name, || {
            if self.named.open_bar {
                method_two_named(executor, name, (bid, ask), (keyword, symbol))
            } else {
                method_two(executor, name, bid, ask)
            }
        });
        called.map(drop)
    }

    /// Tests orders and positions against the candles of a symbol.
    pub fn exits(
        &self,
        bid: &Bound<'py, PyAny>,
        ask: &Bound<'py, PyAny>,
        symbol: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let (executor, py) = (self.executor, bid.py());
        let name = intern!(py, "evaluate_exits");
        let called = if self.named.evaluate_exits {
            method_two_named(executor, name, (bid, ask), (keyword!(py, "symbol"), symbol))
        } else {
            method_two(executor, name, bid, ask)
        };
        called.map(drop)
    }

    /// Ends a bar, if the executor has a method for it.
    pub fn close(&self, timestamp: &Bound<'py, PyAny>, is_last: bool) -> PyResult<()> {
        let (executor, py) = (self.executor, timestamp.py());
        let name = intern!(py, "close_bar");
        if !self.begin(name, intern!(py, "CLOSE"))? {
            return Ok(());
        }
        let keyword = keyword!(py, "last");
        let called = self.close_bar.call(executor, name, || {
            if is_last && self.named.close_bar {
                let last = PyBool::new(py, true).to_owned().into_any();
                method_one_named(executor, name, timestamp, (keyword, &last))
            } else {
                method_one(executor, name, timestamp)
            }
        });
        called.map(drop)
    }

    /// Gives what evaluate returned to the executor, signal by signal.
    pub fn process(&self, answer: &Bound<'py, PyAny>) -> PyResult<()> {
        if answer.is_none() {
            return Ok(());
        }
        let name = intern!(answer.py(), "process_signal");
        each_signal(answer, |signal| {
            method_one(self.executor, name, signal).map(drop)
        })
    }

    /// Says which phase the following events belong to.
    pub fn trace_phase(&self, phase: &Bound<'py, PyString>) -> PyResult<()> {
        if let Some(tracer) = self.tracer {
            method_one(tracer, intern!(phase.py(), "begin_phase"), phase)?;
        }
        Ok(())
    }

    /// Begins a phase that only an executor with a method for it has.
    fn begin(&self, method: &Bound<'py, PyString>, phase: &Bound<'py, PyString>) -> PyResult<bool> {
        if self.tracer.is_some() {
            if attribute(self.executor, method)?.is_none() {
                return Ok(false);
            }
            self.trace_phase(phase)?;
        }
        Ok(true)
    }
}

/// Open of a candle of any make.
pub fn timestamp<'py>(candle: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match candle.cast_exact::<PyCandle>() {
        Ok(own) => own.get().timestamp(candle.py()),
        Err(_) => candle.getattr(intern!(candle.py(), "timestamp")),
    }
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
