"""Another version against this one: how it is named, built, asked, and what is told of it."""

from __future__ import annotations

import copy
import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from fillproof import golden
from fillproof.conformance import reports
from fillproof.conformance.proof.question import Question
from fillproof.conformance.reports import write
from fillproof.conformance.versions.asking import Unasked, ask_new, refuse_unknown
from fillproof.conformance.versions.building import (
    Version,
    VersionError,
    build,
    parse,
)
from fillproof.conformance.versions.changes import by_rule, changes_of, fate_words, retold
from fillproof.conformance.versions.command import verify_version
from fillproof.conformance.versions.comparison import compare_versions, note_of
from fillproof.conformance.versions.pages import report_of
from fillproof.conformance.versions.telling import told
from fillproof.conformance.versions.worker import Law
from fillproof.discovery import in_checkout

from .user_jobs import job_in, write_user

Doctor = Callable[[str, str, str], str]
TARGET = "X1_TARGET), TAKE_PROFIT_REASON, target"
EARLY_TARGET = ("exits.py", f"{TARGET},", f"{TARGET} - 1e-05,")


def _report_schema() -> Any:
    path = Path(reports.__file__).parents[1] / "schema" / "report.schema.json"
    return json.loads(path.read_text("utf-8"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A history of two commits; the work tree holds something else."""
    root = tmp_path / "repository"
    root.mkdir()
    _git(root, "init", "--quiet", "--initial-branch", "main")
    for number in (1, 2):
        (root / "number.txt").write_text(f"{number}\n")
        _git(root, "add", "number.txt")
        _git(root, "commit", "--quiet", "--message", f"number {number}")
    _git(root, "tag", "v2")
    (root / "number.txt").write_text("not committed\n")
    return root


def _git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


class Recorder:
    """Notes the commands of a build, and makes the interpreter that they would."""

    def __init__(self, failing: str = "") -> None:
        self.commands: list[list[str]] = []
        self.extra: list[dict[str, str]] = []
        self.failing = failing

    def __call__(self, command: Sequence[str], extra: dict[str, str] | None) -> None:
        self.commands.append(list(command))
        self.extra.append(dict(extra or {}))
        if self.failing and self.failing in command:
            raise VersionError("no such thing in the index")
        if "venv" in command:
            scripts = Path(command[-1]) / ("Scripts" if os.name == "nt" else "bin")
            scripts.mkdir(parents=True)
            (scripts / ("python.exe" if os.name == "nt" else "python")).write_text("")


@pytest.mark.parametrize("text", ["HEAD", "git+HEAD", "v2", "main", "git+HEAD~0"])
def test_a_ref_is_a_commit_in_full(repository: Path, text: str) -> None:
    version = parse(text, root=repository)
    assert (version.kind, len(version.name)) == ("git", 40)
    assert version.label == f"{text} ({version.name[:10]})"
    assert parse(version.name[:8], root=repository).label == version.name[:8]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nowhere", "is no ref of"),
        ("--upload-pack=x", "names no version"),
        ("fillproof==", "names no release"),
        ("fillproof>=1", "names no release"),
        ("python@/nowhere/at/all", "there is no folder"),
    ],
)
def test_what_names_nothing_is_refused(repository: Path, text: str, told: str) -> None:
    with pytest.raises(VersionError, match=told):
        parse(text, root=repository)


def test_a_commit_is_built_once_from_its_own_tree(repository: Path, tmp_path: Path) -> None:
    run = Recorder()
    version = parse("HEAD~1", root=repository)
    built = build(version, cache=tmp_path / "cache", root=repository, run=run)
    place = built.python.parents[2]
    assert (place / "tree" / "number.txt").read_text() == "1\n"
    assert (repository / "number.txt").read_text() == "not committed\n"
    assert run.commands[1][-1].endswith("tree")
    assert run.extra[1]["FILLPROOF_REQUIRE_CYTHON"] == "0"
    again = Recorder()
    assert build(version, cache=tmp_path / "cache", root=repository, run=again) == built
    assert again.commands == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [place.name]


def test_rust_brings_its_crate(repository: Path, tmp_path: Path) -> None:
    run = Recorder()
    version = parse("HEAD", backend="rust", root=repository)
    build(version, cache=tmp_path, root=repository, run=run)
    assert [Path(command[-1]).name for command in run.commands[1:]] == ["tree", "rsengine"]
    assert run.extra[1]["CC"] == "false"
    assert "CC" not in run.extra[2]


def test_a_release_that_is_not_to_be_had_leaves_nothing(tmp_path: Path) -> None:
    run = Recorder(failing="fillproof==9.9")
    with pytest.raises(VersionError, match=r"fillproof==9\.9 cannot be had: no such thing"):
        build(parse("fillproof==9.9"), cache=tmp_path, run=run)
    assert list(tmp_path.iterdir()) == []


def test_an_engine_with_a_fault_changes_trades_by_its_rule(
    doctored: Doctor, tmp_path: Path
) -> None:
    text = doctored(*EARLY_TARGET)
    job = job_in(write_user(tmp_path / "user"))
    found = compare_versions(job, build(parse(text)))
    assert (found.exit_code, found.doubts) == (1, [])
    assert set(by_rule(found.changes)) == {"X1.target"}
    assert 0 < len(found.changes) < found.orders
    assert (found.rules[0].state, found.rules[0].entries) == ("same text", [])
    change = found.changes[0]
    assert change.parting is not None
    assert (change.parting.kind, change.parting.phase) == ("exit", "EXITS")
    assert (change.parting.field, change.parting.rules) == ("raw", ("X1.target", "X1.target"))
    plain = found.plain()
    shown = plain["changes"][0]["bars_around"]
    assert change.parting.bar in [bar["bar"] for bar in shown]
    lines = told(found)
    assert any("an engine changed, not the law" in line for line in lines)
    # The candles, with the marks of both versions and the levels.
    assert any(f">{change.parting.bar}" in line and "bid left" in line for line in lines)
    assert any("◆" in line for line in lines)
    assert any(f"target #{change.order_id}" in line for line in lines)
    assert lines[-1] == "different"
    report = report_of(found, Question(job).told(), "again")
    Draft202012Validator(_report_schema()).validate(report)
    comparison = report["comparisons"][0]
    assert comparison["different"] == len(found.changes)
    assert comparison["divergences"][0]["order_id"] == change.order_id
    page = tmp_path / "page.md"
    write(report, markdown=page)
    assert "X1.target" in page.read_text("utf-8")


def test_an_engine_without_a_fault_is_the_same(doctored: Doctor, tmp_path: Path) -> None:
    text = doctored("exits.py", "return X2_LEVEL_TARGET,", "return X2_LEVEL_TARGET ,")
    job = job_in(write_user(tmp_path / "user"))
    found = compare_versions(job, build(parse(text)))
    assert (found.exit_code, found.changes, found.equity, found.retold) == (0, [], None, {})


def test_a_strategy_that_commands_cannot_be_asked_of_older_versions(tmp_path: Path) -> None:
    user = write_user(tmp_path)
    strategy = (user / "breakout.py").read_text("utf-8")
    # It writes to its own positions, which is in no signal.
    closing = strategy.replace(
        "    def on_data(self, slice_map):\n",
        "    def on_data(self, slice_map):\n"
        "        if not hasattr(self, 'executor'):\n"
        "            import gc\n"
        "            kinds = {type(item).__name__: item for item in gc.get_objects()}\n"
        "            self.executor = kinds['ExecutionSimulator']\n"
        "        for position in self.executor.active_positions:\n"
        "            self.executor.close(position)\n",
    )
    (user / "breakout.py").write_text(closing, encoding="utf-8")
    with pytest.raises(Unasked, match="the signals alone do not repeat the run"):
        ask_new(job_in(user), "python", 60.0)


def test_a_strategy_that_fails_is_told(tmp_path: Path) -> None:
    user = write_user(tmp_path)
    (user / "helper.py").write_text("def levels(bid, ask):\n    return 1 / 0\n")
    with pytest.raises(Unasked, match="ZeroDivisionError"):
        ask_new(job_in(user), "python", 60.0)


def test_the_command_ends_with_a_line_and_a_code() -> None:
    console = Console(record=True, width=200, file=io.StringIO())
    options: dict[str, Any] = {}
    assert verify_version("no such", options, None, "python", None, None, console, {}) == 3
    html = {"bisect": "modules"}
    assert verify_version("HEAD", options, None, "python", None, None, console, html) == 3
    text = console.export_text()
    assert "names no version" in text
    assert "--bisect means nothing beside --against" in text


TRADE = {"order_id": 1, "direction": "long", "size": 1.0, "status": "closed", "reason": "x"}
CLOSED = {**TRADE, "entry_price": 1.1, "exit_price": 1.2, "net_result": 5.0}
FILL = {"seq": 0, "bar": 3, "time_us": 30, "phase": "ENTRY", "kind": "fill", "rule": "E1.close"}


def _outcome(*rows: dict[str, Any], events: Sequence[dict[str, Any]] = ()) -> Any:
    return {"trades": {"closed": list(rows)}, "events": list(events), "rejected": []}


def test_a_refusal_tells_more_than_the_order_in_its_place() -> None:
    order = {**FILL, "kind": "order", "rule": "E4.fixed_lots", "order_id": 1}
    refused = {**FILL, "kind": "rejection", "rule": "S3.equity", "order_id": 1}
    old = _outcome(CLOSED, events=[order])
    new = _outcome(events=[refused])
    new["rejected"] = [[1, 30, "EURUSD", "S3.equity", "equity", "-1.0", "more"]]
    (change,) = changes_of(old, new)
    assert change.parting is not None
    assert (change.parting.rule, change.parting.missing_on) == ("S3.equity", "old")
    assert fate_words(change.new) == "rejected by S3.equity (equity -1.0)"
    assert fate_words(change.old) == "long 1 from 1.1 to 1.2, x, +5.00"
    (back,) = changes_of(new, old)
    assert back.parting is not None
    assert (back.parting.rule, back.parting.missing_on) == ("S3.equity", "new")


def test_what_only_one_version_tells_is_no_change() -> None:
    fill = {**FILL, "order_id": 1, "price": 1.1}
    old = _outcome(CLOSED, events=[fill])
    new = _outcome({**CLOSED, "swap": 0.0}, events=[{**fill, "unit": 1.0}])
    assert changes_of(old, new) == []
    assert retold(old, new) == {}


def test_another_rule_for_the_same_trade_is_told_apart() -> None:
    fill = {**FILL, "order_id": 1}
    old, new = (_outcome(CLOSED, events=[{**fill, "rule": rule}]) for rule in ("R2.size", "E4.x"))
    assert changes_of(old, new) == []
    assert retold(old, new) == {"fill, rule (R2.size against E4.x)": 1}


def test_sizes_after_a_change_follow_from_it() -> None:
    events = [
        {**FILL, "order_id": 1, "price": 1.1, "size": 1.0},
        {**FILL, "bar": 9, "order_id": 2, "price": 1.1, "size": 1.0},
    ]
    moved = copy.deepcopy(events)
    moved[0]["price"], moved[1]["size"] = 1.2, 0.9
    rows = [CLOSED, {**CLOSED, "order_id": 2}]
    other = [{**CLOSED, "entry_price": 1.2}, {**rows[1], "size": 0.9}]
    old, new = _outcome(*rows, events=events), _outcome(*other, events=moved)
    assert [change.follows for change in changes_of(old, new, by_equity=True)] == [False, True]
    assert [change.follows for change in changes_of(old, new)] == [False, False]


def test_notes_say_what_became_of_a_rule() -> None:
    rules = {rule["id"]: rule for rule in golden.rules()}
    older = {"X5.close_at_end": {**rules["X5.close_at_end"], "text": "another"}}
    note = note_of("X5.close_at_end", Law(2, older))
    assert note.state == "text changed"
    assert [entry["version"] for entry in note.entries] == [4]
    assert note_of("X5.close_at_end", Law(4, older)).entries == []
    assert note_of("S3.equity", Law()).state == "new"
    assert note_of("X1.stop", Law(None, rules)).state == "same text"
    gone = Law(None, {"Z9.gone": {"title": "t"}})
    assert note_of("Z9.gone", gone).state == "gone"


def test_settings_that_a_version_would_pass_over_are_refused() -> None:
    schema = golden.schema("case.schema.json")
    config = {"symbol": "EURUSD", "policy": {"intrabar": "best"}, "sizing": {"fixed_lots": "1"}}
    refuse_unknown(schema, {"config": config}, "old")
    for name, value in (("rates", {}), ("policy", {"tomorrow": 1}), ("sizing", {"all": "1"})):
        older = copy.deepcopy(schema)
        older["$defs"]["config"]["properties"].pop("rates")
        with pytest.raises(Unasked, match=f"old does not know the setting {name}"):
            refuse_unknown(older, {"config": {**config, name: value}}, "old")
    with pytest.raises(Unasked, match="does not say"):
        refuse_unknown({}, {"config": config}, "old")


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("FILLPROOF_BUILD_VERSIONS"), reason="builds with network")
def test_a_commit_of_this_repository_builds_and_plays(tmp_path: Path) -> None:
    if not in_checkout() or shutil.which("git") is None:
        pytest.skip("needs a checkout with its history")
    built = build(parse("HEAD"), cache=tmp_path)
    assert isinstance(built.version, Version)
    found = compare_versions(job_in(write_user(tmp_path / "user")), built)
    assert (found.exit_code, found.doubts) == (0, [])
