"""The page of public names: ``python -m fillproof.public_names`` writes docs/public-names.md.

It is made of the table of signatures, so it says what the tests hold every backend to. With
``--check`` it only compares. It reads the sources, so it runs in a checkout alone.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fillproof import errors
from fillproof.signatures import load

if TYPE_CHECKING:
    from inspect import Signature

    from fillproof.signatures import Entry

COMMAND = "python -m fillproof.public_names"
ROOT = Path(__file__).resolve().parents[1]
PAGE = "docs/public-names.md"
_CRATE = "rsengine/crates/engine/src"

_HEAD = f"""# Public names

Made of `fillproof/signatures.toml` by `{COMMAND}`. The tests call every
name on every backend as it stands here, and as it does not.

The *boundary* says which way a thing goes: *input* from you to an engine (also what an engine hands
to a strategy to look at), *output* from an engine to you, *internal* what an engine does by itself.
The *twin* of a module of the reference is the file of the same name in the Rust engine.
"""

#: Title, text, and which entries stand under it.
_SECTIONS = (
    ("Classes", "Of every backend: `from fillproof import ...` takes them from the one in use."),
    ("Values", "Frozen, compared by their fields, pickled; the same on every backend."),
    ("Functions of the backends", "Also of every backend."),
    ("Of no backend", "What runs, loads, shows; it takes a backend where it needs one."),
    ("Types", "In `fillproof.types`: shapes of what is injected or handed out, for type checkers."),
    ("Errors", "In `fillproof.errors`, the same classes on every backend."),
)


def page(root: Path = ROOT) -> str:
    """Make the page.

    Parameters
    ----------
    root : Path
        A checkout.

    Returns
    -------
    str
        Markdown.
    """
    table = load()
    lines = [_HEAD]
    for title, text in _SECTIONS:
        lines += [f"## {title}", "", text, ""]
        if title == "Errors":
            lines += _errors()
            continue
        entries = [entry for entry in table.values() if _section(entry) == title]
        lines += _rows(entries, root)
        shown = [entry for entry in entries if entry.callables]
        if shown:
            lines += ["", "```text", *_signatures(shown), "```"]
        lines.append("")
    return "\n".join(lines)


def _section(entry: Entry) -> str:
    if entry.home is not None:
        return "Types" if entry.name.startswith("types.") else "Of no backend"
    names = {"class": "Classes", "value": "Values", "function": "Functions of the backends"}
    return names[entry.kind]


def _rows(entries: list[Entry], root: Path) -> list[str]:
    of_engines = any(entry.home is None for entry in entries)
    places = ["reference", "twin"] if of_engines else ["module"]
    lines = [
        "| " + " | ".join(["name", "kind", "boundary", *places]) + " |",
        "| " + " | ".join(["---"] * (3 + len(places))) + " |",
    ]
    for entry in entries:
        where = _twins(entry.name, root) if of_engines else [f"`{entry.home}`"]
        cells = [f"`{entry.name}`", entry.kind, ", ".join(entry.boundary), *where]
        lines.append("| " + " | ".join(cells) + " |")
        for method, boundary in entry.boundary_of.items():
            cells = [f"`{entry.name}.{method}`", "method", boundary, *where]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def _twins(name: str, root: Path) -> list[str]:
    """Name the files of a class: in the reference, and in the Rust engine."""
    from pyengine import EXPORTS

    module = EXPORTS[name].replace(".", "/")
    twin = f"{_CRATE}/{module}.rs"
    return [
        f"`pyengine/{module}.py`",
        f"`{twin}`" if (root / twin).is_file() else "in the binding alone",
    ]


def _signatures(entries: list[Entry]) -> list[str]:
    lines = []
    for entry in entries:
        lines += _wrapped("", entry.name, entry.new or entry.call)
        for method, signature in sorted(entry.methods.items()):
            lines += _wrapped("    .", method, signature)
    return lines


def _wrapped(before: str, name: str, signature: Signature | None) -> list[str]:
    """Lay out one signature in lines of at most 100 characters."""
    if signature is None:
        return [before + name]
    whole = f"{before}{name}{signature}".replace("=Ellipsis", "=...")
    lines, line = [], ""
    for part in whole.split(", "):
        piece = part if not line else f"{line}, {part}"
        if len(piece) > 98 and line:
            lines.append(f"{line},")
            piece = f"{'':8}{part}"
        line = piece
    return [*lines, line]


def _errors() -> list[str]:
    """Tell the classes of errors and warnings, each with the standard ones that it also is."""
    lines = ["| name | also a | what for |", "| --- | --- | --- |"]
    for name, error in sorted(vars(errors).items()):
        if not inspect.isclass(error) or error.__module__ != errors.__name__:
            continue
        also = [base.__name__ for base in error.__mro__[1:] if base.__module__ == "builtins"]
        first = (inspect.getdoc(error) or "").splitlines()[0]
        lines.append(f"| `{name}` | `{also[0]}` | {first} |")
    return [*lines, ""]


def stale(root: Path = ROOT) -> bool:
    """Tell whether the page is missing or not what the table says."""
    path = root / PAGE
    return not path.is_file() or path.read_text(encoding="utf-8") != page(root)


def main(arguments: list[str]) -> int:
    """Write the page, or check it."""
    if not (ROOT / "mkdocs.yml").is_file():
        print("the page is made of the sources: run this in a checkout")
        return 1
    if not stale():
        return 0
    if "--check" in arguments:
        print(f"{PAGE}: not what the table says; run `{COMMAND}`")
        return 1
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
