"""What a candidate may give, section by section, and of which type each value is."""

from __future__ import annotations

from typing import Any

from ..outcome import TRADE_FIELDS

__all__ = [
    "CAN", "COLUMNS", "FLOAT", "FULL_TRADE_FIELDS", "GROUPS", "INT", "LEAST_FIELDS", "SECTIONS",
    "TEXT", "TRADE_TYPES", "WHOLE_KEYS", "read_typed",
]  # fmt: skip

SECTIONS = (
    "trades", "equity", "events", "fees", "signals", "summary", "state", "errors", "value",
)  # fmt: skip
"""Parts of an outcome; `errors` are our codes for input that is refused, `value` the answers of
single functions."""

CAN = ("case", "proof")
"""Kinds of requests that a foreign candidate may take; a job reaches it as a case."""

GROUPS = ("closed", "open", "expired", "parts")
"""Groups of trades: closed, still open at the end, orders that never filled, partial exits."""

COLUMNS = ("time_us", "cash", "equity", "equity_worst", "drawdown")

FLOAT, INT, TEXT, BOOL, MARKS = "number", "whole number", "text", "true or false", "list"

_WHOLE = "order_id entry_time_us trigger_time_us exit_time_us part max_bars".split()
_TEXTS = (
    "symbol direction order_type status reason entry_rule exit_rule oco expires_at"
).split()  # fmt: skip

FULL_TRADE_FIELDS = (*TRADE_FIELDS, "expires_at", "marks")
TRADE_TYPES: dict[str, str] = {
    name: (
        MARKS
        if name == "marks"
        else BOOL
        if name == "ambiguous"
        else INT
        if name in _WHOLE
        else TEXT
        if name in _TEXTS
        else FLOAT
    )
    for name in FULL_TRADE_FIELDS
}
"""Type of each field of a trade; null is allowed where a trade has no such thing."""

WHOLE_KEYS = frozenset(
    {
        *_WHOLE, "seq", "bar", "time_us", "expires_at_us", "version", "next_order_id", "closed",
        "index", "Total Trades", "Expired Orders", "Partial Closed Orders",
        "Orders closed at Break Even", "Wins", "Losses",
    }
)  # fmt: skip
"""Keys of events, signals, summary and state whose numbers are whole; all others are binary64."""

LEAST_FIELDS = ("direction", "entry_price", "exit_price", "exit_time_us")
"""Without these of a trade nothing is proven."""


def read_typed(value: Any, kind: str, where: str) -> Any:
    """Read one value as its type: a number that is whole may be written without a point.

    Raises
    ------
    ValueError
        The value is of another type; the message says where and what was expected.

    Examples
    --------
    >>> read_typed(100, FLOAT, "cash"), read_typed(None, FLOAT, "stop_loss")
    (100.0, None)
    >>> read_typed(1.5, INT, "closed[0].order_id")
    Traceback (most recent call last):
    ValueError: closed[0].order_id is 1.5; expected a whole number
    """
    if value is None:
        return None
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == FLOAT and number:
        return float(value)
    if kind == INT and number and float(value).is_integer():
        return int(value)
    if kind == TEXT and isinstance(value, str):
        return value
    if kind == BOOL and isinstance(value, bool):
        return value
    if kind == MARKS and isinstance(value, list):
        return value
    article = "" if kind in (TEXT, BOOL) else "a "
    raise ValueError(f"{where} is {value!r}; expected {article}{kind}")
