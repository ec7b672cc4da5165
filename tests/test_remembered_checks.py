"""A table keeps the candles of an engine, with their checks, where its numbers cannot change."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fillproof import CandleError, backends, run_backtest
from fillproof.candle_table import is_fixed
from fillproof.data import (
    CandleTable,
    derive_ask,
    eurusd_h1_2017,
    from_frame,
    read_csv,
    read_parquet,
)
from fillproof.frames import to_table

from .helpers import EveryTenth


def columns(bars: int = 60) -> list[np.ndarray]:
    price = 1.1 + np.arange(bars) * 1e-5
    return [np.arange(bars) * 60_000_000, price, price + 2e-5, price - 2e-5, price.copy()]


def taken(table: CandleTable) -> Any:
    return table.candles_of(backends.load("rust"))


def test_candles_of_arrays_that_nobody_can_write_to_are_kept(tmp_path: Any) -> None:
    own = columns()
    for array in own:
        array.flags.writeable = False
    path = tmp_path / "bars.csv"
    rows = [f"2024-01-02T00:{bar:02}:00Z,1.1,1.2,1.0,1.1" for bar in range(50)]
    path.write_text("\n".join(["timestamp,open,high,low,close", *rows]) + "\n")
    read = read_csv(path)
    pair = eurusd_h1_2017()
    lists = CandleTable(*(array.tolist() for array in columns()))
    for table in (CandleTable(*own), read, pair.bid, pair.ask, pair.bid[:500], lists,
                  derive_ask(read, 0.8, 0.0001, 5)):  # fmt: skip
        assert taken(table) is taken(table)
        assert np.shares_memory(taken(table).close, table.close)


def test_arrays_that_may_change_are_looked_at_in_each_run() -> None:
    own = columns()
    table = CandleTable(*own)
    assert taken(table) is not taken(table)
    assert own[4].flags.writeable
    for array in own[:4]:
        array.flags.writeable = False
    assert taken(table) is not taken(table)
    own[4].flags.writeable = False
    assert taken(table) is taken(table)
    base = np.array([columns()[1]])
    base.flags.writeable = False
    table = CandleTable(own[0], *[base[0]] * 4)
    assert taken(table) is taken(table)


def frames(kind: str) -> tuple[Any, dict[str, np.ndarray]]:
    """Make a frame over arrays of which the kinds without a copy of their own read the memory."""
    own = dict(zip(("time_us", "open", "high", "low", "close"), columns(), strict=True))
    if kind == "mapping":
        return own, own
    if kind == "float32":
        return {**own, "close": own["close"].astype(np.float32)}, own
    if kind == "chunks":
        half = {name: array[:30] for name, array in own.items()}
        rest = {name: array[30:] for name, array in own.items()}
        return pa.concat_tables([pa.table(half), pa.table(rest)]), own
    if kind == "pandas":
        return pytest.importorskip("pandas").DataFrame(own, copy=False), own
    if kind == "polars":
        return pytest.importorskip("polars").DataFrame(own), own
    return pa.table(own), own


KINDS = ("mapping", "float32", "chunks", "pandas", "polars", "pyarrow")


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_a_frame_is_its_own(kind: str) -> None:
    frame, own = frames(kind)
    table = from_frame(frame)
    assert all(map(is_fixed, table.columns()))
    assert taken(table) is taken(table)
    before = table.open.tolist()
    own["open"][:] = np.nan
    assert table.open.tolist() == before
    with pytest.raises(ValueError, match="read-only"):
        table.open[0] = 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_into_a_frame_counts_in_the_next_run(kind: str, backend_name: str) -> None:
    frame, own = frames(kind)

    def run() -> str:
        return run_backtest(
            frame, frame, EveryTenth(), symbol="EURUSD", backend=backend_name
        ).digest

    before = run()
    assert run() == before
    own["open"][10] = 9.0
    if to_table(frame)["open"][10].as_py() != 9.0:
        # The frame has memory of its own.
        assert run() == before
        return
    with pytest.raises(CandleError):
        run()


def test_columns_of_a_parquet_file_are_kept(tmp_path: Any) -> None:
    _, own = frames("mapping")
    path = tmp_path / "bars.parquet"
    parquet.write_table(pa.table(own), path)
    table = read_parquet(path)
    assert table.close.tolist() == own["close"].tolist()
    assert all(map(is_fixed, table.columns()))
    assert taken(table) is taken(table)
    assert np.shares_memory(taken(table).close, table.close)
    assert pickle.loads(pickle.dumps(table)) == table
    # Slices and what is derived from it, too.
    for other in (table[10:], derive_ask(table, 0.8, 0.0001, 5)):
        assert taken(other) is taken(other)


def test_a_column_that_was_put_in_anew_counts() -> None:
    table = eurusd_h1_2017().bid
    before = taken(table)
    table.close = table.open
    assert taken(table) is not before
    assert taken(table).close.tolist() == table.open.tolist()


def test_a_fault_that_was_written_into_the_arrays_is_found(backend_name) -> None:
    bids, asks = columns(), [array.copy() for array in columns()]
    bid, ask = CandleTable(*bids), CandleTable(*asks)
    digests = set()
    for _ in range(3):
        done = run_backtest(bid, ask, EveryTenth(), symbol="EURUSD", backend=backend_name)
        digests.add(done.digest)
    assert len(digests) == 1
    bids[1][10] = np.nan
    with pytest.raises(CandleError):
        run_backtest(bid, ask, EveryTenth(), symbol="EURUSD", backend=backend_name)


def test_a_table_is_sent_without_what_engines_made_of_it() -> None:
    table = eurusd_h1_2017().bid
    bare = len(pickle.dumps(table))
    kept = taken(table)
    assert len(pickle.dumps(table)) == bare
    again = pickle.loads(pickle.dumps(table))
    assert again == table
    assert taken(again) is not kept
