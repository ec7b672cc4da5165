//! Positions of other makers, managed by their public surface (M2.foreign).

use std::sync::Arc;

use fillproof_engine::arithmetic::distance;
use fillproof_engine::blotter::Rejection;
use fillproof_engine::errors::{ErrorCode, Value};
use fillproof_engine::managed::{Managed, Memory};
use fillproof_engine::managed_bar::Bar;
use fillproof_engine::positions::Reason;
use fillproof_engine::symbols::SymbolSpec;
use pyo3::intern;
use pyo3::prelude::*;

use super::foreigners::{Numbers, is_open};
use super::own::Raised;
use super::{Parts, PyPositionManager};
use crate::errors::Fault;

struct Foreign<'a, 'py> {
    position: &'a Bound<'py, PyAny>,
    manager: &'a Bound<'py, PyPositionManager>,
    time: &'a Bound<'py, PyAny>,
    time_us: i64,
    close: f64,
    numbers: Numbers,
    spec: Option<&'a SymbolSpec>,
    memory: Memory,
}

impl Foreign<'_, '_> {
    fn number(&self, name: &str) -> Result<f64, Raised> {
        Ok(self.position.getattr(name)?.extract()?)
    }

    fn optional(&self, name: &str) -> Result<Option<f64>, Raised> {
        let value = self.position.getattr_opt(name)?;
        let value = value.filter(|value| !value.is_none());
        Ok(value.map(|value| value.extract()).transpose()?)
    }
}

/// Manages one position of another maker.
pub fn manage_foreign<'py>(
    manager: &Bound<'py, PyPositionManager>,
    parts: &Parts,
    position: &Bound<'py, PyAny>,
    time: &Bound<'py, PyAny>,
    bar: &Bar,
) -> PyResult<()> {
    let (numbers, mut memory) = parts.foreigners.of(position)?;
    if !is_open(position)? {
        return Ok(());
    }
    memory.see_bar(bar.time_us);
    let mut foreign = Foreign {
        position,
        manager,
        time,
        time_us: bar.time_us,
        close: bar.close(numbers.sign),
        spec: parts.spec(&numbers.symbol),
        numbers,
        memory,
    };
    let done = parts.manage(|management| management.manage(&mut foreign, bar));
    parts.foreigners.remember(position, foreign.memory);
    done.map_err(|raised| raised.0)
}

impl Managed for Foreign<'_, '_> {
    type Error = Raised;

    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }

    fn sign(&self) -> f64 {
        self.numbers.sign
    }

    fn symbol(&self) -> &Arc<str> {
        &self.numbers.symbol
    }

    fn digits(&self) -> Option<u32> {
        self.spec.and_then(|spec| spec.digits)
    }

    fn grid(&self) -> Option<u32> {
        self.digits()
    }

    fn spec(&self) -> Option<&SymbolSpec> {
        self.spec
    }

    fn is_open(&self) -> Result<bool, Raised> {
        Ok(is_open(self.position)?)
    }

    fn pip_size(&self, option: &str) -> Result<f64, Raised> {
        if let Some(spec) = self.spec {
            return Ok(spec.pip_size);
        }
        let py = self.position.py();
        let expected = "a SymbolSpec for the symbol among the manager's symbol_specs";
        let none = py.None().into_bound(py);
        let fault = Fault::new(ErrorCode::SpecRequired, option, &none, expected);
        Err(Raised(fault.for_symbol(&self.numbers.symbol).into()))
    }

    fn one_r(&self) -> Result<Option<f64>, Raised> {
        let Some(stop) = self.optional("initial_stop_loss")? else {
            return Ok(None);
        };
        let reference = match self.optional("reference")? {
            Some(reference) => reference,
            None => self.number("entry_price")?,
        };
        Ok(Some(distance(reference, stop)))
    }

    fn entry_price(&self) -> Result<f64, Raised> {
        self.number("entry_price")
    }

    fn stop_loss(&self) -> Result<Option<f64>, Raised> {
        let stop = self.position.getattr("stop_loss")?;
        Ok((!stop.is_none()).then(|| stop.extract()).transpose()?)
    }

    fn size(&self) -> Result<f64, Raised> {
        self.number("size")
    }

    fn initial_size(&self) -> Result<f64, Raised> {
        Ok(self.numbers.initial_size)
    }

    fn filled_us(&self, length_us: i64) -> Option<i64> {
        let length_us = if self.numbers.at_close { length_us } else { 0 };
        self.numbers
            .filled_us
            .map(|filled_us| filled_us + length_us)
    }

    fn held_since_us(&self) -> Option<i64> {
        self.numbers.filled_us
    }

    /// Writes a stop; its reason is the maker's business.
    fn set_stop(&mut self, stop: f64, _reason: Reason, _rule: &'static str) -> Result<(), Raised> {
        Ok(self.position.setattr("stop_loss", stop)?)
    }

    fn close(
        &mut self,
        size: Option<f64>,
        reason: Reason,
        _rule: &'static str,
    ) -> Result<(), Raised> {
        let py = self.position.py();
        let reason = reason.as_str();
        let closed = match size {
            None => {
                let arguments = (self.time, self.close, reason);
                self.position
                    .call_method1(intern!(py, "close"), arguments)?;
                self.position.clone()
            }
            Some(size) => {
                let arguments = (self.time, self.close, size, reason);
                let name = intern!(py, "close_part");
                self.position.call_method1(name, arguments)?
            }
        };
        let portfolio = self.manager.getattr(intern!(py, "portfolio"))?;
        if !portfolio.is_none() && !closed.is_none() {
            portfolio.call_method1(intern!(py, "register_exit"), (closed,))?;
        }
        Ok(())
    }

    fn can_part(&self) -> Result<bool, Raised> {
        Ok(self.position.hasattr("close_part")?)
    }

    fn refuse(
        &mut self,
        rule: &'static str,
        field: &'static str,
        value: f64,
        expected: &str,
    ) -> Result<Rejection, Raised> {
        let order_id = self.position.getattr_opt("order_id")?;
        let order_id = order_id.and_then(|order_id| order_id.extract().ok());
        Ok(Rejection {
            order_id: order_id.unwrap_or(0),
            time_us: self.time_us,
            symbol: Arc::clone(&self.numbers.symbol),
            rule,
            field,
            value: Some(Value::Float(value)),
            expected: expected.to_owned(),
        })
    }
}
