"""Candles: one bar of one side, and columns of them (rules T1, T2)."""

# ruff: noqa: SLF001 - a row of columns becomes a candle without the checks of its constructor

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import ReferenceType, ref

import numpy as np

from .errors import make_error

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PRICE_FIELDS = ("open", "high", "low", "close")


def is_number(value: object) -> bool:
    """Tell whether a value can be read as a float: an int, a float, numpy's, Decimal; no text."""
    kind = type(value)
    return kind is not bool and (hasattr(kind, "__float__") or hasattr(kind, "__index__"))


class Clock:
    """The time that was told or read last, and the step that led to it.

    That of a bar is told and read again and again, and the next one is mostly as far away as the
    one before was: this spares the calendar's arithmetic.

    Attributes
    ----------
    last : tuple
        The time as microseconds and in UTC, the step as microseconds and as a difference; one
        tuple, so that no thread sees half of another's.
    """

    def __init__(self) -> None:
        self.last = (0, EPOCH, 0, timedelta())


CLOCK = Clock()


def to_time_us(value: object, field: str, bar: int | None = None, symbol: str | None = None) -> int:
    """Return an aware datetime as microseconds since 1970 UTC (T1.aware).

    Errors
    ------
    TIME_TYPE, TIME_NAIVE

    >>> to_time_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), "timestamp")
    1000000
    """
    last_us, last, step_us, step = CLOCK.last
    if value is last:
        return last_us
    if type(value) is datetime and value.tzinfo is UTC:
        now_us: int = (value - EPOCH) // MICROSECOND
        CLOCK.last = now_us, value, step_us, step
        return now_us
    if not isinstance(value, datetime):
        raise make_error(
            "TIME_TYPE", bar=bar, symbol=symbol, field=field, value=value,
            expected="an aware datetime",
        )  # fmt: skip
    if value.utcoffset() is None:
        raise make_error(
            "TIME_NAIVE", bar=bar, symbol=symbol, field=field, value=value,
            expected="a datetime with a time zone",
        )  # fmt: skip
    return (value - EPOCH) // MICROSECOND


def from_time_us(time_us: int) -> datetime:
    """Return microseconds since 1970 as a datetime in UTC.

    >>> from_time_us(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    last_us, last, step_us, step = CLOCK.last
    if time_us == last_us:
        return last
    if time_us - last_us != step_us:
        step_us = time_us - last_us
        step = timedelta(0, 0, step_us)
    time = last + step
    CLOCK.last = time_us, time, step_us, step
    return time


class Candle:
    """One bar of one side; a frozen value, valid after the run.

    Parameters
    ----------
    timestamp : datetime
        Open of the bar, aware (T1).
    open, high, low, close : float
        Prices.
    volume : float

    Errors
    ------
    TIME_TYPE, TIME_NAIVE, CANDLE_TYPE

    Examples
    --------
    >>> bar = Candle(datetime(2024, 1, 2, tzinfo=UTC), 1.10, 1.12, 1.09, 1.11)
    >>> bar.close, bar.time_us
    (1.11, 1704153600000000)
    """

    __slots__ = ("_close", "_high", "_low", "_open", "_time_us", "_timestamp", "_volume")

    def __init__(
        self,
        timestamp: datetime,
        open: float,
        high: float,
        low: float,
        close: float,
        volume: float = 0.0,
    ) -> None:
        self._time_us = to_time_us(timestamp, "timestamp")
        self._timestamp: datetime | None = timestamp
        for name, value in (
            ("open", open), ("high", high), ("low", low), ("close", close), ("volume", volume),
        ):  # fmt: skip
            if not is_number(value):
                raise make_error("CANDLE_TYPE", field=name, value=value, expected="a number")
        self._open = float(open)
        self._high = float(high)
        self._low = float(low)
        self._close = float(close)
        self._volume = float(volume)

    @property
    def timestamp(self) -> datetime:
        """Open of the bar."""
        if self._timestamp is None:
            self._timestamp = from_time_us(self._time_us)
        return self._timestamp

    @property
    def time_us(self) -> int:
        """Open of the bar in microseconds since 1970 UTC."""
        return self._time_us

    @property
    def open(self) -> float:
        """First price."""
        return self._open

    @property
    def high(self) -> float:
        """Highest price."""
        return self._high

    @property
    def low(self) -> float:
        """Lowest price."""
        return self._low

    @property
    def close(self) -> float:
        """Last price."""
        return self._close

    @property
    def volume(self) -> float:
        """Traded volume, 0.0 where unknown."""
        return self._volume

    def _values(self) -> tuple[object, ...]:
        return (self._time_us, self._open, self._high, self._low, self._close, self._volume)

    def __eq__(self, other: object) -> bool:
        try:
            theirs = tuple(getattr(other, name) for name in ("time_us", *PRICE_FIELDS, "volume"))
        except AttributeError:
            return NotImplemented
        return self._values() == theirs

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        return (
            f"Candle({self.timestamp.isoformat()}, open={self._open!r}, high={self._high!r}, "
            f"low={self._low!r}, close={self._close!r}, volume={self._volume!r})"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return Candle, (
            self.timestamp, self._open, self._high, self._low, self._close, self._volume,
        )  # fmt: skip


def candle_of(
    time_us: int, open: float, high: float, low: float, close: float, volume: float
) -> Candle:
    """Make a candle from a row of columns, which need no check of types."""
    candle = Candle.__new__(Candle)
    candle._time_us = time_us
    candle._timestamp = None
    candle._open = open
    candle._high = high
    candle._low = low
    candle._close = close
    candle._volume = volume
    return candle


class Rows:
    """The rows of one side's columns as candles, each made when it is asked for.

    Parameters
    ----------
    columns : tuple of ndarray
        Times, opens, highs, lows, closes, volumes.
    """

    def __init__(self, columns: tuple[np.ndarray, ...]) -> None:
        # A memoryview gives a Python float for an index sooner than an array does.
        self.times, self.opens, self.highs, self.lows, self.closes, self.volumes = (
            column.data for column in columns
        )
        self.last_index = -1
        self.last: Candle | None = None

    def candle(self, index: int) -> Candle:
        """Return a row; the bar of the loop, asked for several times, is the same object."""
        if index == self.last_index and self.last is not None:
            return self.last
        candle = candle_of(
            self.times[index], self.opens[index], self.highs[index], self.lows[index],
            self.closes[index], self.volumes[index],
        )  # fmt: skip
        self.last_index = index
        self.last = candle
        return candle


def _column(values: object, dtype: str, field: str, length: int | None) -> np.ndarray:
    """Read one column as a contiguous read-only array, copied only where it must be."""
    try:
        column = np.ascontiguousarray(values, dtype=dtype)
    except (TypeError, ValueError):
        raise make_error(
            "CANDLE_TYPE", field=field, value=values, expected=f"a column of {dtype}"
        ) from None
    # Columns out of a message or a packed record may begin at any byte.
    column = column.view() if column.flags.aligned else column.copy()
    if column.ndim != 1 or (length is not None and len(column) != length):
        raise make_error(
            "LENGTHS_DIFFER", field=field, value=column.shape,
            expected="one dimension" if length is None else f"{length} values in one dimension",
        )  # fmt: skip
    column.flags.writeable = False
    return column


class Candles(Sequence[Candle]):
    """One side of a market as columns; a sequence of :class:`Candle`, made when asked for.

    Parameters
    ----------
    time_us : array-like of int64, shape (n,)
        Opens of the bars, microseconds since 1970 UTC.
    open, high, low, close : array-like of float64, shape (n,)
        Prices.
    volume : array-like of float64, shape (n,), optional
        Zeros where absent.

    Errors
    ------
    CANDLE_TYPE, LENGTHS_DIFFER

    Examples
    --------
    >>> bars = Candles([0, 60_000_000], [1.1, 1.2], [1.3, 1.3], [1.0, 1.1], [1.2, 1.2])
    >>> len(bars), bars[-1].open
    (2, 1.2)
    """

    def __init__(
        self,
        time_us: object,
        open: object,
        high: object,
        low: object,
        close: object,
        volume: object = None,
    ) -> None:
        self.time_us = _column(time_us, "int64", "time_us", None)
        size = len(self.time_us)
        self.open = _column(open, "float64", "open", size)
        self.high = _column(high, "float64", "high", size)
        self.low = _column(low, "float64", "low", size)
        self.close = _column(close, "float64", "close", size)
        traded = np.zeros(size) if volume is None else volume
        self.volume = _column(traded, "float64", "volume", size)
        self._rows = Rows(
            (self.time_us, self.open, self.high, self.low, self.close, self.volume)
        )  # fmt: skip
        # The other side with which the checks found no fault, and what they counted (T2.crossed).
        self._checked: tuple[ReferenceType[Candles], tuple[int, int]] | None = None

    @classmethod
    def from_candles(cls, candles: Sequence[object]) -> Candles:
        """Turn a list of candle-like objects into columns.

        Errors
        ------
        CANDLE_TYPE, TIME_TYPE, TIME_NAIVE
        """
        times = [
            to_time_us(read(candle, "timestamp", bar, "candles", None), "timestamp", bar)
            for bar, candle in enumerate(candles)
        ]
        open_, high, low, close = (
            [read_price(candle, name, bar, "candles", None) for bar, candle in enumerate(candles)]
            for name in PRICE_FIELDS
        )
        volume = [float(getattr(candle, "volume", 0.0)) for candle in candles]
        return cls(np.array(times, dtype="int64"), open_, high, low, close, volume)

    def _checked_with(self, ask: Candles) -> tuple[int, int] | None:
        """Return what the checks counted of this bid with an ask, if they were made."""
        if self._checked is None or self._checked[0]() is not ask:
            return None
        return self._checked[1]

    def _remember_checked(self, ask: Candles, counted: tuple[int, int]) -> None:
        """Remember that the checks found no fault of this bid with an ask; nothing may change."""
        self._checked = ref(ask), counted

    def __len__(self) -> int:
        return len(self.time_us)

    def __getitem__(self, index: int | slice) -> Candle | Candles:  # type: ignore[override]
        if isinstance(index, slice):
            return Candles(
                self.time_us[index], self.open[index], self.high[index], self.low[index],
                self.close[index], self.volume[index],
            )  # fmt: skip
        size = len(self.time_us)
        if not -size <= index < size:
            raise IndexError(f"candle {index} of {size}")
        return self._rows.candle(index)

    def __iter__(self) -> Iterator[Candle]:
        for index in range(len(self)):
            yield self[index]  # type: ignore[misc]

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (
            self.time_us, self.open, self.high, self.low, self.close, self.volume,
        )  # fmt: skip


def candle_at(candles: Sequence[Any], index: int) -> Any:
    """Return a candle by its place, which is known to be there: one of ours without a detour."""
    if type(candles) is Candles:
        rows = candles._rows
        return rows.candle(index)
    return candles[index]


def read(candle: object, name: str, bar: int, side: str, symbol: str | None) -> object:
    """Read an attribute of a candle-like object, or say that it is none (T2.candle_type)."""
    try:
        return getattr(candle, name)
    except AttributeError:
        raise make_error(
            "CANDLE_TYPE", bar=bar, symbol=symbol, field=f"{side}.{name}", value=candle,
            expected="an object with timestamp, open, high, low, close",
        ) from None  # fmt: skip


def read_price(candle: object, name: str, bar: int, side: str, symbol: str | None) -> float:
    """Read a price of a candle-like object as a float (T2.candle_type)."""
    value = read(candle, name, bar, side, symbol)
    if not is_number(value):
        raise make_error(
            "CANDLE_TYPE", bar=bar, symbol=symbol, field=f"{side}.{name}", value=value,
            expected="a number",
        )  # fmt: skip
    return float(value)  # type: ignore[arg-type]
