"""Makes mutants of an engine and tells which of them the golden cases notice.

Ends with 0, with 1 where fewer were caught than `--goal` asks for, and with 3 where something could
not be run.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.text import Text

from ..faults.__main__ import shard
from ..faults.workshop import WorkshopError, commit_of
from .mutants import Mutant, chosen
from .outcomes import Kept, Verdict, load_equivalents, score
from .python import PythonEngine
from .rust import RustEngine
from .table import known_equivalents, markdown, shown
from .tree import MutationError, bounded_memory, digest_of

_COMMAND = "python -m fillproof.conformance.mutation"


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line, in a checkout of the project."""
    options = _parser().parse_args(arguments)
    console = Console(width=None if Console().is_terminal else 160)
    try:
        return _run(options, console)
    except (OSError, ValueError, MutationError, WorkshopError) as error:
        console.print(Text(f"error: {error}", style="bold red"))
        return 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=_COMMAND)
    parser.add_argument("engine", choices=("python", "rust"))
    parser.add_argument("--root", type=Path, default=Path(), help="checkout of the project")
    parser.add_argument("--sample", type=int, default=300, help="how many mutants (300)")
    parser.add_argument("--all", action="store_true", help="every mutant there is")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    parser.add_argument("--only", default="*", help="pattern over the names of mutants")
    parser.add_argument(
        "--shard", type=shard, default=(1, 1), metavar="K/N", help="every N-th from the K-th on"
    )
    parser.add_argument(
        "--resume", action="store_true", help="take over the verdicts of --results that still hold"
    )
    parser.add_argument(
        "--results", type=Path, help="verdicts as they come (.mutation/ENGINE.jsonl in the root)"
    )
    parser.add_argument("--golden-only", action="store_true", help="nothing after the golden cases")
    parser.add_argument("--goal", type=float, help="percent that must be caught")
    parser.add_argument("--table", type=Path, help="write a Markdown table of the outcome")
    parser.add_argument("--list", action="store_true", help="name the mutants, run nothing")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "fillproof-mutation",
        help="where copies are made and builds are kept",
    )
    return parser


def _run(options: argparse.Namespace, console: Console) -> int:
    root = options.root.resolve()
    number, shards = options.shard
    folder = options.folder.resolve() / f"{options.engine}-{number}-of-{shards}"
    # Named before the sources are copied, since others may go on working on them.
    commit = commit_of(root)
    engine = (PythonEngine if options.engine == "python" else RustEngine)(root, folder)
    every = engine.mutants()
    mutants = chosen(
        [one for one in every if fnmatch.fnmatchcase(one.name, options.only)],
        sample=None if options.all else options.sample,
        seed=options.seed,
        shard=options.shard,
    )
    if options.list:
        for mutant in mutants:
            console.print(mutant.name, markup=False, highlight=False, soft_wrap=True)
        return 0
    results = options.results or root / ".mutation" / f"{options.engine}.jsonl"
    if not options.resume and results.exists() and number == 1:
        results.unlink()
    kept = Kept(results, digest_of(root, engine.sources), digest_of(root, engine.evidence))
    stages = engine.stages[:1] if options.golden_only else engine.stages
    verdicts = play_all(engine, mutants, kept, stages, console)
    equivalent = known_equivalents(load_equivalents(), engine, mutants)
    total = score(verdicts, frozenset(equivalent))
    console.print(shown(verdicts, frozenset(equivalent)))
    for verdict in verdicts:
        if verdict.verdict == "survived" and verdict.name not in equivalent:
            console.print(f"survived: {verdict.name}", markup=False, highlight=False)
    console.print(
        f"{total.viable} of {len(every)} mutants count: golden cases catch "
        f"{total.by_golden:.1f} %, with what comes after them {total.caught:.1f} %",
        highlight=False,
    )
    if options.table is not None:
        asked = (
            f"--all --seed {options.seed}"
            if options.all
            else (f"--sample {options.sample} --seed {options.seed}")
        )
        command = f"{_COMMAND} {options.engine} {asked}"
        text = markdown(verdicts, equivalent, commit, command, len(every))
        options.table.write_text(text, encoding="utf-8")
    missed = options.goal is not None and total.caught < options.goal
    return 1 if missed or not total.viable else 0


class Plays(Protocol):
    """What can try mutants."""

    def prepare(self, stages: Sequence[str]) -> None:
        """Make sure that nothing fails without a change."""

    def play(self, mutant: Mutant, stages: Sequence[str]) -> Verdict:
        """Try one mutant."""
        ...

    def close(self) -> None:
        """End what was started."""


def play_all(
    engine: Plays,
    mutants: list[Mutant],
    kept: Kept,
    stages: Sequence[str],
    console: Console,
) -> list[Verdict]:
    """Come to a verdict about each mutant, those of an earlier run taken over."""
    known = kept.read()
    done = {
        mutant.name: known[mutant.name]
        for mutant in mutants
        if mutant.name in known and not known[mutant.name].unfinished(stages)
    }
    left = [mutant for mutant in mutants if mutant.name not in done]
    console.print(f"{len(done)} verdicts are kept, {len(left)} are left", highlight=False)
    if not left:
        return [done[mutant.name] for mutant in mutants]
    with bounded_memory():
        try:
            engine.prepare(stages)
            for mutant in left:
                verdict = engine.play(mutant, stages)
                kept.add(verdict)
                done[mutant.name] = verdict
                told = f"{len(done)}/{len(mutants)} {verdict.verdict} {mutant.name}"
                console.print(told, markup=False, highlight=False, soft_wrap=True)
        finally:
            engine.close()
    return [done[mutant.name] for mutant in mutants]


if __name__ == "__main__":
    sys.exit(main())
