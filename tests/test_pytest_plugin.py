"""The pytest plugin, in pytest sessions of their own."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
CANDLES = """
from fillproof import data

pair = data.eurusd_h1_2017()
BID, ASK = pair.bid[:160], pair.ask[:160]


class Breakout:
    def on_data(self, slice_map):
        view = slice_map["EURUSD"]
        day = view.history("H1", "bid", 24)
        bid, ask = view.latest("H1", "bid"), view.latest("H1", "ask")
        if len(day) < 24 or bid.close < max(bar.high for bar in day[:-1]):
            return None
        return {"direction": "buy", "sl": bid.close - 0.0020, "tp": ask.close + 0.0020}
"""
GOLDEN = """
from candles import ASK, BID, Breakout


def test_breakout(fillproof_backend, fillproof_golden):
    result = fillproof_backend.run_backtest(BID, ASK, Breakout(), symbol="EURUSD")
    assert result.backend == fillproof_backend.name
    assert fillproof_backend.Portfolio(5.0).cash == 5.0
    fillproof_golden(result)
"""
VERIFY = """
from candles import ASK, BID, Breakout
from fillproof import EmaCross


class Careful(Breakout):
    def on_data(self, slice_map):
        found = super().on_data(slice_map)
        if found and "rsengine" in type(slice_map["EURUSD"]).__module__:
            found["sl"] -= 0.0001
        return found


class Forgetful(Breakout):
    runs = []

    def __init__(self):
        self.runs.append(self)

    def on_data(self, slice_map):
        return super().on_data(slice_map) if len(self.runs) == 1 else None


def test_same(fillproof_verify):
    result = fillproof_verify(BID, ASK, Breakout, symbol="EURUSD")
    assert result.backend == "python" and result.trades.num_rows > 0


def test_built_in(fillproof_verify):
    fillproof_verify(BID, ASK, EmaCross("H1", 3, 9), symbol="EURUSD")


def test_different(fillproof_verify):
    fillproof_verify(BID, ASK, Careful(), symbol="EURUSD")


def test_unsteady(fillproof_verify):
    fillproof_verify(BID, ASK, Forgetful, symbol="EURUSD")


def test_idle(fillproof_verify):
    fillproof_verify(BID, ASK, lambda index, slice_map: None, symbol="EURUSD")


def test_shared(fillproof_verify):
    fillproof_verify(BID, ASK, Breakout, symbol="EURUSD", tracer=object())
"""
PRETEND = """
from fillproof import backends

real = backends.status


def status(name):
    if name == "rust":
        return backends.Status(name, {state!r}, "as if", "the cure")
    return real(name)


backends.status = status
"""


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of tests, run without any plugin but this one."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(candles=CANDLES)
    return pytester


def run(session: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    options = ("-p", "fillproof.pytest_plugin", "-p", "no:cacheprovider", "-W", "error", "-rs")
    return session.runpytest_subprocess(*options, *arguments, timeout=300)


def test_it_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"fillproof": "fillproof.pytest_plugin"}


def test_loading_it_loads_no_engine_and_no_harness(session: pytest.Pytester) -> None:
    session.makepyfile(
        """
        import sys

        HEAVY = {"pyengine", "rsengine", "numpy", "pyarrow"}

        def test_nothing_is_loaded(pytestconfig):
            assert pytestconfig.pluginmanager.has_plugin("fillproof.pytest_plugin")
            assert not HEAVY & {name.split(".")[0] for name in sys.modules}
            assert not [name for name in sys.modules if name.startswith("fillproof.conformance")]
            assert "fillproof.backends" not in sys.modules
        """
    )
    run(session).assert_outcomes(passed=1)


def test_a_golden_is_filled_by_the_reference_and_held_on_all(session: pytest.Pytester) -> None:
    session.makepyfile(test_mine=GOLDEN)
    path = session.path / "fillproof_golden" / "test_mine.test_breakout.json"

    before = run(session, "--fillproof-backend", "python")
    before.assert_outcomes(failed=1)
    cure = "pytest --fillproof-refill --fillproof-backend python 'test_mine.py::test_breakout'"
    before.stdout.fnmatch_lines([f"no golden: *test_mine.test_breakout.json; * at it: {cure}"])

    filled = run(session, "--fillproof-refill")
    filled.assert_outcomes(passed=1, failed=2)
    filled.stdout.fnmatch_lines(
        ["--fillproof-refill: refused for a result of rust: a golden is made by the reference; *"]
    )
    golden = json.loads(path.read_text())
    assert golden["backend"] == "python"
    assert golden["tables"]["equity"]["rows"] == 160

    held = run(session, "-v")
    held.assert_outcomes(passed=3)
    held.stdout.fnmatch_lines(
        [f"*test_breakout[[]{name}]*" for name in ("python", "cython", "rust")]
    )

    golden["digest"] = "0" * 64
    golden["tables"]["trades"]["rows"] += 1
    golden["exact"]["cash"] = "1.0"
    path.write_text(json.dumps(golden))
    changed = run(session, "--fillproof-backend", "rust")
    changed.assert_outcomes(failed=1)
    changed.stdout.fnmatch_lines(
        [
            "*test_mine.test_breakout.json says otherwise:",
            f"digest {'0' * 64} in the golden, * on rust",
            "trades: * rows in the golden, * now, not equal",
            "cash: 1.0 in the golden, * now",
        ]
    )
    changed.stdout.no_fnmatch_line("equity: *")


def test_backends_are_held_against_each_other(session: pytest.Pytester) -> None:
    session.makepyfile(test_mine=VERIFY)
    done = run(session)
    done.assert_outcomes(passed=2, failed=4)
    done.stdout.fnmatch_lines(
        [
            "*_ test_different _*",
            "this test: python against rust",
            "stop_loss by S1.signal is * on python, * on rust",
            "first divergence in signal, symbol EURUSD, bar *, field stop_loss",
            "*bid left, ask right",
            "*◆ python stop_loss *, ◇ rust stop_loss *",
            "again: pytest 'test_mine.py::test_different'",
            "*_ test_unsteady _*",
            "not proven: the reference differs from itself; give a class *",
            "*_ test_idle _*",
            "not proven: 0 trades, expected at least 1; *",
            "*ValueError: tracer is given; expected None: *",
        ]
    )


def test_one_backend_alone_proves_nothing(session: pytest.Pytester) -> None:
    session.makepyfile(test_mine=VERIFY)
    done = run(session, "--fillproof-backend", "python", "-k", "test_same")
    done.assert_outcomes(skipped=1, deselected=5)
    done.stdout.fnmatch_lines(
        ["*nothing to hold python against: --fillproof-backend names one alone"]
    )


def test_an_absent_backend_is_skipped_but_not_where_it_is_asked_for(
    session: pytest.Pytester,
) -> None:
    session.makeconftest(PRETEND.format(state="absent"))
    session.makepyfile("def test_it(fillproof_backend): assert fillproof_backend.name")
    done = run(session)
    done.assert_outcomes(passed=2, skipped=1)
    done.stdout.fnmatch_lines(["*backend rust: absent: as if; cure: the cure"])

    asked = run(session, "--fillproof-backend", "rust")
    assert asked.ret == pytest.ExitCode.USAGE_ERROR
    asked.stderr.fnmatch_lines(["ERROR: --fillproof-backend rust: absent: as if; cure: the cure"])


def test_a_backend_out_of_date_is_an_error(session: pytest.Pytester) -> None:
    session.makeconftest(PRETEND.format(state="stale"))
    session.makepyfile(
        """
        from candles import ASK, BID, Breakout

        def test_it(fillproof_verify):
            fillproof_verify(BID, ASK, Breakout, symbol="EURUSD")
        """
    )
    done = run(session)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["backend rust: stale: as if; cure: the cure"])


def test_refusals_come_before_the_first_test(
    session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.makepyfile("def test_it(): pass")
    unknown = run(session, "--fillproof-backend", "julia")
    assert unknown.ret == pytest.ExitCode.USAGE_ERROR
    unknown.stderr.fnmatch_lines(
        ["ERROR: --fillproof-backend julia: backend is 'julia'; expected *"]
    )
    monkeypatch.setenv("CI", "true")
    refilled = run(session, "--fillproof-refill")
    assert refilled.ret == pytest.ExitCode.USAGE_ERROR
    refilled.stderr.fnmatch_lines(["ERROR: --fillproof-refill: refused where CI is set: *"])
