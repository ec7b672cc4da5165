"""The command `fillproof profile`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from fillproof.cli_options import Ask, Bid, Config, Data, Side, Spread, Strategy, Symbol, Timeframe
from fillproof.cli_settings import Settings
from fillproof.errors import FillproofError

__all__ = ["profile"]


def profile(
    strategy: Strategy = None,
    backend: Annotated[
        str | None, typer.Option(help="rust, cython or python. [the best there is]")
    ] = None,
    bid: Bid = None,
    ask: Ask = None,
    data: Data = None,
    side: Side = None,
    spread: Spread = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    config: Config = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write what was found to this file.")
    ] = None,
) -> None:
    """Say where your run's time goes and what another way to write the strategy would gain.

    Takes the options of `fillproof run`. Your signals are recorded once and played again as signal
    columns on your own bars; a time is told with whether the result stayed the same.
    """
    console = Console(width=None if Console().is_terminal else 160, highlight=False)
    errors = Console(file=sys.stderr)
    try:
        given = Settings.read(config) if config is not None else Settings()
        given.override(
            strategy=strategy, backend=backend, bid=bid, ask=ask, data=data, side=side,
            spread=spread, symbol=symbol, timeframe=timeframe,
        )  # fmt: skip
        from ..bench import profile_report, profiling, telling

        with errors.status("profiling") as status:
            found = profiling.measure(given, told=status.update)
        if json_file is not None:
            text = json.dumps(found.plain(), indent=1)
            json_file.write_text(text + "\n", encoding="utf-8")
        telling.show_tables(profile_report.tables(found), console)
        for line in profile_report.advice(found):
            console.print(line, markup=False, style="bold", soft_wrap=True)
    except (FillproofError, OSError, ValueError, ImportError) as error:
        code = getattr(error, "code", type(error).__name__)
        told = " ".join(str(error).split())
        console.print(Text(f"error: {code}: {told}", style="bold red"), soft_wrap=True)
        raise typer.Exit(3) from None
