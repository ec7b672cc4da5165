//! Hours of trading.

use fillproof_engine::sessions::{MOMENT_EXPECTED, Session, TIMEFRAME_EXPECTED};
use pyo3::types::{PyList, PyTuple};

use super::*;

/// When no position is opened, and when none is held; times in UTC.
#[pyclass(frozen, module = "rsengine", name = "Session")]
pub struct PySession {
    pub session: Session,
}

impl PySession {
    /// Reads the session of any backend by its attributes.
    pub fn read(value: &Bound<'_, PyAny>) -> PyResult<Session> {
        if let Ok(own) = value.cast::<Self>() {
            return Ok(own.get().session.clone());
        }
        let own = Self::new(
            &value.getattr("timeframe")?,
            Given::value(value.getattr("no_entry")?),
            Given::value(value.getattr("flat_at")?),
        )?;
        Ok(own.session)
    }
}

fn invalid(field: &str, value: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    Fault::new(ErrorCode::SessionInvalid, field, value, expected).into()
}

/// Reads a list of windows or times; one text alone is none.
fn listed<'py>(value: &Given<'py>, field: &str) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let Some(value) = value.get() else {
        return Ok(Vec::new());
    };
    if value.is_instance_of::<PyString>() {
        return Err(invalid(field, value, "a list"));
    }
    match value.try_iter() {
        Ok(items) => items.collect(),
        Err(_) => Err(invalid(field, value, "a list")),
    }
}

fn moment(value: &Bound<'_, PyAny>, field: &str) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text.to_string_lossy().into_owned()),
        Err(_) => Err(invalid(field, value, MOMENT_EXPECTED)),
    }
}

/// Reads one window: a list or tuple of a start and an end.
fn window(pair: &Bound<'_, PyAny>) -> PyResult<(String, String)> {
    let is_pair = pair.is_instance_of::<PyList>() || pair.is_instance_of::<PyTuple>();
    if !is_pair || pair.len()? != 2 {
        let expected = "pairs of a start and an end";
        return Err(invalid("no_entry", pair, expected));
    }
    let (start, end) = (pair.get_item(0)?, pair.get_item(1)?);
    Ok((moment(&start, "no_entry")?, moment(&end, "no_entry")?))
}

#[pymethods]
impl PySession {
    #[new]
    #[pyo3(
        signature = (timeframe, no_entry=Given::ABSENT, flat_at=Given::ABSENT),
        text_signature = "(timeframe, no_entry=(), flat_at=())"
    )]
    fn new(
        timeframe: &Bound<'_, PyAny>,
        no_entry: Given<'_>,
        flat_at: Given<'_>,
    ) -> PyResult<Self> {
        let Ok(text) = timeframe.cast::<PyString>() else {
            let code = ErrorCode::TimeframeInvalid;
            return Err(Fault::new(code, "timeframe", timeframe, TIMEFRAME_EXPECTED).into());
        };
        let windows = listed(&no_entry, "no_entry")?;
        let windows: PyResult<Vec<_>> = windows.iter().map(window).collect();
        let flats = listed(&flat_at, "flat_at")?;
        let flats: PyResult<Vec<_>> = flats.iter().map(|time| moment(time, "flat_at")).collect();
        let session = Session::new(&text.to_string_lossy(), &windows?, &flats?);
        session.map(|session| Self { session }).map_err(raise)
    }

    #[getter]
    fn timeframe(&self) -> &str {
        self.session.timeframe()
    }

    #[getter]
    fn no_entry<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.session.no_entry())
    }

    #[getter]
    fn flat_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.session.flat_at())
    }
}

value_methods!(PySession, "Session", ["timeframe", "no_entry", "flat_at"]);
