//! The nights of the forex market: when they end, and between which bars (rule P6.rollover).
//!
//! A night ends at 17:00 in New York, Monday to Friday. Daylight saving follows the rule of the
//! United States by date, so no data of time zones is read.

use crate::sessions::DAY_US;

const HOUR_US: i64 = 3_600_000_000;

/// Days whose nights count, in the order of the week.
pub const NIGHTS: [&str; 5] = ["Mon", "Tue", "Wed", "Thu", "Fri"];

// 1970-01-01 was a Thursday: the weekday of day d, with Monday as 0, is (d + 3) mod 7.
const FIRST_WEEKDAY: i64 = 3;

/// Returns the nights that ended after one moment, up to and with another (P6.rollover).
///
/// Each as its end, in microseconds since 1970, and its weekday. From Friday noon to Monday noon of
/// January 2024 there is one, Friday's:
///
/// ```
/// # use fillproof_engine::rollover::nights_between;
/// let (day_us, hour_us) = (86_400_000_000, 3_600_000_000);
/// let (friday, monday) = (19_727 * day_us, 19_730 * day_us);
/// assert_eq!(
///     nights_between(friday + 12 * hour_us, monday + 12 * hour_us),
///     [(friday + 22 * hour_us, "Fri")]
/// );
/// ```
#[must_use]
pub fn nights_between(after_us: i64, until_us: i64) -> Vec<(i64, &'static str)> {
    let days = after_us.div_euclid(DAY_US)..=until_us.div_euclid(DAY_US);
    let nights = days.filter_map(|day| {
        let weekday = usize::try_from((day + FIRST_WEEKDAY).rem_euclid(7)).ok()?;
        Some((night_end_us(day), *NIGHTS.get(weekday)?))
    });
    nights
        .filter(|&(end_us, _)| after_us < end_us && end_us <= until_us)
        .collect()
}

/// Returns when the first night after a moment ends (P6.rollover).
#[must_use]
pub fn next_night_us(after_us: i64) -> i64 {
    let mut day = after_us.div_euclid(DAY_US);
    loop {
        let end_us = night_end_us(day);
        if after_us < end_us && (day + FIRST_WEEKDAY).rem_euclid(7) < NIGHTS.len() as i64 {
            return end_us;
        }
        day += 1;
    }
}

/// Returns 17:00 in New York on a day, counted from 1970-01-01, in microseconds UTC.
#[must_use]
pub fn night_end_us(day: i64) -> i64 {
    let hour = if is_daylight_saving(day) { 21 } else { 22 };
    (day * DAY_US) + (hour * HOUR_US)
}

/// Tells whether New York keeps daylight saving at 17:00 of a day (P6.rollover).
///
/// ```
/// # use fillproof_engine::rollover::is_daylight_saving;
/// // 9 and 10 March 2024.
/// assert_eq!((is_daylight_saving(19_791), is_daylight_saving(19_792)), (false, true));
/// ```
#[must_use]
pub fn is_daylight_saving(day: i64) -> bool {
    let (year, _, _) = civil(day);
    let (first, last) = if year >= 2007 {
        (sunday_from(year, 3, 8), sunday_from(year, 11, 1))
    } else {
        (sunday_from(year, 4, 1), sunday_from(year, 10, 25))
    };
    first <= day && day < last
}

/// Returns the first Sunday at or after a date, as days since 1970-01-01.
#[must_use]
pub fn sunday_from(year: i64, month: i64, day_of_month: i64) -> i64 {
    let day = days_since_1970(year, month, day_of_month);
    day + (6 - (day + FIRST_WEEKDAY).rem_euclid(7))
}

/// Returns a date of the Gregorian calendar as days since 1970-01-01.
///
/// ```
/// # use fillproof_engine::rollover::days_since_1970;
/// assert_eq!(days_since_1970(2024, 3, 10), 19_792);
/// ```
#[must_use]
pub fn days_since_1970(year: i64, month: i64, day_of_month: i64) -> i64 {
    // Years that begin in March end with the leap day, so months have fixed places in them.
    let shifted = if month <= 2 { year - 1 } else { year };
    let place = ((((month + 9) % 12) * 153) + 2) / 5;
    let leap_days = shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400);
    (((shifted * 365) + leap_days) + place + day_of_month) - 719_469
}

/// Returns year, month and day of the month of a day counted from 1970-01-01.
///
/// ```
/// # use fillproof_engine::rollover::civil;
/// assert_eq!(civil(19_792), (2024, 3, 10));
/// ```
#[must_use]
pub fn civil(day: i64) -> (i64, i64, i64) {
    // A guess that is never too late: no year has more than 366 days.
    let mut year = 1970 + day.div_euclid(if day < 0 { 365 } else { 366 });
    while days_since_1970(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_since_1970(year, month + 1, 1) <= day {
        month += 1;
    }
    (year, month, day - days_since_1970(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: i64, month: i64, day: i64, hour: i64) -> i64 {
        (days_since_1970(year, month, day) * DAY_US) + (hour * HOUR_US)
    }

    /// The hours of UTC at which the nights of some days end.
    fn hours(after_us: i64, until_us: i64) -> Vec<(i64, &'static str)> {
        let nights = nights_between(after_us, until_us).into_iter();
        let hour = |end_us: i64| end_us.rem_euclid(DAY_US) / HOUR_US;
        nights.map(|(end_us, day)| (hour(end_us), day)).collect()
    }

    #[test]
    fn the_next_night_is_the_first_of_those_to_come() {
        for hour in (0..24 * 800).step_by(5) {
            let after_us = at(2023, 1, 1, 0) + hour * HOUR_US;
            let next_us = next_night_us(after_us);
            assert_eq!(nights_between(after_us, next_us).len(), 1, "hour {hour}");
            assert_eq!(nights_between(next_us - 1, next_us).len(), 1, "hour {hour}");
            assert_eq!(nights_between(after_us, next_us - 1), [], "hour {hour}");
        }
    }

    #[test]
    fn days_and_dates_are_each_other_s_inverse() {
        for day in -40_000..40_000 {
            let (year, month, day_of_month) = civil(day);
            assert_eq!(days_since_1970(year, month, day_of_month), day);
            assert!((1..=12).contains(&month) && (1..=31).contains(&day_of_month));
        }
        assert_eq!((civil(0), civil(-1)), ((1970, 1, 1), (1969, 12, 31)));
        assert_eq!(civil(11_016), (2000, 2, 29));
    }

    #[test]
    fn daylight_saving_begins_and_ends_on_its_sundays() {
        for (year, first, last) in [
            (2024, (3, 10), (11, 3)),
            (2021, (3, 14), (11, 7)),
            (2015, (3, 8), (11, 1)),
            (2007, (3, 11), (11, 4)),
            (2006, (4, 2), (10, 29)),
            (2000, (4, 2), (10, 29)),
            (1995, (4, 2), (10, 29)),
            (1999, (4, 4), (10, 31)),
        ] {
            let (first, last) = (
                days_since_1970(year, first.0, first.1),
                days_since_1970(year, last.0, last.1),
            );
            assert!(
                !is_daylight_saving(first - 1) && is_daylight_saving(first),
                "{year}"
            );
            assert!(
                is_daylight_saving(last - 1) && !is_daylight_saving(last),
                "{year}"
            );
        }
    }

    #[test]
    fn nights_shift_by_an_hour_over_the_sunday_of_the_change() {
        // Friday and Monday around 10 March, then around 3 November 2024.
        assert_eq!(
            hours(at(2024, 3, 8, 12), at(2024, 3, 11, 23)),
            [(22, "Fri"), (21, "Mon")]
        );
        assert_eq!(
            hours(at(2024, 11, 1, 12), at(2024, 11, 4, 23)),
            [(21, "Fri"), (22, "Mon")]
        );
    }

    #[test]
    fn a_night_counts_at_its_end_and_never_twice() {
        let night = at(2024, 1, 3, 22);
        assert_eq!(nights_between(night - 1, night), [(night, "Wed")]);
        assert_eq!(nights_between(night, night + 1), []);
        assert_eq!(nights_between(night + 1, night), []);
        let all = hours(at(2024, 1, 1, 0), at(2024, 1, 8, 0));
        assert_eq!(all.iter().map(|(_, day)| *day).collect::<Vec<_>>(), NIGHTS);
    }
}
