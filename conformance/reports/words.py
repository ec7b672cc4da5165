"""The sentences that every form of a report says alike."""

from __future__ import annotations

import shlex
from typing import Any

from .numbers import money, short, short_pair

__all__ = [
    "broken", "build_text", "counted", "coverage_lines", "equity_line", "event_text",
    "guilty_lines", "how_to_repeat", "job_line", "not_compared_lines", "note_lines",
    "origin_lines", "place", "rules_text", "shown", "state_text", "tells_rules", "tolerance_lines",
    "what_differs",
]  # fmt: skip

_BROKEN = ("error", "crash", "timeout")
_PLACE = ("symbol", "bar", "key", "time", "phase", "kind", "order_id", "field")


def shown(report: dict[str, Any]) -> list[dict[str, Any]]:
    """List the divergences: engine against engine first, then what all of them have wrong.

    Known gaps are left out: they stand in a list of their own.
    """
    between = [found for row in report["comparisons"] for found in counted(row)]
    told = {found["case"] for row in report["comparisons"] for found in row["divergences"]}
    return between + [
        row["divergence"]
        for backend in report["backends"]
        for row in backend["not_passed"]
        if row["divergence"] is not None and row["case"] not in told and not row.get("gap")
    ]


def counted(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    """List the divergences of a comparison that are no known gaps."""
    excused = set(comparison.get("excused", ()))
    return [found for found in comparison["divergences"] if found["case"] not in excused]


def broken(report: dict[str, Any], verdicts: tuple[str, ...] = _BROKEN) -> list[str]:
    """Tell of the cases that ended in an error, a crash or silence."""
    return [
        f"{row['verdict']} on {backend['label']}: {row['case']}: {row['reason']}"
        for backend in report["backends"]
        for row in backend["not_passed"]
        if row["verdict"] in verdicts and not row.get("gap")
    ]


def place(divergence: dict[str, Any]) -> str:
    """Say where a divergence is, and at which stage."""
    known = [name for name in _PLACE if divergence[name] is not None]
    parts = [f"{name.replace('_id', '')} {divergence[name]}" for name in known]
    return ", ".join([f"in {divergence['stage']}", *parts])


def what_differs(divergence: dict[str, Any]) -> str:
    """Say what differs, in one line: the field, both values, both rules.

    Examples
    --------
    >>> what_differs({"between": ["python", "rust"], "missing_on": "rust", "kind": "exit",
    ...               "sides": {"python": {"value": "'exit'", "bits": None, "rule": "X1.stop"},
    ...                         "rust": {"value": "None", "bits": None, "rule": None}}})
    'exit by X1.stop is missing on rust'
    """
    left, right = (divergence["sides"][label] for label in divergence["between"])
    rules = list(dict.fromkeys(side["rule"] for side in (left, right) if side["rule"]))
    by = f" by {' / '.join(rules)}" if rules else ""
    if divergence["missing_on"]:
        return f"{divergence['kind'] or 'event'}{by} is missing on {divergence['missing_on']}"
    mine, other = short_pair(left["value"], right["value"])
    first, second = divergence["between"]
    return f"{divergence['field']}{by} is {mine} on {first}, {other} on {second}"


def origin_lines(divergence: dict[str, Any]) -> list[str]:
    """Say whether the fault lies here, and where else it may."""
    origin = divergence.get("origin")
    if origin is None:
        return []
    lines = [f"root or consequence: {origin['verdict']}; {origin['why']}"]
    for root in origin["roots"]:
        rule = root["rule"] or "no rule"
        lines.append(f"  root in bar {root['bar']}, {root['phase']}, {rule}: {root['field']}")
    return lines


def guilty_lines(divergence: dict[str, Any]) -> list[str]:
    """Name the part of the candidate that brings the difference about, with what was tried."""
    guilty = divergence.get("guilty")
    if guilty is None:
        return []
    lines = [f"guilty: {guilty['part'] or 'no single part'}; {guilty['why']}"]
    for row in guilty["table"]:
        told = "same" if row["same"] else f"different: {row['first'] or 'not told where'}"
        lines.append(f"  candidate's {row['swapped']} alone: {told}")
    return lines


def coverage_lines(report: dict[str, Any]) -> list[str]:
    """Say for each backend that ran which rules it has exercised; those alike in one line."""
    tell = _coverage_of_all if report["kind"] == "suite" and report["only"] is None else _of_part
    told: dict[str, list[str]] = {}
    for row in report["backends"]:
        if tells_rules(report, row):
            told.setdefault(tell(row["coverage"]), []).append(row["label"])
    return [f"{', '.join(labels)}: {text}" for text, labels in told.items()]


def tells_rules(report: dict[str, Any], backend: dict[str, Any]) -> bool:
    """Tell whether a side names the rules by which it decides: it ran, and gives a trace."""
    silent = {row["candidate"] for row in report["comparisons"] if "events" in row["not_compared"]}
    return backend["absent"] is None and backend["label"] not in silent


def rules_text(report: dict[str, Any], backend: dict[str, Any]) -> str:
    """Write how many rules of decision and refusal a side has exercised, of how many."""
    if not tells_rules(report, backend):
        return "not told"
    done = len(backend["coverage"]["exercised"])
    return f"{done}/{done + len(backend['coverage']['missing'])}"


def not_compared_lines(report: dict[str, Any]) -> list[str]:
    """Say what a candidate does not give, so that nothing was proven of it."""
    return [
        f"not compared on {row['candidate']}, which does not give it: "
        f"{', '.join(row['not_compared'])}"
        for row in report["comparisons"]
        if row["not_compared"]
    ]


def tolerance_lines(report: dict[str, Any]) -> list[str]:
    """Count what was tolerated and which known gaps there are."""
    lines = []
    for row in report["comparisons"]:
        if row["tolerated"]:
            first = row["tolerated"][0]
            lines.append(
                f"tolerated on {row['candidate']}: {len(row['tolerated'])} differences, first "
                f"{first['field']} by {first['distance']} (entry {first['entry']})"
            )
        lines += [
            f"known gap of {row['candidate']}, {gap['state']}: {gap['id']}: {gap['reason']} "
            f"({gap['owner']}, until {gap['expires']})"
            for gap in row["gaps"]
        ]
    return lines


def note_lines(report: dict[str, Any]) -> list[str]:
    """List what a reader should know that is neither a fault nor a doubt."""
    return [f"note: {note}" for note in report.get("notes", [])]


def job_line(report: dict[str, Any]) -> str | None:
    """Say what a job was; None for a suite."""
    job = report["job"]
    if job is None:
        return None
    start = "" if job["start"] is None else f" from {job['start']}"
    return f"{job['strategy']} on {job['symbol']} {job['timeframe']}, {job['bars']:,} bars{start}"


def equity_line(report: dict[str, Any]) -> str | None:
    """Say where the equities stand at the end; None where there are none."""
    equity = report["equity"]
    if not equity or not equity["time_us"]:
        return None
    ends = {
        label: next((value for value in reversed(values) if value is not None), None)
        for label, values in equity["sides"].items()
    }
    return "equity at the end: " + ", ".join(
        f"{money(value)} on {label}" for label, value in ends.items()
    )


def how_to_repeat(report: dict[str, Any]) -> str:
    """Give the command that repeats the whole verification."""
    if report.get("command"):
        return str(report["command"])
    words = ["fillproof", "verify"]
    job = report["job"]
    if job is not None:
        words += ["--strategy", job["strategy"], "--symbol", job["symbol"]]
        words += ["--timeframe", job["timeframe"]]
    elif report["only"] is not None:
        words += ["--only", report["only"]]
    labels = [row["label"] for row in report["backends"]]
    if len(labels) == 2:
        words += ["--reference", labels[0], "--candidate", labels[1]]
    elif labels:
        words += ["--backends", ",".join(labels)]
    return shlex.join(words)


def build_text(build: dict[str, Any]) -> str:
    """Write what a build says of itself in a few words: version, profile, toolchain.

    Examples
    --------
    >>> build_text({"version": "0.1.0", "profile": "release", "build": "release", "file": "x"})
    '0.1.0 release'
    """
    words = [str(build[key]) for key in ("version", "profile", "build") if build.get(key)]
    return " ".join(dict.fromkeys(words))


def event_text(event: dict[str, Any]) -> str:
    """Write an event in one line."""
    # What a list of trades tells has no phase.
    phase = f" {event['phase']}" if event.get("phase") else ""
    head = f"#{event.get('seq')} bar {event.get('bar')}{phase} {event.get('kind')}"
    skip = {"seq", "bar", "phase", "kind", "time_us"}
    rest = [
        f"{key}={short(value)}"
        for key, value in event.items()
        if key not in skip and value not in (None, "")
    ]
    return " ".join([head, *rest])


def state_text(state: dict[str, Any]) -> str:
    """Write a canonical state in one line: cash, waiting orders, positions."""
    positions = [
        f"#{item['order_id']} {item['direction']} {short(item['size'])} from "
        f"{short(item['entry_price'])} stop {short(item['stop_loss'])} target "
        f"{short(item['take_profit'])}"
        for item in state["positions"]
    ]
    waiting = [
        f"#{item['order_id']} {item['direction']} {item['type']} at {short(item['entry'])}"
        for item in state["orders"]
    ]
    held = "; ".join(positions) or "flat"
    cash = short(state["ledger"]["cash"])
    return f"cash {cash}, waiting: {'; '.join(waiting) or 'none'}, {held}"


def _coverage_of_all(coverage: dict[str, Any]) -> str:
    done, missing = len(coverage["exercised"]), coverage["missing"]
    line = (
        f"{done} of {done + len(missing)} rules of decision and refusal exercised; of order and "
        f"arithmetic {len(coverage['by_case'])} by cases, {len(coverage['by_test'])} held by tests"
    )
    if missing:
        line += f"; not exercised: {', '.join(missing)}"
    if coverage["by_case_missing"]:
        line += f"; cases not all passed: {', '.join(coverage['by_case_missing'])}"
    return line


def _of_part(coverage: dict[str, Any]) -> str:
    """Say what was exercised; of a part of the rules the rest is no news."""
    exercised = coverage["exercised"]
    total = len(exercised) + len(coverage["missing"])
    share = f"{len(exercised)} of {total} rules of decision and refusal" if total else "no rules"
    return f"exercised {share}: {', '.join(exercised) or 'none that can be traced'}"
