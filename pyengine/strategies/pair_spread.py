"""Built-in strategy of two symbols: back to the mean of what lies between them (I.pair_spread)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from ..errors import make_error
from ..indicators.atr import Atr
from ..indicators.moving import Sma
from ..indicators.window import Window
from ..settings import number
from ..settings import period as to_period
from .single import NOWHERE, bracket
from .zscore_reversion import Excursion

if TYPE_CHECKING:
    from datetime import datetime

    from ..candles import Candle
    from ..multi_symbol_slice import MultiSymbolSlice
    from ..signals import TradeSignal
    from ..symbol_view import SymbolView

    Quotes = tuple[Candle, Candle, Candle, Candle]

OPPOSITE = {"long": "short", "short": "long"}


class PairSpread:
    """Trade two symbols against each other when their spread leaves its band, for a way back.

    The spread is ``mid_a - (hedge * mid_b)`` of the closes. When its z-score falls below -entry,
    buy a and sell b, when it rises above entry sell a and buy b, in one key. Each leg has a stop
    and a target in its own average true ranges, counted from its opening side's close; how large
    a leg is, is the sizing's affair. For `CrossSymbolEventEngine`: keys where a candle of the
    four is missing are left out. It starts at the first key of the data, warm-up included, and
    begins anew when the keys do not follow each other, as in a second run.

    Parameters
    ----------
    symbol_a, symbol_b : str
    hedge : float
        Units of b's price against one of a's; above 0.
    window : int
        Keys of the mean, and of the deviation from it (as `Zscore`).
    entry : float
        Deviations from the mean.
    period : int
        Keys of both average true ranges.
    stop_atr, target_atr : float
        Distances in average true ranges of the leg's bid.
    rest : int
        Keys from a pair of signals to the next at the earliest; 1: the very next one.

    Errors
    ------
    OPTION_UNKNOWN, PERIOD_INVALID, NUMBER_INVALID

    Examples
    --------
    >>> PairSpread("EURUSD", "GBPUSD", hedge=0.8).hedge
    0.8
    """

    def __init__(
        self,
        symbol_a: str,
        symbol_b: str,
        hedge: float = 1.0,
        window: int = 100,
        entry: float = 2.0,
        period: int = 14,
        stop_atr: float = 2.0,
        target_atr: float = 2.0,
        rest: int = 10,
    ) -> None:
        check_symbols(symbol_a, symbol_b)
        self.symbol_a = symbol_a
        self.symbol_b = symbol_b
        self.hedge = number(hedge, "hedge", least=0.0, above=True)
        self.window = to_period(window, "window")
        self.entry = number(entry, "entry", least=0.0, above=True)
        self.period = to_period(period, "period")
        self.stop_atr = number(stop_atr, "stop_atr", least=0.0, above=True)
        self.target_atr = number(target_atr, "target_atr", least=0.0, above=True)
        self.rest = to_period(rest, "rest")
        self._mean = Sma(window)
        self._excursion = Excursion(Window(window), self.entry)
        self._atr_a = Atr(period)
        self._atr_b = Atr(period)
        self._wait = 0
        self._next_index = 0

    def on_data(self, multi_slice: MultiSymbolSlice) -> list[TradeSignal] | None:
        """Evaluate the current key."""
        views = (multi_slice[self.symbol_a], multi_slice[self.symbol_b])
        if multi_slice.index != self._next_index:
            self._catch_up(multi_slice, views)
        quotes = (*_sides(views[0]), *_sides(views[1]))
        self._next_index = multi_slice.index + 1
        if any(candle is None for candle in quotes):
            return None
        self._take(quotes)
        return self._decide(quotes, multi_slice.time)

    def evaluate(
        self,
        index: int,  # noqa: ARG002 - the engine's signature; the slice knows its index
        multi_slice: MultiSymbolSlice,
    ) -> list[TradeSignal] | None:
        """Evaluate the current key."""
        return self.on_data(multi_slice)

    def _catch_up(
        self, multi_slice: MultiSymbolSlice, views: tuple[SymbolView, SymbolView]
    ) -> None:
        """Begin anew with all keys before this one: the warm-up (L4), or those of a new run."""
        self._next_index = NOWHERE
        name = multi_slice.primary_tf
        columns = [view.series_ref(name, side) for view in views for side in ("bid", "ask")]
        self._mean.restart()
        self._excursion.restart()
        self._atr_a.restart()
        self._atr_b.restart()
        self._wait = 0
        for quotes in islice(zip(*columns, strict=True), multi_slice.index):
            if all(candle is not None for candle in quotes):
                self._take(quotes)

    def _take(self, quotes: Quotes) -> None:
        bid_a, ask_a, bid_b, ask_b = quotes
        mid_a = (bid_a.close + ask_a.close) / 2.0
        mid_b = (bid_b.close + ask_b.close) / 2.0
        spread = mid_a - (self.hedge * mid_b)
        self._excursion.update(spread, self._mean.update(spread))
        self._atr_a.update(bid_a.high, bid_a.low, bid_a.close)
        self._atr_b.update(bid_b.high, bid_b.low, bid_b.close)
        if self._wait > 0:
            self._wait -= 1

    def _decide(self, quotes: Quotes, time: datetime) -> list[TradeSignal] | None:
        direction = self._excursion.direction
        atr_a, atr_b = self._atr_a.value, self._atr_b.value
        if direction is None or self._wait > 0 or not (atr_a > 0.0 and atr_b > 0.0):
            return None
        self._wait = self.rest
        bid_a, ask_a, bid_b, ask_b = quotes
        legs = (
            (self.symbol_a, direction, bid_a, ask_a, atr_a),
            (self.symbol_b, OPPOSITE[direction], bid_b, ask_b, atr_b),
        )
        return [
            bracket(
                way, bid, ask, (self.stop_atr * atr, self.target_atr * atr), symbol, time,
                "pair_spread",
            )
            for symbol, way, bid, ask, atr in legs
        ]  # fmt: skip


def check_symbols(symbol_a: str, symbol_b: str) -> None:
    """Refuse a pair of one symbol.

    Errors
    ------
    OPTION_UNKNOWN
    """
    if symbol_a == symbol_b:
        raise make_error(
            "OPTION_UNKNOWN", field="symbol_b", value=symbol_b, expected="another symbol"
        )


def _sides(view: SymbolView) -> tuple[Any, Any]:
    return view.latest(price_type="bid"), view.latest(price_type="ask")
