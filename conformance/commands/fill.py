"""The command `fillproof fill`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..records import filling
from ..records.telling import fails_with_a_line

__all__ = ["fill"]


def fill(
    folder: Annotated[
        Path, typer.Argument(help="Goldens of your own: NAME.toml asks, NAME.json answers.")
    ],
    backend: Annotated[
        str | None,
        typer.Option(help="Who runs; only the reference may fill. [the reference]"),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail where an answer is another one.")
    ] = False,
    only: Annotated[str | None, typer.Option(help="Goldens whose name matches.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that each run may take.")] = 600.0,
) -> None:
    """Answer golden questions of your own with the reference, or hold a backend against them.

    Ends with 0, or 1 (an answer is another one), 2 (nothing to hold against), 3 (refused: filled by
    a candidate, edited by hand, in continuous integration without --check).
    """
    with fails_with_a_line():
        found = filling.fill(folder, backend=backend, check=check, only=only, seconds=timeout)
    for line in [*found.lines, *(f"not proven: {doubt}" for doubt in found.doubts)]:
        typer.echo(line)
    raise typer.Exit(found.exit_code)
