"""Thins equity curves for a report: ends, extremes and the first parting stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

__all__ = ["thin"]


def thin(
    time_us: Sequence[int], sides: Mapping[str, Sequence[float | None]], points: int = 2000
) -> dict[str, Any] | None:
    """Choose rows of equity for the report.

    Parameters
    ----------
    time_us
        Opening time of each bar, microseconds since 1970.
    sides
        Equity by label, in the currency of the account, row by row beside `time_us`; a side that
        ended early may be shorter. A value that is no number counts as absent.
    points
        How many rows to keep, about; never more, but for the rows around the first difference.

    Returns
    -------
    dict or None
        `time_us` and `sides` as the report has them: the first and last row, the extremes of each
        side and of the difference within each stretch, and the first row that differs with the one
        before it. None where there is no row or no side.

    Raises
    ------
    ValueError
        `points` is below 10, or a side has more rows than `time_us`.

    Examples
    --------
    >>> curve = [10000.0 + row % 7 for row in range(50_000)]
    >>> other = curve[:]
    >>> other[31_234] -= 0.001
    >>> few = thin(list(range(50_000)), {"python": curve, "rust": other})
    >>> len(few["time_us"]) <= 2002, 31_234 in few["time_us"]
    (True, True)
    """
    import numpy as np

    if points < 10:
        raise ValueError(f"points is {points}; expected at least 10")
    rows = len(time_us)
    columns = []
    for label, values in sides.items():
        if len(values) > rows:
            raise ValueError(f"{label} has {len(values)} rows of equity, time_us only {rows}")
        column = np.full(rows, np.nan)
        column[: len(values)] = np.array(values, dtype=float)
        column[~np.isfinite(column)] = np.nan
        columns.append(column)
    if not rows or not columns:
        return None
    keep = set(range(rows)) if rows <= points else _chosen(columns, points)
    first = _first_difference(columns)
    if first is not None:
        keep |= {max(0, first - 1), first}
    chosen = sorted(keep)
    return {
        "time_us": [int(time_us[row]) for row in chosen],
        "sides": {
            label: [None if np.isnan(column[row]) else float(column[row]) for row in chosen]
            for label, column in zip(sides, columns, strict=True)
        },
    }


def _chosen(columns: list[Any], points: int) -> set[int]:
    """Take from each stretch of rows the lowest and highest of every curve."""
    import numpy as np

    rows = len(columns[0])
    curves = [*columns, *(column - columns[0] for column in columns[1:])]
    stretches = max(1, (points - 2) // (2 * len(curves)))
    edges = np.linspace(0, rows, stretches + 1).astype(int)
    keep = {0, rows - 1}
    for start, end in pairwise(edges):
        for curve in curves:
            part = curve[start:end]
            if part.size and not np.isnan(part).all():
                keep |= {int(start + np.nanargmin(part)), int(start + np.nanargmax(part))}
    return keep


def _first_difference(columns: list[Any]) -> int | None:
    import numpy as np

    reference = columns[0]
    found = [
        np.flatnonzero((column != reference) & ~(np.isnan(column) & np.isnan(reference)))
        for column in columns[1:]
    ]
    rows = [int(places[0]) for places in found if places.size]
    return min(rows) if rows else None
