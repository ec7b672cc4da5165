"""After a known gap: the rest of a job is not taken for compared, but compared.

Two runs that have parted stay apart.  So the signals after the bar of the gap are played again as a
script, from a flat account on both sides, and so on after each further known gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..compare import first_difference
from ..difference import Difference
from ..divergence import against_reference
from ..given import gives_all, locate, restrict
from ..outcome import Outcome
from .first_place import Parting

if TYPE_CHECKING:
    from .job_proof import Held, JobProof

__all__ = ["go_on"]

_ROUNDS = 60


def go_on(proof: JobProof, held: Held) -> None:
    """Compare what follows a known gap, until something else parts or all is done.

    What is found besides takes the place of the parting; what cannot be compared is noted as lost.
    """
    label = held.side.label
    for _ in range(_ROUNDS):
        assert held.parting is not None
        bar = held.parting.bar
        held.met.append(bar)
        if bar is None:
            held.lost.append(
                f"known gap {held.excused} on {label} is about no bar: the rest is open"
            )
            return
        if bar + 1 >= len(proof.question.pair.bid):
            return
        found = _after(proof, held, bar + 1)
        if found is None:
            return
        gap = proof.gaps.excuse(label, proof.label, found.story)
        held.excused, held.parting = None if gap is None else gap.entry.id, found
        if gap is None:
            return
    held.lost.append(f"{label} showed a known gap {_ROUNDS} times; what follows was not compared")


def _after(proof: JobProof, held: Held, first: int) -> Parting | None:
    """Play the signals from a bar on; None where the sides agree, or where that cannot be told."""
    seconds, label = proof.options.seconds, held.side.label
    case = _case(proof, held, first)
    if case is None:
        return None
    request = {"do": "case", "case": case}
    left, right = proof.reference.ask(request, seconds), held.side.ask(request, seconds)
    if left is None or right is None:
        if held.side.skipped is not None:
            held.lost.append(f"{label} skipped the bars from {first} on: {held.side.skipped}")
        return None
    mine, other, _ = restrict(left, right, held.side.hello)
    other = proof.allowance.forgive(mine, other, label, proof.label, proof.question.digits)
    found = first_difference(mine, other)
    if found is None:
        return None
    if not gives_all(held.side.hello):
        found = locate(found, left, mine)
    return _told(proof, held, case, found, (mine, other), first)


def _case(proof: JobProof, held: Held, first: int) -> dict[str, Any] | None:
    outcome: dict[str, Any] = dict(proof.reference.outcome or {})
    request = {
        "do": "job_case",
        "job": proof.question.request["job"],
        "given": outcome.get("given") or {},
        "first": first,
    }
    answer = proof.reference.ask(request, proof.options.seconds)
    made: dict[str, Any] = dict(answer or {})
    if "case" not in made:
        why = made.get("lost", "the reference gave no case")
        held.lost.append(f"the bars from {first} on were not compared on {held.side.label}: {why}")
        return None
    case: dict[str, Any] = made["case"]
    return {**case, "id": proof.label}


def _told(
    proof: JobProof,
    held: Held,
    case: dict[str, Any],
    found: Difference,
    outcomes: tuple[Outcome, Outcome],
    first: int,
) -> Parting:
    """Tell a difference of the replayed rest by the bars of the job."""
    labels = (proof.reference.label, held.side.label)
    story = against_reference(case, found, outcomes, labels)
    bar = None if story["bar"] is None else story["bar"] + first
    story.update(bar=bar, command=proof.question.command(*labels))
    story["bars_around"] = [{**row, "bar": row["bar"] + first} for row in story["bars_around"]]
    return Parting(found, story, bar)
