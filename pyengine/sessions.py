"""Hours of trading: windows without entries, times to be flat (rules S3.no_entry, M1.flat_at).

All in UTC, each day or each week; what lies between two bars counts at the end of the later one.
"""

from __future__ import annotations

from collections.abc import Iterable

from .errors import make_error
from .settings import Settings

MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US
WEEK_US = 7 * DAY_US
UNITS_US = {"S": 1_000_000, "M": MINUTE_US, "H": 60 * MINUTE_US, "D": DAY_US}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# 1970-01-01 was a Thursday, so the first whole week of the epoch began four days later.
FIRST_MONDAY_US = 4 * DAY_US
DIGITS = "0123456789"

# Length of the period in which it comes back, and place within it; microseconds.
Moment = tuple[int, int]
# Start and end, both daily or both weekly.
Window = tuple[Moment, Moment]


def timeframe_us(text: object, field: str) -> int:
    """Read the length of a bar, such as S10, M5, H1 or D1, in microseconds (S2.decision_time).

    Errors
    ------
    TIMEFRAME_INVALID

    >>> timeframe_us("M5", "timeframe")
    300000000
    """
    if isinstance(text, str) and 2 <= len(text) <= 6 and text[0] in UNITS_US:
        count = text[1:]
        if count[0] != "0" and all(digit in DIGITS for digit in count):
            return int(count) * UNITS_US[text[0]]
    raise make_error(
        "TIMEFRAME_INVALID", field=field, value=text,
        expected="S, M, H or D and a whole number from 1 to 99999, such as M5",
    )  # fmt: skip


class Session(Settings):
    """When no position is opened, and when none is held; times in UTC.

    Parameters
    ----------
    timeframe : str
        Length of the run's bars: M5, H1, D1. A bar counts by its end.
    no_entry : iterable of pairs of str, optional
        Windows (start, end) in which signals are rejected, the start in, the end out; both
        "HH:MM" or both "Fri HH:MM"; may go over midnight or over the end of the week.
    flat_at : iterable of str, optional
        Times at which a PositionManager closes what was filled before.

    Errors
    ------
    TIMEFRAME_INVALID, SESSION_INVALID

    Examples
    --------
    >>> Session("H1", no_entry=[("21:00", "23:00")], flat_at=["Fri 21:00"]).no_entry
    (('21:00', '23:00'),)
    """

    _fields = ("timeframe", "no_entry", "flat_at")
    timeframe: str
    no_entry: tuple[tuple[str, str], ...]
    flat_at: tuple[str, ...]
    length_us: int
    _windows: tuple[Window, ...]
    _flats: tuple[Moment, ...]

    def __init__(
        self,
        timeframe: str,
        no_entry: Iterable[tuple[str, str]] = (),
        flat_at: Iterable[str] = (),
    ) -> None:
        length_us = timeframe_us(timeframe, "timeframe")
        pairs = tuple(_pair(pair) for pair in _listed(no_entry, "no_entry"))
        times = _listed(flat_at, "flat_at")
        self._set(
            timeframe=timeframe,
            no_entry=pairs,
            flat_at=times,
            length_us=length_us,
            _windows=tuple(to_window(start, end, "no_entry") for start, end in pairs),
            _flats=tuple(_moment(time, "flat_at") for time in times),
        )

    def refuses(self, bar_us: int) -> bool:
        """Tell whether the end of a bar lies in a window without entries (S3.no_entry).

        Parameters
        ----------
        bar_us : int
            Open of the bar, microseconds since 1970 UTC.
        """
        end_us = bar_us + self.length_us
        return any(is_within(end_us, window) for window in self._windows)

    def last_flat_us(self, bar_us: int) -> int | None:
        """Return the latest flat_at that is not after the end of a bar (M1.flat_at).

        Parameters
        ----------
        bar_us : int
            Open of the bar, microseconds since 1970 UTC.

        Returns
        -------
        int or None
            Microseconds since 1970; None where no flat_at was given.
        """
        end_us = bar_us + self.length_us
        latest: int | None = None
        for period, place in self._flats:
            found = end_us - ((_place(end_us, period) - place) % period)
            if latest is None or found > latest:
                latest = found
        return latest


def is_within(time_us: int, window: Window) -> bool:
    """Tell whether a time lies in a window, its start in, its end out.

    >>> is_within(23 * 3_600_000_000, to_window("22:00", "02:00", "no_entry"))
    True
    """
    (period, opens), (_, closes) = window
    place = _place(time_us, period)
    if opens < closes:
        return opens <= place < closes
    return place >= opens or place < closes


def weekday(time_us: int) -> int:
    """Return the day of the week of a time, 0 for Monday.

    >>> weekday(0)
    3
    """
    return _place(time_us, WEEK_US) // DAY_US


def _place(time_us: int, period: int) -> int:
    """Return how far a time is into its day or week."""
    return (time_us - FIRST_MONDAY_US) % period


def _invalid(field: str, value: object, expected: str) -> Exception:
    return make_error("SESSION_INVALID", field=field, value=value, expected=expected)


def _listed(value: object, field: str) -> tuple[object, ...]:
    """Read a list of windows or times; one text alone is none."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise _invalid(field, value, "a list")
    return tuple(value)


def _pair(value: object) -> tuple[object, object]:
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return value[0], value[1]
    raise _invalid("no_entry", value, "pairs of a start and an end")


def to_window(start: object, end: object, field: str) -> Window:
    """Read a window from the times of its start and end.

    Errors
    ------
    SESSION_INVALID
    """
    opens, closes = _moment(start, field), _moment(end, field)
    if opens[0] != closes[0]:
        raise _invalid(field, end, "both daily or both weekly")
    if opens == closes:
        raise _invalid(field, end, "an end that is not the start")
    return opens, closes


def _moment(text: object, field: str) -> Moment:
    """Read a time of the day, or of the week."""
    expected = "HH:MM, or a day of Mon to Sun and HH:MM"
    if not isinstance(text, str):
        raise _invalid(field, text, expected)
    clock, period, place = text, DAY_US, 0
    if len(text) == 9 and text[:3] in WEEKDAYS and text[3] == " ":
        clock, period, place = text[4:], WEEK_US, WEEKDAYS.index(text[:3]) * DAY_US
    digits = clock[:2] + clock[3:]
    if len(clock) == 5 and clock[2] == ":" and all(digit in DIGITS for digit in digits):
        hours, minutes = int(clock[:2]), int(clock[3:])
        if hours < 24 and minutes < 60:
            return period, place + (((hours * 60) + minutes) * MINUTE_US)
    raise _invalid(field, text, expected)
