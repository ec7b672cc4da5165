"""Columns that begin at any byte, as they come out of messages and packed records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np


def unaligned(values: np.ndarray) -> np.ndarray:
    raw = b"\0" + values.tobytes()
    found = np.frombuffer(raw, dtype=np.uint8)[1:].view(values.dtype)
    assert not found.flags.aligned
    return found


def test_unaligned_columns_of_candles_are_read_as_others(backend: Any) -> None:
    times = np.arange(5, dtype=np.int64) * 60_000_000
    close = np.array([1.1, 1.2, 1.3, 1.2, 1.1])
    columns = [times, close, close + 0.1, close - 0.1, close]
    found = backend.Candles(*(unaligned(column) for column in columns))
    assert list(found) == list(backend.Candles(*columns))
    assert found.close.flags.aligned
    assert found[1].timestamp == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)


def test_unaligned_columns_of_signals_are_read_as_others(backend: Any) -> None:
    direction = np.array([0, 1, 0, -1, 0], dtype=np.int64)
    stop = np.array([np.nan, 1.0, np.nan, 1.4, np.nan])
    found = backend.ColumnStrategy(unaligned(direction), stop=unaligned(stop))
    assert found == backend.ColumnStrategy(direction, stop=stop)


def test_a_band_of_nothing_is_no_value(backend: Any) -> None:
    """A stepwise indicator shows NaN until its window is full, leading gaps included."""
    times = np.arange(6, dtype=np.int64) * 60_000_000
    close = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    candles = [None, None, *backend.Candles(times, close, close, close, close)]
    data = {"M1": {"bid": candles, "ask": candles}}
    _, middle, _ = (
        np.asarray(line) for line in backend.IndicatorCache(data).bollinger_stepwise("M1", "bid", 3)
    )
    assert np.isnan(middle[:4]).all()
    assert middle[4] == 2.0
