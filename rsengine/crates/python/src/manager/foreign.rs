//! Positions of other makers, managed by their public surface (M2.foreign).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fillproof_engine::arithmetic::distance;
use fillproof_engine::blotter::Rejection;
use fillproof_engine::errors::{ErrorCode, Value};
use fillproof_engine::managed::{Managed, Memory};
use fillproof_engine::managed_bar::Bar;
use fillproof_engine::positions::Reason;
use fillproof_engine::symbols::SymbolSpec;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::own::Raised;
use super::{Parts, PyPositionManager};
use crate::call::attribute;
use crate::convert::{Place, to_time_us};
use crate::errors::Fault;

/// What is remembered of positions of other makers, by the address of the object, which is kept.
#[derive(Default)]
pub struct Foreigners(Mutex<HashMap<usize, Known>>);

struct Known {
    position: Py<PyAny>,
    numbers: Numbers,
    memory: Memory,
}

/// What does not change about a position, read when it is first seen.
#[derive(Debug, Clone)]
struct Numbers {
    sign: f64,
    symbol: Arc<str>,
    initial_size: f64,
    filled_us: Option<i64>,
    at_close: bool,
}

impl Foreigners {
    /// As with `Shared`: nothing of Python may be made or dropped while the guard lives.
    fn table(&self) -> MutexGuard<'_, HashMap<usize, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for known in self.table().values() {
            visit.call(&known.position)?;
        }
        Ok(())
    }

    /// What is remembered of a position, from the first time on.
    fn of(&self, position: &Bound<'_, PyAny>) -> PyResult<(Numbers, Memory)> {
        let address = position.as_ptr() as usize;
        if let Some(known) = self.table().get(&address) {
            return Ok((known.numbers.clone(), known.memory));
        }
        self.forget_closed(position.py())?;
        let numbers = Numbers::read(position)?;
        let memory = Memory::new(numbers.filled_us);
        let known = Known {
            position: position.clone().unbind(),
            numbers: numbers.clone(),
            memory,
        };
        let replaced = self.table().insert(address, known);
        drop(replaced);
        Ok((numbers, memory))
    }

    fn remember(&self, position: &Bound<'_, PyAny>, memory: Memory) {
        if let Some(known) = self.table().get_mut(&(position.as_ptr() as usize)) {
            known.memory = memory;
        }
    }

    /// Drops what has left; looked for when a position is new, which is seldom.
    fn forget_closed(&self, py: Python<'_>) -> PyResult<()> {
        let held: Vec<_> = {
            let table = self.table();
            let held = table.iter();
            held.map(|(&address, known)| (address, known.position.clone_ref(py)))
                .collect()
        };
        for (address, position) in held {
            if !is_open(position.bind(py))? {
                let left = self.table().remove(&address);
                drop(left);
            }
        }
        Ok(())
    }
}

impl Numbers {
    fn read(position: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = position.py();
        let direction = position.getattr(intern!(py, "direction"))?;
        let symbol = position.getattr(intern!(py, "symbol"))?;
        let size = match attribute(position, intern!(py, "initial_size"))? {
            Some(size) => size,
            None => position.getattr(intern!(py, "size"))?,
        };
        let entry_us = time_us(position, intern!(py, "entry_time"))?;
        let filled_us = time_us(position, intern!(py, "trigger_time"))?.or(entry_us);
        Ok(Self {
            sign: if direction.eq("long")? { 1.0 } else { -1.0 },
            symbol: symbol.str()?.to_string_lossy().into(),
            initial_size: size.extract()?,
            filled_us,
            // A market order at the close has the same bar for both (M2).
            at_close: filled_us == entry_us,
        })
    }
}

fn time_us(position: &Bound<'_, PyAny>, field: &Bound<'_, PyString>) -> PyResult<Option<i64>> {
    let value = attribute(position, field)?;
    let field = field.to_string_lossy();
    value
        .map(|value| to_time_us(&value, &field, Place::default()))
        .transpose()
}

fn is_open(position: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = position.py();
    if let Some(is_closed) = attribute(position, intern!(py, "is_closed"))?
        && is_closed.is_truthy()?
    {
        return Ok(false);
    }
    match position.getattr_opt(intern!(py, "status"))? {
        Some(status) => status.eq("open"),
        None => Ok(true),
    }
}

struct Foreign<'a, 'py> {
    position: &'a Bound<'py, PyAny>,
    manager: &'a Bound<'py, PyPositionManager>,
    time: &'a Bound<'py, PyAny>,
    time_us: i64,
    close: f64,
    numbers: Numbers,
    spec: Option<&'a SymbolSpec>,
    memory: Memory,
}

impl Foreign<'_, '_> {
    fn number(&self, name: &str) -> Result<f64, Raised> {
        Ok(self.position.getattr(name)?.extract()?)
    }

    fn optional(&self, name: &str) -> Result<Option<f64>, Raised> {
        let value = self.position.getattr_opt(name)?;
        let value = value.filter(|value| !value.is_none());
        Ok(value.map(|value| value.extract()).transpose()?)
    }
}

/// Manages one position of another maker.
pub fn manage_foreign<'py>(
    manager: &Bound<'py, PyPositionManager>,
    parts: &Parts,
    position: &Bound<'py, PyAny>,
    time: &Bound<'py, PyAny>,
    bar: &Bar,
) -> PyResult<()> {
    let (numbers, mut memory) = parts.foreigners.of(position)?;
    if !is_open(position)? {
        return Ok(());
    }
    memory.see_bar(bar.time_us);
    let mut foreign = Foreign {
        position,
        manager,
        time,
        time_us: bar.time_us,
        close: bar.close(numbers.sign),
        spec: parts.spec(&numbers.symbol),
        numbers,
        memory,
    };
    let done = parts.manage(|management| management.manage(&mut foreign, bar));
    parts.foreigners.remember(position, foreign.memory);
    done.map_err(|raised| raised.0)
}

impl Managed for Foreign<'_, '_> {
    type Error = Raised;

    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }

    fn sign(&self) -> f64 {
        self.numbers.sign
    }

    fn symbol(&self) -> &Arc<str> {
        &self.numbers.symbol
    }

    fn digits(&self) -> Option<u32> {
        self.spec.and_then(|spec| spec.digits)
    }

    fn grid(&self) -> Option<u32> {
        self.digits()
    }

    fn spec(&self) -> Option<&SymbolSpec> {
        self.spec
    }

    fn is_open(&self) -> Result<bool, Raised> {
        Ok(is_open(self.position)?)
    }

    fn pip_size(&self, option: &str) -> Result<f64, Raised> {
        if let Some(spec) = self.spec {
            return Ok(spec.pip_size);
        }
        let py = self.position.py();
        let expected = "a SymbolSpec for the symbol among the manager's symbol_specs";
        let none = py.None().into_bound(py);
        let fault = Fault::new(ErrorCode::SpecRequired, option, &none, expected);
        Err(Raised(fault.for_symbol(&self.numbers.symbol).into()))
    }

    fn one_r(&self) -> Result<Option<f64>, Raised> {
        let Some(stop) = self.optional("initial_stop_loss")? else {
            return Ok(None);
        };
        let reference = match self.optional("reference")? {
            Some(reference) => reference,
            None => self.number("entry_price")?,
        };
        Ok(Some(distance(reference, stop)))
    }

    fn entry_price(&self) -> Result<f64, Raised> {
        self.number("entry_price")
    }

    fn stop_loss(&self) -> Result<Option<f64>, Raised> {
        let stop = self.position.getattr("stop_loss")?;
        Ok((!stop.is_none()).then(|| stop.extract()).transpose()?)
    }

    fn size(&self) -> Result<f64, Raised> {
        self.number("size")
    }

    fn initial_size(&self) -> Result<f64, Raised> {
        Ok(self.numbers.initial_size)
    }

    fn filled_us(&self, length_us: i64) -> Option<i64> {
        let length_us = if self.numbers.at_close { length_us } else { 0 };
        self.numbers
            .filled_us
            .map(|filled_us| filled_us + length_us)
    }

    fn held_since_us(&self) -> Option<i64> {
        self.numbers.filled_us
    }

    /// Writes a stop; its reason is the maker's business.
    fn set_stop(&mut self, stop: f64, _reason: Reason, _rule: &'static str) -> Result<(), Raised> {
        Ok(self.position.setattr("stop_loss", stop)?)
    }

    fn close(
        &mut self,
        size: Option<f64>,
        reason: Reason,
        _rule: &'static str,
    ) -> Result<(), Raised> {
        let py = self.position.py();
        let reason = reason.as_str();
        let closed = match size {
            None => {
                let arguments = (self.time, self.close, reason);
                self.position
                    .call_method1(intern!(py, "close"), arguments)?;
                self.position.clone()
            }
            Some(size) => {
                let arguments = (self.time, self.close, size, reason);
                let name = intern!(py, "close_part");
                self.position.call_method1(name, arguments)?
            }
        };
        let portfolio = self.manager.getattr(intern!(py, "portfolio"))?;
        if !portfolio.is_none() && !closed.is_none() {
            portfolio.call_method1(intern!(py, "register_exit"), (closed,))?;
        }
        Ok(())
    }

    fn can_part(&self) -> Result<bool, Raised> {
        Ok(self.position.hasattr("close_part")?)
    }

    fn refuse(
        &mut self,
        rule: &'static str,
        field: &'static str,
        value: f64,
        expected: &str,
    ) -> Result<Rejection, Raised> {
        let order_id = self.position.getattr_opt("order_id")?;
        let order_id = order_id.and_then(|order_id| order_id.extract().ok());
        Ok(Rejection {
            order_id: order_id.unwrap_or(0),
            time_us: self.time_us,
            symbol: Arc::clone(&self.numbers.symbol),
            rule,
            field,
            value: Some(Value::Float(value)),
            expected: expected.to_owned(),
        })
    }
}
