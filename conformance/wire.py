"""One JSON document a line: how the harness and its workers talk.

A float is a JSON number with a point or an exponent, in its shortest round trip, and an int is one
without; so type and bits survive.  What JSON has no number for (NaN, infinities) goes as an object
with the bits: `{"f64": "0x7ff8000000000000"}`.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from .bits import hex_bits, parse_bits

__all__ = ["PROTOCOL", "dumps", "loads", "plain"]

PROTOCOL = 1
"""Version of the conversation, said by a worker in its first line."""

# What is written as it is.
_LEAVES = frozenset({bool, float, int, str, type(None)})


def plain(value: Any) -> Any:
    """Turn a result of an engine into what `dumps` writes; arrays become lists.

    Raises
    ------
    TypeError
        The value is of a kind that no trace, state or table may hold.

    Examples
    --------
    >>> plain({"size": np.float64(0.1), "levels": (None, 2)})
    {'size': 0.1, 'levels': [None, 2]}
    """
    if type(value) in _LEAVES or isinstance(value, (str, bool)):
        return value
    # Most of what is in them are leaves, and a call for each would be most of the work.
    if isinstance(value, dict):
        return {
            str(key): item if type(item) in _LEAVES else plain(item) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _LEAVES else plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (float, np.floating)):
        return float(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, np.bool_):
        return bool(value)
    raise TypeError(f"{type(value).__name__} {value!r} cannot be compared; expected plain values")


def dumps(message: dict[str, Any], indent: int | None = None) -> str:
    """Write one message as one line, without the line's end; `indent` makes a file to read of it.

    Examples
    --------
    >>> dumps({"price": float("nan"), "size": 1.0})
    '{"price":{"f64":"0x7ff8000000000000"},"size":1.0}'
    """
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(_tagged(message), separators=separators, indent=indent, allow_nan=False)


def loads(line: str) -> dict[str, Any]:
    """Read one message.

    Raises
    ------
    ValueError
        The line is no JSON object.

    Examples
    --------
    >>> loads('{"price":{"f64":"0x7ff8000000000000"}}')
    {'price': nan}
    """
    message = json.loads(line, object_hook=_untagged)
    if not isinstance(message, dict):
        raise ValueError(f"expected a JSON object, got {line[:80]!r}")  # noqa: TRY004
    return message


def _tagged(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else {"f64": hex_bits(value)}
    if isinstance(value, dict):
        return {key: _tagged(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tagged(item) for item in value]
    return value


def _untagged(value: dict[str, Any]) -> Any:
    return parse_bits(value["f64"]) if value.keys() == {"f64"} else value
