"""The command `fillproof record`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..jobs import read_job
from ..records.pins import REFERENCE
from ..records.record import make
from ..records.telling import fails_with_a_line, told_record

__all__ = ["record"]


def record(
    out: Annotated[Path, typer.Option(help="Folder of the record.")],
    strategy: Annotated[
        str | None,
        typer.Option(help="A built-in one, module:Class, or FILE.py:Class. [ema-cross]"),
    ] = None,
    bid: Annotated[Path | None, typer.Option(help="Bid candles, CSV or Parquet.")] = None,
    ask: Annotated[Path | None, typer.Option(help="Ask candles, CSV or Parquet.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Candles of one side; the other is made by --spread.")
    ] = None,
    side: Annotated[
        str | None, typer.Option(help="Which side --data holds: bid or ask. [bid]")
    ] = None,
    spread: Annotated[float | None, typer.Option(help="Spread in pips.")] = None,
    symbol: Annotated[str | None, typer.Option(help="Such as EURUSD.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="Such as H1.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="A TOML file; options here go before it.")
    ] = None,
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
