"""The first row and column in which two results part, table by table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..bits import decimal_text, hex_bits, same, ulps

__all__ = ["ORDER", "CellDifference", "TableDiff", "diff_mapping", "diff_tables", "first_of"]

ORDER = ("signals", "refusals", "trades", "ambiguous", "fees", "swaps", "equity", "summary")
"""Tables in the order in which a bar fills them; a difference belongs to the earliest."""

_ENTRY = frozenset(
    "symbol direction order_type entry_time_us trigger_time_us entry_price reference unit_value "
    "size initial_stop_loss initial_take_profit risk_per_trade entry_fee entry_rule".split()
)


@dataclass(frozen=True)
class CellDifference:
    """One cell that differs, or a row that one side lacks (`column` is None then).

    Attributes
    ----------
    table, row, column
        Where; `row` counts from 0 in the side that has it.
    key
        What the row is about, such as `order 3`.
    time_us
        When it was decided, as far as the row tells.
    left, right
        The values.
    rules
        The rule that each side names in this row.
    missing_on
        `left` or `right` where that side lacks the row.
    """

    table: str
    row: int
    column: str | None
    key: str
    time_us: int | None
    left: Any
    right: Any
    rules: tuple[str | None, str | None] = (None, None)
    missing_on: str | None = None

    def plain(self) -> dict[str, Any]:
        """Give all of it as JSON values, numbers in decimal and bits."""
        both = isinstance(self.left, float) and isinstance(self.right, float)
        return {
            "table": self.table,
            "row": self.row,
            "column": self.column,
            "key": self.key,
            "time_us": self.time_us,
            "missing_on": self.missing_on,
            "values": [_value(self.left), _value(self.right)],
            "rules": list(self.rules),
            "ulps": ulps(self.left, self.right) if both else None,
        }


@dataclass(frozen=True)
class TableDiff:
    """How two tables of one name differ: rows of each, rows that differ, the first such cell."""

    name: str
    rows: tuple[int, int]
    different: int
    first: CellDifference | None


def diff_tables(name: str, left: Any, right: Any) -> TableDiff:
    """Compare two Arrow tables of one schema, row by row, bit by bit.

    Rows about orders are matched by their order, so that one row more does not make all that
    follow it differ; rows of times are matched by place.
    """
    if left.equals(right):
        # Zeros of both signs are equal here, but no saved table may hold a negative one.
        return TableDiff(name, (left.num_rows, right.num_rows), 0, None)
    ours, theirs = left.to_pylist(), right.to_pylist()
    key = _by_order if name in {"signals", "trades", "ambiguous"} else _by_place
    mine, other = _keyed(ours, key), _keyed(theirs, key)
    found = []
    for place, key_of in enumerate([*mine, *(item for item in other if item not in mine)]):
        here, there = mine.get(key_of), other.get(key_of)
        if here is None or there is None or not same(here[1], there[1]):
            found.append(_cell(name, key_of, here, there, place))
    first = min(found, key=_when, default=None)
    return TableDiff(name, (len(ours), len(theirs)), len(found), first)


def diff_mapping(name: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> TableDiff:
    """Compare two mappings of names to values, such as summaries."""
    names = [*left, *(key for key in right if key not in left)]
    wrong = [key for key in names if not same(left.get(key), right.get(key))]
    first = None
    if wrong:
        key = wrong[0]
        first = CellDifference(name, 0, key, key, None, left.get(key), right.get(key))
    return TableDiff(name, (len(left), len(right)), len(wrong), first)


def first_of(tables: list[TableDiff]) -> CellDifference | None:
    """Choose the difference that came first: by time, then in the order of a bar's phases."""
    cells = [table.first for table in tables if table.first is not None]
    return min(cells, key=lambda cell: (*_when(cell)[:1], ORDER.index(cell.table)), default=None)


def _keyed(
    rows: list[dict[str, Any]], key: Callable[[dict[str, Any], int], Any]
) -> dict[Any, tuple[int, dict[str, Any]]]:
    """Give each row its key and, as parts of a position share one, a number."""
    found: dict[Any, tuple[int, dict[str, Any]]] = {}
    seen: dict[Any, int] = {}
    for place, row in enumerate(rows):
        base = key(row, place)
        number = seen[base] = seen.get(base, -1) + 1
        found[base, number] = (place, row)
    return found


def _by_order(row: dict[str, Any], place: int) -> Any:
    order_id = row["order_id"]
    return place if order_id is None else ("order", order_id)


def _by_place(row: dict[str, Any], place: int) -> Any:  # noqa: ARG001
    return place


def _cell(
    name: str,
    key: Any,
    here: tuple[int, dict[str, Any]] | None,
    there: tuple[int, dict[str, Any]] | None,
    place: int,
) -> CellDifference:
    (base, part) = key
    told = f"{base[0]} {base[1]}" if isinstance(base, tuple) else f"row {base}"
    told += f", part {part}" if part else ""
    if here is None or there is None:
        row_place, row = here or there or (place, {})
        rule = _rule(row)
        return CellDifference(
            name,
            row_place,
            None,
            told,
            _time(row, None),
            None if here is None else "present",
            None if there is None else "present",
            (None if here is None else rule, None if there is None else rule),
            "left" if here is None else "right",
        )
    (row_place, mine), (_, other) = here, there
    column = next(column for column in mine if not same(mine[column], other[column]))
    times = [time for row in (mine, other) if (time := _time(row, column)) is not None]
    return CellDifference(
        name,
        row_place,
        column,
        told,
        min(times, default=None),
        mine[column],
        other[column],
        (_rule(mine, column), _rule(other, column)),
    )


def _rule(row: Mapping[str, Any], column: str | None = None) -> str | None:
    if "entry_rule" in row:
        entry = column is None or column in _ENTRY
        found = row["entry_rule"] if entry else row["exit_rule"]
        return None if found is None else str(found)
    rule = row.get("rule")
    return None if rule is None else str(rule)


def _time(row: Mapping[str, Any], column: str | None) -> int | None:
    """Say when the differing part of a row was decided."""
    if "entry_time_us" in row:
        names = ("entry_time_us",) if column in _ENTRY else ("exit_time_us", "entry_time_us")
        if column is None:
            names = ("trigger_time_us", "entry_time_us")
    else:
        names = ("time_us",)
    for name in names:
        value = row.get(name)
        if value is not None:
            return int(value)
    return None


def _when(cell: CellDifference) -> tuple[float, int]:
    return (float("inf") if cell.time_us is None else cell.time_us, cell.row)


def _value(value: Any) -> dict[str, Any]:
    return {
        "decimal": decimal_text(value),
        "bits": hex_bits(value) if isinstance(value, float) else None,
    }
