//! The built-in strategy of two symbols, as Python holds it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use fillproof_engine::strategies::pair_spread::{PairSpread, Quotes, check_symbols};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::{candle, listed};
use crate::errors::raise;
use crate::given::Given;
use crate::indicators::arguments::{period_or, real_or};
use crate::overrides;

/// Trades two symbols against each other when their spread leaves its band, for a way back.
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "PairSpread"
)]
pub struct PyPairSpread {
    strategy: Mutex<PairSpread>,
    replaced: AtomicBool,
}

#[pymethods]
impl PyPairSpread {
    #[new]
    #[pyo3(
        signature = (symbol_a, symbol_b, hedge=Given::ABSENT, window=Given::ABSENT, entry=Given::ABSENT, period=Given::ABSENT, stop_atr=Given::ABSENT, target_atr=Given::ABSENT, rest=Given::ABSENT),
        text_signature = "(symbol_a, symbol_b, hedge=1.0, window=100, entry=2.0, period=14, stop_atr=2.0, target_atr=2.0, rest=10)"
    )]
    #[expect(clippy::too_many_arguments, reason = "it has nine settings")]
    fn new(
        symbol_a: &str,
        symbol_b: &str,
        hedge: Given<'_>,
        window: Given<'_>,
        entry: Given<'_>,
        period: Given<'_>,
        stop_atr: Given<'_>,
        target_atr: Given<'_>,
        rest: Given<'_>,
    ) -> PyResult<Self> {
        check_symbols(symbol_a, symbol_b).map_err(raise)?;
        let strategy = PairSpread::new(
            symbol_a,
            symbol_b,
            real_or(&hedge, "hedge", 1.0, true)?,
            period_or(&window, "window", 100)?,
            real_or(&entry, "entry", 2.0, true)?,
            period_or(&period, "period", 14)?,
            real_or(&stop_atr, "stop_atr", 2.0, true)?,
            real_or(&target_atr, "target_atr", 2.0, true)?,
            period_or(&rest, "rest", 10)?,
        );
        Ok(Self {
            strategy: Mutex::new(strategy.map_err(raise)?),
            replaced: AtomicBool::new(false),
        })
    }

    #[getter]
    fn symbol_a(&self) -> String {
        self.state().symbol_a().to_string()
    }

    #[getter]
    fn symbol_b(&self) -> String {
        self.state().symbol_b().to_string()
    }

    #[getter]
    fn hedge(&self) -> f64 {
        self.state().hedge()
    }

    #[getter]
    fn window(&self) -> i64 {
        self.state().window()
    }

    #[getter]
    fn entry(&self) -> f64 {
        self.state().entry()
    }

    #[getter]
    fn period(&self) -> i64 {
        self.state().period()
    }

    #[getter]
    fn stop_atr(&self) -> f64 {
        self.state().stop_atr()
    }

    #[getter]
    fn target_atr(&self) -> f64 {
        self.state().target_atr()
    }

    #[getter]
    fn rest(&self) -> i64 {
        self.state().rest()
    }

    /// Evaluates the current key.
    fn on_data<'py>(
        &self,
        multi_slice: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = multi_slice.py();
        let (a, b) = {
            let strategy = self.state();
            (
                strategy.symbol_a().to_string(),
                strategy.symbol_b().to_string(),
            )
        };
        let views = [multi_slice.get_item(a)?, multi_slice.get_item(b)?];
        let index: usize = multi_slice.getattr(intern!(py, "index"))?.extract()?;
        let follows = self.state().follows(index);
        if !follows {
            self.catch_up(index, multi_slice, &views)?;
        }
        let none = py.None();
        let latest = |view: &Bound<'py, PyAny>, side: &str| {
            view.call_method1(intern!(py, "latest"), (&none, side))
        };
        let quotes = sides(latest, &views)?;
        let quotes = quotes_of(quotes.iter().map(|value| Ok(value.clone())))?;
        let time = match quotes {
            Some(_) => multi_slice.getattr(intern!(py, "time"))?,
            None => py.None().into_bound(py),
        };
        let mut signals = Vec::new();
        self.state().step(quotes.as_ref(), 0, &mut signals);
        listed(&signals, || Ok(time.clone()), py)
    }

    /// Evaluates the current key.
    fn evaluate<'py>(
        &self,
        index: &Bound<'py, PyAny>,
        multi_slice: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        // The slice knows its index.
        let _ = index;
        self.on_data(multi_slice)
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if overrides::is_one_of(name, &["evaluate", "on_data"]) {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        overrides::set(slf.as_any(), name, Some(value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        overrides::set(slf.as_any(), name, None)
    }
}

impl PyPairSpread {
    /// Whether a method was replaced on this very object.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Relaxed)
    }

    /// The strategy, to be locked when it runs.
    pub fn strategy(&self) -> &Mutex<PairSpread> {
        &self.strategy
    }

    /// The strategy itself, to be run without Python.
    pub fn state(&self) -> MutexGuard<'_, PairSpread> {
        self.strategy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew with all keys before this one.
    fn catch_up(
        &self,
        index: usize,
        multi_slice: &Bound<'_, PyAny>,
        views: &[Bound<'_, PyAny>; 2],
    ) -> PyResult<()> {
        let py = multi_slice.py();
        let name = multi_slice.getattr(intern!(py, "primary_tf"))?;
        let columns = sides(
            |view, side| view.call_method1(intern!(py, "series_ref"), (&name, side)),
            views,
        )?;
        let mut before = Vec::new();
        for key in 0..index {
            before.extend(quotes_of(
                columns.iter().map(|series| series.get_item(key)),
            )?);
        }
        self.state().begin(index, before);
        Ok(())
    }
}

/// Asks both views for both sides.
fn sides<'py>(
    ask: impl Fn(&Bound<'py, PyAny>, &str) -> PyResult<Bound<'py, PyAny>>,
    views: &[Bound<'py, PyAny>; 2],
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut found = Vec::with_capacity(4);
    for view in views {
        for side in ["bid", "ask"] {
            found.push(ask(view, side)?);
        }
    }
    Ok(found)
}

/// The candles of a key, if all are there.
fn quotes_of<'py>(
    values: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
) -> PyResult<Option<Quotes>> {
    let mut found = Vec::with_capacity(4);
    for value in values {
        match candle(&value?)? {
            Some(candle) => found.push(candle),
            None => return Ok(None),
        }
    }
    Ok(found.try_into().ok())
}
