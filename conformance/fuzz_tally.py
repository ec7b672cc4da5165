"""What happened in random cases, so that a generator that has gone dull is noticed."""

from __future__ import annotations

from typing import Any

from .case_keys import is_cross
from .outcome import Outcome

__all__ = ["happened"]

_GROUPS = {
    # name: beginnings of the rules of which one has to have decided something
    "stop": ("X1.stop", "X2.gap_stop", "X2.level_stop", "X3.", "R3.stop"),
    "target": ("X1.target", "X2.gap_target", "X2.level_target", "X3.best", "R3.target"),
    "gap": ("X2.",),
    "tie": ("X3.", "E5.tie"),
    "waiting": ("E2.", "R1.waiting"),
    "inside": ("E2.limit_inside", "E2.stop_inside"),
    "entry_bar": ("E5.", "R3.trigger"),
    "expiry": ("E3.",),
    "group": ("S4.",),
    "manager": ("M1.",),
    "command": ("L8.queued_command", "L8.cancelled", "X5.manual"),
    "write": ("L8.queued_write", "L8.manage_write", "L8.refused", "L8.dropped"),
    "parity": ("R1.", "R2.", "R3."),
    "rate": ("P5.direct", "P5.inverse", "P5.hub"),
    "stale": ("P5.stale",),
    "margin": ("A1.used",),
    "no margin": ("S3.margin", "A1.next_open", "A1.trigger"),
    "no equity": ("S3.equity", "A2."),
    "stop-out": ("A3.",),
    "swap": ("P6.swap",),
}


def happened(case: dict[str, Any], outcome: Outcome) -> set[str]:
    """Name what a case had at least once.

    Examples
    --------
    >>> sorted(happened({"symbols": {}}, {"events": [], "holes": {"EURUSD": 2}}))
    ['hole', 'several']
    """
    events = outcome.get("events") or []
    rules = {event["rule"] for event in events if event["rule"]}
    found = set(rules)
    found |= {kind for kind in ("fill", "rejection") if any(e["kind"] == kind for e in events)}
    found |= {
        name
        for name, beginnings in _GROUPS.items()
        if any(rule.startswith(beginnings) for rule in rules)
    }
    if any(event.get("action") == "marked" for event in events):
        found.add("mark")
    if any(event.get("part") for event in events):
        found.add("part")
    if is_cross(case):
        found.add("several")
        if any((outcome.get("holes") or {}).values()):
            found.add("hole")
        if case.get("config", {}).get("key_type", "time") != "time":
            found.add("ordinal")
    failure = outcome.get("error")
    if failure is not None:
        found |= {"error", f"error {failure['code']}"}
    return found
