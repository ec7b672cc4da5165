"""Runs every lint of this folder: `python -m fillproof.conformance.lints [name ...]`.

A lint is a module with `main() -> int`, zero for a clean tree, that prints what it found.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from fillproof.conformance import lints


def names() -> list[str]:
    """Name the lints, in the order in which they run."""
    return sorted(
        m.name for m in pkgutil.iter_modules(lints.__path__) if not m.name.startswith("_")
    )


def run(chosen: list[str]) -> int:
    """Run the chosen lints, or all; return 1 if any of them complains or none was run."""
    if not Path("Cargo.toml").is_file():
        print("lints read the sources: run them in the root of the repository")
        return 1
    known = names()
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        print(f"no such lint: {', '.join(unknown)}; there are {', '.join(known)}")
        return 1
    failed, ran = [], 0
    for name in chosen or known:
        main = getattr(importlib.import_module(f"{lints.__name__}.{name}"), "main", None)
        if main is None:
            continue
        ran += 1
        if main() != 0:
            failed.append(name)
    print(f"lints: {ran - len(failed)} passed, {len(failed)} failed {' '.join(failed)}".rstrip())
    return 1 if failed or ran == 0 else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
