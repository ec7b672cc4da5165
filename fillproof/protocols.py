"""Shapes of what users inject and of what strategies are handed: protocols, not base classes.

The engines take any object of the right shape, on every backend. `isinstance` asks for the names
only; a type checker asks for the whole signature, and takes our classes of every backend. Where an
engine passes an argument by place, its name here is free (``/``); ``docs/public-names.md`` says
which way each object goes through the boundary.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from fillproof.types import RawSignals, Signals, SliceMap, Symbol, TimestampKey


@runtime_checkable
class OHLC(Protocol):
    """The four prices of a bar: all that is asked of a candle whose key is no time (L4.ordinal)."""

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


@runtime_checkable
class CandleLike(OHLC, Protocol):
    """One bar of one side: prices, and the time of its opening (T1)."""

    @property
    def timestamp(self) -> datetime:
        """Opening time, aware."""


@runtime_checkable
class OHLCV(CandleLike, Protocol):
    """A candle that knows its volume, which the engines carry along and never read."""

    @property
    def volume(self) -> float:
        """Traded volume."""


@runtime_checkable
class TradeSignalProtocol(Protocol):
    """A signal in its normal form, of whatever backend; ``tags`` may be absent."""

    @property
    def direction(self) -> str:
        """``long`` or ``short``."""

    @property
    def entry_price(self) -> float | None:
        """Level of a limit or stop order; of a market order recorded."""

    @property
    def stop_loss(self) -> float | None:
        """Stop, None without."""

    @property
    def take_profit(self) -> float | None:
        """Target, None without."""

    @property
    def symbol(self) -> str:
        """Trading symbol."""

    @property
    def timestamp(self) -> datetime | None:
        """Open of the bar in which it was made."""

    @property
    def type(self) -> str:
        """``market``, ``limit`` or ``stop``."""

    @property
    def reason(self) -> str | None:
        """Carried along."""

    @property
    def scenario(self) -> str | None:
        """Carried along."""

    @property
    def meta(self) -> Mapping[str, Any] | None:
        """Notes of the strategy's own, and options of the order (S1.order_options)."""


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

    @property
    def index(self) -> int:
        """Current bar, 0-based."""

    @property
    def indicators(self) -> IndicatorCacheProtocol | None:
        """Indicators of the same candles, where there are any."""

    def set_index(self, index: int) -> None:
        """Move to a bar; beyond the loop's bar this raises ``LOOK_AHEAD``."""

    def latest(self, timeframe: str, price_type: str = "bid") -> CandleLike | None:
        """Return the current candle of a timeframe and side."""

    def history(
        self, timeframe: str, price_type: str = "bid", length: int = 20
    ) -> list[CandleLike]:
        """Return the last `length` candles, oldest first."""


@runtime_checkable
class SymbolViewProtocol(Protocol):
    """One symbol of a run over several, on the one timeframe that such a run has.

    Series are aligned with the keys, with None in a hole (L5.hole).
    """

    @property
    def symbol(self) -> str:
        """Trading symbol."""

    @property
    def index(self) -> int:
        """Place of the current key, 0-based."""

    @property
    def timestamp(self) -> TimestampKey:
        """The current key."""

    @property
    def bid(self) -> Any:
        """Bid candle at the current key, None in a hole."""

    @property
    def ask(self) -> Any:
        """Ask candle at the current key, None in a hole."""

    @property
    def indicators(self) -> IndicatorCacheProtocol | None:
        """Indicators of the same candles."""

    def latest(self, timeframe: str | None = None, price_type: str = "bid") -> Any:
        """Return the candle of a side at the current key, None in a hole."""

    def history(
        self, timeframe: str | None = None, price_type: str = "bid", length: int = 20
    ) -> list[Any]:
        """Return the last `length` candles, oldest first, holes left out."""


@runtime_checkable
class MultiSymbolSliceProtocol(Protocol):
    """What a strategy sees of several symbols at a key; reads like a mapping of symbol to view."""

    @property
    def timestamp(self) -> TimestampKey:
        """The current key."""

    @property
    def index(self) -> int:
        """Its place, 0-based."""

    @property
    def primary_tf(self) -> str:
        """Name of the timeframe."""

    def set_timestamp(self, timestamp: Any, /) -> None:
        """Move to a key; beyond the loop's key this raises ``LOOK_AHEAD``."""

    def set_index(self, index: int, /) -> None:
        """Move to a key by its place."""

    def latest(self, symbol: Symbol, price_type: str = "bid") -> Any:
        """Return the candle of a symbol and side at the current key, None in a hole."""

    def history(self, symbol: Symbol, price_type: str = "bid", length: int = 20) -> list[Any]:
        """Return the last `length` candles of a symbol, oldest first, holes left out."""

    def is_covered(self, symbol: Symbol, /) -> bool:
        """Tell whether a symbol has a candle of both sides at the current key (L5.hole)."""

    def keys(self) -> Collection[Symbol]:
        """Return the symbols in the order of the run."""

    def values(self) -> Collection[Any]:
        """Return the views in that order."""

    def items(self) -> Collection[tuple[Symbol, Any]]:
        """Return symbols with their views."""

    def __getitem__(self, symbol: Symbol, /) -> SymbolViewProtocol:
        """Return the view of a symbol."""

    def __contains__(self, symbol: object, /) -> bool:
        """Tell whether the run has a symbol."""

    def __iter__(self) -> Iterator[Symbol]:
        """Walk over the symbols."""

    def __len__(self) -> int:
        """Count the symbols."""


@runtime_checkable
class StrategyEvaluator(Protocol):
    """A strategy as `EventEngine` calls it: once a bar, with the absolute index of the bar."""

    def evaluate(self, index: int, slice_map: SliceMap, /) -> Signals:
        """Return the signals of this bar, or None."""


@runtime_checkable
class MultiSymbolEvaluator(Protocol):
    """A strategy as `CrossSymbolEventEngine` calls it: once a key, with the place of the key."""

    def evaluate(self, index: int, multi_slice: MultiSymbolSliceProtocol, /) -> Signals:
        """Return the signals of this key, or None."""


@runtime_checkable
class StrategyProtocol(Protocol):
    """A strategy that `StrategyWrapper` can drive: raw signals of a bar."""

    def on_data(self, slice_map: SliceMap, /) -> RawSignals:
        """Return the signals of this bar, or None."""


@runtime_checkable
class MultiSymbolStrategyProtocol(Protocol):
    """The same over several symbols; a raw signal names its symbol."""

    def on_data(self, multi_slice: MultiSymbolSliceProtocol, /) -> RawSignals:
        """Return the signals of this key, or None."""


@runtime_checkable
class CheckEntryStrategy(Protocol):
    """A strategy that `StrategyWrapper` can drive, second form: called where on_data is missing."""

    def check_entry(self, symbol_slice: SymbolDataSliceProtocol, /, *, index: int) -> RawSignals:
        """Return the signals of this bar, or None."""
