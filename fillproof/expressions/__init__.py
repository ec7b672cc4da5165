"""Strategies written as expressions, which every engine computes by itself, to the same bits.

An expression is a tree of frozen values: it computes nothing, is printed as the Python that makes
it, compared, hashed, pickled and written as JSON. `ExpressionStrategy` of a backend runs it. Read
`builders` for what there is; this package imports no engine.

Examples
--------
>>> from fillproof.expressions import ema
>>> ema(10).crosses_above(ema(50))
ema(10).crosses_above(ema(50))
"""

from __future__ import annotations

from fillproof.expressions.builders import (
    atr,
    between,
    bollinger,
    choppiness,
    close,
    constant,
    distance,
    dmi,
    ema,
    garch_volatility,
    high,
    highest,
    kalman_garch_zscore,
    kalman_mean,
    kalman_zscore,
    low,
    lowest,
    macd,
    maximum,
    minimum,
    open_,
    param,
    pips,
    r_multiple,
    roc,
    rsi,
    sma,
    spread,
    volume,
    weekday,
    where,
    zscore,
)
from fillproof.expressions.document import from_json, to_json
from fillproof.expressions.nodes import Condition, Expression, Level, Number
from fillproof.expressions.plan import Plan

__all__ = [
    "Condition",
    "Expression",
    "Level",
    "Number",
    "Plan",
    "atr",
    "between",
    "bollinger",
    "choppiness",
    "close",
    "constant",
    "distance",
    "dmi",
    "ema",
    "from_json",
    "garch_volatility",
    "high",
    "highest",
    "kalman_garch_zscore",
    "kalman_mean",
    "kalman_zscore",
    "low",
    "lowest",
    "macd",
    "maximum",
    "minimum",
    "open_",
    "param",
    "pips",
    "r_multiple",
    "roc",
    "rsi",
    "sma",
    "spread",
    "to_json",
    "volume",
    "weekday",
    "where",
    "zscore",
]
