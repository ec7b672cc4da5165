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
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fillproof.errors import DigestError

if TYPE_CHECKING:
    import pyarrow as pa

    from fillproof.tables import ColumnByColumn

HEADER = b"fillproof-digest-1\n"
# Values that are looked at at a time, so that what is found out of them takes no room.
_BLOCK = 1 << 13
#: The order in which tables go in.
TABLES = ("signals", "trades", "fees", "equity")


def digest(tables: Mapping[str, pa.Table | ColumnByColumn], names: Sequence[str] = TABLES) -> str:
    """Hash the tables of a run.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
        ``signals``, ``trades``, ``fees``, ``equity``, with the columns of `fillproof.tables`; or
        what gives those one by one.
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
            _add(hasher, _column(f"{name}.{column}", kind, table.column(column)))
    return hasher.hexdigest()


_TYPES = {"int64": "i64", "double": "f64", "bool": "bool", "string": "str"}


def _add(hasher: Any, parts: Iterator[Any]) -> None:
    """Hash one part after the other; none is held any more while the next column is made."""
    for part in parts:
        hasher.update(part)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return len(encoded).to_bytes(4, "little") + encoded


def _column(name: str, kind: str, column: pa.ChunkedArray) -> Iterator[Any]:
    """Give the bitmap and the values of one column, as bytes or as memory that holds them."""
    import numpy as np

    from fillproof.arrow_columns import numbers_in

    chunks = column.chunks
    flags = [_present(chunk) for chunk in chunks]
    present = flags[0] if len(flags) == 1 else np.concatenate([np.empty(0, np.bool_), *flags])
    yield np.packbits(present, bitorder="little")
    if kind == "str":
        for first in range(0, len(column), _BLOCK):
            texts = column.slice(first, _BLOCK).to_pylist()
            yield b"".join(bytes(4) if text is None else _text(text) for text in texts)
        return
    if kind == "bool":
        yield np.array([bool(value) for value in column.to_pylist()], dtype="u1")
        return
    width = {"i64": "<i8", "f64": "<f8"}[kind]
    values = [numbers_in(chunk, width) for chunk in chunks]
    filled = values[0] if len(values) == 1 else np.concatenate([np.empty(0, width), *values])
    if not present.all():
        filled = np.where(present, filled, 0)
    if kind == "f64":
        _refuse_unclean(name, filled, present)
    yield np.ascontiguousarray(filled, dtype=width)


def _present(chunk: pa.Array) -> Any:
    import numpy as np

    bits = chunk.buffers()[0]
    if bits is None:
        return np.ones(len(chunk), dtype=np.bool_)
    flags = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")
    return flags[chunk.offset : chunk.offset + len(chunk)].astype(np.bool_)


def _refuse_unclean(name: str, values: Any, present: Any) -> None:
    import numpy as np

    for first in range(0, len(values), _BLOCK):
        some = values[first : first + _BLOCK]
        unclean = np.isnan(some) | (np.signbit(some) & (some == 0.0))
        unclean &= present[first : first + _BLOCK]
        if unclean.any():
            row = first + int(unclean.argmax())
            raise DigestError(
                f"{name}: {values[row]!s} in row {row}; a result holds neither -0.0 nor NaN",
                code="NEGATIVE_ZERO",
                field=name,
                value=str(values[row]),
                expected="a number other than -0.0 and NaN",
            )
