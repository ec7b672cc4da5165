"""Failures that are known and owned, until a day: told as such, and no longer than they last.

An entry names cases by a pattern over their ids, a kind of divergence by rule, symbol or field, or
skipped cases by the reason that the candidate gave.
One that has expired, that passes or that fits nothing is a fault of the list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path
from typing import Any

from .entries import Entry, entry_of, read_tables, today_of

__all__ = ["Gap", "Gaps", "gaps_of", "read_gaps"]

_FILTERS = ("rule", "symbol", "field", "skip")
_KEYS = frozenset({"id", "reason", "owner", "expires", "candidate", *_FILTERS})


@dataclass(frozen=True)
class Gap:
    """One entry; without `filters` its id is a pattern over ids of cases."""

    entry: Entry
    filters: tuple[tuple[str, str], ...] = ()

    def is_about(self, case: str) -> bool:
        """Tell whether a case can show this gap, as far as its id tells."""
        return bool(self.filters) or fnmatchcase(case, self.entry.id)

    @property
    def of_skips(self) -> str | None:
        """The pattern over reasons of skips; None for an entry about something else."""
        return dict(self.filters).get("skip")

    def covers(
        self, case: str, divergence: dict[str, Any] | None, skipped: str | None = None
    ) -> bool:
        """Tell whether a failure of a case is this gap.

        Parameters
        ----------
        case
            Its id; of a job its label.
        divergence
            As the report has it; None for a failure without one, such as a crash.
        skipped
            The reason why the candidate did not play it; None where it did.
        """
        if not self.is_about(case):
            return False
        if not self.filters:
            return True
        if self.of_skips is not None:
            return skipped is not None and fnmatchcase(skipped, self.of_skips)
        if divergence is None:
            return False
        return all(
            any(fnmatchcase(value, pattern) for value in _values(divergence, name))
            for name, pattern in self.filters
        )


def read_gaps(path: Path) -> list[Gap]:
    """Read a list of known gaps.

    Raises
    ------
    ValueError
        An entry is not understood.
    OSError
        The file cannot be read.
    """
    found: list[Gap] = []
    for where, table in read_tables(path, "gap", _KEYS):
        entry = entry_of(where, table)
        for name in _FILTERS:
            if name in table and (not isinstance(table[name], str) or not table[name]):
                raise ValueError(f"{where}: {name} is {table[name]!r}; expected a pattern")
        if any(entry.id == other.entry.id for other in found):
            raise ValueError(f"{where}: its id {entry.id!r} is that of an entry before")
        filters = tuple((name, table[name]) for name in _FILTERS if name in table)
        if "skip" in table and len(filters) > 1:
            raise ValueError(f"{where}: skip stands alone; a skipped case has no {filters[0][0]}")
        found.append(Gap(entry, filters))
    return found


@dataclass
class Gaps:
    """The known gaps of one verification, and what became of them.

    Parameters
    ----------
    gaps
        All entries, of the file and of adapters.
    today
        The day by which entries end; None for that of the clock.
    """

    gaps: Sequence[Gap] = ()
    today: date | None = None
    _shown: dict[tuple[str, str], int] = field(default_factory=dict)
    _asked: set[tuple[str, str]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.gaps)

    def ran(self, label: str, case: str, rules: Iterable[str] = ()) -> None:
        """Note that a candidate was asked a case, in which the reference exercised rules."""
        exercised = list(rules)
        for gap in self.gaps:
            # Whether a case is skipped is known by its skip alone.
            if gap.of_skips is not None or not gap.entry.concerns(label):
                continue
            if gap.is_about(case) and _exercised(gap, exercised):
                self._asked.add((label, gap.entry.id))

    def excuse(
        self,
        label: str,
        case: str,
        divergence: dict[str, Any] | None,
        skipped: str | None = None,
    ) -> Gap | None:
        """Find the entry that a failure is covered by; an expired one is noted and covers nothing.

        Returns
        -------
        Gap or None
            The entry, where it is live.
        """
        today = today_of(self.today)
        for gap in self.gaps:
            if not gap.entry.concerns(label) or not gap.covers(case, divergence, skipped):
                continue
            key = (label, gap.entry.id)
            self._asked.add(key)
            self._shown[key] = self._shown.get(key, 0) + 1
            if not gap.entry.expired(today):
                return gap
        return None

    def expected(self, label: str) -> int:
        """Count the live entries that were needed for a candidate."""
        return sum(row["state"] == "expected" for row in self.rows(label))

    def rows(self, label: str) -> list[dict[str, Any]]:
        """List the entries that concern a candidate, as the report has them."""
        today = today_of(self.today)
        rows = []
        for gap in self.gaps:
            key = (label, gap.entry.id)
            if key not in self._asked:
                continue
            state = "expected" if key in self._shown else "unexpected pass"
            rows.append(
                {
                    "id": gap.entry.id,
                    "reason": gap.entry.reason,
                    "owner": gap.entry.owner,
                    "expires": gap.entry.expires.isoformat(),
                    "state": "expired" if gap.entry.expired(today) else state,
                }
            )
        return rows

    def faults(self, labels: Sequence[str], *, whole: bool = True) -> list[str]:
        """Say what is wrong with the list.

        Parameters
        ----------
        labels
            The candidates that ran.
        whole
            Whether everything ran that an entry can be about, so that one without any fits nothing.
        """
        today = today_of(self.today)
        told = []
        for gap in self.gaps:
            name, owner = gap.entry.id, gap.entry.owner
            if gap.entry.expired(today):
                told.append(
                    f"known gap {name} expired on {gap.entry.expires} and no longer counts: "
                    f"ask {owner}, or take it out ({gap.entry.reason})"
                )
                continue
            concerned = [label for label in labels if gap.entry.concerns(label)]
            asked = [label for label in concerned if (label, name) in self._asked]
            passed = [label for label in asked if (label, name) not in self._shown]
            told += [f"known gap {name} passes on {label}: take it out" for label in passed]
            if not concerned:
                told.append(f"known gap {name} is about no candidate here: {gap.entry.candidate}")
            elif whole and not asked:
                told.append(f"known gap {name} fits nothing that was run: take it out or mend it")
        return told


def _exercised(gap: Gap, rules: list[str]) -> bool:
    """Tell whether a run could have shown a gap that is about a rule."""
    named = dict(gap.filters).get("rule")
    return named is None or any(fnmatchcase(rule, named) for rule in rules)


def _values(divergence: dict[str, Any], name: str) -> list[str]:
    if name == "rule":
        rules = [side["rule"] for side in divergence["sides"].values()]
        return [rule for rule in rules if rule]
    if name == "field":
        kind = divergence.get("kind")
        plain = str(divergence["field"])
        # As users write it: exit.price, or price alone.
        return [plain, *([f"{kind}.{plain}"] if kind else [])]
    value = divergence.get(name)
    return [] if value is None else [str(value)]


def gaps_of(path: Path | None, own: dict[str, Path | None]) -> list[Gap]:
    """Read the list of a command and those that adapters name, which are about them alone.

    Raises
    ------
    ValueError, OSError
        As `read_gaps` raises them; two entries have one id.
    """
    found = [] if path is None else read_gaps(path)
    for label, listed in own.items():
        if listed is None or (path is not None and listed.resolve() == path.resolve()):
            continue
        found += [
            dataclasses.replace(gap, entry=dataclasses.replace(gap.entry, candidate=escape(label)))
            for gap in read_gaps(listed)
        ]
    return found
