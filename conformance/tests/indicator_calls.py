"""Every indicator with a few settings, and series to try them on."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

START = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE_US = 60_000_000

# Method of IndicatorCache, class of its stream, settings.
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ema", "Ema", {"period": 10}),
    ("ema", "Ema", {"period": 1}),
    ("sma", "Sma", {"period": 7}),
    ("sma", "Sma", {"period": 1}),
    ("rsi", "Rsi", {}),
    ("rsi", "Rsi", {"period": 3}),
    ("macd", "Macd", {}),
    ("macd", "Macd", {"fast_period": 3, "slow_period": 8, "signal_period": 2}),
    ("roc", "Roc", {}),
    ("roc", "Roc", {"period": 1}),
    ("dmi", "Dmi", {}),
    ("dmi", "Dmi", {"period": 2}),
    ("bollinger", "Bollinger", {}),
    ("bollinger", "Bollinger", {"period": 4, "std_factor": 1.5}),
    ("atr", "Atr", {"period": 14}),
    ("choppiness", "Choppiness", {}),
    ("choppiness", "Choppiness", {"period": 3}),
    ("zscore", "Zscore", {"window": 5}),
    ("zscore", "Zscore", {"window": 6, "mean_source": "ema", "ema_period": 4}),
    ("kalman_mean", "KalmanMean", {}),
    ("kalman_mean", "KalmanMean", {"R": 2.0, "Q": 0.1}),
    ("kalman_zscore", "KalmanZscore", {"window": 5}),
    ("garch_volatility", "Garch", {"min_periods": 3}),
    ("garch_volatility", "Garch", {"use_log_returns": False, "omega": 0.01, "min_periods": 0}),
    ("kalman_garch_zscore", "KalmanGarchZscore", {"min_periods": 2}),
)
STEPWISE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ema_stepwise", {"period": 4}),
    ("bollinger_stepwise", {"period": 3, "std_factor": 2.0}),
    ("kalman_zscore_stepwise", {"window": 4}),
)


def walk(bars: int, seed: int, *, gaps: float = 0.0) -> dict[str, np.ndarray]:
    """Make open, high, low and close of a random walk in ticks, some bars missing as a whole."""
    rng = np.random.default_rng(seed)
    ticks = 110_000 + np.cumsum(rng.integers(-30, 31, bars))
    close = np.maximum(ticks, 1) / 100_000.0
    open_ = np.concatenate(([close[0]], close[:-1])) if bars else close
    high = np.maximum(open_, close) + rng.integers(0, 20, bars) / 100_000.0
    low = np.minimum(open_, close) - rng.integers(0, 20, bars) / 100_000.0
    prices = {"open": open_, "high": high, "low": np.maximum(low, 1e-5), "close": close}
    missing = rng.random(bars) < gaps
    for column in prices.values():
        column[missing] = math.nan
    return prices


def candles(engine: Any, prices: dict[str, np.ndarray]) -> Any:
    """Make columns of an engine, a bar a minute."""
    times = np.arange(len(prices["close"]), dtype="int64") * MINUTE_US
    return engine.Candles(times, *(prices[name] for name in ("open", "high", "low", "close")))


def cache(engine: Any, prices: dict[str, np.ndarray]) -> Any:
    """Make a cache of one series."""
    return engine.IndicatorCache({"M1": {"bid": candles(engine, prices)}})


def aligned(engine: Any, prices: dict[str, np.ndarray], length: int) -> list[Any]:
    """Spread candles over bars that are `length` times shorter; NaN becomes None."""
    listed: list[Any] = []
    for place, close in enumerate(prices["close"]):
        time = START + timedelta(minutes=place * length)
        row = [float(prices[name][place]) for name in ("open", "high", "low", "close")]
        made = None if math.isnan(close) else engine.Candle(time, *row)
        listed += [made] * length
    return listed


def parts(found: Any) -> list[np.ndarray]:
    """One or several arrays as a list of them."""
    return list(found) if isinstance(found, tuple) else [found]


def bits(array: Any) -> bytes:
    """The bytes of an array in which every NaN is the same."""
    values = np.array(array, dtype="float64")
    values[np.isnan(values)] = math.nan
    return values.tobytes()
