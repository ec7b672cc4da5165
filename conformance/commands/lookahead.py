"""The command `fillproof lookahead`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from fillproof.cli_options import Ask, Bid, Config, Data, Side, Spread, Strategy, Symbol, Timeframe
from fillproof.errors import FillproofError

from ..jobs import read_job
from ..lookahead import JobBench, examine, warm_up
from ..lookahead.telling import show_examination, show_warm_up
from ..wire import dumps

__all__ = ["lookahead"]


def lookahead(
    strategy: Strategy = None,
    bid: Bid = None,
    ask: Ask = None,
    data: Data = None,
    side: Side = None,
    spread: Spread = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    config: Config = None,
    backend: Annotated[
        str | None, typer.Option(help="rust, cython or python. [the best there is]")
    ] = None,
    points: Annotated[
        int | None,
        typer.Option(min=1, help="After how many bars to cut. [all up to 400, else 120]"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the choice of bars, and of other futures.")] = 0,
    warm: Annotated[
        bool, typer.Option("--warm-up/--no-warm-up", help="Also vary the bars before the start.")
    ] = True,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the report to this file.")
    ] = None,
) -> None:
    """Find out whether signals depend on what had not happened yet, and on how much warm-up.

    Ends with 0 (clean), 1 (look-ahead), 2 (not proven) or 3 (error).
    """
    console = Console(width=None if Console().is_terminal else 110, highlight=False)
    try:
        job = read_job(
            strategy=strategy,
            bid=bid,
            ask=ask,
            data=data,
            side=side,
            spread=spread,
            symbol=symbol,
            timeframe=timeframe,
            config=config,
        )
        bench = JobBench(job, backend=backend)
        with _Bar("looking ahead") as bar:
            found = examine(bench, points=points, seed=seed, progress=bar)
        show_examination(found, console)
        report = found.report()
        report["warm_up"] = None
        if warm and found.verdict != "look-ahead" and found.signals and len(bench.market) > 1:
            with _Bar("warming up") as bar:
                told = warm_up(bench, progress=bar)
            show_warm_up(told, console)
            report["warm_up"] = told.report()
        if json_file is not None:
            json_file.write_text(dumps(report, indent=1) + "\n", encoding="utf-8")
    except (FillproofError, OSError, ValueError, ImportError) as error:
        code = getattr(error, "code", type(error).__name__)
        console.print(Text(f"error: {code}: {' '.join(str(error).split())}", style="bold red"))
        raise typer.Exit(3) from error
    raise typer.Exit(found.exit_code)


class _Bar(Progress):
    """A bar of progress on a terminal, nothing elsewhere."""

    def __init__(self, what: str) -> None:
        errors = Console(stderr=True)
        super().__init__(console=errors, transient=True, disable=not errors.is_terminal)
        self._task = self.add_task(what, total=None)

    def __call__(self, done: int, planned: int) -> None:
        self.update(self._task, completed=done, total=planned)

    def __enter__(self) -> Any:
        super().__enter__()
        return self
