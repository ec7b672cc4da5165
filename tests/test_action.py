"""The GitHub Action: its scripts are run here as a runner would, with the values of its inputs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

from fillproof import data

ROOT = Path(__file__).resolve().parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
SCRIPTS = {name: step["run"] for name, step in STEPS.items() if "run" in step}
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")


def environment(name: str, inputs: dict[str, str], **more: str) -> dict[str, str]:
    """The environment that a runner makes for a step, from its inputs and their defaults."""
    values = {key: str(item.get("default", "")) for key, item in ACTION["inputs"].items()}
    assert set(inputs) <= set(values)
    values.update(inputs)

    def value_of(found: re.Match[str]) -> str:
        scope, _, key = found[1].partition(".")
        return values[key] if scope == "inputs" else {"action_path": "/the action"}[key]

    made = {key: _EXPRESSION.sub(value_of, text) for key, text in STEPS[name]["env"].items()}
    inherited = {key: os.environ[key] for key in ("HOME", "LANG", "TMPDIR") if key in os.environ}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**inherited, "PATH": path, **made, **more}


def run(
    name: str, folder: Path, inputs: dict[str, str], **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", SCRIPTS[name]],
        cwd=folder,
        env=environment(name, inputs, **more),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def outputs(folder: Path) -> dict[str, str]:
    lines = (folder / "outputs").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def verify(folder: Path, inputs: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """Run the step `Verify` and give its exit code, its outputs and what it printed."""
    done = run(
        "Verify",
        folder,
        inputs,
        GITHUB_OUTPUT=str(folder / "outputs"),
        GITHUB_STEP_SUMMARY=str(folder / "summary"),
    )
    return done.returncode, outputs(folder), done.stdout + done.stderr


@pytest.fixture
def candles(tmp_path: Path) -> dict[str, str]:
    """Inputs that name a hundred bars in files."""
    pair = data.eurusd_h1_2017()
    for side, table in (("bid", pair.bid[:150]), ("ask", pair.ask[:150])):
        rows = ["timestamp,open,high,low,close"]
        rows += [
            f"{bar.timestamp.isoformat()},{bar.open},{bar.high},{bar.low},{bar.close}"
            for bar in table.to_candles()
        ]
        (tmp_path / f"{side} side.csv").write_text("\n".join(rows) + "\n")
    return {
        "bid": "bid side.csv",
        "ask": "ask side.csv",
        "symbol": "EURUSD",
        "strategy": "breakout",
    }


def help_of_verify() -> str:
    return subprocess.run(
        [str(Path(sys.executable).parent / "fillproof"), "verify", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200"},
    ).stdout


def test_every_input_and_output_is_described_and_used() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, item in ACTION["inputs"].items():
        assert item["description"], name
        assert "default" in item, name
        assert f"inputs.{name}" in text.split("\nruns:", 1)[1], name
    for name, item in ACTION["outputs"].items():
        assert item["description"], name
        assert f'echo "{name}=' in SCRIPTS["Verify"], name


def test_every_step_that_runs_names_its_shell() -> None:
    assert all(STEPS[name]["shell"] == "bash" for name in SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_bash(name: str) -> None:
    subprocess.run(["bash", "-n", "-c", SCRIPTS[name]], check=True)


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_text_of_users_is_put_into_a_script(name: str) -> None:
    assert not _EXPRESSION.search(SCRIPTS[name])
    # What a script reads is handed to it, or set in it.
    read = set(re.findall(r"\$\{?!?([A-Za-z_]+)", SCRIPTS[name]))
    made = re.findall(r"(?:\bfor |read -r |\b)(\w+)(?= in |=|; do)", SCRIPTS[name])
    assert read <= {*STEPS[name]["env"], *made, "GITHUB_OUTPUT", "PWD"}


def test_options_are_those_of_verify() -> None:
    told = help_of_verify()
    loop = re.search(r"for name in (.+?); do", SCRIPTS["Verify"], re.DOTALL)
    assert loop is not None
    named = loop[1].replace("\\", " ").split()
    literal = re.findall(r"--([a-z-]+)", SCRIPTS["Verify"])
    for option in {*named, *literal}:
        assert f"--{option} " in told, option


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("source", ["/the action[report]", "/the action/rsengine"]),
        ("0.1.0", ["fillproof[rust,report]==0.1.0"]),
    ],
)
def test_what_is_installed(tmp_path: Path, version: str, expected: list[str]) -> None:
    stub = tmp_path / "python"
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stub.chmod(0o755)
    done = run(
        "Install Fillproof", tmp_path, {"version": version}, PATH=f"{tmp_path}:/usr/bin:/bin"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "-m", "pip", "install", "--disable-pip-version-check", *expected,
    ]  # fmt: skip


def test_installed_is_used_as_it_is(tmp_path: Path) -> None:
    done = run("Install Fillproof", tmp_path, {"version": "installed"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("fillproof ")


def test_a_job_is_verified_and_kept(tmp_path: Path, candles: dict[str, str]) -> None:
    code, said, text = verify(tmp_path, {**candles, "candidate": "rust\n"})
    assert (code, said["answer"]) == (0, "same"), text
    report = Path(said["report"])
    assert json.loads(report.read_text())["job"]["strategy"] == "breakout"
    assert ET.parse(report.with_name("junit.xml")).getroot().get("failures") == "0"
    assert "<!DOCTYPE html>" in report.with_name("page.html").read_text()
    assert (tmp_path / "summary").read_text() == report.with_name("summary.md").read_text()


def test_what_is_not_proven_is_red_unless_asked_otherwise(
    tmp_path: Path, candles: dict[str, str]
) -> None:
    inputs = {**candles, "candidate": "rust", "min-coverage": "99", "fail": "false"}
    code, said, text = verify(tmp_path, inputs)
    assert (code, said["answer"], said["exit-code"]) == (0, "not proven", "2"), text


def test_an_error_before_any_report(tmp_path: Path) -> None:
    code, said, text = verify(tmp_path, {"strategy": "$(touch broken)", "candidate": "rust"})
    assert (code, said["answer"]) == (3, "error"), text
    assert not (tmp_path / "broken").exists()


def test_examples_of_the_docs_are_what_the_action_and_the_command_take() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    github, gitlab = (
        yaml.safe_load(block)
        for block in re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    )
    (step,) = [step for step in github["jobs"]["same"]["steps"] if step.get("id") == "proof"]
    assert step["with"].keys() <= ACTION["inputs"].keys()
    job = gitlab["same"]
    assert job["artifacts"]["reports"]["junit"] in job["script"][-1]
    told = help_of_verify()
    for option in re.findall(r"--([a-z-]+)", job["script"][-1]):
        assert f"--{option} " in told, option
