"""One version in three places, and no pin that contradicts another.

The two distributions and the Rust workspace are released together, so their versions are equal; what
the extra `rust` asks for is that version, too.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any


def declared(root: Path) -> dict[str, str]:
    """Map every place that states the version to what it states."""
    pyproject = _toml(root / "pyproject.toml")
    cargo = _toml(root / "Cargo.toml")
    found = {
        "pyproject.toml [project]": pyproject["project"]["version"],
        "rsengine/pyproject.toml [project]": _toml(root / "rsengine/pyproject.toml")["project"]["version"],
        "Cargo.toml [workspace.package]": cargo["workspace"]["package"]["version"],
    }
    for name, dependency in cargo["workspace"]["dependencies"].items():
        if isinstance(dependency, dict) and "path" in dependency:
            found[f"Cargo.toml, dependency {name}"] = dependency["version"]
    for requirement in pyproject["project"]["optional-dependencies"]["rust"]:
        name, _, version = requirement.partition("==")
        found[f"pyproject.toml, extra rust, {name}"] = version
    for package in _toml(root / "Cargo.lock")["package"]:
        if "source" not in package:
            found[f"Cargo.lock, {package['name']}"] = package["version"]
    return found


def main() -> int:
    """Compare all declared versions; print those that differ from the first."""
    found = declared(Path.cwd())
    (first, version), *others = found.items()
    wrong = [f"{place} says {other!r}, {first} says {version!r}" for place, other in others if other != version]
    for line in wrong:
        print(f"versions: {line}")
    return 1 if wrong else 0


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
