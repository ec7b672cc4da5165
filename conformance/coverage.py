"""Which rules a set of runs has exercised, out of those that the registry lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .outcome import Outcome
from .suite import Rule

__all__ = ["BY_TRACE", "KNOWN_GAP", "Coverage", "measure"]

BY_TRACE = frozenset({"decision", "refusal"})
"""Kinds of rules that a trace or an error names."""
_HELD = frozenset({"pass", "elsewhere"})
KNOWN_GAP = "known gap"


@dataclass(frozen=True)
class Coverage:
    """Rules that were exercised.

    Attributes
    ----------
    exercised, missing
        Decision rules by their id in a trace, refusals by their error code.
    by_case
        Rules of order and arithmetic whose cases ran and passed.
    by_case_missing
        Those of which a case did not run or did not pass.
    by_test
        Rules of order and arithmetic that only tests of the repository hold; not run here.
    unknown
        Ids in traces that the registry does not know.
    """

    exercised: tuple[str, ...]
    missing: tuple[str, ...]
    by_case: tuple[str, ...]
    by_case_missing: tuple[str, ...]
    by_test: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def percent(self) -> float:
        """Share of decision and refusal rules exercised; 100 where there are none.

        Examples
        --------
        >>> Coverage(("X1.stop",), ("X3.worst",), (), (), (), ()).percent
        50.0
        """
        total = len(self.exercised) + len(self.missing)
        return 100.0 if total == 0 else 100.0 * len(self.exercised) / total

    def as_dict(self) -> dict[str, Any]:
        """Give the content for a report."""
        return {
            "percent": self.percent,
            "exercised": list(self.exercised),
            "missing": list(self.missing),
            "by_case": list(self.by_case),
            "by_case_missing": list(self.by_case_missing),
            "by_test": list(self.by_test),
            "unknown": list(self.unknown),
        }


def measure(
    rules: Iterable[Rule], outcomes: Iterable[Outcome], verdicts: Mapping[str, Iterable[str]]
) -> Coverage:
    """Count what one backend exercised.

    Parameters
    ----------
    rules
        The registry.
    outcomes
        All that the backend answered.
    verdicts
        Verdicts of its cases by the file they stand in, for rules of order and arithmetic; of a
        case that is a known gap, `KNOWN_GAP`: its rule is neither held nor missed.
    """
    traced, raised = _seen(outcomes)
    exercised: list[str] = []
    missing: list[str] = []
    by_case: list[str] = []
    failing: list[str] = []
    by_test: list[str] = []
    known: set[str] = set()
    for rule in rules:
        known.add(rule.id)
        if rule.kind in BY_TRACE:
            done = rule.id in traced if rule.kind == "decision" else rule.error in raised
            (exercised if done else missing).append(rule.id)
            continue
        files = [path for path in rule.evidence if path.startswith(("cases/", "invalid/"))]
        if not files:
            by_test.append(rule.id)
            continue
        told = {verdict for path in files for verdict in verdicts.get(path, ["absent"])}
        if told <= _HELD:
            by_case.append(rule.id)
        elif not told <= _HELD | {KNOWN_GAP}:
            failing.append(rule.id)
    return Coverage(
        tuple(exercised),
        tuple(missing),
        tuple(by_case),
        tuple(failing),
        tuple(by_test),
        tuple(sorted(traced - known - {""})),
    )


def _seen(outcomes: Iterable[Outcome]) -> tuple[set[str], set[str]]:
    traced: set[str] = set()
    raised: set[str] = set()
    for outcome in outcomes:
        traced.update(event["rule"] for event in outcome.get("events") or [])
        traced.update(outcome.get("rules") or {})
        failure = outcome.get("error")
        if failure is not None and failure["code"] is not None:
            raised.add(failure["code"])
    return traced, raised
