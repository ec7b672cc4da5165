"""What entries of a file of exceptions have in common: a reason, an owner, a day on which they end.

An exception that nobody answers for, or that never ends, is not taken.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

__all__ = ["Entry", "entry_of", "read_tables", "today_of"]

_TEXTS = ("reason", "owner")


@dataclass(frozen=True)
class Entry:
    """One exception.

    Attributes
    ----------
    id
        Its name in reports.
    reason, owner
        Why it is there, and who is to end it.
    expires
        The last day on which it holds.
    candidate
        Pattern of the candidates' labels that it is about.
    """

    id: str
    reason: str
    owner: str
    expires: date
    candidate: str = "*"

    def expired(self, today: date) -> bool:
        """Tell whether the last day has passed.

        Examples
        --------
        >>> Entry("a", "why", "who", date(2026, 3, 31)).expired(date(2026, 3, 31))
        False
        """
        return today > self.expires

    def concerns(self, label: str) -> bool:
        """Tell whether it is about a candidate."""
        return fnmatchcase(label, self.candidate)


def read_tables(path: Path, name: str, known: frozenset[str]) -> list[tuple[str, dict[str, Any]]]:
    """Read the tables `[[name]]` of a TOML file, each with words for where it stands.

    Raises
    ------
    ValueError
        The file is no TOML, holds something else, or a table has a key that is not known.
    OSError
        The file cannot be read.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: is no TOML: {error}") from error
    other = sorted(set(content) - {name})
    if other:
        raise ValueError(f"{path}: {other[0]} is unknown; expected tables [[{name}]] alone")
    tables = content.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError(f"{path}: {name} is no list of tables; expected [[{name}]]")
    found = []
    for number, table in enumerate(tables, 1):
        where = f"{path}: {name} {number}"
        unknown = sorted(set(table) - known)
        if unknown:
            raise ValueError(
                f"{where}: {unknown[0]} is unknown; expected some of {', '.join(sorted(known))}"
            )
        found.append((where, table))
    return found


def entry_of(where: str, table: dict[str, Any], identity: str | None = None) -> Entry:
    """Read what all entries have; `identity` stands for an id that is not given.

    Raises
    ------
    ValueError
        A key is missing, empty or of the wrong type.
    """
    texts = {name: _text(where, table, name) for name in _TEXTS}
    expires = table.get("expires")
    if not isinstance(expires, date) or isinstance(expires, datetime):
        raise ValueError(  # noqa: TRY004  (the file is wrong, not a caller)
            f"{where}: expires is {expires!r}; expected a date without quotes, such as 2027-03-31"
        )
    candidate = _text(where, table, "candidate") if "candidate" in table else "*"
    given = _text(where, table, "id") if "id" in table or identity is None else identity
    return Entry(given, texts["reason"], texts["owner"], expires, candidate)


def today_of(today: date | None) -> date:
    """Give the day by which entries are judged: that of the clock unless a test names one."""
    return date.today() if today is None else today  # noqa: DTZ011  (a day of the user's calendar)


def _text(where: str, table: dict[str, Any], name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: {name} is {value!r}; expected a text that is not empty")
    return value
