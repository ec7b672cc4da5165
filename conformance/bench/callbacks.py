"""Strategies in Python at every bar, and bare loops that make the same calls over stand-ins.

No engine can be faster than the bare loop while it calls Python at every bar.
"""

# ruff: noqa: ARG001, ARG002 - callbacks take what the engine gives, and most use little of it

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from .market import FAST, PIP, SLOW, STOP_PIPS, SYMBOL, TARGET_PIPS, TIMEFRAME, SignalColumns

__all__ = ["CALLBACKS", "PLAIN", "PlainCross", "Replay", "bare_loop", "strategy_of"]

PLAIN = "ema cross in plain Python"


def empty(engine: Any, portfolio: Any, executor: Any) -> Callable[[int, Any], None]:
    """Make a callback that does nothing."""

    def evaluate(index: int, slice_map: Any) -> None:
        return None

    return evaluate


def latest_close(engine: Any, portfolio: Any, executor: Any) -> Callable[[int, Any], None]:
    """Make a callback that reads the last price."""

    def evaluate(index: int, slice_map: Any) -> None:
        if slice_map[SYMBOL].latest(TIMEFRAME).close < 0.0:
            raise AssertionError

    return evaluate


def account(engine: Any, portfolio: Any, executor: Any) -> Callable[[int, Any], None]:
    """Make a callback that reads equity and what is open."""

    def evaluate(index: int, slice_map: Any) -> None:
        if portfolio.equity < 0.0 or executor.active_positions:
            raise AssertionError

    return evaluate


class PlainCross:
    """The workload as a user writes it: two means kept in Python, a signal where they cross.

    Parameters
    ----------
    signal : callable
        Makes a signal: `TradeSignal` of a backend.
    """

    def __init__(self, signal: Callable[..., Any]) -> None:
        self.signal = signal
        self.fast = self.slow = float("nan")
        self.new = 2.0 / (FAST + 1), 2.0 / (SLOW + 1)

    def evaluate(self, index: int, slice_map: Any) -> list[Any] | None:
        """Take in the close of the bid and look for a cross."""
        view = slice_map[SYMBOL]
        candle = view.latest(TIMEFRAME)
        close = candle.close
        fast, slow = self.fast, self.slow
        if fast != fast:  # not a number before the first bar
            self.fast = self.slow = close
            return None
        a, b = self.new
        self.fast = new_fast = (a * close) + ((1.0 - a) * fast)
        self.slow = new_slow = (b * close) + ((1.0 - b) * slow)
        if fast <= slow and new_fast > new_slow:
            entry, sign, side = view.latest(TIMEFRAME, "ask").close, 1.0, "long"
        elif fast >= slow and new_fast < new_slow:
            entry, sign, side = close, -1.0, "short"
        else:
            return None
        stop, target = entry - sign * STOP_PIPS * PIP, entry + sign * TARGET_PIPS * PIP
        return [self.signal(side, entry, stop, target, SYMBOL, candle.timestamp)]


def plain_cross(engine: Any, portfolio: Any, executor: Any) -> Callable[[int, Any], Any]:
    """Make the method of `PlainCross`."""
    return PlainCross(engine.TradeSignal).evaluate


class Replay:
    """Gives the signals of columns bar by bar, so that an engine takes no short cut.

    Parameters
    ----------
    signal : callable
        `TradeSignal` of a backend.
    columns : SignalColumns
    """

    def __init__(self, signal: Callable[..., Any], columns: SignalColumns) -> None:
        self.signal = signal
        rows = columns.direction.nonzero()[0].tolist()
        self.given = {
            row: (direction, stop, target)
            for row, direction, stop, target in zip(
                rows, *(column[rows].tolist() for column in columns), strict=True
            )
        }

    def evaluate(self, index: int, slice_map: Any) -> list[Any] | None:
        """Give the signal of this bar."""
        given = self.given.get(index)
        if given is None:
            return None
        direction, stop, target = given
        view = slice_map[SYMBOL]
        candle = view.latest(TIMEFRAME, "ask" if direction > 0 else "bid")
        side = "long" if direction > 0 else "short"
        return [self.signal(side, candle.close, stop, target, SYMBOL, candle.timestamp)]


CALLBACKS: dict[str, Callable[[Any, Any, Any], Callable[[int, Any], Any]]] = {
    "empty": empty,
    "latest().close": latest_close,
    "equity + active": account,
    PLAIN: plain_cross,
}


def strategy_of(name: str) -> Callable[[Any, Any, Any], Any]:
    """Return what makes a strategy object of a callback, or of the object that it belongs to."""

    def make(engine: Any, portfolio: Any, executor: Any) -> Any:
        evaluate = CALLBACKS[name](engine, portfolio, executor)
        # As a user hands it over: the object itself.
        own = getattr(evaluate, "__self__", None)
        return SimpleNamespace(evaluate=evaluate) if own is None else own

    return make


class _Slice:
    """The least that can stand for a slice."""

    def __init__(self, candles: list[Any]) -> None:
        self.candles = candles
        self.index = 0

    def latest(self, timeframe: str, price_type: str = "bid") -> Any:
        return self.candles[self.index]


class _Account:
    """The least that can stand for portfolio and executor."""

    equity = 10_000.0
    active_positions = ()


def _signal(*fields: Any) -> tuple[Any, ...]:
    return fields


def bare_loop(name: str, candles: list[Any]) -> Callable[[], None]:
    """Make a loop that calls a callback and does nothing else.

    Examples
    --------
    >>> bare_loop("empty", [None, None])()
    """
    engine = SimpleNamespace(TradeSignal=_signal)

    def loop() -> None:
        evaluate = CALLBACKS[name](engine, _Account(), _Account())
        view = _Slice(candles)
        slice_map = {SYMBOL: view}
        for index in range(len(candles)):
            view.index = index
            evaluate(index, slice_map)

    return loop
