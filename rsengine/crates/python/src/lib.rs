//! Lets Python run `fillproof-engine`: converts, calls, converts back.
//!
//! Read `engine` first, then `native_loop`, `generic_loop` and `shared`. The engine's state lies
//! behind one lock; the objects that Python holds are handles on it.

#![expect(
    missing_debug_implementations,
    reason = "what Python holds shows itself by its repr"
)]

mod aligned;
mod atr;
mod book;
mod build;
mod built_in;
mod call;
mod candle;
mod candles;
mod checks;
mod columns;
mod config;
mod convert;
mod cross;
mod direct;
mod ema;
mod engine;
mod errors;
mod executor;
mod generic_loop;
mod gil_cell;
mod given;
mod indicators;
mod later;
mod lower;
mod made;
mod manager;
mod mark;
mod memory;
mod multi_slice;
mod native_loop;
mod overrides;
mod portfolio;
mod position;
mod progress;
mod rates;
mod rejection;
mod restoring;
pub mod rust_strategy;
mod sequence;
mod series_view;
mod shape;
mod shared;
mod signal;
mod slice;
mod state;
mod strategy;
mod sweep;
mod symbol_view;
mod tracer;
mod values;

pub use rust_strategy::register;

/// The module of a backend, as Python would import it.
fn backend(py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Bound<'_, pyo3::types::PyModule>> {
    Ok(pyo3::wrap_pymodule!(_rsengine)(py).into_bound(py))
}

/// The compiled half of the package `rsengine`.
// The interpreter's lock is relied on: numpy's memory is read without one of our own.
#[pyo3::pymodule(gil_used = true)]
mod _rsengine {
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::direct::install(module.py())
    }

    #[pymodule_export]
    use crate::aligned::PyAligned;
    #[pymodule_export]
    use crate::atr::PyAtr;
    #[pymodule_export]
    use crate::build::{_panic, build_info};
    #[pymodule_export]
    use crate::built_in::columns::PyColumnStrategy;
    #[pymodule_export]
    use crate::built_in::cross_columns::PyCrossColumnStrategy;
    #[pymodule_export]
    use crate::built_in::expressions::PyExpressionStrategy;
    #[pymodule_export]
    use crate::built_in::pair::PyPairSpread;
    #[pymodule_export]
    use crate::built_in::single::{PyBreakout, PyEmaAtr, PyEmaCross, PyZScoreReversion};
    #[pymodule_export]
    use crate::candle::PyCandle;
    #[pymodule_export]
    use crate::candles::PyCandles;
    #[pymodule_export]
    use crate::config::{
        PyExecutionPolicy, PyFeeModel, PyFixedLots, PyMargin, PyRiskAmount, PyRiskFraction,
        PySession, PySlippageModel, PySymbolSpec,
    };
    #[pymodule_export]
    use crate::cross::PyCrossSymbolEventEngine;
    #[pymodule_export]
    use crate::ema::{PyEma, ema};
    #[pymodule_export]
    use crate::engine::PyEventEngine;
    #[pymodule_export]
    use crate::executor::PyExecutor;
    #[pymodule_export]
    use crate::indicators::batch::{PyIndicatorBatch, precompute_indicators};
    #[pymodule_export]
    use crate::indicators::cache::PyIndicatorCache;
    #[pymodule_export]
    use crate::indicators::streams::{
        PyBollinger, PyChoppiness, PyDmi, PyGarch, PyKalmanGarchZscore, PyKalmanMean,
        PyKalmanZscore, PyMacd, PyRoc, PyRsi, PySma, PyZscore,
    };
    #[pymodule_export]
    use crate::manager::{PyBreakEven, PyPartial, PyPositionManager, PyTrailing};
    #[pymodule_export]
    use crate::mark::PyMark;
    #[pymodule_export]
    use crate::memory::release_memory;
    #[pymodule_export]
    use crate::multi_slice::PyMultiSymbolSlice;
    #[pymodule_export]
    use crate::portfolio::PyPortfolio;
    #[pymodule_export]
    use crate::position::PyPosition;
    #[pymodule_export]
    use crate::rates::{PyRateSeries, PyRates};
    #[pymodule_export]
    use crate::rejection::PyRejection;
    #[pymodule_export]
    use crate::series_view::PySeriesView;
    #[pymodule_export]
    use crate::signal::PyTradeSignal;
    #[pymodule_export]
    use crate::slice::PySlice;
    #[pymodule_export]
    use crate::strategy::PyStrategyWrapper;
    #[pymodule_export]
    use crate::sweep::_sweep;
    #[pymodule_export]
    use crate::symbol_view::PySymbolView;
    #[pymodule_export]
    use crate::tracer::PyTracer;
}
