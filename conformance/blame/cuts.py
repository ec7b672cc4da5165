"""Cuts a run after a bar: the state there, and what comes after."""

from __future__ import annotations

from typing import Any

from ..replay import fold
from ..scripted import to_number
from ..units import units_of

__all__ = ["continuation", "state_after"]

Events = list[dict[str, Any]]


def state_after(case: dict[str, Any], events: Events, bar: int) -> dict[str, Any]:
    """Fold a trace up to the end of a bar.

    Parameters
    ----------
    case
        Its balance and rates are read.
    events
        A whole trace.
    bar
        Absolute index of the last bar that counts.
    """
    balance = to_number(case["config"]["initial_balance"])
    return fold([event for event in events if event["bar"] <= bar], balance, units_of(case))


def continuation(events: Events, bar: int, state: dict[str, Any]) -> Events:
    """List what comes after a bar, without running numbers.

    Commands for orders that had left before the bar are left out: a script names them, which who
    takes over a state cannot know.

    Examples
    --------
    >>> state = {"next_order_id": 3, "orders": [], "positions": [{"order_id": 2}]}
    >>> rows = [{"seq": n, "bar": 5, "kind": "order", "order_id": n} for n in (1, 2)]
    >>> continuation(rows, 4, state)
    [{'bar': 5, 'kind': 'order', 'order_id': 2}]
    """
    there = {item["order_id"] for item in (*state["orders"], *state["positions"])}
    return [
        {name: value for name, value in event.items() if name != "seq"}
        for event in events
        if event["bar"] > bar
        and not (
            event["kind"] == "order"
            and event["order_id"] < state["next_order_id"]
            and event["order_id"] not in there
        )
    ]
