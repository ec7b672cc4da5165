"""Plays random cases on all backends and stops at the first that differs.

`python -m fillproof.conformance.fuzz --examples 5000` runs as long as asked; the shrunk case is
printed, and written with `--save`.  The everyday tests run a few hundred examples of the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console

from .bits import same
from .client import BackendSpec, Client, WorkerAbsent
from .compare import first_difference, untraced_difference
from .divergence import against_reference
from .fuzz_cases import shares
from .fuzz_columns import called_back, columns
from .fuzz_expressions import expressions
from .fuzz_shrink import shrink
from .fuzz_strategies import built_ins
from .fuzz_tally import happened
from .fuzz_variations import variations
from .outcome import Outcome
from .render import divergence_panel
from .replay import fold, states_at_entry
from .scripted import to_number
from .units import units_of

__all__ = ["Arena", "Differs", "main", "run_fuzz"]

_SECONDS = 20.0
Mixed = list[tuple[int, st.SearchStrategy[dict[str, Any]]]]
"""Kinds of cases, and how many of each there are to those of the others."""


class Differs(AssertionError):
    """Two backends differ, or a trace does not give back the state.

    Attributes
    ----------
    case
        The case at hand.
    divergence
        Where two backends part, as in a report; None for other faults.
    kind
        `divergence`; else `crash` for an exception of no rule, `state` for what one backend says.
    """

    def __init__(
        self, message: str, case: dict[str, Any], divergence: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{message}\n{json.dumps(case)}")
        self.case = case
        self.divergence = divergence
        self.kind = "divergence" if divergence else "crash" if "Traceback" in message else "state"


class Arena:
    """Workers that play one case after another, and a tally of what happened in them.

    Parameters
    ----------
    specs
        The reference first.

    Attributes
    ----------
    tally
        How many cases had at least one of each: kinds of things such as `fill`, `stop`, `gap`,
        `mark` and `error`, each rule by its id, each error by its code; `cases` counts all.
    """

    def __init__(self, specs: list[BackendSpec]) -> None:
        self.clients: list[Client] = []
        self.tally: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(max_workers=len(specs))
        try:
            for spec in specs:
                self.clients.append(Client(spec))
        except WorkerAbsent:
            self.close()
            raise

    def close(self) -> None:
        """End all workers."""
        for client in self.clients:
            client.close()
        self._pool.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def play(self, case: dict[str, Any]) -> None:
        """Play one case everywhere, with lists and with columns in turn.

        One of signal columns is played again with a callback that gives the same signals.

        Raises
        ------
        Differs
            Two backends differ, or the state rebuilt from the trace is not the engine's own.
        """
        by_column = bool(self.tally["cases"] % 2)
        request = {"do": "case", "case": case, "columns": by_column, "states": True}
        answers = self._pool.map(lambda client: client.ask(request, _SECONDS), self.clients)
        outcomes: list[Outcome] = [answer["outcome"] for answer in answers]
        self.tally["cases"] += 1
        self.tally.update(happened(case, outcomes[0]))
        for client, outcome in zip(self.clients, outcomes, strict=True):
            _hold_states(case, outcome, client.spec.label)
            apart = untraced_difference(outcome)
            if apart is not None:
                told = f"{client.spec.label}: {apart.field}: {apart.left!r} traced, {apart.right!r}"
                raise Differs(told, case)
            failure = outcome.get("error")
            if failure is not None and failure["code"] is None:
                raise Differs(f"{client.spec.label}: {failure['traceback']}", case)
        for client, outcome in zip(self.clients[1:], outcomes[1:], strict=True):
            self._compare(case, (outcomes[0], outcome), client.spec.label)
        again = called_back(case)
        if again is not None:
            request = {"do": "case", "case": again, "columns": by_column}
            answers = self._pool.map(lambda client: client.ask(request, _SECONDS), self.clients)
            for client, answer in zip(self.clients, answers, strict=True):
                compared = (outcomes[0], answer["outcome"])
                self._compare(again, compared, f"{client.spec.label}, called back")

    def shrink(self, found: Differs) -> Differs:
        """Find a smaller case that fails in the same way, and say how it does."""
        smallest = found

        def fails(case: dict[str, Any]) -> bool:
            nonlocal smallest
            try:
                self.play(case)
            except Differs as other:
                if other.kind == found.kind:
                    smallest = other
                    return True
            return False

        shrink(found.case, fails)
        return smallest

    def _compare(self, case: dict[str, Any], outcomes: tuple[Outcome, Outcome], label: str) -> None:
        found = first_difference(*outcomes)
        if found is None:
            return
        labels = (self.clients[0].spec.label, label)
        report = against_reference(case, found, outcomes, labels)
        told = f"{found.stage}: {found.field} at bar {found.bar}: {found.left!r} on {labels[0]}, "
        raise Differs(f"{told}{found.right!r} on {labels[1]}", case, report)


def run_fuzz(
    arena: Arena,
    examples: int,
    *,
    derandomize: bool,
    max_bars: int = 16,
    mixed: Mixed | None = None,
    varied: int = 0,
) -> None:
    """Play `examples` random cases; a failing one is shrunk before it is raised.

    Parameters
    ----------
    arena
        Who plays.
    examples
        How many, or a few more.
    derandomize
        Play the same cases each time.
    max_bars
        Most bars of a case.
    mixed
        Shares of kinds of cases; by default `fuzz_cases.shares`.
    varied
        How many of `examples` are variations of each that was drawn; they cost less.

    Raises
    ------
    Differs
        With the smallest case that still fails.
    """
    mixed = mixed or shares(max_bars)
    of_all = sum(share for share, _ in mixed) * (1 + varied)
    for share, strategy in mixed:
        drawn = -(-examples * share // of_all)
        _play_some(arena, strategy, drawn, derandomize=derandomize, varied=varied)


def _play_some(
    arena: Arena,
    strategy: st.SearchStrategy[dict[str, Any]],
    examples: int,
    *,
    derandomize: bool,
    varied: int,
) -> None:
    @settings(
        max_examples=examples,
        derandomize=derandomize,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        # What differs is cut as a case, which takes a tenth of the time that drawing anew takes.
        phases=(Phase.generate,),
    )
    @given(strategy)
    def prop_backends_agree(case: dict[str, Any]) -> None:
        arena.play(case)
        # By what was drawn, so that the same example has the same variations.
        for other in variations(case, varied, seed=zlib.crc32(json.dumps(case).encode())):
            arena.play(other)

    try:
        prop_backends_agree()
    except Differs as found:
        raise arena.shrink(found) from found


def _hold_states(case: dict[str, Any], outcome: Outcome, label: str) -> None:
    """Fold the trace and hold it against every state that the engine gave of itself."""
    balance = to_number(case["config"]["initial_balance"])
    events = outcome.get("events") or []
    units = units_of(case)
    rebuilt = states_at_entry(events, balance, units)
    for bar, state in outcome.get("states") or []:
        if not same(rebuilt[bar], state):
            raise Differs(
                f"{label}: state at ENTRY of bar {bar} is {state}, its trace gives {rebuilt[bar]}",
                case,
            )
    state = outcome.get("state")
    last = fold(events, balance, units)
    if events and outcome.get("error") is None and not same(last, state):
        raise Differs(f"{label}: state is {state}, its trace gives {last}", case)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 where nothing differs, 1 where something does, 3 on error."""
    parser = argparse.ArgumentParser(prog="python -m fillproof.conformance.fuzz")
    parser.add_argument("--backends", default="python,cython,rust")
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument(
        "--varied", type=int, default=0, help="variations that are played of each drawn case"
    )
    parser.add_argument("--built-in", action="store_true", help="let the built-in strategies trade")
    parser.add_argument("--columns", action="store_true", help="give signals as columns")
    parser.add_argument("--expressions", action="store_true", help="let expressions trade")
    parser.add_argument("--save", type=Path, help="file for the shrunk case")
    options = parser.parse_args(arguments)
    try:
        arena = Arena([BackendSpec(name) for name in options.backends.split(",")])
    except (ValueError, WorkerAbsent) as error:
        print(error, file=sys.stderr)
        return 3
    with arena:
        try:
            run_fuzz(
                arena,
                options.examples,
                derandomize=False,
                max_bars=options.bars,
                mixed=_asked_for(options),
                varied=options.varied,
            )
        except Differs as found:
            Console().print(divergence_panel(found.divergence) if found.divergence else "")
            print(found)
            if options.save is not None:
                options.save.write_text(json.dumps(found.case, indent=1) + "\n", encoding="utf-8")
            return 1
        for name, count in sorted(arena.tally.items(), key=lambda item: -item[1]):
            print(f"{count:7d} {name}")
    return 0


def _asked_for(options: argparse.Namespace) -> Mixed | None:
    """Return what an option of the command line asks for; None: the usual mix."""
    if options.built_in:
        return [(1, built_ins(options.bars))]
    if options.expressions:
        return [(1, expressions(options.bars))]
    return [(1, columns(options.bars))] if options.columns else None


if __name__ == "__main__":
    sys.exit(main())
