"""`fillproof bench`: what it reports and when it complains; never how fast anything is."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import sleep
from types import ModuleType
from typing import Any

import pytest

from fillproof import backends
from fillproof.conformance.bench import comparison, page, report, telling, verdict
from fillproof.conformance.bench.callbacks import PLAIN, Replay, strategy_of
from fillproof.conformance.bench.cases import BARE, cases, market_of
from fillproof.conformance.bench.instructions import count
from fillproof.conformance.bench.market import TIMEFRAME
from fillproof.conformance.bench.phases import PHASES, Stopwatch, measure
from fillproof.conformance.bench.plan import KEY, Plan, spread
from fillproof.conformance.bench.runs import EngineRun

#: One more backend than the reference has to be there for a result to be compared.
OTHERS = [name for name in ("rust", "cython") if backends.status(name).ok]
needs_two = pytest.mark.skipif(not OTHERS, reason="only the plain reference is built")


def bench(*arguments: object, script: str | None = None) -> subprocess.CompletedProcess[str]:
    """Call the command in a process of its own: it runs pytest."""
    command = ["from fillproof.cli import main; main()", "bench"] if script is None else [script]
    called = [sys.executable, "-c", *command, *map(str, arguments)]
    return subprocess.run(called, capture_output=True, text=True, check=False, timeout=300)


def made(
    *times: tuple[str, str, float], calibration: float = 0.01, scatter: float = 0.01
) -> dict[str, Any]:
    """Make the JSON of a run: case, backend, seconds of the best round."""
    benchmarks = [
        {
            "extra_info": {
                "case": case, "group": "callbacks", "backend": backend, "bars": 1000, "unit": "bar",
                "units": 1000, "x": None, "digest": "d" * 64, "compared_with": "python",
                "build": {"profile": "release"}, "calibration": calibration, "spread": scatter,
            },
            "stats": {"min": seconds, "median": seconds},
        }
        for case, backend, seconds in times
    ]  # fmt: skip
    return {
        "benchmarks": benchmarks,
        "datetime": "2026-01-02T03:04:05",
        KEY: {"version": 1, "different": [], "left_out": [], "faults": []},
    }


def verdicts(now: dict[str, Any], then: dict[str, Any], **options: Any) -> list[str]:
    return [row["verdict"] for row in comparison.compare(now, then, **options)["changes"]]


@needs_two
def test_the_cases_are_listed() -> None:
    done = bench("--list")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "callbacks: empty" in done.stdout.splitlines()
    assert "error" not in done.stdout


def test_a_run_from_the_command_line(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"a.{name}" for name in ("json", "markdown", "html")}
    written = [text for name, path in paths.items() for text in (f"--{name}", path)]
    done = bench(
        "--cases", "empty,ema cross*", "--backends", f"python,{OTHERS[0]}", "--scale", 0.001,
        *written,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(paths["json"].read_text())
    taken = {(time.case, time.backend): time for time in report.times_of(found)}
    assert {("empty", "python"), ("empty", OTHERS[0]), ("empty", BARE)} <= taken.keys()
    for time in taken.values():
        assert time.best > 0.0
        assert time.calibration > 0.0
        assert (time.backend == BARE) == (time.digest is None)
        assert time.compared_with != time.backend
    mine = taken["empty", "python"]
    run = EngineRun("python", market_of(mine.bars), strategy_of("empty"))
    run.run()
    assert mine.digest == run.digest()
    phases = {row["backend"]: row["ns"] for row in found[KEY]["phases"]}
    assert set(phases) == {"python", OTHERS[0]}
    assert phases["python"]["execution"] > 0.0
    assert phases["python"]["progress"] >= 0.0
    assert "| empty |" in paths["markdown"].read_text()
    assert "Plotly.react" in paths["html"].read_text()
    assert "times beside equal digests" in done.stdout
    again = bench(
        "--cases", "empty", "--backends", "python", "--scale", 0.001, "--no-phases",
        "--compare", paths["json"], "--threshold", 50,
    )  # fmt: skip
    assert again.returncode == 0, again.stdout
    assert "Against " in again.stdout


DIFFERING = """
import json, sys
from fillproof.conformance.bench import plan, report, telling, verdict
from fillproof.conformance.bench.callbacks import PLAIN, Replay, strategy_of
from fillproof.conformance.bench.cases import Case

class Job:
    def __init__(self, digest): self.found = digest
    def run(self): pass
    def digest(self): return self.found

def fails(backend, bars): raise OSError("no such thing")

cases = [
    Case("alike", "native", lambda backend, bars: Job("a")),
    Case("differs", "native", lambda backend, bars: Job(backend)),
    Case("fails", "native", fails),
]
found = plan.run(plan.Plan(cases, ("python",), 0.01), {})
print(json.dumps([verdict.exit_code(found), telling.faults(found), telling.markdown(found),
      [time.case for time in report.times_of(found)]]))
found["fillproof"]["faults"].clear()
print(verdict.exit_code(found))
"""


@needs_two
def test_no_time_stands_beside_digests_that_differ() -> None:
    done = bench(script=DIFFERING)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.strip().splitlines()[-2:]
    code, faults, markdown, timed = json.loads(first)
    assert timed == ["alike"]
    assert code == 3
    assert second == "1"
    assert len(faults) == 2
    assert faults[0].startswith("DIFFERENT: differs on python, 20000 bars: digest python, ")
    assert faults[1] == "ERROR: fails on python: OSError: no such thing"
    assert "1 cases with DIFFERENT RESULTS" in markdown
    assert "| differs |" not in markdown


def test_a_loss_is_told_in_calibration_loops() -> None:
    then = made(("empty", "rust", 0.1))
    assert verdicts(made(("empty", "rust", 0.105)), then) == ["same"]
    assert verdicts(made(("empty", "rust", 0.12)), then) == ["lost"]
    assert verdicts(made(("empty", "rust", 0.08)), then) == ["gained"]
    # A machine half as fast is no loss, and a faster one hides none.
    assert verdicts(made(("empty", "rust", 0.2), calibration=0.02), then) == ["same"]
    assert verdicts(made(("empty", "rust", 0.1), calibration=0.005), then) == ["lost"]


def test_what_the_rounds_scatter_is_no_loss() -> None:
    then = made(("empty", "rust", 0.1), scatter=0.05)
    now = made(("empty", "rust", 0.12), scatter=0.05)
    assert verdicts(now, then) == ["same"]
    assert verdicts(made(("empty", "rust", 0.14), scatter=0.05), then) == ["lost"]
    assert verdicts(now, made(("empty", "rust", 0.1))) == ["same"]
    assert verdicts(made(("empty", "rust", 0.12)), made(("empty", "rust", 0.1)), threshold=0.3) == [
        "same"
    ]


def test_another_result_is_no_loss_but_told() -> None:
    then = made(("empty", "rust", 0.1))
    now = copy.deepcopy(made(("empty", "rust", 0.5)))
    now["benchmarks"][0]["extra_info"]["digest"] = "e" * 64
    assert verdicts(now, then) == ["other result"]


def test_instructions_are_the_steady_figure() -> None:
    now, then = made(("empty", "rust", 0.1)), made(("empty", "rust", 0.1))
    then[KEY]["instructions"] = [row("empty", 1000.0)]
    now[KEY]["instructions"] = [row("empty", 1015.0)]
    assert verdicts(now, then) == ["same", "same"]
    now[KEY]["instructions"] = [row("empty", 1030.0)]
    assert verdicts(now, then) == ["same", "lost"]
    now[KEY]["instructions"] = [row("empty", 1030.0) | {"units": 7}]
    assert verdicts(now, then) == ["same"]


def row(case: str, per_unit: float) -> dict[str, Any]:
    return {"case": case, "backend": "rust", "units": 20_000, "per_unit": per_unit}


def test_the_exit_code_and_what_is_shown() -> None:
    now = made(("empty", "rust", 0.3), ("empty", BARE, 0.05), ("gone", "rust", 0.1))
    assert verdict.exit_code(now) == 0
    now[KEY]["comparison"] = comparison.compare(now, made(("empty", "rust", 0.1)))
    assert verdict.exit_code(now) == 1
    shown = telling.markdown(now)
    assert "**LOST SPEED: empty on rust: +200 % time**" in shown
    assert "Only in one of the two: gone on rust." in shown
    assert "| empty | rust | time |" in shown
    html = page.html_page(now)
    assert 'class="differs">lost<' in html
    assert "LOST SPEED" in html
    assert verdict.exit_code(made()) == 2


def test_the_table_of_a_group() -> None:
    found = made(("empty", "python", 0.02), ("empty", "rust", 0.0002), ("empty", BARE, 0.00005))
    (section,) = report.sections(found)
    assert section.heads[:5] == ["case", "python", "rust", BARE, "python / rust"]
    assert section.rows == [["empty", "20,000", "200", "50.0", "100.0", "-", "150", "1,000", "1 %"]]


def test_a_series_tells_what_each_more_costs() -> None:
    found = made(("bars: 1,000", "rust", 0.001), ("bars: 2,000", "rust", 0.003))
    for benchmark, bars in zip(found["benchmarks"], (1000, 2000), strict=True):
        benchmark["extra_info"] |= {"group": "bars", "x": bars, "bars": bars, "units": bars}
    (section,) = report.sections(found)
    assert section.rows == [
        ["1,000", "1,000", "1,000", "-"],
        ["2,000", "2,000", "1,500", "2,000"],
    ]


def test_what_a_backend_cannot_run_is_left_out_with_the_reason() -> None:
    chosen = [case for case in cases() if case.name == "sweep of 200 pairs"]
    plan = Plan(chosen, ("python",))
    lacking = Plan([replace(chosen[0], needs=("NoSuchStrategy",))], ("python",))
    assert lacking.timings() == []
    assert lacking.left_out[0]["why"] == "it has no NoSuchStrategy"
    assert len(plan.timings()) + len(plan.left_out) == 1


@needs_two
def test_all_natives_and_callbacks_give_the_same_on_every_backend() -> None:
    for case in cases():
        if case.group not in {"native", "callbacks"}:
            continue
        plan = Plan([case], ("python", *OTHERS))
        for timing in plan.timings():
            if timing.name != BARE:
                mine, theirs, _, _ = plan.compare(case, timing.name, 2000)
                assert mine == theirs, timing


@pytest.mark.skipif("rust" not in OTHERS, reason="Rust alone runs so many positions")
def test_where_no_other_backend_is_fast_enough_the_same_goes_without_short_cuts() -> None:
    (case,) = [case for case in cases(0.001) if case.name == "open positions: 1,000"]
    mine, theirs, _, other = Plan([case], ("rust",)).compare(case, "rust", 1100)
    assert mine == theirs
    assert other == "rust, without short cuts"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind counts instructions")
def test_instructions_are_counted_run_by_run() -> None:
    chosen = [case for case in cases() if case.name in {"empty", "latest().close"}]
    wanted = {(case.name, "python") for case in chosen}
    empty, reading = count(chosen, wanted, {"python": 100})
    assert (empty["case"], reading["case"]) == ("empty", "latest().close")
    assert empty["units"] == 100
    # A bar of the plain reference takes some 100,000; a start of Python alone far more.
    assert 10_000 < empty["per_unit"] < reading["per_unit"] < 1_000_000


def test_the_workload_is_the_built_in_strategy_in_other_words() -> None:
    market = market_of(2000)
    built_in = EngineRun("python", market, lambda engine, *_: engine.EmaCross(TIMEFRAME))
    built_in.run()
    plain = EngineRun("python", market, strategy_of(PLAIN))
    plain.run()
    replayed = EngineRun(
        "python", market, lambda engine, *_: Replay(engine.TradeSignal, market.signals)
    )
    replayed.run()
    assert built_in.digest() == plain.digest() == replayed.digest()


@needs_two
def test_options_that_are_given_again_add_up() -> None:
    named = bench("--list", "--cases", "empty", "--cases", "indicators, progress").stdout
    groups = {line.partition(":")[0] for line in named.splitlines()}
    assert groups == {"callbacks", "indicators", "progress"}
    assert bench("--list", "--cases", "empty").stdout.splitlines() == ["callbacks: empty"]
    refused = bench("--backends", "python", "--backends", "fortran")
    assert "backends is 'python,fortran'" in refused.stdout
    assert "fillproof[report]" in bench("--help").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--cases", "nothing"), "cases is 'nothing'"),
        (("--backends", "fortran"), "backends is 'fortran'"),
        (("--json", "no/such/folder/a.json"), "there is no folder"),
        (("--compare", "pyproject.toml"), "compare is"),
    ],
)
def test_what_is_wrong_is_said(arguments: tuple[str, ...], told: str) -> None:
    done = bench(*arguments)
    assert done.returncode == 3
    assert told in " ".join(done.stdout.split())


def test_the_shares_by_phase_add_up(engine: ModuleType) -> None:
    (name,) = [key for key, package in backends.PACKAGES.items() if package == engine.__name__]
    found = measure(name, 1200)
    assert found["backend"] == name
    # On Rust what signals cost is not told apart.
    apart = PHASES if name != "rust" else [phase for phase in PHASES if phase != "portfolio"]
    assert set(found["ns"]) == set(apart)
    assert all(ns >= 0.0 for ns in found["ns"].values())
    assert found["ns"]["loop"] > 0.0
    if name != "rust":
        # What a progress callback takes that does nothing is far below what signals take.
        assert found["ns"]["progress"] < found["ns"]["execution"]


def test_watches_count_calls_within_calls_once() -> None:
    watch = Stopwatch()

    def inner() -> None:
        sleep(0.2)

    timed = watch.around("portfolio", inner)
    watch.around("execution", lambda: (sleep(0.01), timed()))()
    assert watch.spent["portfolio"] >= 0.2e9
    assert 0.01e9 <= watch.spent["execution"] < watch.spent["portfolio"]
    assert watch.calls == {("portfolio", "execution"): 1, ("execution", ""): 1}


def test_spread_of_one_round() -> None:
    assert spread([1.0]) == 0.0
