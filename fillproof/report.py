"""A result on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from fillproof.outcome import spec_text

if TYPE_CHECKING:
    from rich.console import Console

    from fillproof.results import BacktestResult


def show(result: BacktestResult, console: Console) -> None:
    """Print what was run, under which assumptions, what came of it, and the digest.

    Parameters
    ----------
    result : BacktestResult
    console : rich.console.Console
    """
    for label, text in assumptions(result):
        console.print(f"{label:<10} {text}", markup=False, soft_wrap=True)
    console.print()
    console.print(_numbers(result))
    if result.rejections:
        console.print("rejected   " + _counts(result.rejections), markup=False, soft_wrap=True)
    console.print(f"digest     {result.digest}", markup=False, soft_wrap=True)


def assumptions(result: BacktestResult) -> list[tuple[str, str]]:
    """Return everything that was assumed, line by line, as label and text.

    Limits that cost users money belong on the screen: spread, slippage and fees are always among
    them, zero or not.
    """
    config = result.config
    policy = config.get("policy")
    slippage = config.get("slippage")
    lines = [
        ("backend", _build(result)),
        ("strategy", str(config["strategy"])),
        (
            "bars",
            f"{config['bars']} {config['symbol']} {config['timeframe']} from {config['start']}",
        ),
        *(("data" if i == 0 else "note", note) for i, note in enumerate(result.notes)),
        ("spec", spec_text(config) or "none: contract 100000, no price grid, no volume grid"),
        ("sizing", _fields(config.get("sizing"))),
        ("slippage", _fields(slippage) if isinstance(slippage, Mapping) else "none (0 pips)"),
        ("fees", _fields(config.get("fees"))),
        ("policy", _fields(policy)),
    ]
    if result.crossed_bars:
        share = 100.0 * result.crossed_bars / config["bars"]
        lines.append(
            ("crossed", f"{result.crossed_bars} bars ({share:.1f} %) with the ask below the bid")
        )
    return lines


def _build(result: BacktestResult) -> str:
    build = result.build
    parts = [f"{result.backend} {build.get('version')}"]
    parts += [str(build[key]) for key in ("build", "profile", "compiler") if build.get(key)]
    return ", ".join(dict.fromkeys(parts))


def _fields(value: Any) -> str:
    if not isinstance(value, Mapping):
        return "none" if value is None else str(value)
    inside = ", ".join(f"{key}={item}" for key, item in value.items() if key != "type")
    return f"{value['type']}({inside})"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{rule} {number}" for rule, number in counts.items())


def _numbers(result: BacktestResult) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_row("Signals", str(result.signals.num_rows))
    for name, value in result.summary.items():
        table.add_row(name, f"{value:,.2f}" if isinstance(value, float) else str(value))
    return table
