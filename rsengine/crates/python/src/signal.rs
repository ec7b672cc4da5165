//! Signals as Python values: stored as given, read and checked when the executor takes them (S1).

use fillproof_engine::errors::ErrorCode;
use fillproof_engine::signals::{Direction, OrderType, TradeSignal};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping, PyString, PyTuple};

use crate::convert::{Place, number};
use crate::values::value_methods;

mod normalise;
mod options;

pub use self::normalise::{SignalBar, normalise};
use self::options::Options;

const SIGNAL_FIELDS: [&str; 10] = [
    "direction",
    "entry_price",
    "stop_loss",
    "take_profit",
    "symbol",
    "timestamp",
    "type",
    "reason",
    "scenario",
    "meta",
];
const RAW_KEYS: [&str; 11] = [
    "direction",
    "entry",
    "sl",
    "tp",
    "symbol",
    "type",
    "reason",
    "tags",
    "scenario",
    "meta",
    "metadata",
];

/// An order as a strategy wants it, normalised; stored as given, checked by the executor.
#[pyclass(
    frozen,
    immutable_type,
    module = "rsengine",
    name = "TradeSignal",
    get_all
)]
pub struct PyTradeSignal {
    direction: Py<PyAny>,
    entry_price: Py<PyAny>,
    stop_loss: Py<PyAny>,
    take_profit: Py<PyAny>,
    symbol: Py<PyAny>,
    timestamp: Py<PyAny>,
    r#type: Py<PyAny>,
    reason: Py<PyAny>,
    tags: Py<PyTuple>,
    scenario: Py<PyAny>,
    meta: Py<PyDict>,
}

#[pymethods]
impl PyTradeSignal {
    #[new]
    #[pyo3(
        signature = (
            direction, entry_price, stop_loss, take_profit, symbol, timestamp, r#type=None,
            reason=None, tags=None, scenario=None, meta=None
        ),
        text_signature = "(direction, entry_price, stop_loss, take_profit, symbol, timestamp, \
            type='market', reason=None, tags=(), scenario=None, meta=None)"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has eleven parameters"
    )]
    fn new(
        py: Python<'_>,
        direction: Py<PyAny>,
        entry_price: Py<PyAny>,
        stop_loss: Py<PyAny>,
        take_profit: Py<PyAny>,
        symbol: Py<PyAny>,
        timestamp: Py<PyAny>,
        r#type: Option<Py<PyAny>>,
        reason: Option<Py<PyAny>>,
        tags: Option<Bound<'_, PyAny>>,
        scenario: Option<Py<PyAny>>,
        meta: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let tags = match tags {
            None => PyTuple::empty(py),
            Some(word) if word.is_instance_of::<PyString>() => PyTuple::new(py, [word])?,
            Some(tags) => PyTuple::new(py, tags.try_iter()?.collect::<PyResult<Vec<_>>>()?)?,
        };
        let notes = PyDict::new(py);
        if let Some(meta) = meta {
            notes.call_method1(intern!(py, "update"), (meta,))?;
        }
        let none = || py.None();
        Ok(Self {
            direction,
            entry_price,
            stop_loss,
            take_profit,
            symbol,
            timestamp,
            r#type: r#type.unwrap_or_else(|| intern!(py, "market").clone().into_any().unbind()),
            reason: reason.unwrap_or_else(none),
            tags: tags.unbind(),
            scenario: scenario.unwrap_or_else(none),
            meta: notes.unbind(),
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        for object in [
            &self.direction,
            &self.entry_price,
            &self.stop_loss,
            &self.take_profit,
            &self.symbol,
            &self.timestamp,
            &self.r#type,
            &self.reason,
            &self.scenario,
        ] {
            visit.call(object)?;
        }
        visit.call(&self.tags)?;
        visit.call(&self.meta)
    }
}

value_methods!(
    PyTradeSignal,
    "TradeSignal",
    [
        "direction",
        "entry_price",
        "stop_loss",
        "take_profit",
        "symbol",
        "timestamp",
        "type",
        "reason",
        "tags",
        "scenario",
        "meta"
    ],
    hash_of ["direction", "symbol", "timestamp", "stop_loss", "take_profit"]
);

/// Tells whether a value can be read as a signal, whichever backend made it.
pub fn is_signal(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if value.is_exact_instance_of::<PyTradeSignal>() {
        return Ok(true);
    }
    for name in SIGNAL_FIELDS {
        if !value.hasattr(name)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A signal of the engine's own, as Python sees it.
pub fn to_python<'py>(
    py: Python<'py>,
    signal: &TradeSignal,
    timestamp: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let meta = own_notes(py, signal.max_bars, signal.oco.as_deref())?;
    let arguments = (
        signal.direction.as_str(),
        signal.entry_price,
        signal.stop_loss,
        signal.take_profit,
        &*signal.symbol,
        timestamp,
        signal.order_type.as_str(),
        signal.reason.as_deref(),
        PyTuple::empty(py),
        py.None(),
        meta,
    );
    py.get_type::<PyTradeSignal>().call1(arguments)
}

/// What a strategy of the engine's own writes into the notes of its signals.
pub fn own_notes<'py>(
    py: Python<'py>,
    max_bars: Option<u64>,
    oco: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let notes = PyDict::new(py);
    if let Some(max_bars) = max_bars {
        notes.set_item(intern!(py, "max_bars"), max_bars)?;
    }
    if let Some(oco) = oco {
        notes.set_item(intern!(py, "oco"), oco)?;
    }
    Ok(notes)
}

/// A field of a signal: of one of ours as it lies there, of any other as it shows it.
fn field<'py>(
    signal: &Bound<'py, PyAny>,
    own: Option<&PyTradeSignal>,
    name: &Bound<'py, PyString>,
    of: fn(&PyTradeSignal) -> &Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match own {
        Some(own) => Ok(of(own).bind(signal.py()).clone()),
        None => signal.getattr(name),
    }
}

/// Reads a signal of any backend for the engine, or says what is wrong with it (S1).
pub fn check_signal<'py>(signal: &Bound<'py, PyAny>) -> PyResult<TradeSignal> {
    let py = signal.py();
    let mut place = Place::default();
    let misunderstood = |place: Place<'_>, field: &str, value: &Bound<'_, PyAny>, expected| {
        PyErr::from(place.fault(ErrorCode::SignalNotUnderstood, field, value, expected))
    };
    if !is_signal(signal)? {
        return Err(misunderstood(place, "signal", signal, "a TradeSignal"));
    }
    let own = signal.cast_exact::<PyTradeSignal>().ok();
    let own = own.map(|own| own.get());
    let symbol = field(signal, own, intern!(py, "symbol"), |own| &own.symbol)?;
    let Ok(name) = symbol.cast::<PyString>() else {
        return Err(misunderstood(place, "symbol", &symbol, "a name"));
    };
    let name = name.to_string_lossy();
    place.symbol = Some(&name);
    let given = field(signal, own, intern!(py, "direction"), |own| &own.direction)?;
    let direction = match given.extract::<&str>() {
        Ok("long") => Direction::Long,
        Ok("short") => Direction::Short,
        _ => {
            let code = ErrorCode::DirectionUnknown;
            return Err(place
                .fault(code, "direction", &given, "long or short")
                .into());
        }
    };
    let given = field(signal, own, intern!(py, "type"), |own| &own.r#type)?;
    let order_type = given
        .extract::<&str>()
        .ok()
        .and_then(|word| OrderType::parse(word).ok());
    let Some(order_type) = order_type else {
        return Err(place
            .fault(
                ErrorCode::TypeUnknown,
                "type",
                &given,
                "market, limit, stop",
            )
            .into());
    };
    let level = |name: &Bound<'py, PyString>, of| {
        let value = field(signal, own, name, of)?;
        if value.is_none() {
            return Ok(None);
        }
        let read = number(&value).map(Some);
        read.ok_or_else(|| misunderstood(place, &name.to_string_lossy(), &value, "a price or None"))
    };
    let entry_price = level(intern!(py, "entry_price"), |own| &own.entry_price)?;
    let stop_loss = level(intern!(py, "stop_loss"), |own| &own.stop_loss)?;
    let take_profit = level(intern!(py, "take_profit"), |own| &own.take_profit)?;
    // Whether the entry is there and finite is the engine's to check.
    let meta = match own {
        Some(own) => own.meta.bind(py).clone().into_any(),
        None => signal.getattr(intern!(py, "meta"))?,
    };
    let is_readable =
        entry_price.is_some_and(f64::is_finite) || (entry_price.is_none() && !order_type.waits());
    let options = if is_readable && meta.is_truthy()? {
        Options::read(&meta, place)?
    } else {
        Options::default()
    };
    Ok(TradeSignal {
        direction,
        entry_price,
        stop_loss,
        take_profit,
        symbol: (&*name).into(),
        // The executor goes by the bar it was shown last.
        timestamp_us: 0,
        order_type,
        expires_at_us: options.expires_at_us,
        max_bars: options.max_bars,
        oco: options.oco,
        reason: None,
        tags: Vec::new(),
        scenario: None,
    })
}

/// The notes of a signal as the position it may become keeps them.
pub fn notes<'py>(signal: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = signal.py();
    let meta = signal.getattr(intern!(py, "meta"))?;
    if !meta.is_truthy()? {
        return Ok(None);
    }
    let notes = PyDict::new(py);
    notes.call_method1(intern!(py, "update"), (meta,))?;
    Ok(Some(notes))
}
