"""Restricts a comparison to what a candidate gives, and says what was left out.

Our backends give everything, and nothing is restricted.  A foreign candidate says in its hello
which sections, groups, columns and fields it gives; the reference is cut down to the same.  Where
it gives trades but no trace, the fills and exits of both sides are told by their trades, so that
the first difference is still the first in time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .adapters.fields import COLUMNS, FULL_TRADE_FIELDS, GROUPS, SECTIONS
from .difference import Difference
from .given_events import KEYS, clock_of, told_by_trades
from .outcome import Outcome

__all__ = ["REFUSED", "gives_all", "locate", "not_compared", "placed", "restrict", "shown"]

REFUSED = "REFUSED"
"""The code of a refusal by those who do not give ours."""

_SORTED_BY = (
    "exit_time_us trigger_time_us entry_time_us entry_price exit_price size part".split()
)  # fmt: skip


def gives_all(hello: Mapping[str, Any]) -> bool:
    """Tell whether a candidate is one of our backends, of which everything is compared.

    Examples
    --------
    >>> gives_all({"backend": "rust"}), gives_all({"gives": ["trades"]})
    (True, False)
    """
    return "gives" not in hello


def restrict(
    reference: Outcome, candidate: Outcome, hello: Mapping[str, Any]
) -> tuple[Outcome, Outcome, list[str]]:
    """Cut two outcomes down to what the candidate gives.

    Parameters
    ----------
    reference, candidate
        Outcomes of one case.
    hello
        The candidate's hello, as `hello.read_hello` completes it.

    Returns
    -------
    tuple
        Both outcomes for `first_difference`, and the names of what is not compared.

    Examples
    --------
    >>> hello = {
    ...     "gives": ["trades"],
    ...     "trade_fields": ["entry_price"],
    ...     "trade_groups": ["closed"],
    ... }
    >>> ours = {"trades": {"closed": [{"entry_price": 1.1, "size": 0.1}], "open": []}}
    >>> left, right, missing = restrict(ours, {"trades": {"closed": [{"entry_price": 1.1}]}}, hello)
    >>> left["trades"] == right["trades"], missing[:2], "trades.size" in missing
    (True, ['equity', 'events'], True)
    """
    if gives_all(hello):
        return reference, candidate, []
    clock = clock_of(reference)
    return (
        shown(reference, hello, clock),
        shown(candidate, hello, clock),
        not_compared(hello),
    )


def not_compared(hello: Mapping[str, Any]) -> list[str]:
    """Name what a candidate does not give: sections, then groups, fields and columns.

    Examples
    --------
    >>> not_compared({"backend": "rust"})
    []
    """
    if gives_all(hello):
        return []
    gives = hello["gives"]
    missing = [name for name in SECTIONS if name not in gives]
    if "trades" in gives:
        missing += [
            f"trades of group {name}" for name in GROUPS if name not in hello["trade_groups"]
        ]
        missing += [
            f"trades.{name}" for name in FULL_TRADE_FIELDS if name not in hello["trade_fields"]
        ]
    if "equity" in gives:
        missing += [f"equity.{name}" for name in COLUMNS if name not in hello["equity_columns"]]
    return missing


def shown(outcome: Outcome, hello: Mapping[str, Any], clock: list[int]) -> Outcome:
    """Cut one outcome down to what a candidate gives; `clock` has the time of each bar."""
    if gives_all(hello):
        return outcome
    whole: Mapping[str, Any] = outcome
    failure = outcome.get("error")
    kept: dict[str, Any] = {"error": _refusal(failure, hello)}
    if failure is not None:
        # What a refused run leaves behind is nobody's result.
        return kept  # type: ignore[return-value]
    for name in hello["gives"]:
        if name == "trades" and "trades" in whole:
            kept["trades"] = {
                group: _cut(whole["trades"].get(group, []), hello["trade_fields"])
                for group in hello["trade_groups"]
            }
        elif name == "equity" and "equity" in whole:
            kept["equity"] = {
                column: whole["equity"].get(column, []) for column in hello["equity_columns"]
            }
        elif name in whole:
            kept[name] = whole[name]
    if "trades" in kept and "events" not in hello["gives"]:
        kept["events"] = told_by_trades(kept["trades"], clock)
    return kept  # type: ignore[return-value]


def _cut(trades: list[dict[str, Any]], fields: list[str]) -> list[dict[str, Any]]:
    """Keep the fields; without numbers of orders, trades of one moment have no order either."""
    cut = [{field: trade.get(field) for field in fields} for trade in trades]
    if "order_id" in fields:
        return cut
    return sorted(cut, key=_moment_first)


def _moment_first(trade: dict[str, Any]) -> tuple[Any, ...]:
    known = (trade.get(name) for name in _SORTED_BY)
    return tuple((value is None, 0 if value is None else value) for value in known)


def locate(found: Difference, reference: Outcome, left: Outcome) -> Difference:
    """Add to a difference the phase and the rule that the reference's own trace names there.

    Parameters
    ----------
    found
        What `first_difference` found between restricted outcomes.
    reference
        The reference's outcome as it was, with its trace.
    left
        The same, restricted.
    """
    return placed(found, reference.get("events") or [], left)


def _refusal(failure: Any, hello: Mapping[str, Any]) -> Any:
    """Keep of a refusal that it was one, where a candidate does not give our codes.

    What broke down, without a code, stays as it is.
    """
    if failure is None or failure["code"] is None or "errors" in hello["gives"]:
        return failure
    nothing = dict.fromkeys(("bar", "symbol", "field", "value"))
    return {**failure, **nothing, "code": REFUSED}


def placed(found: Difference, events: list[dict[str, Any]], left: Outcome) -> Difference:
    """Take bar, phase and rule from the event that the difference is about, where one is."""
    kind, order_id = found.kind, found.order_id
    if kind is None and order_id is None and found.field.startswith("trades."):
        kind, order_id = _trade_at(found.field, left)
    meant = [
        event
        for event in events
        if event["kind"] == kind and (order_id is None or event.get("order_id") == order_id)
    ]
    if found.bar is not None and len(meant) > 1:
        meant = [event for event in meant if event["bar"] == found.bar] or meant
    if len(meant) != 1:
        return found
    event = meant[0]
    return dataclasses.replace(
        found,
        bar=event["bar"] if found.bar is None else found.bar,
        time_us=event.get("time_us") if found.time_us is None else found.time_us,
        phase=found.phase or event.get("phase"),
        kind=found.kind or event["kind"],
        order_id=event.get("order_id") if found.order_id is None else found.order_id,
        left_rule=found.left_rule or event.get("rule"),
    )


def _trade_at(path: str, left: Outcome) -> tuple[str | None, int | None]:
    """Say which event decides a field of a trade, such as `trades.closed[0].result`."""
    group, _, rest = path.removeprefix("trades.").partition("[")
    place, _, field = rest.partition("].")
    trades = (left.get("trades") or {}).get(group) or []
    if not place.isdigit() or int(place) >= len(trades):
        return None, None
    kind = "fill" if field in KEYS["fill"].values() else "exit"
    return kind, trades[int(place)].get("order_id")
