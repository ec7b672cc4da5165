"""The bars of a case by their place: keys, times of the clock, candles of each symbol.

A case of one symbol has the times of its bars.  One of several symbols has keys, which need not be
times; then the clock is the place of the key, in microseconds since 1970 (rule L4.ordinal).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from .scripted import parse_time

__all__ = [
    "clock_us", "is_cross", "is_ordinal", "key_texts", "keys_of", "moments", "read_key", "rows_of",
    "sides_of", "start_of",
]  # fmt: skip

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# What is passed where there are no bars at all.
_NO_BAR = datetime(2000, 1, 1, tzinfo=UTC)


def is_cross(case: dict[str, Any]) -> bool:
    """Tell whether a case is a run of several symbols.

    Examples
    --------
    >>> is_cross({"bars": []}), is_cross({"symbols": {"EURUSD": {"bars": []}}})
    (False, True)
    """
    return "symbols" in case


def is_ordinal(case: dict[str, Any]) -> bool:
    """Tell whether the keys of a case are no times.

    Examples
    --------
    >>> is_ordinal({"symbols": {}, "keys": ["a"], "config": {"key_type": "str"}})
    True
    """
    if not is_cross(case) or case["config"].get("key_type", "time") == "time":
        return False
    return not any(isinstance(key, datetime) for key in keys_of(case))


def keys_of(case: dict[str, Any]) -> list[Any]:
    """Read the keys: the times of the bars, or the common timestamps of several symbols.

    Examples
    --------
    >>> rows = {"bid": [[2], [1]], "ask": [[1], [3]]}
    >>> keys_of({"symbols": {"EURUSD": rows}, "config": {"key_type": "float"}})
    [1.0, 2.0, 3.0]
    """
    if not is_cross(case):
        return [_time_of(row) for row in case.get("bars") or case.get("bid") or []]
    kind = case["config"].get("key_type", "time")
    if "keys" in case:
        return [read_key(key, kind) for key in case["keys"]]
    found = dict.fromkeys(
        key for symbol in case["symbols"] for side in rows_of(case, symbol) for key, _ in side
    )
    return list(found) if kind == "raw" else sorted(found)


def rows_of(case: dict[str, Any], symbol: str) -> tuple[list[Any], list[Any]]:
    """List the candles of a symbol, bid and ask: pairs of the key and what the file has.

    Examples
    --------
    >>> case = {"symbols": {"A": {"bars": [[1, *"abcdefgh"]]}}, "config": {"key_type": "int"}}
    >>> rows_of(case, "A")
    ([(1, ['a', 'b', 'c', 'd'])], [(1, ['e', 'f', 'g', 'h'])])
    """
    if not is_cross(case):
        bid, ask = sides_of(case)
        return list(_keyed(bid, "time")), list(_keyed(ask, "time"))
    kind = case["config"].get("key_type", "time")
    bid, ask = sides_of(case["symbols"].get(symbol, {"bars": []}))
    return list(_keyed(bid, kind)), list(_keyed(ask, kind))


def sides_of(holder: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Split bars into their sides, or take the sides that are given.

    Examples
    --------
    >>> sides_of({"bars": [["t", 1, 2, 3, 4, 5, 6, 7, 8]]})
    ([['t', 1, 2, 3, 4]], [['t', 5, 6, 7, 8]])
    """
    if "bars" in holder:
        rows = holder["bars"]
        return [row[:5] for row in rows], [[row[0], *row[5:9]] for row in rows]
    return holder["bid"], holder["ask"]


def read_key(key: Any, kind: str) -> Any:
    """Make a key of what a file has for it.

    Examples
    --------
    >>> read_key("7", "int"), read_key(7, "str"), read_key("nan", "float"), read_key(True, "raw")
    (7, '7', nan, True)
    """
    match kind:
        case "str":
            return str(key)
        case "int":
            return int(key)
        case "float":
            return float(key)
        case "raw":
            return parse_time(key["time"]) if isinstance(key, dict) else key
    return parse_time(key)


def clock_us(case: dict[str, Any]) -> list[int]:
    """Give the clock of each bar, microseconds since 1970; -1 where the time has no zone.

    Examples
    --------
    >>> clock_us({"symbols": {}, "keys": ["a", "b"], "config": {"key_type": "str"}})
    [0, 1]
    """
    if is_ordinal(case):
        return list(range(len(keys_of(case))))
    return [_microseconds(key) for key in keys_of(case)]


def moments(case: dict[str, Any]) -> list[Any]:
    """Give what closes by hand take for the time of each bar: the key, or the clock's."""
    if is_ordinal(case):
        return [EPOCH + place * _MICROSECOND for place in clock_us(case)]
    return keys_of(case)


def key_texts(case: dict[str, Any]) -> list[str]:
    """Write the keys for readers: times as the file has them.

    Examples
    --------
    >>> key_texts({"symbols": {}, "keys": [3], "config": {"key_type": "float"}})
    ['3.0']
    """
    return [
        key.isoformat().replace("+00:00", "Z") if isinstance(key, datetime) else str(key)
        for key in keys_of(case)
    ]


def start_of(config: dict[str, Any], keys: list[Any]) -> Any:
    """Find what is passed as the start: a text or key of its own, or the key of a bar.

    Examples
    --------
    >>> start_of({"start_bar": 1}, ["a", "b"]), start_of({"start": None}, ["a"])
    ('b', None)
    """
    if "start_key" in config:
        return config["start_key"]
    if "start" in config:
        return config["start"] and parse_time(config["start"])
    bar = config.get("start_bar", 0)
    return keys[bar] if bar < len(keys) else _NO_BAR


def _keyed(rows: list[Any], kind: str) -> Iterator[tuple[Any, Any]]:
    for row in rows:
        if isinstance(row, dict):
            rest = {name: value for name, value in row.items() if name != "key"}
            yield read_key(row["key"] if "key" in row else row.get("timestamp"), kind), rest
        else:
            yield read_key(row[0], kind), row[1:]


def _time_of(row: Any) -> Any:
    return parse_time(row.get("timestamp") if isinstance(row, dict) else row[0])


def _microseconds(moment: Any) -> int:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return -1
    return (moment - EPOCH) // _MICROSECOND
