"""Pins: who made something, of what, and the digest of every part of it.

A pin is JSON with a digest over all its other values, so that an edit by hand is noticed.  Whoever
wants to deceive can make a new digest; running again is what convinces.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fillproof import __version__, canonical_json

from ..isolation import family
from ..wire import plain
from .question import digest_of
from .sources import file_digest

__all__ = [
    "REFERENCE",
    "engine_digest",
    "in_ci",
    "made_by",
    "read_pin",
    "role_of",
    "seal",
    "write_pin",
]

REFERENCE = "python"
"""The backend that is taken as right where nothing else is said."""


def role_of(backend: str, reference: str = REFERENCE) -> str:
    """Say whether a backend is the reference or a candidate; a build of its own folder is another.

    Examples
    --------
    >>> role_of("python"), role_of("rust"), role_of("python@patched")
    ('reference', 'candidate', 'candidate')
    """
    return "reference" if backend == reference else "candidate"


def made_by(label: str, proof: Mapping[str, Any], reference: str = REFERENCE) -> dict[str, Any]:
    """Describe who made something from the proof of identity that a worker gave after the run."""
    build = {key: value for key, value in (proof.get("build") or {}).items() if value is not None}
    # Where it lay on the machine is nobody's business, and differs on every other one.
    build.pop("module_file", None)
    return {
        "backend": label,
        "role": role_of(label, reference),
        "fillproof": __version__,
        "build": plain(build),
        "engine": engine_digest(proof),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def engine_digest(proof: Mapping[str, Any]) -> str:
    """Hash all files of the engine that ran: the sources of python, the libraries of the others.

    Not only those that happened to be loaded, so that one build has one digest.
    """
    backend = proof.get("backend")
    roots = {
        path.parents[name.count(".") - (path.name != "__init__.py")]
        for name, file in (proof.get("modules") or {}).items()
        if family(name) == backend and (path := Path(file)).is_file()
    }
    endings = {".py"} if backend == "python" else {".so", ".pyd", ".dylib"}
    # The compiled engine lies in a folder of the plain one.
    aside = {"tests", "_compiled"} if backend == "python" else {"tests"}
    found = {
        path.relative_to(root).as_posix(): file_digest(path)
        for root in roots
        for path in root.rglob("*")
        if path.suffix in endings and not aside.intersection(path.relative_to(root).parts[:-1])
    }
    return digest_of(found)


def seal(values: Mapping[str, Any]) -> dict[str, Any]:
    """Add `seal`, the digest of everything else.

    Examples
    --------
    >>> sealed = seal({"a": 1})
    >>> sealed == seal(sealed), sealed == seal({"a": 2})
    (True, False)
    """
    kept = {name: value for name, value in values.items() if name != "seal"}
    return {**kept, "seal": digest_of(kept)}


def write_pin(path: Path, values: Mapping[str, Any]) -> None:
    """Write a sealed pin as canonical JSON."""
    path.write_text(canonical_json.dumps(seal(values)), encoding="utf-8", newline="\n")


def read_pin(path: Path, schema: str) -> dict[str, Any]:
    """Read a pin of a schema and check its seal.

    Raises
    ------
    ValueError
        It is no such pin, of a later version, or was changed after it was sealed.
    OSError
        It cannot be read.
    """
    try:
        pin = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: no JSON: {error}") from None
    if not isinstance(pin, dict):
        raise ValueError(f"{path}: no JSON object; expected {schema!r}")  # noqa: TRY004
    told = pin.get("schema")
    if told != schema or pin.get("version") != 1:
        raise ValueError(f"{path}: schema {told!r}; expected {schema!r}, version 1")
    if seal(pin) != pin:
        raise ValueError(f"{path}: was changed after it was sealed")
    return pin


def in_ci() -> bool:
    """Tell whether this runs in continuous integration, which sets the variable CI."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}
