"""The map of the interface specification: docs/specification/*.toml, and the page made of it.

Every name, signature, rule of the loop and number of the specification has a row: what it asks,
where it is in the reference and in the Rust engine, which rules it became, and what shows that it
holds on every backend.  `python -m fillproof.conformance.lints.specification` writes
docs/specification.md; with `--check` it compares, and looks for every place that a row names.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fillproof.conformance.lints.places import (
    parameters_of,
    problem_of_place,
    runs_on_every_backend,
)

COMMAND = "python -m fillproof.conformance.lints.specification"
ROOT = Path(__file__).resolve().parents[2]
FOLDER = "docs/specification"
PAGE = "docs/specification.md"
KINDS = (
    "name", "signature", "parameter", "type", "constraint", "error", "phase", "order", "state",
    "difference", "effect", "invariant", "complexity", "share", "callback", "form", "key",
    "attribute", "column", "member", "option", "boundary", "module",
)  # fmt: skip
BOUNDARIES = ("input", "output", "internal")
INHERITED = ("python", "rust", "shown", "rules", "neutral")
FIELDS = frozenset({"name", "kind", "says", "default", "also", "open", *INHERITED})
PART_FIELDS = frozenset({"key", "title", "about", "row", *INHERITED})


@dataclass(frozen=True)
class Row:
    """One thing that the specification asks; a place is `path:name`, a golden a path."""

    id: str
    name: str
    kind: str
    says: str
    rules: tuple[str, ...]
    python: tuple[str, ...]
    rust: tuple[str, ...]
    shown: tuple[str, ...]
    default: str | None
    open: str | None
    neutral: str | None
    own: frozenset[str]


@dataclass(frozen=True)
class Part:
    """A heading of the page: rows that share places, proofs and rules unless they say otherwise."""

    chapter: str
    key: str
    title: str
    about: str
    shared: dict[str, Any]
    rows: tuple[Row, ...]


def load(root: Path = ROOT) -> list[Part]:
    """Read the parts of all chapters, in the order of the files' names.

    Raises
    ------
    ValueError
        A field that no row or part has.
    """
    found = []
    for path in sorted((root / FOLDER).glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        for part in document["part"]:
            unknown = part.keys() - PART_FIELDS
            rows = tuple(_row(part, row) for row in part["row"])
            if unknown:
                raise ValueError(f"{path.name}: {part['key']} has {', '.join(sorted(unknown))}")
            shared = {name: part[name] for name in INHERITED if name in part}
            head = document["title"], part["key"], part["title"], part.get("about", "")
            found.append(Part(*head, shared, rows))
    return found


def rows_of(parts: list[Part]) -> list[Row]:
    """Return all rows."""
    return [row for part in parts for row in part.rows]


def _row(part: dict[str, Any], given: dict[str, Any]) -> Row:
    unknown = given.keys() - FIELDS
    if unknown:
        raise ValueError(f"{part['key']}.{given['name']} has {', '.join(sorted(unknown))}")
    name = given["name"]

    def places(field: str) -> tuple[str, ...]:
        listed = [*given.get(field, part.get(field, ()))]
        listed += given.get("also", ()) if field == "shown" else ()
        return tuple(item.replace("{name}", name) for item in listed)

    return Row(
        f"{part['key']}.{name}",
        name,
        given["kind"],
        given["says"],
        rules=places("rules"),
        python=places("python"),
        rust=places("rust"),
        shown=places("shown"),
        default=given.get("default"),
        open=given.get("open"),
        neutral=given.get("neutral", part.get("neutral")),
        own=frozenset(given.keys() & {*INHERITED, "also"}),
    )


def problems(root: Path = ROOT, parts: list[Part] | None = None) -> Iterator[str]:
    """Say what does not hold of the rows: places, tests, goldens, rules, fields."""
    rows = rows_of(load(root) if parts is None else parts)
    rules = tomllib.loads((root / "golden" / "rules.toml").read_text(encoding="utf-8"))["rule"]
    known = {rule["id"] for rule in rules}
    for name, count in Counter(row.id for row in rows).items():
        if count > 1:
            yield f"{name}: {count} rows"
    for row in rows:
        for problem in _problems_of(root, row, known):
            yield f"{row.id}: {problem}"


def _problems_of(root: Path, row: Row, rules: set[str]) -> Iterator[str]:
    if row.kind not in KINDS:
        yield f"no kind {row.kind}"
    if row.kind == "boundary" and set(row.says.rstrip(".").split(",")[0].split(" and ")) - set(
        BOUNDARIES
    ):
        yield "a boundary begins with its directions"
    for rule in row.rules:
        if rule not in rules:
            yield f"no rule {rule}"
    for place in (*row.python, *row.rust):
        wanted = ".rs" if place in row.rust else ".py"
        told = problem_of_place(root, place)
        if told is not None:
            yield told
        elif not place.partition(":")[0].endswith(wanted):
            yield f"{place} is no {wanted} file"
    yield from _problems_of_parameter(root, row)
    yield from _problems_of_proof(root, row)


def _problems_of_parameter(root: Path, row: Row) -> Iterator[str]:
    if row.kind != "parameter":
        return
    for place in (*row.python, *row.rust):
        if problem_of_place(root, place) is None:
            found = parameters_of(root, place)
            if row.name not in found:
                yield f"{place} has no parameter {row.name}"
            elif place in row.python and found[row.name] != row.default:
                yield f"{place} has {found[row.name]} for default of {row.name}"


def _problems_of_proof(root: Path, row: Row) -> Iterator[str]:
    everywhere = False
    for place in row.shown:
        if place.startswith("golden/"):
            everywhere = True
            if not (root / place).is_file():
                yield f"no file {place}"
            continue
        told = problem_of_place(root, place)
        if told is not None:
            yield told
        elif place.partition(":")[0].endswith(".py"):
            if not place.rpartition(":")[2].rpartition(".")[2].startswith("test_"):
                yield f"{place} is no test"
            everywhere = everywhere or runs_on_every_backend(root, place)
    if row.open is not None:
        if not row.open.strip():
            yield "open without a reason"
        return
    if not row.python:
        yield "no place in Python"
    if not row.rust and row.neutral is None:
        yield "no place in Rust"
    if not everywhere and (row.neutral is None or not row.shown):
        yield "nothing shows it on every backend"


def page(parts: list[Part]) -> str:
    """Make the page."""
    rows = rows_of(parts)
    waiting = [row for row in rows if row.open is not None]
    lines = [
        "# The interface specification",
        "",
        f"Made of `{FOLDER}/*.toml` by `{COMMAND}`,",
        "which also looks for every place that is named here.",
        "",
        f"What the interface specification asks of the two loops, in {len(rows)} rows: where it is",
        "in the code, and what shows it. A Python place is the source of the interpreted and of",
        "the compiled backend alike. Golden files are played on every backend, and tests run on",
        "every backend but for those marked *once*; every row has one that does, unless it says",
        "that it concerns no backend. Places above a table are those of all its rows that name",
        "none.",
        "",
        f"**Open: {len(waiting)}.** "
        + ("What is not there, or not shown, says so and why." if waiting else ""),
    ]
    if waiting:
        lines += ["", *[f"- `{row.id}`: {row.open}" for row in waiting]]
    chapter = ""
    for part in parts:
        if part.chapter != chapter:
            chapter = part.chapter
            lines += ["", f"## {chapter}"]
        lines += ["", f"### {part.title}", ""]
        if part.about:
            lines += [part.about, ""]
        lines += _shared(part)
        lines += ["| name | kind | what it asks | rules | where | shown by |"]
        lines += ["| --- | --- | --- | --- | --- | --- |"]
        lines += [_table_row(row) for row in part.rows]
    return "\n".join([*lines, ""])


def _shared(part: Part) -> list[str]:
    titles = {"python": "Python", "rust": "Rust", "shown": "Shown by", "rules": "Rules"}
    lines = [
        f"- {title}: {_code(part.shared[name])}"
        for name, title in titles.items()
        if part.shared.get(name)
    ]
    if "neutral" in part.shared:
        lines.append(f"- Concerns no backend: {part.shared['neutral']}.")
    return [*lines, ""] if lines else []


def _table_row(row: Row) -> str:
    says = row.says if row.default is None else f"{row.says} By default `{row.default}`."
    if row.neutral is not None and "neutral" in row.own:
        says += f" Concerns no backend: {row.neutral}."
    if row.open is not None:
        says = f"**Open.** {says}"
    places = [p for field in ("python", "rust") if field in row.own for p in getattr(row, field)]
    shown = row.shown if row.own & {"shown", "also"} else ()
    rules = ", ".join(row.rules)
    cells = [f"`{row.name}`", row.kind, says, rules, _code(places), _code(list(shown))]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(places: list[str]) -> str:
    return ", ".join(f"`{place}`{_once(place)}" for place in places)


def _once(place: str) -> str:
    is_test = ":test_" in place
    if not is_test or problem_of_place(ROOT, place) or runs_on_every_backend(ROOT, place):
        return ""
    return " *(once)*"


def stale(root: Path = ROOT) -> bool:
    """Tell whether the page is not what the rows say."""
    path = root / PAGE
    return not path.is_file() or path.read_text(encoding="utf-8") != page(load(root))


def main() -> int:
    """Check, as a lint does."""
    told = list(problems(ROOT))
    if stale(ROOT):
        told.append(f"{PAGE}: not what the rows say; run `{COMMAND}`")
    for line in told:
        print(line)
    return 1 if told else 0


if __name__ == "__main__":
    if "--check" not in sys.argv[1:] and stale(ROOT):
        (ROOT / PAGE).write_text(page(load(ROOT)), encoding="utf-8")
        print(f"written: {PAGE}")
    sys.exit(main())
