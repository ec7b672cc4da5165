"""Adds to each candidate's first divergence of the suite why it came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..blame.origin import not_told, origin_of
from ..client import WorkerAbsent, WorkerCrashed, WorkerSilent
from ..compare import first_difference
from ..given import gives_all
from ..pairs import Comparison
from ..runner import Connect, Limits, Run
from ..suite import Case, Suite
from .bisect import guilty_of_case

__all__ = ["explain_cases"]


def explain_cases(
    suite: Suite,
    runs: Sequence[Run],
    comparisons: Sequence[Comparison],
    limits: Limits,
    connect: Connect,
    *,
    bisect: bool,
) -> None:
    """Tell of the first divergence of each comparison whether it is a root, and who is guilty.

    Parameters
    ----------
    suite, limits, connect
        As the cases were run.
    runs
        The reference's, then one for each comparison.
    comparisons
        Their first divergences are added to; known gaps are passed over.
    bisect
        Whether parts are to be swapped.
    """
    cases = {case.id: case for case in suite.cases}
    for comparison, run in zip(comparisons, runs[1:], strict=True):
        story = next(
            (row for row in comparison.divergences if row["case"] not in comparison.excused), None
        )
        if story is None:
            continue
        case = cases[story["case"]]
        if case.kind == "run":
            story["origin"] = _origin(case, (runs[0], run), limits, connect)
        if bisect:
            story["guilty"] = guilty_of_case(case, (comparison.reference, comparison.candidate))


def _origin(
    case: Case, runs: tuple[Run, Run], limits: Limits, connect: Connect
) -> dict[str, Any] | None:
    """Put the candidate into the reference's states; None where the traces are the same."""
    reference, candidate = runs
    if not gives_all(candidate.hello):
        return not_told(f"{candidate.spec.label} cannot take over a state")
    left, right = (run.results[case.id].outcome for run in runs)
    if left is None or right is None:
        return None
    found = first_difference(left, right)
    if found is None:
        return None
    data = {**case.data, "id": case.id, "kind": case.kind}
    try:
        with connect(reference.spec) as ours, connect(candidate.spec) as theirs:
            return origin_of(
                data,
                found,
                (left, right),
                lambda request: ours.ask(request, limits.case),
                lambda request: theirs.ask(request, limits.case),
            )
    except (WorkerAbsent, WorkerCrashed, WorkerSilent) as error:
        return not_told(f"a side fell while it was asked: {error}")
