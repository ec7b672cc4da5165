"""One symbol of a slice over several."""

# ruff: noqa: SLF001 - the view alone moves the end of its indicators

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .indicators.cache import IndicatorCache
from .keys import restamped
from .series_view import SeriesView
from .slices import SymbolDataSlice


class SymbolView(SymbolDataSlice):
    """The candles of one symbol along the keys of a run, up to the current key.

    Made by :class:`MultiSymbolSlice`. Its only timeframe is the primary one, which need not be
    named; entries are None where the symbol has no candle (L5.hole).

    Parameters
    ----------
    symbol, primary_tf : str
    bids, asks : sequence of candles or None
        As long as there are keys.

    Examples
    --------
    >>> from pyengine import SymbolView
    >>> SymbolView("EURUSD", "M1", [None], [None]).latest() is None
    True
    """

    def __init__(
        self, symbol: str, primary_tf: str, bids: Sequence[Any], asks: Sequence[Any]
    ) -> None:
        super().__init__({primary_tf: {"bid": bids, "ask": asks}}, symbol)
        self._primary_tf = primary_tf
        self._bids = bids
        self._asks = asks
        self._sides = bids, asks
        self._owner: Any = None

    @property
    def bid(self) -> Any:
        """Bid candle of the current key, None in a hole."""
        return self._bids[self._index]

    @property
    def ask(self) -> Any:
        """Ask candle of the current key, None in a hole."""
        return self._asks[self._index]

    @property
    def indicators(self) -> IndicatorCache:
        """Indicators of the same candles, up to the current key; holes are absent bars."""
        if self._indicators is None:
            self._indicators = IndicatorCache(self._timed())
            self._indicators._pin(self._index)
        return self._indicators

    def _timed(self) -> Mapping[str, Mapping[str, Sequence[Any]]]:
        """Return the candles with the clock's times: their own, or their places (L4.ordinal)."""
        if self._owner is None or isinstance(self._owner.key_at(0), datetime):
            return self._data
        sides = {
            side: [
                None if candle is None else restamped(candle, place)
                for place, candle in enumerate(candles)
            ]
            for side, candles in (("bid", self._bids), ("ask", self._asks))
        }
        return {self._primary_tf: sides}

    @property
    def timestamp(self) -> Any:
        """The current key."""
        return None if self._owner is None else self._owner.key_at(self._index)

    def latest(self, timeframe: str | None = None, price_type: str = "bid") -> Any:
        """Return the candle of a side at the current key, None in a hole.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN
        """
        return super().latest(self._timeframe(timeframe), price_type)

    def history(
        self, timeframe: str | None = None, price_type: str = "bid", length: int = 20
    ) -> list[Any]:
        """Return the last candles up to the current key, oldest first, holes left out.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN
        """
        return super().history(self._timeframe(timeframe), price_type, length)

    def series_ref(self, timeframe: str | None = None, price_type: str = "bid") -> SeriesView:
        """Return all candles up to the current key, entry i that of key i, None in a hole.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN
        """
        return super().series_ref(self._timeframe(timeframe), price_type)

    def history_view(
        self, timeframe: str | None = None, price_type: str = "bid", length: int = 20
    ) -> SeriesView:
        """Return what ``history`` returns as a view, without a copy of candles.

        Errors
        ------
        TIMEFRAME_UNKNOWN, SIDE_UNKNOWN
        """
        return super().history_view(self._timeframe(timeframe), price_type, length)

    def _timeframe(self, timeframe: str | None) -> str:
        return self._primary_tf if timeframe is None else timeframe
