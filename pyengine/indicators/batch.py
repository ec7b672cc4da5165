"""Many indicators at once, row by row (option C of the specification)."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import make_error
from .cache import IndicatorCache

# Methods that give one result, and the names of the parts of those that give several.
SINGLE = (
    "ema", "sma", "rsi", "roc", "atr", "choppiness", "zscore", "kalman_mean", "kalman_zscore",
    "garch_volatility", "kalman_garch_zscore",
)  # fmt: skip
PARTS: dict[str, tuple[str, ...]] = {
    "macd": ("line", "signal"),
    "dmi": ("plus_di", "minus_di", "adx"),
    "bollinger": ("upper", "mid", "lower"),
}
# What is computed where nothing is asked for: each method once, with its default settings.
DEFAULTS: dict[str, Any] = {
    "ema_10": ("ema", 10),
    "ema_50": ("ema", 50),
    "sma_20": ("sma", 20),
    "rsi": "rsi",
    "macd": "macd",
    "roc": "roc",
    "dmi": "dmi",
    "bollinger": "bollinger",
    "atr": "atr",
    "choppiness": "choppiness",
    "zscore": "zscore",
    "kalman_mean": "kalman_mean",
    "kalman_zscore": "kalman_zscore",
    "garch_volatility": "garch_volatility",
    "kalman_garch_zscore": "kalman_garch_zscore",
}


class IndicatorBatch:
    """Columns of indicators; ``batch[i]`` is the row of bar i, a dict of name to float.

    NaN stands where there is no value. Made by :func:`precompute_indicators`.

    Attributes
    ----------
    columns : dict
        name -> read-only array.
    """

    def __init__(self, columns: Mapping[str, np.ndarray], length: int) -> None:
        self._columns = dict(columns)
        self._length = length

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """Name -> read-only array."""
        return dict(self._columns)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, float]:
        place = operator.index(index)
        if not -self._length <= place < self._length:
            raise IndexError(f"bar {place} of {self._length}")
        return {name: float(column[place]) for name, column in self._columns.items()}


def precompute_indicators(candles: Any, wanted: Mapping[str, Any] | None = None) -> IndicatorBatch:
    """Compute indicators of all bars of one side before a run.

    Parameters
    ----------
    candles : Candles, other columns, or list of candles
        None where there is none.
    wanted : mapping, optional
        name -> method of `IndicatorCache`, alone or in a tuple with its settings:
        ``{"fast": ("ema", 10), "rsi": "rsi"}``. A method with several results gives a column for
        each: ``"bands": ("bollinger", 20, 2.0)`` gives ``bands_upper``, ``bands_mid`` and
        ``bands_lower``. By default each method once.

    Errors
    ------
    OPTION_UNKNOWN of a method that is none; else those of `IndicatorCache`.

    Examples
    --------
    >>> from pyengine import Candles
    >>> close = [1.0, 2.0, 4.0]
    >>> bars = Candles([0, 1, 2], close, close, close, close)
    >>> batch = precompute_indicators(bars, {"mean": ("sma", 2), "cross": ("macd", 1, 3, 3)})
    >>> batch[2]
    {'mean': 3.0, 'cross_line': 1.25, 'cross_signal': 0.75}
    """
    cache = IndicatorCache({"": {"": candles}})
    columns: dict[str, np.ndarray] = {}
    for name, asked in (DEFAULTS if wanted is None else wanted).items():
        method, *arguments = [asked] if isinstance(asked, str) else asked
        if method not in SINGLE and method not in PARTS:
            raise make_error(
                "OPTION_UNKNOWN", field=name, value=method, expected=" or ".join([*SINGLE, *PARTS])
            )
        found = getattr(cache, method)("", "", *arguments)
        if method in PARTS:
            for part, column in zip(PARTS[method], found, strict=True):
                columns[f"{name}_{part}"] = column
        else:
            columns[name] = found
    return IndicatorBatch(columns, len(candles))
