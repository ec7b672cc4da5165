"""The commands `fillproof certificate make` and `fillproof certificate verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..jobs import Job, read_job
from ..records import certificate as certificates
from ..records.telling import fails_with_a_line
from ..wire import dumps

__all__ = ["app"]

app = typer.Typer(
    help="Certificates of runs: made once, verified by running again on another implementation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_STRATEGY = typer.Option(help="A built-in one, module:Class, or FILE.py:Class.")
_BID = typer.Option(help="Bid candles, CSV or Parquet.")
_ASK = typer.Option(help="Ask candles, CSV or Parquet.")
_DATA = typer.Option(help="Candles of one side; the other is made by --spread.")
_SIDE = typer.Option(help="Which side --data holds: bid or ask. [bid]")
_SPREAD = typer.Option(help="Spread in pips.")
_SYMBOL = typer.Option(help="Such as EURUSD.")
_TIMEFRAME = typer.Option(help="Such as H1.")
_CONFIG = typer.Option(help="A TOML file; options here go before it.")
_TIMEOUT = typer.Option(help="Seconds that the run may take.")


@app.command()
def make(
    run: Annotated[Path, typer.Argument(help="What record or run --out wrote.")],
    out: Annotated[Path, typer.Option(help="File of the certificate.")],
    strategy: Annotated[str | None, _STRATEGY] = None,
    bid: Annotated[Path | None, _BID] = None,
    ask: Annotated[Path | None, _ASK] = None,
    data: Annotated[Path | None, _DATA] = None,
    side: Annotated[str | None, _SIDE] = None,
    spread: Annotated[float | None, _SPREAD] = None,
    symbol: Annotated[str | None, _SYMBOL] = None,
    timeframe: Annotated[str | None, _TIMEFRAME] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    timeout: Annotated[float, _TIMEOUT] = 600.0,
) -> None:
    """Make the certificate of a run.

    A record says what it was made from.  For what `run --out` wrote, name strategy, data and
    settings again: they run once more, and must give the same results.
    """
    given = _given(
        strategy=strategy, bid=bid, ask=ask, data=data, side=side, spread=spread, symbol=symbol,
        timeframe=timeframe,
    )  # fmt: skip
    with fails_with_a_line():
        job = _job(config, given) if given or config is not None else None
        made = certificates.certify_folder(run, job, seconds=timeout)
        certificates.write(out, made)
        typer.echo(f"digest {made['outputs']['digest']}\nwritten to {out}")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The certificate.")],
    backend: Annotated[
        str | None,
        typer.Option(help="Who runs it again. [another implementation than the maker's]"),
    ] = None,
    result: Annotated[
        Path | None, typer.Option(help="A folder that is said to hold the certified results.")
    ] = None,
    strategy: Annotated[str | None, _STRATEGY] = None,
    bid: Annotated[Path | None, _BID] = None,
    ask: Annotated[Path | None, _ASK] = None,
    data: Annotated[Path | None, _DATA] = None,
    side: Annotated[str | None, _SIDE] = None,
    spread: Annotated[float | None, _SPREAD] = None,
    symbol: Annotated[str | None, _SYMBOL] = None,
    timeframe: Annotated[str | None, _TIMEFRAME] = None,
    config: Annotated[Path | None, _CONFIG] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all of it to this file.")
    ] = None,
    timeout: Annotated[float, _TIMEOUT] = 600.0,
) -> None:
    """Run what a certificate is about again, on another implementation, and compare every part.

    Strategy, data and settings are named as for `fillproof run`.  Ends with 0 (same), 1 (something
    differs, told by its name), 2 (not proven: the build that made it ran again, or other rules) or
    3 (error).
    """
    given = _given(
        strategy=strategy, bid=bid, ask=ask, data=data, side=side, spread=spread, symbol=symbol,
        timeframe=timeframe,
    )  # fmt: skip
    with fails_with_a_line():
        certificate = certificates.read(file)
        found = certificates.verify(
            certificate, _job(config, given), backend=backend, result=result, seconds=timeout
        )
        if json_file is not None:
            json_file.write_text(dumps(found.plain(), indent=1) + "\n", encoding="utf-8")
    typer.echo(found.told())
    raise typer.Exit(found.exit_code)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _job(config: Path | None, given: dict[str, Any]) -> Job:
    return read_job(config=config, **given)
