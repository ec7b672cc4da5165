"""Names the part of a candidate that makes it leave the reference: parts are swapped one by one.

One run is played twice for each part, once with the reference's and once with the candidate's; all
else is the same, so that what mixing alone brings about is on both sides.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from ..isolation import BACKENDS
from ..suite import Case
from ..wire import dumps, loads
from .mixing import PAIR

if TYPE_CHECKING:
    from .job_proof import Held, JobProof

__all__ = ["explain_job", "guilty", "guilty_of_case"]

_SECONDS = 900.0
_MORE_BARS = 3
# A part that holds others comes after them: what both show is the inner one's.
_OUTER = ("loop", "slices", "strategy")
_OF_PORTFOLIO = {"portfolio.py", "marks.py", "summary.py"}


def guilty_of_case(case: Case, labels: tuple[str, str]) -> dict[str, Any]:
    """Find the guilty part behind the divergence of a case.

    Parameters
    ----------
    case
        Of the suite.
    labels
        The reference and the candidate.
    """
    if case.kind == "arithmetic":
        return _nobody("the case calls one function; there are no parts to swap")
    name = "run" if case.kind == "whole" else "case"
    return guilty(labels, {name: {**case.data, "id": case.id, "kind": case.kind}})


def explain_job(proof: JobProof, held: Held) -> None:
    """Add to a job's divergence the guilty part; the bars after it are left out."""
    assert held.parting is not None
    labels = (proof.reference.label, held.side.label)
    question = {"job": proof.question.request["job"]}
    bar = held.parting.bar
    if bar is not None and bar + _MORE_BARS < len(proof.question.pair.bid):
        question["until"] = bar + _MORE_BARS
    held.parting.story["guilty"] = guilty(labels, question)


def guilty(
    labels: tuple[str, str], question: dict[str, Any], seconds: float = _SECONDS
) -> dict[str, Any]:
    """Swap the parts of two backends in a process of its own and name the guilty one.

    Parameters
    ----------
    labels
        The reference and the candidate.
    question
        `case`, `run` or `job`, as `swaps.swap` takes it.
    seconds
        Time limit of all swaps together.

    Returns
    -------
    dict
        `part` (None where none can be named), `table`, `why`, as the report has it.
    """
    foreign = [label for label in labels if label.partition("@")[0] not in BACKENDS]
    if foreign:
        return _nobody(f"{foreign[0]} is no backend of ours: its parts cannot be taken out")
    request = {"left": labels[0], "right": labels[1], **question}
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-P", "-m", f"{__package__}.swaps"],
            input=dumps(request) + "\n",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return _nobody(f"the swaps took longer than {seconds:g} s")
    if done.returncode != 0:
        last = " | ".join(done.stderr.strip().splitlines()[-2:])
        return _nobody(f"the process of the swaps ended with {done.returncode}: {last}")
    try:
        answer = loads(done.stdout)
    except (ValueError, json.JSONDecodeError) as error:
        return _nobody(f"the process of the swaps gave no answer: {error}")
    return judge(labels, answer)


def judge(labels: tuple[str, str], answer: dict[str, Any]) -> dict[str, Any]:
    """Name the guilty part by what the swaps gave.

    Examples
    --------
    >>> row = {"swapped": "executor", "same": False, "first": "bar 3", "back": False}
    >>> found = judge(("python", "rust"), {"rows": [row], "whole": "bar 3", "unused": [],
    ...                                    "impossible": {}, "base": "python"})
    >>> found["part"], found["table"]
    ('executor', [{'swapped': 'executor', 'same': False, 'first': 'bar 3'}])
    """
    if "cannot" in answer:
        return _nobody(answer["cannot"])
    table = [{name: row[name] for name in ("swapped", "same", "first")} for row in answer["rows"]]
    if answer["whole"] is None:
        return {
            **_nobody(f"{labels[0]} and {labels[1]} agree when they stand in one process"),
            "table": table,
        }
    parts = [row for row in answer["rows"] if not row["swapped"].startswith("module ")]
    files = [row for row in answer["rows"] if row["swapped"].startswith("module ")]
    different = [row for row in parts if not row["same"]]
    inner = [row for row in different if row["swapped"] not in _OUTER] or different
    first = [row for row in inner if row["first"] == answer["whole"]]
    chosen = inner if len(inner) == 1 else first
    told = _why(labels, answer, different, files)
    if [row["swapped"] for row in different] == [PAIR]:
        part, how = _of_pair(answer["kind"], files)
        return {"part": part, "table": table, "why": f"{how}; {told}"}
    if len(chosen) == 1:
        return {"part": chosen[0]["swapped"], "table": table, "why": told}
    if different:
        names = ", ".join(row["swapped"] for row in different)
        return {"part": None, "table": table, "why": f"several parts differ: {names}; {told}"}
    return {
        "part": None,
        "table": table,
        "why": f"no part alone makes the difference: they differ together only; {told}",
    }


def _of_pair(kind: str | None, files: list[dict[str, Any]]) -> tuple[str, str]:
    """Say which of executor and portfolio it is, where they show it together only."""
    wrong = {row["swapped"].removeprefix("module ") for row in files if not row["same"]}
    mark = "open positions are marked only where executor and portfolio are of one engine"
    if wrong:
        part = "portfolio" if wrong <= _OF_PORTFOLIO else "executor"
        return part, f"{mark}; swapped together they differ, by a file of the {part}"
    part = "portfolio" if kind in {"equity", "ledger"} else "executor"
    return part, f"{mark}; swapped together they differ first in what the {part} decides"


def _why(
    labels: tuple[str, str],
    answer: dict[str, Any],
    different: list[dict[str, Any]],
    files: list[dict[str, Any]],
) -> str:
    told = [f"parts of {labels[1]} were put into a run of {answer['base']} one by one"]
    names = [row["swapped"] for row in different]
    inner = [name for name in names if name not in _OUTER] or names
    turned = [row["swapped"] for row in different if row["back"] is False]
    mending = [name for name in turned if name in inner]
    if mending:
        told.append(f"the {' and '.join(mending)} of both in a run of {labels[1]} differ as well")
    if names == ["strategy"]:
        told.append("a built-in strategy has its indicators in it, which cannot be taken out")
    wrong = [row["swapped"].removeprefix("module ") for row in files if not row["same"]]
    if wrong:
        told.append(f"by files: {', '.join(wrong)}")
    if answer["unused"]:
        told.append(f"not part of this run: {', '.join(answer['unused'])}")
    told += [f"{part} cannot be swapped: {why}" for part, why in answer["impossible"].items()]
    return "; ".join(told)


def _nobody(why: str) -> dict[str, Any]:
    return {"part": None, "table": [], "why": why}
