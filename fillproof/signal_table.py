"""Signals as an Arrow table and back: the ten columns in which they cross a boundary.

`direction` is ``long`` or ``short``, `type` is ``market``, ``limit`` or ``stop``, `meta` is one
line of JSON. What may be absent is null. A signal's ``tags`` have no column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np
import pyarrow as pa

from fillproof.errors import CandleError, CandleTypeError, DataError, SignalError
from fillproof.frames import columns_missing, source_of, times_of, to_table
from fillproof.meta_json import from_text, to_text

if TYPE_CHECKING:
    from fillproof._face import TradeSignal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIRECTIONS = ("long", "short")
_TYPES = ("market", "limit", "stop")

#: The columns in their order, their types, and what may be null.
SIGNAL_SCHEMA = pa.schema(
    [
        pa.field("direction", pa.string(), nullable=False),
        pa.field("entry_price", pa.float64()),
        pa.field("stop_loss", pa.float64()),
        pa.field("take_profit", pa.float64()),
        pa.field("symbol", pa.string(), nullable=False),
        pa.field("timestamp", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("scenario", pa.string()),
        pa.field("meta", pa.string(), nullable=False),
    ]
)
COLUMNS = tuple(SIGNAL_SCHEMA.names)
_PRICES = ("entry_price", "stop_loss", "take_profit")
_TEXTS = ("direction", "symbol", "type", "reason", "scenario", "meta")


class KeptSignal(NamedTuple):
    """A signal as it was given, of no backend; see `fillproof.types.TradeSignalProtocol`."""

    direction: Any
    entry_price: Any
    stop_loss: Any
    take_profit: Any
    symbol: Any
    timestamp: Any
    type: Any
    reason: Any
    scenario: Any
    meta: Any


def signals_table(signals: Iterable[Any]) -> pa.Table:
    """Make an Arrow table of signals.

    Parameters
    ----------
    signals : iterable of TradeSignal
        Of any backend, or any objects with its attributes.

    Returns
    -------
    pyarrow.Table
        With the schema `SIGNAL_SCHEMA`, a row for each signal in order. An absent entry, stop or
        target is null.

    Raises
    ------
    SignalError
        ``SIGNAL_NOT_UNDERSTOOD``, ``DIRECTION_UNKNOWN``, ``TYPE_UNKNOWN``, or ``META_NOT_JSON``: a
        value in ``meta`` that JSON cannot hold. Rows count from 1.
    CandleError
        ``TIME_NAIVE``: a timestamp without a zone.
    CandleTypeError
        ``TIME_TYPE``: a timestamp that is no datetime.

    Examples
    --------
    >>> from fillproof.python import TradeSignal
    >>> when = datetime(2024, 1, 2, tzinfo=UTC)
    >>> signal = TradeSignal("long", None, 1.09, None, "EURUSD", when, meta={"oco": "a"})
    >>> table = signals_table([signal])
    >>> table["stop_loss"].to_pylist(), table["meta"].to_pylist()
    ([1.09], ['{"oco":"a"}'])
    >>> signals_from(table, backend="python") == [signal]
    True
    """
    rows = [_row(signal, number) for number, signal in enumerate(signals, 1)]
    columns = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    arrays = [
        pa.array(values, field.type) for values, field in zip(columns, SIGNAL_SCHEMA, strict=True)
    ]
    return pa.table(arrays, schema=SIGNAL_SCHEMA)


def _row(signal: Any, row: int) -> tuple[Any, ...]:
    missing = [name for name in COLUMNS if not hasattr(signal, name)]
    if missing:
        _refuse("SIGNAL_NOT_UNDERSTOOD", row, missing[0], signal, "a TradeSignal")
    values = {name: getattr(signal, name) for name in COLUMNS}
    _check_words(values, row)
    for name in ("symbol", "reason", "scenario"):
        if not isinstance(values[name], str) and (values[name] is not None or name == "symbol"):
            _refuse("SIGNAL_NOT_UNDERSTOOD", row, name, values[name], "text")
    for name in _PRICES:
        values[name] = _price(values[name], row, name)
    meta = values["meta"]
    if meta is not None and not isinstance(meta, Mapping):
        _refuse("SIGNAL_NOT_UNDERSTOOD", row, "meta", meta, "a mapping or None")
    values["timestamp"] = _moment(values["timestamp"], row)
    values["meta"] = to_text(meta or {}, row)
    return tuple(values.values())


def _check_words(values: Mapping[str, Any], row: int) -> None:
    if values["direction"] not in _DIRECTIONS:
        _refuse("DIRECTION_UNKNOWN", row, "direction", values["direction"], "long or short")
    if values["type"] not in _TYPES:
        _refuse("TYPE_UNKNOWN", row, "type", values["type"], "market, limit or stop")


def _price(value: Any, row: int, name: str) -> float | None:
    if value is None:
        return None
    kind = type(value)
    if kind is bool or not (hasattr(kind, "__float__") or hasattr(kind, "__index__")):
        _refuse("SIGNAL_NOT_UNDERSTOOD", row, name, value, "a price or None")
    return float(value)


def _moment(value: Any, row: int) -> datetime:
    if not isinstance(value, datetime):
        raise CandleTypeError(
            f"signal {row}: timestamp is {value!r}; expected an aware datetime",
            code="TIME_TYPE",
            field="timestamp",
            value=value,
            expected="an aware datetime",
        )
    if value.utcoffset() is None:
        raise CandleError(
            f"signal {row}: timestamp is {value}, without a time zone; expected one with",
            code="TIME_NAIVE",
            field="timestamp",
            value=value,
            expected="a datetime with a time zone",
        )
    return value


def signals_from(table: Any, *, backend: str | None = None) -> list[TradeSignal]:
    """Make signals of an Arrow table: the reverse of `signals_table`.

    Parameters
    ----------
    table : object
        Anything with the Arrow interface, in the columns of `SIGNAL_SCHEMA`: a pyarrow, pandas or
        polars table, a DuckDB relation. Columns may stand in any order, others are left out; texts
        of any Arrow type are taken, times of any unit with a zone.
    backend : str, optional
        Whose signals; those of the one in use by default.

    Returns
    -------
    list of TradeSignal
        Without tags; an absent ``meta`` is an empty one.

    Raises
    ------
    DataError
        ``COLUMNS_MISSING``; ``CELL_INVALID``: a null where there must be a value, or a ``meta``
        that is no JSON object; ``FILE_UNREADABLE``: no table.
    SignalError
        ``DIRECTION_UNKNOWN``, ``TYPE_UNKNOWN``.
    CandleError
        ``TIME_NAIVE``: times without a zone.
    """
    from fillproof.backends import resolve

    made = resolve(backend)[1].TradeSignal
    read, source = to_table(table), source_of(table)
    missing = [name for name in COLUMNS if name not in read.column_names]
    if missing:
        columns_missing(source, missing, read, ", ".join(COLUMNS))
    columns: dict[str, list[Any]] = {}
    for name in _PRICES:
        columns[name] = _cast(read[name], pa.float64(), source, name)
    for name in _TEXTS:
        columns[name] = _cast(read[name], pa.string(), source, name)
    times = times_of(read["timestamp"], None, source, "timestamp") if len(read) else np.empty(0)
    columns["timestamp"] = [_EPOCH + timedelta(microseconds=int(time)) for time in times]
    signals = []
    for row in range(len(read)):
        values = {name: columns[name][row] for name in COLUMNS}
        for field in SIGNAL_SCHEMA:
            if values[field.name] is None and not field.nullable and field.name != "meta":
                _bad_cell(source, row, field.name, None, "a value")
        _check_words(values, row + 1)
        values["meta"] = _meta(values["meta"], source, row)
        signals.append(made(**values))
    return signals


def _cast(column: pa.ChunkedArray, kind: pa.DataType, source: str, name: str) -> list[Any]:
    try:
        values: list[Any] = column.cast(kind).to_pylist()
    except pa.ArrowException as error:
        told = " ".join(str(error).split())
        raise DataError(
            f"{source}, column {name}: {told}",
            code="CELL_INVALID",
            field=name,
            value=str(column.type),
            expected=str(kind),
        ) from None
    return values


def _meta(text: str | None, source: str, row: int) -> dict[str, Any]:
    try:
        return from_text(text or "{}")
    except ValueError as error:
        _bad_cell(source, row, "meta", text, f"a JSON object ({error})")


def _bad_cell(source: str, row: int, name: str, value: object, expected: str) -> NoReturn:
    raise DataError(
        f"{source}, column {name}: {value!r}; expected {expected}",
        code="CELL_INVALID",
        bar=row + 1,
        field=name,
        value=value,
        expected=expected,
    )


def _refuse(code: str, row: int, name: str, value: object, expected: str) -> NoReturn:
    raise SignalError(
        f"signal {row}: {name} is {value!r}; expected {expected}",
        code=code,
        field=name,
        value=value,
        expected=expected,
    )
