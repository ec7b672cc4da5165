"""Types for strategies and whatever else users inject, to be imported from here.

Nothing here is needed at run time. The engines take any object of the right shape, on every
backend, and a type checker can hold a strategy to these names. The protocols themselves stand in
`fillproof.protocols` and `fillproof.injected`. Nothing else is loaded with this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, TypedDict

from fillproof.injected import (
    CommandTaker,
    ExecutionSimulatorProtocol,
    MarkLike,
    PortfolioProtocol,
    PositionManagerProtocol,
)
from fillproof.protocols import (
    OHLC,
    OHLCV,
    CandleLike,
    CheckEntryStrategy,
    IndicatorCacheProtocol,
    MultiSymbolEvaluator,
    MultiSymbolSliceProtocol,
    MultiSymbolStrategyProtocol,
    StrategyEvaluator,
    StrategyProtocol,
    SymbolDataSliceProtocol,
    SymbolViewProtocol,
    TradeSignalProtocol,
)

__all__ = [
    "OHLC",
    "OHLCV",
    "CandleLike",
    "CandleLookups",
    "CheckEntryStrategy",
    "CommandTaker",
    "CommonTimestamps",
    "Direction",
    "EvaluateFunction",
    "ExecutionSimulatorProtocol",
    "IndicatorCacheProtocol",
    "MarkLike",
    "MultiCandleData",
    "MultiSymbolEvaluator",
    "MultiSymbolSliceProtocol",
    "MultiSymbolStrategyProtocol",
    "OrderOptions",
    "OrderType",
    "PortfolioProtocol",
    "PositionManagerProtocol",
    "PriceType",
    "ProgressCallback",
    "RawSignalDirection",
    "RawSignals",
    "RunOptions",
    "Signals",
    "SliceCallback",
    "SliceMap",
    "Status",
    "StrategyEvaluator",
    "StrategyProtocol",
    "Symbol",
    "SymbolDataSliceProtocol",
    "SymbolViewProtocol",
    "TimestampKey",
    "TradeSignalDict",
    "TradeSignalProtocol",
]

#: Name of a market, such as ``"EURUSD"``.
Symbol: TypeAlias = str
#: Which quote a candle shows.
PriceType: TypeAlias = Literal["bid", "ask"]
#: Key of a candle in a run over several symbols; all keys of a run are of one type (L4.key_type).
TimestampKey: TypeAlias = datetime | str | int | float
#: Direction as strategies may write it; ``buy`` is ``long``, ``sell`` is ``short``.
RawSignalDirection: TypeAlias = Literal["buy", "sell", "long", "short"]
#: Direction as engines write it.
Direction: TypeAlias = Literal["long", "short"]
#: What becomes of a signal: filled at the market, or an order that waits.
OrderType: TypeAlias = Literal["market", "limit", "stop"]
#: What became of an order.
Status: TypeAlias = Literal["pending", "open", "closed", "rejected", "expired", "cancelled"]

#: timeframe -> side -> candles aligned to the primary bars; None where there is none yet.
MultiCandleData: TypeAlias = Mapping[str, Mapping[str, Sequence[CandleLike | None]]]
#: symbol -> side -> key -> candle, for a run over several symbols.
CandleLookups: TypeAlias = Mapping[Symbol, Mapping[PriceType, Mapping[TimestampKey, OHLC]]]
#: The keys of such a run, strictly ascending (L4.keys).
CommonTimestamps: TypeAlias = Sequence[TimestampKey]


class OrderOptions(TypedDict, total=False):
    """What ``meta`` may ask of an order (S1.order_options); other keys are the strategy's own.

    ``expires_at`` is an aware datetime or its ISO text; ``max_bars`` a whole number of at least 1;
    waiting orders of one name ``oco`` cancel each other when one fills (S4).
    """

    expires_at: datetime | str
    max_bars: int
    oco: str


class TradeSignalDict(TypedDict, total=False):
    """A signal as ``on_data`` and ``check_entry`` may return it (S1).

    Every key but ``direction`` may be left out. ``entry`` is the level of a limit or stop order;
    that of a market order is recorded only, except with ``market_fill="signal"``. ``sl`` and
    ``tp`` are prices; None is as if the key were absent. ``meta`` holds notes and `OrderOptions`;
    ``metadata`` fills keys that ``meta`` lacks.
    """

    direction: RawSignalDirection
    entry: float | None
    sl: float | None
    tp: float | None
    symbol: Symbol
    type: OrderType
    reason: str
    tags: Sequence[str]
    scenario: str
    meta: OrderOptions | Mapping[str, Any]
    metadata: OrderOptions | Mapping[str, Any]


#: What a strategy of one symbol is handed.
SliceMap: TypeAlias = Mapping[Symbol, SymbolDataSliceProtocol]
#: What ``evaluate`` may return.
Signals: TypeAlias = Sequence[TradeSignalProtocol] | TradeSignalProtocol | None
#: What ``on_data`` and ``check_entry`` may return.
RawSignals: TypeAlias = Sequence[TradeSignalDict | TradeSignalProtocol] | TradeSignalDict | Signals
#: A plain function in place of a strategy with ``evaluate``.
EvaluateFunction: TypeAlias = Callable[[int, SliceMap], Signals]
#: The callback of `fillproof.run_backtest_hybrid`.
SliceCallback: TypeAlias = Callable[[int, SymbolDataSliceProtocol], RawSignals]
#: ``on_progress(current, total)``, both counted in bars from the start of the run, from 1. Where it
#: has an attribute ``every``, a whole number, it is called when so many bars are done since the
#: call before, and after the last bar; the engines read the attribute after each call.
ProgressCallback: TypeAlias = Callable[[int, int], None]


class RunOptions(TypedDict, total=False):
    """The options of `fillproof.run_backtest` beside candles, strategy and symbol."""

    timeframe: str | None
    start: datetime | None
    symbol_spec: Any
    sizing: Any
    policy: Any
    slippage_model: Any
    fee_model: Any
    session: Any
    account: str | None
    rates: Any
    margin: Any
    lower_candles: Any
    position_manager: Any
    executor: Any
    portfolio: Any
    timeframes: Sequence[str] | None
    multi_candle_data: MultiCandleData | None
    on_progress: ProgressCallback | None
    tracer: Any
    keep_signals: bool
    backend: str | None
    shadow: str | None
