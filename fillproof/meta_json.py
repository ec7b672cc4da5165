"""A signal's notes as one line of JSON, the same text on every backend, and back.

Keys are sorted, floats as short as reads back the same; an aware datetime is its ISO text, as
``expires_at`` may be written (S1.order_options). What JSON cannot hold is refused, not bent into
something that it can.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from fillproof.errors import SignalError

_EXPECTED = "text, finite numbers, True, False, None, lists, and mappings by text"
_DEEPEST = 100


def to_text(meta: Mapping[Any, Any], row: int | None = None) -> str:
    """Write notes as one line.

    Parameters
    ----------
    meta : mapping
        By text; values are text, finite numbers (numpy's, too), True, False, None, aware
        datetimes, and lists, tuples and mappings of these.
    row : int, optional
        Number of the signal, for errors.

    Raises
    ------
    SignalError
        ``META_NOT_JSON``, with the path of the value as its field.

    Examples
    --------
    >>> to_text({"score": 0.1, "legs": (1, None), "é": True})
    '{"legs":[1,null],"score":0.1,"é":true}'
    """
    plain = _plain(meta, "meta", row, 0)
    return json.dumps(
        plain, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )


def from_text(text: str) -> dict[str, Any]:
    """Read notes; a ValueError says what is no JSON object.

    Examples
    --------
    >>> from_text('{"legs":[1,null]}')
    {'legs': [1, None]}
    """
    meta = json.loads(text, parse_constant=_no_constant)
    if not isinstance(meta, dict):
        raise ValueError(f"{type(meta).__name__} at the top")  # noqa: TRY004 - of a text
    return meta


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _plain(value: Any, path: str, row: int | None, depth: int) -> Any:  # noqa: RET503
    if depth > _DEEPEST:
        _refuse(value, path, row, f"at most {_DEEPEST} levels")
    if isinstance(value, str):
        return _text(value, path, row)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not abs(value) < float("inf"):
            _refuse(value, path, row, _EXPECTED)
        return float(value)
    if isinstance(value, Mapping):
        return {
            _key(key, path, row): _plain(item, f"{path}.{key}", row, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            _plain(item, f"{path}[{place}]", row, depth + 1) for place, item in enumerate(value)
        ]
    if isinstance(value, datetime) and value.utcoffset() is not None:
        return value.isoformat()
    if _is_numpy_number(value):
        return _plain(value.item(), path, row, depth)
    _refuse(value, path, row, _EXPECTED)


def _is_numpy_number(value: Any) -> bool:
    """Tell whether a value is a scalar of numpy that is a number of Python's, too."""
    if type(value).__module__ != "numpy" or getattr(value, "shape", None) != ():
        return False
    return value.dtype.kind in "biuf" and value.dtype.itemsize <= 8


def _key(key: Any, path: str, row: int | None) -> str:
    if not isinstance(key, str):
        _refuse(key, f"a key of {path}", row, "text")
    return _text(key, f"a key of {path}", row)


def _text(value: str, path: str, row: int | None) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(value, path, row, "text without half a pair of surrogates")
    # A word of an enumeration is the text that it stands for.
    return str.__str__(value)


def _refuse(value: object, path: str, row: int | None, expected: str) -> NoReturn:
    place = "" if row is None else f"signal {row}: "
    shown = repr(value)
    told = shown if len(shown) < 100 else f"a {type(value).__name__}"
    raise SignalError(
        f"{place}{path} is {told}, which JSON cannot hold; expected {expected}",
        code="META_NOT_JSON",
        field=path,
        value=value,
        expected=expected,
    )
