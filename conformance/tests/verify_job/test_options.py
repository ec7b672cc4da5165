"""Options of the command that proves a user's job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from fillproof.conformance import cli
from fillproof.conformance.cli import verify


@pytest.mark.parametrize("named", [["python,cython"], ["python", "cython"], ["python , cython,"]])
def test_backends_that_are_given_again_add_up(
    monkeypatch: pytest.MonkeyPatch, named: list[str]
) -> None:
    asked: list[list[str]] = []

    def verified(specs: list[Any], *_: Any, **__: Any) -> None:
        asked.append([spec.label for spec in specs])
        raise ValueError("that is enough")

    monkeypatch.setattr(cli, "verify_backends", verified)
    app = typer.Typer()
    app.command()(verify)
    CliRunner().invoke(app, [word for name in named for word in ("--backends", name)])
    assert asked == [["python", "cython"]]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--strategy", "mine.py:Steady", "--symbol", "GBPUSD"], "symbol is 'GBPUSD'"),
        (["--strategy", "ema-cross", "--only", "execution/*"], "--only is about golden cases"),
        (["--strategy", "ema-cross", "--require-rules", "X77.*"], "names 'X77.*'"),
        (["--strategy", "ema-cross", "--candidate", "java"], "candidate 'java' is none"),
        (["--data", "absent.csv", "--spread", "1", "--symbol", "EURUSD"], "no such file"),
        (["--strategy", "ema-cross", "--bisect", "trades"], "expected modules"),
        (["--strategy", "ema-cross", "--tolerances", "absent.toml"], "absent.toml"),
        (["--strategy", "ema-cross", "--config", "absent.toml"], "absent.toml"),
    ],
)
def test_wrong_options_are_told_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "400")
    app = typer.Typer()
    app.command()(verify)
    done = CliRunner().invoke(app, [*arguments, "--backends", "python,cython"])
    assert done.exit_code == 3, done.output
    assert "error: " in done.output
    assert told in " ".join(done.output.split())
    assert "Traceback" not in done.output
