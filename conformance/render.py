"""Prints a verification: the verdict with its reason first, then what it stands on."""

from __future__ import annotations

from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .reports.headline import headline
from .reports.numbers import short_pair
from .reports.text_candles import text_candles
from .reports.words import (
    broken,
    build_text,
    coverage_lines,
    equity_line,
    event_text,
    guilty_lines,
    how_to_repeat,
    job_line,
    not_compared_lines,
    note_lines,
    origin_lines,
    place,
    rules_text,
    shown,
    state_text,
    tolerance_lines,
    what_differs,
)

__all__ = ["divergence_panel", "render"]

_STYLE = {"same": "bold green", "different": "bold red", "not proven": "bold yellow"}
_VERDICTS = ("pass", "fail", "elsewhere", "skip", "error", "crash", "timeout")
_LISTED = 10


def render(report: dict[str, Any], console: Console) -> None:
    """Print a report as `schema/report.schema.json` describes it.

    Parameters
    ----------
    report
        Version 2.
    console
        Where to; names and messages of users are printed as they are, never as markup.
    """
    style = _STYLE.get(report["answer"], "bold red")
    told = headline(report)
    console.print(Text(told, style=style))
    job = job_line(report)
    if job is not None and job not in told:
        console.print(Text(job))
    if report["backends"]:
        console.print(_sides_of_a_job(report) if report["kind"] == "job" else _backends(report))
        console.print(Text("\n".join(coverage_lines(report))))
    if report["comparisons"] and report["kind"] == "suite":
        console.print(_comparisons(report))
    _divergences(report, console)
    for line in [*broken(report), *broken(report, ("skip",))]:
        console.print(Text(line, style="red"))
    equity = equity_line(report)
    if equity is not None:
        console.print(Text(equity))
    for line in [*not_compared_lines(report), *tolerance_lines(report), *note_lines(report)]:
        console.print(Text(line))
    for doubt in report["doubts"]:
        console.print(Text(f"not proven: {doubt}", style="yellow"))
    console.print(Text(f"again: {how_to_repeat(report)}"), soft_wrap=True)
    console.print(Text(_last_words(report), style=style))


class _Picture:
    """Lines of a picture: never wrapped, and in plain letters where there are no others."""

    _ASCII = str.maketrans("▒█│·◆◇", "=#|.AB")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines:
            shown = line.translate(self._ASCII) if options.ascii_only else line
            yield Text(shown, no_wrap=True, overflow="ellipsis")


def divergence_panel(divergence: dict[str, Any]) -> Panel:
    """Draw one divergence: where, both values, root and guilty, candles, events, states, how again.

    Parameters
    ----------
    divergence
        As the report has it.
    """
    left, right = divergence["between"]
    parts: list[Any] = [Text(f"first divergence {place(divergence)}"), _values(divergence)]
    if divergence["missing_on"]:
        instead = divergence["instead"]
        there = f"; there stands {event_text(instead)}" if instead else ""
        told = f"the event is missing on {divergence['missing_on']}{there}"
        parts.append(Text(told, style="red"))
    for other in divergence["other_fields"]:
        mine, theirs = short_pair(other["values"][left], other["values"][right])
        parts.append(Text(f"also {other['field']}: {mine} against {theirs}"))
    blame = [*origin_lines(divergence), *guilty_lines(divergence)]
    parts += [Text(line, style="bold") for line in blame]
    agreed = divergence["golden_agrees_with"]
    if agreed is not None and "golden" not in divergence["between"]:
        parts.append(Text(f"golden agrees with: {', '.join(agreed) or 'neither side'}"))
    if divergence["bars_around"]:
        parts.append(_bars(divergence))
        parts.append(_Picture(text_candles(divergence)))
    if divergence["last_common"]:
        parts.append(Text("last common events:"))
        parts += [Text(f"  {event_text(event)}") for event in divergence["last_common"]]
    for label, state in divergence["states"].items():
        if state is not None:
            parts.append(Text(f"state on {label}: {state_text(state)}"))
    parts.append(Text(f"again: {divergence['command']}"))
    return Panel(Group(*parts), title=escape(f"{divergence['case']}: {left} against {right}"))


def _divergences(report: dict[str, Any], console: Console) -> None:
    """Print the first in full and a line for each of those that follow."""
    found = shown(report)
    if not found:
        return
    first, *rest = found
    console.print(divergence_panel(first))
    for divergence in rest[:_LISTED]:
        bar = "" if divergence["bar"] is None else f", bar {divergence['bar']}"
        console.print(Text(f"also {divergence['case']}{bar}: {what_differs(divergence)}"))
    if len(rest) > _LISTED:
        console.print(f"... and {len(rest) - _LISTED} more; --json FILE writes all of them")


def _values(divergence: dict[str, Any]) -> Table:
    table = Table("side", "value", "bits", "rule", box=None, pad_edge=False)
    for label, side in divergence["sides"].items():
        table.add_row(
            escape(label),
            escape(side["value"]),
            side["bits"] or "",
            escape(side["rule"] or "none"),
        )
    distance = [
        f"{divergence[unit]} {unit}" for unit in ("ulps", "ticks") if divergence[unit] is not None
    ]
    if distance:
        table.caption = "apart: " + ", ".join(distance)
    return table


def _bars(divergence: dict[str, Any]) -> Table:
    rows = divergence["bars_around"]
    several = len({row["symbol"] for row in rows}) > 1
    heads = ["bar", "time", *(["symbol"] if several else []), "bid O H L C", "ask O H L C"]
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        mark = ">" if row["bar"] == divergence["bar"] else " "
        sides = [
            escape(" ".join(str(price) for price in row[side])) or "no candle"
            for side in ("bid", "ask")
        ]
        name = [escape(str(row["symbol"]))] if several else []
        table.add_row(f"{mark}{row['bar']}", escape(str(row["time"])), *name, *sides)
    return table


def _backends(report: dict[str, Any]) -> Table:
    table = Table(title="Each backend against the goldens")
    table.add_column("backend")
    for verdict in _VERDICTS:
        table.add_column(verdict, justify="right")
    table.add_column("rules", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("build")
    for backend in report["backends"]:
        if backend["absent"] is not None:
            table.add_row(escape(backend["label"]), "absent", *[""] * (len(_VERDICTS) + 2))
            continue
        counts = [str(backend["verdicts"][verdict]) for verdict in _VERDICTS]
        table.add_row(escape(backend["label"]), *counts, *_rules_seconds_build(report, backend))
    return table


def _sides_of_a_job(report: dict[str, Any]) -> Table:
    table = Table(title="Each side of the job")
    table.add_column("side")
    for name in ("strategy asked", "signals", "rules", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("build")
    table.add_column("digest")
    for backend in report["backends"]:
        if backend["absent"] is not None:
            table.add_row(escape(backend["label"]), "absent")
            continue
        counts = [_count(backend[name]) for name in ("asked", "signals_given")]
        digest = (backend["digest"] or "none")[:16]
        row = [*counts, *_rules_seconds_build(report, backend), digest]
        table.add_row(escape(backend["label"]), *row)
    return table


def _count(number: int | None) -> str:
    return "not told" if number is None else f"{number:,}"


def _rules_seconds_build(report: dict[str, Any], backend: dict[str, Any]) -> list[str]:
    return [
        rules_text(report, backend),
        f"{backend['seconds']:.1f}",
        escape(build_text(backend["build"])),
    ]


def _comparisons(report: dict[str, Any]) -> Table:
    table = Table("reference", "candidate", "compared", "different", title="Engine against engine")
    for row in report["comparisons"]:
        table.add_row(
            escape(row["reference"]),
            escape(row["candidate"]),
            str(row["compared"]),
            str(row["different"]),
        )
    return table


def _last_words(report: dict[str, Any]) -> str:
    """Repeat the answer where the eye rests when all has scrolled by."""
    job = report["job"]
    excused = sum(len(row.get("excused", ())) for row in report["comparisons"])
    answer = f"{report['answer']}, but for {excused} known gap{'' if excused == 1 else 's'}"
    if not excused or report["answer"] != "same":
        answer = report["answer"]
    if job is not None:
        return f"{answer}: {job['strategy']} on {job['symbol']}"
    only = "" if report["only"] is None else f" (only {report['only']})"
    cases = report["cases"]
    return f"{answer}: {cases} case{'' if cases == 1 else 's'}{only}"
