"""Made bars as each backend's candles, and the signals of the workload as columns."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .made_bars import SEED, made_bars

__all__ = ["PIP", "SYMBOL", "TIMEFRAME", "Market", "SignalColumns", "ema"]

SYMBOL, TIMEFRAME, PIP = "EURUSD", "M1", 0.0001
FAST, SLOW, STOP_PIPS, TARGET_PIPS = 10, 50, 10.0, 20.0


class SignalColumns(NamedTuple):
    """Signals as columns, a row for each bar: 1 buys, -1 sells; prices, NaN for none."""

    direction: NDArray[np.int8]
    stop: NDArray[np.float64]
    target: NDArray[np.float64]


class Market:
    """Bid and ask of so many made bars.

    Parameters
    ----------
    count : int
        Number of bars.
    seed : int
        Of their walk.

    Examples
    --------
    >>> market = Market(1000)
    >>> len(market.candles("python")[0]), int(abs(market.signals.direction).sum())
    (1000, 28)
    """

    def __init__(self, count: int, seed: int = SEED) -> None:
        self.count = count
        self.bid, self.ask = made_bars(count, seed)
        self._candles: dict[str, tuple[Any, Any]] = {}

    def candles(self, backend: str) -> tuple[Any, Any]:
        """Return bid and ask as columns of a backend, made once."""
        if backend not in self._candles:
            both = self.bid.to_candles(backend), self.ask.to_candles(backend)
            self._candles[backend] = both
        return self._candles[backend]

    @cached_property
    def objects(self) -> list[Any]:
        """The bid as a list of candle objects in plain Python."""
        return list(self.candles("python")[0])

    @cached_property
    def signals(self) -> SignalColumns:
        """The workload: crosses of two EMAs of the bid close, stop and target in pips."""
        close = self.bid.close
        fast, slow = ema(close, FAST), ema(close, SLOW)
        direction = np.zeros(self.count, dtype=np.int8)
        direction[1:][(fast[:-1] <= slow[:-1]) & (fast[1:] > slow[1:])] = 1
        direction[1:][(fast[:-1] >= slow[:-1]) & (fast[1:] < slow[1:])] = -1
        return brackets(direction, close, self.ask.close, STOP_PIPS * PIP, TARGET_PIPS * PIP)


def brackets(
    direction: NDArray[np.int8],
    bid: NDArray[np.float64],
    ask: NDArray[np.float64],
    stop: float,
    target: float,
) -> SignalColumns:
    """Put stop and target so far from the close of the side that opens."""
    sign = direction.astype(np.float64)
    entry = np.where(direction == 1, ask, bid)
    absent = direction == 0
    return SignalColumns(
        direction,
        np.where(absent, np.nan, entry - sign * stop),
        np.where(absent, np.nan, entry + sign * target),
    )


def ema(values: NDArray[np.float64], period: int) -> NDArray[np.float64]:
    """Return the exponential mean that starts at the first value, as the engines' own does.

    Examples
    --------
    >>> ema(np.array([1.0, 2.0, 3.0]), 3).tolist()
    [1.0, 1.5, 2.25]
    """
    new = 2.0 / (period + 1)
    old = 1.0 - new
    found = []
    value = float(values[0])
    for x in values.tolist():
        value = (new * x) + (old * value)
        found.append(value)
    found[0] = float(values[0])
    return np.array(found, dtype=np.float64)
