"""Conditions that look at the clock, in UTC."""

from __future__ import annotations

from dataclasses import dataclass

from fillproof.expressions.checks import WEEKDAYS, moment, refuse
from fillproof.expressions.nodes import Condition, put

__all__ = ["Between", "Weekday"]


@dataclass(frozen=True, repr=False)
class Between(Condition):
    """Whether the end of the bar lies in a window of the day or week, UTC."""

    start: str
    end: str

    def _check(self) -> None:
        moment(self.start, "between.start")
        moment(self.end, "between.end")
        if len(self.start) != len(self.end):
            refuse("between.end", self.end, "both daily or both weekly")
        if self.start == self.end:
            refuse("between.end", self.end, "an end that is not the start")

    def __repr__(self) -> str:
        return f"between({self.start!r}, {self.end!r})"


@dataclass(frozen=True, repr=False)
class Weekday(Condition):
    """Whether the bar ends on one of some days, UTC; an end at midnight is the day before."""

    days: tuple[str, ...]

    def _check(self) -> None:
        days: object = self.days
        if not isinstance(days, tuple) or not days or not set(days) <= set(WEEKDAYS):
            refuse("weekday.days", days, "one or more of " + ", ".join(WEEKDAYS))
        put(self, "days", tuple(day for day in WEEKDAYS if day in days))

    def __repr__(self) -> str:
        return f"weekday({', '.join(map(repr, self.days))})"
