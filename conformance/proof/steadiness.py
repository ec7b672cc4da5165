"""Whether the reference agrees with itself, and where it does not: then nothing can be proven.

A strategy that draws unseeded numbers, reads a clock, goes by the order of a set or keeps state in
its module gives other signals in the next run.  Two runs in one process and one in another tell.
"""

from __future__ import annotations

from typing import Any

from ..bits import same
from ..compare import first_difference
from ..outcome import Outcome, error_identity
from ..records.chain import Chain, first_bar
from .side import Side

__all__ = ["agree", "unsteady"]

_FIRST_BARS = 512
_COMPARED = "bars asked signals_given rejected counts rules final summary digest chain".split()


def agree(left: Outcome, right: Outcome) -> bool:
    """Tell whether two answers to a job, by digest, are the same.

    Examples
    --------
    >>> agree({"chain": "00", "error": None}, {"chain": "01", "error": None})
    False
    """
    mine: Any = left
    other: Any = right
    return same(error_identity(mine.get("error")), error_identity(other.get("error"))) and all(
        same(mine.get(name), other.get(name)) for name in _COMPARED
    )


def unsteady(
    job: dict[str, Any],
    first: Side,
    outcomes: tuple[Outcome | None, ...],
    again: Side,
    limit: float,
) -> str | None:
    """Say where a reference parts from itself; None where it does not.

    Parameters
    ----------
    job
        What was asked.
    first, again
        Two processes of the reference.
    outcomes
        Two answers of the first, then one of the second; None for one that did not come.
    limit
        Seconds for an answer.
    """
    one, two, other = outcomes
    if one is None:
        return None
    if two is not None and not agree(one, two):
        how, pair = "two runs in one process", (first, first)
    elif other is not None and not agree(one, other):
        how, pair = "runs in two processes", (first, again)
    else:
        return None
    known: dict[str, Any] = dict(one)
    where = _where(job, pair, known.get("bars") or 0, limit)
    return f"{first.label} differs from itself: {how} part {where}"


def _where(job: dict[str, Any], pair: tuple[Side, Side], bars: int, limit: float) -> str:
    """Look in longer and longer beginnings of the data, as no two runs need be alike."""
    until = _FIRST_BARS
    while True:
        request = {"do": "job", "job": job, "record": True, "chain": True}
        if until < bars:
            request["until"] = until
        left, right = (side.ask(request, limit) for side in pair)
        if left is None or right is None:
            return "somewhere: it fell when it was asked again"
        found = _parting(dict(left), dict(right))
        if found is not None:
            return found
        if until >= bars:
            return "somewhere, and agreed when they were asked again"
        until *= 4


def _parting(left: dict[str, Any], right: dict[str, Any]) -> str | None:
    bar, what = _signals(left, right)
    links = [_chain(side) for side in (left, right)]
    place = first_bar(*links)
    if bar is not None and (place is None or bar <= place):
        return (
            f"first in bar {bar}, where the strategy signals {what}; a random number without a "
            "seed, a clock, the order of a set or state kept outside the object do that"
        )
    if place is not None:
        return f"first in bar {place}, with the same signals so far: the engine itself is unsteady"
    found = first_difference(left, right)  # type: ignore[arg-type]
    return None if found is None else f"in {found.field}: {found.left!r}, then {found.right!r}"


def _signals(left: dict[str, Any], right: dict[str, Any]) -> tuple[int | None, str]:
    """Find the first bar with other signals, and say what each run gave there."""
    given = []
    for side in (left, right):
        by_bar: dict[int, list[Any]] = {}
        for bar, signal in (side.get("given") or {}).get("signals") or ():
            by_bar.setdefault(bar, []).append(signal)
        given.append(by_bar)
    mine, other = given
    for bar in sorted({*mine, *other}):
        if not same(mine.get(bar), other.get(bar)):
            return bar, f"{_words(mine.get(bar))}, then {_words(other.get(bar))}"
    return None, ""


def _words(signals: list[Any] | None) -> str:
    if not signals:
        return "nothing"
    return "; ".join(
        " ".join(
            [
                str(signal.get("direction", signal.get("raw"))),
                *(f"{name} {signal[name]}" for name in ("entry", "sl", "tp") if signal.get(name)),
            ]
        )
        for signal in signals
    )


def _chain(outcome: dict[str, Any]) -> Chain:
    links = outcome.get("links") or {"first": -1, "links": []}
    return Chain.from_hexes(links["first"], links["links"])
