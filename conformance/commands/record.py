"""The command `fillproof record`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fillproof.cli_options import Ask, Bid, Config, Data, Side, Spread, Strategy, Symbol, Timeframe

from ..jobs import read_job
from ..records.pins import REFERENCE
from ..records.record import make
from ..records.telling import fails_with_a_line, told_record

__all__ = ["record"]


def record(
    out: Annotated[Path, typer.Option(help="Folder of the record.")],
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
        str, typer.Option(help="Who runs; only the reference makes a reference record.")
    ] = REFERENCE,
    timeout: Annotated[float, typer.Option(help="Seconds that the run may take.")] = 600.0,
) -> None:
    """Write a run with its signals, trace, chained digest and pins, for others to be held against.

    Ends with 0, or 3 where nothing could be recorded.
    """
    with fails_with_a_line():
        job = read_job(
            config=config,
            strategy=strategy,
            bid=bid,
            ask=ask,
            data=data,
            side=side,
            spread=spread,
            symbol=symbol,
            timeframe=timeframe,
        )
        made = make(job, out, backend=backend, seconds=timeout)
        typer.echo(told_record(made))
