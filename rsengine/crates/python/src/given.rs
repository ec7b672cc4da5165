//! A parameter that may be left out.

use std::convert::Infallible;

use pyo3::prelude::*;

/// A parameter with a default. `None` passed for it is a value like any other, to be refused or
/// not, whereas PyO3 reads it as an absent `Option`.
#[derive(Debug)]
pub struct Given<'py>(Option<Bound<'py, PyAny>>);

impl<'py> Given<'py> {
    /// What a signature says of a parameter that was left out.
    pub const ABSENT: Self = Self(None);

    /// A value that was given.
    pub fn value(value: Bound<'py, PyAny>) -> Self {
        Self(Some(value))
    }

    /// The value, where there is one.
    pub fn get(&self) -> Option<&Bound<'py, PyAny>> {
        self.0.as_ref()
    }
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = Infallible;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(value.to_owned())))
    }
}
