"""A user's own strategy and data, where a candidate can less, or may differ."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fillproof import backends
from fillproof.conformance.proof.entries import Entry
from fillproof.conformance.proof.job_report import job_report
from fillproof.conformance.proof.known_gaps import Gap, Gaps
from fillproof.conformance.proof.tolerances import Allowance, read_tolerances

from .planted import EARLY_STOP, SAME, Doctor, Prove

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
