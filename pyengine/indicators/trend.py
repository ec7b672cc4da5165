"""Ranges and directions of whole bars (rules I.true_range, I.dmi, I.choppiness)."""

from __future__ import annotations

from ..arithmetic import distance, is_finite, larger
from ..settings import period as to_period
from ..transcendental import log10
from .moving import Wilder
from .window import Span

NO_VALUE = float("nan")


class TrueRange:
    """Streaming true range: that of the bar, or from the close before it (I.true_range).

    A bar with a NaN has none and is left out: the next counts from the last close there was.

    Examples
    --------
    >>> ranges = TrueRange()
    >>> ranges.update(2.0, 1.0, 1.5), ranges.update(3.0, 2.0, 2.5)
    (1.0, 1.5)
    """

    def __init__(self) -> None:
        self._close = NO_VALUE

    def restart(self) -> None:
        """Forget every bar."""
        self._close = NO_VALUE

    def update(self, high: float, low: float, close: float) -> float:
        """Take the next bar in and return its range, NaN where a price is missing."""
        if not (is_finite(high) and is_finite(low) and is_finite(close)):
            return NO_VALUE
        true_range = high - low
        if is_finite(self._close):
            true_range = larger(true_range, distance(high, self._close))
            true_range = larger(true_range, distance(low, self._close))
        self._close = close
        return true_range


class Dmi:
    """Streaming directional movement: +DI, -DI and ADX after Wilder (I.dmi).

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> movement = Dmi(2)
    >>> movement.update(2.0, 1.0, 1.5), movement.update(3.0, 2.0, 2.5)
    ((0.0, 0.0, nan), (40.0, 0.0, 100.0))
    """

    def __init__(self, period: int = 14) -> None:
        self._plus = Wilder(period)
        self._minus = Wilder(period)
        self._ranges = Wilder(period)
        self._index = Wilder(period)
        self._range = TrueRange()
        self.period = period
        self._high = NO_VALUE
        self._low = NO_VALUE
        self._value = NO_VALUE, NO_VALUE, NO_VALUE

    def restart(self) -> None:
        """Forget every bar."""
        for average in (self._plus, self._minus, self._ranges, self._index):
            average.restart()
        self._range.restart()
        self._high = NO_VALUE
        self._low = NO_VALUE
        self._value = NO_VALUE, NO_VALUE, NO_VALUE

    @property
    def value(self) -> tuple[float, float, float]:
        """Last +DI, -DI and ADX, NaN where there are none."""
        return self._value

    def update(self, high: float, low: float, close: float) -> tuple[float, float, float]:
        """Take the next bar in and return +DI, -DI and ADX."""
        true_range = self._range.update(high, low, close)
        if not is_finite(true_range):
            # The bar is left out, but the past ages.
            for average in (self._plus, self._minus, self._ranges, self._index):
                average.update(NO_VALUE)
            return self._value
        up, down = 0.0, 0.0
        if is_finite(self._high):
            up = high - self._high
            down = self._low - low
        self._high = high
        self._low = low
        plus = self._plus.update(up if up > down and up > 0.0 else 0.0)
        minus = self._minus.update(down if down > up and down > 0.0 else 0.0)
        whole = self._ranges.update(true_range)
        if whole > 0.0:
            plus_di = (100.0 * plus) / whole
            minus_di = (100.0 * minus) / whole
        else:
            plus_di = minus_di = NO_VALUE
        both = plus_di + minus_di
        spread = (distance(plus_di, minus_di) / both) * 100.0 if both > 0.0 else NO_VALUE
        self._value = plus_di, minus_di, self._index.update(spread)
        return self._value


class Choppiness:
    """Streaming choppiness: 100 where the bars go nowhere, towards 0 in a straight line.

    Rule I.choppiness.

    Parameters
    ----------
    period : int
        Bars, at least 1; of a period of 1 there is no value.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> chop = Choppiness(2)
    >>> chop.update(2.0, 1.0, 1.5), chop.update(2.0, 1.0, 1.5)
    (nan, 100.0)
    """

    def __init__(self, period: int = 14) -> None:
        self.period = to_period(period, "period")
        self._scale = log10(float(period))
        self._span = Span(period)
        self._range = TrueRange()

    def restart(self) -> None:
        """Forget every bar."""
        self._span.restart()
        self._range.restart()

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        height = self._span.high - self._span.low
        total = self._span.total
        if not (height > 0.0 and total > 0.0 and self._scale > 0.0):
            return NO_VALUE
        return ((100.0 * log10(total / height)) / self._scale) + 0.0

    def update(self, high: float, low: float, close: float) -> float:
        """Take the next bar in and return the choppiness."""
        true_range = self._range.update(high, low, close)
        # A bar with a missing price is missing as a whole.
        self._span.update(high, low, true_range)
        return self.value
