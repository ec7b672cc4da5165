"""One way to write JSON: keys sorted, floats as short as reads back the same, no NaN."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fillproof.errors import DigestError


def dumps(value: Any) -> str:
    """Write a value as canonical JSON with a final line feed.

    Mappings, lists, text, numbers, booleans, None and aware datetimes (as ISO text) are taken;
    numpy scalars as the numbers they are.

    Raises
    ------
    DigestError
        ``NEGATIVE_ZERO``: a float is -0.0, NaN or infinite.
    TypeError
        A value of another type.

    Examples
    --------
    >>> dumps({"b": 0.1, "a": [1, None]}).split()
    ['{', '"a":', '[', '1,', 'null', '],', '"b":', '0.1', '}']
    """
    clean = _clean(value, "")
    return json.dumps(clean, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _clean(value: Any, path: str) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _clean(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, (Sequence, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [_clean(item, f"{path}[{index}]") for index, item in enumerate(items)]
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        # The same promise as in the tables: a result holds neither -0.0 nor NaN.
        if value != value or value in (float("inf"), float("-inf")) or _is_negative_zero(value):
            raise DigestError(
                f"{path.lstrip('.')} is {value!r}; expected a finite number other than -0.0",
                code="NEGATIVE_ZERO",
                field=path.lstrip("."),
                value=repr(value),
                expected="a finite number other than -0.0",
            )
        return value
    raise TypeError(f"{path.lstrip('.')} is a {type(value).__name__}, which JSON cannot hold")


def _is_negative_zero(value: float) -> bool:
    return value == 0.0 and str(value).startswith("-")
