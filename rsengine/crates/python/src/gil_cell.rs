//! A place for what only a thread that is attached to Python reaches.

use std::cell::Cell;

use pyo3::Python;

/// Memory that is read and written under the GIL alone, so it needs no lock of its own.
///
/// A value is taken out, looked at and put back; nothing is ever borrowed. So it does not matter if
/// other Python code runs meanwhile: it finds the place empty, and what it leaves there is replaced.
#[derive(Default)]
pub struct GilCell<T>(Cell<T>);

// SAFETY: every access asks for a `Python`, which one thread has at a time: the module is declared
// with `gil_used`, so that CPython keeps its lock for it.
unsafe impl<T: Send> Sync for GilCell<T> {}

impl<T> GilCell<T> {
    pub fn new(value: T) -> Self {
        Self(Cell::new(value))
    }

    /// Puts a value in and returns the one before, which the caller drops when it may.
    #[inline]
    pub fn replace(&self, _py: Python<'_>, value: T) -> T {
        self.0.replace(value)
    }
}

impl<T: Copy> GilCell<T> {
    #[inline]
    pub fn get(&self, _py: Python<'_>) -> T {
        self.0.get()
    }
}

impl<T: Default> GilCell<T> {
    #[inline]
    pub fn take(&self, _py: Python<'_>) -> T {
        self.0.take()
    }
}
