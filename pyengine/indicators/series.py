"""Candles of one timeframe and side as columns, with NaN where there is none (rule I.series)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np

from ..candles import PRICE_FIELDS, Candles, is_number, read, read_price, to_time_us
from ..errors import make_error

PRICES = (*PRICE_FIELDS, "volume")
COLUMNS = ("time_us", *PRICES)
# Time of a candle that is not there.
ABSENT_US = -(2**63)


class SeriesColumns:
    """The columns of a series; a row of NaN and ``ABSENT_US`` stands for a missing candle.

    Attributes
    ----------
    time_us : ndarray of int64
    open, high, low, close, volume : ndarray of float64
    """

    def __init__(self, time_us: np.ndarray, prices: Sequence[np.ndarray]) -> None:
        self.time_us = time_us
        self.open, self.high, self.low, self.close, self.volume = prices

    def sum(self, reads: Sequence[str]) -> bytes:
        """Return what tells some of the columns from others: all bits count, and their order."""
        hashed = blake2b(digest_size=16)
        for name in reads:
            column = np.ascontiguousarray(getattr(self, name))
            hashed.update(len(column).to_bytes(8, "little"))
            hashed.update(column.view("uint8").data)
        return hashed.digest()

    def steps(self) -> list[int]:
        """Return the places at which the candle is a new one: there, and of another time."""
        found: list[int] = []
        last = ABSENT_US
        for place, time_us in enumerate(self.time_us.tolist()):
            if time_us not in {ABSENT_US, last}:
                found.append(place)
                last = time_us
        return found


class AlignedColumns(SeriesColumns):
    """The columns of an `AlignedCandles`, each laid out along the bars when it is first read."""

    def __init__(self, source: SeriesColumns, places: np.ndarray) -> None:
        self._source = source
        self._places = places

    def __getattr__(self, name: str) -> Any:
        if name not in COLUMNS:
            raise AttributeError(name)
        source = getattr(self._source, name)
        absent = ABSENT_US if name == "time_us" else np.nan
        column = np.full(len(self._places), absent, dtype=source.dtype)
        there = self._places >= 0
        column[there] = source[self._places[there]]
        setattr(self, name, column)
        return column


def find_sides(
    data: Mapping[str, Mapping[str, Sequence[Any]]], timeframe: str, symbol: str | None
) -> Mapping[str, Sequence[Any]]:
    """Return the sides of a timeframe.

    Errors
    ------
    TIMEFRAME_UNKNOWN
    """
    sides = data.get(timeframe)
    if sides is None:
        raise make_error(
            "TIMEFRAME_UNKNOWN", symbol=symbol, field="timeframe", value=timeframe,
            expected=", ".join(data) or "none is loaded",
        )  # fmt: skip
    return sides


def find_series(
    data: Mapping[str, Mapping[str, Sequence[Any]]],
    timeframe: str,
    price_type: str,
    symbol: str | None,
) -> Sequence[Any]:
    """Return the candles of a timeframe and side.

    Errors
    ------
    TIMEFRAME_UNKNOWN, SIDE_UNKNOWN
    """
    sides = find_sides(data, timeframe, symbol)
    candles = sides.get(price_type)
    if candles is None:
        raise make_error(
            "SIDE_UNKNOWN", symbol=symbol, field="price_type", value=price_type,
            expected=", ".join(sides) or "none is loaded",
        )  # fmt: skip
    return candles


def to_columns(series: Any) -> SeriesColumns:
    """Read a list of candles, some of which may be None, or take columns such as `Candles`.

    Those of `AlignedCandles`, of whatever backend, are shared.

    Errors
    ------
    CANDLE_TYPE, TIME_TYPE, TIME_NAIVE, LENGTHS_DIFFER
    """
    if hasattr(series, "places") and hasattr(series, "candles"):
        return AlignedColumns(to_columns(series.candles), np.asarray(series.places))
    if hasattr(series, "time_us"):
        made = Candles(
            series.time_us, series.open, series.high, series.low, series.close,
            getattr(series, "volume", None),
        )  # fmt: skip
        return SeriesColumns(made.time_us, [getattr(made, name) for name in PRICES])
    listed = list(series)
    times = np.full(len(listed), ABSENT_US, dtype="int64")
    rows = np.full((len(PRICES), len(listed)), np.nan)
    for bar, candle in enumerate(listed):
        if candle is None:
            continue
        timestamp = read(candle, "timestamp", bar, "candles", None)
        times[bar] = to_time_us(timestamp, "timestamp", bar)
        for row, name in enumerate(PRICE_FIELDS):
            rows[row, bar] = read_price(candle, name, bar, "candles", None)
        volume = getattr(candle, "volume", 0.0)
        rows[4, bar] = float(volume) if is_number(volume) else 0.0
    return SeriesColumns(times, list(rows))
