//! Hours of trading: windows without entries, times to be flat (rules S3.no_entry, M1.flat_at).
//!
//! All in UTC, each day or each week; what lies between two bars counts at the end of the later one.

use crate::errors::{EngineError, ErrorCode, Result};

/// A minute in microseconds.
pub const MINUTE_US: i64 = 60_000_000;
/// A day in microseconds.
pub const DAY_US: i64 = 1440 * MINUTE_US;
/// A week in microseconds.
pub const WEEK_US: i64 = 7 * DAY_US;
/// Days as a time of the week names them.
pub const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
// 1970-01-01 was a Thursday, so the first whole week of the epoch began four days later.
const FIRST_MONDAY_US: i64 = 4 * DAY_US;

/// A time that comes back each day or each week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    /// Length of the period in which it comes back.
    period: i64,
    /// Place within the period.
    place: i64,
}

/// Start and end, both daily or both weekly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    start: Moment,
    end: Moment,
}

/// Reads the length of a bar, such as S10, M5, H1 or D1, in microseconds (S2.decision_time).
///
/// ```
/// # use fillproof_engine::sessions::timeframe_us;
/// assert_eq!(timeframe_us("M5", "timeframe")?, 300_000_000);
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
///
/// # Errors
/// `TIMEFRAME_INVALID`.
pub fn timeframe_us(text: &str, field: &str) -> Result<i64> {
    length_of(text.as_bytes()).ok_or_else(|| {
        EngineError::new(ErrorCode::TimeframeInvalid)
            .in_field(field)
            .with_value(text)
            .expecting(TIMEFRAME_EXPECTED)
    })
}

/// What a timeframe is expected to be.
pub const TIMEFRAME_EXPECTED: &str = "S, M, H or D and a whole number from 1 to 99999, such as M5";

fn length_of(text: &[u8]) -> Option<i64> {
    let (unit, count) = text.split_first()?;
    let unit = match unit {
        b'S' => 1_000_000,
        b'M' => MINUTE_US,
        b'H' => 60 * MINUTE_US,
        b'D' => DAY_US,
        _ => return None,
    };
    if count.len() > 5 || count.first() == Some(&b'0') {
        return None;
    }
    Some(whole(count)? * unit)
}

/// Reads digits and nothing else.
fn whole(text: &[u8]) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_i64, |sum, &digit| {
        digit
            .is_ascii_digit()
            .then(|| (sum * 10) + i64::from(digit - b'0'))
    })
}

/// When no position is opened, and when none is held; times in UTC.
///
/// ```
/// # use fillproof_engine::sessions::Session;
/// let windows = [("21:00".to_owned(), "23:00".to_owned())];
/// let session = Session::new("H1", &windows, &["Fri 21:00".to_owned()])?;
/// assert!(session.refuses(20 * 3_600_000_000));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    timeframe: String,
    no_entry: Vec<(String, String)>,
    flat_at: Vec<String>,
    length_us: i64,
    windows: Vec<Window>,
    flats: Vec<Moment>,
}

impl Session {
    /// Windows and times, each "HH:MM" or "Fri HH:MM"; `timeframe` is the length of the run's bars.
    ///
    /// # Errors
    /// `TIMEFRAME_INVALID`, `SESSION_INVALID`.
    pub fn new(timeframe: &str, no_entry: &[(String, String)], flat_at: &[String]) -> Result<Self> {
        let length_us = timeframe_us(timeframe, "timeframe")?;
        let windows = no_entry
            .iter()
            .map(|(start, end)| to_window(start, end, "no_entry"));
        let windows = windows.collect::<Result<_>>()?;
        let flats = flat_at.iter().map(|time| moment(time, "flat_at"));
        let flats = flats.collect::<Result<_>>()?;
        Ok(Self {
            timeframe: timeframe.to_owned(),
            no_entry: no_entry.to_vec(),
            flat_at: flat_at.to_vec(),
            length_us,
            windows,
            flats,
        })
    }

    /// Length of the run's bars, as given.
    #[must_use]
    pub fn timeframe(&self) -> &str {
        &self.timeframe
    }

    /// Windows without entries, as given.
    #[must_use]
    pub fn no_entry(&self) -> &[(String, String)] {
        &self.no_entry
    }

    /// Times to be flat, as given.
    #[must_use]
    pub fn flat_at(&self) -> &[String] {
        &self.flat_at
    }

    /// Length of the run's bars.
    #[must_use]
    pub fn length_us(&self) -> i64 {
        self.length_us
    }

    /// Tells whether the end of a bar lies in a window without entries (S3.no_entry).
    #[must_use]
    pub fn refuses(&self, bar_us: i64) -> bool {
        let end_us = bar_us + self.length_us;
        self.windows.iter().any(|&window| is_within(end_us, window))
    }

    /// Returns the latest `flat_at` that is not after the end of a bar (M1.flat_at).
    #[must_use]
    pub fn last_flat_us(&self, bar_us: i64) -> Option<i64> {
        let end_us = bar_us + self.length_us;
        let last = |flat: &Moment| {
            end_us - (place(end_us, flat.period) - flat.place).rem_euclid(flat.period)
        };
        self.flats.iter().map(last).max()
    }
}

/// Tells whether a time lies in a window, its start in, its end out.
///
/// ```
/// # use fillproof_engine::sessions::{is_within, to_window};
/// assert!(is_within(23 * 3_600_000_000, to_window("22:00", "02:00", "no_entry")?));
/// # Ok::<(), fillproof_engine::errors::EngineError>(())
/// ```
#[must_use]
#[inline]
pub fn is_within(time_us: i64, window: Window) -> bool {
    let Window { start, end } = window;
    let place = place(time_us, start.period);
    if start.place < end.place {
        start.place <= place && place < end.place
    } else {
        place >= start.place || place < end.place
    }
}

/// Returns the day of the week of a time, 0 for Monday.
///
/// ```
/// # use fillproof_engine::sessions::weekday;
/// assert_eq!(weekday(0), 3);
/// ```
#[must_use]
#[inline]
pub fn weekday(time_us: i64) -> i64 {
    place(time_us, WEEK_US) / DAY_US
}

/// Returns how far a time is into its day or week.
fn place(time_us: i64, period: i64) -> i64 {
    (time_us - FIRST_MONDAY_US).rem_euclid(period)
}

fn invalid(field: &str, value: &str, expected: &str) -> EngineError {
    EngineError::new(ErrorCode::SessionInvalid)
        .in_field(field)
        .with_value(value)
        .expecting(expected)
}

/// Reads a window from the times of its start and end.
///
/// # Errors
/// `SESSION_INVALID`.
pub fn to_window(start: &str, end: &str, field: &str) -> Result<Window> {
    let (start_at, end_at) = (moment(start, field)?, moment(end, field)?);
    if start_at.period != end_at.period {
        return Err(invalid(field, end, "both daily or both weekly"));
    }
    if start_at == end_at {
        return Err(invalid(field, end, "an end that is not the start"));
    }
    Ok(Window {
        start: start_at,
        end: end_at,
    })
}

/// What a time of the day, or of the week, is expected to be.
pub const MOMENT_EXPECTED: &str = "HH:MM, or a day of Mon to Sun and HH:MM";

/// Reads a time of the day, or of the week.
fn moment(text: &str, field: &str) -> Result<Moment> {
    moment_of(text).ok_or_else(|| invalid(field, text, MOMENT_EXPECTED))
}

fn moment_of(text: &str) -> Option<Moment> {
    let (clock, period, day) = match text.split_once(' ') {
        Some((day, clock)) => {
            let day = WEEKDAYS.iter().position(|name| *name == day)?;
            (clock, WEEK_US, i64::try_from(day).ok()? * DAY_US)
        }
        None => (text, DAY_US, 0),
    };
    let [h1, h2, b':', m1, m2] = *clock.as_bytes() else {
        return None;
    };
    let (hours, minutes) = (whole(&[h1, h2])?, whole(&[m1, m2])?);
    (hours < 24 && minutes < 60).then(|| Moment {
        period,
        place: day + (((hours * 60) + minutes) * MINUTE_US),
    })
}
