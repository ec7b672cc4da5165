"""No engine at all: one loop compiled by numba, equity at every bar, no gaps, no costs but fees."""

from __future__ import annotations

from typing import Any

import numpy as np
from serving import (
    CASH,
    FAST,
    FEE_PER_TRADE,
    PIP,
    SLOW,
    STOP_PIPS,
    TARGET_PIPS,
    UNITS,
    Prepare,
    serve,
)  # fmt: skip


def load() -> Prepare:
    from numba import njit

    @njit  # type: ignore[untyped-decorator]
    def loop(close: Any, high: Any, low: Any, ask: Any, equity: Any) -> Any:
        a, b = 2.0 / (FAST + 1), 2.0 / (SLOW + 1)
        fast = slow = close[0]
        cash, side, entry, stop, target, trades = CASH, 0, 0.0, 0.0, 0.0, 0
        for i in range(close.size):
            was_fast, was_slow = fast, slow
            fast = a * close[i] + (1.0 - a) * fast
            slow = b * close[i] + (1.0 - b) * slow
            if side == 0 and was_fast <= was_slow and fast > slow:
                side, entry = 1, ask[i]
                stop, target = entry - STOP_PIPS * PIP, entry + TARGET_PIPS * PIP
            elif side == 0 and was_fast >= was_slow and fast < slow:
                side, entry = -1, close[i]
                stop, target = entry + STOP_PIPS * PIP, entry - TARGET_PIPS * PIP
            elif side != 0:
                left = 0.0
                if (side > 0 and low[i] <= stop) or (side < 0 and high[i] >= stop):
                    left = stop
                elif (side > 0 and high[i] >= target) or (side < 0 and low[i] <= target):
                    left = target
                if left > 0.0:
                    cash += side * (left - entry) * UNITS - FEE_PER_TRADE
                    side, trades = 0, trades + 1
            equity[i] = cash + side * (close[i] - entry) * UNITS
        return trades

    def prepare(columns: dict[str, Any]) -> Any:
        equity = np.empty(len(columns["bid_close"]))
        given = [columns[name] for name in ("bid_close", "bid_high", "bid_low", "ask_close")]

        def run() -> tuple[int, float]:
            return loop(*given, equity), float(equity[-1])

        return run

    return prepare


serve("numba", load)
