"""Two versions on the terminal: what changed, by which rule, with the candles."""

from __future__ import annotations

from typing import Any

from ..bits import decimal_text
from ..reports.text_candles import text_candles
from .changes import OrderChange, by_rule, fate_words
from .comparison import ANSWERS, Against
from .pages import divergence_of

__all__ = ["tell"]

_SHOWN = 3
_LISTED = 12


def tell(found: Against, console: Any) -> None:
    """Print what came of comparing two versions."""
    for line in told(found):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def told(found: Against) -> list[str]:
    """Say it in lines."""
    lines = [f"{found.job}: {found.old} against {found.new}"]
    old, new = found.versions
    lines.append(f"rules version {'unnumbered' if old is None else old} against {new}")
    lines += [f"not proven: {doubt}" for doubt in found.doubts]
    for row in found.ended:
        lines.append(
            f"{row['version']} ends at bar {row['bar']} with {row['code']}: {row['message']}"
        )
        lines.append(f"  raised by {', '.join(row['rules']) or 'no rule of this version'}")
        lines.append("  what would have come after it was not compared")
    if found.asked is not None:
        lines.append(f"{len(found.changes)} of {found.orders} orders changed")
        lines += _by_rule(found)
        lines += [
            f"{count} orders with the same trade are told otherwise: {what}"
            for what, count in found.retold.items()
        ]
        for number, change in enumerate(found.changes[:_LISTED]):
            lines += ["", *_change(found, change, picture=number < _SHOWN)]
        rest = len(found.changes) - _LISTED
        if rest > 0:
            lines += ["", f"and {rest} more; --json FILE has them all"]
        if found.equity is not None and not found.changes:
            bar, column, mine, other = found.equity
            lines.append(
                f"no trade changed, but the equity: row {bar}, {column} "
                f"{decimal_text(mine)} against {decimal_text(other)}"
            )
    lines.append(ANSWERS[found.exit_code])
    return lines


def _by_rule(found: Against) -> list[str]:
    notes = {note.rule: note for note in found.rules}
    lines = []
    for rule, count in by_rule(found.changes).most_common():
        note = notes.get(rule)
        if note is None:
            lines.append(f"  {rule}: {count}")
            continue
        meaning = {
            "same text": "the rule says the same in both: an engine changed, not the law",
            "text changed": "the rule's text changed",
            "new": "the older version does not have this rule",
            "gone": "this version does not have this rule any more",
        }[note.state]
        lines.append(f"  {rule} ({note.title}): {count}; {meaning}")
        for entry in note.entries:
            lines.append(f"    rules version {entry['version']}: {entry['what']}")
            lines.append(f"    moves: {entry['moves']}")
    return lines


def _change(found: Against, change: OrderChange, *, picture: bool) -> list[str]:
    lines = [
        f"order {change.order_id}",
        f"  old: {fate_words(change.old)}",
        f"  new: {fate_words(change.new)}",
    ]
    parting = change.parting
    if parting is None:
        return [*lines, "  no event of this order differs, only what its trade says"]
    where = f"bar {parting.bar}, phase {parting.phase}, {parting.kind}"
    if parting.missing_on is not None:
        rule = parting.rules[0] or parting.rules[1]
        lines.append(f"  first at {where}: the {parting.missing_on} version lacks it ({rule})")
    else:
        rules = " against ".join(dict.fromkeys(rule or "no rule" for rule in parting.rules))
        lines.append(
            f"  first at {where}, {parting.field}: {decimal_text(parting.old)} against "
            f"{decimal_text(parting.new)} ({rules})"
        )
    if change.follows:
        lines.append("  an amount that hangs on the equity, which an earlier change has moved")
    if picture:
        drawn = text_candles(divergence_of(found, change, ""))
        lines += [f"  {line}" for line in drawn]
    return lines
