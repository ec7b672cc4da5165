"""What a planted fault is, and whether a verification found it and called it by its name."""

from __future__ import annotations

import fnmatch
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..verification import Verification

__all__ = ["Fault", "load_faults", "misses"]

_NAMED = ("bar", "phase", "field", "rule")


@dataclass(frozen=True)
class Fault:
    """One fault and what it must lead to.

    Attributes
    ----------
    name
        Stem of its two files.
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
    """

    name: str
    title: str
    engine: str
    patch: Path
    cases: tuple[str, ...]
    also: tuple[str, ...]
    first: dict[str, Any]
    whole: bool = False


def load_faults(
    folder: Path | None = None, only: str = "*", engine: str | None = None
) -> list[Fault]:
    """Read the faults of a folder whose names match a pattern, of one engine or of both.

    Raises
    ------
    FileNotFoundError
        A patch has no description, a description no patch, or nothing was chosen.
    """
    folder = folder or Path(__file__).parent
    stems = {path.stem for path in folder.iterdir() if path.suffix in {".patch", ".toml"}}
    faults = []
    for name in sorted(stem for stem in stems if fnmatch.fnmatchcase(stem, only)):
        patch, description = folder / f"{name}.patch", folder / f"{name}.toml"
        for path in (patch, description):
            if not path.is_file():
                raise FileNotFoundError(f"{path.name} is missing beside its twin")
        content = tomllib.loads(description.read_text(encoding="utf-8"))
        faults.append(
            Fault(
                name,
                content["title"],
                content["engine"],
                patch,
                tuple(content["cases"]),
                tuple(content.get("also", ())),
                content["first"],
                content.get("whole", False),
            )
        )
    chosen = [fault for fault in faults if engine in {None, fault.engine}]
    if not chosen:
        raise FileNotFoundError(f"{folder} holds no fault {only} of {engine or 'any engine'}")
    return chosen


def misses(fault: Fault, found: Verification) -> list[str]:
    """Say what a verification of the faulty engine got wrong; empty where it found the fault.

    Parameters
    ----------
    fault
        The fault that was planted in the second backend of `found`.
    found
        The whole suite on a sound reference and on the faulty engine.
    """
    if not found.comparisons:
        return ["nothing was compared"]
    complaints = [doubt for doubt in found.doubts if "absent" in doubt]
    (comparison,) = found.comparisons
    divergences = {row["case"]: row for row in comparison.divergences}
    _, faulty = found.runs
    failed = {
        name
        for name, result in faulty.results.items()
        if result.verdict not in {"pass", "elsewhere"}
    }
    red = divergences.keys() | failed
    complaints += [f"{name} stayed green" for name in fault.cases if name not in divergences]
    complaints += [
        f"the golden of {name} did not notice" for name in fault.cases if name not in failed
    ]
    complaints += [
        f"{name} turned red and is not named"
        for name in sorted(red)
        if name not in fault.cases and not _allowed(name, fault.also)
    ]
    complaints += _misnamed(fault, divergences.get(fault.first["case"]))
    return complaints


def _allowed(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _misnamed(fault: Fault, divergence: dict[str, Any] | None) -> list[str]:
    if divergence is None:
        return [f"no divergence in {fault.first['case']}"]
    # Where the reference has no such event, the rule is the one that the faulty engine names.
    reference, faulty = (divergence["sides"][label]["rule"] for label in divergence["between"])
    said = {**divergence, "rule": reference or faulty}
    return [
        f"{fault.first['case']}: {name} is {said[name]!r}, expected {fault.first.get(name)!r}"
        for name in _NAMED
        if said[name] != fault.first.get(name)
    ]
