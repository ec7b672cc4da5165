"""From the text of a cell to a value, with an error that names the cell."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .plain import refuse
from .zones import ZONE_HELP, Zone

__all__ = ["ABSENT", "LONG", "SHORT", "Cells"]

ABSENT = frozenset({"", "-", "—", "nan", "none", "null", "nat", "n/a", "na"})
"""What stands for no value, in lower case."""
LONG = frozenset({"long", "buy", "b", "bought", "l", "1", "entry long"})
SHORT = frozenset({"short", "sell", "s", "sold", "-1", "entry short"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}
_SHAPES = (
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d %H:%M:%S.%f",
    "%Y.%m.%d %H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
)
_ORDER_TYPES = {"market": "market", "mkt": "market", "limit": "limit", "stop": "stop"}


@dataclass
class Cells:
    """How the cells of one file are read.

    Attributes
    ----------
    source
        The file, for messages.
    zone
        Of times that carry none; None: such a time is refused.
    time_format
        ``auto`` (ISO and the forms of the platforms), ``s``, ``ms``, ``us``, ``ns`` since 1970, or
        a pattern of `datetime.strptime`.
    decimal, thousands
        Signs of numbers.
    words
        Further words for ``long``, ``short``, ``market``, ``limit``, ``stop``, in lower case.
    zone_used
        Whether a time was met that carries none.

    Examples
    --------
    >>> cells = Cells("trades.csv", decimal=",")
    >>> cells.number("1.234,5", 1, "Price")
    1234.5
    """

    source: str
    zone: Zone | None = None
    time_format: str = "auto"
    decimal: str = "."
    thousands: str = ""
    words: dict[str, frozenset[str]] = field(default_factory=dict)
    zone_used: bool = False

    def number(self, cell: Any, row: int | None, column: str) -> float | None:
        """Read a number; None where the cell is empty."""
        if cell is None:
            return None
        if isinstance(cell, (int, float)) and not isinstance(cell, bool):
            return None if math.isnan(cell) else float(cell)
        text = str(cell).strip()
        if text.lower() in ABSENT:
            return None
        plain = re.sub(r"[\s\u00a0\u202f]", "", text).replace("\u2212", "-")
        grouping = self.thousands or ("." if self.decimal == "," else ",")
        whole, mark, rest = plain.partition(self.decimal)
        if grouping in whole:
            groups = whole.lstrip("+-").split(grouping)
            grouped = len(groups[0]) in (1, 2, 3) and all(len(group) == 3 for group in groups[1:])
            # 110,012 alone may be a price with a decimal comma as well as a large number.
            grouped = grouped and bool(mark or self.thousands or self.decimal == ",")
            whole = whole.replace(grouping, "") if grouped else "?"
        try:
            value = float(f"{whole}.{rest}" if mark else whole)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            expected = f"a number with {self.decimal!r} before its decimals"
            raise refuse(self.source, row, column, text, expected)
        return value

    def needed(self, cell: Any, row: int | None, column: str) -> float:
        """Read a number that has to be there."""
        found = self.number(cell, row, column)
        if found is None:
            raise refuse(self.source, row, column, cell, "a number")
        return found

    def time(self, cell: Any, row: int | None, column: str) -> int | None:
        """Read a time as microseconds since 1970 UTC; None where the cell is empty."""
        if isinstance(cell, datetime):
            return self._moment(cell, row, column)
        text = "" if cell is None else str(cell).strip()
        if text.lower() in ABSENT:
            return None
        if self.time_format in (*_UNITS, "ns"):
            try:
                count = int(text)
            except ValueError:
                expected = f"a whole number of {self.time_format} since 1970"
                raise refuse(self.source, row, column, text, expected) from None
            return count // 1000 if self.time_format == "ns" else count * _UNITS[self.time_format]
        return self._moment(self._shown(text, row, column), row, column)

    def _shown(self, text: str, row: int | None, column: str) -> datetime:
        if self.time_format != "auto":
            try:
                return datetime.strptime(text, self.time_format)  # noqa: DTZ007
            except ValueError:
                expected = f"a time of the form {self.time_format}"
                raise refuse(self.source, row, column, text, expected) from None
        try:
            return datetime.fromisoformat(_microseconds(text))
        except ValueError:
            pass
        for shape in _SHAPES:
            try:
                return datetime.strptime(text, shape)  # noqa: DTZ007
            except ValueError:
                continue
        expected = "a time such as 2021-05-03 10:00:00; for others state the format in a mapping"
        raise refuse(self.source, row, column, text, expected)

    def _moment(self, shown: datetime, row: int | None, column: str) -> int:
        if shown.tzinfo is not None:
            return (shown - _EPOCH) // timedelta(microseconds=1)
        if self.zone is None:
            expected = (
                f"a time zone: say by --zone or in the mapping what the clock is: {ZONE_HELP}"
            )
            raise refuse(self.source, row, column, str(shown), expected, code="TIME_NAIVE")
        self.zone_used = True
        return self.zone.to_us(shown)

    def direction(self, cell: Any, row: int | None, column: str) -> str:
        """Read ``long`` or ``short``."""
        word = "" if cell is None else str(cell).strip().lower()
        for name, known in (("long", LONG), ("short", SHORT)):
            if word in self.words.get(name, frozenset()) or word in known:
                return name
        raise refuse(
            self.source, row, column, cell, "a word for long or short, such as buy or sell"
        )

    def order_type(self, cell: Any, row: int | None, column: str) -> str | None:
        """Read the type of an order; None where the cell is empty."""
        word = "" if cell is None else str(cell).strip().lower()
        if word in ABSENT:
            return None
        for name in ("market", "limit", "stop"):
            if word in self.words.get(name, frozenset()) or _ORDER_TYPES.get(word) == name:
                return name
        raise refuse(self.source, row, column, cell, "market, limit or stop")

    def text(self, cell: Any) -> str | None:
        """Read text; None where the cell is empty."""
        word = "" if cell is None else str(cell).strip()
        return None if word.lower() in ABSENT else word


def _microseconds(text: str) -> str:
    """Cut nanoseconds down to what a datetime holds."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text)
