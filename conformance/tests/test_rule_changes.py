"""The lint of the semantic changelog can fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fillproof import golden
from fillproof.conformance.lints import rule_changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("rules.toml", "changelog.toml", rule_changes.LOCK):
        shutil.copy(golden.FOLDER / name, tmp_path / name)
    return tmp_path


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


ENTRY = """
[[version]]
version = {}
date = 2099-01-01
about = "a test"

[[version.change]]
rules = ["{}"]
what = "something"
moves = "none"
"""


def test_the_registry_is_locked_as_it_is(folder: Path) -> None:
    assert list(rule_changes.check(folder)) == []


def test_a_text_that_changes_needs_an_entry(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _replace(folder / "rules.toml", "A run needs at least one bar", "A run needs at least two bars")
    (problem,) = rule_changes.check(folder)
    assert problem.startswith("rules.toml: T2.empty says something else")
    before = (folder / rule_changes.LOCK).read_bytes()
    assert rule_changes.lock(folder) == 1
    assert "T2.empty changed, and no entry" in capsys.readouterr().out
    assert (folder / rule_changes.LOCK).read_bytes() == before
    number = golden.rules_version(folder) + 1
    with (folder / "changelog.toml").open("a") as stream:
        stream.write(ENTRY.format(number, "T2.empty"))
    assert rule_changes.lock(folder) == 0
    assert list(rule_changes.check(folder)) == []
    assert golden.rules_version(folder) == number
    # The entry is used up: the next change needs one of its own.
    _replace(folder / "rules.toml", "at least two bars", "at least three bars")
    assert rule_changes.lock(folder) == 1


def test_a_rule_that_goes_needs_an_entry(folder: Path) -> None:
    text = (folder / "rules.toml").read_text("utf-8")
    head, _, rest = text.partition('[[rule]]\nid = "T2.empty"')
    (folder / "rules.toml").write_text(head + "[[rule]]" + rest.partition("[[rule]]")[2])
    assert any("T2.empty is gone" in problem for problem in rule_changes.check(folder))
    assert rule_changes.lock(folder) == 1
    with (folder / "changelog.toml").open("a") as stream:
        stream.write(ENTRY.format(golden.rules_version(folder) + 1, "T2.empty"))
    assert rule_changes.lock(folder) == 0
    assert list(rule_changes.check(folder)) == []


def test_a_new_rule_is_locked_without_an_entry(folder: Path) -> None:
    with (folder / "rules.toml").open("a") as stream:
        stream.write('\n[[rule]]\nid = "T9.new"\ntitle = "x"\nkind = "order"\ntext = "y"\n')
    assert any("T9.new is new" in problem for problem in rule_changes.check(folder))
    assert rule_changes.lock(folder) == 0
    assert list(rule_changes.check(folder)) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("version = 2", "version = 3", "expected 1, 2, 3"),
        ("date = 2026-11-22", "date = 2027-11-22", "older than the one before"),
        ('"S3.equity"', '"S3.equiti"', "S3.equiti is no rule"),
        ('moves = "None with default settings."', 'moves = ""', "lacks 'moves'"),
        ('about = "Indicators', 'about = "" # ', "does not say what it is about"),
    ],
)
def test_the_changelog_is_in_order(folder: Path, old: str, new: str, told: str) -> None:
    _replace(folder / "changelog.toml", old, new)
    assert any(told in problem for problem in rule_changes.check(folder))
