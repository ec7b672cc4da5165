"""Finds where two runs of one job part, without pulling either trace through a pipe.

The chained digests of both sides are bisected for the first bar that differs; only the events
around it are asked for, with the state before them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from ..compare import first_difference
from ..difference import Difference
from ..divergence import against_reference
from ..outcome import Outcome
from ..records.chain import Chain, first_bar
from .question import Question
from .side import Side

__all__ = ["Parting", "find_parting", "tell"]

_BEFORE = 40
_AFTER = 3
_WHOLE = 1500
_AROUND = 2


@dataclass(frozen=True)
class Parting:
    """The first place at which a candidate leaves the reference.

    Attributes
    ----------
    difference
        What differs.
    story
        The same as the report tells it.
    bar
        Its bar; None where it is known of the results alone.
    """

    difference: Difference
    story: dict[str, Any]
    bar: int | None


def find_parting(question: Question, left: Side, right: Side, limit: float) -> Parting | None:
    """Find the first difference of two sides whose digests differ.

    Parameters
    ----------
    question
        The job.
    left, right
        The reference and a candidate, both running jobs.
    limit
        Seconds for an answer.

    Returns
    -------
    Parting or None
        None where a side fell, or where they agree now: then one of them is unsteady.
    """
    links = [_links(question, side, limit) for side in (left, right)]
    if links[0] is None or links[1] is None:
        return None
    bar = first_bar(links[0], links[1])
    if bar is None:
        return _in_results(question, left, right, limit)
    first = 0 if bar < _WHOLE else bar - _BEFORE
    request = {**question.request, "give": "events", "window": [first, bar + _AFTER]}
    outcomes = [side.ask(request, limit) for side in (left, right)]
    if outcomes[0] is None or outcomes[1] is None:
        return None
    found = first_difference(outcomes[0], outcomes[1])
    if found is None:
        return None
    return tell(question, found, (outcomes[0], outcomes[1]), (left, right))


def _links(question: Question, side: Side, limit: float) -> Chain | None:
    outcome = side.ask({**question.request, "chain": True}, limit)
    if outcome is None:
        return None
    found: dict[str, Any] = dict(outcome)
    links = found.get("links") or {"first": -1, "links": []}
    return Chain.from_hexes(links["first"], links["links"])


def _in_results(question: Question, left: Side, right: Side, limit: float) -> Parting | None:
    """Compare what users read, where the traces are the same."""
    outcomes = [side.ask({**question.request, "give": "all"}, limit) for side in (left, right)]
    if outcomes[0] is None or outcomes[1] is None:
        return None
    found = first_difference(outcomes[0], outcomes[1])
    if found is None:
        return None
    return tell(question, found, (outcomes[0], outcomes[1]), (left, right))


def tell(
    question: Question,
    found: Difference,
    outcomes: tuple[Outcome, Outcome],
    sides: tuple[Side, Side],
) -> Parting:
    """Tell a difference as the report does, with the candles around it."""
    if found.symbol is None:
        found = dataclasses.replace(found, symbol=question.symbol)
    if found.bar is None and found.time_us is not None:
        found = dataclasses.replace(found, bar=question.bar_at(found.time_us))
    labels = (sides[0].label, sides[1].label)
    # Up to the window both sides agree, so that one state opens both traces.
    case = {**question.case, "opening": dict(outcomes[0]).get("opening")}
    story = against_reference(case, found, outcomes, labels)
    story["bars_around"] = question.bars_around(found.bar, _AROUND)
    story["command"] = question.command(*labels)
    events = outcomes[0].get("events") or outcomes[1].get("events") or []
    if found.index is not None and events:
        story["event"] = found.index + events[0].get("seq", 0)
    return Parting(found, story, story["bar"])
