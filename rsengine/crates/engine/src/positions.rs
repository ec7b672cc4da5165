//! The record of one order from acceptance to exit (rules E2, P2).

use std::sync::Arc;

use crate::arithmetic::{distance, is_finite};
use crate::errors::{EngineError, ErrorCode, Result};
use crate::signals::{Direction, OrderType};

/// A level that may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The stop.
    StopLoss,
    /// The target.
    TakeProfit,
}

impl Level {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StopLoss => "stop_loss",
            Self::TakeProfit => "take_profit",
        }
    }
}

/// Where in its bar an order filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FillAt {
    /// At the open: the whole bar follows.
    Open,
    /// At the close: nothing of the bar follows.
    Close,
}

impl FillAt {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
        }
    }
}

/// Why a position was closed (X5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the words of X5")]
pub enum Reason {
    StopLoss,
    BreakEvenStopLoss,
    TrailingStop,
    TakeProfit,
    Timeout,
    SessionClose,
    PartialExit,
    StopOut,
    Manual,
    EndOfData,
}

impl Reason {
    /// All reasons, in the order of X5.
    pub const ALL: [Self; 10] = [
        Self::StopLoss,
        Self::BreakEvenStopLoss,
        Self::TrailingStop,
        Self::TakeProfit,
        Self::Timeout,
        Self::SessionClose,
        Self::PartialExit,
        Self::StopOut,
        Self::Manual,
        Self::EndOfData,
    ];

    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StopLoss => "stop_loss",
            Self::BreakEvenStopLoss => "break_even_stop_loss",
            Self::TrailingStop => "trailing_stop",
            Self::TakeProfit => "take_profit",
            Self::Timeout => "timeout",
            Self::SessionClose => "session_close",
            Self::PartialExit => "partial_exit",
            Self::StopOut => "stop_out",
            Self::Manual => "manual",
            Self::EndOfData => "end_of_data",
        }
    }

    /// Reads the reason given to `close`.
    ///
    /// # Errors
    /// `REASON_UNKNOWN`.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| {
                let known: Vec<_> = Self::ALL.iter().map(|reason| reason.as_str()).collect();
                EngineError::new(ErrorCode::ReasonUnknown)
                    .in_field("reason")
                    .with_value(text)
                    .expecting(known.join(", "))
            })
    }
}

/// How an order became a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fill {
    /// Open of the bar that filled it.
    pub time_us: i64,
    /// Where in that bar.
    pub at: FillAt,
    /// Price with slippage.
    pub price: f64,
    /// Entry fee.
    pub fee: f64,
    /// The rule that filled it; empty in a record that no executor of ours made.
    pub rule: &'static str,
}

/// How a position was closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exit {
    /// Moment given, or open of the bar that closed it.
    pub time_us: i64,
    /// Price with slippage.
    pub price: f64,
    /// Exit fee.
    pub fee: f64,
    /// Why.
    pub reason: Reason,
    /// The rule that closed it.
    pub rule: &'static str,
    /// Gain without fees (P2.result).
    pub result: f64,
    /// Gain with both fees.
    pub net_result: f64,
    /// Gain in units of the initial risk; `None` without an initial stop.
    pub r_multiple: Option<f64>,
    /// Whether the bar left open which level came first (X3).
    pub ambiguous: bool,
}

/// What an order has become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum State {
    /// It waits for its fill.
    Pending,
    /// It is a position.
    Open(Fill),
    /// It was a position.
    Closed(Fill, Exit),
    /// It was refused at its fill.
    Rejected,
    /// The data ended before its fill.
    Expired,
}

/// The record of one order from acceptance to exit; times in microseconds, prices in quote.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// Number of the order, from 1; 0 for a record that no executor of ours made (L7).
    pub order_id: u64,
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Long or short.
    pub direction: Direction,
    /// How it became a position.
    pub order_type: OrderType,
    /// Open of the signal's bar.
    pub entry_time_us: i64,
    /// Opening side's close at acceptance.
    pub reference: f64,
    /// Account currency gained by one lot per unit of price.
    pub unit_value: f64,
    /// Volume in lots.
    pub size: f64,
    /// Stop that reads back.
    pub stop_loss: Option<f64>,
    /// Target that reads back.
    pub take_profit: Option<f64>,
    /// Stop that EXITS tests; a write made in ENTRY reaches it in CLOSE (L8).
    pub committed_stop_loss: Option<f64>,
    /// Target that EXITS tests.
    pub committed_take_profit: Option<f64>,
    /// Stop at acceptance.
    pub initial_stop_loss: Option<f64>,
    /// Target at acceptance.
    pub initial_take_profit: Option<f64>,
    /// What the user put at stake, as configured.
    pub risk_per_trade: f64,
    /// 1R in account currency; `None` without an initial stop.
    pub risk: Option<f64>,
    /// Decimals that levels are snapped to.
    pub digits: Option<u32>,
    /// Reason of an exit at the stop.
    pub stop_reason: Reason,
    /// Place of the executor that made it, in its core.
    pub owner: Option<usize>,
    /// What it has become.
    pub state: State,
}

impl Position {
    /// The record of an order that was just accepted.
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "as many as the twin has")]
    pub fn new(
        order_id: u64,
        symbol: Arc<str>,
        direction: Direction,
        order_type: OrderType,
        entry_time_us: i64,
        reference: f64,
        unit_value: f64,
        size: f64,
        stop_loss: Option<f64>,
        take_profit: Option<f64>,
        risk_per_trade: f64,
        digits: Option<u32>,
    ) -> Self {
        Self {
            order_id,
            symbol,
            direction,
            order_type,
            entry_time_us,
            reference,
            unit_value,
            size,
            stop_loss,
            take_profit,
            committed_stop_loss: stop_loss,
            committed_take_profit: take_profit,
            initial_stop_loss: stop_loss,
            initial_take_profit: take_profit,
            risk_per_trade,
            risk: risk_of(reference, stop_loss, size, unit_value),
            digits,
            stop_reason: Reason::StopLoss,
            owner: None,
            state: State::Pending,
        }
    }

    /// Returns the gain at a price in account currency (P2.result, P3.equity).
    ///
    /// `(((price - entry) * sign) * size) * unit value`, never -0.0.
    #[must_use]
    pub fn gain(&self, price: f64) -> f64 {
        ((((price - self.entry_price()) * self.direction.sign()) * self.size) * self.unit_value)
            + 0.0
    }

    /// Closes the record at a price: result, R and reason (P2); only an open one has a fill.
    pub fn finish(
        &mut self,
        price: f64,
        time_us: i64,
        exit_fee: f64,
        reason: Reason,
        rule: &'static str,
        ambiguous: bool,
    ) {
        let State::Open(fill) = self.state else {
            debug_assert!(false, "Invariant: only an open position is closed");
            return;
        };
        let result = self.gain(price);
        let exit = Exit {
            time_us,
            price,
            fee: exit_fee,
            reason,
            rule,
            result,
            net_result: ((result - fill.fee) - exit_fee) + 0.0,
            r_multiple: self.risk.map(|risk| (result / risk) + 0.0),
            ambiguous,
        };
        self.state = State::Closed(fill, exit);
    }

    /// Makes a written level the one that EXITS tests; a new stop changes the exit's reason.
    pub fn commit(&mut self, field: Level, value: Option<f64>) {
        match field {
            Level::StopLoss => {
                if value != self.committed_stop_loss {
                    self.stop_reason = Reason::BreakEvenStopLoss;
                }
                self.committed_stop_loss = value;
            }
            Level::TakeProfit => self.committed_take_profit = value,
        }
    }

    /// Returns the visible stop or target.
    #[must_use]
    pub fn level(&self, field: Level) -> Option<f64> {
        match field {
            Level::StopLoss => self.stop_loss,
            Level::TakeProfit => self.take_profit,
        }
    }

    /// Sets the visible stop or target.
    pub fn show(&mut self, field: Level, value: Option<f64>) {
        match field {
            Level::StopLoss => self.stop_loss = value,
            Level::TakeProfit => self.take_profit = value,
        }
    }

    /// Returns the stop or target that EXITS tests.
    #[must_use]
    pub fn committed(&self, field: Level) -> Option<f64> {
        match field {
            Level::StopLoss => self.committed_stop_loss,
            Level::TakeProfit => self.committed_take_profit,
        }
    }
}

/// Returns 1R in account currency, `None` without a stop (P2.r_multiple).
///
/// `(|reference - initial stop| * size) * unit value`
///
/// ```
/// # use fillproof_engine::positions::risk_of;
/// assert_eq!(risk_of(1.5, Some(1.25), 0.1, 100000.0), Some(2500.0));
/// ```
#[must_use]
pub fn risk_of(reference: f64, stop_loss: Option<f64>, size: f64, unit_value: f64) -> Option<f64> {
    let risk = (distance(reference, stop_loss?) * size) * unit_value;
    (risk > 0.0).then_some(risk)
}

/// Reads a level that is written to a position.
///
/// # Errors
/// `LEVEL_NOT_FINITE`.
pub fn check_level(field: Level, value: Option<f64>) -> Result<Option<f64>> {
    match value {
        Some(x) if !is_finite(x) => Err(EngineError::new(ErrorCode::LevelNotFinite)
            .in_field(field.as_str())
            .with_value(x)
            .expecting("a finite price, or None to remove the level")),
        other => Ok(other),
    }
}
