"""A user's own strategy and data: every answer, and what each of them takes."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from typer.testing import CliRunner

from fillproof import backends
from fillproof.conformance import cli
from fillproof.conformance.candidates import spec_of
from fillproof.conformance.cli import verify
from fillproof.conformance.jobs import read_job
from fillproof.conformance.proof.entries import Entry
from fillproof.conformance.proof.job_report import job_report
from fillproof.conformance.proof.known_gaps import Gap, Gaps
from fillproof.conformance.proof.question import Question
from fillproof.conformance.proof.tolerances import Allowance, read_tolerances
from fillproof.conformance.proof.verify_job import JobOptions, JobProof, prove_job
from fillproof.conformance.suite import golden_folder, load_rules
from fillproof.conformance.tests.caching import Caching, doctor_copy

START = datetime(2024, 1, 2, tzinfo=UTC)
BARS = 240
STRATEGIES = '''
import random
import time

_calls = []


def order(slice_map, stop=0.0012):
    view = slice_map["EURUSD"]
    bid, ask = view.latest("M1", "bid"), view.latest("M1", "ask")
    return {"direction": "buy", "sl": bid.close - stop, "tp": ask.close + 0.0012}


class Steady:
    def on_data(self, slice_map):
        return order(slice_map) if slice_map["EURUSD"].index % 12 == 5 else None


class Dice:
    def on_data(self, slice_map):
        return order(slice_map) if random.random() < 0.2 else None


class Clock:
    def on_data(self, slice_map):
        wobble = time.perf_counter() % 1 * 1e-5
        return order(slice_map, 0.001 + wobble) if slice_map["EURUSD"].index % 12 == 5 else None


class Kept:
    def on_data(self, slice_map):
        _calls.append(1)
        return order(slice_map) if len(_calls) % 100 == 7 else None


class Hashed:
    def on_data(self, slice_map):
        return order(slice_map, 0.001 + hash("a") % 9973 * 1e-7) if slice_map["EURUSD"].index == 9 else None


class Mute:
    def on_data(self, slice_map):
        return None


class Far:
    def on_data(self, slice_map):
        signal = {"direction": "buy", "type": "limit", "entry": 0.5, "sl": 0.4, "tp": 0.6}
        return signal if slice_map["EURUSD"].index % 50 == 1 else None


class Raises:
    def on_data(self, slice_map):
        if slice_map["EURUSD"].index == 7:
            raise KeyError("M17")


class Handed:
    """Acts by another way than signals, which no script can repeat."""

    def __init__(self):
        self.position_manager = self

    def on_data(self, slice_map):
        return order(slice_map) if slice_map["EURUSD"].index % 12 == 5 else None

    def manage_positions(self, *, open_positions, **rest):
        for position in open_positions:
            position.stop_loss = position.stop_loss + 0.00001
'''  # noqa: E501
SAME = ("exits.py", "reason = position.stop_reason", "reason = position.stop_reason + ''")
EARLY_STOP = ("exits.py", "quote.bid_low <= near_stop", "quote.bid_low <= near_stop + 0.00012")
RULES = load_rules(golden_folder())
Doctor = Callable[[str, str, str], str]
Prove = Callable[..., JobProof]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Strategies and candles of a user: four hours of minutes that go up and down."""
    made = tmp_path_factory.mktemp("user")
    (made / "mine.py").write_text(STRATEGIES, encoding="utf-8")
    rows = ["timestamp,open,high,low,close"]
    price, dice = 110_000, random.Random(3)
    for bar in range(BARS):
        close = price + dice.randint(-60, 60)
        high, low = max(price, close) + bar % 5, min(price, close) - bar % 7
        time = (START + timedelta(minutes=bar)).isoformat()
        rows.append(",".join([time, *(f"{item / 1e5:.5f}" for item in (price, high, low, close))]))
        price = close
    (made / "bars.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def kept() -> Iterator[Caching]:
    found = Caching()
    yield found
    found.close()


@pytest.fixture(scope="module")
def doctored(tmp_path_factory: pytest.TempPathFactory) -> Doctor:
    copies = tmp_path_factory.mktemp("copies")
    return lambda module, old, new: doctor_copy(copies / f"{abs(hash(new))}", module, old, new)


def question(folder: Path, name: str, **more: Any) -> Question:
    job = read_job(
        strategy=f"mine.py:{name}",
        data=Path("bars.csv"),
        spread=1.0,
        symbol="EURUSD",
        folder=folder,
        **more,
    )
    return Question(job)


@pytest.fixture
def prove(folder: Path, kept: Caching) -> Prove:
    def verify_it(name: str, *candidates: str, connect: Any = kept, **options: Any) -> JobProof:
        asked = JobOptions(
            min_coverage=options.pop("min_coverage", None), require=options.pop("require", ())
        )
        specs = [spec_of(text, folder) for text in candidates]
        found = question(folder, name)
        python = spec_of("python")
        return prove_job(found, python, specs, RULES, connect=connect, options=asked, **options)

    return verify_it


def test_same(prove: Prove, doctored: Doctor) -> None:
    copy = doctored(*SAME)
    found = prove("Steady", copy)
    assert (found.exit_code, found.doubts) == (0, [])
    report = job_report(found)
    schema = json.loads(
        (Path(__file__).parent.parent / "schema" / "report.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(report, schema)
    assert (report["kind"], report["answer"], report["cases"]) == ("job", "same", 1)
    python, other = report["backends"]
    assert python["digest"] == other["digest"]
    assert python["asked"] == other["asked"] == BARS
    assert python["signals_given"] == 20
    assert python["rules"]["S1.signal"] == 20
    assert "X1.stop" in python["coverage"]["exercised"]
    assert "X2.gap_stop" in python["coverage"]["missing"]
    assert report["job"]["bars"] == BARS
    assert report["job"]["data"][0]["path"].endswith("bars.csv")
    assert len(report["equity"]["time_us"]) == BARS
    assert any("never met" in note and "X2.gap_stop" in note for note in report["notes"])


def test_difference_is_found_in_its_bar_with_the_candles_around(
    prove: Prove, doctored: Doctor
) -> None:
    found = prove("Steady", doctored(*EARLY_STOP))
    assert found.exit_code == 1
    (held,) = found.held
    assert held.parting is not None
    story = held.parting.story
    assert (story["stage"], story["kind"], story["phase"]) == ("fill", "exit", "EXITS")
    assert story["sides"][held.side.label]["rule"] == "X1.stop"
    assert story["missing_on"] == "python"
    assert [row["bar"] - story["bar"] for row in story["bars_around"]] == [-2, -1, 0, 1, 2]
    assert story["states"]["python"]["positions"] != []
    assert "--strategy mine.py:Steady --data bars.csv" in story["command"]
    assert story["command"].endswith(f"--reference python --candidate {held.side.label}")


def test_window_of_a_long_run_tells_the_same_as_the_whole_trace(
    prove: Prove, doctored: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = doctored(
        "exits.py",
        "return rule, reason, capped_stop(stop, quote, position.sign), True, tie",
        "off = 0.00001 if quote.time_us > 1704164400000000 else 0.0\n"
        "        return rule, reason, capped_stop(stop, quote, position.sign) + off, True, tie",
    )
    whole = prove("Steady", late).held[0].parting
    monkeypatch.setattr("fillproof.conformance.proof.first_place._WHOLE", 20)
    part = prove("Steady", late).held[0].parting
    assert whole is not None
    assert part is not None
    assert whole.bar is not None
    assert whole.bar > 60, "the window begins after the first bar"
    assert part.story == whole.story
    assert part.story["states"]["python"]["ledger"]["closed"] > 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Dice", "two runs in one process part first in bar"),
        ("Clock", "part first in bar 5, where the strategy signals long entry"),
        ("Kept", "two runs in one process part first in bar"),
        ("Hashed", "runs in two processes part first in bar 9, where the strategy signals"),
    ],
)
def test_strategy_that_differs_from_itself_is_not_proven(
    prove: Prove, name: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fillproof.conformance.candidates import connect

    # Test runners fix it, and then all processes hash alike.
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    found = prove(name, connect=connect)
    assert found.exit_code == 2
    assert found.doubts[0].startswith("python differs from itself: ")
    assert told in found.doubts[0]


def test_nobody_is_held_against_what_differs_from_itself(
    prove: Prove, doctored: Doctor, kept: Caching
) -> None:
    copy = doctored(*EARLY_STOP)
    second = itertools.count()

    def unsteady(spec: Any) -> Any:
        client = kept(spec)
        ask = client.ask

        def differing(request: dict[str, Any], seconds: float) -> Any:
            answer = ask(request, seconds)
            if spec.label == "python" and request["do"] == "job":
                answer = {**answer, "outcome": {**answer["outcome"], "rejected": next(second)}}
            return answer

        vars(client)["ask"] = differing
        return client

    found = prove("Steady", copy, connect=unsteady)
    assert found.exit_code == 2
    assert "python differs from itself" in found.doubts[0]
    assert found.held[0].parting is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Mute", "the strategy gave no signal in 240 bars: nothing was traded"),
        ("Far", "none of 5 signals was filled in 240 bars: no fill, no exit and no fee"),
    ],
)
def test_too_little_is_not_proven(prove: Prove, doctored: Doctor, name: str, told: str) -> None:
    copy = doctored(*SAME)
    found = prove(name, copy)
    assert found.exit_code == 2
    assert told in found.doubts[0]


def test_same_modules_and_no_candidate_prove_nothing(prove: Prove) -> None:
    assert prove("Steady").doubts == ["no candidate was named: nothing was compared"]
    found = prove("Steady", "python")
    assert found.exit_code == 2
    assert "ran the same modules as python: nothing was compared" in found.doubts[0]


def test_candidate_that_did_not_ask_the_strategy_is_not_proven(
    prove: Prove, doctored: Doctor, kept: Caching
) -> None:
    copy = doctored(*SAME)
    prove("Steady", copy)
    answers = {
        key: answer for key, answer in kept.answers.items() if key[0] == copy and "Steady" in key[1]
    }
    key, answer = next(iter(answers.items()))
    idle = {**answer, "outcome": {**answer["outcome"], "asked": 0}}
    kept.answers[key] = idle
    try:
        found = prove("Steady", copy)
    finally:
        kept.answers[key] = answer
    assert found.exit_code == 2
    assert any("asked the strategy 0 times, python 240" in doubt for doubt in found.doubts)


def test_rules_that_were_asked_for(prove: Prove, doctored: Doctor) -> None:
    copy = doctored(*SAME)
    assert prove("Steady", copy, require=("X1.*", "S1.signal")).exit_code == 0
    found = prove("Steady", copy, require=("X1.*", "X2.*", "P6.swap"))
    assert found.exit_code == 2
    assert "the job does not exercise what was required: X2.*, P6.swap" in found.doubts
    found = prove("Steady", copy, min_coverage=50.0)
    assert found.exit_code == 2
    assert "50 % were asked for" in found.doubts[0]


def test_error_of_the_strategy_is_an_error(prove: Prove, doctored: Doctor) -> None:
    copy = doctored(*SAME)
    found = prove("Raises", copy)
    assert found.exit_code == 3
    rows = [row for backend in job_report(found)["backends"] for row in backend["not_passed"]]
    assert [row["verdict"] for row in rows] == ["error", "error"]
    assert "KeyError: 'M17'" in rows[0]["reason"]
    assert "mine.py" in rows[0]["reason"]


def test_crash_is_an_error(prove: Prove, doctored: Doctor) -> None:
    from fillproof.conformance.candidates import connect

    falls = doctored("exits.py", "reason = position.stop_reason", "import os; reason = os._exit(7)")
    found = prove("Steady", falls, connect=connect)
    assert found.exit_code == 3
    assert found.held[0].side.fallen is not None
    assert "exit code 7" in found.held[0].side.fallen[1]


def test_absent_candidate_is_not_proven(prove: Prove, tmp_path: Path) -> None:
    (tmp_path / "pyengine").mkdir()
    (tmp_path / "pyengine" / "__init__.py").write_text("EXPORTS = {}\n", encoding="utf-8")
    found = prove("Steady", f"python@{tmp_path}")
    assert found.exit_code == 2
    assert "is absent" in found.doubts[0]


REPLAYER = """
import rsengine
from fillproof.conformance.adapters import engine
from fillproof.conformance.play import play

FIELDS = (
    "order_id", "direction", "size", "entry_time_us", "entry_price", "exit_time_us", "exit_price",
    "result",
)


@engine(trade_fields=FIELDS)
def exact(case):
    closed = play(rsengine, {**case, "kind": "run"})["trades"]["closed"]
    return {"trades": [{name: trade[name] for name in FIELDS} for trade in closed]}


@engine(trade_fields=FIELDS)
def off(case):
    trades = exact(case)["trades"]
    trades[3]["exit_price"] += 0.00001
    return {"trades": trades}
"""


@pytest.mark.skipif(not backends.status("rust").ok, reason="the candidate is made of it")
def test_candidate_of_cases_is_given_the_signals(prove: Prove, folder: Path) -> None:
    (folder / "replayer.py").write_text(REPLAYER, encoding="utf-8")
    found = prove("Steady", "callable:replayer.py:exact")
    assert (found.exit_code, found.doubts) == (0, [])
    report = job_report(found)
    (comparison,) = report["comparisons"]
    assert comparison["compared"] == 1
    assert {"equity", "events", "trades.swap"} <= set(comparison["not_compared"])
    assert any("was given the signals that it gave on python" in note for note in report["notes"])
    off = prove("Steady", "callable:replayer.py:off")
    assert off.exit_code == 1
    assert off.held[0].parting is not None
    story = off.held[0].parting.story
    assert (story["kind"], story["order_id"], story["field"]) == ("exit", 4, "price")
    assert story["sides"]["python"]["rule"] in {"X1.stop", "X1.target"}
    assert story["bars_around"]


def test_what_no_script_can_repeat_is_not_proven(prove: Prove, folder: Path) -> None:
    (folder / "replayer.py").write_text(REPLAYER, encoding="utf-8")
    found = prove("Handed", "callable:replayer.py:exact")
    assert found.exit_code == 2
    (doubt, *_) = found.doubts
    assert "skipped the job: no case can repeat this: the position manager is the user's" in doubt
    row = job_report(found)["backends"][1]["not_passed"][0]
    assert row["verdict"] == "skip"


def test_expected_failure_of_a_job_and_the_rest_after_it(prove: Prove, doctored: Doctor) -> None:
    copy = doctored(*EARLY_STOP)
    entry = Entry("early", "takes stops early", "ana", date(2027, 3, 31))
    known = Gaps([Gap(entry, (("rule", "X1.stop"),))], date(2027, 1, 1))
    found = prove("Steady", copy, gaps=known)
    assert (found.exit_code, found.doubts) == (0, [])
    report = job_report(found)
    assert report["comparisons"][0]["gaps"][0]["state"] == "expected"
    assert len(found.held[0].met) >= 1
    assert any("showed known gaps in bars" in note for note in report["notes"])


def test_something_else_after_a_known_gap_is_found(prove: Prove, doctored: Doctor) -> None:
    copy = doctored(
        "exits.py",
        "return rule, reason, capped_stop(stop, quote, position.sign), True, tie",
        "off = 0.00001\n"
        "        return rule, reason, capped_stop(stop, quote, position.sign) + off, True, tie",
    )
    # The target slips as well, which no entry names.
    text = Path(copy.partition("@")[2], "pyengine", "exits.py")
    source = text.read_text(encoding="utf-8")
    if "TAKE_PROFIT_REASON, target, False, tie" in source:
        text.write_text(
            source.replace(
                "TAKE_PROFIT_REASON, target, False, tie",
                "TAKE_PROFIT_REASON, target - 0.00001, False, tie",
            ),
            encoding="utf-8",
        )
    entry = Entry("stops", "stops slip", "ana", date(2027, 3, 31))
    known = Gaps([Gap(entry, (("rule", "X1.stop"),))], date(2027, 1, 1))
    found = prove("Steady", copy, gaps=known)
    assert found.exit_code == 1
    held = found.held[0]
    assert held.parting is not None
    assert held.parting.story["sides"]["python"]["rule"] == "X1.target"


def test_gap_that_passes_in_a_job(prove: Prove, doctored: Doctor) -> None:
    copy = doctored(*SAME)
    entry = Entry("early", "takes stops early", "ana", date(2027, 3, 31))
    today = date(2027, 1, 1)
    found = prove("Steady", copy, gaps=Gaps([Gap(entry, (("rule", "X1.stop"),))], today))
    assert found.exit_code == 2
    assert "known gap early passes on" in found.doubts[0]
    # A rule that the job never met says nothing of its gap.
    met = Gaps([Gap(entry, (("rule", "X2.gap_stop"),))], today)
    assert prove("Steady", copy, gaps=met).exit_code == 0


def test_tolerance_of_a_job(prove: Prove, doctored: Doctor, tmp_path: Path) -> None:
    copy = doctored(
        "equity_curve.py",
        "if not equity_worst < equity:\n            equity_worst = equity\n",
        "if not equity_worst < equity:\n            equity_worst = equity\n"
        "        equity_worst = equity_worst - 0.001\n",
    )
    path = tmp_path / "t.toml"
    path.write_text(
        "[[tolerance]]\nfield = 'equity.equity_worst'\namount = 0.2\nunit = 'cents'\n"
        "reason = 'rounds down'\nowner = 'ana'\nexpires = 2027-03-31\n",
        encoding="utf-8",
    )
    assert prove("Steady", copy).exit_code == 1
    allowed = Allowance(read_tolerances(path), date(2027, 1, 1))
    found = prove("Steady", copy, allowance=allowed)
    assert (found.exit_code, found.doubts) == (0, [])
    (row,) = job_report(found)["comparisons"][0]["tolerated"]
    assert row["field"] == "equity.equity_worst"
    assert row["case"] == "mine.py:Steady on EURUSD"


@pytest.mark.parametrize("named", [["python,cython"], ["python", "cython"], ["python , cython,"]])
def test_backends_that_are_given_again_add_up(
    monkeypatch: pytest.MonkeyPatch, named: list[str]
) -> None:
    asked: list[list[str]] = []

    def verified(specs: list[Any], *_: Any, **__: Any) -> None:
        asked.append([spec.label for spec in specs])
        raise ValueError("that is enough")

    monkeypatch.setattr(cli, "verify_backends", verified)
    app = typer.Typer()
    app.command()(verify)
    CliRunner().invoke(app, [word for name in named for word in ("--backends", name)])
    assert asked == [["python", "cython"]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--strategy", "mine.py:Steady", "--symbol", "GBPUSD"], "symbol is 'GBPUSD'"),
        (["--strategy", "ema-cross", "--only", "execution/*"], "--only is about golden cases"),
        (["--strategy", "ema-cross", "--require-rules", "X77.*"], "names 'X77.*'"),
        (["--strategy", "ema-cross", "--candidate", "java"], "candidate 'java' is none"),
        (["--data", "absent.csv", "--spread", "1", "--symbol", "EURUSD"], "no such file"),
        (["--strategy", "ema-cross", "--bisect", "trades"], "expected modules"),
        (["--strategy", "ema-cross", "--tolerances", "absent.toml"], "absent.toml"),
        (["--strategy", "ema-cross", "--config", "absent.toml"], "absent.toml"),
    ],
)
def test_wrong_options_are_told_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "400")
    app = typer.Typer()
    app.command()(verify)
    done = CliRunner().invoke(app, [*arguments, "--backends", "python,cython"])
    assert done.exit_code == 3, done.output
    assert "error: " in done.output
    assert told in " ".join(done.output.split())
    assert "Traceback" not in done.output
