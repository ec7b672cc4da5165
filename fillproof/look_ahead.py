"""Finds, in series that a user has aligned, candles that a bar sees before they have closed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from fillproof.errors import ConfigError, LookAheadWarning
from fillproof.tables import to_us
from fillproof.timeframes import length_us, moment

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Time of a bar without a candle, or with one that has no time: never early.
_NEVER_EARLY = np.iinfo(np.int64).min // 2


@dataclass(frozen=True)
class Early:
    """Candles of one series that are seen too early.

    Attributes
    ----------
    timeframe, side : str
    bar : int
        The first bar that sees one.
    time_us, closes_us, ends_us : int
        When that candle opens and closes, and when the bar ends.
    count : int
        How many bars see one.
    """

    timeframe: str
    side: str
    bar: int
    time_us: int
    closes_us: int
    ends_us: int
    count: int

    def __str__(self) -> str:
        minutes = (self.closes_us - self.ends_us) / 60e6
        return (
            f"bar {self.bar} sees the {self.timeframe} {self.side} candle of "
            f"{moment(self.time_us)}, which closes at {moment(self.closes_us)}, {minutes:g} "
            "minutes after the bar"
        )


def report(
    data: Mapping[str, Mapping[str, Any]], times: NDArray[np.int64], timeframe: str
) -> list[str]:
    """Warn once of candles that are seen too early; return notes for the result.

    Parameters
    ----------
    data : mapping
        The user's ``multi_candle_data``.
    times : ndarray of int64
        Opening times of the bars of the run.
    timeframe : str
        Of the run.

    Warns
    -----
    LookAheadWarning
        With the first place.
    """
    notes: list[str] = []
    found = list(search(data, times, timeframe, notes))
    if found:
        first = min(found, key=lambda early: early.bar)
        series = ", ".join(f"{early.timeframe} {early.side} {early.count}" for early in found)
        text = (
            f"multi_candle_data is used as it is, but {first}; bars that see too much: {series}. "
            "fillproof.timeframes.align shows no candle before it has closed"
        )
        notes.append(text)
        # Told where run_backtest was called.
        warnings.warn(text, LookAheadWarning, stacklevel=4)
    return notes


def search(
    data: Mapping[str, Mapping[str, Any]],
    times: NDArray[np.int64],
    timeframe: str,
    notes: list[str],
) -> Iterator[Early]:
    """Find the series of which a bar sees a candle too early; note those that name no length."""
    for name, sides in data.items():
        try:
            ends, length = times + length_us(timeframe), length_us(name)
        except ConfigError:
            notes.append(
                f"{name} beside {timeframe}: one of them names no length, so nobody looked whether "
                "its candles are seen before they close"
            )
            continue
        for side, series in sides.items():
            shown = shown_times(series, len(times))
            early = np.flatnonzero(shown + length > ends[: len(shown)])
            if len(early):
                bar = int(early[0])
                opened = int(shown[bar])
                yield Early(name, side, bar, opened, opened + length, int(ends[bar]), len(early))


def shown_times(series: Any, bars: int) -> NDArray[np.int64]:
    """Return the time of the candle that each bar sees."""
    if hasattr(series, "places") and hasattr(series, "candles"):
        places = np.asarray(series.places)[:bars]
        times = shown_times(series.candles, len(series.candles))
        shown = np.full(len(places), _NEVER_EARLY)
        there = places >= 0
        shown[there] = times[places[there]]
        return shown
    if hasattr(series, "time_us"):
        columns: NDArray[np.int64] = series.time_us[:bars]
        return columns
    shown = np.full(min(len(series), bars), _NEVER_EARLY)
    last, time_us = None, _NEVER_EARLY
    for bar in range(len(shown)):
        candle = series[bar]
        if candle is not last:
            last, time_us = candle, _time_us(candle)
        shown[bar] = time_us
    return shown


def _time_us(candle: Any) -> int:
    """Return the time of a candle; whatever has none is the engine's to judge."""
    time = getattr(candle, "timestamp", None)
    if not isinstance(time, datetime) or time.utcoffset() is None:
        return _NEVER_EARLY
    return to_us(time)
