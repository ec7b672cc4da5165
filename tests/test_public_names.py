"""The page of public names is what the table says, and has every name that can be imported."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import fillproof
from fillproof import errors, public_names, types

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / public_names.PAGE).read_text(encoding="utf-8")
NAMED = set(re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE))


def test_the_page_is_the_one_that_is_made() -> None:
    made = public_names.page()
    assert made == PAGE, f"run `{public_names.COMMAND}`"


def test_every_public_name_stands_there() -> None:
    modules = {"cython", "data", "python", "rust"}
    assert set(fillproof.__all__) - modules <= NAMED
    assert {f"data.{name}" for name in fillproof.data.__all__} <= NAMED
    assert {f"types.{name}" for name in types.__all__} <= NAMED
    known = {n for n, e in vars(errors).items() if inspect.isclass(e) and issubclass(e, Exception)}
    assert known <= NAMED


def test_boundaries_are_those_of_the_specification() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| \w+ \| ([a-z, ]+) \|", PAGE, re.MULTILINE))
    said = {
        "EventEngine": "input",
        "EventEngine.run": "internal",
        "CrossSymbolEventEngine": "input",
        "CrossSymbolEventEngine.run": "internal",
        "StrategyWrapper.evaluate": "input, output",
        "TradeSignal": "input, output",
        "SymbolDataSlice": "input",
        "types.CandleLookups": "input",
        "types.CommonTimestamps": "input",
        "types.ProgressCallback": "output",
        "types.SymbolDataSliceProtocol": "input",
        "types.StrategyEvaluator": "input, output",
    }
    assert {name: rows[name] for name in said} == said
    words = {word for boundary in rows.values() for word in boundary.split(", ")}
    assert words == {"input", "output", "internal"}


def test_every_file_that_is_named_is_there() -> None:
    files = set(re.findall(r"`((?:pyengine|rsengine)/[^`]+)`", PAGE))
    assert len(files) > 50
    assert not [name for name in files if not (ROOT / name).is_file()]


def test_a_page_that_fell_behind_is_told_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(public_names, "ROOT", tmp_path)
    assert public_names.main([]) == 1, "no checkout"
    (tmp_path / "mkdocs.yml").touch()
    (tmp_path / "docs").mkdir()
    page = tmp_path / public_names.PAGE
    page.write_text("old")
    monkeypatch.setattr(public_names, "page", lambda root=tmp_path: "new")
    monkeypatch.setattr(public_names, "stale", lambda: page.read_text() != "new")
    assert public_names.main(["--check"]) == 1
    assert page.read_text() == "old"
    assert public_names.main([]) == 0
    assert page.read_text() == "new"
    assert public_names.main(["--check"]) == 0
    assert "not what the table says" in capsys.readouterr().out


def test_stale_compares_the_file(tmp_path: Path) -> None:
    assert public_names.stale(tmp_path)
    assert not public_names.stale(ROOT)
