"""The signals that all lists are made of; plain Python, for environments without Fillproof."""

from __future__ import annotations

import csv
from pathlib import Path

__all__ = ["STOP", "TARGET", "UNITS", "crosses", "read_bars"]

STOP, TARGET, UNITS = 0.0010, 0.0020, 10_000


def read_bars(path: str) -> dict[str, list[str]]:
    """Read a CSV of timestamp, open, high, low, close, volume as columns of text."""
    with Path(path).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [row[name] for row in rows] for name in rows[0]}


def crosses(closes: list[float], fast: int = 10, slow: int = 50) -> list[int]:
    """Say at each close whether the fast average went above (1) or below (-1) the slow one."""
    quick = late = closes[0]
    above: bool | None = None
    found = []
    for count, close in enumerate(closes):
        quick += (close - quick) * 2.0 / (fast + 1)
        late += (close - late) * 2.0 / (slow + 1)
        now = quick > late
        # The first values only settle the averages.
        found.append(0 if count < slow or now == above else 1 if now else -1)
        above = now
    return found
