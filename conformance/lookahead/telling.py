"""Shows on a terminal what came of looking."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .finding import Examination, Finding
from .warmup import Row, WarmUp

__all__ = ["show_examination", "show_warm_up"]

_STYLES = {"clean": "bold green", "look-ahead": "bold red", "not proven": "bold yellow"}
_SHOWN = (
    ("direction", ""), ("type", ""), ("entry_price", "entry"), ("stop_loss", "sl"),
    ("take_profit", "tp"),
)  # fmt: skip


def show_examination(found: Examination, console: Console) -> None:
    """Print the verdict, and the first place where the strategy knew too much."""
    market = found.market
    console.print(
        Text(found.verdict, style=_STYLES[found.verdict]),
        Text(
            f"{found.label} on {found.backend}: {found.bars} bars {market.timeframe}, "
            f"{found.signals} signals; cut after {found.places} bars, {found.runs} runs"
        ),
    )
    for doubt in found.doubts:
        console.print(Text(f"not proven: {doubt}"))
    for item in found.early:
        console.print(Text(f"too early: {item}"))
    if found.finding is not None:
        _show_finding(found.finding, found, console)
    for note in found.notes:
        console.print(Text(f"note: {note}"))


def _show_finding(finding: Finding, found: Examination, console: Console) -> None:
    console.print(Text(f"first at bar {finding.bar}, {finding.time}: {finding.kind}"))
    console.print(Text(f"  with the future as it was   {_signals(finding.seen, finding.field)}"))
    without = "cut off" if finding.how == "cut" else finding.how
    told = finding.error or _signals(finding.unseen, finding.field)
    console.print(Text(f"  {f'with the future {without}':<27} {told}"))
    ahead = finding.needs - finding.bar
    bars = "bar" if ahead == 1 else "bars"
    last = ", the last of all" if finding.needs == len(found.market) - 1 else ""
    console.print(
        Text(
            f"it waits for bar {finding.needs}, {found.market.time(finding.needs).isoformat()}, "
            f"{ahead} {bars} ahead{last}: changed from there on the signals are others, changed "
            "after it the same"
        )
    )


def _signals(signals: list[dict[str, str]], field: str) -> str:
    if not signals:
        return "no signal"
    return "; ".join(_signal(signal, field) for signal in signals)


def _signal(signal: dict[str, str], field: str) -> str:
    if "raw" in signal:
        return signal["raw"]
    words = [
        f"{name} {signal[key].strip(chr(39))}".strip()
        for key, name in _SHOWN
        if signal.get(key) != "None"
    ]
    if field not in dict(_SHOWN) and field in signal:
        words.append(f"{field} {signal[field]}")
    return " ".join(words)


def show_warm_up(found: WarmUp, console: Console) -> None:
    """Print both tables, and how many bars are enough."""
    market = found.market
    console.print(Text(f"warm-up before bar {found.start}, {market.time(found.start).isoformat()}"))
    for doubt in found.doubts:
        console.print(Text(f"not proven: {doubt}"))
    for rows, enough, what in (
        (found.seen, found.enough_seen, "seen"),
        (found.traded, found.enough_traded, "traded"),
    ):
        if not rows or found.doubts:
            continue
        if what == "traded" and rows == found.seen:
            console.print(Text("the same table for bars that are traded before the start"))
            continue
        table = Table(
            f"bars {what} before", "signals", "bars that differ", "first", "the same from"
        )
        for row in rows:
            table.add_row(*_cells(row, found))
        console.print(table)
        console.print(Text(_sentence(enough, what, rows[-1].bars)))


def _cells(row: Row, found: WarmUp) -> list[str]:
    first = "" if row.first is None else str(row.first)
    agrees = "never" if row.agrees_from is None else str(row.agrees_from)
    if row.agrees_from == found.start:
        agrees = "the start"
    if row.first == -1:
        first, agrees = "an error", "never"
    return [str(row.bars), str(row.signals), str(row.differing), first, agrees]


def _sentence(enough: int | None, what: str, most: int) -> str:
    if enough is None:
        return (
            f"with fewer than all {most} bars {what} before the start some signals are others: "
            "the warm-up is too short to tell how many are enough"
        )
    if enough == 0:
        return f"no signal depends on the bars {what} before the start"
    return (
        f"{enough} bars {what} before the start are enough: with as many all signals are the same"
    )
