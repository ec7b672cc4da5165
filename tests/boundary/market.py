"""A small market, a strategy that trades it, and results as bits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import numpy as np

START_US = 1_577_836_800_000_000
MINUTE_US = 60_000_000
START = datetime(2020, 1, 1, tzinfo=UTC)
SYMBOL = "EURUSD"
TRADE_FIELDS = (
    "order_id", "direction", "status", "entry_time_us", "trigger_time_us", "exit_time_us",
    "entry_price", "exit_price", "stop_loss", "take_profit", "size", "entry_fee", "exit_fee",
    "result", "net_result", "r_multiple", "reason", "entry_rule", "exit_rule", "ambiguous",
)  # fmt: skip


def columns(bars: int = 300, seed: int = 5) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Make bid and ask columns of a random walk in ticks, the spread changing from bar to bar."""
    random = np.random.default_rng(seed)
    close = 110_000 + np.cumsum(random.integers(-14, 15, bars))
    opened = np.concatenate([[110_000], close[:-1] + random.integers(-2, 3, bars - 1)])
    high = np.maximum(opened, close) + random.integers(0, 7, bars)
    low = np.minimum(opened, close) - random.integers(0, 7, bars)
    spread = 8 + random.integers(0, 4, bars)
    time_us = START_US + MINUTE_US * np.arange(bars)
    bid = (time_us, *(prices / 1e5 for prices in (opened, high, low, close)))
    ask = (time_us, *((prices + spread) / 1e5 for prices in (opened, high, low, close)))
    return bid, ask


class Market:
    """Bid and ask of one backend, and a run over them."""

    def __init__(self, backend: ModuleType, bars: int = 300, seed: int = 5) -> None:
        self.backend = backend
        self.bid, self.ask = (backend.Candles(*side) for side in columns(bars, seed))
        self.data = {"M1": {"bid": self.bid, "ask": self.ask}}

    def portfolio(self) -> Any:
        return self.backend.Portfolio(10_000.0)

    def settings(self) -> dict[str, Any]:
        return {
            "symbol_specs": {SYMBOL: self.backend.SymbolSpec(SYMBOL, 0.0001, 5)},
            "sizing": self.backend.FixedLots(0.1),
            "fee_model": self.backend.FeeModel(per_lot=3.5),
            "slippage_model": self.backend.SlippageModel(0.1),
        }

    def executor(self, portfolio: Any, cls: Any = None, *extra: Any, **settings: Any) -> Any:
        cls = cls or self.backend.ExecutionSimulator
        return cls(portfolio, *extra, **(self.settings() | settings))

    def engine(
        self, strategy: Any, executor: Any, portfolio: Any, on_progress: Any = None, **more: Any
    ) -> Any:
        return self.backend.EventEngine(
            self.bid, self.ask, strategy, executor, portfolio, self.data, SYMBOL, on_progress,
            START, **more,
        )  # fmt: skip

    def run(self, strategy: Any, on_progress: Any = None) -> tuple[Any, Any]:
        """Run a strategy with executor and portfolio of the backend; `attach` gets both first."""
        portfolio = self.portfolio()
        executor = self.executor(portfolio)
        if hasattr(strategy, "attach"):
            strategy.attach(self.backend, executor, portfolio)
        self.engine(strategy, executor, portfolio, on_progress).run()
        return executor, portfolio


class Trader:
    """Long or short at every few bars, stop and target a few ticks away; subclasses look about."""

    every = 7
    ticks = 22

    def attach(self, backend: ModuleType, executor: Any, portfolio: Any) -> None:
        self.backend, self.executor, self.portfolio = backend, executor, portfolio

    def signal(self, index: int, view: Any) -> Any:
        if index % self.every:
            return None
        bid, ask = view.latest("M1"), view.latest("M1", "ask")
        away = self.ticks * 1e-5
        if index % 2:
            return self.made("long", ask.close - away, ask.close + 2 * away, bid)
        return self.made("short", bid.close + away, bid.close - 2 * away, bid)

    def made(self, direction: str, stop: float, target: float, bid: Any) -> Any:
        return self.backend.TradeSignal(direction, None, stop, target, SYMBOL, bid.timestamp)

    def evaluate(self, index: int, slice_map: Any) -> Any:
        return self.signal(index, slice_map[SYMBOL])


def bits(value: Any) -> Any:
    """Write floats so that equal text means equal bits."""
    return value.hex() if isinstance(value, float) else value


def trade_rows(positions: Any) -> list[tuple[Any, ...]]:
    return [tuple(bits(getattr(p, name)) for name in TRADE_FIELDS) for p in positions]


def curve(portfolio: Any) -> list[tuple[Any, ...]]:
    rows = zip(*(c.tolist() for c in portfolio.equity_columns().values()), strict=True)
    return [tuple(bits(value) for value in row) for row in rows]


def outcome(executor: Any, portfolio: Any) -> dict[str, Any]:
    """Everything a run of our own executor and portfolio leaves, as bits."""
    return {
        "closed": trade_rows(portfolio.closed_positions),
        "open": trade_rows(portfolio.open_positions),
        "curve": curve(portfolio),
        "cash": bits(portfolio.cash),
        "fees": [(t, k, bits(f), p.order_id) for t, k, f, p in portfolio.fees_log],
        "signals": {k: list(map(bits, v)) for k, v in executor.signal_columns().items()},
        "refused": [(r.order_id, r.rule, bits(r.value)) for r in executor.refused_commands],
        "rejected": [(r.order_id, r.rule, bits(r.value)) for r in executor.rejected_signals],
        "summary": portfolio.get_summary(),
        "state": executor.state(),
    }


def same(backends: dict[str, ModuleType], make: Callable[[ModuleType], Any]) -> Any:
    """Let every backend make something and check that all made the same; return it."""
    results = {name: make(module) for name, module in backends.items()}
    reference, *others = results
    for other in others:
        assert results[other] == results[reference], f"{other} differs from {reference}"
    return results[reference]
