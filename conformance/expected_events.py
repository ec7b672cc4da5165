"""Holds the trace of a run against the events that a case lists."""

from __future__ import annotations

from typing import Any

from .bits import same
from .difference import Difference, stage_of
from .outcome import Outcome
from .scripted import to_number

__all__ = ["check_events", "typed"]

# Of these, and of commands to orders, a case lists all: one more than expected is a fault.
_ALWAYS_TOLD = frozenset({"rejection", "fill", "exit"})
# An exit by one of these rules says by itself that the trade is marked.
_SAID_BY_EXIT = "X3."
_NAMES_IT = ("order_id", "action", "part")
_OF_KIND = {"ledger": "entry", "rate": "use", "equity": "bar"}


def check_events(expect: dict[str, Any], outcome: Outcome) -> Difference | None:
    """Find the first event that is not as listed, is missing, or is listed nowhere."""
    wanted = expect.get("events")
    if wanted is None:
        return None
    told = [
        (index, event)
        for index, event in enumerate(outcome.get("events") or [])
        if _is_told(event, wanted)
    ]
    for place, item in enumerate(wanted):
        if place >= len(told):
            return _absent(item)
        index, event = told[place]
        if not _is_meant(item, event):
            later = [other for _, other in told[place:]]
            if any(_is_meant(item, other) for other in later):
                return _surplus(index, event, item)
            return _absent(item)
        for name, value in item.items():
            wanted_value = typed(value, event.get(name))
            if name not in event or not same(wanted_value, event[name]):
                return _unlike(item, event, index, name, wanted_value)
    if len(told) > len(wanted):
        return _surplus(*told[len(wanted)], None)
    return None


def _is_told(event: dict[str, Any], wanted: list[dict[str, Any]]) -> bool:
    """Tell whether a case must list this event: all that decides, and the kinds it lists at all."""
    kind = event["kind"]
    if kind != "order":
        return kind in _ALWAYS_TOLD or any(item["kind"] == kind for item in wanted)
    if event["action"] == "accepted":
        return any(item.get("action") == "accepted" for item in wanted)
    if event["action"] == "marked" and event["rule"].startswith(_SAID_BY_EXIT):
        return any(
            item.get("action") == "marked" and item["rule"].startswith(_SAID_BY_EXIT)
            for item in wanted
        )
    return True


def _is_meant(item: dict[str, Any], event: dict[str, Any]) -> bool:
    # `entry` names what a ledger books; of an order it is a price.
    own = _OF_KIND.get(item["kind"])
    names = _NAMES_IT if own is None else (*_NAMES_IT, own)
    return item["kind"] == event["kind"] and all(
        item[name] == event.get(name) for name in names if name in item
    )


def _unlike(
    item: dict[str, Any], event: dict[str, Any], index: int, name: str, wanted: Any
) -> Difference:
    return Difference(
        stage=stage_of(event["kind"]),
        field=name,
        left=wanted,
        right=event.get(name),
        index=index,
        bar=item.get("bar", event["bar"]),
        time_us=event["time_us"],
        phase=item.get("phase", event["phase"]),
        symbol=event.get("symbol"),
        kind=event["kind"],
        order_id=event.get("order_id"),
        left_rule=item.get("rule"),
        right_rule=event.get("rule"),
        others=[
            (key, typed(value, event.get(key)), event.get(key))
            for key, value in item.items()
            if key != name and not same(typed(value, event.get(key)), event.get(key))
        ],
    )


def _surplus(index: int, event: dict[str, Any], item: dict[str, Any] | None) -> Difference:
    return Difference(
        stage=stage_of(event["kind"]),
        field="event",
        left=item["kind"] if item else None,
        right=event["kind"],
        index=index,
        bar=event["bar"],
        time_us=event["time_us"],
        phase=event["phase"],
        symbol=event.get("symbol"),
        kind=event["kind"],
        order_id=event.get("order_id"),
        left_rule=item.get("rule") if item else None,
        right_rule=event.get("rule"),
        missing_on=None if item else "left",
    )


def _absent(item: dict[str, Any]) -> Difference:
    return Difference(
        stage=stage_of(item["kind"]),
        field="event",
        left=item["kind"],
        right=None,
        bar=item.get("bar"),
        phase=item.get("phase"),
        kind=item["kind"],
        order_id=item.get("order_id"),
        left_rule=item.get("rule"),
        missing_on="right",
    )


def typed(wanted: Any, given: Any) -> Any:
    """Read the golden's text as a number where the outcome has a float."""
    if isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given):
        return [typed(item, other) for item, other in zip(wanted, given, strict=True)]
    if isinstance(given, float) and isinstance(wanted, str):
        return to_number(wanted)
    return wanted
