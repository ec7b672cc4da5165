"""What a process keeps for later runs, and how to let it go."""

from __future__ import annotations

from .indicators.shared import SHARED


def release_memory() -> None:
    """Let go of what was kept for later runs: results of indicators, on Rust long columns, too.

    Later runs make anew what they need; who holds a result keeps it.

    Examples
    --------
    >>> from pyengine import Candles, IndicatorCache
    >>> close = [1.0, 2.0, 4.0]
    >>> data = {"M1": {"bid": Candles([0, 1, 2], close, close, close, close)}}
    >>> mean = lambda: IndicatorCache(data).sma("M1", "bid", 2)
    >>> before = mean()
    >>> before is mean()
    True
    >>> release_memory()
    >>> before is mean(), before[1:].tolist() == mean()[1:].tolist()
    (False, True)
    """
    SHARED.clear()
