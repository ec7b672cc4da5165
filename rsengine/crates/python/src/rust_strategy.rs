//! A user's own strategies, written in Rust against the engine's trait and held by Python.
//!
//! A module of the user's links this crate, calls [`register`] and adds the classes that
//! [`strategy_class!`](crate::strategy_class) makes; it then is a whole backend with strategies.

use std::fmt;
use std::sync::{Arc, Mutex};

use fillproof_engine::aligned::{ABSENT, AlignedCandles};
use fillproof_engine::candles::{Candle, CandleColumns};
use fillproof_engine::errors::{EngineError, ErrorCode};
use fillproof_engine::slices::{MultiCandleData, Series, SymbolDataSlice};
use fillproof_engine::strategy::Strategy;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::aligned::PyAligned;
use crate::built_in::{first_of, listed, locked};
use crate::candles::PyCandles;
use crate::convert::{Place, to_candle};
use crate::errors::{Fault, raise};
use crate::overrides;
use crate::slice::PySlice;

/// Name of the module that this copy of the engine was compiled into.
static MODULE: PyOnceLock<Py<PyString>> = PyOnceLock::new();

/// Puts all that a backend offers into a module of the user's.
///
/// # Errors
/// What Python raises.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    for (name, value) in crate::backend(py)?.dict() {
        if !name.cast::<PyString>()?.to_string_lossy().starts_with('_') {
            module.add(name.cast::<PyString>()?, value)?;
        }
    }
    let sequence = py.import(intern!(py, "collections.abc"))?;
    let sequence = sequence.getattr(intern!(py, "Sequence"))?;
    for name in ["AlignedCandles", "Candles", "SeriesView"] {
        sequence.call_method1(intern!(py, "register"), (module.getattr(name)?,))?;
    }
    module.add_class::<RustStrategy>()?;
    set_module(module)
}

/// Notes which module this copy of the engine is, the first time it is told.
pub fn set_module(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let name = module.name()?;
    MODULE.get_or_init(module.py(), || name.unbind());
    Ok(())
}

/// The module that this copy of the engine was compiled into.
pub fn module(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    match MODULE.get(py) {
        Some(name) => py.import(name.bind(py)),
        None => py.import(intern!(py, "rsengine._rsengine")),
    }
}

/// What the classes of a user's strategies have in common; runs without Python where it can.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    module = "rsengine",
    name = "RustStrategy"
)]
pub struct RustStrategy {
    strategy: Mutex<Box<dyn Strategy + Send>>,
    // The slice of a run that Python drives, and the same for the engine.
    shown: Mutex<Option<(Py<PySlice>, SymbolDataSlice)>>,
}

impl fmt::Debug for RustStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RustStrategy").finish_non_exhaustive()
    }
}

impl RustStrategy {
    /// Holds a strategy.
    #[must_use]
    pub fn new(strategy: Box<dyn Strategy + Send>) -> Self {
        Self {
            strategy: Mutex::new(strategy),
            shown: Mutex::new(None),
        }
    }

    /// The strategy itself, to be run without Python.
    pub(crate) fn strategy(&self) -> &Mutex<Box<dyn Strategy + Send>> {
        &self.strategy
    }

    /// Whether a method was replaced, on this object or by a class of Python's.
    pub(crate) fn is_replaced(this: &Bound<'_, Self>) -> PyResult<bool> {
        let names = ["evaluate", "on_data"];
        if overrides::in_dict(this.as_any(), &names)? {
            return Ok(true);
        }
        let (own, base) = (this.get_type(), this.py().get_type::<Self>());
        for name in names {
            if !own.getattr(name)?.is(&base.getattr(name)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[pymethods]
impl RustStrategy {
    /// Name of the module that is the backend of this strategy.
    #[getter(__fillproof_backend__)]
    fn backend<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        module(py)?.name()
    }

    /// Takes the first bar that a run evaluates and the number of its bars, from the engine.
    fn use_bars(&self, start: usize, total: usize) -> PyResult<()> {
        let told = locked(&self.strategy).use_bars(start, total);
        told.map_err(raise)
    }

    /// Returns the signals of the current bar of the first symbol.
    fn on_data<'py>(&self, slice_map: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        match first_of(slice_map)? {
            Some(view) => self.decide(&view),
            None => Ok(None),
        }
    }

    /// Returns the signals of the current bar of the first symbol.
    fn evaluate<'py>(
        &self,
        index: &Bound<'py, PyAny>,
        slice_map: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        // The slice knows its index.
        let _ = index;
        self.on_data(slice_map)
    }
}

impl RustStrategy {
    fn decide<'py>(&self, view: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        let py = view.py();
        let Ok(own) = view.cast::<PySlice>() else {
            let module = module(py)?.name()?;
            let expected = format!("a slice of {module}, the module that it was compiled into");
            return Err(Fault::new(ErrorCode::StrategyInvalid, "slice", view, &expected).into());
        };
        let known = locked(&self.shown).take();
        let mut slice = match known {
            Some((shown, slice)) if shown.is(own) => slice,
            _ => own.get().for_engine(py)?,
        };
        own.get().move_engine(&mut slice)?;
        let mut signals = Vec::new();
        let decided = locked(&self.strategy).evaluate(slice.index(), &slice, &mut signals);
        *locked(&self.shown) = Some((own.clone().unbind(), slice));
        decided.map_err(raise)?;
        let timestamp = || match own.as_any().getattr(intern!(py, "bid"))? {
            bid if bid.is_none() => Ok(bid),
            bid => bid.getattr(intern!(py, "timestamp")),
        };
        listed(&signals, timestamp, py)
    }
}

/// All series of a mapping of timeframes to sides, read once for the engine.
pub fn read_data(
    data: &Bound<'_, PyAny>,
    known: &[(&Bound<'_, PyAny>, &Arc<CandleColumns>)],
) -> PyResult<Arc<MultiCandleData>> {
    let py = data.py();
    let mut series = Vec::new();
    for item in data.call_method0(intern!(py, "items"))?.try_iter()? {
        let (timeframe, sides): (String, Bound<'_, PyAny>) = item?.extract()?;
        for item in sides.call_method0(intern!(py, "items"))?.try_iter()? {
            let (side, candles): (String, Bound<'_, PyAny>) = item?.extract()?;
            series.push(Series {
                timeframe: timeframe.as_str().into(),
                candles: read_series(&candles, &side, known)?,
                side: side.into(),
            });
        }
    }
    Ok(Arc::new(MultiCandleData { series }))
}

fn read_series(
    candles: &Bound<'_, PyAny>,
    side: &str,
    known: &[(&Bound<'_, PyAny>, &Arc<CandleColumns>)],
) -> PyResult<AlignedCandles> {
    if let Some((_, columns)) = known.iter().find(|(own, _)| candles.is(*own)) {
        return Ok(Arc::clone(columns).into());
    }
    if let Ok(own) = candles.cast::<PyCandles>() {
        return Ok(Arc::clone(&own.get().columns).into());
    }
    if let Ok(aligned) = candles.cast::<PyAligned>()
        && let Some(columns) = aligned.get().columns()
    {
        return Ok(columns);
    }
    let (mut read, mut rows): (Vec<Candle>, Vec<u32>) = (Vec::new(), Vec::new());
    for (bar, candle) in candles.try_iter()?.enumerate() {
        let candle = candle?;
        if candle.is_none() {
            rows.push(ABSENT);
            continue;
        }
        rows.push(u32::try_from(read.len()).unwrap_or(ABSENT));
        let place = Place {
            side,
            bar: Some(bar),
            symbol: None,
        };
        read.push(to_candle(&candle, place)?);
    }
    let columns = Arc::new(CandleColumns::from_candles(&read));
    Ok(AlignedCandles::new(columns, rows.into()))
}

/// Makes the exception of an error of the engine.
#[must_use]
pub fn to_exception(error: EngineError) -> PyErr {
    raise(error)
}

/// The values of the named attributes, in order.
fn values<'py>(this: &Bound<'py, PyAny>, names: &[&str]) -> PyResult<Bound<'py, PyTuple>> {
    let read = names.iter().map(|name| this.getattr(*name));
    PyTuple::new(this.py(), read.collect::<PyResult<Vec<_>>>()?)
}

/// Shows a strategy as the call that makes it.
///
/// # Errors
/// What Python raises.
pub fn repr(this: &Bound<'_, PyAny>, names: &[&str]) -> PyResult<String> {
    let mut parts = Vec::with_capacity(names.len());
    for (name, value) in names.iter().zip(values(this, names)?.iter()) {
        parts.push(format!("{name}={}", value.repr()?.to_string_lossy()));
    }
    Ok(format!("{}({})", this.get_type().name()?, parts.join(", ")))
}

/// Tells whether two strategies are of one class and have the same settings.
///
/// # Errors
/// What Python raises.
pub fn equal(this: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>, names: &[&str]) -> PyResult<bool> {
    Ok(this.get_type().is(other.get_type()) && values(this, names)?.eq(values(other, names)?)?)
}

/// Hashes class and settings.
///
/// # Errors
/// What Python raises.
pub fn hash(this: &Bound<'_, PyAny>, names: &[&str]) -> PyResult<isize> {
    values(this, names)?.hash()
}

/// Pickles as the class and its settings, with what a user has put on the object.
///
/// # Errors
/// What Python raises.
pub fn reduce<'py>(this: &Bound<'py, PyAny>, names: &[&str]) -> PyResult<Bound<'py, PyTuple>> {
    let py = this.py();
    let kept = this.getattr(intern!(py, "__dict__"))?;
    let kept = match kept.cast::<PyDict>() {
        Ok(dict) if !dict.is_empty() => kept,
        _ => py.None().into_bound(py),
    };
    let settings = values(this, names)?.into_any();
    PyTuple::new(py, [this.get_type().into_any(), settings, kept])
}

/// Makes a Python class of a strategy: its settings are read, compared, shown and pickled.
///
/// `make` takes the settings in order and returns the strategy, or an error of the engine.
#[macro_export]
macro_rules! strategy_class {
    (
        $(#[$about:meta])*
        $class:ident in $module:literal {
            $($setting:ident: $kind:ty = $default:expr),+ $(,)?
        }
        make $make:expr
    ) => {
        $(#[$about])*
        #[pyo3::pyclass(
            frozen,
            subclass,
            extends = $crate::rust_strategy::RustStrategy,
            module = $module
        )]
        #[derive(Debug)]
        pub struct $class {
            $(#[pyo3(get)] $setting: $kind),+
        }

        #[pyo3::pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = ($($setting = $default),+))]
            fn new($($setting: $kind),+) -> pyo3::PyResult<pyo3::PyClassInitializer<Self>> {
                let made = ($make)($($setting.clone()),+);
                let made = made.map_err($crate::rust_strategy::to_exception)?;
                let held = $crate::rust_strategy::RustStrategy::new(Box::new(made));
                Ok(pyo3::PyClassInitializer::from(held).add_subclass(Self { $($setting),+ }))
            }

            fn __repr__(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<String> {
                $crate::rust_strategy::repr(slf.as_any(), &[$(stringify!($setting)),+])
            }

            fn __eq__(
                slf: &pyo3::Bound<'_, Self>,
                other: &pyo3::Bound<'_, pyo3::PyAny>,
            ) -> pyo3::PyResult<bool> {
                $crate::rust_strategy::equal(slf.as_any(), other, &[$(stringify!($setting)),+])
            }

            fn __hash__(slf: &pyo3::Bound<'_, Self>) -> pyo3::PyResult<isize> {
                $crate::rust_strategy::hash(slf.as_any(), &[$(stringify!($setting)),+])
            }

            fn __reduce__<'py>(
                slf: &pyo3::Bound<'py, Self>,
            ) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyTuple>> {
                $crate::rust_strategy::reduce(slf.as_any(), &[$(stringify!($setting)),+])
            }
        }
    };
}
