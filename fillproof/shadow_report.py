"""What playing a run again on another backend has shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fillproof.results import BacktestResult

SAME, DIFFERENT, NOT_PROVEN = "same", "different", "not proven"
_ASIDE = ("ambiguous", "refusals", "swaps")


@dataclass(frozen=True)
class ShadowPlace:
    """Where the shadow first was not the same.

    Attributes
    ----------
    bar : int or None
        Absolute index; None where a difference has no bar.
    time_us : int or None
    what : str
        What differs: what the strategy was shown, an act that failed, a column of a table.
    main, shadow : object
        The values, where there are two that can be told.
    """

    bar: int | None
    time_us: int | None
    what: str
    main: Any = None
    shadow: Any = None

    def __str__(self) -> str:
        where = "" if self.bar is None else f"bar {self.bar}: "
        values = ""
        if self.main is not None or self.shadow is not None:
            values = f": {self.main!r} against {self.shadow!r}"
        return f"{where}{self.what}{values}"


@dataclass(frozen=True)
class ShadowReport:
    """What playing a run again on another backend has shown.

    Attributes
    ----------
    backend : str
        The shadow.
    verdict : {"same", "different", "not proven"}
    reasons : tuple of str
        Why nothing is proven, or what could not be repeated.
    first : ShadowPlace or None
        The first difference.
    bars, signals, acts, reads : int
        Evaluations whose view was compared, signals played, other acts repeated (commands, writes,
        closings by hand), indicators read again.
    """

    backend: str
    verdict: str
    reasons: tuple[str, ...] = ()
    first: ShadowPlace | None = None
    bars: int = 0
    signals: int = 0
    acts: int = 0
    reads: int = 0

    def __str__(self) -> str:
        told = f"shadow on {self.backend}: {self.verdict}"
        if self.first is not None:
            told += f", first {self.first}"
        if self.reasons:
            told += f" ({'; '.join(self.reasons)})"
        return told


def first_difference(main: BacktestResult, shadow: BacktestResult) -> ShadowPlace | None:
    """Find the earliest row in which two results differ, in the order of the tables."""
    found: list[ShadowPlace] = []
    for name in (*main.tables, *_ASIDE):
        ours, theirs = main.table(name), shadow.table(name)
        if ours.equals(theirs):
            continue
        rows, others = ours.to_pylist(), theirs.to_pylist()
        for place in range(max(len(rows), len(others))):
            one = rows[place] if place < len(rows) else None
            two = others[place] if place < len(others) else None
            if one != two:
                found.append(_row_place(name, place, one, two))
                break
    return min(found, key=lambda place: place.time_us or 0, default=None)


def _row_place(
    table: str, place: int, one: Mapping[str, Any] | None, two: Mapping[str, Any] | None
) -> ShadowPlace:
    known = one or two or {}
    times = [value for key, value in known.items() if key.endswith("time_us") and value is not None]
    # A trade counts when it ended: what came before is in the other tables.
    time = max(times, default=None)
    if one is None or two is None:
        there = None if one is None else "a row", None if two is None else "a row"
        return ShadowPlace(None, time, f"{table}, row {place}", *there)
    column = next(key for key in one if one[key] != two.get(key))
    return ShadowPlace(None, time, f"{table}, row {place}, {column}", one[column], two.get(column))
