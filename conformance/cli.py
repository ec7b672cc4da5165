"""The command `fillproof verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .client import BackendSpec
from .isolation import BACKENDS
from .render import render
from .runner import Limits
from .suite import Suite, load_suite
from .verification import verify_backends
from .wire import dumps

__all__ = ["verify"]


def verify(
    reference: Annotated[
        str, typer.Option(help="Backend that is taken as right, such as python or python@FOLDER.")
    ] = "python",
    candidate: Annotated[
        str | None, typer.Option(help="The one backend to hold against the reference.")
    ] = None,
    backends: Annotated[
        str, typer.Option(help="Backends to run, by commas; all but the reference are candidates.")
    ] = "python,cython,rust",
    only: Annotated[str | None, typer.Option(help="Cases whose id matches this pattern.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the whole report to this file.")
    ] = None,
    golden: Annotated[
        Path | None, typer.Option(help="Folder of the goldens; the installed ones by default.")
    ] = None,
    min_coverage: Annotated[
        float | None,
        typer.Option(help="Percent of decision and refusal rules that must be exercised."),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that one case may take.")] = 20.0,
    list_cases: Annotated[
        bool, typer.Option("--list", help="Name the cases and run nothing.")
    ] = False,
) -> None:
    """Prove that backends agree bit for bit, or show the first place where they do not.

    Ends with 0 (same), 1 (different), 2 (not proven) or 3 (error).  NAME@FOLDER is a backend whose
    modules are looked for in FOLDER first, so two builds of one backend can be compared.
    """
    # Wide enough for two sides of a bar when the output is a file.
    console = Console(width=None if Console().is_terminal else 160, soft_wrap=False)
    try:
        suite = load_suite(golden, only)
        chosen = _chosen(reference, candidate, backends)
    except (OSError, ValueError, KeyError) as error:
        console.print(Text(f"error: {error}", style="bold red"))
        raise typer.Exit(3) from error
    if list_cases:
        console.print(_listing(suite))
        raise typer.Exit(0)
    found = verify_backends(chosen, suite, min_coverage=min_coverage, limits=Limits(case=timeout))
    report = found.report()
    if json_file is not None:
        json_file.write_text(dumps(report, indent=1) + "\n", encoding="utf-8")
    render(report, console)
    raise typer.Exit(found.exit_code)


def _chosen(reference: str, candidate: str | None, backends: str) -> list[BackendSpec]:
    """Put the reference first, then the candidates in the order in which they were named."""
    named = [name.strip() for name in backends.split(",") if name.strip()]
    if candidate is not None:
        return [BackendSpec(reference), BackendSpec(candidate)]
    if named == [name for name in named if name in BACKENDS] and reference not in named:
        # `--backends cython` alone: the first one named is the reference.
        reference, *named = named or [reference]
    return [BackendSpec(name) for name in [reference, *(n for n in named if n != reference)]]


def _listing(suite: Suite) -> Table:
    table = Table("case", "rule", "kind", "file")
    for case in suite.cases:
        table.add_row(case.id, case.rule, case.kind, case.path)
    return table
