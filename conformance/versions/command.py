"""`fillproof verify --against`: from options to an exit code."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from fillproof.errors import FillproofError

from ..client import WorkerAbsent, WorkerCrashed, WorkerSilent
from ..jobs import read_job
from ..proof.question import Question
from ..reports import check_targets, write
from .comparison import Against, verify_against
from .pages import report_of

__all__ = ["verify_version"]

_USER_ERRORS = (OSError, ValueError, FillproofError, WorkerAbsent, WorkerCrashed, WorkerSilent)
_SECONDS = 1800.0
_PAGES = ("junit", "markdown", "html", "summary")


def verify_version(
    text: str,
    options: Mapping[str, Any],
    config: Path | None,
    backend: str,
    json_file: Path | None,
    seconds: float | None,
    console: Any,
    others: Mapping[str, Any],
) -> int:
    """Hold this version against another one on the user's job.

    Parameters
    ----------
    text
        What stands after `--against`.
    options, config
        Of the job, as for `fillproof run`.
    backend
        Which backend of both versions runs.
    json_file
        Where to write all of it.
    seconds
        How long a run may take.
    console
        Of rich.
    others
        Further options by name: files of other forms, and what means nothing here and is refused.

    Returns
    -------
    int
        0 same, 1 different, 2 not proven, 3 error.
    """
    pages: dict[str, Any] = {name: others.get(name) or None for name in _PAGES[:-1]}
    pages["summary"] = bool(others.get("summary"))
    try:
        check_targets(json=json_file, **pages)
        idle = [name for name, value in others.items() if value and name not in {*_PAGES, "json"}]
        if idle:
            raise ValueError(f"--{idle[0]} means nothing beside --against")
        question = Question(read_job(config=config, **options), config)

        def write_pages(found: Against) -> None:
            command = f"{question.command(backend)} --against {shlex.quote(text)}"
            write(report_of(found, question.told(), command), **pages)

        return verify_against(
            question.job,
            text,
            backend=backend,
            console=console,
            json_file=json_file,
            pages=write_pages if any(pages.values()) else None,
            seconds=seconds or _SECONDS,
        )
    except _USER_ERRORS as error:
        console.print(Text(f"error: {' '.join(str(error).split())}", style="bold red"))
        return 3
