"""Plants every fault, verifies, and tells which were found and rightly named.

Ends with 0 where all were, 1 where one was missed or misnamed, 3 where something could not be run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..client import BackendSpec
from ..suite import Suite, load_suite
from ..verification import Verification, verify_backends
from .planted import Fault, load_faults, misses
from .workshop import Workshop, WorkshopError

# The interpreted reference has nothing to build and is there in every checkout.
_REFERENCE = "python"


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line, in a checkout of the project."""
    parser = argparse.ArgumentParser(prog="python -m fillproof.conformance.faults")
    parser.add_argument("--root", type=Path, default=Path(), help="checkout of the project")
    parser.add_argument("--only", default="*", help="pattern over the names of faults")
    parser.add_argument("--engine", choices=("python", "rust"), help="faults of one engine only")
    parser.add_argument(
        "--target",
        type=Path,
        default=Path(tempfile.gettempdir()) / "fillproof-faults-target",
        help="folder in which cargo keeps what it built",
    )
    options = parser.parse_args(arguments)
    console = Console(width=None if Console().is_terminal else 160)
    with tempfile.TemporaryDirectory(prefix="fillproof-faults-") as folder:
        try:
            faults = load_faults(only=options.only, engine=options.engine)
            suite = load_suite(options.root / "golden")
            workshop = Workshop(options.root.resolve(), Path(folder), options.target.resolve())
            return _run_all(faults, workshop, suite, console)
        except (OSError, WorkshopError) as error:
            console.print(Text(f"error: {error}", style="bold red"))
            return 3


def _run_all(faults: list[Fault], workshop: Workshop, suite: Suite, console: Console) -> int:
    for engine in sorted({fault.engine for fault in faults}):
        sound = _verify(workshop.build(engine), _hand_cases(suite))
        if sound.different or sound.broken or not sound.comparisons[0].compared:
            console.print(f"without any fault {engine} is not sound; plant nothing before it is")
            return 3
    table = Table("fault", "engine", "rule", "cases red", "seconds", "verdict")
    missed = 0
    for fault in faults:
        started = time.perf_counter()
        workshop.plant(fault)
        try:
            chosen = suite if fault.whole else _hand_cases(suite)
            found = _verify(workshop.build(fault.engine), chosen)
        finally:
            workshop.take_out(fault)
        complaints = misses(fault, found)
        missed += bool(complaints)
        table.add_row(
            f"{fault.name}\n{fault.title}",
            fault.engine,
            fault.first.get("rule", ""),
            str(sum(len(row.divergences) for row in found.comparisons)),
            f"{time.perf_counter() - started:.1f}",
            "\n".join(complaints) or "found, rightly named",
        )
    console.print(table)
    console.print(f"{len(faults) - missed} of {len(faults)} planted faults found and rightly named")
    return 1 if missed else 0


def _hand_cases(suite: Suite) -> Suite:
    """Leave out whole runs: a fault has to turn red what proves its rule by hand."""
    return replace(suite, cases=tuple(case for case in suite.cases if case.kind != "whole"))


def _verify(label: str, suite: Suite) -> Verification:
    return verify_backends([BackendSpec(_REFERENCE), BackendSpec(label)], suite, min_coverage=0.0)


if __name__ == "__main__":
    sys.exit(main())
