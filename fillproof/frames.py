"""Candles from frames: anything with the Arrow stream interface, and numpy arrays by name.

Text is parsed by Arrow in one go; only when that fails are the rows walked, to name the first bad
one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa

from fillproof.candle_table import PRICES, CandleTable, Held, fix, is_fixed
from fillproof.errors import CandleError, ConfigError, DataError

_REQUIRED = ("timestamp", *PRICES)
_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": None}
_TIME_EXPECTED = "an ISO time with an offset or Z, or a whole number with time_unit="


def from_frame(frame: Any, *, time_unit: str | None = None) -> CandleTable:
    """Take candles from a frame or from arrays by name.

    The table has the numbers of now: what is written into the frame afterwards is not seen.

    Parameters
    ----------
    frame : object
        A pyarrow, pandas or polars frame, a DuckDB relation or whatever else offers
        ``__arrow_c_stream__`` or ``__arrow_c_array__``; a structured numpy array; or a mapping of
        name to array. Columns as in `fillproof.data.read_csv`; a pandas index named ``timestamp``
        counts as a column. Instead of ``timestamp`` there may be ``time_us``, whole microseconds
        since 1970.
    time_unit : {"s", "ms", "us", "ns"}, optional
        Unit of timestamps that are whole numbers since 1970.

    Returns
    -------
    CandleTable

    Raises
    ------
    DataError
        ``FILE_EMPTY``, ``FILE_UNREADABLE``, ``COLUMNS_MISSING``, or ``CELL_INVALID`` with row,
        column and value; rows count from 1.
    CandleError
        ``TIME_NAIVE``: times without a zone; numpy's ``datetime64`` never has one.

    Examples
    --------
    >>> price = np.array([1.1, 1.2])
    >>> frame = {"timestamp": [0, 60], "open": price, "high": price, "low": price, "close": price}
    >>> from_frame(frame, time_unit="s").time_us
    array([       0, 60000000])
    """
    made = shared_with(frame, time_unit=time_unit)
    return CandleTable(*(_copied(column) for column in made.columns()))


def shared_with(frame: Any, *, time_unit: str | None = None) -> CandleTable:
    """Take candles as `from_frame` does, without a copy of what the frame has as it is needed."""
    return from_arrow(to_table(frame), time_unit=time_unit, source=source_of(frame))


def _copied(column: Any) -> Any:
    """Copy a column that somebody else may write to."""
    if is_fixed(column):
        return column
    column = column.copy()
    fix(column)
    return column


def source_of(frame: Any) -> str:
    """Name a frame in errors."""
    return f"this {type(frame).__name__}"


def to_table(frame: Any) -> pa.Table:
    """Make a pyarrow table of whatever `from_frame` takes."""
    if isinstance(frame, np.ndarray) and frame.dtype.names:
        frame = {name: frame[name] for name in frame.dtype.names}
    try:
        if isinstance(frame, Mapping):
            return pa.table({str(name): _array(str(name), item) for name, item in frame.items()})
        if hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__arrow_c_array__"):
            return pa.table(frame)
    except (pa.ArrowException, TypeError) as error:
        told = " ".join(str(error).split())
        raise DataError(
            f"{source_of(frame)} is no table to Arrow: {told}",
            code="FILE_UNREADABLE",
            field="frame",
            value=type(frame).__name__,
            expected="columns of one length, or a struct of them",
        ) from error
    raise DataError(
        f"{source_of(frame)} is no frame; expected an object with __arrow_c_stream__ (pyarrow, "
        "pandas, polars, DuckDB), a structured numpy array or a mapping of name to array",
        code="FILE_UNREADABLE",
        field="frame",
        value=type(frame).__name__,
        expected="a frame",
    )


def from_arrow(
    table: pa.Table, *, time_unit: str | None = None, source: str, is_own: bool = False
) -> CandleTable:
    """Take candles from a pyarrow table.

    Parameters
    ----------
    table : pyarrow.Table
    time_unit : str, optional
        As of `from_frame`.
    source : str
        Its name in errors.
    is_own : bool
        Whether nobody else has its memory.
    """
    if time_unit is not None and time_unit not in _UNITS:
        raise ConfigError(
            f"time_unit is {time_unit!r}; expected one of {', '.join(_UNITS)}",
            code="OPTION_UNKNOWN",
            field="time_unit",
            value=time_unit,
            expected=", ".join(_UNITS),
        )
    columns = _columns(table, source)
    if "time_us" in columns:
        time = times_of(columns["time_us"], "us", source, "time_us")
    else:
        time = times_of(columns["timestamp"], time_unit, source, "timestamp")
    names = [*PRICES, *(["volume"] if "volume" in columns else [])]
    prices = (
        # Numbers of another kind were converted, so that they lie where nobody else looks.
        _held(_numbers(columns[name], source, name), is_own or columns[name].type != pa.float64())
        for name in names
    )
    return CandleTable(_held(time, True), *prices)


def _held(column: Any, is_own: bool) -> Any:
    """Let nobody write to a column that was made here, or whose memory nobody else has."""
    if column.base is None:
        fix(column)
    elif is_own:
        return np.asarray(Held(column))
    return column


def _array(name: str, column: Any) -> Any:
    if name.strip().lower() == "timestamp" and getattr(column, "dtype", None) is not None:
        kind = np.asarray(column).dtype.kind
        if kind == "M":
            _naive("this mapping", 1, "datetime64, which has no zone")
    return column


def _columns(table: pa.Table, source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for position, name in enumerate(table.column_names):
        key = name.strip().lower()
        if key in found and key in {*_REQUIRED, "time_us", "volume"}:
            raise DataError(
                f"{source}: column {key} stands there twice",
                code="COLUMNS_MISSING",
                field=key,
                value=", ".join(table.column_names),
                expected="each column once",
            )
        found[key] = table.column(position)
    missing = [
        name
        for name in _REQUIRED
        if name not in found and not (name == "timestamp" and "time_us" in found)
    ]
    if missing:
        columns_missing(
            source, missing, table, f"{', '.join(_REQUIRED)} and, if there is one, volume"
        )
    return found


def columns_missing(source: str, missing: list[str], table: pa.Table, expected: str) -> NoReturn:
    """Raise the error for columns that are not there."""
    found = ", ".join(table.column_names)
    raise DataError(
        f"{source}: no column {', '.join(missing)}; found {found}; expected {expected}",
        code="COLUMNS_MISSING",
        field=", ".join(missing),
        value=found,
        expected=expected,
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_dictionary(kind)
    )


def _numbers(column: pa.ChunkedArray, source: str, name: str) -> Any:
    """Read a column as float64, each value the nearest to what was written."""
    if _is_text(column.type) or pa.types.is_decimal(column.type):
        column = _trimmed(column)
    _refuse_null(column, source, name, "a number")
    try:
        return column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        for row, value in enumerate(column.to_pylist()):
            if not _is_number(value):
                _cell(source, row, name, value, "a number")
        raise


def _is_number(value: object) -> bool:
    # Arrow's word counts: Python takes 1_000 for a number, too.
    try:
        pa.scalar(value).cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def times_of(column: pa.ChunkedArray, unit: str | None, source: str, name: str) -> Any:
    """Read a column of times as microseconds since 1970, UTC."""
    kind = column.type
    if _is_text(kind):
        column = _trimmed(column)
        _refuse_null(column, source, name, _TIME_EXPECTED)
        return _text_times(column, unit, source, name)
    _refuse_null(column, source, name, _TIME_EXPECTED)
    if pa.types.is_timestamp(kind):
        if kind.tz is None:
            _naive(source, 1, str(column[0]))
        return _exact_us(column.cast(pa.int64()).to_numpy(), kind.unit, source, name)
    if pa.types.is_integer(kind) and unit is not None:
        return _exact_us(column.cast(pa.int64()).to_numpy(), unit, source, name)
    return _cell(source, 0, name, column[0].as_py(), _TIME_EXPECTED)


def _text_times(column: pa.ChunkedArray, unit: str | None, source: str, name: str) -> Any:
    if unit is not None:
        try:
            numbers = column.cast(pa.int64()).to_numpy()
        except pa.ArrowInvalid:
            for row, value in enumerate(column.to_pylist()):
                if not value.lstrip("+-").isdigit():
                    _cell(source, row, name, value, f"a whole number of {unit} since 1970")
            _cell(source, 0, name, column[0].as_py(), "whole numbers of 64 bits")
        return _exact_us(numbers, unit, source, name)
    try:
        return column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return np.array(
            [_one_time(row, v, source, name) for row, v in enumerate(column.to_pylist())]
        )


def _one_time(row: int, value: str, source: str, name: str) -> int:
    from fillproof.tables import to_us

    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        _cell(source, row, name, value, _TIME_EXPECTED)
    if time.tzinfo is None:
        # A bare number is a legal date to Python (20170101) and far more likely an epoch.
        if value.isdigit():
            _cell(source, row, name, value, _TIME_EXPECTED)
        _naive(source, row + 1, value)
    return to_us(time)


def _exact_us(values: Any, unit: str, source: str, name: str) -> Any:
    factor = _UNITS[unit]
    if factor is None:
        uneven = values % 1000 != 0
        if uneven.any():
            row = int(uneven.argmax())
            _cell(source, row, name, int(values[row]), "a time in whole microseconds")
        return values // 1000
    if factor > 1:
        beyond = np.abs(values) > np.iinfo(np.int64).max // factor
        if beyond.any():
            row = int(beyond.argmax())
            _cell(source, row, name, int(values[row]), f"a time in {unit} that fits 64 bits in us")
    return values * factor


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.utf8_trim_whitespace(column.cast(pa.string()))


def _refuse_null(column: pa.ChunkedArray, source: str, name: str, expected: str) -> None:
    if pa.types.is_string(column.type):
        import pyarrow.compute as pc

        # Lengths, since a text to compare with would make Arrow import pandas.
        empty = np.array(pc.binary_length(column).fill_null(0)) == 0
    elif column.null_count:
        empty = np.array(column.is_null())
    else:
        return
    if empty.any():
        _cell(source, int(empty.argmax()), name, "", expected)


def _cell(source: str, row: int, column: str, value: object, expected: str) -> NoReturn:
    shown = "an empty cell" if value in ("", None) else repr(value)
    raise DataError(
        f"{source}, column {column}: {shown}; expected {expected}",
        code="CELL_INVALID",
        bar=row + 1,
        field=column,
        value=value,
        expected=expected,
    )


def _naive(source: str, row: int, value: str) -> NoReturn:
    raise CandleError(
        f"{source}, row {row}, column timestamp: {value} has no time zone; "
        f"expected {_TIME_EXPECTED}",
        code="TIME_NAIVE",
        field="timestamp",
        value=value,
        expected=_TIME_EXPECTED,
    )
