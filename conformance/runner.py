"""Runs cases on backends, each against its golden."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .candidates import connect as start
from .client import Candidate, Spec, WorkerAbsent, WorkerCrashed, WorkerSilent
from .coverage import KNOWN_GAP, Coverage, measure
from .divergence import against_golden
from .given import gives_all
from .given_golden import check_given
from .outcome import Outcome
from .suite import Case, Suite

__all__ = ["CaseResult", "Connect", "Limits", "Run", "data_of", "judge", "run_backend"]

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
    judge(result, outcome, client.hello, client.spec.label)
    return result


def judge(result: CaseResult, outcome: Outcome, hello: dict[str, Any], label: str) -> None:
    """Hold an answer against the golden."""
    found, limited, kept = check_given(data_of(result.case), outcome, hello)
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


def data_of(case: Case) -> dict[str, Any]:
    """Give a case as its file has it, with id and kind."""
    return {**case.data, "id": case.id, "kind": case.kind}


def _give_up(run: Run, suite: Suite) -> None:
    for case in suite.cases:
        if case.id not in run.results:
            run.results[case.id] = CaseResult(
                case, "crash", f"not run: the worker was lost {_MAX_RESTARTS + 1} times"
            )
