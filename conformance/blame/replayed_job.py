"""Tells the origin of a job's divergence, by the case that plays the reference's signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..bits import same
from ..compare import first_difference
from ..difference import Difference
from .origin import not_told, origin_of

__all__ = ["origin_of_job"]

Ask = Callable[[dict[str, Any]], dict[str, Any]]


def origin_of_job(
    case: dict[str, Any],
    found: Difference,
    run: Any,
    reference: Ask,
    candidate: Ask,
) -> dict[str, Any]:
    """Tell whether the first divergence of a job is a root; see `origin.Origin`.

    Where both sides do the same with the same signals, it was the strategy that did otherwise: it
    was shown, or computed, something else.

    Parameters
    ----------
    case
        What `replay_case.case_of` made of the reference's run.
    found
        Where the candidate leaves the reference.
    run
        What the reference gave of the job itself; its trace or its equity is the control.
    reference, candidate
        Ask a side.
    """
    sides = [ask({"do": "case", "case": case}).get("outcome") for ask in (reference, candidate)]
    if sides[0] is None or sides[1] is None:
        return not_told("a side plays no cases")
    if not _repeats(run, sides[0]):
        return not_told("the script of the signals does not repeat the run on the reference")
    again = first_difference({"events": sides[0]["events"]}, {"events": sides[1]["events"]})
    if again is None:
        return {
            "verdict": "consequence",
            "roots": [],
            "why": "with the reference's signals both do the same to the last event: the strategy "
            "was shown something else, or computed something else from the same candles",
        }
    told = origin_of(case, again, (sides[0], sides[1]), reference, candidate)
    if (again.bar, again.field) != (found.bar, found.field):
        told["why"] += f"; with the reference's signals the first divergence is in bar {again.bar}"
    return told


def _repeats(run: Any, replay: Any) -> bool:
    """Tell whether the script did on the reference what the strategy did."""
    mine, other = run.get("events"), replay.get("events") or []
    if mine:
        return len(mine) == len(other) and all(map(same, mine, other))
    curve = run.get("curve") or run.get("equity") or {}
    return bool(curve) and same((replay.get("equity") or {}).get("equity"), curve.get("equity"))
