"""Reports made by hand, in the shape of the schema, for tests of what is written from them."""

from __future__ import annotations

import copy
from typing import Any

HOSTILE = "<script>alert(1)</script>|`**x**`[red]\x00\x1b[31m"
_EVENT = {
    "seq": 9,
    "bar": 1,
    "time_us": 1704153660000000,
    "phase": "EXITS",
    "kind": "exit",
    "rule": "X2.gap_stop",
    "order_id": 1,
    "price": 1.09899,
}
_STATE = {
    "version": 1,
    "time_us": 1704153660000000,
    "next_order_id": 2,
    "orders": [],
    "positions": [],
    "ledger": {"cash": 9987.916666666667},
}


def divergence(**changes: Any) -> dict[str, Any]:
    """A stop that was gapped at the open and filled at its level."""
    found = {
        "case": "execution/X2.gap_stop/long",
        "between": ["python", "rust"],
        "stage": "fill",
        "symbol": "EURUSD",
        "bar": 1,
        "key": None,
        "time": "2024-01-02T00:01:00Z",
        "time_us": 1704153660000000,
        "phase": "EXITS",
        "kind": "exit",
        "order_id": 1,
        "field": "raw",
        "event": 9,
        "missing_on": None,
        "instead": None,
        "sides": {
            "python": {"value": "1.09899", "bits": "0x3ff1957689ca18bd", "rule": "X2.gap_stop"},
            "rust": {"value": "1.099", "bits": "0x3ff195810624dd2f", "rule": "X2.gap_stop"},
        },
        "ulps": 45035996274,
        "ticks": "-1",
        "other_fields": [
            {"field": "price", "values": {"python": "1.09899", "rust": "1.099"}},
            {
                "field": "result",
                "values": {"python": "-12.100000000001554", "rust": "-12.000000000000899"},
            },
        ],
        "bars_around": [
            bar(0, "1.10000 1.10040 1.09960 1.10000", "1.10020 1.10060 1.09980 1.10020"),
            bar(1, "1.09899 1.10000 1.09850 1.09950", "1.09919 1.10020 1.09870 1.09970"),
        ],
        "golden_agrees_with": ["python"],
        "last_common": [{**_EVENT, "seq": 8, "kind": "bar", "rule": ""}],
        "states": {"python": _STATE, "rust": _STATE},
        "levels": [
            {
                "order_id": 1,
                "what": "position",
                "direction": "long",
                "entry": 1.1002,
                "stop": 1.099,
                "target": 1.12,
            }
        ],
        "events": {"python": _EVENT, "rust": {**_EVENT, "price": 1.099}},
        "origin": None,
        "guilty": None,
        "command": "fillproof verify --only 'execution/X2.gap_stop/long' --candidate rust",
    }
    return copy.deepcopy({**found, **changes})


def bar(index: int, bid: str, ask: str) -> dict[str, Any]:
    """One bar around a divergence."""
    return {
        "bar": index,
        "time": f"2024-01-02T00:0{index}:00Z",
        "symbol": "EURUSD",
        "bid": bid.split(),
        "ask": ask.split(),
    }


def backend(label: str, **changes: Any) -> dict[str, Any]:
    """One side that passed everything."""
    verdicts = dict.fromkeys(("fail", "elsewhere", "skip", "error", "crash", "timeout"), 0)
    row = {
        "label": label,
        "backend": label if label in {"python", "cython", "rust"} else None,
        "absent": None,
        "seconds": 1.25,
        "build": {"version": "0.1.0", "profile": None, "build": "cpython 3.11", "backend": label},
        "modules": {"engine": f"/somewhere/{label}.py"},
        "verdicts": {"pass": 3, **verdicts},
        "coverage": {
            "percent": 75.0,
            "exercised": ["X2.gap_stop", "X1.stop", "E1.close"],
            "missing": ["X3.worst"],
            "by_case": ["N1.order"],
            "by_case_missing": [],
            "by_test": ["L1.start"],
            "unknown": [],
        },
        "not_passed": [],
        "digest": None,
        "asked": 0,
        "signals_given": 0,
        "rules": {},
    }
    return copy.deepcopy({**row, **changes})


def comparison(*divergences: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One candidate against the reference."""
    row = {
        "reference": "python",
        "candidate": "rust",
        "compared": 3,
        "different": len(divergences),
        "divergences": list(divergences),
        "not_compared": [],
        "tolerated": [],
        "gaps": [],
    }
    return {**row, **changes}


def same(**changes: Any) -> dict[str, Any]:
    """A suite that was proven."""
    report = {
        "schema": "report.schema.json",
        "version": 2,
        "kind": "suite",
        "answer": "same",
        "exit_code": 0,
        "only": None,
        "cases": 3,
        "rules": 6,
        "doubts": [],
        "job": None,
        "backends": [backend("python"), backend("rust")],
        "comparisons": [comparison()],
        "equity": None,
    }
    return {**report, **changes}


def different(**changes: Any) -> dict[str, Any]:
    """A suite in which the candidate leaves reference and golden in one case."""
    golden = divergence(between=["golden", "rust"])
    golden["sides"] = {"golden": golden["sides"]["python"], "rust": golden["sides"]["rust"]}
    for other in golden["other_fields"]:
        other["values"]["golden"] = other["values"].pop("python")
    failed = {
        "case": golden["case"],
        "rule": "X2.gap_stop",
        "verdict": "fail",
        "reason": "raw: golden 1.09899, got 1.099",
        "divergence": golden,
    }
    rust = backend("rust", not_passed=[failed])
    rust["verdicts"].update({"pass": 2, "fail": 1})
    report = {
        "answer": "different",
        "exit_code": 1,
        "backends": [backend("python"), rust],
        "comparisons": [comparison(divergence())],
    }
    return same(**{**report, **changes})


def unproven(**changes: Any) -> dict[str, Any]:
    """A suite of which one side is absent."""
    report = {
        "answer": "not proven",
        "exit_code": 2,
        "doubts": ["rust is absent: no module rsengine", "nothing was compared"],
        "backends": [backend("python"), backend("rust", absent="no module rsengine")],
        "comparisons": [],
    }
    return same(**{**report, **changes})


def crashed(**changes: Any) -> dict[str, Any]:
    """A suite in which a process ended."""
    rows = [
        {"case": "a/X1.stop/one", "rule": "X1.stop", "verdict": "crash", "reason": "signal 11"},
        {"case": "a/X1.stop/two", "rule": "X1.stop", "verdict": "skip", "reason": "not run"},
    ]
    rust = backend("rust", not_passed=[{**row, "divergence": None} for row in rows])
    rust["verdicts"].update({"pass": 1, "crash": 1, "skip": 1})
    report = {"answer": "error", "exit_code": 3, "backends": [backend("python"), rust]}
    return same(**{**report, **changes})


def excused(**changes: Any) -> dict[str, Any]:
    """A suite whose only difference is a known gap."""
    report = different(answer="same", exit_code=0)
    gap = {
        "id": "execution/X2.*",
        "reason": "fills gaps at the level",
        "owner": "desk",
        "expires": "2027-01-31",
        "state": "expected",
    }
    row = report["comparisons"][0]
    row.update(gaps=[gap], excused=[row["divergences"][0]["case"]])
    report["backends"][1]["not_passed"][0]["gap"] = gap["id"]
    return {**report, **changes}


def job(**changes: Any) -> dict[str, Any]:
    """A user's own backtest on which the candidate is different, with all that can be told."""
    found = divergence(
        case="mine:Breakout on EURUSD",
        golden_agrees_with=None,
        origin={
            "verdict": "root",
            "roots": [{"bar": 1, "phase": "EXITS", "rule": "X2.gap_stop", "field": "raw"}],
            "why": "from the reference's state it parts again",
        },
        guilty={
            "part": "executor",
            "table": [
                {"swapped": "executor", "same": False, "first": "bar 1, EXITS: raw"},
                {"swapped": "portfolio", "same": True, "first": None},
            ],
            "why": "with the reference's executor it is the same",
        },
    )
    sides = [
        backend("python", digest="ab" * 32, asked=4, signals_given=1, rules={"X2.gap_stop": 1}),
        backend("rust", digest="cd" * 32, asked=4, signals_given=1, rules={"X2.gap_stop": 2}),
    ]
    gap = {
        "id": "orders/*",
        "reason": "no limit orders yet",
        "owner": "desk",
        "expires": "2027-01-31",
        "state": "expected",
    }
    tolerated = {
        "field": "trades.result",
        "case": "mine:Breakout on EURUSD",
        "entry": "cents",
        "distance": "0.4 cents",
    }
    report = {
        "kind": "job",
        "cases": 1,
        "job": {
            "strategy": "mine:Breakout",
            "symbol": "EURUSD",
            "timeframe": "M1",
            "bars": 4,
            "start": None,
            "data": [{"path": "bid.csv", "digest": "0f" * 32}],
            "config": {"initial_balance": 10000.0},
        },
        "backends": sides,
        "comparisons": [
            comparison(found, compared=1, not_compared=["fees"], tolerated=[tolerated], gaps=[gap])
        ],
        "equity": {
            "time_us": [1704153600000000, 1704153660000000, 1704153720000000],
            "sides": {
                "python": [10000.0, 9987.9, 9987.9],
                "rust": [10000.0, 9988.000000000001, None],
            },
        },
        "notes": ["the job never met 40 decisions"],
        "command": "fillproof verify --strategy mine:Breakout --candidate rust",
    }
    return different(**{**report, **changes})


SAMPLES = {
    "same": same,
    "excused": excused,
    "different": different,
    "unproven": unproven,
    "crashed": crashed,
    "job": job,
}
#: Those whose answer is not `same`.
RED = ("different", "unproven", "crashed", "job")


def hostile() -> dict[str, Any]:
    """A job all of whose texts of users are meant to break out of where they are written."""
    label = f"rust@{HOSTILE}"
    report = job()
    row = report["comparisons"][0]
    row["candidate"] = label
    row["not_compared"] = [HOSTILE]
    row["gaps"][0].update(reason=HOSTILE, owner=HOSTILE)
    found = row["divergences"][0]
    found["case"] = f"{HOSTILE} on EURUSD"
    found["between"] = ["python", label]
    for holder in (found["sides"], found["states"], found["events"]):
        holder[label] = holder.pop("rust")
    for other in found["other_fields"]:
        other["values"][label] = other["values"].pop("rust")
    found["sides"][label]["value"] = repr(HOSTILE)
    found["symbol"] = HOSTILE
    for candle in found["bars_around"]:
        candle["symbol"] = HOSTILE
        candle["time"] = f"{HOSTILE}T{candle['bar']}"
    report["job"].update(strategy=HOSTILE, symbol=HOSTILE, config={"note": HOSTILE})
    report["backends"][1].update(label=label, build={"version": HOSTILE})
    report["doubts"] = [HOSTILE]
    report["notes"] = [HOSTILE]
    report["command"] = HOSTILE
    report["equity"]["sides"][label] = report["equity"]["sides"].pop("rust")
    return report
