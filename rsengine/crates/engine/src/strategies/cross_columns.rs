//! Columns of signals for the symbols of one account (I.columns).

use std::sync::Arc;

use crate::cross_symbol_engine::MultiStrategy;
use crate::errors::{EngineError, ErrorCode, Result};
use crate::multi_symbol_slice::MultiSymbolSlice;
use crate::signals::TradeSignal;
use crate::strategies::columns::{ColumnStrategy, length_differs};

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
        Ok(Self { columns })
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
}

impl MultiStrategy for CrossColumnStrategy {
    fn evaluate(
        &mut self,
        index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        let time_us = multi_slice.time_us();
        for (symbol, strategy) in &mut self.columns {
            if !strategy.has_signal(index)? {
                continue;
            }
            let view = multi_slice.view(symbol)?;
            let close = |is_long: bool| {
                let candle = if is_long { view.ask() } else { view.bid() };
                candle.map(|candle| candle.close)
            };
            signals.extend(strategy.signal(index, symbol, time_us, |way| close(way.is_long())));
        }
        Ok(())
    }

    fn skip(&mut self, _multi_slice: &MultiSymbolSlice, from: usize, to: usize) -> Result<usize> {
        // A row that is not there is an error of `evaluate`.
        let to = to.min(self.len().max(from));
        let each = self.columns.iter_mut();
        Ok(each
            .map(|(_, strategy)| strategy.next_row(from))
            .fold(to, usize::min))
    }

    fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        self.columns
            .iter_mut()
            .try_for_each(|(_, strategy)| strategy.use_bars(start, total))
    }
}
