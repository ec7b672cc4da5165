"""The command `fillproof audit`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from fillproof.errors import ConfigError, DataError, FillproofError

from ..audit import Market, Options, Volumes
from ..audit import audit as hold
from ..audit.bars import EMBEDDED, load_market
from ..audit.guess import guess_zone
from ..audit.report import show, to_json
from ..trade_logs import TradeList, parse_zone, read_trades

__all__ = ["audit"]


def audit(
    trades: Annotated[
        list[str],
        typer.Argument(
            help="The trade list, or the folder of a result; then more files of --bars."
        ),
    ],
    bars: Annotated[
        list[str] | None,
        typer.Option(
            help="Candles: bid and ask file, one file of both sides, or one side with --spread; "
            "'embedded' for EURUSD H1 2017."
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="fillproof, mt5, tradingview, backtesting.py, vectorbt, nautilus, or a mapping "
            "FILE.toml. [told by the columns]"
        ),
    ] = None,
    symbol: Annotated[
        str | None, typer.Option(help="Such as EURUSD. [the list's only one]")
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option(help="Length of a bar, such as H1. [the usual step]")
    ] = None,
    side: Annotated[str, typer.Option(help="Which side one file holds: bid or ask.")] = "bid",
    spread: Annotated[
        float | None, typer.Option(help="Spread in pips, the same in every bar.")
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            help="Clock of times that carry no zone: UTC, UTC+2, Europe/Athens, "
            "America/New_York+7, or 'guess'."
        ),
    ] = None,
    decimal: Annotated[
        str, typer.Option(help="Sign before decimals in the list; a mapping has its own.")
    ] = ".",
    pip: Annotated[float | None, typer.Option(help="Price units of a pip.")] = None,
    digits: Annotated[int | None, typer.Option(help="Decimals of a price.")] = None,
    buffer: Annotated[
        float, typer.Option(help="Pips by which a price must be clear of the candles.")
    ] = 0.0,
    slippage: Annotated[
        float | None, typer.Option(help="Most pips by which a fill may be worse. [0]")
    ] = None,
    contract_size: Annotated[
        float, typer.Option(help="Units of a lot, for lists whose sizes are units.")
    ] = 100_000.0,
    unit: Annotated[
        float | None,
        typer.Option(help="Money that a lot gains for each price unit. [by the results]"),
    ] = None,
    volume_step: Annotated[
        float | None, typer.Option(help="Step of sizes in lots; not checked without.")
    ] = None,
    volume_min: Annotated[
        float | None, typer.Option(help="Smallest size in lots. [--volume-step]")
    ] = None,
    volume_max: Annotated[float | None, typer.Option(help="Largest size in lots.")] = None,
    one_position: Annotated[
        bool, typer.Option("--one-position", help="Never more than one position is claimed.")
    ] = False,
    fixed_levels: Annotated[
        bool,
        typer.Option("--fixed-levels", help="Stops and targets stood from the fill to the exit."),
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all findings to this file.")
    ] = None,
    most: Annotated[int, typer.Option("--max", help="Findings shown one by one.")] = 20,
) -> None:
    """Hold any platform's trade list against candles; no engine and no strategy is needed.

    Ends with 0 (clean), 1 (findings), 2 (trades that could not be judged) or 3 (error).
    """
    console = Console(width=None if Console().is_terminal else 160, highlight=False)
    try:
        list_file, *more = trades
        named = [*(bars or []), *more]
        path = Path(list_file)
        if decimal not in {".", ","}:
            raise _option("decimal", decimal, "a point or a comma")
        read = partial(read_trades, path, format, contract_size=contract_size, decimal=decimal)
        found, guessing = _read(read, zone)
        chosen = _symbol(found, symbol)
        found = _alone(found, chosen)
        market = _market(found, chosen, named, side, spread, timeframe, pip, digits)
        if guessing:
            guess = guess_zone(found, market)
            found = read(zone=guess.zone)
            found = _alone(found, chosen)
            found = replace(found, notes=(guess.note(), *found.notes))
        facts = found.facts
        options = Options(
            slippage_pips=slippage if slippage is not None else facts.get("slippage_pips") or 0.0,
            buffer_pips=buffer,
            unit=unit,
            volumes=_volumes(facts, volume_step, volume_min, volume_max),
            one_position=one_position,
            levels_fixed=True if fixed_levels else None,
        )
        result = hold(found, market, options)
        if json_file is not None:
            text = json.dumps(to_json(result, market), indent=1)
            json_file.write_text(text + "\n", encoding="utf-8")
    except (FillproofError, OSError, ValueError) as error:
        told = " ".join(str(error).split())
        console.print(Text(f"error: {told}", style="bold red"), soft_wrap=True)
        raise typer.Exit(3) from None
    show(result, market, console, most=most)
    raise typer.Exit(result.exit_code)


def _read(read: Callable[..., TradeList], zone: str | None) -> tuple[TradeList, bool]:
    """Read the list; for a guess of its clock as if that were UTC, where it has any."""
    if zone != "guess":
        return read(zone=None if zone is None else parse_zone(zone)), False
    try:
        return read(), False
    except DataError as error:
        if error.code != "TIME_NAIVE":
            raise
    return read(zone=parse_zone("UTC")), True


def _symbol(found: TradeList, asked: str | None) -> str:
    symbols = found.symbols()
    if asked is not None:
        # MetaTrader's brokers add their own endings.
        alike = [name for name in symbols if name.upper().startswith(asked.upper())]
        if symbols and asked not in symbols and len(alike) != 1:
            raise _option("symbol", asked, f"one of the list's: {', '.join(symbols)}")
        return asked
    if len(symbols) == 1:
        return symbols[0]
    if not symbols:
        raise _option("symbol", None, "--symbol, since the list names none")
    raise _option("symbol", None, f"--symbol with one of the list's: {', '.join(symbols)}")


def _alone(found: TradeList, symbol: str) -> TradeList:
    """Keep the trades of one symbol, under its name."""
    symbols = found.symbols()
    own = (
        symbol
        if symbol in symbols or not symbols
        else next(name for name in symbols if name.upper().startswith(symbol.upper()))
    )
    kept = found.of_symbol(own)
    notes = found.notes
    if own != symbol and symbols:
        notes += (f"{own} of the list is taken for {symbol}",)
    left = len(found.trades) - len(kept.trades)
    if left:
        notes += (f"{left} trades of other symbols were left out",)
    renamed = tuple(replace(trade, symbol=symbol) for trade in kept.trades)
    return replace(kept, trades=renamed, notes=notes)


def _market(
    found: TradeList,
    symbol: str,
    named: list[str],
    side: str,
    spread: float | None,
    timeframe: str | None,
    pip: float | None,
    digits: int | None,
) -> Market:
    facts = found.facts
    if not named:
        if facts.get("embedded") is None:
            raise _option("bars", None, "--bars with the candles that the trades were made in")
        named = [EMBEDDED]
        market = load_market(named, symbol, spread=spread)
        if market.note != facts["embedded"]:
            raise _option("bars", facts["embedded"], f"--spread as in that run, not {market.note}")
    return load_market(
        named,
        symbol,
        side=side,
        spread=spread,
        timeframe=timeframe or facts.get("timeframe"),
        pip=pip if pip is not None else facts.get("pip_size"),
        digits=digits if digits is not None else facts.get("digits"),
    )


def _volumes(
    facts: dict[str, object], step: float | None, least: float | None, most: float | None
) -> Volumes | None:
    known = {name: facts.get(f"volume_{name}") for name in ("step", "min", "max")}
    step = step if step is not None else _number(known["step"])
    if step is None:
        return None
    if not step > 0.0:
        raise _option("volume-step", step, "a number of lots above 0")
    least = least if least is not None else _number(known["min"])
    return Volumes(
        least if least is not None else step,
        step,
        most if most is not None else _number(known["max"]),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _option(field: str, value: object, expected: str) -> ConfigError:
    return ConfigError(
        f"{field} is {value!r}; expected {expected}",
        code="OPTION_UNKNOWN",
        field=field,
        value=value,
        expected=expected,
    )
