"""The answer and its reason in one line, which every form of a report begins with."""

from __future__ import annotations

from typing import Any

from .words import broken, job_line, shown, what_differs

__all__ = ["headline"]

_NAMED = 6


def headline(report: dict[str, Any]) -> str:
    """Say the answer and why, in one line.

    Examples
    --------
    >>> headline({"answer": "not proven", "doubts": ["rust is absent: no library", "a", "b"]})
    'not proven: rust is absent: no library (and 2 more reasons)'
    """
    answer: str = report["answer"]
    if answer == "not proven":
        return f"{answer}: {_doubted(report['doubts'])}"
    if answer == "error":
        return f"{answer}: {_went_wrong(report)}"
    found = shown(report)
    if answer == "different" and found:
        return f"{answer}: {_parting(report, found)}"
    return f"{answer}: {_agreed(report)}" if answer == "same" else answer


def _doubted(doubts: list[str]) -> str:
    first = doubts[0] if doubts else "no reason was given"
    more = len(doubts) - 1
    return first if more < 1 else f"{first} (and {more} more reason{'s' if more > 1 else ''})"


def _went_wrong(report: dict[str, Any]) -> str:
    wrong = broken(report)
    if not wrong:
        return _doubted(report["doubts"])
    return wrong[0] if len(wrong) == 1 else f"{wrong[0]} (and {len(wrong) - 1} more)"


def _parting(report: dict[str, Any], found: list[dict[str, Any]]) -> str:
    first = found[0]
    left, right = first["between"]
    where = "" if first["bar"] is None else f" in bar {first['bar']}"
    where += "" if first["time"] is None else f" ({first['time']})"
    if report["kind"] == "job":
        return f"{right} leaves {left}{where}: {what_differs(first)}"
    return (
        f"{right} leaves {left} in {first['case']}{where}: {what_differs(first)}; "
        f"{len(found)} of {report['cases']} cases differ"
    )


def _agreed(report: dict[str, Any]) -> str:
    reference, *others = [row["label"] for row in report["backends"]] or ["nothing"]
    job = job_line(report)
    cases = f"{report['cases']:,} cases{_only(report)}"
    if not others:
        return f"{reference} gives what the goldens say, {job or cases}"
    # What a known gap covers was not compared, nor what a backend shows to its own tests alone.
    least = min((row["compared"] for row in report["comparisons"]), default=report["cases"])
    over = job or (cases if least == report["cases"] else f"{least:,} of {cases}")
    verb = "gives" if len(others) == 1 else "give"
    limits = _limits(report)
    exact = "bit for bit" if not limits else ", ".join(limits)
    return f"{' and '.join(others)} {verb} what {reference} gives, {exact}: {over}"


def _limits(report: dict[str, Any]) -> list[str]:
    """Say what "same" leaves out; nothing where it leaves out nothing."""
    rows = report["comparisons"]
    limits = []
    excused = sum(len(row.get("excused", ())) for row in rows)
    if excused:
        limits.append(f"but for {excused} that {'is a' if excused == 1 else 'are'} known gap")
        limits[-1] += "" if excused == 1 else "s"
    tolerated = sum(len(row["tolerated"]) for row in rows)
    if tolerated:
        limits.append(f"within tolerances used {tolerated} time{'' if tolerated == 1 else 's'}")
    absent = sorted({name for row in rows for name in row["not_compared"]})
    if absent:
        # Whole tables first: they say most in few words.
        absent.sort(key=lambda name: "." in name or " " in name)
        more = len(absent) - _NAMED
        told = ", ".join(absent[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        limits.append(f"as far as it tells (not compared: {told})")
    return limits


def _only(report: dict[str, Any]) -> str:
    return "" if report["only"] is None else f" (only {report['only']})"
