"""Candles from files and frames: what is read is exact, what cannot be read is named."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from fillproof import data, loaders
from fillproof.errors import CandleError, ConfigError, DataError

from .helpers import BLOCK, MINUTE_US, START_US, python, wave

HEADER = "timestamp,open,high,low,close"
ROW = "2020-01-01T00:00:00Z,1.1,1.2,1.0,1.15"


def file(tmp_path: Path, *lines: str, name: str = "bars.csv") -> Path:
    path = tmp_path / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


@pytest.mark.parametrize(
    "time",
    [
        "2020-01-01T00:00:00Z",
        "2020-01-01 00:00:00+00:00",
        "2020-01-01T02:00:00+02:00",
        "2019-12-31 19:00:00-0500",
        "2020-01-01T00:00:00.000000+00:00",
    ],
)
def test_times_with_an_offset(tmp_path: Path, time: str) -> None:
    table = data.read_csv(file(tmp_path, HEADER, ROW.replace("2020-01-01T00:00:00Z", time)))
    assert table.time_us.tolist() == [START_US]
    assert (table.open[0], table.high[0], table.low[0], table.close[0]) == (1.1, 1.2, 1.0, 1.15)
    assert table.volume.tolist() == [0.0]


@pytest.mark.parametrize(("unit", "factor"), [("s", 1), ("ms", 1000), ("us", 10**6), ("ns", 10**9)])
def test_whole_numbers_with_a_unit(tmp_path: Path, unit: str, factor: int) -> None:
    row = ROW.replace("2020-01-01T00:00:00Z", str(1577836800 * factor))
    assert data.read_csv(file(tmp_path, HEADER, row), time_unit=unit).time_us[0] == START_US


def test_columns_in_any_order_and_case_with_volume_and_others(tmp_path: Path) -> None:
    table = data.read_csv(
        file(
            tmp_path,
            "Volume, close ,LOW,High,open,TIMESTAMP,note",
            "5,1.15,1,1.2,1.1,2020-01-01 00:00Z,x",
        )
    )
    assert table.volume[0] == 5.0
    assert table.close[0] == 1.15


def test_prices_are_the_nearest_floats(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    values = random.random(500) * 10.0 ** random.integers(-5, 6, 500)
    numbers = [repr(x) for x in values.tolist()]
    rows = [f"{START_US + i},{x},{x},{x},{x}" for i, x in enumerate(numbers)]
    table = data.read_csv(file(tmp_path, HEADER, *rows), time_unit="us")
    assert table.open.tolist() == [float(x) for x in numbers]


@pytest.mark.parametrize(
    ("lines", "code", "told"),
    [
        ([], "FILE_EMPTY", "no bars"),
        ([HEADER], "FILE_EMPTY", "no bars"),
        (["timestamp,open,high,close", "x,1,1,1"], "COLUMNS_MISSING", "no column low; found"),
        (["a;b", "1;2"], "COLUMNS_MISSING", "found a;b"),
        ([HEADER + ",Open", ROW + ",1"], "COLUMNS_MISSING", "open stands there twice"),
        ([HEADER, ROW, ROW.replace("1.2", "1.2x")], "CELL_INVALID", "row 2: |column high: '1.2x'"),
        (
            [HEADER, ROW, ROW.replace("1.2", "")],
            "CELL_INVALID",
            "row 2: |column high: an empty cell",
        ),
        ([HEADER, ROW.replace("1.2", "1_2")], "CELL_INVALID", "row 1: |column high: '1_2'"),
        ([HEADER, "yesterday" + ROW[20:]], "CELL_INVALID", "column timestamp: 'yesterday'"),
        ([HEADER, "1577836800" + ROW[20:]], "CELL_INVALID", "with time_unit="),
        ([HEADER, ROW, ROW + ",7"], "FILE_UNREADABLE", "Expected 5 columns, got 6"),
        ([HEADER, ROW, "2020-01-01T00:01:00" + ROW[20:]], "TIME_NAIVE", "row 2, column timestamp"),
    ],
)
def test_faults_are_told_with_file_row_and_value(
    tmp_path: Path, lines: list[str], code: str, told: str
) -> None:
    path = file(tmp_path, *lines)
    with pytest.raises((DataError, CandleError)) as caught:
        data.read_csv(path)
    assert caught.value.code == code
    for part in told.split("|"):
        assert part in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_cell_errors_carry_their_place(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        data.read_csv(file(tmp_path, HEADER, ROW, ROW.replace("1.15", "?")))
    error = caught.value
    assert (error.bar, error.field, error.value) == (2, "close", "?")


def test_times_that_do_not_fit_their_unit(tmp_path: Path) -> None:
    path = file(tmp_path, HEADER, "1577836800000000001" + ROW[20:])
    for unit, told in (("ns", "whole microseconds"), ("s", "fits 64 bits")):
        with pytest.raises(DataError, match=told):
            data.read_csv(path, time_unit=unit)
    with pytest.raises(DataError, match="a whole number of s"):
        data.read_csv(file(tmp_path, HEADER, ROW), time_unit="s")
    with pytest.raises(ConfigError, match="expected one of s, ms, us, ns"):
        data.read_csv(path, time_unit="days")


@pytest.mark.parametrize("name", ["none.csv", "none.parquet"])
def test_no_such_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="no such file") as caught:
        data.read_file(tmp_path / name)
    assert caught.value.code == "FILE_UNREADABLE"


def test_bytes_that_are_no_text_or_no_parquet(tmp_path: Path) -> None:
    for name in ("bars.csv", "bars.parquet"):
        path = tmp_path / name
        path.write_bytes(b"\xff\xfe\x00\x01\n\x80")
        with pytest.raises(DataError) as caught:
            data.read_file(path)
        assert caught.value.code == "FILE_UNREADABLE"
    (tmp_path / "empty.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="no bars"):
        data.read_parquet(tmp_path / "empty.parquet")


def arrow(table: data.CandleTable, time: object = None) -> pa.Table:
    if time is None:
        time = pa.array(table.time_us).cast(pa.timestamp("us", tz="UTC"))
    prices = {name: getattr(table, name) for name in ("open", "high", "low", "close", "volume")}
    return pa.table({"timestamp": time, **prices})


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "+02:00"])
def test_parquet_and_arrow_times(tmp_path: Path, unit: str, zone: str) -> None:
    _, ask = wave(50)
    table = arrow(
        ask, pa.array(ask.time_us).cast(pa.timestamp("us", "UTC")).cast(pa.timestamp(unit, zone))
    )
    assert data.from_frame(table) == ask
    parquet.write_table(table, tmp_path / "bars.parquet")
    assert data.read_file(tmp_path / "bars.parquet") == ask


def test_arrow_text_integers_floats_and_decimals() -> None:
    _, ask = wave(20)
    text = arrow(ask, pa.array([f"{1577836800 + 60 * i}" for i in range(20)]))
    assert data.from_frame(text, time_unit="s") == ask
    assert data.from_frame(arrow(ask, pa.array(ask.time_us // 10**6)), time_unit="s") == ask
    decimals = [
        pa.array([f"{x:.5f}" for x in getattr(ask, n).tolist()]).cast(pa.decimal128(12, 5))
        for n in ("open", "high", "low", "close")
    ]
    table = pa.table([arrow(ask).column("timestamp"), *decimals], names=HEADER.split(","))
    assert data.from_frame(table) == ask


def test_arrow_naive_integer_and_null() -> None:
    _, ask = wave(3)
    with pytest.raises(CandleError, match="no time zone") as caught:
        data.from_frame(arrow(ask, pa.array(ask.time_us).cast(pa.timestamp("us"))))
    assert caught.value.code == "TIME_NAIVE"
    with pytest.raises(DataError, match="time_unit="):
        data.from_frame(arrow(ask, pa.array(ask.time_us)))
    hole = arrow(ask).set_column(3, "low", pa.array([1.0, None, 1.0]))
    with pytest.raises(DataError, match=r"^row 2: .*column low: an empty cell"):
        data.from_frame(hole)


def test_numpy_by_name_and_structured() -> None:
    bid, _ = wave(10)
    named = {
        name: getattr(bid, name) for name in ("time_us", "open", "high", "low", "close", "volume")
    }
    assert data.from_frame(named) == bid
    kinds = [(name, "i8" if name == "time_us" else "f8") for name in named]
    structured = np.empty(10, dtype=kinds)
    for name, column in named.items():
        structured[name] = column
    assert data.from_frame(structured) == bid
    named["timestamp"] = named.pop("time_us").astype("datetime64[us]")
    with pytest.raises(CandleError, match="no zone"):
        data.from_frame(named)


def test_pandas_and_polars() -> None:
    _, ask = wave(30)
    frame = arrow(ask).to_pandas()
    assert data.from_frame(frame) == ask
    assert data.from_frame(frame.set_index("timestamp")) == ask
    assert isinstance(frame, pd.DataFrame)
    assert data.from_frame(pl.from_arrow(arrow(ask))) == ask


def test_no_frame_at_all() -> None:
    with pytest.raises(DataError, match="no frame"):
        data.from_frame(42)


def test_table_is_read_only_and_leaves_the_arrays_of_the_caller_alone() -> None:
    price = np.array([1.1, 1.2])
    table = data.CandleTable(np.array([0, 1]), price, price, price, price)
    price[0] = 9.0
    with pytest.raises(ValueError, match="read-only"):
        table.open[0] = 1.0
    with pytest.raises(DataError, match="column low has the shape"):
        data.CandleTable([0], [1.0], [1.0], [1.0, 2.0], [1.0])
    assert repr(table) == "CandleTable(2 bars)"
    assert table != 1


def test_candles_of_a_backend_share_the_columns(backend_name) -> None:
    _, ask = wave(5)
    candles = ask.to_candles(backend_name)
    assert len(candles) == 5
    assert candles.close.tolist() == ask.close.tolist()
    assert np.shares_memory(candles.close, ask.close)


def test_derived_sides_are_snapped_and_mirror_each_other() -> None:
    price = np.arange(100_000, 130_000) / 1e5
    ask = data.CandleTable(np.arange(30_000), price, price, price, price)
    bid = data.derive_bid(ask, 0.8, 0.0001, 5)
    assert bid.close.tolist() == [(n - 8) / 1e5 for n in range(100_000, 130_000)]
    assert data.derive_ask(bid, 0.8, 0.0001, 5) == ask
    assert data.derive_bid(ask, 0.0, 0.0001, 5) == ask
    unsnapped = data.derive_bid(ask, 0.8, 0.0001, None).close
    assert unsnapped.tolist() == [x - 0.8 * 0.0001 for x in price.tolist()]


@pytest.mark.parametrize("digits", [0, 2, 5, 15])
def test_columns_are_snapped_like_the_engines_numbers(digits: int) -> None:
    from pyengine.arithmetic import snap

    random = np.random.default_rng(11)
    values = random.normal(size=2000) * 10.0 ** random.integers(-8, 12, 2000)
    values = np.concatenate([values, [0.0, -0.0, 0.125, -0.125, 1e300, np.nan, -4e-6]])
    table = data.CandleTable(np.arange(len(values)), values, values, values, values)
    snapped = data.derive_bid(table, 0.0, 1.0, digits).close
    wanted = np.array([snap(x, digits) for x in values.tolist()])
    assert snapped.tobytes() == wanted.tobytes()


def test_embedded_candles() -> None:
    pair = data.eurusd_h1_2017()
    assert (len(pair.bid), pair.symbol, pair.timeframe) == (6225, "EURUSD", "H1")
    assert pair.bid.time_us.tolist() == pair.ask.time_us.tolist()
    assert set(np.round((pair.ask.close - pair.bid.close) * 1e5).tolist()) == {8.0}
    assert "0.8 pip" in pair.note


def test_default_specifications(backend_name) -> None:
    euro = data.default_spec("EURUSD", backend_name)
    yen = data.default_spec("USDJPY", backend_name)
    assert (euro.pip_size, euro.digits, euro.contract_size) == (0.0001, 5, 100000.0)
    assert (yen.pip_size, yen.digits) == (0.01, 3)
    for name in ("eurusd", "DAX", "EURUSD.x", "ABC123"):
        with pytest.raises(ConfigError) as caught:
            data.default_spec(name, backend_name)
        assert caught.value.code == "SPEC_REQUIRED"


def test_loading_needs_no_frame_library() -> None:
    code = BLOCK.format(blocked=["pandas", "polars"])
    code += "import fillproof.data as d; print(len(d.eurusd_h1_2017().bid))"
    done = python(code)
    assert done.stdout.strip() == "6225", done.stderr


def test_spacing_of_bars_is_minutes_here() -> None:
    bid, _ = wave(3)
    assert np.diff(bid.time_us).tolist() == [MINUTE_US] * 2


@pytest.mark.parametrize("frame", [{"open": 1}, {"open": [1], "close": [1, 2]}, {"a": [object()]}])
def test_a_mapping_that_is_no_table(frame: Any) -> None:
    with pytest.raises(DataError, match="this dict is no table to Arrow") as caught:
        data.from_frame(frame)
    assert caught.value.code == "FILE_UNREADABLE"


ROWS = st.lists(
    st.tuples(
        st.integers(-(10**15), 10**15),
        *[st.floats(allow_nan=False, allow_infinity=False)] * 4,
        st.integers(0, 10**12),
    ),
    min_size=1,
    max_size=30,
)


@settings(deadline=None)
@given(rows=ROWS, unit=st.sampled_from(["s", "ms", "us"]), end=st.sampled_from(["\n", "\r\n"]))
def test_a_plain_file_reads_as_its_text_does(rows: Any, unit: str, end: str) -> None:
    lines = ["Timestamp,open,high,low,close,Volume,note"]
    lines += [",".join([*map(repr, row), '"a, b"']) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bars.csv")
        path.write_bytes(end.join(lines).encode())
        names = lines[0].split(",")
        plain = loaders._plain(path, names, unit)
        with patch.object(loaders, "_plain", return_value=None):
            read = partial(data.read_csv, path, time_unit=unit)
            if plain is None:
                # Only what does not fit is left to the other way.
                with pytest.raises(DataError):
                    read()
            else:
                assert read() == plain


@pytest.mark.parametrize("block", [1, 7, 64, 1_000])
def test_blocks_of_a_file_are_whole_lines(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaders, "_BLOCK", block)
    path = file(tmp_path, HEADER, *[ROW] * 40)
    assert len(data.read_csv(path)) == 40
    assert b"\n".join(loaders._blocks(path)).split() == [ROW.encode()] * 40
