"""Plants faults in a copy of the reference, plays long runs on it, and reads the report.

`python -m fillproof.conformance.blame.explained` plays every fault of explained.toml and writes a
table; it ends with 0 where each report names the right bar, phase and rule, and whether that is the
root, 1 where one does not, 3 where something could not be run.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fillproof.python as pyengine

from ..client import BackendSpec, Client
from ..compare import first_difference
from ..difference import Difference
from ..faults.planted import load_faults
from ..faults.workshop import Workshop, commit_of
from ..jobs import read_job
from ..replay_case import case_of
from .origin import origin_of
from .replayed_job import origin_of_job
from .scenes import SCENES, scene

__all__ = ["Explained", "Report", "complaints", "explain", "load_explained", "main", "planted"]

HERE = Path(__file__).resolve().parent
_SECONDS = 300.0
_BARS = 700
_WORDS = ("rule", "phase", "field", "bar")


@dataclass(frozen=True)
class Explained:
    """A fault and what a report has to say of it; see the head of explained.toml."""

    kind: str
    scene: str
    verdict: str
    said: dict[str, Any]
    once: bool = False
    fault: str | None = None
    edit: tuple[str, str, str] | None = None


@dataclass
class Report:
    """What was said of a fault.

    Attributes
    ----------
    first
        The first divergence; None where nothing differs.
    origin
        Root or consequence.
    uses
        The bars in which the reference's trace has the rule.
    """

    first: Difference | None
    origin: dict[str, Any] = field(default_factory=dict)
    uses: list[int] = field(default_factory=list)

    def said(self) -> dict[str, Any]:
        """Give bar, phase, rule and field of the first divergence."""
        found = self.first
        if found is None:
            return dict.fromkeys(_WORDS)
        rule = found.left_rule or found.right_rule
        return {"rule": rule, "phase": found.phase, "field": found.field, "bar": found.bar}


def load_explained(path: Path = HERE / "explained.toml") -> list[Explained]:
    """Read the faults and what must be said of them."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["explained"]
    return [
        Explained(
            row["kind"],
            row["scene"],
            row["verdict"],
            {name: row[name] for name in _WORDS if name in row},
            row.get("once", False),
            row.get("fault"),
            (row["file"], row["old"], row["new"]) if "file" in row else None,
        )
        for row in rows
    ]


@contextmanager
def planted(root: Path, entry: Explained) -> Iterator[str]:
    """Plant a fault in a copy of pyengine and name it as a backend, such as `python@FOLDER`."""
    with tempfile.TemporaryDirectory(prefix="fillproof-explained-") as folder:
        if entry.fault is not None:
            (fault,) = load_faults(only=entry.fault)
            workshop = Workshop(root, Path(folder), Path(folder) / "target")
            yield workshop.build(fault.engine, fault)
            return
        assert entry.edit is not None
        name, old, new = entry.edit
        copy = Path(folder) / "overlay"
        shutil.copytree(
            root / "pyengine", copy / "pyengine", ignore=shutil.ignore_patterns("*.so", "*.c")
        )
        path = copy / "pyengine" / name
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(
                f"{entry.kind}: {name} has {text.count(old)} times {old!r}, expected 1"
            )
        path.write_text(text.replace(old, new), encoding="utf-8")
        yield f"python@{copy}"


def explain(entry: Explained, reference: Client, candidate: Client) -> Report:
    """Play the run of a fault on both sides and tell what differs first, and why."""
    left, right = (_asker(client) for client in (reference, candidate))
    if entry.scene not in SCENES:
        job = read_job(strategy=entry.scene)
        request = {"do": "job", "job": job.plain(), "give": "all", "record": True, "until": _BARS}
        outcomes = (left(request)["outcome"], right(request)["outcome"])
        found = first_difference(*outcomes)
        report = Report(found, uses=_uses(entry, outcomes[0]))
        if found is not None:
            case = case_of(pyengine, job, outcomes[0]["given"], last=_BARS)
            report.origin = origin_of_job(case, found, outcomes[0], left, right)
        return report
    case = scene(entry.scene)
    request = {"do": "case", "case": case}
    outcomes = (left(request)["outcome"], right(request)["outcome"])
    found = first_difference(*outcomes)
    report = Report(found, uses=_uses(entry, outcomes[0]))
    if found is not None:
        report.origin = origin_of(case, found, outcomes, left, right)
    return report


def complaints(entry: Explained, report: Report) -> list[str]:
    """Say what of a report is not as it has to be."""
    said = report.said()
    wrong = [
        f"{name} {said[name]!r} instead of {value!r}"
        for name, value in entry.said.items()
        if said[name] != value
    ]
    if entry.once and said["bar"] != min(report.uses, default=None):
        wrong.append(f"bar {said['bar']}, the rule is first used in bar {report.uses[:1]}")
    verdict = report.origin.get("verdict")
    if verdict != entry.verdict:
        wrong.append(f"{verdict} instead of {entry.verdict}: {report.origin.get('why')}")
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line, in a checkout of the project."""
    parser = argparse.ArgumentParser(prog="python -m fillproof.conformance.blame.explained")
    parser.add_argument("--root", type=Path, default=Path(), help="checkout of the project")
    parser.add_argument("--only", default="", help="faults whose kind has this word")
    parser.add_argument("--table", type=Path, help="write a Markdown table")
    options = parser.parse_args(arguments)
    rows, missed = [], 0
    try:
        commit = commit_of(options.root)
        with Client(BackendSpec("python")) as reference:
            for entry in load_explained():
                if options.only not in entry.kind:
                    continue
                with (
                    planted(options.root.resolve(), entry) as label,
                    Client(BackendSpec(label)) as candidate,
                ):
                    report = explain(entry, reference, candidate)
                wrong = complaints(entry, report)
                missed += bool(wrong)
                rows.append(_row(entry, report, wrong))
                print(rows[-1], flush=True)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    print(f"{len(rows) - missed} of {len(rows)} faults rightly explained, at {commit}")
    if options.table is not None:
        options.table.write_text("\n".join([*_HEAD, *rows]) + "\n", encoding="utf-8")
    return 1 if missed or not rows else 0


_HEAD = (
    "| kind of fault | run | first divergence | verdict | roots | right |",
    "| --- | --- | --- | --- | --- | --- |",
)


def _row(entry: Explained, report: Report, wrong: list[str]) -> str:
    said = report.said()
    place = f"bar {said['bar']} {said['phase']} {said['field']} {said['rule'] or ''}".strip()
    roots = ", ".join(
        f"{root['rule'] or root['kind']} x {root['count']}"
        for root in report.origin.get("roots", [])
    )
    verdict = report.origin.get("verdict", "nothing differs")
    right = "yes" if not wrong else "NO: " + "; ".join(wrong)
    return f"| {entry.kind} | {entry.scene} | {place} | {verdict} | {roots} | {right} |"


def _uses(entry: Explained, outcome: dict[str, Any]) -> list[int]:
    rule = entry.said.get("rule")
    return [event["bar"] for event in outcome.get("events") or [] if event["rule"] == rule]


def _asker(client: Client) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda request: client.ask(request, _SECONDS)


if __name__ == "__main__":
    sys.exit(main())
