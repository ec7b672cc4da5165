"""Indicators of a backend against TA-Lib's C: values first, then times.

``python benchmarks/indicators_talib.py [BARS [BACKEND ...]]`` needs TA-Lib (``pip install TA-Lib``),
which is part of no other environment. Times are CPU time, the medians of rounds in which the two
take turns; both make their results anew each time. The ratio is Fillproof's time over TA-Lib's.

Conventions differ in how a mean begins (TA-Lib: with the mean of the first values; here: with the
first), so values are compared where the beginning has died away. Their Bollinger bands take the
deviation over n, these over n - 1; TA-Lib's are scaled before they are compared.
"""

from __future__ import annotations

import gc
import math
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import talib

from fillproof import backends

try:
    from .made_bars import made_bars
except ImportError:
    from made_bars import made_bars  # type: ignore[no-redef]

ROUNDS = 15
#: What is left of another beginning after so many bars is below the last bit.
SETTLED = 5_000
#: Name -> arguments of ours -> TA-Lib's function of high, low and close.
PAIRS: dict[str, tuple[str, tuple[Any, ...], Callable[..., Any]]] = {
    "ema(10)": ("ema", (10,), lambda h, l, c: talib.EMA(c, 10)),
    "ema(50)": ("ema", (50,), lambda h, l, c: talib.EMA(c, 50)),
    "sma(20)": ("sma", (20,), lambda h, l, c: talib.SMA(c, 20)),
    "rsi(14)": ("rsi", (14,), lambda h, l, c: talib.RSI(c, 14)),
    "macd(12, 26, 9)": ("macd", (12, 26, 9), lambda h, l, c: talib.MACD(c, 12, 26, 9)[:2]),
    "roc(14)": ("roc", (14,), lambda h, l, c: talib.ROC(c, 14)),
    "dmi(14)": (
        "dmi",
        (14,),
        lambda h, l, c: (
            talib.PLUS_DI(h, l, c, 14),
            talib.MINUS_DI(h, l, c, 14),
            talib.ADX(h, l, c, 14),
        ),
    ),
    "bollinger(20, 2)": ("bollinger", (20, 2.0), lambda h, l, c: talib.BBANDS(c, 20, 2.0, 2.0)),
    "atr(14)": ("atr", (14,), lambda h, l, c: talib.ATR(h, l, c, 14)),
}


class Side:
    """The bars of one side, for both."""

    def __init__(self, backend: str, count: int) -> None:
        self.engine: Any = backends.load(backend)
        table = made_bars(count)[0]
        # TA-Lib copies what is not writable.
        self.arrays = tuple(np.array(a) for a in (table.high, table.low, table.close))
        self.data = {"M1": {"bid": self.engine.Candles(*table.columns())}}

    def ours(self, method: str, arguments: tuple[Any, ...]) -> tuple[Any, float]:
        """Compute by a cache of its own; return the result and the seconds."""
        cache = self.engine.IndicatorCache(self.data)
        # The columns of a cache are its own once: TA-Lib is given arrays, too.
        cache.roc("M1", "bid", 1)
        compute = getattr(cache, method)
        began = time.process_time()
        found = compute("M1", "bid", *arguments)
        return found, time.process_time() - began

    def theirs(self, function: Callable[..., Any]) -> tuple[Any, float]:
        """Compute by TA-Lib; return the result and the seconds."""
        began = time.process_time()
        found = function(*self.arrays)
        return found, time.process_time() - began


def difference(ours: Any, theirs: Any, name: str) -> float:
    """Return the largest relative difference of two results, where both have settled."""
    if isinstance(ours, np.ndarray):
        ours, theirs = (ours,), (theirs,)
    if name.startswith("bollinger"):
        # Over n - 1 for over n, about the same mean.
        factor = math.sqrt(20 / 19)
        theirs = tuple(theirs[1] + (band - theirs[1]) * factor for band in theirs)
    worst = 0.0
    for own, other in zip(ours, theirs, strict=True):
        own, other = own[SETTLED:], other[SETTLED:]
        # A difference of two prices is compared on the scale of what it is taken from.
        scale = 1.0 if name.startswith("macd") else np.abs(other)
        apart = np.abs(own - other) / np.maximum(scale, 1e-3)
        worst = max(worst, float(np.nanmax(apart)))
    return worst


def measure(backend: str, count: int) -> list[list[str]]:
    """Compare and time every indicator on a backend; return the rows of the table."""
    side = Side(backend, count)
    rows = []
    for name, (method, arguments, function) in PAIRS.items():
        apart = difference(side.ours(method, arguments)[0], side.theirs(function)[0], name)
        own: list[float] = []
        other: list[float] = []
        for turn in range(ROUNDS):
            gc.collect()
            for first in (turn % 2, 1 - turn % 2):
                if first:
                    own.append(side.ours(method, arguments)[1])
                else:
                    other.append(side.theirs(function)[1])
        mine, its = (statistics.median(times) / count * 1e9 for times in (own, other))
        rows.append(
            [backend, name, f"{apart:.0e}", f"{mine:.2f}", f"{its:.2f}", f"{mine / its:.2f}"]
        )
    return rows


def main(arguments: list[str]) -> None:
    """Print the table as Markdown."""
    count = int(arguments[0]) if arguments else 1_000_000
    head = ["backend", "indicator", "apart", "ns a value", "TA-Lib", "ratio"]
    rows = [row for name in arguments[1:] or ["rust"] for row in measure(name, count)]
    for row in (head, ["---", "---", *["---:"] * 4], *rows):
        sys.stdout.write("| " + " | ".join(row) + " |\n")
    sys.stdout.write(f"\n{count:,} made bars; TA-Lib {talib.__ta_version__.decode()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
