"""Reads what users give for columns of signals, and says which row is wrong (I.columns)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import make_error

DIRECTION_EXPECTED = "1 (long), -1 (short) or 0 (no signal)"
TYPE_EXPECTED = "0 (market), 1 (limit) or 2 (stop)"
_ARROW = ("__arrow_c_array__", "__arrow_c_stream__")


def read_codes(values: object, field: str, code: str) -> np.ndarray:
    """Copy a column of small whole numbers; what is absent is 0.

    Errors
    ------
    SIGNAL_NOT_UNDERSTOOD, LENGTHS_DIFFER; the code given for what is no small whole number
    """
    given = as_array(values, field, "a column of whole numbers")
    if given.dtype.kind not in "iuf" and given.size:
        raise make_error(
            "SIGNAL_NOT_UNDERSTOOD", field=field, value=str(given.dtype),
            expected="a column of whole numbers",
        )  # fmt: skip
    check_flat(given, field)
    known = given
    if given.dtype.kind == "f":
        known = np.clip(np.where(np.isnan(given), 0.0, given), -128.0, 127.0)
    codes = known.astype("int8")
    if given.dtype != codes.dtype:
        lost = np.flatnonzero(np.greater(codes != given, given != given))
        if len(lost):
            row = int(lost[0])
            expected = DIRECTION_EXPECTED if field == "direction" else TYPE_EXPECTED
            raise make_error(code, bar=row, field=field, value=given[row].item(), expected=expected)
    codes.flags.writeable = False
    return codes


def read_prices(values: object, field: str) -> np.ndarray:
    """Read a column of prices, copied only where it must be.

    Errors
    ------
    SIGNAL_NOT_UNDERSTOOD, LENGTHS_DIFFER
    """
    expected = "a column of float64"
    given = as_array(values, field, expected)
    try:
        column = np.require(given, "float64", ["C", "A"]).view()
    except (TypeError, ValueError):
        raise make_error(
            "SIGNAL_NOT_UNDERSTOOD", field=field, value=str(given.dtype), expected=expected
        ) from None
    check_flat(column, field)
    column.flags.writeable = False
    return column


def as_array(values: object, field: str, expected: str) -> np.ndarray:
    """Read anything that numpy or Arrow knows as an array."""
    try:
        if not hasattr(values, "__array__") and any(hasattr(values, name) for name in _ARROW):
            import pyarrow as pa

            values = (pa.array if hasattr(values, _ARROW[0]) else pa.chunked_array)(values)
        return np.asarray(values)
    except (TypeError, ValueError):
        raise make_error(
            "SIGNAL_NOT_UNDERSTOOD", field=field, value=values, expected=expected
        ) from None


def check_flat(column: np.ndarray, field: str) -> None:
    """Refuse an array of more or less than one dimension."""
    if column.ndim != 1:
        raise make_error(
            "LENGTHS_DIFFER", field=field, value=column.shape, expected="one dimension"
        )


def check_lengths(rows: int, columns: Mapping[str, Any]) -> None:
    """Refuse columns that are not as long as the directions."""
    for field, column in columns.items():
        if column is not None and len(column) != rows:
            raise make_error(
                "LENGTHS_DIFFER", field=field, value=len(column),
                expected=f"{rows}, the rows of direction",
            )  # fmt: skip


def check_codes(directions: np.ndarray, kinds: np.ndarray | None) -> None:
    """Refuse the first unknown direction, then the first unknown type of a row with a signal."""
    unknown = np.flatnonzero((directions < -1) | (directions > 1))
    if len(unknown):
        row = int(unknown[0])
        raise make_error(
            "DIRECTION_UNKNOWN", bar=row, field="direction", value=int(directions[row]),
            expected=DIRECTION_EXPECTED,
        )  # fmt: skip
    if kinds is None:
        return
    unknown = np.flatnonzero((directions != 0) & ((kinds < 0) | (kinds > 2)))
    if len(unknown):
        row = int(unknown[0])
        raise make_error(
            "TYPE_UNKNOWN", bar=row, field="type", value=int(kinds[row]), expected=TYPE_EXPECTED
        )
