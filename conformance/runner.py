"""Runs cases on backends: each against the golden, and engine against engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .adapters.borrowing import borrowed
from .bits import same
from .candidates import connect as start
from .client import Candidate, Spec, WorkerAbsent, WorkerCrashed, WorkerSilent
from .compare import first_difference
from .coverage import KNOWN_GAP, Coverage, measure
from .divergence import against_golden, against_reference
from .given import gives_all, locate, not_compared, restrict
from .given_golden import check_given, limit_case
from .outcome import Outcome
from .proof.known_gaps import Gaps
from .proof.tolerances import Allowance
from .reports.levels import levels_before
from .suite import Case, Suite

__all__ = [
    "CaseResult", "Comparison", "Limits", "Run", "compare_runs", "run_backend", "run_pairs",
]  # fmt: skip

_MAX_RESTARTS = 5
Connect = Callable[[Spec], Candidate]


@dataclass(frozen=True)
class Limits:
    """Seconds after which a worker counts as silent."""

    case: float = 20.0
    whole: float = 300.0


@dataclass
class CaseResult:
    """One case on one backend.

    Attributes
    ----------
    verdict
        `pass`, `fail` (not what the golden says), `error` (an exception that is none of
        Fillproof's), `crash`, `timeout` or `skip`.
    reason
        Why, in words; empty for pass.
    divergence
        Where it leaves the golden, for `fail`.
    excused
        The known gap that this is.
    """

    case: Case
    verdict: str
    reason: str = ""
    outcome: Outcome | None = None
    divergence: dict[str, Any] | None = None
    seconds: float = 0.0
    excused: str | None = None


@dataclass
class Run:
    """All cases on one backend; `absent` says why there are none, `hello` is its own word."""

    spec: Spec
    hello: dict[str, Any] = field(default_factory=dict)
    results: dict[str, CaseResult] = field(default_factory=dict)
    proof: dict[str, Any] = field(default_factory=dict)
    absent: str | None = None
    seconds: float = 0.0

    def count(self, verdict: str) -> int:
        """Count the cases of a verdict, known gaps among them."""
        return sum(result.verdict == verdict for result in self.results.values())

    def unexcused(self, verdict: str) -> int:
        """Count the cases of a verdict that no known gap covers."""
        return sum(
            result.verdict == verdict and result.excused is None for result in self.results.values()
        )

    @property
    def skips_known(self) -> int:
        """Count the skipped cases that a known gap covers."""
        return self.count("skip") - self.unexcused("skip")

    @property
    def rules_of_gaps(self) -> set[str]:
        """Name the rules whose cases are known gaps."""
        return {result.case.rule for result in self.results.values() if result.excused is not None}

    @property
    def traces(self) -> bool:
        """Whether its answers name the rules by which it decided."""
        return gives_all(self.hello) or "events" in self.hello["gives"]

    def coverage(self, suite: Suite, reference: Run | None = None) -> Coverage:
        """Measure which rules this backend exercised.

        One that gives no trace is measured by what the reference did in the cases it answered.
        """
        verdicts: dict[str, list[str]] = {}
        for result in self.results.values():
            held = KNOWN_GAP if result.excused is not None else result.verdict
            verdicts.setdefault(result.case.path, []).append(held)
        by = self if self.traces or reference is None else reference
        outcomes = [
            by.results[name].outcome
            for name, result in self.results.items()
            if result.outcome and name in by.results
        ]
        return measure(suite.rules, [outcome for outcome in outcomes if outcome], verdicts)


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


def run_backend(spec: Spec, suite: Suite, limits: Limits, connect: Connect = start) -> Run:
    """Run every case of the suite on one backend, each within its time."""
    run = Run(spec)
    started = time.perf_counter()
    try:
        client = connect(spec)
    except WorkerAbsent as error:
        run.absent = str(error).removeprefix(f"{spec.label}: ")
        return run
    run.hello = client.hello
    restarts = 0
    try:
        for case in suite.cases:
            result = _run_case(client, case, limits)
            run.results[case.id] = result
            if result.verdict in {"crash", "timeout"}:
                client.close()
                restarts += 1
                if restarts > _MAX_RESTARTS:
                    _give_up(run, suite)
                    return run
                client = connect(spec)
        run.proof = client.ask({"do": "proof"}, limits.case)["proof"]
    except (WorkerAbsent, WorkerCrashed, WorkerSilent) as error:
        run.absent = f"lost: {error}"
    finally:
        client.close()
        run.seconds = time.perf_counter() - started
    return run


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


def _run_case(client: Candidate, case: Case, limits: Limits) -> CaseResult:
    request: dict[str, Any] = {"do": "case", "case": case.data, "states": True}
    seconds = limits.case
    if case.kind == "whole":
        request = {"do": "whole", "run": case.data}
        seconds = limits.whole
    try:
        answer = client.ask(request, seconds)
    except WorkerCrashed as error:
        return CaseResult(case, "crash", str(error))
    except WorkerSilent as error:
        return CaseResult(case, "timeout", str(error))
    if "skip" in answer:
        # Functions that a backend keeps to itself are held by its own tests, over the same file.
        ours = gives_all(client.hello)
        verdict = "elsewhere" if ours and case.kind == "arithmetic" else "skip"
        return CaseResult(case, verdict, answer["skip"])
    outcome: Outcome = answer["outcome"]
    result = CaseResult(case, "pass", outcome=outcome, seconds=answer["seconds"])
    _judge(result, outcome, client.hello, client.spec.label)
    return result


def _judge(result: CaseResult, outcome: Outcome, hello: dict[str, Any], label: str) -> None:
    """Hold an answer against the golden."""
    found, limited, kept = check_given(_data(result.case), outcome, hello)
    if found is None:
        result.verdict, result.divergence, result.reason = "pass", None, ""
        return
    result.verdict = "fail"
    result.divergence = against_golden(limited, found, kept, label)
    result.reason = f"{found.field}: golden {found.left!r}, got {found.right!r}"
    failure = outcome.get("error")
    if failure is not None and failure["code"] is None:
        result.verdict = "error"
        result.reason = f"{failure['type']}: {failure['message']}"


def _data(case: Case) -> dict[str, Any]:
    return {**case.data, "id": case.id, "kind": case.kind}


def _give_up(run: Run, suite: Suite) -> None:
    for case in suite.cases:
        if case.id not in run.results:
            run.results[case.id] = CaseResult(
                case, "crash", f"not run: the worker was lost {_MAX_RESTARTS + 1} times"
            )


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
        _judge(result, {**result.outcome, **near}, candidate.hello, labels[1])
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
    story = against_reference(limit_case(_data(case), candidate.hello), found, outcomes, labels)
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
