"""Differences that a user allows: per quantity, so many ticks, ulp or cents, until a day.

Before two outcomes are compared, each value of the candidate that is near enough to the reference's
is set to it; what is compared afterwards is compared bit by bit, as always.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ..bits import same, ulps
from ..outcome import Outcome
from .entries import Entry, entry_of, read_tables, today_of
from .places import NEVER, QUANTITIES, numbers_of

__all__ = ["Allowance", "Tolerance", "read_tolerances"]

_KEYS = frozenset({"id", "field", "amount", "unit", "reason", "owner", "expires", "candidate"})
_UNITS = {"price": ("ticks", "ulp"), "money": ("cents", "ulp"), "number": ("ulp",)}
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Tolerance:
    """One entry: a quantity of `QUANTITIES` may be off by `amount` in `unit`."""

    entry: Entry
    field: str
    amount: Decimal
    unit: str

    def distance(self, left: float, right: float, digits: int | None) -> Decimal | None:
        """Measure two values in the unit; None where that cannot be done."""
        if self.unit == "ulp":
            apart = ulps(left, right)
            return None if apart is None else Decimal(apart)
        try:
            # Of the shortest text that reads back the same: what a reader sees.
            apart_by = abs(Decimal(repr(left)) - Decimal(repr(right)))
        except InvalidOperation:
            return None
        if not apart_by.is_finite():
            return None
        if self.unit == "cents":
            return apart_by / _CENT
        return None if digits is None else apart_by.scaleb(digits)


def read_tolerances(path: Path) -> list[Tolerance]:
    """Read a file of tolerances.

    Raises
    ------
    ValueError
        An entry is not understood, names what is never tolerant, or a unit that does not fit.
    OSError
        The file cannot be read.
    """
    found: list[Tolerance] = []
    for where, table in read_tables(path, "tolerance", _KEYS):
        made = _read(where, table)
        if any(made.entry.id == other.entry.id for other in found):
            raise ValueError(f"{where}: its id {made.entry.id!r} is that of an entry before")
        found.append(made)
    return found


def _read(where: str, table: dict[str, Any]) -> Tolerance:
    named = str(table.get("field"))
    quantity = QUANTITIES.get(named)
    if quantity is None:
        never = sorted({word for part in named.split(".") for word in _words(part)} & set(NEVER))
        if never:
            raise ValueError(
                f"{where}: field is {named!r}; {never[0]} can never be tolerant: signals, counts, "
                "bars, sides, reasons, times and rules are the same or they are not"
            )
        raise ValueError(f"{where}: field is {named!r}; expected one of {', '.join(QUANTITIES)}")
    unit, amount = table.get("unit"), table.get("amount")
    if unit not in _UNITS[quantity.size]:
        raise ValueError(
            f"{where}: unit is {unit!r}; expected {' or '.join(_UNITS[quantity.size])} for {named}"
        )
    number = isinstance(amount, (int, float)) and not isinstance(amount, bool)
    if not number or not 0 < amount < float("inf"):  # type: ignore[operator]
        raise ValueError(f"{where}: amount is {amount!r}; expected a number over 0")
    return Tolerance(entry_of(where, table, named), named, Decimal(repr(amount)), unit)


def _words(part: str) -> set[str]:
    return {part, f"{part}s"}


@dataclass
class _Use:
    field: str
    case: str
    largest: Decimal
    times: int = 1


@dataclass
class Allowance:
    """The tolerances of one verification, and what they were used for.

    Parameters
    ----------
    tolerances
        All entries of the file.
    today
        The day by which entries end; None for that of the clock.
    """

    tolerances: Sequence[Tolerance] = ()
    today: date | None = None
    _uses: dict[tuple[str, str, str, str], _Use] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.tolerances)

    def live(self, label: str) -> list[Tolerance]:
        """List the entries that hold today for a candidate."""
        today = today_of(self.today)
        return [
            tolerance
            for tolerance in self.tolerances
            if tolerance.entry.concerns(label) and not tolerance.entry.expired(today)
        ]

    def forgive(
        self, left: Outcome, right: Outcome, label: str, case: str, digits: int | None
    ) -> Outcome:
        """Set the candidate's values that are near enough to the reference's.

        Parameters
        ----------
        left, right
            The reference's outcome and the candidate's; both stay as they are.
        label, case
            The candidate and the case, for the report.
        digits
            Decimals of the symbol, for ticks; None where it has no grid.

        Returns
        -------
        Outcome
            `right`, or a copy of it with what was forgiven.  The digest of a whole run is that of
            the reference then, since it is one over the values that were forgiven.
        """
        by_place: dict[tuple[str, str], list[Tolerance]] = {}
        for tolerance in self.live(label):
            for place in QUANTITIES[tolerance.field].places:
                by_place.setdefault(place, []).append(tolerance)
        if not by_place:
            return right
        forgiven: Outcome = copy.deepcopy(right)
        used = False
        pairs = zip(numbers_of(left), numbers_of(forgiven), strict=False)
        for (mine, key, place), (other, other_key, other_place) in pairs:
            if place != other_place or key != other_key:
                # Rows are missing on one side; from here on nothing stands beside its twin.
                break
            if place not in by_place or same(mine[key], other[other_key]):
                continue
            if self._near(by_place[place], mine[key], other[other_key], (label, case), digits):
                other[other_key] = mine[key]
                used = True
        if used and "digest" in left and "digest" in forgiven:
            forgiven["digest"] = left["digest"]
        return forgiven if used else right

    def _near(
        self,
        tolerances: list[Tolerance],
        left: Any,
        right: Any,
        where: tuple[str, str],
        digits: int | None,
    ) -> bool:
        mine, other = _as_float(left), _as_float(right)
        if mine is None or other is None:
            return False
        for tolerance in tolerances:
            distance = tolerance.distance(mine, other, digits)
            if distance is None or distance > tolerance.amount:
                continue
            key = (where[0], tolerance.entry.id, tolerance.field, where[1])
            use = self._uses.get(key)
            if use is None:
                self._uses[key] = _Use(tolerance.field, where[1], distance)
            else:
                use.times += 1
                use.largest = max(use.largest, distance)
            return True
        return False

    def used(self, label: str) -> list[dict[str, Any]]:
        """List what was tolerated of a candidate, as the report has it."""
        units = {tolerance.entry.id: tolerance.unit for tolerance in self.tolerances}
        return [
            {
                "field": use.field,
                "case": use.case,
                "entry": entry,
                "distance": f"{use.largest.normalize():f} {units[entry]} at most, {use.times} "
                f"value{'' if use.times == 1 else 's'}",
            }
            for (whose, entry, _, _), use in self._uses.items()
            if whose == label
        ]

    def expired(self) -> list[str]:
        """Say which entries have ended; each is a fault."""
        today = today_of(self.today)
        return [
            f"tolerance {tolerance.entry.id} expired on {tolerance.entry.expires} and no longer "
            f"counts: ask {tolerance.entry.owner}, or take it out ({tolerance.entry.reason})"
            for tolerance in self.tolerances
            if tolerance.entry.expired(today)
        ]

    def unused(self) -> list[str]:
        """Say which entries were never needed."""
        today = today_of(self.today)
        needed = {entry for _, entry, _, _ in self._uses}
        return [
            f"tolerance {tolerance.entry.id} was never needed; take it out"
            for tolerance in self.tolerances
            if tolerance.entry.id not in needed and not tolerance.entry.expired(today)
        ]


def _as_float(value: Any) -> float | None:
    """Read a number; whole runs write theirs as text."""
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return None
