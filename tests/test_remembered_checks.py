"""A table keeps the candles of an engine, with their checks, where its numbers cannot change."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from fillproof import CandleError, backends, run_backtest
from fillproof.data import CandleTable, derive_ask, eurusd_h1_2017, read_csv

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
