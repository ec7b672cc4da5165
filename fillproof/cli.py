"""The command ``fillproof``: run, explain, doctor; and the harness: verify, bench and the rest.

What a user can put right is told in one line with its code, exit code 2; anything else is a defect
and keeps its traceback.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from fillproof import __version__
from fillproof.cli_options import (
    Ask,
    Bid,
    Config,
    Data,
    LowerAsk,
    LowerBid,
    LowerData,
    Side,
    Spread,
    Strategy,
    Symbol,
    Timeframe,
)
from fillproof.errors import FillproofError

app = typer.Typer(
    name="fillproof",
    help="Backtests on bid and ask, on twin engines that agree to the last bit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

#: Passed on to another command line unread.
_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def main() -> NoReturn:
    """Run the command line and leave the process with its exit code."""
    try:
        app()
    except (FillproofError, OSError) as error:
        code = getattr(error, "code", type(error).__name__)
        typer.echo(f"fillproof: {code}: {' '.join(str(error).split())}", err=True)
        sys.exit(2)
    sys.exit(0)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"fillproof {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@app.command()
def run(
    strategy: Strategy = None,
    backend: Annotated[
        str | None, typer.Option(help="rust, cython or python. [the best there is]")
    ] = None,
    bid: Bid = None,
    ask: Ask = None,
    data: Data = None,
    side: Side = None,
    spread: Spread = None,
    lower_bid: LowerBid = None,
    lower_ask: LowerAsk = None,
    lower_data: LowerData = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    config: Config = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results: Parquet and JSON.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the digest alone.")] = False,
) -> None:
    """Run a strategy and show what came of it; by default EMA cross on EURUSD H1 2017."""
    from fillproof.cli_run import Settings, run_command

    given = Settings.read(config) if config is not None else Settings()
    given.override(
        strategy=strategy,
        backend=backend,
        bid=bid,
        ask=ask,
        data=data,
        side=side,
        spread=spread,
        lower_bid=lower_bid,
        lower_ask=lower_ask,
        lower_data=lower_data,
        symbol=symbol,
        timeframe=timeframe,
    )
    run_command(given, out=out, quiet=quiet)


@app.command()
def sweep(
    grid: Annotated[
        list[str],
        typer.Option(
            help="NAME=5:20:5 (both ends included) or NAME=20,50,100; once for each name."
        ),
    ],
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
    by: Annotated[str, typer.Option(help="Column by which the best are shown.")] = "equity",
    smallest: Annotated[bool, typer.Option("--smallest", help="The smallest are best.")] = False,
    top: Annotated[int, typer.Option(min=1, help="So many of them.")] = 10,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads. [all cores]")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for all rows; one begun before is gone on with.")
    ] = None,
) -> None:
    """Run a strategy with many parameters and show the best."""
    from fillproof.cli_run import Settings
    from fillproof.cli_sweep import Shown, sweep_command

    given = Settings.read(config) if config is not None else Settings()
    given.override(
        strategy=strategy,
        backend=backend,
        bid=bid,
        ask=ask,
        data=data,
        side=side,
        spread=spread,
        symbol=symbol,
        timeframe=timeframe,
    )
    sweep_command(given, grid, Shown(by, smallest, top), workers=workers, out=out)


@app.command()
def explain(
    folder: Annotated[Path, typer.Argument(help="What run --out wrote.")],
    order_id: Annotated[int, typer.Argument(help="Number of the order, from 1.")],
    bid: Annotated[Path | None, typer.Option(help="Bid candles of that run.")] = None,
    ask: Annotated[Path | None, typer.Option(help="Ask candles of that run.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="The TOML file of that run, which names its candles.")
    ] = None,
) -> None:
    """Say why an order filled and left, or why it did not: the rules and bars behind it."""
    from fillproof.cli_run import Settings, explain_command

    given = Settings.read(config) if config is not None else Settings()
    given.override(bid=bid, ask=ask)
    explain_command(given, folder, order_id)


@app.command()
def doctor() -> None:
    """Say which backends work, how each was built, and the cure for what is missing.

    Exit code 0 if the backend that would be used works, else 1.
    """
    from fillproof.doctor import examine

    raise typer.Exit(examine())


@app.command(context_settings=_PASS_ON, add_help_option=False)
def verify(context: typer.Context) -> None:
    """Prove that another implementation does the same, or show where it first does not."""
    _pass_on("verify", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def audit(context: typer.Context) -> None:
    """Check a trade list of any platform against the candles."""
    _pass_on("audit", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def lookahead(context: typer.Context) -> None:
    """Look for signals that depend on what had not happened yet."""
    _pass_on("lookahead", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def record(context: typer.Context) -> None:
    """Write a run with its trace and digests, for others to be held against."""
    _pass_on("record", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def fill(context: typer.Context) -> None:
    """Answer golden questions of your own with the reference."""
    _pass_on("fill", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def diff(context: typer.Context) -> None:
    """Compare two results on disk."""
    _pass_on("diff", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def certificate(context: typer.Context) -> None:
    """Make or verify the certificate of a run."""
    _pass_on("certificate", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def suite(context: typer.Context) -> None:
    """Fuzz your strategy on all backends, or minimise a case in which they differ."""
    _pass_on("suite", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def bench(context: typer.Context) -> None:
    """Time the backends against each other, beside equal digests only."""
    _pass_on("bench", context)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def profile(context: typer.Context) -> None:
    """Say where your run's time goes and what another way to write the strategy would gain."""
    _pass_on("profile", context)


def _pass_on(name: str, context: typer.Context) -> None:
    # Imported only here: whoever runs backtests does not need the harness.
    harness = importlib.import_module(f"fillproof.conformance.commands.{name}")
    command = getattr(harness, "app", None)
    if command is None:
        command = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
        )
        command.command()(getattr(harness, name))
    command(args=context.args, prog_name=f"fillproof {name}")
