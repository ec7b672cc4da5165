"""Cuts a run after a bar: the state there, and what comes after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..case_keys import is_cross
from ..replay import fold
from ..scripted import to_number
from ..units import units_of

__all__ = ["Window", "continuation", "state_after", "window_of"]

Events = list[dict[str, Any]]
_WHOLE = 3000
_BEFORE = 200
_AFTER = 2000


@dataclass(frozen=True)
class Window:
    """The part of a long case that is played again, so that it does not take as long as the whole.

    Attributes
    ----------
    case
        The case of that part, its bars counted from 0.
    first
        Index of its first bar in the whole case.
    end
        Index of the first bar in the whole case that is not compared; None: all are.
    """

    case: dict[str, Any]
    first: int = 0
    end: int | None = None

    def place(self, bar: int) -> int:
        """Give a bar's index in the part."""
        return bar - self.first

    def request(self, bar: int, state: dict[str, Any]) -> dict[str, Any]:
        """Ask for the part from the state after a bar."""
        return {"do": "case", "case": self.case, "resume": {"bar": self.place(bar), "state": state}}

    def moved(self, events: Events) -> Events:
        """Count the bars of events as the whole case does."""
        return [{**event, "bar": event["bar"] + self.first} for event in events]

    def cut(self, events: Events) -> Events:
        """Keep the events of the bars that are compared."""
        return [event for event in events if self.end is None or event["bar"] < self.end]


def window_of(
    case: dict[str, Any],
    bar: int,
    *,
    whole_up_to: int = _WHOLE,
    before: int = _BEFORE,
    after: int = _AFTER,
) -> Window:
    """Choose the part around a cut; a case that is not long stays whole.

    Examples
    --------
    >>> window_of({"bars": [0, 1, 2]}, 1).first
    0
    >>> long = {"bars": list(range(9000)), "signals": [{"bar": 5000}], "commands": []}
    >>> part = window_of(long, 4999)
    >>> part.first, part.end, len(part.case["bars"]), part.case["signals"]
    (4799, 6999, 2201, [{'bar': 201}])
    """
    rows = case.get("bars") or []
    if is_cross(case) or len(rows) <= whole_up_to:
        return Window(case)
    first, end = max(0, bar - before), bar + after
    last = min(len(rows), end + 1)
    config = {key: value for key, value in case.get("config", {}).items() if key != "start"}
    part = {
        **case,
        "config": {**config, "start_bar": 0},
        "bars": rows[first:last],
        **{
            name: [
                {**item, "bar": item["bar"] - first}
                for item in case.get(name, [])
                if first <= item["bar"] < last
            ]
            for name in ("signals", "commands")
        },
    }
    # The last bar of a part is the last of no run: what ends there is not compared.
    return Window(part, first, None if last == len(rows) else end)


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
