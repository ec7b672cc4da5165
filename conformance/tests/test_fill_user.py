"""Goldens of a user's own: the reference alone fills them, and no edit goes unseen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from fillproof.conformance.commands.fill import fill as command
from fillproof.conformance.records.filling import fill
from fillproof.conformance.records.goldens import PINS, SETTINGS, Goldens, RefusedError
from fillproof.conformance.records.pins import read_pin, write_pin

from .user_jobs import another_backend, write_user


@pytest.fixture(autouse=True)
def _not_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_user(tmp_path_factory.mktemp("goldens"))
    patch = pytest.MonkeyPatch()
    patch.delenv("CI", raising=False)
    found = fill(folder)
    patch.undo()
    assert (found.exit_code, found.refused) == (0, [])
    return folder


def _state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_an_answer_says_what_it_answers_and_a_pin_who_made_it(filled: Path) -> None:
    answer = json.loads((filled / "job.json").read_text("utf-8"))
    assert answer["expect"]["rows"]["trades"] > 5
    assert len(answer["expect"]["first_trades"]) == 3
    assert len(answer["expect"]["chain"]) == 64
    assert [row["name"] for row in answer["question"]["strategy"]["modules"]] == [
        "breakout",
        "helper",
        "pips_late",
    ]
    pin = read_pin(filled / PINS, "fillproof-golden-pins")["goldens"]["job"]
    assert (pin["made_by"]["backend"], pin["made_by"]["role"]) == ("python", "reference")


def test_a_check_changes_nothing_and_holds_any_backend(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    before = _state(filled)
    for backend in (None, another_backend()):
        found = fill(filled, check=True, backend=backend)
        assert (found.exit_code, found.wrong) == (0, []), found.lines
    assert _state(filled) == before


def test_a_candidate_may_not_fill(filled: Path) -> None:
    with pytest.raises(RefusedError, match="rust is a candidate and may not fill"):
        fill(filled, backend="rust")


def test_nobody_fills_in_continuous_integration(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    with pytest.raises(RefusedError, match="continuous integration"):
        fill(filled)


@pytest.fixture
def copy(filled: Path, tmp_path: Path) -> Path:
    for name, content in _state(filled).items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_an_edited_answer_is_refused_and_filled_anew(copy: Path) -> None:
    path = copy / "job.json"
    path.write_text(path.read_text("utf-8").replace('"Wins": ', '"Wins": 1'), encoding="utf-8")
    found = fill(copy, check=True)
    assert (found.exit_code, found.lines) == (3, ["job: job.json was edited after it was filled"])
    assert fill(copy).lines[0].startswith("job: was edited by hand, filled anew")
    assert not Goldens.read(copy).goldens[0].faults("python")


def test_a_golden_of_a_candidate_is_refused_even_with_a_valid_seal(copy: Path) -> None:
    pins = read_pin(copy / PINS, "fillproof-golden-pins")
    pins["goldens"]["job"]["made_by"]["backend"] = "rust"
    write_pin(copy / PINS, pins)
    found = fill(copy, check=True)
    assert found.exit_code == 3
    assert "was made by rust" in found.lines[0]
    (copy / PINS).write_text((copy / PINS).read_text("utf-8").replace("rust", "python"))
    with pytest.raises(RefusedError, match="changed after it was sealed"):
        fill(copy, check=True)


def test_an_answer_that_nobody_pinned_is_refused(copy: Path) -> None:
    (copy / PINS).unlink()
    found = fill(copy, check=True)
    assert (found.exit_code, found.lines) == (
        3,
        ["job: job.json has no pin: nobody knows who made it"],
    )
    (copy / "job.toml").unlink()
    assert fill(copy, check=True).refused == ["job"]


def test_another_helper_is_another_question(copy: Path) -> None:
    helper = copy / "helper.py"
    helper.write_text(helper.read_text("utf-8").replace("0.0020", "0.0021"), encoding="utf-8")
    found = fill(copy, check=True)
    assert found.exit_code == 1
    assert "the module helper (helper.py) differs" in found.lines[0]
    assert any("another digest" in line for line in found.lines)


def test_another_reference_may_be_named(copy: Path) -> None:
    (copy / SETTINGS).write_text('reference = "cython"\n', encoding="utf-8")
    found = fill(copy, check=True, backend="python")
    assert "the reference is cython" in found.lines[0]
    (copy / SETTINGS).write_text('referense = "cython"\n', encoding="utf-8")
    with pytest.raises(RefusedError, match="referense is unknown"):
        fill(copy, check=True)


def test_a_folder_that_asks_nothing_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left:
        command(tmp_path, check=True)
    assert left.value.exit_code == 2
    assert "asks nothing" in capsys.readouterr().out
    with pytest.raises(typer.Exit) as left:
        command(tmp_path / "nowhere", check=True)
    assert left.value.exit_code == 3
    assert "no such folder" in capsys.readouterr().err
