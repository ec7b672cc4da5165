"""Plants every fault, verifies, and tells which were found and rightly named.

Ends with 0 where all were, 1 where one was missed or misnamed, 3 where something could not be run.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..suite import load_suite
from .judge import Judge
from .planted import Fault, load_faults
from .verdicts import Verdict, keep, key_of, markdown, read_kept, write_table
from .workshop import Workshop, WorkshopError, commit_of, fingerprint

_COMMAND = "python -m fillproof.conformance.faults"


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line, in a checkout of the project."""
    parser = argparse.ArgumentParser(prog=_COMMAND)
    parser.add_argument("--root", type=Path, default=Path(), help="checkout of the project")
    parser.add_argument("--only", default="*", help="pattern over the names of faults")
    parser.add_argument("--engine", choices=("python", "rust"), help="faults of one engine only")
    parser.add_argument("--ci", action="store_true", help="the few that every change has to pass")
    parser.add_argument(
        "--shard", type=shard, default=(1, 1), metavar="K/N", help="every N-th from the K-th on"
    )
    parser.add_argument(
        "--jobs", type=int, default=1, help="engines that are played at once (1); cargo has its own"
    )
    parser.add_argument(
        "--results", type=Path, help="verdicts, kept as they come and taken over by a later run"
    )
    parser.add_argument("--table", type=Path, help="write a Markdown table of all verdicts")
    parser.add_argument(
        "--target",
        type=Path,
        default=Path(tempfile.gettempdir()) / "fillproof-faults-target",
        help="folder in which cargo keeps what it built",
    )
    options = parser.parse_args(arguments)
    console = Console(width=None if Console().is_terminal else 160)
    try:
        # Named before the sources are copied, since others may go on working on them.
        commit = commit_of(options.root)
        verdicts = _run(options, console)
        if options.table is not None:
            asked = [f"--only '{options.only}'"] if options.only != "*" else []
            asked += [f"--engine {options.engine}"] if options.engine else []
            asked += ["--ci"] if options.ci else []
            command = " ".join([_COMMAND, *asked])
            write_table(options.table, markdown(verdicts, commit, command))
    except (OSError, WorkshopError) as error:
        console.print(Text(f"error: {error}", style="bold red"))
        return 3
    missed = sum(bool(verdict.complaints) for verdict in verdicts)
    console.print(_shown(verdicts))
    found = len(verdicts) - missed
    console.print(f"{found} of {len(verdicts)} planted faults found and rightly named")
    return 1 if missed else 0


def _run(options: argparse.Namespace, console: Console) -> list[Verdict]:
    """Come to a verdict about each chosen fault, those of an earlier run taken over."""
    root = options.root.resolve()
    faults = load_faults(
        only=options.only, engine=options.engine, shard=options.shard, ci=options.ci
    )
    sources = {engine: fingerprint(root, engine) for engine in {fault.engine for fault in faults}}
    keys = {fault.name: key_of(fault, sources[fault.engine]) for fault in faults}
    kept = read_kept(options.results)
    verdicts = {name: kept[key] for name, key in keys.items() if key in kept}
    left = [fault for fault in faults if fault.name not in verdicts]
    if verdicts:
        console.print(f"{len(verdicts)} verdicts are kept, {len(left)} are left")
    with (
        tempfile.TemporaryDirectory(prefix="fillproof-faults-") as folder,
        ThreadPoolExecutor(max_workers=options.jobs) as pool,
    ):
        judge = Judge(load_suite(options.root / "golden"))
        workshop = Workshop(root, Path(folder), options.target.resolve())
        for engine in sorted({fault.engine for fault in left}):
            judge.accept(workshop.build(engine))
        waiting: list[Future[None]] = []

        def play(fault: Fault, label: str) -> None:
            verdict = judge.decide(fault, label, keys[fault.name])
            # A faulty build is of no use any more, and there may be many.
            shutil.rmtree(label.partition("@")[2], ignore_errors=True)
            keep(options.results, verdict)
            verdicts[fault.name] = verdict
            console.print(Text(f"{len(verdicts)}/{len(faults)} {fault.name}: {verdict.result}"))

        unfit = 0
        for fault in left:
            try:
                # One build at a time: they share the tree. Meanwhile the ones before are played.
                label = workshop.build(fault.engine, fault)
            except WorkshopError as error:
                console.print(Text(f"{fault.name}: {error}", style="bold red"))
                unfit += 1
                continue
            waiting.append(pool.submit(play, fault, label))
        for one in waiting:
            one.result()
    if unfit:
        raise WorkshopError(f"{unfit} faults could not be planted")
    return [verdicts[fault.name] for fault in faults]


def _shown(verdicts: list[Verdict]) -> Table:
    table = Table("fault", "engine", "rule", "first divergence", "cases red", "seconds", "verdict")
    for verdict in verdicts:
        table.add_row(
            f"{verdict.name}\n{verdict.title}",
            verdict.engine,
            verdict.rule,
            verdict.first,
            str(verdict.red),
            f"{verdict.seconds:.1f}",
            "\n".join(verdict.complaints) or verdict.result,
        )
    return table


def shard(text: str) -> tuple[int, int]:
    """Read K/N.

    Raises
    ------
    ArgumentTypeError
        It is something else, or K is not from 1 to N.
    """
    number, _, shards = text.partition("/")
    if number.isdecimal() and shards.isdecimal() and 1 <= int(number) <= int(shards):
        return int(number), int(shards)
    raise argparse.ArgumentTypeError(f"{text!r} is not K/N with K from 1 to N, such as 1/4")


if __name__ == "__main__":
    sys.exit(main())
