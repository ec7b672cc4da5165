"""A result on the screen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from fillproof.outcome import spec_lines

if TYPE_CHECKING:
    from rich.console import Console

    from fillproof.results import BacktestResult


_INTRABARS = {
    "worst": "what a bar leaves open goes against the trade, but for E5.stop_stop_skipped",
    "worst_strict": "what a bar leaves open goes against the trade, without exception",
    "best": "what a bar leaves open goes for the trade",
    "ohlc": "every bar goes from its open to its high, its low, its close",
    "olhc": "every bar goes from its open to its low, its high, its close",
    "nearest_extreme": "a bar goes to the extreme nearer to its open first",
    "candle_color": "a bar that rose went to its low first, one that fell to its high",
    "drilldown": "lower bars decide what a bar leaves open; the rest goes against the trade",
}
_MARKET = {
    "close": "market orders fill at the very close that made the signal",
    "next_open": "market orders fill at the open of the next bar",
    "signal": "market orders fill at the price that the signal names, had by anybody or not",
}
_GAPS = {
    "open": "a bar that opens beyond a level fills at its open",
    "level": "a bar that opens beyond a level fills at the level, which nobody may have had",
}
# Label -> key of the configuration, shown where there is one.
_OPTIONAL = (("session", "session"), ("manager", "position_manager"), ("margin", "margin"))
_SPARSE = ("PositionManager", "BreakEven", "Trailing", "Partial", "Session")


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
    console.print("ambiguous  " + ambiguity(result), markup=False, soft_wrap=True)
    if result.rejections:
        console.print("rejected   " + _counts(result.rejections), markup=False, soft_wrap=True)
    console.print(f"digest     {result.digest}", markup=False, soft_wrap=True)


def assumptions(result: BacktestResult) -> list[tuple[str, str]]:
    """Return everything that was assumed, line by line, as label and text.

    Limits that cost users money belong on the screen: spread, slippage and fees are always among
    them, zero or not, and so is what the policy reads into a candle.
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
        *(("spec", line) for line in spec_lines(config)),
        ("sizing", _fields(config.get("sizing"))),
        ("slippage", _fields(slippage) if isinstance(slippage, Mapping) else "none (0 pips)"),
        ("fees", _fields(config.get("fees"))),
        ("policy", _fields(policy)),
        *(_readings(policy) if isinstance(policy, Mapping) else ()),
        ("account", _account(config.get("rates"))),
        *((name, _fields(config[key])) for name, key in _OPTIONAL if config.get(key) is not None),
    ]
    if result.crossed_bars:
        share = 100.0 * result.crossed_bars / config["bars"]
        lines.append(
            ("crossed", f"{result.crossed_bars} bars ({share:.1f} %) with the ask below the bid")
        )
    return lines


def _account(rates: Any) -> str:
    """Say by which rates results were converted, if any."""
    if not isinstance(rates, Mapping):
        return "nothing is converted: every result counts as account currency"
    pairs = ", ".join(
        f"{pair} {rate if isinstance(rate, float) else 'by its bars'}"
        for pair, rate in rates["pairs"].items()
    )
    hub = "" if rates["hub"] is None else f", over {rates['hub']} where no pair joins two"
    return f"in {rates['account']}, converted by {pairs or 'no pair'}{hub}"


def _build(result: BacktestResult) -> str:
    build = result.build
    parts = [f"{result.backend} {build.get('version')}"]
    parts += [str(build[key]) for key in ("build", "profile", "compiler") if build.get(key)]
    return ", ".join(dict.fromkeys(parts))


def _readings(policy: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say in words what a policy assumes where candles do not tell."""
    through, buffer = policy["limit_through_pips"], policy["exit_buffer_pips"]
    lines = [
        ("market", f"{policy['market_fill']}: {_MARKET[policy['market_fill']]}"),
        ("intrabar", f"{policy['intrabar']}: {_INTRABARS[policy['intrabar']]}"),
        ("gaps", f"{policy['gap_fill']}: {_GAPS[policy['gap_fill']]}"),
        (
            "limits",
            f"filled when the price is {through:g} pip beyond the entry"
            if through
            else "filled when touched; with limit_through_pips 0.1 to 0.5 more like a real queue",
        ),
    ]
    if buffer:
        lines.append(("buffer", f"stops and targets count as touched {buffer:g} pip early"))
    if policy["preset"] != "canonical":
        told = "the rules of another system, faults included; see The rules, R"
        lines.append(("preset", f"{policy['preset']}: {told}"))
    return lines


def ambiguity(result: BacktestResult) -> str:
    """Say how many trades the candles leave open, and what the other readings come to (X4).

    Parameters
    ----------
    result : BacktestResult
    """
    policy = result.config.get("policy")
    if isinstance(policy, Mapping) and policy.get("preset") == "parity":
        return "not told: the preset parity marks nothing"
    marks = result.ambiguous
    if not marks.num_rows:
        return "trades 0"
    trades = len(set(marks["order_id"].to_pylist()))
    differences = [value for value in marks["difference"].to_pylist() if value is not None]
    return (
        f"trades {trades}, marks {marks.num_rows}, differences of the other readings "
        f"{math.fsum(differences):+,.2f} in sum (trade list held fixed)"
    )


def _fields(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_fields, value))}]"
    if not isinstance(value, Mapping):
        return "none" if value is None else str(value)
    inside = ", ".join(
        f"{key}={_fields(item)}"
        for key, item in value.items()
        # What a manager is not asked to do would hide what it does.
        if key != "type" and not (value["type"] in _SPARSE and item in (None, [], {}))
    )
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
