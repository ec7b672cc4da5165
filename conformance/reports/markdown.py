"""A short page in Markdown, GitHub's flavour, for the summary of a CI run."""

from __future__ import annotations

import re
from typing import Any

from .chapters import chapters_of
from .divergence_text import divergence_lines
from .headline import headline
from .words import (
    broken,
    build_text,
    equity_line,
    guilty_lines,
    how_to_repeat,
    job_line,
    not_compared_lines,
    origin_lines,
    rules_text,
    shown,
    tells_rules,
    tolerance_lines,
    what_differs,
)

__all__ = ["LIMIT", "markdown"]

#: Bytes that a page never exceeds.
LIMIT = 60_000
_SIGNS = {"same": "✅", "different": "❌", "not proven": "⚠️", "error": "💥"}
_LISTED = 12
_LONG = 400
_SPECIAL = re.compile(r"([\\`*_{}\[\]#!|~>@$]|:(?=//)|^[-+])")


def markdown(report: dict[str, Any]) -> str:
    """Write a report for a CI summary.

    Parameters
    ----------
    report
        Version 2.

    Returns
    -------
    str
        Verdict, a table of backends, the first divergence, what stands against a proof, coverage by
        chapter, and how to repeat it; at most `LIMIT` bytes of UTF-8.
    """
    parts = [f"## {_SIGNS[report['answer']]} fillproof verify: {report['answer']}", ""]
    told = headline(report)
    parts += [_plain(told), ""]
    job = job_line(report)
    if job is not None and job not in told:
        parts += [_plain(job), ""]
    parts += _table(report)
    parts += _first(report)
    parts += _list("What stands against a proof", report["doubts"])
    parts += _list("Broken", broken(report))
    parts += _list("Skipped", broken(report, ("skip",)))
    parts += _list("Exceptions", [*not_compared_lines(report), *tolerance_lines(report)])
    parts += _list("Notes", report.get("notes", []))
    parts += _coverage(report)
    parts += ["### Again", "", *_block([how_to_repeat(report)], "sh"), ""]
    return _within("\n".join(parts))


def _table(report: dict[str, Any]) -> list[str]:
    if not report["backends"]:
        return []
    compared = {row["candidate"]: row for row in report["comparisons"]}
    lines = ["| backend | role | compared | different | rules | seconds | build |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: | --- |")
    for number, row in enumerate(report["backends"]):
        role = "reference" if number == 0 else "candidate"
        if row["absent"] is not None:
            cells = [_code(row["label"]), role, "absent", "", "", "", _plain(row["absent"])]
        else:
            pair = compared.get(row["label"])
            cells = [
                _code(row["label"]),
                role,
                "" if pair is None else f"{pair['compared']:,}",
                "" if pair is None else f"{pair['different']:,}",
                rules_text(report, row),
                f"{row['seconds']:.1f}",
                _plain(build_text(row["build"])),
            ]
        lines.append(f"| {' | '.join(cells)} |")
    equity = equity_line(report)
    return [*lines, "", *([_plain(equity), ""] if equity else [])]


def _first(report: dict[str, Any]) -> list[str]:
    found = shown(report)
    if not found:
        return []
    first, *rest = found
    parts = ["### First divergence", "", _plain(what_differs(first)), ""]
    for line in [*origin_lines(first), *guilty_lines(first)]:
        parts += [f"- {_plain(line.strip())}"]
    parts += ["", *_block([_cut(line) for line in divergence_lines(first)], "text"), ""]
    if rest:
        told = [f"{other['case']}: {what_differs(other)}" for other in rest]
        parts += _list("Also", told)
    return parts


def _coverage(report: dict[str, Any]) -> list[str]:
    present = [row for row in report["backends"] if tells_rules(report, row)]
    if not present:
        return []
    heads = [_code(row["label"]) for row in present]
    lines = ["### Rules exercised", "", f"| chapter | {' | '.join(heads)} |"]
    lines.append(f"| --- | {' | '.join('---:' for _ in heads)} |")
    for chapter in chapters_of(report):
        if report["only"] is not None and not any(side.done for side in chapter.sides.values()):
            continue
        cells = [f"{side.done}/{side.total}" for side in chapter.sides.values()]
        lines.append(f"| {_plain(f'{chapter.letter} {chapter.title}')} | {' | '.join(cells)} |")
    return [*lines, ""]


def _list(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    shown_lines = [f"- {_plain(_cut(line))}" for line in lines[:_LISTED]]
    if len(lines) > _LISTED:
        shown_lines.append(f"- … and {len(lines) - _LISTED} more")
    return [f"### {title}", "", *shown_lines, ""]


def _cut(line: str) -> str:
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def _plain(text: str) -> str:
    """Write text that is no markup: nothing in it is a link, tag, mention, image or new cell."""
    flat = " ".join(text.split())
    entities = flat.replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(r"\\\1", entities)


def _code(text: str) -> str:
    """Write text as code that can stand in a table."""
    return f"`{' '.join(text.split()).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _block(lines: list[str], language: str) -> list[str]:
    """Fence lines off, with a fence that none of them can close."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *(line.replace("\r", " ") for line in lines), fence]


def _within(page: str) -> str:
    """Cut a page that is too long at the end of a line, and say so."""
    told = "\n\n… cut here; the report in JSON has all of it.\n"
    if len(page.encode()) <= LIMIT:
        return page
    # A fence that was open at the cut is closed, whatever its length.
    room = LIMIT - len(told.encode()) - 100
    head = page.encode()[:room].decode(errors="ignore").rpartition("\n")[0]
    fences = re.findall("^`{3,}", head, flags=re.MULTILINE)
    return head + (f"\n{fences[-1]}" if len(fences) % 2 else "") + told
