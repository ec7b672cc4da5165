//! Strategy whose signals are columns, one row for each bar (I.columns).

use std::fmt;
use std::sync::Arc;

use crate::candles::Column;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::signals::{Direction, OrderType, TradeSignal};
use crate::slices::SymbolDataSlice;
use crate::strategy::Strategy;

/// Signals that are known before the run: direction, prices and type of each bar.
///
/// A direction is 1 (long), -1 (short) or 0 (no signal); a price that is NaN is absent.
///
/// ```
/// use std::sync::Arc;
///
/// use fillproof_engine::signals::OrderType;
/// use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
///
/// let stop = Arc::new(vec![f64::NAN, 1.0950, f64::NAN]);
/// let prices = Prices { stop: Some(stop), ..Prices::default() };
/// let strategy = ColumnStrategy::new(Arc::new(vec![0, 1, 0]), prices, None, OrderType::Market)?;
/// assert_eq!(strategy.rows(), [1]);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Clone)]
pub struct ColumnStrategy {
    direction: Column<i8>,
    prices: Prices,
    kinds: Option<Column<i8>>,
    order_type: OrderType,
    reason: Option<Arc<str>>,
    rows: Arc<[usize]>,
    next: usize,
}

/// The prices of the signals; a column that is not there is absent everywhere.
#[derive(Clone, Default)]
pub struct Prices {
    /// Levels of limit and stop orders; of market orders recorded.
    pub entry: Option<Column<f64>>,
    /// Stops.
    pub stop: Option<Column<f64>>,
    /// Targets.
    pub target: Option<Column<f64>>,
}

impl fmt::Debug for ColumnStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ColumnStrategy")
            .field("len", &self.len())
            .field("signals", &self.rows.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [
            ("entry", &self.entry),
            ("stop", &self.stop),
            ("target", &self.target),
        ];
        let given = named.iter().filter(|(_, column)| column.is_some());
        f.debug_set().entries(given.map(|(name, _)| name)).finish()
    }
}

impl ColumnStrategy {
    /// Joins columns of equal length; `kinds` are places in [`OrderType::ALL`], absent: all are of
    /// `order_type`.
    ///
    /// # Errors
    /// `LENGTHS_DIFFER` naming the column; `DIRECTION_UNKNOWN`, `TYPE_UNKNOWN` naming the row.
    pub fn new(
        direction: Column<i8>,
        prices: Prices,
        kinds: Option<Column<i8>>,
        order_type: OrderType,
    ) -> Result<Self> {
        let length = direction.as_slice().len();
        let lengths = [
            ("entry", prices.entry.as_ref().map(|c| c.as_slice().len())),
            ("stop", prices.stop.as_ref().map(|c| c.as_slice().len())),
            ("target", prices.target.as_ref().map(|c| c.as_slice().len())),
            ("type", kinds.as_ref().map(|c| c.as_slice().len())),
        ];
        for (name, found) in lengths {
            if let Some(found) = found.filter(|&found| found != length) {
                return Err(EngineError::new(ErrorCode::LengthsDiffer)
                    .in_field(name)
                    .with_value(found)
                    .expecting(format!("{length}, the rows of direction")));
            }
        }
        let rows = rows_of(direction.as_slice())?;
        if let Some(kinds) = &kinds {
            for &row in &*rows {
                kind_of(kinds.as_slice()[row], row)?;
            }
        }
        Ok(Self {
            direction,
            prices,
            kinds,
            order_type,
            reason: None,
            rows,
            next: 0,
        })
    }

    /// The same signals with a reason to record.
    #[must_use]
    pub fn with_reason(mut self, reason: Option<Arc<str>>) -> Self {
        self.reason = reason;
        self
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.direction.as_slice().len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Indices of the rows with a signal.
    #[must_use]
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The signal of a row, if there is one; `close` gives the opening side's close.
    #[must_use]
    pub fn signal(
        &self,
        row: usize,
        symbol: &Arc<str>,
        time_us: i64,
        close: impl FnOnce(Direction) -> Option<f64>,
    ) -> Option<TradeSignal> {
        let direction = match self.direction.as_slice().get(row)? {
            0 => return None,
            1 => Direction::Long,
            _ => Direction::Short,
        };
        let price = |column: &Option<Column<f64>>| {
            let found = column.as_ref()?.as_slice().get(row).copied();
            found.filter(|price| !price.is_nan())
        };
        let kind = self
            .kinds
            .as_ref()
            .and_then(|kinds| kinds.as_slice().get(row));
        let order_type = kind
            .and_then(|&kind| kind_of(kind, row).ok())
            .unwrap_or(self.order_type);
        let mut entry = price(&self.prices.entry);
        if entry.is_none() && !order_type.waits() {
            entry = close(direction);
        }
        Some(TradeSignal {
            entry_price: entry,
            order_type,
            reason: self.reason.clone(),
            ..TradeSignal::market(
                direction,
                price(&self.prices.stop),
                price(&self.prices.target),
                symbol,
                time_us,
            )
        })
    }

    /// Place of the first row with a signal at or after a bar, among the rows.
    fn seek(&mut self, bar: usize) -> usize {
        let rows = &self.rows;
        let here = self.next;
        let is_here = (here == 0 || rows.get(here - 1).is_some_and(|&row| row < bar))
            && rows.get(here).is_none_or(|&row| row >= bar);
        if !is_here {
            let follows = rows.get(here).is_some_and(|&row| row < bar)
                && rows.get(here + 1).is_none_or(|&row| row >= bar);
            self.next = if follows {
                here + 1
            } else {
                rows.partition_point(|&row| row < bar)
            };
        }
        self.next
    }
}

/// Indices of the rows that are not 0.
fn rows_of(direction: &[i8]) -> Result<Arc<[usize]>> {
    let mut rows = Vec::new();
    for (block, part) in direction.chunks(64).enumerate() {
        // Most rows are empty; a block without a signal is passed at once.
        if part.iter().fold(0, |all, row| all | row) == 0 {
            continue;
        }
        for (place, &row) in part.iter().enumerate().filter(|(_, row)| **row != 0) {
            let bar = block * 64 + place;
            if !(-1..=1).contains(&row) {
                return Err(EngineError::new(ErrorCode::DirectionUnknown)
                    .at_bar(bar)
                    .in_field("direction")
                    .with_value(i64::from(row))
                    .expecting("1 (long), -1 (short) or 0 (no signal)"));
            }
            rows.push(bar);
        }
    }
    Ok(rows.into())
}

fn kind_of(kind: i8, row: usize) -> Result<OrderType> {
    let found = usize::try_from(kind).ok();
    found
        .and_then(|place| OrderType::ALL.get(place).copied())
        .ok_or_else(|| {
            EngineError::new(ErrorCode::TypeUnknown)
                .at_bar(row)
                .in_field("type")
                .with_value(i64::from(kind))
                .expecting("0 (market), 1 (limit) or 2 (stop)")
        })
}

impl Strategy for ColumnStrategy {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        let place = self.seek(index);
        if self.rows.get(place) != Some(&index) {
            return Ok(());
        }
        let (bid, ask) = (slice.bid(), slice.ask());
        let Some(bid_candle) = bid else {
            return Ok(());
        };
        let close = |direction: Direction| {
            let opening = if direction.is_long() { ask } else { bid };
            opening.map(|candle| candle.close)
        };
        signals.extend(self.signal(index, slice.symbol(), bid_candle.time_us, close));
        Ok(())
    }

    fn skip(&mut self, _slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        let place = self.seek(from);
        Ok(self.rows.get(place).map_or(to, |&row| row.min(to)))
    }
}
