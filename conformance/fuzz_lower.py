"""Random lower bars for drilldown: mostly such as their bars can be made of, some that are not.

A bar is cut into quarters of the shortest step between bars.  Those of a faithful bar begin at its
open, end at its close, stay within its extremes and reach both; others go their own way, and some
bars have none or lack a few.  Needs hypothesis.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from .fuzz_market import CLOSE, HIGH, LOW, OPEN, Market, Side, price_text, time_text

__all__ = ["draw_lower", "forget_lower"]

_LENGTHS = {"M1": 60, "M30": 1800, "H1": 3600, "H4": 14_400, "D1": 86_400}
_PARTS = 4
# How the lower bars of a bar are made.
_WAYS = ("faithful",) * 7 + ("faithful with holes", "own way", "none")


def draw_lower(draw: st.DrawFn, config: dict[str, Any], markets: list[Market]) -> None:
    """Give a configuration lower bars where its mode is drilldown.

    Parameters
    ----------
    draw
        Given by hypothesis.
    config
        Of a case; changed.
    markets
        All symbols of the case.
    """
    if config["policy"].get("intrabar") != "drilldown":
        return
    length = _LENGTHS[config["timeframe"]]
    times = markets[0].times
    steps = [int((b - a).total_seconds()) for a, b in pairwise(times)]
    shortest = min([length, *steps])
    if shortest < length:
        # Bars closer than their timeframe are refused.
        config["executor_timeframe"] = f"S{shortest}"
    part = timedelta(seconds=shortest // _PARTS)
    config["lower"] = {}
    for market in markets:
        rows = [row for bar in range(len(times)) for row in _rows(draw, market, bar, part)]
        config["lower"][market.symbol] = {"bars": rows or [_far(market, times[0])]}


def forget_lower(config: dict[str, Any]) -> None:
    """Leave lower bars out, and with them the mode that looks into them."""
    if config.pop("lower", None) is not None:
        config["policy"]["intrabar"] = "worst"


def _far(market: Market, time: datetime) -> list[Any]:
    """Make a bar of another day, where a symbol would have none at all."""
    price = market.price(max(1, market.bid[0][OPEN]))
    return [time_text(time - timedelta(days=2)), *[price] * 8]


def _rows(draw: st.DrawFn, market: Market, bar: int, part: timedelta) -> list[list[Any]]:
    """Draw the lower bars of one bar."""
    way = draw(st.sampled_from(_WAYS))
    if way == "none":
        return []
    cut = _own_way if way == "own way" else _faithful
    bid, ask = market.bid[bar], market.ask[bar]
    spreads = {above - below for below, above in zip(bid, ask, strict=True)}
    sides = [cut(draw, bid)]
    if len(spreads) == 1:
        # With one spread in the bar it has that in all parts of it.
        spread = spreads.pop()
        sides.append([tuple(tick + spread for tick in part) for part in sides[0]])  # type: ignore[misc]
    else:
        sides.append(cut(draw, ask))
    written = dict(zip((*market.bid[bar], *market.ask[bar]), market.rows[bar][1:], strict=True))
    kept = range(_PARTS)
    if way == "faithful with holes":
        missing = draw(st.sampled_from(kept))
        kept = [place for place in kept if place != missing]  # type: ignore[assignment]
    return [
        [
            time_text(market.times[bar] + place * part),
            *(
                # A price of the bar is written as there: it may lie beside the grid.
                written.get(tick, price_text(max(1, tick), market.decimals))
                for side in sides
                for tick in side[place]
            ),
        ]
        for place in kept
    ]


def _faithful(draw: st.DrawFn, side: Side) -> list[Side]:
    """Cut one side of a bar into parts of which it can be made."""
    low, high = side[LOW], side[HIGH]
    inside = st.sampled_from(sorted({low, high, side[OPEN], side[CLOSE], (low + high) // 2}))
    closes = [*draw(st.lists(inside, min_size=_PARTS - 1, max_size=_PARTS - 1)), side[CLOSE]]
    at_high, at_low = draw(st.tuples(*[st.integers(0, _PARTS - 1)] * 2))
    found: list[Side] = []
    start = side[OPEN]
    for place, close in enumerate(closes):
        top, bottom = max(start, close), min(start, close)
        found.append(
            (
                start,
                high if place == at_high else top,
                low if place == at_low else bottom,
                close,
            )
        )
        # Most parts go on where the last one ended; some begin with a gap.
        start = draw(st.sampled_from([close] * 4 + [side[OPEN], high, low]))
    return found


def _own_way(draw: st.DrawFn, side: Side) -> list[Side]:
    """Draw parts that have little to do with the bar."""
    move = st.sampled_from([0, 0, 1, -1, 3, -7, 15, -15])
    found: list[Side] = []
    for _ in range(_PARTS):
        start = side[OPEN] + draw(move)
        close = start + draw(move)
        up, down = abs(draw(move)), abs(draw(move))
        found.append((start, max(start, close) + up, min(start, close) - down, close))
    return found
