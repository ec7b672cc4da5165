//! What users read from a manager.

use super::*;

#[pymethods]
impl PyPositionManager {
    /// The portfolio that is told of closings of another maker's positions.
    #[getter]
    fn portfolio<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        attribute_or_none(slf.as_any(), intern!(slf.py(), "_portfolio"))
    }

    /// Times to be flat.
    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.session.bind(py).clone())
    }

    /// Bars after the one of the fill.
    #[getter]
    fn max_holding_bars(&self) -> PyResult<Option<u64>> {
        Ok(self.parts()?.max_holding_bars)
    }

    /// Minutes after the open of the bar of the fill.
    #[getter]
    fn max_holding_minutes(&self) -> PyResult<Option<f64>> {
        Ok(self.parts()?.max_holding_minutes)
    }

    /// When the stop goes to the fill.
    #[getter]
    fn break_even<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.break_even.bind(py).clone())
    }

    /// At what distance the stop follows.
    #[getter]
    fn trailing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.trailing.bind(py).clone())
    }

    /// Parts to be taken, in order.
    #[getter]
    fn partials<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        Ok(self.parts()?.partials.bind(py).clone())
    }

    /// Specifications for positions of other makers; a copy.
    #[getter]
    fn symbol_specs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.parts()?.symbol_specs.bind(py).copy()
    }

    /// Stops and parts that were not carried out, in order; a copy.
    #[getter]
    fn refused<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let refused = self.parts()?.state().management.refused.clone();
        let list = PyList::empty(py);
        for rejection in &refused {
            list.append(PyRejection::of(py, rejection)?)?;
        }
        Ok(list)
    }

    /// Takes bars whose times are places, of a run with other keys than times (L4.ordinal).
    fn use_ordinals(&self, py: Python<'_>) -> PyResult<()> {
        let parts = self.parts()?;
        let refused = parts.state().management.use_ordinals();
        refused.map_err(|error| match error.field.as_deref() {
            Some("session") => Fault::from(error).about(parts.session.bind(py)).into(),
            _ => raise(error),
        })
    }

    /// Takes the portfolio of a run.
    fn attach_portfolio(slf: &Bound<'_, Self>, portfolio: &Bound<'_, PyAny>) -> PyResult<()> {
        slf.setattr(intern!(slf.py(), "_portfolio"), portfolio)
    }
}
