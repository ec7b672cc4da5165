"""The planted faults fit the sources, and a fault that goes unnoticed is told."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from fillproof.conformance.client import BackendSpec
from fillproof.conformance.faults import __main__ as command
from fillproof.conformance.faults.judge import Judge
from fillproof.conformance.faults.planted import Fault, load_faults, misses
from fillproof.conformance.faults.verdicts import (
    Verdict,
    keep,
    markdown,
    read_kept,
    write_table,
)
from fillproof.conformance.faults.workshop import Workshop, WorkshopError
from fillproof.conformance.pairs import compare_runs
from fillproof.conformance.runner import Limits, Run, run_backend
from fillproof.conformance.suite import load_suite

ROOT = Path(__file__).resolve().parents[2]
FAULTS = load_faults()
SUITE = load_suite()
RULES = {rule.id: rule.kind for rule in SUITE.rules}
IN_CHECKOUT = (ROOT / ".git").exists() and shutil.which("git") is not None


def test_every_rule_of_decision_has_exactly_one_fault() -> None:
    faults = Counter(fault.rule for fault in FAULTS)
    decisions = [rule for rule, kind in RULES.items() if kind == "decision"]
    assert {rule: faults[rule] for rule in decisions} == dict.fromkeys(decisions, 1)


def test_at_least_half_of_the_faults_are_in_the_rust_engine() -> None:
    rust = [fault for fault in FAULTS if fault.engine == "rust"]
    assert 2 * len(rust) >= len(FAULTS)
    assert {fault.engine for fault in FAULTS} == {"python", "rust"}


def test_faults_of_both_engines_are_planted_with_every_change() -> None:
    assert {fault.engine for fault in load_faults(ci=True)} == {"python", "rust"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_names_what_exists(fault: Fault) -> None:
    rule_of = {case.id: case.rule for case in SUITE.cases}
    assert fault.rule in RULES
    assert set(fault.cases) <= rule_of.keys()
    assert fault.first["case"] in fault.cases
    assert fault.whole or fault.first["rule"] in RULES
    if RULES[fault.rule] == "decision":
        # It has to be found by the cases that prove its rule, not by others in passing.
        assert {rule_of[name] for name in fault.cases} == {fault.rule}


@pytest.mark.skipif(not IN_CHECKOUT, reason="the sources of both engines are in a checkout only")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_patch_fits_the_sources_of_its_engine(fault: Fault) -> None:
    folder = "pyengine/" if fault.engine == "python" else "rsengine/crates/engine/src/"
    changed = [
        line.split("/", 1)[1].strip()
        for line in fault.patch.read_text(encoding="utf-8").splitlines()
        if line.startswith("+++ ")
    ]
    assert changed
    assert all(name.startswith(folder) for name in changed)
    done = subprocess.run(
        ["git", "apply", "--check", str(fault.patch)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not IN_CHECKOUT, reason="the sources of both engines are in a checkout only")
def test_fault_is_found_and_a_wrong_name_is_noticed(tmp_path: Path) -> None:
    (fault,) = load_faults(only="gap_stop_at_level")
    workshop = Workshop(ROOT, tmp_path, tmp_path / "target")
    suite = load_suite(only="execution/X2.gap_stop/*")
    reference = run_backend(BackendSpec("python"), suite, Limits())

    def told(fault: Fault, run: Run) -> list[str]:
        return misses(fault, run, compare_runs(reference, run, suite, Limits()))

    sound = run_backend(BackendSpec(workshop.build("python")), suite, Limits())
    assert "no divergence" in told(fault, sound)[-1]

    faulty = run_backend(BackendSpec(workshop.build("python", fault)), suite, Limits())
    assert told(fault, faulty) == []

    again = run_backend(BackendSpec(workshop.build("python")), suite, Limits())
    assert compare_runs(reference, again, suite, Limits()).divergences == []

    misnamed = replace(fault, first={**fault.first, "field": "price", "bar": 2})
    assert any("bar is 1, expected 2" in complaint for complaint in told(misnamed, faulty))
    unlisted = replace(fault, cases=fault.cases[:1], also=())
    assert any("is not named" in complaint for complaint in told(unlisted, faulty))


@pytest.mark.skipif(not IN_CHECKOUT, reason="the sources of both engines are in a checkout only")
def test_nothing_is_told_by_an_engine_that_is_not_sound(tmp_path: Path) -> None:
    (fault,) = load_faults(only="gap_stop_at_level")
    workshop = Workshop(ROOT, tmp_path, tmp_path / "target")
    judge = Judge(load_suite(only="execution/X2.gap_stop/*"))
    judge.accept(workshop.build("python"))
    with pytest.raises(WorkshopError, match=r"not sound: \d+ cases"):
        judge.accept(workshop.build("python", fault))


def test_patch_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    patch = tmp_path / "old.patch"
    patch.write_text("--- a/pyengine/x.py\n+++ b/pyengine/x.py\n@@ -1 +1 @@\n-gone\n+new\n")
    fault = Fault("old", "", "E1.close", "python", patch, (), (), {})
    workshop = Workshop.__new__(Workshop)
    workshop.tree, workshop.overlays = tmp_path, tmp_path / "overlays"
    with pytest.raises(WorkshopError, match="git apply"):
        workshop.build("python", fault)


def test_description_without_a_patch_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "half.toml").write_text("")
    with pytest.raises(FileNotFoundError, match=r"half\.patch is missing"):
        load_faults(tmp_path)


def test_shards_share_all_faults() -> None:
    names = [fault.name for number in (1, 2, 3) for fault in load_faults(shard=(number, 3))]
    assert sorted(names) == [fault.name for fault in FAULTS]
    assert command.shard("2/3") == (2, 3)
    for text in ("0/3", "4/3", "2", "a/b"):
        with pytest.raises(argparse.ArgumentTypeError):
            command.shard(text)


def test_verdicts_are_kept_and_shown(tmp_path: Path) -> None:
    found = Verdict("k1", "one", "One", "X1.stop", "rust", "a/b: bar 1", 3, (), 0.5)
    missed = Verdict("k2", "two", "Two", "E1.close", "python", "none", 0, ("a|b",), 0.5)
    kept = tmp_path / "kept.jsonl"
    assert read_kept(kept) == {}
    for verdict in (found, missed):
        keep(kept, verdict)
    with kept.open("a") as file:
        file.write(json.dumps({"key": "k3"})[:-4])
    assert read_kept(kept) == {"k1": found, "k2": missed}

    page = tmp_path / "page.md"
    page.write_text("# Faults\n\n<!-- faults: begin -->\nold\n<!-- faults: end -->\n\nmore\n")
    write_table(page, markdown([found, missed], "abc", "run it"))
    text = page.read_text()
    assert text.startswith("# Faults\n")
    assert text.endswith("\nmore\n")
    assert "old" not in text
    assert "2 faults: 1 in the Python engine, 1 in Rust's.\n1 were found" in text
    assert "commit abc. Again: `run it`" in text
    assert "| Two (`two`) | E1.close | python | none | 0 | a\\|b |\n| One" in text
    assert "| found, rightly named |" in text
