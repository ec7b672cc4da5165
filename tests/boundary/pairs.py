"""A market of several symbols with holes, and a strategy that orders at random in it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

from .market import bits, curve, outcome

START = datetime(2024, 1, 2, tzinfo=UTC)
SYMBOLS = {"EURUSD": 110_000, "GBPUSD": 130_000, "AUDUSD": 70_000}
TICK = 1e-5


def candle_lookups(
    backend: ModuleType, keys: list[Any], seed: int, holes: float = 0.2, halves: bool = True
) -> dict[str, dict[str, dict[Any, Any]]]:
    """Make candles by key: a walk in ticks for each symbol, some missing, but not all at a key.

    With halves some holes lack one side only.
    """
    chance = random.Random(seed)
    found: dict[str, dict[str, dict[Any, Any]]] = {}
    for number, (symbol, first) in enumerate(SYMBOLS.items()):
        close = first
        sides: dict[str, dict[Any, Any]] = {"bid": {}, "ask": {}}
        for place, key in enumerate(keys):
            opened = close + chance.randint(-3, 3)
            close = opened + chance.randint(-15, 15)
            high = max(opened, close) + chance.randint(0, 8)
            low = min(opened, close) - chance.randint(0, 8)
            spread = chance.randint(4, 9)
            lacks = chance.random()
            for side, by in (("bid", 0), ("ask", spread)):
                half = halves and lacks < holes / 2
                missing = lacks < holes and (not half or (side == "ask") == place % 2)
                if not missing or place % len(SYMBOLS) == number:
                    prices = [round((x + by) * TICK, 5) for x in (opened, high, low, close)]
                    time = key if isinstance(key, datetime) else START
                    sides[side][key] = backend.Candle(time, *prices)
        found[symbol] = sides
    return found


def minutes(count: int) -> list[datetime]:
    return [START + timedelta(minutes=place) for place in range(count)]


class Random:
    """Orders, commands and writes at random, the same on every backend."""

    def __init__(self, executor: Any, seed: int, at_manage: Any = None) -> None:
        self.executor = executor
        self.chance = random.Random(seed)
        self.position_manager = at_manage

    def evaluate(self, index: int, market: Any) -> list[Any] | None:
        self.command()
        signals = [
            self.signal(index, market, symbol) for symbol in market if self.chance.random() < 0.25
        ]
        return signals or None

    def signal(self, index: int, market: Any, symbol: str) -> Any:
        chance, view = self.chance, market[symbol]
        last = view.history(length=1)
        close = last[0].close if last else 1.0
        sign = chance.choice((1, -1))
        kind = chance.choice(("market", "market", "limit", "stop"))
        away = chance.randint(2, 14) * TICK
        entry = None if kind == "market" else close + sign * away * (-1 if kind == "limit" else 1)
        around = close if entry is None else entry
        meta: dict[str, Any] = {}
        if chance.random() < 0.4:
            meta["oco"] = f"group {index // 4}"
        if chance.random() < 0.3:
            meta["max_bars"] = chance.randint(1, 4)
        return SignalLike(
            "long" if sign > 0 else "short", entry, around - sign * chance.randint(8, 30) * TICK,
            around + sign * chance.randint(8, 30) * TICK, symbol, market.time, kind, meta,
        )  # fmt: skip

    def command(self) -> None:
        active = list(self.executor.active_positions)
        if not active or self.chance.random() > 0.4:
            return
        position = self.chance.choice(active)
        deed = self.chance.choice(("close", "cancel", "modify", "write"))
        if deed == "modify":
            self.executor.modify(position, sl=self.moved(position))
        elif deed == "write":
            position.stop_loss = self.moved(position)
        else:
            getattr(self.executor, deed)(position)

    def moved(self, position: Any) -> float:
        by: float = self.chance.randint(-6, 6) * TICK
        return position.stop_loss + by if position.stop_loss is not None else 1.0 + by


class SignalLike:
    """A signal of no backend."""

    def __init__(
        self, direction: str, entry_price: float | None, stop_loss: float, take_profit: float,
        symbol: str, timestamp: Any, type: str, meta: dict[str, Any],
    ) -> None:  # fmt: skip
        self.direction, self.entry_price = direction, entry_price
        self.stop_loss, self.take_profit = stop_loss, take_profit
        self.symbol, self.timestamp, self.type, self.meta = symbol, timestamp, type, meta
        self.reason = self.scenario = None
        self.tags = ()


def make(
    backend: ModuleType,
    seed: int,
    *,
    keys: list[Any] | None = None,
    executor_class: Any = None,
    manager: Any = None,
    policy: dict[str, Any] | None = None,
    start: Any = None,
) -> dict[str, Any]:
    """Run the random strategy; return all that a run leaves, as bits."""
    keys = minutes(60) if keys is None else keys
    portfolio = backend.Portfolio(10_000.0)
    executor = (executor_class or backend.ExecutionSimulator)(
        portfolio,
        symbol_specs={name: backend.SymbolSpec(name, 0.0001, 5) for name in SYMBOLS},
        sizing=backend.FixedLots(0.1),
        fee_model=backend.FeeModel(per_lot=3.5),
        slippage_model=backend.SlippageModel(0.1, 0.2, 9),
        policy=backend.ExecutionPolicy(**(policy or {})),
    )
    tracer = backend.Tracer()
    strategy = Random(executor, seed, None if manager is None else manager(backend))
    engine = backend.CrossSymbolEventEngine(
        candle_lookups(backend, keys, seed, halves=manager is None), keys, strategy, executor,
        portfolio, "M1", None, start, tracer=tracer,
    )  # fmt: skip
    engine.run()
    return {
        **outcome(executor, portfolio),
        "curve": curve(portfolio),
        "events": [{name: bits(value) for name, value in e.items()} for e in tracer.events],
        "holes": engine.holes,
        "crossed": engine.crossed_bars,
        "ordinal": engine.ordinal,
    }
