"""Candles of three symbols with holes, under keys of every type; parts that note their calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

START = datetime(2024, 1, 2, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMES = [START + timedelta(minutes=place) for place in range(4)]
SYMBOLS = ["GBPUSD", "EURUSD", "AUDUSD"]
# Bid and ask of GBPUSD at every key; EURUSD has a hole at key 1, AUDUSD only a bid at key 2.
HELD = {
    ("GBPUSD", "bid"): [0, 1, 2, 3],
    ("GBPUSD", "ask"): [0, 1, 2, 3],
    ("EURUSD", "bid"): [0, 2, 3],
    ("EURUSD", "ask"): [0, 2, 3],
    ("AUDUSD", "bid"): [0, 1, 2, 3],
    ("AUDUSD", "ask"): [0, 1, 3],
}
KEYS: dict[str, list[Any]] = {
    "datetime": TIMES,
    "str": ["apr", "aug", "feb", "jan"],
    "int": [-2, 0, 5, 100],
    "float": [-0.5, 0.25, 1.0, 1e9],
}
# Symbols with candles of both sides, by key.
COVERED = [
    [symbol for symbol in SYMBOLS if all(place in HELD[symbol, side] for side in ("bid", "ask"))]
    for place in range(4)
]
Maker = Callable[..., Any]


def price(symbol: str, side: str, place: int) -> float:
    return 1.0 + SYMBOLS.index(symbol) + 0.01 * place + (0.0002 if side == "ask" else 0.0)


def stamped(engine: Any) -> Maker:
    """Candles of the engine's own class."""
    return lambda time, value: engine.Candle(time, value, value + 0.005, value - 0.005, value)


def plain(time: Any, value: float) -> Any:
    """A candle of the user's own, which has nothing but prices and a time."""
    return SimpleNamespace(
        timestamp=time, open=value, high=value + 0.005, low=value - 0.005, close=value
    )


def lookups(make: Maker, keys: list[Any] = TIMES) -> dict[str, dict[str, dict[Any, Any]]]:
    found: dict[str, dict[str, dict[Any, Any]]] = {symbol: {} for symbol in SYMBOLS}
    for (symbol, side), places in HELD.items():
        found[symbol][side] = {
            keys[place]: make(TIMES[place], price(symbol, side, place)) for place in places
        }
    return found


def a_slice(engine: Any, keys: list[Any] = TIMES) -> Any:
    return engine.MultiSymbolSlice(lookups(stamped(engine), keys), keys, "M1")


def run(
    engine: Any,
    see: Callable[[int, Any], Any],
    keys: list[Any] = TIMES,
    given: Any = None,
    **options: Any,
) -> Any:
    """Run a strategy that only looks, and return the loop."""
    portfolio = engine.Portfolio()
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    loop = engine.CrossSymbolEventEngine(
        lookups(stamped(engine), keys) if given is None else given,
        keys,
        SimpleNamespace(evaluate=see),
        executor,
        portfolio,
        "M1",
        **options,
    )
    loop.run()
    return loop


def closes(candles: Any) -> list[float | None]:
    return [None if candle is None else candle.close for candle in candles]


def loop(engine: Any, strategy: Any, executor: Any, portfolio: Any, **options: Any) -> Any:
    given = options.pop("given", None)
    return engine.CrossSymbolEventEngine(
        lookups(stamped(engine)) if given is None else given,
        options.pop("keys", TIMES),
        strategy,
        executor,
        portfolio,
        "M1",
        options.pop("on_progress", None),
        options.pop("start", TIMES[1]),
        **options,
    )


def held(symbol: str, status: str, number: int) -> Any:
    return SimpleNamespace(symbol=symbol, status=status, order_id=number)


class Spies(list[Any]):
    """Parts in plain Python; every call of one of them is appended, in order."""

    active: tuple[Any, ...] = ()

    def strategy(self, signals: Any = None, manager: Any = None) -> Any:
        def evaluate(index: int, view: Any) -> Any:
            self.append(("evaluate", index, view))
            return signals

        return SimpleNamespace(evaluate=evaluate, position_manager=manager)

    def executor(self) -> Any:
        """One that asks for the symbol in open_bar, not in evaluate_exits."""
        calls = self

        class Executor:
            active_positions = calls.active

            def open_bar(self, bid: Any, ask: Any, symbol: str = "?") -> None:
                calls.append(("open_bar", bid, ask, symbol))

            def process_signal(self, signal: Any) -> None:
                calls.append(("process_signal", signal))

            def evaluate_exits(self, bid: Any, ask: Any) -> None:
                calls.append(("evaluate_exits", bid, ask))

            def close_bar(self, timestamp: Any, last: Any = "not given") -> None:
                calls.append(("close_bar", timestamp, last))

        return Executor()

    def portfolio(self) -> Any:
        return SimpleNamespace(update=lambda time: self.append(("update", time)))

    def manager(self) -> Any:
        return SimpleNamespace(
            portfolio=True, manage_positions=lambda **given: self.append(("manage", given))
        )

    def progress(self, done: int, total: int) -> None:
        self.append(("progress", done, total))

    def names(self) -> list[str]:
        return [call[0] for call in self]
