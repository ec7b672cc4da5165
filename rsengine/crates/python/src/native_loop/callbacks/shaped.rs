//! What was found in a strategy, as long as it has the shape that it was found in.

use pyo3::intern;
use pyo3::prelude::*;

use crate::call::{attribute, function_two, has_attribute, method_two};
use crate::native_loop::attach;
use crate::portfolio::PyPortfolio;
use crate::shape::Shape;
use crate::strategy::find_manager;

/// Changes after which a strategy is taken for one that changes at each bar.
const MOST_CHANGES: u32 = 64;

/// Its method `evaluate`, where that lies in the object itself and not in its class.
#[derive(Default)]
pub struct Method<'py> {
    found: Option<(Shape<1>, Bound<'py, PyAny>)>,
    /// How often it was looked for.
    changes: u32,
}

impl<'py> Method<'py> {
    /// The method, where it was found and is still there.
    #[inline]
    pub fn known(&self, strategy: &Bound<'py, PyAny>) -> Option<&Bound<'py, PyAny>> {
        let (shape, function) = self.found.as_ref()?;
        shape.is_of(strategy).then_some(function)
    }

    /// The same, after a look for it where it is not known.
    pub fn find(&mut self, strategy: &Bound<'py, PyAny>) -> PyResult<Option<&Bound<'py, PyAny>>> {
        if self.known(strategy).is_none() && self.changes < MOST_CHANGES {
            self.look(strategy)?;
        }
        Ok(self.known(strategy))
    }

    /// Calls it.
    #[inline]
    pub fn call(
        &mut self,
        strategy: &Bound<'py, PyAny>,
        index: &Bound<'py, PyAny>,
        map: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.find(strategy)? {
            Some(function) => function_two(function, index, map),
            None => method_two(strategy, intern!(strategy.py(), "evaluate"), index, map),
        }
    }

    fn look(&mut self, strategy: &Bound<'py, PyAny>) -> PyResult<()> {
        let name = intern!(strategy.py(), "evaluate");
        self.found = None;
        self.changes += 1;
        match Shape::without(strategy, [name]) {
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
    shape: Option<Shape<2>>,
    /// How often it was another one.
    changes: u32,
}

impl Bare {
    /// Whether a strategy is known to have none.
    #[inline]
    pub fn is_known(&self, strategy: &Bound<'_, PyAny>) -> bool {
        self.shape
            .as_ref()
            .is_some_and(|shape| shape.is_of(strategy))
    }

    /// What `find_manager` finds.
    #[inline]
    pub fn find_manager<'py>(
        &mut self,
        strategy: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.is_known(strategy) {
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
        match Shape::without(strategy, names) {
            Some(shape) if attribute(strategy, names[1])?.is_none() => self.shape = Some(shape),
            Some(_) => {}
            None => self.changes = MOST_CHANGES,
        }
        Ok(())
    }
}

/// What a manager was when it had a portfolio of ours, or neither one nor a method to take it.
#[derive(Default)]
pub struct Attached<'py> {
    /// The portfolio is kept, so that nothing else comes to lie where it does.
    has: Option<(Shape<1>, Bound<'py, PyAny>)>,
    takes_none: Option<Shape<2>>,
    /// How often it was another one.
    changes: u32,
}

impl<'py> Attached<'py> {
    /// Gives a manager the portfolio of the run, where it has none and takes one (L3).
    #[inline]
    pub fn attach(
        &mut self,
        portfolio: &Bound<'py, PyAny>,
        manager: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        if self
            .has
            .as_ref()
            .is_some_and(|(shape, _)| shape.is_of(manager))
            || self
                .takes_none
                .as_ref()
                .is_some_and(|shape| shape.is_of(manager))
        {
            return Ok(());
        }
        attach(portfolio, manager)?;
        if self.changes < MOST_CHANGES {
            self.look(manager)?;
        }
        Ok(())
    }

    fn look(&mut self, manager: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = manager.py();
        let (name, taking) = (intern!(py, "portfolio"), intern!(py, "attach_portfolio"));
        (self.has, self.takes_none) = (None, None);
        self.changes += 1;
        let Some(shape) = Shape::without(manager, [name]) else {
            self.changes = MOST_CHANGES;
            return Ok(());
        };
        match attribute(manager, name)? {
            Some(portfolio) if portfolio.is_exact_instance_of::<PyPortfolio>() => {
                self.has = Some((shape, portfolio));
            }
            Some(_) => {}
            None => {
                let shape = Shape::without(manager, [name, taking]);
                self.takes_none =
                    shape.filter(|_| !matches!(has_attribute(manager, taking), Ok(true)));
            }
        }
        Ok(())
    }
}
