"""One call from candles and a strategy to a result.

`run_backtest` only puts together what a user could: candles, portfolio, executor and `EventEngine`
of one backend. It is the shortest complete use of the engines; read it to see what a run needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, overload

from fillproof import account as accounts
from fillproof import backends, intake, outcome, own_modules
from fillproof.errors import ConfigError
from fillproof.lower import lower_candles
from fillproof.multi_data import assemble
from fillproof.recording import Recorder
from fillproof.specs import is_forex, spec_fields

if TYPE_CHECKING:
    from typing import Unpack

    from fillproof.bounds import BoundsResult
    from fillproof.results import BacktestResult
    from fillproof.types import MultiCandleData, ProgressCallback, RunOptions


@overload
def run_backtest(
    bid: Any,
    ask: Any,
    strategy: Any,
    *,
    symbol: str,
    bounds: None = None,
    **options: Unpack[RunOptions],
) -> BacktestResult: ...


@overload
def run_backtest(
    bid: Any,
    ask: Any,
    strategy: Any,
    *,
    symbol: str,
    bounds: Literal["both"],
    **options: Unpack[RunOptions],
) -> BoundsResult: ...


def run_backtest(
    bid: Any,
    ask: Any,
    strategy: Any,
    *,
    symbol: str,
    timeframe: str | None = None,
    start: datetime | None = None,
    symbol_spec: Any = None,
    sizing: Any = None,
    policy: Any = None,
    slippage_model: Any = None,
    fee_model: Any = None,
    session: Any = None,
    account: str | None = None,
    rates: Any = None,
    margin: Any = None,
    lower_candles: Any = None,
    position_manager: Any = None,
    executor: Any = None,
    portfolio: Any = None,
    timeframes: Sequence[str] | None = None,
    multi_candle_data: MultiCandleData | None = None,
    on_progress: ProgressCallback | None = None,
    tracer: Any = None,
    keep_signals: bool = False,
    backend: str | None = None,
    bounds: Literal["both"] | None = None,
    shadow: str | None = None,
) -> BacktestResult | BoundsResult:
    """Run a strategy over the bars of one symbol.

    Parameters
    ----------
    bid, ask : candles
        Both sides, bar by bar: a `CandleTable`, `Candles` of any backend, a list of candle
        objects, a pyarrow, pandas or polars frame, a structured numpy array, or a mapping of name
        to array.
    strategy : object or callable
        An object with ``evaluate(index, slice_map)``; one with ``on_data(slice_map)`` or
        ``check_entry(slice, index=)``, which is wrapped in `StrategyWrapper`; or a plain function
        in place of ``evaluate``.
    symbol : str
        Such as ``"EURUSD"``.
    timeframe : str, optional
        Name under which the strategy finds the bars, such as ``"M1"``; by default that of the most
        common spacing among the first 10,000 bars.
    start : datetime, optional
        The first bar to be evaluated is the first at or after it (L1); by default the first of all.
        Earlier bars are warm-up: visible, not traded.
    symbol_spec : SymbolSpec, optional
        By default a guess for names of forex pairs (`fillproof.data.default_spec`), noted in the
        result; none for other names.
    sizing, policy, slippage_model, fee_model : optional
        `FixedLots`, `RiskAmount` (by default 100 of account currency at risk for each trade) or
        `RiskFraction`; `ExecutionPolicy`; `SlippageModel` and `FeeModel` (none); of any backend.
    session : Session, optional
        Its ``no_entry`` hours; ``flat_at`` is for a `PositionManager` with the same session.
    account : str, optional
        Currency of the account, such as ``"USD"``: the pair itself gives the rates (P5); where it
        does not hold the account's currency pass `rates` instead.
    rates, margin : optional
        `Rates`, for specs that name currencies; `Margin` (A1).
    lower_candles : optional
        Both sides of a lower timeframe, for a policy with ``intrabar="drilldown"`` (X3.drilldown):
        ``{"bid": ..., "ask": ...}``, a `CandlePair` or a pair, in every form in which candles come.
    position_manager : PositionManager or any object with ``manage_positions``, optional
        Put beside the strategy (L3), which may have none of its own then.
    executor : ExecutionSimulator or other, optional
        Takes the place of the options from `symbol_spec` to `lower_candles`.
    portfolio : Portfolio or other, optional
        By default the executor's, else a new one with 10,000.
    timeframes : sequence of str, optional
        Higher timeframes, such as ``["H4", "D1"]``, built from the bars and shown when they have
        closed; see `fillproof.timeframes`.
    multi_candle_data : mapping, optional
        Further timeframes aligned to the bars, ``{timeframe: {"bid": [...], "ask": [...]}}``, used
        as they are; a `LookAheadWarning` tells of candles that are seen before they close.
    on_progress : callable, optional
        Called as ``on_progress(current, total)`` after every bar.
    tracer : Tracer, optional
        Collects the events of the run.
    keep_signals : bool
        Keep every signal as it was given, for `BacktestResult.trade_signals`; costs a call of
        Python's at every bar.
    backend : {"rust", "cython", "python"}, optional
        By default the one in use; of a strategy compiled in Rust the module that holds it.
    bounds : {"both"}, optional
        Run twice, with ``intrabar="worst_strict"`` and ``"best"``, each time from fresh copies;
        see `fillproof.bounds`. A class or a function without parameters may stand for the strategy
        then, to make it anew.
    shadow : {"rust", "cython", "python"}, optional
        Another backend, on which the signals of the run are played again; the strategy itself runs
        once. What came of it is `BacktestResult.shadow`; see `fillproof.shadow`.

    Returns
    -------
    BacktestResult
        With `bounds`, a `BoundsResult` of two of them.

    Raises
    ------
    CandleError
        Bars that break a rule of T, before the first is evaluated.
    ConfigError
        ``OPTION_UNKNOWN``: both an executor and one of the options that it replaces; two position
        managers; something that `bounds` cannot copy; a timeframe to be built that is given.
        ``TIMEFRAME_INVALID``: one that cannot be built of the bars.
    SliceError
        ``TIMEFRAME_UNKNOWN``: no timeframe given, and too few bars to see one.

    Warns
    -----
    ShadowWarning
        The shadow is not the same; with the first place.

    Examples
    --------
    >>> from fillproof import data, run_backtest
    >>> pair = data.eurusd_h1_2017()
    >>> def buy_at_midnight(index, slice_map):
    ...     bid, ask = (slice_map["EURUSD"].latest("H1", side) for side in ("bid", "ask"))
    ...     if bid.timestamp.hour:
    ...         return None
    ...     return TradeSignal("long", ask.close, bid.close - 0.002, ask.close + 0.002, "EURUSD",
    ...                        bid.timestamp)
    >>> from fillproof.python import TradeSignal
    >>> result = run_backtest(pair.bid[:200], pair.ask[:200], buy_at_midnight, symbol="EURUSD",
    ...                       backend="python")
    >>> result.summary["Total Trades"]
    9
    """
    options = {
        "symbol_spec": symbol_spec,
        "sizing": sizing,
        "policy": policy,
        "slippage_model": slippage_model,
        "fee_model": fee_model,
        "session": session,
        "account": account,
        "rates": rates,
        "margin": margin,
        "lower_candles": lower_candles,
    }
    accounts.refuse_both(account, rates)
    if bounds is not None:
        from fillproof.bounds import run_both

        given = {
            **options,
            "symbol": symbol,
            "timeframe": timeframe,
            "start": start,
            "position_manager": position_manager,
            "executor": executor,
            "portfolio": portfolio,
            "timeframes": timeframes,
            "multi_candle_data": multi_candle_data,
            "on_progress": on_progress,
            "tracer": tracer,
            "keep_signals": keep_signals,
            "backend": backend,
            "shadow": shadow,
        }
        return run_both(bounds, bid, ask, strategy, given)
    name, engine = own_modules.resolve(backend, strategy)
    bid, ask = intake.candles(bid, engine), intake.candles(ask, engine)
    timeframe = timeframe or intake.infer_timeframe(bid)
    notes: list[str] = []
    manager = intake.adopt_manager(position_manager, engine)
    if manager is None and getattr(session, "flat_at", None):
        notes.append("flat_at of the session closes nothing: that takes a PositionManager with it")
    shadowed = None
    if shadow is not None:
        from fillproof.shadow import Shadow

        made_again = partial(_made_again, symbol, timeframe, options)
        shadowed = Shadow(shadow, (name, engine), executor, portfolio, made_again)
    if executor is None:
        portfolio = engine.Portfolio() if portfolio is None else portfolio
        executor = make_executor(engine, portfolio, symbol, timeframe, (bid, ask), options, notes)
    else:
        refuse_beside_executor(options)
        portfolio = executor.portfolio if portfolio is None else portfolio
    data, more = assemble((bid, ask), timeframe, timeframes, multi_candle_data, (name, engine))
    notes += more

    driven = intake.strategy(strategy, engine, manager)
    if shadowed is not None:
        driven = shadowed.record(driven, executor, portfolio)
    kept = Recorder(driven, executor) if keep_signals else None
    start = intake.start_of(bid, start)
    keywords = {} if tracer is None else {"tracer": tracer}
    loop = engine.EventEngine(
        bid, ask, kept or driven, executor, portfolio, data, symbol, on_progress, start, **keywords
    )
    loop.run() if shadowed is None else shadowed.run(loop)
    notes += intake.notes_on(driven)

    config = {
        "symbol": symbol,
        "timeframe": timeframe,
        "bars": len(bid),
        "start": start.isoformat(),
        "strategy": intake.describe_strategy(strategy, engine),
        "position_manager": intake.fields_of(manager),
        **outcome.describe(executor, portfolio, symbol),
    }
    if len(data) > 1:
        config["timeframes"] = list(data)
    result = outcome.collect(
        executor,
        portfolio,
        backend=name,
        build=backends.info_of(name, engine),
        config=config,
        notes=notes,
        crossed_bars=outcome.crossed_counter(engine, bid, ask),
        candles=(bid, ask),
        recorder=kept,
    )
    result.strategy_module = intake.module_of(strategy, engine)
    if shadowed is not None:
        shows = {"timeframes": timeframes, "multi_candle_data": multi_candle_data}
        of_run = {"symbol": symbol, "timeframe": timeframe, "start": start, **shows}
        result.shadow = shadowed.compare(result, (bid, ask), of_run)
    return result


def _made_again(
    symbol: str,
    timeframe: str,
    options: Mapping[str, Any],
    engine: Any,
    portfolio: Any,
    candles: tuple[Any, Any],
) -> Any:
    """Make the executor of the same options for another backend."""
    return make_executor(engine, portfolio, symbol, timeframe, candles, options, [])


def make_executor(
    engine: Any,
    portfolio: Any,
    symbol: str,
    timeframe: str,
    candles: tuple[Any, Any],
    options: Mapping[str, Any],
    notes: list[str],
) -> Any:
    """Make an executor of the engine from the options, which may be of another backend."""
    spec = options["symbol_spec"]
    if spec is None and is_forex(symbol):
        guess = spec_fields(symbol, currencies=options["account"] is not None)
        spec = engine.SymbolSpec(*guess)
        notes.append(f"specification by the symbol's name: {guess.text()}")
    spec = intake.adopt(spec, engine)
    # Only what was given: an executor without sessions runs what needs none.
    adopted = {
        name: intake.adopt(options[name], engine)
        for name in (
            "slippage_model", "fee_model", "policy", "sizing", "session", "rates", "margin",
        )
        if options[name] is not None
    }  # fmt: skip
    if options["account"] is not None:
        pair = {symbol: candles}
        adopted["rates"] = accounts.rates_for(options["account"], pair, timeframe, engine)
    lower = lower_candles(options["lower_candles"], symbol, engine)
    if lower is not None:
        adopted["lower_candles"] = lower
    if "rates" in adopted or lower is not None or accounts.has_swap(spec):
        adopted["timeframe"] = timeframe
    return engine.ExecutionSimulator(
        portfolio, symbol_specs=None if spec is None else {symbol: spec}, **adopted
    )


def refuse_beside_executor(options: Mapping[str, Any]) -> None:
    """Refuse options that an executor given beside them would ignore."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise ConfigError(
            f"{', '.join(given)} given beside an executor, which has its own; set it there",
            code="OPTION_UNKNOWN",
            field=given[0],
            value=repr(options[given[0]]),
            expected="either an executor or its options",
        )
