"""One side of a job: the reference or a candidate, asked, timed, and noticed when it falls."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..client import Candidate, Spec, WorkerAbsent, WorkerCrashed, WorkerSilent
from ..outcome import Outcome

__all__ = ["Connect", "Side", "open_side"]

Connect = Callable[[Spec], Candidate]
"""Starts a candidate of which the text was read."""


@dataclass
class Side:
    """A candidate that was started, or the reason why it was not.

    Attributes
    ----------
    spec
        Who it is.
    client
        The process that answers; None where it could not be started.
    absent
        Why it could not.
    fallen
        Verdict and words of the end of its process: `crash` or `timeout`; None while it lives.
    outcome
        Its answer to the job, or to the case made of it.
    skipped
        Why it did not take the job.
    proof
        What shows who answered.
    seconds
        Time spent on the job.
    """

    spec: Spec
    client: Candidate | None = None
    absent: str | None = None
    fallen: tuple[str, str] | None = None
    outcome: Outcome | None = None
    skipped: str | None = None
    proof: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def label(self) -> str:
        """The text by which it was asked for."""
        return self.spec.label

    @property
    def hello(self) -> dict[str, Any]:
        """What it said of itself; nothing where it is absent."""
        return {} if self.client is None else self.client.hello

    @property
    def runs_jobs(self) -> bool:
        """Whether it runs a strategy of Python's; our workers, which say nothing of it, do."""
        return "job" in self.hello.get("can", ("job",))

    def ask(self, request: dict[str, Any], seconds: float) -> Outcome | None:
        """Ask once; None where no outcome came, and the side says why."""
        if self.client is None or self.fallen is not None:
            return None
        started = time.perf_counter()
        try:
            answer = self.client.ask(request, seconds)
        except WorkerCrashed as error:
            self.fallen = ("crash", str(error))
            return None
        except WorkerSilent as error:
            self.fallen = ("timeout", str(error))
            return None
        finally:
            self.seconds += time.perf_counter() - started
        if "skip" in answer:
            self.skipped = str(answer["skip"])
            return None
        outcome: Outcome = answer["outcome"]
        return outcome

    def prove(self, seconds: float) -> None:
        """Ask what was loaded, once all has been answered."""
        if self.client is None or self.fallen is not None:
            return
        # A process that falls now has answered the job, and leaves no proof.
        with contextlib.suppress(WorkerCrashed, WorkerSilent):
            self.proof = self.client.ask({"do": "proof"}, seconds)["proof"]

    def close(self) -> None:
        """End the process."""
        if self.client is not None:
            self.client.close()


def open_side(spec: Spec, connect: Connect) -> Side:
    """Start a candidate; one that cannot be started is a side without a process."""
    try:
        return Side(spec, connect(spec))
    except WorkerAbsent as error:
        return Side(spec, absent=str(error).removeprefix(f"{spec.label}: "))
