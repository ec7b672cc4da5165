"""Verdicts about mutants: kept line by line, so that a long run can go on, counted and shown."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .mutants import Mutant

__all__ = ["Equivalent", "Kept", "Score", "Verdict", "load_equivalents", "score"]

CAUGHT = frozenset({"killed", "timeout"})


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant.

    Attributes
    ----------
    name
        As `Mutant.name`.
    verdict
        `killed`, `timeout` (does not end: counts as caught), `survived` or `unviable` (does not
        build: counts as nothing).
    stage
        The last one tried: `golden`, the cases and what they expect; `verify`, the comparison with
        the sound engine over the same cases; `tests`, other tests of the engine.
    by
        The first case or test that failed.
    """

    name: str
    verdict: str
    stage: str
    by: str
    seconds: float

    def unfinished(self, stages: Sequence[str]) -> bool:
        """Tell whether stages are asked for that were not tried."""
        return self.verdict == "survived" and self.stage != stages[-1]

    @property
    def module(self) -> str:
        """The source file."""
        return self.name.split(":", 1)[0]


class Kept:
    """A file of verdicts, one JSON object a line.

    A verdict holds for the sources that it was made of. That a mutant survived holds only for the
    evidence of then as well: one more case may kill it.

    Parameters
    ----------
    path
        The file; shards may share it.
    sources, evidence
        Digests of the engine's sources and of the cases and tests.
    """

    def __init__(self, path: Path, sources: str, evidence: str) -> None:
        self.path = path
        self._key = {"sources": sources, "evidence": evidence}

    def read(self) -> dict[str, Verdict]:
        """Return the verdicts that still hold, by name; an unfinished last line is passed over."""
        found: dict[str, Verdict] = {}
        if not self.path.is_file():
            return found
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            sources, evidence = row.pop("sources"), row.pop("evidence")
            verdict = Verdict(**row)
            if sources != self._key["sources"]:
                continue
            lasting = verdict.verdict == "unviable" or (
                verdict.verdict in CAUGHT and verdict.stage == "golden"
            )
            if lasting or evidence == self._key["evidence"]:
                found[verdict.name] = verdict
        return found

    def add(self, verdict: Verdict) -> None:
        """Write one more line."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(verdict), **self._key}) + "\n")


@dataclass(frozen=True)
class Equivalent:
    """A change that nothing can show, or that no rule forbids.

    Attributes
    ----------
    engine, file
        Where.
    line
        Text of the source line, without its indent.
    mutation
        As `Mutant.mutation`.
    reason
        Why no case can kill it.
    at
        Place in that text, from 1, where the same mutation is possible at several; 0 for any.
    """

    engine: str
    file: str
    line: str
    mutation: str
    reason: str
    at: int = 0

    def covers(self, mutant: Mutant, text: str) -> bool:
        """Tell whether a mutant, whose line has this text, is meant."""
        place = mutant.column - (len(text) - len(text.lstrip()))
        named = (self.file, self.line, self.mutation) == (
            mutant.file,
            text.strip(),
            mutant.mutation,
        )
        return named and self.at in {0, place}


def load_equivalents(path: Path | None = None) -> list[Equivalent]:
    """Read the list of known equivalents."""
    path = path or Path(__file__).with_name("equivalent.toml")
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
    return [Equivalent(**row) for row in rows]


@dataclass(frozen=True)
class Score:
    """Counts of verdicts.

    Attributes
    ----------
    golden, verify, tests, timeout
        Killed by golden cases; only by comparison with the sound engine; only by other tests;
        caught by not ending.
    survived, equivalent, unviable
        Not caught; known as equivalent; not built.
    """

    golden: int = 0
    verify: int = 0
    tests: int = 0
    timeout: int = 0
    survived: int = 0
    equivalent: int = 0
    unviable: int = 0

    @property
    def viable(self) -> int:
        """All that count: they build and are not known as equivalent."""
        return self.golden + self.verify + self.tests + self.timeout + self.survived

    @property
    def by_golden(self) -> float:
        """Percent of what counts that golden cases caught, hangs included."""
        return 100.0 * (self.golden + self.timeout) / self.viable if self.viable else 0.0

    @property
    def caught(self) -> float:
        """Percent of what counts that was caught at all."""
        return 100.0 * (self.viable - self.survived) / self.viable if self.viable else 0.0


def score(verdicts: Sequence[Verdict], equivalent: frozenset[str] = frozenset()) -> Score:
    """Count verdicts; `equivalent` has the names of survivors that are known as such.

    Examples
    --------
    >>> one = Verdict("a.py:1:1: + -> -", "killed", "golden", "case", 0.1)
    >>> score([one]).by_golden
    100.0
    """
    counts: Counter[str] = Counter()
    for verdict in verdicts:
        kind = verdict.stage if verdict.verdict == "killed" else verdict.verdict
        known = verdict.verdict == "survived" and verdict.name in equivalent
        counts["equivalent" if known else kind] += 1
    return Score(**counts)
