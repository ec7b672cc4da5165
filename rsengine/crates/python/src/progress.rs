//! Who is told of bars that are done, and of which.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyInt;

use crate::call::attribute;
use crate::gil_cell::GilCell;

/// Calls `on_progress` after the bars for which it asks.
///
/// A callable with an attribute `every`, a whole number of at least 1, is called when so many bars
/// are done since the call before, and after the last bar; any other after every bar. The attribute is
/// read before the first bar and after each call, so that the callable may change it.
pub struct Progress<'py> {
    callback: Option<Bound<'py, PyAny>>,
    start: usize,
    total: usize,
    /// The bar after which the next call is due.
    due: GilCell<usize>,
}

impl<'py> Progress<'py> {
    /// Of a run over the bars from `start` on and before `total`.
    pub fn new(callback: Option<Bound<'py, PyAny>>, start: usize, total: usize) -> PyResult<Self> {
        let progress = Self {
            callback,
            start,
            total,
            due: GilCell::new(usize::MAX),
        };
        if let Some(callback) = &progress.callback {
            progress.wait(callback, start)?;
        }
        Ok(progress)
    }

    /// Whether a call is due after a bar.
    #[inline]
    pub fn is_due(&self, py: Python<'_>, bar: usize) -> bool {
        bar >= self.due.get(py)
    }

    /// The bar after which a call is due.
    #[inline]
    pub fn due(&self, py: Python<'_>) -> usize {
        self.due.get(py)
    }

    /// How many bars from one on are left until a call is due, that bar counted.
    pub fn bars_left(&self, py: Python<'_>, bar: usize) -> usize {
        self.due.get(py).saturating_sub(bar).saturating_add(1)
    }

    /// Tells of a bar that is done, if a call is due; says whether it was.
    #[inline]
    pub fn tell(&self, py: Python<'py>, bar: usize) -> PyResult<bool> {
        match &self.callback {
            Some(callback) if self.is_due(py, bar) => {
                callback.call1((bar + 1 - self.start, self.total - self.start))?;
                self.wait(callback, bar + 1)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Finds the bar after which the next call is due; `from` is the first that may be it.
    fn wait(&self, callback: &Bound<'py, PyAny>, from: usize) -> PyResult<()> {
        let py = callback.py();
        let every = attribute(callback, intern!(py, "every"))?;
        let every = every.filter(|every| every.is_exact_instance_of::<PyInt>());
        let bars = match every {
            Some(every) if every.gt(1)? => every.extract().unwrap_or(usize::MAX),
            _ => 1,
        };
        let last = self.total.saturating_sub(1);
        self.due
            .replace(py, from.saturating_add(bars - 1).min(last.max(from)));
        Ok(())
    }
}
