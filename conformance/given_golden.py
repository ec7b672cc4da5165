"""Holds an outcome against a golden as far as a candidate gives anything (see `given`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .case_keys import clock_us
from .difference import Difference
from .expectation import check
from .given import REFUSED, gives_all, placed, shown
from .given_events import KEYS, TIMED, in_order
from .outcome import Outcome

__all__ = ["check_given", "limit_case"]


def limit_case(case: dict[str, Any], hello: Mapping[str, Any]) -> dict[str, Any]:
    """Cut what a case expects down to what a candidate gives.

    Examples
    --------
    >>> hello = {
    ...     "gives": ["trades"],
    ...     "trade_fields": ["order_id", "exit_price"],
    ...     "trade_groups": ["closed"],
    ... }
    >>> case = {"expect": {"rows": 3, "events": [{"kind": "rejection", "bar": 0}]}}
    >>> limit_case(case, hello)["expect"]
    {'events': []}
    """
    if gives_all(hello) or "expect" not in case or case.get("kind") == "whole":
        return case
    expect = case["expect"]
    if expect.get("error") is not None:
        error = expect["error"] if "errors" in hello["gives"] else {"code": REFUSED}
        return {**case, "expect": {"error": error}}
    limited: dict[str, Any] = {}
    gives = hello["gives"]
    if "events" in gives:
        limited = {name: expect[name] for name in ("events",) if name in expect}
    elif "trades" in gives and "events" in expect:
        limited["events"] = _expected_fills(expect["events"], hello)
    if "trades" in gives:
        limited |= _expected_trades(expect, hello)
    if "equity" in gives:
        limited |= _expected_equity(expect, hello["equity_columns"])
    for name, section in (("summary", "summary"), ("value", "value")):
        if section in gives and name in expect:
            limited[name] = expect[name]
    return {**case, "expect": limited}


def check_given(
    case: dict[str, Any], outcome: Outcome, hello: Mapping[str, Any]
) -> tuple[Difference | None, dict[str, Any], Outcome]:
    """Hold an outcome against a golden, as far as the candidate gives anything.

    Returns
    -------
    tuple
        The first difference with the rule and phase of the golden, or None; then case and outcome
        as they were compared, for the report.
    """
    if gives_all(hello):
        return check(case, outcome), case, outcome
    limited = limit_case(case, hello)
    whole = case.get("kind") == "whole"
    timed = "config" in case and not whole
    kept = outcome if whole else shown(outcome, hello, clock_us(case) if timed else [])
    found = check(limited, kept)
    if found is not None:
        found = placed(found, (case.get("expect") or {}).get("events") or [], kept)
    return found, limited, kept


def _expected_fills(events: list[dict[str, Any]], hello: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Keep of the listed events the fills and exits that the candidate's trades can tell."""
    fields, groups = hello["trade_fields"], hello["trade_groups"]
    left = {
        event.get("order_id")
        for event in events
        if event["kind"] == "exit" and not event.get("part")
    }
    found = []
    for event in events:
        kind = event["kind"]
        if kind not in KEYS or TIMED[kind] not in fields:
            continue
        if kind == "fill" and "open" not in groups and event.get("order_id") not in left:
            continue
        if event.get("part") and "parts" not in groups:
            continue
        kept = {
            name: event[name]
            for name, source in KEYS[kind].items()
            if source in fields and name in event
        }
        found.append({"kind": kind, "bar": event["bar"], **kept})
    return in_order(found)


def _expected_trades(expect: dict[str, Any], hello: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    fields = hello["trade_fields"]
    partial = any(event.get("part") for event in expect.get("events") or [])
    sorted_out = {"order_id", "part"} <= set(fields) and "parts" in hello["trade_groups"]
    numbered = "order_id" in fields and (not partial or sorted_out)
    if "trades" in expect and "closed" in hello["trade_groups"] and numbered:
        found["trades"] = [
            {name: value for name, value in trade.items() if name in fields}
            for trade in expect["trades"]
        ]
    everyone = {"closed", "open", "expired"} <= set(hello["trade_groups"])
    if "marks" in expect and everyone and {"marks", "order_id"} <= set(fields):
        found["marks"] = expect["marks"]
    return found


def _expected_equity(expect: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if expect.get("equity"):
        found["equity"] = [
            {name: value for name, value in row.items() if name == "bar" or name in columns}
            for row in expect["equity"]
        ]
    if "rows" in expect:
        found["rows"] = expect["rows"]
    return found
