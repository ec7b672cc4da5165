//! One symbol of a slice over several.

use std::sync::Arc;

use crate::aligned::AlignedCandles;
use crate::candles::{Candle, CandleColumns};
use crate::cross_symbol_engine::Cell;
use crate::errors::Result;
use crate::keys::{Key, Sides, is_full};
use crate::series_view::SeriesView;
use crate::slices::{MultiCandleData, Series, SymbolDataSlice};

/// The candles of one symbol along the keys of a run, up to the current key.
///
/// A part of a [`MultiSymbolSlice`](crate::multi_symbol_slice::MultiSymbolSlice). Its only
/// timeframe is the primary one, which need not be named; there is nothing where the symbol has no
/// candle (L5.hole).
#[derive(Debug, Clone)]
pub struct SymbolView {
    slice: SymbolDataSlice,
    sides: Sides,
    keys: Arc<[Key]>,
    primary_tf: Arc<str>,
    /// Both candles of the current key, where it is covered; `None`: nobody has looked.
    quote: Option<Cell>,
}

/// Candles along the keys; where all of them are there nothing has to be written down.
fn along(candles: &Arc<CandleColumns>, there: &[bool]) -> AlignedCandles {
    if !is_full(there) || there.len() != candles.len() {
        return AlignedCandles::masked(Arc::clone(candles), there);
    }
    Arc::clone(candles).into()
}

impl SymbolView {
    /// A view at the first key, free to move.
    pub(crate) fn new(sides: &Sides, keys: &Arc<[Key]>, primary_tf: &Arc<str>) -> Self {
        let series = |side: usize| Series {
            timeframe: (&**primary_tf).into(),
            side: if side == 0 { "bid" } else { "ask" }.into(),
            candles: along(
                if side == 0 { &sides.bid } else { &sides.ask },
                &sides.there[side],
            ),
        };
        let data = MultiCandleData {
            series: vec![series(0), series(1)],
        };
        Self {
            slice: SymbolDataSlice::new(Arc::new(data), &sides.symbol),
            sides: sides.clone(),
            keys: Arc::clone(keys),
            primary_tf: Arc::clone(primary_tf),
            quote: None,
        }
    }

    /// Both sides along the keys, those after the current one among them.
    pub(crate) fn sides(&self) -> &Sides {
        &self.sides
    }

    /// Trading symbol.
    #[must_use]
    pub fn symbol(&self) -> &Arc<str> {
        &self.sides.symbol
    }

    /// Place of the current key, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.slice.index()
    }

    /// The current key.
    #[must_use]
    pub fn timestamp(&self) -> Option<&Key> {
        self.keys.get(self.index())
    }

    /// Both candles of the current key, `None` in a hole.
    #[must_use]
    #[inline]
    pub fn quote(&self) -> Option<(Candle, Candle)> {
        match self.quote {
            Some(known) => known,
            None => self.sides.get(self.slice.index()),
        }
    }

    /// Bid candle of the current key, where there is one.
    #[must_use]
    #[inline]
    pub fn bid(&self) -> Option<Candle> {
        self.quote()
            .map(|(bid, _)| bid)
            .or_else(|| self.entry(0, &self.sides.bid))
    }

    /// Ask candle of the current key, where there is one.
    #[must_use]
    #[inline]
    pub fn ask(&self) -> Option<Candle> {
        self.quote()
            .map(|(_, ask)| ask)
            .or_else(|| self.entry(1, &self.sides.ask))
    }

    /// The close of the side on which longs open, or shorts, where there is a candle.
    pub(crate) fn close(&self, is_long: bool) -> Option<f64> {
        let index = self.index();
        let (side, candles) = if is_long {
            (1, &self.sides.ask)
        } else {
            (0, &self.sides.bid)
        };
        let is_there = *self.sides.there[side].get(index)?;
        is_there.then(|| candles.close.as_slice().get(index).copied())?
    }

    fn entry(&self, side: usize, candles: &CandleColumns) -> Option<Candle> {
        let index = self.index();
        let is_there = *self.sides.there[side].get(index)?;
        is_there.then(|| candles.get(index))?
    }

    /// The slice behind it, whose one timeframe is the primary one.
    #[must_use]
    pub fn slice(&self) -> &SymbolDataSlice {
        &self.slice
    }

    /// Moves to a key by its place.
    ///
    /// # Errors
    /// `INDEX_OUT_OF_RANGE` below 0, `LOOK_AHEAD` past the loop's key.
    pub fn set_index(&mut self, index: i64) -> Result<()> {
        self.slice.set_index(index)?;
        self.quote = None;
        Ok(())
    }

    /// Moves the view and its limit to the loop's key; called by the engine only.
    #[inline]
    pub(crate) fn pin(&mut self, index: usize, quote: Cell) {
        self.slice.pin_index(index);
        self.quote = Some(quote);
    }

    /// The same where the candles are read only if somebody asks for them.
    #[inline]
    pub(crate) fn pin_unread(&mut self, index: usize) {
        self.slice.pin_index(index);
        self.quote = None;
    }

    /// Returns the candle of a side at the current key, `None` where there is none.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn latest(&self, timeframe: Option<&str>, price_type: &str) -> Result<Option<Candle>> {
        let timeframe = timeframe.unwrap_or(&self.primary_tf);
        self.slice.latest(timeframe, price_type)
    }

    /// Returns the last candles up to the current key, oldest first, holes left out.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn history(
        &self,
        timeframe: Option<&str>,
        price_type: &str,
        length: usize,
    ) -> Result<Vec<Candle>> {
        let timeframe = timeframe.unwrap_or(&self.primary_tf);
        self.slice.history(timeframe, price_type, length)
    }

    /// Returns all candles up to the current key, `None` where there is none.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn series_ref(&self, timeframe: Option<&str>, price_type: &str) -> Result<SeriesView> {
        let timeframe = timeframe.unwrap_or(&self.primary_tf);
        self.slice.series_ref(timeframe, price_type)
    }

    /// Returns what [`history`](Self::history) returns as a view, without a copy of candles.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn history_view(
        &self,
        timeframe: Option<&str>,
        price_type: &str,
        length: usize,
    ) -> Result<SeriesView> {
        let timeframe = timeframe.unwrap_or(&self.primary_tf);
        self.slice.history_view(timeframe, price_type, length)
    }
}
