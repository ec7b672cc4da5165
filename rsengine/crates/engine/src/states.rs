//! What an order can be, and how it came to it.

use crate::errors::{EngineError, ErrorCode, Result};

/// A level that may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The stop.
    StopLoss,
    /// The target.
    TakeProfit,
}

impl Level {
    /// Both levels, the stop first.
    pub const BOTH: [Self; 2] = [Self::StopLoss, Self::TakeProfit];

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
    /// Inside the bar, when its level was reached (E5).
    Inside,
    /// At the close: nothing of the bar follows.
    Close,
}

impl FillAt {
    /// Its name on every face.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Inside => "inside",
            Self::Close => "close",
        }
    }
}

/// Why a position was closed (X5), or a waiting order ended.
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
    /// Of an order whose time is over (E3); no reason to close with.
    Expired,
    /// Of an order that was called off (L8, S4); no reason to close with.
    Cancelled,
}

impl Reason {
    /// All reasons to close with, in the order of X5.
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
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
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
    /// Its time or the data ended before its fill, by this rule (E3, X5).
    Expired(&'static str),
    /// It was called off, by this rule (L8.cancelled, S4).
    Cancelled(&'static str),
}
