"""Indicators of every timeframe and side, each computed once (rules of the chapter I).

Read ``moving``, ``momentum``, ``trend``, ``kalman`` and ``garch`` for what is computed: here
columns are sent through the streams of those modules, and the results kept.
"""

# ruff: noqa: N803 - R and Q are what everybody calls them; the specification names the parameters

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..arithmetic import is_finite
from ..errors import make_error
from ..settings import period as to_period
from .atr import Atr
from .ema import Ema
from .garch import Garch, KalmanGarchZscore
from .kalman import KalmanMean, KalmanZscore
from .momentum import Macd, Roc, Rsi
from .moving import Bollinger, Sma, Zscore
from .series import PRICES, SeriesColumns, find_series, to_columns
from .shared import SHARED
from .trend import Choppiness, Dmi

Pair: TypeAlias = tuple[np.ndarray, np.ndarray]
Triple: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray]
Kind: TypeAlias = Callable[..., Any]

# What methods read of a series.
CLOSES = ("close",)
BARS = ("high", "low", "close")
STEPS = ("time_us", "close")


class IndicatorCache:
    """Indicators over aligned candles; arrays as long as the list of their timeframe.

    A result is kept by method and arguments, but for the ``*_local`` ones; caches over the same
    numbers share it. Arrays are read-only float64, NaN where there is no value. From a slice they
    end at its current bar.

    Parameters
    ----------
    multi_candle_data : mapping
        timeframe -> "bid" | "ask" -> candles aligned with the primary bars, None where there
        is none. Read once: what changes in it afterwards is not seen.

    Errors
    ------
    Of every method: TIMEFRAME_UNKNOWN, SIDE_UNKNOWN; PERIOD_INVALID, NUMBER_INVALID,
    OPTION_UNKNOWN of its settings; CANDLE_TYPE, TIME_TYPE, TIME_NAIVE of the candles.

    Examples
    --------
    >>> from pyengine import Candles
    >>> close = [1.0, 2.0, 4.0]
    >>> bars = Candles([0, 1, 2], close, close, close, close)
    >>> cache = IndicatorCache({"M1": {"bid": bars}})
    >>> cache.sma("M1", "bid", 2).tolist()
    [nan, 1.5, 3.0]
    >>> cache.at(cache.sma("M1", "bid", 2), 0), cache.at(cache.sma("M1", "bid", 2), 2)
    (None, 3.0)
    """

    def __init__(self, multi_candle_data: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
        self._data = multi_candle_data
        self._columns: dict[tuple[str, str], SeriesColumns] = {}
        self._held: dict[tuple[Any, ...], tuple[np.ndarray, ...]] = {}
        self._sums: dict[tuple[str, str, tuple[str, ...]], bytes] = {}
        self._frames: dict[tuple[str, str], Any] = {}
        # Arrays end before this bar; None: with the data.
        self._end: int | None = None

    def _pin(self, index: int) -> None:
        """Let arrays end at a bar; called by the slice only."""
        self._end = index + 1

    def at(self, series: Any, index: int) -> float | None:
        """Return a value of an array as a float, None for NaN and outside the array."""
        if not 0 <= index < len(series):
            return None
        value = float(series[index])
        return value if is_finite(value) else None

    def ema(self, tf: str, price_type: str, period: int) -> np.ndarray:
        """Exponential mean (I.ema, I.ema_gap)."""
        return self._closes("ema", Ema, tf, price_type, period)[0]

    def sma(self, tf: str, price_type: str, period: int) -> np.ndarray:
        """Mean (I.sma)."""
        return self._closes("sma", Sma, tf, price_type, period)[0]

    def rsi(self, tf: str, price_type: str, period: int = 14) -> np.ndarray:
        """Relative strength, 0 to 100 (I.rsi)."""
        return self._closes("rsi", Rsi, tf, price_type, period)[0]

    def macd(
        self, tf: str, price_type: str, fast_period: int = 12, slow_period: int = 26,
        signal_period: int = 9,
    ) -> Pair:  # fmt: skip
        """Difference of two exponential means, and its exponential mean (I.macd)."""
        made = self._closes("macd", Macd, tf, price_type, fast_period, slow_period, signal_period)
        return made[0], made[1]

    def roc(self, tf: str, price_type: str, period: int = 14) -> np.ndarray:
        """Change over some bars, in percent (I.roc)."""
        return self._closes("roc", Roc, tf, price_type, period)[0]

    def dmi(self, tf: str, price_type: str, period: int = 14) -> Triple:
        """+DI, -DI and ADX (I.dmi)."""
        made = self._bars("dmi", Dmi, tf, price_type, period)
        return made[0], made[1], made[2]

    def bollinger(
        self, tf: str, price_type: str, period: int = 20, std_factor: float = 2.0
    ) -> Triple:
        """Upper band, mean and lower band (I.bollinger)."""
        made = self._closes("bollinger", Bollinger, tf, price_type, period, std_factor)
        return made[0], made[1], made[2]

    def atr(self, tf: str, price_type: str, period: int = 14) -> np.ndarray:
        """Average true range (I.atr)."""
        return self._bars("atr", Atr, tf, price_type, period)[0]

    def choppiness(self, tf: str, price_type: str, period: int = 14) -> np.ndarray:
        """Choppiness index (I.choppiness)."""
        return self._bars("choppiness", Choppiness, tf, price_type, period)[0]

    def zscore(
        self, tf: str, price_type: str, window: int = 100, mean_source: str = "rolling",
        ema_period: int | None = None,
    ) -> np.ndarray:  # fmt: skip
        """Distance from a mean in deviations of that distance (I.zscore)."""
        given = (window, mean_source, ema_period)
        return self._closes("zscore", Zscore, tf, price_type, *given)[0]

    def kalman_mean(self, tf: str, price_type: str, R: float = 0.01, Q: float = 1.0) -> np.ndarray:
        """Kalman filter of the level (I.kalman_mean)."""
        return self._closes("kalman_mean", KalmanMean, tf, price_type, R, Q)[0]

    def kalman_zscore(
        self, tf: str, price_type: str, window: int = 100, R: float = 0.01, Q: float = 1.0
    ) -> np.ndarray:
        """Distance from the Kalman mean in deviations of that distance (I.kalman_zscore)."""
        return self._closes("kalman_zscore", KalmanZscore, tf, price_type, window, R, Q)[0]

    def garch_volatility(
        self, tf: str, price_type: str, alpha: float = 0.05, beta: float = 0.90,
        omega: float | None = None, use_log_returns: bool = True, scale: float = 100.0,
        min_periods: int = 50, sigma_floor: float = 1e-6,
    ) -> np.ndarray:  # fmt: skip
        """GARCH(1, 1) volatility as a fraction of the price (I.garch_volatility)."""
        given = (alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor)
        return self._closes("garch_volatility", Garch, tf, price_type, *given)[0]

    def kalman_garch_zscore(
        self, tf: str, price_type: str, R: float = 0.01, Q: float = 1.0, alpha: float = 0.05,
        beta: float = 0.90, omega: float | None = None, use_log_returns: bool = True,
        scale: float = 100.0, min_periods: int = 50, sigma_floor: float = 1e-6,
    ) -> np.ndarray:  # fmt: skip
        """Distance from the Kalman mean in GARCH volatilities (I.kalman_garch_zscore)."""
        given = (R, Q, alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor)
        return self._closes("kalman_garch_zscore", KalmanGarchZscore, tf, price_type, *given)[0]

    def garch_volatility_local(
        self, tf: str, price_type: str, idx: int, lookback: int = 400, alpha: float = 0.05,
        beta: float = 0.90, omega: float | None = None, use_log_returns: bool = True,
        scale: float = 100.0, min_periods: int = 50, sigma_floor: float = 1e-6,
    ) -> np.ndarray:  # fmt: skip
        """`garch_volatility` of the last bars up to idx alone (I.local)."""
        stream = Garch(alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor)
        closes = self._stretch(tf, price_type, idx, lookback, clip=True)
        if stream.alpha + stream.beta >= 1.0:
            closes = []
        return _read_only(np.array([stream.update(x) for x in closes], dtype="float64"))

    def kalman_garch_zscore_local(
        self, tf: str, price_type: str, idx: int, lookback: int = 400, R: float = 0.01,
        Q: float = 1.0, alpha: float = 0.05, beta: float = 0.90, omega: float | None = None,
        use_log_returns: bool = True, scale: float = 100.0, min_periods: int = 50,
        sigma_floor: float = 1e-6,
    ) -> float | None:  # fmt: skip
        """`kalman_garch_zscore` at idx, of the last bars up to it alone (I.local)."""
        stream = KalmanGarchZscore(
            R, Q, alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor
        )
        for x in self._stretch(tf, price_type, idx, lookback, clip=False):
            stream.update(x)
        return stream.value if is_finite(stream.value) else None

    def vol_cluster_series(
        self, tf: str, price_type: str, idx: int, feature: str, atr_length: int = 14,
        garch_lookback: int = 400, garch_alpha: float = 0.05, garch_beta: float = 0.90,
        garch_omega: float | None = None, garch_use_log_returns: bool = True,
        garch_scale: float = 100.0, garch_min_periods: int = 50, garch_sigma_floor: float = 1e-6,
    ) -> np.ndarray:  # fmt: skip
        """`atr` for the feature "atr_points", else `garch_volatility_local` (I.local)."""
        if feature == "atr_points":
            return self.atr(tf, price_type, atr_length)
        return self.garch_volatility_local(
            tf, price_type, idx, garch_lookback, garch_alpha, garch_beta, garch_omega,
            garch_use_log_returns, garch_scale, garch_min_periods, garch_sigma_floor,
        )  # fmt: skip

    def ema_stepwise(self, tf: str, price_type: str, period: int) -> np.ndarray:
        """`ema` of the new candles alone, carried forward (I.stepwise)."""
        return self._steps("ema_stepwise", Ema, tf, price_type, period)[0]

    def bollinger_stepwise(
        self, tf: str, price_type: str, period: int = 20, std_factor: float = 2.0
    ) -> Triple:
        """`bollinger` of the new candles alone, carried forward (I.stepwise)."""
        made = self._steps("bollinger_stepwise", Bollinger, tf, price_type, period, std_factor)
        return made[0], made[1], made[2]

    def kalman_zscore_stepwise(
        self, tf: str, price_type: str, window: int = 100, R: float = 0.01, Q: float = 1.0
    ) -> np.ndarray:
        """`kalman_zscore` of the new candles alone, carried forward (I.stepwise)."""
        given = (window, R, Q)
        return self._steps("kalman_zscore_stepwise", KalmanZscore, tf, price_type, *given)[0]

    def get_df(self, tf: str, price_type: str) -> Any:
        """Open, high, low, close and volume as a pandas table, by time; needs pandas."""
        if (tf, price_type) not in self._frames:
            import pandas as pd

            columns = self._series(tf, price_type)
            # The least int64 is pandas' "not a time".
            times = pd.DatetimeIndex(columns.time_us.view("datetime64[us]"), name="timestamp")
            prices = {name: getattr(columns, name) for name in PRICES}
            self._frames[tf, price_type] = pd.DataFrame(prices, index=times.tz_localize("UTC"))
        return self._frames[tf, price_type].iloc[: self._end].copy()

    def get_closes(self, tf: str, price_type: str) -> Any:
        """Give the closes as a pandas series, by time; needs pandas."""
        return self.get_df(tf, price_type)["close"]

    def _series(self, tf: str, price_type: str) -> SeriesColumns:
        columns = self._columns.get((tf, price_type))
        if columns is None:
            columns = to_columns(find_series(self._data, tf, price_type, None))
            self._columns[tf, price_type] = columns
        return columns

    def _closes(
        self, method: str, kind: Kind, tf: str, price_type: str, *arguments: Any
    ) -> tuple[np.ndarray, ...]:
        """Send the closes through a stream, or take what that has given."""

        def made(stream: Any) -> Iterable[Any]:
            return map(stream.update, self._series(tf, price_type).close.tolist())

        return self._kept(method, CLOSES, kind, tf, price_type, arguments, made)

    def _bars(
        self, method: str, kind: Kind, tf: str, price_type: str, *arguments: Any
    ) -> tuple[np.ndarray, ...]:
        """Send high, low and close of each bar through a stream, or take what that has given."""

        def made(stream: Any) -> Iterable[Any]:
            columns = self._series(tf, price_type)
            prices = (columns.high.tolist(), columns.low.tolist(), columns.close.tolist())
            return map(stream.update, *prices)

        return self._kept(method, BARS, kind, tf, price_type, arguments, made)

    def _steps(
        self, method: str, kind: Kind, tf: str, price_type: str, *arguments: Any
    ) -> tuple[np.ndarray, ...]:
        """Send the closes of new candles through a stream and carry each result forward."""

        def made(stream: Any) -> Iterable[Any]:
            columns = self._series(tf, price_type)
            new = set(columns.steps())
            value = stream.value
            for place, x in enumerate(columns.close.tolist()):
                if place in new:
                    value = stream.update(x)
                yield value

        return self._kept(method, STEPS, kind, tf, price_type, arguments, made)

    def _kept(
        self, method: str, reads: tuple[str, ...], kind: Kind, tf: str, price_type: str,
        arguments: tuple[Any, ...], made: Callable[[Any], Iterable[Any]],
    ) -> tuple[np.ndarray, ...]:  # fmt: skip
        # 14, 14.0 and True are equal, but not all of them are a period.
        key = (method, tf, price_type, arguments, tuple(map(type, arguments)))
        try:
            arrays = self._held.get(key)
        except TypeError:
            # An argument that cannot be hashed is none that the stream takes.
            arrays = None
        if arrays is None:
            arrays = self._made(method, reads, kind, tf, price_type, arguments, made)
            self._held[key] = arrays
        if self._end is None:
            return arrays
        return tuple(array[: self._end] for array in arrays)

    def _made(
        self, method: str, reads: tuple[str, ...], kind: Kind, tf: str, price_type: str,
        arguments: tuple[Any, ...], made: Callable[[Any], Iterable[Any]],
    ) -> tuple[np.ndarray, ...]:  # fmt: skip
        """Make a result, or take what another cache has made of the same numbers."""
        # Settings are refused before names.
        stream = kind(*arguments)

        def computed() -> tuple[np.ndarray, ...]:
            rows = np.array(list(made(stream)), dtype="float64")
            columns = rows.reshape(len(rows), -1).T if len(rows) else np.empty((3, 0))
            return tuple(_read_only(column) for column in columns)

        place = (tf, price_type, reads)
        if place not in self._sums:
            self._sums[place] = self._series(tf, price_type).sum(reads)
        key = SHARED.key(self._sums[place], method, arguments)
        return computed() if key is None else SHARED.result(key, computed)

    def _stretch(
        self, tf: str, price_type: str, idx: int, lookback: int, *, clip: bool
    ) -> list[float]:
        """Return the closes of the last ``lookback`` bars up to idx; none where it is outside."""
        to_period(lookback, "lookback")
        if isinstance(idx, bool) or not hasattr(type(idx), "__index__"):
            raise make_error(
                "INDEX_OUT_OF_RANGE", field="idx", value=idx, expected="a whole number"
            )
        close = self._series(tf, price_type).close[: self._end]
        last = operator.index(idx)
        if clip and last >= len(close):
            last = len(close) - 1
        if not 0 <= last < len(close):
            return []
        return list(close[max(0, last + 1 - lookback) : last + 1].tolist())


def _read_only(values: np.ndarray) -> np.ndarray:
    """Return a view that cannot be made writable again."""
    owned = np.array(values)
    owned.flags.writeable = False
    return owned.view()
