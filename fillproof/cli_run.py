"""``fillproof run`` and ``explain``: from settings to a run, and what is shown of it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from fillproof import backends, built_in, data, own_modules, signal_file
from fillproof.cli_settings import Settings
from fillproof.errors import ConfigError
from fillproof.lower import lower_candles
from fillproof.progress import RichProgress
from fillproof.report import show
from fillproof.results import BacktestResult
from fillproof.run import run_backtest
from fillproof.storage import refuse_foreign

__all__ = ["Settings", "explain_command", "run_command"]


def run_command(settings: Settings, *, out: Path | None, quiet: bool) -> None:
    """Run what the settings say and print the result.

    Parameters
    ----------
    settings : Settings
    out : Path, optional
        Folder to write the result to.
    quiet : bool
        Print the digest alone.
    """
    if out is not None:
        # Before the run, which may be long.
        refuse_foreign(out.absolute())
    name, engine = backends.resolve(settings.backend)
    pair, strategy, executor = prepare(settings, engine)
    errors = Console(stderr=True)
    with RichProgress(f"{pair.symbol} {pair.timeframe} on {name}", errors) as progress:
        result = run_backtest(
            pair.bid,
            pair.ask,
            strategy,
            symbol=pair.symbol,
            timeframe=pair.timeframe,
            start=settings.start,
            executor=executor,
            on_progress=None if quiet or not errors.is_terminal else progress,
            backend=name,
        )
    result.notes.insert(0, pair.note)
    if not settings.spec:
        result.notes.append("specification by the symbol's name; another: [spec] in --config")
    if quiet:
        sys.stdout.write(result.digest + "\n")
    else:
        show(result, Console(highlight=False))
    if out is not None:
        folder = result.save(out)
        if not quiet:
            sys.stdout.write(f"written to {folder}\n")


def prepare(
    settings: Settings, engine: Any, folder: Path | None = None
) -> tuple[data.CandlePair, Any, Any]:
    """Make what a run of the settings needs on a backend.

    Parameters
    ----------
    settings : Settings
    engine
        The backend's package.
    folder : Path, optional
        Where a strategy's module is looked for; by default the current folder.

    Returns
    -------
    tuple
        Candles, strategy, and an executor with its portfolio.
    """
    pair = candles(settings)
    spec = settings.spec_fields(pair.symbol)
    strategy: Any
    if settings.strategy.lower().endswith(signal_file.ENDINGS):
        path = (folder or Path.cwd()) / settings.strategy
        strategy = signal_file.read_signals(path, engine, pair.bid.time_us, pair.symbol)
    else:
        strategy = make_strategy(settings, engine, pair.timeframe, spec.pip_size, folder)
    # A strategy compiled in Rust runs in the engine that it was compiled with.
    engine = own_modules.behind(strategy, engine)
    return pair, strategy, make_executor(settings, engine, pair)


def make_executor(settings: Settings, engine: Any, pair: data.CandlePair) -> Any:
    """Make the executor of a run of the settings over a pair of candles, with its portfolio."""
    spec = settings.spec_fields(pair.symbol)
    return engine.ExecutionSimulator(
        engine.Portfolio(settings.initial_balance),
        slippage_model=engine.SlippageModel(**settings.slippage),
        fee_model=engine.FeeModel(**settings.fees),
        symbol_specs={pair.symbol: engine.SymbolSpec(**spec._asdict())},
        policy=settings.make_policy(engine),
        sizing=settings.make_sizing(engine),
        session=settings.make_session(engine, pair.timeframe),
        strict=settings.strict,
        **{
            **settings.make_account(engine, pair.symbol, (pair.bid, pair.ask), pair.timeframe),
            **make_lower(settings, engine, pair),
        },
    )


def make_lower(settings: Settings, engine: Any, pair: data.CandlePair) -> dict[str, Any]:
    """Make the executor's options about lower candles; none where the settings name no files."""
    if not settings.names_lower():
        return {}
    if settings.lower_data is not None:
        if settings.lower_bid is not None or settings.lower_ask is not None:
            raise _option("lower_data", settings.lower_data, "it, or lower_bid with lower_ask")
        bid, ask = _both_sides(settings, settings.lower_data, pair.symbol)
    elif settings.lower_bid is None or settings.lower_ask is None:
        raise _option("lower_bid, lower_ask", "one of two", "lower_bid with lower_ask")
    else:
        bid = data.read_file(settings.lower_bid, time_unit=settings.time_unit)
        ask = data.read_file(settings.lower_ask, time_unit=settings.time_unit)
    sides = {"bid": bid, "ask": ask, "timeframe": settings.lower_timeframe}
    made = lower_candles(sides, pair.symbol, engine)
    return {"lower_candles": made, "timeframe": pair.timeframe}


def explain_command(settings: Settings, folder: Path, order_id: int) -> None:
    """Print what an order of a saved result came from; its candles are those of the settings."""
    result = BacktestResult.load(folder)
    if settings.symbol is None:
        settings.symbol = result.config["symbol"]
    settings.timeframe = result.config["timeframe"]
    bid = ask = None
    named = settings.bid or settings.ask or settings.data
    if named or settings.symbol == "EURUSD":
        pair = candles(settings)
        # Where no file is named these are the embedded candles; the run says if it was on them.
        if named or pair.note in result.notes:
            bid, ask = pair.bid, pair.ask
    sys.stdout.write(result.explain(order_id, bid, ask) + "\n")


def candles(settings: Settings) -> data.CandlePair:
    """Load or derive both sides of what the settings name."""
    if settings.bid is not None or settings.ask is not None:
        return _two_files(settings)
    if settings.data is not None:
        return _one_file(settings)
    if settings.symbol not in (None, "EURUSD"):
        raise _option("symbol", settings.symbol, "EURUSD, or candles by --bid and --ask or --data")
    pair = data.eurusd_h1_2017()
    if settings.spread is None:
        return pair
    spec = settings.spec_fields("EURUSD")
    bid = data.derive_bid(pair.ask, settings.spread, spec.pip_size, spec.digits)
    note = pair.note.replace(f"{pair.spread_pips} pip", f"{settings.spread:g} pip")
    return data.CandlePair(pair.symbol, pair.timeframe, bid, pair.ask, settings.spread, note)


def _two_files(settings: Settings) -> data.CandlePair:
    if settings.bid is None or settings.ask is None or settings.data or settings.spread:
        raise _option("bid, ask", "one of two", "--bid with --ask, or --data with --spread")
    import numpy as np

    symbol = _symbol(settings)
    bid = data.read_file(settings.bid, time_unit=settings.time_unit)
    ask = data.read_file(settings.ask, time_unit=settings.time_unit)
    if np.array_equal(bid.time_us, ask.time_us):
        # The same numbers need not be there twice.
        ask = data.CandleTable(bid.time_us, *ask.columns()[1:])
    note = f"bid from {settings.bid}, ask from {settings.ask}"
    return data.CandlePair(symbol, _timeframe(settings, bid), bid, ask, None, note)


def _spread(settings: Settings) -> float:
    if settings.spread is None:
        raise _option("spread", None, "the spread in pips by which the other side is derived")
    if not settings.spread >= 0.0:
        raise _option("spread", settings.spread, "a number of pips, at least 0")
    return settings.spread


def _both_sides(settings: Settings, path: Path, symbol: str) -> tuple[Any, Any]:
    """Read one side from a file, and derive the other by the spread."""
    spread = _spread(settings)
    spec = settings.spec_fields(symbol)
    table = data.read_file(path, time_unit=settings.time_unit)
    derive = data.derive_bid if settings.side == "ask" else data.derive_ask
    other = derive(table, spread, spec.pip_size, spec.digits)
    return (other, table) if settings.side == "ask" else (table, other)


def _one_file(settings: Settings) -> data.CandlePair:
    spread, symbol = _spread(settings), _symbol(settings)
    bid, ask = _both_sides(settings, settings.data, symbol)  # type: ignore[arg-type]
    made = "bid" if settings.side == "ask" else "ask"
    note = (
        f"{settings.side} from {settings.data}, {made} derived from a constant spread of "
        f"{spread:g} pip"
    )
    return data.CandlePair(symbol, _timeframe(settings, bid), bid, ask, spread, note)


def _symbol(settings: Settings) -> str:
    if settings.symbol is None:
        raise _option("symbol", None, "the symbol of the candles, such as --symbol EURUSD")
    return settings.symbol


def _timeframe(settings: Settings, bid: data.CandleTable) -> str:
    from fillproof.intake import infer_timeframe

    return settings.timeframe or infer_timeframe(bid)


def make_strategy(
    settings: Settings,
    engine: Any,
    timeframe: str,
    pip_size: float,
    folder: Path | None = None,
) -> Any:
    """Make a built-in strategy, one of the user's, or one of expressions that was saved.

    The user's are named by ``module:Class`` or ``FILE.py:Class``, saved ones by ``FILE.json``.
    """
    if settings.strategy in built_in.COMMANDS:
        return built_in.make(settings.strategy, engine, timeframe, pip_size, settings.parameters)
    if settings.strategy.endswith(".json"):
        path = (folder or Path.cwd()) / settings.strategy
        if not path.is_file():
            raise _option("strategy", settings.strategy, f"a file; there is no {path}")
        return engine.ExpressionStrategy.load(path).bind(**settings.parameters)
    found = find_strategy(settings, folder)
    return found(**settings.parameters) if isinstance(found, type) else found


def find_strategy(settings: Settings, folder: Path | None = None) -> Any:
    """Find what ``module:Class`` or ``FILE.py:Class`` names."""
    module, colon, name = settings.strategy.rpartition(":")
    if not colon or not module or not name:
        raise _option(
            "strategy",
            settings.strategy,
            ", ".join(built_in.COMMANDS)
            + ", FILE.json, a file of signals, module:Class or FILE.py:Class",
        )
    found: Any = _module(settings, module, folder or Path.cwd())
    for part in name.split("."):
        if not hasattr(found, part):
            raise _option("strategy", settings.strategy, f"a name in {module}; it has no {name}")
        found = getattr(found, part)
    return found


def _module(settings: Settings, module: str, folder: Path) -> Any:
    """Import the module of a strategy, by name from a folder or by the path of its file."""
    path = folder / module
    if module.endswith(".py"):
        if not path.is_file():
            raise _option("strategy", settings.strategy, f"a file; there is no {path}")
        folder, module = path.parent, path.stem
    # An installed command does not look for modules in the folder it is called from.
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise _option(
            "strategy", settings.strategy, f"a module; there is none named {error.name}"
        ) from None


def _option(field: str, value: object, expected: str) -> ConfigError:
    return ConfigError(
        f"{field} is {value!r}; expected {expected}",
        code="OPTION_UNKNOWN",
        field=field,
        value=value,
        expected=expected,
    )
