//! The calls that an executor makes to its portfolio.
//!
//! The executor brings its own record up to date, then makes the call. With a portfolio of the same
//! core the call is carried out at once; with any other it is written down, and whoever drives the
//! executor carries it out before the executor goes on.

use std::sync::Arc;

use crate::candles::Candle;
use crate::errors::Result;
use crate::holdings::{EntryNumbers, ExitNumbers, Holding};
use crate::portfolio::{ENTRY_FEE, Portfolio};
use crate::positions::Position;

/// Where an executor's portfolio lives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LedgerKind {
    /// It is the portfolio of the same core.
    #[default]
    Native,
    /// It lives elsewhere, and its calls come out as effects.
    Foreign,
}

/// A call to a portfolio that lives elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// `mark(symbol, bid, ask)` with the candles of the call under way, if it has such a method.
    Mark,
    /// `register_entry(position)`.
    RegisterEntry(u32),
    /// `register_fee(amount, time, "entry_fee", position)`.
    RegisterFee {
        /// Account currency.
        amount: f64,
        /// Open of the bar.
        time_us: i64,
        /// The position it is paid for.
        slot: u32,
    },
    /// `register_exit(position)`.
    RegisterExit(u32),
    /// `register_expired(position)`.
    RegisterExpired(u32),
}

/// What an executor asks of a portfolio.
pub trait Ledger {
    /// Equity of its last row; `None` where it lives elsewhere (E4.risk_fraction).
    fn equity(&self) -> Option<f64>;
    /// Symbol of its first open position, `None` where it has none or lives elsewhere (R3.buffer).
    fn first_open(&self) -> Option<&Arc<str>>;
    /// Shows it the current bar of a symbol.
    fn mark(&mut self, symbol: &Arc<str>, bid: &Candle, ask: &Candle);
    /// Gives it a filled position.
    fn register_entry(&mut self, slot: u32, position: &Position);
    /// Lets it book an entry fee.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    fn register_fee(
        &mut self,
        amount: f64,
        time_us: i64,
        slot: u32,
        position: &Position,
    ) -> Result<()>;
    /// Takes a closed position back out of it.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    fn register_exit(&mut self, slot: u32, position: &Position) -> Result<()>;
    /// Tells it of an order that never filled.
    fn register_expired(&mut self, slot: u32);
    /// Tells it that a part of a position was closed; one that lives elsewhere reads the rest.
    fn resize(&mut self, slot: u32, position: &Position);
}

impl Ledger for Portfolio {
    fn equity(&self) -> Option<f64> {
        Some(Self::equity(self))
    }

    fn first_open(&self) -> Option<&Arc<str>> {
        self.first_symbol()
    }

    #[inline]
    fn mark(&mut self, symbol: &Arc<str>, bid: &Candle, ask: &Candle) {
        Self::mark(self, symbol, bid, ask);
    }

    fn register_entry(&mut self, slot: u32, position: &Position) {
        let numbers = EntryNumbers::of(position);
        Self::register_entry(self, Holding::Own(slot), &position.symbol, numbers);
    }

    fn register_fee(
        &mut self,
        amount: f64,
        time_us: i64,
        slot: u32,
        position: &Position,
    ) -> Result<()> {
        let who = Some(Holding::Own(slot));
        Self::register_fee(self, amount, time_us, ENTRY_FEE, who, position.order_id)
    }

    fn register_exit(&mut self, slot: u32, position: &Position) -> Result<()> {
        let numbers = ExitNumbers::of(position)?;
        Self::register_exit(self, Holding::Own(slot), numbers)
    }

    fn register_expired(&mut self, slot: u32) {
        Self::register_expired(self, Holding::Own(slot));
    }

    fn resize(&mut self, slot: u32, position: &Position) {
        Self::resize(self, Holding::Own(slot), position.size);
    }
}

impl Ledger for Vec<Effect> {
    fn equity(&self) -> Option<f64> {
        None
    }

    fn first_open(&self) -> Option<&Arc<str>> {
        None
    }

    fn mark(&mut self, _symbol: &Arc<str>, _bid: &Candle, _ask: &Candle) {
        self.push(Effect::Mark);
    }

    fn register_entry(&mut self, slot: u32, _position: &Position) {
        self.push(Effect::RegisterEntry(slot));
    }

    fn register_fee(
        &mut self,
        amount: f64,
        time_us: i64,
        slot: u32,
        _position: &Position,
    ) -> Result<()> {
        self.push(Effect::RegisterFee {
            amount,
            time_us,
            slot,
        });
        Ok(())
    }

    fn register_exit(&mut self, slot: u32, _position: &Position) -> Result<()> {
        self.push(Effect::RegisterExit(slot));
        Ok(())
    }

    fn register_expired(&mut self, slot: u32) {
        self.push(Effect::RegisterExpired(slot));
    }

    fn resize(&mut self, _slot: u32, _position: &Position) {}
}
