"""A diff on the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ..bits import decimal_text
from .diff import ANSWERS, Diff

__all__ = ["told_diff"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def told_diff(found: Diff) -> str:
    """Say in lines what two results have in common, and where they part."""
    lines = [f"{found.labels[0]} against {found.labels[1]}"]
    if found.question:
        lines.append("not the same question:")
        lines += [f"  {part}" for part in found.question]
    lines += [f"doubt: {doubt}" for doubt in found.doubts]
    wide = max(len(table.name) for table in found.tables)
    for table in found.tables:
        rows = table.rows[0] if table.rows[0] == table.rows[1] else "{} and {}".format(*table.rows)
        told = "same" if table.different == 0 else f"{table.different} different"
        lines.append(f"{table.name:<{wide}}  {rows} rows, {told}")
    lines += _told_event(found) or _told_cell(found)
    lines.append(ANSWERS[found.exit_code])
    return "\n".join(lines)


def _told_event(found: Diff) -> list[str]:
    if found.bar is None:
        return []
    lines = [f"first bar that differs, by the chained digests: {found.bar}"]
    event = found.event
    if event is None:
        return lines
    told = found.plain()["event"]
    where = [f"first event that differs: {event.kind}, phase {event.phase}"]
    if event.order_id is not None:
        where.append(f"order {event.order_id}")
    if event.time_us is not None:
        where.append(_moment(event.time_us))
    lines.append(", ".join(where))
    if event.missing_on is not None:
        index = 0 if event.missing_on == "left" else 1
        rule = event.right_rule if index == 0 else event.left_rule
        lines.append(f"  {found.labels[index]} lacks it; the other names the rule {rule}")
    else:
        lines.append(f"  field {event.field}")
        lines += _sides(found, told)
    for name, mine, other in event.others:
        lines.append(f"  also {name}: {decimal_text(mine)} against {decimal_text(other)}")
    return lines


def _told_cell(found: Diff) -> list[str]:
    first = found.first
    if first is None:
        return []
    when = "" if first.time_us is None else f", {_moment(first.time_us)}"
    lines = [f"first difference: {first.table}, {first.key}{when}"]
    if first.missing_on is not None:
        index = 0 if first.missing_on == "left" else 1
        rule = first.rules[1 - index]
        named = f"; the other names the rule {rule}" if rule else ""
        return [*lines, f"  {found.labels[index]} lacks the row{named}"]
    return [*lines, f"  column {first.column}", *_sides(found, first.plain())]


def _sides(found: Diff, told: dict[str, Any]) -> list[str]:
    wide = max(map(len, found.labels))
    lines = []
    for label, value, rule in zip(found.labels, told["values"], told["rules"], strict=True):
        parts = [value["decimal"], value["bits"] or "", rule or ""]
        lines.append(f"  {label:<{wide}}  " + "  ".join(part for part in parts if part))
    if told["ulps"] is not None:
        lines.append(f"  apart: {told['ulps']} ulps")
    return lines


def _moment(time_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat().replace("+00:00", "Z")
