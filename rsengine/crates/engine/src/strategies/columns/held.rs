//! What the rows with a signal hold: side by side, or as brackets around a close.

use std::sync::Arc;

use fillproof_ahead::fetch;

use super::ColumnStrategy;
use crate::candles::Column;
use crate::signals::{Direction, OrderType};
use crate::strategies::single::bracket_of;

/// What the rows with a signal hold.
#[derive(Clone)]
pub(super) enum Signals {
    /// Side by side, so that each is read at once.
    Rows(Arc<[Row]>),
    /// Market orders at the opening side's close, which is read when it is asked for.
    Brackets(Arc<Brackets>),
}

/// Market orders with stop and target so far from the close.
pub(crate) struct Brackets {
    pub(crate) directions: Vec<Direction>,
    pub(crate) bid_close: Column<f64>,
    pub(crate) ask_close: Column<f64>,
    /// Price units.
    pub(crate) distances: (f64, f64),
}

/// A row with a signal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) direction: Direction,
    pub(crate) order_type: OrderType,
    pub(crate) entry: Option<f64>,
    pub(crate) stop: Option<f64>,
    pub(crate) target: Option<f64>,
}

impl Brackets {
    fn opening(&self, direction: Direction) -> &Column<f64> {
        if direction.is_long() {
            &self.ask_close
        } else {
            &self.bid_close
        }
    }

    fn row_at(&self, place: usize, row: usize) -> Row {
        let direction = self.directions[place];
        let close = self.opening(direction).as_slice()[row];
        let (stop, target) = bracket_of(direction, close, self.distances);
        Row {
            direction,
            order_type: OrderType::Market,
            entry: Some(close),
            stop: Some(stop),
            target: Some(target),
        }
    }
}

impl ColumnStrategy {
    /// What the row at a place among those with a signal holds.
    #[inline]
    pub(crate) fn row_at(&self, place: usize) -> Row {
        match &self.signals {
            Signals::Rows(signals) => signals[place],
            Signals::Brackets(brackets) => brackets.row_at(place, self.rows[place]),
        }
    }

    /// Asks for what the row at a place among those with a signal holds.
    #[inline]
    pub(crate) fn fetch_row(&self, place: usize) {
        match &self.signals {
            Signals::Rows(signals) => fetch(signals, place),
            Signals::Brackets(brackets) => {
                if let (Some(&row), Some(direction)) =
                    (self.rows.get(place), brackets.directions.get(place))
                {
                    fetch(brackets.opening(*direction).as_slice(), row);
                }
            }
        }
    }
}
