"""The one way in which JSON files of golden/ are written: short things on one line.

A list or object that fits into the width stands on one line; a longer one has an item a line.
Lists under some keys (bars, events, ...) always have an item a line, and an item of theirs may be
wide: a bar, an event, a sum is one line, and a change of it is a change of one line.
"""

from __future__ import annotations

import json
from typing import Any

WIDTH = 120
WIDE = 900
"""Most that a line holds which is an item of those lists, or a configuration."""
ITEMS_WIDE = frozenset(
    "header cases bars bid ask signals commands events equity trades marks sum first_trades "
    "last_trades files".split()
)
ITEM_A_LINE = ITEMS_WIDE | {"properties", "$defs", "oneOf"}


def dumps(document: Any) -> str:
    """Write a document in the canonical form, ending with a line feed.

    Examples
    --------
    >>> print(dumps({"bars": [["0", "1"], ["2", "3"]], "sum": []}), end="")
    {
     "bars": [
      ["0", "1"],
      ["2", "3"]
     ],
     "sum": []
    }
    """
    return _write(document, 0) + "\n"


def _flat(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _write(value: Any, depth: int, key: str = "", *, wide: bool = False) -> str:
    """Write the value of a key, or an item of a list; `wide` allows it a wide line."""
    flat = _flat(value)
    if not isinstance(value, (dict, list)) or not value:
        return flat
    split = depth == 0 or key in ITEM_A_LINE
    limit = WIDE if wide or key == "config" else WIDTH
    if not split and depth + len(key) + len(flat) < limit and not _has_split(value):
        return flat
    inside, end = " " * (depth + 1), " " * depth
    if isinstance(value, list):
        if not split and all(isinstance(item, str) for item in value):
            return _filled([_flat(item) for item in value], depth)
        items = [_write(item, depth + 1, wide=key in ITEMS_WIDE) for item in value]
        return "[\n" + ",\n".join(inside + item for item in items) + f"\n{end}]"
    items = [f"{_flat(name)}: {_write(item, depth + 1, name)}" for name, item in value.items()]
    return "{\n" + ",\n".join(inside + item for item in items) + f"\n{end}}}"


def _filled(items: list[str], depth: int) -> str:
    """Write a long list of words as lines that are as full as they may be."""
    lines, line = [], ""
    for item in items:
        if line and depth + 3 + len(line) + len(item) > WIDTH:
            lines.append(line)
            line = ""
        line = f"{line}, {item}" if line else item
    inside = ",\n".join(" " * (depth + 1) + text for text in [*lines, line])
    return "[\n" + inside + "\n" + " " * depth + "]"


def _has_split(value: Any) -> bool:
    """Tell whether a list that must be split lies somewhere inside."""
    if isinstance(value, dict):
        return any((key in ITEM_A_LINE and item) or _has_split(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_split(item) for item in value)
