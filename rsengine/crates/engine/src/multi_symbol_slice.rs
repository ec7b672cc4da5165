//! What a strategy sees of several symbols at a key.

use std::sync::Arc;

use crate::candles::Candle;
use crate::errors::{EngineError, ErrorCode, Result, Value};
use crate::keys::{Key, Sides, clock_us, show_key};
use crate::symbol_view::SymbolView;

/// The candles of several symbols up to the current key, one view for each.
///
/// ```
/// use fillproof_engine::candles::Candle;
/// use fillproof_engine::keys::{CandleLookup, Key, lay_out};
/// use fillproof_engine::multi_symbol_slice::MultiSymbolSlice;
///
/// let bar = Candle { time_us: 0, open: 1.1, high: 1.2, low: 1.0, close: 1.1, volume: 0.0 };
/// let side = vec![(Key::Int(7), bar)];
/// let lookup = CandleLookup { symbol: "EURUSD".into(), bid: side.clone(), ask: side };
/// let keys = [Key::Int(7)];
/// let mut view = MultiSymbolSlice::new(&lay_out(&[lookup], &keys), &keys, "M1");
/// view.set_timestamp(&Key::Int(7))?;
/// assert_eq!(view.latest("EURUSD", "bid")?.map(|candle| candle.high), Some(1.2));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MultiSymbolSlice {
    views: Vec<SymbolView>,
    keys: Arc<[Key]>,
    primary_tf: Arc<str>,
    index: usize,
    limit: Option<usize>,
}

impl MultiSymbolSlice {
    /// A slice at the first key, free to move.
    #[must_use]
    pub fn new(symbols: &[Sides], common_timestamps: &[Key], primary_tf: &str) -> Self {
        Self::along(symbols, common_timestamps.into(), primary_tf)
    }

    /// The same over keys that are shared.
    #[must_use]
    pub fn along(symbols: &[Sides], keys: Arc<[Key]>, primary_tf: &str) -> Self {
        let primary_tf: Arc<str> = primary_tf.into();
        let view = |sides| SymbolView::new(sides, &keys, &primary_tf);
        Self {
            views: symbols.iter().map(view).collect(),
            keys: Arc::clone(&keys),
            primary_tf: Arc::clone(&primary_tf),
            index: 0,
            limit: None,
        }
    }

    /// Name of the bars, such as M1.
    #[must_use]
    pub fn primary_tf(&self) -> &Arc<str> {
        &self.primary_tf
    }

    /// Place of the current key, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The current key.
    #[must_use]
    pub fn timestamp(&self) -> Option<&Key> {
        self.key_at(self.index)
    }

    /// The clock's time of the current key (L4.ordinal).
    #[must_use]
    pub fn time_us(&self) -> i64 {
        self.time_us_at(self.index)
    }

    /// The same of a key by its place.
    pub(crate) fn time_us_at(&self, index: usize) -> i64 {
        self.key_at(index).map_or(0, |key| clock_us(key, index))
    }

    /// Returns a key by its place.
    #[must_use]
    pub fn key_at(&self, index: usize) -> Option<&Key> {
        self.keys.get(index)
    }

    /// Moves to a key.
    ///
    /// # Errors
    /// `KEY_UNKNOWN`, `LOOK_AHEAD` past the loop's key.
    pub fn set_timestamp(&mut self, timestamp: &Key) -> Result<()> {
        let place = self.keys.partition_point(|key| key < timestamp);
        if self.keys.get(place) != Some(timestamp) {
            return Err(EngineError::new(ErrorCode::KeyUnknown)
                .in_field("timestamp")
                .with_value(&*show_key(timestamp))
                .expecting("one of common_timestamps"));
        }
        self.set_index(i64::try_from(place).unwrap_or(i64::MAX))
    }

    /// Moves to a key by its place.
    ///
    /// # Errors
    /// `INDEX_OUT_OF_RANGE`, `LOOK_AHEAD` past the loop's key.
    pub fn set_index(&mut self, index: i64) -> Result<()> {
        self.index = check_place(index, self.keys.len(), self.limit)?;
        for view in &mut self.views {
            view.set_index(index)?;
        }
        Ok(())
    }

    /// Moves the slice and its limit to the loop's key; called by the engine only.
    #[inline]
    pub(crate) fn pin(&mut self, index: usize, row: &[Option<(Candle, Candle)>]) {
        self.limit = Some(index);
        self.index = index;
        for (view, quote) in self.views.iter_mut().zip(row) {
            view.pin(index, *quote);
        }
    }

    /// The same where candles are read only if somebody asks for them.
    pub(crate) fn pin_unread(&mut self, index: usize) {
        self.limit = Some(index);
        self.index = index;
        for view in &mut self.views {
            view.pin_unread(index);
        }
    }

    /// The symbols, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.views.iter().map(SymbolView::symbol)
    }

    /// The views, in the order of the symbols.
    #[must_use]
    #[inline]
    pub fn values(&self) -> &[SymbolView] {
        &self.views
    }

    /// Returns the view of a symbol, `None` where it is unknown.
    #[must_use]
    pub fn get(&self, symbol: &str) -> Option<&SymbolView> {
        self.views.iter().find(|view| **view.symbol() == *symbol)
    }

    /// Tells whether a symbol has candles of both sides at the current key (L5.hole).
    ///
    /// # Errors
    /// `SYMBOL_UNKNOWN`.
    pub fn is_covered(&self, symbol: &str) -> Result<bool> {
        Ok(self.view(symbol)?.quote().is_some())
    }

    /// Returns the candle of a symbol and side at the current key, `None` where there is none.
    ///
    /// # Errors
    /// `SYMBOL_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn latest(&self, symbol: &str, price_type: &str) -> Result<Option<Candle>> {
        self.view(symbol)?.latest(None, price_type)
    }

    /// Returns the last candles of a symbol up to the current key, oldest first.
    ///
    /// # Errors
    /// `SYMBOL_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn history(&self, symbol: &str, price_type: &str, length: usize) -> Result<Vec<Candle>> {
        self.view(symbol)?.history(None, price_type, length)
    }

    /// The view of a symbol, or the error that there is none.
    #[inline]
    pub(crate) fn view(&self, symbol: &str) -> Result<&SymbolView> {
        self.get(symbol).ok_or_else(|| {
            let known: Vec<&str> = self.keys().map(|symbol| &**symbol).collect();
            unknown_symbol(symbol.into(), &known)
        })
    }
}

/// Checks where a slice over keys is moved to; `limit` is the loop's key.
fn check_place(index: i64, keys: usize, limit: Option<usize>) -> Result<usize> {
    let about = |code| EngineError::new(code).in_field("index").with_value(index);
    let Some(found) = usize::try_from(index).ok().filter(|&found| found < keys) else {
        let expected = format!("a whole number from 0 to {}", keys as i64 - 1);
        return Err(about(ErrorCode::IndexOutOfRange).expecting(expected));
    };
    match limit {
        Some(limit) if found > limit => Err(about(ErrorCode::LookAhead)
            .at_bar(limit)
            .expecting(format!("at most {limit}, the key of the loop"))),
        _ => Ok(found),
    }
}

/// The error of a symbol that a slice does not have.
fn unknown_symbol(symbol: Value, known: &[&str]) -> EngineError {
    let mut error = EngineError::new(ErrorCode::SymbolUnknown)
        .in_field("symbol")
        .expecting(format!("one of {}", known.join(", ")));
    error.value = Some(symbol);
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{CandleLookup, lay_out};

    fn slice() -> MultiSymbolSlice {
        let bar = |place: i64, price: f64| {
            let candle = Candle {
                time_us: place,
                open: price,
                high: price,
                low: price,
                close: price,
                volume: 0.0,
            };
            (Key::Int(place), candle)
        };
        let lookup = |symbol: &str, bids: &[i64], asks: &[i64]| CandleLookup {
            symbol: symbol.into(),
            bid: bids.iter().map(|&place| bar(place, 1.0)).collect(),
            ask: asks.iter().map(|&place| bar(place, 2.0)).collect(),
        };
        let keys: Vec<Key> = [2, 4, 6].into_iter().map(Key::Int).collect();
        let lookups = [
            lookup("A", &[2, 4, 6], &[2, 6]),
            lookup("B", &[4, 6], &[4, 6]),
        ];
        MultiSymbolSlice::new(&lay_out(&lookups, &keys), &keys, "M1")
    }

    #[test]
    fn key_and_index_move_together() {
        let mut slice = slice();
        slice.set_timestamp(&Key::Int(4)).unwrap();
        assert_eq!((slice.index(), slice.time_us()), (1, 1));
        assert_eq!(slice.timestamp(), Some(&Key::Int(4)));
        assert_eq!(slice.values()[1].index(), 1);
        let error = slice.set_timestamp(&Key::Int(5)).unwrap_err();
        assert_eq!(error.code, ErrorCode::KeyUnknown);
        let error = slice.set_timestamp(&Key::Time(4)).unwrap_err();
        assert_eq!(error.code, ErrorCode::KeyUnknown);
        for index in [-1, 3] {
            let error = slice.set_index(index).unwrap_err();
            assert_eq!(error.code, ErrorCode::IndexOutOfRange);
        }
        assert_eq!(slice.index(), 1);
    }

    #[test]
    fn nobody_looks_past_the_key_of_the_loop() {
        let mut slice = slice();
        slice.pin(1, &[None, None]);
        let error = slice.set_timestamp(&Key::Int(6)).unwrap_err();
        assert_eq!((error.code, error.bar), (ErrorCode::LookAhead, Some(1)));
        slice.set_index(0).unwrap();
        assert!(slice.is_covered("A").unwrap());
        assert!(!slice.is_covered("B").unwrap());
    }

    #[test]
    fn a_hole_shows_the_side_that_is_there() {
        let mut slice = slice();
        slice.set_index(1).unwrap();
        assert!(!slice.is_covered("A").unwrap());
        assert_eq!(
            slice.latest("A", "bid").unwrap().map(|c| c.close),
            Some(1.0)
        );
        assert_eq!(slice.latest("A", "ask").unwrap(), None);
        let view = slice.get("A").unwrap();
        assert_eq!((view.bid().map(|c| c.close), view.ask()), (Some(1.0), None));
        assert_eq!(slice.history("B", "ask", 5).unwrap().len(), 1);
        let error = slice.latest("C", "bid").unwrap_err();
        assert_eq!(error.code, ErrorCode::SymbolUnknown);
        assert_eq!(error.expected.as_deref(), Some("one of A, B"));
    }
}
