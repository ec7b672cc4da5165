"""Which source files a strategy is made of: its module and what that imports of the user's own.

Imports are read from the source, those inside functions and behind conditions included, and
followed from file to file; nothing is executed.  Modules of the standard library, of installed
packages and of Fillproof itself are left out.  What a program imports by a computed name, and the
data files that it reads, cannot be seen so; a run adds the modules that were loaded in the end.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

__all__ = ["file_digest", "first_party", "is_first_party", "loaded_first_party", "sources_of"]

_OURS = frozenset({"fillproof", "pyengine", "rsengine"})
_INSTALLED = frozenset({"site-packages", "dist-packages"})


def file_digest(path: Path) -> str:
    """Hash the bytes of a file: BLAKE2b of 32 bytes as hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=32)).hexdigest()


def sources_of(
    entry: Path, folder: Path, *, name: str | None = None, loaded: bool = False
) -> list[dict[str, str]]:
    """List the user's own modules behind a strategy, each with the digest of its file.

    Parameters
    ----------
    entry
        The file of the strategy's module.
    folder
        Where modules are looked for; files inside are named relative to it.
    name
        Full name of the strategy's module, where it lies in a package.
    loaded
        Add the modules of the user's own that this process has loaded by now.

    Returns
    -------
    list of dict
        `name`, `file`, `digest`, `found` (`import` or `loaded`), sorted by name.
    """
    found = first_party(entry, folder, name=name)
    rows = {module: (path, "import") for module, path in found.items()}
    if loaded:
        known = {path for path, _ in rows.values()}
        for module, path in loaded_first_party().items():
            if path not in known:
                rows.setdefault(module, (path, "loaded"))
    return [
        {
            "name": module,
            "file": _relative(path, folder),
            "digest": file_digest(path),
            "found": how,
        }
        for module, (path, how) in sorted(rows.items())
    ]


def first_party(entry: Path, folder: Path, *, name: str | None = None) -> dict[str, Path]:
    """Follow the import statements from a file; give each module of the user's own and its file."""
    entry = entry.resolve()
    # As at run time, where the folders of job and file come first.
    path = list(dict.fromkeys([str(entry.parent), str(folder.resolve()), *sys.path]))
    found = {name or entry.stem: entry}
    waiting = [(name or entry.stem, entry)]
    while waiting:
        module, file = waiting.pop()
        if file.suffix != ".py":
            continue
        for wanted in sorted(_imports(module, file)):
            for part, origin in _resolve(wanted, path):
                if part not in found and is_first_party(part, origin):
                    found[part] = origin
                    waiting.append((part, origin))
    return found


def loaded_first_party() -> dict[str, Path]:
    """Give the modules of the user's own that this process has loaded, and their files."""
    found = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name != "__main__" and isinstance(file, str) and Path(file).is_file():
            path = Path(file).resolve()
            if is_first_party(name, path):
                found[name] = path
    return found


def is_first_party(name: str, path: Path) -> bool:
    """Tell whether a module is the user's own: neither installed, nor Python's, nor Fillproof's."""
    if name.partition(".")[0] in _OURS or _INSTALLED.intersection(path.parts):
        return False
    return not any(path.is_relative_to(place) for place in _library())


def _library() -> Iterator[Path]:
    for key in ("stdlib", "platstdlib"):
        yield Path(sysconfig.get_path(key)).resolve()


def _imports(module: str, file: Path) -> set[str]:
    """Name what the source of a module imports, absolute; a source with errors names nothing."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return set()
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            if base:
                # What is imported from a package may be a module of it.
                names.update([base, *(f"{base}.{alias.name}" for alias in node.names)])
    return names


def _resolve(name: str, path: list[str]) -> Iterator[tuple[str, Path]]:
    """Find the files of a module and of the packages above it, without importing any."""
    places: Iterable[str] = path
    parts = name.split(".")
    if parts[0] in _OURS or parts[0] in sys.stdlib_module_names:
        return
    for depth in range(1, len(parts) + 1):
        part = ".".join(parts[:depth])
        spec = PathFinder.find_spec(part, list(places))
        if spec is None and depth == 1:
            spec = _by_any_finder(part)
        if spec is None:
            return
        if spec.origin and spec.has_location:
            yield part, Path(spec.origin).resolve()
        if spec.submodule_search_locations is None:
            return
        places = list(spec.submodule_search_locations)


def _by_any_finder(name: str) -> Any:
    """Ask the other finders, too, such as those of packages installed for editing."""
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None


def _relative(path: Path, folder: Path) -> str:
    folder = folder.resolve()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
