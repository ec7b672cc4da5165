"""What a function needs to be a candidate: a word about what it gives, and a way to decline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .fields import LEAST_FIELDS

__all__ = ["DEFAULT_FIELDS", "Skip", "engine", "said_of"]

_MARK = "__fillproof_candidate__"
DEFAULT_FIELDS = LEAST_FIELDS
"""Fields of a trade that a function gives which says nothing of itself."""

Function = TypeVar("Function", bound=Callable[..., Any])


class Skip(Exception):
    """Raised by an engine for a case that it cannot play, with the reason in words.

    A skipped case proves nothing.  It stands in the report, and has to be on the list of known gaps
    before a verdict can be "same".

    Examples
    --------
    >>> raise Skip("no limit orders")
    Traceback (most recent call last):
    fillproof.conformance.adapters.authoring.Skip: no limit orders
    """


def engine(
    *,
    name: str | None = None,
    version: str = "0",
    gives: Sequence[str] = ("trades",),
    trade_fields: Sequence[str] = DEFAULT_FIELDS,
    trade_groups: Sequence[str] = ("closed",),
    equity_columns: Sequence[str] = ("time_us", "equity"),
) -> Callable[[Function], Function]:
    """Say of a function what its outcomes hold, so that just that is compared.

    Parameters
    ----------
    name, version
        How reports call it; by default the function's name, and "0".
    gives
        Sections of its outcomes: trades, equity, events, fees, signals, summary, state, errors.
    trade_fields
        Fields of each trade, by the names of `PortfolioPosition`.
    trade_groups
        `closed`, `open`, `expired`, `parts`; with `closed` alone trades may be a plain list.
    equity_columns
        Columns of the equity: time_us, cash, equity, equity_worst, drawdown.

    Examples
    --------
    >>> @engine(version="2", gives=("trades", "equity"))
    ... def play(case):
    ...     return {"trades": [], "equity": {"time_us": [], "equity": []}}
    >>> said_of(play)["name"], said_of(play)["gives"]
    ('play', ['trades', 'equity'])
    """

    def mark(function: Function) -> Function:
        said = {
            "name": name or getattr(function, "__name__", "function"),
            "version": version,
            "gives": list(gives),
            "trade_fields": list(trade_fields),
            "trade_groups": list(trade_groups),
            "equity_columns": list(equity_columns),
        }
        setattr(function, _MARK, said)
        return function

    return mark


def said_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Give what a function says of itself, or what holds of one that says nothing.

    Examples
    --------
    >>> said_of(len)["trade_fields"] == list(DEFAULT_FIELDS)
    True
    """
    found = getattr(function, _MARK, None)
    if found is None:
        found = {
            "name": getattr(function, "__name__", type(function).__name__),
            "version": "0",
            "gives": ["trades"],
            "trade_fields": list(DEFAULT_FIELDS),
        }
    return dict(found)
