"""Prints a verification: one table a question, and the first divergences in full."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

__all__ = ["divergence_panel", "render"]

_STYLE = {"same": "bold green", "different": "bold red", "not proven": "bold yellow"}
_VERDICTS = ("pass", "fail", "elsewhere", "skip", "error", "crash", "timeout")
_SHOWN = 3


def render(report: dict[str, Any], console: Console) -> None:
    """Print a report as `Verification.report` gives it."""
    if report["backends"]:
        console.print(_backends(report))
        console.print(_coverage(report))
    if report["comparisons"]:
        console.print(_comparisons(report))
    shown = _shown(report)
    for divergence in shown[:_SHOWN]:
        console.print(divergence_panel(divergence))
    if len(shown) > _SHOWN:
        console.print(f"... and {len(shown) - _SHOWN} more; --json FILE writes all of them")
    _broken(report, console)
    for doubt in report["doubts"]:
        console.print(Text(f"not proven: {doubt}", style="yellow"))
    style = _STYLE.get(report["answer"], "bold red")
    only = "" if report["only"] is None else f" (only {report['only']})"
    console.print(Text(f"{report['answer']}: {report['cases']} cases{only}", style=style))


def divergence_panel(divergence: dict[str, Any]) -> Panel:
    """Draw one divergence: where, both values, rules, bars around, last common events, states."""
    left, right = divergence["between"]
    parts: list[Any] = [Text(_where(divergence)), _values(divergence)]
    if divergence["missing_on"]:
        instead = divergence["instead"]
        there = f"; there stands {_event(instead)}" if instead else ""
        told = f"the event is missing on {divergence['missing_on']}{there}"
        parts.append(Text(told, style="red"))
    for other in divergence["other_fields"]:
        values = other["values"]
        parts.append(Text(f"also {other['field']}: {values[left]} against {values[right]}"))
    agreed = divergence["golden_agrees_with"]
    if agreed is not None and "golden" not in divergence["between"]:
        parts.append(Text(f"golden agrees with: {', '.join(agreed) or 'neither side'}"))
    if divergence["bars_around"]:
        parts.append(_bars(divergence))
    if divergence["last_common"]:
        parts.append(Text("last common events:"))
        parts += [Text(f"  {_event(event)}") for event in divergence["last_common"]]
    for label, state in divergence["states"].items():
        if state is not None:
            parts.append(Text(f"state on {label}: {_state(state)}"))
    parts.append(Text(f"again: {divergence['command']}"))
    return Panel(Group(*parts), title=escape(f"{divergence['case']}: {left} against {right}"))


def _where(divergence: dict[str, Any]) -> str:
    names = ("symbol", "bar", "key", "time", "phase", "kind", "order_id", "field")
    known = [name for name in names if divergence[name] is not None]
    parts = [f"{name.replace('_id', '')} {divergence[name]}" for name in known]
    return ", ".join([f"first divergence in {divergence['stage']}", *parts])


def _values(divergence: dict[str, Any]) -> Table:
    table = Table("side", "value", "bits", "rule", box=None, pad_edge=False)
    for label, side in divergence["sides"].items():
        table.add_row(
            escape(label), escape(side["value"]), side["bits"] or "", side["rule"] or "none"
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
            " ".join(str(price) for price in row[side]) or "no candle" for side in ("bid", "ask")
        ]
        name = [escape(row["symbol"])] if several else []
        table.add_row(f"{mark}{row['bar']}", str(row["time"]), *name, *sides)
    return table


def _event(event: dict[str, Any]) -> str:
    head = f"#{event.get('seq')} bar {event.get('bar')} {event.get('phase')} {event.get('kind')}"
    skip = {"seq", "bar", "phase", "kind", "time_us"}
    rest = " ".join(f"{key}={value!r}" for key, value in event.items() if key not in skip)
    return f"{head} {rest}"


def _state(state: dict[str, Any]) -> str:
    ledger = state["ledger"]
    positions = [
        f"#{item['order_id']} {item['direction']} {item['size']!r} from {item['entry_price']!r} "
        f"stop {item['stop_loss']!r} target {item['take_profit']!r}"
        for item in state["positions"]
    ]
    waiting = [
        f"#{item['order_id']} {item['direction']} {item['type']} at {item['entry']!r}"
        for item in state["orders"]
    ]
    held = "; ".join(positions) or "flat"
    return f"cash {ledger['cash']!r}, waiting: {'; '.join(waiting) or 'none'}, {held}"


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
        coverage = backend["coverage"]
        done = len(coverage["exercised"])
        table.add_row(
            escape(backend["label"]),
            *counts,
            f"{done}/{done + len(coverage['missing'])}",
            f"{backend['seconds']:.1f}",
            _build(backend["build"]),
        )
    return table


def _build(build: dict[str, Any]) -> str:
    words = [str(build[key]) for key in ("version", "profile", "build") if build.get(key)]
    return " ".join(dict.fromkeys(words))


def _coverage(report: dict[str, Any]) -> Text:
    present = [backend for backend in report["backends"] if backend["absent"] is None]
    tell = _coverage_of_all if report["only"] is None else _coverage_of_part
    return Text("\n".join(f"{row['label']}: {tell(row['coverage'])}" for row in present))


def _coverage_of_all(coverage: dict[str, Any]) -> str:
    done, missing = len(coverage["exercised"]), coverage["missing"]
    line = (
        f"{done} of {done + len(missing)} rules of decision and refusal exercised; of order and "
        f"arithmetic {len(coverage['by_case'])} by cases, {len(coverage['by_test'])} held by tests"
    )
    if missing:
        line += f"\n  not exercised: {', '.join(missing)}"
    if coverage["by_case_missing"]:
        line += f"\n  cases not all passed: {', '.join(coverage['by_case_missing'])}"
    return line


def _coverage_of_part(coverage: dict[str, Any]) -> str:
    """Say what was exercised; of a part of the suite the rest is no news."""
    return f"exercised {', '.join(coverage['exercised']) or 'no rule that can be traced'}"


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


def _shown(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Choose what to print: engine against engine first, then what all of them have wrong."""
    between = [found for row in report["comparisons"] for found in row["divergences"]]
    told = {found["case"] for found in between}
    return between + [
        row["divergence"]
        for backend in report["backends"]
        for row in backend["not_passed"]
        if row["divergence"] is not None and row["case"] not in told
    ]


def _broken(report: dict[str, Any], console: Console) -> None:
    for backend in report["backends"]:
        for row in backend["not_passed"]:
            if row["verdict"] in {"error", "crash", "timeout", "skip"}:
                text = f"{row['verdict']} on {backend['label']}: {row['case']}: {row['reason']}"
                console.print(Text(text, style="red"))
