"""Built-in strategy: stop orders at the edges of the last bars (I.breakout)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..arithmetic import is_finite
from ..indicators.atr import Atr
from ..indicators.window import Span
from ..settings import choice, number, whole
from ..settings import period as to_period
from ..signals import MAX_BARS_MOST, TradeSignal
from .single import SingleSymbol

if TYPE_CHECKING:
    from ..candles import Candle
    from ..slices import SymbolDataSlice

UNITS = ("atr", "pips")


class Breakout(SingleSymbol):
    """Wait above the highest high and below the lowest low; the one that fills cancels the other.

    Every ``max_bars`` bars, which is when none of its last orders waits any more, a stop order to
    buy at the highest high of the ask and one to sell at the lowest low of the bid, over the last
    ``length`` bars, this one included. The two are a group (S4) and wait for ``max_bars`` bars.
    The strategy sees no positions: the executor's max_positions keeps trades apart.

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1".
    length : int
        Bars whose highest high and lowest low are taken.
    max_bars : int
        Bars in which the orders may trigger, and from one pair of orders to the next.
    stop, target : float
        Distances from the entry, in units.
    unit : {"atr", "pips"}
        Average true ranges of the bid at the bar of the order, or pips.
    period : int
        Bars of the average true range; before its first value there are no orders.
    pip_size : float
        Price units of one pip.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID, OPTION_UNKNOWN

    Examples
    --------
    >>> Breakout("H1", stop=15.0, target=30.0, unit="pips").unit
    'pips'
    """

    def __init__(
        self,
        timeframe: str,
        length: int = 20,
        max_bars: int = 10,
        stop: float = 1.5,
        target: float = 3.0,
        unit: str = "atr",
        period: int = 14,
        pip_size: float = 0.0001,
    ) -> None:
        super().__init__(timeframe)
        self.length = to_period(length, "length")
        self.max_bars = whole(max_bars, "max_bars", least=1, most=MAX_BARS_MOST)
        self.stop = number(stop, "stop", least=0.0, above=True)
        self.target = number(target, "target", least=0.0, above=True)
        self.unit = choice(unit, "unit", UNITS)
        self.period = to_period(period, "period")
        self.pip_size = number(pip_size, "pip_size", least=0.0, above=True)
        self._highest = Span(length)
        self._lowest = Span(length)
        self._atr = Atr(period)
        # Index from which on none of the last orders waits.
        self._free_from = 0

    def _restart(self) -> None:
        self._highest.restart()
        self._lowest.restart()
        self._atr.restart()
        self._free_from = 0

    def _take_bid(self, bid: Candle) -> None:
        self._lowest.update(bid.high, bid.low, 0.0)
        self._atr.update(bid.high, bid.low, bid.close)

    def _take_ask(self, ask: Candle) -> None:
        self._highest.update(ask.high, ask.low, 0.0)

    def _decide(
        self,
        view: SymbolDataSlice,
        bid: Candle,
        ask: Candle,  # noqa: ARG002 - its high was taken in
    ) -> list[TradeSignal] | None:
        if view.index < self._free_from:
            return None
        high, low = self._highest.high, self._lowest.low
        unit = self._atr.value if self.unit == "atr" else self.pip_size
        if not (is_finite(high) and is_finite(low) and unit > 0.0):
            return None
        self._free_from = view.index + self.max_bars
        stop, target = self.stop * unit, self.target * unit
        meta = {"max_bars": self.max_bars, "oco": f"breakout {view.symbol} {view.index}"}
        return [
            TradeSignal(
                direction,
                entry,
                entry - (sign * stop),
                entry + (sign * target),
                view.symbol,
                bid.timestamp,
                "stop",
                "breakout",
                meta=meta,
            )
            for direction, entry, sign in (("long", high, 1.0), ("short", low, -1.0))
        ]
