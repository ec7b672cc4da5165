"""Plays examples for as long as asked, and makes the first that fails small."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..jobs import Job
from .arena import Arena, Differs
from .checks import audited, looked_ahead
from .example import Example, draw_example
from .source import Source

__all__ = ["Fuzzing", "fuzz"]

_TRIES = 400
_LOOK_EVERY = 25

Progress = Callable[[int, float, Counter[str]], None]


@dataclass
class Fuzzing:
    """What came of it.

    Attributes
    ----------
    verdict
        `same`, `different`, `not proven` or `error`.
    examples, seconds
        How much was done.
    tally
        In how many examples each thing happened: rules by their ids, `fill`, `gap` and the like.
    doubts
        Why nothing is proven.
    found
        What was different, in the smallest example.
    example, tries
        That example, and how many were played to make it that small.
    looked
        The last example of which the future was cut off.
    """

    seed: int
    labels: list[str]
    verdict: str = "not proven"
    examples: int = 0
    seconds: float = 0.0
    tally: Counter[str] = field(default_factory=Counter)
    doubts: list[str] = field(default_factory=list)
    not_compared: dict[str, list[str]] = field(default_factory=dict)
    found: Differs | None = None
    example: Example | None = None
    tries: int = 0
    looked: int | None = None

    @property
    def exit_code(self) -> int:
        """0 same, 1 different, 2 not proven."""
        return {"same": 0, "different": 1}.get(self.verdict, 2)

    def report(self) -> dict[str, Any]:
        """Give all of it as JSON values."""
        found, example = self.found, self.example
        return {
            "verdict": self.verdict,
            "seed": self.seed,
            "sides": self.labels,
            "examples": self.examples,
            "seconds": self.seconds,
            "tally": dict(sorted(self.tally.items())),
            "doubts": self.doubts,
            "not_compared": self.not_compared,
            "found": None
            if found is None
            else {
                "kind": found.kind,
                "candidate": found.candidate,
                "message": str(found),
                "divergence": found.report,
                "example": None if example is None else vars(example),
            },
        }


def fuzz(
    source: Source,
    arena: Arena,
    *,
    seed: int,
    examples: int | None = None,
    minutes: float | None = None,
    first: int = 0,
    tries: int = _TRIES,
    progress: Progress | None = None,
) -> Fuzzing:
    """Play examples until one differs, so many are done, or the time is over.

    Parameters
    ----------
    source
        The user's job and candles.
    arena
        Who plays.
    seed, first
        Which examples, and the number of the first.
    examples, minutes
        When to stop; the first to be reached counts, 100 examples where neither is given.
    tries
        Most examples that are played to make the one that fails small.
    progress
        Called with (done, seconds, tally) after each example.
    """
    if examples is None and minutes is None:
        examples = 100
    done = Fuzzing(seed, arena.labels)
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="fillproof-fuzz-"))
    try:
        number = first
        while examples is None or done.examples < examples:
            done.seconds = time.monotonic() - started
            if minutes is not None and done.seconds >= minutes * 60.0 and done.examples:
                break
            example = draw_example(source, seed, number)
            look = done.looked is None or number >= done.looked + _LOOK_EVERY
            failed = _failed(source, arena, example, folder, done if look else None)
            done.examples += 1
            done.seconds = time.monotonic() - started
            # What making it small plays is no example any more.
            done.tally = Counter(arena.tally)
            if failed is not None:
                done.example, done.found, done.tries = _shrunk(
                    source, arena, example, failed, folder, tries
                )
                break
            number += 1
            if progress is not None:
                progress(done.examples, done.seconds, arena.tally)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    done.not_compared = arena.not_compared
    _judge(done)
    return done


def _judge(done: Fuzzing) -> None:
    if done.found is not None:
        done.verdict = "different"
        return
    if not done.tally["fill"]:
        done.doubts.append("no order was filled in any example: hardly anything was compared")
    for label in done.labels[1:]:
        if not done.tally[f"compared with {label}"]:
            done.doubts.append(f"nothing was compared with {label}")
    if len(done.labels) < 2:
        done.doubts.append("there is no candidate: nothing was compared")
    done.verdict = "not proven" if done.doubts else "same"


def _failed(
    source: Source, arena: Arena, example: Example, folder: Path, looks: Fuzzing | None
) -> Differs | None:
    """Play one example; None where all is well. `looks` is given where its future is cut off."""
    job = example.job(source, folder)
    try:
        outcome = arena.play(job)
        audited(job, outcome, arena.tally)
        if looks is not None and outcome.get("error") is None:
            looks.looked = example.number
            looked_ahead(job, example.number, arena.tally, arena.backend)
    except Differs as found:
        return found
    return None


def _shrunk(
    source: Source, arena: Arena, example: Example, found: Differs, folder: Path, most: int
) -> tuple[Example, Differs, int]:
    """Leave out of an example what it does not need to fail in the same way."""
    tries, smaller = 0, True
    while smaller:
        smaller = False
        for candidate in example.smaller():
            if tries >= most:
                return example, found, tries
            tries += 1
            failed = _failed_like(source, arena, candidate, found, folder)
            if failed is not None:
                example, found, smaller = candidate, failed, True
                break
    return example, found, tries


def _failed_like(
    source: Source, arena: Arena, example: Example, found: Differs, folder: Path
) -> Differs | None:
    job: Job = example.job(source, folder)
    try:
        outcome = arena.play(job)
        if found.kind == "audit":
            audited(job, outcome, arena.tally)
        if found.kind == "look-ahead":
            looked_ahead(job, example.number, arena.tally, arena.backend)
    except Differs as other:
        return other if (other.kind, other.candidate) == (found.kind, found.candidate) else None
    return None
