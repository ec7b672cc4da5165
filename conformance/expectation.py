"""Holds an outcome against what a case says by the rules."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .bits import same
from .compare import Difference, stage_of, untraced_difference
from .outcome import Outcome
from .scripted import parse_time, to_number

__all__ = ["check"]

# Of these, and of commands to orders, a case lists all: one more than expected is a fault.
_ALWAYS_TOLD = frozenset({"rejection", "fill", "exit"})
_NAMES_IT = ("order_id", "action", "entry")


def check(case: dict[str, Any], outcome: Outcome) -> Difference | None:
    """Find the first thing in `outcome` that the case's `expect` does not allow.

    That a run without a tracer leaves the same is expected of every case.

    Returns
    -------
    Difference or None
        With the golden's value on the left; None where all that is expected is there.

    Examples
    --------
    >>> check({"kind": "arithmetic", "expect": {"value": "0.1"}}, {"value": 0.1}) is None
    True
    """
    return _check(case, outcome) or untraced_difference(outcome)


def _check(case: dict[str, Any], outcome: Outcome) -> Difference | None:
    expect = case["expect"]
    if case.get("kind") == "whole":
        return _check_whole(expect, outcome)
    if expect.get("error") is not None:
        return _check_error(expect["error"], outcome)
    failure = outcome.get("error")
    if failure is not None:
        told = failure["code"] or f"{failure['type']}: {failure['message']}"
        return Difference("error", "error", None, told, bar=failure["bar"])
    if "value" in expect:
        wanted = _typed(expect["value"], outcome.get("value"))
        if not same(wanted, outcome.get("value")):
            return Difference("result", "value", wanted, outcome.get("value"))
    return (
        _check_events(expect, outcome)
        or _check_equity(case, outcome)
        or _check_trades(expect, outcome)
        or _check_counts(expect, outcome)
    )


def _check_error(expect: dict[str, Any], outcome: Outcome) -> Difference | None:
    failure = outcome.get("error")
    if failure is None:
        return Difference("error", "error.code", expect["code"], None, bar=expect.get("bar"))
    given: dict[str, Any] = dict(failure)
    if given["code"] is None:
        given["code"] = f"{failure['type']}: {failure['message']}"
    for name, wanted in expect.items():
        if name == "value" and not isinstance(given.get(name), float):
            given[name] = str(given.get(name))
        typed = _typed(wanted, given.get(name))
        if not same(typed, given.get(name)):
            return Difference(
                "error", f"error.{name}", typed, given.get(name), bar=expect.get("bar")
            )
    return None


def _check_events(expect: dict[str, Any], outcome: Outcome) -> Difference | None:
    wanted = expect.get("events")
    if wanted is None:
        return None
    asked = {item["kind"] for item in wanted}
    every_order = any(item.get("action") == "accepted" for item in wanted)
    told = [
        (index, event)
        for index, event in enumerate(outcome.get("events") or [])
        if _is_told(event, asked, every_order=every_order)
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
            typed = _typed(value, event.get(name))
            if name not in event or not same(typed, event[name]):
                return _unlike(item, event, index, name, typed)
    if len(told) > len(wanted):
        return _surplus(*told[len(wanted)], None)
    return None


def _is_told(event: dict[str, Any], asked: set[str], *, every_order: bool) -> bool:
    """Tell whether a case must list this event: all that decides, and the kinds it lists at all."""
    kind = event["kind"]
    if kind == "order":
        return event["action"] != "accepted" or every_order
    return kind in _ALWAYS_TOLD or kind in asked


def _is_meant(item: dict[str, Any], event: dict[str, Any]) -> bool:
    return item["kind"] == event["kind"] and all(
        item[name] == event.get(name) for name in _NAMES_IT if name in item
    )


def _unlike(
    item: dict[str, Any], event: dict[str, Any], index: int, name: str, typed: Any
) -> Difference:
    return Difference(
        stage=stage_of(event["kind"]),
        field=name,
        left=typed,
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
            (key, _typed(value, event.get(key)), event.get(key))
            for key, value in item.items()
            if key != name and not same(_typed(value, event.get(key)), event.get(key))
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


def _check_equity(case: dict[str, Any], outcome: Outcome) -> Difference | None:
    columns = outcome.get("equity") or {}
    times = columns.get("time_us", [])
    bars = case.get("bars") or case.get("bid") or []
    for row in case["expect"].get("equity") or []:
        time_us = _microseconds(bars[row["bar"]][0])
        at = times.index(time_us) if time_us in times else None
        for name, value in row.items():
            if name == "bar":
                continue
            found = None if at is None or name not in columns else columns[name][at]
            typed = _typed(value, found)
            if not same(typed, found):
                return Difference(
                    "equity",
                    f"equity.{name}",
                    typed,
                    found,
                    bar=row["bar"],
                    time_us=time_us,
                    phase="PORTFOLIO",
                    left_rule="P3.row",
                    right_rule="P3.row",
                )
    return None


def _check_trades(expect: dict[str, Any], outcome: Outcome) -> Difference | None:
    wanted = expect.get("trades")
    if wanted is None:
        return None
    closed = (outcome.get("trades") or {}).get("closed", [])
    if len(wanted) != len(closed):
        return Difference("result", "number of closed trades", len(wanted), len(closed))
    for index, (item, trade) in enumerate(zip(wanted, closed, strict=True)):
        for name, value in item.items():
            typed = _typed(value, trade.get(name))
            if name not in trade or not same(typed, trade[name]):
                return Difference(
                    "result",
                    f"trades[{index}].{name}",
                    typed,
                    trade.get(name),
                    order_id=trade["order_id"],
                )
    return None


def _check_counts(expect: dict[str, Any], outcome: Outcome) -> Difference | None:
    """Hold rows, active orders, warnings and summary against what the case says of them."""
    summary: dict[str, Any] = outcome.get("summary") or {}
    found: dict[str, Any] = {
        "rows": len((outcome.get("equity") or {}).get("time_us", [])),
        "active": outcome.get("active"),
        "crossed": _crossed(outcome.get("warnings") or []),
        **{f"summary.{name}": summary.get(name) for name in expect.get("summary", {})},
    }
    wanted: dict[str, Any] = {
        "crossed": expect.get("crossed"),
        **{name: expect[name] for name in ("rows", "active") if name in expect},
        **{f"summary.{name}": value for name, value in expect.get("summary", {}).items()},
    }
    for name, value in wanted.items():
        typed = _typed(value, found[name])
        if not same(typed, found[name]):
            return Difference("result", name, typed, found[name])
    return None


def _crossed(messages: list[str]) -> int | list[str] | None:
    """Read the number of crossed bars from the one warning that may come; None without any."""
    if not messages:
        return None
    numbers = re.findall(r"\b\d+\b", messages[0])
    if len(messages) > 1 or not messages[0].startswith("CrossedBarsWarning") or not numbers:
        return messages
    return int(numbers[0])


def _microseconds(time: str) -> int:
    moment: datetime = parse_time(time)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _check_whole(expect: dict[str, Any], outcome: Outcome) -> Difference | None:
    failure = outcome.get("error")
    if failure is not None:
        told = failure["code"] or f"{failure['type']}: {failure['message']}"
        return Difference("error", "error", None, told, bar=failure["bar"])
    found: dict[str, Any] = dict(outcome)
    for name, value in expect.items():
        for key, wanted, given in _pairs(name, value, found.get(name)):
            typed = _typed(wanted, given)
            if not same(typed, given):
                return Difference("result", key, typed, given)
    return None


def _pairs(name: str, wanted: Any, given: Any) -> list[tuple[str, Any, Any]]:
    if not isinstance(wanted, dict):
        return [(name, wanted, given)]
    known = given if isinstance(given, dict) else {}
    return [(f"{name}.{key}", value, known.get(key)) for key, value in wanted.items()]


def _typed(wanted: Any, given: Any) -> Any:
    """Read the golden's text as a number where the outcome has a float."""
    if isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given):
        return [_typed(item, other) for item, other in zip(wanted, given, strict=True)]
    if isinstance(given, float) and isinstance(wanted, str):
        return to_number(wanted)
    return wanted
