"""What the machine does in the same run: a loop in Python, and memory at its widest.

Times of two runs on two days differ by the machine's mood; their ratios to a loop that never
changes differ far less. The copy and the triad tell how near a time is to what memory allows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["bandwidth", "calibrate", "rounds_of"]

_STEPS = 100_000
#: Three columns of a million bars: more than fits into any cache near the processor.
_ROWS = 4_000_000


def calibrate(rounds: int = 5, timer: Callable[[], float] = time.process_time) -> float:
    """Return seconds that a fixed loop of plain Python takes, the best of some rounds.

    Examples
    --------
    >>> 0.0001 < calibrate(1) < 1.0
    True
    """
    return min(rounds_of(_loop, rounds, timer))


def _loop() -> None:
    total = 0
    for step in range(_STEPS):
        total = (total * 31 + step) & 0xFFFF


def rounds_of(
    run: Callable[[], Any], rounds: int, timer: Callable[[], float] = time.process_time
) -> list[float]:
    """Return seconds of each round."""
    found = []
    for _ in range(rounds):
        begun = timer()
        run()
        found.append(timer() - begun)
    return found


def bandwidth(rounds: int = 7, rows: int = _ROWS) -> dict[str, float]:
    """Measure bytes a second of a copy and of a triad over columns that stay allocated.

    Returns
    -------
    dict
        ``copy`` (8 bytes read, 8 written a row) and ``triad`` (``a = b + s * c``; 16 read and 8
        written, in numpy two passes: another 8 of each), best of the rounds.
    """
    b, c = np.ones(rows), np.ones(rows)
    a = np.zeros(rows)

    def triad() -> None:
        np.multiply(c, 3.0, out=a)
        np.add(a, b, out=a)

    copied = min(rounds_of(lambda: np.copyto(a, b), rounds, time.perf_counter))
    triads = min(rounds_of(triad, rounds, time.perf_counter))
    return {"copy": 16.0 * rows / copied, "triad": 40.0 * rows / triads}
