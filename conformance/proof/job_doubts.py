"""What is missing for a proof of a job: too little compared, not called, rules not met."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ..adapters.borrowing import borrowed
from ..bits import same
from ..coverage import BY_TRACE, Coverage, measure
from ..outcome import Outcome

if TYPE_CHECKING:
    from ..suite import Rule
    from .job_proof import Held, JobProof
    from .side import Side

__all__ = ["job_coverage", "job_doubts", "unknown_patterns"]


def job_coverage(rules: tuple[Rule, ...], outcome: Outcome | None) -> Coverage:
    """Measure which rules of decision and refusal a job exercised; a job says nothing of others."""
    traced = [rule for rule in rules if rule.kind in BY_TRACE]
    return measure(traced, [] if outcome is None else [outcome], {})


def unknown_patterns(rules: tuple[Rule, ...], patterns: tuple[str, ...]) -> list[str]:
    """Name the patterns that match no rule of decision or refusal."""
    known = [rule.id for rule in rules if rule.kind in BY_TRACE]
    return [
        pattern for pattern in patterns if not any(fnmatchcase(rule, pattern) for rule in known)
    ]


def job_doubts(proof: JobProof) -> list[str]:
    """List the reasons for which "same" would not be proven."""
    doubts = [] if proof.unsteady is None else [proof.unsteady]
    doubts += _of_side(proof.reference)
    doubts += _too_little(proof)
    if not proof.held:
        doubts.append("no candidate was named: nothing was compared")
    for held in proof.held:
        doubts += _of_side(held.side)
        doubts += _of_candidate(proof, held)
    doubts += _uncovered(proof)
    doubts += proof.allowance.expired()
    doubts += proof.gaps.faults([held.side.label for held in proof.held], whole=False)
    return doubts


def _of_side(side: Side) -> list[str]:
    if side.absent is not None:
        return [f"{side.label} is absent: {side.absent}"]
    if side.fallen is not None:
        return []
    doubts = [f"{side.label}: {fault}" for fault in side.proof.get("faults", [])]
    if not side.proof:
        doubts.append(f"{side.label} gave no proof of what it loaded")
    return doubts


def _too_little(proof: JobProof) -> list[str]:
    """Say what of the reference's run was too little to tell anything."""
    outcome: dict[str, Any] = dict(proof.reference.outcome or {})
    if not outcome or outcome.get("error") is not None:
        return []
    label, bars = proof.reference.label, outcome["bars"]
    if not outcome["asked"]:
        return [f"no bar was evaluated of {bars:,}: the strategy on {label} was asked 0 times"]
    if not outcome["signals_given"]:
        return [f"the strategy gave no signal in {outcome['asked']:,} bars: nothing was traded"]
    if not outcome["counts"].get("trades"):
        return [
            (
                f"none of {outcome['signals_given']:,} signals was filled in {outcome['asked']:,} "
                "bars: no fill, no exit and no fee were compared"
            )
        ]
    return []


def _of_candidate(proof: JobProof, held: Held) -> list[str]:
    side = held.side
    doubts = list(held.lost)
    if side.absent is not None or side.fallen is not None or proof.unsteady is not None:
        return doubts
    shared = same(side.proof.get("modules"), proof.reference.proof.get("modules"))
    if side.proof and (shared or borrowed(side.proof, proof.reference.spec.backend)):
        doubts.append(
            f"{side.label} ran the same modules as {proof.reference.label}: nothing was compared"
        )
    if not held.compared and not held.lost:
        doubts.append(f"{side.label} and {proof.reference.label} were not compared")
    if held.compared and not held.replayed:
        doubts += _not_called(proof, held)
    return doubts


def _not_called(proof: JobProof, held: Held) -> list[str]:
    """Say where the strategy was not asked on the candidate as it was on the reference."""
    mine: dict[str, Any] = dict(proof.reference.outcome or {})
    other: dict[str, Any] = dict(held.side.outcome or {})
    asked, expected = other.get("asked"), mine.get("asked")
    if asked == expected or other.get("error") is not None:
        return []
    told = f"{held.side.label} asked the strategy {asked} times, {proof.reference.label} {expected}"
    return [f"{told}: it was not really called"]


def _uncovered(proof: JobProof) -> list[str]:
    doubts = []
    # A candidate that leaves the reference is different, whatever it covers.
    coverage = job_coverage(proof.rules, proof.reference.outcome)
    label, needed = proof.reference.label, proof.options.min_coverage
    if proof.reference.outcome is None:
        return []
    if needed is not None and coverage.percent < needed:
        total = len(coverage.exercised) + len(coverage.missing)
        doubts.append(
            f"the job exercises {len(coverage.exercised)} of {total} rules of decision and refusal "
            f"on {label}, {coverage.percent:.1f} %; {needed:g} % were asked for"
        )
    missing = [
        pattern
        for pattern in proof.options.require
        if not any(fnmatchcase(rule, pattern) for rule in coverage.exercised)
    ]
    if missing:
        doubts.append(f"the job does not exercise what was required: {', '.join(missing)}")
    if coverage.unknown:
        doubts.append(f"{label} named rules that are not registered: {', '.join(coverage.unknown)}")
    return doubts
