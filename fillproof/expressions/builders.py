"""The functions by which expressions are written, named as what they make."""

from __future__ import annotations

from typing import Any

from fillproof.expressions.clock import Between, Weekday
from fillproof.expressions.levels import Distance, Pips, RMultiple
from fillproof.expressions.nodes import (
    Arithmetic,
    Condition,
    Constant,
    Extreme,
    Indicator,
    Number,
    Operand,
    Parameter,
    Price,
    Where,
    Whole,
)

__all__ = [
    "atr", "between", "bollinger", "choppiness", "close", "constant", "distance", "dmi", "ema",
    "garch_volatility", "high", "highest", "kalman_garch_zscore", "kalman_mean", "kalman_zscore",
    "low", "lowest", "macd", "maximum", "minimum", "open_", "param", "pips", "r_multiple", "roc",
    "rsi", "sma", "spread", "volume", "weekday", "where", "zscore",
]  # fmt: skip

Real = float | Parameter


def constant(value: float) -> Number:
    """Give the same number at each bar; needed only where no other expression stands beside it."""
    return Constant(value)


def param(name: str, default: float) -> Parameter:
    """Name a number, so that `bind` can replace it; a setting, a constant or a count of bars.

    Examples
    --------
    >>> ema(param("fast", 10)) > ema(50)
    ema(param('fast', 10)) > ema(50)
    """
    return Parameter(name, default)


def open_(side: str = "bid", timeframe: str | None = None, symbol: str | None = None) -> Number:
    """Open of the bar."""
    return Price("open", side, timeframe, symbol)


def high(side: str = "bid", timeframe: str | None = None, symbol: str | None = None) -> Number:
    """High of the bar."""
    return Price("high", side, timeframe, symbol)


def low(side: str = "bid", timeframe: str | None = None, symbol: str | None = None) -> Number:
    """Low of the bar."""
    return Price("low", side, timeframe, symbol)


def close(side: str = "bid", timeframe: str | None = None, symbol: str | None = None) -> Number:
    """Close of the bar."""
    return Price("close", side, timeframe, symbol)


def volume(side: str = "bid", timeframe: str | None = None, symbol: str | None = None) -> Number:
    """Volume of the bar."""
    return Price("volume", side, timeframe, symbol)


def spread(timeframe: str | None = None, symbol: str | None = None) -> Number:
    """Close of the ask less close of the bid.

    Examples
    --------
    >>> spread() < 0.0002
    (close(side='ask') - close()) < 0.0002
    """
    ask = Price("close", "ask", timeframe, symbol)
    return Arithmetic("subtract", ask, Price("close", "bid", timeframe, symbol))


def ema(period: Whole, *, side: str = "bid", timeframe: str | None = None,
        symbol: str | None = None) -> Number:  # fmt: skip
    """Exponential mean of the close (I.ema)."""
    return Indicator("ema", (period,), None, side, timeframe, symbol)


def sma(period: Whole, *, side: str = "bid", timeframe: str | None = None,
        symbol: str | None = None) -> Number:  # fmt: skip
    """Mean of the close (I.sma)."""
    return Indicator("sma", (period,), None, side, timeframe, symbol)


def rsi(period: Whole = 14, *, side: str = "bid", timeframe: str | None = None,
        symbol: str | None = None) -> Number:  # fmt: skip
    """Relative strength, 0 to 100 (I.rsi)."""
    return Indicator("rsi", (period,), None, side, timeframe, symbol)


def macd(fast_period: Whole = 12, slow_period: Whole = 26, signal_period: Whole = 9, *,
         line: str, side: str = "bid", timeframe: str | None = None,
         symbol: str | None = None) -> Number:  # fmt: skip
    """Difference of two exponential means, or its mean: line "line" or "signal" (I.macd)."""
    settings = (fast_period, slow_period, signal_period)
    return Indicator("macd", settings, line, side, timeframe, symbol)


def roc(period: Whole = 14, *, side: str = "bid", timeframe: str | None = None,
        symbol: str | None = None) -> Number:  # fmt: skip
    """Change over some bars in percent (I.roc)."""
    return Indicator("roc", (period,), None, side, timeframe, symbol)


def dmi(period: Whole = 14, *, line: str, side: str = "bid", timeframe: str | None = None,
        symbol: str | None = None) -> Number:  # fmt: skip
    """Directional movement: line "plus_di", "minus_di" or "adx" (I.dmi)."""
    return Indicator("dmi", (period,), line, side, timeframe, symbol)


def bollinger(period: Whole = 20, std_factor: Real = 2.0, *, line: str, side: str = "bid",
              timeframe: str | None = None, symbol: str | None = None) -> Number:  # fmt: skip
    """Bands about the mean: line "upper", "mid" or "lower" (I.bollinger)."""
    return Indicator("bollinger", (period, std_factor), line, side, timeframe, symbol)


def atr(period: Whole = 14, *, side: str = "bid", timeframe: str | None = None,
        symbol: str | None = None) -> Number:  # fmt: skip
    """Average true range (I.atr)."""
    return Indicator("atr", (period,), None, side, timeframe, symbol)


def choppiness(period: Whole = 14, *, side: str = "bid", timeframe: str | None = None,
               symbol: str | None = None) -> Number:  # fmt: skip
    """Choppiness index (I.choppiness)."""
    return Indicator("choppiness", (period,), None, side, timeframe, symbol)


def zscore(window: Whole = 100, mean_source: str = "rolling", ema_period: Whole | None = None, *,
           side: str = "bid", timeframe: str | None = None,
           symbol: str | None = None) -> Number:  # fmt: skip
    """Distance from a mean in deviations of that distance (I.zscore)."""
    settings = (window, mean_source, ema_period)
    return Indicator("zscore", settings, None, side, timeframe, symbol)


def kalman_mean(R: Real = 0.01, Q: Real = 1.0, *, side: str = "bid",  # noqa: N803
                timeframe: str | None = None, symbol: str | None = None) -> Number:  # fmt: skip
    """Kalman filter of the level (I.kalman_mean)."""
    return Indicator("kalman_mean", (R, Q), None, side, timeframe, symbol)


def kalman_zscore(window: Whole = 100, R: Real = 0.01, Q: Real = 1.0, *,  # noqa: N803
                  side: str = "bid", timeframe: str | None = None,
                  symbol: str | None = None) -> Number:  # fmt: skip
    """Distance from the Kalman mean in deviations of that distance (I.kalman_zscore)."""
    return Indicator("kalman_zscore", (window, R, Q), None, side, timeframe, symbol)


def garch_volatility(
    alpha: Real = 0.05, beta: Real = 0.90, omega: Real | None = None,
    use_log_returns: bool = True, scale: Real = 100.0, min_periods: Whole = 50,
    sigma_floor: Real = 1e-6, *, side: str = "bid", timeframe: str | None = None,
    symbol: str | None = None,
) -> Number:  # fmt: skip
    """GARCH(1, 1) volatility as a fraction of the price (I.garch_volatility)."""
    settings = (alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor)
    return Indicator("garch_volatility", settings, None, side, timeframe, symbol)


def kalman_garch_zscore(
    R: Real = 0.01, Q: Real = 1.0, alpha: Real = 0.05, beta: Real = 0.90,  # noqa: N803
    omega: Real | None = None, use_log_returns: bool = True, scale: Real = 100.0,
    min_periods: Whole = 50, sigma_floor: Real = 1e-6, *, side: str = "bid",
    timeframe: str | None = None, symbol: str | None = None,
) -> Number:  # fmt: skip
    """Distance from the Kalman mean in GARCH volatilities (I.kalman_garch_zscore)."""
    settings: tuple[Any, ...] = (
        R, Q, alpha, beta, omega, use_log_returns, scale, min_periods, sigma_floor,
    )  # fmt: skip
    return Indicator("kalman_garch_zscore", settings, None, side, timeframe, symbol)


def minimum(left: Operand, right: Operand) -> Number:
    """Give the smaller of two numbers at each bar; NaN where one is."""
    return Arithmetic("minimum", left, right)


def maximum(left: Operand, right: Operand) -> Number:
    """Give the larger of two numbers at each bar; NaN where one is."""
    return Arithmetic("maximum", left, right)


def highest(of: Operand, bars: Whole) -> Number:
    """Give the highest of the last bars, this one included; NaN until all are there."""
    return Extreme("highest", of, bars)


def lowest(of: Operand, bars: Whole) -> Number:
    """Give the lowest of the last bars, this one included; NaN until all are there."""
    return Extreme("lowest", of, bars)


def where(condition: Condition, then: Operand, otherwise: Operand) -> Number:
    """Give one number where a condition is true, another where it is not."""
    return Where(condition, then, otherwise)


def between(start: str, end: str) -> Condition:
    """Tell whether a bar ends in a window, the start in, the end out; UTC.

    Parameters
    ----------
    start, end : str
        Both "HH:MM" or both "Fri HH:MM"; may go over midnight or over the end of the week.

    Examples
    --------
    >>> between("08:00", "17:00") & ~between("Fri 16:00", "Sun 23:00")
    between('08:00', '17:00') & ~between('Fri 16:00', 'Sun 23:00')
    """
    return Between(start, end)


def weekday(*days: str) -> Condition:
    """Tell whether a bar ends on one of some days, Mon to Sun; UTC.

    An end at midnight belongs to the day before it.
    """
    return Weekday(days)


def pips(count: Operand, pip_size: float = 0.0001) -> Pips:
    """Put a stop or target so many pips from the entry."""
    return Pips(count, pip_size)


def distance(of: Operand) -> Distance:
    """Put a stop or target so far from the entry, in price units.

    Examples
    --------
    >>> distance(1.5 * atr(14))
    distance(1.5 * atr(14))
    """
    return Distance(of)


def r_multiple(count: Operand) -> RMultiple:
    """Put a target so many times as far from the entry as the stop."""
    return RMultiple(count)
