//! What a run has left, as it is at one moment; Python objects are made of it when it is asked for.
//!
//! What an executor refused is only ever added to, so a count is enough to find it again. A
//! portfolio can be made anew: of its lists the short rows are kept. The objects are those that the
//! attributes of executor and portfolio give.

use fillproof_engine::execution::ExecutionSimulator;
use fillproof_engine::fast::Moment;
use fillproof_engine::holdings::{FeeRow, Holding, SwapRow};
use fillproof_engine::portfolio::Portfolio;
use pyo3::PyTraverseError;
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::book::Book;
use crate::convert::to_datetime;
use crate::executor::rejections;
use crate::state;

/// One attribute of an executor or a portfolio, as it was when this was made.
#[pyclass(frozen, module = "rsengine._rsengine", name = "Later")]
pub struct PyLater {
    book: Py<Book>,
    what: What,
}

enum What {
    Holdings(Vec<Holding>),
    Fees(Vec<FeeRow>),
    Swaps(Vec<SwapRow>),
    /// The signals of an executor, by its place.
    Signals(usize, Moment),
    /// The first rejected signals of an executor.
    Rejected(usize, usize),
    /// The first refused commands of an executor.
    Refused(usize, usize),
}

impl PyLater {
    /// A list of a portfolio.
    pub fn of_portfolio(py: Python<'_>, book: &Py<Book>, name: &str) -> PyResult<Self> {
        let read: fn(&Portfolio) -> What = match name {
            "exits" => {
                |portfolio| What::Holdings(portfolio.exits().iter().map(|exit| exit.0).collect())
            }
            "fees_log" => |portfolio| What::Fees(portfolio.fees_log().to_vec()),
            "swaps_log" => |portfolio| What::Swaps(portfolio.swaps_log().to_vec()),
            _ => return Err(PyAttributeError::new_err(name.to_owned())),
        };
        Ok(Self {
            what: book.get().shared.with(|core| read(&core.portfolio)),
            book: book.clone_ref(py),
        })
    }

    /// A list of an executor, or the columns of its signals.
    pub fn of_executor(
        py: Python<'_>,
        book: &Py<Book>,
        place: usize,
        name: &str,
    ) -> PyResult<Self> {
        let read: fn(usize, Moment) -> What = match name {
            "signal_columns" => What::Signals,
            "rejected_signals" => |place, moment| What::Rejected(place, moment.rejected),
            "refused_commands" => |place, moment| What::Refused(place, moment.refused),
            _ => return Err(PyAttributeError::new_err(name.to_owned())),
        };
        Ok(Self {
            what: read(place, book.get().shared.with(|core| core.moment(place))),
            book: book.clone_ref(py),
        })
    }

    fn read<R>(&self, place: usize, read: impl FnOnce(&ExecutionSimulator) -> R) -> R {
        let shared = &self.book.get().shared;
        shared.with(|core| read(&core.executors[place]))
    }
}

#[pymethods]
impl PyLater {
    /// Makes it.
    fn __call__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let book = self.book.get();
        match &self.what {
            What::Holdings(holdings) => {
                let objects = book.holdings(py, holdings.clone())?;
                Ok(PyList::new(py, objects)?.into_any())
            }
            What::Fees(rows) => fees(py, book, rows),
            What::Swaps(rows) => swaps(py, book, rows),
            What::Signals(place, moment) => {
                let columns = self.read(*place, |executor| executor.signal_columns().at(moment));
                Ok(state::signal_arrays(py, &columns)?.into_any())
            }
            What::Rejected(place, count) => {
                let read =
                    |executor: &ExecutionSimulator| executor.rejected_signals()[..*count].to_vec();
                Ok(rejections(py, &self.read(*place, read))?.into_any())
            }
            What::Refused(place, count) => {
                let read =
                    |executor: &ExecutionSimulator| executor.refused_commands()[..*count].to_vec();
                Ok(rejections(py, &self.read(*place, read))?.into_any())
            }
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.book)
    }
}

/// Fees as (time, kind, amount, position).
pub fn fees<'py>(py: Python<'py>, book: &Book, rows: &[FeeRow]) -> PyResult<Bound<'py, PyAny>> {
    let log = PyList::empty(py);
    for row in rows {
        let (time, position) = (to_datetime(py, row.time_us)?, who(py, book, row.holding)?);
        log.append((time, &*row.kind, row.amount, position))?;
    }
    Ok(log.into_any())
}

/// Swaps as (time, amount, position).
pub fn swaps<'py>(py: Python<'py>, book: &Book, rows: &[SwapRow]) -> PyResult<Bound<'py, PyAny>> {
    let log = PyList::empty(py);
    for row in rows {
        let (time, position) = (to_datetime(py, row.time_us)?, who(py, book, row.holding)?);
        log.append((time, row.amount, position))?;
    }
    Ok(log.into_any())
}

fn who<'py>(py: Python<'py>, book: &Book, holding: Option<Holding>) -> PyResult<Bound<'py, PyAny>> {
    match holding {
        Some(holding) => book.holding(py, holding),
        None => Ok(py.None().into_bound(py)),
    }
}
