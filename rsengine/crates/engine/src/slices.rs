//! What a strategy sees of the market at a bar.

use std::sync::Arc;

use crate::aligned::AlignedCandles;
use crate::candles::{Candle, CandleColumns};
use crate::errors::{EngineError, ErrorCode, Result};
use crate::indicators::series::{find_series, find_sides};
use crate::series_view::{SeriesView, last_places, places_up_to};

/// The candles of one timeframe and side, aligned with the primary bars.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name of the timeframe.
    pub timeframe: Box<str>,
    /// `bid` or `ask`.
    pub side: Box<str>,
    /// The candles.
    pub candles: AlignedCandles,
}

/// Candles by timeframe and side, in order of declaration.
#[derive(Debug, Clone, Default)]
pub struct MultiCandleData {
    /// All series.
    pub series: Vec<Series>,
}

impl MultiCandleData {
    /// One timeframe with both sides complete.
    #[must_use]
    pub fn of(timeframe: &str, bid: &Arc<CandleColumns>, ask: &Arc<CandleColumns>) -> Self {
        Self::aligned(timeframe, Arc::clone(bid).into(), Arc::clone(ask).into())
    }

    /// One timeframe whose candles lie along the bars of a run.
    #[must_use]
    pub fn aligned(timeframe: &str, bid: AlignedCandles, ask: AlignedCandles) -> Self {
        let series = |side: &str, candles: AlignedCandles| Series {
            timeframe: timeframe.into(),
            side: side.into(),
            candles,
        };
        Self {
            series: vec![series("bid", bid), series("ask", ask)],
        }
    }

    /// Returns the place of a series.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn find(&self, timeframe: &str, price_type: &str, symbol: &str) -> Result<usize> {
        let is_it = |s: &Series| *s.timeframe == *timeframe && *s.side == *price_type;
        if let Some(place) = self.series.iter().position(is_it) {
            return Ok(place);
        }
        find_series(&self.names(), timeframe, price_type, Some(symbol))
    }

    /// Timeframe and side of each series.
    fn names(&self) -> Vec<(&str, &str)> {
        let named = self.series.iter().map(|s| (&*s.timeframe, &*s.side));
        named.collect()
    }
}

/// Checks where a slice is moved to; `limit` is the loop's bar (design: time travel).
///
/// # Errors
/// `INDEX_OUT_OF_RANGE` below 0, `LOOK_AHEAD` past the limit.
pub fn check_index(index: i64, limit: Option<usize>, symbol: &str) -> Result<usize> {
    let Ok(found) = usize::try_from(index) else {
        return Err(EngineError::new(ErrorCode::IndexOutOfRange)
            .for_symbol(symbol)
            .in_field("index")
            .with_value(index)
            .expecting("a whole number >= 0"));
    };
    match limit {
        Some(limit) if found > limit => Err(EngineError::new(ErrorCode::LookAhead)
            .at_bar(limit)
            .for_symbol(symbol)
            .in_field("index")
            .with_value(index)
            .expecting(format!("at most {limit}, the bar of the loop"))),
        _ => Ok(found),
    }
}

/// The candles of one symbol up to the current bar.
#[derive(Debug, Clone)]
pub struct SymbolDataSlice {
    symbol: Arc<str>,
    data: Arc<MultiCandleData>,
    index: usize,
    limit: Option<usize>,
    bid: Option<Candle>,
    ask: Option<Candle>,
}

impl SymbolDataSlice {
    /// A slice at the first bar, free to move.
    #[must_use]
    pub fn new(multi_candle_data: Arc<MultiCandleData>, symbol: &Arc<str>) -> Self {
        Self {
            symbol: Arc::clone(symbol),
            data: multi_candle_data,
            index: 0,
            limit: None,
            bid: None,
            ask: None,
        }
    }

    /// Trading symbol.
    #[must_use]
    pub fn symbol(&self) -> &Arc<str> {
        &self.symbol
    }

    /// All candles.
    #[must_use]
    pub fn data(&self) -> &Arc<MultiCandleData> {
        &self.data
    }

    /// Current bar.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Bid candle of the current bar; `None` in a slice that no engine moves.
    #[must_use]
    pub fn bid(&self) -> Option<Candle> {
        self.bid
    }

    /// Ask candle of the current bar; `None` in a slice that no engine moves.
    #[must_use]
    pub fn ask(&self) -> Option<Candle> {
        self.ask
    }

    /// Moves to a bar.
    ///
    /// # Errors
    /// `INDEX_OUT_OF_RANGE` below 0, `LOOK_AHEAD` past the loop's bar.
    pub fn set_index(&mut self, index: i64) -> Result<()> {
        self.index = check_index(index, self.limit, &self.symbol)?;
        Ok(())
    }

    /// Moves the slice and its limit to the loop's bar; called by the engine only.
    #[inline]
    pub fn pin(&mut self, index: usize, bid: Candle, ask: Candle) {
        self.limit = Some(index);
        self.index = index;
        self.bid = Some(bid);
        self.ask = Some(ask);
    }

    /// The same where the bar may be without candles of its own; for views of several symbols.
    #[inline]
    pub(crate) fn pin_index(&mut self, index: usize) {
        self.limit = Some(index);
        self.index = index;
    }

    /// Returns the candle of a timeframe and side at the current bar, `None` where absent.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`, `INDEX_OUT_OF_RANGE`.
    pub fn latest(&self, timeframe: &str, price_type: &str) -> Result<Option<Candle>> {
        let series = &self.data.series[self.data.find(timeframe, price_type, &self.symbol)?];
        self.check_within(series)?;
        Ok(series.candles.get(self.index))
    }

    /// Returns the last `length` candles up to the current bar, oldest first; absent ones do not
    /// count.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn history(&self, timeframe: &str, price_type: &str, length: usize) -> Result<Vec<Candle>> {
        let view = self.history_view(timeframe, price_type, length)?;
        Ok(view.iter().flatten().collect())
    }

    /// Returns all candles up to the current bar, entry i that of bar i, `None` where absent.
    ///
    /// Nothing is copied, and the view stays what it is when the slice moves on.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn series_ref(&self, timeframe: &str, price_type: &str) -> Result<SeriesView> {
        let place = self.data.find(timeframe, price_type, &self.symbol)?;
        Ok(self.up_to_now(place))
    }

    /// Returns what [`history`](Self::history) returns as a view, without a copy of candles.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`, `SIDE_UNKNOWN`.
    pub fn history_view(
        &self,
        timeframe: &str,
        price_type: &str,
        length: usize,
    ) -> Result<SeriesView> {
        let place = self.data.find(timeframe, price_type, &self.symbol)?;
        let places = last_places(&self.data.series[place], self.index, length);
        Ok(SeriesView::new(&self.data, place, places))
    }

    /// Returns the sides of a timeframe that are there, each as [`series_ref`](Self::series_ref)
    /// returns it; Python's `slice[timeframe]`.
    ///
    /// # Errors
    /// `TIMEFRAME_UNKNOWN`.
    pub fn get(&self, timeframe: &str) -> Result<Vec<(&str, SeriesView)>> {
        let names = self.data.names();
        let places = find_sides(&names, timeframe, Some(&self.symbol))?;
        let view = |place: usize| (names[place].1, self.up_to_now(place));
        Ok(places.into_iter().map(view).collect())
    }

    fn up_to_now(&self, place: usize) -> SeriesView {
        let places = places_up_to(&self.data.series[place], self.index);
        SeriesView::new(&self.data, place, places.into())
    }

    /// Checks that a series reaches the current bar.
    #[inline]
    pub(crate) fn check_within(&self, series: &Series) -> Result<()> {
        let length = series.candles.len();
        if self.index < length {
            return Ok(());
        }
        Err(EngineError::new(ErrorCode::IndexOutOfRange)
            .for_symbol(&self.symbol)
            .in_field(&format!("{}.{}", series.timeframe, series.side))
            .with_value(self.index)
            .expecting(format!("below {length}, the length of the series")))
    }
}
