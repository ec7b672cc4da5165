"""Serves a strategy that opens the files of its candles itself what it may know by then."""

from __future__ import annotations

import builtins
import csv
import io
import os
import sys
import tempfile
from collections.abc import Callable
from importlib import resources
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fillproof import loaders
from fillproof.candle_table import PRICES, CandleTable
from fillproof.cli_settings import Settings

if TYPE_CHECKING:
    from .market import Market

__all__ = ["Served", "cut_files"]

_DATA = frozenset(
    ".arrow .csv .db .feather .h5 .hdf5 .ipc .joblib .npy .npz .parquet .pickle .pkl .pq .sqlite "
    ".tsv".split()
)
_PARQUET = frozenset({".parquet", ".pq"})


def cut_files(settings: Settings) -> dict[Path, str]:
    """Name the files of a job's candles, each with the side that it holds."""
    if settings.bid is not None or settings.ask is not None:
        named = {settings.bid: "bid", settings.ask: "ask"}
    elif settings.data is not None:
        named = {settings.data: settings.side}
    else:
        embedded = resources.files("fillproof.golden") / "bars" / "eurusd-h1-2017-ask.csv"
        named = {Path(str(embedded)): "ask"}
    return {path.resolve(): side for path, side in named.items() if path is not None}


class Served:
    """While it lasts, the files of the candles read as those of a changed market.

    It stands in for `open`, for the readers of Fillproof and for those of pyarrow, through which
    pandas and numpy read, too.  A library that opens files by itself goes past it.

    Parameters
    ----------
    files
        Path -> side.
    market
        What they are to hold.
    whole
        What they hold in truth; where it is the same, they are read as they are.

    Attributes
    ----------
    opened
        Which of the files were opened.
    others
        Which other files with data were opened for reading.
    """

    def __init__(
        self,
        files: dict[Path, str],
        market: Market | None = None,
        whole: Market | None = None,
    ) -> None:
        self._files = files
        self._market = market
        self._whole = whole
        self._changed = market is not whole
        self._copies: dict[Path, Path] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._kept: list[tuple[Any, str, Any]] = []
        self.opened: list[Path] = []
        self.others: list[Path] = []

    def __enter__(self) -> Self:
        real = io.open
        self._open = real

        def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
            return real(self._instead(file, mode), mode, *rest, **named)

        self._put(builtins, "open", opened)
        self._put(io, "open", opened)
        self._stand_before(loaders, "_existing")
        if "pyarrow" in sys.modules:
            from pyarrow import csv as arrow_csv
            from pyarrow import parquet

            self._stand_before(arrow_csv, "read_csv")
            self._stand_before(parquet, "read_table")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for owner, name, value in reversed(self._kept):
            setattr(owner, name, value)
        self._kept.clear()
        if self._folder is not None:
            self._folder.cleanup()

    def _put(self, owner: Any, name: str, value: Any) -> None:
        self._kept.append((owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def _stand_before(self, owner: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def reader(file: Any, *rest: Any, **named: Any) -> Any:
            return real(self._instead(file, "r"), *rest, **named)

        self._put(owner, name, reader)

    def _instead(self, file: Any, mode: str) -> Any:
        """Return the path to open in place of one that was asked for."""
        if not isinstance(file, (str, os.PathLike)) or "r" not in mode:
            return file
        path = Path(os.fsdecode(file)).resolve()
        if path in self._copies.values():
            return file
        if path not in self._files:
            if path.suffix.lower() in _DATA and path not in self.others:
                self.others.append(path)
            return file
        if path not in self.opened:
            self.opened.append(path)
        if not self._changed or self._market is None:
            return file
        if path not in self._copies:
            self._copies[path] = self._copy(path, getattr(self._market, self._files[path]))
        return self._copies[path]

    def _copy(self, path: Path, table: CandleTable) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="fillproof-")
        copy = Path(self._folder.name) / f"{len(self._copies)}-{path.name}"
        if path.suffix.lower() in _PARQUET:
            _copy_parquet(path, copy, table, self._first(table))
        else:
            with (
                self._open(path, encoding="utf-8-sig", newline="") as source,
                self._open(copy, "w", encoding="utf-8", newline="") as target,
            ):
                _copy_csv(source, target, table, self._first(table))
        return copy

    def _first(self, table: CandleTable) -> int:
        """Say which row of the file is the first bar."""
        if self._whole is None or not len(table):
            return 0
        return int(np.searchsorted(self._whole.bid.time_us, table.time_us[0]))


def _copy_csv(source: Any, target: Any, table: CandleTable, first: int) -> None:
    rows = csv.reader(source)
    writer = csv.writer(target, lineterminator="\n")
    header = next(rows)
    writer.writerow(header)
    names = [name.strip().lower() for name in header]
    places = [(names.index(name), getattr(table, name)) for name in PRICES if name in names]
    for bar, row in enumerate(islice(rows, first, first + len(table))):
        for place, column in places:
            # What is not changed keeps its very text.
            if float(row[place]) != column[bar]:
                row[place] = repr(float(column[bar]))
        writer.writerow(row)


def _copy_parquet(path: Path, copy: Path, table: CandleTable, first: int) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        content = file.read()
    content = content.slice(first, len(table))
    for place, name in enumerate(content.column_names):
        if name.strip().lower() in PRICES:
            column = pa.array(getattr(table, name.strip().lower()))
            content = content.set_column(place, name, column)
    parquet.write_table(content, copy)
