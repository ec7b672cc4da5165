"""The report of a verified job, by `schema/report.schema.json`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..reports.series import thin
from .job_doubts import job_coverage

if TYPE_CHECKING:
    from .job_proof import Held, JobProof
    from .side import Side

__all__ = ["job_report"]

_FRAME = re.compile(r'File "([^"]+)", line (\d+)')
_ANSWERS = {0: "same", 1: "different", 2: "not proven", 3: "error"}
_VERDICTS = ("pass", "fail", "elsewhere", "skip", "error", "crash", "timeout")
# The decisions that most strategies are about come first: entries, exits, the ledger.
_FAMILIES = "XEPSLMAR"
_NAMED = 12


def job_report(proof: JobProof) -> dict[str, Any]:
    """Give all that was found as plain data."""
    code = proof.exit_code
    reference = proof.reference
    labels = [held.side.label for held in proof.held]
    return {
        "schema": "report.schema.json",
        "version": 2,
        "kind": "job",
        "answer": _ANSWERS[code],
        "exit_code": code,
        "only": None,
        "cases": 1,
        "rules": len(proof.rules),
        "doubts": list(proof.doubts),
        "notes": [
            *proof.notes,
            *_gaps_met(proof),
            *_replayed(proof),
            *proof.allowance.unused(),
            *_not_met(proof),
        ],
        "job": proof.question.told(),
        "backends": [
            _backend(proof, reference, _verdict(proof, reference, None)),
            *(_backend(proof, held.side, _verdict(proof, held.side, held)) for held in proof.held),
        ],
        "comparisons": [_comparison(proof, held) for held in proof.held],
        "equity": _equity(proof),
        "command": proof.question.command(reference.label, *labels),
    }


def _verdict(proof: JobProof, side: Side, held: Held | None) -> tuple[str, str] | None:
    """Say how the job went on a side, and why; None where it never ran."""
    if side.absent is not None:
        return None
    if side.fallen is not None:
        return side.fallen
    if side.skipped is not None:
        return "skip", side.skipped
    if held is not None and held.parting is not None:
        return "fail", f"leaves {proof.reference.label}"
    failure = (side.outcome or {}).get("error")
    if failure:
        where = "" if failure["bar"] is None else f"bar {failure['bar']}: "
        told = f"{failure['code'] or failure['type']}: {where}{failure['message']}"
        return "error", told + _raised_in(proof.question.job.folder, failure["traceback"])
    return "pass", ""


def _raised_in(folder: Path, traceback: str) -> str:
    """Name the innermost line of the user's own files behind an error, where there is one."""
    lines = [
        (Path(file), number)
        for file, number in _FRAME.findall(traceback)
        if Path(file).is_relative_to(folder) and "site-packages" not in file
    ]
    return f" ({lines[-1][0].relative_to(folder)}, line {lines[-1][1]})" if lines else ""


def _backend(proof: JobProof, side: Side, verdict: tuple[str, str] | None) -> dict[str, Any]:
    outcome: dict[str, Any] = dict(side.outcome or {})
    row: list[dict[str, Any]] = []
    if verdict is not None and verdict[0] not in {"pass", "fail"}:
        row = [
            {
                "case": proof.label,
                "rule": "",
                "verdict": verdict[0],
                "reason": verdict[1],
                "divergence": None,
            }
        ]
    return {
        "label": side.label,
        "backend": side.spec.backend,
        "absent": side.absent,
        "seconds": side.seconds,
        "build": side.proof.get("build", {}),
        "modules": side.proof.get("modules", {}),
        "verdicts": {name: int(verdict is not None and verdict[0] == name) for name in _VERDICTS},
        "digest": outcome.get("digest"),
        "asked": outcome.get("asked"),
        "signals_given": outcome.get("signals_given"),
        "rules": outcome.get("rules") or {},
        "coverage": job_coverage(proof.rules, side.outcome).as_dict(),
        "not_passed": row,
    }


def _comparison(proof: JobProof, held: Held) -> dict[str, Any]:
    label = held.side.label
    divergences = [] if held.parting is None else [held.parting.story]
    return {
        "reference": proof.reference.label,
        "candidate": label,
        "compared": int(held.compared),
        "different": len(divergences),
        "divergences": divergences,
        "not_compared": held.not_compared,
        "tolerated": proof.allowance.used(label),
        "gaps": proof.gaps.rows(label),
        "excused": [] if held.excused is None else [proof.label],
    }


def _equity(proof: JobProof) -> dict[str, Any] | None:
    """Thin the curves of all sides that gave one at the reference's times."""
    outcome: dict[str, Any] = dict(proof.reference.outcome or {})
    curve = outcome.get("curve")
    if not curve:
        return None
    times = curve["time_us"]
    sides = {proof.reference.label: curve["equity"]}
    for held in proof.held:
        other: dict[str, Any] = dict(held.side.outcome or {})
        theirs = other.get("curve") or other.get("equity") or {}
        if not theirs.get("equity"):
            continue
        by_time = dict(zip(theirs["time_us"], theirs["equity"], strict=False))
        sides[held.side.label] = [by_time.get(time) for time in times]
    return thin(times, sides)


def _gaps_met(proof: JobProof) -> list[str]:
    """Say where known gaps parted the runs, and how the rest was compared."""
    return [
        f"{held.side.label} showed known gaps in bars {', '.join(map(str, held.met))}; after each, "
        "the signals that follow were played again on both sides from a flat account"
        for held in proof.held
        if held.met
    ]


def _replayed(proof: JobProof) -> list[str]:
    names = [held.side.label for held in proof.held if held.replayed]
    if not names:
        return []
    told = f"{', '.join(names)} cannot run a strategy of Python's and was given the signals that"
    return [f"{told} it gave on {proof.reference.label}; its own signals are not compared"]


def _not_met(proof: JobProof) -> list[str]:
    """Name the decisions that the job never needed, so that nobody takes them for proven."""
    outcome = proof.reference.outcome
    if outcome is None or outcome.get("error"):
        return []
    missing = set(job_coverage(proof.rules, outcome).missing)
    decisions = [rule.id for rule in proof.rules if rule.kind == "decision" and rule.id in missing]
    if not decisions:
        return []
    notable = sorted(
        (rule for rule in decisions if rule[0] in _FAMILIES),
        key=lambda rule: _FAMILIES.index(rule[0]),
    )
    shown = ", ".join(notable[:_NAMED])
    more = len(decisions) - len(notable[:_NAMED])
    return [
        f"the job never met {len(decisions)} decisions, of which nothing is proven: {shown}"
        + (f" and {more} more" if more else "")
    ]
