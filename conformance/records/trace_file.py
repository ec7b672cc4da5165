"""The trace of a run as one Parquet file, and back, event for event and bit for bit.

What most questions ask for has a column of its own: bar, time, phase, kind, rule, symbol, order.
The other fields differ by kind and lie in `rest`, as one line of JSON (`conformance.wire`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from ..wire import dumps, loads, plain

__all__ = ["read_trace", "write_trace"]

_WHOLE = ("bar", "time_us", "order_id")
_WORDS = ("phase", "kind", "rule", "symbol")
_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.int64()) for name in _WHOLE),
        *(pa.field(name, pa.string()) for name in _WORDS),
        pa.field("rest", pa.string()),
    ]
)


def write_trace(path: Path, events: Iterable[Mapping[str, Any]]) -> int:
    """Write the events of a run; return how many there are.  `seq` is the number of the row."""
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    for event in events:
        rest = {key: plain(value) for key, value in event.items() if key != "seq"}
        for name in (*_WHOLE, *_WORDS):
            value = rest.get(name)
            if value is not None:
                del rest[name]
            columns[name].append(value)
        columns["rest"].append(dumps(rest))
    table = pa.table([pa.array(columns[f.name], f.type) for f in _SCHEMA], schema=_SCHEMA)
    parquet.write_table(table, path, compression="zstd")
    return len(table)


def read_trace(path: Path) -> list[dict[str, Any]]:
    """Read the events that `write_trace` wrote.

    Raises
    ------
    ValueError
        The file is no trace.
    """
    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path}: cannot be read as a trace: {error}") from None
    if table.schema.names != _SCHEMA.names:
        raise ValueError(
            f"{path}: columns {', '.join(table.schema.names)}; expected {', '.join(_SCHEMA.names)}"
        )
    events = []
    for seq, row in enumerate(table.to_pylist()):
        rest = loads(row.pop("rest"))
        known = {name: value for name, value in row.items() if value is not None}
        events.append({"seq": seq, **known, **rest})
    return events
