"""Behind `verify --against`: builds the other version, asks both, tells what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fillproof import golden

from ..bits import same
from ..jobs import Job
from ..wire import dumps
from .asking import Asked, Unasked, ask_new, ask_old, refuse_unknown
from .building import Built, build, parse
from .changes import OrderChange, by_rule, changes_of, fate_words, retold
from .pages import around
from .worker import Law, connect_built, law_of

__all__ = ["Against", "RuleNote", "against", "compare_versions", "note_of", "verify_against"]

ANSWERS = {0: "same", 1: "different", 2: "not proven", 3: "error"}
_EQUITY = ("cash", "equity", "equity_worst", "drawdown")


@dataclass(frozen=True)
class RuleNote:
    """What is known of a rule between two versions.

    Attributes
    ----------
    rule, title
        Its id and title.
    state
        `text changed`, `new`, `gone`, or `same text`: then an engine was changed, not the law.
    entries
        What the changelog says of it since the older version: version, what, moves.
    """

    rule: str
    title: str
    state: str
    entries: list[dict[str, Any]]


@dataclass
class Against:
    """What came of holding two versions against each other.

    Attributes
    ----------
    old, new
        Labels of the two versions.
    asked
        The case that both played.
    changes
        Orders whose trade is another one, in the order in which they part.
    retold
        How many orders have the same trade and other events, by what is told anew.
    ended
        Each version whose run ends with an error that the other's does not: version, code, bar,
        message, and the rules that raise it.
    equity
        The first row and column of the equity that differs: bar, column, old, new.
    rules
        Notes on each rule by which something changes.
    doubts
        Why nothing is proven.
    """

    old: str
    new: str
    job: str
    asked: Asked | None = None
    changes: list[OrderChange] = field(default_factory=list)
    orders: int = 0
    retold: dict[str, int] = field(default_factory=dict)
    equity: tuple[int, str, Any, Any] | None = None
    ended: list[dict[str, Any]] = field(default_factory=list)
    rules: list[RuleNote] = field(default_factory=list)
    versions: tuple[int | None, int] = (None, 0)
    backend: str = "python"
    outcomes: tuple[Any, Any] | None = None
    doubts: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 same, 1 different, 2 not proven."""
        if self.changes or self.equity or self.ended:
            return 1
        return 2 if self.doubts else 0

    def plain(self) -> dict[str, Any]:
        """Give all of it as JSON values; each change has its bars around for a picture."""
        return {
            "schema": "fillproof-against",
            "version": 1,
            "answer": ANSWERS[self.exit_code],
            "exit_code": self.exit_code,
            "old": self.old,
            "new": self.new,
            "job": self.job,
            "rules_versions": list(self.versions),
            "orders": self.orders,
            "doubts": self.doubts,
            "retold": self.retold,
            "by_rule": dict(by_rule(self.changes)),
            "rules": [note.__dict__ for note in self.rules],
            "equity": None
            if self.equity is None
            else dict(zip(("bar", "column", "old", "new"), self.equity, strict=True)),
            "ended": self.ended,
            "changes": [self._change(change) for change in self.changes],
        }

    def _change(self, change: OrderChange) -> dict[str, Any]:
        parting = change.parting
        shown = None if parting is None else {**parting.__dict__, "rules": list(parting.rules)}
        bar = None if parting is None else parting.bar
        case = None if self.asked is None else self.asked.case
        return {
            "order_id": change.order_id,
            "old": fate_words(change.old),
            "new": fate_words(change.new),
            "trades": {"old": change.old.get("trades", []), "new": change.new.get("trades", [])},
            "parting": shown,
            "follows": change.follows,
            "bars_around": [] if bar is None or case is None else around(case, bar),
        }


Pages = Callable[[Against], None]
"""Writes what was found in other forms."""


def against(text: str, workdir: Path | None = None, *, backend: str = "python") -> Any:
    """Build what the text names and start a worker of it: a candidate that plays cases.

    Parameters
    ----------
    text
        `fillproof==X`, `git+REF`, a ref of the checkout, or `NAME@FOLDER`.
    workdir
        Where built versions are kept; the user's cache by default.
    backend
        Which backend of that version.

    Raises
    ------
    VersionError
        It cannot be named or had.
    WorkerAbsent
        It was built and does not start.
    """
    return connect_built(build(parse(text, backend=backend), cache=workdir))


def verify_against(
    job: Job,
    text: str,
    *,
    backend: str = "python",
    console: Any = None,
    json_file: Path | None = None,
    pages: Pages | None = None,
    workdir: Path | None = None,
    seconds: float = 600.0,
) -> int:
    """Compare a job on another version and on this one, print what changed, return the exit code.

    Parameters
    ----------
    job
        The user's backtest.
    text
        What `against` takes.
    backend
        Which backend of both versions runs.
    console
        Of rich; a new one by default.
    json_file
        Where to write all of it.
    pages
        Called with what was found, before it is printed.
    workdir
        Where built versions are kept.
    seconds
        How long each run may take.

    Raises
    ------
    VersionError, WorkerAbsent, WorkerCrashed, WorkerSilent
        One of the versions cannot be had or does not answer.
    """
    from rich.console import Console

    from .telling import tell

    console = console or Console(highlight=False)
    version = parse(text, backend=backend)
    with console.status(f"building {version.label}, once"):
        built = build(version, cache=workdir)
    found = compare_versions(job, built, seconds=seconds)
    if json_file is not None:
        json_file.write_text(dumps(found.plain(), indent=1) + "\n", encoding="utf-8")
    if pages is not None:
        pages(found)
    tell(found, console)
    return found.exit_code


def compare_versions(job: Job, built: Built, *, seconds: float = 600.0) -> Against:
    """Play a job on this version and its signals on another one."""
    from fillproof import __version__

    backend = built.version.backend
    new = f"fillproof {__version__} ({backend})"
    found = Against(built.version.label, new, job.label, backend=backend)
    law = law_of(built)
    found.versions = (law.version, golden.rules_version())
    try:
        asked = ask_new(job, backend, seconds)
        refuse_unknown(law.schema, asked.case, built.version.label)
        with connect_built(built) as worker:
            outcome = ask_old(worker, asked, seconds)
    except Unasked as reason:
        found.doubts.append(str(reason))
        return found
    found.asked = asked
    found.outcomes = (outcome, asked.outcome)
    found.orders = asked.signals
    if not asked.signals:
        found.doubts.append("the strategy gave no signal: nothing was compared")
    by_equity = "risk_fraction" in asked.case["config"]["sizing"]
    found.ended = _ended(found, outcome, asked.outcome)
    # What one version did not live to see is no change of an order.
    unseen = {row["version"] for row in found.ended}
    found.changes = [
        change
        for change in changes_of(outcome, asked.outcome, by_equity=by_equity)
        if (change.old or found.old not in unseen) and (change.new or found.new not in unseen)
    ]
    found.retold = dict(retold(outcome, asked.outcome))
    found.equity = _first_equity(outcome, asked.outcome, ended=bool(found.ended))
    found.rules = [
        note_of(rule, law)
        for rule in by_rule(found.changes)
        if rule in law.rules or rule in _rules()
    ]
    return found


def _rules() -> dict[str, dict[str, Any]]:
    return {rule["id"]: rule for rule in golden.rules()}


def _ended(found: Against, old: Any, new: Any) -> list[dict[str, Any]]:
    """Describe the errors that end only one of the runs, or end both for other reasons."""
    failures = old.get("error"), new.get("error")
    told = [failure and (failure["code"], failure["bar"]) for failure in failures]
    if told[0] == told[1]:
        return []
    return [
        {
            "version": label,
            "code": failure["code"],
            "bar": failure["bar"],
            "message": failure["message"],
            "rules": [
                name for name, rule in _rules().items() if rule.get("error") == failure["code"]
            ],
        }
        for label, failure in zip((found.old, found.new), failures, strict=True)
        if failure is not None
    ]


def note_of(rule: str, law: Law) -> RuleNote:
    """Say what became of a rule since the version that has `law`."""
    old, new = law.rules.get(rule), _rules().get(rule)
    if new is None:
        state = "gone"
    elif old is None:
        state = "new"
    else:
        told = [(row.get("text"), row.get("formula")) for row in (old, new)]
        state = "same text" if told[0] == told[1] else "text changed"
    entries = [
        {"version": row["version"], "what": change["what"], "moves": change["moves"]}
        for row in golden.changelog()
        if law.version is None or row["version"] > law.version
        for change in row.get("change", [])
        if rule in change["rules"]
    ]
    # A version that numbers no rules may lie anywhere: what has not changed has no entry to show.
    kept = entries if state != "same text" else []
    return RuleNote(rule, (new or old or {}).get("title", ""), state, kept)


def _first_equity(old: Any, new: Any, *, ended: bool) -> tuple[int, str, Any, Any] | None:
    mine, other = old.get("equity") or {}, new.get("equity") or {}
    names = [name for name in _EQUITY if name in mine and name in other]
    rows = [len(side["time_us"]) for side in (mine, other) if "time_us" in side]
    for row in range(min(rows, default=0)):
        for name in names:
            if not same(mine[name][row], other[name][row]):
                return row, name, mine[name][row], other[name][row]
    if len(set(rows)) > 1 and not ended:
        return min(rows), "row", rows[0], rows[1]
    return None
