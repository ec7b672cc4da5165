"""A report on the screen, and in Markdown for a comment of a CI."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import comparison
from .plan import KEY
from .report import Section, sections
from .verdict import headline, machine_line

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "everything",
    "faults",
    "left_out",
    "markdown",
    "markdown_table",
    "right",
    "show",
    "show_tables",
]


def everything(found: dict[str, Any]) -> list[Section]:
    """Return all tables of a report, the comparison first."""
    told = sections(found)
    compared = found[KEY].get("comparison")
    return [comparison.section(compared), *told] if compared else told


def faults(found: dict[str, Any]) -> list[str]:
    """Return a line for each case without a time."""
    own = found[KEY]
    lines = [
        f"DIFFERENT: {row['case']} on {row['backend']}, {row['bars']} bars: digest "
        f"{row['digest'][:16]}, {row['other']} has {row['other_digest'][:16]}; no time"
        for row in own["different"]
    ]
    lines += [f"ERROR: {row['case']} on {row['backend']}: {row['why']}" for row in own["faults"]]
    lost = (own.get("comparison") or {}).get("lost", [])
    return [*lines, *(f"LOST SPEED: {text}" for text in lost)]


def left_out(found: dict[str, Any]) -> list[str]:
    """Say what was not timed and why, a line for each reason."""
    reasons: dict[str, list[str]] = {}
    for row in found[KEY]["left_out"]:
        reasons.setdefault(f"{row['backend']}: {row['why']}", []).append(row["case"])
    return [f"not timed on {reason}: {', '.join(names)}" for reason, names in reasons.items()]


def show(found: dict[str, Any], console: Console) -> None:
    """Print a report.

    Parameters
    ----------
    found : dict
        As `plan.run` returns it.
    console : rich.console.Console
    """
    show_tables(everything(found), console)
    for line in faults(found):
        console.print(line, markup=False, style="bold red", soft_wrap=True)
    for line in left_out(found):
        console.print(line, markup=False, style="yellow", soft_wrap=True)
    console.print(machine_line(found), markup=False, soft_wrap=True)
    console.print(headline(found), markup=False, style="bold", soft_wrap=True)


def show_tables(told: Sequence[Section], console: Console) -> None:
    """Print tables, each with what is said about it."""
    from rich.table import Table
    from rich.text import Text

    for section in told:
        table = Table(title=section.title, title_justify="left", title_style="bold")
        for head, number in zip(section.heads, right(section), strict=True):
            table.add_column(head, justify="right" if number else "left")
        for row in section.rows:
            style = {"lost": "bold red", "gained": "green"}.get(row[-1], "")
            table.add_row(*map(Text, row), style=style)
        console.print(table)
        for line in (section.about, *section.notes):
            if line:
                console.print(line, markup=False, style="dim")
        console.print()


def right(section: Section) -> list[bool]:
    """Tell which columns hold numbers: in all of their cells."""
    columns = list(zip(*section.rows, strict=True)) or [("",)] * len(section.heads)
    return [all(_is_number(cell) for cell in column) for column in columns]


#: A number, with a unit or a range behind it, or with another one in brackets.
_NUMBER = re.compile(r"[+-]?[\d,.]+( %| to [\d,.]+| \([\d,.]+( %)?\))?$")


def _is_number(cell: str) -> bool:
    return cell == "-" or _NUMBER.match(cell) is not None


def markdown(found: dict[str, Any]) -> str:
    """Write a report for a comment of a CI.

    Parameters
    ----------
    found : dict
        As `plan.run` returns it.
    """
    lines = ["## fillproof bench", "", headline(found), ""]
    lines += [f"- **{line}**" for line in faults(found)]
    lines += [f"- {line}" for line in left_out(found)]
    if lines[-1]:
        lines.append("")
    for section in everything(found):
        lines += [f"### {section.title}", ""]
        if section.about:
            lines += [section.about, ""]
        lines += [*markdown_table(section), ""]
        for note in section.notes:
            lines += [note, ""]
    return "\n".join([*lines, machine_line(found), ""])


def markdown_table(section: Section) -> list[str]:
    """Write a table.

    Examples
    --------
    >>> markdown_table(Section("A", ["case", "rust"], [["x", "1.0"]]))
    ['| case | rust |', '| --- | ---: |', '| x | 1.0 |']
    """
    numbers = right(section)
    lines = [section.heads, ["---:" if number else "---" for number in numbers], *section.rows]
    return [_row(line) for line in lines]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
