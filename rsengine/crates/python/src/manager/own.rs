//! Positions of our executors that are managed one call at a time: their portfolio may be anybody's.

use std::sync::Arc;

use fillproof_engine::blotter::Rejection;
use fillproof_engine::core::Core;
use fillproof_engine::errors::EngineError;
use fillproof_engine::managed::{Managed, Memory, OwnNumbers};
use fillproof_engine::managed_bar::Bar;
use fillproof_engine::position_manager::refuse_in_entry;
use fillproof_engine::positions::{Position, Reason};
use fillproof_engine::symbols::SymbolSpec;
use pyo3::prelude::*;

use super::Parts;
use crate::errors::raise;
use crate::executor::PyExecutor;
use crate::position::PyPosition;
use crate::shared::Shared;

/// What managing a position may raise.
pub struct Raised(pub PyErr);

impl From<EngineError> for Raised {
    fn from(error: EngineError) -> Self {
        Self(raise(error))
    }
}

impl From<PyErr> for Raised {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

/// A position object of one of our executors.
pub fn own_slot<'a, 'py>(position: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyPosition>> {
    let own = position.cast_exact::<PyPosition>().ok()?;
    let is_own = own.get().read(|record| record.owner.is_some());
    is_own.then_some(own)
}

/// Whether the preset parity made a position.
pub fn is_parity(position: &Bound<'_, PyAny>) -> bool {
    own_slot(position).is_some_and(|own| own.get().read(|record| record.parity))
}

struct Own<'a, 'py> {
    position: &'a Bound<'py, PyPosition>,
    shared: &'a Arc<Shared>,
    slot: u32,
    executor: Option<Bound<'py, PyExecutor>>,
    numbers: OwnNumbers,
    spec: Option<SymbolSpec>,
    memory: Memory,
}

impl Own<'_, '_> {
    fn read<R>(&self, read: impl FnOnce(&Position) -> R) -> R {
        self.position.get().read(read)
    }
}

/// Manages one position of our executors.
pub fn manage_own(parts: &Parts, position: &Bound<'_, PyPosition>, bar: &Bar) -> PyResult<()> {
    let py = position.py();
    let this = position.get();
    let (shared, slot) = this.place_in();
    let found = shared.with(|core| {
        let Some(numbers) = OwnNumbers::of(&core.positions[slot as usize]) else {
            return Ok(None);
        };
        refuse_in_entry(core, slot, &numbers)?;
        Ok(Some((numbers, core.managed_spec(slot).cloned())))
    });
    let Some((numbers, spec)) = found.map_err(raise)? else {
        return Ok(());
    };
    let executor = match this.book(py) {
        Some(book) => book.get().executor(py, numbers.executor)?,
        None => None,
    };
    let trigger_us = numbers.trigger_us;
    let mut memory = {
        let mut state = parts.state();
        let (_, memories) = state.memories(shared);
        shared.with(|core| *memories.of(core, slot, trigger_us))
    };
    memory.see_bar(bar.time_us);
    let mut own = Own {
        position,
        shared,
        slot,
        executor,
        numbers,
        spec,
        memory,
    };
    let done = parts.manage(|management| management.manage(&mut own, bar));
    let memory = own.memory;
    {
        let mut state = parts.state();
        let (_, memories) = state.memories(shared);
        shared.with(|core| *memories.of(core, slot, trigger_us) = memory);
    }
    done.map_err(|raised| raised.0)
}

impl Managed for Own<'_, '_> {
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
        self.numbers.digits
    }

    fn grid(&self) -> Option<u32> {
        self.numbers.grid
    }

    fn spec(&self) -> Option<&SymbolSpec> {
        self.spec.as_ref()
    }

    fn is_open(&self) -> Result<bool, Raised> {
        Ok(self.read(Position::is_open))
    }

    fn pip_size(&self, _option: &str) -> Result<f64, Raised> {
        Ok(self.numbers.pip_size)
    }

    fn one_r(&self) -> Result<Option<f64>, Raised> {
        Ok(self.numbers.one_r)
    }

    fn entry_price(&self) -> Result<f64, Raised> {
        Ok(self.numbers.entry_price)
    }

    fn stop_loss(&self) -> Result<Option<f64>, Raised> {
        Ok(self.read(|record| record.stop_loss))
    }

    fn size(&self) -> Result<f64, Raised> {
        Ok(self.read(|record| record.size))
    }

    fn initial_size(&self) -> Result<f64, Raised> {
        Ok(self.numbers.initial_size)
    }

    fn filled_us(&self, length_us: i64) -> Option<i64> {
        Some(self.numbers.filled_us(length_us))
    }

    fn held_since_us(&self) -> Option<i64> {
        Some(self.numbers.held_since_us)
    }

    fn set_stop(&mut self, stop: f64, reason: Reason, rule: &'static str) -> Result<(), Raised> {
        let set = |core: &mut Core| core.set_managed_stop(self.slot, stop, reason, rule);
        self.shared.with(set);
        Ok(())
    }

    fn close(
        &mut self,
        size: Option<f64>,
        reason: Reason,
        rule: &'static str,
    ) -> Result<(), Raised> {
        let slot = self.slot;
        let close = |core: &mut Core| core.close_managed(slot, size, reason, rule).map(drop);
        match &self.executor {
            Some(executor) => executor.get().order(executor.py(), close)?,
            // Nobody holds the executor any more; its portfolio is the one of the core.
            None => self.shared.with(close)?,
        }
        Ok(())
    }

    fn can_part(&self) -> Result<bool, Raised> {
        Ok(true)
    }

    fn refuse(
        &mut self,
        rule: &'static str,
        field: &'static str,
        value: f64,
        expected: &str,
    ) -> Result<Rejection, Raised> {
        let slot = self.slot;
        let refused = self
            .shared
            .with(|core| core.refuse_managed(slot, rule, field, value, expected));
        Ok(refused?)
    }
}
