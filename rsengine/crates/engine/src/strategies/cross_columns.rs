//! Columns of signals for the symbols of one account (I.columns).

use std::sync::Arc;

use crate::cross_symbol_engine::MultiStrategy;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::multi_symbol_slice::MultiSymbolSlice;
use crate::signals::TradeSignal;
use crate::strategies::columns::{ColumnStrategy, length_differs};
use crate::symbol_view::SymbolView;

/// Signal columns for several symbols: at each key theirs, in this order; row i is for the i-th key.
///
/// ```
/// use std::sync::Arc;
///
/// use fillproof_engine::signals::OrderType;
/// use fillproof_engine::strategies::columns::{ColumnStrategy, Prices};
/// use fillproof_engine::strategies::cross_columns::CrossColumnStrategy;
///
/// let of = |rows: Vec<i8>| {
///     ColumnStrategy::new(Arc::new(rows), Prices::default(), None, OrderType::Market)
/// };
/// let symbols = vec![("EURUSD".into(), of(vec![0, 1])?), ("GBPUSD".into(), of(vec![-1, 0])?)];
/// assert_eq!(CrossColumnStrategy::new(symbols)?.len(), 2);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone)]
pub struct CrossColumnStrategy {
    columns: Vec<(Arc<str>, ColumnStrategy)>,
    /// Rows with a signal, in the order in which their signals are given.
    signals: Arc<[Place]>,
    next: usize,
    /// Where the views of the columns were found in a slice.
    views: Vec<usize>,
}

/// Where a signal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) row: usize,
    /// Place of its symbol.
    pub(crate) column: u32,
    /// Place among the signals of its symbol.
    pub(crate) at: u32,
}

impl CrossColumnStrategy {
    /// Joins the columns of at least one symbol, all of one length.
    ///
    /// # Errors
    /// `SIGNAL_NOT_UNDERSTOOD` for none, `LENGTHS_DIFFER` naming the symbol.
    pub fn new(columns: Vec<(Arc<str>, ColumnStrategy)>) -> Result<Self> {
        let Some((_, first)) = columns.first() else {
            return Err(EngineError::new(ErrorCode::SignalNotUnderstood)
                .in_field("columns")
                .with_value("nothing")
                .expecting("at least one symbol"));
        };
        let rows = first.len();
        for (symbol, strategy) in &columns {
            if strategy.len() != rows {
                let expected = format!("{rows}, the rows of the first symbol");
                return Err(length_differs(strategy.len(), &expected).for_symbol(symbol));
            }
        }
        let mut signals = Vec::new();
        for (column, (_, strategy)) in (0..).zip(&columns) {
            let rows = (0..).zip(strategy.rows());
            signals.extend(rows.map(|(at, &row)| Place { row, column, at }));
        }
        signals.sort_unstable();
        Ok(Self {
            views: vec![0; columns.len()],
            columns,
            signals: signals.into(),
            next: 0,
        })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, first)| first.len())
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Symbols and their columns, in their order.
    #[must_use]
    pub fn columns(&self) -> &[(Arc<str>, ColumnStrategy)] {
        &self.columns
    }

    /// Signals of rows before the first key that was evaluated, in the last run (L1).
    #[must_use]
    pub fn ignored(&self) -> usize {
        let each = self.columns.iter().map(|(_, strategy)| strategy.ignored());
        each.sum()
    }

    /// All signals in the order in which they are given.
    pub(crate) fn merged(&self) -> &Arc<[Place]> {
        &self.signals
    }

    /// The first of the signals at or after a row.
    pub(crate) fn seek(&mut self, row: usize) -> usize {
        let is_before = |place: usize| self.signals.get(place).is_some_and(|place| place.row < row);
        let mut place = self.next;
        if place > 0 && !is_before(place - 1) {
            place = self.signals.partition_point(|place| place.row < row);
        }
        // Mostly it is one of the next few.
        let near = place + 2 * self.columns.len();
        while place < near && is_before(place) {
            place += 1;
        }
        if is_before(place) {
            place = self.signals.partition_point(|place| place.row < row);
        }
        self.next = place;
        place
    }

    /// The signals of a row in their order: places of symbols and of their signals; `None` where a row
    /// is missing.
    pub(crate) fn at(&mut self, row: usize) -> Option<impl Iterator<Item = (usize, usize)> + '_> {
        if row >= self.len() {
            return None;
        }
        let first = self.seek(row);
        let of_row = self.signals[first..].iter();
        let of_row = of_row.take_while(move |place| place.row == row);
        Some(of_row.map(|place| (place.column as usize, place.at as usize)))
    }

    /// The view of a symbol, found where it was found before.
    fn view<'a>(
        &mut self,
        column: usize,
        multi_slice: &'a MultiSymbolSlice,
    ) -> Result<&'a SymbolView> {
        let symbol = &self.columns[column].0;
        let known = multi_slice.values().get(self.views[column]);
        if let Some(view) = known.filter(|view| **view.symbol() == **symbol) {
            return Ok(view);
        }
        let mut views = multi_slice.values().iter();
        let found = views.position(|view| **view.symbol() == **symbol);
        self.views[column] = found.unwrap_or(0);
        multi_slice.view(symbol)
    }
}

impl MultiStrategy for CrossColumnStrategy {
    fn evaluate(
        &mut self,
        index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        if index >= self.len() {
            return Err(length_differs(self.len(), "a row for each bar").at_bar(index));
        }
        let time_us = multi_slice.time_us();
        let first = self.seek(index);
        let all = Arc::clone(&self.signals);
        for place in &all[first..] {
            if place.row != index {
                break;
            }
            let column = place.column as usize;
            let view = self.view(column, multi_slice)?;
            let (_, strategy) = &self.columns[column];
            let close = |is_long: bool| view.close(is_long);
            // The run's own name is known by where it lies.
            let symbol = view.symbol();
            signals.push(
                strategy.signal_at(place.at as usize, symbol, time_us, |way| {
                    close(way.is_long())
                }),
            );
        }
        Ok(())
    }

    fn columns(&mut self) -> Option<&mut CrossColumnStrategy> {
        Some(self)
    }

    fn skip(&mut self, _multi_slice: &MultiSymbolSlice, from: usize, to: usize) -> Result<usize> {
        // A row that is not there is an error of `evaluate`.
        let to = to.min(self.len().max(from));
        let place = self.seek(from);
        Ok(self
            .signals
            .get(place)
            .map_or(to, |place| place.row.min(to)))
    }

    fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        self.columns
            .iter_mut()
            .try_for_each(|(_, strategy)| strategy.use_bars(start, total))
    }
}
