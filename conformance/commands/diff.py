"""The command `fillproof diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..records.diff import diff_folders
from ..records.diff_telling import told_diff
from ..records.telling import fails_with_a_line
from ..wire import dumps

__all__ = ["diff"]


def diff(
    run_a: Annotated[Path, typer.Argument(help="What run --out or record wrote.")],
    run_b: Annotated[Path, typer.Argument(help="Another one.")],
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all of it to this file.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Answer by the exit code alone.")] = False,
) -> None:
    """Compare two results on disk, bit for bit, and show the first place where they part.

    Ends with 0 (same), 1 (different), 2 (not the same question, or nothing to compare) or 3 (one of
    them cannot be read, or was changed since it was written).
    """
    with fails_with_a_line():
        found = diff_folders(run_a, run_b)
        if json_file is not None:
            json_file.write_text(dumps(found.plain(), indent=1) + "\n", encoding="utf-8")
    if not quiet:
        typer.echo(told_diff(found))
    raise typer.Exit(found.exit_code)
