//! Collects what a run tells about itself, as dicts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use fillproof_engine::trace::{Event, Phase, Tracer};
use pyo3::PyTraverseError;
use pyo3::exceptions::PyValueError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::state;

const PHASES: [Phase; 7] = [
    Phase::Data,
    Phase::Open,
    Phase::Entry,
    Phase::Exits,
    Phase::Close,
    Phase::Manage,
    Phase::Portfolio,
];

/// Collects the events of a run, in order.
#[pyclass(frozen, weakref, module = "rsengine", name = "Tracer")]
pub struct PyTracer {
    tracer: Tracer,
    written: Mutex<Written>,
}

/// The events that Python has seen, and where events emitted in Python belong.
struct Written {
    list: Py<PyList>,
    taken: usize,
    bar: Option<usize>,
    time_us: Option<i64>,
    phase: Option<Phase>,
}

impl PyTracer {
    /// What the engine writes to.
    pub fn tracer(&self) -> Tracer {
        self.tracer.clone()
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The list of events, with those that the engine has written since it was last asked for.
    fn list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let (list, taken) = {
            let written = self.written();
            (written.list.clone_ref(py).into_bound(py), written.taken)
        };
        let events = self.tracer.events_from(taken);
        for event in &events {
            list.append(to_dict(py, event, list.len())?)?;
        }
        self.written().taken = taken + events.len();
        Ok(list)
    }
}

fn to_dict<'py>(py: Python<'py>, event: &Event, seq: usize) -> PyResult<Bound<'py, PyDict>> {
    let dict = state::to_dict(py, event.fields())?;
    // Events may come from Python in between, so the place in the list counts.
    dict.set_item(intern!(py, "seq"), seq)?;
    Ok(dict)
}

/// Reads the name of a phase.
pub fn to_phase(name: &str) -> PyResult<Phase> {
    let found = PHASES.into_iter().find(|phase| phase.as_str() == name);
    found.ok_or_else(|| PyValueError::new_err(format!("no phase of this name: {name:?}")))
}

#[pymethods]
impl PyTracer {
    #[new]
    fn new(py: Python<'_>) -> Self {
        let written = Written {
            list: PyList::empty(py).unbind(),
            taken: 0,
            bar: None,
            time_us: None,
            phase: None,
        };
        Self {
            tracer: Tracer::collect(),
            written: Mutex::new(written),
        }
    }

    /// Events so far: dicts with seq, bar, time_us, phase, kind, rule and the fields of the kind.
    #[getter]
    fn events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.list(py)
    }

    /// Forgets all events.
    fn clear(&self, py: Python<'_>) {
        let fresh = PyList::empty(py).unbind();
        let dropped = {
            let mut written = self.written();
            written.taken = 0;
            std::mem::replace(&mut written.list, fresh)
        };
        drop(dropped);
        self.tracer.clear();
    }

    /// Says which bar the following events belong to.
    pub fn begin_bar(&self, bar: Option<usize>, time_us: Option<i64>) {
        self.tracer.begin_bar(bar, time_us);
        let mut written = self.written();
        written.bar = bar;
        written.time_us = time_us;
    }

    /// Says which phase of the bar the following events belong to.
    pub fn begin_phase(&self, phase: Option<&str>) -> PyResult<()> {
        let phase = phase.map(to_phase).transpose()?;
        self.tracer.begin_phase(phase);
        self.written().phase = phase;
        Ok(())
    }

    /// Records one event.
    #[pyo3(signature = (kind, rule, **values))]
    fn emit(
        &self,
        py: Python<'_>,
        kind: &str,
        rule: &str,
        values: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let list = self.list(py)?;
        let (bar, time_us, phase) = {
            let written = self.written();
            (written.bar, written.time_us, written.phase)
        };
        let event = PyDict::new(py);
        event.set_item(intern!(py, "seq"), list.len())?;
        event.set_item(intern!(py, "bar"), bar)?;
        event.set_item(intern!(py, "time_us"), time_us)?;
        event.set_item(intern!(py, "phase"), phase.map(Phase::as_str))?;
        event.set_item(intern!(py, "kind"), kind)?;
        event.set_item(intern!(py, "rule"), rule)?;
        if let Some(values) = values {
            event.update(values.as_mapping())?;
        }
        list.append(event)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.written().list)
    }
}
