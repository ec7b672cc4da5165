"""Candle files: CSV and Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fillproof.candle_table import PRICES, CandleTable, fix
from fillproof.errors import DataError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import pyarrow as pa

#: Units of which each is a whole number of microseconds.
MULTIPLES = {"s": 1_000_000, "ms": 1_000, "us": 1}
_BLOCK = 1 << 20


def read_csv(path: str | os.PathLike[str], *, time_unit: str | None = None) -> CandleTable:
    r"""Read candles from a CSV file with a header line.

    Parameters
    ----------
    path : path
        Columns timestamp, open, high, low, close and, if there is one, volume, in any order and any
        case; further ones are passed over.
    time_unit : {"s", "ms", "us", "ns"}, optional
        Unit of timestamps that are whole numbers since 1970. Without it they are text with an
        offset or ``Z``, as in ``2017-01-01 22:00:00+00:00``.

    Returns
    -------
    CandleTable

    Raises
    ------
    DataError
        ``FILE_UNREADABLE``, ``FILE_EMPTY``, ``COLUMNS_MISSING``, or ``CELL_INVALID`` with row,
        column and value; rows count from 1 below the header.
    CandleError
        ``TIME_NAIVE``: a time without a zone.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "bars.csv")
    >>> header, row = "timestamp,open,high,low,close", "2020-01-01T00:00:00Z,1.1,1.2,1.0,1.1"
    >>> _ = path.write_text(f"{header}\n{row}\n")
    >>> read_csv(path).time_us
    array([1577836800000000])
    """
    import pyarrow as pa
    from pyarrow import csv

    file = _existing(path)
    if file.stat().st_size == 0:
        raise _empty(file)
    try:
        with file.open("rb") as stream:
            names = _header(stream.readline().decode("utf-8-sig"))
        plain = _plain(file, names, time_unit)
        # Arrow keeps a dozen megabytes of what it has freed for later; there is no later.
        pa.default_memory_pool().release_unused()
        if plain is not None:
            return plain
        # All as text: a cell that is no number can then be named, with its row.
        table = csv.read_csv(
            file,
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, error, "comma-separated text in UTF-8 with a header line") from None
    return _table(table, file, time_unit)


def _plain(file: Path, names: list[str], time_unit: str | None) -> CandleTable | None:
    """Read a file with nothing to remark block by block; None where something may be wrong.

    Arrow reads the cells as it would read the same texts later. What it made of a block goes where
    it belongs at once, so that no second copy of the file's columns is ever there.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv

    from fillproof.arrow_columns import numbers_in

    if time_unit not in {None, *MULTIPLES}:
        return None
    moment = pa.timestamp("us", tz="UTC") if time_unit is None else pa.int64()
    kinds = {"timestamp": moment, **dict.fromkeys((*PRICES, "volume"), pa.float64())}
    keys = [name.strip().lower() for name in names]
    wanted = {key: name for key, name in zip(keys, names, strict=True) if key in kinds}
    if not {"timestamp", *PRICES} <= wanted.keys() or "time_us" in keys:
        return None
    if sum(key in kinds for key in keys) != len(wanted):
        return None
    room = _lines(file)
    columns: dict[str, Any] = {
        key: np.empty(room, np.int64 if key == "timestamp" else np.float64) for key in wanted
    }
    rows = 0
    convert = csv.ConvertOptions(
        column_types={name: kinds[key] for key, name in wanted.items()},
        include_columns=list(wanted.values()),
        null_values=[],
    )
    layout = csv.ReadOptions(column_names=names, use_threads=False)
    try:
        for block in _blocks(file):
            # One at a time: Arrow's own reader of blocks holds many of them ahead.
            table = csv.read_csv(
                pa.py_buffer(block), read_options=layout, convert_options=convert
            ).combine_chunks()
            to = rows + table.num_rows
            for column, read in zip(columns.values(), table.columns, strict=True):
                column[rows:to] = numbers_in(read.chunk(0), column.dtype)
            rows = to
    except (pa.ArrowException, KeyError, ValueError):
        return None
    if not rows:
        return None
    time = columns.pop("timestamp")[:rows]
    if time_unit is not None:
        factor = MULTIPLES[time_unit]
        if factor > 1 and (np.abs(time) > np.iinfo(np.int64).max // factor).any():
            return None
        time *= factor
    fix(time.base, *columns.values())
    return CandleTable(time, **{key: column[:rows] for key, column in columns.items()})


def _lines(file: Path) -> int:
    """Count the lines of a file: at least as many as it has rows."""
    with file.open("rb") as stream:
        return 1 + sum(part.count(b"\n") for part in iter(lambda: stream.read(_BLOCK), b""))


def _blocks(file: Path) -> Iterator[bytes]:
    """Give the lines below the header, some at a time, none of them cut."""
    with file.open("rb") as stream:
        stream.readline()
        rest = b""
        while part := stream.read(_BLOCK):
            whole, newline, rest_of_part = part.rpartition(b"\n")
            if newline:
                yield rest + whole
                rest = rest_of_part
            else:
                rest += part
        if rest.strip():
            yield rest


def read_parquet(path: str | os.PathLike[str], *, time_unit: str | None = None) -> CandleTable:
    """Read candles from a Parquet file.

    Parameters
    ----------
    path : path
        The columns of `read_csv`; timestamps with a time zone, text, or whole numbers.
    time_unit : {"s", "ms", "us", "ns"}, optional
        Unit of timestamps that are whole numbers since 1970.

    Returns
    -------
    CandleTable

    Raises
    ------
    DataError, CandleError
        As `read_csv`.
    """
    import pyarrow as pa
    from pyarrow import parquet

    file = _existing(path)
    if file.stat().st_size == 0:
        raise _empty(file)
    try:
        table = parquet.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(file, error, "a Parquet file") from None
    return _table(table, file, time_unit)


def read_file(path: str | os.PathLike[str], *, time_unit: str | None = None) -> CandleTable:
    """Read candles from a CSV or Parquet file, told apart by the end of the name."""
    parquet = Path(path).suffix.lower() in {".parquet", ".pq"}
    return (read_parquet if parquet else read_csv)(path, time_unit=time_unit)


def _existing(path: str | os.PathLike[str]) -> Path:
    file = Path(path)
    if not file.is_file():
        raise DataError(
            f"{file}: no such file",
            code="FILE_UNREADABLE",
            field=str(file),
            value="no such file",
            expected="a CSV or Parquet file",
        )
    return file


def _header(line: str) -> list[str]:
    return [name.strip().strip('"') for name in line.rstrip("\r\n").split(",")]


def _table(table: pa.Table, file: Path, time_unit: str | None) -> CandleTable:
    if table.num_rows == 0:
        raise _empty(file)
    from fillproof.frames import from_arrow

    return from_arrow(table, time_unit=time_unit, source=str(file), is_own=True)


def _empty(file: Path) -> DataError:
    return DataError(
        f"{file}: no bars in the file; a header line and at least one row are expected",
        code="FILE_EMPTY",
        field=str(file),
        expected="at least one bar",
    )


def _unreadable(file: Path, error: Exception, expected: str) -> DataError:
    text = " ".join(str(error).split())
    return DataError(
        f"{file}: cannot be read: {text}; expected {expected}",
        code="FILE_UNREADABLE",
        field=str(file),
        value=text,
        expected=expected,
    )
