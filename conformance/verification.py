"""Asks whether backends agree bit for bit, and whether that is proven.

Four answers, which are also the exit codes: same (0), different (1), not proven (2), error (3).
"Same" is said only when every case ran on every backend that was asked for, each in a process that
provably held that backend alone, and every rule that can be traced was exercised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from .candidates import connect as start
from .client import Spec
from .pairs import Comparison, run_pairs, same_build, unstable
from .proof.case_reasons import explain_cases
from .proof.known_gaps import Gaps
from .proof.tolerances import Allowance
from .runner import Connect, Limits, Run, run_backend
from .suite import Suite

__all__ = ["ANSWERS", "Verification", "verify_backends"]

ANSWERS = {0: "same", 1: "different", 2: "not proven", 3: "error"}
REPORT_VERSION = 2
_BROKEN = ("error", "crash", "timeout")


@dataclass
class Verification:
    """What was run, what was found, and what is missing for a proof.

    Attributes
    ----------
    runs
        One run a backend, the reference first.
    comparisons
        Each candidate against the reference.
    doubts
        Reasons for which "same" would not be proven, in words.
    allowance, gaps
        What was tolerated and known.
    """

    suite: Suite
    runs: list[Run]
    comparisons: list[Comparison] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    allowance: Allowance = field(default_factory=Allowance)
    gaps: Gaps = field(default_factory=Gaps)

    @property
    def different(self) -> bool:
        """Whether anything differs that is no known gap, from the golden or between backends."""
        return any(run.unexcused("fail") for run in self.runs) or any(
            divergence["case"] not in comparison.excused
            for comparison in self.comparisons
            for divergence in comparison.divergences
        )

    @property
    def broken(self) -> bool:
        """Whether a case ended in an exception of no rule, a crash or silence."""
        return any(run.unexcused(verdict) for run in self.runs for verdict in _BROKEN)

    @property
    def exit_code(self) -> int:
        """0 same, 1 different, 2 not proven, 3 error.

        A crash goes before a difference: after one, the rest of the answer is not to be relied on.
        """
        if self.broken:
            return 3
        if self.different:
            return 1
        return 2 if self.doubts else 0

    def report(self) -> dict[str, Any]:
        """Give all of it as plain data, by `schema/report.schema.json`."""
        return {
            "schema": "report.schema.json",
            "version": REPORT_VERSION,
            "kind": "suite",
            "answer": ANSWERS[self.exit_code],
            "exit_code": self.exit_code,
            "only": self.suite.only,
            "cases": len(self.suite.cases),
            "rules": len(self.suite.rules),
            "doubts": list(self.doubts),
            "notes": self.allowance.unused(),
            "job": None,
            "backends": [_backend(run, self.suite, self.runs[0]) for run in self.runs],
            "comparisons": [
                {
                    "reference": comparison.reference,
                    "candidate": comparison.candidate,
                    "compared": comparison.compared,
                    "different": len(comparison.divergences),
                    "divergences": comparison.divergences,
                    "not_compared": comparison.not_compared,
                    "tolerated": self.allowance.used(comparison.candidate),
                    "gaps": self.gaps.rows(comparison.candidate),
                    "excused": sorted(comparison.excused),
                }
                for comparison in self.comparisons
            ],
            "equity": None,
        }


def verify_backends(
    backends: list[Spec],
    suite: Suite,
    *,
    min_coverage: float | None = None,
    require: tuple[str, ...] = (),
    limits: Limits | None = None,
    connect: Connect = start,
    allowance: Allowance | None = None,
    gaps: Gaps | None = None,
    bisect: bool = False,
) -> Verification:
    """Run a suite on backends and compare them with the goldens and with each other.

    Parameters
    ----------
    backends
        The reference first, then the candidates; with one alone only the goldens are compared.
    suite
        The cases, chosen by `load_suite`.
    min_coverage
        Percent of decision and refusal rules that each backend must exercise; by default 100 for
        the whole suite and nothing for a part of it.
    require
        Patterns over rules, each of which every backend must exercise.
    limits
        Seconds after which a worker counts as silent.
    connect
        How a worker is started.
    allowance, gaps
        Tolerances and known gaps; both are about candidates, never about the reference.
    bisect
        Name the guilty part behind the first divergence of each candidate.
    """
    limits = limits or Limits()
    allowance, gaps = allowance or Allowance(), gaps or Gaps()
    if not suite.cases:
        named = "in the suite" if suite.only is None else f"matches {suite.only!r}"
        return Verification(suite, [], doubts=[f"nothing was run: no case {named}"])
    reference, *candidates = backends
    again: Run
    if candidates:
        first, again, others, comparisons = run_pairs(
            reference, candidates, suite, limits, connect, (allowance, gaps)
        )
    else:
        first = run_backend(reference, suite, limits, connect)
        again = run_backend(reference, suite, limits, connect)
        others, comparisons = [], []
    found = Verification(suite, [first, *others], comparisons, allowance=allowance, gaps=gaps)
    for run in found.runs:
        found.doubts += _doubts(run)
    changed = unstable(first, again)
    if changed:
        found.doubts.append(
            f"{first.spec.label} differs from itself in {len(changed)} cases, first {changed[0]}"
        )
    found.doubts += [
        f"{other.spec.label} ran the same modules as {first.spec.label}: nothing was compared"
        for other in others
        if same_build(first, other)
    ]
    found.doubts += _uncompared(found)
    needed = (100.0 if suite.only is None else 0.0) if min_coverage is None else min_coverage
    found.doubts += _uncovered(found, needed, require)
    found.doubts += allowance.expired()
    found.doubts += gaps.faults([run.spec.label for run in others], whole=suite.only is None)
    explain_cases(suite, found.runs, comparisons, limits, connect, bisect=bisect)
    return found


def _doubts(run: Run) -> list[str]:
    label = run.spec.label
    if run.absent is not None:
        return [f"{label} is absent: {run.absent}"]
    doubts = [f"{label}: {fault}" for fault in run.proof.get("faults", [])]
    if not run.proof:
        doubts.append(f"{label} gave no proof of what it loaded")
    skipped = [
        result
        for result in run.results.values()
        if result.verdict == "skip" and result.excused is None
    ]
    if skipped:
        doubts.append(f"{label} skipped {len(skipped)} cases, first {skipped[0].case.id}")
    return doubts


def _uncompared(found: Verification) -> list[str]:
    asked = len(found.suite.cases)
    return [
        f"{comparison.candidate} and {comparison.reference} were compared in "
        f"{comparison.compared} of {asked} cases"
        for comparison, run in zip(found.comparisons, found.runs[1:], strict=True)
        if run.absent is None
        and comparison.compared + _elsewhere(found, run) + run.skips_known < asked
    ]


def _elsewhere(found: Verification, run: Run) -> int:
    """Count cases that one of the two sides cannot be asked from Python."""
    first = found.runs[0]
    return sum(
        any(
            name in side.results and side.results[name].verdict == "elsewhere"
            for side in (first, run)
        )
        for name in (case.id for case in found.suite.cases)
    )


def _uncovered(found: Verification, needed: float, require: tuple[str, ...]) -> list[str]:
    doubts = []
    for run in found.runs:
        if run.absent is not None:
            continue
        coverage = run.coverage(found.suite, found.runs[0])
        # What only cases of a known gap would have shown is told there.
        missing = [rule for rule in coverage.missing if rule not in run.rules_of_gaps]
        if coverage.percent < needed and missing:
            doubts.append(
                f"{run.spec.label} exercised {coverage.percent:.1f} % of the rules of decision and "
                f"refusal, {needed:g} % were asked for; missing: {', '.join(missing)}"
            )
        doubts += _required(run, coverage.exercised, require)
        if coverage.by_case_missing and found.suite.only is None:
            doubts.append(
                f"{run.spec.label} did not pass all cases that are evidence of "
                f"{', '.join(coverage.by_case_missing)}"
            )
        if coverage.unknown:
            doubts.append(
                f"{run.spec.label} named rules that are not registered: "
                f"{', '.join(coverage.unknown)}"
            )
    return doubts


def _required(run: Run, exercised: tuple[str, ...], require: tuple[str, ...]) -> list[str]:
    missing = [
        pattern for pattern in require if not any(fnmatchcase(rule, pattern) for rule in exercised)
    ]
    if not missing:
        return []
    return [f"{run.spec.label} did not exercise what was required: {', '.join(missing)}"]


def _backend(run: Run, suite: Suite, reference: Run) -> dict[str, Any]:
    return {
        "label": run.spec.label,
        "backend": run.spec.backend,
        "absent": run.absent,
        "seconds": run.seconds,
        "build": run.proof.get("build", {}),
        "modules": run.proof.get("modules", {}),
        "verdicts": {
            verdict: run.count(verdict)
            for verdict in ("pass", "fail", "elsewhere", "skip", *_BROKEN)
        },
        "digest": None,
        "asked": 0,
        "signals_given": 0,
        "rules": {},
        "coverage": run.coverage(suite, reference).as_dict(),
        "not_passed": [
            {
                "case": name,
                "rule": result.case.rule,
                "verdict": result.verdict,
                "reason": result.reason,
                "divergence": result.divergence,
                "gap": result.excused,
            }
            for name, result in run.results.items()
            if result.verdict != "pass"
        ],
    }
