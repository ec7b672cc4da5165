"""One call from the candles of several symbols and a strategy to a result.

As `fillproof.run` for one symbol, `run_cross_backtest` only puts together what a user could:
candles by key, portfolio, executor and `CrossSymbolEventEngine` of one backend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fillproof import account as accounts
from fillproof import backends, intake, outcome
from fillproof.lookups import common_keys, lookup_of
from fillproof.lower import lower_candles
from fillproof.recording import Recorder
from fillproof.run import refuse_beside_executor

if TYPE_CHECKING:
    from fillproof.results import BacktestResult
    from fillproof.types import ProgressCallback


def run_cross_backtest(
    candles: Mapping[str, Any],
    strategy: Any,
    *,
    timeframe: str | None = None,
    keys: Sequence[Any] | None = None,
    start: Any = None,
    coverage: str = "gaps",
    account: str | None = None,
    rates: Any = None,
    margin: Any = None,
    symbol_specs: Mapping[str, Any] | None = None,
    sizing: Any = None,
    policy: Any = None,
    slippage_model: Any = None,
    fee_model: Any = None,
    session: Any = None,
    lower_candles: Any = None,
    position_manager: Any = None,
    executor: Any = None,
    portfolio: Any = None,
    on_progress: ProgressCallback | None = None,
    tracer: Any = None,
    keep_signals: bool = False,
    backend: str | None = None,
) -> BacktestResult:
    """Run a strategy over the bars of several symbols.

    Parameters
    ----------
    candles : mapping
        symbol -> (bid, ask), each as for `run_backtest`; or symbol -> {"bid": ..., "ask": ...},
        each of them candles or a mapping of key to candle (`CandleLookups`), whose keys may be
        datetimes, str, int or float. The order of the symbols is that of the engine's phases.
    strategy : object or callable
        As for `run_backtest`; ``evaluate(index, multi_slice)`` or ``on_data(multi_slice)``.
    timeframe : str, optional
        Name of the bars; by default that of the most common spacing of the first symbol's.
    keys : sequence, optional
        `CommonTimestamps`; by default every key at which some symbol has both sides.
    start : key, optional
        The first key to be evaluated is the first at or after it; by default the first (L4.start).
    coverage : {"gaps", "strict"}
        Whether a symbol may lack a key (L5.hole) or that is an error (L5.coverage).
    account : str, optional
        Currency of the account, such as ``"USD"``: pairs of forex are converted into it by their
        own bars (P5). Without it and without rates every result counts as account currency.
    rates, margin : optional
        `Rates` instead of an account; `Margin`.
    symbol_specs : mapping of str to SymbolSpec, optional
        By default a guess by the names of forex pairs, noted in the result.
    sizing, policy, slippage_model, fee_model, session, position_manager : optional
    lower_candles : mapping, optional
        symbol -> both sides of a lower timeframe, each as for `run_backtest`; of all symbols.
    executor, portfolio, on_progress, tracer, keep_signals, backend : optional
        As for `run_backtest`.

    Returns
    -------
    BacktestResult
        With keys that are not times its tables have a column ``key`` beside each ``time_us``.

    Raises
    ------
    CandleError, ConfigError, SliceError
        As the engine and `run_backtest` do.

    Examples
    --------
    >>> from fillproof import data, run_cross_backtest
    >>> pairs = {name: data.daily_2021(name) for name in ("EURUSD", "USDJPY")}
    >>> def buy_all_on_mondays(index, market):
    ...     if market.time.weekday():
    ...         return None
    ...     return [TradeSignal("long", None, view.bid.close * 0.99, view.bid.close * 1.01, symbol,
    ...                         market.time) for symbol, view in market.items()]
    >>> from fillproof.python import TradeSignal
    >>> result = run_cross_backtest({name: (pair.bid, pair.ask) for name, pair in pairs.items()},
    ...                             buy_all_on_mondays, account="USD", backend="python")
    >>> result.trades.num_rows
    34
    """
    name, engine = backends.resolve(backend)
    accounts.refuse_both(account, rates)
    sides = {symbol: _sides(given, engine) for symbol, given in candles.items()}
    lookups = {
        symbol: {side: lookup_of(series) for side, series in both.items()}
        for symbol, both in sides.items()
    }
    keys = common_keys(lookups) if keys is None else keys
    timed = bool(keys) and isinstance(keys[0], datetime)
    timeframe = timeframe or _timeframe(sides, keys)
    notes: list[str] = []
    manager = intake.adopt_manager(position_manager, engine)
    options = {
        "account": account,
        "rates": rates,
        "margin": margin,
        "symbol_specs": symbol_specs,
        "sizing": sizing,
        "policy": policy,
        "slippage_model": slippage_model,
        "fee_model": fee_model,
        "session": session,
        "lower_candles": lower_candles,
    }
    if executor is None:
        portfolio = engine.Portfolio() if portfolio is None else portfolio
        executor = _executor(engine, portfolio, sides, timeframe if timed else None, options, notes)
    else:
        refuse_beside_executor(options)
        portfolio = executor.portfolio if portfolio is None else portfolio
    driven = intake.strategy(strategy, engine, manager)
    kept = Recorder(driven, executor) if keep_signals else None
    keywords = {} if tracer is None else {"tracer": tracer}
    loop = engine.CrossSymbolEventEngine(
        lookups, keys, kept or driven, executor, portfolio, timeframe, on_progress, start,
        coverage=coverage, **keywords,
    )  # fmt: skip
    loop.run()
    notes += intake.notes_on(driven)
    holes = {symbol: count for symbol, count in loop.holes.items() if count}
    if holes:
        told = ", ".join(f"{symbol} {count}" for symbol, count in holes.items())
        notes.append(f"keys without a bar (L5.hole): {told} of {len(keys)}")
    first = keys[0] if start is None else start
    config = {
        "symbols": list(candles),
        "symbol": " ".join(candles),
        "timeframe": timeframe,
        "bars": len(keys),
        "keys": "time" if timed else type(keys[0]).__name__,
        "coverage": coverage,
        "start": first.isoformat() if isinstance(first, datetime) else first,
        "strategy": intake.describe_strategy(strategy, engine),
        "position_manager": intake.fields_of(manager),
        **outcome.describe(executor, portfolio, None),
    }
    crossed = loop.crossed_bars
    return outcome.collect(
        executor,
        portfolio,
        backend=name,
        build=backends.info_of(name, engine),
        config=config,
        notes=notes,
        crossed_bars=lambda: crossed,
        candles={symbol: _series(both) for symbol, both in sides.items()} if timed else None,
        keys=None if timed else list(keys),
        recorder=kept,
    )


def _sides(given: Any, engine: Any) -> dict[str, Any]:
    """Bring both sides of a symbol into candles or lookups of the engine's."""
    if isinstance(given, Mapping):
        sides = {side: given.get(side, {}) for side in ("bid", "ask")}
    else:
        bid, ask = (given.bid, given.ask) if hasattr(given, "bid") else given
        sides = {"bid": bid, "ask": ask}
    return {
        side: series if isinstance(series, Mapping) else intake.candles(series, engine)
        for side, series in sides.items()
    }


def _timeframe(sides: Mapping[str, dict[str, Any]], keys: Sequence[Any]) -> str:
    """Name the bars by the spacing of the first symbol's; M1 where keys are no times."""
    for both in sides.values():
        if not isinstance(both["bid"], Mapping):
            return intake.infer_timeframe(both["bid"])
        if keys and isinstance(keys[0], datetime):
            return intake.infer_timeframe([both["bid"][key] for key in sorted(both["bid"])])
        break
    return "M1"


def _executor(
    engine: Any,
    portfolio: Any,
    sides: Mapping[str, dict[str, Any]],
    timeframe: str | None,
    options: Mapping[str, Any],
    notes: list[str],
) -> Any:
    """Make an executor of the engine from the options, which may be of another backend."""
    account = options["account"]
    specs = options["symbol_specs"]
    if specs is None:
        specs = accounts.specs_for(list(sides), engine, account)
        guessed = ", ".join(specs)
        notes.append(f"specifications by the symbols' names: {guessed}")
    specs = {symbol: intake.adopt(spec, engine) for symbol, spec in specs.items()}
    rates = intake.adopt(options["rates"], engine)
    if account is not None:
        series = {symbol: _series(both) for symbol, both in sides.items()}
        rates = accounts.rates_for(account, series, str(timeframe), engine)
    adopted = {
        name: intake.adopt(options[name], engine)
        for name in ("margin", "slippage_model", "fee_model", "policy", "sizing", "session")
        if options[name] is not None
    }
    if rates is not None:
        adopted["rates"] = rates
    lower = lower_candles(options["lower_candles"], None, engine)
    if lower is not None:
        adopted["lower_candles"] = lower
    counts_time = rates is not None or lower is not None
    counts_time = counts_time or any(map(accounts.has_swap, specs.values()))
    if timeframe is not None and counts_time:
        adopted["timeframe"] = timeframe
    return engine.ExecutionSimulator(portfolio, symbol_specs=specs, **adopted)


def _series(both: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return both sides of a symbol as candles, at the keys that have both."""
    if not any(isinstance(side, Mapping) for side in both.values()):
        return both["bid"], both["ask"]
    bid, ask = lookup_of(both["bid"]), lookup_of(both["ask"])
    shared = sorted(set(bid) & set(ask))
    return [bid[key] for key in shared], [ask[key] for key in shared]
