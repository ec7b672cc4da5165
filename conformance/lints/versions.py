"""One version in all places, and one pin for a package wherever it is pinned.

The two distributions and the Rust workspace are released together, so their versions are equal,
and so is what the extra `rust` asks for.  The hashed constraints are made from the pins in
pyproject.toml (`tox run -e pins`) and must not have fallen behind.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any


def declared(root: Path) -> dict[str, str]:
    """Map every place that states the project's version to what it states."""
    pyproject, cargo = _toml(root / "pyproject.toml"), _toml(root / "Cargo.toml")
    found = {
        "pyproject.toml": pyproject["project"]["version"],
        "rsengine/pyproject.toml": _toml(root / "rsengine/pyproject.toml")["project"]["version"],
        "Cargo.toml": cargo["workspace"]["package"]["version"],
    }
    for name, dependency in cargo["workspace"]["dependencies"].items():
        if isinstance(dependency, dict) and "path" in dependency:
            found[f"Cargo.toml, {name}"] = dependency["version"]
    for requirement in pyproject["project"]["optional-dependencies"]["rust"]:
        name, _, version = requirement.partition("==")
        found[f"pyproject.toml, extra rust, {name}"] = version
    for package in _toml(root / "Cargo.lock")["package"]:
        if "source" not in package:
            found[f"Cargo.lock, {package['name']}"] = package["version"]
    return found


def pinned(root: Path) -> dict[str, dict[str, str]]:
    """Map every pinned package to the places that pin it and the version that each names."""
    pyproject = _toml(root / "pyproject.toml")
    uv = pyproject["tool"]["uv"]
    places = {
        "group dev": pyproject["dependency-groups"]["dev"],
        "constraint-dependencies": uv["constraint-dependencies"],
        "build-constraint-dependencies": uv["build-constraint-dependencies"],
    }
    for path in sorted((root / "requirements").iterdir()):
        # Peers run in environments of their own, with what they ask for.
        if path.name.startswith("peers-"):
            continue
        places[f"requirements/{path.name}"] = path.read_text(encoding="utf-8").splitlines()
    found: dict[str, dict[str, str]] = {}
    for place, lines in places.items():
        for line in lines:
            if match := re.match(r"([\w.-]+)==([^\s;\\]+)", line):
                found.setdefault(match[1], {})[place] = match[2]
    return found


def main() -> int:
    """Print every place that differs from the first one; return 1 if there is any."""
    root = Path.cwd()
    wrong = 0
    for name, found in {"the project": declared(root), **pinned(root)}.items():
        (first, version), *others = found.items()
        for place, other in others:
            if other != version:
                wrong += 1
                print(f"versions: {name} is {other} in {place}, but {version} in {first}")
    return 1 if wrong else 0


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
