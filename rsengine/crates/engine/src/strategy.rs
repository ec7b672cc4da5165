//! What a strategy of this language offers the loop.

use crate::errors::Result;
use crate::position_manager::PositionManager;
use crate::signals::TradeSignal;
use crate::slices::SymbolDataSlice;
use crate::strategies::columns::ColumnStrategy;

/// Decides at each bar which orders to place.
///
/// ```
/// use fillproof_engine::errors::Result;
/// use fillproof_engine::signals::{Direction, TradeSignal};
/// use fillproof_engine::slices::SymbolDataSlice;
/// use fillproof_engine::strategy::Strategy;
///
/// struct BuyOnce(bool);
///
/// impl Strategy for BuyOnce {
///     fn evaluate(
///         &mut self,
///         _index: usize,
///         slice: &SymbolDataSlice,
///         signals: &mut Vec<TradeSignal>,
///     ) -> Result<()> {
///         if let (Some(bid), false) = (slice.bid(), self.0) {
///             let stop = Some(bid.close - 0.0010);
///             let symbol = slice.symbol();
///             signals.push(TradeSignal::market(Direction::Long, stop, None, symbol, bid.time_us));
///             self.0 = true;
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Strategy {
    /// Adds the signals of a bar, in the order in which they are to be processed.
    ///
    /// # Errors
    /// Whatever ends the run.
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()>;

    /// Takes in bars without a signal, from a bar on and before another, as [`Strategy::evaluate`]
    /// would at each; returns the first bar that was not taken in.
    ///
    /// Asked for while nothing is open. The default takes in none, which is always right.
    ///
    /// # Errors
    /// None that `evaluate` would not raise at the bar returned.
    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        let _ = (slice, to);
        Ok(from)
    }

    /// The columns that all its signals are read from, if they are known.
    ///
    /// They must be those that [`Strategy::evaluate`] would add, and [`Strategy::skip`] must need no
    /// bar that the columns were read for. The default knows none, which is always right.
    fn columns(&mut self, slice: &SymbolDataSlice) -> Option<&mut ColumnStrategy> {
        let _ = slice;
        None
    }

    /// Takes the first bar that a run evaluates and the number of its bars, before the first.
    ///
    /// # Errors
    /// Whatever keeps the run from beginning.
    fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        let _ = (start, total);
        Ok(())
    }

    /// The manager of its open positions, asked for at the end of each bar (L3).
    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        None
    }
}

impl<S: Strategy + ?Sized> Strategy for &mut S {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        (**self).evaluate(index, slice, signals)
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        (**self).skip(slice, from, to)
    }

    fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        (**self).use_bars(start, total)
    }

    fn columns(&mut self, slice: &SymbolDataSlice) -> Option<&mut ColumnStrategy> {
        (**self).columns(slice)
    }

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        (**self).position_manager()
    }
}

impl<S: Strategy + ?Sized> Strategy for Box<S> {
    fn evaluate(
        &mut self,
        index: usize,
        slice: &SymbolDataSlice,
        signals: &mut Vec<TradeSignal>,
    ) -> Result<()> {
        (**self).evaluate(index, slice, signals)
    }

    fn skip(&mut self, slice: &SymbolDataSlice, from: usize, to: usize) -> Result<usize> {
        (**self).skip(slice, from, to)
    }

    fn use_bars(&mut self, start: usize, total: usize) -> Result<()> {
        (**self).use_bars(start, total)
    }

    fn columns(&mut self, slice: &SymbolDataSlice) -> Option<&mut ColumnStrategy> {
        (**self).columns(slice)
    }

    fn position_manager(&mut self) -> Option<&mut PositionManager> {
        (**self).position_manager()
    }
}
