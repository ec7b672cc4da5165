"""The last bars as sums, kept in a fixed order of operations (rules I.window, I.span).

Bars are counted in blocks of ``period``. Within a block the sums of its own values grow from its
first bar on; those of the block before shrink to its last bars, and are made anew, from the last
one back, when a block begins. So each bar costs the same however long the window is, nothing is
ever subtracted again, and no error outlives two blocks.
"""

from __future__ import annotations

from math import sqrt

from ..arithmetic import is_finite, larger, smaller
from ..settings import period as to_period

NO_VALUE = float("nan")


class Window:
    """Mean and deviation of the last ``period`` values (I.window).

    Sums are of the distances from the first value of the block, which every window of the block
    holds: prices differ from it by little, so that squares lose nothing.

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> window = Window(3)
    >>> for x in (1.0, 2.0, 6.0):
    ...     window.update(x)
    >>> window.mean, window.deviation
    (3.0, 2.6457513110645907)
    """

    def __init__(self, period: int) -> None:
        self.period = to_period(period, "period")
        self._length = float(period)
        self.restart()

    def restart(self) -> None:
        """Forget every value."""
        size = self.period
        # The values of this block, behind them still those of the block before.
        self._values = [NO_VALUE] * size
        # What the block before adds to the sums, from each of its places to its end.
        self._old_sums = [0.0] * (size + 1)
        self._old_squares = [0.0] * (size + 1)
        # From this place on the block before has no gap.
        self._whole_from = size
        self._place = size
        # Nothing is there yet, so that not even an empty block is whole.
        self._whole = False
        self._first = 0.0
        self._sum = 0.0
        self._squares = 0.0

    def update(self, x: float) -> None:
        """Take the next value in; NaN where it is missing."""
        if self._place == self.period:
            self._begin(x)
        self._values[self._place] = x
        self._place += 1
        if not is_finite(x):
            self._whole = False
            return
        d = x - self._first
        self._sum = self._sum + d
        self._squares = self._squares + (d * d)

    def _begin(self, x: float) -> None:
        """Begin a block at x: measure the values of the last one by it, from the last one back."""
        self._place = 0
        self._sum = 0.0
        self._squares = 0.0
        self._whole = is_finite(x)
        # Without its first value there is no value in the whole block.
        self._first = x if self._whole else 0.0
        total = 0.0
        squares = 0.0
        place = self.period
        while place > 1 and is_finite(self._values[place - 1]):
            place -= 1
            d = self._values[place] - self._first
            total = total + d
            squares = squares + (d * d)
            self._old_sums[place] = total
            self._old_squares[place] = squares
        self._whole_from = place

    @property
    def is_full(self) -> bool:
        """Whether the last ``period`` values are all there."""
        return self._whole and self._place >= self._whole_from

    @property
    def mean(self) -> float:
        """Mean, NaN while the window is not full."""
        if not self.is_full:
            return NO_VALUE
        return self._first + ((self._old_sums[self._place] + self._sum) / self._length)

    @property
    def deviation(self) -> float:
        """Sample deviation (n - 1), NaN while the window is not full and for a period of 1."""
        if self.period == 1 or not self.is_full:
            return NO_VALUE
        total = self._old_sums[self._place] + self._sum
        squares = self._old_squares[self._place] + self._squares
        spread = squares - ((total * total) / self._length)
        return sqrt(spread / (self._length - 1.0)) if spread > 0.0 else 0.0


class Span:
    """Sum of ranges, highest high and lowest low of the last ``period`` bars (I.span).

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> span = Span(2)
    >>> span.update(2.0, 1.0, 1.0)
    >>> span.update(4.0, 2.0, 2.5)
    >>> span.total, span.high, span.low
    (3.5, 4.0, 1.0)
    """

    def __init__(self, period: int) -> None:
        self.period = to_period(period, "period")
        self.restart()

    def restart(self) -> None:
        """Forget every bar."""
        size = self.period
        self._bars = [(NO_VALUE, NO_VALUE, NO_VALUE)] * size
        self._old = [(-float("inf"), float("inf"), 0.0)] * (size + 1)
        self._whole_from = size
        self._place = size
        # Nothing is there yet, so that not even an empty block is whole.
        self._whole = False
        self._high = -float("inf")
        self._low = float("inf")
        self._sum = 0.0

    def update(self, high: float, low: float, true_range: float) -> None:
        """Take the next bar in; one with a NaN is missing."""
        if self._place == self.period:
            self._begin()
        self._bars[self._place] = (high, low, true_range)
        self._place += 1
        if not (is_finite(high) and is_finite(low) and is_finite(true_range)):
            self._whole = False
            return
        self._high = larger(self._high, high)
        self._low = smaller(self._low, low)
        self._sum = self._sum + true_range

    def _begin(self) -> None:
        high, low, total = -float("inf"), float("inf"), 0.0
        place = self.period
        while place > 1:
            h, l, r = self._bars[place - 1]  # noqa: E741
            if not (is_finite(h) and is_finite(l) and is_finite(r)):
                break
            place -= 1
            high, low, total = larger(high, h), smaller(low, l), total + r
            self._old[place] = (high, low, total)
        self._whole_from = place
        self._place = 0
        self._whole = True
        self._high = -float("inf")
        self._low = float("inf")
        self._sum = 0.0

    @property
    def is_full(self) -> bool:
        """Whether the last ``period`` bars are all there."""
        return self._whole and self._place >= self._whole_from

    @property
    def high(self) -> float:
        """Highest high, NaN while the window is not full."""
        return larger(self._old[self._place][0], self._high) if self.is_full else NO_VALUE

    @property
    def low(self) -> float:
        """Lowest low, NaN while the window is not full."""
        return smaller(self._old[self._place][1], self._low) if self.is_full else NO_VALUE

    @property
    def total(self) -> float:
        """Sum of the true ranges, NaN while the window is not full."""
        return self._old[self._place][2] + self._sum if self.is_full else NO_VALUE
