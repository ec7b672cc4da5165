"""Built-in strategy: a cross of two EMAs, stop and target in average true ranges (I.ema_atr)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..indicators.atr import Atr
from ..indicators.ema import Ema
from ..settings import number
from ..settings import period as to_period
from .ema_cross import Crossing
from .single import SingleSymbol, bracket

if TYPE_CHECKING:
    from ..candles import Candle
    from ..signals import TradeSignal
    from ..slices import SymbolDataSlice


class EmaAtr(SingleSymbol):
    """Buy and sell as `EmaCross` does, with stop and target at multiples of the ATR.

    All three read the bid, from the first bar of the data on, and begin anew when the bars do not
    follow each other, as in a second run. The distances are those of the bar of the cross and are
    counted from the opening side's close.

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1".
    fast, slow : int
        Periods of the averages in bars.
    period : int
        Bars of the average true range; a cross before its first value gives no signal.
    stop_atr, target_atr : float
        Distances in average true ranges.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID

    Examples
    --------
    >>> EmaAtr("H1", stop_atr=2.0).stop_atr
    2.0
    """

    def __init__(
        self,
        timeframe: str,
        fast: int = 10,
        slow: int = 50,
        period: int = 14,
        stop_atr: float = 1.5,
        target_atr: float = 3.0,
    ) -> None:
        super().__init__(timeframe)
        self.fast = to_period(fast, "fast")
        self.slow = to_period(slow, "slow")
        self.period = to_period(period, "period")
        self.stop_atr = number(stop_atr, "stop_atr", least=0.0, above=True)
        self.target_atr = number(target_atr, "target_atr", least=0.0, above=True)
        self._averages = Crossing(Ema(fast), Ema(slow))
        self._atr = Atr(period)

    def _restart(self) -> None:
        self._averages.restart()
        self._atr.restart()

    def _take_bid(self, bid: Candle) -> None:
        self._averages.update(bid.close)
        self._atr.update(bid.high, bid.low, bid.close)

    def _decide(self, view: SymbolDataSlice, bid: Candle, ask: Candle) -> list[TradeSignal] | None:
        direction, atr = self._averages.direction, self._atr.value
        if direction is None or not atr > 0.0:
            return None
        distances = (self.stop_atr * atr, self.target_atr * atr)
        return [bracket(direction, bid, ask, distances, view.symbol, bid.timestamp, "ema_atr")]
