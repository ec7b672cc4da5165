"""Pages and settings name only what there is: files, environments of tox, modules, examples.

Checked are the pages, the settings of the tools at the root and the workflows. `X` stands for any
module, as in `pyengine/X.py`; a name in capitals after `tox -e` for any environment.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_FOLDERS = (
    ".ci", ".github", "benchmarks", "conformance", "docs", "examples", "fillproof", "golden",
    "pyengine", "requirements", "rsengine", "tests",
)  # fmt: skip
_PAGES = (
    "*.md", "docs/**/*.md", "examples/**/*.md", "*.toml", "*.in", "*.yml", "tox.ini", ".ci/run",
    ".github/**/*.yml", "rsengine/pyproject.toml",
)  # fmt: skip
_PATH = re.compile(rf"(?<![\w/.~@:-])(?:{'|'.join(map(re.escape, _FOLDERS))})/[\w./*-]*")
_MODULE = re.compile(r"-m ((?:fillproof|pyengine)[\w.]*\w)")
_EXAMPLE = re.compile(r"--example (\w+)")
_ENVIRONMENTS = re.compile(r"tox (?:run )?-e ([\w,-]+)")
_PLACES = {"fillproof.conformance": "conformance", "fillproof.golden": "golden"}


def absent(root: Path) -> Iterator[str]:
    """Tell each name of something that is not there, with its file and line."""
    for page in sorted({page for pattern in _PAGES for page in root.glob(pattern)}):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for name in _absent_in(root, page.parent, line):
                yield f"{page.relative_to(root).as_posix()}:{number}: there is no {name}"
    for line in (root / "MANIFEST.in").read_text(encoding="utf-8").splitlines():
        order, *names = line.split()
        if order in {"recursive-include", "prune"}:
            names = names[:1]
        if order != "global-exclude":
            yield from (f"MANIFEST.in: there is no {n}" for n in names if not _found(root, n))


def main() -> int:
    """Print what is named and absent; return 1 if there is any."""
    wrong = list(absent(Path.cwd()))
    for line in wrong:
        print(f"named_paths: {line}")
    return 1 if wrong else 0


def _absent_in(root: Path, folder: Path, line: str) -> Iterator[str]:
    for match in _PATH.finditer(line):
        name = match[0].rstrip(".")
        if not (_found(root, name) or _found(folder, name)):
            yield name
    for match in _MODULE.finditer(line):
        if not _is_module(root, match[1]):
            yield f"module {match[1]}"
    for match in _EXAMPLE.finditer(line):
        if not any(root.glob(f"rsengine/crates/*/examples/{match[1]}.rs")):
            yield f"example {match[1]}"
    for match in _ENVIRONMENTS.finditer(line):
        yield from (
            f"environment {name}"
            for name in match[1].split(",")
            if not name.isupper() and name not in _environments(root)
        )


def _found(folder: Path, name: str) -> bool:
    """Tell whether a path is there; a pattern has to match something."""
    pattern = re.sub(r"\bX\b", "*", name).rstrip("/")
    return any(folder.glob(pattern)) if "*" in pattern else (folder / pattern).exists()


def _is_module(root: Path, name: str) -> bool:
    for package, folder in _PLACES.items():
        if f"{name}.".startswith(f"{package}."):
            name = folder + name.removeprefix(package)
    path = root / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def _environments(root: Path) -> set[str]:
    text = (root / "tox.ini").read_text(encoding="utf-8")
    return set(re.findall(r"^\[testenv:([\w-]+)\]", text, re.MULTILINE))


if __name__ == "__main__":
    sys.exit(main())
