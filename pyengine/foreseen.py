"""What a strategy of ours will say, known before its bars: columns, expressions, crosses."""

# ruff: noqa: SLF001 - the modules of one engine share what a strategy keeps

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arithmetic import is_finite
from .candles import Candles, from_time_us
from .crosses import Crosses
from .expressions.strategy import ExpressionStrategy
from .signal_rows import SignalRows, rows_of_columns, rows_of_expressions
from .strategies.columns import ColumnStrategy
from .strategies.ema_cross import EmaCross

if TYPE_CHECKING:
    from .event_engine import EventEngine


class Foreseen:
    """The signals of a strategy after the first bar that it was asked about.

    Parameters
    ----------
    engine : EventEngine
        Of parts that are all ours.
    bar : int
        The bar that was run.
    total : int
        The number of bars.

    Attributes
    ----------
    rows : SignalRows or None
        None where the strategy has to be asked at each bar.
    """

    def __init__(self, engine: EventEngine, bar: int, total: int) -> None:
        strategy = engine.strategy
        self._strategy = strategy
        self._times = engine.bid_candles.time_us  # type: ignore[attr-defined]
        self._crosses: Crosses | None = None
        self.rows: SignalRows | None = None
        if type(strategy) is ColumnStrategy:
            self.rows = rows_of_columns(strategy, bar, total)
        elif type(strategy) is ExpressionStrategy:
            self.rows = rows_of_expressions(strategy, engine.symbol, bar, total)
        elif type(strategy) is EmaCross and takes_all(strategy, engine, bar):
            self.rows = self._cross(strategy, engine.bid_candles, engine.ask_candles, bar, total)
        if self.rows is not None:
            self.rows.place_on(engine.bid_candles, engine.ask_candles)  # type: ignore[arg-type]

    def _cross(self, strategy: EmaCross, bid: Any, ask: Any, bar: int, total: int) -> SignalRows:
        """Find the signals of crosses; the last bar is left to the strategy itself."""
        fast, slow = strategy._averages._fast, strategy._averages._slow
        weights = fast._new_weight, slow._new_weight
        self._crosses = Crosses(bid.close, bar, fast.value, slow.value, *weights)
        direction = self._crosses.ahead(total - 1)
        rows = np.flatnonzero(direction != 0)
        directions = direction[rows]
        entries = np.where(directions > 0, ask.close[rows], bid.close[rows])
        signs = directions.astype("float64")
        stop, target = strategy._distances
        stops, targets = entries - (signs * stop), entries + (signs * target)
        return SignalRows(total, rows, directions, entries, stops, targets, "market")

    def follow(self, until: int) -> None:
        """Leave the strategy as the bars before one would, which it is asked about next."""
        if self._crosses is None:
            return
        strategy = self._strategy
        self._crosses.follow(until)
        strategy._averages._fast._value = self._crosses.fast
        strategy._averages._slow._value = self._crosses.slow
        strategy._next_index = until
        time = from_time_us(int(self._times[until - 1]))
        strategy._last.update(bid=time, ask=time)


def takes_all(strategy: EmaCross, engine: EventEngine, bar: int) -> bool:
    """Tell whether each bar of a run has the candles of both sides that a strategy takes in."""
    sides: Any = engine.multi_candle_data.get(strategy.timeframe) or {}
    averages = strategy._averages
    return (
        sides.get("bid") is engine.bid_candles
        and sides.get("ask") is engine.ask_candles
        and type(engine.bid_candles) is Candles
        and strategy._next_index == bar + 1
        and all(
            is_finite(mean.value) and mean._aged == mean._old_weight
            for mean in (averages._fast, averages._slow)
        )
    )
