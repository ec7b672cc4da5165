"""Runs cases on backends: each against the golden, and engine against engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .bits import same
from .client import BackendSpec, Client, WorkerAbsent, WorkerCrashed, WorkerSilent
from .compare import first_difference
from .coverage import Coverage, measure
from .divergence import against_golden, against_reference
from .expectation import check
from .outcome import Outcome
from .suite import Case, Suite

__all__ = [
    "CaseResult", "Comparison", "Limits", "Run", "compare_runs", "run_backend", "run_pairs",
]  # fmt: skip

_MAX_RESTARTS = 5
Connect = Callable[[BackendSpec], Client]


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
    """

    case: Case
    verdict: str
    reason: str = ""
    outcome: Outcome | None = None
    divergence: dict[str, Any] | None = None
    seconds: float = 0.0


@dataclass
class Run:
    """All cases on one backend; `absent` says why there are none."""

    spec: BackendSpec
    results: dict[str, CaseResult] = field(default_factory=dict)
    proof: dict[str, Any] = field(default_factory=dict)
    absent: str | None = None
    seconds: float = 0.0

    def count(self, verdict: str) -> int:
        """Count the cases of a verdict."""
        return sum(result.verdict == verdict for result in self.results.values())

    def coverage(self, suite: Suite) -> Coverage:
        """Measure which rules this backend exercised."""
        verdicts: dict[str, list[str]] = {}
        for result in self.results.values():
            verdicts.setdefault(result.case.path, []).append(result.verdict)
        outcomes = [result.outcome for result in self.results.values() if result.outcome]
        return measure(suite.rules, outcomes, verdicts)


@dataclass
class Comparison:
    """A candidate against the reference over all cases that both answered."""

    reference: str
    candidate: str
    compared: int = 0
    divergences: list[dict[str, Any]] = field(default_factory=list)


def run_backend(spec: BackendSpec, suite: Suite, limits: Limits, connect: Connect = Client) -> Run:
    """Run every case of the suite on one backend, each within its time."""
    run = Run(spec)
    started = time.perf_counter()
    try:
        client = connect(spec)
    except WorkerAbsent as error:
        run.absent = str(error).removeprefix(f"{spec.label}: ")
        return run
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
    reference: BackendSpec,
    candidates: list[BackendSpec],
    suite: Suite,
    limits: Limits,
    connect: Connect = Client,
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
    comparisons = [compare_runs(first, other, suite, limits, connect) for other in others]
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


def _run_case(client: Client, case: Case, limits: Limits) -> CaseResult:
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
        verdict = "elsewhere" if case.kind == "arithmetic" else "skip"
        return CaseResult(case, verdict, answer["skip"])
    outcome: Outcome = answer["outcome"]
    result = CaseResult(case, "pass", outcome=outcome, seconds=answer["seconds"])
    found = check(_data(case), outcome)
    if found is None:
        return result
    result.verdict = "fail"
    result.divergence = against_golden(_data(case), found, outcome, client.spec.label)
    result.reason = f"{found.field}: golden {found.left!r}, got {found.right!r}"
    failure = outcome.get("error")
    if failure is not None and failure["code"] is None:
        result.verdict = "error"
        result.reason = f"{failure['type']}: {failure['message']}"
    return result


def _data(case: Case) -> dict[str, Any]:
    return {**case.data, "id": case.id, "kind": case.kind}


def _give_up(run: Run, suite: Suite) -> None:
    for case in suite.cases:
        if case.id not in run.results:
            run.results[case.id] = CaseResult(
                case, "crash", f"not run: the worker was lost {_MAX_RESTARTS + 1} times"
            )


def compare_runs(
    reference: Run, candidate: Run, suite: Suite, limits: Limits, connect: Connect = Client
) -> Comparison:
    """Hold a candidate against the reference in every case that both answered."""
    comparison = Comparison(reference.spec.label, candidate.spec.label)
    for case in suite.cases:
        left, right = reference.results.get(case.id), candidate.results.get(case.id)
        if left is None or right is None or left.outcome is None or right.outcome is None:
            continue
        comparison.compared += 1
        found = first_difference(left.outcome, right.outcome)
        if found is None:
            continue
        outcomes = (left.outcome, right.outcome)
        if case.kind == "whole":
            # Digests only say that there is a difference; the traces say where.
            outcomes = _traced(case, (reference.spec, candidate.spec), limits, connect)
            found = first_difference(*outcomes) or found
        labels = (comparison.reference, comparison.candidate)
        comparison.divergences.append(against_reference(_data(case), found, outcomes, labels))
    return comparison


def _traced(
    case: Case,
    specs: tuple[BackendSpec, BackendSpec],
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
    return bool(left.proof) and same(left.proof.get("modules"), right.proof.get("modules"))
