"""Which sources a compiled module is made of, and their hashes.

Both the build (setup.py loads this file by its path) and the running package use these functions,
so that "stale" means the same to both.  Nothing of `pyengine` may be imported here.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_CIMPORT = re.compile(
    r"^\s*(?:from\s+([\w.]+)\s+cimport\s+([\w, ]+)|cimport\s+([\w., ]+))", re.MULTILINE
)
_NOT_TWINS = {"_compiled", "tests", "__pycache__"}


def twin_modules(pyengine: Path) -> dict[str, Path]:
    """Map the dotted name of every module that is compiled (`indicators.ema`) to its source.

    Packages' `__init__.py` are not compiled: the build copies them beside the compiled modules.
    """
    found = {}
    for path in sorted(pyengine.rglob("*.py")):
        parts = path.relative_to(pyengine).with_suffix("").parts
        if path.name != "__init__.py" and not _NOT_TWINS & set(parts):
            found[".".join(parts)] = path
    return found


def module_sources(pyengine: Path, module: str) -> list[Path]:
    """List the `.py` of a module, its own `.pxd` and every `.pxd` that those cimport."""
    compiled = pyengine / "_compiled"
    pending, seen = [module], set()
    while pending:
        name = pending.pop()
        pxd = compiled.joinpath(*name.split(".")).with_suffix(".pxd")
        if pxd in seen or not pxd.is_file():
            continue
        seen.add(pxd)
        pending += _cimported(name, pxd.read_text(encoding="utf-8"))
    return [pyengine.joinpath(*module.split(".")).with_suffix(".py"), *sorted(seen)]


def source_hash(pyengine: Path, module: str) -> str:
    """Hash what `module` is compiled from: sha256 over each source's name and bytes."""
    digest = hashlib.sha256()
    for path in module_sources(pyengine, module):
        # Line endings may differ between a checkout and an installed copy.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(pyengine).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _cimported(module: str, pxd: str) -> list[str]:
    """Name the modules, relative to `pyengine._compiled`, that the text of a `.pxd` may cimport."""
    names = []
    package = module.split(".")[:-1]
    for source, imported, plain in _CIMPORT.findall(pxd):
        for name in plain.split(","):
            names.append(name.strip().split(" ")[0])
        if source:
            level = len(source) - len(source.lstrip("."))
            base = ".".join(package[: len(package) - level + 1]) if level else ""
            target = ".".join(part for part in (base, source.lstrip(".")) if part)
            # `from . cimport candles` names a module, `from .candles cimport Candle` a class.
            names += [target, *(f"{target}.{n.strip()}".lstrip(".") for n in imported.split(","))]
    return [name.removeprefix("pyengine._compiled.") for name in names if name]
