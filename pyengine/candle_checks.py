"""The checks of all candles before the first bar runs (rules T1, T2, T4)."""

# ruff: noqa: SLF001 - what the checks found is remembered with the candles

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fillproof.errors import FillproofError

from .arithmetic import is_finite
from .bars import Bars
from .candles import (
    PRICE_FIELDS,
    Candles,
    from_time_us,
    read,
    read_price,
    to_time_us,
)
from .errors import make_error


def times_of(candles: Sequence[object], side: str, symbol: str) -> Iterator[int]:
    """Give the time of each bar of one side in microseconds (T1.aware)."""
    if isinstance(candles, Candles):
        yield from candles.time_us.tolist()
        return
    for bar, candle in enumerate(candles):
        timestamp = read(candle, "timestamp", bar, side, symbol)
        yield to_time_us(timestamp, f"{side}.timestamp", bar, symbol)


def prices_of(
    candles: Sequence[object], side: str, symbol: str
) -> Iterator[tuple[float, float, float, float]]:
    """Give open, high, low, close of each bar of one side."""
    if isinstance(candles, Candles):
        yield from zip(
            candles.open.tolist(), candles.high.tolist(), candles.low.tolist(),
            candles.close.tolist(), strict=True,
        )  # fmt: skip
        return
    for bar, candle in enumerate(candles):
        yield (
            read_price(candle, "open", bar, side, symbol),
            read_price(candle, "high", bar, side, symbol),
            read_price(candle, "low", bar, side, symbol),
            read_price(candle, "close", bar, side, symbol),
        )


def check_prices(
    prices: tuple[float, float, float, float], side: str, bar: int, symbol: str
) -> None:
    """Check one candle: finite, positive, high and low around open and close (T2)."""
    for name, value in zip(PRICE_FIELDS, prices, strict=True):
        field = f"{side}.{name}"
        if not is_finite(value):
            raise make_error(
                "PRICE_NOT_FINITE", bar=bar, symbol=symbol, field=field, value=value,
                expected="a finite price",
            )  # fmt: skip
        if value <= 0.0:
            raise make_error(
                "PRICE_NOT_POSITIVE", bar=bar, symbol=symbol, field=field, value=value,
                expected="a price above 0",
            )  # fmt: skip
    first, high, low, last = prices
    top = first if first > last else last
    if high < top:
        raise make_error(
            "HIGH_TOO_LOW", bar=bar, symbol=symbol, field=f"{side}.high", value=high,
            expected=f">= {top!r}, the higher of open and close",
        )  # fmt: skip
    bottom = first if first < last else last
    if low > bottom:
        raise make_error(
            "LOW_TOO_HIGH", bar=bar, symbol=symbol, field=f"{side}.low", value=low,
            expected=f"<= {bottom!r}, the lower of open and close",
        )  # fmt: skip


def check_bars(
    bid_candles: Sequence[object], ask_candles: Sequence[object], symbol: str
) -> tuple[Sequence[int], int, int]:
    """Check both sides: times first, then prices (T4).

    Returns
    -------
    tuple
        The times in microseconds, how many bars are crossed, and the first such bar or -1.
    """
    if (
        type(bid_candles) is Candles
        and type(ask_candles) is Candles
        and len(bid_candles) == len(ask_candles) > 0
    ):
        known = bid_candles._checked_with(ask_candles)
        if known is not None:
            return (bid_candles.time_us.data, *known)
        # One pass over the columns; what it objects to is found again and named below.
        bars = Bars(bid_candles, ask_candles)
        if bars.first_fault() < 0:
            bid_candles._remember_checked(ask_candles, (bars.crossed, bars.first_crossed))
            return bid_candles.time_us.data, bars.crossed, bars.first_crossed
    times = check_times(bid_candles, ask_candles, symbol)
    return (times, *check_quotes(bid_candles, ask_candles, symbol))


def check_times(
    bid_candles: Sequence[object], ask_candles: Sequence[object], symbol: str
) -> list[int]:
    """Check lengths and timestamps of both sides; return the times in microseconds (T1, T2)."""
    total = len(bid_candles)
    if total != len(ask_candles):
        raise make_error(
            "LENGTHS_DIFFER", symbol=symbol, field="ask_candles", value=len(ask_candles),
            expected=f"{total}, as many as bid_candles",
        )  # fmt: skip
    if total == 0:
        raise make_error(
            "NO_BARS", symbol=symbol, field="bid_candles", value=0, expected="at least one bar"
        )
    times: list[int] = []
    sides = zip(
        times_of(bid_candles, "bid", symbol), times_of(ask_candles, "ask", symbol), strict=True
    )
    for bar, (bid_us, ask_us) in enumerate(sides):
        if bid_us != ask_us:
            raise make_error(
                "TIMES_DIFFER", bar=bar, symbol=symbol, field="ask.timestamp",
                value=from_time_us(ask_us).isoformat(),
                expected=f"{from_time_us(bid_us).isoformat()}, the bid's",
            )  # fmt: skip
        if times and bid_us <= times[-1]:
            raise make_error(
                "BARS_NOT_ASCENDING", bar=bar, symbol=symbol, field="bid.timestamp",
                value=from_time_us(bid_us).isoformat(),
                expected=f"later than {from_time_us(times[-1]).isoformat()}",
            )  # fmt: skip
        times.append(bid_us)
    return times


def check_quotes(
    bid_candles: Sequence[object], ask_candles: Sequence[object], symbol: str
) -> tuple[int, int]:
    """Check all prices; return how many bars are crossed and the first such bar, or -1 (T2)."""
    crossed = 0
    first_crossed = -1
    quotes = zip(
        prices_of(bid_candles, "bid", symbol), prices_of(ask_candles, "ask", symbol), strict=True
    )
    for bar, (bid, ask) in enumerate(quotes):
        check_prices(bid, "bid", bar, symbol)
        check_prices(ask, "ask", bar, symbol)
        if ask[0] < bid[0] or ask[1] < bid[1] or ask[2] < bid[2] or ask[3] < bid[3]:
            crossed += 1
            if first_crossed < 0:
                first_crossed = bar
    return crossed, first_crossed


def crossed_error(bid: Any, ask: Any, bar: int, symbol: str) -> FillproofError:
    """Build the error of a crossed bar: its first price with the ask below the bid (T2.crossed)."""
    name = next(
        name for name in PRICE_FIELDS if float(getattr(ask, name)) < float(getattr(bid, name))
    )
    return make_error(
        "BARS_CROSSED",
        bar=bar,
        symbol=symbol,
        field=f"ask.{name}",
        value=float(getattr(ask, name)),
        expected=f">= {float(getattr(bid, name))!r}",
    )
