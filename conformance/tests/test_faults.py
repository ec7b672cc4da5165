"""The planted faults fit the sources, and a fault that goes unnoticed is told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from fillproof.conformance.client import BackendSpec
from fillproof.conformance.faults.planted import Fault, load_faults, misses
from fillproof.conformance.faults.workshop import Workshop, WorkshopError
from fillproof.conformance.suite import load_suite
from fillproof.conformance.verification import verify_backends

ROOT = Path(__file__).resolve().parents[2]
FAULTS = load_faults()
SUITE = load_suite()
IN_CHECKOUT = (ROOT / ".git").exists() and shutil.which("git") is not None


def test_there_are_faults_of_both_engines() -> None:
    assert {fault.engine for fault in FAULTS} == {"python", "rust"}


def test_every_rule_of_decision_has_a_fault_that_turns_its_case_red() -> None:
    rule_of = {case.id: case.rule for case in SUITE.cases}
    faulted = {rule_of[name] for fault in FAULTS for name in fault.cases}
    assert {rule.id for rule in SUITE.rules if rule.kind == "decision"} <= faulted


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_names_what_exists(fault: Fault) -> None:
    ids = {case.id for case in SUITE.cases}
    assert set(fault.cases) <= ids
    assert fault.first["case"] in fault.cases
    assert fault.whole or fault.first["rule"] in {rule.id for rule in SUITE.rules}


@pytest.mark.skipif(not IN_CHECKOUT, reason="the sources of both engines are in a checkout only")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_patch_fits_the_sources(fault: Fault) -> None:
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
    suite = load_suite(only="execution/X2.*")
    reference = BackendSpec("python")

    sound = verify_backends([reference, BackendSpec(workshop.build("python"))], suite)
    assert sound.exit_code == 0
    assert "no divergence" in misses(fault, sound)[-1]

    workshop.plant(fault)
    found = verify_backends([reference, BackendSpec(workshop.build("python"))], suite)
    workshop.take_out(fault)
    told = [complaint for complaint in misses(fault, found) if "stayed green" not in complaint]
    assert [complaint for complaint in told if "positions/" not in complaint] == []

    misnamed = Fault(**{**vars(fault), "first": {**fault.first, "field": "price", "bar": 2}})
    assert any("bar is 1, expected 2" in complaint for complaint in misses(misnamed, found))
    unlisted = Fault(**{**vars(fault), "cases": fault.cases[:1]})
    assert any("is not named" in complaint for complaint in misses(unlisted, found))


def test_patch_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    patch = tmp_path / "old.patch"
    patch.write_text("--- a/pyengine/x.py\n+++ b/pyengine/x.py\n@@ -1 +1 @@\n-gone\n+new\n")
    fault = Fault("old", "", "python", patch, (), (), {})
    workshop = Workshop.__new__(Workshop)
    workshop.tree = tmp_path
    with pytest.raises(WorkshopError, match="git apply"):
        workshop.plant(fault)


def test_description_without_a_patch_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "half.toml").write_text("")
    with pytest.raises(FileNotFoundError, match=r"half\.patch is missing"):
        load_faults(tmp_path)
