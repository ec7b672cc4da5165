"""The command `fillproof suite minimise`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from fillproof.cli_options import Ask, Bid, Config, Data, Spread, Strategy, Symbol, Timeframe
from fillproof.errors import FillproofError

from ..bits import decimal_text
from ..candidates import connect
from ..case_keys import keys_of
from ..client import Candidate, WorkerAbsent, WorkerCrashed, WorkerSilent
from ..divergence import against_reference
from ..jobs import Job, read_job
from ..render import divergence_panel
from ..suite import load_suite
from ..wire import dumps, loads
from .minimise import golden_file, minimise

__all__ = ["minimise_command"]

_ERROR = 3


def minimise_command(
    file: Annotated[
        Path | None, typer.Argument(help="A case as JSON: a file of goldens, or one case.")
    ] = None,
    case: Annotated[str | None, typer.Option(help="Id of a golden case.")] = None,
    strategy: Strategy = None,
    data: Data = None,
    bid: Bid = None,
    ask: Ask = None,
    spread: Spread = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    config: Config = None,
    reference: Annotated[str, typer.Option(help="Backend that is taken as right.")] = "python",
    candidate: Annotated[str, typer.Option(help="Who is held against it.")] = "rust",
    timeout: Annotated[float, typer.Option(help="Seconds that one run may take.")] = 300.0,
    out: Annotated[Path, typer.Option(help="File for the small case.")] = Path("minimised.json"),
) -> None:
    """Shrink a case, or your own run, to the smallest in which two engines still part alike.

    Ends with 0 where a small case was written, 2 where nothing differs, 3 on error.
    """
    console = Console()
    options = {
        "strategy": strategy, "data": data, "bid": bid, "ask": ask, "spread": spread,
        "symbol": symbol, "timeframe": timeframe,
    }  # fmt: skip
    try:
        _check_given(file, case, {**options, "config": config})
        with connect(reference) as left, connect(candidate) as right:
            asks = _asker(left, timeout), _asker(right, timeout)
            chosen = _chosen(file, case, {**options, "config": config}, asks[0])
            small = minimise(chosen, *asks, right.hello)
            if small is None:
                console.print(Text(f"{reference} and {candidate} do not part in this case"))
                raise typer.Exit(2)
            labels = (left.spec.label, right.spec.label)
            made = golden_file(small.case, small.difference, labels)
            out.write_text(dumps(made, indent=1) + "\n", encoding="utf-8")
            outcomes = [ask({"do": "case", "case": small.case})["outcome"] for ask in asks]
    except (
        FillproofError, OSError, ValueError, WorkerAbsent, WorkerCrashed, WorkerSilent,
    ) as error:  # fmt: skip
        Console(stderr=True).print(Text(f"error: {error}", style="bold red"))
        raise typer.Exit(_ERROR) from None
    told = against_reference(
        {**small.case, "id": made["cases"][0]["id"]},
        small.difference,
        (outcomes[0], outcomes[1]),
        labels,
    )
    told["command"] = (
        f"fillproof suite minimise {out} --reference {reference} --candidate {candidate}"
    )
    console.print(divergence_panel(told))
    found, bars = small.difference, len(keys_of(small.case))
    console.print(
        Text(
            f"{bars} bars and {len(small.case['signals'])} signals after {small.tries} tries: "
            f"{found.field} is {decimal_text(found.left)} on {labels[0]}, "
            f"{decimal_text(found.right)} on {labels[1]}; written to {out}"
        )
    )


def _asker(client: Candidate, seconds: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda request: client.ask(request, seconds)


def _check_given(file: Path | None, case: str | None, options: dict[str, Any]) -> None:
    given = [file is not None, case is not None, any(options.values())]
    if sum(given) != 1:
        told = "FILE, --case and a strategy with its candles"
        raise ValueError(f"{sum(given)} of {told} were given; expected one")
    if file is not None and not file.is_file():
        raise ValueError(f"{file} is no file; expected a case as JSON")


def _chosen(
    file: Path | None,
    case: str | None,
    options: dict[str, Any],
    ask: Callable[[dict[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """Find or make the case to begin with."""
    if file is not None:
        return _case_of_file(file)
    return _golden(case) if case is not None else _case_of_job(read_job(**options), ask)


def _golden(name: str) -> dict[str, Any]:
    for case in load_suite().cases:
        if case.id == name:
            if case.kind != "run":
                raise ValueError(f"case {name!r} is of kind {case.kind}; expected a run")
            return {**case.data, "id": case.id}
    raise ValueError(f"case {name!r} is not in the suite; expected an id of golden/cases")


def _case_of_file(path: Path) -> dict[str, Any]:
    found = loads(path.read_text(encoding="utf-8").replace("\n", " "))
    cases = found.get("cases", [found])
    if len(cases) != 1 or "config" not in cases[0]:
        told = f"{path} has {len(cases)} cases" if len(cases) != 1 else f"{path} is no case"
        raise ValueError(f"{told}; expected one, with config, bars, signals and commands")
    case: dict[str, Any] = cases[0]
    return case


def _case_of_job(job: Job, ask: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Record the strategy's signals on the reference and make a case of them."""
    ran = ask({"do": "job", "job": job.plain(), "record": True})["outcome"]
    if ran.get("error") is not None:
        raise ValueError(f"the run fails on the reference: {ran['error']['message']}")
    answer = ask({"do": "job_case", "job": job.plain(), "given": ran["given"]})["outcome"]
    if "case" not in answer:
        raise ValueError(str(answer["lost"]))
    case: dict[str, Any] = answer["case"]
    return case
