"""Candidates that cannot run a strategy of Python's are given the signals that it gave.

The reference's run is made a case: candles, settings and a script of signals.  Both sides play it,
and that the script stands for the strategy is shown on the reference: by its equity and trades.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..bits import same
from ..compare import first_difference
from ..given import gives_all, locate, restrict
from ..outcome import Outcome
from ..reports.levels import levels_before
from .first_place import tell

if TYPE_CHECKING:
    from .job_proof import Held, JobProof

__all__ = ["compare_replayed"]


def compare_replayed(proof: JobProof, held: Held) -> None:
    """Play the reference's signals on both sides and compare what the candidate gives."""
    held.replayed = True
    case = _case(proof, held)
    if case is None:
        return
    request = {"do": "case", "case": case}
    left = proof.reference.ask(request, proof.options.seconds)
    right = held.side.ask(request, proof.options.seconds)
    held.side.outcome = right
    if held.side.skipped is not None:
        held.lost.append(f"{held.side.label} skipped the job: {held.side.skipped}")
    if left is None or right is None:
        return
    if not _stands_for(proof, left):
        held.lost.append(
            f"the script of the signals is not the run of the strategy on {proof.reference.label}: "
            "what acts by other ways than signals cannot be replayed"
        )
        return
    held.reference = left
    mine, other, held.not_compared = restrict(left, right, held.side.hello)
    held.compared = bool(set(mine) & set(other) - {"error"})
    if not held.compared:
        held.lost.append(f"{held.side.label} gives nothing that could be compared")
        return
    label = held.side.label
    other = proof.allowance.forgive(mine, other, label, proof.label, proof.question.digits)
    found = first_difference(mine, other)
    if found is None:
        return
    if not gives_all(held.side.hello):
        found = locate(found, left, mine)
    held.parting = tell(proof.question, found, (mine, other), (proof.reference, held.side))
    if not held.parting.story["levels"]:
        story = held.parting.story
        story["levels"] = levels_before(left.get("events") or [], story)


def _case(proof: JobProof, held: Held) -> dict[str, Any] | None:
    outcome: dict[str, Any] = dict(proof.reference.outcome or {})
    client = proof.reference.client
    assert client is not None
    request = {**proof.question.request, "do": "job_case", "given": outcome.get("given") or {}}
    answer = proof.reference.ask(request, proof.options.seconds)
    if answer is None:
        return None
    made: dict[str, Any] = dict(answer)
    if "lost" in made:
        held.side.skipped = str(made["lost"])
        held.lost.append(f"{held.side.label} skipped the job: {made['lost']}")
        return None
    case: dict[str, Any] = made["case"]
    return case


def _stands_for(proof: JobProof, replayed: Outcome) -> bool:
    """Tell whether the script did on the reference what the strategy did."""
    run: dict[str, Any] = dict(proof.reference.outcome or {})
    equity = replayed.get("equity") or {}
    trades = replayed.get("trades") or {}
    filled = sum(len(trades.get(group) or []) for group in ("closed", "parts", "open"))
    curve = run.get("curve") or {}
    return (
        same(equity.get("equity"), curve.get("equity"))
        and filled == run.get("counts", {}).get("trades")
        and same(replayed.get("summary"), run.get("summary"))
    )
