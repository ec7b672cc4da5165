"""The reference engine compiled by Cython: the same modules, from the same `.py` files.

Offers every name that `pyengine` offers, taken from the extension modules beside this file, and
what is known of the build.  Nothing is imported before it is asked for.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyengine

from ._sources import source_hash, twin_modules

_HERE = Path(__file__).resolve().parent
_PYENGINE = _HERE.parent


def build_info() -> dict[str, Any]:
    """Say how this package was compiled.

    Returns
    -------
    dict
        `backend`, `version`, `build`, `compiler`, `profile`, `source_hash` and `module_file` as
        every backend has them, `None` where nothing was compiled; `modules` maps the compiled
        modules to the hash of their sources, `failed` the others to the reason.
    """
    record = _record()
    modules: dict[str, str] = record.get("modules", {})
    engine = find_spec(f"{__name__}.event_engine") if modules else None
    return {
        "backend": "cython",
        "version": record.get("version"),
        "build": f"cython {record['cython']}, python {record['python']}" if modules else None,
        "compiler": " ".join([record["compiler"], *record["flags"]]) if modules else None,
        "profile": ("checked" if record.get("checked") else "release") if modules else None,
        "source_hash": _hash_of(modules) if modules else None,
        "module_file": engine.origin if engine else None,
        "modules": modules,
        "failed": record.get("failed", {}),
    }


def stale() -> list[str]:
    """Name the modules whose present source is not the one that was compiled.

    A module that was never compiled counts, and so does a compiled one whose source is gone.
    """
    compiled = _record().get("modules", {})
    present = {module: source_hash(_PYENGINE, module) for module in twin_modules(_PYENGINE)}
    return sorted(
        module
        for module in compiled.keys() | present.keys()
        if compiled.get(module) != present.get(module)
    )


def __getattr__(name: str) -> Any:
    module = pyengine.EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({"build_info", "stale", *pyengine.EXPORTS})


def _record() -> dict[str, Any]:
    """Read what the build left behind; empty where there was none."""
    try:
        text = (_HERE / "_build_info.json").read_text(encoding="utf-8")
    except OSError:
        return {}
    record: dict[str, Any] = json.loads(text)
    return record


def _hash_of(modules: dict[str, str]) -> str:
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(modules.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
