"""Holds the twins against each other: modules, public functions, parameters, and their order.

`pyengine/X.py` and `rsengine/crates/engine/src/X.rs` have the same public functions and methods,
with the same parameter names in the same order, and in the same order within the file.  Left out
are what tells a value and does nothing (properties, functions without parameters) and constructors:
the languages differ there by their nature.  What else differs stands in mirror_allowed.toml with
its reason; an entry that allows nothing any more is a fault, too.  Python is read with `ast`, Rust
with tree-sitter; neither is run.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "pyengine"
RUST = "rsengine/crates/engine/src"
ALLOWED = Path(__file__).with_name("mirror_allowed.toml")
# Idioms of Rust for what Python's data model does without a name.
IDIOMS = frozenset({"new", "parse", "get"})


@dataclass
class Module:
    """The functions of a module: qualified name -> parameter names, in order of the file.

    A private function is named without its underscore; `public` tells which are not.
    """

    functions: dict[str, list[str]] = field(default_factory=dict)
    public: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Allowed:
    """Differences that are meant, as mirror_allowed.toml lists them."""

    modules: dict[str, str]
    functions: dict[str, str]
    parameters: dict[str, str]


def main() -> int:
    """Print what differs; zero if nothing does that is not allowed."""
    problems = list(check(ROOT, load_allowed(ALLOWED)))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def load_allowed(path: Path) -> Allowed:
    """Read the list of allowed differences."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    return Allowed(
        document.get("modules", {}), document.get("functions", {}), document.get("parameters", {})
    )


def check(root: Path, allowed: Allowed) -> Iterator[str]:
    """Compare all modules of the twins."""
    python = {name: read_python(path) for name, path in _modules(root / PYTHON, ".py")}
    rust = {name: read_rust(path) for name, path in _modules(root / RUST, ".rs")}
    used: set[str] = set()
    for name in sorted(python.keys() ^ rust.keys()):
        # A folder's entry covers the modules in it.
        key = _allowed(name, allowed.modules, used)
        key = key or _allowed(name.partition("/")[0], allowed.modules, used)
        if key is None:
            there, absent = (PYTHON, RUST) if name in python else (RUST, PYTHON)
            yield f"{name}: a module of {there}, not of {absent}"
    for name in sorted(python.keys() & rust.keys()):
        if _allowed(name, allowed.modules, used) is None:
            yield from _compare(name, python[name], rust[name], allowed, used)
    listed = {**allowed.modules, **allowed.functions, **allowed.parameters}
    for key in sorted(listed.keys() - used):
        yield f"{ALLOWED.name}: {key} is allowed, and differs no more"


def _compare(
    name: str, python: Module, rust: Module, allowed: Allowed, used: set[str]
) -> Iterator[str]:
    # What is public in one must be there in the other, where it may be private.
    missing = (python.public - rust.functions.keys()) | (rust.public - python.functions.keys())
    for function in sorted(missing):
        key = f"{name}.{function}"
        if _allowed(key, allowed.functions, used) is None:
            there, absent = (
                ("Python", "Rust") if function in python.functions else ("Rust", "Python")
            )
            yield f"{key}: in {there}, not in {absent}"
    common = [function for function in python.functions if function in rust.functions]
    for function in common:
        ours, theirs = python.functions[function], rust.functions[function]
        if function not in python.public | rust.public:
            continue
        key = f"{name}.{function}"
        if ours != theirs and _allowed(key, allowed.parameters, used) is None:
            yield f"{key}: ({', '.join(ours)}) in Python, ({', '.join(theirs)}) in Rust"
    shared = python.public & rust.public
    ours_first = [function for function in python.functions if function in shared]
    theirs_first = [function for function in rust.functions if function in shared]
    for here, there in zip(ours_first, theirs_first, strict=True):
        if here != there:
            key = f"{name}: order"
            if _allowed(key, allowed.functions, used) is None:
                yield f"{key}: {here} comes next in Python, {there} in Rust"
            break


def _allowed(key: str, listed: dict[str, str], used: set[str]) -> str | None:
    """Find the entry that allows a difference: itself, or a pattern such as `module.Class.*`."""
    parts = key.split(".")
    patterns = [key, *(".".join(parts[:end]) + ".*" for end in range(len(parts) - 1, 0, -1))]
    for pattern in patterns:
        if pattern in listed:
            used.add(pattern)
            return pattern
    return None


def _modules(folder: Path, suffix: str) -> Iterator[tuple[str, Path]]:
    """Name the modules of a folder: a package by its folder, `lib` and tests left out."""
    for path in sorted(folder.rglob(f"*{suffix}")):
        relative = path.relative_to(folder).with_suffix("")
        parts = list(relative.parts)
        if parts[-1] in {"__init__", "mod", "lib"} or {"tests", "_compiled"} & set(parts):
            continue
        yield "/".join(parts), path


def read_python(path: Path) -> Module:
    """Read the public functions of a Python module."""
    module = Module()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            _take(module, "", node.name, _python_parameters(node.args), node.name[0] != "_")
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and not _is_setter(item):
                    found = _python_parameters(item.args)
                    _take(module, f"{node.name}.", item.name, found, item.name[0] != "_")
    return module


def _take(module: Module, owner: str, name: str, parameters: list[str], public: bool) -> None:
    plain = owner + name.removeprefix("_")
    if parameters and not name.startswith("__") and name not in IDIOMS:
        module.functions[plain] = parameters
        if public:
            module.public.add(plain)


def _is_setter(function: ast.FunctionDef) -> bool:
    return any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in function.decorator_list)


def _python_parameters(arguments: ast.arguments) -> list[str]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [item.arg for item in named if item.arg not in {"self", "cls"}]


def read_rust(path: Path) -> Module:
    """Read the public functions of a Rust module: its own, and those of its types' own impls."""
    tree = Parser(Language(tree_sitter_rust.language())).parse(path.read_bytes())
    module = Module()
    for node in tree.root_node.children:
        if node.type == "function_item":
            _take(module, "", _text(node, "name"), _rust_parameters(node), _is_pub(node))
        elif node.type == "impl_item" and node.child_by_field_name("trait") is None:
            owner = _text(node, "type").split("<")[0]
            body = node.child_by_field_name("body")
            for item in body.children if body else ():
                if item.type == "function_item":
                    found = _rust_parameters(item)
                    _take(module, f"{owner}.", _text(item, "name"), found, _is_pub(item))
    return module


def _is_pub(node: Node) -> bool:
    # pub(crate) is as private as an underscore.
    return any(
        child.type == "visibility_modifier" and child.text == b"pub" for child in node.children
    )


def _text(node: Node, name: str) -> str:
    found = node.child_by_field_name(name)
    return found.text.decode() if found is not None and found.text is not None else ""


def _rust_parameters(node: Node) -> list[str]:
    found = node.child_by_field_name("parameters")
    return [
        _text(item, "pattern").removeprefix("mut ").lstrip("_")
        for item in (found.children if found else ())
        if item.type == "parameter"
    ]


if __name__ == "__main__":
    sys.exit(main())
