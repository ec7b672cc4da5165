"""Signals in Arrow: ten columns, there and back, on every backend and in every frame library."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

import fillproof
from fillproof import (
    SIGNAL_SCHEMA,
    signals_from,
    signals_table,
)
from fillproof.errors import (
    CandleError,
    CandleTypeError,
    DataError,
    FillproofError,
    SignalError,
)
from fillproof.signal_table import COLUMNS

from .helpers import moment

NAN = float("nan")


def signal(backend: Any, **fields: Any) -> Any:
    given = {
        "direction": "long", "entry_price": None, "stop_loss": 1.09, "take_profit": None,
        "symbol": "EURUSD", "timestamp": moment(0), **fields,
    }  # fmt: skip
    return backend.TradeSignal(**given)


def several(backend: Any) -> list[Any]:
    zone = timezone(timedelta(hours=-5, minutes=-30))
    return [
        signal(backend),
        signal(
            backend, direction="short", entry_price=1.1, stop_loss=None, take_profit=1.05,
            type="limit", reason="fell", scenario="trend", symbol="ü/日",
            meta={"max_bars": 3, "oco": "a", "legs": [1, None, True, {"x": 0.1}]},
        ),
        signal(
            backend, type="stop", entry_price=1.2, reason="",
            timestamp=datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=zone),
        ),
    ]  # fmt: skip


def test_the_schema_is_that_of_the_specification() -> None:
    text, number = pa.string(), pa.float64()
    assert [(field.name, field.type, field.nullable) for field in SIGNAL_SCHEMA] == [
        ("direction", text, False),
        ("entry_price", number, True),
        ("stop_loss", number, True),
        ("take_profit", number, True),
        ("symbol", text, False),
        ("timestamp", pa.timestamp("us", tz="UTC"), False),
        ("type", text, False),
        ("reason", text, True),
        ("scenario", text, True),
        ("meta", text, False),
    ]


def test_there_and_back(backend, backend_name) -> None:
    signals = several(backend)
    table = signals_table(signals)
    assert table.schema.equals(SIGNAL_SCHEMA)
    table.validate(full=True)
    assert table["stop_loss"].to_pylist() == [1.09, None, 1.09]
    assert table["entry_price"].to_pylist() == [None, 1.1, 1.2]
    assert table["meta"].to_pylist() == [
        "{}", '{"legs":[1,null,true,{"x":0.1}],"max_bars":3,"oco":"a"}', "{}",
    ]  # fmt: skip
    assert table["timestamp"].cast(pa.int64()).to_pylist()[2] == 1_709_270_999_999_999
    again = signals_from(table, backend=backend_name)
    assert again == signals
    assert all(type(found) is backend.TradeSignal for found in again)
    assert signals_table(again) == table


def test_the_same_table_on_every_backend(backends) -> None:
    first, *others = [signals_table(several(module)) for module in backends.values()]
    assert all(other == first for other in others)


def test_no_signals() -> None:
    table = signals_table([])
    assert table.schema.equals(SIGNAL_SCHEMA)
    assert signals_from(table, backend="python") == []


def test_foreign_signals_and_tags() -> None:
    given = SimpleNamespace(
        direction="long", entry_price=Decimal("1.1"), stop_loss=np.float32(1.0), take_profit=2,
        symbol="X", timestamp=moment(1), type="market", reason=None, scenario=None, meta=None,
        tags=("left", "out"),
    )  # fmt: skip
    (found,) = signals_from(signals_table([given]), backend="python")
    assert (found.entry_price, found.stop_loss, found.take_profit) == (1.1, 1.0, 2.0)
    assert (found.meta, found.tags) == ({}, ())


@pytest.mark.parametrize(
    "name", ["pyarrow", "batch", "pandas", "polars", "duckdb", "parquet", "dictionary", "shuffled"]
)
def test_every_frame_library_hands_the_table_on(name: str, backend, backend_name, tmp_path) -> None:
    signals = several(backend)
    table = signals_table(signals)
    if name == "pyarrow":
        given: Any = table
    elif name == "batch":
        given = table.to_batches()[0]
    elif name == "pandas":
        given = table.to_pandas()
    elif name == "polars":
        given = pl.DataFrame(table)
    elif name == "duckdb":
        given = duckdb.connect().from_arrow(table)
    elif name == "parquet":
        pl.DataFrame(table).write_parquet(tmp_path / "signals.parquet")
        given = duckdb.connect().read_parquet(str(tmp_path / "signals.parquet"))
    elif name == "dictionary":
        coded = {name: table[name].dictionary_encode() for name in ("direction", "type", "symbol")}
        given = pa.table({**{name: table[name] for name in COLUMNS}, **coded})
    else:
        extra = table.append_column("size", pa.array([1, 2, 3]))
        given = extra.select([*reversed(COLUMNS), "size"])
    assert signals_from(given, backend=backend_name) == signals


def test_nanoseconds_that_are_whole_microseconds() -> None:
    table = signals_table(several(fillproof.python))
    finer = table["timestamp"].cast(pa.timestamp("ns", tz="Europe/Berlin"))
    given = table.set_column(5, "timestamp", finer)
    assert signals_from(given, backend="python") == several(fillproof.python)


class Word(str, enum.Enum):  # noqa: UP042 - as code of before 3.11 has it
    UP = "up"


class Size(enum.IntEnum):
    BIG = 3


HELD: list[tuple[Any, str]] = [
    ({}, "{}"),
    ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
    ({"x": 0.1 + 0.2, "y": 1e300, "z": -0.0}, '{"x":0.30000000000000004,"y":1e+300,"z":-0.0}'),
    ({"n": None, "t": True, "i": 2**70}, '{"i":1180591620717411303424,"n":null,"t":true}'),
    ({"l": (1, [2, ()])}, '{"l":[1,[2,[]]]}'),
    ({"numpy": [np.float64(0.5), np.int8(3), np.bool_(True), np.float32(0.5)]},
     '{"numpy":[0.5,3,true,0.5]}'),
    ({"é": "\n\"'", "tab": "\t"}, '{"tab":"\\t","é":"\\n\\"\'"}'),
    ({"m": MappingProxyType({"k": 1})}, '{"m":{"k":1}}'),
    ({"word": Word.UP, "size": Size.BIG}, '{"size":3,"word":"up"}'),
    ({"expires_at": datetime(2024, 1, 2, tzinfo=UTC)},
     '{"expires_at":"2024-01-02T00:00:00+00:00"}'),
]  # fmt: skip


@pytest.mark.parametrize(("meta", "text"), HELD)
def test_meta_that_json_holds(meta: Any, text: str, backend) -> None:
    table = signals_table([signal(backend, meta=meta)])
    assert table["meta"].to_pylist() == [text]
    back = signals_from(table, backend="python")
    assert signals_table(back) == table


endless: dict[str, Any] = {}
endless["again"] = endless

REFUSED: list[tuple[Any, str]] = [
    ({"a": NAN}, "meta.a"),
    ({"a": {"b": [0, float("inf")]}}, "meta.a.b[1]"),
    ({"a": np.float64("-inf")}, "meta.a"),
    ({"a": {1, 2}}, "meta.a"),
    ({"a": b"bytes"}, "meta.a"),
    ({"a": object()}, "meta.a"),
    ({"a": Decimal("1.1")}, "meta.a"),
    ({"a": date(2024, 1, 2)}, "meta.a"),
    ({"a": datetime(2024, 1, 2)}, "meta.a"),  # noqa: DTZ001
    ({"a": np.array([1.0])}, "meta.a"),
    ({"a": np.datetime64("2024-01-02T00:00:00.000000001")}, "meta.a"),
    ({"a": np.longdouble(1.0)}, "meta.a"),
    ({"a": 1j}, "meta.a"),
    ({"a": {1: 2}}, "a key of meta.a"),
    ({None: 2}, "a key of meta"),
    ({"a": "\ud800"}, "meta.a"),
    (endless, ".".join(["meta", *["again"] * 101])),
]


@pytest.mark.parametrize(("meta", "field"), REFUSED, ids=[field[:20] for _, field in REFUSED])
def test_meta_that_json_cannot_hold(meta: Any, field: str, backend) -> None:
    given = [signal(backend), signal(backend, meta=meta)]
    with pytest.raises(SignalError, match=r"^signal 2: ") as caught:
        signals_table(given)
    assert caught.value.code == "META_NOT_JSON"
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "value", "code", "kind"),
    [
        ("direction", "buy", "DIRECTION_UNKNOWN", SignalError),
        ("direction", None, "DIRECTION_UNKNOWN", SignalError),
        ("type", "stop_limit", "TYPE_UNKNOWN", SignalError),
        ("symbol", None, "SIGNAL_NOT_UNDERSTOOD", SignalError),
        ("symbol", 5, "SIGNAL_NOT_UNDERSTOOD", SignalError),
        ("reason", 5, "SIGNAL_NOT_UNDERSTOOD", SignalError),
        ("scenario", b"x", "SIGNAL_NOT_UNDERSTOOD", SignalError),
        ("stop_loss", "1.1", "SIGNAL_NOT_UNDERSTOOD", SignalError),
        ("entry_price", True, "SIGNAL_NOT_UNDERSTOOD", SignalError),
        ("meta", [1], "SIGNAL_NOT_UNDERSTOOD", SignalError),
        ("timestamp", None, "TIME_TYPE", CandleTypeError),
        ("timestamp", "2024-01-02", "TIME_TYPE", CandleTypeError),
        ("timestamp", datetime(2024, 1, 2), "TIME_NAIVE", CandleError),  # noqa: DTZ001
    ],
)
def test_what_is_no_signal_is_named(field: str, value: Any, code: str, kind: Any) -> None:
    values = dict(zip(COLUMNS, next(iter_rows()), strict=True)) | {field: value}
    with pytest.raises(kind, match=r"^signal 1: ") as caught:
        signals_table([SimpleNamespace(**values)])
    assert (caught.value.code, caught.value.field) == (code, field)


def iter_rows() -> Any:
    yield ("long", None, 1.0, None, "EURUSD", moment(0), "market", None, None, {})


@pytest.mark.parametrize("value", [None, {"direction": "long"}, 5])
def test_an_object_that_is_no_signal(value: object) -> None:
    with pytest.raises(SignalError) as caught:
        signals_table([value])
    assert caught.value.code == "SIGNAL_NOT_UNDERSTOOD"


def changed(**columns: Any) -> pa.Table:
    table = signals_table(several(fillproof.python))
    return pa.table({**{name: table[name] for name in COLUMNS}, **columns})


@pytest.mark.parametrize(
    ("columns", "code", "told"),
    [
        ({"direction": ["long", "up", "short"]}, "DIRECTION_UNKNOWN", "signal 2: direction"),
        ({"direction": ["long", None, "short"]}, "CELL_INVALID", "row 2: .* direction: None"),
        ({"type": ["market", "limit", "x"]}, "TYPE_UNKNOWN", "signal 3: type is 'x'"),
        ({"symbol": [None, "a", "b"]}, "CELL_INVALID", "row 1: .* symbol"),
        ({"meta": ["{}", "{", "{}"]}, "CELL_INVALID", "row 2: .* meta"),
        ({"meta": ["{}", "{}", "[1]"]}, "CELL_INVALID", "row 3: .* meta.*list at the top"),
        ({"meta": ["{}", '{"a":NaN}', "{}"]}, "CELL_INVALID", "row 2: .*NaN is no number"),
        ({"stop_loss": ["1.1", "x", None]}, "CELL_INVALID", "column stop_loss"),
        ({"timestamp": [datetime(2024, 1, 2)] * 3}, "TIME_NAIVE", "no time zone"),  # noqa: DTZ001
        ({"timestamp": [moment(0), None, moment(1)]}, "CELL_INVALID", "column timestamp"),
        ({"timestamp": [1, 2, 3]}, "CELL_INVALID", "column timestamp"),
    ],
)
def test_a_table_of_something_else_is_named(columns: Any, code: str, told: str) -> None:
    with pytest.raises(FillproofError, match=told) as caught:
        signals_from(changed(**columns), backend="python")
    assert caught.value.code == code


def test_columns_that_are_missing_and_notes_that_are_null() -> None:
    with pytest.raises(DataError, match="no column meta") as caught:
        signals_from(changed().drop_columns("meta"), backend="python")
    assert caught.value.code == "COLUMNS_MISSING"
    with pytest.raises(DataError) as caught:
        signals_from(5, backend="python")
    assert caught.value.code == "FILE_UNREADABLE"
    found = signals_from(changed(meta=[None, "", "{}"]), backend="python")
    assert [item.meta for item in found] == [{}, {}, {}]
