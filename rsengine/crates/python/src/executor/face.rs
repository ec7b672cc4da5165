//! What users read from an executor, and the calls that the loop makes to it.

use super::*;

#[pymethods]
impl PyExecutor {
    /// Records signal, order, fill and exit events from now on.
    fn attach_tracer(&self, tracer: Option<&Bound<'_, PyTracer>>) -> PyResult<()> {
        let parts = self.parts()?;
        let tracer = tracer
            .map(|tracer| tracer.get().tracer())
            .unwrap_or_default();
        parts
            .shared
            .with(|core| core.executors[parts.place].attach_tracer(&tracer));
        Ok(())
    }

    #[getter]
    fn portfolio<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.portfolio.bind(py).clone())
    }

    #[getter]
    fn risk_per_trade(&self) -> PyResult<f64> {
        Ok(self.parts()?.risk_per_trade)
    }

    #[getter]
    fn slippage_model<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.slippage_model.bind(py).clone())
    }

    #[getter]
    fn fee_model<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.fee_model.bind(py).clone())
    }

    #[getter]
    fn symbol_specs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.parts()?.symbol_specs.bind(py).copy()
    }

    #[getter]
    fn policy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.policy.bind(py).clone())
    }

    #[getter]
    fn sizing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.sizing.bind(py).clone())
    }

    #[getter]
    fn rates<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.rates.bind(py).clone())
    }

    #[getter]
    fn margin<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.margin.bind(py).clone())
    }

    #[getter]
    fn timeframe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.timeframe.bind(py).clone())
    }

    /// Margin that open positions tie up (A1.used); 0.0 without margin.
    #[getter]
    fn used_margin(&self) -> PyResult<f64> {
        let parts = self.parts()?;
        Ok(parts
            .shared
            .read_settled(|core| core.used_margin(parts.place)))
    }

    /// Equity of the portfolio's last row less the margin in use (A1.used).
    #[getter]
    fn free_margin(&self, py: Python<'_>) -> PyResult<f64> {
        let portfolio = self.parts()?.portfolio.bind(py);
        let equity: f64 = portfolio.getattr(intern!(py, "equity"))?.extract()?;
        Ok(equity - self.used_margin()?)
    }

    /// How many conversions used a rate older than max_age_minutes (P5.stale).
    #[getter]
    fn stale_rates(&self) -> PyResult<u64> {
        let parts = self.parts()?;
        let read = |core: &Core| core.executors[parts.place].stale_rates();
        Ok(parts.shared.read(read))
    }

    /// The lower bars by symbol, as they were given (X3.drilldown); a copy of the mapping.
    #[getter]
    fn lower_candles<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let given = self.parts()?.lower_candles.as_ref();
        given.map(|given| given.bind(py).copy()).transpose()
    }

    /// How many bars were asked of lower bars, how many those decided, how many had none.
    #[getter]
    fn drilldowns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let parts = self.parts()?;
        let read = |core: &Core| core.executors[parts.place].drilldowns();
        let counts = parts.shared.read(read);
        let told = PyDict::new(py);
        told.set_item("asked", counts.asked)?;
        told.set_item("decided", counts.decided)?;
        told.set_item("without", counts.without)?;
        Ok(told)
    }

    /// Checks the lower bars of a symbol against the bars of a run (X3.lower_times).
    fn check_lower_candles(&self, symbol: &str, times: Vec<i64>) -> PyResult<()> {
        self.check_lower(symbol, times.into_iter())
    }

    /// Takes bars whose times are places, of a run with other keys than times (L4.ordinal).
    fn use_ordinals(&self, py: Python<'_>) -> PyResult<()> {
        let parts = self.parts()?;
        let used = parts
            .shared
            .with(|core| core.executors[parts.place].use_ordinals());
        used.map_err(|error| match error.field.as_deref() {
            Some("session") => Fault::from(error).about(parts.session.bind(py)).into(),
            Some("rates") => Fault::from(error).about(parts.rates.bind(py)).into(),
            _ => raise(error),
        })
    }

    #[getter]
    fn session<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.session.bind(py).clone())
    }

    #[getter]
    fn strict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.parts()?.strict.bind(py).clone())
    }

    /// Waiting orders and open positions in order of acceptance (E2); a snapshot.
    #[getter]
    pub fn active_positions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let parts = self.parts()?;
        parts.book.get().active(py, parts.place)
    }

    /// Signals that broke a rule of the market (S3).
    #[getter]
    fn rejected_signals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let parts = self.parts()?;
        parts.listed(py, ExecutionSimulator::rejected_signals)
    }

    /// Commands that were not carried out (L8).
    #[getter]
    fn refused_commands<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let parts = self.parts()?;
        parts.listed(py, ExecutionSimulator::refused_commands)
    }

    /// Begins a bar: expiry, closes that wait for the open, waiting market orders (L2, E3, E1).
    #[pyo3(signature = (bid, ask, symbol=None))]
    fn open_bar(
        &self,
        bid: &Bound<'_, PyAny>,
        ask: &Bound<'_, PyAny>,
        symbol: Option<&Bound<'_, PyString>>,
    ) -> PyResult<()> {
        let parts = self.parts()?;
        let name = parts.named(symbol)?;
        let place = Place::default();
        let candles = (to_candle(bid, place)?, to_candle(ask, place)?);
        parts.drive(
            bid.py(),
            |core| core.begin_open(parts.place, &candles.0, &candles.1, Some(&name)),
            Some((&*name, bid, ask)),
            Asks::Open,
        )
    }

    /// Accepts or rejects one signal; a market order may fill at once (S3, E1, E4).
    fn process_signal(&self, signal: &Bound<'_, PyAny>) -> PyResult<()> {
        self.process(signal)
    }

    /// Tests orders and positions against a bar, in one pass by order of acceptance (E6).
    #[pyo3(signature = (bid, ask, symbol=None))]
    fn evaluate_exits(
        &self,
        bid: &Bound<'_, PyAny>,
        ask: &Bound<'_, PyAny>,
        symbol: Option<&Bound<'_, PyString>>,
    ) -> PyResult<()> {
        let parts = self.parts()?;
        let name = parts.named(symbol)?;
        let place = Place::default();
        let candles = (to_candle(bid, place)?, to_candle(ask, place)?);
        parts.drive(
            bid.py(),
            |core| core.begin_exits(parts.place, &candles.0, &candles.1, Some(&name)),
            Some((&*name, bid, ask)),
            Asks::Exits,
        )
    }

    /// Ends a bar: stop-out, queued commands; on the last bar what is left (A3, L8, X5).
    #[pyo3(signature = (timestamp, last=false))]
    fn close_bar(&self, timestamp: &Bound<'_, PyAny>, last: bool) -> PyResult<()> {
        let parts = self.parts()?;
        let time_us = to_time_us(timestamp, "timestamp", Place::default())?;
        let begin = |core: &mut Core| core.begin_close(parts.place, time_us, last);
        parts.drive(timestamp.py(), begin, None, Asks::Close(timestamp))
    }

    /// Returns the canonical state: orders, positions, ledger.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let parts = self.parts()?;
        let ledger_state = attribute(parts.portfolio.bind(py), intern!(py, "ledger_state"))?;
        let ledger = match ledger_state {
            Some(ledger_state) => ledger_state.call0()?,
            None => py.None().into_bound(py),
        };
        let row = parts.shared.read(|core| core.state(parts.place));
        state::state(py, row, ledger)
    }

    /// Takes over a state, for a run that goes on from the bar after it (L9.restore).
    fn restore(&self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let parts = self.parts()?;
        let accounted = parts
            .shared
            .with(|core| core.executors[parts.place].is_accounted());
        let carried = read_state(state, accounted)?;
        let portfolio = parts.portfolio.bind(state.py());
        let is_own = portfolio.cast::<PyPortfolio>().is_ok();
        parts
            .shared
            .with(|core| core.restore(parts.place, &carried, is_own))
            .map_err(|error| match error.code {
                ErrorCode::PortfolioInvalid => Fault::from(error).about(portfolio).into(),
                _ => raise(error),
            })
    }

    /// Returns one row for each process_signal call, as columns.
    fn signal_columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let parts = self.parts()?;
        let read = |core: &Core| core.executors[parts.place].signal_columns().clone();
        state::signal_columns(py, &parts.shared.read_settled(read))
    }

    /// Returns what gives an attribute as it is now, made when it is called.
    #[pyo3(name = "_later")]
    fn later(&self, py: Python<'_>, name: &str) -> PyResult<PyLater> {
        let parts = self.parts()?;
        PyLater::of_executor(py, &parts.book, parts.place, name)
    }
}
