"""What a verification of a job asks for, and what it has found."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..outcome import Outcome
from ..suite import Rule
from .first_place import Parting
from .known_gaps import Gaps
from .question import Question
from .side import Side
from .tolerances import Allowance

__all__ = ["Held", "JobOptions", "JobProof"]


@dataclass(frozen=True)
class JobOptions:
    """How a job is verified.

    Attributes
    ----------
    seconds
        Time limit of one run.
    min_coverage
        Percent of the rules of decision and refusal that the job must exercise; None asks nothing.
    require
        Patterns over rules, each of which the job must exercise.
    """

    seconds: float = 1800.0
    min_coverage: float | None = None
    require: tuple[str, ...] = ()


@dataclass
class Held:
    """A candidate, held against the reference.

    Attributes
    ----------
    side
        The candidate.
    reference
        The reference's outcome that it is held against: of the job, or of the case made of it.
    compared
        Whether there was anything to compare.
    parting
        Where it leaves the reference; None where it does not.
    excused
        The id of the known gap that the parting is.
    not_compared
        What it does not give.
    met
        The bars at which it showed known gaps.
    replayed
        Whether it was given the case made of the reference's signals.
    lost
        What is not proven of it, in words.
    """

    side: Side
    reference: Outcome | None = None
    compared: bool = False
    parting: Parting | None = None
    excused: str | None = None
    not_compared: list[str] = field(default_factory=list)
    met: list[int | None] = field(default_factory=list)
    replayed: bool = False
    lost: list[str] = field(default_factory=list)


@dataclass
class JobProof:
    """What a verification of a job has found.

    Attributes
    ----------
    question
        The job.
    rules
        The registry.
    reference
        The side that is taken as right.
    held
        The candidates.
    unsteady
        Where the reference differs from itself; None where it does not.
    doubts
        Reasons for which "same" is not proven.
    notes
        What to know besides.
    """

    question: Question
    rules: tuple[Rule, ...]
    options: JobOptions
    allowance: Allowance
    gaps: Gaps
    reference: Side
    held: list[Held]
    unsteady: str | None = None
    doubts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What the job is called where cases have an id."""
        return self.question.job.label

    @property
    def failed(self) -> bool:
        """Whether the job itself ends in an error, alike on all that ran it."""
        return self.reference.outcome is not None and bool(self.reference.outcome.get("error"))

    @property
    def exit_code(self) -> int:
        """0 same, 1 different, 2 not proven, 3 error; a process that fell goes before all."""
        if any(side.fallen for side in (self.reference, *(held.side for held in self.held))):
            return 3
        if any(held.parting and held.excused is None for held in self.held):
            return 1
        if self.failed:
            return 3
        return 2 if self.doubts else 0
