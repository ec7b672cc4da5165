"""The outcome of a run as a table: in the terminal, and in Markdown for the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from rich.table import Table

from .mutants import Mutant
from .outcomes import Equivalent, Score, Verdict, score

__all__ = ["known_equivalents", "markdown", "shown"]


class _Reads(Protocol):
    name: str

    def line(self, mutant: Mutant) -> str: ...


def known_equivalents(
    known: Sequence[Equivalent], engine: _Reads, mutants: Sequence[Mutant]
) -> dict[str, str]:
    """Map the names of mutants that are known as equivalent to the reasons."""
    own = [row for row in known if row.engine == engine.name]
    found = {}
    for mutant in mutants:
        text = engine.line(mutant)
        for row in own:
            if row.covers(mutant, text):
                found[mutant.name] = row.reason
    return found


def shown(verdicts: Sequence[Verdict], equivalent: frozenset[str]) -> Table:
    """Draw the counts by module."""
    table = Table("module", *_HEADS)
    for head in table.columns[1:]:
        head.justify = "right"
    for module, counts in _by_module(verdicts, equivalent).items():
        table.add_row(module, *_cells(counts))
    table.add_section()
    table.add_row("all", *_cells(score(verdicts, equivalent)))
    return table


def markdown(
    verdicts: Sequence[Verdict],
    equivalent: Mapping[str, str],
    commit: str,
    command: str,
    number: int,
) -> str:
    """Write the counts by module, the survivors and how it came about."""
    known = frozenset(equivalent)
    total = score(verdicts, known)
    golden = total.golden + total.timeout
    drawn = f"{len(verdicts)} of {number} mutants were drawn"
    left = f"{total.unviable} do not build, {total.equivalent} are equivalent"
    caught = f"Golden cases catch {golden} of them ({total.by_golden:.1f} %)"
    later = (
        f"{total.verify} more show in comparison with the sound engine, {total.tests} only in "
        f"other tests of the engine: {total.caught:.1f} % in all"
    )
    rows = [
        f"{drawn}; {left}, {total.viable} count.",
        f"{caught}, {total.timeout} by not ending; {later}. {total.survived} survive.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {commit}. Again: `{command}`",
        "",
        f"| module | {' | '.join(_HEADS)} |",
        f"| --- |{' ---: |' * len(_HEADS)}",
    ]
    for module, counts in _by_module(verdicts, known).items():
        rows.append(f"| `{module}` | {' | '.join(_cells(counts))} |")
    rows.append(f"| all | {' | '.join(_cells(total))} |")
    alive = [v for v in verdicts if v.verdict == "survived" and v.name not in known]
    if alive:
        rows += ["", "Survivors:", "", *(f"- `{verdict.name}`" for verdict in alive)]
    return "\n".join(rows) + "\n"


_HEADS = ("golden", "verify", "tests", "no end", "survived", "equivalent", "not built", "caught")


def _by_module(verdicts: Sequence[Verdict], equivalent: frozenset[str]) -> dict[str, Score]:
    modules: dict[str, list[Verdict]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: verdict.module):
        modules.setdefault(_short(verdict.module), []).append(verdict)
    return {module: score(own, equivalent) for module, own in modules.items()}


def _short(file: str) -> str:
    """Name a module without the folders that all of its engine share."""
    for folder in ("pyengine/", "rsengine/crates/engine/src/"):
        file = file.removeprefix(folder)
    return file


def _cells(counts: Score) -> tuple[str, ...]:
    columns = (
        counts.golden, counts.verify, counts.tests, counts.timeout, counts.survived,
        counts.equivalent, counts.unviable,
    )  # fmt: skip
    return (*map(str, columns), f"{counts.caught:.0f} %" if counts.viable else "")
