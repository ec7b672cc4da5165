"""Average true range (rule I.atr)."""

from __future__ import annotations

from ..arithmetic import distance, is_finite, larger
from ..errors import make_error
from ..settings import is_whole


class Atr:
    """Streaming ATR after Wilder: ``y = ((y * (period - 1)) + TR) / period``.

    TR is ``high - low`` at the first bar, then the largest of that, ``|high - previous close|``
    and ``|low - previous close|``. The first y is the mean of the first ``period`` of them. A bar
    with a NaN repeats y and is left out: the next one counts from the close before it.

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> average = Atr(2)
    >>> average.update(2.0, 1.0, 1.5), average.update(3.0, 2.0, 2.5), average.update(3.0, 2.0, 2.5)
    (nan, 1.25, 1.125)
    """

    def __init__(self, period: int) -> None:
        if not is_whole(period) or period < 1:
            raise make_error(
                "PERIOD_INVALID", field="period", value=period, expected="a whole number >= 1"
            )
        self.period = period
        self._length = float(period)
        self._seen = 0
        self._sum = 0.0
        self._close = float("nan")
        self._value = float("nan")

    def restart(self) -> None:
        """Forget every bar."""
        self._seen = 0
        self._sum = 0.0
        self._close = float("nan")
        self._value = float("nan")

    @property
    def value(self) -> float:
        """Last value, NaN before the first."""
        return self._value

    def update(self, high: float, low: float, close: float) -> float:
        """Take the next bar in and return the average."""
        if not (is_finite(high) and is_finite(low) and is_finite(close)):
            return self._value
        true_range = high - low
        if is_finite(self._close):
            true_range = larger(true_range, distance(high, self._close))
            true_range = larger(true_range, distance(low, self._close))
        self._close = close
        if self._seen == self.period:
            self._value = ((self._value * (self._length - 1.0)) + true_range) / self._length
            return self._value
        self._seen += 1
        self._sum = self._sum + true_range
        if self._seen == self.period:
            self._value = self._sum / self._length
        return self._value
