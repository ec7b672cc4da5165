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
#: Market orders are all there is in this version.
OrderType: TypeAlias = Literal["market"]
Status: TypeAlias = Literal["pending", "open", "closed", "rejected", "expired"]


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


class TradeSignalDict(TypedDict, total=False):
    """A signal as ``on_data`` and ``check_entry`` may return it (S1).

    Every key but ``direction`` may be left out. ``entry`` is recorded only, a market order fills
    at the close or the next open; ``sl`` and ``tp`` are prices; ``metadata`` fills keys that
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
    meta: Mapping[str, Any]
    metadata: Mapping[str, Any]


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


#: ``on_progress(current, total)``, both counted in bars from the start of the run, from 1.
ProgressCallback: TypeAlias = Callable[[int, int], None]
