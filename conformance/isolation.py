"""No backend leans on its twin: a process of one backend cannot import a module of another.

A finder at the head of `sys.meta_path` refuses the other backends' modules by name, and afterwards
the modules that were really loaded are shown with their files.  Flags are not trusted: a library
beside a source file wins an import silently.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["BACKENDS", "RefuseTwins", "engine_module", "family", "proof"]

BACKENDS = {"python": "pyengine", "cython": "pyengine._compiled", "rust": "rsengine"}
"""Name of each backend and the package that offers its classes."""


def engine_module(backend: str) -> str:
    """Name the package of a backend.

    Raises
    ------
    ValueError
        There is no such backend.

    Examples
    --------
    >>> engine_module("cython")
    'pyengine._compiled'
    """
    if backend not in BACKENDS:
        raise ValueError(f"unknown backend {backend!r}; expected one of {', '.join(BACKENDS)}")
    return BACKENDS[backend]


def family(module: str) -> str | None:
    """Name the backend that a module belongs to; None for all other modules.

    The package `pyengine` itself holds no code of an engine, only the table of public names; the
    compiled engine lies below it and has to import it.

    Examples
    --------
    >>> family("pyengine._compiled.execution"), family("pyengine.execution"), family("pyengine")
    ('cython', 'python', None)
    """
    if module == "pyengine":
        return None
    for backend in ("cython", "python", "rust"):
        package = BACKENDS[backend]
        if module == package or module.startswith(f"{package}."):
            return backend
    return None


class RefuseTwins(MetaPathFinder):
    """Refuses to import what belongs to another backend than `backend`.

    Parameters
    ----------
    backend
        The one backend that may be loaded.

    Examples
    --------
    >>> RefuseTwins("rust").find_spec("pyengine.execution")
    Traceback (most recent call last):
    ImportError: pyengine.execution belongs to backend python; this process runs rust alone
    >>> RefuseTwins("rust").find_spec("rsengine._rsengine") is None
    True
    """

    def __init__(self, backend: str) -> None:
        engine_module(backend)
        self.backend = backend
        self.refused: list[str] = []

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Raise for a twin's module, leave all others to the finders that follow."""
        owner = family(fullname)
        # Rust has no use even for pyengine's table of names.
        if fullname == "pyengine" and self.backend == "rust":
            owner = "python"
        if owner is None or owner == self.backend:
            return None
        self.refused.append(fullname)
        raise ImportError(
            f"{fullname} belongs to backend {owner}; this process runs {self.backend} alone",
            name=fullname,
        )

    def install(self) -> RefuseTwins:
        """Put this finder first; nothing of a twin may have been loaded before.

        Raises
        ------
        ImportError
            A module of another backend is already there.
        """
        early = [name for name in sys.modules if family(name) not in {None, self.backend}]
        if early:
            raise ImportError(f"loaded before the guard: {', '.join(sorted(early))}")
        sys.meta_path.insert(0, self)
        return self


def proof(backend: str, engine: Any) -> dict[str, Any]:
    """Gather what shows that `backend`, and nothing else, is loaded.

    Returns
    -------
    dict
        `backend`, `modules` (each loaded module of an engine and its file), `engine_class` (module
        of EventEngine), `build` (what build_info says) and `faults`, empty where all is well.

    Notes
    -----
    A backend is itself when every loaded module is its own, EventEngine comes from one of them, and
    the files are of the right kind: sources for python, libraries for the other two.
    """
    # Asked for first: an engine loads its modules only when something of them is used.
    engine_class = str(engine.EventEngine.__module__)
    modules = {
        name: str(getattr(module, "__file__", None))
        for name, module in sorted(sys.modules.items())
        if family(name) is not None
    }
    faults = [
        f"{name} of backend {family(name)} is loaded" for name in modules if family(name) != backend
    ]
    if family(engine_class) != backend:
        faults.append(f"EventEngine comes from {engine_class}")
    faults += _wrong_kinds(backend, modules, engine_class)
    build = dict(engine.build_info())
    if build.get("backend", backend) != backend:
        faults.append(f"build_info() says backend {build['backend']!r}")
    return {
        "backend": backend,
        "modules": modules,
        "engine_class": engine_class,
        "build": build,
        "faults": faults,
    }


def _wrong_kinds(backend: str, modules: dict[str, str], engine_class: str) -> list[str]:
    libraries = (".so", ".pyd", ".dylib")
    if backend == "python":
        wrong = {name: file for name, file in modules.items() if file.endswith(libraries)}
        return [f"{name} is the library {file}, not a source" for name, file in wrong.items()]
    package = engine_module(backend)
    loaded = [name for name, file in modules.items() if file.endswith(libraries)]
    if not loaded:
        return [f"no library of {package} is loaded"]
    if backend == "cython" and engine_class not in loaded:
        return [f"{engine_class} is not compiled"]
    return []
