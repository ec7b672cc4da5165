"""The rows of a sweep on disk: a folder of Parquet files that grows, and can be gone on with.

A file appears whole or not at all, so that a sweep that was stopped in whatever way leaves rows
that can be read. ``sweep.json`` says what they are rows of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from fillproof.canonical_json import dumps
from fillproof.errors import DataError
from fillproof.sweeps.grid import refuse

__all__ = ["KEY", "Store", "count", "read", "read_record", "record_of", "write"]

#: Where a Parquet file holds the record of its sweep.
KEY = b"fillproof-sweep"
_FILE = "sweep.json"
_SCHEMA = "fillproof-sweep"
_VERSION = 1
#: Rows of a file, but for the last of a sweep and those of slow runs.
_ROWS = 10_000
#: Seconds after which rows are written though they are few.
SECONDS = 10.0


class Store:
    """The folder of a sweep, new or gone on with.

    Parameters
    ----------
    folder : Path
    config : mapping
        What the sweep is made of; that of a folder gone on with has to be the same, but for the
        backend and what else leaves the rows as they are.
    total : int
    schema : pyarrow.Schema

    Raises
    ------
    ConfigError
        ``OPTION_UNKNOWN``: the folder holds another sweep, or something else.
    """

    def __init__(
        self, folder: Path, config: Mapping[str, Any], total: int, schema: pa.Schema
    ) -> None:
        self.folder = folder
        self._schema = schema
        self._rows: list[pa.RecordBatch] = []
        self._waiting = 0
        #: Which combinations have a row.
        self.done = np.zeros(total, dtype=bool)
        self._number = 0
        if (folder / _FILE).is_file():
            self._go_on(config)
        else:
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise refuse("out", str(folder), "a new folder, or one of the same sweep")
            folder.mkdir(parents=True, exist_ok=True)
            record = {"schema": _SCHEMA, "version": _VERSION, "config": config, "total": total}
            self._write_text(dumps(record))

    def _go_on(self, config: Mapping[str, Any]) -> None:
        found = read_record(self.folder)
        wanted = json.loads(dumps(config))
        for name in sorted({*wanted, *found["config"]} - {"backend"}):
            if found["config"].get(name) != wanted.get(name):
                raise refuse(
                    "out", str(self.folder), f"a sweep of the same {name}; that is another one"
                )
        for number, file in _files(self.folder):
            places = parquet.read_table(file, columns=["combination"])["combination"]
            self.done[places.to_numpy()] = True
            self._number = number + 1

    def _write_text(self, text: str) -> None:
        made = self.folder / f".{_FILE}"
        made.write_text(text, encoding="utf-8", newline="\n")
        made.replace(self.folder / _FILE)

    def add(self, rows: pa.RecordBatch) -> None:
        """Take rows in, and write them once they are many."""
        self._rows.append(rows)
        self._waiting += rows.num_rows
        if self._waiting >= _ROWS:
            self.flush()

    def flush(self) -> None:
        """Write the rows taken in so far to a file of their own."""
        if not self._waiting:
            return
        table = pa.Table.from_batches(self._rows, self._schema).sort_by("combination")
        write(table, self.folder / f"part-{self._number:06}.parquet")
        self.done[table["combination"].to_numpy()] = True
        self._number += 1
        self._rows, self._waiting = [], 0

    @property
    def waiting(self) -> int:
        """Number of rows that are not written yet."""
        return self._waiting


def write(table: pa.Table, file: Path) -> None:
    """Write a Parquet file, whole or not at all."""
    made = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        parquet.write_table(table, made)
        made.replace(file)
    finally:
        made.unlink(missing_ok=True)


def read(folder: Path) -> pa.Table:
    """Read all rows of a folder, by their place in the grid."""
    tables = [parquet.read_table(file) for _, file in _files(folder)]
    if not tables:
        return pa.table({"combination": pa.array([], pa.int64())})
    return pa.concat_tables(tables).sort_by("combination").combine_chunks()


def count(folder: Path) -> int:
    """Count the rows of a folder."""
    return sum(parquet.read_metadata(file).num_rows for _, file in _files(folder))


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    for file in sorted(folder.glob("part-*.parquet")):
        yield int(file.stem.removeprefix("part-")), file


def read_record(folder: Path) -> dict[str, Any]:
    """Read what a folder says of its sweep."""
    file = folder / _FILE
    try:
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(file, str(error)) from None
    if record.get("schema") != _SCHEMA or record.get("version") != _VERSION:
        told = f"schema {record.get('schema')!r}, version {record.get('version')!r}"
        raise _unreadable(file, f"{told}; this release reads version {_VERSION}")
    return record


def record_of(file: Path) -> dict[str, Any]:
    """Read what a Parquet file says of its sweep."""
    try:
        metadata = parquet.read_schema(file).metadata or {}
        record: dict[str, Any] = json.loads(metadata[KEY])
    except (OSError, KeyError, ValueError) as error:
        raise _unreadable(file, f"it says nothing of a sweep ({error})") from None
    return record


def _unreadable(file: Path, told: str) -> DataError:
    return DataError(
        f"{file}: cannot be read: {told}",
        code="FILE_UNREADABLE",
        field=str(file),
        value=told,
        expected="a sweep that Fillproof wrote",
    )
