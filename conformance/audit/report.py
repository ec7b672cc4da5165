"""An audit on the terminal and as JSON."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .auditor import Audit
from .findings import SEVERITIES, Finding
from .market import Market

__all__ = ["show", "to_json"]

_STYLES = {
    "impossible": "bold red",
    "optimistic": "yellow",
    "doubtful": "cyan",
    "cannot be told": "dim",
}
_VERDICTS = {
    0: ("clean: the candles allow every trade", "bold green"),
    1: ("findings", "bold red"),
    2: ("could not be judged", "bold yellow"),
}


def show(found: Audit, market: Market, console: Console, *, most: int = 20) -> None:
    """Print the verdict, the sums by kind, the worst findings and the totals.

    Parameters
    ----------
    found, market
        What was found, in which candles.
    console
        Where to.
    most
        Findings shown one by one.
    """
    trades = found.trades
    word, style = _VERDICTS[found.exit_code]
    console.print(Text(f"audit of {trades.source}: {word}", style=style))
    console.print(
        Text(
            f"{len(trades.trades)} trades ({trades.format}) against {len(market)} bars of "
            f"{market.symbol}: {market.note}"
        )
    )
    console.print(Text(f"{found.judged} of {len(trades.trades)} could be held against their bars"))
    for note in [*trades.notes, *found.notes]:
        console.print(Text(f"note: {note}", style="dim"))
    for what, count in sorted(found.unjudged.items()):
        console.print(Text(f"not judged: {what} ({count} trades)", style="dim"))
    if found.findings:
        console.print(_by_kind(found))
        if most > 0:
            for line in _worst(found, most):
                console.print(line)
    _totals(found, console)


def _by_kind(found: Audit) -> Table:
    table = Table("how grave", "what", title="findings by kind", title_justify="left")
    for name in ("trades", "pips", "money"):
        table.add_column(name, justify="right")
    kinds: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in found.findings:
        kinds[one.severity, one.kind].append(one)
    for (severity, kind), group in kinds.items():
        table.add_row(
            Text(severity, style=_STYLES[severity]),
            kind,
            str(len({(one.number, one.row) for one in group})),
            _sum([one.pips for one in group]),
            _sum([one.money for one in group], 2),
        )
    return table


def _worst(found: Audit, most: int) -> list[Text]:
    """Tell the worst findings, two lines each, which no width of a terminal tears apart."""
    shown = found.findings[:most]
    lines = [Text(f"the worst {len(shown)} of {len(found.findings)}", style="italic")]
    for one in shown:
        head = Text(f"trade {one.number}")
        if one.time_us is not None:
            head.append(f", {_time(one.time_us)}")
        head.append(f": {one.severity}, {one.kind}", style=_STYLES[one.severity])
        head.append(f" ({one.rule})")
        if one.pips is not None:
            head.append(f" {one.pips:+,.1f} pips")
        if one.money is not None:
            head.append(f" {one.money:+,.2f}")
        told = "; ".join(part for part in (one.says, one.allows) if part)
        lines += [head, Text(f"    {told}")]
    return lines


def _totals(found: Audit, console: Console) -> None:
    money, pips = found.gained("impossible")
    other_money, other_pips = found.gained("impossible", "optimistic")
    result = found.result
    if result is None:
        console.print(f"impossible: {pips:.1f} pips; with what is optimistic {other_pips:.1f} pips")
        return
    if not other_money:
        console.print(f"your result {result:,.2f}: nothing to take off")
        return
    console.print(
        f"your result {result:,.2f}; minus what is impossible ({money:,.2f}): "
        f"{result - money:,.2f}; minus what is optimistic, too: {result - other_money:,.2f}"
    )


def _time(time_us: int | None) -> str:
    if time_us is None:
        return ""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    return f"{moment:%Y-%m-%d %H:%M}"


def _sum(values: list[float | None], places: int = 1) -> str:
    known = [value for value in values if value is not None]
    return _number(sum(known) if known else None, places)


def _number(value: float | None, places: int = 1) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def to_json(found: Audit, market: Market) -> dict[str, Any]:
    """Turn an audit into JSON values."""
    sums = {}
    for severities in (("impossible",), ("impossible", "optimistic")):
        money, pips = found.gained(*severities)
        sums[" and ".join(severities)] = {"money": money, "pips": pips}
    return {
        "audit": 1,
        "list": found.trades.source,
        "format": found.trades.format,
        "candles": {
            "symbol": market.symbol,
            "bars": len(market),
            "first_us": int(market.times[0]),
            "last_us": int(market.times[-1]),
            "note": market.note,
        },
        "trades": len(found.trades.trades),
        "judged": found.judged,
        "not_judged": dict(sorted(found.unjudged.items())),
        "notes": [*found.trades.notes, *found.notes],
        "result": found.result,
        "gained": sums,
        "counts": {
            severity: sum(one.severity == severity for one in found.findings)
            for severity in SEVERITIES
        },
        "findings": [one.plain() for one in found.findings],
        "exit_code": found.exit_code,
    }
