"""``fillproof sweep``: from settings and a grid to a table of the best."""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table

from fillproof import backends, built_in
from fillproof.cli_run import Settings, candles, find_strategy, make_lower, make_strategy
from fillproof.errors import ConfigError
from fillproof.progress import RichProgress
from fillproof.sweeps import SweepInterrupted, SweepResult
from fillproof.sweeps import sweep as run_sweep
from fillproof.sweeps.grid import refuse

__all__ = ["Shown", "read_grid", "sweep_command"]

#: What is shown of a run, beside its parameters, and its heading.
_COLUMNS = {
    "equity": "equity",
    "max_drawdown": "drawdown",
    "Total Trades": "trades",
    "Winrate": "win %",
    "Avg R-Multiple": "avg R",
}
_WORDS = {"true": True, "false": False, "none": None}


class Shown(NamedTuple):
    """Which rows are shown."""

    by: str = "equity"
    smallest: bool = False
    top: int = 10


def sweep_command(
    settings: Settings, grid: list[str], shown: Shown, *, workers: int | None, out: Path | None
) -> None:
    """Sweep what the settings say over a grid, and print the best.

    Parameters
    ----------
    settings : Settings
    grid : list of str
        As `read_grid` takes them.
    shown : Shown
    workers : int, optional
    out : Path, optional
        Folder for all rows.
    """
    values = read_grid(grid)
    name, engine = backends.resolve(settings.backend)
    pair = candles(settings)
    spec = settings.spec_fields(pair.symbol)
    if settings.strict:
        raise refuse("strict", True, "false: a sweep keeps the rows of runs with rejected signals")
    options = settings.make_account(engine, pair.symbol, (pair.bid, pair.ask), pair.timeframe)
    options |= make_lower(settings, engine, pair)
    # What it says, the sweep finds out by itself.
    options.pop("timeframe", None)
    errors = Console(stderr=True)
    label = f"{pair.symbol} {pair.timeframe} on {name}"
    with RichProgress(label, errors, unit="runs") as progress:
        try:
            result = run_sweep(
                pair.bid,
                pair.ask,
                _strategy(settings, engine, pair.timeframe, spec.pip_size),
                symbol=pair.symbol,
                grid=values,
                timeframe=pair.timeframe,
                start=settings.start,
                symbol_spec=engine.SymbolSpec(**spec._asdict()),
                sizing=settings.make_sizing(engine),
                policy=settings.make_policy(engine),
                slippage_model=engine.SlippageModel(**settings.slippage),
                fee_model=engine.FeeModel(**settings.fees),
                session=settings.make_session(engine, pair.timeframe),
                initial_balance=settings.initial_balance,
                backend=name,
                workers=workers,
                out=out,
                on_progress=progress if errors.is_terminal else None,
                **options,
            )
            interrupted = False
        except SweepInterrupted as interrupt:
            result, interrupted = interrupt.result, True
    console = Console(highlight=False)
    console.print(f"{len(result):,} of {result.total:,} runs, {len(pair.bid):,} bars: {pair.note}")
    if len(result):
        console.print(_table(result, shown))
    if out is not None:
        sys.stdout.write(f"written to {out}\n")
    if interrupted:
        told = "the same command goes on" if out is not None else "--out keeps the rows"
        sys.stderr.write(f"fillproof: interrupted; {told}\n")
        sys.exit(130)


def _strategy(settings: Settings, engine: Any, timeframe: str, pip_size: float) -> Any:
    """Return what makes the strategies: settings of the file hold for all of them."""
    if settings.strategy in built_in.COMMANDS:
        return built_in.make(settings.strategy, engine, timeframe, pip_size, settings.parameters)
    if settings.strategy.endswith(".json"):
        return make_strategy(settings, engine, timeframe, pip_size)
    found = find_strategy(settings)
    if not callable(found):
        raise refuse("strategy", settings.strategy, "a class, or what returns a strategy")
    return partial(found, **settings.parameters) if settings.parameters else found


def _table(result: SweepResult, shown: Shown) -> Table:
    best = result.top(shown.top, shown.by, smallest=shown.smallest)
    columns = [*result.parameters, *_COLUMNS]
    if shown.by not in columns:
        columns.append(shown.by)
    order = "smallest" if shown.smallest else "largest"
    table = Table(
        title=f"best {best.num_rows} by {shown.by}, {order} first",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    shown_rows = [
        [_text(row[name], name in result.parameters) for name in columns]
        for row in best.select(columns).to_pylist()
    ]
    for name, cells in zip(columns, zip(*shown_rows, strict=True), strict=True):
        # A long name is broken where the screen is narrow, a number never.
        widest = max(map(len, cells))
        heading = _COLUMNS.get(name, name)
        table.add_column(heading, justify="right", overflow="fold", min_width=widest)
    for line in shown_rows:
        table.add_row(*line)
    return table


def _text(value: Any, is_parameter: bool) -> str:
    if is_parameter or not isinstance(value, float):
        return str(value)
    return f"{value:,.2f}"


def read_grid(given: list[str]) -> dict[str, list[Any]]:
    """Read ``NAME=FROM:TO:STEP`` and ``NAME=A,B,C``.

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``

    Examples
    --------
    >>> read_grid(["fast=5:20:5", "stop_pips=0.1:0.3:0.1", "policy.intrabar=worst,best"])
    {'fast': [5, 10, 15, 20], 'stop_pips': [0.1, 0.2, 0.3], 'policy.intrabar': ['worst', 'best']}
    """
    values: dict[str, list[Any]] = {}
    for text in given:
        name, equals, told = text.partition("=")
        if not equals or not name or not told or name in values:
            raise _refusal(text)
        values[name] = (
            _range(text, told) if ":" in told else [_value(one) for one in told.split(",")]
        )
    return values


def _range(text: str, told: str) -> list[Any]:
    """Count from one number to another, both included."""
    parts = told.split(":")
    try:
        # As decimals, so that steps of a tenth do not drift.
        first, last, step = (Decimal(part) for part in [*parts, "1"][:3])
    except (InvalidOperation, ValueError):
        raise _refusal(text) from None
    finite = first.is_finite() and last.is_finite() and step.is_finite()
    if len(parts) > 3 or not finite or step <= 0 or last < first:
        raise _refusal(text)
    count = int((last - first) / step) + 1
    whole = not any("." in part or "e" in part.lower() for part in parts)
    numbers = (first + place * step for place in range(count))
    return [int(number) if whole else float(number) for number in numbers]


def _value(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _refusal(text: str) -> ConfigError:
    return refuse("grid", text, "NAME=FROM:TO:STEP or NAME=A,B,C, each name once")
