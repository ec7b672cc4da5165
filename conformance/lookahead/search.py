"""Looks for the first bar at which the future makes a difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .bench import Bench
from .finding import CUT, Examination, Finding
from .higher import early
from .market import POISONS, Market
from .places import MANY, choose
from .watching import Given

__all__ = ["examine"]

_NEAR = 12
"""Bars just before the first difference that are looked at one by one."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Difference:
    bar: int
    cut: int
    how: str
    given: Given


def examine(
    bench: Bench,
    *,
    points: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Examination:
    """Cut the future off after one bar after another, put others in its place, and compare.

    Parameters
    ----------
    bench
        Runs the strategy.
    points
        After how many bars to cut; by default after each of up to 400, else after 120: bars with
        signals, their neighbours, and some by chance.
    seed
        Of that chance.
    progress
        Called with (done, planned) after every place.

    Returns
    -------
    Examination

    Examples
    --------
    >>> from fillproof import data
    >>> from fillproof.python import EmaCross
    >>> from fillproof.conformance.lookahead import Market, StrategyBench
    >>> pair = data.eurusd_h1_2017()
    >>> market = Market("EURUSD", "H1", pair.bid[:150], pair.ask[:150])
    >>> bench = StrategyBench(lambda: EmaCross("H1"), market, backend="python")
    >>> found = examine(bench)
    >>> found.verdict, found.places, found.signals
    ('clean', 149, 5)
    """
    market = bench.market
    search = _Search(bench, seed)
    found = Examination(bench.label, bench.backend, market)
    full = search.run(market)
    if full.raised is not None:
        raise ValueError(f"the strategy fails on its own data: {_raised(full)}")
    found.signals, found.bars = full.count, full.asked
    found.early = [str(item) for item in early(market)]
    found.doubts += _repeats(search, full)
    if not full.signals:
        found.doubts.append(f"no signal in {full.asked} bars: there is nothing to compare")
    if not found.doubts:
        search.full = full
        chosen = choose(full, market.bar_at(bench.start), len(market), points, Random(seed))  # noqa: S311
        first = search.first(chosen, progress)
        found.places = len(search.places)
        if first is not None:
            found.finding = search.explain(first)
            found.verdict = "look-ahead"
    found.runs = search.runs
    _conclude(found, full)
    return found


def _conclude(found: Examination, full: Given) -> None:
    found.notes += [
        f"the strategy reads {path.name}, the file of its candles" for path in full.opened
    ]
    if found.early:
        found.verdict = "look-ahead"
    if found.verdict == "look-ahead":
        return
    found.doubts += [
        f"the strategy reads {path}, and nobody can cut the future out of it" for path in full.read
    ]
    found.verdict = "not proven" if found.doubts else "clean"


def _repeats(search: _Search, full: Given) -> list[str]:
    """Run the same again; a strategy that differs from itself proves nothing."""
    kept = search.run(search.bench.market, anew=False)
    bar = _first_difference(full, kept)
    if bar is None:
        return []
    where = f"first at bar {bar}, {search.bench.market.time(bar).isoformat()}"
    anew = search.run(search.bench.market)
    if _first_difference(full, anew) is None:
        told = "the strategy keeps something outside of itself, in its module or class, so that a"
        return [f"{told} second run gives other signals than the first: {where}"]
    return [f"the same run twice gives other signals, {where}: chance, a clock or the like"]


class _Search:
    """Runs changed markets and compares with the full run."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.seed = seed
        self.full = Given()
        self.runs = 0
        self.places: set[int] = set()
        self._near: set[int] = set()

    def run(self, market: Market, *, until: int | None = None, anew: bool = True) -> Given:
        self.runs += 1
        return self.bench.run(market, until=until, anew=anew)

    def first(self, chosen: list[int], progress: Progress | None) -> _Difference | None:
        """Find the first difference that cutting after the chosen bars shows."""
        for done, last in enumerate(chosen, start=1):
            found = self.at(last)
            if found is not None:
                return self._refined(found)
            if progress is not None:
                progress(done, len(chosen))
        return None

    def at(self, last: int, *, every: bool = False) -> _Difference | None:
        """Cut after one bar, and put another future in its place, or every other one."""
        self.places.add(last)
        others = POISONS if every else (POISONS[(last + self.seed) % len(POISONS)],)
        for how in (CUT, *others):
            found = self.changed(last, how, last)
            if found is not None:
                return found
        return None

    def changed(
        self, last: int, how: str, until: int, kept: int | None = None
    ) -> _Difference | None:
        """Run with the future after `last` changed, or only what of it comes after `kept`."""
        market = self.bench.market
        kept = last if kept is None else kept
        if kept + 1 >= len(market):
            return None
        cut = how == CUT
        other = market.cut(kept) if cut else market.poisoned(last, how, self.seed, kept=kept)
        given = self.run(other, until=until)
        bar = _first_difference(self.full, given, until)
        return None if bar is None else _Difference(bar, last, how, given)

    def _refined(self, found: _Difference) -> _Difference:
        """Look at bars before that were left out, until none of them is sooner."""
        sooner: _Difference | None = found
        while sooner is not None:
            found = sooner
            sooner = self._sooner(found)
        # The same place with less of the future, where that shows it, too.
        nearest = self.changed(found.bar, found.how, found.bar)
        return nearest if nearest is not None and nearest.bar == found.bar else found

    def _sooner(self, found: _Difference) -> _Difference | None:
        """Look at all signals before, and at the last bars before one by one."""
        start = self.bench.market.bar_at(self.bench.start)
        left = {bar for bar in self.full.signals if bar < found.bar} - self.places
        near = set(range(max(start, found.bar - _NEAR), found.bar)) - self._near
        for last in sorted(left | near)[: 4 * MANY]:
            self._near.add(last)
            sooner = self.at(last, every=last in near)
            if sooner is not None and sooner.bar < found.bar:
                return sooner
        return None

    def explain(self, found: _Difference) -> Finding:
        """Say what differs, and which later bar makes the difference."""
        seen = self.full.signals.get(found.bar, [])
        unseen = found.given.signals.get(found.bar, [])
        raised = found.given.raised
        failed = raised is not None and not unseen and raised.bar in (None, found.bar)
        return Finding(
            found.bar,
            self.bench.market.time(found.bar).isoformat(),
            seen,
            [] if failed else unseen,
            "error" if failed else _differing(seen, unseen),
            found.cut,
            found.how,
            self._needs(found),
            raised.text if failed and raised is not None else None,
        )

    def _needs(self, found: _Difference) -> int:
        """Bisect how far ahead the difference lies, by every other future that shows it."""
        needs = found.cut + 1
        for how in (CUT, *POISONS):
            if how != found.how and not self._differs(found.cut, how, found):
                continue
            low, high = found.cut, len(self.bench.market) - 1
            while high - low > 1:
                middle = (low + high) // 2
                if self._differs(middle, how, found):
                    low = middle
                else:
                    high = middle
            needs = max(needs, high)
        return needs

    def _differs(self, kept: int, how: str, found: _Difference) -> bool:
        other = self.changed(found.cut, how, found.bar, kept=kept)
        return other is not None and other.bar == found.bar


def _first_difference(full: Given, given: Given, until: int | None = None) -> int | None:
    """Return the first bar, up to `until`, at which two runs do not give the same signals."""
    bars = sorted(
        bar
        for bar in full.signals.keys() | given.signals.keys()
        if (until is None or bar <= until) and full.signals.get(bar) != given.signals.get(bar)
    )
    ended = given.raised
    if ended is not None and full.raised is None:
        # Nothing was given by the bar that raised; before any bar the very first one counts.
        at = ended.bar if ended.bar is not None else min(full.signals, default=0)
        if until is None or at <= until:
            bars.append(at)
    return min(bars, default=None)


def _differing(seen: list[dict[str, str]], unseen: list[dict[str, str]]) -> str:
    if len(seen) != len(unseen):
        return "signal"
    for one, other in zip(seen, unseen, strict=True):
        for name in one:
            if one[name] != other.get(name):
                return name
    return "signal"


def _raised(given: Given) -> str:
    raised = given.raised
    if raised is None:
        return ""
    where = "before its first bar" if raised.bar is None else f"at bar {raised.bar}"
    return f"{raised.text} ({where})"
