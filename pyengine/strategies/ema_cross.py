"""Built-in strategy: a cross of two EMAs of the bid close, fixed stop and target (I.ema_cross)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..arithmetic import is_finite
from ..indicators.ema import Ema
from ..settings import number
from .single import SingleSymbol, bracket

if TYPE_CHECKING:
    from ..candles import Candle
    from ..signals import TradeSignal
    from ..slices import SymbolDataSlice


class EmaCross(SingleSymbol):
    """Buy when the fast EMA crosses above the slow one, sell when it crosses below.

    Both averages start at the first bar of the data, warm-up bars included, and begin anew when
    the bars do not follow each other, as in a second run. Stop and target are counted from the
    opening side's close.

    Parameters
    ----------
    timeframe : str
        Key of multi_candle_data, such as "H1".
    fast, slow : int
        Periods in bars.
    stop_pips, target_pips : float
    pip_size : float
        Price units of one pip.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID

    Examples
    --------
    >>> EmaCross("H1", fast=10, slow=50).slow
    50
    """

    def __init__(
        self,
        timeframe: str,
        fast: int = 10,
        slow: int = 50,
        stop_pips: float = 10.0,
        target_pips: float = 20.0,
        pip_size: float = 0.0001,
    ) -> None:
        super().__init__(timeframe)
        self.fast = fast
        self.slow = slow
        self.stop_pips = number(stop_pips, "stop_pips", least=0.0, above=True)
        self.target_pips = number(target_pips, "target_pips", least=0.0, above=True)
        self.pip_size = number(pip_size, "pip_size", least=0.0, above=True)
        self._averages = Crossing(Ema(fast), Ema(slow))
        self._distances = (self.stop_pips * self.pip_size, self.target_pips * self.pip_size)

    def _restart(self) -> None:
        self._averages.restart()

    def _take_bid(self, bid: Candle) -> None:
        self._averages.update(bid.close)

    def _decide(self, view: SymbolDataSlice, bid: Candle, ask: Candle) -> list[TradeSignal] | None:
        direction = self._averages.direction
        if direction is None:
            return None
        return [
            bracket(direction, bid, ask, self._distances, view.symbol, bid.timestamp, "ema_cross")
        ]


class Crossing:
    """Two exponential means, and which way they crossed at the last value."""

    def __init__(self, fast: Ema, slow: Ema) -> None:
        self._fast = fast
        self._slow = slow
        self.direction: str | None = None

    def restart(self) -> None:
        """Forget every value."""
        self._fast.restart()
        self._slow.restart()
        self.direction = None

    def update(self, x: float) -> None:
        """Take the next value in."""
        was_fast, was_slow = self._fast.value, self._slow.value
        fast, slow = self._fast.update(x), self._slow.update(x)
        self.direction = None
        if not is_finite(was_fast):
            return
        if was_fast <= was_slow and fast > slow:
            self.direction = "long"
        elif was_fast >= was_slow and fast < slow:
            self.direction = "short"
