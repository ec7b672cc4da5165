"""Records: whole, pinned, and aware of every changed byte; the sources behind a strategy."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fillproof.conformance.records import record as records
from fillproof.conformance.records.chain import chain
from fillproof.conformance.records.record import Record, RecordError, changed_files, make
from fillproof.conformance.records.sources import first_party, sources_of
from fillproof.conformance.records.trace_file import read_trace, write_trace
from fillproof.results import BacktestResult

from .user_jobs import BARS, job_in, write_user


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = write_user(tmp_path_factory.mktemp("user"))
    return make(job_in(folder), folder / "run")


def test_a_record_holds_all_that_was_asked_for(made: Record) -> None:
    result = made.result()
    pin = made.pin
    assert result.trades.num_rows > 5
    assert pin["outputs"]["digest"] == result.digest == BacktestResult.load(made.folder).digest
    assert pin["made_by"]["role"] == "reference"
    assert pin["made_by"]["backend"] == result.backend == "python"
    assert chain(made.events()) == made.chain()
    assert pin["outputs"]["chain"] == made.chain().last
    assert len(made.chain()) == BARS
    given = (made.folder / "given.jsonl").read_text("utf-8").splitlines()
    assert len(given) == pin["outputs"]["signals_given"] == result.signals.num_rows
    assert changed_files(made) == []


def test_helpers_are_found_by_import_and_by_loading(made: Record) -> None:
    modules = made.pin["question"]["strategy"]["modules"]
    assert [(row["name"], row["found"]) for row in modules] == [
        ("breakout", "import"),
        ("helper", "import"),
        ("pips_late", "loaded"),
    ]


def test_every_flipped_byte_of_a_file_is_found_by_name(made: Record) -> None:
    for path in sorted(made.folder.iterdir()):
        if path.name == "pin.json":
            continue
        content = path.read_bytes()
        for place in {0, len(content) // 2, len(content) - 1}:
            path.write_bytes(_flipped(content, place))
            assert changed_files(made) == [f"{path.name} was changed"]
        path.write_bytes(content)
    assert changed_files(made) == []


def test_missing_and_added_files_are_named(made: Record) -> None:
    fees = (made.folder / "fees.parquet").read_bytes()
    (made.folder / "fees.parquet").rename(made.folder / "more.parquet")
    assert changed_files(made) == ["fees.parquet is missing", "more.parquet was added"]
    (made.folder / "more.parquet").unlink()
    (made.folder / "fees.parquet").write_bytes(fees)


def test_an_edited_pin_is_refused(made: Record) -> None:
    path = made.folder / "pin.json"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"role": "reference"', '"role": "candidate"'), encoding="utf-8")
    with pytest.raises(ValueError, match="changed after it was sealed"):
        Record.read(made.folder)
    path.write_text(text, encoding="utf-8")


def test_another_backend_makes_no_reference(tmp_path: Path) -> None:
    job = job_in(write_user(tmp_path))
    told = records.ask_record(job, "python", reference="rust")
    assert told["made_by"]["role"] == "candidate"


def test_a_strategy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    job = job_in(write_user(tmp_path))
    (tmp_path / "helper.py").write_text("def levels(bid, ask):\n    return 1 / 0\n")
    with pytest.raises(RecordError, match="ZeroDivisionError"):
        make(job, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_something_else_in_its_place_is_left_alone(tmp_path: Path) -> None:
    job = job_in(write_user(tmp_path))
    with pytest.raises(FileExistsError, match="not a result"):
        make(job, tmp_path)


def test_the_trace_reads_back_bit_for_bit(tmp_path: Path) -> None:
    events = [
        {"seq": 0, "bar": 0, "time_us": 5, "phase": "DATA", "kind": "bar", "rule": "", "a": 0.1},
        {"seq": 1, "bar": None, "phase": None, "kind": "x", "rule": None, "b": [1, -0.0, None]},
        {"seq": 2, "bar": 1, "kind": "x", "order_id": 7, "symbol": None, "c": {"d": True}},
    ]
    write_trace(tmp_path / "t.parquet", events)
    again = read_trace(tmp_path / "t.parquet")
    assert repr([dict(sorted(event.items())) for event in again]) == repr(
        [dict(sorted(event.items())) for event in events]
    )


def test_imports_are_followed_without_running_anything(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "deep" / "__init__.py").write_text("from . import leaf\n")
    (package / "deep" / "leaf.py").write_text("raise RuntimeError('was run')\n")
    (package / "side.py").write_text("import json, numpy, fillproof\nfrom .deep import leaf\n")
    (tmp_path / "other.py").write_text("")
    entry = tmp_path / "entry.py"
    entry.write_text(
        "def late():\n    from pack.side import x\nif False:\n    import other\nimport nowhere\n"
    )
    found = first_party(entry, tmp_path)
    assert sorted(found) == ["entry", "other", "pack", "pack.deep", "pack.deep.leaf", "pack.side"]
    assert "pack" not in sys.modules
    files = [row["file"] for row in sources_of(entry, tmp_path)]
    assert "pack/deep/leaf.py" in files


def _flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
