"""The command `fillproof bench`."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from fillproof import backends
from fillproof.cli_options import by_commas
from fillproof.errors import ConfigError, FillproofError

if TYPE_CHECKING:
    from ..bench.cases import Case

__all__ = ["bench"]

_QUICK, _SECONDS, _QUICK_SECONDS = 0.1, 2.0, 0.4
_CURE = "python -m pip install 'fillproof[bench]'"


def bench(
    cases: Annotated[
        list[str] | None,
        typer.Option(
            help="Patterns over names and groups of cases, by commas; may be given again. [*]"
        ),
    ] = None,
    backend_names: Annotated[
        list[str] | None,
        typer.Option(
            "--backends",
            help="Whose times are taken, by commas; may be given again. "
            f"[{','.join(backends.NAMES)}]",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A tenth of the bars, fewer rounds.")
    ] = False,
    scale: Annotated[
        float | None, typer.Option(min=1e-4, max=100.0, help="Part of the bars. [1, quick 0.1]")
    ] = None,
    phases: Annotated[
        bool, typer.Option("--phases/--no-phases", help="Measure the shares by phase, too.")
    ] = True,
    instructions: Annotated[
        bool, typer.Option("--instructions", help="Count instructions by valgrind, too.")
    ] = False,
    compare: Annotated[
        Path | None, typer.Option(help="JSON of an earlier run; a loss of speed is told.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0.0, help="Part by which a time must grow at least to be a loss.")
    ] = 0.1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write everything to this file.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Write a page for a comment of a CI.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with charts; needs fillproof[report].")
    ] = None,
    names: Annotated[bool, typer.Option("--list", help="Name the cases and stop.")] = False,
) -> None:
    """Time the backends against each other; a time stands only beside equal results.

    Ends with 0 (well), 1 (results differ, or speed was lost against --compare), 2 (nothing was
    timed) or 3 (error).
    """
    console = Console(width=None if Console().is_terminal else 160, highlight=False)
    try:
        if importlib.util.find_spec("pytest_benchmark") is None:
            raise ConfigError(
                f"pytest-benchmark is not installed; cure: {_CURE}",
                code="OPTION_UNKNOWN",
                field="bench",
                value=None,
                expected="pytest-benchmark",
            )
        from ..bench.cases import cases as all_cases
        from ..reports import check_targets

        check_targets(json=json_file, markdown=markdown, html=html)
        earlier = None if compare is None else _read(compare)
        chosen = _chosen(all_cases(scale or (_QUICK if quick else 1.0)), by_commas(cases) or ["*"])
        if names:
            for case in chosen:
                console.print(f"{case.group}: {case.name}", markup=False)
            return
        found = _measure(
            chosen, _names(by_commas(backend_names)), seconds=_QUICK_SECONDS if quick else _SECONDS,
            scale=scale or (_QUICK if quick else 1.0), phases=phases, instructions=instructions,
        )  # fmt: skip
        if earlier is not None:
            from ..bench.comparison import compare as hold

            found["fillproof"]["comparison"] = hold(found, earlier, threshold)
        _write(found, console, json_file, markdown, html)
    except (FillproofError, OSError, ValueError, RuntimeError) as error:
        told = " ".join(str(error).split())
        console.print(Text(f"error: {told}", style="bold red"), soft_wrap=True)
        raise typer.Exit(3) from None
    from ..bench.verdict import exit_code

    raise typer.Exit(exit_code(found))


def _measure(
    chosen: list[Case],
    names: tuple[str, ...],
    *,
    seconds: float,
    scale: float,
    phases: bool,
    instructions: bool,
) -> dict[str, Any]:
    from ..bench import calibration, plan
    from ..bench import instructions as counted
    from ..bench import phases as shares

    # The stream itself: what pytest and its plugins print is kept from it.
    errors = Console(file=sys.stderr)
    with errors.status("timing") as status:

        def told(line: str) -> None:
            status.update(line)

        more: dict[str, Any] = {"scale": scale, "bandwidth": calibration.bandwidth()}
        found = plan.run(plan.Plan(chosen, names, seconds, told), more)
        own = found[plan.KEY]
        if phases and any(case.group == "callbacks" for case in chosen):
            told("shares by phase")
            ready = [name for name in reversed(backends.NAMES) if name in names]
            own["phases"] = [
                shares.measure(name, shares.bars_of(name, scale))
                for name in ready
                if backends.status(name).ok
            ]
        if instructions:
            told("counting instructions")
            # What has no time because results differ has no count either.
            timed = {(b["extra_info"]["case"], b["extra_info"]["backend"])
                     for b in found["benchmarks"]}  # fmt: skip
            own["instructions"] = counted.count(
                [case for case in chosen if case.group in {"native", "callbacks"}], timed
            )
    return found


def _write(
    found: dict[str, Any],
    console: Console,
    json_file: Path | None,
    markdown: Path | None,
    html: Path | None,
) -> None:
    from ..bench import page, telling

    if json_file is not None:
        json_file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if markdown is not None:
        markdown.write_text(telling.markdown(found), encoding="utf-8")
    if html is not None:
        html.write_text(page.html_page(found), encoding="utf-8")
    # Last: whoever reads only the first lines of a pipe still gets the files.
    telling.show(found, console)


def _chosen(known: list[Case], patterns: list[str]) -> list[Case]:
    found = [
        case
        for case in known
        if any(
            fnmatch.fnmatchcase(text, pattern)
            for pattern in patterns
            for text in (case.name, case.group)
        )
    ]
    if not found:
        groups = ", ".join(dict.fromkeys(case.group for case in known))
        raise _option(
            "cases", ",".join(patterns), f"a pattern that some case meets; groups: {groups}"
        )
    return found


def _names(given: list[str]) -> tuple[str, ...]:
    unknown = [name for name in given if name not in backends.NAMES]
    if unknown:
        raise _option("backends", ",".join(given), ", ".join(backends.NAMES))
    return tuple(given) or backends.NAMES


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise _option("compare", str(path), f"JSON of fillproof bench; {error}") from None
    if not isinstance(found, dict) or "fillproof" not in found or "benchmarks" not in found:
        raise _option("compare", str(path), "JSON of fillproof bench")
    return found


def _option(field: str, value: object, expected: str) -> ConfigError:
    return ConfigError(
        f"{field} is {value!r}; expected {expected}",
        code="OPTION_UNKNOWN",
        field=field,
        value=value,
        expected=expected,
    )
