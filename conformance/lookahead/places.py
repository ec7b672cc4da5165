"""Chooses after which bars the future is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from .watching import Given

__all__ = ["MANY", "choose"]

_ALL = 400
"""Up to so many bars each of them is a place to cut."""
MANY = 120
"""So many places are chosen in longer data."""


def choose(full: Given, start: int, bars: int, points: int | None, random: Random) -> list[int]:
    """Choose after which bars to cut; the last one has no future."""
    every = range(start, bars - 1)
    if points is None and len(every) <= _ALL:
        return list(every)
    wanted = min(MANY if points is None else points, len(every))
    chosen: set[int] = set()
    signals = sorted(bar for bar in full.signals if bar in every)
    for bar in _spread(signals, max(1, wanted // 2)):
        chosen.add(bar)
    beside = [bar + step for bar in signals for step in (-1, 1) if bar + step in every]
    for bar in _spread(sorted(set(beside) - chosen), wanted // 4):
        chosen.add(bar)
    rest = [bar for bar in every if bar not in chosen]
    chosen.update(random.sample(rest, max(0, min(len(rest), wanted - len(chosen)))))
    return sorted(chosen)


def _spread(items: list[int], count: int) -> Iterator[int]:
    """Take so many of the items: the first ones, and the rest evenly from all."""
    if len(items) <= count:
        yield from items
        return
    head = count // 3
    yield from items[:head]
    rest, wanted = items[head:], count - head
    yield from (rest[place * len(rest) // wanted] for place in range(wanted))
