"""A mean that weighs each value by how sure it is (rules I.kalman_mean, I.kalman_zscore)."""

from __future__ import annotations

from ..arithmetic import is_finite
from ..settings import number
from ..settings import period as to_period
from .moving import score
from .window import Window

# ruff: noqa: N803 - R and Q are what everybody calls them


class KalmanMean:
    """Streaming Kalman filter of a level that wanders (I.kalman_mean).

    A missing value has none, and the filter goes on from its last state.

    Parameters
    ----------
    R : float
        Variance of a measurement, above 0.
    Q : float
        Variance by which the level wanders from bar to bar.

    Errors
    ------
    NUMBER_INVALID

    Examples
    --------
    >>> level = KalmanMean(1.0, 1.0)
    >>> level.update(1.0), level.update(4.0)
    (1.0, 3.0)
    """

    def __init__(self, R: float = 0.01, Q: float = 1.0) -> None:
        self.R = number(R, "R", least=0.0, above=True)
        self.Q = number(Q, "Q", least=0.0)
        self._variance = 1.0
        self._mean = float("nan")
        self._value = float("nan")

    def restart(self) -> None:
        """Forget every value."""
        self._variance = 1.0
        self._mean = float("nan")
        self._value = float("nan")

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        return self._value

    def update(self, x: float) -> float:
        """Take the next value in and return the mean."""
        if not is_finite(x):
            self._value = float("nan")
            return self._value
        if is_finite(self._mean):
            predicted = self._variance + self.Q
            gain = predicted / (predicted + self.R)
            self._mean = self._mean + (gain * (x - self._mean))
            self._variance = (1.0 - gain) * predicted
        else:
            self._mean = x + 0.0
        self._value = self._mean
        return self._value


class KalmanZscore:
    """Streaming distance from the Kalman mean, in deviations of that distance (I.kalman_zscore).

    Parameters
    ----------
    window : int
        Bars of the deviation, at least 1.
    R, Q : float
        As of `KalmanMean`.

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID

    Examples
    --------
    >>> scores = KalmanZscore(2, 1.0, 1.0)
    >>> scores.update(1.0), scores.update(4.0)
    (nan, 1.414213562373095)
    """

    def __init__(self, window: int = 100, R: float = 0.01, Q: float = 1.0) -> None:
        self.window = to_period(window, "window")
        self._level = KalmanMean(R, Q)
        self.R = self._level.R
        self.Q = self._level.Q
        self._distances = Window(window)
        self._value = float("nan")

    def restart(self) -> None:
        """Forget every value."""
        self._level.restart()
        self._distances.restart()
        self._value = float("nan")

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        return self._value

    def update(self, x: float) -> float:
        """Take the next value in and return the score."""
        self._value = score(self._distances, x, self._level.update(x))
        return self._value
