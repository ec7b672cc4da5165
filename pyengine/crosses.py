"""Where two exponential means cross, over many closes at once (I.ema, I.ema_cross)."""

from __future__ import annotations

from typing import Any

import numpy as np


class Crosses:
    """Two exponential means of a column of closes, from where they stand on.

    Parameters
    ----------
    closes : ndarray of float64
        Finite.
    bar : int
        The last one that the means have taken in.
    fast, slow : float
        What they were there.
    fast_weight, slow_weight : float
        Of a new close.

    Examples
    --------
    >>> crosses = Crosses(np.array([1.0, 2.0, 3.0, 0.0, 0.0]), 0, 1.0, 1.0, 0.5, 0.25)
    >>> crosses.ahead(5).tolist()
    [0, 1, 0, -1, 0]
    >>> crosses.follow(5)
    >>> crosses.fast, crosses.slow
    (0.5625, 0.94921875)
    """

    def __init__(
        self,
        closes: np.ndarray,
        bar: int,
        fast: float,
        slow: float,
        fast_weight: float,
        slow_weight: float,
    ) -> None:
        # A memoryview gives Python's numbers, and to the compiled twin C's.
        self._closes = closes.data
        self.bar = self._end = bar
        self.fast = self._end_fast = fast
        self.slow = self._end_slow = slow
        self._fast_weight = fast_weight
        self._slow_weight = slow_weight

    def ahead(self, until: int) -> np.ndarray:
        """Return which way the means cross at each bar before one: 1 up, -1 down; int8."""
        found = np.zeros(until, dtype="int8")
        self._pass(until, found.data)
        return found

    def follow(self, until: int) -> None:
        """Bring the means to where they are after the bars before one."""
        if until - 1 == self._end:
            self.bar, self.fast, self.slow = self._end, self._end_fast, self._end_slow
        elif until - 1 > self.bar:
            self._pass(until, np.zeros(until, dtype="int8").data)
            self.bar, self.fast, self.slow = self._end, self._end_fast, self._end_slow

    def _pass(self, until: int, found: Any) -> None:
        """Send the closes after the bar through both means, as Ema.update does."""
        fast, slow, fast_weight, slow_weight = (
            self.fast, self.slow, self._fast_weight, self._slow_weight,
        )  # fmt: skip
        fast_old, slow_old = 1.0 - fast_weight, 1.0 - slow_weight
        for bar in range(self.bar + 1, until):
            close = self._closes[bar]
            was_fast, was_slow = fast, slow
            fast = (fast_weight * close) + (fast_old * fast)
            slow = (slow_weight * close) + (slow_old * slow)
            if was_fast <= was_slow and fast > slow:
                found[bar] = 1
            elif was_fast >= was_slow and fast < slow:
                found[bar] = -1
        self._end, self._end_fast, self._end_slow = max(self.bar, until - 1), fast, slow
