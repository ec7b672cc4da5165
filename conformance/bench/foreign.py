"""Executor and portfolio in plain Python, driven by an engine's loop or by the plainest loop.

They keep one position of the workload at a time, with stop and target, and a row for each bar.
"""

# ruff: noqa: ARG002 - both take what an engine gives, and use little of it

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from fillproof import backends

from .callbacks import PlainCross
from .market import SYMBOL, TIMEFRAME, Market

__all__ = ["FOREIGN", "ForeignRun", "plain_loop"]

FOREIGN = "executor and portfolio in plain Python"


class Ledger:
    """A portfolio of the user's own: cash, and a row of equity for each bar."""

    def __init__(self) -> None:
        self.cash = 100_000.0
        self.rows: list[float] = []
        self.position: Deal | None = None
        self.bid = self.ask = 0.0

    def update(self, time: Any) -> None:
        """Write the row of a bar."""
        held, equity = self.position, self.cash
        if held is not None:
            equity += held.gain(self.bid if held.sign > 0.0 else self.ask)
        self.rows.append(equity)

    def get_open_positions(self, symbol: str | None = None) -> list[Any]:
        """Return what is open."""
        return [] if self.position is None else [self.position]


class Deal:
    """A position."""

    def __init__(self, signal: Any) -> None:
        self.sign = 1.0 if signal.direction == "long" else -1.0
        self.entry: float = signal.entry_price
        self.stop: float = signal.stop_loss
        self.target: float = signal.take_profit
        self.is_new = True

    def gain(self, price: float) -> float:
        """Return the gain of 0.1 lot at a price."""
        return (price - self.entry) * self.sign * 10_000.0


class Broker:
    """An executor of the user's own: fills at the price of a signal, leaves at a level."""

    def __init__(self, portfolio: Ledger) -> None:
        self.portfolio = portfolio
        self.active_positions: tuple[Deal, ...] = ()
        self.results: list[float] = []

    def open_bar(self, bid: Any, ask: Any, symbol: str | None = None) -> None:
        """See the bar."""
        self.portfolio.bid, self.portfolio.ask = bid.close, ask.close

    def process_signal(self, signal: Any) -> None:
        """Fill a signal where nothing is open."""
        if not self.active_positions:
            deal = Deal(signal)
            self.active_positions = (deal,)
            self.portfolio.position = deal

    def evaluate_exits(self, bid: Any, ask: Any, symbol: str | None = None) -> None:
        """Leave at the stop, else at the target, from the bar after the fill on."""
        (deal,) = self.active_positions
        if deal.is_new:
            deal.is_new = False
            return
        if deal.sign > 0.0:
            stopped, reached = bid.low <= deal.stop, bid.high >= deal.target
        else:
            stopped, reached = ask.high >= deal.stop, ask.low <= deal.target
        if stopped or reached:
            result = deal.gain(deal.stop if stopped else deal.target)
            self.portfolio.cash += result
            self.portfolio.position = None
            self.active_positions = ()
            self.results.append(result)

    def close_bar(self, time: Any) -> None:
        """End the bar."""


class ForeignRun:
    """A run of the workload with both, on the loop of a backend.

    Parameters
    ----------
    backend : str
    market : Market

    Examples
    --------
    >>> run = ForeignRun("python", Market(300))
    >>> run.run()
    >>> len(run.portfolio.rows)
    300
    """

    def __init__(self, backend: str, market: Market) -> None:
        engine = backends.load(backend)
        bid, ask = market.candles(backend)
        self.portfolio = Ledger()
        self.executor = Broker(self.portfolio)
        data = {TIMEFRAME: {"bid": bid, "ask": ask}}
        strategy = PlainCross(engine.TradeSignal)
        self.loop = engine.EventEngine(
            bid, ask, strategy, self.executor, self.portfolio, data, SYMBOL, None,
            bid[0].timestamp,
        )  # fmt: skip

    def run(self) -> None:
        """Run the loop."""
        self.loop.run()

    def digest(self) -> str:
        """Hash results and equity."""
        rows = [*self.executor.results, *self.portfolio.rows]
        return hashlib.sha256(" ".join(map(float.hex, rows)).encode()).hexdigest()


class _View:
    """The least that can stand for a slice of both sides."""

    def __init__(self, sides: dict[str, list[Any]]) -> None:
        self.sides = sides
        self.index = 0

    def latest(self, timeframe: str, price_type: str = "bid") -> Any:
        return self.sides[price_type][self.index]


def plain_loop(market: Market) -> Callable[[], None]:
    """Make the loop that a user would write around both (L2).

    Examples
    --------
    >>> plain_loop(Market(300))()
    """
    make_signal: Any = backends.load("python").TradeSignal
    bids, asks = (list(side) for side in market.candles("python"))

    def loop() -> None:
        portfolio = Ledger()
        executor = Broker(portfolio)
        strategy = PlainCross(make_signal)
        view = _View({"bid": bids, "ask": asks})
        slice_map = {SYMBOL: view}
        for index in range(len(bids)):
            bid, ask = bids[index], asks[index]
            view.index = index
            executor.open_bar(bid, ask, symbol=SYMBOL)
            for signal in strategy.evaluate(index, slice_map) or ():
                executor.process_signal(signal)
            if executor.active_positions:
                executor.evaluate_exits(bid, ask, symbol=SYMBOL)
            executor.close_bar(bid.timestamp)
            if executor.active_positions and getattr(strategy, "position_manager", None):
                raise AssertionError
            portfolio.update(bid.timestamp)

    return loop
