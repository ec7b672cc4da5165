//! Drives one executor of the `Core`, and between two positions a portfolio that is not native.

use fillproof_engine::trace::Phase;

use super::*;

/// The candles of a call, as Python gave them, for a portfolio that wants to be shown them.
pub type Shown<'a, 'py> = Option<(&'a str, &'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>)>;

/// What a call may ask of a portfolio, besides telling it.
#[derive(Debug, Clone, Copy)]
pub enum Asks<'a, 'py> {
    /// Its equity, where market orders wait for this open.
    Open,
    /// Its equity, for a new order.
    Entry,
    /// Its equity, where triggers need margin; its first open position, in the preset parity.
    Exits,
    /// What it would write at this time, where positions may be stopped out.
    Close(&'a Bound<'py, PyAny>),
}

impl Asks<'_, '_> {
    fn phase(self) -> Phase {
        match self {
            Self::Open => Phase::Open,
            Self::Entry => Phase::Entry,
            Self::Exits => Phase::Exits,
            Self::Close(_) => Phase::Close,
        }
    }
}

impl Parts {
    pub fn is_native(&self, py: Python<'_>) -> bool {
        native_core(self.portfolio.bind(py)).is_some_and(|core| Arc::ptr_eq(&core, &self.shared))
    }

    pub fn kind(&self, py: Python<'_>) -> LedgerKind {
        if self.is_native(py) {
            LedgerKind::Native
        } else {
            LedgerKind::Foreign
        }
    }

    /// Does one pass over the positions; calls a portfolio that is not native between two of them.
    pub fn drive(
        &self,
        py: Python<'_>,
        begin: impl FnOnce(&mut Core) -> Result<Pass>,
        shown: Shown<'_, '_>,
        asks: Asks<'_, '_>,
    ) -> PyResult<()> {
        let kind = self.kind(py);
        let outside = self.outside(py, kind, asks)?;
        let begun = self.shared.with(|core| {
            core.set_ledger(self.place, kind);
            core.hand_in(self.place, outside);
            let mut pass = begin(core)?;
            if kind == LedgerKind::Native {
                while matches!(core.step(&mut pass)?, Step::More) {}
                return Ok(None);
            }
            Ok(Some((pass, core.take_effects())))
        });
        let Some((mut pass, mut effects)) = begun.map_err(raise)? else {
            return Ok(());
        };
        let mut done = false;
        loop {
            for effect in effects {
                if let Err(error) = self.replay(py, effect, shown) {
                    // What the pass did so far stands; the rest of it does not happen.
                    drop(pass);
                    return Err(error);
                }
            }
            if done {
                return Ok(());
            }
            self.answer(py, &pass, asks)?;
            let stepped = self.shared.with(|core| {
                let step = core.step(&mut pass)?;
                Ok((matches!(step, Step::Done), core.take_effects()))
            });
            (done, effects) = stepped.map_err(raise)?;
        }
    }

    /// Does something at once, then makes the calls to the portfolio that follow from it.
    pub fn order(
        &self,
        py: Python<'_>,
        command: impl FnOnce(&mut Core) -> Result<()>,
    ) -> PyResult<()> {
        let kind = self.kind(py);
        let (outcome, effects) = self.shared.with(|core| {
            core.set_ledger(self.place, kind);
            let outcome = command(core);
            (outcome, core.take_effects())
        });
        outcome.map_err(raise)?;
        for effect in effects {
            self.replay(py, effect, None)?;
        }
        Ok(())
    }

    /// What a portfolio that is not native says, as far as the call asks for it.
    pub fn outside(
        &self,
        py: Python<'_>,
        kind: LedgerKind,
        asks: Asks<'_, '_>,
    ) -> PyResult<Outside> {
        let mut outside = Outside::default();
        if kind == LedgerKind::Native {
            return Ok(outside);
        }
        let portfolio = self.portfolio.bind(py);
        if let (Asks::Exits, true) = (asks, self.is_parity) {
            let held = portfolio.getattr(intern!(py, "open_positions"))?;
            if held.is_truthy()? {
                let symbol = held.get_item(0)?.getattr(intern!(py, "symbol"))?;
                outside.first_open = Some(symbol.str()?.to_string_lossy().into());
            }
        }
        if let Asks::Entry = asks {
            outside.equity = self.equity(py, asks)?;
        }
        Ok(outside)
    }

    /// The equity of a portfolio that is not native, if the call asks for it and it has one.
    fn equity(&self, py: Python<'_>, asks: Asks<'_, '_>) -> PyResult<Option<f64>> {
        let name = intern!(py, "equity");
        let portfolio = self.portfolio.bind(py);
        let is_entry = matches!(asks, Asks::Entry);
        if self.has_margin || (is_entry && self.asks_equity) {
            return portfolio.getattr(name)?.extract().map(Some);
        }
        if self.is_parity {
            return Ok(None);
        }
        let equity = attribute(portfolio, name)?;
        equity.map(|equity| equity.extract()).transpose()
    }

    /// Hands in what the next step of a call asks a portfolio that is not native.
    fn answer(&self, py: Python<'_>, pass: &Pass, asks: Asks<'_, '_>) -> PyResult<()> {
        let (equity, appraisal) = self.shared.with(|core| {
            let equity = core.asks_equity(self.place, asks.phase());
            (equity, core.asks_appraisal(pass))
        });
        let mut outside = Outside::default();
        if equity {
            outside.equity = self.equity(py, asks)?;
        }
        if let (Asks::Close(timestamp), true) = (asks, appraisal) {
            outside.appraisal = Some(self.appraise(timestamp)?);
        }
        if equity || appraisal {
            self.shared.with(|core| core.hand_in(self.place, outside));
        }
        Ok(())
    }

    /// What a portfolio that is not native would write now (A3.stop_out).
    fn appraise(&self, timestamp: &Bound<'_, PyAny>) -> PyResult<Appraisal> {
        let py = timestamp.py();
        let portfolio = self.portfolio.bind(py);
        let said = portfolio.call_method1(intern!(py, "appraise"), (timestamp,))?;
        let (equity, equity_worst, by_symbol): (f64, f64, Bound<'_, PyAny>) = said.extract()?;
        let mut sides = Vec::new();
        for item in by_symbol.call_method0(intern!(py, "items"))?.try_iter()? {
            let (symbol, side): (String, Bound<'_, PyAny>) = item?.extract()?;
            let side = if side.eq(intern!(py, "high"))? {
                Side::High
            } else {
                Side::Low
            };
            sides.push((symbol.into(), side));
        }
        Ok(Appraisal {
            equity,
            equity_worst,
            sides,
        })
    }

    /// Makes one call to the portfolio.
    pub fn replay(&self, py: Python<'_>, effect: Effect, shown: Shown<'_, '_>) -> PyResult<()> {
        let portfolio = self.portfolio.bind(py);
        let book = self.book.get();
        match effect {
            Effect::Mark => {
                if let Some((symbol, bid, ask)) = shown
                    && let Some(mark) = attribute(portfolio, intern!(py, "mark"))?
                {
                    mark.call1((symbol, bid, ask))?;
                }
            }
            Effect::RegisterEntry(slot) => {
                let position = book.position(py, slot)?;
                portfolio.call_method1(intern!(py, "register_entry"), (position,))?;
            }
            Effect::RegisterFee {
                amount,
                time_us,
                slot,
            } => {
                let position = book.position(py, slot)?;
                let time = to_datetime(py, time_us)?;
                let arguments = (amount, time, intern!(py, "entry_fee"), position);
                portfolio.call_method1(intern!(py, "register_fee"), arguments)?;
            }
            Effect::RegisterSwap {
                amount,
                time_us,
                slot,
            } => {
                let position = book.position(py, slot)?;
                let arguments = (amount, to_datetime(py, time_us)?, position);
                portfolio.call_method1(intern!(py, "register_swap"), arguments)?;
            }
            Effect::RegisterExit(slot) => {
                let position = book.position(py, slot)?;
                portfolio.call_method1(intern!(py, "register_exit"), (position,))?;
            }
            Effect::RegisterExpired(slot) => {
                let position = book.position(py, slot)?;
                portfolio.call_method1(intern!(py, "register_expired"), (position,))?;
            }
        }
        Ok(())
    }

    /// What the executor has rejected or refused.
    pub fn listed<'py>(
        &self,
        py: Python<'py>,
        read: impl Fn(&ExecutionSimulator) -> &[Rejection],
    ) -> PyResult<Bound<'py, PyList>> {
        let rejections = self
            .shared
            .read_settled(|core| read(&core.executors[self.place]).to_vec());
        self::rejections(py, &rejections)
    }
}

/// The engine's rejections as Python sees them.
pub fn rejections<'py>(py: Python<'py>, rejections: &[Rejection]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for rejection in rejections {
        list.append(PyRejection::of(py, rejection)?)?;
    }
    Ok(list)
}

impl Parts {
    /// The symbol a call is about, as the executor would name it.
    pub fn named(&self, symbol: Option<&Bound<'_, PyString>>) -> PyResult<Arc<str>> {
        match symbol {
            Some(symbol) => Ok(symbol.to_string_lossy().into()),
            None => self
                .shared
                .with(|core| core.executors[self.place].symbol_in_use().cloned())
                .map_err(raise),
        }
    }
}
