"""The digest: the exact bytes, and every value counted."""

from __future__ import annotations

import hashlib
import struct

import pyarrow as pa
import pytest

from fillproof.digest import TABLES, digest
from fillproof.errors import DigestError
from fillproof.tables import SCHEMAS, from_columns

EMPTY = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
FEES = {
    "time_us": [1, 2],
    "kind": ["entry_fee", "ü"],
    "amount": [0.5, 1e-05],
    "order_id": [7, None],
}


def with_fees(**changes: object) -> dict[str, pa.Table]:
    return {**EMPTY, "fees": from_columns("fees", {**FEES, **changes})}


def text(value: str) -> bytes:
    return struct.pack("<I", len(value.encode())) + value.encode()


def header(name: str, rows: int) -> bytes:
    return text(name) + struct.pack("<IQ", len(SCHEMAS[name]), rows)


def empty(name: str) -> bytes:
    kinds = {"int64": "i64", "double": "f64", "bool": "bool", "string": "str"}
    columns = b"".join(text(f.name) + text(kinds[str(f.type)]) for f in SCHEMAS[name])
    return header(name, 0) + columns


def test_bytes_are_those_of_the_format() -> None:
    fees = header("fees", 2)
    fees += text("time_us") + text("i64") + b"\x03" + struct.pack("<qq", 1, 2)
    fees += text("kind") + text("str") + b"\x03" + text("entry_fee") + text("ü")
    fees += text("amount") + text("f64") + b"\x03" + struct.pack("<dd", 0.5, 1e-05)
    fees += text("order_id") + text("i64") + b"\x01" + struct.pack("<qq", 7, 0)
    data = b"fillproof-digest-1\n" + empty("signals") + empty("trades") + fees + empty("equity")
    assert digest(with_fees()) == hashlib.blake2b(data, digest_size=32).hexdigest()


def test_booleans_and_absent_text() -> None:
    row = dict.fromkeys(SCHEMAS["trades"].names)
    values = {name: [None] * 9 for name in row} | {"ambiguous": [True, False, None] * 3}
    trades = from_columns("trades", values)
    parts = header("trades", 9)
    for field in SCHEMAS["trades"]:
        kind = {"int64": "i64", "double": "f64", "bool": "bool", "string": "str"}[str(field.type)]
        parts += text(field.name) + text(kind)
        if kind == "bool":
            # Rows 0, 1, 3, 4, 6, 7 are present, least significant bit first.
            parts += b"\xdb\x00" + bytes([1, 0, 0] * 3)
        else:
            parts += b"\x00\x00" + bytes(9 * (4 if kind == "str" else 8))
    data = b"fillproof-digest-1\n" + empty("signals") + parts + empty("fees") + empty("equity")
    expected = hashlib.blake2b(data, digest_size=32).hexdigest()
    assert digest({**EMPTY, "trades": trades}) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"amount": [0.5, 1.0000000000000002e-05]},
        {"order_id": [7, 0]},
        {"kind": ["entry_fee", ""]},
        {"kind": ["entry_fee", None]},
        {"time_us": [2, 1]},
    ],
)
def test_every_value_and_its_presence_counts(change: dict[str, object]) -> None:
    assert digest(with_fees(**change)) != digest(with_fees())


@pytest.mark.parametrize("value", [-0.0, float("nan"), -float("nan")])
def test_what_no_result_may_hold(value: float) -> None:
    with pytest.raises(DigestError) as caught:
        digest(with_fees(amount=[0.5, value]))
    assert caught.value.code == "NEGATIVE_ZERO"
    assert caught.value.field == "fees.amount"
    assert "row 1" in str(caught.value)


def test_chunks_do_not_count() -> None:
    whole = with_fees()["fees"]
    parts = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    assert digest({**EMPTY, "fees": parts}) == digest(with_fees())


def test_order_of_tables_is_fixed() -> None:
    assert TABLES == ("signals", "trades", "fees", "equity")
    assert digest(dict(reversed(with_fees().items()))) == digest(with_fees())
