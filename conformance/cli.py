"""The command `fillproof verify`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fillproof.cli_options import (
    Ask,
    Bid,
    Config,
    Data,
    Side,
    Spread,
    Strategy,
    Symbol,
    Timeframe,
    by_commas,
)
from fillproof.errors import FillproofError

from .candidates import known_gaps_of, reference_of, spec_of
from .client import Spec
from .isolation import BACKENDS
from .reports import check_targets, write
from .runner import Limits
from .suite import Suite, load_suite
from .verification import verify_backends
from .versions.command import verify_version

__all__ = ["verify"]

_USER_ERRORS = (OSError, ValueError, KeyError, FillproofError)


def verify(
    strategy: Strategy = None,
    bid: Bid = None,
    ask: Ask = None,
    data: Data = None,
    side: Side = None,
    spread: Spread = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    config: Config = None,
    reference: Annotated[
        str, typer.Option(help="What is taken as right, such as python or python@FOLDER.")
    ] = "python",
    candidate: Annotated[
        list[str] | None,
        typer.Option(
            help="Held against the reference; may be given again: a backend, NAME@FOLDER, "
            "callable:module:function, adapter:FILE.toml, logs:FILE.toml."
        ),
    ] = None,
    backends: Annotated[
        list[str] | None,
        typer.Option(
            help="Backends to run, by commas; may be given again; all but the reference are "
            f"candidates. [{','.join(BACKENDS)}]"
        ),
    ] = None,
    only: Annotated[str | None, typer.Option(help="Cases whose id matches this pattern.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the whole report to this file.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="Write JUnit XML, for CI systems, to this file.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write a short page in Markdown to this file.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(help="Write one page with pictures to this file; takes fillproof[report]."),
    ] = None,
    summary: Annotated[
        bool,
        typer.Option("--summary", help="Append the page in Markdown to GITHUB_STEP_SUMMARY."),
    ] = False,
    golden: Annotated[
        Path | None, typer.Option(help="Folder of the goldens; the installed ones by default.")
    ] = None,
    min_coverage: Annotated[
        float | None,
        typer.Option(help="Percent of decision and refusal rules that must be exercised."),
    ] = None,
    require_rules: Annotated[
        list[str] | None,
        typer.Option(help="Rules that must be exercised, by commas; patterns such as X2.* serve."),
    ] = None,
    tolerances: Annotated[
        Path | None, typer.Option(help="A TOML file of differences that are allowed.")
    ] = None,
    known_gaps: Annotated[
        Path | None, typer.Option(help="A TOML file of failures that are known and owned.")
    ] = None,
    bisect: Annotated[
        str | None,
        typer.Option(help="modules: swap the candidate's parts one by one and name the guilty."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="Another version: fillproof==X, git+REF or NAME@FOLDER. Tells which trades of the "
            "job change, and by which rule."
        ),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds that a case or job may take. [20, a job 1800]")
    ] = None,
    list_cases: Annotated[
        bool, typer.Option("--list", help="Name the cases and run nothing.")
    ] = False,
) -> None:
    """Prove that other implementations do the same, or show the first place where they do not.

    With --strategy or --data it is about your own backtest, else about the golden cases.  Ends with
    0 (same), 1 (different), 2 (not proven) or 3 (error).
    """
    # Wide enough for two sides of a bar when the output is a file.
    console = Console(width=None if Console().is_terminal else 160, soft_wrap=False)
    job = {
        "strategy": strategy,
        "bid": bid,
        "ask": ask,
        "data": data,
        "side": side,
        "spread": spread,
        "symbol": symbol,
        "timeframe": timeframe,
    }
    written: dict[str, Any] = {
        "json": json_file, "junit": junit, "markdown": markdown, "html": html, "summary": summary,
    }  # fmt: skip
    if against is not None:
        refused = {**written, "only": only, "candidate": candidate, "bisect": bisect}
        raise typer.Exit(
            verify_version(against, job, config, reference, json_file, timeout, console, refused)
        )
    try:
        check_targets(**written)
        chosen = _chosen(reference, candidate or [], by_commas(backends) or list(BACKENDS))
        exceptions = _exceptions(tolerances, known_gaps, chosen)
        _check_bisect(bisect)
        required = tuple(by_commas(require_rules))
        if config is not None or any(value is not None for value in job.values()):
            _refuse_beside_job(only=only, list_cases=list_cases)
            report = _job(
                job, config, chosen, golden, exceptions, (min_coverage, required), timeout, bisect
            )
        else:
            suite = load_suite(golden, only)
            if list_cases:
                console.print(_listing(suite))
                raise typer.Exit(0)
            report = verify_backends(
                chosen,
                suite,
                min_coverage=min_coverage,
                require=required,
                limits=Limits(case=timeout or 20.0),
                allowance=exceptions[0],
                gaps=exceptions[1],
                bisect=bisect is not None,
            ).report()
    except _USER_ERRORS as error:
        told = f"error: {' '.join(str(error).split()) or type(error).__name__}"
        console.print(Text(told, style="bold red"))
        raise typer.Exit(3) from error
    report["command"] = _again(
        {
            **job,
            "config": config,
            "reference": chosen[0].label,
            "candidate": [spec.label for spec in chosen[1:]],
            "only": only,
            "golden": golden,
            "min-coverage": min_coverage,
            "require-rules": require_rules,
            "tolerances": tolerances,
            "known-gaps": known_gaps,
            "bisect": bisect,
        }
    )
    write(report, console=console, **written)
    raise typer.Exit(report["exit_code"])


def _job(
    options: dict[str, Any],
    config: Path | None,
    chosen: list[Spec],
    golden: Path | None,
    exceptions: tuple[Any, Any],
    asked: tuple[float | None, tuple[str, ...]],
    timeout: float | None,
    bisect: str | None,
) -> dict[str, Any]:
    """Verify a job and give its report."""
    from .blame.explaining import explain_origin
    from .candidates import connect
    from .jobs import read_job
    from .proof.job_doubts import unknown_patterns
    from .proof.job_report import job_report
    from .proof.question import Question
    from .proof.verify_job import JobOptions, prove_job
    from .suite import golden_folder, load_rules

    rules = load_rules(golden_folder(golden))
    unknown = unknown_patterns(rules, asked[1])
    if unknown:
        raise ValueError(
            f"--require-rules names {unknown[0]!r}, which is no rule of decision or refusal"
        )
    question = Question(read_job(config=config, **options), config)
    explain = [explain_origin]
    if bisect is not None:
        from .proof.bisect import explain_job

        explain.append(explain_job)
    proof = prove_job(
        question,
        chosen[0],
        chosen[1:],
        rules,
        connect=connect,
        options=JobOptions(
            seconds=timeout or JobOptions.seconds, min_coverage=asked[0], require=asked[1]
        ),
        allowance=exceptions[0],
        gaps=exceptions[1],
        explain=explain,
    )
    return job_report(proof)


def _exceptions(
    tolerances: Path | None, known_gaps: Path | None, chosen: list[Spec]
) -> tuple[Any, Any]:
    """Read what is tolerated and known, adapters' own lists among it."""
    from .proof.known_gaps import Gaps, gaps_of
    from .proof.tolerances import Allowance, read_tolerances

    allowed = [] if tolerances is None else read_tolerances(tolerances)
    own = {spec.label: known_gaps_of(spec) for spec in chosen[1:]}
    return Allowance(allowed), Gaps(gaps_of(known_gaps, own))


def _again(options: dict[str, Any]) -> str:
    """Write the command that asks all of this again."""
    words = ["fillproof", "verify"]
    alone = not options["candidate"]
    for name, value in options.items():
        option = "--backends" if alone and name == "reference" else f"--{name}"
        for item in value if isinstance(value, list) else [value]:
            words += [] if item is None else [option, str(item)]
    return shlex.join(words)


def _check_bisect(bisect: str | None) -> None:
    if bisect not in (None, "modules"):
        raise ValueError(f"--bisect is {bisect!r}; expected modules")


def _refuse_beside_job(*, only: str | None, list_cases: bool) -> None:
    if only is not None or list_cases:
        named = "--only" if only is not None else "--list"
        raise ValueError(f"{named} is about golden cases; with --strategy or --data there are none")


def _chosen(reference: str, candidates: list[str], named: list[str]) -> list[Spec]:
    """Put the reference first, then the candidates in the order in which they were named."""
    if candidates:
        return [reference_of(reference), *map(spec_of, dict.fromkeys(candidates))]
    if named == [name for name in named if name in BACKENDS] and reference not in named:
        # `--backends cython` alone: the first one named is the reference.
        reference, *named = named or [reference]
    return [reference_of(reference), *(spec_of(name) for name in named if name != reference)]


def _listing(suite: Suite) -> Table:
    table = Table("case", "rule", "kind", "file")
    for case in suite.cases:
        table.add_row(case.id, case.rule, case.kind, case.path)
    return table
