//! Bars at which the engine goes along, one by one: something may happen at each.

use std::panic::resume_unwind;

use fillproof_engine::event_engine::Need;
use fillproof_engine::fast::Turn;
use pyo3::prelude::*;

use super::super::From;
use super::Calls;
use super::foreseen::{Foreseen, Stop};
use crate::errors::in_bar;

impl<'py> Calls<'_, 'py> {
    /// Calls the strategy at the bar that is open and at those that follow, as long as the engine needs
    /// nothing else and no answer is given.
    pub(super) fn unforeseen(
        &mut self,
        py: Python<'py>,
        bar: usize,
    ) -> PyResult<Option<From<'py>>> {
        self.foreseen = Foreseen::of(bar, None, false);
        let answer = self.call(py);
        let bar = self.foreseen.bar;
        let answer = in_bar(py, bar, answer)?;
        match self.foreseen.stop.take() {
            Some(Stop::Over(over)) => over.map(Some),
            Some(Stop::Panicked(payload)) => resume_unwind(payload),
            _ if self.needed.is_some() => Ok(None),
            _ => self.take_in(py, bar, answer),
        }
    }

    /// Goes on after a callback that answered nothing, to the next bar that is open; none where
    /// something else is needed.
    fn next_open(&mut self, py: Python<'py>) -> PyResult<Option<usize>> {
        loop {
            let need = match self.turn(py)? {
                Turn::Need(Need::Signals(bar)) if self.is_callable() => return Ok(Some(bar)),
                Turn::Need(need @ (Need::Manage(_) | Need::Progress(_))) => need,
                turn => {
                    self.needed = Some(turn);
                    return Ok(None);
                }
            };
            if let Some(from) = self.serve(py, need)? {
                self.foreseen.stop = Some(Stop::Over(Ok(from)));
                return Ok(None);
            }
        }
    }

    /// The bar after one at which the engine goes along.
    pub(super) fn next_unforeseen(&mut self, py: Python<'py>) -> Option<usize> {
        let called = std::mem::replace(&mut self.foreseen.is_called, true);
        if !called {
            return Some(self.foreseen.bar);
        }
        if self.native.is_replaced() {
            return None;
        }
        match self.next_open(py) {
            Ok(Some(bar)) => return Some(bar),
            Ok(None) => {}
            Err(error) => self.foreseen.stop = Some(Stop::Over(Err(error))),
        }
        None
    }
}
