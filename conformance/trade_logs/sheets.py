"""Files as rows of cells: CSV and Parquet, and the tables of an HTML report."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from .plain import refuse

__all__ = ["Sheet", "read_grid", "read_sheet"]

_DELIMITERS = ("\t", ";", ",", "|")


@dataclass(frozen=True)
class Sheet:
    """A table with a header.

    Attributes
    ----------
    source
        The file.
    columns
        Names as they stand in the header.
    rows
        Cells by column, text (of Parquet: values).
    first
        Number of the first one: 1 below the header of a file with one table; in a report with more
        than one, the rows of all tables are counted.
    """

    source: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    first: int = 1

    def records(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Go over the rows that are not blank, each with its number."""
        for number, row in enumerate(self.rows, self.first):
            if any(cell not in (None, "") for cell in row):
                yield number, row

    def place(self, *names: str) -> int | None:
        """Find a column by any of its names, whatever the case and the spaces around it."""
        keys = [_key(column) for column in self.columns]
        for name in names:
            if _key(name) in keys:
                return keys.index(_key(name))
        return None

    def needed(self, *names: str) -> int:
        """Find a column that has to be there."""
        found = self.place(*names)
        if found is None:
            expected = f"a column {' or '.join(names)}; there are {', '.join(self.columns)}"
            raise refuse(
                self.source, None, None, f"no column {names[0]}", expected, "COLUMNS_MISSING"
            )
        return found


def _key(name: str) -> str:
    return " ".join(name.strip().lower().split())


def read_sheet(
    path: Path,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    skip_rows: int = 0,
) -> Sheet:
    r"""Read a CSV or Parquet file with one header line.

    Parameters
    ----------
    path
        Told apart by the end of the name.
    delimiter
        Without one it is the sign that stands most often in the header.
    encoding
        Without one: by the file's mark, else UTF-8.
    skip_rows
        Lines above the header.

    Raises
    ------
    DataError
        ``FILE_UNREADABLE``, ``FILE_EMPTY``, or a row with more cells than the header.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "trades.csv")
    >>> _ = path.write_text("Symbol;Price\nEURUSD;1,1\n")
    >>> read_sheet(path).rows
    (('EURUSD', '1,1'),)
    """
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _parquet(path)
    grid = read_grid(path, delimiter=delimiter, encoding=encoding)[skip_rows:]
    if len(grid) < 2:
        raise refuse(path, None, None, f"{len(grid)} lines", "a header and a trade", "FILE_EMPTY")
    header, *rows = grid
    width = len(header)
    for number, row in enumerate(rows, 1):
        if any(cell.strip() for cell in row[width:]):
            raise refuse(path, number, None, f"{len(row)} cells", f"{width}, as in the header")
    kept = tuple(tuple((*row, *[""] * (width - len(row)))[:width]) for row in rows)
    return Sheet(str(path), tuple(header), kept)


def read_grid(
    path: Path, *, delimiter: str | None = None, encoding: str | None = None
) -> list[list[str]]:
    """Read all lines of a CSV file or all table rows of an HTML file as cells."""
    text = _text(path, encoding)
    if path.suffix.lower() in {".html", ".htm"}:
        parser = _Tables()
        parser.feed(text)
        return parser.rows
    if delimiter is None:
        head = "\n".join(text.splitlines()[:20])
        delimiter = max(_DELIMITERS, key=head.count)
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def _text(path: Path, encoding: str | None) -> str:
    if path.suffix.lower() in {".xlsx", ".xls", ".ods"}:
        expected = "CSV, Parquet or HTML; save the sheet as CSV"
        raise refuse(path, None, None, path.suffix, expected, "FILE_UNREADABLE")
    try:
        content = path.read_bytes()
    except OSError as error:
        told = error.strerror or type(error).__name__
        expected = "a trade list in CSV, Parquet or HTML"
        raise refuse(path, None, None, told, expected, "FILE_UNREADABLE") from None
    if encoding is None:
        wide = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        encoding = "utf-16" if content.startswith(wide) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        expected = "text in UTF-8; state another encoding in a mapping"
        raise refuse(path, None, None, str(error), expected, "FILE_UNREADABLE") from None


def _parquet(path: Path) -> Sheet:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        told = " ".join(str(error).split())
        raise refuse(path, None, None, told, "a Parquet file", "FILE_UNREADABLE") from None
    columns = [_values(table.column(index)) for index in range(table.num_columns)]
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    return Sheet(str(path), tuple(table.column_names), rows)


def _values(column: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        # Python's datetime has no nanoseconds.
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    values: list[Any] = column.to_pylist()
    return values


class _Tables(HTMLParser):
    """Collects the rows of all tables; a cell over several columns fills them with blanks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._row = []
        elif tag in {"td", "th"} and self._row is not None:
            named = dict(attrs)
            # A hidden cell repeats another one's text in MetaTrader's reports.
            hidden = "hidden" in (named.get("class") or "").split()
            self._cell, self._span = [], 0 if hidden else int(named.get("colspan") or 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self._row is not None and self._cell is not None:
            if self._span:
                blanks = [""] * (self._span - 1)
                self._row += [" ".join("".join(self._cell).split()), *blanks]
            self._cell = None
        elif tag == "tr" and self._row:
            self.rows.append(self._row)
            self._row = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)
