"""Runs in which positions are managed: bars, a scripted strategy, what was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

START = datetime(2024, 1, 2, tzinfo=UTC)
LONG = {"direction": "long", "sl": 1.09, "tp": 1.2}
SHORT = {"direction": "short", "sl": 1.2, "tp": 1.0}
RISING = [1.1, 1.102, 1.104, 1.106, 1.104, 1.102]


def times(count: int) -> list[datetime]:
    return [START + timedelta(minutes=bar) for bar in range(count)]


def candles(engine: Any, closes: list[float]) -> tuple[list[Any], list[Any]]:
    """Bars that open at the close before them and reach a pip beyond both; a spread of two pips."""
    bid, ask = [], []
    last = closes[0]
    for time, close in zip(times(len(closes)), closes, strict=True):
        high = (max(close, last)) + 0.0001
        low = (min(close, last)) - 0.0001
        row = (last, high, low, close)
        bid.append(engine.Candle(time, *row))
        ask.append(engine.Candle(time, *(price + 0.0002 for price in row)))
        last = close
    return bid, ask


def spec(engine: Any) -> Any:
    return engine.SymbolSpec("EURUSD", 0.0001, 5)


class Scripted:
    """Signals by bar, a manager, and what else is to be done in ENTRY."""

    def __init__(self, signals: dict[int, Any], manager: Any, entry: Any = None) -> None:
        self.signals = signals
        self.position_manager = manager
        self.entry = entry

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        if self.entry is not None:
            self.entry(view)
        return self.signals.get(view.index)


def run(
    engine: Any,
    closes: list[float],
    signals: dict[int, Any],
    manager: Any,
    *,
    executor: Any = None,
    portfolio: Any = None,
    entry: Any = None,
    **options: Any,
) -> Any:
    """Run and return the executor, with the tracer's events at `events`."""
    bid, ask = candles(engine, closes)
    portfolio = engine.Portfolio() if portfolio is None else portfolio
    if executor is None:
        options.setdefault("sizing", engine.FixedLots(0.1))
        options.setdefault("symbol_specs", {"EURUSD": spec(engine)})
        executor = engine.ExecutionSimulator(portfolio, **options)
    tracer = engine.Tracer()
    strategy = engine.StrategyWrapper(Scripted(signals, manager, entry))
    data = {"M1": {"bid": bid, "ask": ask}}
    engine.EventEngine(
        bid, ask, strategy, executor, portfolio, data, "EURUSD", None, START, tracer=tracer
    ).run()
    return SimpleNamespace(executor=executor, portfolio=portfolio, events=tracer.events)


def told(outcome: Any, *kinds: str) -> list[tuple[Any, ...]]:
    """Return bar, order and rule of the exits and changed stops."""
    return [
        (event["bar"], event["order_id"], event["rule"])
        for event in outcome.events
        if event["kind"] in (kinds or ("exit", "order")) and event.get("action") != "accepted"
    ]
