//! Positions as a `PositionManager` sees them: our own, and those of other makers (rules M1, M2).
//!
//! Both kinds answer the same questions and take the same orders; beside that they keep what the
//! manager has done with them so far. How others do it is the business of whoever keeps them.

use std::sync::Arc;

use crate::arithmetic::distance;
use crate::blotter::Rejection;
use crate::core::Core;
use crate::desk::ExecutionSimulator;
use crate::errors::{EngineError, ErrorCode, Result, Value};
use crate::positions::{FillAt, Level, Position, Reason};
use crate::symbols::SymbolSpec;
use crate::trace::Action;

/// What the manager remembers of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Bars since the one of its fill.
    pub bars: u64,
    /// Whether the break-even rule is done.
    pub is_even: bool,
    /// How many of the partials are done.
    pub parts: usize,
    last_us: Option<i64>,
}

impl Memory {
    /// Of a position that was filled in a bar and that the manager sees for the first time.
    #[must_use]
    pub fn new(filled_us: Option<i64>) -> Self {
        Self {
            bars: 0,
            is_even: false,
            parts: 0,
            // Until the manager has been called, the bar of the fill is the last one it knows.
            last_us: filled_us,
        }
    }

    /// Counts a bar, once however often the manager is called in it.
    pub fn see_bar(&mut self, time_us: i64) {
        if self.last_us.is_none_or(|last_us| time_us > last_us) {
            self.bars += 1;
            self.last_us = Some(time_us);
        }
    }
}

/// A position of any maker.
pub trait Managed {
    /// What reading it or giving it an order may raise.
    type Error: From<EngineError>;

    /// What the manager has done with it so far.
    fn memory(&mut self) -> &mut Memory;
    /// 1.0 for a long, -1.0 for a short.
    fn sign(&self) -> f64;
    /// Trading symbol.
    fn symbol(&self) -> &Arc<str>;
    /// Decimals of its prices, for counting gains.
    fn digits(&self) -> Option<u32>;
    /// Decimals that its levels are snapped to.
    fn grid(&self) -> Option<u32>;
    /// Specification of its symbol, for volumes.
    fn spec(&self) -> Option<&SymbolSpec>;
    /// Whether it is still in the market.
    ///
    /// # Errors
    /// What reading it raises; so with all that follow.
    fn is_open(&self) -> std::result::Result<bool, Self::Error>;
    /// Price units of a pip.
    ///
    /// # Errors
    /// `SPEC_REQUIRED`.
    fn pip_size(&self, option: &str) -> std::result::Result<f64, Self::Error>;
    /// The distance of 1R in price units, `None` without an initial stop.
    ///
    /// # Errors
    /// As above.
    fn one_r(&self) -> std::result::Result<Option<f64>, Self::Error>;
    /// Price of the fill.
    ///
    /// # Errors
    /// As above.
    fn entry_price(&self) -> std::result::Result<f64, Self::Error>;
    /// The present stop.
    ///
    /// # Errors
    /// As above.
    fn stop_loss(&self) -> std::result::Result<Option<f64>, Self::Error>;
    /// Lots still open.
    ///
    /// # Errors
    /// As above.
    fn size(&self) -> std::result::Result<f64, Self::Error>;
    /// Lots of the fill.
    ///
    /// # Errors
    /// As above.
    fn initial_size(&self) -> std::result::Result<f64, Self::Error>;
    /// The moment of the fill: a bar's end at its close, else its open (M1.flat_at).
    fn filled_us(&self, length_us: i64) -> Option<i64>;
    /// What minutes of holding count from (M1.max_minutes, R5.manager).
    fn held_since_us(&self) -> Option<i64>;
    /// Makes a stop the committed one.
    ///
    /// # Errors
    /// As above.
    fn set_stop(
        &mut self,
        stop: f64,
        reason: Reason,
        rule: &'static str,
    ) -> std::result::Result<(), Self::Error>;
    /// Closes it, or a part of it, at the closing side's close.
    ///
    /// # Errors
    /// As above, and those of the portfolio.
    fn close(
        &mut self,
        size: Option<f64>,
        reason: Reason,
        rule: &'static str,
    ) -> std::result::Result<(), Self::Error>;
    /// Whether a part of it can be closed.
    ///
    /// # Errors
    /// As above.
    fn can_part(&self) -> std::result::Result<bool, Self::Error>;
    /// Makes the record of what was not carried out.
    ///
    /// # Errors
    /// As above.
    fn refuse(
        &mut self,
        rule: &'static str,
        field: &'static str,
        value: f64,
        expected: &str,
    ) -> std::result::Result<Rejection, Self::Error>;
}

/// What the rules read of a position of one of our executors.
#[derive(Debug, Clone)]
pub struct OwnNumbers {
    /// Place of its executor in the core.
    pub executor: usize,
    /// 1.0 for a long, -1.0 for a short.
    pub sign: f64,
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Decimals of its prices.
    pub digits: Option<u32>,
    /// Decimals that its levels are snapped to; none in the preset parity.
    pub grid: Option<u32>,
    /// Price units of a pip.
    pub pip_size: f64,
    /// The distance of 1R in price units.
    pub one_r: Option<f64>,
    /// Price of the fill.
    pub entry_price: f64,
    /// Lots of the fill.
    pub initial_size: f64,
    /// Open of the bar that filled it.
    pub trigger_us: i64,
    /// Whether it was filled at that bar's close.
    pub at_close: bool,
    /// What minutes of holding count from.
    pub held_since_us: i64,
}

impl OwnNumbers {
    /// The numbers of an open position of one of our executors; `None` of any other.
    #[must_use]
    pub fn of(position: &Position) -> Option<Self> {
        let fill = position.fill().filter(|_| position.is_open())?;
        let stop = position.initial_stop_loss;
        Some(Self {
            executor: position.owner?,
            sign: position.direction.sign(),
            symbol: Arc::clone(&position.symbol),
            digits: position.digits,
            grid: position.digits.filter(|_| !position.parity),
            pip_size: position.pip_size,
            one_r: stop.map(|stop| distance(position.reference, stop)),
            entry_price: fill.price,
            initial_size: position.initial_size,
            trigger_us: fill.time_us,
            at_close: fill.at == FillAt::Close,
            held_since_us: if position.parity {
                position.entry_time_us
            } else {
                fill.time_us
            },
        })
    }

    /// The moment of the fill: a bar's end at its close, else its open (M1.flat_at).
    #[must_use]
    pub fn filled_us(&self, length_us: i64) -> i64 {
        self.trigger_us + if self.at_close { length_us } else { 0 }
    }
}

/// A position of an executor of a core, while the portfolio lives in the same core.
#[derive(Debug)]
pub struct Own<'a> {
    core: &'a mut Core,
    slot: u32,
    memory: &'a mut Memory,
    numbers: OwnNumbers,
}

impl<'a> Own<'a> {
    /// A position as the manager sees it; `None` where it is not open, or not of our executors.
    pub fn new(core: &'a mut Core, slot: u32, memory: &'a mut Memory) -> Option<Self> {
        let numbers = OwnNumbers::of(core.positions.get(slot as usize)?)?;
        Some(Self {
            core,
            slot,
            memory,
            numbers,
        })
    }

    fn position(&self) -> &Position {
        &self.core.positions[self.slot as usize]
    }

    fn split(&mut self) -> (&mut ExecutionSimulator, &mut Position) {
        (
            &mut self.core.executors[self.numbers.executor],
            &mut self.core.positions[self.slot as usize],
        )
    }
}

impl Managed for Own<'_> {
    type Error = EngineError;

    fn memory(&mut self) -> &mut Memory {
        self.memory
    }

    fn sign(&self) -> f64 {
        self.numbers.sign
    }

    fn symbol(&self) -> &Arc<str> {
        &self.numbers.symbol
    }

    fn digits(&self) -> Option<u32> {
        self.numbers.digits
    }

    fn grid(&self) -> Option<u32> {
        self.numbers.grid
    }

    fn spec(&self) -> Option<&SymbolSpec> {
        let executor = self.core.executors.get(self.numbers.executor)?;
        executor.spec(&self.numbers.symbol)
    }

    fn is_open(&self) -> Result<bool> {
        Ok(self.position().is_open())
    }

    fn pip_size(&self, _option: &str) -> Result<f64> {
        Ok(self.numbers.pip_size)
    }

    fn one_r(&self) -> Result<Option<f64>> {
        Ok(self.numbers.one_r)
    }

    fn entry_price(&self) -> Result<f64> {
        Ok(self.numbers.entry_price)
    }

    fn stop_loss(&self) -> Result<Option<f64>> {
        Ok(self.position().stop_loss)
    }

    fn size(&self) -> Result<f64> {
        Ok(self.position().size)
    }

    fn initial_size(&self) -> Result<f64> {
        Ok(self.numbers.initial_size)
    }

    fn filled_us(&self, length_us: i64) -> Option<i64> {
        Some(self.numbers.filled_us(length_us))
    }

    fn held_since_us(&self) -> Option<i64> {
        Some(self.numbers.held_since_us)
    }

    fn set_stop(&mut self, stop: f64, reason: Reason, rule: &'static str) -> Result<()> {
        let slot = self.slot;
        let (executor, position) = self.split();
        set_own_stop(executor, (slot, position), stop, reason, rule);
        Ok(())
    }

    fn close(&mut self, size: Option<f64>, reason: Reason, rule: &'static str) -> Result<()> {
        self.core
            .close_managed(self.slot, size, reason, rule)
            .map(drop)
    }

    fn can_part(&self) -> Result<bool> {
        Ok(true)
    }

    fn refuse(
        &mut self,
        rule: &'static str,
        field: &'static str,
        value: f64,
        expected: &str,
    ) -> Result<Rejection> {
        let (executor, position) = self.split();
        refuse_own(executor, position, rule, field, value, expected)
    }
}

impl Core {
    /// The specification by which an own position is managed.
    #[must_use]
    pub fn managed_spec(&self, slot: u32) -> Option<&SymbolSpec> {
        let position = self.positions.get(slot as usize)?;
        self.executors.get(position.owner?)?.spec(&position.symbol)
    }

    /// Sets the stop of an own position by a rule of the manager, at once (M1).
    pub fn set_managed_stop(&mut self, slot: u32, stop: f64, reason: Reason, rule: &'static str) {
        let Some(position) = self.positions.get_mut(slot as usize) else {
            return;
        };
        let owner = position.owner;
        if let Some(executor) = owner.and_then(|place| self.executors.get_mut(place)) {
            set_own_stop(executor, (slot, position), stop, reason, rule);
        }
    }

    /// Records what a rule of the manager did not carry out with the executor, too (M1).
    ///
    /// # Errors
    /// `ORDER_UNKNOWN` where no executor of ours made the position.
    pub fn refuse_managed(
        &mut self,
        slot: u32,
        rule: &'static str,
        field: &'static str,
        value: f64,
        expected: &str,
    ) -> Result<Rejection> {
        let unknown = || EngineError::new(ErrorCode::OrderUnknown).in_field("slot");
        let position = self.positions.get(slot as usize).ok_or_else(unknown)?;
        let owner = position
            .owner
            .and_then(|place| self.executors.get_mut(place));
        refuse_own(
            owner.ok_or_else(unknown)?,
            position,
            rule,
            field,
            value,
            expected,
        )
    }
}

fn set_own_stop(
    executor: &mut ExecutionSimulator,
    (slot, position): (u32, &mut Position),
    stop: f64,
    reason: Reason,
    rule: &'static str,
) {
    position.show(Level::StopLoss, Some(stop));
    position.commit(Level::StopLoss, Some(stop), reason);
    executor.blotter.watch(slot);
    let field = Some(Level::StopLoss.as_str());
    executor
        .blotter
        .emit(position, Action::Written, rule, field);
}

fn refuse_own(
    executor: &mut ExecutionSimulator,
    position: &Position,
    rule: &'static str,
    field: &'static str,
    value: f64,
    expected: &str,
) -> Result<Rejection> {
    let blotter = &mut executor.blotter;
    blotter.refuse(position, field, Some(Value::Float(value)), rule, expected);
    let made = blotter.refused.last().cloned();
    made.ok_or_else(|| EngineError::new(ErrorCode::EnginePanic).in_field("refused"))
}
