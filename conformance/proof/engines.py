"""Loads several builds of the engines side by side in one process, each provably from its folder.

A worker refuses all twins; here, where parts are swapped, they have to stand beside each other.
The interpreted reference and the Rust engine are loaded as packages of other names, which they
allow as all their imports are relative.  The compiled reference knows its modules by their full
names, so that only one of it can be there, under its own.
"""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from ..client import BackendSpec

__all__ = ["CannotLoad", "Engines", "source_folder"]

_PACKAGE = {"python": "pyengine", "rust": "rsengine"}


class CannotLoad(RuntimeError):
    """A build cannot stand beside the others; the message says why."""


def source_folder(text: str) -> Path:
    """Find the folder of a backend's package: `python`, `rust@FOLDER` and so on.

    Raises
    ------
    CannotLoad
        There is none.
    """
    spec = BackendSpec(text)
    name = _PACKAGE.get(spec.backend, "pyengine")
    found = _installed(name)
    if spec.folder is not None:
        found = PathFinder.find_spec(name, [str(spec.folder)])
    if found is None or not found.submodule_search_locations:
        raise CannotLoad(
            f"{text}: there is no package {name} in {spec.folder or 'this environment'}"
        )
    return Path(next(iter(found.submodule_search_locations))).resolve()


@cache
def _installed(name: str) -> ModuleSpec | None:
    """Find an installed package; asked before any folder is put before it."""
    return find_spec(name)


class Engines:
    """The builds of one process.

    Use as a context: the copies that loading needs are taken away at its end.
    """

    def __init__(self) -> None:
        self._finder = _Aliases()
        self._copies = tempfile.TemporaryDirectory(
            prefix="fillproof-swap-", ignore_cleanup_errors=True
        )
        self._cython: str | None = None
        for name in _PACKAGE.values():
            _installed(name)

    def __enter__(self) -> Self:
        sys.meta_path.insert(0, self._finder)
        return self

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self._finder)
        # A library that is loaded cannot be removed everywhere; the system clears its folder then.
        self._copies.cleanup()

    def load(self, text: str, alias: str, replaced: Mapping[str, Path] | None = None) -> ModuleType:
        """Load a build under a name of its own.

        Parameters
        ----------
        text
            `python`, `cython`, `rust` or NAME@FOLDER.
        alias
            Name of the package in this process.
        replaced
            Of the interpreted reference: modules, such as `indicators.ema`, and the files to take
            in their place.

        Raises
        ------
        CannotLoad
            It is not there, or cannot stand beside what is loaded.
        """
        spec = BackendSpec(text)
        if spec.backend == "cython":
            return self._compiled(text, spec)
        folder = source_folder(text)
        if spec.backend == "rust":
            # One library is loaded once, whatever its module is called: a copy is another.
            folder = Path(shutil.copytree(folder, Path(self._copies.name) / alias))
        self._finder.replaced.update(
            {f"{alias}.{name}": path for name, path in (replaced or {}).items()}
        )
        package = _load_package(alias, folder)
        try:
            package.EventEngine  # noqa: B018  (loaded at its first use)
        except (ImportError, AttributeError) as error:
            raise CannotLoad(f"{text}: {error}") from error
        return package

    def _compiled(self, text: str, spec: BackendSpec) -> ModuleType:
        if self._cython not in (None, text):
            raise CannotLoad(
                f"{text} and {self._cython} cannot stand in one process: compiled modules know "
                "each other by their full names"
            )
        if self._cython is None and spec.folder is not None:
            sys.path.insert(0, str(spec.folder))
        self._cython = text
        try:
            package = importlib.import_module("pyengine._compiled")
            package.EventEngine  # noqa: B018
        except (ImportError, AttributeError) as error:
            raise CannotLoad(f"{text}: {error}") from error
        file = Path(str(package.__file__)).resolve()
        if spec.folder is not None and not file.is_relative_to(spec.folder):
            raise CannotLoad(f"{text}: {file} was loaded in its place")
        return package

    def modules(self, alias: str) -> dict[str, str]:
        """Show the files from which a package was loaded, for the proof.

        Raises
        ------
        CannotLoad
            A module of it comes from elsewhere.
        """
        package = sys.modules[alias]
        folder = Path(str(package.__file__)).resolve().parent
        found = {}
        for name, module in sorted(sys.modules.items()):
            if name != alias and not name.startswith(f"{alias}."):
                continue
            file = Path(str(getattr(module, "__file__", None))).resolve()
            expected = self._finder.replaced.get(name)
            if file != (expected or file) or (expected is None and not file.is_relative_to(folder)):
                raise CannotLoad(f"{name} was loaded from {file}, expected one of {folder}")
            found[name] = str(file)
        return found


class _Aliases:
    """Finds the modules that are to come from another file than their package's."""

    def __init__(self) -> None:
        self.replaced: dict[str, Path] = {}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002
        target: Any = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Give the module of the other file; leave all else to the finders that follow."""
        file = self.replaced.get(fullname)
        return None if file is None else spec_from_file_location(fullname, file)


def _load_package(alias: str, folder: Path) -> ModuleType:
    spec = spec_from_file_location(
        alias, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise CannotLoad(f"{folder} is no package")
    package = module_from_spec(spec)
    sys.modules[alias] = package
    try:
        spec.loader.exec_module(package)
    except (ImportError, AttributeError, OSError) as error:
        del sys.modules[alias]
        raise CannotLoad(f"{folder}: {error}") from error
    return package
