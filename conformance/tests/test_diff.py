"""Two results on disk: same, different with the first place, or not the same question."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
import typer

from fillproof.conformance.commands.diff import diff
from fillproof.conformance.records.diff import diff_folders
from fillproof.conformance.records.diff_telling import told_diff
from fillproof.conformance.records.record import make
from fillproof.conformance.records.table_diff import diff_tables, first_of
from fillproof.results import BacktestResult

from .user_jobs import job_in, write_user

FAULT = (
    "X1_TARGET), TAKE_PROFIT_REASON, target,",
    "X1_TARGET), TAKE_PROFIT_REASON, target + 1e-05,",
)


@dataclass
class Runs:
    """Folders: a user's own, its record, and that of an engine with a fault."""

    user: Path
    record: Path
    faulty: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    import pyengine

    user = write_user(tmp_path_factory.mktemp("user"))
    patched = tmp_path_factory.mktemp("patched")
    source = Path(pyengine.__file__).parent
    aside = shutil.ignore_patterns("_compiled", "tests", "__pycache__")
    shutil.copytree(source, patched / "pyengine", ignore=aside)
    exits = patched / "pyengine" / "exits.py"
    text = exits.read_text("utf-8")
    changed = text.replace(*FAULT)
    assert changed != text
    exits.write_text(changed, encoding="utf-8")
    job = job_in(user)
    make(job, user / "one")
    make(job, user / "faulty", backend=f"python@{patched}")
    return Runs(user, user / "one", user / "faulty")


def test_a_record_is_the_same_as_another_of_the_same_job(runs: Runs) -> None:
    make(job_in(runs.user), runs.user / "again")
    found = diff_folders(runs.record, runs.user / "again")
    assert (found.exit_code, found.question, found.doubts, found.bar) == (0, [], [], None)


def test_a_fault_is_shown_by_bar_event_and_rule(runs: Runs) -> None:
    found = diff_folders(runs.record, runs.faulty)
    assert found.exit_code == 1
    assert found.event is not None
    assert found.first is not None
    assert found.event.bar == found.bar
    assert (found.event.kind, found.event.phase, found.event.field) == ("exit", "EXITS", "raw")
    assert found.event.left_rule == "X1.target"
    assert (found.first.table, found.first.column) == ("trades", "exit_price")
    assert found.first.rules == ("X1.target", "X1.target")
    text = told_diff(found)
    for part in ("ulps", "0x3ff", "X1.target", f"{found.bar}", "different"):
        assert part in text


def test_tables_alone_give_the_first_cell(runs: Runs, tmp_path: Path) -> None:
    sides = []
    for name, folder in (("a", runs.record), ("b", runs.faulty)):
        sides.append(BacktestResult.load(folder).save(tmp_path / name))
    found = diff_folders(*sides)
    assert (found.exit_code, found.bar, found.event) == (1, None, None)
    assert found.first is not None
    assert found.first.column == "exit_price"
    assert any("not told which data" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("ask.csv", "1.05227", "1.05228", "data: the bid candles differ in value"),
        ("job.toml", "per_lot = 3.5", "per_lot = 3.0", "config: fees.per_lot is 3.5 against 3.0"),
        ("helper.py", "0.0020", "0.0021", "strategy: the module helper (helper.py) differs"),
        ("pips_late.py", "0.0015", "0.0016", "strategy: the module pips_late (pips_late.py)"),
    ],
)
def test_another_question_is_told_first(
    runs: Runs, tmp_path: Path, file: str, old: str, new: str, told: str
) -> None:
    other = write_user(tmp_path / "other")
    text = (other / file).read_text("utf-8")
    (other / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    make(job_in(other), tmp_path / "run")
    found = diff_folders(runs.record, tmp_path / "run")
    assert found.exit_code == 2
    assert any(part.startswith(told) for part in found.question), found.question
    assert told_diff(found).splitlines()[1] == "not the same question:"


def test_bytes_of_a_file_that_change_no_candle_are_told(runs: Runs, tmp_path: Path) -> None:
    other = write_user(tmp_path / "other")
    content = (other / "ask.csv").read_bytes()
    (other / "ask.csv").write_bytes(content.replace(b"\n", b"\r\n"))
    make(job_in(other), tmp_path / "run")
    found = diff_folders(runs.record, tmp_path / "run")
    assert found.question == [
        "data: the bytes of the file ask.csv (data) differ, though no candle does"
    ]


def test_a_changed_file_of_a_record_is_an_error(
    runs: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(runs.record, tmp_path / "copy")
    (tmp_path / "copy" / "given.jsonl").write_text("")
    assert _exit(lambda: diff(tmp_path / "copy", runs.record)) == 3
    assert "given.jsonl was changed since the record was made" in capsys.readouterr().err


def test_the_command_says_it_by_code_and_json(runs: Runs, tmp_path: Path) -> None:
    assert _exit(lambda: diff(runs.record, runs.faulty, tmp_path / "d.json")) == 1
    document = json.loads((tmp_path / "d.json").read_text("utf-8"))
    assert (document["answer"], document["event"]["rules"][0]) == ("different", "X1.target")
    assert document["first"]["values"][0]["bits"].startswith("0x")
    assert _exit(lambda: diff(runs.record, runs.record)) == 2
    assert _exit(lambda: diff(runs.record, tmp_path / "nowhere")) == 3


def test_rows_are_matched_by_order_and_the_earliest_counts() -> None:
    names = ["order_id", "time_us", "rule"]
    one = pa.table([[1, 2, 3], [10, 20, 30], ["a", "b", "c"]], names=names)
    other = pa.table([[1, 3], [10, 30], ["a", "x"]], names=names)
    found = diff_tables("signals", one, other)
    assert (found.different, found.rows) == (2, (3, 2))
    assert found.first is not None
    assert (found.first.key, found.first.missing_on, found.first.rules) == (
        "order 2",
        "right",
        ("b", None),
    )
    fees = diff_tables("fees", one.slice(0, 1), other.slice(1, 1))
    assert first_of([fees, found]) is fees.first


def _exit(call: Callable[[], None]) -> int:
    with pytest.raises(typer.Exit) as left:
        call()
    return left.value.exit_code
