"""The nights of the forex market: when they end, and between which bars (rule P6.rollover).

A night ends at 17:00 in New York, Monday to Friday. Daylight saving follows the rule of the
United States by date, so no data of time zones is read.
"""

from __future__ import annotations

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000
NIGHTS = ("Mon", "Tue", "Wed", "Thu", "Fri")
# 1970-01-01 was a Thursday: the weekday of day d, with Monday as 0, is (d + 3) % 7.
FIRST_WEEKDAY = 3


def nights_between(after_us: int, until_us: int) -> list[tuple[int, str]]:
    """Return the nights that ended after one moment, up to and with another (P6.rollover).

    Parameters
    ----------
    after_us, until_us : int
        Microseconds since 1970 UTC.

    Returns
    -------
    list of (int, str)
        End of each night in microseconds, and its weekday.

    Examples
    --------
    From Friday noon to Monday noon of January 2024 there is one night, Friday's:

    >>> friday, monday = 19_727 * DAY_US, 19_730 * DAY_US
    >>> nights_between(friday + 12 * HOUR_US, monday + 12 * HOUR_US) == [
    ...     (friday + 22 * HOUR_US, "Fri")]
    True
    """
    found: list[tuple[int, str]] = []
    for day in range(after_us // DAY_US, until_us // DAY_US + 1):
        weekday = (day + FIRST_WEEKDAY) % 7
        if weekday >= len(NIGHTS):
            continue
        end_us = night_end_us(day)
        if after_us < end_us <= until_us:
            found.append((end_us, NIGHTS[weekday]))
    return found


def next_night_us(after_us: int) -> int:
    """Return when the first night after a moment ends, microseconds since 1970 UTC.

    From Friday noon of 5 January 2024 it is Friday's:

    >>> friday = 19_727 * DAY_US
    >>> next_night_us(friday + 12 * HOUR_US) == friday + 22 * HOUR_US
    True
    """
    day = after_us // DAY_US
    while True:
        end_us = night_end_us(day)
        if (day + FIRST_WEEKDAY) % 7 < len(NIGHTS) and end_us > after_us:
            return end_us
        day += 1


def night_end_us(day: int) -> int:
    """Return 17:00 in New York on a day, counted from 1970-01-01, in microseconds UTC."""
    hour = 21 if is_daylight_saving(day) else 22
    return (day * DAY_US) + (hour * HOUR_US)


def is_daylight_saving(day: int) -> bool:
    """Tell whether New York keeps daylight saving at 17:00 of a day (P6.rollover).

    >>> is_daylight_saving(19_791), is_daylight_saving(19_792)  # 9 and 10 March 2024
    (False, True)
    """
    year, month, _ = civil(day)
    if year >= 2007:
        first, last = sunday_from(year, 3, 8), sunday_from(year, 11, 1)
    else:
        first, last = sunday_from(year, 4, 1), sunday_from(year, 10, 25)
    return 3 <= month <= 11 and first <= day < last


def sunday_from(year: int, month: int, day_of_month: int) -> int:
    """Return the first Sunday at or after a date, as days since 1970-01-01."""
    day = days_since_1970(year, month, day_of_month)
    return day + (6 - ((day + FIRST_WEEKDAY) % 7))


def days_since_1970(year: int, month: int, day_of_month: int) -> int:
    """Return a date of the Gregorian calendar as days since 1970-01-01.

    >>> days_since_1970(2024, 3, 10)
    19792
    """
    # Years that begin in March end with the leap day, so months have fixed places in them.
    shifted = year - 1 if month <= 2 else year
    place = (((month + 9) % 12) * 153 + 2) // 5
    leap_days = (shifted // 4 - shifted // 100) + shifted // 400
    return ((shifted * 365 + leap_days) + place + day_of_month) - 719_469


def civil(day: int) -> tuple[int, int, int]:
    """Return year, month and day of the month of a day counted from 1970-01-01.

    >>> civil(19_792)
    (2024, 3, 10)
    """
    year = 1970 + (day // 366 if day >= 0 else day // 365)
    while days_since_1970(year + 1, 1, 1) <= day:
        year += 1
    month = 1
    while month < 12 and days_since_1970(year, month + 1, 1) <= day:
        month += 1
    return year, month, day - days_since_1970(year, month, 1) + 1
