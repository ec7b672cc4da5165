"""Candles by their time, as the engine over several symbols looks them up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class CandleLookup(Mapping[datetime, Any]):
    """One side of a symbol by time, without an object for each candle.

    Parameters
    ----------
    candles : Candles
        Columns of any backend, times ascending.

    Examples
    --------
    >>> from fillproof import data
    >>> from fillproof.python import Candles
    >>> lookup = CandleLookup(Candles(*data.eurusd_h1_2017().bid.columns()))
    >>> first = next(iter(lookup))
    >>> first.isoformat(), lookup[first].close
    ('2017-01-01T22:00:00+00:00', 1.05219)
    """

    def __init__(self, candles: Any) -> None:
        self.candles = candles
        self._rows = {time: row for row, time in enumerate(candles.time_us.tolist())}

    def __getitem__(self, key: datetime) -> Any:
        return self.candles[self._rows[_us(key)]]

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the candle of a time, or a default."""
        row = self._rows.get(_us(key)) if isinstance(key, datetime) else None
        return default if row is None else self.candles[row]

    def along(self, times_us: Iterable[int]) -> list[Any]:
        """Return the candle of each time, None where there is none."""
        rows = map(self._rows.get, times_us)
        return [None if row is None else self.candles[row] for row in rows]

    def __iter__(self) -> Iterator[datetime]:
        return (_EPOCH + timedelta(microseconds=time) for time in self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def _us(key: datetime) -> int:
    return -1 if key.tzinfo is None else (key - _EPOCH) // _MICROSECOND


def lookup_of(side: Any) -> Mapping[Any, Any]:
    """Return one side of a symbol as a lookup; mappings stay what they are."""
    if isinstance(side, Mapping):
        return side
    if hasattr(side, "time_us"):
        return CandleLookup(side)
    return {candle.timestamp: candle for candle in side}


def common_keys(lookups: Mapping[str, Mapping[str, Mapping[Any, Any]]]) -> list[Any]:
    """Return all keys at which a symbol has both sides, ascending.

    Examples
    --------
    >>> common_keys({"A": {"bid": {1: "b", 2: "b"}, "ask": {2: "a"}}, "B": {"bid": {}, "ask": {}}})
    [2]
    """
    keys: set[Any] = set()
    for sides in lookups.values():
        keys |= set(_keys(sides["bid"])) & set(_keys(sides["ask"]))
    return sorted(keys)


def _keys(side: Mapping[Any, Any]) -> Iterable[Any]:
    return side.keys()
