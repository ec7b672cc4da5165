"""Reads an adapter file: how a program is started, how long it may take, what it gives."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ForeignSpec", "read_adapter"]

_KEYS = (
    "name", "version", "command", "cwd", "env", "seconds", "gives", "trade_fields", "trade_groups",
    "equity_columns", "can", "known_gaps",
)  # fmt: skip
_SAID = ("name", "version", "gives", "trade_fields", "trade_groups", "equity_columns", "can")
START_SECONDS = 60.0


@dataclass(frozen=True)
class ForeignSpec:
    """A candidate that is no backend of ours, before it runs.

    Attributes
    ----------
    label
        The text by which it was asked for.
    backend
        Its kind: `adapter`, `callable` or `logs`.
    command, cwd, env
        How it is started; `env` is added to the environment.
    start_seconds, case_seconds
        Time limits: until its hello, and for an answer; None takes that of the command.
    said
        What is known of it before it speaks: name, version, gives and so on.
    known_gaps
        Path of its list of known gaps, or None.
    """

    label: str
    backend: str
    command: tuple[str, ...]
    cwd: Path | None = None
    env: dict[str, str] = field(default_factory=dict)
    start_seconds: float = START_SECONDS
    case_seconds: float | None = None
    said: dict[str, Any] = field(default_factory=dict)
    known_gaps: Path | None = None


def read_adapter(path: Path, label: str | None = None) -> ForeignSpec:
    """Read an adapter file (TOML).

    Parameters
    ----------
    path
        The file.  Its relative paths start at its own folder.
    label
        How the candidate is called in reports; by default `adapter:` and the path.

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no TOML, has a key that is none, or lacks the command; the message names the file.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no TOML: {error}") from error
    folder = path.resolve().parent
    for key in found:
        if key not in _KEYS:
            raise ValueError(f"{path} has the key {key!r}; expected some of {', '.join(_KEYS)}")
    for key in ("cwd", "known_gaps", "name", "version"):
        if not isinstance(found.get(key, ""), str):
            raise ValueError(f"{path}: {key} is {found[key]!r}; expected text")  # noqa: TRY004
    cwd = folder / found.get("cwd", ".")
    if not cwd.is_dir():
        raise ValueError(f"{path}: cwd is {found.get('cwd')!r}; expected a folder, {cwd} is none")
    start, case = _seconds(found.get("seconds", {}), path)
    gaps = found.get("known_gaps")
    if gaps is not None and not (folder / gaps).is_file():
        raise ValueError(f"{path}: known_gaps is {gaps!r}; there is no file {folder / gaps}")
    return ForeignSpec(
        label=label or f"adapter:{path}",
        backend="adapter",
        command=_command(found.get("command"), cwd, path),
        cwd=cwd,
        env=_env(found.get("env", {}), path),
        start_seconds=start,
        case_seconds=case,
        said={key: found[key] for key in _SAID if key in found},
        known_gaps=None if gaps is None else folder / gaps,
    )


def _command(given: Any, cwd: Path, path: Path) -> tuple[str, ...]:
    if (
        not isinstance(given, list)
        or not given
        or not all(isinstance(part, str) and part for part in given)
    ):
        raise ValueError(f"{path}: command is {given!r}; expected a list, program and arguments")
    program = given[0]
    # A program with a folder in its name is looked for from cwd; a bare name is one of the system.
    if "/" in program or "\\" in program:
        program = str((cwd / program).resolve())
    else:
        program = shutil.which(program) or program
    return (program, *given[1:])


def _env(given: Any, path: Path) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise ValueError(f"{path}: env is {given!r}; expected a table of texts")
    return given


def _seconds(given: Any, path: Path) -> tuple[float, float | None]:
    """Read one number for an answer, or a table with `start` and `case`."""
    table = given if isinstance(given, dict) else {"case": given}
    for key, value in table.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if key not in ("start", "case") or not number or not 0 < value < float("inf"):
            raise ValueError(
                f"{path}: seconds is {given!r}; expected a number over 0, or start and case"
            )
    case = table.get("case")
    return float(table.get("start", START_SECONDS)), None if case is None else float(case)
