"""What can be known of a backend before it is used, and whether it is what it claims to be.

A backend counts as present only if the file that would run proves it: the Rust engine by its
compiled module (a folder named ``rsengine`` is not enough), the compiled reference by extension
modules.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import Any

from fillproof.errors import ConfigError
from fillproof.staleness import rust_source_hash

#: In order of preference.
NAMES = ("rust", "cython", "python")
PACKAGES = {"rust": "rsengine", "cython": "pyengine._compiled", "python": "pyengine"}
_ROOT = Path(__file__).resolve().parent.parent
_WITNESSES = {
    "rust": "rsengine._rsengine",
    "cython": "pyengine._compiled.event_engine",
    "python": "pyengine.event_engine",
}


@dataclass(frozen=True)
class Status:
    """What is known of one backend before anything of it is used.

    Attributes
    ----------
    name : str
        ``"rust"``, ``"cython"`` or ``"python"``.
    state : str
        ``"ok"``, ``"absent"``, ``"stale"``, ``"version"`` (another release) or ``"broken"``.
    detail : str
        What was found, in words.
    cure : str
        The command that puts it right; empty where nothing is wrong.
    info : dict
        The build's record: backend, version, build, compiler, profile, source_hash, module_file,
        rules_version.
    """

    name: str
    state: str
    detail: str
    cure: str = ""
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the backend can be used."""
        return self.state == "ok"


def in_checkout() -> bool:
    """Tell whether this package runs from a checkout of the sources."""
    return (_ROOT / "setup.py").is_file() and (_ROOT / "rsengine" / "crates").is_dir()


def cure_of(name: str, *, version: bool = False) -> str:
    """Name the command that installs or rebuilds a backend."""
    if in_checkout():
        return "uv sync" if name == "rust" else "python setup.py build_ext --inplace"
    if name == "rust":
        return f'python -m pip install {"--upgrade " if version else ""}"fillproof[rust]"'
    # A compiler is what was missing when the wheel that is here was made.
    return "python -m pip install --force-reinstall --no-cache-dir --no-binary fillproof fillproof"


def status(name: str) -> Status:
    """Examine one backend, without making it the one in use.

    Parameters
    ----------
    name : str
        ``"rust"``, ``"cython"`` or ``"python"``.

    Returns
    -------
    Status
        Never raises for a backend that is merely absent or broken.

    Raises
    ------
    ConfigError
        The name is none of the three (``BACKEND_UNKNOWN``).

    Examples
    --------
    >>> status("python").ok
    True
    """
    check_name(name)
    try:
        present, why = _present(name)
        if not present:
            return Status(name, "absent", why, cure_of(name))
        namespace = importlib.import_module(PACKAGES[name])
        info = info_of(name, namespace)
        ours = own_version()
        if info["version"] not in (None, ours):
            detail = f"its version is {info['version']}, that of fillproof is {ours}"
            return Status(name, "version", detail, cure_of(name, version=True), info)
        late = _stale(name, namespace, info)
        if late:
            return Status(name, "stale", late, cure_of(name), info)
    except Exception as error:  # noqa: BLE001 - a broken build may fail in any way
        return Status(name, "broken", f"{type(error).__name__}: {error}", cure_of(name))
    return Status(name, "ok", str(info["module_file"]), "", info)


def info_of(name: str, namespace: ModuleType) -> dict[str, Any]:
    """Bring a backend's own record into the form that is the same for all."""
    record: dict[str, Any] = (
        dict(namespace.build_info()) if hasattr(namespace, "build_info") else {}
    )
    keys = ("version", "build", "compiler", "profile", "source_hash")
    return {
        **record,
        "backend": name,
        **{key: record.get(key) for key in keys},
        "module_file": str(record.get("module_file") or _witness(name) or ""),
        "rules_version": _rules_version(),
    }


@cache
def _rules_version() -> int:
    """Name the version of the rules that this release follows."""
    return int(importlib.import_module("fillproof.golden").rules_version())


def check_name(name: str) -> None:
    """Refuse a name that is no backend's (``BACKEND_UNKNOWN``)."""
    if name not in NAMES:
        raise ConfigError(
            f"backend is {name!r}; expected one of {', '.join(NAMES)}",
            code="BACKEND_UNKNOWN",
            field="backend",
            value=name,
            expected=", ".join(NAMES),
        )


def crates() -> Path:
    """Name the folder of the Rust sources of a checkout."""
    return _ROOT / "rsengine" / "crates"


def own_version() -> str:
    """Name the version of this package, which that of a backend has to be."""
    from fillproof import __version__

    return __version__


def _witness(name: str) -> str | None:
    """Return the file that shows the backend to be what it claims."""
    module = _WITNESSES[name]
    loaded = sys.modules.get(module)
    if loaded is not None:
        return getattr(loaded, "__file__", None)
    spec = importlib.util.find_spec(module)
    return spec.origin if spec is not None else None


def _present(name: str) -> tuple[bool, str]:
    try:
        file = _witness(name)
    except ModuleNotFoundError as error:
        # Only a missing module of the backend itself is absence; any other is a broken build.
        if (error.name or "").split(".")[0] in {"rsengine", "pyengine"}:
            return False, f"no module {error.name}"
        raise
    if file is None:
        return False, f"no module {_WITNESSES[name]}"
    compiled = file.endswith(tuple(EXTENSION_SUFFIXES))
    if name == "python":
        return not compiled, f"{file} is not Python source" if compiled else ""
    return compiled, "" if compiled else f"{file} is not a compiled module"


def _stale(name: str, namespace: ModuleType, info: dict[str, Any]) -> str:
    """Say in words what is out of date; empty if nothing is."""
    if name == "cython":
        late = namespace.stale()
        if late:
            return "not compiled from the present sources: " + ", ".join(late)
        for module, loaded in list(sys.modules.items()):
            file = getattr(loaded, "__file__", None) or ""
            package = file.endswith("__init__.py") or module.rsplit(".", 1)[-1].startswith("_")
            inside = module.startswith("pyengine._compiled.") and not package
            if inside and not file.endswith(tuple(EXTENSION_SUFFIXES)):
                return f"{module} was loaded from {file}, which is not compiled"
    if name == "rust" and in_checkout():
        present = rust_source_hash(crates())
        if info.get("source_hash") not in (None, present):
            return f"built from sources {info['source_hash']}, the present ones are {present}"
    return ""
