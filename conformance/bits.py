"""Numbers as their bits: the only notion of "equal" that this harness knows.

Two floats are the same when their 64 bits are; -0.0 differs from 0.0, an int differs from a float
of the same size, and a bool from both.  Text is never compared where a number is meant, since two
languages print the same double in different ways.
"""

from __future__ import annotations

import struct
from typing import Any

__all__ = ["decimal_text", "differing_keys", "hex_bits", "parse_bits", "same", "tick_text", "ulps"]


def hex_bits(value: float) -> str:
    """Write the 64 bits of `value` in hexadecimal.

    Examples
    --------
    >>> hex_bits(1.0)
    '0x3ff0000000000000'
    """
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016x}"


def parse_bits(text: str) -> float:
    """Read what `hex_bits` wrote.

    Examples
    --------
    >>> parse_bits("0x3ff8000000000000")
    1.5
    """
    value: float = struct.unpack("<d", struct.pack("<Q", int(text, 16)))[0]
    return value


def same(left: Any, right: Any) -> bool:
    """Tell whether two plain values are equal in type and in every bit.

    Containers are lists, tuples and dicts; a list equals a tuple of the same items, because both
    are written alike, and the order of a dict's keys does not count.

    Examples
    --------
    >>> same(0.1 + 0.2, 0.3), same(1, 1.0), same(float("nan"), float("nan"))
    (False, False, True)
    >>> same({"price": -0.0}, {"price": 0.0})
    False
    """
    if left is right:
        return True
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        # Equality first, as it is quick: only zeros and NaN need their bits looked at.
        if left == right and left != 0.0:
            return True
        return struct.pack("<d", left) == struct.pack("<d", right)
    return bool(left == right)


def differing_keys(left: dict[str, Any], right: dict[str, Any]) -> list[str]:
    """Name the keys whose values differ or that only one side has, in the left side's order.

    Examples
    --------
    >>> differing_keys({"a": 1, "b": 2.0}, {"a": 1, "b": 2, "c": None})
    ['b', 'c']
    """
    keys = [*left, *(key for key in right if key not in left)]
    return [
        key
        for key in keys
        if key not in left or key not in right or not same(left[key], right[key])
    ]


def ulps(left: float, right: float) -> int | None:
    """Count the doubles from `left` to `right`; None where one of them is no number.

    Examples
    --------
    >>> ulps(1.0, 1.0000000000000002), ulps(-0.0, 0.0), ulps(1.0, float("nan"))
    (1, 0, None)
    """
    if left != left or right != right:
        return None
    return abs(_ordinal(right) - _ordinal(left))


def tick_text(left: float, right: float, digits: int | None) -> str | None:
    """Write the difference in ticks of a symbol that quotes `digits` decimals.

    Examples
    --------
    >>> tick_text(1.10005, 1.1, 5)
    '5'
    """
    if digits is None or ulps(left, right) is None:
        return None
    return f"{(left - right) * 10.0**digits:.6g}"


def decimal_text(value: Any) -> str:
    """Write a value so that it reads back as itself: shortest round trip for floats.

    Examples
    --------
    >>> decimal_text(1.1023), decimal_text("long"), decimal_text(None)
    ('1.1023', "'long'", 'None')
    """
    return repr(value)


def _ordinal(value: float) -> int:
    """Place the doubles on a line, so that neighbours differ by one."""
    bits: int = struct.unpack("<q", struct.pack("<d", value))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)
