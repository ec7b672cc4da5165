"""A file of signals as a strategy: each row a signal, found by the opening time of its bar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from fillproof.errors import DataError
from fillproof.meta_json import from_text

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ENDINGS", "columns_of", "read_signals"]

#: Ends of the names of such files.
ENDINGS = (".csv", ".parquet", ".pq")
_DIRECTIONS = {"long": 1, "buy": 1, "1": 1, "short": -1, "sell": -1, "-1": -1}
_TYPES = {"market": 0, "limit": 1, "stop": 2}
_OPTIONS = frozenset(("expires_at", "max_bars", "oco"))
# Names of the columns, those of `fillproof.SIGNAL_SCHEMA` first.
_PRICES = {
    "entry": ("entry_price", "entry"),
    "stop": ("stop_loss", "stop", "sl"),
    "target": ("take_profit", "target", "tp"),
}


def read_signals(path: Path, engine: Any, times_us: Any, symbol: str) -> Any:
    """Make a `ColumnStrategy` of a CSV or Parquet file.

    Parameters
    ----------
    path : Path
        Columns ``timestamp`` (or ``time_us``) and ``direction``; ``type``, ``entry_price``,
        ``stop_loss`` and ``take_profit`` (or ``entry``, ``sl``, ``tp``) where there are any; others
        are left out. Rows in any order, one for each signal.
    engine
        The backend's package.
    times_us : array of int64
        Opening times of the bars of the run.
    symbol : str
        That of the run; where the file has a column of symbols, they have to be this one.

    Raises
    ------
    DataError
        ``FILE_UNREADABLE``, ``COLUMNS_MISSING``, or ``CELL_INVALID``: an unknown word, a time at
        which no bar opens, a second signal in one bar, another symbol, a ``meta`` with options that
        a row cannot have; with its row, from 1.
    """
    return columns_of(_table_of(path), engine, times_us, symbol, str(path))


def columns_of(table: pa.Table, engine: Any, times_us: Any, symbol: str, source: str) -> Any:
    """Make a `ColumnStrategy` of a table of signals, as `read_signals` does.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from fillproof import python
    >>> table = pa.table({"time_us": [60], "direction": ["long"], "stop_loss": [1.09]})
    >>> columns_of(table, python, np.array([0, 60, 120]), "X", "it").direction.tolist()
    [0, 1, 0]
    """
    from fillproof.frames import columns_missing, times_of

    names = {name.strip().lower(): name for name in table.column_names}
    moment = "time_us" if "time_us" in names else "timestamp"
    missing = [name for name in (moment, "direction") if name not in names]
    if missing:
        columns_missing(source, missing, table, "timestamp, direction")
    unit = "us" if moment == "time_us" else None
    given = times_of(table[names[moment]], unit, source, moment) if len(table) else np.empty(0)
    _check_rest(table, names, symbol, source)
    places = np.searchsorted(times_us, given)
    there = places < len(times_us)
    there[there] = times_us[places[there]] == given[there]
    if not there.all():
        row = int(np.flatnonzero(~there)[0])
        shown = table[names[moment]][row].as_py()
        _refuse(source, row, moment, shown, "the time at which a bar of the run opens")
    first: dict[int, int] = {}
    for row, place in enumerate(places.tolist()):
        if place in first:
            shown = table[names[moment]][row].as_py()
            _refuse(source, row, moment, shown, f"one signal a bar; row {first[place] + 1} is one")
        first[place] = row
    count = len(times_us)
    direction = np.zeros(count, dtype="int8")
    direction[places] = _coded(table, names, "direction", _DIRECTIONS, source)
    columns: dict[str, Any] = {}
    for name, words in _PRICES.items():
        found = next((names[word] for word in words if word in names), None)
        if found is not None:
            columns[name] = np.full(count, np.nan)
            columns[name][places] = _numbers(table[found], found, source)
    if "type" in names:
        columns["type"] = np.zeros(count, dtype="int8")
        columns["type"][places] = _coded(table, names, "type", _TYPES, source)
    return engine.ColumnStrategy(direction, **columns)


def _check_rest(table: pa.Table, names: dict[str, str], symbol: str, source: str) -> None:
    """Refuse what a row of columns cannot say: another symbol, an expiry, a group."""
    for row, value in enumerate(_values(table, names, "symbol")):
        if value not in {None, "", symbol}:
            _refuse(source, row, "symbol", value, symbol)
    for row, value in enumerate(_values(table, names, "meta")):
        try:
            options = from_text(value or "{}").keys() & _OPTIONS
        except ValueError as error:
            _refuse(source, row, "meta", value, f"a JSON object ({error})")
        if options:
            _refuse(source, row, "meta", value, f"none of {', '.join(sorted(_OPTIONS))}")


def _values(table: pa.Table, names: dict[str, str], name: str) -> list[Any]:
    return table[names[name]].to_pylist() if name in names else []


def _coded(
    table: pa.Table, names: dict[str, str], name: str, words: dict[str, int], source: str
) -> list[int]:
    codes = []
    for row, value in enumerate(table[names[name]].to_pylist()):
        word = str(value).strip().lower()
        if word not in words:
            _refuse(source, row, name, value, ", ".join(words))
        codes.append(words[word])
    return codes


def _numbers(column: Any, name: str, source: str) -> list[float]:
    prices = []
    for row, value in enumerate(column.to_pylist()):
        try:
            prices.append(float("nan") if value in {None, ""} else float(value))
        except (TypeError, ValueError):
            _refuse(source, row, name, value, "a price, or nothing")
    return prices


def _table_of(path: Path) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv, parquet

    try:
        if path.suffix.lower() == ".csv":
            with path.open("rb") as stream:
                header = stream.readline().decode("utf-8-sig").rstrip("\r\n").split(",")
            # All text, so that a bad cell can be named with its row.
            text = dict.fromkeys((name.strip().strip('"') for name in header), pa.string())
            options = csv.ConvertOptions(column_types=text, strings_can_be_null=False)
            return csv.read_csv(path, convert_options=options)
        return parquet.read_table(path)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        told = " ".join(str(error).split())
        raise DataError(
            f"{path}: cannot be read: {told}; expected a table of signals",
            code="FILE_UNREADABLE",
            field=str(path),
            value=told,
            expected="a CSV or Parquet file",
        ) from None


def _refuse(source: str, row: int, name: str, value: object, expected: str) -> NoReturn:
    raise DataError(
        f"{source}, column {name}: {value!r}; expected {expected}",
        code="CELL_INVALID",
        bar=row + 1,
        field=name,
        value=value,
        expected=expected,
    )
