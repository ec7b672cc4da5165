"""Built-in strategy: a cross of two EMAs of the bid close, fixed stop and target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..arithmetic import is_finite
from ..indicators.ema import Ema
from ..settings import number
from ..signals import TradeSignal

if TYPE_CHECKING:
    from ..slices import SymbolDataSlice


class EmaCross:
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
        self.timeframe = timeframe
        self.fast = fast
        self.slow = slow
        self.stop_pips = number(stop_pips, "stop_pips", least=0.0, above=True)
        self.target_pips = number(target_pips, "target_pips", least=0.0, above=True)
        self.pip_size = number(pip_size, "pip_size", least=0.0, above=True)
        self._fast = Ema(fast)
        self._slow = Ema(slow)
        self._stop = self.stop_pips * self.pip_size
        self._target = self.target_pips * self.pip_size
        self._next_index = 0

    def on_data(self, slice_map: Mapping[str, SymbolDataSlice]) -> list[TradeSignal] | None:
        """Evaluate the current bar of the first symbol."""
        for view in slice_map.values():
            return self._evaluate(view)
        return None

    def evaluate(
        self,
        index: int,  # noqa: ARG002 - the engine's signature; the slice knows its index
        slice_map: Mapping[str, SymbolDataSlice],
    ) -> list[TradeSignal] | None:
        """Evaluate the current bar of the first symbol."""
        return self.on_data(slice_map)

    def _evaluate(self, view: SymbolDataSlice) -> list[TradeSignal] | None:
        if view.index != self._next_index:
            self._catch_up(view)
        self._next_index = view.index + 1
        bid = view.latest(self.timeframe, "bid")
        ask = view.latest(self.timeframe, "ask")
        if bid is None or ask is None:
            return None
        was_fast, was_slow = self._fast.value, self._slow.value
        fast = self._fast.update(bid.close)
        slow = self._slow.update(bid.close)
        if not is_finite(was_fast):
            return None
        if was_fast <= was_slow and fast > slow:
            return [self._signal("long", ask.close, 1.0, view, bid.timestamp)]
        if was_fast >= was_slow and fast < slow:
            return [self._signal("short", bid.close, -1.0, view, bid.timestamp)]
        return None

    def _catch_up(self, view: SymbolDataSlice) -> None:
        """Feed all bars before this one: the warm-up (L1), or those of a new run."""
        self._fast.restart()
        self._slow.restart()
        if view.index > 0:
            bars = view.history(self.timeframe, "bid", view.index + 1)
            if view.latest(self.timeframe, "bid") is not None:
                bars = bars[:-1]
            for bar in bars:
                self._fast.update(bar.close)
                self._slow.update(bar.close)

    def _signal(
        self, direction: str, close: float, sign: float, view: SymbolDataSlice, timestamp: object
    ) -> TradeSignal:
        return TradeSignal(
            direction,
            close,
            close - (sign * self._stop),
            close + (sign * self._target),
            view.symbol,
            timestamp,  # type: ignore[arg-type]
            reason="ema_cross",
        )
