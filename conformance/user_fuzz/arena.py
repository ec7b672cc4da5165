"""Plays one example on the reference and on every candidate, and holds them against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from ..bits import same
from ..candidates import connect, spec_of
from ..client import Candidate, WorkerAbsent, WorkerCrashed, WorkerSilent
from ..compare import first_difference
from ..divergence import against_reference
from ..fuzz_tally import happened
from ..given import gives_all, locate, restrict
from ..jobs import Job
from ..outcome import Outcome
from ..replay import fold
from ..units import units_of

__all__ = ["Arena", "Differs"]


class Differs(AssertionError):
    """A candidate is not the same, or a check of one side failed.

    Attributes
    ----------
    kind
        `divergence`, `crash` (no answer), `state` (the trace does not give back the state), `audit`
        or `look-ahead`.
    candidate
        The label of the side.
    report
        As `divergence.against_reference` makes it; None where there is none.
    case
        The case by which it can be repeated without the strategy, where there is one.
    """

    def __init__(
        self,
        kind: str,
        candidate: str,
        message: str,
        report: dict[str, Any] | None = None,
        case: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.candidate = candidate
        self.report = report
        self.case = case


class Arena:
    """Workers that play one example after another, and a tally of what happened in them.

    Parameters
    ----------
    reference
        Taken as right; it must be one of our backends, as it runs the strategy.
    candidates
        Texts as `candidates.connect` reads them.
    seconds
        That one run may take.
    folder
        Where files and modules of candidates are looked for; by default the current one.

    Raises
    ------
    ValueError
        A text is of no form, or the reference cannot run a job.
    WorkerAbsent
        Somebody cannot be started.
    """

    def __init__(
        self,
        reference: str,
        candidates: Sequence[str],
        *,
        seconds: float = 60.0,
        folder: Path | None = None,
    ) -> None:
        self.tally: Counter[str] = Counter()
        self.seconds = seconds
        self.not_compared: dict[str, list[str]] = {}
        self._sides: list[Candidate] = []
        # All texts are read before anybody is started.
        specs = [spec_of(text, folder) for text in (reference, *candidates)]
        try:
            for spec in specs:
                self._sides.append(connect(spec))
        except (WorkerAbsent, ValueError, OSError):
            self.close()
            raise
        if not _runs_jobs(self._sides[0]):
            self.close()
            raise ValueError(f"{reference} cannot run a strategy, so it cannot be the reference")

    @property
    def labels(self) -> list[str]:
        """The reference's label first."""
        return [side.spec.label for side in self._sides]

    @property
    def backend(self) -> str:
        """The reference's name, without its folder."""
        return self._sides[0].spec.backend

    def close(self) -> None:
        """End all workers."""
        for side in self._sides:
            side.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def play(self, job: Job) -> Outcome:
        """Play a job everywhere.

        Returns
        -------
        Outcome
            The reference's.

        Raises
        ------
        Differs
            The first thing that is not as it should be.
        """
        reference, *others = self._sides
        request = {"do": "job", "job": job.plain(), "give": "all", "record": True}
        with ThreadPoolExecutor(max_workers=len(self._sides)) as pool:
            first = pool.submit(self._ask, reference, request)
            asked = [
                pool.submit(self._ask, side, request) if _runs_jobs(side) else None
                for side in others
            ]
        # All have answered by here, so that nobody's answer is taken for that of the next request.
        ours = first.result()
        self.tally["examples"] += 1
        self.tally.update(happened({}, ours))
        case = self._case(job, ours)
        self._check_state(reference, job, ours, case)
        for side, answered in zip(others, asked, strict=True):
            if answered is not None:
                theirs = answered.result()
                self._hold(side, (ours, theirs), case)
                self._check_state(side, job, theirs, case)
            else:
                self._hold_replay(side, case, ours)
        return ours

    def _ask(self, side: Candidate, request: dict[str, Any]) -> Outcome:
        answer = self._answer(side, request)
        if "skip" in answer:
            raise ValueError(f"{side.spec.label} skips it: {answer['skip']}")
        outcome: Outcome = answer["outcome"]
        return outcome

    def _answer(self, side: Candidate, request: dict[str, Any]) -> dict[str, Any]:
        """Ask, and put another process in the place of one that has fallen."""
        try:
            return side.ask(request, self.seconds)
        except (WorkerCrashed, WorkerSilent) as error:
            side.close()
            place = self._sides.index(side)
            self._sides[place] = connect(side.spec)
            case = request.get("case")
            raise Differs("crash", side.spec.label, str(error), None, case) from error

    def _case(self, job: Job, ours: Outcome) -> dict[str, Any] | None:
        """Make the case that plays the reference's signals; None where no case can."""
        whole: dict[str, Any] = dict(ours)
        if whole.get("error") is not None:
            return None
        request = {"do": "job_case", "job": job.plain(), "given": whole.get("given") or {}}
        answer = self._answer(self._sides[0], request)
        made: dict[str, Any] = answer.get("outcome") or {}
        return made.get("case")

    def _hold(
        self, side: Candidate, outcomes: tuple[Outcome, Outcome], case: dict[str, Any] | None
    ) -> None:
        left, right, missing = restrict(*outcomes, side.hello)
        if missing:
            self.not_compared[side.spec.label] = missing
        found = first_difference(left, right)
        if found is None:
            self._hold_given(side, outcomes)
            self.tally[f"compared with {side.spec.label}"] += 1
            return
        if not gives_all(side.hello):
            found = locate(found, outcomes[0], left)
        report = None
        if case is not None:
            report = against_reference(
                case, found, (left, right), (self.labels[0], side.spec.label)
            )
        where = "" if found.bar is None else f" at bar {found.bar}"
        told = (
            f"{found.stage}: {found.field}{where}: {found.left!r} on {self.labels[0]}, "
            f"{found.right!r} on {side.spec.label}"
        )
        raise Differs("divergence", side.spec.label, told, report, case)

    def _hold_given(self, side: Candidate, outcomes: tuple[Outcome, Outcome]) -> None:
        """Compare what the strategy itself gave, and how often it was asked."""
        ours, theirs = (dict(outcome) for outcome in outcomes)
        for name in ("asked", "given"):
            if name in ours and name in theirs and not same(ours[name], theirs[name]):
                told = f"{name}: {ours[name]!r} on {self.labels[0]}, {theirs[name]!r}"
                raise Differs("divergence", side.spec.label, f"{told} on {side.spec.label}")

    def _hold_replay(self, side: Candidate, case: dict[str, Any] | None, ours: Outcome) -> None:
        """Compare somebody who plays cases only; the reference has to give its own run again."""
        if case is None:
            self.tally[f"no replay for {side.spec.label}"] += 1
            return
        request = {"do": "case", "case": case}
        again = self._ask(self._sides[0], request)
        if not (same(again.get("trades"), ours.get("trades")) and _same_equity(again, ours)):
            self.tally[f"no replay for {side.spec.label}"] += 1
            return
        answer = self._answer(side, request)
        if "skip" in answer:
            self.tally[f"skipped by {side.spec.label}"] += 1
            return
        self._hold(side, (again, answer["outcome"]), case)

    def _check_state(
        self, side: Candidate, job: Job, outcome: Outcome, case: dict[str, Any] | None
    ) -> None:
        """Rebuild the state from the trace."""
        events, state = outcome.get("events"), outcome.get("state")
        if not events or state is None or outcome.get("error") is not None or case is None:
            return
        rebuilt = fold(events, float(job.settings.initial_balance), units_of(case))
        if not same(rebuilt, state):
            told = f"{side.spec.label}: the state is {state}, its trace gives {rebuilt}"
            raise Differs("state", side.spec.label, told, None, case)
        self.tally["states rebuilt"] += 1


def _runs_jobs(side: Candidate) -> bool:
    return "job" in side.hello.get("can", ("job",))


def _same_equity(left: Outcome, right: Outcome) -> bool:
    return same(left.get("equity"), right.get("equity"))
