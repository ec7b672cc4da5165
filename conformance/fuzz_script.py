"""Random scripts: signals whose levels lie where later bars really go, and commands of all kinds.

Needs hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from .fuzz_market import CLOSE, HIGH, LOW, OPEN, Market, time_text

__all__ = ["THEMES", "commands", "signals"]

THEMES = ("any", "exit", "entry", "group", "manager", "command")
"""What a case is mostly about: anything; stops and targets; the bar of an entry; and so on.

There is `hold`, too, for what takes its time: positions that stay, and no commands.
"""

_KINDS = {
    "exit": ("market",),
    "entry": ("limit", "stop"),
    "group": ("market", "limit", "limit", "stop", "stop"),
    "manager": ("market", "market", "market", "limit"),
    "hold": ("market", "market", "limit"),
}
_ANY_KIND = ("market", "market", "limit", "stop")
_REASONS = ("manual", "manual", "timeout", "timeout", "session_close", "trailing_stop", "nonsense")
_DISTANCES = (1, 1, 2, 2, 3, 3, 4, 6, 8, 12, 20)
# Levels that are not reached soon, for what takes its time.
_FAR = (20, 40, 60, 100)
_ODD = (None, None, "nan", "inf", "0", "-1.5")
_JITTER = st.sampled_from([0, 0, 0, 1, -1])


def signals(
    markets: Sequence[Market], theme: str, *, options: bool
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw signals in order of bars; `options` allows those that the preset parity refuses.

    The markets have the same times; with more than one each signal names its symbol.
    """
    times = markets[0].times
    named = len(markets) > 1
    pairs = [True] if theme == "group" else [False, False, False, True]

    def one(draw: st.DrawFn, bar: int, later: int, kind: str) -> dict[str, Any]:
        market = draw(st.sampled_from(markets)) if named else markets[0]
        found = _signal(draw, market, bar, later, kind)
        return {**found, "symbol": market.symbol} if named else found

    @st.composite
    def burst(draw: st.DrawFn) -> list[dict[str, Any]]:
        """One signal, or two of a group that look at the same later bar."""
        bar = draw(st.integers(0, len(times) - 1))
        later = min(bar + draw(st.sampled_from([1, 1, 1, 2, 3])), len(times) - 1)
        if options and draw(st.sampled_from(pairs)):
            pair = [one(draw, bar, later, "group") for _ in range(2)]
            return [{**found, "oco": "A"} for found in pair]
        found = one(draw, bar, later, theme)
        if options:
            found.update(_options(draw, times, later))
        if draw(st.sampled_from([False] * 39 + [True])):
            found["symbol"] = "GBPUSD"
        return [found]

    many = st.lists(burst(), min_size=1, max_size=max(4, len(times)))
    return many.map(
        lambda bursts: sorted(
            (found for each in bursts for found in each), key=lambda item: item["bar"]
        )
    )


def _signal(draw: st.DrawFn, market: Market, bar: int, later: int, theme: str) -> dict[str, Any]:
    direction = draw(st.sampled_from(["long", "short", "buy", "sell"]))
    long = direction in {"long", "buy"}
    kind = draw(st.sampled_from(_KINDS.get(theme, _ANY_KIND)))
    if kind == "market":
        entry, stop, target = _market_levels(draw, market, bar, later, long=long)
    else:
        entry, stop, target = _waiting_levels(draw, market, later, kind, long=long)
    if theme in {"manager", "command", "hold"}:
        away = draw(st.sampled_from(_FAR)) * (1 if long else -1)
        stop, target = stop - away, target + away
    return {
        "bar": bar,
        "direction": direction,
        "sl": _level(draw, market, stop),
        "tp": _level(draw, market, target),
        "entry": None if entry is None else market.price(entry),
        **({"type": kind} if kind != "market" or draw(st.booleans()) else {}),
    }


def _market_levels(
    draw: st.DrawFn, market: Market, bar: int, later: int, *, long: bool
) -> tuple[int | None, int, int]:
    """Draw the entry price, stop and target of a market order, mostly on their sides."""
    up = 1 if long else -1
    distance = st.sampled_from(_DISTANCES)
    wrong = draw(st.sampled_from([1] * 11 + [-1]))
    closes = market.bid[bar][CLOSE], market.ask[bar][CLOSE]
    low, high = min(closes), max(closes)
    stop = (low if long else high) - up * wrong * draw(distance)
    target = (high if long else low) + up * draw(distance)
    if draw(st.booleans()):
        # What a later bar really reaches, give or take a tick, on the side that closes.
        reached = market.closing(later, long=long)
        under, over = (LOW, HIGH) if long else (HIGH, LOW)
        stop = reached[draw(st.sampled_from([OPEN, under, under]))]
        target = reached[draw(st.sampled_from([OPEN, over, over]))]
        # Where the later price is on the wrong side, the level stays off.
        stop = stop + draw(_JITTER) if up * (low - stop) > 0 else low - up * 15
        target = target + draw(_JITTER) if up * (target - high) > 0 else high + up * 15
    side = market.opening(bar, long=long)
    entry = draw(st.sampled_from([None, None, None, side[CLOSE], side[LOW], side[HIGH] + 1]))
    return entry, stop, target


def _waiting_levels(
    draw: st.DrawFn, market: Market, later: int, kind: str, *, long: bool
) -> tuple[int, int, int]:
    """Draw level, stop and target of a limit or stop order: where a later bar really goes."""
    up = 1 if long else -1
    opening, closing = market.opening(later, long=long), market.closing(later, long=long)
    under, over = (LOW, HIGH) if long else (HIGH, LOW)
    # Between the open and the extreme that triggers; or at one of them, or a little beside.
    open_at, extreme = opening[OPEN], opening[under if kind == "limit" else over]
    way = 1 if extreme > open_at else -1
    if extreme != open_at and draw(st.integers(0, 3)) > 0:
        entry = extreme - way * draw(st.integers(0, abs(extreme - open_at) - 1))
    else:
        beside = draw(st.sampled_from([0, 0, 1, -1, 3, -3, 300, -300]))
        entry = draw(st.sampled_from([open_at, extreme])) + beside
    distance = st.sampled_from(_DISTANCES)
    wrong = draw(st.sampled_from([1] * 14 + [-1]))
    stop = entry - up * wrong * draw(distance)
    target = entry + up * draw(distance)
    # The bar that fills the order also reaches its levels, or misses them by a tick.
    if draw(st.booleans()):
        near = closing[draw(st.sampled_from([under, CLOSE, OPEN]))] + draw(_JITTER)
        stop = near if up * (entry - near) > 0 else stop
    if draw(st.booleans()):
        far = closing[draw(st.sampled_from([over, CLOSE, OPEN]))] + draw(_JITTER)
        target = far if up * (far - entry) > 0 else target
    return entry, stop, target


def _options(draw: st.DrawFn, times: list[datetime], later: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw(st.integers(0, 3)) == 0:
        # At the bar that the levels look at, or inside it.
        beside = timedelta(seconds=draw(st.sampled_from([0, 30, 30, 59, -1])))
        found["expires_at"] = time_text(times[later] + beside)
    if draw(st.integers(0, 3)) == 0:
        found["max_bars"] = draw(st.integers(1, 3))
    name = draw(st.sampled_from([None, None, None, "A", "B"]))
    if name is not None:
        found["oco"] = name
    return found


def _level(draw: st.DrawFn, market: Market, ticks: int) -> str | None:
    kind = draw(st.sampled_from(["grid"] * 16 + ["half", "odd"]))
    if kind == "odd":
        return draw(st.sampled_from(_ODD))
    if kind == "half":
        return str(Decimal(2 * ticks + 1).scaleb(-market.decimals) / 2)
    return market.price(ticks)


def commands(
    markets: Sequence[Market], given: list[dict[str, Any]], theme: str, *, options: bool
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw commands, mostly about orders that there are; `given` are the signals."""
    by_symbol = {market.symbol: market for market in markets}

    @st.composite
    def command(draw: st.DrawFn) -> dict[str, Any]:
        phase = draw(st.sampled_from(["ENTRY", "MANAGE"]))
        order_id = draw(st.integers(1, len(given)))
        signal = given[order_id - 1]
        market = by_symbol.get(signal.get("symbol", ""), markets[0])
        first = signal["bar"] + (phase == "ENTRY")
        bar = min(first + draw(st.integers(0, 3)), len(market.times) - 1)
        place = {"bar": bar, "phase": phase, "order_id": order_id}
        do = draw(_deeds(phase))
        near = market.bid[bar][CLOSE] + draw(st.integers(-12, 12))
        match do:
            case "write":
                field = draw(st.sampled_from(["stop_loss", "take_profit"]))
                return {**place, "do": do, "field": field, "value": _written(draw, market, near)}
            case "close":
                reason = draw(st.sampled_from(_REASONS))
                return {**place, "do": do, "price": market.price(near), "reason": reason}
            case "close_part":
                size = draw(st.sampled_from(["0.01", "0.01", "0.03", "0.07", "0.1"]))
                return {**place, "do": do, "price": market.price(near), "size": size}
            case "modify":
                return {**place, "do": do, **_changes(draw, market, bar, near, options=options)}
        # The number of a signal that was rejected is no order's, which ends the run.
        return {**place, "do": do, **draw(st.sampled_from([{}] * 11 + [{"by_id": True}]))}

    least, most = {"exit": (0, 0), "entry": (0, 0), "hold": (0, 0), "command": (2, 12)}.get(
        theme, (0, 6)
    )
    return st.lists(command(), min_size=least, max_size=most)


def _deeds(phase: str) -> st.SearchStrategy[str]:
    deeds = ["order_close", "write", "cancel", "modify"] * 4
    # Closing by hand what is not open, or in ENTRY, ends the run.
    by_hand = ["close", "close_part", "close_part"]
    return st.sampled_from(deeds * 3 + by_hand if phase == "ENTRY" else deeds + by_hand)


def _written(draw: st.DrawFn, market: Market, near: int) -> str | None:
    return draw(st.sampled_from([market.price(near)] * 14 + [None, "nan"]))


def _changes(
    draw: st.DrawFn, market: Market, bar: int, near: int, *, options: bool
) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if draw(st.booleans()):
        changes["sl"] = _written(draw, market, near)
    if draw(st.booleans()):
        changes["tp"] = _written(draw, market, near + draw(st.integers(-12, 12)))
    if options and draw(st.booleans()):
        later = market.times[min(bar + draw(st.integers(0, 3)), len(market.times) - 1)]
        changes["expires_at"] = draw(st.sampled_from([time_text(later)] * 3 + [None]))
    return changes
