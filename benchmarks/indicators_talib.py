"""Indicators of a backend against TA-Lib's C: values first, then times.

``python benchmarks/indicators_talib.py [BARS [BACKEND ...]]`` needs TA-Lib (``pip install
TA-Lib``), which is part of no other environment. Times are CPU time, the medians of rounds in which
the two take turns; both make their results anew each time: what is shared of indicators is let go
before. The ratio is Fillproof's over TA-Lib's.

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
#: No result may be further from TA-Lib's than this, relatively.
NEAR = 1e-9
#: Method and arguments of ours -> functions of TA-Lib that give the same.
CASES: dict[tuple[str, tuple[Any, ...]], tuple[str, ...]] = {
    ("ema", (10,)): ("EMA",),
    ("ema", (50,)): ("EMA",),
    ("sma", (20,)): ("SMA",),
    ("rsi", (14,)): ("RSI",),
    ("macd", (12, 26, 9)): ("MACD",),
    ("roc", (14,)): ("ROC",),
    ("dmi", (14,)): ("PLUS_DI", "MINUS_DI", "ADX"),
    ("bollinger", (20, 2.0)): ("BBANDS",),
    ("atr", (14,)): ("ATR",),
}
#: Those that take high, low and close.
OF_BARS = {"dmi", "atr"}


class Side:
    """The bars of one side, for both."""

    def __init__(self, backend: str, count: int) -> None:
        self.engine: Any = backends.load(backend)
        table = made_bars(count)[0]
        # TA-Lib copies what is not writable.
        self.arrays = tuple(np.array(a) for a in (table.high, table.low, table.close))
        self.data = {"M1": {"bid": table.to_candles(backend)}}

    def ours(self, method: str, arguments: tuple[Any, ...]) -> tuple[Any, float]:
        """Compute by a cache of its own; return the result and the seconds."""
        # Caches share what is known of the same numbers: each turn is to compute it.
        self.engine.release_memory()
        cache = self.engine.IndicatorCache(self.data)
        # The columns of a cache are its own once: TA-Lib is given arrays, too.
        cache.roc("M1", "bid", 1)
        compute = getattr(cache, method)
        began = time.process_time()
        found = compute("M1", "bid", *arguments)
        return found, time.process_time() - began

    def theirs(
        self, method: str, arguments: tuple[Any, ...], functions: tuple[str, ...]
    ) -> tuple[Any, float]:
        """Compute by TA-Lib; return the results and the seconds."""
        taken = self.arrays if method in OF_BARS else self.arrays[-1:]
        called = [getattr(talib, name) for name in functions]
        began = time.process_time()
        found = [function(*taken, *arguments) for function in called]
        spent = time.process_time() - began
        return (found[0] if isinstance(found[0], (list, tuple)) else found), spent


def difference(method: str, ours: Any, theirs: Any) -> float:
    """Return the largest relative difference of two results, where both have settled."""
    if isinstance(ours, np.ndarray):
        ours = (ours,)
    if method == "bollinger":
        # Over n - 1 for over n, about the same mean.
        factor = math.sqrt(20 / 19)
        theirs = [theirs[1] + (band - theirs[1]) * factor for band in theirs]
    worst = 0.0
    # The third result of MACD is the difference of the first two.
    for mine, its in zip(ours, theirs, strict=method != "macd"):
        apart = np.abs(mine - its)[SETTLED:]
        # What is itself a difference of prices is compared on the scale of those.
        scale = 1.0 if method == "macd" else np.maximum(np.abs(its[SETTLED:]), 1e-3)
        worst = max(worst, float(np.nanmax(apart / scale)))
    return worst


def measure(backend: str, count: int) -> list[list[str]]:
    """Compare and time every indicator on a backend; return the rows of the table."""
    side = Side(backend, count)
    rows = []
    for (method, arguments), functions in CASES.items():
        theirs = side.theirs(method, arguments, functions)[0]
        apart = difference(method, side.ours(method, arguments)[0], theirs)
        name = f"{method}({', '.join(map(str, arguments))})"
        if not apart < NEAR:
            raise AssertionError(f"{name}: {apart} from TA-Lib's: no time")
        times: tuple[list[float], list[float]] = ([], [])
        for turn in range(ROUNDS):
            gc.collect()
            for which in (turn % 2, 1 - turn % 2):
                spent = (
                    side.theirs(method, arguments, functions)
                    if which
                    else side.ours(method, arguments)
                )[1]
                times[which].append(spent)
        mine, its = (statistics.median(found) / count * 1e9 for found in times)
        ratio = f"{mine / its:.2f}"
        rows.append([backend, name, f"{apart:.0e}", f"{mine:.2f}", f"{its:.2f}", ratio])
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
