"""The tables of a run: their columns, and how they are made from an executor and a portfolio.

The digest counts the first four; the other two say what those leave open. Times are integer
microseconds since 1970 (UTC), prices and amounts float64. What a foreign object does not offer is
left out of its table, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from fillproof.arrow_columns import to_array

_I64, _F64, _STR, _BOOL = pa.int64(), pa.float64(), pa.string(), pa.bool_()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# The fields of a Rejection.
_REFUSAL = ("order_id", "time_us", "symbol", "rule", "field", "value", "expected")


def _schema(*columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns])


#: Table name -> columns; the digest takes the first four, in this order.
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
    "ambiguous": _schema(
        ("order_id", _I64),
        ("time_us", _I64),
        ("rule", _STR),
        ("other", _STR),
        ("price", _F64),
        ("other_result", _F64),
        ("result", _F64),
        ("difference", _F64),
    ),
    "swaps": _schema(("time_us", _I64), ("symbol", _STR), ("amount", _F64), ("order_id", _I64)),
    "refusals": _schema(
        ("kind", _STR),
        ("order_id", _I64),
        ("time_us", _I64),
        ("symbol", _STR),
        ("rule", _STR),
        ("field", _STR),
        ("value", _STR),
        ("expected", _STR),
    ),
}

_TRADES = tuple(SCHEMAS["trades"].names)


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
    arrays = [to_array(columns[field.name], field.type) for field in schema]
    return pa.table(arrays, schema=schema)


class ColumnByColumn:
    """What a digest reads of a table, each column made when it is asked for and then let go.

    Parameters
    ----------
    name : str
        The table.
    rows : object
        With a length and ``column(name)``, which gives a numpy array.
    """

    def __init__(self, name: str, rows: Any) -> None:
        self.schema = SCHEMAS[name]
        self.column_names = self.schema.names
        self.num_columns, self.num_rows = len(self.column_names), len(rows)
        self._rows = rows

    def column(self, name: str) -> pa.ChunkedArray:
        """Make one column."""
        return pa.chunked_array([to_array(self._rows.column(name), self.schema.field(name).type)])


def trades(positions: Iterable[Any], more: Iterable[tuple[Any, ...]] = ()) -> pa.Table:
    """Make the table of trades by reading each position's attributes.

    Parameters
    ----------
    positions : iterable of positions
    more : iterable of tuple
        Further rows, which `trade_row` has read before.
    """
    return _from_rows("trades", [*map(trade_row, positions), *more])


def trade_row(position: Any) -> tuple[Any, ...]:
    """Read the row of a position as it is now."""
    return tuple(_attribute(position, name) for name in _TRADES)


def _attribute(position: Any, name: str) -> Any:
    value = getattr(position, name, None)
    if value is None and name.endswith("_us"):
        # A foreign position has datetime attributes only.
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


def swaps(log: Sequence[tuple[datetime, float, Any]]) -> pa.Table:
    """Make the table of swaps from a portfolio's ``swaps_log``; a positive amount was gained."""
    return from_columns(
        "swaps",
        {
            "time_us": [to_us(time) for time, _, _ in log],
            "symbol": [getattr(position, "symbol", None) for _, _, position in log],
            "amount": [amount for _, amount, _ in log],
            "order_id": [getattr(position, "order_id", None) for _, _, position in log],
        },
    )


def keyed(table: pa.Table, keys: Sequence[Any]) -> pa.Table:
    """Put the key beside every time of a run whose keys are not times (L4.ordinal).

    A column ``time_us`` gets a column ``key`` at the table's end, ``entry_time_us`` an
    ``entry_key``, and so on.

    Examples
    --------
    >>> keyed(pa.table({"time_us": [1, 0]}), ["mon", "tue"])["key"].to_pylist()
    ['tue', 'mon']
    """
    for name in table.column_names:
        if name.endswith("time_us"):
            places = table[name].to_pylist()
            values = [None if place is None else keys[place] for place in places]
            key = pa.array(values, pa.array(keys[:1]).type)
            table = table.append_column(name.removesuffix("time_us") + "key", key)
    return table


def ambiguous(exits: Iterable[Any], still_open: Iterable[Any]) -> pa.Table:
    """Make the ledger of what the candles leave open: one row for each mark (X4.ledger).

    The result beside a mark is that of its order from the mark's bar on, parts closed on their own
    included: a mark of the entry bar is about all of it, one of a tie about what left in the tie.

    Parameters
    ----------
    exits : iterable of positions
        Whole ones and parts, in order of their exits.
    still_open : iterable of positions
        Their rows have no result.
    """
    rows: list[tuple[Any, ...]] = []
    parts: dict[Any, list[tuple[Any, Any]]] = {}
    for position in exits:
        order_id = getattr(position, "order_id", None)
        left = _attribute(position, "exit_time_us"), getattr(position, "result", None)
        if getattr(position, "part", 0):
            parts.setdefault(order_id, []).append(left)
            continue
        # A later order may have the same number: that of another executor.
        whole = [*parts.pop(order_id, ()), left]
        for mark in getattr(position, "marks", ()):
            result = 0.0
            for exit_us, part_result in whole:
                if exit_us >= mark.time_us:
                    result = result + part_result
            rows.append((order_id, *_mark(mark), result, (mark.result - result) + 0.0))
    rows += [
        (getattr(position, "order_id", None), *_mark(mark), None, None)
        for position in still_open
        for mark in getattr(position, "marks", ())
    ]
    rows.sort(key=lambda row: (row[1], row[0] or 0))
    return _from_rows("ambiguous", rows)


def _mark(mark: Any) -> tuple[Any, ...]:
    return mark.time_us, mark.rule, mark.other, mark.price, mark.result


def refusals(signals: Iterable[Any], commands: Iterable[Any]) -> pa.Table:
    """Make the table of what was not carried out, from `Rejection` values; in order of time.

    Values of all kinds are text there, numbers as they read back.
    """
    rows = [_refusal("signal", refused) for refused in signals]
    rows += [_refusal("command", refused) for refused in commands]
    rows.sort(key=lambda row: row[2] or 0)
    return _from_rows("refusals", rows)


def _refusal(kind: str, refused: Any) -> tuple[Any, ...]:
    order_id, time_us, symbol, rule, field, value, expected = (
        getattr(refused, name, None) for name in _REFUSAL
    )
    told = None if value is None else str(value)
    return kind, order_id, time_us, symbol, rule, field, told, expected


def _from_rows(name: str, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(SCHEMAS[name])
    return from_columns(name, dict(zip(SCHEMAS[name].names, columns, strict=True)))
