"""Made one-minute bars: the same numbers on every machine.

A random walk in whole ticks of 0.00001, drawn from numpy's PCG64 by one seed. Each bar opens at the
close before it, its extremes lie up to 8 ticks beyond open and close; the bid is the ask less 8
ticks. There are no gaps, no weekends and no crossed quotes: this is for time, not for rules. Steps
are as wide as makes some 4,300 trades of `market.Market.signals` in 1,000,000 bars, one at a time.
"""

from __future__ import annotations

import numpy as np

from fillproof.candle_table import fix
from fillproof.data import CandleTable, derive_bid

SEED = 20_240_101
WIDEST = 18
FIRST_US = 1_577_836_800_000_000  # 2020-01-01T00:00:00Z


def made_bars(count: int, seed: int = SEED) -> tuple[CandleTable, CandleTable]:
    """Make bid and ask.

    Parameters
    ----------
    count : int
        Number of bars.
    seed : int
        Another one makes another walk.

    Returns
    -------
    tuple of CandleTable
        Bid and ask.

    Examples
    --------
    >>> bid, ask = made_bars(2)
    >>> bid.close.tolist(), ask.close.tolist()
    ([1.10001, 1.10004], [1.10009, 1.10012])
    """
    random = np.random.Generator(np.random.PCG64(seed))
    # Pulled to 1.10 a little, so that a million steps stay far from zero.
    steps = random.integers(-WIDEST, WIDEST + 1, count)
    close = np.empty(count, dtype=np.int64)
    level = 110_000
    for i, step in enumerate(steps.tolist()):
        level += step - (level - 110_000) // 2_000
        close[i] = level
    opened = np.concatenate([[110_000], close[:-1]])
    high = np.maximum(opened, close) + random.integers(0, 9, count)
    low = np.minimum(opened, close) - random.integers(0, 9, count)
    time_us = FIRST_US + 60_000_000 * np.arange(count, dtype=np.int64)
    prices = [column / 1e5 for column in (opened, high, low, close)]
    fix(time_us, *prices)
    ask = CandleTable(time_us, *prices)
    return derive_bid(ask, 0.8, 0.0001, 5), ask
