//! A sweep of built-in strategies, in threads and without Python.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use fillproof_engine::candle_checks::crossed_error;
use fillproof_engine::config::OnCrossed;
use fillproof_engine::errors::EngineError;
use fillproof_engine::expressions::tree::Tree;
use fillproof_engine::fast::sweep::{
    Candidate, Combination, EXACT, Maker, Row, Sweep, settings_of,
};
use fillproof_engine::slices::MultiCandleData;
use fillproof_engine::strategies::single::{Rules, SingleSymbol};
use fillproof_engine::summary::Figure;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::built_in::columns::PyColumnStrategy;
use crate::built_in::expressions::PyExpressionStrategy;
use crate::built_in::single::{PyBreakout, PyEmaAtr, PyEmaCross, PyZScoreReversion};
use crate::built_in::{Holds, locked};
use crate::checks::check;
use crate::convert::{Place, to_time_us};
use crate::engine::{complain_of_crossed, panicked};
use crate::errors::raise;
use crate::executor::PyExecutor;
use crate::native_loop::ShownCandles;
use crate::overrides;

/// What came of a sweep, row by row.
struct Done {
    rows: Vec<Option<Row>>,
    failed: Option<(usize, EngineError)>,
    interrupted: Option<PyErr>,
}

/// Runs one combination after the other in threads; None where one of them needs Python.
///
/// `strategies` are of our own classes, one for each combination; `config_of` says which of the
/// executors, each with a portfolio of ours, a combination is run with. `told` is called with the
/// number of rows done.
#[pyfunction]
#[pyo3(signature = (
    bid, ask, multi_candle_data, symbol, start, initial_balance, strategies, executors, config_of,
    workers, digests, told=None
))]
#[expect(
    clippy::too_many_arguments,
    reason = "as many as a run has, and those of a sweep"
)]
pub fn _sweep<'py>(
    bid: &Bound<'py, PyAny>,
    ask: &Bound<'py, PyAny>,
    multi_candle_data: &Bound<'py, PyAny>,
    symbol: &str,
    start: &Bound<'py, PyAny>,
    initial_balance: f64,
    strategies: &Bound<'py, PyList>,
    executors: Vec<Bound<'py, PyExecutor>>,
    config_of: Vec<usize>,
    workers: usize,
    digests: bool,
    told: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = bid.py();
    let (sides, crossed, first) = check(bid, ask, symbol)?;
    if let Some(first) = first
        && let (Some(bid), Some(ask)) = (sides.bid.get(first), sides.ask.get(first))
    {
        for executor in &executors {
            let error = crossed_error(&bid, &ask, first, symbol);
            let bars = (crossed, sides.bid.len());
            complain_of_crossed(executor.as_any(), symbol, bars, first, error)?;
        }
    }
    let place = Place {
        symbol: Some(symbol),
        ..Place::default()
    };
    let start_us = to_time_us(start, "start", place)?;
    let name: Arc<str> = symbol.into();
    let mut sweep = Sweep::new(
        &sides.bid,
        &sides.ask,
        &name,
        Some(start_us),
        // Crossed bars were dealt with before.
        OnCrossed::Warn,
        initial_balance,
    )
    .map_err(raise)?;
    sweep.digests = digests;
    for executor in &executors {
        let own = executor.get();
        let place = own.place()?;
        let shared = Arc::clone(&own.book()?.shared);
        let settings = shared.with(|core| settings_of(core, place));
        match settings.filter(|_| !own.is_replaced()) {
            Some(settings) => sweep.configs.push(settings),
            None => return Ok(None),
        }
    }
    let shown = ShownCandles {
        bid,
        ask,
        sides: &sides,
        data: multi_candle_data,
    };
    let mut known: Vec<Reads> = Vec::new();
    let mut combinations = Vec::with_capacity(strategies.len());
    for (strategy, config) in strategies.iter().zip(config_of) {
        let Some((candidate, reads)) = candidate(&strategy, &sweep)? else {
            return Ok(None);
        };
        let data = match known.iter().position(|known| *known == reads) {
            Some(place) => place,
            None => {
                let Some(data) = reads.of(&shown)? else {
                    return Ok(None);
                };
                sweep.datas.push(data);
                known.push(reads);
                known.len() - 1
            }
        };
        if config >= sweep.configs.len() {
            return Ok(None);
        }
        combinations.push(Combination {
            candidate,
            config,
            data,
        });
    }
    let guarded = catch_unwind(AssertUnwindSafe(|| {
        run(py, &sweep, &combinations, workers, told)
    }));
    let done = guarded.map_err(|payload| panicked(&*payload))?;
    to_python(py, done, digests).map(Some)
}

/// What a strategy reads of the candles.
enum Reads {
    /// Nothing but the bar itself.
    Bar,
    /// Both sides of a timeframe.
    Timeframe(String),
    /// The series that expressions name; shared by all with the same ones.
    Expressions(Arc<Tree>),
}

impl PartialEq for Reads {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bar, Self::Bar) => true,
            (Self::Timeframe(one), Self::Timeframe(other)) => one == other,
            (Self::Expressions(one), Self::Expressions(other)) => {
                one.timeframe == other.timeframe && one.series == other.series
            }
            _ => false,
        }
    }
}

/// A strategy of ours on which nothing was replaced, and what it reads.
fn candidate(strategy: &Bound<'_, PyAny>, sweep: &Sweep) -> PyResult<Option<(Candidate, Reads)>> {
    if let Ok(own) = strategy.cast_exact::<PyColumnStrategy>() {
        if overrides::in_dict(own.as_any(), &["evaluate", "on_data"])? {
            return Ok(None);
        }
        let mut columns = locked(own.get().strategy()).clone();
        let (start, total) = sweep.bars();
        // A run of its own says what is wrong with their number.
        let fits = columns.use_bars(start, total).is_ok();
        return Ok(fits.then(|| (Candidate::Other(Arc::new(columns)), Reads::Bar)));
    }
    if let Ok(own) = strategy.cast_exact::<PyExpressionStrategy>() {
        if overrides::in_dict(own.as_any(), &["evaluate", "on_data"])? {
            return Ok(None);
        }
        let made = locked(own.get().strategy()).clone();
        let reads = Reads::Expressions(Arc::clone(made.tree()));
        return Ok(Some((Candidate::Other(Arc::new(made)), reads)));
    }
    if let Ok(own) = strategy.cast_exact::<PyEmaCross>() {
        let made = state_of(own);
        return Ok(made.map(|(state, reads)| (Candidate::EmaCross(Box::new(state)), reads)));
    }
    if let Ok(own) = strategy.cast_exact::<PyEmaAtr>() {
        return Ok(other(own));
    }
    if let Ok(own) = strategy.cast_exact::<PyZScoreReversion>() {
        return Ok(other(own));
    }
    if let Ok(own) = strategy.cast_exact::<PyBreakout>() {
        return Ok(other(own));
    }
    Ok(None)
}

fn other<T: Holds>(own: &Bound<'_, T>) -> Option<(Candidate, Reads)>
where
    T::Rules: Clone,
    SingleSymbol<T::Rules>: Maker,
{
    let (state, reads) = state_of(own)?;
    Some((Candidate::Other(Arc::new(state)), reads))
}

fn state_of<T: Holds>(own: &Bound<'_, T>) -> Option<(SingleSymbol<T::Rules>, Reads)>
where
    T::Rules: Rules + Clone,
{
    let held = own.get().held();
    if held.is_replaced() {
        return None;
    }
    let state = held.state().clone();
    let reads = Reads::Timeframe(state.timeframe().to_owned());
    Some((state, reads))
}

impl Reads {
    /// What it is of some candles, where that needs no Python.
    fn of(&self, candles: &ShownCandles<'_, '_>) -> PyResult<Option<Arc<MultiCandleData>>> {
        match self {
            Self::Bar => Ok(Some(Arc::default())),
            Self::Timeframe(timeframe) => candles.timeframe(timeframe),
            Self::Expressions(tree) => candles.expressions(tree),
        }
    }
}

/// Runs the sweep; the thread of the interpreter looks at signals and tells how far it is.
fn run(
    py: Python<'_>,
    sweep: &Sweep,
    combinations: &[Combination],
    workers: usize,
    told: Option<&Bound<'_, PyAny>>,
) -> Done {
    let told = told.map(|told| told.clone().unbind());
    let mut done = Done {
        rows: vec![None; combinations.len()],
        failed: None,
        interrupted: None,
    };
    let mut count = 0_usize;
    let mut shown = std::time::Instant::now();
    py.detach(|| {
        sweep.run(combinations, workers, |row| {
            match row {
                Some((place, Ok(row))) => {
                    done.rows[place] = Some(row);
                    count += 1;
                }
                Some((place, Err(error)))
                    if done.failed.as_ref().is_none_or(|(known, _)| place < *known) =>
                {
                    done.failed = Some((place, error));
                }
                _ => {}
            }
            if shown.elapsed() < LOOK {
                return true;
            }
            shown = std::time::Instant::now();
            let looked = Python::attach(|py| {
                py.check_signals()?;
                match &told {
                    Some(told) => told.call1(py, (count,)).map(drop),
                    None => Ok(()),
                }
            });
            match looked {
                Ok(()) => true,
                Err(error) => {
                    done.interrupted = Some(error);
                    false
                }
            }
        });
    });
    done
}

/// How often signals are looked at.
const LOOK: std::time::Duration = std::time::Duration::from_millis(25);

/// The rows as columns: `done` says which there are; the others hold zeros.
fn to_python(py: Python<'_>, done: Done, digests: bool) -> PyResult<Bound<'_, PyDict>> {
    let made = PyDict::new(py);
    let rows = &done.rows;
    let present: Vec<bool> = rows.iter().map(Option::is_some).collect();
    made.set_item("done", PyArray1::from_vec(py, present))?;
    for (place, name) in EXACT.iter().enumerate() {
        let column = rows
            .iter()
            .map(|row| row.as_ref().map_or(0.0, |row| row.exact[place]));
        made.set_item(*name, PyArray1::from_vec(py, column.collect()))?;
    }
    if let Some(first) = rows.iter().flatten().next() {
        for (place, (name, figure)) in first.figures.iter().enumerate() {
            let values = rows
                .iter()
                .map(|row| row.as_ref().map(|row| row.figures[place].1));
            match figure {
                Figure::Count(_) => {
                    let counts = values.map(|value| match value {
                        Some(Figure::Count(count)) => i64::try_from(count).unwrap_or(i64::MAX),
                        _ => 0,
                    });
                    made.set_item(*name, PyArray1::from_vec(py, counts.collect()))?;
                }
                Figure::Number(_) => {
                    let numbers = values.map(|value| match value {
                        Some(Figure::Number(number)) => number,
                        _ => 0.0,
                    });
                    made.set_item(*name, PyArray1::from_vec(py, numbers.collect()))?;
                }
            }
        }
    }
    let stale = rows.iter().map(|row| {
        let stale = row.as_ref().map_or(0, |row| row.stale_rows);
        i64::try_from(stale).unwrap_or(i64::MAX)
    });
    made.set_item("stale_rows", PyArray1::from_vec(py, stale.collect()))?;
    if digests {
        let hashes = rows
            .iter()
            .map(|row| row.as_ref().and_then(|row| row.digest.as_deref()));
        made.set_item("digest", PyList::new(py, hashes.collect::<Vec<_>>())?)?;
    }
    let failed = done.failed.map(|(place, error)| (place, raise(error)));
    made.set_item(
        "failed",
        failed.map(|(place, error)| (place, error.into_value(py))),
    )?;
    let interrupted = done.interrupted.map(|error| error.into_value(py));
    made.set_item("interrupted", interrupted)?;
    Ok(made)
}
