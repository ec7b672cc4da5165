"""Fuzz for users: repeatable, it exercises much, and what differs is made small and written."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from fillproof import backends, data
from fillproof.candle_table import CandleTable
from fillproof.cli_settings import Settings
from fillproof.conformance.client import WorkerAbsent
from fillproof.conformance.commands.suite import app
from fillproof.conformance.jobs import Job, read_job
from fillproof.conformance.play_job import play_job
from fillproof.conformance.user_fuzz import Arena, Differs, Example, Source, draw_example, fuzz
from fillproof.conformance.user_fuzz.checks import audited, looked_ahead
from fillproof.conformance.user_fuzz.market import CHANGES, Bars, change
from fillproof.conformance.user_fuzz.saving import save
from fillproof.conformance.user_fuzz.settings import draw_changes, with_changes
from fillproof.conformance.user_fuzz.source import write_candles
from fillproof.conformance.user_fuzz.toml_text import settings_text

HERE = Path(__file__).parent
LIAR = f"callable:{HERE / 'lying_engine.py'}"
PAIR = data.eurusd_h1_2017()
TRADES = """
class Often:
    def on_data(self, slice_map):
        (view,) = slice_map.values()
        bid, ask, step = view.bid.close, view.ask.close, view.bid.close * 0.001
        if view.index % 6 == 2:
            return {"direction": "buy", "sl": bid - step, "tp": ask + step}
        if view.index % 6 == 4:
            return {"direction": "sell", "sl": ask + step, "tp": bid - step}
        if view.index % 12 == 5:
            return {"direction": "buy", "type": "limit", "entry": bid - step / 2,
                    "sl": bid - step * 3, "tp": ask + step, "meta": {"max_bars": 9}}
"""
FAST = "rust" if backends.status("rust").ok else "python"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "often.py").write_text(TRADES)
    job = read_job(strategy="often.py:Often", folder=tmp_path)
    return Source.of(job)


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_changed_bars_are_bars(name: str) -> None:
    for seed in range(8):
        bars = Bars.of(PAIR.bid[:60], PAIR.ask[:60], 0.0001, 5)
        change(bars, name, seed)
        again = Bars.of(PAIR.bid[:60], PAIR.ask[:60], 0.0001, 5)
        change(again, name, seed)
        sides = bars.tables()
        assert sides == again.tables(), "the same seed gives the same bars"
        assert sides != (PAIR.bid[:60], PAIR.ask[:60])
        for side in sides:
            assert np.all(np.diff(side.time_us) > 0)
            assert np.all(side.high >= np.maximum(side.open, side.close))
            assert np.all(side.low <= np.minimum(side.open, side.close))
            assert np.all(side.low > 0.0)


def test_settings_that_are_drawn_are_all_used_and_allowed(source: Source, tmp_path: Path) -> None:
    """Hardly an example ends early: under strict, or where parity knows no `max_bars`."""
    drawn: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    engine = backends.load(FAST)
    for number in range(90):
        example = draw_example(source, 5, number)
        drawn.update(f"{table}.{key}" for table, key, _ in example.settings)
        drawn.update(name for name, _ in example.market)
        example = replace(example, last=min(example.last, example.first + 40))
        error = play_job(engine, example.job(source, tmp_path).plain()).get("error")
        if error is not None:
            ended[str(error["code"])] += 1
    assert set(CHANGES) <= set(drawn)
    wanted = {
        "policy.preset", "policy.intrabar", "policy.market_fill", "sizing.", "fees.",
        "slippage.seed", "session.no_entry", "account.", "margin.leverage", "spec.swap_long",
        "strict.", "initial_balance.",
    }  # fmt: skip
    assert wanted <= set(drawn)
    assert set(ended) <= {"SIGNAL_REJECTED", "META_INVALID"}
    assert sum(ended.values()) < 20, ended


def test_an_example_is_drawn_again_from_its_seed(source: Source) -> None:
    assert draw_example(source, 9, 4) == draw_example(source, 9, 4)
    assert draw_example(source, 9, 4) != draw_example(source, 9, 5)
    assert draw_example(source, 8, 4) != draw_example(source, 9, 4)


def test_candles_are_read_back_bit_for_bit(tmp_path: Path) -> None:
    bars = Bars.of(PAIR.bid[:40], PAIR.ask[:40], 0.0001, 5)
    bars.bid["close"][3] = bars.bid["high"][3] = 1.1000000000000003
    bid, _ = bars.tables()
    write_candles(tmp_path / "bid.csv", bid)
    assert data.read_csv(tmp_path / "bid.csv") == bid


def test_settings_are_written_so_that_they_read_back(tmp_path: Path) -> None:
    random = Random(4)
    for _ in range(60):
        settings = with_changes(
            Settings(symbol="EURUSD"), draw_changes(random, Settings(), "EURUSD")
        )
        settings.bid, settings.ask = tmp_path / "bid.csv", tmp_path / "ask.csv"
        path = tmp_path / "job.toml"
        path.write_text(settings_text(settings, tmp_path))
        tomllib.loads(path.read_text())
        assert Settings.read(path) == settings


def test_two_backends_agree_and_the_tally_says_what_that_means(source: Source) -> None:
    with Arena("python", [FAST if FAST != "python" else "cython"]) as arena:
        done = fuzz(source, arena, seed=3, examples=8)
        label = arena.labels[1]
    assert (done.verdict, done.exit_code, done.doubts) == ("same", 0, []), done.found
    assert done.tally[f"compared with {label}"] == 8
    assert done.tally["states rebuilt"] >= 8
    for name in ("fill", "stop", "target", "waiting", "audited", "future cut off: clean"):
        assert done.tally[name] >= 1, name
    assert done.report()["found"] is None


def test_an_engine_that_plays_cases_only_is_given_the_signals(source: Source) -> None:
    with Arena("python", [f"{LIAR}:right"]) as arena:
        done = fuzz(source, arena, seed=3, examples=6)
    assert done.verdict == "same", done.found
    assert done.tally[f"compared with {LIAR}:right"] >= 3
    assert "equity" in done.not_compared[f"{LIAR}:right"]


@pytest.fixture(scope="module")
def lie(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What fuzz finds of a fault, and where it was written."""
    folder = tmp_path_factory.mktemp("lie")
    (folder / "often.py").write_text(TRADES)
    source = Source.of(read_job(strategy="often.py:Often", folder=folder))
    with Arena("python", [f"{LIAR}:wrong"]) as arena:
        done = fuzz(source, arena, seed=3, examples=80)
        names, _ = save(done, source, folder / "found")
        yield done, arena, folder, names


def test_a_fault_is_found_and_made_small(lie: Any) -> None:
    done, *_ = lie
    assert (done.verdict, done.exit_code) == ("different", 1)
    assert done.found.kind == "divergence"
    assert "price at bar" in str(done.found)
    example = done.example
    # One order and the bar in which it leaves; the fee is the one setting that matters.
    assert example.last - example.first <= 12
    assert [(table, key) for table, key, _ in example.settings] in ([("fees", "")], [])
    assert len(example.market) <= 1
    assert done.report()["found"]["example"]["number"] == example.number


def test_what_is_written_repeats_it(lie: Any) -> None:
    done, arena, folder, names = lie
    assert {"bid.csv", "ask.csv", "job.toml", "case.json", "again.txt"} <= set(names)
    written = Job(Settings.read(folder / "found" / "job.toml"), folder)
    with pytest.raises(Differs, match="price at bar") as again:
        arena.play(written)
    assert str(again.value) == str(done.found)
    command = (folder / "found" / "again.txt").read_text().splitlines()[0]
    assert done.found.report["command"] == command
    assert "fillproof verify --config" in command
    assert f"--candidate {LIAR}:wrong" in command
    case = json.loads((folder / "found" / "case.json").read_text())
    assert len(case["bars"]) == done.example.last - done.example.first


def test_an_engine_that_falls_is_a_finding(source: Source) -> None:
    with Arena("python", [f"{LIAR}:falls"]) as arena:
        done = fuzz(source, arena, seed=3, examples=40, tries=2)
    assert (done.verdict, done.found and done.found.kind) == ("different", "crash")
    assert "exit code 7" in str(done.found)
    assert done.example is not None
    assert done.tries == 2
    assert done.example != draw_example(source, 3, done.example.number)


@pytest.fixture(scope="module")
def alone() -> Iterator[Arena]:
    with Arena("python", []) as arena:
        yield arena


def test_what_was_not_compared_proves_nothing(source: Source, alone: Arena) -> None:
    done = fuzz(source, alone, seed=3, examples=2)
    assert (done.verdict, done.exit_code) == ("not proven", 2)
    assert "there is no candidate" in done.doubts[-1]


def test_minutes_end_it(source: Source, alone: Arena) -> None:
    ticks: list[int] = []
    done = fuzz(
        source, alone, seed=3, minutes=0.002, progress=lambda done, *_rest: ticks.append(done)
    )
    assert done.examples == len(ticks) >= 1
    assert done.seconds < 60.0


def test_the_reference_has_to_run_strategies() -> None:
    with pytest.raises(ValueError, match="cannot run a strategy"):
        Arena(f"{LIAR}:right", ["python"])


def test_a_fill_that_no_market_gave_is_told_by_the_auditor(source: Source, tmp_path: Path) -> None:
    example = Example(0, 0, 60)
    job = example.job(source, tmp_path)
    outcome: Any = play_job(backends.load("python"), job.plain(), give="all")
    tally: Counter[str] = Counter()
    audited(job, outcome, tally)
    assert tally["audited"] == 1
    outcome["trades"]["closed"][0]["exit_price"] += 0.05
    with pytest.raises(Differs, match="price outside the bar") as told:
        audited(job, outcome, tally)
    assert told.value.kind == "audit"


def test_a_strategy_that_looks_ahead_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "peeks.py").write_text(
        "class Peeks:\n"
        "    def on_data(self, slice_map):\n"
        "        (view,) = slice_map.values()\n"
        "        ahead = view._data['H1']['bid']\n"
        "        if view.index + 1 < len(ahead) and ahead[view.index + 1].close > view.bid.close:\n"
        "            return {'direction': 'buy', 'sl': view.bid.close - 0.002}\n"
    )
    source = Source.of(read_job(strategy="peeks.py:Peeks", folder=tmp_path))
    job = Example(0, 0, 60).job(source, tmp_path)
    tally: Counter[str] = Counter()
    with pytest.raises(Differs, match="looks ahead"):
        looked_ahead(job, 0, tally, "python")


def test_the_command_writes_a_report_and_ends_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "often.py").write_text(TRADES)
    options = ["--strategy", "often.py:Often", "--seed", "3", "--reference", "python"]
    wrong = ["--candidate", f"{LIAR}:wrong", "--examples", "80", "--json", "r.json"]
    answer = CliRunner().invoke(app, ["fuzz", *options, *wrong])
    assert answer.exit_code == 1, answer.output
    assert "--seed 3" in answer.output
    assert "again: fillproof verify" in answer.output
    assert json.loads((tmp_path / "r.json").read_text())["found"]["kind"] == "divergence"
    assert (tmp_path / "fuzz-found" / "job.toml").is_file()
    answer = CliRunner().invoke(app, ["fuzz", *options, "--candidate", "java", "--examples", "1"])
    assert answer.exit_code == 3
    assert "candidate 'java' is none" in answer.output


def test_a_backend_that_is_absent_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_given: Any, **_named: Any) -> None:
        raise WorkerAbsent("cython: stale: not compiled; cure: build it")

    monkeypatch.setattr("fillproof.conformance.commands.suite.Arena", absent)
    answer = CliRunner().invoke(app, ["fuzz", "--examples", "1"])
    assert answer.exit_code == 2
    assert "not proven: cython: stale" in answer.output


def test_no_library_of_developers_is_needed() -> None:
    code = (
        "import sys\nfrom fillproof.conformance.commands import lookahead, suite\n"
        "assert 'hypothesis' not in sys.modules, 'hypothesis'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_table_of_another_length_is_no_window() -> None:
    source_bars = Bars.of(PAIR.bid[:3], PAIR.ask[:3], 0.0001, None)
    change(source_bars, "holes", 1)
    assert isinstance(source_bars.tables()[0], CandleTable)
    assert len(source_bars.time_us) >= 2
