"""Coverage of the rules by chapter of the registry."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..suite import golden_folder
from .words import tells_rules

__all__ = ["Chapter", "Side", "chapters_of"]

_DONE = ("exercised", "by_case", "by_test")
_MISSING = ("missing", "by_case_missing")
#: A job plays no cases, so it says nothing about rules that only cases can show.
_NO_CASES: dict[str, list[str]] = {"by_case": [], "by_case_missing": [], "by_test": []}


@dataclass(frozen=True)
class Side:
    """What one backend did of a chapter.

    Attributes
    ----------
    exercised, missing
        Ids of rules that were shown, and of those that were not.
    held
        Ids of rules that only tests of the repository hold.
    """

    exercised: tuple[str, ...]
    missing: tuple[str, ...]
    held: tuple[str, ...]

    @property
    def done(self) -> int:
        """Count the rules that were exercised."""
        return len(self.exercised)

    @property
    def total(self) -> int:
        """Count the rules that could have been."""
        return len(self.exercised) + len(self.missing)


@dataclass(frozen=True)
class Chapter:
    """One chapter; `sides` by label, only backends that ran and name rules."""

    letter: str
    title: str
    sides: dict[str, Side]


def chapters_of(report: dict[str, Any]) -> list[Chapter]:
    """Sort the rules of a report into chapters, by the letter in front of their ids.

    Parameters
    ----------
    report
        Version 2.

    Returns
    -------
    list of Chapter
        In the order of the registry; chapters without a rule are left out, and a letter that the
        registry does not know comes last.
    """
    suite = report["kind"] == "suite"
    present = {
        row["label"]: row["coverage"] if suite else {**row["coverage"], **_NO_CASES}
        for row in report["backends"]
        if tells_rules(report, row)
    }
    titles = _titles()
    letters = {
        rule[0]
        for coverage in present.values()
        for name in (*_DONE, *_MISSING)
        for rule in coverage[name]
        if rule
    }
    known = [letter for letter in titles if letter in letters]
    return [
        Chapter(
            letter,
            titles.get(letter, "Other"),
            {label: _side(coverage, letter) for label, coverage in present.items()},
        )
        for letter in [*known, *sorted(letters - set(titles))]
    ]


def _side(coverage: dict[str, Any], letter: str) -> Side:
    def of(*names: str) -> tuple[str, ...]:
        return tuple(sorted(r for name in names for r in coverage[name] if r.startswith(letter)))

    return Side(of("exercised", "by_case"), of("missing", "by_case_missing"), of("by_test"))


@cache
def _titles() -> dict[str, str]:
    try:
        registry = golden_folder() / "rules.toml"
    except FileNotFoundError:
        # A report can be shown where the goldens are not installed.
        return {}
    titles: dict[str, str] = tomllib.loads(registry.read_text(encoding="utf-8"))["chapters"]
    return titles
