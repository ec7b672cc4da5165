"""Finds the places that a list names: definitions in Python and Rust, and tests of every backend.

`path:name` is a definition in a file. A name within a class is `Class.name` in Python; of a type,
`Type::name` in Rust, whether a function, a field or a variant. Nothing is imported or run.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

# The tuples of backends in the conftest files: a fixture that is made of one runs on all of them.
OF_ALL_BACKENDS = frozenset({"BACKENDS", "NAMES"})
_FUNCTIONS = ("function_item", "function_signature_item")
_ITEMS = (
    "struct_item", "enum_item", "trait_item", "type_item", "const_item", "static_item", "mod_item",
    "field_declaration", "enum_variant", "macro_definition", *_FUNCTIONS,
)  # fmt: skip
_OWNERS = ("struct_item", "enum_item", "trait_item", "impl_item")


@dataclass
class Definitions:
    """What a file defines: each name, and of functions the parameters with their defaults."""

    names: set[str] = field(default_factory=set)
    parameters: dict[str, dict[str, str | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Function:
    """A function of a test file: what it asks for, and whether it is made of all backends."""

    asks: tuple[str, ...]
    is_fixture: bool
    of_all: bool


@functools.cache
def definitions(path: Path) -> Definitions:
    """Read what a Python or Rust file defines."""
    found = Definitions()
    if path.suffix == ".rs":
        tree = Parser(Language(tree_sitter_rust.language())).parse(path.read_bytes())
        _read_rust(tree.root_node, "", found)
    else:
        _read_python(ast.parse(path.read_text(encoding="utf-8")).body, "", found)
    return found


def problem_of_place(root: Path, place: str) -> str | None:
    """Say what is wrong with `path:name`, or None."""
    name, _, qualname = place.partition(":")
    path = root / name
    if not path.is_file():
        return f"no file {name}"
    if qualname not in definitions(path).names:
        return f"{name} defines no {qualname}"
    return None


def parameters_of(root: Path, place: str) -> dict[str, str | None]:
    """Return the parameters of a function with their defaults as they are written."""
    name, _, qualname = place.partition(":")
    return definitions(root / name).parameters.get(qualname, {})


def runs_on_every_backend(root: Path, place: str) -> bool:
    """Tell whether pytest gives a test each backend, by the fixtures that it asks for."""
    name, _, qualname = place.partition(":")
    path = root / name
    known = dict(_functions(path))
    for folder in path.parents:
        if (folder / "conftest.py").is_file():
            for key, function in _functions(folder / "conftest.py").items():
                known.setdefault(key, function)
        if folder == root:
            break
    seen, asked = set[str](), list(known[qualname].asks)
    while asked:
        fixture = asked.pop()
        if fixture in seen or fixture not in known or not known[fixture].is_fixture:
            continue
        function = known[fixture]
        if function.of_all:
            return True
        seen.add(fixture)
        asked += function.asks
    return False


@functools.cache
def _functions(path: Path) -> dict[str, _Function]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    owned = [("", tree.body)]
    owned += [(f"{n.name}.", n.body) for n in tree.body if isinstance(n, ast.ClassDef)]
    found = {}
    for owner, body in owned:
        for node in body:
            if isinstance(node, ast.FunctionDef):
                asks = tuple(a.arg for a in [*node.args.args, *node.args.kwonlyargs])
                fixture = any("fixture" in ast.unparse(d) for d in node.decorator_list)
                named = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                of_all = bool(named & OF_ALL_BACKENDS)
                found[owner + node.name] = _Function(asks, fixture, of_all)
    return found


def _read_python(body: list[ast.stmt], owner: str, found: Definitions) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef):
            found.names.add(owner + node.name)
            _read_python(node.body, f"{owner}{node.name}.", found)
        elif isinstance(node, ast.FunctionDef):
            found.names.add(owner + node.name)
            found.parameters.setdefault(owner + node.name, dict(_python_parameters(node.args)))
            for inner in ast.walk(node):
                if _is_own_attribute(inner):
                    found.names.add(f"{owner}{inner.attr}")  # type: ignore[attr-defined]
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.names.update(owner + t.id for t in targets if isinstance(t, ast.Name))


def _is_own_attribute(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def _python_parameters(arguments: ast.arguments) -> Iterator[tuple[str, str | None]]:
    places = [*arguments.posonlyargs, *arguments.args]
    without = len(places) - len(arguments.defaults)
    for place, item in enumerate(places):
        default = None if place < without else ast.unparse(arguments.defaults[place - without])
        yield item.arg, default
    for item, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield item.arg, None if value is None else ast.unparse(value)


def _read_rust(node: Node, owner: str, found: Definitions) -> None:
    for item in node.named_children:
        name = _text(item, "name").removeprefix("r#")
        if item.type in _ITEMS and name:
            found.names.add(owner + name)
            if item.type in _FUNCTIONS:
                found.parameters.setdefault(owner + name, dict(_rust_parameters(item)))
        if item.type == "impl_item":
            name = _text(item, "type").split("<")[0]
        if item.type in _OWNERS:
            body = item.child_by_field_name("body")
            if body is not None:
                _read_rust(body, f"{name}::", found)
        elif item.type == "mod_item":
            body = item.child_by_field_name("body")
            if body is not None:
                _read_rust(body, "", found)


def _rust_parameters(node: Node) -> Iterator[tuple[str, str | None]]:
    listed = node.child_by_field_name("parameters")
    for item in listed.named_children if listed is not None else ():
        if item.type == "parameter":
            yield _text(item, "pattern").removeprefix("mut ").removeprefix("r#").lstrip("_"), None


def _text(node: Node, name: str) -> str:
    found = node.child_by_field_name(name)
    return found.text.decode() if found is not None and found.text is not None else ""
