"""Compares two lists of trades one by one: what differs, what is missing, what is extra."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .plain import AuditTrade

__all__ = ["COMPARED", "LogDifference", "compare_logs"]

COMPARED = (
    "exit_time_us entry_price exit_price size stop target fee swap result order_type level "
    "initial_stop initial_target signal_time_us"
).split()
"""Fields that are compared where the list gives them; entry time, symbol and direction say which
trades belong together."""


@dataclass(frozen=True)
class LogDifference:
    """One thing in which a list is not the reference.

    Attributes
    ----------
    what
        ``different``, ``missing on candidate`` or ``extra on candidate``.
    reference, candidate
        The trades; None where there is none.
    field, left, right
        Of a difference: what differs, on the reference and on the candidate.

    Examples
    --------
    >>> trade = AuditTrade(4, "long", entry_time_us=0)
    >>> str(LogDifference("missing on candidate", trade, None))
    'missing on candidate: trade 4, long, entered at 0 us'
    """

    what: str
    reference: AuditTrade | None
    candidate: AuditTrade | None
    field: str | None = None
    left: Any = None
    right: Any = None

    def __str__(self) -> str:
        trade = self.reference or self.candidate
        assert trade is not None
        named = " ".join(part for part in (trade.symbol, trade.direction) if part)
        told = f"{self.what}: trade {trade.number}, {named}, entered at {trade.entry_time_us} us"
        if self.field is not None:
            told += f": {self.field} is {self.left!r} on the reference, {self.right!r} here"
        return told


def compare_logs(
    reference: Sequence[AuditTrade],
    candidate: Sequence[AuditTrade],
    *,
    fields: Sequence[str] | None = None,
    tolerance: Mapping[str, float] | None = None,
) -> list[LogDifference]:
    """Compare two lists trade by trade.

    Trades belong together by entry time, symbol (where both name one) and direction; among those
    that share them, by entry price, exit time and size.

    Parameters
    ----------
    reference, candidate
        Both in the same time, such as the opening of the bar.
    fields
        What is compared; by default those of `COMPARED` of which both lists give anything.
    tolerance
        By field, how far apart two numbers may be; none by default.

    Returns
    -------
    list of LogDifference
        In order of entry time.

    Examples
    --------
    >>> one = AuditTrade(1, "long", entry_time_us=0, entry_price=1.1)
    >>> other = AuditTrade(7, "long", entry_time_us=0, entry_price=1.2)
    >>> [(found.field, found.left, found.right) for found in compare_logs([one], [other])]
    [('entry_price', 1.1, 1.2)]
    """
    named = all(trade.symbol is not None for trades in (reference, candidate) for trade in trades)
    chosen = tuple(fields) if fields is not None else _given(reference, candidate)
    allowed = tolerance or {}
    left, right = _keyed(reference, named=named), _keyed(candidate, named=named)
    found: list[LogDifference] = []
    for key in sorted({*left, *right}):
        mine, theirs = left.get(key, []), right.get(key, [])
        for one, other in zip(mine, theirs, strict=False):
            found += _differing(one, other, chosen, allowed)
        found += [LogDifference("missing on candidate", one, None) for one in mine[len(theirs) :]]
        found += [LogDifference("extra on candidate", None, one) for one in theirs[len(mine) :]]
    return found


def _given(reference: Sequence[AuditTrade], candidate: Sequence[AuditTrade]) -> tuple[str, ...]:
    return tuple(
        name
        for name in COMPARED
        if all(any(getattr(t, name) is not None for t in side) for side in (reference, candidate))
    )


_Key = tuple[int, str, str]


def _keyed(trades: Sequence[AuditTrade], *, named: bool) -> dict[_Key, list[AuditTrade]]:
    found: dict[_Key, list[AuditTrade]] = defaultdict(list)
    for trade in trades:
        symbol = (trade.symbol or "") if named else ""
        found[trade.entry_time_us or 0, symbol, trade.direction].append(trade)
    for group in found.values():
        group.sort(key=lambda t: (t.entry_price or 0.0, t.exit_time_us or 2**63, t.size or 0.0))
    return found


def _differing(
    one: AuditTrade, other: AuditTrade, fields: Sequence[str], tolerance: Mapping[str, float]
) -> list[LogDifference]:
    found = []
    for name in fields:
        left, right = getattr(one, name), getattr(other, name)
        if left == right:
            continue
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if numbers and abs(left - right) <= tolerance.get(name, 0.0):
            continue
        found.append(LogDifference("different", one, other, name, left, right))
    return found
