//! What decides over several symbols at once.

use crate::errors::Result;
use crate::multi_symbol_slice::MultiSymbolSlice;
use crate::position_manager::PositionManager;
use crate::signals::TradeSignal;
use crate::strategies::cross_columns::CrossColumnStrategy;

/// Decides at each key which orders to place, for whatever symbols.
pub trait MultiStrategy {
    /// Adds the signals of a key, in the order in which they are to be processed.
    ///
    /// # Errors
    /// Whatever ends the run.
    fn evaluate(
        &mut self,
        index: usize,
        multi_slice: &MultiSymbolSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()>;

    /// Passes keys without a signal, from a key on and before another, as [`MultiStrategy::evaluate`]
    /// would at each; returns the first key that was not passed.
    ///
    /// The default passes none, which is always right.
    ///
    /// # Errors
    /// None that `evaluate` would not raise at the key returned.
    fn skip(&mut self, multi_slice: &MultiSymbolSlice, from: usize, to: usize) -> Result<usize> {
        let _ = (multi_slice, to);
        Ok(from)
    }

    /// The columns that all its signals are from, if it is made of such.
    fn columns(&mut self) -> Option<&mut CrossColumnStrategy> {
        None
    }

    /// Takes the first key that a run evaluates and the number of its keys, before the first.
    ///
    /// # Errors
    /// Whatever keeps the run from beginning.
    fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        let _ = (start, total);
        Ok(())
    }

    /// The manager of its open positions, asked for at the end of each key (L3).
    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        None
    }
}
