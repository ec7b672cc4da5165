//! What a portfolio is told of positions, and the rows it writes: plain numbers.

use std::borrow::Cow;
use std::sync::Arc;

use crate::errors::{EngineError, ErrorCode, Result, float_text};
pub use crate::fast::EquityRows;
use crate::fast::{NUMBERS, Times};
use crate::positions::{FillAt, Position, Reason};
use crate::signals::Direction;

/// A position that the portfolio was told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holding {
    /// A position of the same core, by its slot.
    Own(u32),
    /// A position kept elsewhere, by the number its keeper gave it.
    Foreign(u64),
}

/// What the marks of a position are computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryNumbers {
    /// Trading symbol.
    pub symbol: Arc<str>,
    /// Long or short.
    pub direction: Direction,
    /// Price of the fill.
    pub entry_price: f64,
    /// Volume in lots.
    pub size: f64,
    /// Account currency gained by one lot per unit of price, now.
    pub unit_value: f64,
    /// Whether that comes from a stale rate (P5.stale).
    pub stale_unit: bool,
    /// Open of the bar that filled it.
    pub trigger_time_us: i64,
    /// Where in that bar.
    pub at: FillAt,
}

impl EntryNumbers {
    /// The numbers of an open or closed position; `None` where there was no fill.
    #[must_use]
    pub fn of(position: &Position) -> Option<Self> {
        let fill = position.fill()?;
        Some(Self {
            symbol: Arc::clone(&position.symbol),
            direction: position.direction,
            entry_price: fill.price,
            size: position.size,
            unit_value: position.now_unit,
            stale_unit: position.stale_unit,
            trigger_time_us: fill.time_us,
            at: fill.at,
        })
    }

    /// Reads anew what changes while a position is open: its size and its unit value.
    pub fn reread(&mut self, position: &Position) {
        self.size = position.size;
        self.unit_value = position.now_unit;
        self.stale_unit = position.stale_unit;
    }

    /// Returns the gain at a price in account currency (P3.equity), never -0.0.
    #[must_use]
    #[inline]
    pub fn gain(&self, price: f64) -> f64 {
        ((((price - self.entry_price) * self.direction.sign()) * self.size) * self.unit_value) + 0.0
    }
}

/// What the books and the summary need of a closed position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExitNumbers {
    /// Number of the order, 0 where there is none.
    pub order_id: u64,
    /// Moment of the exit, if its keeper says so.
    pub time_us: Option<i64>,
    /// Number of the partial exit that it is, 0 for a whole position.
    pub part: u32,
    /// Volume in lots.
    pub size: f64,
    /// Fee of the exit.
    pub exit_fee: f64,
    /// Gain without fees.
    pub result: f64,
    /// Gain in units of the initial risk.
    pub r_multiple: Option<f64>,
    /// Whether it left at a stop that had been moved.
    pub break_even: bool,
}

impl ExitNumbers {
    /// The numbers of a closed position.
    ///
    /// # Errors
    /// `NUMBER_INVALID` where there was no exit, so that there is no result.
    pub fn of(position: &Position) -> Result<Self> {
        let Some(exit) = position.exit() else {
            return Err(EngineError::new(ErrorCode::NumberInvalid)
                .in_field("result")
                .expecting(format!("a finite number >= {}", float_text(-f64::MAX))));
        };
        Ok(Self {
            order_id: position.order_id,
            time_us: Some(exit.time_us),
            part: position.part,
            size: position.size,
            exit_fee: exit.fee,
            result: exit.result,
            r_multiple: exit.r_multiple,
            break_even: exit.reason == Reason::BreakEvenStopLoss,
        })
    }
}

/// A fee that was booked.
#[derive(Debug, Clone, PartialEq)]
pub struct FeeRow {
    /// Open of the bar.
    pub time_us: i64,
    /// What for.
    pub kind: Cow<'static, str>,
    /// Account currency.
    pub amount: f64,
    /// The position it was paid for.
    pub holding: Option<Holding>,
    /// Number of the order, 0 where there is none.
    pub order_id: u64,
}

/// A swap that was booked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SwapRow {
    /// Open of the bar.
    pub time_us: i64,
    /// Account currency, positive gains.
    pub amount: f64,
    /// The position it was booked for.
    pub holding: Option<Holding>,
}

/// The equity curve, column by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EquityColumns {
    /// Opens of the bars.
    pub time_us: Times,
    /// Balance.
    pub cash: Vec<f64>,
    /// Balance and the marks of open positions.
    pub equity: Vec<f64>,
    /// The same at the bar's worst prices.
    pub equity_worst: Vec<f64>,
    /// Fall from the highest equity so far.
    pub drawdown: Vec<f64>,
}

impl EquityColumns {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.time_us.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.time_us.is_empty()
    }

    /// Adds a row, or replaces the last one if it has the same time (P3.row_replaced).
    #[inline]
    pub(crate) fn write(
        &mut self,
        time_us: i64,
        cash: f64,
        equity: f64,
        equity_worst: f64,
        drawdown: f64,
    ) {
        if self.time_us.last() == Some(&time_us) {
            self.time_us.pop();
            self.cash.pop();
            self.equity.pop();
            self.equity_worst.pop();
            self.drawdown.pop();
        }
        self.time_us.push(time_us);
        self.cash.push(cash);
        self.equity.push(equity);
        self.equity_worst.push(equity_worst);
        self.drawdown.push(drawdown);
    }

    /// Makes room for so many more rows.
    pub(crate) fn reserve(&mut self, rows: usize) {
        self.time_us.reserve(rows);
        for column in self.numbers() {
            NUMBERS.grow(column, rows);
        }
    }

    /// Makes the numbers so long before they are written; fit them to the times that came.
    pub(crate) fn lengthen(&mut self, rows: usize) {
        self.time_us.reserve(rows - self.time_us.len());
        for column in self.numbers() {
            NUMBERS.lengthen(column, rows);
        }
    }

    /// Makes sure that there is a number for each of so many times; a few are added at a time.
    #[inline]
    pub(crate) fn reach(&mut self, rows: usize) {
        if self.equity.len() < rows {
            for column in self.numbers() {
                column.resize(rows, 0.0);
            }
        }
    }

    /// Lets go of numbers without a time.
    pub(crate) fn fit(&mut self) {
        self.truncate(self.time_us.len());
    }

    /// The rows from one on and before another.
    pub(crate) fn part(&self, from: usize, to: usize) -> Self {
        Self {
            time_us: self.time_us[from..to].to_vec().into(),
            cash: self.cash[from..to].to_vec(),
            equity: self.equity[from..to].to_vec(),
            equity_worst: self.equity_worst[from..to].to_vec(),
            drawdown: self.drawdown[from..to].to_vec(),
        }
    }

    /// Lets go of all rows but the first.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.time_us.truncate(rows);
        for column in self.numbers() {
            column.truncate(rows);
        }
    }

    fn numbers(&mut self) -> [&mut Vec<f64>; 4] {
        [
            &mut self.cash,
            &mut self.equity,
            &mut self.equity_worst,
            &mut self.drawdown,
        ]
    }
}

impl Drop for EquityColumns {
    fn drop(&mut self) {
        for column in self.numbers() {
            NUMBERS.give(std::mem::take(column));
        }
    }
}
