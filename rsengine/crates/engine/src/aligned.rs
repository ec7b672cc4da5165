//! Candles of another timeframe along the bars of a run, without a copy of them.

use std::sync::{Arc, OnceLock};

use crate::candles::{Buffer, Candle, CandleColumns, Column};
use crate::errors::{EngineError, ErrorCode, Result};

/// Row of a candle that is not there.
pub const ABSENT: u32 = u32::MAX;

/// As long as the run; shows at each bar one of fewer candles, or none.
///
/// The candles are shared, and a bar costs four bytes; nothing where each bar has a candle of its
/// own.
///
/// ```
/// # use std::sync::Arc;
/// # use fillproof_engine::aligned::{AlignedCandles, read_places};
/// # use fillproof_engine::candles::{Candle, CandleColumns};
/// let bar = |(time_us, x)| Candle { time_us, open: x, high: x, low: x, close: x, volume: 0.0 };
/// let hours = CandleColumns::from_candles(&[(0, 1.1), (3_600_000_000, 1.2)].map(bar));
/// let rows = read_places(&[-1, 0, 0, 1], hours.len())?;
/// let shown = AlignedCandles::new(Arc::new(hours), rows);
/// assert_eq!(shown.get(0), None);
/// assert_eq!(shown.get(2).map(|candle| candle.open), Some(1.1));
/// assert!(read_places(&[2], 2).is_err());
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AlignedCandles {
    columns: Arc<CandleColumns>,
    rows: Option<Arc<[u32]>>,
}

impl From<Arc<CandleColumns>> for AlignedCandles {
    /// A candle for each bar.
    fn from(columns: Arc<CandleColumns>) -> Self {
        Self {
            columns,
            rows: None,
        }
    }
}

impl AlignedCandles {
    /// Shows at each bar the row of the candles that stands there, nothing where it is [`ABSENT`].
    #[must_use]
    pub fn new(candles: Arc<CandleColumns>, rows: Arc<[u32]>) -> Self {
        Self {
            columns: candles,
            rows: Some(rows),
        }
    }

    /// Shows at each bar its own row, where there is a candle.
    #[must_use]
    pub fn masked(candles: Arc<CandleColumns>, there: &[bool]) -> Self {
        let row = |(row, &there): (usize, &bool)| match u32::try_from(row) {
            Ok(row) if there => row,
            _ => ABSENT,
        };
        let rows = there.iter().enumerate().map(row).collect();
        Self::new(candles, rows)
    }

    /// Shows at each bar what this shows at the bar of that number, nothing where it is
    /// [`ABSENT`].
    #[must_use]
    pub fn through(&self, rows: &Arc<[u32]>) -> Self {
        let columns = Arc::clone(&self.columns);
        let Some(inner) = &self.rows else {
            return Self::new(columns, Arc::clone(rows));
        };
        let row = |&row: &u32| {
            let found = usize::try_from(row).ok().and_then(|row| inner.get(row));
            found.copied().unwrap_or(ABSENT)
        };
        Self::new(columns, rows.iter().map(row).collect())
    }

    /// Number of bars.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.rows {
            Some(rows) => rows.len(),
            None => self.columns.len(),
        }
    }

    /// Whether there are no bars.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The candle that a bar shows, `None` where it shows none and past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<Candle> {
        self.columns.get(self.row(index)?)
    }

    /// Whether a bar shows a candle.
    #[must_use]
    #[inline]
    pub fn is_there(&self, index: usize) -> bool {
        self.row(index).is_some()
    }

    /// The candles of which it shows some.
    #[must_use]
    pub fn source(&self) -> Arc<CandleColumns> {
        Arc::clone(&self.columns)
    }

    /// The columns themselves, if each bar shows its own row.
    #[must_use]
    pub fn whole(&self) -> Option<&Arc<CandleColumns>> {
        self.rows.is_none().then_some(&self.columns)
    }

    /// All columns along the bars, NaN and a time of its own where there is no candle.
    ///
    /// Each is laid out when it is first read.
    #[must_use]
    pub fn along(&self, absent_us: i64) -> CandleColumns {
        let Some(rows) = &self.rows else {
            return (*self.columns).clone();
        };
        let price = |column: &Column<f64>| along(column, rows, f64::NAN);
        let columns = &self.columns;
        CandleColumns {
            time_us: along(&columns.time_us, rows, absent_us),
            open: price(&columns.open),
            high: price(&columns.high),
            low: price(&columns.low),
            close: price(&columns.close),
            volume: columns.volume.as_ref().map(price),
            memo: Arc::default(),
        }
    }

    #[inline]
    fn row(&self, index: usize) -> Option<usize> {
        match &self.rows {
            None => (index < self.columns.len()).then_some(index),
            Some(rows) => match *rows.get(index)? {
                ABSENT => None,
                row => usize::try_from(row).ok(),
            },
        }
    }
}

/// A column along the bars, laid out when it is first read.
struct Along<T> {
    source: Column<T>,
    rows: Arc<[u32]>,
    absent: T,
    made: OnceLock<Vec<T>>,
}

impl<T: Copy + Send + Sync> Buffer<T> for Along<T> {
    fn as_slice(&self) -> &[T] {
        self.made.get_or_init(|| {
            let source = self.source.as_slice();
            let value = |&row: &u32| {
                let found = usize::try_from(row).ok().and_then(|row| source.get(row));
                found.copied().unwrap_or(self.absent)
            };
            self.rows.iter().map(value).collect()
        })
    }
}

fn along<T: Copy + Send + Sync + 'static>(
    source: &Column<T>,
    rows: &Arc<[u32]>,
    absent: T,
) -> Column<T> {
    Arc::new(Along {
        source: Arc::clone(source),
        rows: Arc::clone(rows),
        absent,
        made: OnceLock::new(),
    })
}

/// Reads the places of the candles that the bars show, -1 for none, among so many candles.
///
/// # Errors
/// `INDEX_OUT_OF_RANGE`.
pub fn read_places(places: &[i64], length: usize) -> Result<Arc<[u32]>> {
    let row = |(bar, &place): (usize, &i64)| match usize::try_from(place) {
        Ok(row) if row < length => Ok(u32::try_from(row).unwrap_or(ABSENT)),
        Err(_) if place == -1 => Ok(ABSENT),
        _ => Err(EngineError::new(ErrorCode::IndexOutOfRange)
            .at_bar(bar)
            .in_field("places")
            .with_value(place)
            .expecting(format!("-1 or below {length}, the number of candles"))),
    };
    places.iter().enumerate().map(row).collect()
}
