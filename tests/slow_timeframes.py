"""Higher timeframes by their definition, bar by bar: what the tests hold the fast ways against."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slow_visible(times: list[int], length: int, higher: list[int], higher_length: int) -> list[int]:
    """Which higher bar each bar sees: the last that ends no later than the bar, -1 for none."""
    found = []
    for time in times:
        closed = [
            place for place, opened in enumerate(higher) if opened + higher_length <= time + length
        ]
        found.append(max(closed, default=-1))
    return found


def slow_resample(rows: list[tuple[Any, ...]], minutes: int) -> list[tuple[Any, ...]]:
    """Bars of so many minutes by datetime arithmetic, one row at a time."""
    monday = datetime(1970, 1, 5, tzinfo=UTC)
    first = monday if minutes % 10080 == 0 else EPOCH
    buckets: dict[datetime, list[tuple[Any, ...]]] = {}
    for row in rows:
        since = (EPOCH + timedelta(microseconds=row[0])) - first
        whole = since // timedelta(minutes=minutes)
        buckets.setdefault(first + whole * timedelta(minutes=minutes), []).append(row)
    made = []
    for opened, inside in buckets.items():
        volume = 0.0
        for row in inside:
            volume += row[5]
        made.append(
            (
                (opened - EPOCH) // timedelta(microseconds=1),
                inside[0][1],
                max(row[2] for row in inside),
                min(row[3] for row in inside),
                inside[-1][4],
                volume,
            )
        )
    return made


def rows_of(table: Any) -> list[tuple[Any, ...]]:
    columns = (table.time_us, table.open, table.high, table.low, table.close, table.volume)
    return list(zip(*(column.tolist() for column in columns), strict=True))
