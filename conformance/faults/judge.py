"""Plays faulty engines against the sound reference, whose own runs are made once."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Lock

from ..client import BackendSpec
from ..pairs import compare_runs
from ..runner import Limits, Run, run_backend
from ..suite import Suite
from .planted import Fault, misses, said
from .verdicts import Verdict
from .workshop import WorkshopError

__all__ = ["Judge"]

# The interpreted reference has nothing to build and is there in every checkout.
_REFERENCE = "python"


class Judge:
    """Comes to a verdict about engines that have a fault.

    Parameters
    ----------
    suite
        All cases. Whole runs are left out unless a fault asks for them: a fault has to turn red
        what proves its rule by hand.
    """

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._hand = replace(
            suite, cases=tuple(case for case in suite.cases if case.kind != "whole")
        )
        self._references: dict[bool, Run] = {}
        self._lock = Lock()

    def accept(self, label: str) -> None:
        """Play an engine without any fault.

        Raises
        ------
        WorkshopError
            It differs from the reference or from a golden: nothing can be told by it.
        """
        reference = self._reference(whole=False)
        run = run_backend(BackendSpec(label), self._hand, Limits())
        comparison = compare_runs(reference, run, self._hand, Limits())
        wrong = [row["case"] for row in comparison.divergences]
        wrong += [
            name
            for name, result in run.results.items()
            if result.verdict not in {"pass", "elsewhere"}
        ]
        if run.absent is not None or wrong or not comparison.compared:
            told = run.absent or f"{len(set(wrong))} cases, first {wrong[0] if wrong else None}"
            raise WorkshopError(f"without any fault {label} is not sound: {told}")

    def decide(self, fault: Fault, label: str, key: str) -> Verdict:
        """Play an engine that has a fault, and say whether it was found."""
        started = time.perf_counter()
        suite = self._suite if fault.whole else self._hand
        reference = self._reference(whole=fault.whole)
        run = run_backend(BackendSpec(label), suite, Limits())
        comparison = compare_runs(reference, run, suite, Limits())
        first = "none"
        for row in comparison.divergences:
            if row["case"] == fault.first["case"]:
                named = said(row)
                place = "" if named["bar"] is None else f"bar {named['bar']} "
                where = f"{place}{named['phase'] or ''} {named['field']} {named['rule'] or ''}"
                first = f"{row['case']}: {' '.join(where.split())}"
        return Verdict(
            key,
            fault.name,
            fault.title,
            fault.rule,
            fault.engine,
            first,
            len(comparison.divergences),
            tuple(misses(fault, run, comparison)),
            time.perf_counter() - started,
        )

    def _reference(self, *, whole: bool) -> Run:
        with self._lock:
            if whole not in self._references:
                suite = self._suite if whole else self._hand
                self._references[whole] = run_backend(BackendSpec(_REFERENCE), suite, Limits())
            return self._references[whole]
