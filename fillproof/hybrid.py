"""The hybrid by its own name: the loop of a backend, decisions by a Python callback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fillproof.errors import ConfigError, SignalError
from fillproof.intake import name_of
from fillproof.run import run_backtest
from fillproof.sides import split_sides

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from fillproof.results import BacktestResult
    from fillproof.types import MultiCandleData, ProgressCallback, RawSignals, SliceCallback


class CallbackStrategy:
    """A callback as `StrategyWrapper` drives it, which reads raw signals."""

    def __init__(self, callback: SliceCallback) -> None:
        self.callback = callback

    def check_entry(self, view: Any, *, index: int) -> RawSignals:
        """Ask the callback."""
        return self.callback(index, view)


def run_backtest_hybrid(
    candles: Any,
    strategy_callback: SliceCallback,
    executor: Any,
    *,
    symbol: str | None = None,
    timeframe: str | None = None,
    start: datetime | None = None,
    portfolio: Any = None,
    position_manager: Any = None,
    timeframes: Sequence[str] | None = None,
    multi_candle_data: MultiCandleData | None = None,
    on_progress: ProgressCallback | None = None,
    tracer: Any = None,
    keep_signals: bool = False,
    backend: str | None = None,
) -> BacktestResult:
    """Run a Python callback over the bars of one symbol, the loop being that of a backend.

    It is `fillproof.run_backtest` with the arguments of the interface specification's option B, and
    gives the same result to the last bit. For a callback that also looks at other symbols, or for
    a strategy object, take `run_backtest`.

    Parameters
    ----------
    candles : object
        Both sides in one: a pair ``(bid, ask)`` of whatever `run_backtest` takes, a mapping or
        object with ``bid`` and ``ask``, or one frame with the columns ``bid_open`` to
        ``ask_close``; see `fillproof.sides.split_sides`.
    strategy_callback : callable
        Called once a bar as ``strategy_callback(i, slice)`` with the absolute index of the bar
        and the `SymbolDataSlice` of the symbol. It returns None, a `TradeSignal`, a raw signal (a
        dict as ``on_data`` returns it), or a list of them.
    executor : ExecutionSimulator or other
        None for one with the defaults of `run_backtest`.
    symbol : str, optional
        By default the only one of the executor's `symbol_specs`.
    timeframe, start, portfolio, position_manager, timeframes, multi_candle_data : optional
    on_progress, tracer, keep_signals, backend : optional
        As for `run_backtest`.

    Returns
    -------
    BacktestResult

    Raises
    ------
    DataError
        ``COLUMNS_MISSING``: there are no two sides in `candles`.
    SignalError
        ``STRATEGY_INVALID``: the callback cannot be called.
    ConfigError
        ``SYMBOL_REQUIRED``: no symbol, and the executor does not know just one.
    FillproofError
        Whatever `run_backtest` raises.

    Examples
    --------
    >>> from fillproof import data
    >>> from fillproof.python import ExecutionSimulator, FixedLots, Portfolio
    >>> def at_midnight(i, slice):
    ...     bid = slice.latest("H1")
    ...     if bid.timestamp.hour == 0:
    ...         return {"direction": "buy", "sl": bid.close - 0.002, "tp": bid.close + 0.002}
    >>> pair = data.eurusd_h1_2017()
    >>> executor = ExecutionSimulator(Portfolio(), sizing=FixedLots(0.1))
    >>> result = run_backtest_hybrid((pair.bid[:200], pair.ask[:200]), at_midnight, executor,
    ...                              symbol="EURUSD", backend="python")
    >>> result.summary["Total Trades"]
    9
    """
    if not callable(strategy_callback):
        raise SignalError(
            f"strategy_callback is {strategy_callback!r}; expected a function (index, slice)",
            code="STRATEGY_INVALID",
            field="strategy_callback",
            value=type(strategy_callback).__name__,
            expected="a function (index, slice)",
        )
    bid, ask = split_sides(candles)
    result = run_backtest(
        bid,
        ask,
        CallbackStrategy(strategy_callback),
        symbol=_only_symbol(executor) if symbol is None else symbol,
        timeframe=timeframe,
        start=start,
        executor=executor,
        portfolio=portfolio,
        position_manager=position_manager,
        timeframes=timeframes,
        multi_candle_data=multi_candle_data,
        on_progress=on_progress,
        tracer=tracer,
        keep_signals=keep_signals,
        backend=backend,
    )
    # The callback is what ran, not the object around it.
    result.config["strategy"] = name_of(strategy_callback)
    return result


def _only_symbol(executor: Any) -> str:
    """Name the symbol of an executor that knows one."""
    known = list(getattr(executor, "symbol_specs", None) or ())
    if len(known) != 1:
        raise ConfigError(
            f"symbol is None and the executor has {len(known)} symbol_specs; expected a symbol",
            code="SYMBOL_REQUIRED",
            field="symbol",
            value=None,
            expected="a symbol, or an executor with the specification of one",
        )
    symbol: str = known[0]
    return symbol
