"""A suite of a few cases, and backends that were tampered with."""

from __future__ import annotations

import gc
import importlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pyengine
from fillproof import backends
from fillproof.conformance.isolation import BACKENDS, family

CONFIG = {
    "symbol": "EURUSD",
    "timeframe": "M1",
    "initial_balance": "10000",
    "start_bar": 0,
    "strict": False,
    "spec": {"symbol": "EURUSD", "pip_size": "0.0001", "digits": 5},
    "policy": {"market_fill": "close", "close_at_end": False, "on_crossed": "warn"},
    "sizing": {"fixed_lots": "0.1"},
    "slippage_pips": "0",
    "fees": {"per_lot": "3.5"},
}
BARS = [
    # time, bid O H L C, ask O H L C
    ["2020-01-01T00:00:00Z", *"1.1000 1.1010 1.0995 1.1000 1.1001 1.1011 1.0996 1.1001".split()],
    ["2020-01-01T00:01:00Z", *"1.1000 1.1005 1.0991 1.1002 1.1001 1.1006 1.0992 1.1003".split()],
    ["2020-01-01T00:02:00Z", *"1.1000 1.1004 1.0990 1.0995 1.1001 1.1005 1.0991 1.0996".split()],
    ["2020-01-01T00:03:00Z", *"1.0985 1.0990 1.0980 1.0988 1.0986 1.0991 1.0981 1.0989".split()],
]
LONG = {"bar": 0, "direction": "long", "sl": "1.0990", "tp": "1.1020", "entry": None}
TOUCH: dict[str, Any] = {
    "id": "execution/X1.stop/long_touched",
    "comment": "the low equals the stop",
    "kind": "run",
    "config": CONFIG,
    "bars": BARS[:3],
    "signals": [LONG],
    "commands": [],
    "expect": {
        "events": [
            {"kind": "fill", "bar": 0, "rule": "E1.close", "price": "1.1001"},
            {
                "kind": "exit",
                "bar": 2,
                "phase": "EXITS",
                "rule": "X1.stop",
                "raw": "1.099",
                "price": "1.099",
                "reason": "stop_loss",
            },
        ]
    },
}
GAP: dict[str, Any] = {
    **TOUCH,
    "id": "execution/X2.gap_stop/long_opens_below",
    "comment": "the bar opens under the stop",
    "bars": [*BARS[:2], BARS[3]],
    "expect": {
        "events": [
            {"kind": "fill", "bar": 0, "rule": "E1.close"},
            {"kind": "exit", "bar": 2, "phase": "EXITS", "rule": "X2.gap_stop", "raw": "1.0985"},
        ]
    },
}
NAIVE: dict[str, Any] = {
    **TOUCH,
    "id": "candles/T1.aware/no_zone",
    "comment": "a time without a zone",
    "bars": [["2020-01-01T00:00:00", *BARS[0][1:]]],
    "expect": {"error": {"code": "TIME_NAIVE"}},
}
RULES = """
version = 1
[[rule]]
id = "X1.stop"
kind = "decision"
evidence = ["cases/execution/X1.stop.json"]
[[rule]]
id = "X2.gap_stop"
kind = "decision"
evidence = ["cases/execution/X2.gap_stop.json"]
[[rule]]
id = "T1.aware"
kind = "refusal"
error = "TIME_NAIVE"
evidence = ["cases/candles/T1.aware.json"]
"""
# Traced by every run, and no subject of the tests here.
OTHERS = (
    "S1.signal",
    "E1.close",
    "E4.fixed_lots",
    "P3.entry_fee",
    "P3.exit_fee",
    "P3.exit_result",
    "P3.row",
)


def write_suite(folder: Path, cases: list[dict[str, Any]]) -> Path:
    """Lay cases and a registry out as a folder of goldens."""
    rules = RULES + "".join(
        f'[[rule]]\nid = "{name}"\nkind = "decision"\nevidence = []\n' for name in OTHERS
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.toml").write_text(rules, encoding="utf-8")
    for case in cases:
        module, rule, _ = case["id"].split("/")
        path = folder / "cases" / module / f"{rule}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"module": module, "rule": rule, "number_of_cases": 1, "cases": [case]}
        path.write_text(json.dumps(document), encoding="utf-8")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of slow tests first, so that processes that share the files end together."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Keep what collecting the tests has made out of all later collections of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def suite_folder(tmp_path: Path) -> Path:
    """Goldens of three cases that together exercise every rule of their small registry."""
    return write_suite(tmp_path / "golden", [TOUCH, GAP, NAIVE])


@pytest.fixture
def doctored(tmp_path: Path) -> Callable[[str, str, str], str]:
    """Copy the interpreted engine, change one place in one module, name it as a backend."""

    def make(module: str, old: str, new: str) -> str:
        folder = tmp_path / "patched"
        source = Path(pyengine.__file__).parent
        shutil.copytree(
            source,
            folder / "pyengine",
            ignore=shutil.ignore_patterns("_compiled", "tests", "__pycache__"),
        )
        path = folder / "pyengine" / module
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {module}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return f"python@{folder}"

    return make


@pytest.fixture(params=list(BACKENDS))
def engine(request: pytest.FixtureRequest) -> ModuleType:
    """Each backend in turn, as the package of its public names."""
    status = backends.status(request.param)
    if not status.ok:
        told = f"{request.param}: {status.state}: {status.detail}"
        if os.environ.get("FILLPROOF_REQUIRE_ALL_BACKENDS"):
            pytest.fail(told)
        pytest.skip(told)
    module = importlib.import_module(BACKENDS[request.param])
    assert family(module.EventEngine.__module__) == request.param
    return module
