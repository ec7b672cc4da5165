//! The calls that an executor makes to its portfolio.
//!
//! The executor brings its own record up to date, then makes the call. With a portfolio of the same
//! core the call is carried out at once; with any other it is written down, and whoever drives the
//! executor carries it out before the executor goes on.

use std::sync::Arc;

use crate::candles::Candle;
use crate::desk::same_symbol;
use crate::errors::Result;
use crate::holdings::{EntryNumbers, ExitNumbers, Holding};
pub use crate::marks::Side;
use crate::portfolio::{ENTRY_FEE, Portfolio};
use crate::positions::{Position, Positions};

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
    /// `register_swap(amount, time, position)`.
    RegisterSwap {
        /// Account currency, positive gains.
        amount: f64,
        /// Open of the bar.
        time_us: i64,
        /// The position it is booked for.
        slot: u32,
    },
    /// `register_exit(position)`.
    RegisterExit(u32),
    /// `register_expired(position)`.
    RegisterExpired(u32),
}

/// What a portfolio says it would write now (A3.stop_out).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Appraisal {
    /// Equity.
    pub equity: f64,
    /// Equity at the worst of the bar.
    pub equity_worst: f64,
    /// By symbol, whether the lows or the highs were the worst.
    pub sides: Vec<(Arc<str>, Side)>,
}

impl Appraisal {
    /// Whether the lows or the highs were the worst of a symbol; the lows where nobody says.
    #[must_use]
    pub fn side_of(&self, symbol: &Arc<str>) -> Side {
        let known = self
            .sides
            .iter()
            .find(|(name, _)| same_symbol(name, symbol));
        known.map_or(Side::Low, |(_, side)| *side)
    }
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
    /// Lets it book a night's swap.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    fn register_swap(
        &mut self,
        amount: f64,
        time_us: i64,
        slot: u32,
        position: &Position,
    ) -> Result<()>;
    /// Asks what it would write now; `None` where it lives elsewhere (A3.stop_out).
    fn appraise(&mut self, time_us: i64) -> Option<Appraisal>;
    /// Takes a closed position back out of it.
    ///
    /// # Errors
    /// `NUMBER_INVALID`.
    fn register_exit(&mut self, slot: u32, position: &Position) -> Result<()>;
    /// Tells it of an order that never filled.
    fn register_expired(&mut self, slot: u32);
    /// Tells it that a part of a position was closed; one that lives elsewhere reads the rest.
    fn resize(&mut self, slot: u32, position: &Position);
    /// Tells it that unit values have changed; one that lives elsewhere reads the positions.
    fn revalue(&mut self, positions: &Positions);
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

    fn register_swap(
        &mut self,
        amount: f64,
        time_us: i64,
        slot: u32,
        position: &Position,
    ) -> Result<()> {
        let who = Some(Holding::Own(slot));
        Self::register_swap(self, amount, time_us, who, position.order_id)
    }

    fn appraise(&mut self, time_us: i64) -> Option<Appraisal> {
        Some(Self::appraise(self, time_us))
    }

    fn register_exit(&mut self, slot: u32, position: &Position) -> Result<()> {
        let numbers = ExitNumbers::of(position)?;
        Self::register_exit(self, Holding::Own(slot), numbers)
    }

    fn register_expired(&mut self, slot: u32) {
        Self::register_expired(self, Holding::Own(slot));
    }

    fn resize(&mut self, slot: u32, position: &Position) {
        Self::reread(self, Holding::Own(slot), position);
    }

    fn revalue(&mut self, positions: &Positions) {
        Self::revalue(self, positions);
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

    fn register_swap(
        &mut self,
        amount: f64,
        time_us: i64,
        slot: u32,
        _position: &Position,
    ) -> Result<()> {
        self.push(Effect::RegisterSwap {
            amount,
            time_us,
            slot,
        });
        Ok(())
    }

    fn appraise(&mut self, _time_us: i64) -> Option<Appraisal> {
        None
    }

    fn register_exit(&mut self, slot: u32, _position: &Position) -> Result<()> {
        self.push(Effect::RegisterExit(slot));
        Ok(())
    }

    fn register_expired(&mut self, slot: u32) {
        self.push(Effect::RegisterExpired(slot));
    }

    fn resize(&mut self, _slot: u32, _position: &Position) {}

    fn revalue(&mut self, _positions: &Positions) {}
}
