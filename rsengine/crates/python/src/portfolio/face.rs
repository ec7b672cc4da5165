//! What users read from a portfolio (P1).

use super::*;

#[pymethods]
impl PyPortfolio {
    #[getter]
    fn initial_balance(&self) -> PyResult<f64> {
        self.read_booked(Portfolio::initial_balance)
    }

    #[getter]
    fn cash(&self) -> PyResult<f64> {
        self.read_booked(Portfolio::cash)
    }

    #[getter]
    fn equity(&self) -> PyResult<f64> {
        Ok(self.book()?.shared.equity())
    }

    #[getter]
    fn max_equity(&self) -> PyResult<f64> {
        self.read(Portfolio::max_equity)
    }

    #[getter]
    fn max_drawdown(&self) -> PyResult<f64> {
        self.read(Portfolio::max_drawdown)
    }

    #[getter]
    fn max_drawdown_worst(&self) -> PyResult<f64> {
        self.read(Portfolio::max_drawdown_worst)
    }

    #[getter]
    fn initial_max_drawdown(&self) -> PyResult<f64> {
        self.read(Portfolio::initial_max_drawdown)
    }

    #[getter]
    fn total_fees(&self) -> PyResult<f64> {
        self.read_booked(Portfolio::total_fees)
    }

    /// All swap booked; positive gains.
    #[getter]
    fn total_swap(&self) -> PyResult<f64> {
        self.read_booked(Portfolio::total_swap)
    }

    /// Rows in which an open position was marked with an old candle or rate (P3.row_stale).
    #[getter]
    fn stale_rows(&self) -> PyResult<u64> {
        self.read(Portfolio::stale_rows)
    }

    #[getter]
    fn realised_only(&self) -> PyResult<bool> {
        self.read_booked(Portfolio::realised_only)
    }

    /// Time of the latest exit, of a whole position or a part; None before the first.
    #[getter]
    fn last_exit_time<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDateTime>>> {
        let time_us = self.read_booked(Portfolio::last_exit_us)?;
        time_us.map(|time_us| to_datetime(py, time_us)).transpose()
    }

    #[getter(open_positions)]
    pub(super) fn opened<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.listed(py, |portfolio| portfolio.get_open_positions(None).collect())
    }

    #[getter]
    fn closed_positions<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.listed(py, |portfolio| portfolio.closed_positions().collect())
    }

    #[getter]
    fn expired_orders<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.listed(py, |portfolio| portfolio.expired_orders().to_vec())
    }

    #[getter]
    fn partial_closed_positions<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.listed(py, |portfolio| {
            portfolio.partial_closed_positions().collect()
        })
    }

    /// Closed positions and parts together, in order of their exits.
    #[getter]
    fn exits<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.listed(py, |portfolio| {
            let exits = portfolio.exits().iter();
            exits.map(|(holding, _)| *holding).collect()
        })
    }

    /// Fees as (time, kind, amount, position).
    #[getter]
    fn fees_log<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let book = self.book()?;
        let rows = book
            .shared
            .read_settled(|core| core.portfolio.fees_log().to_vec());
        later::fees(py, book, &rows)
    }

    /// Swaps as (time, amount, position).
    #[getter]
    fn swaps_log<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let book = self.book()?;
        let rows = book
            .shared
            .read_settled(|core| core.portfolio.swaps_log().to_vec());
        later::swaps(py, book, &rows)
    }

    /// Rows (time, cash, equity, equity_worst, drawdown).
    #[getter]
    fn equity_curve<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let rows = self.rows()?;
        let rows = rows.columns();
        let mut curve = Vec::with_capacity(rows.time_us.len());
        for (row, &time_us) in rows.time_us.iter().enumerate() {
            let (cash, equity) = (rows.cash[row], rows.equity[row]);
            let (worst, drawdown) = (rows.equity_worst[row], rows.drawdown[row]);
            let time = to_datetime(py, time_us)?;
            curve.push((time, cash, equity, worst, drawdown).into_pyobject(py)?);
        }
        Ok(curve)
    }

    /// Returns the equity rows as columns: time_us int64, the rest float64; they are read-only.
    fn equity_columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        PyEquityRows(self.rows()?).columns(py)
    }

    /// Returns the equity rows as they are now, of which columns can be made later.
    #[pyo3(name = "_equity_rows")]
    fn equity_rows(&self) -> PyResult<PyEquityRows> {
        Ok(PyEquityRows(self.rows()?))
    }

    /// Returns what gives an attribute as it is now, made when it is called.
    #[pyo3(name = "_later")]
    fn later(&self, py: Python<'_>, name: &str) -> PyResult<PyLater> {
        PyLater::of_portfolio(py, self.book_object()?, name)
    }
}
