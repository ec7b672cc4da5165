//! The object users hold for a waiting order or position: one for each, for its whole life.

use std::sync::{Arc, OnceLock};

use fillproof_engine::core::Core;
use fillproof_engine::errors::ErrorCode;
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::positions::{Fill, FillAt, Level, Position, Reason, State};
use fillproof_engine::signals::{Direction, OrderType};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyString};

use crate::convert::{Place, number, to_datetime, to_time_us};
use crate::errors::{Fault, raise};
use crate::made::Made;
use crate::shared::Shared;

mod face;

/// What one lot of a user's own position gains per unit of price.
const OWN_UNIT_VALUE: f64 = 100_000.0;

/// The rule of a fill that no executor decided.
const NO_RULE: &str = "";

const FACE_FIELDS: [&str; 31] = [
    "order_id",
    "symbol",
    "direction",
    "order_type",
    "status",
    "is_closed",
    "entry_time",
    "trigger_time",
    "exit_time",
    "open_time",
    "close_time",
    "reference",
    "unit_value",
    "entry_price",
    "exit_price",
    "size",
    "risk_per_trade",
    "stop_loss",
    "take_profit",
    "initial_stop_loss",
    "initial_take_profit",
    "entry_fee",
    "exit_fee",
    "result",
    "net_result",
    "r_multiple",
    "reason",
    "entry_rule",
    "exit_rule",
    "ambiguous",
    "metadata",
];

/// A waiting order or position, one live object for its whole life (M2).
#[pyclass(
    frozen,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "PortfolioPosition"
)]
pub struct PyPosition {
    made: Made,
    shared: Arc<Shared>,
    slot: u32,
    metadata: OnceLock<Py<PyDict>>,
}

impl PyPosition {
    pub fn new(shared: Arc<Shared>, slot: u32, metadata: Option<Py<PyDict>>) -> Self {
        let held = OnceLock::new();
        if let Some(metadata) = metadata {
            // The lock is new, so it takes the value.
            let _ = held.set(metadata);
        }
        Self {
            made: Made::default(),
            shared,
            slot,
            metadata: held,
        }
    }

    /// The slot, if the position is one of this `Core`.
    pub fn slot_in(&self, shared: &Arc<Shared>) -> Option<u32> {
        Arc::ptr_eq(&self.shared, shared).then_some(self.slot)
    }

    /// Reads the record.
    pub fn read<R>(&self, read: impl FnOnce(&Position) -> R) -> R {
        self.shared
            .with(|core| read(&core.positions[self.slot as usize]))
    }

    fn write(&self, level: Level, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = to_level(value, level.as_str())?;
        self.shared
            .with(|core| core.write_level(self.slot, level, value))
            .map_err(raise)
    }

    fn time<'py>(
        py: Python<'py>,
        time_us: Option<i64>,
    ) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        time_us.map(|time_us| to_datetime(py, time_us)).transpose()
    }
}

/// Reads a stop or target: a finite number, or None for a level that is not there.
fn to_level(value: &Bound<'_, PyAny>, field: &str) -> PyResult<Option<f64>> {
    if value.is_none() {
        return Ok(None);
    }
    let Some(level) = number(value) else {
        return Err(Fault::new(ErrorCode::LevelType, field, value, "a price or None").into());
    };
    if !level.is_finite() {
        let code = ErrorCode::LevelNotFinite;
        return Err(Fault::new(code, field, value, "a finite price").into());
    }
    Ok(Some(level + 0.0))
}

fn to_number(value: &Bound<'_, PyAny>, field: &str, positive: bool) -> PyResult<f64> {
    let accepted = |x: &f64| x.is_finite() && if positive { *x > 0.0 } else { *x >= 0.0 };
    number(value)
        .filter(accepted)
        .map(|x| x + 0.0)
        .ok_or_else(|| {
            let expected = if positive {
                "a finite number > 0.0"
            } else {
                "a finite number >= 0.0"
            };
            Fault::new(ErrorCode::NumberInvalid, field, value, expected).into()
        })
}

fn to_choice(value: &Bound<'_, PyAny>, field: &str, options: [&str; 2]) -> PyResult<bool> {
    let found = value
        .cast::<PyString>()
        .ok()
        .map(|text| text.to_string_lossy().into_owned());
    match found {
        Some(text) if text == options[0] => Ok(true),
        Some(text) if text == options[1] => Ok(false),
        _ => {
            let expected = options.join(" or ");
            Err(Fault::new(ErrorCode::OptionUnknown, field, value, &expected).into())
        }
    }
}

#[pymethods]
impl PyPosition {
    #[new]
    #[pyo3(
        signature = (
            entry_time, direction, symbol, entry_price, stop_loss, take_profit, size,
            risk_per_trade=None, initial_stop_loss=None, initial_take_profit=None,
            order_type="market", status=None, entry_fee=None, metadata=None
        ),
        text_signature = "(entry_time, direction, symbol, entry_price, stop_loss, take_profit, \
            size, risk_per_trade=100.0, initial_stop_loss=None, initial_take_profit=None, \
            order_type='market', status='open', entry_fee=0.0, metadata=None)"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "the face's constructor has fourteen parameters"
    )]
    fn build(
        entry_time: &Bound<'_, PyAny>,
        direction: &Bound<'_, PyAny>,
        symbol: &str,
        entry_price: &Bound<'_, PyAny>,
        stop_loss: &Bound<'_, PyAny>,
        take_profit: &Bound<'_, PyAny>,
        size: &Bound<'_, PyAny>,
        risk_per_trade: Option<&Bound<'_, PyAny>>,
        initial_stop_loss: Option<&Bound<'_, PyAny>>,
        initial_take_profit: Option<&Bound<'_, PyAny>>,
        order_type: &str,
        status: Option<&Bound<'_, PyAny>>,
        entry_fee: Option<&Bound<'_, PyAny>>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = entry_time.py();
        let entry_time_us = to_time_us(entry_time, "entry_time", Place::default())?;
        let long = to_choice(direction, "direction", ["long", "short"])?;
        let pending = match status {
            Some(status) => to_choice(status, "status", ["pending", "open"])?,
            None => false,
        };
        let mut position = Position::new(
            0,
            symbol.into(),
            if long {
                Direction::Long
            } else {
                Direction::Short
            },
            OrderType::parse(order_type).map_err(raise)?,
            entry_time_us,
            to_number(entry_price, "entry_price", true)?,
            OWN_UNIT_VALUE,
            to_number(size, "size", true)?,
            to_level(initial_stop_loss.unwrap_or(stop_loss), "stop_loss")?,
            to_level(initial_take_profit.unwrap_or(take_profit), "take_profit")?,
            risk_per_trade.map_or(Ok(100.0), |value| to_number(value, "risk_per_trade", false))?,
            None,
        );
        position.stop_loss = to_level(stop_loss, "stop_loss")?;
        position.committed_stop_loss = position.stop_loss;
        position.take_profit = to_level(take_profit, "take_profit")?;
        position.committed_take_profit = position.take_profit;
        let fee = entry_fee.map_or(Ok(0.0), |value| to_number(value, "entry_fee", false))?;
        if !pending {
            position.state = State::Open(Fill {
                time_us: entry_time_us,
                at: FillAt::Close,
                price: position.reference,
                fee,
                rule: NO_RULE,
            });
        }
        let notes = PyDict::new(py);
        if let Some(metadata) = metadata {
            notes.call_method1("update", (metadata,))?;
        }
        let mut core = Core::new(Portfolio::new(0.0).map_err(raise)?);
        let slot = core.add_position(position);
        Ok(Self::new(Shared::new(core), slot, Some(notes.unbind())))
    }

    /// The signal's meta; a live dict.
    #[getter]
    fn metadata<'py>(&self, py: Python<'py>) -> Bound<'py, PyDict> {
        if let Some(dict) = self.metadata.get() {
            return dict.bind(py).clone();
        }
        // Made before it is set, since making it may run code that comes back here.
        let made = PyDict::new(py);
        let refused = self.metadata.set(made.clone().unbind());
        drop(refused);
        self.metadata
            .get()
            .map_or(made, |dict| dict.bind(py).clone())
    }

    /// Closes the position at a price; give it to portfolio.register_exit afterwards (M2).
    fn close(
        &self,
        time: &Bound<'_, PyAny>,
        price: &Bound<'_, PyAny>,
        reason: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let time_us = to_time_us(time, "time", Place::default())?;
        let Some(price) = to_level(price, "price")? else {
            return Err(Fault::new(ErrorCode::LevelType, "price", price, "a price").into());
        };
        let word = match reason.cast::<PyString>() {
            Ok(word) => word.to_string_lossy().into_owned(),
            Err(_) => String::new(),
        };
        self.shared
            .with(|core| core.close_position(self.slot, time_us, price, &word))
            .map_err(raise)
    }

    /// Returns the public fields by name.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let fields = PyDict::new(slf.py());
        for name in FACE_FIELDS {
            fields.set_item(name, slf.getattr(name)?)?;
        }
        Ok(fields)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let this = slf.get();
        let size = slf.getattr("size")?.repr()?;
        let entry_price = slf.getattr("entry_price")?.repr()?;
        Ok(format!(
            "PortfolioPosition(order_id={}, {} {} {}, {}, entry_price={})",
            this.order_id(),
            this.direction(),
            size.to_string_lossy(),
            this.read(|position| Arc::clone(&position.symbol)),
            this.status(),
            entry_price.to_string_lossy(),
        ))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.made.is_whole() {
            return Ok(());
        }
        match self.metadata.get() {
            Some(dict) => visit.call(dict),
            None => Ok(()),
        }
    }
}
