"""How many bars before its start a strategy needs until its signals no longer depend on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .bench import Bench
from .market import Market
from .watching import Given

__all__ = ["Row", "WarmUp", "warm_up"]

_STEPS = (0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Row:
    """One length of warm-up against the longest.

    Attributes
    ----------
    bars
        Bars before the start.
    signals
        Signals from the start on.
    differing
        Bars from the start on whose signals are others than after the longest warm-up.
    agrees_from
        The first bar from which all signals are the same; the start itself where all are, None
        where the last bar with signals still differs.
    first
        The first bar that differs, None where none does.
    """

    bars: int
    signals: int
    differing: int
    agrees_from: int | None
    first: int | None


@dataclass
class WarmUp:
    """Two tables: bars that are seen before the start, and bars that are traded before it.

    Attributes
    ----------
    start
        The bar that all lengths have as their start.
    seen
        Rows of runs that begin there, with so many bars before, which are not evaluated.
    traded
        Rows of runs that begin so many bars earlier; for strategies that remember what they were
        asked.
    enough_seen, enough_traded
        The least number of bars from which on all lengths agree; None where only the longest does.
    """

    market: Market
    start: int
    seen: list[Row] = field(default_factory=list)
    traded: list[Row] = field(default_factory=list)
    enough_seen: int | None = None
    enough_traded: int | None = None
    doubts: list[str] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """Give all of it as JSON values."""
        return {
            "start": self.start,
            "time": self.market.time(self.start).isoformat(),
            "seen": [vars(row) for row in self.seen],
            "traded": [vars(row) for row in self.traded],
            "enough_seen": self.enough_seen,
            "enough_traded": self.enough_traded,
            "doubts": self.doubts,
        }


def warm_up(
    bench: Bench, *, start: datetime | None = None, progress: Progress | None = None
) -> WarmUp:
    """Run from one start with more and fewer bars before it, and compare the signals exactly.

    Parameters
    ----------
    bench
        Runs the strategy.
    start
        Moment of the start; by default that of the bench, or the middle of its bars where that
        leaves no bars before.
    progress
        Called with (done, planned) after every run.

    Raises
    ------
    ValueError
        There are no bars before the start, or none from it on.
    """
    market = bench.market
    asked = start or bench.start
    first = market.bar_at(asked) if asked is not None else len(market) // 2
    if first == 0 and start is None:
        first = len(market) // 2
    if not 0 < first < len(market):
        raise ValueError(
            f"the start is bar {first} of {len(market)}; expected one with bars before it"
        )
    found = WarmUp(market, first)
    # The longest agrees with itself; those just below it say whether that means anything.
    near = {first * 3 // 4, first - 1}
    lengths = sorted({step for step in _STEPS if step < first} | near | {first})
    done = 0
    for traded in (False, True):
        ladder = _Ladder(bench, first, traded=traded)
        rows = found.traded if traded else found.seen
        for length in lengths:
            rows.append(ladder.row(length))
            done += 1
            if progress is not None:
                progress(done, 2 * len(lengths))
        if not ladder.longest:
            found.doubts.append("no signal from the start on: there is nothing to compare")
            break
        enough = ladder.enough(rows)
        if traded:
            found.enough_traded = enough
        else:
            found.enough_seen = enough
    return found


class _Ladder:
    """Runs of all lengths of one kind, each compared with the longest."""

    def __init__(self, bench: Bench, first: int, *, traded: bool) -> None:
        self._bench = bench
        self._first = first
        self._traded = traded
        self.longest = self._signals(first)

    def row(self, length: int) -> Row:
        """Run with so many bars before the start."""
        signals = self.longest if length == self._first else self._signals(length)
        differing = sorted(
            bar
            for bar in signals.keys() | self.longest.keys()
            if signals.get(bar) != self.longest.get(bar)
        )
        count = sum(map(len, signals.values()))
        if not differing:
            return Row(length, count, 0, self._first, None)
        later = [bar for bar in self.longest if bar > differing[-1]]
        agrees = differing[-1] + 1 if later else None
        return Row(length, count, len(differing), agrees, differing[0])

    def enough(self, rows: list[Row]) -> int | None:
        """Bisect between the last length that differs and the next one."""
        last = max((place for place, row in enumerate(rows) if row.differing), default=None)
        if last is None:
            return 0
        # The longest agrees with itself, so there is always a next one.
        low, high = rows[last].bars, rows[last + 1].bars
        while high - low > 1:
            middle = (low + high) // 2
            if self.row(middle).differing:
                low = middle
            else:
                high = middle
        return None if high == self._first else high

    def _signals(self, length: int) -> dict[int, Any]:
        """Run, and give the signals from the start on by their bar in the whole market."""
        market = self._bench.market
        offset = self._first - length
        start = market.time(offset if self._traded else self._first)
        given: Given = self._bench.run(market.tail(offset), start=start)
        if given.raised is not None:
            return {-1: given.raised.text}
        return {
            bar + offset: signals
            for bar, signals in given.signals.items()
            if bar + offset >= self._first
        }
