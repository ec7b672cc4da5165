"""A user's own strategy and data: every answer, and what each of them takes."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fillproof.conformance.proof.job_report import job_report
from fillproof.conformance.tests.caching import Caching

from .planted import BARS, EARLY_STOP, SAME, Doctor, Prove


def test_same(prove: Prove, doctored: Doctor) -> None:
    copy = doctored(*SAME)
    found = prove("Steady", copy)
    assert (found.exit_code, found.doubts) == (0, [])
    report = job_report(found)
    schema = json.loads(
        (Path(__file__).parents[2] / "schema" / "report.schema.json").read_text(encoding="utf-8")
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
