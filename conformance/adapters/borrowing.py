"""Whether a foreign candidate leans on the very engine that it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..isolation import family

__all__ = ["borrowed"]

_FOREIGN = ("adapter", "callable")


def borrowed(proof: Mapping[str, Any], backend: str) -> list[str]:
    """Name the modules of a backend that a foreign candidate has loaded.

    A function that calls the reference agrees with it, and proves nothing.

    Parameters
    ----------
    proof
        What the candidate showed of itself.
    backend
        The reference's backend.

    Examples
    --------
    >>> proof = {"backend": "callable", "modules": {"mine": "", "pyengine.exits": ""}}
    >>> borrowed(proof, "python"), borrowed(proof, "rust")
    (['pyengine.exits'], [])
    """
    if proof.get("backend") not in _FOREIGN:
        return []
    return [name for name in proof.get("modules", {}) if family(name) == backend]
