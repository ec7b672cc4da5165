"""Series in which one thing is varied and the rest held: bars, signals, open positions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .market import PIP, Market, SignalColumns, brackets

__all__ = ["SERIES", "Series", "steps"]

_FAR = 5_000.0
_NEAR = 2.0


@dataclass(frozen=True)
class Series:
    """One thing varied.

    Attributes
    ----------
    name : str
        What is varied.
    points : tuple of int
    bars : callable
        From a point and a scale to the number of bars.
    signals : callable
        From bars and a point to columns of signals.
    most : callable
        From a point to the positions that may be open at a time.
    slow_up_to : int
        The last point that the compiled reference runs, too.
    """

    name: str
    points: tuple[int, ...]
    bars: Callable[[int, float], int]
    signals: Callable[[Market, int], SignalColumns]
    most: Callable[[int], int]
    slow_up_to: int


def _usual(market: Market, x: int) -> SignalColumns:  # noqa: ARG001 - bars alone are varied
    return market.signals


def _regular(market: Market, x: int) -> SignalColumns:
    """Put x signals into 10,000 bars, with brackets so near that the next finds nothing open."""
    direction = np.zeros(market.count, dtype=np.int8)
    direction[:: 10_000 // x] = 1
    direction[:: 20_000 // x] = -1
    distance = _NEAR * PIP
    return brackets(direction, market.bid.close, market.ask.close, distance, distance)


def _opening(market: Market, x: int) -> SignalColumns:
    """Open a position in each of the first x bars, with brackets so far that none is ever left."""
    direction = np.zeros(market.count, dtype=np.int8)
    direction[:x:2] = 1
    direction[1:x:2] = -1
    distance = _FAR * PIP
    return brackets(direction, market.bid.close, market.ask.close, distance, distance)


SERIES = (
    Series(
        "bars", (10_000, 30_000, 100_000, 300_000, 1_000_000),
        lambda x, scale: max(200, round(x * scale)), _usual, lambda _x: 1, 300_000,
    ),
    Series(
        "signals in 10,000 bars", (1, 10, 100, 1_000, 5_000),
        lambda _x, scale: round(300_000 * scale), _regular, lambda _x: 1, 5_000,
    ),
    Series(
        "open positions", (1, 10, 100, 1_000, 10_000),
        lambda x, scale: x + max(1_000, round(30_000 * scale)), _opening, lambda x: x, 100,
    ),
)  # fmt: skip


def steps(points: Sequence[tuple[float, float]]) -> list[float | None]:
    """Return what each point costs more than the one before, for each unit of what is varied.

    Parameters
    ----------
    points : sequence of (x, seconds)

    Examples
    --------
    >>> steps([(1.0, 2.0), (2.0, 4.0), (4.0, 10.0)])
    [None, 2.0, 3.0]
    """
    found: list[float | None] = [None]
    for (x, y), (more, taken) in itertools.pairwise(points):
        found.append((taken - y) / (more - x) if more > x else None)
    return found
