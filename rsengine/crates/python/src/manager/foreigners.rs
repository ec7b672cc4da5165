//! What a manager remembers of positions of other makers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fillproof_engine::managed::Memory;
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::call::attribute;
use crate::convert::{Place, to_time_us};

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
pub struct Numbers {
    pub sign: f64,
    pub symbol: Arc<str>,
    pub initial_size: f64,
    pub filled_us: Option<i64>,
    pub at_close: bool,
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
    pub fn of(&self, position: &Bound<'_, PyAny>) -> PyResult<(Numbers, Memory)> {
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

    pub fn remember(&self, position: &Bound<'_, PyAny>, memory: Memory) {
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

/// Whether a position is still in the market.
pub fn is_open(position: &Bound<'_, PyAny>) -> PyResult<bool> {
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
