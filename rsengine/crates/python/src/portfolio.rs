//! The account as a Python object: a handle on the portfolio of one `Core`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use fillproof_engine::candles::Candle;
use fillproof_engine::core::Core;
use fillproof_engine::errors::{ErrorCode, float_text};
use fillproof_engine::holdings::{EntryNumbers, EquityRows, ExitNumbers, Holding};
use fillproof_engine::portfolio::Portfolio;
use fillproof_engine::positions::Position;
use fillproof_engine::summary::Figure;
use pyo3::PyTraverseError;
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyList, PyString, PyTuple};

use self::foreign::{exit_numbers, order_id, own_position, symbol_of, to_mark};
use self::rows::PyEquityRows;
use crate::book::{Book, FewSlots};
use crate::candle::PyCandle;
use crate::convert::{Place, number, to_datetime, to_time_us};
use crate::errors::{Fault, raise};
use crate::given::Given;
use crate::later::{self, PyLater};
use crate::made::Made;
use crate::overrides;
use crate::position::PyPosition;
use crate::tracer::PyTracer;

mod face;
mod foreign;
mod rows;

/// Methods that a user may replace on one object; then they are called through it.
const REPLACEABLE: [&str; 9] = [
    "register_entry",
    "register_exit",
    "register_fee",
    "register_swap",
    "register_expired",
    "get_open_positions",
    "update",
    "mark",
    "appraise",
];

/// An account in one currency.
#[pyclass(
    frozen,
    subclass,
    dict,
    weakref,
    immutable_type,
    module = "rsengine",
    name = "Portfolio"
)]
#[derive(Default)]
pub struct PyPortfolio {
    made: Made,
    book: OnceLock<Py<Book>>,
    replaced: AtomicBool,
}

impl PyPortfolio {
    /// The objects of its `Core`.
    pub fn book(&self) -> PyResult<&Book> {
        Ok(self.book_object()?.get())
    }

    /// The same, to be shared.
    pub fn book_object(&self) -> PyResult<&Py<Book>> {
        self.book
            .get()
            .ok_or_else(|| PyAttributeError::new_err("Portfolio.__init__ was not called"))
    }

    /// Looks for methods that were replaced past `__setattr__`.
    pub fn look_for_replaced(slf: &Bound<'_, Self>) -> PyResult<()> {
        if overrides::in_dict(slf.as_any(), &REPLACEABLE)? {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether a method was replaced on this very object.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Relaxed)
    }

    fn read<R>(&self, read: impl FnOnce(&Portfolio) -> R) -> PyResult<R> {
        Ok(self.book()?.shared.read(|core| read(&core.portfolio)))
    }

    /// Reads what only bookings change.
    fn read_booked<R>(&self, read: impl FnOnce(&Portfolio) -> R) -> PyResult<R> {
        let shared = &self.book()?.shared;
        Ok(shared.read_settled(|core| read(&core.portfolio)))
    }

    fn change<R>(
        &self,
        change: impl FnOnce(&mut Core) -> fillproof_engine::errors::Result<R>,
    ) -> PyResult<R> {
        self.book()?.shared.with(change).map_err(raise)
    }

    /// How the portfolio names a position: by slot if it is of its `Core`, else by object.
    fn holding_of(&self, position: &Bound<'_, PyAny>) -> PyResult<Holding> {
        let book = self.book()?;
        let slot = own_position(position).and_then(|own| own.get().slot_in(&book.shared));
        Ok(match slot {
            Some(slot) => Holding::Own(slot),
            None => Holding::Foreign(book.keep(position)),
        })
    }

    /// Reads anew how much is left of the position that a part of another `Core` belongs to.
    fn resize_whole(&self, part: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(part) = own_position(part) else {
            return Ok(());
        };
        let (book, py) = (self.book()?, part.py());
        let open: Vec<Holding> =
            self.read_booked(|portfolio| portfolio.get_open_positions(None).collect())?;
        for holding in open {
            let object = book.holding(py, holding)?;
            if let Some(whole) = own_position(&object)
                && whole.get().is_whole_of(part.get())
            {
                let record = whole.get().read(Position::clone);
                book.shared
                    .with(|core| core.portfolio.reread(holding, &record));
            }
        }
        Ok(())
    }

    /// Reads anew what open positions are worth, where no executor of the core tells of it: those of
    /// other cores, and those of a portfolio whose methods are called (P3.partial, P5.unit_value).
    fn reread(&self, py: Python<'_>) -> PyResult<()> {
        let book = self.book()?;
        let foreign: Vec<Holding> = book.shared.with(|core| {
            core.portfolio.revalue(&core.positions);
            let open = core.portfolio.get_open_positions(None);
            open.filter(|holding| matches!(holding, Holding::Foreign(_)))
                .collect()
        });
        for holding in foreign {
            let object = book.holding(py, holding)?;
            if let Some(own) = own_position(&object) {
                let record = own.get().read(Position::clone);
                book.shared
                    .with(|core| core.portfolio.reread(holding, &record));
            }
        }
        Ok(())
    }

    /// The open positions of a symbol, if they are few and of the core.
    fn few_open(&self, name: &str) -> PyResult<Option<FewSlots>> {
        let shared = &self.book()?.shared;
        Ok(shared.read_settled(|core| {
            let mut few = FewSlots::default();
            for holding in core.portfolio.get_open_positions(None) {
                let Holding::Own(slot) = holding else {
                    return None;
                };
                let position = core.positions.get(slot as usize)?;
                if *position.symbol == *name && !few.push(slot) {
                    return None;
                }
            }
            Some(few)
        }))
    }

    /// The equity rows as they are now.
    fn rows(&self) -> PyResult<EquityRows> {
        Ok(self.book()?.shared.with(|core| core.portfolio.take_note()))
    }

    fn listed<'py>(
        &self,
        py: Python<'py>,
        read: impl FnOnce(&Portfolio) -> Vec<Holding>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let book = self.book()?;
        let holdings = book.shared.read_settled(|core| read(&core.portfolio));
        book.holdings(py, holdings)
    }
}

#[pymethods]
impl PyPortfolio {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    #[pyo3(signature = (initial_balance=Given::ABSENT))]
    fn __init__(slf: &Bound<'_, Self>, initial_balance: Given<'_>) -> PyResult<()> {
        let balance = match initial_balance.get() {
            None => 10_000.0,
            Some(value) => number(value).ok_or_else(|| {
                let code = ErrorCode::NumberInvalid;
                PyErr::from(Fault::new(
                    code,
                    "initial_balance",
                    value,
                    "a finite number >= 0.0",
                ))
            })?,
        };
        let portfolio = Portfolio::new(balance).map_err(raise)?;
        let this = slf.get();
        if let Some(book) = this.book.get() {
            book.get().shared.with(|core| core.portfolio = portfolio);
            return Ok(());
        }
        let book = Book::make(slf.py(), crate::shared::Shared::new(Core::new(portfolio)))?;
        let refused = this.book.set(book);
        drop(refused);
        Ok(())
    }

    /// Records ledger and equity events from now on.
    #[pyo3(signature = (tracer))]
    fn attach_tracer(&self, tracer: Option<&Bound<'_, PyTracer>>) -> PyResult<()> {
        let tracer = tracer
            .map(|tracer| tracer.get().tracer())
            .unwrap_or_default();
        self.change(|core| {
            core.portfolio.attach_tracer(&tracer);
            Ok(())
        })
    }

    /// Returns the open positions, of one symbol or all, in fill order.
    #[pyo3(signature = (symbol=None))]
    pub fn get_open_positions<'py>(
        &self,
        py: Python<'py>,
        symbol: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let Some(symbol) = symbol else {
            return PyList::new(py, self.opened(py)?);
        };
        // Positions of the core are chosen by their records, as far as the symbol is an ordinary str.
        let name = symbol.cast_exact::<PyString>().ok();
        let name = name.map(|name| name.to_str()).transpose()?;
        if let Some(name) = name
            && let Some(few) = self.few_open(name)?
        {
            return Ok(self.book()?.few(py, &few)?.to_list());
        }
        let is_told = |holding: Holding| name.is_some() && matches!(holding, Holding::Own(_));
        let book = self.book()?;
        let open: Vec<Holding> = book.shared.read_settled(|core| {
            let open = core.portfolio.get_open_positions(None);
            open.filter(|holding| match (holding, name) {
                (Holding::Own(slot), Some(name)) => {
                    let known = core.positions.get(*slot as usize);
                    known.is_some_and(|position| *position.symbol == *name)
                }
                _ => true,
            })
            .collect()
        });
        let chosen = PyList::empty(py);
        for holding in open {
            let position = book.holding(py, holding)?;
            if is_told(holding) || position.getattr(intern!(py, "symbol"))?.eq(symbol)? {
                chosen.append(position)?;
            }
        }
        Ok(chosen)
    }

    /// Takes a filled position in.
    fn register_entry(&self, position: &Bound<'_, PyAny>) -> PyResult<()> {
        let book = self.book()?;
        let (symbol, numbers) = match own_position(position) {
            Some(own) => {
                if let Some(slot) = own.get().slot_in(&book.shared) {
                    book.shared.with(|core| core.register_entry(slot));
                    return Ok(());
                }
                let read =
                    |record: &Position| (Arc::clone(&record.symbol), EntryNumbers::of(record));
                own.get().read(read)
            }
            None => (symbol_of(position)?, None),
        };
        let holding = Holding::Foreign(book.keep(position));
        book.shared
            .with(|core| core.portfolio.register_entry(holding, &symbol, numbers));
        Ok(())
    }

    /// Takes a closed position out: its exit fee leaves cash, then its result enters (P3).
    fn register_exit(&self, position: &Bound<'_, PyAny>) -> PyResult<()> {
        let holding = self.holding_of(position)?;
        if let Holding::Own(slot) = holding {
            return self.change(|core| core.register_exit(slot));
        }
        let numbers = exit_numbers(position)?;
        let is_part = numbers.part != 0;
        self.change(|core| core.portfolio.register_exit(holding, numbers))?;
        if is_part {
            self.resize_whole(position)?;
        }
        Ok(())
    }

    /// Books a fee: amount in account currency, kind a word such as entry_fee.
    fn register_fee(
        &self,
        amount: &Bound<'_, PyAny>,
        time: &Bound<'_, PyAny>,
        kind: String,
        position: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let accepted = |x: &f64| x.is_finite() && *x >= 0.0;
        let fee = number(amount).filter(accepted).ok_or_else(|| {
            let code = ErrorCode::NumberInvalid;
            PyErr::from(Fault::new(code, "amount", amount, "a finite number >= 0.0"))
        })?;
        let order_id = order_id(position)?;
        let time_us = to_time_us(time, "time", Place::default())?;
        let holding = match position.is_none() {
            true => None,
            false => Some(self.holding_of(position)?),
        };
        self.change(|core| {
            let portfolio = &mut core.portfolio;
            portfolio.register_fee(fee, time_us, kind, holding, order_id)
        })
    }

    /// Books a night's swap: amount in account currency, positive gains (P6.swap).
    fn register_swap(
        &self,
        amount: &Bound<'_, PyAny>,
        time: &Bound<'_, PyAny>,
        position: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let order_id = order_id(position)?;
        let swap = number(amount).filter(|x| x.is_finite()).ok_or_else(|| {
            let expected = format!("a finite number >= {}", float_text(-f64::MAX));
            let code = ErrorCode::NumberInvalid;
            PyErr::from(Fault::new(code, "amount", amount, &expected))
        })?;
        let time_us = to_time_us(time, "time", Place::default())?;
        let holding = match position.is_none() {
            true => None,
            false => Some(self.holding_of(position)?),
        };
        self.change(|core| {
            let portfolio = &mut core.portfolio;
            portfolio.register_swap(swap, time_us, holding, order_id)
        })
    }

    /// Takes in a waiting order that never filled.
    fn register_expired(&self, position: &Bound<'_, PyAny>) -> PyResult<()> {
        let holding = self.holding_of(position)?;
        let shared = &self.book()?.shared;
        shared.with(|core| core.portfolio.register_expired(holding));
        Ok(())
    }

    /// Remembers the current candles of a symbol, for the next update.
    fn mark(&self, symbol: &str, bid: &Bound<'_, PyAny>, ask: &Bound<'_, PyAny>) -> PyResult<()> {
        let (bid, ask) = (to_mark(bid)?, to_mark(ask)?);
        let symbol: Arc<str> = symbol.into();
        let shared = &self.book()?.shared;
        shared.with(|core| core.portfolio.mark(&symbol, &bid, &ask));
        Ok(())
    }

    /// Writes the row of a bar: equity, worst equity, drawdown (P3).
    fn update(&self, time: &Bound<'_, PyAny>) -> PyResult<()> {
        let time_us = to_time_us(time, "time", Place::default())?;
        self.reread(time.py())?;
        let shared = &self.book()?.shared;
        shared.with(|core| core.portfolio.update(time_us));
        Ok(())
    }

    /// Says what update would write now, and writes nothing (A3.stop_out).
    fn appraise<'py>(&self, time: &Bound<'py, PyAny>) -> PyResult<(f64, f64, Bound<'py, PyDict>)> {
        let py = time.py();
        let time_us = to_time_us(time, "time", Place::default())?;
        self.reread(py)?;
        let shared = &self.book()?.shared;
        let appraisal = shared.with(|core| core.portfolio.appraise(time_us));
        let sides = PyDict::new(py);
        for (symbol, side) in &appraisal.sides {
            sides.set_item(&**symbol, side.as_str())?;
        }
        Ok((appraisal.equity, appraisal.equity_worst, sides))
    }

    /// Takes times that are places, of a run with other keys than times (L4.ordinal).
    fn use_ordinals(&self) {}

    /// Returns the figures of the run, rounded for reading (P1.summary).
    fn get_summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let figures = self.read(Portfolio::get_summary)?;
        let summary = PyDict::new(py);
        for (name, figure) in figures {
            match figure {
                Figure::Count(count) => summary.set_item(name, count)?,
                Figure::Number(number) => summary.set_item(name, number)?,
            }
        }
        Ok(summary)
    }

    /// Returns the ledger part of the canonical state.
    pub fn ledger_state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let shared = &self.book()?.shared;
        crate::state::to_dict(py, shared.with(|core| core.ledger_state()))
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if overrides::is_one_of(name, &REPLACEABLE) {
            slf.get().replaced.store(true, Ordering::Relaxed);
        }
        overrides::set(slf.as_any(), name, Some(value))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        overrides::set(slf.as_any(), name, None)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.made.is_whole() {
            return Ok(());
        }
        match self.book.get() {
            Some(book) => visit.call(book),
            None => Ok(()),
        }
    }
}

/// The shared state, where the object is exactly of this class and nothing was replaced on it.
pub fn native_core(portfolio: &Bound<'_, PyAny>) -> Option<Arc<crate::shared::Shared>> {
    let own = portfolio.cast_exact::<PyPortfolio>().ok()?.get();
    if own.is_replaced() {
        return None;
    }
    own.book().ok().map(|book| Arc::clone(&book.shared))
}
