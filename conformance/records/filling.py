"""Fills goldens of a user's own from the reference, or holds anybody against them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fillproof import canonical_json
from fillproof.results import BacktestResult

from .goldens import PINS, PINS_SCHEMA, SCHEMA, Golden, Goldens, RefusedError
from .pins import in_ci, write_pin
from .question import question_parts
from .record import Connect, ask_record
from .sources import file_digest

__all__ = ["Filled", "fill"]

_SHOWN_TRADES = 3
_COMPARED = ("digest", "digest_aside", "chain", "signals_given", "rows", "summary")


@dataclass
class Filled:
    """What came of filling or checking a folder.

    Attributes
    ----------
    lines
        One for each golden, in words.
    wrong
        Names of those that are not as they should be.
    refused
        Names of those that may not be relied on.
    doubts
        Why nothing is proven.
    """

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 all well, 1 different, 2 not proven, 3 refused."""
        if self.refused:
            return 3
        return 1 if self.wrong else 2 if self.doubts else 0


def fill(
    folder: Path,
    *,
    backend: str | None = None,
    check: bool = False,
    only: str | None = None,
    seconds: float = 600.0,
    connect: Connect | None = None,
) -> Filled:
    """Fill goldens from the reference, or hold somebody against them.

    Parameters
    ----------
    folder
        Of goldens.
    backend
        Who runs; the reference by default.  Anyone else may only be checked.
    check
        Change nothing.
    only
        Goldens whose name matches this pattern.
    seconds
        How long a run may take.
    connect
        How a process is started.

    Raises
    ------
    RefusedError
        Filling by a candidate, or in continuous integration.
    """
    goldens = Goldens.read(folder, only)
    runner = backend or goldens.reference
    if not check:
        _may_fill(goldens, runner)
    found = Filled()
    if not goldens.goldens:
        found.doubts.append(f"{folder} asks nothing: no NAME.toml in it")
    for orphan in goldens.orphans():
        found.refused.append(orphan)
        found.lines.append(f"{orphan}: an answer without a question, {orphan}.toml")
    made: dict[str, Any] = {}
    for golden in goldens.goldens:
        if check:
            _check(found, golden, goldens.reference, runner, seconds, connect)
        else:
            made[golden.name] = _fill(found, golden, runner, seconds, connect)
    if not check:
        _pin(goldens, made)
    return found


def _may_fill(goldens: Goldens, runner: str) -> None:
    if in_ci():
        raise RefusedError(
            "goldens are not filled in continuous integration (CI is set), where a wrong answer "
            "would become the right one; use --check"
        )
    if runner != goldens.reference:
        raise RefusedError(
            f"{runner} is a candidate and may not fill goldens: only the reference, "
            f"{goldens.reference}, may; use --check to hold {runner} against them"
        )


def _fill(
    found: Filled, golden: Golden, runner: str, seconds: float, connect: Connect | None
) -> dict[str, Any]:
    """Answer one question; return its pin."""
    job = golden.job()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "record"
        told = ask_record(job, runner, folder, reference=runner, seconds=seconds, connect=connect)
        trades = BacktestResult.load(folder).trades.to_pylist()
    again = ask_record(job, runner, reference=runner, seconds=seconds, connect=connect)
    if again["outputs"]["chain"] != told["outputs"]["chain"]:
        raise RefusedError(f"{golden.name}: {runner} differs from itself; nothing was filled")
    expect = {
        **told["outputs"],
        "exercised": told["exercised"],
        "first_trades": [_plain(row) for row in trades[:_SHOWN_TRADES]],
        "last_trades": [_plain(row) for row in trades[-_SHOWN_TRADES:]],
    }
    document = {
        "schema": SCHEMA,
        "version": 1,
        "question": told["question"],
        "expect": expect,
    }
    before = golden.answer.read_bytes() if golden.answer.is_file() else b""
    edited = (
        golden.pin is not None and before and file_digest(golden.answer) != golden.pin["answer"]
    )
    write_pin(golden.answer, document)
    same = golden.answer.read_bytes() == before
    how = "as filled" if same else "was edited by hand, filled anew" if edited else "filled"
    found.lines.append(f"{golden.name}: {how}, digest {expect['digest'][:16]}")
    return {
        "answer": file_digest(golden.answer),
        "question": file_digest(golden.question),
        "made_by": told["made_by"],
        "rules": told["rules"],
    }


def _pin(goldens: Goldens, made: dict[str, Any]) -> None:
    """Write the pins, those of goldens that were not chosen as they were."""
    every = Goldens.read(goldens.folder).goldens
    kept = {golden.name: golden.pin for golden in every if golden.pin is not None}
    values = {
        "schema": PINS_SCHEMA,
        "version": 1,
        "reference": goldens.reference,
        "goldens": {**kept, **made},
    }
    write_pin(goldens.folder / PINS, values)


def _check(
    found: Filled,
    golden: Golden,
    reference: str,
    runner: str,
    seconds: float,
    connect: Connect | None,
) -> None:
    faults = golden.faults(reference)
    if faults:
        found.refused.append(golden.name)
        found.lines += [f"{golden.name}: {fault}" for fault in faults]
        return
    answer = golden.read()
    told = ask_record(golden.job(), runner, reference=reference, seconds=seconds, connect=connect)
    parts = question_parts(told["question"], answer["question"])
    differing = [name for name in _COMPARED if told["outputs"].get(name) != answer[name]]
    if parts or differing:
        found.wrong.append(golden.name)
        found.lines += [f"{golden.name}: not the question that was answered: {p}" for p in parts]
        found.lines += [
            f"{golden.name}: {runner} gives another {name}: {_short(told['outputs'].get(name))} "
            f"against {_short(answer[name])}"
            for name in differing
        ]
        return
    assert golden.pin is not None, "Invariant: without a pin there is a fault"
    if runner != reference and told["made_by"]["engine"] == golden.pin["made_by"]["engine"]:
        found.doubts.append(f"{golden.name}: {runner} is the very build that made it")
    found.lines.append(f"{golden.name}: same on {runner}, digest {answer['digest'][:16]}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else canonical_json.dumps(value).replace("\n", "")
    return text if len(text) <= 40 else f"{text[:37]}..."


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Write floats as their shortest round trip; the rest stays."""
    return {key: repr(value) if isinstance(value, float) else value for key, value in row.items()}
