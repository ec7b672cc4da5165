"""Proves, on a user's own strategy and candles, that another implementation does the same.

The reference runs three times first: twice in one process, once in another.  Then each candidate is
held against it, by digest and by chain; only where these differ is more asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from ..bits import same
from ..client import Spec
from ..compare import first_difference
from ..outcome import Outcome
from ..suite import Rule
from .first_place import Parting, find_parting, tell
from .going_on import go_on
from .job_doubts import job_doubts
from .job_proof import Held, JobOptions, JobProof
from .known_gaps import Gaps
from .question import Question
from .replayed import compare_replayed
from .side import Connect, Side, open_side
from .steadiness import agree, unsteady
from .tolerances import Allowance

__all__ = ["Explain", "Held", "JobOptions", "JobProof", "prove_job"]

Explain = Callable[[JobProof, Held], None]
"""Adds to a divergence why it came about: its origin, or the guilty part."""
_PROOF_SECONDS = 60.0


def prove_job(
    question: Question,
    reference: Spec,
    candidates: Sequence[Spec],
    rules: tuple[Rule, ...],
    *,
    connect: Connect,
    options: JobOptions | None = None,
    allowance: Allowance | None = None,
    gaps: Gaps | None = None,
    explain: Sequence[Explain] = (),
) -> JobProof:
    """Verify a job.

    Parameters
    ----------
    question
        The job, its candles read.
    reference
        Runs jobs: one of our backends.
    candidates
        Held against it, one after the other.
    rules
        The registry, for what was exercised.
    connect
        Starts a side.
    options, allowance, gaps
        What is asked for, tolerated and known.
    explain
        Asked for each divergence, while the processes are still there.

    Raises
    ------
    ValueError
        The reference cannot run a strategy of Python's.
    """
    options = options or JobOptions()
    with ExitStack() as stack, ThreadPoolExecutor(max_workers=2) as pool:
        specs = [reference, reference, *candidates]
        sides = list(pool.map(lambda spec: open_side(spec, connect), specs))
        for side in sides:
            stack.callback(side.close)
        first, again, *others = sides
        if first.client is not None and not first.runs_jobs:
            raise ValueError(
                f"reference {first.label} plays cases alone; expected one that runs a strategy, "
                "such as python"
            )
        proof = JobProof(
            question,
            rules,
            options,
            allowance or Allowance(),
            gaps or Gaps(),
            first,
            [Held(side) for side in others],
        )
        _run(proof, again, pool)
        for held in proof.held:
            if held.parting is not None and held.excused is None:
                for reason in explain:
                    reason(proof, held)
        for side in sides:
            side.prove(_PROOF_SECONDS)
        proof.doubts += job_doubts(proof)
    return proof


def _run(proof: JobProof, again: Side, pool: ThreadPoolExecutor) -> None:
    """Run the reference, twice and once more, and each candidate beside it."""
    reference, seconds = proof.reference, proof.options.seconds
    plain = {**proof.question.request, "curve": True}
    replays = any(held.side.client and not held.side.runs_jobs for held in proof.held)
    recorded = replays or bool(proof.gaps)

    def twice() -> tuple[Outcome | None, Outcome | None]:
        first = reference.ask({**plain, "record": recorded}, seconds)
        return first, reference.ask(plain, seconds)

    both = pool.submit(twice)
    once = pool.submit(again.ask, plain, seconds)
    answers = [
        pool.submit(held.side.ask, plain, seconds) for held in proof.held if held.side.runs_jobs
    ]
    (reference.outcome, second), other = both.result(), once.result()
    for held, answer in zip(
        (held for held in proof.held if held.side.runs_jobs), answers, strict=True
    ):
        held.side.outcome = answer.result()
    if again.fallen is not None and reference.fallen is None:
        reference.fallen = again.fallen
    request = proof.question.request["job"]
    outcomes = (reference.outcome, second, other)
    proof.unsteady = unsteady(request, reference, outcomes, again, seconds)
    if proof.unsteady is None and reference.outcome is not None:
        for held in proof.held:
            _hold(proof, held)


def _hold(proof: JobProof, held: Held) -> None:
    """Hold one candidate against the reference."""
    reference, side = proof.reference, held.side
    if side.client is None or reference.outcome is None:
        return
    known: dict[str, Any] = dict(reference.outcome)
    proof.gaps.ran(side.label, proof.label, known.get("rules") or {})
    if side.runs_jobs:
        held.reference = reference.outcome
        held.compared = side.outcome is not None
        if side.outcome is not None and not agree(reference.outcome, side.outcome):
            held.parting = _parting(proof, held)
    else:
        compare_replayed(proof, held)
    if held.parting is None:
        return
    gap = proof.gaps.excuse(side.label, proof.label, held.parting.story)
    if gap is not None:
        held.excused = gap.entry.id
        go_on(proof, held)


def _parting(proof: JobProof, held: Held) -> Parting | None:
    """Find where a candidate leaves the reference, after what is tolerated."""
    pair = (proof.reference, held.side)
    seconds = proof.options.seconds
    if proof.allowance.live(held.side.label):
        found, near = _tolerant(proof, held)
        if near:
            return found
    found = find_parting(proof.question, *pair, seconds)
    if found is None and held.side.fallen is None and proof.reference.fallen is None:
        held.lost.append(
            f"{held.side.label} gave another digest than {proof.reference.label} and the same "
            "trace when it was asked again: it differs from itself"
        )
    return found


def _tolerant(proof: JobProof, held: Held) -> tuple[Parting | None, bool]:
    """Compare everything, with what is near enough set to the reference's."""
    request = {**proof.question.request, "give": "all"}
    left = proof.reference.ask(request, proof.options.seconds)
    right = held.side.ask(request, proof.options.seconds)
    if left is None or right is None:
        return None, False
    forgiven = proof.allowance.forgive(
        left, right, held.side.label, proof.label, proof.question.digits
    )
    counts = ("asked", "bars", "signals_given")
    mine: dict[str, Any] = dict(left)
    other: dict[str, Any] = dict(forgiven)
    found = first_difference(left, forgiven)
    if found is None and not all(same(mine.get(name), other.get(name)) for name in counts):
        return None, False
    if found is None:
        return None, True
    return tell(proof.question, found, (left, forgiven), (proof.reference, held.side)), True
