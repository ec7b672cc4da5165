"""Tables go in and out by the Arrow interface alone, whoever holds them."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fillproof import run_backtest
from fillproof.data import CandleTable, from_frame

from .helpers import BLOCK, EveryTenth, python, wave


def names(table: Any) -> list[str]:
    return [name for name in dir(table) if name.startswith("__arrow_c_")]


def result_of(backend_name: str) -> Any:
    bid, ask = wave(200)
    return run_backtest(bid, ask, EveryTenth(), symbol="EURUSD", backend=backend_name)


@pytest.mark.parametrize("name", ["signals", "trades", "fees", "equity", "ambiguous", "refusals"])
def test_every_table_of_a_result_is_read_by_all(name: str, backend_name) -> None:
    table = getattr(result_of(backend_name), name)
    assert "__arrow_c_stream__" in names(table)
    rows = table.to_pylist()
    assert pa.table(table) == table
    assert pl.DataFrame(table).to_dicts() == rows
    frame = pd.DataFrame.from_arrow(table)
    assert (list(frame.columns), len(frame)) == (table.column_names, len(rows))
    relation = duckdb.connect().from_arrow(table)
    assert relation.columns == table.column_names
    assert [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()] == rows


def test_a_result_itself_is_its_trades(backend_name) -> None:
    result = result_of(backend_name)
    assert pa.table(result) == result.trades
    assert pl.DataFrame(result).height == result.trades.num_rows == 20
    orders = pd.DataFrame.from_arrow(result)["order_id"].tolist()
    assert orders == result.trades["order_id"].to_pylist()
    connection = duckdb.connect()
    connection.register("trades", pa.table(result))
    (row,) = connection.sql("select count(*), sum(result) from trades").fetchall()
    assert row[0] == 20


def test_candle_tables_are_read_by_all() -> None:
    bid = wave(5)[0]
    table = pa.table(bid)
    assert table.schema.field("timestamp").type == pa.timestamp("us", tz="UTC")
    assert pl.DataFrame(bid)["close"].to_list() == bid.close.tolist()
    assert pd.DataFrame.from_arrow(bid)["close"].tolist() == bid.close.tolist()
    assert from_frame(table) == bid
    assert from_frame(pl.DataFrame(bid)) == bid
    assert from_frame(bid) == bid


class ArrayOnly:
    def __init__(self, table: pa.Table) -> None:
        self._batch = table.combine_chunks().to_batches()[0]

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self._batch.__arrow_c_array__(requested_schema)


class StreamOnly:
    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


def as_frame(name: str, bars: CandleTable) -> Any:
    table = pa.table(bars)
    if name == "pyarrow":
        return table
    if name == "batch":
        return table.combine_chunks().to_batches()[0]
    if name == "reader":
        return table.to_reader()
    if name == "pandas":
        return table.to_pandas()
    if name == "pandas index":
        return table.to_pandas().set_index("timestamp")
    if name == "polars":
        return pl.DataFrame(table)
    if name == "polars lazy":
        return pl.DataFrame(table).lazy().filter(pl.col("close") > 0).collect()
    if name == "duckdb":
        return duckdb.connect().from_arrow(table).order("timestamp")
    if name == "chunks":
        return pa.concat_tables([table.slice(0, 70), table.slice(70)])
    return {"array only": ArrayOnly, "stream only": StreamOnly}[name](table)


@pytest.mark.parametrize(
    "name",
    [
        "pyarrow", "batch", "reader", "pandas", "pandas index", "polars", "polars lazy", "duckdb",
        "chunks", "array only", "stream only",
    ],
)  # fmt: skip
def test_run_backtest_takes_whatever_has_the_interface(name: str, backend_name) -> None:
    bid, ask = wave(200)
    given = (as_frame(name, side) for side in (bid, ask))
    result = run_backtest(*given, EveryTenth(), symbol="EURUSD", backend=backend_name)
    assert result.digest == result_of(backend_name).digest


def test_no_frame_library_is_needed() -> None:
    """Nothing but pyarrow, which itself looks for pandas and does without."""
    done = python(
        BLOCK.format(blocked=["pandas", "polars", "duckdb", "tqdm"])
        + "from fillproof import data, run_backtest, signals_from\n"
        "pair = data.eurusd_h1_2017()\n"
        "given = lambda i, view: {'direction': 'buy', 'sl': 1.0} if i == 3 else None\n"
        "from fillproof import run_backtest_hybrid\n"
        "result = run_backtest_hybrid((pair.bid[:9], pair.ask[:9]), given, None, symbol='EURUSD',"
        " backend='python', keep_signals=True)\n"
        "print(len(signals_from(result.trade_signals, backend='python')), result.trades.num_rows)"
    )
    assert done.stdout.strip() == "1 1", done.stdout + done.stderr
