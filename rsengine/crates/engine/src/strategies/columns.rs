//! Strategy whose signals are columns, one row for each bar (I.columns).

use std::fmt;
use std::sync::Arc;

use fillproof_ahead::fetch;

use crate::arithmetic::is_finite;
use crate::candles::Column;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::signals::{Direction, OrderType, TradeSignal};
use crate::slices::SymbolDataSlice;
use crate::strategy::Strategy;

mod held;
mod walking;

use self::held::Signals;
pub(crate) use self::held::{Brackets, Row};

/// So many rows before it is read the memory of one is asked for.
const AHEAD: usize = 16;

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
    length: usize,
    reason: Option<Arc<str>>,
    rows: Arc<[usize]>,
    /// What the rows with a signal hold, side by side.
    signals: Signals,
    next: usize,
    ignored: usize,
    /// Whether none of the signals is one that an executor raises an error at.
    is_sound: bool,
    /// Whether all of them are market orders.
    is_market: bool,
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
        let price = |column: &Option<Column<f64>>, row: usize| {
            let found = column.as_ref().map(|column| column.as_slice()[row]);
            found.filter(|price| !price.is_nan())
        };
        let mut signals = Vec::with_capacity(rows.len());
        for (place, &row) in rows.iter().enumerate() {
            if let Some(&later) = rows.get(place + AHEAD) {
                for column in [&prices.entry, &prices.stop, &prices.target] {
                    column
                        .iter()
                        .for_each(|column| fetch(column.as_slice(), later));
                }
            }
            signals.push(Row {
                direction: if direction.as_slice()[row] > 0 {
                    Direction::Long
                } else {
                    Direction::Short
                },
                order_type: match &kinds {
                    Some(kinds) => kind_of(kinds.as_slice()[row], row)?,
                    None => order_type,
                },
                entry: price(&prices.entry, row),
                stop: price(&prices.stop, row),
                target: price(&prices.target, row),
            });
        }
        Ok(Self::of_signals(length, rows, signals.into()))
    }

    /// The signals of some rows among so many, in order.
    pub(crate) fn of_signals(length: usize, rows: Arc<[usize]>, signals: Arc<[Row]>) -> Self {
        let is_sound = signals.iter().all(|row| match row.entry {
            Some(entry) => is_finite(entry),
            None => !row.order_type.waits(),
        });
        Self {
            length,
            is_sound,
            is_market: signals.iter().all(|row| !row.order_type.waits()),
            signals: Signals::Rows(signals),
            reason: None,
            rows,
            next: 0,
            ignored: 0,
        }
    }

    /// Market orders at the closes of some rows among so many, in order; the closes are finite.
    pub(crate) fn of_brackets(length: usize, rows: Arc<[usize]>, brackets: Brackets) -> Self {
        Self {
            length,
            is_sound: true,
            is_market: true,
            signals: Signals::Brackets(Arc::new(brackets)),
            reason: None,
            rows,
            next: 0,
            ignored: 0,
        }
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
        self.length
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

    /// Signals of rows before the first bar that was evaluated, in the last run (L1).
    #[must_use]
    pub fn ignored(&self) -> usize {
        self.ignored
    }

    /// Takes the first bar that a run evaluates and the number of its bars.
    ///
    /// # Errors
    /// `LENGTHS_DIFFER`.
    pub fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        if self.len() != total {
            return Err(length_differs(
                self.len(),
                &format!("{total}, a row for each bar"),
            ));
        }
        self.ignored = self.rows.partition_point(|&row| row < start);
        Ok(())
    }

    /// Whether a row has a signal.
    ///
    /// # Errors
    /// `LENGTHS_DIFFER` for a row that is not there.
    #[inline]
    pub fn has_signal(&mut self, row: usize) -> Result<bool> {
        if row >= self.len() {
            return Err(length_differs(self.len(), "a row for each bar").at_bar(row));
        }
        let place = self.seek(row);
        Ok(self.rows.get(place) == Some(&row))
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
        let place = self.rows.binary_search(&row).ok()?;
        Some(self.signal_at(place, symbol, time_us, close))
    }

    /// Whether all of them are market orders.
    pub(crate) fn is_market(&self) -> bool {
        self.is_market
    }

    /// Whether the signal found last is a market order.
    pub(crate) fn next_is_market(&self) -> bool {
        self.is_market
            || match &self.signals {
                Signals::Rows(signals) => {
                    let row = signals.get(self.next);
                    row.is_some_and(|row| !row.order_type.waits())
                }
                Signals::Brackets(_) => true,
            }
    }

    /// Whether none of the signals is one that an executor raises an error at.
    pub(crate) fn is_sound(&self) -> bool {
        self.is_sound
    }

    /// Whether these are the same columns, and not only equal ones.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rows, &other.rows)
    }

    /// The signal of the row at a place among the rows.
    pub(crate) fn signal_at(
        &self,
        place: usize,
        symbol: &Arc<str>,
        time_us: i64,
        close: impl FnOnce(Direction) -> Option<f64>,
    ) -> TradeSignal {
        let row = self.row_at(place);
        let mut entry = row.entry;
        if entry.is_none() && !row.order_type.waits() {
            entry = close(row.direction);
        }
        TradeSignal {
            entry_price: entry,
            order_type: row.order_type,
            reason: self.reason.clone(),
            ..TradeSignal::market(row.direction, row.stop, row.target, symbol, time_us)
        }
    }
}

/// The error for another number of rows than there should be.
#[must_use]
pub fn length_differs(rows: usize, expected: &str) -> EngineError {
    EngineError::new(ErrorCode::LengthsDiffer)
        .in_field("direction")
        .with_value(rows)
        .expecting(expected)
}

/// Rows that are looked at together: a byte of a word for each.
const WORD: usize = size_of::<u64>();

/// Indices of the rows that are not 0.
fn rows_of(direction: &[i8]) -> Result<Arc<[usize]>> {
    let mut rows = Vec::new();
    let (words, rest) = direction.as_chunks::<WORD>();
    let mut last = [0; WORD];
    last[..rest.len()].copy_from_slice(rest);
    for (place, part) in words.iter().chain([&last]).enumerate() {
        let mut word = u64::from_le_bytes(part.map(i8::cast_unsigned));
        // Most rows are empty, so that those are asked for that are not.
        while word != 0 {
            let byte = word.trailing_zeros() / u8::BITS;
            word &= !(u64::from(u8::MAX) << (byte * u8::BITS));
            let (bar, row) = ((place * WORD) + byte as usize, part[byte as usize]);
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
        if !self.has_signal(index)? {
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
        let place = self.next;
        signals.push(self.signal_at(place, slice.symbol(), bid_candle.time_us, close));
        Ok(())
    }

    fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        Self::use_bars(self, start, total)
    }

    fn columns(&mut self, _slice: &SymbolDataSlice) -> Option<&mut ColumnStrategy> {
        Some(self)
    }

    fn skip(&mut self, _slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        let to = to.min(self.len().max(from));
        Ok(self.next_row(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::rows_of;

    #[test]
    fn rows_are_those_that_are_not_empty() {
        for length in [0, 1, 7, 8, 9, 64, 200] {
            for step in [1, 2, 3, 9, 31] {
                let mut direction = vec![0_i8; length];
                for (place, row) in direction
                    .iter_mut()
                    .skip(step / 2)
                    .step_by(step)
                    .enumerate()
                {
                    *row = if place % 2 == 0 { 1 } else { -1 };
                }
                let expected = (0..length).filter(|&row| direction[row] != 0);
                let found = rows_of(&direction).expect("the directions are known");
                assert!(found.iter().copied().eq(expected), "{length} {step}");
            }
        }
        for row in [0, 7, 8, 19] {
            for unknown in [2, -2, i8::MIN] {
                let mut direction = vec![1_i8; 20];
                direction[row] = unknown;
                let error = rows_of(&direction).expect_err("it is not known");
                assert_eq!(error.bar, Some(row));
            }
        }
    }
}
