"""One digest over the tables of a run: 32 bytes that are equal exactly if every value is.

The bytes that go in, in this order: ``fillproof-digest-1`` and a line feed; for each table its
name, the count of columns (u32) and rows (u64); for each column its name, its type, a bitmap of
the present values (least significant bit first) and the values: integers and floats as their 8
bytes, booleans as one, text with its length (u32) in front. All numbers little-endian, all names
as u32 length and UTF-8, an absent value is zero bytes or length 0. The hash is BLAKE2b of 32
bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fillproof.errors import DigestError

if TYPE_CHECKING:
    import pyarrow as pa

HEADER = b"fillproof-digest-1\n"
#: The order in which tables go in.
TABLES = ("signals", "trades", "fees", "equity")


def digest(tables: Mapping[str, pa.Table], names: Sequence[str] = TABLES) -> str:
    """Hash the tables of a run.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        ``signals``, ``trades``, ``fees``, ``equity``, with the columns of `fillproof.tables`.
    names : sequence of str, optional
        Other tables in their place.

    Returns
    -------
    str
        64 hex digits.

    Raises
    ------
    DigestError
        ``NEGATIVE_ZERO``: a float is -0.0 or NaN, which no result may hold (N4).

    Examples
    --------
    >>> from fillproof.tables import SCHEMAS
    >>> digest({name: schema.empty_table() for name, schema in SCHEMAS.items()})[:16]
    'd014186b0fc73acc'
    """
    hasher = hashlib.blake2b(HEADER, digest_size=32)
    for name in names:
        table = tables[name]
        hasher.update(_text(name))
        hasher.update(table.num_columns.to_bytes(4, "little"))
        hasher.update(table.num_rows.to_bytes(8, "little"))
        for column in table.column_names:
            kind = _TYPES[str(table.schema.field(column).type)]
            hasher.update(_text(column))
            hasher.update(_text(kind))
            for part in _column(f"{name}.{column}", kind, table.column(column)):
                hasher.update(part)
    return hasher.hexdigest()


_TYPES = {"int64": "i64", "double": "f64", "bool": "bool", "string": "str"}


def _text(value: str) -> bytes:
    encoded = value.encode()
    return len(encoded).to_bytes(4, "little") + encoded


def _column(name: str, kind: str, column: pa.ChunkedArray) -> tuple[bytes, bytes]:
    """Return the bitmap and the values of one column as bytes."""
    import numpy as np

    present = column.is_valid().to_numpy()
    bitmap = np.packbits(present, bitorder="little").tobytes()
    if kind == "str":
        return bitmap, b"".join(
            bytes(4) if value is None else _text(value) for value in column.to_pylist()
        )
    filled = column.fill_null(False if kind == "bool" else 0).to_numpy()
    if kind == "f64":
        _refuse_unclean(name, filled, present)
    width = {"i64": "<i8", "f64": "<f8", "bool": "u1"}[kind]
    return bitmap, np.ascontiguousarray(filled, dtype=width).tobytes()


def _refuse_unclean(name: str, values: Any, present: Any) -> None:
    import numpy as np

    unclean = present & (np.isnan(values) | (np.signbit(values) & (values == 0.0)))
    if unclean.any():
        row = int(unclean.argmax())
        raise DigestError(
            f"{name}: {values[row]!s} in row {row}; a result holds neither -0.0 nor NaN",
            code="NEGATIVE_ZERO",
            field=name,
            value=str(values[row]),
            expected="a number other than -0.0 and NaN",
        )
