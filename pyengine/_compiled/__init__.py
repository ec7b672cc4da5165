"""The reference engine compiled by Cython: the same modules, from the same `.py` files.

Offers every name that `pyengine` offers, taken from the extension modules beside this file, and what
is known of the build.  Nothing is imported before it is asked for.
"""

from __future__ import annotations

import importlib
import json
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
        `version`, `python`, `cython`, `compiler`, `flags`, `modules` (name to sha256 of its sources)
        and `failed` (name to reason); empty where nothing was ever built.
    """
    try:
        record: dict[str, Any] = json.loads((_HERE / "_build_info.json").read_text(encoding="utf-8"))
    except OSError:
        return {}
    return record


def stale() -> list[str]:
    """Name the modules whose present source is not the one that was compiled.

    A module that was never compiled counts, and so does a compiled one whose source is gone.
    """
    compiled = build_info().get("modules", {})
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
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted({"build_info", "stale", *pyengine.EXPORTS})
