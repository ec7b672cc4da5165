"""Known gaps: expected failures are told as such, and no entry outlives what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fillproof.conformance.candidates import connect as start
from fillproof.conformance.candidates import spec_of
from fillproof.conformance.proof.known_gaps import Gaps, gaps_of, read_gaps
from fillproof.conformance.render import render
from fillproof.conformance.suite import load_suite
from fillproof.conformance.tests.caching import Caching, doctor_copy
from fillproof.conformance.tests.conftest import BARS, GAP, LONG, NAIVE, TOUCH, write_suite
from fillproof.conformance.verification import Verification, verify_backends

TODAY = date(2027, 1, 15)
GAP_AT_LEVEL = ("exits.py", "X2_GAP_STOP, reason, gap, True", "X2_GAP_STOP, reason, stop, True")
Doctor = Callable[[str, str, str], str]


@pytest.fixture(scope="module")
def kept() -> Iterator[Caching]:
    found = Caching()
    yield found
    found.close()


@pytest.fixture(scope="module")
def suite_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_suite(tmp_path_factory.mktemp("suite") / "golden", [TOUCH, GAP, NAIVE])


@pytest.fixture(scope="module")
def doctored(tmp_path_factory: pytest.TempPathFactory) -> Doctor:
    folder = tmp_path_factory.mktemp("copies")

    def make(module: str, old: str, new: str) -> str:
        return doctor_copy(folder / f"{abs(hash(new))}", module, old, new)

    return make


def entry(name: str, expires: str = "2027-03-31", **more: str) -> str:
    keys = {"id": name, "reason": "the old engine fills a gap at its level", "owner": "ana", **more}
    lines = [f"{key} = '{value}'" for key, value in keys.items()]
    return "\n".join(["[[gap]]", *lines, f"expires = {expires}", ""])


def gaps(folder: Path, *entries: str, today: date = TODAY) -> Gaps:
    path = folder / "gaps.toml"
    path.write_text("".join(entries), encoding="utf-8")
    return Gaps(read_gaps(path), today)


Run = Callable[..., Verification]


@pytest.fixture
def run(kept: Caching) -> Run:
    def verify(
        suite: Path, patched: str, known: Gaps, only: str | None = None, *, connect: Any = kept
    ) -> Verification:
        specs = [spec_of("python"), spec_of(patched)]
        return verify_backends(specs, load_suite(suite, only), gaps=known, connect=connect)

    return verify


def told(found: Verification) -> str:
    console = Console(record=True, width=200, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    with console.file:
        render(found.report(), console)
    return console.export_text()


def test_expected_failure_is_the_same_but_for_it_and_says_so(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    patched = doctored(*GAP_AT_LEVEL)
    assert run(suite_folder, patched, Gaps()).exit_code == 1
    found = run(suite_folder, patched, gaps(tmp_path, entry("execution/X2.gap_stop/*")))
    assert (found.exit_code, found.doubts) == (0, [])
    report = found.report()
    (comparison,) = report["comparisons"]
    assert comparison["excused"] == ["execution/X2.gap_stop/long_opens_below"]
    (row,) = comparison["gaps"]
    assert (row["state"], row["owner"], row["expires"]) == ("expected", "ana", "2027-03-31")
    text = told(found)
    assert "but for 1" in text.splitlines()[0]
    assert "but for 1 known gap" in text.splitlines()[-1]
    assert "the old engine fills a gap at its level" in text


def test_gap_covers_no_other_case(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    patched = doctored("exits.py", "quote.bid_low <= near_stop", "quote.bid_low < near_stop")
    found = run(suite_folder, patched, gaps(tmp_path, entry("execution/X2.gap_stop/*")))
    assert found.exit_code == 1
    assert found.comparisons[0].divergences[0]["case"] == "execution/X1.stop/long_touched"


def test_gap_covers_no_reference(
    kept: Caching, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    known = gaps(tmp_path, entry("execution/X2.gap_stop/*"))
    specs = [spec_of(doctored(*GAP_AT_LEVEL)), spec_of("python")]
    found = verify_backends(specs, load_suite(suite_folder), gaps=known, connect=kept)
    assert found.exit_code == 1, "the reference fails its golden"


@pytest.mark.parametrize("filters", [{"rule": "X2.gap_stop"}, {"field": "exit.raw"}])
def test_gap_by_what_diverges(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path, filters: dict[str, str]
) -> None:
    patched = doctored(*GAP_AT_LEVEL)
    found = run(suite_folder, patched, gaps(tmp_path, entry("at-level", **filters)))
    assert (found.exit_code, found.doubts) == (0, [])
    other = gaps(tmp_path, entry("at-level", **{**filters, "symbol": "USDJPY"}))
    assert run(suite_folder, patched, other).exit_code == 1


def test_expired_entry_fails(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    known = gaps(tmp_path, entry("execution/X2.gap_stop/*"), today=date(2027, 4, 1))
    found = run(suite_folder, doctored(*GAP_AT_LEVEL), known)
    assert found.exit_code == 1
    assert any("expired on 2027-03-31" in doubt and "ask ana" in doubt for doubt in found.doubts)
    assert found.report()["comparisons"][0]["gaps"][0]["state"] == "expired"


def test_expired_entry_fails_where_all_is_the_same(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    patched = doctored(
        "exits.py", "reason = position.stop_reason", "reason = position.stop_reason + ''"
    )
    known = gaps(tmp_path, entry("execution/X2.gap_stop/*"), today=date(2027, 4, 1))
    assert run(suite_folder, patched, known).exit_code == 2


def test_unexpected_pass_fails(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    known = gaps(tmp_path, entry("execution/X2.gap_stop/*"), entry("execution/X1.stop/*"))
    found = run(suite_folder, doctored(*GAP_AT_LEVEL), known)
    assert found.exit_code == 2
    (doubt,) = found.doubts
    assert doubt.startswith("known gap execution/X1.stop/* passes on python@")
    assert doubt.endswith("take it out")
    states = {row["id"]: row["state"] for row in found.report()["comparisons"][0]["gaps"]}
    assert states == {
        "execution/X2.gap_stop/*": "expected",
        "execution/X1.stop/*": "unexpected pass",
    }


def test_entry_that_fits_nothing_fails(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    known = gaps(tmp_path, entry("execution/X2.gap_stop/*"), entry("execution/X9.new/*"))
    found = run(suite_folder, doctored(*GAP_AT_LEVEL), known)
    assert found.exit_code == 2
    assert found.doubts == [
        "known gap execution/X9.new/* fits nothing that was run: take it out or mend it"
    ]


def test_part_of_the_suite_does_not_judge_what_it_did_not_run(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    known = gaps(tmp_path, entry("execution/X2.gap_stop/*"), entry("execution/X9.new/*"))
    found = run(suite_folder, doctored(*GAP_AT_LEVEL), known, "execution/X2*")
    assert (found.exit_code, found.doubts) == (0, [])


def test_entry_about_another_candidate_is_told(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    known = gaps(tmp_path, entry("execution/X2.gap_stop/*", candidate="adapter:*"))
    found = run(suite_folder, doctored(*GAP_AT_LEVEL), known)
    assert found.exit_code == 1
    assert any("is about no candidate here" in doubt for doubt in found.doubts)


def test_crash_is_never_expected(
    run: Run, suite_folder: Path, doctored: Doctor, tmp_path: Path
) -> None:
    patched = doctored(
        "exits.py", "X2_GAP_STOP, reason, gap, True", "__import__('os')._exit(3), reason, gap, True"
    )
    known = gaps(tmp_path, entry("execution/X2.gap_stop/*"))
    assert run(suite_folder, patched, known, connect=start).exit_code == 3


def test_pattern_over_cases_holds_while_one_of_them_fails(
    run: Run, tmp_path: Path, doctored: Doctor
) -> None:
    # One of the two touches its stop in an ordinary bar.
    second: dict[str, Any] = {
        **TOUCH,
        "id": "execution/X1.stop/long_not_reached",
        "bars": BARS[:2],
        "signals": [LONG],
        "expect": {"events": [{"kind": "fill", "bar": 0, "rule": "E1.close"}]},
    }
    folder = write_suite(tmp_path / "two", [second])
    (folder / "cases/execution/X1.stop.json").rename(folder / "cases/execution/other.json")
    write_suite(folder, [TOUCH])
    patched = doctored("exits.py", "quote.bid_low <= near_stop", "quote.bid_low < near_stop")
    known = gaps(tmp_path, entry("execution/X1.stop/*"))
    found = run(folder, patched, known, "execution/*")
    assert (found.exit_code, found.doubts) == (0, [])
    assert found.comparisons[0].excused == {"execution/X1.stop/long_touched"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry("a").replace("reason", "raison"), "raison is unknown"),
        (entry("a").replace("'ana'", "''"), "owner is ''"),
        (entry("a").replace("id = 'a'\n", ""), "id is None"),
        (entry("a", expires="'2027-03-31'"), "expected a date"),
        (entry("a", expires="2027-03-31T00:00:00Z"), "expected a date"),
        (entry("a", rule=""), "rule is ''; expected a pattern"),
        (entry("a") * 2, "its id 'a' is that of an entry before"),
    ],
)
def test_file_that_is_not_understood_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        gaps(tmp_path, text)


def test_list_of_an_adapter_is_about_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(entry("execution/X2.*"), encoding="utf-8")
    (gap,) = gaps_of(None, {"adapter:[x].toml": path, "rust": None})
    assert gap.entry.concerns("adapter:[x].toml")
    assert not gap.entry.concerns("adapter:x.toml")
    assert len(gaps_of(path, {"adapter:a.toml": path})) == 1
