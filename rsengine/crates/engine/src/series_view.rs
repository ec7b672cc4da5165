//! A part of a series of candles as a slice hands it out: read-only, without a copy.

use std::ops::Range;
use std::sync::Arc;

use crate::candles::Candle;
use crate::slices::{MultiCandleData, Series};

/// Places in a series, ascending.
#[derive(Debug, Clone)]
pub enum Places {
    /// One after the other.
    Range(Range<usize>),
    /// With others between them.
    List(Arc<[usize]>),
}

impl From<Range<usize>> for Places {
    fn from(places: Range<usize>) -> Self {
        Self::Range(places)
    }
}

impl Places {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Range(places) => places.len(),
            Self::List(places) => places.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of an entry, `None` past the last.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<usize> {
        match self {
            Self::Range(places) => (index < places.len()).then(|| places.start + index),
            Self::List(places) => places.get(index).copied(),
        }
    }
}

/// Candles up to the bar at which the view was made, oldest first.
///
/// It shares the series, and what it shows is fixed when it is made: it does not grow with the run
/// and stays valid after it.
///
/// ```
/// # use std::sync::Arc;
/// # use fillproof_engine::candles::{Candle, CandleColumns};
/// # use fillproof_engine::slices::{MultiCandleData, SymbolDataSlice};
/// let bar = |(time_us, x)| Candle { time_us, open: x, high: x, low: x, close: x, volume: 0.0 };
/// let bars = Arc::new(CandleColumns::from_candles(&[(0, 1.0), (1, 2.0), (2, 4.0)].map(bar)));
/// let data = Arc::new(MultiCandleData::of("M1", &bars, &bars));
/// let mut slice = SymbolDataSlice::new(data, &"EURUSD".into());
/// slice.set_index(1)?;
/// let view = slice.series_ref("M1", "bid")?;
/// slice.set_index(2)?;
/// assert_eq!((view.len(), view.get(1).map(|candle| candle.open)), (2, Some(2.0)));
/// assert!(view.get(2).is_none());
/// assert_eq!(slice.history_view("M1", "bid", 2)?, slice.history("M1", "bid", 2)?);
/// assert_eq!(slice.get("M1")?[1].0, "ask");
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SeriesView {
    data: Arc<MultiCandleData>,
    series: usize,
    places: Places,
}

impl SeriesView {
    /// A view of some places of one of the series.
    #[must_use]
    pub(crate) fn new(data: &Arc<MultiCandleData>, series: usize, places: Places) -> Self {
        Self {
            data: Arc::clone(data),
            series,
            places,
        }
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The candle of an entry; `None` where it is absent and past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<Candle> {
        self.data.series[self.series]
            .candles
            .get(self.places.get(index)?)
    }

    /// All entries, `None` where there is no candle.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Option<Candle>> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }
}

impl PartialEq for SeriesView {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl PartialEq<Vec<Candle>> for SeriesView {
    fn eq(&self, other: &Vec<Candle>) -> bool {
        self.iter().eq(other.iter().copied().map(Some))
    }
}

/// Returns the places of a series up to a bar, all of them where it ends before.
#[must_use]
pub fn places_up_to(candles: &Series, index: usize) -> Range<usize> {
    0..(index + 1).min(candles.candles.len())
}

/// Returns the places of the last `length` candles up to a bar; absent entries do not count.
#[must_use]
pub fn last_places(candles: &Series, index: usize, length: usize) -> Places {
    let whole = places_up_to(candles, index);
    if candles.candles.whole().is_some() {
        return Places::Range(whole.end.saturating_sub(length)..whole.end);
    }
    let back = whole.rev().filter(|&place| candles.candles.is_there(place));
    let mut found: Vec<usize> = back.take(length).collect();
    found.reverse();
    Places::List(found.into())
}
