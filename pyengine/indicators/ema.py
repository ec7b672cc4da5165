"""Exponential moving average (rules I.ema, I.ema_gap)."""

# ruff: noqa: SLF001 - a column is a stream's values, one by one

from __future__ import annotations

from typing import Any

import numpy as np

from ..arithmetic import is_finite
from ..errors import make_error
from ..settings import is_whole


class Ema:
    """Streaming EMA: ``y = (a * x) + (b * y)``, a = 2 / (period + 1), b = 1 - a, first y = x.

    A missing x (NaN) repeats y and ages its weight: after k of them
    ``y = ((a * x) + (w * y)) / (a + w)`` with w = b multiplied by b, k times.

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> average = Ema(3)
    >>> average.update(1.0), average.update(2.0)
    (1.0, 1.5)
    """

    def __init__(self, period: int) -> None:
        if not is_whole(period) or period < 1:
            raise make_error(
                "PERIOD_INVALID", field="period", value=period, expected="a whole number >= 1"
            )
        self.period = period
        self._weigh(2.0 / (period + 1.0))

    def _weigh(self, new_weight: float) -> None:
        """Set the weight of a new value, and forget every one so far."""
        self._new_weight = new_weight
        self._old_weight = 1.0 - new_weight
        self.restart()

    def restart(self) -> None:
        """Forget every value."""
        self._aged = self._old_weight
        self._value = float("nan")

    @property
    def value(self) -> float:
        """Last value, NaN before the first."""
        return self._value

    def update(self, x: float) -> float:
        """Take the next value in and return the average."""
        if not is_finite(x):
            if is_finite(self._value):
                self._aged = self._aged * self._old_weight
            return self._value
        if not is_finite(self._value):
            self._value = x + 0.0
        elif self._aged == self._old_weight:
            self._value = (self._new_weight * x) + (self._old_weight * self._value)
        else:
            weighted = (self._new_weight * x) + (self._aged * self._value)
            self._value = weighted / (self._new_weight + self._aged)
            self._aged = self._old_weight
        return self._value

    def _update_all(self, column: np.ndarray) -> np.ndarray:
        """Take the values of a column in; return the average after each of them."""
        found = np.empty(len(column))
        self._pass(np.ascontiguousarray(column, dtype="float64").data, found.data)
        return found

    def _pass(self, column: Any, found: Any) -> None:
        # A memoryview gives Python's numbers, and to the compiled twin C's.
        new, old = self._new_weight, self._old_weight
        for place in range(len(found)):
            x = column[place]
            if is_finite(x) and is_finite(self._value) and self._aged == old:
                # The usual case of update.
                self._value = (new * x) + (old * self._value)
            else:
                self.update(x)
            found[place] = self._value


def ema(values: object, period: int) -> np.ndarray:
    """Return the EMA of a column, NaN before its first value.

    Parameters
    ----------
    values : array-like of float64, shape (n,)
    period : int

    Returns
    -------
    ndarray of float64, shape (n,)

    Examples
    --------
    >>> ema([1.0, 2.0, 3.0], 3).tolist()
    [1.0, 1.5, 2.25]
    """
    return Ema(period)._update_all(np.ascontiguousarray(values, dtype="float64"))
