"""Means that move with the bars, and bands about them (rules I.sma, I.wilder, I.bollinger)."""

from __future__ import annotations

from ..arithmetic import is_finite
from ..settings import choice, number
from ..settings import period as to_period
from .ema import Ema
from .window import Window


class Wilder(Ema):
    """Streaming exponential mean with a = 1 / period; gaps as those of `Ema` (I.wilder).

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> average = Wilder(4)
    >>> average.update(1.0), average.update(2.0)
    (1.0, 1.25)
    """

    def __init__(self, period: int) -> None:
        super().__init__(period)
        self._weigh(1.0 / period)


class Sma:
    """Streaming mean of the last ``period`` values, NaN while one of them is missing (I.sma).

    Parameters
    ----------
    period : int
        Bars, at least 1.

    Errors
    ------
    PERIOD_INVALID

    Examples
    --------
    >>> average = Sma(2)
    >>> average.update(1.0), average.update(2.0), average.update(4.0)
    (nan, 1.5, 3.0)
    """

    def __init__(self, period: int) -> None:
        self._window = Window(period)
        self.period = period

    def restart(self) -> None:
        """Forget every value."""
        self._window.restart()

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        return self._window.mean

    def update(self, x: float) -> float:
        """Take the next value in and return the mean."""
        self._window.update(x)
        return self._window.mean


class Bollinger:
    """Streaming bands: the mean and ``std_factor`` sample deviations about it (I.bollinger).

    Parameters
    ----------
    period : int
        Bars, at least 1.
    std_factor : float

    Errors
    ------
    PERIOD_INVALID, NUMBER_INVALID

    Examples
    --------
    >>> bands = Bollinger(3, 2.0)
    >>> bands.update(1.0), bands.update(3.0), bands.update(5.0)
    ((nan, nan, nan), (nan, nan, nan), (7.0, 3.0, -1.0))
    """

    def __init__(self, period: int = 20, std_factor: float = 2.0) -> None:
        self._window = Window(period)
        self.period = period
        self.std_factor = number(std_factor, "std_factor", least=0.0)

    def restart(self) -> None:
        """Forget every value."""
        self._window.restart()

    @property
    def value(self) -> tuple[float, float, float]:
        """Last upper band, mean and lower band, NaN where there are none."""
        mid = self._window.mean
        width = self.std_factor * self._window.deviation
        return mid + width, mid, mid - width

    def update(self, x: float) -> tuple[float, float, float]:
        """Take the next value in and return upper band, mean and lower band."""
        self._window.update(x)
        return self.value


MEANS = ("rolling", "ema")


class Zscore:
    """Streaming distance from a mean, in sample deviations of that distance (I.zscore).

    Parameters
    ----------
    window : int
        Bars of the deviation, and of the mean where that is ``"rolling"``; at least 1.
    mean_source : {"rolling", "ema"}
    ema_period : int, optional
        Bars of the exponential mean; needed for ``"ema"``.

    Errors
    ------
    PERIOD_INVALID, OPTION_UNKNOWN

    Examples
    --------
    >>> score = Zscore(2, "ema", 1)
    >>> score.update(1.0), score.update(2.0)
    (nan, nan)
    """

    def __init__(
        self, window: int = 100, mean_source: str = "rolling", ema_period: int | None = None
    ) -> None:
        self.window = to_period(window, "window")
        self.mean_source = choice(mean_source, "mean_source", MEANS)
        if mean_source == "ema" or ema_period is not None:
            ema_period = to_period(ema_period, "ema_period")
        self.ema_period = ema_period
        self._mean: Sma | Ema = Sma(window)
        if mean_source == "ema" and ema_period is not None:
            self._mean = Ema(ema_period)
        self._distances = Window(window)
        self._value = float("nan")

    def restart(self) -> None:
        """Forget every value."""
        self._mean.restart()
        self._distances.restart()
        self._value = float("nan")

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        return self._value

    def update(self, x: float) -> float:
        """Take the next value in and return the score."""
        self._value = score(self._distances, x, self._mean.update(x))
        return self._value


def score(distances: Window, x: float, mean: float) -> float:
    """Add a distance to a window and divide it by their deviation; NaN where that is 0."""
    d = x - mean if is_finite(x) else float("nan")
    distances.update(d)
    deviation = distances.deviation
    return (d / deviation) + 0.0 if deviation > 0.0 else float("nan")
