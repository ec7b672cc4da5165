"""Volatility that comes in clusters (rules I.garch_volatility, I.kalman_garch_zscore)."""

from __future__ import annotations

from math import sqrt

from ..arithmetic import is_finite, larger
from ..settings import flag, number, whole
from ..transcendental import log
from .kalman import KalmanMean

# ruff: noqa: N803 - R and Q are what everybody calls them

NO_VALUE = float("nan")
# The variance to begin with: of a single return there is none to measure.
FIRST_VARIANCE = 1e-6
LEAST_REST = 1e-6
MOST_BARS = 2**31 - 1


class Garch:
    """Streaming GARCH(1, 1) volatility of the returns, as a fraction of the price.

    Rule I.garch_volatility. A missing return repeats the variance and changes nothing else.

    Parameters
    ----------
    alpha, beta : float
        Weights of the last squared return and of the last variance. With a sum of 1 or more there
        is no value.
    omega : float, optional
        Added to the variance at each bar; by default what makes it tend to where it began.
    use_log_returns : bool
        Logarithms of the ratio of two closes, otherwise the ratio less 1.
    scale : float
        Factor of the returns, above 0.
    min_periods : int
        Bars after the first return without a value.
    sigma_floor : float
        The scaled volatility is at least this.

    Errors
    ------
    NUMBER_INVALID, OPTION_UNKNOWN

    Examples
    --------
    >>> volatility = Garch(min_periods=1, use_log_returns=False, omega=0.75, scale=1.0)
    >>> [volatility.update(x) for x in (1.0, 2.0, 4.0)]
    [nan, nan, 0.866025923399525]
    """

    def __init__(
        self,
        alpha: float = 0.05,
        beta: float = 0.90,
        omega: float | None = None,
        use_log_returns: bool = True,
        scale: float = 100.0,
        min_periods: int = 50,
        sigma_floor: float = 1e-6,
    ) -> None:
        self.alpha = number(alpha, "alpha", least=0.0)
        self.beta = number(beta, "beta", least=0.0)
        self.omega = None if omega is None else number(omega, "omega", least=0.0)
        self.use_log_returns = flag(use_log_returns, "use_log_returns")
        self.scale = number(scale, "scale", least=0.0, above=True)
        self.min_periods = whole(min_periods, "min_periods", least=0, most=MOST_BARS)
        self.sigma_floor = number(sigma_floor, "sigma_floor", least=0.0)
        rest = larger((1.0 - self.alpha) - self.beta, LEAST_REST)
        self._added = FIRST_VARIANCE * rest if self.omega is None else self.omega
        self._least = self.sigma_floor * self.sigma_floor
        self.restart()

    def restart(self) -> None:
        """Forget every value."""
        self._last = NO_VALUE
        self._mean = NO_VALUE
        self._variance = NO_VALUE
        self._square = 0.0
        self._bars = 0

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        if self._bars <= self.min_periods or self.alpha + self.beta >= 1.0:
            return NO_VALUE
        return sqrt(self._variance) / self.scale

    def update(self, x: float) -> float:
        """Take the next close in and return the volatility."""
        change = self._change(x)
        self._last = x
        if self._bars > 0:
            self._bars += 1
        if is_finite(change):
            if self._bars > 0:
                weighed = (self._added + (self.alpha * self._square)) + (self.beta * self._variance)
                self._variance = larger(weighed, self._least)
                distance = change - self._mean
                self._square = distance * distance
            else:
                # The mean is the first return itself, whose square about it is 0.
                self._bars = 1
                self._mean = change
                self._variance = larger(FIRST_VARIANCE, self._least)
        return self.value

    def _change(self, x: float) -> float:
        """Return the scaled return from the last close, NaN where there is none."""
        if not (is_finite(x) and is_finite(self._last)) or self._last == 0.0:
            return NO_VALUE
        ratio = x / self._last
        return self.scale * (log(ratio) if self.use_log_returns else ratio - 1.0)


class KalmanGarchZscore:
    """Streaming distance from the Kalman mean, in GARCH volatilities of the price.

    Rule I.kalman_garch_zscore.

    Parameters
    ----------
    R, Q : float
        As of `KalmanMean`.
    alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor
        As of `Garch`.

    Errors
    ------
    NUMBER_INVALID, OPTION_UNKNOWN

    Examples
    --------
    >>> scores = KalmanGarchZscore(min_periods=0)
    >>> scores.update(1.0), scores.update(1.0)
    (nan, 0.0)
    """

    def __init__(
        self,
        R: float = 0.01,
        Q: float = 1.0,
        alpha: float = 0.05,
        beta: float = 0.90,
        omega: float | None = None,
        use_log_returns: bool = True,
        scale: float = 100.0,
        min_periods: int = 50,
        sigma_floor: float = 1e-6,
    ) -> None:
        self._level = KalmanMean(R, Q)
        self._garch = Garch(alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor)
        self.R = self._level.R
        self.Q = self._level.Q
        self.alpha = self._garch.alpha
        self.beta = self._garch.beta
        self.omega = self._garch.omega
        self.use_log_returns = self._garch.use_log_returns
        self.scale = self._garch.scale
        self.min_periods = self._garch.min_periods
        self.sigma_floor = self._garch.sigma_floor
        self._value = NO_VALUE

    def restart(self) -> None:
        """Forget every value."""
        self._level.restart()
        self._garch.restart()
        self._value = NO_VALUE

    @property
    def value(self) -> float:
        """Last value, NaN where there is none."""
        return self._value

    def update(self, x: float) -> float:
        """Take the next close in and return the score."""
        mean = self._level.update(x)
        sigma = self._garch.update(x)
        below = (x if x >= 0.0 else -x) * sigma
        self._value = ((x - mean) / below) + 0.0 if below > 0.0 else NO_VALUE
        return self._value
