"""The keys of a run over several symbols: times, or what stands for them (rules L4, L5, T2).

All is checked before the first key runs; what is found is laid out along the keys.
"""

# ruff: noqa: SLF001 - the modules of one engine share what a candle keeps

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fillproof.lookups import CandleLookup

from .arithmetic import is_finite
from .bars import Bars
from .candle_checks import check_prices
from .candles import (
    PRICE_FIELDS,
    Candle,
    Candles,
    candle_of,
    from_time_us,
    read,
    read_price,
    to_time_us,
)
from .errors import make_error

KINDS = (datetime, str, int, float)
FIELD = "common_timestamps"

# The candles of one symbol along the keys: bid and ask, None where there is none.
Sides = tuple[list[Any], list[Any]]


def check_keys(keys: Sequence[Any]) -> bool:
    """Check that keys are of one type and ascend; tell whether they are places, not times (L4).

    Errors
    ------
    KEY_TYPE, TIME_NAIVE, KEYS_NOT_ASCENDING
    """
    kind = kind_of(keys[0], FIELD, 0)
    for bar, key in enumerate(keys):
        check_key(key, kind, FIELD, bar)
        if bar > 0 and not keys[bar - 1] < key:
            raise make_error(
                "KEYS_NOT_ASCENDING", bar=bar, field=FIELD, value=show_key(key),
                expected=f"later than {show_key(keys[bar - 1])}",
            )  # fmt: skip
    return kind is not datetime


def kind_of(key: Any, field: str, bar: int | None) -> type:
    """Return which of the four types a key is of."""
    if not isinstance(key, bool):
        for kind in KINDS:
            if isinstance(key, kind):
                return kind
    raise make_error(
        "KEY_TYPE", bar=bar, field=field, value=key, expected="a datetime, str, int or float"
    )


def check_key(key: Any, kind: type, field: str, bar: int | None) -> None:
    """Check that a key is of a type, a time aware and a float finite (L4.key_type)."""
    if kind_of(key, field, bar) is not kind:
        raise make_error(
            "KEY_TYPE", bar=bar, field=field, value=key,
            expected=f"a {kind.__name__}, as the first key",
        )  # fmt: skip
    if kind is datetime:
        to_time_us(key, field, bar)
    elif kind is float and not is_finite(key):
        raise make_error("KEY_TYPE", bar=bar, field=field, value=key, expected="a finite float")


def show_key(key: Any) -> str:
    """Write a key as errors show it."""
    return key.isoformat() if isinstance(key, datetime) else repr(key)


def clock_us(key: Any, place: int) -> int:
    """Return the clock's time of a key: its own, or its place as microseconds (L4.ordinal)."""
    return to_time_us(key, FIELD) if isinstance(key, datetime) else place


def lay_out(
    candle_lookups: Mapping[str, Mapping[str, Mapping[Any, Any]]], keys: Sequence[Any]
) -> dict[str, Sides]:
    """Lay the candles of every symbol out along the keys, None where there is none."""
    found: dict[str, Sides] = {}
    times: list[int] = []
    if isinstance(keys[0], datetime):
        times = [to_time_us(key, FIELD) for key in keys]

    def along(lookup: Mapping[Any, Any]) -> list[Any]:
        # Asked by their times a lookup of ours need not take each key apart.
        if times and type(lookup) is CandleLookup:
            return lookup.along(times)
        return [lookup.get(key) for key in keys]

    for symbol, sides in candle_lookups.items():
        found[symbol] = along(sides.get("bid") or {}), along(sides.get("ask") or {})
    return found


def check_coverage(symbols: Mapping[str, Sides], keys: Sequence[Any], strict: bool) -> None:
    """Check that every key has a bar, or every symbol at every key (L5.empty_key, L5.coverage)."""
    for bar, key in enumerate(keys):
        covered = False
        for symbol, (bids, asks) in symbols.items():
            for side, candles in (("bid", bids), ("ask", asks)):
                if strict and candles[bar] is None:
                    raise make_error(
                        "COVERAGE_MISSING", bar=bar, symbol=symbol, field=side,
                        value=show_key(key), expected="a candle at every key",
                    )  # fmt: skip
            covered = covered or (bids[bar] is not None and asks[bar] is not None)
        if not covered:
            raise make_error(
                "KEY_EMPTY", bar=bar, field=FIELD, value=show_key(key),
                expected="a candle of both sides of at least one symbol",
            )  # fmt: skip


def count_symbol(sides: Sides, times: Sequence[int] | None) -> tuple[int, int, int] | None:
    """Return what check_symbol does, of candles of our own, by one pass over their columns.

    Parameters
    ----------
    sides : tuple of lists
    times : sequence of int or None
        Those of the keys in microseconds, None where the keys are no times.

    Returns
    -------
    tuple or None
        None where a candle is not ours, or something may be said against one.
    """
    places = [
        bar
        for bar, (bid, ask) in enumerate(zip(*sides, strict=True))
        if type(bid) is Candle and type(ask) is Candle
    ]
    holes = sum(bid is None or ask is None for bid, ask in zip(*sides, strict=True))
    if not places or holes + len(places) < len(sides[0]):
        return None
    bid, ask = (_columns([candles[bar] for bar in places]) for candles in sides)
    if times is not None and bid.time_us.tolist() != [times[bar] for bar in places]:
        return None
    bars = Bars(bid, ask)
    if bars.first_fault() >= 0:
        return None
    return holes, bars.crossed, places[bars.first_crossed] if bars.crossed else -1


def _columns(candles: list[Any]) -> Candles:
    """Return candles of our own as columns."""
    return Candles(
        [candle._time_us for candle in candles], [candle._open for candle in candles],
        [candle._high for candle in candles], [candle._low for candle in candles],
        [candle._close for candle in candles],
    )  # fmt: skip


def check_symbol(
    symbol: str, sides: Sides, keys: Sequence[Any], ordinal: bool
) -> tuple[int, int, int]:
    """Check times and prices of a symbol; return its holes, crossed bars and the first of them.

    Errors
    ------
    TIMES_DIFFER, CANDLE_TYPE, PRICE_NOT_FINITE, PRICE_NOT_POSITIVE, HIGH_TOO_LOW, LOW_TOO_HIGH
    """
    holes, crossed, first = 0, 0, -1
    for bar, (bid, ask) in enumerate(zip(*sides, strict=True)):
        if bid is None or ask is None:
            holes += 1
            continue
        prices = []
        for side, candle in (("bid", bid), ("ask", ask)):
            if not ordinal:
                _check_time(candle, side, keys[bar], bar, symbol)
        for side, candle in (("bid", bid), ("ask", ask)):
            found = (
                read_price(candle, "open", bar, side, symbol),
                read_price(candle, "high", bar, side, symbol),
                read_price(candle, "low", bar, side, symbol),
                read_price(candle, "close", bar, side, symbol),
            )
            check_prices(found, side, bar, symbol)
            prices.append(found)
        if any(above < below for below, above in zip(*prices, strict=True)):
            crossed += 1
            first = bar if first < 0 else first
    return holes, crossed, first


def _check_time(candle: Any, side: str, key: Any, bar: int, symbol: str) -> None:
    """Check that a candle stands at its key (L5.key_time)."""
    field = f"{side}.timestamp"
    time_us = to_time_us(read(candle, "timestamp", bar, side, symbol), field, bar, symbol)
    if time_us != to_time_us(key, FIELD):
        raise make_error(
            "TIMES_DIFFER", bar=bar, symbol=symbol, field=field,
            value=from_time_us(time_us).isoformat(), expected=f"{show_key(key)}, its key",
        )  # fmt: skip


def restamped(candle: Any, time_us: int) -> Any:
    """Return a candle with the time of the clock, for parts of our own (L4.ordinal)."""
    open_, high, low, close = (float(getattr(candle, name)) for name in PRICE_FIELDS)
    volume = float(getattr(candle, "volume", 0.0))
    return candle_of(time_us, open_, high, low, close, volume)
