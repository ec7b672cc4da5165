"""Candles in text: the bars around a change, with the levels and fills of both versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["around", "draw"]

_HEIGHT = 14
_AROUND = 4
_OPEN, _HIGH, _LOW, _CLOSE = range(4)


def around(
    case: Mapping[str, Any], bar: int, *, before: int = _AROUND, after: int = _AROUND
) -> Any:
    """Give the bars around one as the reports take them: bar, time, bid, ask.

    Examples
    --------
    >>> row = ["2024-01-02T00:00:00Z", *["1.1"] * 8]
    >>> [item["bar"] for item in around({"bars": [row] * 9}, 1)]
    [0, 1, 2, 3, 4, 5]
    """
    first = max(0, bar - before)
    return [
        {"bar": index, "time": row[0], "bid": row[1:5], "ask": row[5:9]}
        for index, row in enumerate(case["bars"][first : bar + after + 1], first)
    ]


def draw(
    bars: Sequence[Mapping[str, Any]],
    side: str,
    marks: Mapping[str, float],
    *,
    at: int | None = None,
    height: int = _HEIGHT,
) -> list[str]:
    r"""Draw candles of one side as lines of text.

    Parameters
    ----------
    bars
        What `around` gave.
    side
        `bid` or `ask`.
    marks
        Prices to point at, by their names; they stand right of the candles.
    at
        The bar to point at.
    height
        Lines for the prices.

    Examples
    --------
    >>> bar = {"bar": 0, "time": "2024-01-02T00:00:00Z", "bid": ["1.1", "1.2", "1.0", "1.15"]}
    >>> print(*draw([bar], "bid", {"stop": 1.05}, height=5), sep="\n")
    1.20000  │
    1.15000  █
    1.10000  █
    1.05000  │  ◄ stop 1.05
    1.00000  │
             0
    """
    candles = [[float(price) for price in bar[side]] for bar in bars]
    prices = [price for candle in candles for price in candle]
    # A mark far away would flatten the candles: it is named at the edge instead.
    low, high = min(prices), max(prices)
    room = high - low or abs(high) * 1e-4 or 1.0
    near = [price for price in marks.values() if low - room <= price <= high + room]
    low, high = min([low, *near]), max([high, *near])
    step = (high - low) / (height - 1) or 1.0
    row_of = {name: _row(price, low, step, height) for name, price in marks.items()}
    lines = []
    for row in range(height - 1, -1, -1):
        body = " ".join(_cell(candle, row, low, step) for candle in candles)
        told = ", ".join(f"{name} {marks[name]!r}" for name in marks if row_of[name] == row)
        lines.append(f"{low + row * step:.5f}  {body}{'  ◄ ' + told if told else ''}".rstrip())
    wide = len(f"{low:.5f}") + 2
    foot = " ".join("^" if bar["bar"] == at else str(bar["bar"] % 10) for bar in bars)
    return [*lines, " " * wide + foot]


def _row(price: float, low: float, step: float, height: int) -> int:
    return max(0, min(height - 1, round((price - low) / step)))


def _cell(candle: Sequence[float], row: int, low: float, step: float) -> str:
    """Choose the sign of one candle in one row: body up, body down, wick, or nothing."""
    places = [round((price - low) / step) for price in candle]
    bottom, top = sorted((places[_OPEN], places[_CLOSE]))
    if bottom <= row <= top:
        return "█" if candle[_CLOSE] >= candle[_OPEN] else "░"
    return "│" if places[_LOW] <= row <= places[_HIGH] else " "
