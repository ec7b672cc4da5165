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
use pyo3::types::{PyDateTime, PyDict, PyString, PyTuple};

use crate::book::{Book, BookRef};
use crate::convert::{Place, number, to_datetime, to_time_us};
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::made::Made;
use crate::mark::PyMark;
use crate::shared::Shared;
use crate::signal::own_notes;

mod face;

/// What one lot of a user's own position gains per unit of price.
const OWN_UNIT_VALUE: f64 = 100_000.0;

/// The rule of a fill that no executor decided.
const NO_RULE: &str = "";

const FACE_FIELDS: [&str; 37] = [
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
    "initial_size",
    "part",
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
    "expires_at",
    "max_bars",
    "oco",
    "ambiguous",
    "marks",
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
    /// Where the objects of its `Core` are; none for a position of the user's own.
    book: Option<BookRef>,
}

impl PyPosition {
    pub fn new(
        shared: Arc<Shared>,
        slot: u32,
        metadata: Option<Py<PyDict>>,
        book: Option<BookRef>,
    ) -> Self {
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
            book,
        }
    }

    /// The slot, if the position is one of this `Core`.
    pub fn slot_in(&self, shared: &Arc<Shared>) -> Option<u32> {
        Arc::ptr_eq(&self.shared, shared).then_some(self.slot)
    }

    /// Where the record is: the state of its `Core`, and the slot there.
    pub fn place_in(&self) -> (&Arc<Shared>, u32) {
        (&self.shared, self.slot)
    }

    /// The objects of its `Core`, if they are still there.
    pub fn book<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Book>> {
        self.book.as_ref().and_then(|book| book.upgrade(py))
    }

    /// Whether another object is a part of this position.
    pub fn is_whole_of(&self, part: &Self) -> bool {
        let of = |record: &Position| (record.order_id, record.owner, record.part != 0);
        Arc::ptr_eq(&self.shared, &part.shared) && {
            let ((id, owner, is_part), (part_id, part_owner, _)) = (self.read(of), part.read(of));
            !is_part && id == part_id && owner == part_owner
        }
    }

    /// Reads the record.
    pub fn read<R>(&self, read: impl FnOnce(&Position) -> R) -> R {
        self.shared
            .read_settled(|core| read(&core.positions[self.slot as usize]))
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
pub fn to_level(value: &Bound<'_, PyAny>, field: &str) -> PyResult<Option<f64>> {
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

/// Reads what `close` and `close_part` are given.
fn to_closing(
    time: &Bound<'_, PyAny>,
    price: &Bound<'_, PyAny>,
    reason: Option<&Bound<'_, PyAny>>,
) -> PyResult<(i64, f64, String)> {
    let time_us = to_time_us(time, "time", Place::default())?;
    let Some(price) = to_level(price, "price")? else {
        return Err(Fault::new(ErrorCode::LevelType, "price", price, "a price").into());
    };
    let word = match reason.map(|reason| reason.cast::<PyString>()) {
        None => Reason::PartialExit.as_str().to_owned(),
        Some(Ok(word)) => word.to_string_lossy().into_owned(),
        Some(Err(_)) => String::new(),
    };
    Ok((time_us, price, word))
}

#[pymethods]
impl PyPosition {
    #[new]
    #[pyo3(
        signature = (
            entry_time, direction, symbol, entry_price, stop_loss, take_profit, size,
            risk_per_trade=Given::ABSENT, initial_stop_loss=None, initial_take_profit=None,
            order_type="market", status=Given::ABSENT, entry_fee=Given::ABSENT, metadata=None
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
        risk_per_trade: Given<'_>,
        initial_stop_loss: Option<&Bound<'_, PyAny>>,
        initial_take_profit: Option<&Bound<'_, PyAny>>,
        order_type: &str,
        status: Given<'_>,
        entry_fee: Given<'_>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let py = entry_time.py();
        let entry_time_us = to_time_us(entry_time, "entry_time", Place::default())?;
        let long = to_choice(direction, "direction", ["long", "short"])?;
        let or = |value: &Given<'_>, field, default| {
            let given = value.get();
            given.map_or(Ok(default), |value| to_number(value, field, false))
        };
        let pending = match status.get() {
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
            or(&risk_per_trade, "risk_per_trade", 100.0)?,
            None,
        );
        position.stop_loss = to_level(stop_loss, "stop_loss")?;
        position.committed_stop_loss = position.stop_loss;
        position.take_profit = to_level(take_profit, "take_profit")?;
        position.committed_take_profit = position.take_profit;
        let fee = or(&entry_fee, "entry_fee", 0.0)?;
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
        let shared = Shared::new(core);
        Ok(Self::new(shared, slot, Some(notes.unbind()), None))
    }

    /// The signal's meta; a live dict.
    #[getter]
    pub fn metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        if let Some(dict) = self.metadata.get() {
            return Ok(dict.bind(py).clone());
        }
        // A signal of Python's has left its notes here; one of a native strategy has none.
        let (max_bars, oco) = self.read(|position| (position.max_bars(), position.oco().cloned()));
        // Made before it is set, since making it may run code that comes back here.
        let made = own_notes(py, max_bars, oco.as_deref())?;
        let refused = self.metadata.set(made.clone().unbind());
        drop(refused);
        let kept = self.metadata.get();
        Ok(kept.map_or(made, |dict| dict.bind(py).clone()))
    }

    /// Closes the position at a price; give it to portfolio.register_exit afterwards (M2).
    fn close(
        &self,
        time: &Bound<'_, PyAny>,
        price: &Bound<'_, PyAny>,
        reason: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (time_us, price, word) = to_closing(time, price, Some(reason))?;
        self.shared
            .with(|core| core.close_position(self.slot, time_us, price, &word))
            .map_err(raise)
    }

    /// Closes a part at a price and returns it; give it to portfolio.register_exit (M2).
    #[pyo3(
        signature = (time, price, size, reason=Given::ABSENT),
        text_signature = "($self, time, price, size, reason='partial_exit')"
    )]
    fn close_part<'py>(
        slf: &Bound<'py, Self>,
        time: &Bound<'py, PyAny>,
        price: &Bound<'py, PyAny>,
        size: &Bound<'py, PyAny>,
        reason: Given<'py>,
    ) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let this = slf.get();
        let (time_us, price, word) = to_closing(time, price, reason.get())?;
        // A size that is no number is refused after what stands against the close itself.
        let lots = number(size).unwrap_or(f64::NAN);
        let closed = this
            .shared
            .with(|core| core.close_part(this.slot, time_us, price, lots, &word));
        let slot = closed
            .map_err(raise)?
            .expect("the position is of this core");
        if let Some(book) = this.book.as_ref().and_then(|book| book.upgrade(py)) {
            return book.get().position(py, slot);
        }
        let notes = this.metadata(py)?.copy()?.unbind();
        let part = Self::new(Arc::clone(&this.shared), slot, Some(notes), None);
        Bound::new(py, part)
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
            this.direction(slf.py()),
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
