"""The bar at whose end positions are managed, and the true ranges up to it (M1.trailing, I.atr)."""

# ruff: noqa: SLF001 - the bars of a run are kept from strategies, which see no more than a slice

from __future__ import annotations

from typing import Any

from .indicators.atr import Atr
from .multi_symbol_slice import MultiSymbolSlice
from .slices import SymbolDataSlice


class Bar:
    """The bar that ends now, as the manager was shown it."""

    def __init__(self, time_us: int, bid: Any, ask: Any, view: Any) -> None:
        self.time_us = time_us
        self.bid = bid
        self.ask = ask
        self.view = view
        self._bid_close = float(bid.close)
        self._ask_close = float(ask.close)

    def close(self, sign: float) -> float:
        """Return the close of the side a position of this sign closes on."""
        return self._bid_close if sign > 0.0 else self._ask_close


class TrueRange:
    """The average true range of one side of a symbol, brought up to a bar when it is asked for."""

    def __init__(self, symbol: str, period: int) -> None:
        self._symbol = symbol
        self._atr = Atr(period)
        self._series: Any = None
        self._next_index = 0
        self._last_us: int | None = None

    def at(self, bar: Bar, sign: float) -> float:
        """Return the average at a bar, from all bars of the run up to it, warm-up included."""
        view = bar.view
        if isinstance(view, MultiSymbolSlice):
            view = view.get(self._symbol)
        if not isinstance(view, SymbolDataSlice) or view._sides is None or view._limit is None:
            return self._shown(bar, sign)
        series, other = view._sides if sign > 0.0 else reversed(view._sides)
        index = view._limit
        if series is not self._series or index < self._next_index - 1:
            self._atr.restart()
            self._series = series
            self._next_index = 0
        for place in range(self._next_index, index + 1):
            # Half a bar is none: the symbol is in a hole there (L5.hole).
            if series[place] is not None and other[place] is not None:
                self._take(series[place])
        self._next_index = index + 1
        return self._atr.value

    def _shown(self, bar: Bar, sign: float) -> float:
        """Take the bar that is shown, where the slice does not know the others."""
        goes_back = self._last_us is not None and bar.time_us < self._last_us
        if self._series is not None or goes_back:
            self._atr.restart()
            self._series = None
            self._last_us = None
        if bar.time_us != self._last_us:
            self._take(bar.bid if sign > 0.0 else bar.ask)
            self._last_us = bar.time_us
        return self._atr.value

    def _take(self, candle: Any) -> None:
        self._atr.update(float(candle.high), float(candle.low), float(candle.close))
