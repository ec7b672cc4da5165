"""The law and its evidence: registry of rules, schemas, bars, cases, whole runs.

Installed as `fillproof.golden`.  Read `rules.toml` first, then the cases of a rule that you doubt.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
"""Where the goldens lie."""

__all__ = [
    "FOLDER",
    "case_files",
    "changelog",
    "errors",
    "read_json",
    "rules",
    "rules_version",
    "run_files",
    "schema",
]


def rules(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Read the rules, in the order of the registry."""
    found: list[dict[str, Any]] = _toml(folder / "rules.toml")["rule"]
    return found


def errors(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Read the errors, in the order of the registry."""
    found: list[dict[str, Any]] = _toml(folder / "errors.toml")["error"]
    return found


def changelog(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Read the versions of the rules, oldest first, each with its changes under `change`."""
    found: list[dict[str, Any]] = _toml(folder / "changelog.toml")["version"]
    return found


def rules_version(folder: Path = FOLDER) -> int:
    """Name the version of the rules in force.

    Examples
    --------
    >>> rules_version() >= 4
    True
    """
    return max(int(version["version"]) for version in changelog(folder))


def case_files(folder: Path = FOLDER) -> list[Path]:
    """List the files of hand cases, those of invalid input included."""
    return [*sorted(folder.glob("cases/*/*.json")), *sorted(folder.glob("invalid/*/*.json"))]


def run_files(folder: Path = FOLDER) -> list[Path]:
    """List the files of whole runs."""
    return sorted(folder.glob("runs/*.json"))


def schema(name: str) -> dict[str, Any]:
    """Read a schema by the name that a file gives, such as case.schema.json."""
    return read_json(FOLDER / "schema" / name)


def read_json(path: Path) -> dict[str, Any]:
    """Read one file; in them numbers that are binary64 are strings."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
