"""Fills and exits as a list of trades tells them, for candidates that keep no trace."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from .outcome import Outcome
from .scripted import to_number

__all__ = ["KEYS", "TIMED", "clock_of", "in_order", "told_by_trades"]

KEYS = {
    "fill": {
        "order_id": "order_id",
        "symbol": "symbol",
        "direction": "direction",
        "price": "entry_price",
        "size": "initial_size",
        "fee": "entry_fee",
        "rule": "entry_rule",
    },
    "exit": {
        "order_id": "order_id",
        "part": "part",
        "symbol": "symbol",
        "direction": "direction",
        "price": "exit_price",
        "size": "size",
        "reason": "reason",
        "result": "result",
        "r_multiple": "r_multiple",
        "exit_fee": "exit_fee",
        "ambiguous": "ambiguous",
        "rule": "exit_rule",
    },
}
"""Of each kind of event, its fields, and the field of a trade that tells each."""

TIMED = {"fill": "trigger_time_us", "exit": "exit_time_us"}
"""The field of a trade without which it does not tell the event."""

_FILLED = ("closed", "open")
_LEFT = ("closed", "parts")


def clock_of(outcome: Outcome) -> list[int]:
    """List the time of each bar, as far as an outcome tells it: by its trace, or its equity.

    Examples
    --------
    >>> clock_of({"events": [{"kind": "bar", "bar": 1, "time_us": 60}]})
    [-1, 60]
    """
    known = {
        event["bar"]: event["time_us"]
        for event in outcome.get("events") or []
        if event["kind"] == "bar"
    }
    if not known:
        return list((outcome.get("equity") or {}).get("time_us", []))
    # Bars before the start are not told; a time before the first that is known is in none.
    return [known.get(bar, -1) for bar in range(max(known) + 1)]


def told_by_trades(
    trades: Mapping[str, list[dict[str, Any]]], clock: list[int]
) -> list[dict[str, Any]]:
    """List the fills and exits that trades tell, with what of them is given.

    Parameters
    ----------
    trades
        Groups of trades.
    clock
        Time of each bar, ascending.

    Examples
    --------
    >>> trade = {"exit_price": 1.2, "exit_time_us": 60, "entry_price": 1.1}
    >>> [event] = told_by_trades({"closed": [trade]}, [0, 60])
    >>> event["kind"], event["bar"], event["price"]
    ('exit', 1, 1.2)
    """
    events = [
        _event(kind, trade, clock)
        for kind, groups in (("fill", _FILLED), ("exit", _LEFT))
        for group in groups
        for trade in trades.get(group, [])
        if TIMED[kind] in trade
    ]
    events.sort(key=_place)
    return [{"seq": place, **event} for place, event in enumerate(events)]


def in_order(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put expected fills and exits into the order of `told_by_trades`."""
    return sorted(events, key=_place)


def _event(kind: str, trade: dict[str, Any], clock: list[int]) -> dict[str, Any]:
    told = {name: trade[source] for name, source in KEYS[kind].items() if source in trade}
    time_us = trade[TIMED[kind]]
    bar = bisect_right(clock, time_us) - 1 if clock and time_us is not None else None
    return {"bar": bar, "time_us": time_us, "phase": None, "kind": kind, **told}


def _place(event: dict[str, Any]) -> tuple[Any, ...]:
    """Sort by bar, then order, a fill before its exit, parts before the rest."""
    part = event.get("part") or 0
    price = to_number(event.get("price"))
    return (
        -1 if event.get("bar") is None else event["bar"],
        event.get("order_id") or 0,
        event["kind"] == "exit",
        part or float("inf"),
        price if isinstance(price, float) else 0.0,
    )
