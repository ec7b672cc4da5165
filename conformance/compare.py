"""Finds the first place where two outcomes of one case part.

Traces are walked in lockstep; as every event has its causes before it, the first that differs is
nearest to the root.  Only when the traces agree are the results compared that users read.
"""

from __future__ import annotations

from typing import Any

from .bits import differing_keys, same
from .difference import Difference, stage_of
from .outcome import Outcome, error_identity

__all__ = ["first_difference", "untraced_difference"]

# What an event is comes before what it says; the running number only follows from the rest.
_FIRST_KEYS = (
    "kind order_id action part use entry bar time_us symbol phase rule at field reason".split()
)
_ERROR_KEYS = ("code", "bar", "symbol", "field", "value")
_RESULTS = (
    "state signals trades active fees rejected refused unmanaged summary last_exit account swaps "
    "holes crossed warnings progress value rules counts first_trades last_trades final digest "
    "untraced"
).split()
_IDENTITY = ("kind", "order_id", "action", "part")
_OF_KIND = {"ledger": "entry", "bar": "symbol", "rate": "use"}
_PHASES = ("DATA", "OPEN", "ENTRY", "EXITS", "CLOSE", "MANAGE", "PORTFOLIO")


def first_difference(left: Outcome, right: Outcome) -> Difference | None:
    """Compare two outcomes bit for bit; None where they are the same.

    Examples
    --------
    >>> first_difference({"value": 1.0}, {"value": 1.0000000000000002}).field
    'value'
    """
    return (
        _in_events(left, right)
        or _in_error(left, right)
        or _in_equity(left, right)
        or _in_states(left, right)
        or _in_results(left, right)
    )


def untraced_difference(outcome: Outcome) -> Difference | None:
    """Find where a run without a tracer left something else than the same run with one.

    Examples
    --------
    >>> untraced_difference({"active": [1], "untraced": {"active": [2]}}).field
    'without a tracer: active[0]'
    """
    traced: dict[str, Any] = dict(outcome)
    for name, value in (outcome.get("untraced") or {}).items():
        mine, other = traced.get(name), value
        if name == "error":
            mine = error_identity(mine)
        if not same(mine, other):
            path, here, there = _deep(f"without a tracer: {name}", mine, other)
            return Difference("result", path, here, there)
    return None


def _in_events(left: Outcome, right: Outcome) -> Difference | None:
    ours, theirs = left.get("events") or [], right.get("events") or []
    for index, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if same(mine, other):
            continue
        if _identity(mine) != _identity(other):
            return _misaligned(ours, theirs, index)
        return _event_differs(mine, other, index)
    if len(ours) == len(theirs):
        return None
    index = min(len(ours), len(theirs))
    side = "left" if len(ours) < len(theirs) else "right"
    longer = ours if side == "right" else theirs
    stopped = left.get("error") if side == "left" else right.get("error")
    return _event_missing(longer, index, side, stopped=bool(stopped))


def _event_differs(mine: dict[str, Any], other: dict[str, Any], index: int) -> Difference:
    keys = differing_keys(mine, other)
    keys.sort(key=_rank)
    first, *rest = keys
    return Difference(
        stage=stage_of(mine.get("kind")),
        field=first,
        left=mine.get(first),
        right=other.get(first),
        index=index,
        left_rule=mine.get("rule"),
        right_rule=other.get("rule"),
        others=[(key, mine.get(key), other.get(key)) for key in rest if key != "seq"],
        **_where(mine),
    )


def _rank(key: str) -> int:
    if key == "seq":
        return len(_FIRST_KEYS) + 1
    return _FIRST_KEYS.index(key) if key in _FIRST_KEYS else len(_FIRST_KEYS)


def _misaligned(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], index: int) -> Difference:
    mine, other = ours[index], theirs[index]
    if mine["bar"] != other["bar"]:
        # One side is done with the bar in which the other still has something to say.
        side = "right" if mine["bar"] < other["bar"] else "left"
        return _event_missing(ours if side == "right" else theirs, index, side)
    here, there = _phase(mine), _phase(other)
    if here != there:
        # Nothing of the earlier phase can follow on the side that has reached the later one.
        side, instead = ("right", other) if here < there else ("left", mine)
        return _event_missing(ours if side == "right" else theirs, index, side, instead=instead)
    if not _comes(mine, theirs, index):
        return _event_missing(ours, index, "right", instead=other)
    if not _comes(other, ours, index):
        return _event_missing(theirs, index, "left", instead=mine)
    return Difference(
        stage=stage_of(mine["kind"]),
        field="order of events",
        left=mine["kind"],
        right=other["kind"],
        index=index,
        left_rule=mine.get("rule"),
        right_rule=other.get("rule"),
        **_where(mine),
    )


def _comes(event: dict[str, Any], events: list[dict[str, Any]], index: int) -> bool:
    """Tell whether the event follows later in the same bar."""
    for later in events[index + 1 :]:
        if later["bar"] != event["bar"]:
            return False
        if _identity(later) == _identity(event):
            return True
    return False


def _event_missing(
    events: list[dict[str, Any]],
    index: int,
    side: str,
    *,
    instead: dict[str, Any] | None = None,
    stopped: bool = False,
) -> Difference:
    event = events[index]
    present_left = side == "right"
    return Difference(
        stage="error" if stopped else stage_of(event["kind"]),
        field="event",
        left=event["kind"] if present_left else None,
        right=None if present_left else event["kind"],
        index=index,
        left_rule=event.get("rule") if present_left else None,
        right_rule=None if present_left else event.get("rule"),
        missing_on=side,
        instead=instead,
        **_where(event),
    )


def _in_error(left: Outcome, right: Outcome) -> Difference | None:
    mine, other = left.get("error"), right.get("error")
    if mine is None and other is None:
        return None
    if mine is None or other is None:
        known = mine or other
        return Difference(
            stage="error",
            field="error",
            left=mine and (mine["code"] or mine["type"]),
            right=other and (other["code"] or other["type"]),
            bar=known and known["bar"],
        )
    for name in _ERROR_KEYS:
        here, there = mine.get(name), other.get(name)
        if name == "value":
            here, there = _as_number(here), _as_number(there)
        if not same(here, there):
            return Difference("error", f"error.{name}", here, there, bar=mine["bar"])
    if mine["code"] is None and mine["type"] != other["type"]:
        return Difference("error", "error.type", mine["type"], other["type"])
    return None


def _as_number(value: Any) -> Any:
    """Read a number out of a message's text, since two languages write the same one differently."""
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _in_equity(left: Outcome, right: Outcome) -> Difference | None:
    mine, other = left.get("equity") or {}, right.get("equity") or {}
    if same(mine, other):
        return None
    if mine.keys() != other.keys():
        return Difference("equity", "equity columns", sorted(mine), sorted(other))
    times = mine.get("time_us", [])
    rows = max((len(column) for column in [*mine.values(), *other.values()]), default=0)
    for row in range(rows):
        for name in mine:
            here, there = _item(mine[name], row), _item(other[name], row)
            if not same(here, there):
                return Difference(
                    "equity",
                    f"equity.{name}[{row}]",
                    here,
                    there,
                    time_us=_item(times, row),
                    phase="PORTFOLIO",
                    left_rule="P3.row",
                    right_rule="P3.row",
                )
    return None


def _in_states(left: Outcome, right: Outcome) -> Difference | None:
    for mine, other in zip(left.get("states") or [], right.get("states") or [], strict=False):
        if not same(mine, other):
            path, here, there = _deep(f"state at ENTRY of bar {mine[0]}", mine[1], other[1])
            return Difference("result", path, here, there, bar=mine[0], phase="ENTRY")
    return None


def _in_results(left: Outcome, right: Outcome) -> Difference | None:
    for name in _RESULTS:
        mine, other = left.get(name), right.get(name)
        if not same(mine, other):
            path, here, there = _deep(name, mine, other)
            return Difference("result", path, here, there)
    return None


def _deep(path: str, left: Any, right: Any) -> tuple[str, Any, Any]:
    """Follow two unequal values down to the first leaf that differs."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in differing_keys(left, right):
            if key in left and key in right:
                return _deep(f"{path}.{key}", left[key], right[key])
            return f"{path}.{key}", left.get(key), right.get(key)
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (mine, other) in enumerate(zip(left, right, strict=True)):
            if not same(mine, other):
                return _deep(f"{path}[{index}]", mine, other)
    return path, left, right


def _identity(event: dict[str, Any]) -> tuple[Any, ...]:
    # `entry` names what a ledger books; of an order it is a price, which may differ like any other.
    own = _OF_KIND.get(event.get("kind", ""))
    return (*(event.get(key) for key in _IDENTITY), own and event.get(own))


def _phase(event: dict[str, Any]) -> int:
    phase = event.get("phase")
    return _PHASES.index(phase) if phase in _PHASES else -1


def _where(event: dict[str, Any]) -> dict[str, Any]:
    return {
        key: event.get(key) for key in ("bar", "time_us", "phase", "symbol", "kind", "order_id")
    }


def _item(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else None
