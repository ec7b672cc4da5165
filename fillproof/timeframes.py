"""Bars of a higher timeframe beside those of a run, none of them seen before it has closed.

A higher bar H is shown at a bar of the run from the first one on that ends no earlier than H does:
``H.time + length(H) <= time + length``. `align` lays higher bars out by that; `resample` builds
them from the bars of the run; ``run_backtest(..., timeframes=["H4", "D1"])`` does both.

Buckets count from 1970-01-01T00:00Z, those of whole weeks from the Monday after it. A bucket closes
when its time is over, whether or not the last bars of it are there; one that ends after the last
bar is not closed, so no bar shows it.

Examples
--------
>>> from fillproof import data
>>> pair = data.eurusd_h1_2017()
>>> bid, ask = resample(pair.bid, pair.ask, "H1", "H4")
>>> shown = align(pair.bid, "H1", {"H4": (bid, ask)}, backend="python")["H4"]["bid"]
>>> [pair.bid.to_candles("python")[bar].timestamp.hour for bar in (4, 5, 6)]
[2, 3, 4]
>>> [shown[bar].timestamp.hour for bar in (4, 5, 6)]
[20, 0, 0]
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from fillproof import backends, intake
from fillproof.candle_table import COLUMNS, CandleTable
from fillproof.errors import CandleError, CandleTypeError, ConfigError
from fillproof.tables import to_us

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["align", "length_us", "resample"]

_SECOND_US = 1_000_000
_UNITS_US = {
    "S": _SECOND_US,
    "M": 60 * _SECOND_US,
    "H": 3_600 * _SECOND_US,
    "D": 86_400 * _SECOND_US,
    "W": 604_800 * _SECOND_US,
}
# 1970-01-01 was a Thursday.
_FIRST_MONDAY_US = 4 * _UNITS_US["D"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def length_us(timeframe: object, field: str = "timeframe") -> int:
    """Return the length of the bars of a timeframe, in microseconds.

    Parameters
    ----------
    timeframe : str
        S, M, H, D or W and a whole number from 1 to 99999.
    field : str
        What errors call it.

    Raises
    ------
    ConfigError
        ``TIMEFRAME_INVALID``

    Examples
    --------
    >>> length_us("H4") == 4 * length_us("M60")
    True
    """
    if isinstance(timeframe, str) and 2 <= len(timeframe) <= 6 and timeframe[0] in _UNITS_US:
        count = timeframe[1:]
        if count[0] != "0" and count.isascii() and count.isdigit():
            return int(count) * _UNITS_US[timeframe[0]]
    raise _invalid(field, timeframe, "S, M, H, D or W and a whole number, such as M5")


def resample(bid: Any, ask: Any, timeframe: str, higher: str) -> tuple[CandleTable, CandleTable]:
    """Build the bars of a higher timeframe: first open, highest high, lowest low, last close.

    Parameters
    ----------
    bid, ask : candles
        Of any form that `fillproof.run_backtest` takes; each is resampled by itself.
    timeframe, higher : str
        Of the bars given and of those wanted, a multiple of it.

    Returns
    -------
    bid, ask : CandleTable
        A bar for each bucket with at least one bar, opened when the bucket opens; volumes are
        summed in order. The last bucket is there even if it is not over: `align` never shows it.

    Raises
    ------
    ConfigError
        ``TIMEFRAME_INVALID``: no multiple, or bars that do not open at multiples of their length,
        such as days from 22:00 to 22:00, which no bucket holds whole.
    CandleError
        ``BARS_NOT_ASCENDING``; ``TIME_NAIVE``

    Examples
    --------
    >>> price = np.array([1.1, 1.3, 1.2])
    >>> minutes = CandleTable([0, 60_000_000, 300_000_000], price, price, price, price)
    >>> bid, _ = resample(minutes, minutes, "M1", "M5")
    >>> [(bar.timestamp.minute, bar.open, bar.high, bar.close) for bar in bid.to_candles("python")]
    [(0, 1.1, 1.3, 1.3), (5, 1.2, 1.2, 1.2)]
    """
    length, wanted = length_us(timeframe), length_us(higher, "higher")
    if wanted % length:
        raise _invalid("higher", higher, f"a multiple of {timeframe}")
    sides = {"bid": _table(bid, "bid"), "ask": _table(ask, "ask")}
    buckets = None
    made = []
    for side, table in sides.items():
        # Both sides have the same times in a run; so most of the work is the same, too.
        if buckets is None or not np.array_equal(table.time_us, sides["bid"].time_us):
            check_ascending(table.time_us, side)
            _check_grid(table.time_us, length, timeframe, side)
            buckets = _Buckets.of(table.time_us, wanted)
        made.append(_bucketed(table, buckets))
    return made[0], made[1]


def align(
    primary_bid: Any,
    timeframe: str,
    higher: Mapping[str, tuple[Any, Any]],
    *,
    backend: str | None = None,
) -> dict[str, dict[str, Any]]:
    """Lay bars of other timeframes out along those of a run, each shown when it has closed.

    Parameters
    ----------
    primary_bid : candles
        The bars of the run; only their times are read.
    timeframe : str
        Of the run.
    higher : mapping
        timeframe -> (bid, ask), each of any form that `fillproof.run_backtest` takes.
    backend : {"rust", "cython", "python"}, optional
        By default the one in use.

    Returns
    -------
    dict
        timeframe -> "bid" | "ask" -> `AlignedCandles` as long as the run, for
        ``multi_candle_data``; None before the first bar that has closed. The candles are shared.

    Raises
    ------
    ConfigError
        ``TIMEFRAME_INVALID``
    CandleError
        ``BARS_NOT_ASCENDING``; ``TIME_NAIVE``

    Examples
    --------
    >>> price = np.array([1.1, 1.3])
    >>> minutes = CandleTable(np.arange(4) * 60_000_000, *[np.ones(4)] * 4)
    >>> twos = CandleTable([0, 120_000_000], price, price, price, price)
    >>> shown = align(minutes, "M1", {"M2": (twos, twos)}, backend="python")["M2"]["ask"]
    >>> [candle and candle.open for candle in shown]
    [None, 1.1, 1.1, 1.3]
    """
    _, engine = backends.resolve(backend)
    length = length_us(timeframe)
    ends = times_of(intake.candles(primary_bid, engine), "primary_bid") + length
    made: dict[str, dict[str, Any]] = {}
    for name, sides in higher.items():
        made[name] = {}
        closing = length_us(name, "higher")
        for side, given in zip(("bid", "ask"), sides, strict=True):
            candles = intake.candles(given, engine)
            times = times_of(candles, f"{name}.{side}")
            check_ascending(times, f"{name}.{side}")
            made[name][side] = engine.AlignedCandles(candles, _last_closed(times + closing, ends))
    return made


def _last_closed(closings: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each end the place of the last closing up to it, -1 before the first."""
    if np.any(ends[1:] < ends[:-1]):
        return np.searchsorted(closings, ends, side="right") - 1
    # A few questions among many ends instead of many among a few closings.
    firsts = np.searchsorted(ends, closings, side="left")
    counts = np.diff(firsts, prepend=0, append=len(ends))
    return np.repeat(np.arange(-1, len(closings)), counts)


def times_of(candles: Any, field: str) -> NDArray[np.int64]:
    """Return the opening times of candles in microseconds since 1970.

    Raises
    ------
    CandleError, CandleTypeError
        ``TIME_NAIVE``, ``TIME_TYPE``
    """
    if hasattr(candles, "time_us"):
        times: NDArray[np.int64] = candles.time_us
        return times
    found = np.empty(len(candles), dtype=np.int64)
    for bar, candle in enumerate(candles):
        time = getattr(candle, "timestamp", None)
        if not isinstance(time, datetime):
            raise CandleTypeError(
                f"{field}.timestamp is {time!r}; expected an aware datetime",
                code="TIME_TYPE",
                bar=bar,
                field=f"{field}.timestamp",
                value=time,
                expected="an aware datetime",
            )
        if time.utcoffset() is None:
            raise CandleError(
                f"{field}.timestamp is {time!r}; expected a datetime with a time zone",
                code="TIME_NAIVE",
                bar=bar,
                field=f"{field}.timestamp",
                value=time,
                expected="a datetime with a time zone",
            )
        found[bar] = to_us(time)
    return found


def check_ascending(times: NDArray[np.int64], field: str) -> None:
    """Refuse times that do not ascend."""
    late = np.flatnonzero(times[1:] <= times[:-1])
    if len(late):
        bar = int(late[0]) + 1
        told, before = (moment(int(times[place])) for place in (bar, bar - 1))
        raise CandleError(
            f"{field}.timestamp is {told}; expected later than {before}",
            code="BARS_NOT_ASCENDING",
            bar=bar,
            field=f"{field}.timestamp",
            value=told,
            expected=f"later than {before}",
        )


def moment(time_us: int) -> str:
    """Write a time as errors do."""
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat()


def _check_grid(times: NDArray[np.int64], length: int, timeframe: str, side: str) -> None:
    beside = np.flatnonzero((times - _origin(length)) % length)
    if len(beside):
        bar = int(beside[0])
        raise _invalid(
            "timeframe", timeframe, f"bars that open at multiples of it ({side})", bar,
            f"; this one opens at {moment(int(times[bar]))}",
        )  # fmt: skip


class _Buckets(NamedTuple):
    """Which bars fall into one bar of a higher timeframe.

    Attributes
    ----------
    opens : numpy.ndarray of int64
        Of the higher bars, in microseconds since 1970.
    firsts, counts : numpy.ndarray of int64
        Place of the first bar of each, and how many they are.
    """

    opens: NDArray[np.int64]
    firsts: NDArray[np.int64]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, times: NDArray[np.int64], length: int) -> Self:
        """Find them; the times ascend."""
        origin = _origin(length)
        numbers = (times - origin) // length
        firsts = np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))
        counts = np.diff(firsts, append=len(times))
        return cls(numbers[firsts] * length + origin, firsts, counts)


def _bucketed(table: CandleTable, buckets: _Buckets) -> CandleTable:
    opens, firsts, counts = buckets
    if not len(opens):
        return table
    # Adds one after the other, in order: no other way of summing gives the same bits everywhere.
    volume = np.bincount(np.repeat(np.arange(len(opens)), counts), weights=table.volume)
    return CandleTable(
        opens,
        table.open[firsts],
        np.maximum.reduceat(table.high, firsts),
        np.minimum.reduceat(table.low, firsts),
        table.close[firsts + counts - 1],
        volume,
    )


def _origin(length: int) -> int:
    return 0 if length % _UNITS_US["W"] else _FIRST_MONDAY_US


def _table(source: Any, field: str) -> CandleTable:
    if isinstance(source, CandleTable):
        return source
    if isinstance(source, (list, tuple)):
        names = ("open", "high", "low", "close")
        opened, high, low, close = (
            [_number(candle, name, field) for candle in source] for name in names
        )
        volume = [float(getattr(candle, "volume", 0.0)) for candle in source]
        return CandleTable(times_of(source, field), opened, high, low, close, volume)
    if hasattr(source, "__arrow_c_stream__") or not hasattr(source, "time_us"):
        from fillproof.frames import shared_with

        return shared_with(source)
    return CandleTable(*(getattr(source, name) for name in COLUMNS))


def _number(candle: Any, name: str, side: str) -> float:
    value: Any = getattr(candle, name, None)
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        raise CandleTypeError(
            f"{side}.{name} is {value!r}; expected a number",
            code="CANDLE_TYPE",
            field=f"{side}.{name}",
            value=value,
            expected="a number",
        )
    return float(value)


def _invalid(
    field: str, value: object, expected: str, bar: int | None = None, more: str = ""
) -> ConfigError:
    return ConfigError(
        f"{field} is {value!r}; expected {expected}{more}",
        code="TIMEFRAME_INVALID",
        bar=bar,
        field=field,
        value=value,
        expected=expected,
    )
