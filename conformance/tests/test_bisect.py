"""Parts are swapped one by one, and the guilty one is named: on real faults in real sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fillproof import backends
from fillproof.conformance.jobs import read_job
from fillproof.conformance.proof.bisect import guilty, guilty_of_case, judge
from fillproof.conformance.proof.engines import CannotLoad, Engines, source_folder
from fillproof.conformance.suite import Case, load_suite
from fillproof.conformance.tests.caching import doctor_copy

GAP = ("exits.py", "X2_GAP_STOP, reason, gap, True", "X2_GAP_STOP, reason, stop, True")
WORST = (
    "equity_curve.py",
    "if not equity_worst < equity:\n            equity_worst = equity\n",
    "equity_worst = equity_worst + 0.01\n",
)
TRAILING = (
    "manager_rules.py",
    "stop = close - (sign * distance)",
    "stop = close - (sign * distance * 1.01)",
)
ENTRY = (
    "signals.py",
    "entry = opening_side.close  #",
    "entry = opening_side.close + 0.0001  #",
)
EMA = (
    "indicators/ema.py",
    "self._value = (self._new_weight * x) + (self._old_weight * self._value)",
    "self._value = (self._new_weight * x) + (self._old_weight * self._value) * 1.0001",
)


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.id: case for case in load_suite().cases}


def first(cases: dict[str, Case], prefix: str) -> Case:
    return next(case for name, case in sorted(cases.items()) if name.startswith(prefix))


def different(found: dict[str, Any]) -> list[str]:
    return [row["swapped"] for row in found["table"] if not row["same"]]


@pytest.mark.parametrize(
    ("fault", "prefix", "part"),
    [
        (GAP, "execution/X2.gap_stop/long", "executor"),
        (WORST, "portfolio/P3.equity_worst/", "portfolio"),
        (TRAILING, "position_manager/M1.trailing/long_pips", "manager"),
        (ENTRY, "signals/S1.entry_default/", "wrapper"),
    ],
)
def test_part_of_a_faulty_copy_is_named(
    cases: dict[str, Case], tmp_path: Path, fault: tuple[str, str, str], prefix: str, part: str
) -> None:
    copy = doctor_copy(tmp_path / "patched", *fault)
    found = guilty_of_case(first(cases, prefix), ("python", copy))
    assert found["part"] == part, found
    # By its file, too, as both sides are sources.
    assert f"module {fault[0]}" in different(found)
    assert f"by files: {fault[0]}" in found["why"]
    others = {"executor", "portfolio", "manager", "wrapper"} - {part}
    assert not others & set(different(found))


def test_indicator_behind_a_built_in_strategy_is_named(tmp_path: Path) -> None:
    copy = doctor_copy(tmp_path / "patched", *EMA)
    job = read_job(strategy="ema-cross", folder=tmp_path).plain()
    found = guilty(("python", copy), {"job": job, "until": 60})
    assert found["part"] == "indicators", found
    assert "module indicators/ema.py" in different(found)


@pytest.mark.parametrize("backend", ["cython", "rust"])
def test_part_is_named_between_two_languages(
    cases: dict[str, Case], tmp_path: Path, backend: str
) -> None:
    if not backends.status(backend).ok:
        pytest.skip(f"{backend} is not built")
    copy = doctor_copy(tmp_path / "patched", *GAP)
    found = guilty_of_case(first(cases, "execution/X2.gap_stop/long"), (copy, backend))
    assert found["part"] == "executor", found
    assert different(found) == ["executor"]


def test_two_that_agree_have_nobody_guilty(cases: dict[str, Case], tmp_path: Path) -> None:
    same = "reason = position.stop_reason + ''"
    copy = doctor_copy(tmp_path / "same", "exits.py", "reason = position.stop_reason", same)
    found = guilty_of_case(first(cases, "execution/X2.gap_stop/long"), ("python", copy))
    assert found["part"] is None
    assert "agree when they stand in one process" in found["why"]
    assert different(found) == []


def test_what_has_no_parts_is_said(cases: dict[str, Case]) -> None:
    one = next(case for case in cases.values() if case.kind == "arithmetic")
    assert "calls one function" in guilty_of_case(one, ("python", "rust"))["why"]
    found = guilty_of_case(first(cases, "execution/"), ("python", "adapter:x.toml"))
    assert found["part"] is None
    assert "adapter:x.toml is no backend of ours" in found["why"]


def row(name: str, same: bool, where: str | None = None) -> dict[str, Any]:
    return {"swapped": name, "same": same, "first": where, "back": same or None}


def answer(*rows: dict[str, Any], kind: str = "exit") -> dict[str, Any]:
    return {
        "whole": "bar 3",
        "kind": kind,
        "rows": list(rows),
        "unused": ["manager"],
        "impossible": {},
        "base": "python",
    }


@pytest.mark.parametrize(
    ("rows", "kind", "part"),
    [
        ([row("executor", False, "bar 3"), row("portfolio", True)], "exit", "executor"),
        # A loop brings indicators of its own; what both show is the indicators'.
        ([row("indicators", False, "bar 3"), row("loop", False, "bar 3")], "signal", "indicators"),
        ([row("loop", False, "bar 3"), row("executor", True)], "exit", "loop"),
        ([row("executor and portfolio", False, "bar 3")], "equity", "portfolio"),
        ([row("executor and portfolio", False, "bar 3")], "exit", "executor"),
        ([row("executor", False, "bar 3"), row("wrapper", False, "bar 9")], "exit", "executor"),
        ([row("executor", False, "bar 3"), row("wrapper", False, "bar 3")], "exit", None),
        ([row("executor", True), row("loop", True)], "exit", None),
    ],
)
def test_judgement(rows: list[dict[str, Any]], kind: str, part: str | None) -> None:
    found = judge(("python", "rust"), answer(*rows, kind=kind))
    assert found["part"] == part, found["why"]
    assert "not part of this run: manager" in found["why"]
    assert len(found["table"]) == len(rows)


def test_copies_stand_beside_each_other_and_are_proven(tmp_path: Path) -> None:
    copy = doctor_copy(tmp_path / "patched", *GAP)
    with Engines() as engines:
        plain, other = engines.load("python", "side_a"), engines.load(copy, "side_b")
        assert plain.EventEngine is not other.EventEngine
        assert other.EventEngine.__module__ == "side_b.event_engine"
        files = engines.modules("side_b")
        folder = str((tmp_path / "patched" / "pyengine").resolve())
        assert all(file.startswith(folder) for file in files.values())
        swapped = engines.load(
            "python", "side_c", {"exits": tmp_path / "patched" / "pyengine" / "exits.py"}
        )
        assert swapped.ExecutionSimulator
        files = engines.modules("side_c")
        assert files["side_c.exits"].startswith(folder)
        assert files["side_c.execution"].startswith(str(source_folder("python")))


def test_what_cannot_stand_beside_is_refused(tmp_path: Path) -> None:
    with Engines() as engines, pytest.raises(CannotLoad, match="there is no package pyengine"):
        engines.load(f"python@{tmp_path}", "side_d")
    with Engines() as engines:
        engines._cython = "cython@elsewhere"
        with pytest.raises(CannotLoad, match="cannot stand in one process"):
            engines.load("cython", "side_e")
