"""Which backend is in use, and how it is chosen.

One that is there but out of date is an error with a cure, never a reason to take another in
silence. What is known of each is found by `fillproof.discovery`.
"""

from __future__ import annotations

import importlib
import os
import warnings
from types import ModuleType
from typing import Any

from fillproof.discovery import NAMES, PACKAGES, Status, check_name, cure_of, info_of, status
from fillproof.errors import BackendChosen, BackendUnavailable

__all__ = [
    "NAMES",
    "VARIABLE",
    "Status",
    "build_info",
    "chosen",
    "chosen_name",
    "hold",
    "info_of",
    "load",
    "resolve",
    "status",
    "use",
]

#: The environment variable that names a backend.
VARIABLE = "FILLPROOF_BACKEND"
_WORDS = {
    "absent": "not installed",
    "stale": "out of date",
    "version": "of another version",
    "broken": "installed but does not load",
}

_chosen: str | None = None
_handed_out: str | None = None
_loaded: dict[str, ModuleType] = {}


def load(name: str) -> ModuleType:
    """Return the namespace of a backend, or say what to do about it.

    Parameters
    ----------
    name : str
        ``"rust"``, ``"cython"`` or ``"python"``.

    Returns
    -------
    module
        It offers the same names on every backend.

    Raises
    ------
    BackendUnavailable
        ``BACKEND_UNAVAILABLE``, with the cure.
    ConfigError
        The name is none of the three (``BACKEND_UNKNOWN``).

    Examples
    --------
    >>> load("python").__name__
    'pyengine'
    """
    if name in _loaded:
        return _loaded[name]
    found = status(name)
    if not found.ok:
        raise BackendUnavailable(
            f"backend {name!r} is {_WORDS[found.state]}: {found.detail}; cure: {found.cure}",
            code="BACKEND_UNAVAILABLE",
            field="backend",
            value=name,
            expected=found.cure,
        )
    if found.info.get("profile") == "debug":
        warnings.warn(
            f"backend {name!r} is a debug build: right, but many times slower; "
            f"rebuild it: {found.cure or cure_of(name)}",
            RuntimeWarning,
            stacklevel=3,
        )
    _loaded[name] = importlib.import_module(PACKAGES[name])
    return _loaded[name]


def hold(name: str, namespace: ModuleType) -> None:
    """Take a namespace that is loaded already for a backend, and choose it for the whole process.

    For processes that run another build than the installed one on purpose.
    """
    global _chosen, _handed_out  # noqa: PLW0603 - the choice is one for the whole process
    check_name(name)
    _loaded[name] = namespace
    _chosen = _handed_out = name


def use(name: str) -> None:
    """Choose the backend behind ``from fillproof import ...``; see `fillproof.use`."""
    global _chosen  # noqa: PLW0603 - the choice is one for the whole process
    check_name(name)
    if _handed_out is not None and _handed_out != name:
        raise BackendChosen(
            f"backend {_handed_out!r} is in use since its first class was handed out; {name!r} "
            "came too late: call fillproof.use() before the first import of a class, or name the "
            f"backend outright: fillproof.{name}",
            code="BACKEND_CHOSEN",
            field="backend",
            value=name,
            expected=_handed_out,
        )
    load(name)
    _chosen = name


def chosen_name() -> str:
    """Name the backend in use, or the one that would be, without settling it.

    Raises
    ------
    BackendUnavailable
        The one asked for, or the preferred one that is there, cannot be used.
    """
    if _chosen is not None:
        return _chosen
    asked = os.environ.get(VARIABLE, "")
    if asked:
        load(asked)
        return asked
    for name in NAMES:
        # Absent is a fact, out of date is a fault: only the former lets the next one in.
        if status(name).state != "absent":
            load(name)
            return name
    raise AssertionError("Invariant: the plain reference is always there")


def chosen() -> ModuleType:
    """Return the backend in use and settle the choice."""
    global _chosen, _handed_out  # noqa: PLW0603 - the choice is one for the whole process
    _chosen = _handed_out = chosen_name()
    return load(_chosen)


def resolve(backend: str | None) -> tuple[str, ModuleType]:
    """Return name and namespace for a ``backend=`` argument; None is the one in use."""
    if backend is None:
        namespace = chosen()
        return chosen_name(), namespace
    return backend, load(backend)


def build_info(backend: str | None = None) -> dict[str, Any]:
    """Say how a backend was built.

    Parameters
    ----------
    backend : str, optional
        Its name; the one in use by default.

    Returns
    -------
    dict
        backend, version, build, compiler, profile, source_hash, module_file, rules_version (of the
        rules in force, see ``docs/rule-changes.md``), and what else the backend's own record holds.

    Examples
    --------
    >>> build_info("python")["backend"]
    'python'
    """
    name, namespace = resolve(backend)
    return info_of(name, namespace)
