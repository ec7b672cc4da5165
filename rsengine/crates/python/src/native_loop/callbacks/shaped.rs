//! What was found in a strategy, as long as it has the shape that it was found in.

use pyo3::intern;
use pyo3::prelude::*;

use crate::call::{attribute, function_two, method_two};
use crate::shape::Shape;
use crate::strategy::find_manager;

/// Changes after which a strategy is taken for one that changes at each bar.
const MOST_CHANGES: u32 = 64;

/// Its method `evaluate`, where that lies in its `__dict__`.
#[derive(Default)]
pub struct Method<'py> {
    found: Option<(Shape, Bound<'py, PyAny>)>,
    /// How often it was looked for.
    changes: u32,
}

impl<'py> Method<'py> {
    /// Calls it.
    #[inline]
    pub fn call(
        &mut self,
        strategy: &Bound<'py, PyAny>,
        index: &Bound<'py, PyAny>,
        map: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some((shape, function)) = &self.found
            && Shape::of(strategy) == Some(*shape)
        {
            return function_two(function, index, map);
        }
        if self.changes < MOST_CHANGES {
            self.look(strategy)?;
        }
        method_two(strategy, intern!(strategy.py(), "evaluate"), index, map)
    }

    fn look(&mut self, strategy: &Bound<'py, PyAny>) -> PyResult<()> {
        let name = intern!(strategy.py(), "evaluate");
        self.found = None;
        self.changes += 1;
        match Shape::without(strategy, &[name]) {
            Some(shape) => {
                let function = attribute(strategy, name)?;
                self.found = function.map(|function| (shape, function));
            }
            None => self.changes = MOST_CHANGES,
        }
        Ok(())
    }
}

/// What a strategy was when it had neither a manager nor a strategy of its own.
#[derive(Default)]
pub struct Bare {
    shape: Option<Shape>,
    /// How often it was another one.
    changes: u32,
}

impl Bare {
    /// What `find_manager` finds.
    #[inline]
    pub fn find_manager<'py>(
        &mut self,
        strategy: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.shape.is_some() && self.shape == Shape::of(strategy) {
            return Ok(None);
        }
        let found = find_manager(strategy)?;
        self.shape = None;
        if found.is_none() && self.changes < MOST_CHANGES {
            self.look(strategy)?;
        }
        Ok(found)
    }

    fn look(&mut self, strategy: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = strategy.py();
        let names = [intern!(py, "position_manager"), intern!(py, "strategy")];
        self.changes += 1;
        match Shape::without(strategy, &names) {
            Some(shape) if attribute(strategy, names[1])?.is_none() => self.shape = Some(shape),
            Some(_) => {}
            None => self.changes = MOST_CHANGES,
        }
        Ok(())
    }
}
