"""What a strategy sees of the market at a bar."""

# ruff: noqa: SLF001 - the slice alone moves the end of its indicators

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from .candles import candle_at
from .errors import make_error
from .indicators.cache import IndicatorCache
from .indicators.series import find_series, find_sides
from .series_view import SeriesView, last_places, places_up_to

SIDES = ("bid", "ask")


class SymbolDataSlice:
    """The candles of one symbol up to the current bar.

    Parameters
    ----------
    multi_candle_data : mapping
        timeframe -> "bid" | "ask" -> candles aligned with the primary bars, None where there
        is none.
    symbol : str

    Attributes
    ----------
    index : int
        Current bar, 0-based. A slice handed out by an engine cannot be moved past the loop's bar.
    bid, ask : candle or None
        The engine's candles of the current bar; None in a slice of the user's own.
    indicators : IndicatorCache
        Of the same candles; its arrays end at the current bar. The same object at every bar.

    Examples
    --------
    >>> from pyengine import Candles, SymbolDataSlice
    >>> bars = Candles([0, 60_000_000], [1.1, 1.2], [1.3, 1.3], [1.0, 1.1], [1.2, 1.2])
    >>> view = SymbolDataSlice({"M1": {"bid": bars, "ask": bars}}, "EURUSD")
    >>> view.set_index(1)
    >>> view.latest("M1").open, len(view.history("M1"))
    (1.2, 2)
    >>> view["M1"]["ask"][-1].open, len(view.series_ref("M1")), list(view)
    (1.2, 2, ['M1'])
    """

    def __init__(
        self, multi_candle_data: Mapping[str, Mapping[str, Sequence[Any]]], symbol: str
    ) -> None:
        self.symbol = symbol
        self._data = multi_candle_data
        self._index = 0
        self._limit: int | None = None
        self._bid: Any = None
        self._ask: Any = None
        self._indicators: IndicatorCache | None = None
        # The run's own bars of both sides, for managers that look back (M1.trailing).
        self._sides: tuple[Sequence[Any], Sequence[Any]] | None = None

    @property
    def index(self) -> int:
        """Current bar."""
        return self._index

    @property
    def bid(self) -> Any:
        """Bid candle of the current bar."""
        return self._bid

    @property
    def ask(self) -> Any:
        """Ask candle of the current bar."""
        return self._ask

    @property
    def indicators(self) -> IndicatorCache:
        """Indicators of the same candles, up to the current bar."""
        if self._indicators is None:
            self._indicators = IndicatorCache(self._data)
            self._indicators._pin(self._index)
        return self._indicators

    def set_index(self, index: int) -> None:
        """Move to a bar.

        Errors
        ------
        LOOK_AHEAD past the loop's bar, INDEX_OUT_OF_RANGE below 0
        """
        if isinstance(index, bool) or not hasattr(type(index), "__index__") or index < 0:
            raise make_error(
                "INDEX_OUT_OF_RANGE", symbol=self.symbol, field="index", value=index,
                expected="a whole number >= 0",
            )  # fmt: skip
        if self._limit is not None and index > self._limit:
            raise make_error(
                "LOOK_AHEAD", bar=self._limit, symbol=self.symbol, field="index", value=index,
                expected=f"at most {self._limit}, the bar of the loop",
            )  # fmt: skip
        self._index = operator.index(index)
        if self._indicators is not None:
            self._indicators._pin(self._index)

    def _pin(self, index: int, bid: Any, ask: Any) -> None:
        """Move the slice and its limit to the loop's bar; called by the engine only."""
        self._limit = index
        self._index = index
        self._bid = bid
        self._ask = ask
        if self._indicators is not None:
            self._indicators._pin(index)

    def latest(self, timeframe: str, price_type: str = "bid") -> Any:
        """Return the candle of a timeframe and side at the current bar, None where absent.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN, INDEX_OUT_OF_RANGE
        """
        candles = find_series(self._data, timeframe, price_type, self.symbol)
        if self._index >= len(candles):
            raise make_error(
                "INDEX_OUT_OF_RANGE", symbol=self.symbol, field=f"{timeframe}.{price_type}",
                value=self._index, expected=f"below {len(candles)}, the length of the series",
            )  # fmt: skip
        return candle_at(candles, self._index)

    def history(self, timeframe: str, price_type: str = "bid", length: int = 20) -> list[Any]:
        """Return the last candles up to the current bar, oldest first.

        Parameters
        ----------
        timeframe, price_type : str
        length : int
            How many; fewer where the data begins. Absent entries do not count.
        """
        candles = find_series(self._data, timeframe, price_type, self.symbol)
        places = last_places(candles, self._index, operator.index(length))
        return [candles[place] for place in places]

    def series_ref(self, timeframe: str, price_type: str = "bid") -> SeriesView:
        """Return all candles up to the current bar, entry i that of bar i, None where absent.

        Nothing is copied, and the view stays what it is when the slice moves on.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN
        """
        candles = find_series(self._data, timeframe, price_type, self.symbol)
        return SeriesView(candles, places_up_to(candles, self._index))

    def history_view(self, timeframe: str, price_type: str = "bid", length: int = 20) -> SeriesView:
        """Return what ``history`` returns as a view, without a copy of candles.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN
        """
        candles = find_series(self._data, timeframe, price_type, self.symbol)
        return SeriesView(candles, last_places(candles, self._index, operator.index(length)))

    def __getitem__(self, timeframe: str) -> Mapping[str, SeriesView]:
        """Return the sides of a timeframe that are there, each as ``series_ref`` returns it.

        Errors
        ------
        TIMEFRAME_UNKNOWN
        """
        sides = find_sides(self._data, timeframe, self.symbol)
        return MappingProxyType(
            {
                side: self.series_ref(timeframe, side)
                for side in SIDES
                if sides.get(side) is not None
            }
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __contains__(self, timeframe: object) -> bool:
        return timeframe in self._data
