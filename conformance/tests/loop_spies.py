"""Strategy, executor, portfolio, manager and progress that write down every call of a loop."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from .seed_loop import (
    CLOSE,
    ENTRY,
    EXITS,
    MANAGE,
    OPEN,
    PORTFOLIO,
    PROGRESS,
    SIGNAL,
    Run,
    Step,
)

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SYMBOLS = ["GBPUSD", "EURUSD", "AUDUSD"]
ONE = "EURUSD"


def bar_of(time: datetime) -> int:
    return (time - BEGIN) // MINUTE


class Scene:
    """A market and signals by chance, the same for the same seed, and what was seen of a run.

    Parameters
    ----------
    engine : module
        The backend.
    seed : int
    several : bool
        Over three symbols with holes, else over one.
    told, managed : bool
        With a progress callback, a position manager.
    """

    def __init__(
        self, engine: Any, seed: int, *, several: bool, told: bool = True, managed: bool = True
    ) -> None:
        self.engine = engine
        self.several = several
        chance = random.Random(seed)
        total = chance.randint(25, 40)
        start = chance.choice([0, 1, 7, total - 1])
        self.candles = {
            symbol: [_both(engine, chance, bar, 1.1 + place / 10) for bar in range(total)]
            for place, symbol in enumerate(SYMBOLS)
        }
        covered = {bar: [s for s in SYMBOLS if chance.random() < 0.8] for bar in range(total)}
        for bar, symbols in covered.items():
            covered[bar] = symbols or [ONE]
        self.run = Run(start, total, managed=managed, told=told)
        self.run.covered = covered if several else None
        for bar in range(total):
            symbols = covered[bar] if several else [ONE]
            count = chance.choice([0, 0, 1, 1, 2, 3])
            self.run.signals[bar] = [
                self.signal(chance, bar, chance.choice(symbols)) for _ in range(count)
            ]
        # How a bar's signals are handed over; how long the plain executor holds one, in bars.
        self.forms = [chance.choice([list, tuple]) for _ in range(total)]
        self.lives = [chance.randint(0, 4) for _ in range(1000)]
        self.steps: list[Step] = []
        self.executor: Any = None

    def signal(self, chance: random.Random, bar: int, symbol: str) -> Any:
        bid, ask = self.candles[symbol][bar]
        away = chance.randint(2, 20) / 1e4
        direction = chance.choice(["long", "short"])
        sign, close = (1.0, ask.close) if direction == "long" else (-1.0, bid.close)
        kind = chance.choice(["market", "market", "limit", "stop"])
        entry = close if kind == "market" else close - sign * (5e-4 if kind == "limit" else -5e-4)
        return self.engine.TradeSignal(
            direction, entry, entry - sign * away, entry + sign * away, symbol, bid.timestamp, kind
        )

    def note(self, phase: str, bar: int, what: Any = None) -> None:
        self.steps.append(Step(phase, bar, what, bool(self.executor.active_positions)))

    def symbol_of(self, bid: Any) -> Any:
        """Whose candle it is; None where there is one symbol."""
        if not self.several:
            return None
        return SYMBOLS[int((bid.open - 1.05) * 10)]

    # --- parts in plain Python ---

    def strategy(self, manager: Any) -> Any:
        def evaluate(index: int, shown: Any) -> Any:
            view = shown if self.several else shown[ONE]
            assert view.index == index
            self.note(ENTRY, index)
            signals = self.run.signals[index]
            if len(signals) < 2:
                return signals[0] if signals else None
            return self.forms[index](signals)

        return SimpleNamespace(evaluate=evaluate, position_manager=manager)

    def manager(self) -> Any:
        def manage_positions(**given: Any) -> None:
            bid = given["bid_candle"]
            self.note(MANAGE, bar_of(bid.timestamp), self.symbol_of(bid))

        return SimpleNamespace(portfolio=True, manage_positions=manage_positions)

    def plain_executor(self, *, with_ours: bool) -> Any:
        """One that holds a signal for some bars; with or without the phases that are ours."""
        scene, lives = self, iter(self.lives)

        class Executor:
            def __init__(self) -> None:
                self.active_positions: list[Any] = []

            def process_signal(self, signal: Any) -> None:
                bar = bar_of(signal.timestamp)
                held = SimpleNamespace(symbol=signal.symbol, status="open", until=bar + next(lives))
                self.active_positions.append(held)
                scene.note(SIGNAL, bar, signal)

            def evaluate_exits(self, bid: Any, ask: Any) -> None:
                bar = bar_of(bid.timestamp)
                assert ask.timestamp == bid.timestamp
                kept = [held for held in self.active_positions if held.until > bar]
                self.active_positions = kept
                scene.note(EXITS, bar, scene.symbol_of(bid))

        class Fuller(Executor):
            def open_bar(self, bid: Any, ask: Any) -> None:
                scene.note(OPEN, bar_of(bid.timestamp))

            def close_bar(self, timestamp: datetime) -> None:
                scene.note(CLOSE, bar_of(timestamp))

        self.executor = Fuller() if with_ours else Executor()
        return self.executor

    def plain_portfolio(self) -> Any:
        return SimpleNamespace(
            update=lambda time: self.note(PORTFOLIO, bar_of(time)),
            get_open_positions=lambda symbol: [],
        )

    def progress(self, current: int, total: int) -> None:
        self.note(PROGRESS, self.run.start + current - 1, (current, total))

    # --- parts of ours, watched from subclasses ---

    def own_parts(self) -> tuple[Any, Any, Any]:
        """Subclasses of executor, portfolio and manager that do what ours do."""
        scene, engine = self, self.engine

        class Executor(engine.ExecutionSimulator):  # type: ignore[misc]
            def open_bar(self, bid: Any, ask: Any, symbol: str | None = None) -> None:
                super().open_bar(bid, ask, symbol=symbol)
                scene.note(OPEN, bar_of(bid.timestamp))

            def process_signal(self, signal: Any) -> None:
                super().process_signal(signal)
                scene.note(SIGNAL, bar_of(signal.timestamp), signal)

            def evaluate_exits(self, bid: Any, ask: Any, symbol: str | None = None) -> None:
                super().evaluate_exits(bid, ask, symbol=symbol)
                scene.note(EXITS, bar_of(bid.timestamp), symbol if scene.several else None)

            def close_bar(self, timestamp: datetime, last: bool = False) -> None:
                super().close_bar(timestamp, last=last)
                scene.note(CLOSE, bar_of(timestamp))

        class Portfolio(engine.Portfolio):  # type: ignore[misc]
            def update(self, time: datetime) -> None:
                super().update(time)
                scene.note(PORTFOLIO, bar_of(time))

        class Manager(engine.PositionManager):  # type: ignore[misc]
            def manage_positions(self, **given: Any) -> None:
                super().manage_positions(**given)
                bid = given["bid_candle"]
                scene.note(MANAGE, bar_of(bid.timestamp), scene.symbol_of(bid))

        portfolio = Portfolio(10_000.0)
        self.executor = Executor(portfolio, **self.settings())
        return self.executor, portfolio, Manager(**self.rules())

    def settings(self) -> dict[str, Any]:
        specs = {s: self.engine.SymbolSpec(s, 0.0001, 5) for s in SYMBOLS}
        return {"symbol_specs": specs, "sizing": self.engine.FixedLots(0.1)}

    def rules(self) -> dict[str, Any]:
        return {
            "max_holding_bars": 6,
            "break_even": self.engine.BreakEven(after_pips=3.0),
            "symbol_specs": self.settings()["symbol_specs"],
        }

    def loop(self, strategy: Any, executor: Any, portfolio: Any, **options: Any) -> Any:
        """The loop over these candles; `classes` may name others than the backend's."""
        classes = options.pop("classes", self.engine)
        progress = self.progress if self.run.told else None
        begin = BEGIN + self.run.start * MINUTE
        if not self.several:
            bid, ask = (list(side) for side in zip(*self.candles[ONE], strict=True))
            return classes.EventEngine(
                bid, ask, strategy, executor, portfolio, {"M1": {"bid": bid, "ask": ask}}, ONE,
                progress, begin, **options,
            )  # fmt: skip
        keys = [BEGIN + bar * MINUTE for bar in range(self.run.total)]
        assert self.run.covered is not None
        lookups: dict[str, Any] = {symbol: {"bid": {}, "ask": {}} for symbol in SYMBOLS}
        for bar, symbols in self.run.covered.items():
            for symbol in symbols:
                for side, candle in zip(("bid", "ask"), self.candles[symbol][bar], strict=True):
                    lookups[symbol][side][keys[bar]] = candle
        return classes.CrossSymbolEventEngine(
            lookups, keys, strategy, executor, portfolio, "M1", progress, begin, **options
        )


def _both(engine: Any, chance: random.Random, bar: int, price: float) -> tuple[Any, Any]:
    """Make a bar of a few pips, whose price tells the symbol."""
    opened = price + chance.randrange(100) / 1e5
    close = opened + chance.uniform(-0.001, 0.001)
    high, low = max(opened, close) + 2e-4, min(opened, close) - 2e-4
    prices = (opened, high, low, close)
    time = BEGIN + bar * MINUTE
    return engine.Candle(time, *prices), engine.Candle(time, *(p + 1e-4 for p in prices))
