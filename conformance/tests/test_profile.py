"""`fillproof profile`: what it finds out about a strategy; never how fast anything is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fillproof import backends
from fillproof.cli_settings import Settings
from fillproof.conformance.bench import profile_report
from fillproof.conformance.bench.profiling import Profile, Way, measure
from fillproof.conformance.bench.recording import Recording

BUILT = [name for name in backends.NAMES if backends.status(name).ok]
SOURCE = '''
class Buys:
    """Buys at every hundredth bar, by a limit order at every third of these."""

    def __init__(self):
        self.bars = 0

    def on_data(self, slice_map):
        self.bars += 1
        if self.bars % 100:
            return None
        view = slice_map["EURUSD"]
        close = view.latest("H1", "ask").close
        limit = self.bars % 300 == 0
        return {
            "direction": "buy", "type": "limit" if limit else "market",
            "entry": close - 0.001 if limit else None, "sl": close - 0.004, "tp": close + 0.003,
        }


class Twice(Buys):
    """Gives each signal two times."""

    def on_data(self, slice_map):
        found = super().on_data(slice_map)
        return None if found is None else [found, found]


class Wanders:
    """Is another one each time it is made."""

    made = 0

    def __init__(self):
        Wanders.made += 1
        self.inner, self.every = Buys(), Wanders.made

    def on_data(self, slice_map):
        found = self.inner.on_data(slice_map)
        if found is not None:
            found["sl"] -= 0.0001 * self.every
        return found
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profiled.py").write_text(SOURCE)
    return tmp_path


@pytest.mark.parametrize("backend", BUILT)
def test_signals_play_again_as_columns_with_the_same_result(folder: Path, backend: str) -> None:
    found = measure(Settings(strategy="profiled.py:Buys", backend=backend), folder)
    assert found.signals == 62
    assert found.trades > 50
    first, *others = found.ways
    assert (first.way, first.backend, first.known, first.result) == (
        "as it is", backend, "measured", "same",
    )  # fmt: skip
    replays = {way.backend: way for way in others if way.way == "signal columns"}
    assert set(replays) == set(BUILT)
    assert all(way.result == "same" and way.seconds for way in replays.values())
    assert sum(found.parts.values()) == pytest.approx(first.seconds)
    assert found.parts["strategy"] > 0.0
    assert any("on_data" in row["name"] for row in found.costly)
    estimates = [way for way in others if way.known == "estimate"]
    assert [way.way for way in estimates] == (["expression, or Rust"] if "rust" in BUILT else [])
    for way in estimates:
        assert way.seconds is not None
        assert way.seconds >= (replays["rust"].seconds or 0.0)


def test_what_columns_cannot_hold_is_said(folder: Path) -> None:
    found = measure(Settings(strategy="profiled.py:Twice", backend="python"), folder)
    (columns,) = [way for way in found.ways if way.way == "signal columns"]
    assert columns.seconds is None
    assert columns.note == "bar 99 has more than one signal, columns hold one a bar"
    assert "100" not in [row[0] for row in profile_report.tables(found)[1].rows]


def test_a_strategy_that_is_not_the_same_twice_is_told(folder: Path) -> None:
    found = measure(Settings(strategy="profiled.py:Wanders", backend="python"), folder)
    assert any("two results" in note for note in found.notes)
    assert {way.result for way in found.ways if way.way == "signal columns"} == {"another"}
    assert any("gives another result" in line for line in profile_report.advice(found))


def test_a_manager_and_options_of_orders_are_no_columns() -> None:
    managed = SimpleNamespace(evaluate=lambda *_: None, position_manager=object())
    assert "position manager" in (Recording(managed).why_not() or "")
    assert "position manager" in (
        Recording(SimpleNamespace(evaluate=None, strategy=managed)).why_not() or ""
    )
    signal = SimpleNamespace(direction="long", meta={"max_bars": 3})
    recording = Recording(SimpleNamespace(evaluate=lambda *_: [signal]))
    recording.evaluate(7, None)
    assert recording.why_not() == "bar 7: its order has max_bars"


def test_what_the_tables_say() -> None:
    ways = [
        Way("as it is", "rust", 1.0, "measured", "same"),
        Way("signal columns", "rust", 0.01, "measured", "same"),
        Way("signal columns", "python", 3.0, "measured", "another", "does more"),
    ]
    parts = {"strategy": 0.8, "loop": 0.15, "signals": 0.05}
    found = Profile("mine on EURUSD H1", 1_000_000, 5, 4, parts, ways)
    time, way = profile_report.tables(found)
    assert [row[-1] for row in time.rows] == ["80 %", "15 %", "5 %"]
    assert time.rows[0][1:3] == ["0.8000", "800"]
    assert [row[4] for row in way.rows] == ["1.0", "100.0", "0.3"]
    assert profile_report.advice(found) == [
        "signal columns on rust: 100.0 times as fast, with the same result.",
        (
            "80 % is your own Python: no backend makes that faster; columns, an expression or "
            "Rust take it out of the loop."
        ),
        "signal columns on python gives another result: its time is of another run.",
    ]


def call(folder: Path, *arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fillproof", "profile", *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_the_command(folder: Path) -> None:
    done = call(folder, "--strategy", "profiled.py:Buys", "--json", "a.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Where the time goes: profiled.py:Buys on EURUSD H1" in done.stdout
    assert "known by" in done.stdout
    assert json.loads((folder / "a.json").read_text())["signals"] == 62


def test_what_is_wrong_is_said(folder: Path) -> None:
    done = call(folder, "--strategy", "profiled.py:NoSuch")
    assert done.returncode == 3
    assert "a name in profiled.py; it has no NoSuch" in " ".join(done.stdout.split())
