"""The four tables of a run: their columns, and how they are made from an executor and a portfolio.

Times are integer microseconds since 1970 (UTC), prices and amounts float64. What a foreign object
does not offer is left out of its table, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

_I64, _F64, _STR, _BOOL = pa.int64(), pa.float64(), pa.string(), pa.bool_()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns])


#: Table name -> columns, in the order in which the digest takes them.
SCHEMAS: Mapping[str, pa.Schema] = {
    "signals": _schema(
        ("order_id", _I64),
        ("time_us", _I64),
        ("symbol", _STR),
        ("direction", _STR),
        ("type", _STR),
        ("entry_price", _F64),
        ("stop_loss", _F64),
        ("take_profit", _F64),
        ("outcome", _STR),
        ("rule", _STR),
        ("size", _F64),
    ),
    "trades": _schema(
        ("order_id", _I64),
        ("symbol", _STR),
        ("direction", _STR),
        ("order_type", _STR),
        ("status", _STR),
        ("entry_time_us", _I64),
        ("trigger_time_us", _I64),
        ("exit_time_us", _I64),
        ("entry_price", _F64),
        ("exit_price", _F64),
        ("stop_loss", _F64),
        ("take_profit", _F64),
        ("initial_stop_loss", _F64),
        ("initial_take_profit", _F64),
        ("size", _F64),
        ("reference", _F64),
        ("unit_value", _F64),
        ("risk_per_trade", _F64),
        ("entry_fee", _F64),
        ("exit_fee", _F64),
        ("result", _F64),
        ("net_result", _F64),
        ("r_multiple", _F64),
        ("reason", _STR),
        ("entry_rule", _STR),
        ("exit_rule", _STR),
        ("ambiguous", _BOOL),
    ),
    "fees": _schema(("time_us", _I64), ("kind", _STR), ("amount", _F64), ("order_id", _I64)),
    "equity": _schema(
        ("time_us", _I64),
        ("cash", _F64),
        ("equity", _F64),
        ("equity_worst", _F64),
        ("drawdown", _F64),
    ),
}


def to_us(time: datetime) -> int:
    """Turn an aware datetime into microseconds since 1970.

    Examples
    --------
    >>> to_us(datetime(2020, 1, 1, tzinfo=UTC))
    1577836800000000
    """
    return (time - _EPOCH) // _MICROSECOND


def from_columns(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Make a table from neutral columns (numpy arrays or lists; None is absent)."""
    schema = SCHEMAS[name]
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return pa.table(arrays, schema=schema)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    # A numpy column marks what is absent by NaN, where a price may be absent.
    return pa.array(values, kind, from_pandas=kind == _F64 and hasattr(values, "dtype"))


def trades(positions: Iterable[Any]) -> pa.Table:
    """Make the table of trades by reading each position's attributes."""
    schema = SCHEMAS["trades"]
    columns: dict[str, list[Any]] = {name: [] for name in schema.names}
    for position in positions:
        for name, values in columns.items():
            values.append(_attribute(position, name))
    return from_columns("trades", columns)


def _attribute(position: Any, name: str) -> Any:
    value = getattr(position, name, None)
    if value is None and name.endswith("_us"):
        # A foreign position has the seed's datetime attributes only.
        time = getattr(position, name.removesuffix("_us"), None)
        return to_us(time) if isinstance(time, datetime) else None
    return value


def fees(log: Sequence[tuple[datetime, str, float, Any]]) -> pa.Table:
    """Make the table of fees from a portfolio's ``fees_log``."""
    return from_columns(
        "fees",
        {
            "time_us": [to_us(time) for time, _, _, _ in log],
            "kind": [kind for _, kind, _, _ in log],
            "amount": [amount for _, _, amount, _ in log],
            "order_id": [getattr(position, "order_id", None) for _, _, _, position in log],
        },
    )
