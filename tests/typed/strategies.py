"""What users write, as a type checker should see it; checked by `tests/test_typed.py`, never run.

Each `type: ignore` names an error that must be there: the checker complains of one that is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fillproof import (
    Candle,
    Candles,
    EventEngine,
    ExecutionSimulator,
    Portfolio,
    PositionManager,
    StrategyWrapper,
    SymbolDataSlice,
    TradeSignal,
    run_backtest,
    run_backtest_hybrid,
)
from fillproof.types import (
    OHLC,
    OHLCV,
    CandleLike,
    CandleLookups,
    CheckEntryStrategy,
    CommandTaker,
    CommonTimestamps,
    EvaluateFunction,
    ExecutionSimulatorProtocol,
    IndicatorCacheProtocol,
    MultiCandleData,
    MultiSymbolEvaluator,
    MultiSymbolSliceProtocol,
    MultiSymbolStrategyProtocol,
    OrderOptions,
    PortfolioProtocol,
    PositionManagerProtocol,
    PriceType,
    ProgressCallback,
    RawSignalDirection,
    SliceCallback,
    SliceMap,
    StrategyEvaluator,
    StrategyProtocol,
    SymbolDataSliceProtocol,
    SymbolViewProtocol,
    TimestampKey,
    TradeSignalDict,
    TradeSignalProtocol,
)


class Fade:
    """One symbol, `evaluate`, signals in their normal form."""

    def evaluate(
        self, index: int, slice_map: Mapping[str, SymbolDataSliceProtocol]
    ) -> list[TradeSignal] | None:
        view = slice_map["EURUSD"]
        candle = view.latest("M1", "ask")
        if candle is None or index < 20:
            return None
        indicators = view.indicators
        if indicators is not None and (mean := indicators.at(indicators.sma("M1", "bid", 9), 3)):
            mean + 1.0
        lows = [bar.low for bar in view.history("M1", length=5)]
        return [TradeSignal("long", None, min(lows), None, "EURUSD", candle.timestamp)]


class Raw:
    """One symbol, `on_data`, raw signals; a dict literal is held to the keys of the seed."""

    direction: RawSignalDirection = "buy"

    def on_data(self, slice_map: SliceMap) -> TradeSignalDict | None:
        for view in slice_map.values():
            if view.index % 10 == 0:
                meta: OrderOptions = {"max_bars": 3, "oco": "pair"}
                return {"direction": self.direction, "sl": 1.0, "entry": 1.1, "meta": meta}
        return None


class Checks:
    """One symbol, `check_entry`."""

    def check_entry(self, view: SymbolDataSliceProtocol, *, index: int) -> list[TradeSignalDict]:
        return [{"direction": "sell", "type": "limit", "entry": 1.2}] if index == 3 else []


class Spread:
    """Two symbols."""

    def evaluate(
        self, index: int, multi_slice: MultiSymbolSliceProtocol
    ) -> Sequence[TradeSignalProtocol]:
        first, second = (multi_slice[name] for name in ("EURUSD", "GBPUSD"))
        if not (multi_slice.is_covered("EURUSD") and "GBPUSD" in multi_slice):
            return []
        look(first)
        return [] if first.bid is None or second.latest() is None else [signal(first.bid)]

    def on_data(self, multi_slice: MultiSymbolSliceProtocol) -> TradeSignalDict | None:
        key: TimestampKey = multi_slice.timestamp
        for symbol, view in multi_slice.items():
            if multi_slice.latest(symbol, "ask") is not None and view.index and key:
                return {"direction": "long", "symbol": symbol}
        return None


class Bar:
    """A candle of the user's own."""

    def __init__(self, price: float, timestamp: datetime) -> None:
        self.open = self.high = self.low = self.close = price
        self.timestamp = timestamp


class Slice:
    """A slice of the user's own, with plain attributes as the seed has them."""

    index: int = 0
    indicators: IndicatorCacheProtocol | None = None

    def set_index(self, index: int) -> None:
        self.index = index

    def latest(self, timeframe: str, price_type: str = "bid") -> Bar | None:
        return None

    def history(
        self, timeframe: str, price_type: str = "bid", length: int = 20
    ) -> list[CandleLike]:
        return []


class Book:
    """A portfolio of the user's own."""

    def update(self, timestamp: datetime) -> None: ...
    def get_open_positions(self, symbol: str | None = None) -> list[Any]:
        return []

    def register_entry(self, position: object) -> None: ...
    def register_exit(self, position: object) -> None: ...
    def register_fee(self, amount: float, when: datetime, kind: str, who: object) -> None: ...
    def register_expired(self, position: object) -> None: ...


class Desk:
    """An executor of the user's own."""

    def __init__(self) -> None:
        self.active_positions: list[Any] = []

    def process_signal(self, signal: TradeSignalProtocol) -> None: ...
    def evaluate_exits(self, bid: CandleLike, ask: CandleLike, symbol: str = "") -> None: ...


class Tighten:
    """A manager of the user's own."""

    def manage_positions(
        self, *, open_positions: Sequence[Any], bid_candle: CandleLike, **_: Any
    ) -> None:
        for position in open_positions:
            position.stop_loss = bid_candle.low


def look(view: SymbolViewProtocol) -> float:
    side: PriceType = "ask"
    candles = view.history(price_type=side, length=3)
    return sum(candle.close for candle in candles) if view.symbol else 0.0


def told(current: int, total: int) -> None: ...


def takes(
    candle: OHLC | None = None,
    signal: TradeSignalProtocol | None = None,
    view: SymbolDataSliceProtocol | None = None,
    portfolio: PortfolioProtocol | None = None,
    executor: ExecutionSimulatorProtocol | None = None,
    manager: PositionManagerProtocol | None = None,
    evaluator: StrategyEvaluator | None = None,
    several: MultiSymbolEvaluator | None = None,
    raw: StrategyProtocol | None = None,
    raw_several: MultiSymbolStrategyProtocol | None = None,
    checks: CheckEntryStrategy | None = None,
    progress: ProgressCallback | None = None,
    commands: CommandTaker | None = None,
    function: EvaluateFunction | None = None,
) -> None: ...


def foreign(when: datetime) -> None:
    """What users write is what the protocols ask for."""
    takes(candle=Bar(1.0, when), view=Slice(), portfolio=Book(), executor=Desk())
    takes(manager=Tighten(), evaluator=Fade(), several=Spread(), raw=Raw(), raw_several=Spread())
    takes(checks=Checks(), progress=told, function=Fade().evaluate)


def ours(candles: Candles, position: Any) -> None:
    """Our classes are what the protocols ask for."""
    candle = next(iter(candles))
    volume: OHLCV = candle
    view = SymbolDataSlice({"M1": {"bid": candles}}, "EURUSD")
    cache: IndicatorCacheProtocol = view.indicators
    portfolio = Portfolio()
    executor = ExecutionSimulator(portfolio)
    takes(candle=volume, view=view, portfolio=portfolio, executor=executor, commands=executor)
    takes(manager=PositionManager(), evaluator=StrategyWrapper(Raw()), signal=signal(candle))
    takes(function=lambda index, slice_map: None)
    cache.rsi("M1", "bid")
    data: MultiCandleData = {"M1": {"bid": candles, "ask": candles}}
    lookups: CandleLookups = {"EURUSD": {"bid": {candle.timestamp: candle}}}
    keys: CommonTimestamps = [candle.timestamp]
    EventEngine(candles, candles, Fade(), executor, portfolio, data, "EURUSD", told).run()
    print(lookups, keys)


def signal(candle: Candle) -> TradeSignal:
    return TradeSignal("long", None, candle.low, candle.high, "EURUSD", candle.timestamp)


def runs(bid: Any, ask: Any) -> None:
    def callback(index: int, view: SymbolDataSliceProtocol) -> TradeSignalDict | None:
        return {"direction": "buy"} if view.index == index else None

    given: SliceCallback = callback
    executor = ExecutionSimulator(Portfolio())
    result = run_backtest_hybrid((bid, ask), given, executor, symbol="EURUSD", on_progress=told)
    print(result.digest, result.trades.num_rows)
    both = run_backtest(bid, ask, Fade(), symbol="EURUSD", bounds="both")
    print(both.worst.summary, run_backtest(bid, ask, Raw(), symbol="EURUSD").summary)


def wrong() -> None:
    """What must not pass."""
    takes(candle=Slice())  # type: ignore[arg-type]
    takes(view=Book())  # type: ignore[arg-type]
    takes(portfolio=Desk())  # type: ignore[arg-type]
    takes(executor=Book())  # type: ignore[arg-type]
    takes(evaluator=Raw())  # type: ignore[arg-type]
    takes(evaluator=Spread())  # type: ignore[arg-type]
    takes(manager=Desk())  # type: ignore[arg-type]
    takes(progress=look)  # type: ignore[arg-type]
    up: TradeSignalDict = {"direction": "up"}  # type: ignore[typeddict-item]
    size: TradeSignalDict = {"direction": "buy", "lots": 1.0}  # type: ignore[typeddict-unknown-key]
    kind: TradeSignalDict = {"direction": "buy", "type": "stop_limit"}  # type: ignore[typeddict-item]
    side: PriceType = "mid"  # type: ignore[assignment]
    run_backtest_hybrid((1, 2), told, None, symbol="EURUSD")  # type: ignore[arg-type]
    run_backtest((), (), Fade(), symbol="EURUSD", slippage=1)  # type: ignore[call-overload]
    print(up, size, kind, side)
