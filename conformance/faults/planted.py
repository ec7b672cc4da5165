"""What a planted fault is, and whether a run found it and called it by its name."""

from __future__ import annotations

import fnmatch
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..pairs import Comparison
from ..runner import Run

__all__ = ["Fault", "load_faults", "misses", "said"]

#: Cases of whole runs over several symbols and over accounts, in which many rules meet.
MEETING = ("account/*", "cross_symbol_engine/*", "execution/S3.check_order/*")
_NAMED = ("bar", "phase", "field", "rule")


@dataclass(frozen=True)
class Fault:
    """One fault and what it must lead to.

    Attributes
    ----------
    name
        Stem of its two files.
    rule
        Id of the rule that it breaks.
    engine
        `python` or `rust`: whose sources the patch changes.
    cases
        Ids that must turn red.
    also
        Shell patterns of further ids that may turn red, where a rule shows in many places.
    first
        What the divergence of one case must say: `case`, `bar`, `phase`, `field`, `rule`; what is
        left out must be unknown.
    whole
        Whether whole runs are played, too, because no hand case can show the fault.
    ci
        Whether it is one of the few that are planted with every change.
    """

    name: str
    title: str
    rule: str
    engine: str
    patch: Path
    cases: tuple[str, ...]
    also: tuple[str, ...]
    first: dict[str, Any]
    whole: bool = False
    ci: bool = False


def load_faults(
    folder: Path | None = None,
    only: str = "*",
    engine: str | None = None,
    shard: tuple[int, int] = (1, 1),
    *,
    ci: bool = False,
) -> list[Fault]:
    """Read the faults of a folder, by name.

    Parameters
    ----------
    folder
        By default this one.
    only
        Pattern that names must match.
    engine
        Those of one engine, or of both.
    shard
        (k, n): every n-th of what is left, from the k-th on.
    ci
        Leave out those that are not planted with every change.

    Raises
    ------
    FileNotFoundError
        A patch has no description, a description no patch, or nothing was chosen.
    """
    folder = folder or Path(__file__).parent
    stems = {path.stem for path in folder.iterdir() if path.suffix in {".patch", ".toml"}}
    faults = []
    for name in sorted(stem for stem in stems if fnmatch.fnmatchcase(stem, only)):
        fault = _read(folder, name)
        if engine in {None, fault.engine} and (fault.ci or not ci):
            faults.append(fault)
    number, shards = shard
    chosen = faults[number - 1 :: shards]
    if not chosen:
        raise FileNotFoundError(f"{folder} holds no fault {only} of {engine or 'any engine'}")
    return chosen


def _read(folder: Path, name: str) -> Fault:
    patch, description = folder / f"{name}.patch", folder / f"{name}.toml"
    for path in (patch, description):
        if not path.is_file():
            raise FileNotFoundError(f"{path.name} is missing beside its twin")
    content = tomllib.loads(description.read_text(encoding="utf-8"))
    return Fault(
        name,
        content["title"],
        content["rule"],
        content["engine"],
        patch,
        tuple(content["cases"]),
        tuple(content.get("also", ())),
        content["first"],
        content.get("whole", False),
        content.get("ci", False),
    )


def misses(fault: Fault, faulty: Run, comparison: Comparison) -> list[str]:
    """Say what the cases got wrong about a faulty engine; empty where they found the fault.

    Parameters
    ----------
    fault
        The fault that was planted.
    faulty
        Every case on the engine that has it.
    comparison
        The same, held against a sound reference.
    """
    if faulty.absent is not None:
        return [f"the faulty engine is absent: {faulty.absent}"]
    divergences = {row["case"]: row for row in comparison.divergences}
    failed = {
        name
        for name, result in faulty.results.items()
        if result.verdict not in {"pass", "elsewhere"}
    }
    red = divergences.keys() | failed
    complaints = [f"{name} stayed green" for name in fault.cases if name not in divergences]
    complaints += [
        f"the golden of {name} did not notice" for name in fault.cases if name not in failed
    ]
    complaints += [
        f"{name} turned red and is not named"
        for name in sorted(red)
        if name not in fault.cases and not _allowed(name, (*fault.also, *_meeting(fault)))
    ]
    return complaints + _misnamed(fault, divergences.get(fault.first["case"]))


def _meeting(fault: Fault) -> tuple[str, ...]:
    """Return the chapters whose runs meet any rule, unless the fault is about one of them."""
    own = any(_allowed(name, MEETING) for name in fault.cases)
    return () if own else MEETING


def said(divergence: dict[str, Any]) -> dict[str, Any]:
    """Return what a divergence names: bar, phase, field and rule.

    Where the reference has no such event, the rule is the one that the faulty engine names.
    """
    reference, faulty = (divergence["sides"][label]["rule"] for label in divergence["between"])
    named = {**divergence, "rule": reference or faulty}
    return {name: named[name] for name in _NAMED}


def _allowed(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _misnamed(fault: Fault, divergence: dict[str, Any] | None) -> list[str]:
    if divergence is None:
        return [f"no divergence in {fault.first['case']}"]
    return [
        f"{fault.first['case']}: {name} is {value!r}, expected {fault.first.get(name)!r}"
        for name, value in said(divergence).items()
        if value != fault.first.get(name)
    ]
