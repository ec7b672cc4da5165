"""The example of a migration is red before its repair and green after it, by its own script."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "migration"


def run(command: list[str], folder: Path, reports: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does, in a copy, so that nothing is written into the checkout."""
    tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": tools, "REPORTS": str(reports)}
    environment.pop("GITHUB_STEP_SUMMARY", None)
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=folder
    )


def check(engine: str, folder: Path, reports: Path) -> subprocess.CompletedProcess[str]:
    """Run the script on one of the engines."""
    shell = shutil.which("sh")
    if shell is None or os.name != "posix":
        pytest.skip("the script is one of a POSIX shell")
    return run([shell, str(folder / "check.sh"), engine], folder, reports)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copied = tmp_path / "migration"
    shutil.copytree(FOLDER, copied, ignore=shutil.ignore_patterns("reports", "__pycache__"))
    return copied


def test_first_port_is_red_at_the_gap_after_the_weekend(folder: Path, tmp_path: Path) -> None:
    done = check("ported_v1.py", folder, tmp_path / "reports")
    told = " ".join(done.stdout.split())
    assert done.returncode == 1, done.stdout + done.stderr
    assert "leaves python in bar 120 (2024-01-14T22:00:00Z): price by X2.gap_stop" in told
    assert "phase EXITS, kind exit, order 23, field price" in told
    for rule in ("X2.gap_stop", "X2.gap_target", "X3.worst"):
        assert f"also execution/{rule}/" in told
    assert "different" in (tmp_path / "reports" / "job.md").read_text(encoding="utf-8")


def test_second_port_is_green(folder: Path, tmp_path: Path) -> None:
    done = check("ported_v2.py", folder, tmp_path / "reports")
    told = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stdout + done.stderr
    assert told.startswith("same: callable:ported_v2.py:play gives what python gives")
    assert "strategy.py:Channel on EURUSD H1, 720 bars" in told
    assert "40 of 60 cases" in told
    assert "<html" in (tmp_path / "reports" / "job.html").read_text(encoding="utf-8")


def test_candles_that_show_no_gap_prove_nothing(folder: Path, tmp_path: Path) -> None:
    bars = folder / "data" / "bars.csv"
    lines = bars.read_text(encoding="utf-8").splitlines()
    bars.write_text("\n".join(lines[:100]) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "fillproof", "verify", "--config", "job.toml"]
    command += ["--candidate", "callable:ported_v2.py:play", "--require-rules", "X2.gap_stop"]
    done = run(command, folder, tmp_path / "reports")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "X2.gap_stop" in done.stdout


def test_candles_are_those_of_their_maker(folder: Path) -> None:
    kept = (folder / "data" / "bars.csv").read_bytes()
    subprocess.run([sys.executable, str(folder / "data" / "make.py")], check=True)
    assert (folder / "data" / "bars.csv").read_bytes() == kept


def test_repair_is_all_that_changed(folder: Path) -> None:
    first, second = (
        (folder / name).read_text(encoding="utf-8").splitlines()
        for name in ("ported_v1.py", "ported_v2.py")
    )
    lost = [line for line in first if line not in second]
    assert len(lost) <= 2, lost


def test_workflow_runs_the_script() -> None:
    workflow = (FOLDER / ".github" / "workflows" / "verify.yml").read_text(encoding="utf-8")
    assert "./check.sh ported_v2.py" in workflow
