"""Cases are made small, and part alike until the end."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from typer.testing import CliRunner

import fillproof.python
from fillproof import golden
from fillproof.conformance.blame.minimise import Minimised, golden_file, likeness, minimise
from fillproof.conformance.blame.minimise_cli import minimise_command
from fillproof.conformance.blame.scenes import scene
from fillproof.conformance.play import play


def reference(request: dict[str, Any]) -> dict[str, Any]:
    return {"outcome": play(fillproof.python, request["case"])}


def early_stops(request: dict[str, Any]) -> dict[str, Any]:
    """A candidate that fills every stop a pip too early."""
    answer = copy.deepcopy(reference(request))
    for event in answer["outcome"].get("events") or []:
        if event["rule"] == "X1.stop":
            event["raw"] += 0.0001
    return answer


@pytest.fixture(scope="module")
def case() -> dict[str, Any]:
    whole = scene("fixed")
    return {
        **whole,
        "bars": whole["bars"][:40],
        "signals": [item for item in whole["signals"] if item["bar"] < 40],
    }


@pytest.fixture(scope="module")
def small(case: dict[str, Any]) -> Minimised:
    found = minimise(case, reference, early_stops, {})
    assert found is not None
    return found


def test_long_case_becomes_two_bars_and_one_signal(small: Minimised) -> None:
    assert (len(small.case["bars"]), len(small.case["signals"])) == (2, 1)
    assert small.difference.left_rule == "X1.stop"
    assert likeness(small.difference) == ("fill", "exit", "raw", "X1.stop", "X1.stop")
    assert "expect" not in small.case
    # What plays no part is gone, and what is left is round.
    assert small.case["config"]["fees"] == {}
    assert "limit_through_pips" not in small.case["config"]["policy"]
    assert all(len(price) <= 7 for row in small.case["bars"] for price in row[1:])
    # No candle was made to cross.
    assert all(
        float(bid) <= float(ask)
        for row in small.case["bars"]
        for bid, ask in zip(row[1:5], row[5:9], strict=True)
    )


def test_case_without_a_difference_is_none(case: dict[str, Any]) -> None:
    assert minimise(case, reference, reference, {}) is None


def test_what_is_written_is_a_case_that_waits_for_its_expectation(small: Minimised) -> None:
    made = golden_file(small.case, small.difference, ("python", "mine"))
    schema = golden.schema("case.schema.json")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made, schema)
    written = {**made["cases"][0], "sum": []}
    jsonschema.validate({**made, "cases": [written]}, schema)
    assert made["module"] == "execution"
    assert made["cases"][0]["id"] == "execution/X1.stop/made_small"
    # Never filled from an engine.
    assert made["cases"][0]["expect"] == {"events": []}


def test_command_says_when_nothing_differs(tmp_path: Path, case: dict[str, Any]) -> None:
    app = typer.Typer()
    app.command()(minimise_command)
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    given = [str(path), "--candidate", "python", "--out", str(tmp_path / "small.json")]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 2, done.output
    assert "do not part" in done.output
    assert not (tmp_path / "small.json").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([], "0 of FILE"),
        (["--case", "no/such/case"], "is not in the suite"),
        (["nowhere.json"], "nowhere.json"),
    ],
)
def test_err_command_in_one_line(given: list[str], words: str) -> None:
    app = typer.Typer()
    app.command()(minimise_command)
    done = CliRunner().invoke(app, [*given, "--candidate", "python"])
    assert done.exit_code == 3
    assert words in done.output
    assert "Traceback" not in done.output
