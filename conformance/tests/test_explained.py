"""Faults planted in long runs are found where they are, and rightly called root or consequence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import pyengine
from fillproof.conformance.blame.explained import (
    Explained,
    Report,
    complaints,
    explain,
    load_explained,
    planted,
)
from fillproof.conformance.client import BackendSpec, Client
from fillproof.conformance.difference import Difference

ROOT = Path(pyengine.__file__).resolve().parents[1]
ENTRIES = {entry.kind: entry for entry in load_explained()}
# The command plays all of them; these are of four kinds and take a moment each.
QUICK = ("expiry", "partial", "stale mark", "hidden level, wrong since the acceptance")


@pytest.fixture(scope="module")
def reference() -> Iterator[Client]:
    with Client(BackendSpec("python")) as client:
        yield client


@pytest.mark.parametrize("kind", QUICK)
def test_planted_fault_is_explained(kind: str, reference: Client) -> None:
    entry = ENTRIES[kind]
    with planted(ROOT, entry) as label, Client(BackendSpec(label)) as candidate:
        report = explain(entry, reference, candidate)
    assert complaints(entry, report) == []
    assert "after bar" in report.origin["why"]


def test_sound_engine_has_nothing_to_explain(reference: Client) -> None:
    entry = ENTRIES["side of the market"]
    report = explain(entry, reference, reference)
    assert report.first is None
    assert complaints(entry, report)


def test_wrong_report_is_complained_of() -> None:
    entry = Explained("k", "orders", "root", {"rule": "X1.stop", "phase": "EXITS"}, once=True)
    found = Difference("fill", "raw", 1.0, 2.0, bar=7, phase="OPEN", left_rule="X1.stop")
    report = Report(found, {"verdict": "consequence", "why": "w"}, [5, 7])
    told = complaints(entry, report)
    assert len(told) == 3
    assert told[0] == "phase 'OPEN' instead of 'EXITS'"


def test_table_has_twenty_kinds_and_each_names_a_place() -> None:
    entries = load_explained()
    assert len({entry.kind for entry in entries}) == len(entries) >= 20
    for entry in entries:
        assert entry.verdict in {"root", "consequence"}
        assert (entry.fault is None) != (entry.edit is None)
        assert {"phase", "field"} & entry.said.keys(), entry.kind
        if entry.edit is not None:
            name, old, _ = entry.edit
            text = (ROOT / "pyengine" / name).read_text(encoding="utf-8")
            assert text.count(old) == 1, entry.kind


def test_err_edit_that_fits_no_more() -> None:
    entry = Explained("k", "orders", "root", {}, edit=("costs.py", "no such line", ""))
    with pytest.raises(ValueError, match="0 times"), planted(ROOT, entry):
        pass
