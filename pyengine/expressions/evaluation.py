"""What expressions give at each bar, computed from the bars up to it (rules Q.*).

Steps are computed for many bars at once, or for one after the other, with the same results: what
a step has to know of earlier bars it keeps.
"""

# ruff: noqa: SLF001 - the modules of one engine share what a stream does with a column

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..indicators.atr import Atr
from ..indicators.ema import Ema
from ..indicators.garch import Garch, KalmanGarchZscore
from ..indicators.kalman import KalmanMean, KalmanZscore
from ..indicators.momentum import Macd, Roc, Rsi
from ..indicators.moving import Bollinger, Sma, Zscore
from ..indicators.series import ABSENT_US, SeriesColumns
from ..indicators.trend import Choppiness, Dmi
from ..indicators.window import Span
from ..sessions import is_within, weekday
from .tree import Step, Tree

NO_VALUE = float("nan")
OF_CLOSES: dict[str, Any] = {
    "ema": Ema,
    "sma": Sma,
    "rsi": Rsi,
    "macd": Macd,
    "roc": Roc,
    "bollinger": Bollinger,
    "zscore": Zscore,
    "kalman_mean": KalmanMean,
    "kalman_zscore": KalmanZscore,
    "garch_volatility": Garch,
    "kalman_garch_zscore": KalmanGarchZscore,
}
OF_BARS: dict[str, Any] = {"dmi": Dmi, "atr": Atr, "choppiness": Choppiness}


class Rows:
    """The candles of one series at some bars, and which of them are new ones (Q.new)."""

    def __init__(self, columns: SeriesColumns, is_new: np.ndarray) -> None:
        self.columns = columns
        self.is_new = is_new
        self.all_new = bool(is_new.all())


class Signals:
    """Signals by row: direction 1, -1 or 0, and prices that count where there is one."""

    def __init__(
        self, direction: np.ndarray, entry: np.ndarray, stop: Any = None, target: Any = None
    ) -> None:
        self.direction = direction
        self.entry = entry
        self.stop = stop
        self.target = target


class Evaluation:
    """Computes the steps of a tree, stretch of bars by stretch of bars.

    Parameters
    ----------
    tree : Tree
    length_us : int
        Length of the strategy's bars in microseconds; 0 where nothing looks at the clock.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID, OPTION_UNKNOWN of an indicator's settings.
    """

    def __init__(self, tree: Tree, length_us: int) -> None:
        self._tree = tree
        self._length_us = length_us
        self._columns: list[Any] = []
        self.restart()

    def restart(self) -> None:
        """Forget every bar."""
        # Place of a step -> what it keeps of earlier bars.
        self._kept: dict[int, Any] = {}
        for place, step in enumerate(self._tree.steps):
            if step.op == "indicator":
                _, name, settings = step.settings
                self._kept[place] = (OF_CLOSES.get(name) or OF_BARS[name])(*settings)
            elif step.op in ("highest", "lowest"):
                self._kept[place] = Span(step.settings[0])
            elif step.op == "shift":
                absent = False if step.is_condition else NO_VALUE
                self._kept[place] = np.full(step.settings[0], absent)
            elif step.op.startswith("crosses"):
                self._kept[place] = NO_VALUE, NO_VALUE

    def update(self, rows: Sequence[Rows]) -> Signals:
        """Take the next bars in, by series, and return their signals."""
        self._columns = []
        with np.errstate(all="ignore"):
            for place, step in enumerate(self._tree.steps):
                self._columns.append(self._compute(place, step, rows))
            return self._signals(rows)

    def _compute(self, place: int, step: Step, rows: Sequence[Rows]) -> Any:
        inputs = [self._columns[number] for number in step.inputs]
        if step.op in PLAIN:
            return PLAIN[step.op](*inputs)
        if step.op == "constant":
            return np.full(len(rows[0].is_new), step.settings[0])
        if step.op == "price":
            series, field = step.settings
            return getattr(rows[series].columns, field)
        if step.op == "line":
            return inputs[0][step.settings[0]]
        if step.op == "indicator":
            return self._indicator(place, step, rows[step.settings[0]])
        if step.op in ("highest", "lowest"):
            return self._extreme(place, step.op, inputs[0])
        if step.op == "shift":
            both = np.concatenate((self._kept[place], inputs[0]))
            size = len(both) - step.settings[0]
            self._kept[place] = both[size:]
            return both[:size]
        if step.op in ("between", "weekday"):
            return self._clock(step, rows[0].columns.time_us)
        return self._cross(place, step.op, inputs[0], inputs[1])

    def _indicator(self, place: int, step: Step, rows: Rows) -> Any:
        """Send new candles through a stream; its value stands until the next (Q.new)."""
        stream = self._kept[place]
        columns = rows.columns
        if rows.all_new and type(stream) is Ema:
            return stream._update_all(columns.close)
        names = ("close",) if step.settings[1] in OF_CLOSES else ("high", "low", "close")
        prices = [getattr(columns, name).tolist() for name in names]
        made: list[Any]
        if rows.all_new:
            made = list(map(stream.update, *prices))
        else:
            made = []
            value = stream.value
            for is_new, *bar in zip(rows.is_new.tolist(), *prices, strict=True):
                if is_new:
                    value = stream.update(*bar)
                made.append(value)
        found = np.array(made, dtype="float64")
        return found if found.ndim == 1 else found.T

    def _extreme(self, place: int, op: str, column: np.ndarray) -> np.ndarray:
        """Send numbers through a span; NaN until it is full, and while one is missing."""
        span = self._kept[place]
        made = []
        for x in column.tolist():
            span.update(x, x, 0.0)
            made.append(span.high if op == "highest" else span.low)
        return np.array(made, dtype="float64")

    def _cross(self, place: int, op: str, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Compare both with what they were at the bar before (Q.cross)."""
        last_left, last_right = self._kept[place]
        was_left = np.concatenate(([last_left], left[:-1]))
        was_right = np.concatenate(([last_right], right[:-1]))
        self._kept[place] = left[-1], right[-1]
        above = (was_left <= was_right) & (left > right)
        below = (was_left >= was_right) & (left < right)
        if op == "crosses":
            return np.asarray(above | below)
        return np.asarray(above if op == "crosses_above" else below)

    def _clock(self, step: Step, time_us: np.ndarray) -> np.ndarray:
        """Look at the end of each bar; false where there is none (Q.between, Q.weekday)."""
        is_in: Callable[[int], bool]
        if step.op == "between":
            window = step.settings

            def is_in(end_us: int) -> bool:
                return is_within(end_us, window)
        else:
            days = step.settings

            def is_in(end_us: int) -> bool:
                # The last microsecond of the bar lies on its day, an end at midnight on the next.
                return weekday(end_us - 1) in days

        times = time_us.tolist()
        return np.array(
            [time != ABSENT_US and is_in(time + self._length_us) for time in times], dtype=bool
        )

    def _signals(self, rows: Sequence[Rows]) -> Signals:
        """Tell at which rows there is a signal, and its prices (Q.both, Q.prices)."""
        tree = self._tree
        never = np.zeros(len(rows[0].is_new), dtype=bool)
        long = never if tree.long is None else self._columns[tree.long]
        short = never if tree.short is None else self._columns[tree.short]
        direction = long.astype("int8") - short.astype("int8")
        sign = direction.astype("float64")
        bid, ask = rows[0].columns.close, rows[1].columns.close
        entry = np.where(direction > 0, ask, bid)
        if tree.entry is not None:
            entry = self._columns[tree.entry]
        good = np.isfinite(entry)
        stop = target = risk = None
        if tree.stop is not None:
            column = self._columns[tree.stop.place]
            if tree.stop.kind == "price":
                stop, risk = column, sign * (entry - column)
            else:
                stop, risk = entry - (sign * column), column
                good = good & (column > 0.0)
            good = good & np.isfinite(stop)
        if tree.target is not None:
            column = self._columns[tree.target.place]
            if tree.target.kind == "price":
                target = column
            else:
                distance = column * risk if tree.target.kind == "r_multiple" else column
                target = entry + (sign * distance)
                good = good & (distance > 0.0)
            good = good & np.isfinite(target)
        return Signals(np.where(good, direction, 0), entry, stop, target)


def _minimum(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    # A NaN on the left stays by itself, since nothing is less than it.
    return np.where((right < left) | (right != right), right, left)


def _maximum(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.where((right > left) | (right != right), right, left)


def _not_equal(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    # Python's != is true of NaN; no comparison with it is here.
    return (left < right) | (left > right)


# Steps that need no bar but the one they stand at.
PLAIN: dict[str, Callable[..., np.ndarray]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "minimum": _minimum,
    "maximum": _maximum,
    "negative": operator.neg,
    "absolute": np.abs,
    "where": np.where,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": _not_equal,
    "and": operator.and_,
    "or": operator.or_,
    "not": operator.invert,
}
