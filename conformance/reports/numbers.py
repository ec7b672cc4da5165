"""Numbers for people: as few digits as tell the story, all of them where it hangs on the last."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["money", "short", "short_pair"]

_FEW = 8


def short(value: Any, digits: int = _FEW) -> str:
    """Write a number, or the text of one, with few digits; other values as they are.

    Examples
    --------
    >>> short(-0.16666666666663585), short("1.0990"), short(9988.0), short("'long'"), short(None)
    ('-0.16666667', '1.0990', '9988.0', "'long'", 'None')
    """
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= digits + 3:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return f"{number:.{digits}g}" if math.isfinite(number) else text


def short_pair(left: Any, right: Any) -> tuple[str, str]:
    """Write two values with few digits, but enough of them to see where they differ.

    Examples
    --------
    >>> short_pair("-1.99999999999978", "2.9999999999996696")
    ('-2', '3')
    >>> short_pair("1.0000000000000002", "1.0")
    ('1.0000000000000002', '1.0')
    """
    for digits in (_FEW, 12, 15):
        few = short(left, digits), short(right, digits)
        if few[0] != few[1] and _number(few[0]) != _number(few[1]):
            return few
    return str(left), str(right)


def money(value: float | None) -> str:
    """Write an amount of the account with cents and groups of thousands.

    Examples
    --------
    >>> money(10234.567), money(-0.0000001), money(None)
    ('10,234.57', '-1e-07', 'none')
    """
    if value is None:
        return "none"
    if value != 0.0 and abs(value) < 0.005:
        return f"{value:.3g}"
    return f"{value:,.2f}"


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
