"""An engine in C, written by the joining guide, agrees bit for bit in all that it claims.

It is built by the compiler of the machine, like any stranger's engine; without one there is
nothing to test.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fillproof.conformance.candidates import connect, known_gaps_of, spec_of
from fillproof.conformance.client import Candidate
from fillproof.conformance.compare import first_difference
from fillproof.conformance.given import restrict
from fillproof.conformance.given_golden import check_given
from fillproof.conformance.jobs import read_job
from fillproof.conformance.proof.known_gaps import Gaps, gaps_of, read_gaps
from fillproof.conformance.suite import Case, load_suite
from fillproof.conformance.verification import verify_backends

SOURCE = Path(__file__).parents[2] / "examples" / "third-engine-c"
# Entries end some day; what is tested here is what they say until then.
TODAY = date(2026, 11, 27)
PLAYED = 908


def copied(folder: Path) -> Path:
    """Copy the sources, so that nothing is built in the checkout."""
    target = folder / "third-engine-c"
    shutil.copytree(SOURCE, target, ignore=shutil.ignore_patterns("engine", "engine.exe"))
    return target


def build(folder: Path) -> str:
    """Build the engine in a folder; return the text that names it as a candidate."""
    compiler, make = shutil.which(os.environ.get("CC", "cc").split()[0]), shutil.which("make")
    if compiler is None or make is None:
        pytest.skip("there is no C compiler or no make")
    done = subprocess.run([make], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return f"adapter:{folder / 'adapter.toml'}"


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(copied(tmp_path_factory.mktemp("third")))


def data(case: Case) -> dict[str, Any]:
    return {**case.data, "id": case.id, "kind": case.kind}


def ask(client: Candidate, case: Case) -> dict[str, Any]:
    request = {"do": "case", "case": case.data}
    if case.kind == "whole":
        request = {"do": "whole", "run": case.data}
    return client.ask(request, 5.0)


def test_it_holds_every_golden_that_it_plays_and_says_why_it_skips_the_rest(adapter: str) -> None:
    gaps = Gaps(gaps_of(None, {"third": known_gaps_of(adapter)}), today=TODAY)
    played = 0
    with connect(adapter) as client:
        for case in load_suite().cases:
            answer = ask(client, case)
            if "skip" in answer:
                assert gaps.excuse("third", case.id, None, answer["skip"]), (case.id, answer)
                continue
            found, _, _ = check_given(data(case), answer["outcome"], client.hello)
            assert found is None, f"{case.id}: {found}"
            played += 1
        assert client.ask({"do": "proof"}, 5.0)["proof"]["faults"] == []
    # New cases may add to what it plays; fewer would mean that it hides behind its list.
    assert played >= PLAYED
    assert gaps.faults(["third"]) == []


def test_verify_calls_it_the_same_within_its_gaps(adapter: str) -> None:
    gaps = Gaps(gaps_of(None, {adapter: known_gaps_of(adapter)}), today=TODAY)
    suite = load_suite(only="exits/E5.l*")
    found = verify_backends([spec_of("python"), spec_of(adapter)], suite, gaps=gaps)
    assert (found.exit_code, found.doubts) == (0, [])
    (comparison,) = found.comparisons
    assert 0 < comparison.compared < len(suite.cases)
    assert "events" in comparison.not_compared


def test_a_list_that_has_ended_or_is_not_needed_is_a_fault(adapter: str, tmp_path: Path) -> None:
    listed = gaps_of(None, {adapter: known_gaps_of(adapter)})
    suite = load_suite(only="exits/E5.limit_stop_ambiguous/*")
    pair = [spec_of("python"), spec_of(adapter)]
    ended = verify_backends(pair, suite, gaps=Gaps(listed, today=date(2030, 1, 1)))
    assert ended.exit_code == 2
    assert any("known gap intrabar modes expired on 2029-12-31" in told for told in ended.doubts)
    path = tmp_path / "gaps.toml"
    path.write_text(
        '[[gap]]\nid = "dividends"\nskip = "asks for dividends*"\nreason = "none"\n'
        'owner = "examples"\nexpires = 2029-12-31\n',
        encoding="utf-8",
    )
    unneeded = Gaps(read_gaps(path), today=TODAY)
    assert unneeded.excuse(adapter, "a/b/c", None, "asks for oco a") is None
    assert unneeded.faults([adapter], whole=False) == []
    assert "fits nothing" in unneeded.faults([adapter])[0]


def test_a_gap_about_skips_excuses_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "gaps.toml"
    entry = '[[gap]]\nid = "all"\nskip = "*"\nreason = "r"\nowner = "o"\nexpires = 2029-12-31\n'
    path.write_text(entry, encoding="utf-8")
    gaps = Gaps(read_gaps(path), today=TODAY)
    assert gaps.excuse("third", "a/b/c", {"field": "price", "sides": {}}) is None
    assert gaps.excuse("third", "a/b/c", None) is None
    assert gaps.excuse("third", "a/b/c", None, "asks for anything") is not None
    path.write_text(entry + 'rule = "X1.stop"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="skip stands alone"):
        read_gaps(path)


def test_without_its_list_nothing_is_proven(adapter: str) -> None:
    suite = load_suite(only="exits/E5.limit_stop_ambiguous/*")
    found = verify_backends([spec_of("python"), spec_of(adapter)], suite)
    assert found.exit_code == 2
    assert any("skipped" in doubt for doubt in found.doubts)


def test_it_plays_a_users_job_by_the_signals_of_the_reference(adapter: str) -> None:
    job = read_job(strategy="ema-cross").plain()
    with connect("python") as python, connect(adapter) as third:
        ran = python.ask({"do": "job", "job": job, "record": True, "until": 1500}, 60.0)["outcome"]
        made = python.ask({"do": "job_case", "job": job, "given": ran["given"]}, 60.0)["outcome"]
        case = made["case"]
        case["bars"] = case["bars"][:1500]
        ours = python.ask({"do": "case", "case": case}, 60.0)["outcome"]
        theirs = third.ask({"do": "case", "case": case}, 60.0)["outcome"]
        left, right, missing = restrict(ours, theirs, third.hello)
    assert first_difference(left, right) is None
    assert len(right["trades"]["closed"]) > 20
    assert len(right["equity"]["time_us"]) == 1500
    assert "trades.marks" in missing


def test_first_step_of_the_guide_is_started_and_proves_nothing(tmp_path: Path) -> None:
    page = (SOURCE.parents[1] / "docs" / "joining.md").read_text(encoding="utf-8")
    code, adapter = (
        re.search(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        for language in ("c", "toml")
    )
    assert code is not None
    assert adapter is not None
    (tmp_path / "main.c").write_text(code[1], encoding="utf-8")
    (tmp_path / "adapter.toml").write_text(adapter[1], encoding="utf-8")
    (tmp_path / "Makefile").write_text("engine: main.c\n\t$(CC) -o $@ main.c\n", encoding="utf-8")
    with connect(build(tmp_path)) as client:
        for case in load_suite(only="execution/X2.gap_stop/*").cases:
            assert ask(client, case)["skip"] == "nothing yet"


FAULTS = [
    ("candle->open, true, false}", "stop->price, true, false}", "execution/X2.gap_stop/*"),
    ('reached ? "X3.worst" : "X1.stop"', '"X1.stop"', "execution/X3.worst/long_both*"),
    ("late ? candle->close : candle->low", "candle->low", "portfolio/P3.equity_worst/*"),
    ("(x * power) + 1e-6", "x * power", "execution/*"),
]


@pytest.mark.parametrize(("right", "wrong", "only"), FAULTS, ids=["gap", "tie", "worst", "snap"])
def test_a_fault_put_into_it_is_found(tmp_path: Path, right: str, wrong: str, only: str) -> None:
    folder = copied(tmp_path)
    texts = {path: path.read_text(encoding="utf-8") for path in folder.glob("[ae]*.[ch]")}
    (path,) = [path for path, text in texts.items() if text.count(right) == 1]
    path.write_text(texts[path].replace(right, wrong), encoding="utf-8")
    failed = 0
    with connect(build(folder)) as client:
        for case in load_suite(only=only).cases:
            answer = ask(client, case)
            if "outcome" in answer:
                failed += check_given(data(case), answer["outcome"], client.hello)[0] is not None
    assert failed > 0
