//! What users order of an executor: close, cancel, modify (L8).

use fillproof_engine::blotter::Changes;
use pyo3::types::{PyBool, PyInt};

use super::*;
use crate::position::{PyPosition, to_level};

impl Parts {
    /// The slot of the order that a command is about.
    fn slot_of(&self, position: &Bound<'_, PyAny>) -> PyResult<u32> {
        let by_number = |order_id: u64| {
            self.shared
                .with(|core| core.executors[self.place].order_slot(order_id))
        };
        let found = if let Ok(own) = position.cast_exact::<PyPosition>() {
            let own = own.get();
            let slot = own.slot_in(&self.shared);
            slot.filter(|&slot| by_number(own.order_id()) == Some(slot))
        } else if position.is_instance_of::<PyInt>() && !position.is_instance_of::<PyBool>() {
            position.extract::<u64>().ok().and_then(by_number)
        } else {
            None
        };
        found.ok_or_else(|| {
            let expected = "an order of this executor or its order id";
            Fault::new(ErrorCode::OrderUnknown, "position", position, expected).into()
        })
    }
}

#[pymethods]
impl PyExecutor {
    /// Closes a position at a market price (X5.manual, X5.manual_open).
    fn close(&self, position: &Bound<'_, PyAny>) -> PyResult<()> {
        let parts = self.parts()?;
        let slot = parts.slot_of(position)?;
        parts.order(position.py(), |core| core.close_order(parts.place, slot))
    }

    /// Cancels a waiting order (L8.cancelled); ordered in ENTRY it is queued for CLOSE.
    fn cancel(&self, position: &Bound<'_, PyAny>) -> PyResult<()> {
        let parts = self.parts()?;
        let slot = parts.slot_of(position)?;
        parts.order(position.py(), |core| core.cancel_order(parts.place, slot))
    }

    /// Changes the levels or the expiry of an order; what is left out stays (L8.queued_write).
    #[pyo3(signature = (
        position, *, sl=Given::ABSENT, tp=Given::ABSENT, expires_at=Given::ABSENT
    ))]
    fn modify(
        &self,
        position: &Bound<'_, PyAny>,
        sl: Given<'_>,
        tp: Given<'_>,
        expires_at: Given<'_>,
    ) -> PyResult<()> {
        let parts = self.parts()?;
        let slot = parts.slot_of(position)?;
        let level = |given: Given<'_>, field| {
            let given = given.get();
            given.map(|value| to_level(value, field)).transpose()
        };
        let changes = Changes {
            stop_loss: level(sl, "stop_loss")?,
            take_profit: level(tp, "take_profit")?,
            expires_at_us: match expires_at.get() {
                None => None,
                Some(value) if value.is_none() => Some(None),
                Some(value) => Some(Some(to_time_us(value, "expires_at", Place::default())?)),
            },
        };
        parts.order(position.py(), |core| {
            core.modify_order(parts.place, slot, changes)
        })
    }
}
