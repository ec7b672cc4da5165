//! A canonical state that is taken over (state.schema.json, L9.restore).

use std::sync::Arc;

use crate::errors::{EngineError, ErrorCode, Result};
use crate::positions::{FillAt, Reason};
use crate::signals::{Direction, OrderType};

/// No whole number of a state may be larger, whatever its sign.
pub const LARGEST_WHOLE: i64 = 1 << 62;

/// How a position of a state was filled, and what has become of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CarriedFill {
    /// Open of the bar that filled it.
    pub time_us: i64,
    /// Where in that bar.
    pub at: FillAt,
    /// Price with slippage.
    pub price: f64,
    /// Entry fee.
    pub fee: f64,
    /// Whether its bars left something open (X4).
    pub ambiguous: bool,
    /// What its gains count by, where rates, margin or swaps are counted.
    pub now_unit: Option<f64>,
    /// Margin of the fill.
    pub margin: f64,
    /// Swap booked so far.
    pub swap: f64,
}

/// An order of a state, or with a fill a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    /// Number of the order.
    pub order_id: u64,
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Long or short.
    pub direction: Direction,
    /// How it becomes a position.
    pub order_type: OrderType,
    /// Level of a limit or stop order.
    pub entry: Option<f64>,
    /// Open of the signal's bar.
    pub entry_time_us: i64,
    /// Price from which sizes, distances and 1R count.
    pub reference: f64,
    /// Account currency gained by one lot per unit of price.
    pub unit_value: f64,
    /// 1R in account currency.
    pub risk: Option<f64>,
    /// Volume in lots, that of closed parts taken off.
    pub size: f64,
    /// Volume in lots before any part was closed.
    pub initial_size: f64,
    /// Stop.
    pub stop_loss: Option<f64>,
    /// Target.
    pub take_profit: Option<f64>,
    /// Stop at acceptance.
    pub initial_stop_loss: Option<f64>,
    /// Target at acceptance.
    pub initial_take_profit: Option<f64>,
    /// It is dead in bars at or after this time.
    pub expires_at_us: Option<i64>,
    /// So many bars of its symbol it may trigger in.
    pub max_bars: Option<u64>,
    /// Name that it shares with its group.
    pub oco: Option<Arc<str>>,
    /// Reason of an exit at the stop.
    pub stop_reason: Reason,
    /// Bars since its acceptance, of a waiting order with `max_bars`.
    pub bars_seen: u64,
    /// How many parts were closed.
    pub parts: u32,
    /// Its fill; `None`: it waits.
    pub fill: Option<CarriedFill>,
}

/// What the portfolio of a state has booked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CarriedLedger {
    /// Balance.
    pub cash: f64,
    /// Fees.
    pub total_fees: f64,
    /// Results.
    pub realised: f64,
    /// Exits, those of parts included.
    pub closed: u64,
    /// Highest equity so far.
    pub max_equity: f64,
    /// Largest fall from it.
    pub max_drawdown: f64,
    /// Swaps.
    pub total_swap: f64,
}

/// A state that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct CarriedState {
    /// Open of its bar; `None` before the first.
    pub time_us: Option<i64>,
    /// Number of the next order.
    pub next_order_id: u64,
    /// Waiting orders, in order of acceptance.
    pub orders: Vec<Carried>,
    /// Open positions, in order of acceptance.
    pub positions: Vec<Carried>,
    /// Numbers of the positions in the order in which they opened.
    pub opened: Vec<u64>,
    /// The portfolio.
    pub ledger: CarriedLedger,
}

/// Asks for numbers in order of acceptance, each once, below that of the next order.
///
/// # Errors
/// `STATE_INVALID`.
pub fn check_numbers(next_order_id: u64, orders: &[Carried], positions: &[Carried]) -> Result<()> {
    for (name, items, others) in [
        ("orders", orders, &[][..]),
        ("positions", positions, orders),
    ] {
        let mut last = 0;
        for (place, item) in items.iter().enumerate() {
            let number = item.order_id;
            let twice = others.iter().any(|other| other.order_id == number);
            if number <= last || twice || number >= next_order_id {
                let value = i64::try_from(number).unwrap_or(i64::MAX);
                return Err(EngineError::new(ErrorCode::StateInvalid)
                    .in_field(&format!("{name}[{place}].order_id"))
                    .with_value(value)
                    .expecting(format!(
                        "numbers that ascend, each once, below {next_order_id}"
                    )));
            }
            last = number;
        }
    }
    Ok(())
}
