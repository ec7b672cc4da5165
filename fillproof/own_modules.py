"""Strategies that a user compiled in Rust: each runs in the engine inside its own module.

Such a module is a whole Rust backend. Its strategies name it, so that a run takes it in place of
the installed one.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from fillproof import backends, discovery
from fillproof.errors import BackendUnavailable
from fillproof.staleness import rust_source_hash

__all__ = ["behind", "resolve"]

# How far an engine looks for what belongs to a strategy (L3).
_LINKS = 8


def resolve(backend: str | None, strategy: Any) -> tuple[str, ModuleType]:
    """Return name and namespace for a ``backend=`` argument and the strategy beside it.

    Raises
    ------
    BackendUnavailable
        ``BACKEND_UNAVAILABLE``: the strategy is compiled, and another backend was asked for; its
        module is of another version, or older than the sources of this checkout.

    Examples
    --------
    >>> resolve("python", print)[0]
    'python'
    """
    named = _named(strategy)
    if named is None:
        return backends.resolve(backend)
    return "rust", _module(strategy, named, backend or "rust")


def behind(strategy: Any, engine: Any) -> Any:
    """Return the module that a strategy was compiled into, else the engine that was given.

    Raises
    ------
    BackendUnavailable
        As `resolve`.

    Examples
    --------
    >>> import pyengine
    >>> behind(print, pyengine).__name__
    'pyengine'
    """
    named = _named(strategy)
    if named is None:
        return engine
    return _module(strategy, named, str(engine.build_info()["backend"]))


def _named(strategy: Any) -> str | None:
    """Name the module of the first link that has one."""
    link = strategy
    for _ in range(_LINKS):
        named = getattr(link, "__fillproof_backend__", None)
        if isinstance(named, str):
            return named
        link = getattr(link, "strategy", None)
    return None


def _module(strategy: Any, named: str, backend: str) -> ModuleType:
    what = f"{type(strategy).__name__} is compiled in Rust, into the module {named}"
    if backend != "rust":
        raise _unavailable(f"{what}, and backend is {backend!r}", backend, "rust, or None")
    module = importlib.import_module(named)
    info = module.build_info()
    ours = discovery.own_version()
    if info["version"] != ours:
        told = f"{what} with version {info['version']} of the engine; that of fillproof is {ours}"
        raise _unavailable(told, named, f"the module built anew, with version {ours}")
    if discovery.in_checkout():
        present = rust_source_hash(discovery.crates())
        if info["source_hash"] != present:
            told = f"{what}, from other sources of the engine than the present ones"
            raise _unavailable(told, named, "the module built anew")
    return module


def _unavailable(told: str, value: str, expected: str) -> BackendUnavailable:
    return BackendUnavailable(
        f"{told}; expected {expected}",
        code="BACKEND_UNAVAILABLE",
        field="backend",
        value=value,
        expected=expected,
    )
