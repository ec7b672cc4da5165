//! The record of one order from acceptance to exit (rules E2, P2).

use std::sync::Arc;

use crate::ambiguity::Mark;
use crate::arithmetic::{distance, floor, is_finite, snap_level};
use crate::errors::{EngineError, ErrorCode, Result};
use crate::fast::Later;
use crate::signals::{Direction, OrderType};
pub use crate::states::{Exit, Fill, FillAt, Level, Reason, State};
use crate::symbols::LOT_UNIT;

/// Price units of one pip of a symbol without a specification.
pub const DEFAULT_PIP: f64 = 0.0001;

/// What only some orders have, kept apart so that the record of a plain one stays small.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Details {
    /// Level of a limit or stop order (E2).
    pub entry: Option<f64>,
    /// Price that has to be reached for it: beyond the entry of a limit order by `through`.
    pub trigger: Option<f64>,
    /// It is dead in bars at or after this time (E3.expired).
    pub expires_at_us: Option<i64>,
    /// So many bars of its symbol it may trigger in (E3.max_bars).
    pub max_bars: Option<u64>,
    /// Bars of its symbol that were opened since its acceptance.
    pub bars_seen: u64,
    /// Name that it shares with its group (S4).
    pub oco: Option<Arc<str>>,
    /// Number of that group, 0 without one.
    pub group: u64,
    /// What its bars left open (X4).
    pub marks: Vec<Mark>,
    /// Whether bars before the state that it comes from left something open (L9.restore).
    pub was_ambiguous: bool,
}

/// Records of orders by their slots.
pub type Positions = Later<Position>;

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
    /// Price from which sizes, distances and 1R count (E4.reference).
    pub reference: f64,
    /// Account currency gained by one lot per unit of price.
    pub unit_value: f64,
    /// Volume in lots, that of closed parts taken off.
    pub size: f64,
    /// Volume in lots before any part was closed.
    pub initial_size: f64,
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
    /// What only some orders have.
    pub details: Option<Box<Details>>,
    /// Price units of one pip, 0.0001 without a specification.
    pub pip_size: f64,
    /// What gains count by: the unit value, or that of the present rate (P5.unit_value).
    pub now_unit: f64,
    /// Whether that comes from a stale rate (P5.stale).
    pub stale_unit: bool,
    /// Swap booked so far, positive gains (P6.swap).
    pub swap: f64,
    /// Margin of the whole position at its fill, account currency (A1.used).
    pub margin: f64,
    /// What fees count by: the unit value, or the contract in the preset parity (P4, R4.fee).
    pub fee_unit: f64,
    /// How many parts were closed.
    pub parts: u32,
    /// Number of the partial exit that it is, from 1; 0 for a whole position.
    pub part: u32,
    /// Whether the preset parity made it (R).
    pub parity: bool,
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
            initial_size: size,
            stop_loss,
            take_profit,
            committed_stop_loss: stop_loss,
            committed_take_profit: take_profit,
            initial_stop_loss: stop_loss,
            initial_take_profit: take_profit,
            risk_per_trade,
            risk: risk_of(reference, stop_loss, size, unit_value),
            digits,
            details: None,
            pip_size: DEFAULT_PIP,
            now_unit: unit_value,
            stale_unit: false,
            swap: 0.0,
            margin: 0.0,
            fee_unit: unit_value,
            parts: 0,
            part: 0,
            parity: false,
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
        ((((price - self.entry_price()) * self.direction.sign()) * self.size) * self.now_unit) + 0.0
    }

    /// Returns the result of an exit at a price (P2.result; R4.result in the preset parity).
    #[must_use]
    pub fn result_at(&self, price: f64) -> f64 {
        if self.parity {
            parity_result(self, price)
        } else {
            self.gain(price)
        }
    }

    /// Closes the record at a price: result, R and reason (P2); only an open one has a fill.
    pub fn finish(
        &mut self,
        price: f64,
        time_us: i64,
        exit_fee: f64,
        reason: Reason,
        rule: &'static str,
    ) {
        let State::Open(fill) = self.state else {
            debug_assert!(false, "Invariant: only an open position is closed");
            return;
        };
        let result = self.result_at(price);
        let r_multiple = if self.parity {
            parity_multiple(self, price)
        } else {
            self.risk.map(|risk| (result / risk) + 0.0)
        };
        let mut net_result = (result - fill.fee) - exit_fee;
        if self.swap != 0.0 {
            net_result += self.swap;
        }
        let exit = Exit {
            time_us,
            price,
            fee: exit_fee,
            reason,
            rule,
            result,
            net_result: net_result + 0.0,
            r_multiple,
        };
        self.state = State::Closed(fill, exit);
    }

    /// Makes a written level the one that EXITS tests; a new stop has the reason of its setter.
    pub fn commit(&mut self, field: Level, value: Option<f64>, reason: Reason) {
        match field {
            Level::StopLoss => {
                if value != self.committed_stop_loss {
                    self.stop_reason = reason;
                }
                self.committed_stop_loss = value;
            }
            Level::TakeProfit => self.committed_take_profit = value,
        }
    }

    /// Brings a level to the symbol's price grid (N2.snap); the preset parity has none.
    #[must_use]
    pub fn snapped(&self, value: Option<f64>) -> Option<f64> {
        if self.parity {
            return value;
        }
        snapped(value, self.digits, self.direction.sign())
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

    /// Takes a part out of an open position: a record of its own, to be finished (P4, M1.partial).
    ///
    /// The part shares number, prices, risk and the fill; entry fee and swap stay with the rest.
    #[must_use]
    pub fn split(&mut self, size: f64, rest: f64) -> Self {
        self.parts += 1;
        let mut part = self.clone();
        part.size = size;
        part.part = self.parts;
        part.swap = 0.0;
        part.margin = 0.0;
        if let State::Open(fill) = &mut part.state {
            fill.fee = 0.0;
        }
        self.size = rest;
        part
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

/// Brings a level to a price grid, if there is a level and a grid (N2.snap).
#[must_use]
pub fn snapped(value: Option<f64>, digits: Option<u32>, sign: f64) -> Option<f64> {
    value.map(|level| match digits {
        Some(digits) => snap_level(level, digits, sign),
        // No -0.0 reaches a result (N4).
        None => level + 0.0,
    })
}

/// Returns what is left of a volume, counted in whole 1e-8 lots (M1.partial).
///
/// ```
/// # use fillproof_engine::positions::rest_of;
/// assert_eq!(rest_of(0.3, 0.1), 0.2);
/// ```
#[must_use]
pub fn rest_of(size: f64, part: f64) -> f64 {
    let units = floor((size * LOT_UNIT) + 0.5) - floor((part * LOT_UNIT) + 0.5);
    units / LOT_UNIT
}

/// Returns how many initial stop distances a price is away (R4.result); `None` without one.
#[must_use]
pub fn parity_multiple(position: &Position, price: f64) -> Option<f64> {
    let entry_price = position.entry_price();
    let stop = position
        .initial_stop_loss
        .filter(|&stop| stop != entry_price)?;
    let move_ = (price - entry_price) * position.direction.sign();
    Some((move_ / distance(entry_price, stop)) + 0.0)
}

/// Returns the result of the preset parity: multiples of the risk (R4.result).
///
/// `((r * risk_per_trade) * (size / initial_size)) + 0.0`
#[must_use]
pub fn parity_result(position: &Position, price: f64) -> f64 {
    let Some(multiple) = parity_multiple(position, price) else {
        return 0.0;
    };
    let share = position.size / position.initial_size;
    ((multiple * position.risk_per_trade) * share) + 0.0
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
