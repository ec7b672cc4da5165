"""What is timed: one run of `EventEngine`, with candles made beforehand.

The same callbacks are also called by a bare loop over stand-ins that do the least Python can do for
them. No engine can be faster than that while it calls Python at every bar.
"""

# ruff: noqa: ARG001, ARG002 - callbacks take what the engine gives, and most use little of it

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from fillproof.outcome import collect
from fillproof.tables import to_us

SYMBOL, TIMEFRAME = "EURUSD", "M1"


def empty(portfolio: Any, executor: Any) -> Callable[[int, Any], None]:
    """Make a callback that does nothing."""

    def evaluate(index: int, slice_map: Any) -> None:
        return None

    return evaluate


def latest_close(portfolio: Any, executor: Any) -> Callable[[int, Any], None]:
    """Make a callback that reads the last price."""

    def evaluate(index: int, slice_map: Any) -> None:
        if slice_map[SYMBOL].latest(TIMEFRAME).close < 0.0:
            raise AssertionError

    return evaluate


def account(portfolio: Any, executor: Any) -> Callable[[int, Any], None]:
    """Make a callback that reads equity and what is open."""

    def evaluate(index: int, slice_map: Any) -> None:
        if portfolio.equity < 0.0 or executor.active_positions:
            raise AssertionError

    return evaluate


CALLBACKS = {"empty": empty, "latest().close": latest_close, "equity + active": account}
NATIVE = "ema cross, native"
ONE_AT_A_TIME = "ema cross, one at a time"
CASES = (NATIVE, ONE_AT_A_TIME, *CALLBACKS)


class Run:
    """One run on a backend, ready to be started."""

    def __init__(self, engine: ModuleType, case: str, bid: Any, ask: Any) -> None:
        self.portfolio = engine.Portfolio()
        specs = {SYMBOL: engine.SymbolSpec(SYMBOL, 0.0001, 5)}
        self.executor = engine.ExecutionSimulator(
            self.portfolio,
            symbol_specs=specs,
            slippage_model=engine.SlippageModel(0.1),
            fee_model=engine.FeeModel(per_million=30.0),
            policy=engine.ExecutionPolicy(max_positions=1 if case == ONE_AT_A_TIME else None),
        )
        if case in (NATIVE, ONE_AT_A_TIME):
            strategy = engine.EmaCross(TIMEFRAME)
        else:
            strategy = type("Strategy", (), {})()
            strategy.evaluate = CALLBACKS[case](self.portfolio, self.executor)
        data = {TIMEFRAME: {"bid": bid, "ask": ask}}
        self.start = bid[0].timestamp
        self.engine = engine.EventEngine(
            bid, ask, strategy, self.executor, self.portfolio, data, SYMBOL, None, self.start
        )

    def run(self) -> None:
        """Run; this is what is timed."""
        self.engine.run()

    def digest(self) -> str:
        """Hash the four tables of a run that has ended."""
        result = collect(
            self.executor,
            self.portfolio,
            backend="",
            build={},
            config={"start_us": to_us(self.start)},
            notes=[],
            crossed_bars=lambda: 0,
        )
        return result.digest


class BareSlice:
    """The least that can stand for a slice."""

    def __init__(self, candles: list[Any]) -> None:
        self.candles = candles
        self.index = 0

    def latest(self, timeframe: str, price_type: str = "bid") -> Any:
        return self.candles[self.index]


class BareAccount:
    """The least that can stand for portfolio and executor."""

    equity = 10_000.0
    active_positions = ()


def bare_loop(case: str, candles: list[Any]) -> Callable[[], None]:
    """Make a loop that calls the callback of a case and does nothing else."""
    evaluate = CALLBACKS[case](BareAccount(), BareAccount())

    def loop() -> None:
        view = BareSlice(candles)
        slice_map = {SYMBOL: view}
        for index in range(len(candles)):
            view.index = index
            evaluate(index, slice_map)

    return loop
