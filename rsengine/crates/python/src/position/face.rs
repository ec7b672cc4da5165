//! What users read from a position, and the two levels that they may write (M2).

use pyo3::intern;

use super::*;

#[pymethods]
impl PyPosition {
    #[getter]
    pub fn order_id(&self) -> u64 {
        self.read(|position| position.order_id)
    }

    #[getter]
    fn symbol<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        let symbol = self.read(|position| Arc::clone(&position.symbol));
        PyString::new(py, &symbol)
    }

    #[getter]
    pub(super) fn direction<'py>(&self, py: Python<'py>) -> &'py Bound<'py, PyString> {
        if self.read(|position| position.direction == Direction::Long) {
            intern!(py, "long")
        } else {
            intern!(py, "short")
        }
    }

    #[getter]
    fn order_type(&self) -> &'static str {
        self.read(|position| position.order_type.as_str())
    }

    #[getter]
    pub(super) fn status(&self) -> &'static str {
        self.read(Position::status)
    }

    #[getter]
    fn is_closed(&self) -> bool {
        self.read(Position::is_closed)
    }

    #[getter]
    fn entry_time_us(&self) -> i64 {
        self.read(|position| position.entry_time_us)
    }

    #[getter]
    fn trigger_time_us(&self) -> Option<i64> {
        self.read(Position::trigger_time_us)
    }

    #[getter]
    fn exit_time_us(&self) -> Option<i64> {
        self.read(Position::exit_time_us)
    }

    #[getter]
    fn entry_time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        Self::time(py, Some(self.entry_time_us()))
    }

    #[getter]
    fn open_time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        self.entry_time(py)
    }

    #[getter]
    fn trigger_time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        Self::time(py, self.trigger_time_us())
    }

    #[getter]
    fn exit_time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        Self::time(py, self.exit_time_us())
    }

    #[getter]
    fn close_time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        self.exit_time(py)
    }

    #[getter]
    fn reference(&self) -> f64 {
        self.read(|position| position.reference)
    }

    #[getter]
    fn unit_value(&self) -> f64 {
        self.read(|position| position.unit_value)
    }

    #[getter]
    fn entry_price(&self) -> f64 {
        self.read(Position::entry_price)
    }

    #[getter]
    fn exit_price(&self) -> Option<f64> {
        self.read(Position::exit_price)
    }

    #[getter]
    fn size(&self) -> f64 {
        self.read(|position| position.size)
    }

    #[getter]
    fn initial_size(&self) -> f64 {
        self.read(|position| position.initial_size)
    }

    #[getter]
    fn part(&self) -> u32 {
        self.read(|position| position.part)
    }

    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        Self::time(py, self.read(|position| position.expires_at_us()))
    }

    #[getter]
    fn max_bars(&self) -> Option<u64> {
        self.read(|position| position.max_bars())
    }

    #[getter]
    fn oco<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyString>> {
        let name = self.read(|position| position.oco().cloned());
        name.map(|name| PyString::new(py, &name))
    }

    #[getter]
    fn risk_per_trade(&self) -> f64 {
        self.read(|position| position.risk_per_trade)
    }

    #[getter]
    fn stop_loss(&self) -> Option<f64> {
        self.read(|position| position.stop_loss)
    }

    #[setter]
    fn set_stop_loss(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.write(Level::StopLoss, value)
    }

    #[getter]
    fn take_profit(&self) -> Option<f64> {
        self.read(|position| position.take_profit)
    }

    #[setter]
    fn set_take_profit(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.write(Level::TakeProfit, value)
    }

    #[getter]
    fn initial_stop_loss(&self) -> Option<f64> {
        self.read(|position| position.initial_stop_loss)
    }

    #[getter]
    fn initial_take_profit(&self) -> Option<f64> {
        self.read(|position| position.initial_take_profit)
    }

    #[getter]
    fn entry_fee(&self) -> f64 {
        self.read(Position::entry_fee)
    }

    #[getter]
    fn exit_fee(&self) -> f64 {
        self.read(Position::exit_fee)
    }

    #[getter]
    fn result(&self) -> Option<f64> {
        self.read(Position::result)
    }

    /// Swap booked so far, account currency; positive gains (P6.swap).
    #[getter]
    fn swap(&self) -> f64 {
        self.read(|position| position.swap)
    }

    #[getter]
    fn net_result(&self) -> Option<f64> {
        self.read(Position::net_result)
    }

    #[getter]
    fn r_multiple(&self) -> Option<f64> {
        self.read(Position::r_multiple)
    }

    #[getter]
    fn reason(&self) -> Option<&'static str> {
        self.read(|position| position.reason().map(Reason::as_str))
    }

    #[getter]
    fn entry_rule(&self) -> Option<&'static str> {
        self.read(Position::entry_rule)
            .filter(|rule| *rule != NO_RULE)
    }

    #[getter]
    fn exit_rule(&self) -> Option<&'static str> {
        self.read(Position::exit_rule)
    }

    #[getter]
    fn ambiguous(&self) -> bool {
        self.read(Position::ambiguous)
    }

    #[getter]
    fn marks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let marks = self.read(|position| position.marks().to_vec());
        let made: PyResult<Vec<_>> = marks
            .iter()
            .map(|mark| Bound::new(py, PyMark::from(mark)))
            .collect();
        PyTuple::new(py, made?)
    }
}
