"""The commands `fillproof suite ...`."""

from __future__ import annotations

import secrets
from collections import Counter
from pathlib import Path
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from fillproof.cli_options import Ask, Bid, Config, Data, Side, Spread, Strategy, Symbol, Timeframe
from fillproof.errors import FillproofError

from ..blame.minimise_cli import minimise_command
from ..client import WorkerAbsent
from ..jobs import read_job
from ..render import divergence_panel
from ..user_fuzz import Arena, Fuzzing, Source, fuzz
from ..user_fuzz.saving import save
from ..wire import dumps

__all__ = ["app"]

app = typer.Typer(
    help="Fuzz your strategy on all backends, or minimise a case in which they differ.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_STYLES = {"same": "bold green", "different": "bold red", "not proven": "bold yellow"}
_SHOWN_RULES = 12


app.command("minimise")(minimise_command)


@app.command("fuzz")
def fuzz_command(
    strategy: Strategy = None,
    minutes: Annotated[float | None, typer.Option(help="Stop after so many minutes.")] = None,
    examples: Annotated[
        int | None, typer.Option(min=1, help="Stop after so many examples. [100]")
    ] = None,
    bid: Bid = None,
    ask: Ask = None,
    data: Data = None,
    side: Side = None,
    spread: Spread = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    config: Config = None,
    reference: Annotated[str, typer.Option(help="Backend that is taken as right.")] = "python",
    candidate: Annotated[
        list[str] | None,
        typer.Option(help="Who is held against it; may be given more than once. [cython, rust]"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Which examples; told at the end. [by chance]")
    ] = None,
    first: Annotated[int, typer.Option(min=0, help="Number of the first example.")] = 0,
    timeout: Annotated[float, typer.Option(help="Seconds that one run may take.")] = 60.0,
    out: Annotated[
        Path, typer.Option(help="Folder for an example in which something differs.")
    ] = Path("fuzz-found"),
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the report to this file.")
    ] = None,
) -> None:
    """Change your bars and settings at random and hold all backends against each other.

    Ends with 0 (same), 1 (different), 2 (not proven) or 3 (error).
    """
    console = Console(width=None if Console().is_terminal else 110, highlight=False)
    seed = secrets.randbelow(10**9) if seed is None else seed
    try:
        job = read_job(
            strategy=strategy,
            bid=bid,
            ask=ask,
            data=data,
            side=side,
            spread=spread,
            symbol=symbol,
            timeframe=timeframe,
            config=config,
        )
        source = Source.of(job)
        others = candidate or [name for name in ("python", "cython", "rust") if name != reference]
        with (
            Arena(reference, others, seconds=timeout, folder=Path.cwd()) as arena,
            _Bar(minutes, examples) as bar,
        ):
            done = fuzz(
                source,
                arena,
                seed=seed,
                examples=examples,
                minutes=minutes,
                first=first,
                progress=bar,
            )
        names, again = ([], "") if done.found is None else save(done, source, out)
        _show(done, console)
        if done.found is not None:
            console.print(Text(f"written to {out}: {', '.join(names)}"), soft_wrap=True)
            console.print(Text(f"again: {again}"), soft_wrap=True)
        if json_file is not None:
            json_file.write_text(dumps(done.report(), indent=1) + "\n", encoding="utf-8")
    except WorkerAbsent as error:
        told = " ".join(str(error).split())
        console.print(Text(f"not proven: {told}", style=_STYLES["not proven"]))
        raise typer.Exit(2) from error
    except (FillproofError, OSError, ValueError, ImportError, RuntimeError) as error:
        code = getattr(error, "code", type(error).__name__)
        console.print(Text(f"error: {code}: {' '.join(str(error).split())}", style="bold red"))
        raise typer.Exit(3) from error
    raise typer.Exit(done.exit_code)


def _show(done: Fuzzing, console: Console) -> None:
    console.print(
        Text(done.verdict, style=_STYLES[done.verdict]),
        Text(
            f"{done.examples} examples in {done.seconds:.0f} s on {', '.join(done.labels)}; "
            f"--seed {done.seed}"
        ),
        soft_wrap=True,
    )
    for doubt in done.doubts:
        console.print(Text(f"not proven: {doubt}"))
    for label, missing in done.not_compared.items():
        console.print(Text(f"not compared with {label}: {', '.join(missing)}"))
    if done.found is not None and done.example is not None:
        example = done.example
        console.print(Text(f"{done.found.kind} in example {example.number}: {done.found}"))
        changes = [name for name, _ in example.market]
        changes += [f"{table}.{key}" if key else table for table, key, _ in example.settings]
        console.print(
            Text(
                f"made small in {done.tries} tries: bars {example.first} to {example.last - 1} of "
                f"your data; changed: {', '.join(changes) or 'nothing'}"
            )
        )
        if done.found.report is not None:
            console.print(divergence_panel(done.found.report))
    console.print(_tally(done.tally))


def _tally(tally: Counter[str]) -> Table:
    """Show what happened: the kinds, and how many rules had a part in it."""
    rules = {name: count for name, count in tally.items() if "." in name and " " not in name}
    table = Table("in so many examples", "what")
    for name, count in sorted(tally.items(), key=lambda item: (-item[1], item[0])):
        if name not in rules:
            table.add_row(str(count), name)
    rarest = sorted(rules.items(), key=lambda item: (item[1], item[0]))[:_SHOWN_RULES]
    told = ", ".join(f"{name} {count}" for name, count in rarest)
    table.add_row(str(len(rules)), f"different rules had a part; the rarest: {told}")
    return table


class _Bar:
    """Progress with time on a terminal, nothing elsewhere."""

    def __init__(self, minutes: float | None, examples: int | None) -> None:
        errors = Console(stderr=True)
        self._progress = Progress(console=errors, transient=True, disable=not errors.is_terminal)
        self._seconds = None if minutes is None else minutes * 60.0
        self._examples = examples or (100 if minutes is None else None)
        self._task = self._progress.add_task("fuzz", total=1.0)

    def __call__(self, done: int, seconds: float, tally: Counter[str]) -> None:
        parts = [done / self._examples] if self._examples else []
        parts += [seconds / self._seconds] if self._seconds else []
        told = f"{done} examples, {seconds:.0f} s, {tally['fill']} with fills"
        self._progress.update(self._task, completed=max(parts), description=told)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
