"""What an expression is refused for, and how the refusal is worded."""

from __future__ import annotations

import math
from typing import Any, NoReturn

from fillproof.errors import ConfigError

__all__ = ["WEEKDAYS", "moment", "number", "refuse", "text", "whole"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def refuse(path: str, value: object, expected: str) -> NoReturn:
    """Raise EXPRESSION_INVALID for the value at a place inside a tree.

    Examples
    --------
    >>> refuse("shift.bars", -1, "a whole number >= 0")
    Traceback (most recent call last):
    fillproof.errors.ConfigError: shift.bars is -1; expected a whole number >= 0
    """
    shown = repr(value)
    shown = shown if len(shown) <= 120 else shown[:117] + "..."
    raise ConfigError(
        f"{path} is {shown}; expected {expected}",
        code="EXPRESSION_INVALID",
        field=path,
        value=value,
        expected=expected,
    )


def number(value: Any, path: str, expected: str = "a finite number") -> float:
    """Read a finite number as a float, -0.0 as 0.0."""
    if isinstance(value, bool) or not (
        hasattr(type(value), "__float__") or hasattr(type(value), "__index__")
    ):
        refuse(path, value, expected)
    read = float(value)
    if not math.isfinite(read):
        refuse(path, value, expected)
    return read + 0.0


def whole(value: Any, path: str, least: int) -> int:
    """Read a whole number that is at least so large."""
    if isinstance(value, bool) or not hasattr(type(value), "__index__") or value < least:
        refuse(path, value, f"a whole number >= {least}")
    return int(value)


def text(value: Any, path: str, expected: str = "text that is not empty") -> str:
    """Read text that is not empty."""
    if not isinstance(value, str) or not value:
        refuse(path, value, expected)
    return value


def moment(value: Any, path: str) -> str:
    """Read a time of the day, or of the week, as `Session` writes them."""
    expected = "HH:MM, or a day of Mon to Sun and HH:MM"
    if not isinstance(value, str):
        refuse(path, value, expected)
    clock = value[4:] if value[:3] in WEEKDAYS and value[3:4] == " " else value
    digits = clock[:2] + clock[3:]
    good = len(clock) == 5 and clock[2] == ":" and digits.isascii() and digits.isdigit()
    if not good or int(clock[:2]) > 23 or int(clock[3:]) > 59:
        refuse(path, value, expected)
    return value
