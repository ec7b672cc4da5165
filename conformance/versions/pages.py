"""Two versions as a report of the harness, for its pages: HTML, Markdown, JUnit XML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..bits import decimal_text, hex_bits, tick_text, ulps
from ..difference import stage_of
from ..proof.job_doubts import job_coverage
from ..reports.series import thin
from ..suite import golden_folder, load_rules
from .changes import OrderChange, by_rule, fate_words

if TYPE_CHECKING:
    from .comparison import Against

__all__ = ["around", "divergence_of", "report_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 20
_AROUND = 4
_VERDICTS = ("pass", "fail", "elsewhere", "skip", "error", "crash", "timeout")


def report_of(found: Against, told_job: dict[str, Any], command: str) -> dict[str, Any]:
    """Give what was found by `schema/report.schema.json`, the older version as the reference.

    Parameters
    ----------
    found
        What came of comparing.
    told_job
        The job, in the words of the schema.
    command
        Repeats it.
    """
    labels = found.old, found.new
    outcomes = found.outcomes or ({}, {})
    shown = [divergence_of(found, change, command) for change in found.changes[:_SHOWN]]
    return {
        "schema": "report.schema.json",
        "version": 2,
        "kind": "job",
        "answer": ("same", "different", "not proven", "error")[found.exit_code],
        "exit_code": found.exit_code,
        "only": None,
        "cases": 1,
        "rules": len(load_rules(golden_folder(None))),
        "doubts": list(found.doubts),
        "notes": _notes(found),
        "job": told_job,
        "backends": [
            _backend(label, found, outcome, candidate=place == 1)
            for place, (label, outcome) in enumerate(zip(labels, outcomes, strict=True))
        ],
        "comparisons": [
            {
                "reference": found.old,
                "candidate": found.new,
                "compared": int(found.asked is not None),
                "different": len(found.changes),
                "divergences": shown,
                "not_compared": [],
                "tolerated": [],
                "gaps": [],
            }
        ],
        "equity": _equity(labels, outcomes),
        "command": command,
    }


def _notes(found: Against) -> list[str]:
    old, new = found.versions
    notes = [f"rules version {'unnumbered' if old is None else old} against {new}"]
    if found.asked is not None:
        notes.append(f"{len(found.changes)} of {found.orders} orders changed")
    notes += [f"{count} orders change by {rule}" for rule, count in by_rule(found.changes).items()]
    for note in found.rules:
        notes.append(f"{note.rule} ({note.title}): {note.state}")
        notes += [
            f"rules version {entry['version']}: {entry['what']} Moves: {entry['moves']}"
            for entry in note.entries
        ]
    notes += [
        f"{row['version']} ends at bar {row['bar']} with {row['code']}: {row['message']}"
        for row in found.ended
    ]
    notes += [
        f"{count} orders with the same trade are told otherwise: {what}"
        for what, count in found.retold.items()
    ]
    return notes


def _backend(
    label: str, found: Against, outcome: dict[str, Any], *, candidate: bool
) -> dict[str, Any]:
    verdict = "fail" if candidate and found.exit_code == 1 else "pass"
    if found.asked is None:
        verdict = "skip"
    counts: dict[str, int] = {}
    for event in outcome.get("events") or []:
        if event.get("rule"):
            counts[event["rule"]] = counts.get(event["rule"], 0) + 1
    rules = load_rules(golden_folder(None))
    known = {rule.id for rule in rules}
    seen: Any = {"rules": {rule: count for rule, count in counts.items() if rule in known}}
    skipped = {
        "case": found.job,
        "rule": "",
        "verdict": "skip",
        "reason": "; ".join(found.doubts),
        "divergence": None,
    }
    return {
        "label": label,
        "backend": found.backend,
        "absent": None,
        "seconds": 0.0,
        "build": {},
        "modules": {},
        "verdicts": {name: int(name == verdict) for name in _VERDICTS},
        "coverage": job_coverage(rules, seen).as_dict(),
        "not_passed": [skipped] if verdict == "skip" else [],
        "digest": None,
        "asked": None,
        "signals_given": found.orders if found.asked is not None else None,
        "rules": counts,
    }


def around(case: Mapping[str, Any], bar: int) -> list[dict[str, Any]]:
    """Give the bars around one as the reports take them: bar, time, symbol, bid, ask.

    Examples
    --------
    >>> row = ["2024-01-02T00:00:00Z", *["1.1"] * 8]
    >>> case = {"config": {"symbol": "EURUSD"}, "bars": [row] * 9}
    >>> [item["bar"] for item in around(case, 1)]
    [0, 1, 2, 3, 4, 5]
    """
    first = max(0, bar - _AROUND)
    symbol = case["config"]["symbol"]
    return [
        {"bar": index, "time": row[0], "symbol": symbol, "bid": row[1:5], "ask": row[5:9]}
        for index, row in enumerate(case["bars"][first : bar + _AROUND + 1], first)
    ]


def divergence_of(found: Against, change: OrderChange, command: str) -> dict[str, Any]:
    """Tell of one changed order what a report tells of a divergence."""
    labels = found.old, found.new
    parting = change.parting
    case = None if found.asked is None else found.asked.case
    values: tuple[Any, Any] = (None, None)
    rules: tuple[str | None, str | None] = (None, None)
    bar = time_us = phase = kind = missing = None
    if parting is not None:
        values, rules = (parting.old, parting.new), parting.rules
        bar, time_us, phase, kind = parting.bar, parting.time_us, parting.phase, parting.kind
        missing = {"old": found.old, "new": found.new}.get(parting.missing_on or "")
    both = isinstance(values[0], float) and isinstance(values[1], float)
    spec = {} if case is None else case["config"].get("spec") or {}
    symbol = None if case is None else case["config"]["symbol"]
    bars = [] if bar is None or case is None else around(case, bar)
    return {
        "case": f"{found.job}, order {change.order_id}",
        "between": list(labels),
        "stage": stage_of(kind),
        "symbol": symbol,
        "bar": bar,
        "key": None,
        "time": None if time_us is None else _iso(time_us),
        "time_us": time_us,
        "phase": phase,
        "kind": kind,
        "order_id": change.order_id,
        "field": (parting.field if parting is not None else None) or "event",
        "event": None,
        "missing_on": missing,
        "instead": None,
        "sides": {
            label: {
                "value": decimal_text(value),
                "bits": hex_bits(value) if isinstance(value, float) else None,
                "rule": rule,
            }
            for label, value, rule in zip(labels, values, rules, strict=True)
        },
        "ulps": ulps(*values) if both else None,
        "ticks": tick_text(*values, spec.get("digits")) if both else None,
        "other_fields": [
            {
                "field": "trade",
                "values": {
                    found.old: fate_words(change.old),
                    found.new: fate_words(change.new),
                },
            }
        ],
        "bars_around": bars,
        "golden_agrees_with": None,
        "last_common": [],
        "states": {},
        "command": command,
        "origin": None,
        "guilty": None,
        "levels": _levels(change),
    }


def _levels(change: OrderChange) -> list[dict[str, Any]]:
    for side in (change.old, change.new):
        for row in side.get("trades", [])[:1]:
            return [
                {
                    "order_id": change.order_id,
                    "what": "position" if row.get("entry_time_us") is not None else "order",
                    "direction": row["direction"],
                    "entry": row.get("entry_price"),
                    "stop": row.get("stop_loss"),
                    "target": row.get("take_profit"),
                }
            ]
    return []


def _equity(labels: tuple[str, str], outcomes: tuple[Any, Any]) -> dict[str, Any] | None:
    curves = [outcome.get("equity") or {} for outcome in outcomes]
    if not all(curve.get("time_us") for curve in curves):
        return None
    times = max((curve["time_us"] for curve in curves), key=len)
    sides = {}
    for label, curve in zip(labels, curves, strict=True):
        by_time = dict(zip(curve["time_us"], curve["equity"], strict=False))
        sides[label] = [by_time.get(time) for time in times]
    return thin(times, sides)


def _iso(time_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=time_us)).isoformat().replace("+00:00", "Z")
