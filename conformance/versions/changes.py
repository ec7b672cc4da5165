"""What became of each order under two versions, and the event at which the two first part.

Orders are matched by their number: both versions play the same script, so the n-th signal is the
n-th order on both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..bits import same
from ..outcome import Outcome

__all__ = ["OrderChange", "Parting", "by_rule", "changes_of", "fate_words", "fates", "retold"]

_GROUPS = ("closed", "parts", "open", "expired")
# What an event is comes before what it says.
_NAMES = ("kind", "action", "part", "entry")
_FIRST = ("bar", "time_us", "phase", "rule", "at", "field", "reason", "raw", "price", "size")
# These go on from what came before, which may be another order's.
_RUNNING = frozenset({"seq", "cash"})
# Amounts that hang on the equity or cash before them.
_FOLLOWS = frozenset({"size", "risk", "amount", "cash", "equity", "result", "net_result"})


@dataclass(frozen=True)
class Parting:
    """The first event of an order that differs between two versions.

    Attributes
    ----------
    bar, time_us, phase, kind
        Where, as the version says it that comes first.
    field
        What differs; None where one version lacks the event.
    old, new
        The values.
    rules
        The rule that each version names, None where it lacks the event.
    missing_on
        `old`, `new` or None.
    """

    bar: int | None
    time_us: int | None
    phase: str | None
    kind: str
    field: str | None
    old: Any
    new: Any
    rules: tuple[str | None, str | None]
    missing_on: str | None = None

    @property
    def rule(self) -> str | None:
        """The rule by which the order changes: the new version's, else the old one's."""
        return self.rules[1] or self.rules[0]


@dataclass(frozen=True)
class OrderChange:
    """One order whose trade is another one.

    Attributes
    ----------
    order_id
        Its number.
    old, new
        What became of it: rows of trades, or the rejection.
    parting
        The first of its events that differs; None where no event does.
    follows
        Whether only an amount differs at first that hangs on what came before, after an earlier
        order had changed.
    """

    order_id: int
    old: dict[str, Any]
    new: dict[str, Any]
    parting: Parting | None
    follows: bool = field(default=False)


def changes_of(old: Outcome, new: Outcome, *, by_equity: bool = False) -> list[OrderChange]:
    """List the orders whose fate differs, by the bar at which they part.

    Parameters
    ----------
    old, new
        What each version made of the same case, traces included.
    by_equity
        Whether sizes hang on the equity, so that one change moves later sizes.
    """
    mine, other = fates(old), fates(new)
    events = _by_order(old), _by_order(new)
    found = []
    for order_id in sorted({*mine, *other}):
        here, there = mine.get(order_id, {}), other.get(order_id, {})
        if _alike(here, there):
            continue
        parting = _part(events[0].get(order_id, []), events[1].get(order_id, []))
        found.append(OrderChange(order_id, here, there, parting))
    found.sort(key=lambda change: (_bar(change), change.order_id))
    if not by_equity:
        return found
    return [
        change if place == 0 or not _only_amount(change) else _following(change)
        for place, change in enumerate(found)
    ]


def fates(outcome: Outcome) -> dict[int, dict[str, Any]]:
    """Give what became of each order: its `trades` (rows), `status`, and its `rejection`."""
    found: dict[int, dict[str, Any]] = {}
    for group in _GROUPS:
        for row in (outcome.get("trades") or {}).get(group, []):
            fate = found.setdefault(row["order_id"], {"trades": [], "rejection": None})
            fate["trades"].append({"group": group, **row})
    for row in outcome.get("rejected") or []:
        fate = found.setdefault(row[0], {"trades": [], "rejection": None})
        fate["rejection"] = list(row)
    return found


def fate_words(fate: Mapping[str, Any]) -> str:
    """Say in a few words what became of an order."""
    if not fate:
        return "no such order"
    rejection = fate["rejection"]
    if rejection is not None and not fate["trades"]:
        return f"rejected by {rejection[3]} ({rejection[4]} {rejection[5]})"
    told = []
    for row in fate["trades"]:
        if row["group"] == "expired":
            told.append(f"{row['status']}, never filled")
        elif row["group"] == "open":
            told.append(f"{row['direction']} {row['size']:g} at {row['entry_price']!r}, still open")
        else:
            told.append(
                f"{row['direction']} {row['size']:g} from {row['entry_price']!r} to "
                f"{row['exit_price']!r}, {row['reason']}, {row['net_result']:+.2f}"
            )
    return "; ".join(told)


def by_rule(changes: list[OrderChange]) -> Counter[str]:
    """Count the changed orders by the rule at which they part."""
    return Counter(
        (change.parting.rule if change.parting else None) or "no rule named" for change in changes
    )


def retold(old: Outcome, new: Outcome) -> Counter[str]:
    """Count the orders whose trade is the same and whose events are not, by what is told anew."""
    mine, other = fates(old), fates(new)
    events = _by_order(old), _by_order(new)
    found: Counter[str] = Counter()
    for order_id in sorted(events[0].keys() & events[1].keys()):
        if _alike(mine.get(order_id, {}), other.get(order_id, {})):
            parting = _part(events[0][order_id], events[1][order_id])
            if parting is not None:
                rules = " against ".join(dict.fromkeys(rule or "none" for rule in parting.rules))
                found[f"{parting.kind}, {parting.field or 'event'} ({rules})"] += 1
    return found


def _by_order(outcome: Outcome) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for event in outcome.get("events") or []:
        order_id = event.get("order_id")
        if order_id is not None:
            found.setdefault(order_id, []).append(event)
    return found


def _alike(here: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Compare what both versions tell; a column that only one of them has is no difference."""
    if not here or not there:
        return not here and not there
    rejections = here["rejection"], there["rejection"]
    if not same(*rejections) or len(here["trades"]) != len(there["trades"]):
        return False
    return all(
        same({name: mine[name] for name in both}, {name: other[name] for name in both})
        for mine, other in zip(here["trades"], there["trades"], strict=True)
        for both in [mine.keys() & other.keys()]
    )


def _part(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Parting | None:
    for mine, other in zip(old, new, strict=False):
        if any(mine.get(name) != other.get(name) for name in _NAMES if name in mine.keys() & other):
            return _lacking(*_telling(mine, other))
        name = _differing(mine, other)
        if name is not None:
            first = mine if _place(mine) <= _place(other) else other
            rules = (mine.get("rule") or None, other.get("rule") or None)
            return Parting(*_where(first), name, mine[name], other[name], rules)
    if len(old) == len(new):
        return None
    longer, side = (old, "new") if len(old) > len(new) else (new, "old")
    return _lacking(longer[min(len(old), len(new))], side)


def _telling(mine: dict[str, Any], other: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Choose of two events in one place the one that tells why, and the version that lacks it.

    A refusal tells most, else the earlier one.
    """
    refused = [event.get("kind") == "rejection" for event in (mine, other)]
    if refused[0] != refused[1]:
        return (mine, "new") if refused[0] else (other, "old")
    return (mine, "new") if _place(mine) <= _place(other) else (other, "old")


def _lacking(event: dict[str, Any], side: str) -> Parting:
    rule = event.get("rule") or None
    kind = event["kind"]
    if side == "new":
        return Parting(*_where(event), None, kind, None, (rule, None), side)
    return Parting(*_where(event), None, None, kind, (None, rule), side)


def _differing(mine: dict[str, Any], other: dict[str, Any]) -> str | None:
    # A field that only one of the two versions knows is no difference of the order.
    names = [name for name in mine if name in other and name not in _RUNNING]
    names.sort(key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    return next((name for name in names if not same(mine[name], other[name])), None)


def _where(event: dict[str, Any]) -> tuple[int | None, int | None, str | None, str]:
    return event.get("bar"), event.get("time_us"), event.get("phase"), event["kind"]


def _place(event: dict[str, Any]) -> tuple[int, int]:
    return (event.get("bar") or 0, event.get("seq") or 0)


def _bar(change: OrderChange) -> float:
    bar = change.parting.bar if change.parting else None
    return float("inf") if bar is None else bar


def _only_amount(change: OrderChange) -> bool:
    return change.parting is not None and change.parting.field in _FOLLOWS


def _following(change: OrderChange) -> OrderChange:
    return OrderChange(change.order_id, change.old, change.new, change.parting, follows=True)
