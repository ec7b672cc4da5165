"""Changes of the close (rules I.rsi, I.macd, I.roc)."""

from __future__ import annotations

from ..arithmetic import is_finite
from ..settings import period as to_period
from .ema import Ema
from .moving import Wilder

NO_VALUE = float("nan")


class Rsi:
    """Streaming relative strength after Wilder (I.rsi).

    A change to or from a missing value is missing: the value repeats, and ages as a mean does.

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> strength = Rsi(2)
    >>> strength.update(1.0), strength.update(2.0), strength.update(1.5)
    (nan, 100.0, 66.66666666666666)
    """

    def __init__(self, period: int = 14) -> None:
        self._gains = Wilder(period)
        self._losses = Wilder(period)
        self.period = period
        self._last = NO_VALUE
        self._value = NO_VALUE

    def restart(self) -> None:
        """Forget every value."""
        self._gains.restart()
        self._losses.restart()
        self._last = NO_VALUE
        self._value = NO_VALUE

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        return self._value

    def update(self, x: float) -> float:
        """Take the next value in and return the strength, 0 to 100."""
        change = x - self._last if is_finite(x) else NO_VALUE
        self._last = x
        if not is_finite(change):
            self._gains.update(NO_VALUE)
            self._losses.update(NO_VALUE)
            return self._value
        gain = self._gains.update(change if change > 0.0 else 0.0)
        loss = self._losses.update(-change if change < 0.0 else 0.0)
        if loss > 0.0:
            self._value = 100.0 - (100.0 / (1.0 + (gain / loss)))
        else:
            self._value = 100.0 if gain > 0.0 else NO_VALUE
        return self._value


class Macd:
    """Streaming difference of two exponential means, and the exponential mean of it (I.macd).

    Parameters
    ----------
    fast_period, slow_period, signal_period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> difference = Macd(1, 3, 3)
    >>> difference.update(1.0), difference.update(2.0)
    ((0.0, 0.0), (0.5, 0.25))
    """

    def __init__(
        self, fast_period: int = 12, slow_period: int = 26, signal_period: int = 9
    ) -> None:
        self.fast_period = to_period(fast_period, "fast_period")
        self.slow_period = to_period(slow_period, "slow_period")
        self.signal_period = to_period(signal_period, "signal_period")
        self._fast = Ema(fast_period)
        self._slow = Ema(slow_period)
        self._signal = Ema(signal_period)

    def restart(self) -> None:
        """Forget every value."""
        self._fast.restart()
        self._slow.restart()
        self._signal.restart()

    @property
    def value(self) -> tuple[float, float]:
        """Last difference and its mean, NaN before the first."""
        return self._fast.value - self._slow.value, self._signal.value

    def update(self, x: float) -> tuple[float, float]:
        """Take the next value in and return the difference and its mean."""
        difference = self._fast.update(x) - self._slow.update(x)
        return difference, self._signal.update(difference)


class Roc:
    """Streaming change over ``period`` bars, in percent (I.roc).

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> change = Roc(1)
    >>> change.update(1.0), change.update(1.5)
    (nan, 50.0)
    """

    def __init__(self, period: int = 14) -> None:
        self.period = to_period(period, "period")
        self.restart()

    def restart(self) -> None:
        """Forget every value."""
        # The last `period` values, the oldest at `_place`.
        self._values = [NO_VALUE] * self.period
        self._place = 0
        self._value = NO_VALUE

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        return self._value

    def update(self, x: float) -> float:
        """Take the next value in and return the change."""
        before = self._values[self._place]
        self._values[self._place] = x
        self._place = 0 if self._place + 1 == self.period else self._place + 1
        if is_finite(x) and is_finite(before) and before != 0.0:
            self._value = (((x - before) / before) * 100.0) + 0.0
        else:
            self._value = NO_VALUE
        return self._value
