"""Tells the story of a difference: where, what on each side, by which rule, how to repeat it.

The result is plain data for the report in JSON; `render` prints the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from .bits import decimal_text, hex_bits, tick_text, ulps
from .case_keys import clock_us, is_cross, is_ordinal, key_texts, keys_of, rows_of
from .difference import Difference
from .expectation import check
from .outcome import Outcome
from .replay import fold
from .reports.levels import levels_of
from .scripted import to_number
from .units import units_of

__all__ = ["GOLDEN", "against_golden", "against_reference"]

GOLDEN = "golden"
_AROUND = 2
_LAST_COMMON = 3


def against_golden(
    case: dict[str, Any], difference: Difference, outcome: Outcome, label: str
) -> dict[str, Any]:
    """Describe where a backend leaves what the case says by the rules."""
    events = outcome.get("events") or []
    upto = len(events) if difference.index is None else difference.index
    return {
        **_common(case, difference, (GOLDEN, label)),
        "golden_agrees_with": [GOLDEN],
        "last_common": [] if difference.index is None else _last(events, upto),
        "states": {label: _state(case, events[: upto + 1])},
        "levels": levels_of(_state(case, events[:upto]), difference.order_id, difference.symbol),
        "events": _events(difference, (GOLDEN, label), ([], events)),
        "origin": None,
        "guilty": None,
        "command": _command(case["id"], label),
    }


def against_reference(
    case: dict[str, Any],
    difference: Difference,
    outcomes: tuple[Outcome, Outcome],
    labels: tuple[str, str],
) -> dict[str, Any]:
    """Describe where a candidate leaves the reference, and whom the golden bears out."""
    left, right = (outcome.get("events") or [] for outcome in outcomes)
    upto = difference.index if difference.index is not None else min(len(left), len(right))
    return {
        **_common(case, difference, labels),
        "golden_agrees_with": _borne_out(case, outcomes, labels),
        "last_common": _last(left, upto),
        "states": {
            labels[0]: _state(case, left[: upto + 1]),
            labels[1]: _state(case, right[: upto + 1]),
        },
        "levels": levels_of(_state(case, left[:upto]), difference.order_id, difference.symbol),
        "events": _events(difference, labels, (left, right)),
        "origin": None,
        "guilty": None,
        "command": _command(case["id"], labels[1], labels[0]),
    }


def _borne_out(
    case: dict[str, Any], outcomes: tuple[Outcome, Outcome], labels: tuple[str, str]
) -> list[str] | None:
    """Name the sides that give what the case says; None where it says nothing."""
    if "expect" not in case:
        return None
    pairs = zip(labels, outcomes, strict=True)
    return [label for label, outcome in pairs if check(case, outcome) is None]


def _common(case: dict[str, Any], found: Difference, labels: tuple[str, str]) -> dict[str, Any]:
    """Gather what is told alike of both kinds of difference."""
    symbol = found.symbol
    if symbol is None and not is_cross(case):
        symbol = (case.get("config") or {}).get("symbol")
    digits = _digits(case, symbol)
    bar = found.bar if found.bar is not None else _bar_at(case, found.time_us)
    sides = zip(labels, (found.left, found.right), (found.left_rule, found.right_rule), strict=True)
    absent = {"left": labels[0], "right": labels[1]}
    return {
        "case": case["id"],
        "between": list(labels),
        "stage": found.stage,
        "symbol": symbol,
        "bar": bar,
        "key": _key(case, bar),
        "time": None if found.time_us is None or _counts(case) else _iso(found.time_us),
        "time_us": found.time_us,
        "phase": found.phase,
        "kind": found.kind,
        "order_id": found.order_id,
        "field": found.field,
        "event": found.index,
        "missing_on": absent.get(found.missing_on or ""),
        "instead": found.instead,
        "sides": {label: _side(value, rule) for label, value, rule in sides},
        **_distance(found.left, found.right, digits),
        "other_fields": [
            {"field": name, "values": {labels[0]: decimal_text(a), labels[1]: decimal_text(b)}}
            for name, a, b in found.others
        ],
        "bars_around": _bars_around(case, bar, symbol),
    }


def _side(value: Any, rule: str | None) -> dict[str, Any]:
    return {
        "value": decimal_text(value),
        "bits": hex_bits(value) if isinstance(value, float) else None,
        "rule": rule,
    }


def _distance(left: Any, right: Any, digits: int | None) -> dict[str, Any]:
    if not (isinstance(left, float) and isinstance(right, float)):
        return {"ulps": None, "ticks": None}
    return {"ulps": ulps(left, right), "ticks": tick_text(left, right, digits)}


def _bars_around(case: dict[str, Any], bar: int | None, symbol: str | None) -> list[dict[str, Any]]:
    """List the bars around one, of one symbol or of all; where one has no candle it is empty."""
    if bar is None or not ("bars" in case or is_cross(case)):
        return []
    texts = key_texts(case) if is_cross(case) else [row[0] for row in case["bars"]]
    names = list(case["symbols"]) if is_cross(case) and symbol not in case["symbols"] else [symbol]
    sides = {name: [_by_place(case, side) for side in rows_of(case, name or "")] for name in names}
    first = max(0, bar - _AROUND)
    return [
        {
            "bar": index,
            "time": time,
            "symbol": name,
            "bid": list(bid.get(index, ())),
            "ask": list(ask.get(index, ())),
        }
        for index, time in enumerate(texts[first : bar + _AROUND + 1], first)
        for name, (bid, ask) in sides.items()
    ]


def _by_place(case: dict[str, Any], side: list[Any]) -> dict[int, list[Any]]:
    """Give the prices of candles by the place of their bar."""
    if not is_cross(case):
        return {place: row for place, (_, row) in enumerate(side)}
    places = {key: place for place, key in enumerate(keys_of(case))}
    return {
        places[key]: list(row.values()) if isinstance(row, dict) else row
        for key, row in side
        if key in places
    }


def _digits(case: dict[str, Any], symbol: str | None) -> int | None:
    config = case.get("config") or {}
    specs = [config.get("spec") or {}, *config.get("more_specs", [])]
    named = [spec for spec in specs if spec.get("symbol") == symbol] or specs
    digits: int | None = named[0].get("digits")
    return digits


def _counts(case: dict[str, Any]) -> bool:
    """Tell whether the times of a case count its keys, so that they mean nothing as times."""
    return "config" in case and is_ordinal(case)


def _key(case: dict[str, Any], bar: int | None) -> str | None:
    """Name the key of a bar where keys are no times."""
    if bar is None or not _counts(case):
        return None
    texts = key_texts(case)
    return texts[bar] if bar < len(texts) else None


def _bar_at(case: dict[str, Any], time_us: int | None) -> int | None:
    """Find the bar of a row that is known by its time only."""
    if time_us is None or not ("bars" in case or is_cross(case)):
        return None
    clock = clock_us(case)
    return clock.index(time_us) if time_us in clock else None


def _events(
    found: Difference, labels: tuple[str, str], traces: tuple[Any, Any]
) -> dict[str, dict[str, Any] | None]:
    """Give the event of each side at which they part; None where a side has none there."""
    lacking = {"left": 0, "right": 1}.get(found.missing_on or "")
    return {
        label: None
        if found.index is None or place == lacking or found.index >= len(trace)
        else trace[found.index]
        for place, (label, trace) in enumerate(zip(labels, traces, strict=True))
    }


def _last(events: list[dict[str, Any]], upto: int) -> list[dict[str, Any]]:
    return events[max(0, upto - _LAST_COMMON) : upto]


def _state(case: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Rebuild what a side believed; a trace that makes no sense gives none."""
    if "config" not in case:
        return None
    try:
        balance = to_number(case["config"]["initial_balance"])
        return fold(events, balance, units_of(case), case.get("opening"))
    except (KeyError, TypeError, ValueError):
        return None


def _command(case: str, label: str, reference: str | None = None) -> str:
    chosen = f"--reference {reference} --candidate {label}" if reference else f"--backends {label}"
    return f"fillproof verify --only '{case}' {chosen}"


def _iso(time_us: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    return moment.isoformat().replace("+00:00", "Z")
