"""What the pages say of the command line is so."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from fillproof.cli import main

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> str:
    monkeypatch.setattr(sys, "argv", ["fillproof", *arguments])
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    assert not left.value.code, said.err
    return said.out


def test_the_settings_file_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    (tmp_path / "run.toml").write_text(found[1])
    bars = ROOT / "golden" / "bars" / "eurusd-h1-2017-ask.csv"
    (tmp_path / "eurusd.csv").write_bytes(bars.read_bytes())
    arguments = ["run", "--config", str(tmp_path / "run.toml"), "--backend", "python"]
    out = run(monkeypatch, capsys, *arguments)
    assert "market_fill=next_open" in out
    assert "per_lot=3.5" in out


def test_the_page_lists_every_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = set(re.findall(r"--[a-z-]+", run(monkeypatch, capsys, "run", "--help"))) - {"--help"}
    assert shown <= set(re.findall(r"--[a-z-]+", PAGE))


def test_the_pages_are_all_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        assert f"- {page.relative_to(ROOT / 'docs').as_posix()}\n" in menu
