"""Holds an outcome against what a case says by the rules."""

from __future__ import annotations

import re
from typing import Any

from .bits import same
from .case_keys import clock_us
from .compare import untraced_difference
from .difference import Difference
from .expected_events import check_events, typed
from .outcome import Outcome
from .scripted import to_number

__all__ = ["check"]

_BUFFER = "ExitBufferWarning"
_OF_ACCOUNT = ("stale_rows", "stale_rates", "used_margin")
_COUNTED = ("rows", "active", "holes", *_OF_ACCOUNT)


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
        wanted = typed(expect["value"], outcome.get("value"))
        if not same(wanted, outcome.get("value")):
            return Difference("result", "value", wanted, outcome.get("value"))
    return (
        check_events(expect, outcome)
        or _check_equity(case, outcome)
        or _check_trades(expect, outcome)
        or _check_marks(case, outcome)
        or _check_counts(case, outcome)
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
        asked = typed(wanted, given.get(name))
        if not same(asked, given.get(name)):
            return Difference(
                "error", f"error.{name}", asked, given.get(name), bar=expect.get("bar")
            )
    return None


def _check_equity(case: dict[str, Any], outcome: Outcome) -> Difference | None:
    columns = outcome.get("equity") or {}
    times = columns.get("time_us", [])
    wanted = case["expect"].get("equity") or []
    clock = clock_us(case) if wanted else []
    for row in wanted:
        time_us = clock[row["bar"]]
        at = times.index(time_us) if time_us in times else None
        for name, value in row.items():
            if name == "bar":
                continue
            found = None if at is None or name not in columns else columns[name][at]
            asked = typed(value, found)
            if not same(asked, found):
                return Difference(
                    "equity",
                    f"equity.{name}",
                    asked,
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
    left = _left(outcome)
    if len(wanted) != len(left):
        return Difference("result", "number of closed trades", len(wanted), len(left))
    for index, (item, trade) in enumerate(zip(wanted, left, strict=True)):
        for name, value in item.items():
            asked = typed(value, trade.get(name))
            if name not in trade or not same(asked, trade[name]):
                return Difference(
                    "result",
                    f"trades[{index}].{name}",
                    asked,
                    trade.get(name),
                    order_id=trade["order_id"],
                )
    return None


def _left(outcome: Outcome) -> list[dict[str, Any]]:
    """List what has left, parts among the whole ones in the order of their exits."""
    trades = outcome.get("trades") or {}
    closed, parts = trades.get("closed", []), trades.get("parts", [])
    if not parts:
        return closed
    exits = [event for event in outcome.get("events") or [] if event["kind"] == "exit"]
    place = {(event["order_id"], event["part"]): at for at, event in enumerate(exits)}

    def when(trade: dict[str, Any]) -> int:
        part = trade["part"] if any(trade is item for item in parts) else 0
        return place.get((trade["order_id"], part), len(exits))

    return sorted([*closed, *parts], key=when)


def _check_marks(case: dict[str, Any], outcome: Outcome) -> Difference | None:
    """Hold all marks of all trades against those listed: by time, in one bar by order."""
    wanted = case["expect"].get("marks")
    if wanted is None:
        return None
    trades = outcome.get("trades") or {}
    found = [
        {"order_id": trade["order_id"], **mark}
        for name in ("closed", "open", "expired")
        for trade in trades.get(name, [])
        for mark in trade["marks"]
    ]
    found.sort(key=lambda mark: (mark["time_us"], mark["order_id"]))
    if len(wanted) != len(found):
        return Difference("result", "number of marks", len(wanted), len(found))
    clock = clock_us(case) if wanted else []
    for index, (item, mark) in enumerate(zip(wanted, found, strict=True)):
        for name, value in item.items():
            key = "time_us" if name == "bar" else name
            asked = clock[value] if name == "bar" else typed(value, mark.get(key))
            if not same(asked, mark.get(key)):
                return Difference(
                    "result",
                    f"marks[{index}].{name}",
                    asked,
                    mark.get(key),
                    time_us=mark["time_us"],
                    order_id=mark["order_id"],
                    left_rule=item.get("rule"),
                    right_rule=mark["rule"],
                )
    return None


def _check_counts(case: dict[str, Any], outcome: Outcome) -> Difference | None:
    """Hold rows, active orders, warnings and summary against what the case says of them."""
    expect = case["expect"]
    account: dict[str, Any] = outcome.get("account") or {}
    messages = outcome.get("warnings") or []
    crossed = [message for message in messages if not message.startswith(_BUFFER)]
    summary: dict[str, Any] = outcome.get("summary") or {}
    found: dict[str, Any] = {
        "rows": len((outcome.get("equity") or {}).get("time_us", [])),
        "active": outcome.get("active"),
        "holes": outcome.get("holes"),
        **{name: account.get(name) for name in _OF_ACCOUNT},
        "crossed": _crossed(crossed),
        "warnings of the buffer": len(messages) - len(crossed),
        **{f"summary.{name}": summary.get(name) for name in expect.get("summary", {})},
    }
    wanted: dict[str, Any] = {
        **{name: expect[name] for name in _COUNTED if name in expect},
        **{f"summary.{name}": value for name, value in expect.get("summary", {}).items()},
    }
    # A candidate that is none of ours may tell no warnings.
    if "warnings" in outcome:
        wanted["crossed"] = expect.get("crossed")
        wanted["warnings of the buffer"] = _warned_of_buffer(case.get("config") or {})
    for name, value in wanted.items():
        asked = typed(value, found[name])
        if not same(asked, found[name]):
            return Difference("result", name, asked, found[name])
    return None


def _warned_of_buffer(config: dict[str, Any]) -> int:
    """Count the warnings of rule X1.buffer that a configuration deserves."""
    policy = config.get("policy") or {}
    canonical = policy.get("preset", "canonical") == "canonical"
    return 1 if canonical and to_number(policy.get("exit_buffer_pips", "0")) != 0.0 else 0


def _crossed(messages: list[str]) -> int | list[str] | None:
    """Add up the crossed bars of the warnings, one a symbol; None without any."""
    if not messages:
        return None
    numbers = [re.findall(r"\b\d+\b", message) for message in messages]
    foreign = [message for message in messages if not message.startswith("CrossedBarsWarning")]
    if foreign or not all(numbers):
        return messages
    return sum(int(found[0]) for found in numbers)


def _check_whole(expect: dict[str, Any], outcome: Outcome) -> Difference | None:
    failure = outcome.get("error")
    if failure is not None:
        told = failure["code"] or f"{failure['type']}: {failure['message']}"
        return Difference("error", "error", None, told, bar=failure["bar"])
    found: dict[str, Any] = dict(outcome)
    for name, value in expect.items():
        for key, wanted, given in _pairs(name, value, found.get(name)):
            asked = typed(wanted, given)
            if not same(asked, given):
                return Difference("result", key, asked, given)
    return None


def _pairs(name: str, wanted: Any, given: Any) -> list[tuple[str, Any, Any]]:
    if not isinstance(wanted, dict):
        return [(name, wanted, given)]
    known = given if isinstance(given, dict) else {}
    return [(f"{name}.{key}", value, known.get(key)) for key, value in wanted.items()]
