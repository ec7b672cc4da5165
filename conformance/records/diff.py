"""Compares two results on disk: is it the same question, is it the same answer, where do they part.

What is told depends on what the folders hold.  Tables give the first cell that differs; chained
digests give the bar, by bisection; traces give the event, and by it the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fillproof.results import BacktestResult

from ..bits import decimal_text, hex_bits, ulps
from ..compare import first_difference
from ..difference import Difference
from .chain import first_bar
from .question import question_parts
from .record import Record, changed_files, is_record
from .table_diff import ORDER, CellDifference, TableDiff, diff_mapping, diff_tables, first_of

__all__ = ["ANSWERS", "Diff", "Side", "diff_folders", "read_side"]

ANSWERS = {0: "same", 1: "different", 2: "not proven", 3: "error"}


@dataclass(frozen=True)
class Side:
    """A result that was read from disk; `record` is None for what `fillproof run --out` wrote."""

    label: str
    folder: Path
    result: BacktestResult
    record: Record | None


@dataclass
class Diff:
    """What came of comparing two results.

    Attributes
    ----------
    labels
        Names of the two sides.
    question
        Parts of the question that differ, in words; then the answers cannot be held against each
        other.
    doubts
        What is not known, in words.
    tables
        Each table, in the order of a bar's phases.
    bar
        The first bar in which the chained digests part, where both sides have one.
    event
        The first event that differs, where both sides have a trace.
    """

    labels: tuple[str, str]
    question: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    tables: list[TableDiff] = field(default_factory=list)
    bar: int | None = None
    event: Difference | None = None

    @property
    def first(self) -> CellDifference | None:
        """The first cell that differs."""
        return first_of(self.tables)

    @property
    def exit_code(self) -> int:
        """0 same, 1 different, 2 not proven."""
        nothing = all(rows == (0, 0) for rows in (table.rows for table in self.tables[:-1]))
        if self.question or nothing:
            return 2
        differs = self.first is not None or self.bar is not None or self.event is not None
        return 1 if differs else 0

    def plain(self) -> dict[str, Any]:
        """Give all of it as JSON values."""
        first = self.first
        return {
            "schema": "fillproof-diff",
            "version": 1,
            "answer": ANSWERS[self.exit_code],
            "exit_code": self.exit_code,
            "sides": list(self.labels),
            "not_the_same_question": self.question,
            "doubts": self.doubts,
            "tables": {
                table.name: {
                    "rows": list(table.rows),
                    "different": table.different,
                    "first": None if table.first is None else table.first.plain(),
                }
                for table in self.tables
            },
            "first": None if first is None else first.plain(),
            "bar": self.bar,
            "event": None if self.event is None else _event(self.event),
        }


def read_side(folder: Path, label: str | None = None) -> Side:
    """Read a record or a saved result.

    Raises
    ------
    ValueError
        It is neither, or its files are not the ones that were written; they are named.
    """
    record = Record.read(folder) if is_record(folder) else None
    if record is not None:
        changed = changed_files(record)
        if changed:
            raise ValueError(f"{folder}: {', '.join(changed)} since the record was made")
    return Side(label or str(folder), folder, BacktestResult.load(folder), record)


def diff_folders(left: Path, right: Path) -> Diff:
    """Compare two folders.

    Raises
    ------
    ValueError
        One of them cannot be read; see `read_side`.
    """
    one, other = read_side(left), read_side(right)
    found = Diff((one.label, other.label))
    if left.resolve() == right.resolve():
        found.question.append("both sides are the same folder")
    _compare_questions(found, one, other)
    found.tables = [
        diff_tables(name, one.result.table(name), other.result.table(name)) for name in ORDER[:-1]
    ]
    summaries = one.result.summary, other.result.summary
    found.tables.append(diff_mapping("summary", *summaries))
    if one.record is not None and other.record is not None:
        _compare_traces(found, one.record, other.record)
    return found


def _compare_questions(found: Diff, one: Side, other: Side) -> None:
    if one.record is not None and other.record is not None:
        pins = one.record.pin, other.record.pin
        found.question += question_parts(pins[0]["question"], pins[1]["question"])
        versions = [pin["rules"]["version"] for pin in pins]
        if versions[0] != versions[1]:
            found.doubts.append(f"rules version {versions[0]} against {versions[1]}")
        return
    unsaid = [side.label for side in (one, other) if side.record is None]
    found.doubts.append(
        f"{' and '.join(dict.fromkeys(unsaid))}: not told which data and which source of the "
        "strategy it was made from, since `fillproof run` wrote it and not `fillproof record`"
    )
    mine, theirs = one.result.config, other.result.config
    found.question += [
        f"config: {key} is {mine.get(key)!r} against {theirs.get(key)!r}"
        for key in sorted(mine.keys() | theirs.keys())
        if mine.get(key) != theirs.get(key)
    ]


def _compare_traces(found: Diff, one: Record, other: Record) -> None:
    found.bar = first_bar(one.chain(), other.chain())
    if found.bar is None:
        return
    # All events up to the bar agree, so only its own and later ones are looked at.
    sides = [
        [event for event in record.events() if event["bar"] is None or event["bar"] >= found.bar]
        for record in (one, other)
    ]
    found.event = first_difference({"events": sides[0]}, {"events": sides[1]})


def _event(found: Difference) -> dict[str, Any]:
    both = isinstance(found.left, float) and isinstance(found.right, float)
    missing = found.missing_on
    return {
        "stage": found.stage,
        "bar": found.bar,
        "time_us": found.time_us,
        "phase": found.phase,
        "kind": found.kind,
        "symbol": found.symbol,
        "order_id": found.order_id,
        "field": found.field,
        "values": [
            {
                "decimal": decimal_text(value),
                "bits": hex_bits(value) if isinstance(value, float) else None,
            }
            for value in (found.left, found.right)
        ],
        "rules": [found.left_rule, found.right_rule],
        "ulps": ulps(found.left, found.right) if both else None,
        "missing_on": missing,
        "other_fields": [
            {"field": name, "values": [decimal_text(a), decimal_text(b)]}
            for name, a, b in found.others
        ],
    }
