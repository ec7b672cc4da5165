//! Candles as values and as columns, and the checks that run before the first bar (T1 to T4, L1).

use std::fmt;
use std::sync::Arc;

use crate::errors::{EngineError, ErrorCode, Result};
use crate::fast::Memo;

/// One side (bid or ask) of one bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candle {
    /// Moment at which the bar opens, in microseconds since 1970, UTC.
    pub time_us: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Volume, 0 where there is none.
    pub volume: f64,
}

/// Memory that holds a column: a `Vec`, or what a binding borrows from elsewhere.
pub trait Buffer<T>: Send + Sync {
    /// The whole column.
    fn as_slice(&self) -> &[T];
}

impl<T: Send + Sync> Buffer<T> for Vec<T> {
    fn as_slice(&self) -> &[T] {
        self
    }
}

impl<T: Send + Sync> Buffer<T> for Box<[T]> {
    fn as_slice(&self) -> &[T] {
        self
    }
}

/// A column that many owners may read.
pub type Column<T> = Arc<dyn Buffer<T>>;

/// One side of all bars, column by column.
#[derive(Clone)]
pub struct CandleColumns {
    /// Moments at which the bars open, in microseconds since 1970.
    pub time_us: Column<i64>,
    /// First prices.
    pub open: Column<f64>,
    /// Highest prices.
    pub high: Column<f64>,
    /// Lowest prices.
    pub low: Column<f64>,
    /// Last prices.
    pub close: Column<f64>,
    /// Volumes; absent means 0 everywhere.
    pub volume: Option<Column<f64>>,
    /// What was found out about them; clones share it.
    pub(crate) memo: Arc<Memo>,
}

impl fmt::Debug for CandleColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CandleColumns")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl CandleColumns {
    /// Joins columns of equal length.
    ///
    /// # Errors
    /// `LENGTHS_DIFFER`, naming the first column that is not as long as `time_us`.
    pub fn new(
        time_us: Column<i64>,
        open: Column<f64>,
        high: Column<f64>,
        low: Column<f64>,
        close: Column<f64>,
        volume: Option<Column<f64>>,
    ) -> Result<Self> {
        let length = time_us.as_slice().len();
        let named = [
            ("open", Some(&open)),
            ("high", Some(&high)),
            ("low", Some(&low)),
            ("close", Some(&close)),
            ("volume", volume.as_ref()),
        ];
        for (name, column) in named {
            let found = column.map_or(length, |column| column.as_slice().len());
            if found != length {
                return Err(EngineError::new(ErrorCode::LengthsDiffer)
                    .in_field(name)
                    .with_value(found)
                    .expecting(length.to_string()));
            }
        }
        Ok(Self {
            time_us,
            open,
            high,
            low,
            close,
            volume,
            memo: Arc::default(),
        })
    }

    /// The same columns, to which nobody can write: more of what is found out about them is
    /// remembered.
    #[must_use]
    pub fn fixed(mut self) -> Self {
        self.memo = Arc::new(Memo::fixed());
        self
    }

    /// Copies single candles into columns.
    #[must_use]
    pub fn from_candles(candles: &[Candle]) -> Self {
        let column = |field: fn(&Candle) -> f64| -> Column<f64> {
            Arc::new(candles.iter().map(field).collect::<Vec<_>>())
        };
        Self {
            time_us: Arc::new(candles.iter().map(|c| c.time_us).collect::<Vec<_>>()),
            open: column(|c| c.open),
            high: column(|c| c.high),
            low: column(|c| c.low),
            close: column(|c| c.close),
            volume: Some(column(|c| c.volume)),
            memo: Arc::new(Memo::fixed()),
        }
    }

    /// Number of bars.
    #[must_use]
    pub fn len(&self) -> usize {
        self.time_us.as_slice().len()
    }

    /// Whether there are no bars.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The candle at an index, or `None` past the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Candle> {
        self.view().get(index)
    }

    /// Whether these candles have the times of others, compared once for each pair.
    ///
    /// Columns that were compared must not change afterwards.
    #[must_use]
    pub fn has_times_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.memo, &other.memo)
            || self.memo.has_times_of(&other.memo, || {
                self.time_us.as_slice() == other.time_us.as_slice()
            })
    }

    /// Whether each bar is later than the one before.
    pub(crate) fn ascends(&self) -> bool {
        let times = self.time_us.as_slice();
        times.len() < 2 || self.memo.shortest_step_us(times) > 0
    }

    /// The columns as slices, for loops.
    #[must_use]
    pub fn view(&self) -> CandleView<'_> {
        CandleView {
            time_us: self.time_us.as_slice(),
            open: self.open.as_slice(),
            high: self.high.as_slice(),
            low: self.low.as_slice(),
            close: self.close.as_slice(),
            volume: self.volume.as_ref().map(|column| column.as_slice()),
        }
    }
}

/// [`CandleColumns`] as slices.
#[derive(Debug, Clone, Copy)]
pub struct CandleView<'a> {
    /// Moments at which the bars open.
    pub time_us: &'a [i64],
    /// First prices.
    pub open: &'a [f64],
    /// Highest prices.
    pub high: &'a [f64],
    /// Lowest prices.
    pub low: &'a [f64],
    /// Last prices.
    pub close: &'a [f64],
    /// Volumes, where there are any.
    pub volume: Option<&'a [f64]>,
}

impl<'a> CandleView<'a> {
    /// The bars from `from` on and before `to`, or `None` where a column ends before.
    #[must_use]
    pub(crate) fn part(&self, from: usize, to: usize) -> Option<CandleView<'a>> {
        Some(CandleView {
            time_us: self.time_us.get(from..to)?,
            open: self.open.get(from..to)?,
            high: self.high.get(from..to)?,
            low: self.low.get(from..to)?,
            close: self.close.get(from..to)?,
            volume: match self.volume {
                Some(volume) => Some(volume.get(from..to)?),
                None => None,
            },
        })
    }

    /// The candles from one bar on and before another, as far as there are any.
    #[inline]
    pub(crate) fn between(self, from: usize, to: usize) -> impl Iterator<Item = Candle> + 'a {
        let to = to.min(self.time_us.len());
        let from = from.min(to);
        let cut = |column: &'a [f64]| column.get(from..to).unwrap_or_default();
        let (open, high) = (cut(self.open), cut(self.high));
        let (low, close) = (cut(self.low), cut(self.close));
        let volume = self.volume.map(cut);
        let times = &self.time_us[from..to];
        let prices = open.iter().zip(high).zip(low.iter().zip(close));
        times.iter().zip(prices).enumerate().map(
            move |(at, (&time_us, ((&open, &high), (&low, &close))))| Candle {
                time_us,
                open,
                high,
                low,
                close,
                volume: volume.map_or(0.0, |volume| volume.get(at).copied().unwrap_or(0.0)),
            },
        )
    }

    /// The candle at an index, or `None` past the end.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<Candle> {
        Some(Candle {
            time_us: *self.time_us.get(index)?,
            open: *self.open.get(index)?,
            high: *self.high.get(index)?,
            low: *self.low.get(index)?,
            close: *self.close.get(index)?,
            volume: match self.volume {
                Some(volume) => *volume.get(index)?,
                None => 0.0,
            },
        })
    }
}

/// The moment as text, in UTC, as Python's `isoformat` writes it.
///
/// ```
/// # use fillproof_engine::candles::time_text;
/// assert_eq!(time_text(1_704_153_600_000_000), "2024-01-02T00:00:00+00:00");
/// ```
#[must_use]
pub fn time_text(time_us: i64) -> String {
    let (days, in_day) = (
        time_us.div_euclid(86_400_000_000),
        time_us.rem_euclid(86_400_000_000),
    );
    // Days since 0000-03-01 in eras of 400 years, so that leap days come last in a year.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, fraction) = (in_day / 1_000_000, in_day % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction == 0 {
        return text + "+00:00";
    }
    format!("{text}.{fraction:06}+00:00")
}
