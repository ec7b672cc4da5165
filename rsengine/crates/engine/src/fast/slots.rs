//! Rows of equity on their way into columns: slots that are written once, in order.

use super::tile::Tile;
use super::weight::Weight;
use crate::arithmetic::{larger, smaller};
use crate::holdings::EquityColumns;

/// Takes in rows, one after the other.
pub(super) trait Sink {
    /// The slots of the next rows, at these times.
    fn next(&mut self, times: &[i64]) -> Slots<'_>;

    /// Adds a row, or replaces the last one if it has the same time (P3.row_replaced).
    fn write(&mut self, time_us: i64, row: [f64; 4]);

    /// Called after each few rows.
    fn added(&mut self) {}
}

/// The slots of some rows, as many in each column.
#[derive(Debug, Default)]
pub(super) struct Slots<'a> {
    cash: &'a mut [f64],
    equity: &'a mut [f64],
    equity_worst: &'a mut [f64],
    drawdown: &'a mut [f64],
}

impl<'a> Slots<'a> {
    /// Those of some columns from a row on and before another.
    pub(super) fn of(columns: &'a mut EquityColumns, from: usize, to: usize) -> Self {
        Self {
            cash: &mut columns.cash[from..to],
            equity: &mut columns.equity[from..to],
            equity_worst: &mut columns.equity_worst[from..to],
            drawdown: &mut columns.drawdown[from..to],
        }
    }

    /// Takes so many off the front.
    pub(super) fn take(&mut self, rows: usize) -> Self {
        let front = |column: &mut &'a mut [f64]| {
            let (front, rest) = std::mem::take(column).split_at_mut(rows);
            *column = rest;
            front
        };
        Self {
            cash: front(&mut self.cash),
            equity: front(&mut self.equity),
            equity_worst: front(&mut self.equity_worst),
            drawdown: front(&mut self.drawdown),
        }
    }

    /// Writes the only row.
    pub(super) fn write(self, [cash, equity, equity_worst, drawdown]: [f64; 4]) {
        self.cash.fill(cash);
        self.equity.fill(equity);
        self.equity_worst.fill(equity_worst);
        self.drawdown.fill(drawdown);
    }

    /// Writes the rows of a tile, as `Portfolio::update` would; returns the highest equity so far.
    pub(super) fn write_tile(self, cash: &[f64], tile: &Tile, max_equity: f64) -> f64 {
        self.cash.copy_from_slice(cash);
        let sums = cash.iter().zip(&tile.total);
        for (equity, (cash, total)) in self.equity.iter_mut().zip(sums) {
            *equity = cash + total;
        }
        let sums = self.equity.iter().zip(cash.iter().zip(&tile.worst));
        for (worst, (&equity, (cash, least))) in self.equity_worst.iter_mut().zip(sums) {
            *worst = smaller(equity, cash + least);
        }
        write_falls(self.equity, self.drawdown, max_equity)
    }

    /// Writes the rows of bars without a position.
    pub(super) fn write_flat(self, cash: f64, max_equity: f64) -> f64 {
        let equity = cash + 0.0;
        let most = larger(max_equity, equity);
        self.write([cash, equity, equity, most - equity]);
        most
    }

    /// Writes the rows of bars with one position: its closes, and where it is worth the least.
    pub(super) fn write_one(
        self,
        (cash, max_equity): (f64, f64),
        only: &Weight,
        (closes, worst): (&[f64], &[f64]),
    ) -> f64 {
        let worth = |price: f64| cash + (0.0 + only.gain(price));
        self.cash.fill(cash);
        for (equity, &close) in self.equity.iter_mut().zip(closes) {
            *equity = worth(close);
        }
        let pairs = self.equity.iter().zip(worst);
        for (least, (&equity, &price)) in self.equity_worst.iter_mut().zip(pairs) {
            *least = smaller(equity, worth(price));
        }
        write_falls(self.equity, self.drawdown, max_equity)
    }
}

/// Writes the falls from the highest equity, which is returned.
fn write_falls(equities: &[f64], falls: &mut [f64], max_equity: f64) -> f64 {
    let pairs = falls.iter_mut().zip(equities);
    if !exceeds(equities, max_equity) {
        for (fall, equity) in pairs {
            *fall = max_equity - equity;
        }
        return max_equity;
    }
    let mut most = max_equity;
    for (fall, &equity) in pairs {
        most = larger(most, equity);
        *fall = most - equity;
    }
    most
}

/// Whether any of the values is above another; a few lines at a time, none of which waits for another.
fn exceeds(values: &[f64], most: f64) -> bool {
    const LANES: usize = 8;
    let mut highest = [most; LANES];
    let parts = values.chunks_exact(LANES);
    let rest = parts.remainder().iter();
    for part in parts {
        for (highest, &value) in highest.iter_mut().zip(part) {
            *highest = larger(*highest, value);
        }
    }
    rest.chain(&highest).any(|&value| value > most)
}

impl Sink for Slots<'_> {
    fn next(&mut self, times: &[i64]) -> Slots<'_> {
        self.take(times.len())
    }

    fn write(&mut self, _time_us: i64, row: [f64; 4]) {
        self.take(1).write(row);
    }
}

impl Sink for &mut EquityColumns {
    fn next(&mut self, times: &[i64]) -> Slots<'_> {
        let first = self.time_us.len();
        self.time_us.extend_from_slice(times);
        let end = self.time_us.len();
        self.reach(end);
        Slots::of(self, first, end)
    }

    fn write(&mut self, time_us: i64, row: [f64; 4]) {
        if self.time_us.last() == Some(&time_us) {
            self.time_us.pop();
        }
        self.next(&[time_us]).write(row);
    }
}

/// Columns, and what is called after each few rows: it may take away all but the last one.
pub(super) struct Told<'a, F>(pub(super) &'a mut EquityColumns, pub(super) F);

impl<F: FnMut(&mut EquityColumns)> Sink for Told<'_, F> {
    fn next(&mut self, times: &[i64]) -> Slots<'_> {
        self.0.next(times)
    }

    fn write(&mut self, time_us: i64, row: [f64; 4]) {
        Sink::write(&mut self.0, time_us, row);
    }

    fn added(&mut self) {
        (self.1)(self.0);
    }
}
