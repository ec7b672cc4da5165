"""Types for strategies and whatever else users inject: shapes, not classes to inherit from.

Nothing here is needed at run time. The engines take any object of the right shape, on every
backend, and a type checker can hold a strategy to these protocols. This module imports nothing but
`typing` and `datetime`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, TypedDict, runtime_checkable

Symbol: TypeAlias = str
#: Which quote a candle shows.
PriceType: TypeAlias = Literal["bid", "ask"]
#: Direction as strategies may write it; ``buy`` is ``long``, ``sell`` is ``short``.
RawSignalDirection: TypeAlias = Literal["buy", "sell", "long", "short"]
Direction: TypeAlias = Literal["long", "short"]
OrderType: TypeAlias = Literal["market", "limit", "stop"]
Status: TypeAlias = Literal["pending", "open", "closed", "rejected", "expired", "cancelled"]


@runtime_checkable
class CandleLike(Protocol):
    """One bar of one side: prices, and the time of its opening (T1)."""

    @property
    def timestamp(self) -> datetime:
        """Opening time, aware."""

    @property
    def open(self) -> float:
        """First price."""

    @property
    def high(self) -> float:
        """Highest price."""

    @property
    def low(self) -> float:
        """Lowest price."""

    @property
    def close(self) -> float:
        """Last price."""

    @property
    def volume(self) -> float:
        """Traded volume; never read by the engines."""


#: timeframe -> side -> candles aligned to the primary bars; None where there is none yet.
MultiCandleData: TypeAlias = Mapping[str, Mapping[str, Sequence[CandleLike | None]]]


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
    ``tp`` are prices; ``meta`` holds notes and `OrderOptions`; ``metadata`` fills keys that
    ``meta`` lacks.
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


@runtime_checkable
class TradeSignalLike(Protocol):
    """A signal in its normal form, of whatever backend."""

    direction: str
    entry_price: float | None
    stop_loss: float | None
    take_profit: float | None
    symbol: str
    timestamp: datetime
    type: str
    reason: str | None
    tags: Sequence[str]
    scenario: str | None
    meta: Mapping[str, Any] | None


@runtime_checkable
class IndicatorCacheProtocol(Protocol):
    """Indicators of the candles that a slice shows, up to its bar; arrays of float64.

    Listed are the common ones; ``docs/indicators.md`` has all of them and their settings.
    """

    def at(self, series: Any, index: int) -> float | None:
        """Return a value of an array, None where there is none."""

    def ema(self, tf: str, price_type: str, period: int) -> Any:
        """Return the exponential mean of the closes."""

    def sma(self, tf: str, price_type: str, period: int) -> Any:
        """Return the mean of the closes."""

    def rsi(self, tf: str, price_type: str, period: int = 14) -> Any:
        """Return the relative strength."""

    def atr(self, tf: str, price_type: str, period: int = 14) -> Any:
        """Return the average true range."""

    def bollinger(
        self, tf: str, price_type: str, period: int = 20, std_factor: float = 2.0
    ) -> tuple[Any, Any, Any]:
        """Return upper band, mean and lower band."""


@runtime_checkable
class SymbolDataSliceProtocol(Protocol):
    """What a strategy sees of one symbol: everything up to the current bar, nothing beyond."""

    index: int
    indicators: Any

    def set_index(self, index: int) -> None:
        """Move to a bar; beyond the loop's bar this raises ``LOOK_AHEAD``."""

    def latest(self, timeframe: str, price_type: str = "bid") -> CandleLike | None:
        """Return the current candle of a timeframe and side."""

    def history(
        self, timeframe: str, price_type: str = "bid", length: int = 20
    ) -> list[CandleLike]:
        """Return the last `length` candles, oldest first."""


SliceMap: TypeAlias = Mapping[Symbol, SymbolDataSliceProtocol]
#: What ``evaluate`` may return.
Signals: TypeAlias = "Sequence[TradeSignalLike] | TradeSignalLike | None"
#: What ``on_data`` and ``check_entry`` may return.
RawSignals: TypeAlias = "Sequence[TradeSignalDict | TradeSignalLike] | TradeSignalDict | Signals"


@runtime_checkable
class StrategyEvaluator(Protocol):
    """A strategy as the engine calls it: once a bar, with the absolute index of the bar."""

    def evaluate(self, index: int, slice_map: SliceMap) -> Signals:
        """Return the signals of this bar, or None."""


@runtime_checkable
class OnDataStrategy(Protocol):
    """A strategy that `StrategyWrapper` can drive, first form."""

    def on_data(self, slice_map: SliceMap) -> RawSignals:
        """Return the signals of this bar, or None."""


@runtime_checkable
class CheckEntryStrategy(Protocol):
    """A strategy that `StrategyWrapper` can drive, second form."""

    def check_entry(self, symbol_slice: SymbolDataSliceProtocol, *, index: int) -> RawSignals:
        """Return the signals of this bar, or None."""


#: A plain function in place of a strategy with ``evaluate``.
EvaluateFunction: TypeAlias = Callable[[int, SliceMap], Signals]


@runtime_checkable
class PositionManagerLike(Protocol):
    """Anything found as ``position_manager`` on the strategy (L3)."""

    def manage_positions(
        self,
        *,
        open_positions: Sequence[Any],
        symbol_slice: SymbolDataSliceProtocol,
        bid_candle: CandleLike,
        ask_candle: CandleLike,
        all_positions: Sequence[Any],
    ) -> None:
        """Move stops or close positions; called once a bar while something is active."""


@runtime_checkable
class ExecutorLike(Protocol):
    """The least that the engine asks of an executor; ``open_bar``, ``close_bar`` are optional."""

    @property
    def active_positions(self) -> Sequence[Any]:
        """Waiting orders and open positions in order of acceptance."""

    def process_signal(self, signal: Any) -> None:
        """Take one signal."""

    def evaluate_exits(self, bid: CandleLike, ask: CandleLike) -> None:
        """Test what is active against a bar; a parameter ``symbol`` is filled if there is one."""


@runtime_checkable
class CommandTaker(Protocol):
    """The commands of an executor (L8); each takes a position or its order id.

    In ENTRY they wait for CLOSE; ``modify`` changes what it is given and nothing else.
    """

    def close(self, position: Any) -> None:
        """Close an open position at the market."""

    def cancel(self, position: Any) -> None:
        """Cancel a waiting order."""

    def modify(
        self,
        position: Any,
        *,
        sl: float | None = ...,
        tp: float | None = ...,
        expires_at: datetime | None = ...,
    ) -> None:
        """Change levels, or the expiry of a waiting order; None removes what is there."""


@runtime_checkable
class MarkLike(Protocol):
    """One thing that the candles leave open about a trade (X4.ledger)."""

    rule: str
    time_us: int
    other: str
    price: float | None
    result: float


#: ``on_progress(current, total)``, both counted in bars from the start of the run, from 1.
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
    position_manager: Any
    executor: Any
    portfolio: Any
    multi_candle_data: MultiCandleData | None
    on_progress: ProgressCallback | None
    tracer: Any
    backend: str | None
