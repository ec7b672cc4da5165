"""What a strategy sees of several symbols at a key."""

# ruff: noqa: SLF001 - the slice alone moves its views

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from .candles import from_time_us
from .errors import make_error
from .keys import Sides, clock_us, lay_out, show_key
from .symbol_view import SymbolView


class MultiSymbolSlice:
    """The candles of several symbols up to the current key; a mapping of symbol to view.

    Parameters
    ----------
    candle_lookups : mapping
        symbol -> "bid" | "ask" -> key -> candle.
    common_timestamps : sequence
        Ascending keys: datetime, str, int or float.
    primary_tf : str
        Name of the bars, such as M1.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from pyengine import Candle, MultiSymbolSlice
    >>> bar = Candle(datetime(2024, 1, 2, tzinfo=UTC), 1.1, 1.2, 1.0, 1.1)
    >>> view = MultiSymbolSlice({"EURUSD": {"bid": {7: bar}, "ask": {7: bar}}}, [7], "M1")
    >>> view.set_timestamp(7)
    >>> view["EURUSD"].latest().high, list(view)
    (1.2, ['EURUSD'])
    """

    def __init__(
        self,
        candle_lookups: Mapping[str, Mapping[str, Mapping[Any, Any]]],
        common_timestamps: Sequence[Any],
        primary_tf: str,
    ) -> None:
        self._take(lay_out(candle_lookups, common_timestamps), common_timestamps, primary_tf)

    @classmethod
    def _of(
        cls, symbols: Mapping[str, Sides], keys: Sequence[Any], primary_tf: str
    ) -> MultiSymbolSlice:
        """Make a slice of what is laid out already."""
        view = cls.__new__(cls)
        view._take(symbols, keys, primary_tf)
        return view

    def _take(self, symbols: Mapping[str, Sides], keys: Sequence[Any], primary_tf: str) -> None:
        self.primary_tf = primary_tf
        self._keys = keys
        self._index = 0
        self._limit: int | None = None
        self._views: dict[str, SymbolView] = {}
        for symbol, (bids, asks) in symbols.items():
            self._views[symbol] = SymbolView(symbol, primary_tf, bids, asks)
            self._views[symbol]._owner = self

    @property
    def index(self) -> int:
        """Place of the current key, from 0."""
        return self._index

    @property
    def timestamp(self) -> Any:
        """The current key."""
        return self._keys[self._index]

    @property
    def time(self) -> datetime:
        """The clock's time of the current key, UTC (L4.ordinal)."""
        return from_time_us(clock_us(self.timestamp, self._index))

    def key_at(self, index: int) -> Any:
        """Return a key by its place."""
        return self._keys[index]

    def set_timestamp(self, timestamp: Any) -> None:
        """Move to a key.

        Errors
        ------
        KEY_UNKNOWN, LOOK_AHEAD past the loop's key
        """
        try:
            place = bisect_left(self._keys, timestamp)
            found = place < len(self._keys) and self._keys[place] == timestamp
        except TypeError:
            found = False
        if not found:
            raise make_error(
                "KEY_UNKNOWN", field="timestamp", value=show_key(timestamp),
                expected="one of common_timestamps",
            )  # fmt: skip
        self.set_index(place)

    def set_index(self, index: int) -> None:
        """Move to a key by its place.

        Errors
        ------
        INDEX_OUT_OF_RANGE, LOOK_AHEAD past the loop's key
        """
        size = len(self._keys)
        if (
            isinstance(index, bool)
            or not hasattr(type(index), "__index__")
            or not 0 <= index < size
        ):
            raise make_error(
                "INDEX_OUT_OF_RANGE", field="index", value=index,
                expected=f"a whole number from 0 to {size - 1}",
            )  # fmt: skip
        if self._limit is not None and index > self._limit:
            raise make_error(
                "LOOK_AHEAD", bar=self._limit, field="index", value=index,
                expected=f"at most {self._limit}, the key of the loop",
            )  # fmt: skip
        self._index = operator.index(index)
        for view in self._views.values():
            view.set_index(self._index)

    def _pin(self, index: int) -> None:
        """Move the slice and its limit to the loop's key; called by the engine only."""
        self._limit = self._index = index
        for view in self._views.values():
            view._pin(index, None, None)

    def keys(self) -> list[str]:
        """Return the symbols, in their order."""
        return list(self._views)

    def values(self) -> list[SymbolView]:
        """Return the views, in the order of the symbols."""
        return list(self._views.values())

    def items(self) -> list[tuple[str, SymbolView]]:
        """Return symbols and views."""
        return list(self._views.items())

    def get(self, symbol: str, default: Any = None) -> Any:
        """Return the view of a symbol, or a default."""
        return self._views.get(symbol, default)

    def is_covered(self, symbol: str) -> bool:
        """Tell whether a symbol has candles of both sides at the current key (L5.hole).

        Errors
        ------
        SYMBOL_UNKNOWN
        """
        view = self[symbol]
        return view.bid is not None and view.ask is not None

    def latest(self, symbol: str, price_type: str = "bid") -> Any:
        """Return the candle of a symbol and side at the current key, None in a hole.

        Errors
        ------
        SYMBOL_UNKNOWN, SIDE_UNKNOWN
        """
        return self[symbol].latest(None, price_type)

    def history(self, symbol: str, price_type: str = "bid", length: int = 20) -> list[Any]:
        """Return the last candles of a symbol up to the current key, oldest first.

        Errors
        ------
        SYMBOL_UNKNOWN, SIDE_UNKNOWN
        """
        return self[symbol].history(None, price_type, length)

    def __getitem__(self, symbol: str) -> SymbolView:
        view = self._views.get(symbol)
        if view is None:
            raise make_error(
                "SYMBOL_UNKNOWN", field="symbol", value=symbol,
                expected="one of " + ", ".join(self._views),
            )  # fmt: skip
        return view

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._views

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)
