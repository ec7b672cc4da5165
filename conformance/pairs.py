"""Holds candidates against a reference, case by case, as far as each gives anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .adapters.borrowing import borrowed
from .bits import same
from .candidates import connect as start
from .client import Spec
from .compare import first_difference
from .divergence import against_reference
from .given import gives_all, locate, not_compared, restrict
from .given_golden import limit_case
from .outcome import Outcome
from .proof.known_gaps import Gaps
from .proof.tolerances import Allowance
from .reports.levels import levels_before
from .runner import CaseResult, Connect, Limits, Run, data_of, judge, run_backend
from .suite import Case, Suite

__all__ = ["Comparison", "compare_runs", "run_pairs", "same_build", "unstable"]


@dataclass
class Comparison:
    """A candidate against the reference over all cases that both answered.

    Attributes
    ----------
    excused
        Cases whose divergence is a known gap.
    not_compared
        What the candidate does not give.
    """

    reference: str
    candidate: str
    compared: int = 0
    divergences: list[dict[str, Any]] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)
    not_compared: list[str] = field(default_factory=list)


def run_pairs(
    reference: Spec,
    candidates: list[Spec],
    suite: Suite,
    limits: Limits,
    connect: Connect = start,
    exceptions: tuple[Allowance, Gaps] | None = None,
) -> tuple[Run, Run, list[Run], list[Comparison]]:
    """Run the reference twice and each candidate once, and compare case by case.

    Returns
    -------
    tuple
        The reference's two runs, the candidates' runs, one comparison a candidate.
    """
    specs = [reference, reference, *candidates]
    with ThreadPoolExecutor(max_workers=len(specs)) as pool:
        runs = list(pool.map(lambda spec: run_backend(spec, suite, limits, connect), specs))
    first, second, *others = runs
    comparisons = [
        compare_runs(first, other, suite, limits, connect, exceptions) for other in others
    ]
    return first, second, others, comparisons


def unstable(first: Run, second: Run) -> list[str]:
    """Name the cases in which a backend differs from itself."""
    return [
        name
        for name, result in first.results.items()
        if name in second.results and _differ(result.outcome, second.results[name].outcome)
    ]


def _differ(left: Outcome | None, right: Outcome | None) -> bool:
    if left is None or right is None:
        return left is not right
    return first_difference(left, right) is not None


def compare_runs(
    reference: Run,
    candidate: Run,
    suite: Suite,
    limits: Limits,
    connect: Connect = start,
    exceptions: tuple[Allowance, Gaps] | None = None,
) -> Comparison:
    """Hold a candidate against the reference in every case that both answered.

    Parameters
    ----------
    reference, candidate
        Their runs; what the candidate is tolerated or known for is noted in its results.
    suite, limits, connect
        As for `run_pairs`.
    exceptions
        Tolerances and known gaps.
    """
    allowance, gaps = exceptions or (Allowance(), Gaps())
    comparison = Comparison(reference.spec.label, candidate.spec.label)
    if candidate.absent is None:
        comparison.not_compared = not_compared(candidate.hello)
    for case in suite.cases:
        left, right = reference.results.get(case.id), candidate.results.get(case.id)
        if left is None or right is None:
            continue
        gaps.ran(candidate.spec.label, case.id, _rules_of(left))
        story = None
        if left.outcome is not None and right.outcome is not None:
            comparison.compared += 1
            story = _compare_case(case, (reference, candidate), allowance, limits, connect)
            if story is not None:
                comparison.divergences.append(story)
        _excuse(comparison, right, story, gaps)
    return comparison


def _compare_case(
    case: Case, runs: tuple[Run, Run], allowance: Allowance, limits: Limits, connect: Connect
) -> dict[str, Any] | None:
    """Compare two answers as far as the candidate gives anything; tell where they part."""
    reference, candidate = runs
    labels = (reference.spec.label, candidate.spec.label)
    ours, result = reference.results[case.id].outcome, candidate.results[case.id]
    assert ours is not None
    assert result.outcome is not None
    left, right, _ = restrict(ours, result.outcome, candidate.hello)
    near = allowance.forgive(left, right, labels[1], case.id, _digits(case))
    if near is not right and result.verdict == "fail":
        # The golden, too, is held against what remains after the tolerances.
        judge(result, {**result.outcome, **near}, candidate.hello, labels[1])
    found = first_difference(left, near)
    if found is None:
        return None
    outcomes = (left, near)
    if case.kind == "whole" and gives_all(candidate.hello):
        # Digests only say that there is a difference; the traces say where.
        left, right = _traced(case, (reference.spec, candidate.spec), limits, connect)
        near = allowance.forgive(left, right, labels[1], case.id, _digits(case))
        deeper = first_difference(left, near)
        found, outcomes = deeper or found, (left, near)
    if not gives_all(candidate.hello):
        found = locate(found, ours, left)
    story = against_reference(limit_case(data_of(case), candidate.hello), found, outcomes, labels)
    if not story["levels"]:
        story["levels"] = levels_before(ours.get("events") or [], story)
    return story


def _excuse(
    comparison: Comparison, result: CaseResult, story: dict[str, Any] | None, gaps: Gaps
) -> None:
    """Mark what is a known gap: a difference, a skip or an error, never the end of a process."""
    if story is None and result.verdict not in {"fail", "error", "skip"}:
        return
    skipped = result.reason if result.verdict == "skip" else None
    gap = gaps.excuse(comparison.candidate, result.case.id, story or result.divergence, skipped)
    if gap is None:
        return
    if story is not None:
        comparison.excused.add(result.case.id)
    if result.verdict in {"fail", "error", "skip"}:
        result.excused = gap.entry.id


def _rules_of(result: CaseResult) -> set[str]:
    outcome: dict[str, Any] = dict(result.outcome or {})
    named = {event["rule"] for event in outcome.get("events") or ()} | set(
        outcome.get("rules") or ()
    )
    return {result.case.rule, *named} - {""}


def _digits(case: Case) -> int | None:
    spec = (case.data.get("config") or {}).get("spec") or {}
    digits: int | None = spec.get("digits")
    return digits


def _traced(
    case: Case,
    specs: tuple[Spec, Spec],
    limits: Limits,
    connect: Connect,
) -> tuple[Outcome, Outcome]:
    request = {"do": "whole", "run": case.data, "trace": True}
    found: list[Outcome] = []
    for spec in specs:
        with connect(spec) as client:
            found.append(client.ask(request, limits.whole)["outcome"])
    return found[0], found[1]


def same_build(left: Run, right: Run) -> bool:
    """Tell whether two runs came from one set of modules: then nothing was compared."""
    if borrowed(right.proof, left.spec.backend):
        return True
    return bool(left.proof) and same(left.proof.get("modules"), right.proof.get("modules"))
