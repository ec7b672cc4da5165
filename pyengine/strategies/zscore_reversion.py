"""Built-in strategy: back to the mean from far away, in deviations (I.zscore_reversion)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..indicators.atr import Atr
from ..indicators.moving import Sma, score
from ..indicators.window import Window
from ..settings import number
from ..settings import period as to_period
from ..signals import TradeSignal
from .single import SingleSymbol

if TYPE_CHECKING:
    from ..candles import Candle
    from ..slices import SymbolDataSlice


class ZScoreReversion(SingleSymbol):
    """Buy when the z-score of the bid close falls below -entry, sell when it rises above entry.

    The target is the mean of the bar of the signal, the stop a multiple of the ATR away from the
    opening side's close. A long signal whose mean the ask has reached already is left out. The
    strategy sees no positions: what keeps trades apart is ``rest``, and the executor's
    max_positions. It reads the bid, from the first bar of the data on, and begins anew when the
    bars do not follow each other, as in a second run.

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1".
    window : int
        Bars of the mean, and of the deviation from it (as `Zscore`).
    entry : float
        Deviations from the mean.
    period : int
        Bars of the average true range.
    stop_atr : float
        Distance of the stop in average true ranges.
    rest : int
        Bars of the bid from a signal to the next at the earliest; 1: the very next one.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID

    Examples
    --------
    >>> ZScoreReversion("H1", window=50).entry
    2.0
    """

    def __init__(
        self,
        timeframe: str,
        window: int = 100,
        entry: float = 2.0,
        period: int = 14,
        stop_atr: float = 2.0,
        rest: int = 10,
    ) -> None:
        super().__init__(timeframe)
        self.window = to_period(window, "window")
        self.entry = number(entry, "entry", least=0.0, above=True)
        self.period = to_period(period, "period")
        self.stop_atr = number(stop_atr, "stop_atr", least=0.0, above=True)
        self.rest = to_period(rest, "rest")
        self._mean = Sma(window)
        self._excursion = Excursion(Window(window), self.entry)
        self._atr = Atr(period)
        self._wait = 0

    def _restart(self) -> None:
        self._mean.restart()
        self._excursion.restart()
        self._atr.restart()
        self._wait = 0

    def _take_bid(self, bid: Candle) -> None:
        self._excursion.update(bid.close, self._mean.update(bid.close))
        self._atr.update(bid.high, bid.low, bid.close)
        if self._wait > 0:
            self._wait -= 1

    def _decide(self, view: SymbolDataSlice, bid: Candle, ask: Candle) -> list[TradeSignal] | None:
        direction, atr = self._excursion.direction, self._atr.value
        if direction is None or self._wait > 0 or not atr > 0.0:
            return None
        close = ask.close if direction == "long" else bid.close
        sign = 1.0 if direction == "long" else -1.0
        mean = self._mean.value
        if not sign * (mean - close) > 0.0:
            return None
        self._wait = self.rest
        stop = close - (sign * (self.stop_atr * atr))
        return [
            TradeSignal(
                direction, close, stop, mean, view.symbol, bid.timestamp, reason="zscore_reversion"
            )
        ]


class Excursion:
    """The z-score of a value, and which trade it asks for when it leaves the band about 0."""

    def __init__(self, distances: Window, entry: float) -> None:
        self._distances = distances
        self._entry = entry
        self._score = float("nan")
        self.direction: str | None = None

    def restart(self) -> None:
        """Forget every value."""
        self._distances.restart()
        self._score = float("nan")
        self.direction = None

    def update(self, x: float, mean: float) -> None:
        """Take the next value and its mean in."""
        was = self._score
        self._score = score(self._distances, x, mean)
        self.direction = None
        # No score on either side of the step, NaN, makes every comparison false.
        if was >= -self._entry and self._score < -self._entry:
            self.direction = "long"
        elif was <= self._entry and self._score > self._entry:
            self.direction = "short"
