//! Drives one executor of the `Core`, and between two positions a portfolio that is not native.

use super::*;

/// The candles of a call, as Python gave them, for a portfolio that wants to be shown them.
pub type Shown<'a, 'py> = Option<(&'a str, &'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>)>;

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
    ) -> PyResult<()> {
        let kind = self.kind(py);
        let begun = self.shared.with(|core| {
            core.set_ledger(self.place, kind);
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
            let stepped = self.shared.with(|core| {
                let step = core.step(&mut pass)?;
                Ok((matches!(step, Step::Done), core.take_effects()))
            });
            (done, effects) = stepped.map_err(raise)?;
        }
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

    /// The engine's rejections as Python sees them.
    pub fn listed<'py>(
        &self,
        py: Python<'py>,
        read: impl Fn(&ExecutionSimulator) -> &[Rejection],
    ) -> PyResult<Bound<'py, PyList>> {
        let rejections = self
            .shared
            .with(|core| read(&core.executors[self.place]).to_vec());
        let list = PyList::empty(py);
        for rejection in &rejections {
            list.append(PyRejection::of(py, rejection)?)?;
        }
        Ok(list)
    }
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
