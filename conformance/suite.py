"""The evidence as files: golden cases, whole runs and the registry of rules.

The files lie in the folder `golden`, installed as `fillproof.golden`; another folder of the same
layout can be named instead.
"""

from __future__ import annotations

import fnmatch
import json
import tomllib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

__all__ = ["Case", "Rule", "Suite", "golden_folder", "load_rules", "load_suite"]


@dataclass(frozen=True)
class Case:
    """One question to a backend and the answer that the rules give.

    Attributes
    ----------
    id
        Stable name, `module/rule/situation`.
    rule
        Id of the rule that the case is evidence of.
    kind
        `run` (bars, signals, commands), `arithmetic` (one function) or `whole` (a run over real
        bars, of which the file keeps a digest).
    path
        File of the case, relative to the folder of the goldens.
    data
        The case as the file has it.
    """

    id: str
    rule: str
    kind: str
    path: str
    data: dict[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Rule:
    """One entry of the registry.

    Attributes
    ----------
    id, kind, error
        As in `golden/rules.toml`; `error` is the code of a refusal, else None.
    evidence
        Paths of cases under the goldens, or of tests from the repository's root.
    """

    id: str
    kind: str
    error: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Suite:
    """All cases that were chosen, and the rules that all cases together must exercise."""

    folder: Path
    cases: tuple[Case, ...]
    rules: tuple[Rule, ...]
    only: str | None


def golden_folder(folder: Path | None = None) -> Path:
    """Find the goldens: `folder`, or those that were installed with this package.

    Raises
    ------
    FileNotFoundError
        There is no registry of rules in the folder.
    """
    try:
        found = folder or Path(str(resources.files("fillproof.golden")))
    except ModuleNotFoundError as error:
        raise FileNotFoundError("fillproof.golden is not installed; name its folder") from error
    if not (found / "rules.toml").is_file():
        raise FileNotFoundError(f"{found} holds no rules.toml; expected the folder of the goldens")
    return found


def load_suite(folder: Path | None = None, only: str | None = None) -> Suite:
    """Read the registry and every case whose id matches the pattern `only`.

    Parameters
    ----------
    folder
        The goldens; by default the installed ones.
    only
        Shell pattern over ids, such as `execution/X2.*`; None takes all.

    Raises
    ------
    ValueError
        Two cases have one id, or a file says another number of cases than it holds.
    """
    root = golden_folder(folder)
    found: dict[str, Case] = {}
    for case in _read_cases(root):
        if case.id in found:
            raise ValueError(f"{case.path}: {case.id} is a case of {found[case.id].path} already")
        found[case.id] = case
    chosen = tuple(
        case for name, case in found.items() if only is None or fnmatch.fnmatchcase(name, only)
    )
    return Suite(root, chosen, load_rules(root), only)


def _read_cases(root: Path) -> list[Case]:
    cases = []
    for part in ("cases", "invalid", "runs"):
        for path in sorted((root / part).rglob("*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            name = path.relative_to(root).as_posix()
            if part == "runs":
                cases.append(_whole(document, name))
                continue
            if document["number_of_cases"] != len(document["cases"]):
                raise ValueError(
                    f"{name}: number_of_cases is {document['number_of_cases']}, "
                    f"the file holds {len(document['cases'])}"
                )
            cases += [
                Case(
                    id=case["id"],
                    rule=case.get("rule", document["rule"]),
                    kind=case.get("kind", "run"),
                    path=name,
                    data=case,
                )
                for case in document["cases"]
            ]
    return cases


def _whole(document: dict[str, Any], name: str) -> Case:
    identity = document.get("id") or name.removesuffix(".json")
    return Case(id=identity, rule="", kind="whole", path=name, data=document)


def load_rules(root: Path) -> tuple[Rule, ...]:
    """Read the registry of a folder of goldens."""
    registry = tomllib.loads((root / "rules.toml").read_text(encoding="utf-8"))
    return tuple(
        Rule(entry["id"], entry["kind"], entry.get("error"), tuple(entry.get("evidence", ())))
        for entry in registry["rule"]
    )
