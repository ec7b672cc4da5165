"""The loops against the seed's state machine, on runs by chance; and against loops that are wrong.

Evidence of L2.phases, L5.phases, L1.warmup and L4.start, in the seed's own words.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pyengine
from fillproof.errors import PhaseError

from .loop_spies import Scene, bar_of
from .seed_loop import (
    CLOSE,
    ENTRY,
    EXITS,
    INVARIANTS,
    MANAGE,
    OPEN,
    PORTFOLIO,
    PROGRESS,
    SIGNAL,
    Machine,
    Run,
    Step,
    faults_of,
)

SEEDS = range(8)
KINDS = pytest.mark.parametrize("several", [False, True], ids=["one", "several"])


def run_plain(scene: Scene, *, with_ours: bool, classes: Any = None) -> None:
    options = {} if classes is None else {"classes": classes}
    executor = scene.plain_executor(with_ours=with_ours)
    manager = scene.manager() if scene.run.managed else None
    strategy = scene.strategy(manager)
    scene.loop(strategy, executor, scene.plain_portfolio(), **options).run()


@KINDS
@pytest.mark.parametrize("with_ours", [False, True], ids=["seed's phases", "all phases"])
@pytest.mark.parametrize("seed", SEEDS)
def test_parts_in_plain_python(engine: Any, several: bool, with_ours: bool, seed: int) -> None:
    scene = Scene(engine, seed, several=several, told=seed % 4 != 1, managed=seed % 4 != 2)
    run_plain(scene, with_ours=with_ours)
    assert faults_of(scene.steps, scene.run) == {}
    assert {OPEN, CLOSE} <= {step.phase for step in scene.steps} or not with_ours


@KINDS
@pytest.mark.parametrize("seed", SEEDS)
def test_subclasses_of_ours(engine: Any, several: bool, seed: int) -> None:
    scene = Scene(engine, seed, several=several)
    executor, portfolio, manager = scene.own_parts()
    scene.loop(scene.strategy(manager), executor, portfolio).run()
    assert faults_of(scene.steps, scene.run) == {}


@KINDS
@pytest.mark.parametrize("seed", SEEDS)
def test_ours_untouched(engine: Any, several: bool, seed: int) -> None:
    """The fast path has no spies within: the tracer's events stand for what it called."""
    scene = Scene(engine, seed, several=several, managed=seed % 2 == 0)
    tracer, portfolio = engine.Tracer(), engine.Portfolio(10_000.0)
    executor = scene.executor = engine.ExecutionSimulator(portfolio, **scene.settings())
    before: list[int] = []
    note = scene.note

    def note_with_place(*what: Any) -> None:
        before.append(len(tracer.events))
        note(*what)

    scene.note = note_with_place  # type: ignore[method-assign]
    manager = scene.manager() if scene.run.managed else None
    scene.loop(scene.strategy(manager), executor, portfolio, tracer=tracer).run()
    steps = merged(scene.steps, before, tracer.events)
    found = {name: check(steps, scene.run) for name, check in INVARIANTS.items()}
    assert {name: faults for name, faults in found.items() if faults} == {}
    signals = [step.bar for step in steps if step.phase == SIGNAL]
    wanted = list(range(scene.run.start, scene.run.total))
    assert signals == [bar for bar in wanted for _ in scene.run.signals[bar]]
    # What is traced lies on the arrows, too; passes that decided nothing leave no event.
    order = [ENTRY, SIGNAL, EXITS, CLOSE, MANAGE, PORTFOLIO, PROGRESS]
    for bar in wanted:
        places = [order.index(s.phase) for s in steps if s.bar == bar and s.phase != OPEN]
        assert places == sorted(places)


def merged(steps: list[Step], before: list[int], events: list[Any]) -> list[Step]:
    """Put what spies and tracer saw in one order."""
    found: list[Step] = []
    rest = iter(sorted(zip(before, range(len(steps)), steps, strict=True)))
    place, _, step = next(rest, (len(events) + 1, 0, None))
    for index in range(len(events) + 1):
        while step is not None and place == index:
            found.append(step)
            place, _, step = next(rest, (len(events) + 1, 0, None))
        if index < len(events) and (phase := phase_of(events[index])) is not None:
            found.append(Step(phase, events[index]["bar"]))
    assert step is None
    return found


def phase_of(event: Any) -> str | None:
    if event["kind"] == "signal":
        return SIGNAL
    if event["kind"] == "equity":
        return PORTFOLIO
    # Fills and ledger entries of ENTRY belong to the signal before them.
    return {"OPEN": OPEN, "EXITS": EXITS, "CLOSE": CLOSE}.get(event["phase"])


# --- loops that are wrong, each in one way ---

ONE_BAR = "        for bar in range(start, total):\n"
ENTER = {False: "self._enter(bar, slice_map)", True: "self._enter(bar, view)"}
EXIT = {
    False: 'self._exit(bid, ask, named["evaluate_exits"])',
    True: 'self._exit(shown, named["evaluate_exits"])',
}
MANAGED = {False: "self._manage(view, bid, ask)", True: "self._manage(covered, view, bar)"}
UPDATE = {
    False: "self._update(bid.timestamp)",
    True: "self._update(self._time(self.portfolio, key, clock))",
}


def swapped(text: str, one: str, other: str) -> str:
    assert text.count(one) == text.count(other) == 1
    return text.replace(one, "@").replace(other, one).replace("@", other)


def replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


MUTANTS: dict[str, tuple[str, Any]] = {
    "backwards": (
        "bars ascend",
        lambda t, _: replaced(
            t, ONE_BAR, ONE_BAR.replace("range(", "reversed(range(", 1).replace("):", ")):")
        ),
    ),
    "every other bar": (
        "bars ascend",
        lambda t, _: replaced(t, ONE_BAR, ONE_BAR.replace("total)", "total, 2)")),
    ),
    "a bar twice": (
        "bars ascend",
        lambda t, _: replaced(
            t, ONE_BAR, "        for bar in sorted([*range(start, total), start]):\n"
        ),
    ),
    "warm-up evaluated": (
        "warm-up",
        lambda t, _: replaced(t, ONE_BAR, "        for bar in range(total):\n"),
    ),
    "started a bar late": (
        "warm-up",
        lambda t, _: replaced(t, ONE_BAR, "        for bar in range(start + 1, total):\n"),
    ),
    "exits first": ("entry before exit", lambda t, many: swapped(t, ENTER[many], EXIT[many])),
    "manager first": (
        "manager after exits",
        lambda t, many: swapped(t, EXIT[many], MANAGED[many]),
    ),
    "no update": ("portfolio current", lambda t, many: replaced(t, UPDATE[many], "pass")),
    "update before the manager": (
        "portfolio current",
        lambda t, many: swapped(t, MANAGED[many], UPDATE[many]),
    ),
    "update first": (
        "portfolio current",
        lambda t, many: swapped(t, ENTER[many], UPDATE[many]),
    ),
    "updated twice": (
        "portfolio current",
        lambda t, many: replaced(t, UPDATE[many], f"{UPDATE[many]}; {UPDATE[many]}"),
    ),
}


def mutant(change: Any, several: bool) -> Any:
    """The interpreted loop of the reference with one change of its text."""
    name = "cross_symbol_engine" if several else "event_engine"
    path = Path(pyengine.__file__).parent / f"{name}.py"
    module = ModuleType("pyengine.mutant")
    module.__package__ = "pyengine"
    text = change(path.read_text(encoding="utf-8"), several)
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module


@KINDS
def test_text_that_is_not_changed_is_right(several: bool) -> None:
    scene = Scene(pyengine, 3, several=several)
    run_plain(scene, with_ours=False, classes=mutant(lambda text, _: text, several))
    assert faults_of(scene.steps, scene.run) == {}


@KINDS
@pytest.mark.parametrize("name", MUTANTS)
def test_broken_loop_is_seen_to_be_broken(name: str, several: bool) -> None:
    invariant, change = MUTANTS[name]
    seen: set[str] = set()
    # Where every run starts at the first bar there is no warm-up to break.
    for seed in SEEDS:
        scene = Scene(pyengine, seed, several=several)
        run_plain(scene, with_ours=False, classes=mutant(change, several))
        seen |= set(faults_of(scene.steps, scene.run))
    assert {invariant, "state machine"} <= seen


@KINDS
@pytest.mark.parametrize("name", ["exits first", "no update"])
def test_broken_loop_is_seen_with_parts_of_ours(name: str, several: bool) -> None:
    invariant, change = MUTANTS[name]
    seen: set[str] = set()
    for seed in SEEDS:
        scene = Scene(pyengine, seed, several=several)
        executor, portfolio, manager = scene.own_parts()
        strategy = scene.strategy(manager)
        scene.loop(strategy, executor, portfolio, classes=mutant(change, several)).run()
        seen |= set(faults_of(scene.steps, scene.run))
    assert {invariant, "state machine"} <= seen


@KINDS
def test_manager_of_ours_refuses_to_be_called_first(several: bool) -> None:
    _, change = MUTANTS["manager first"]
    scene = Scene(pyengine, 3, several=several)
    executor, portfolio, manager = scene.own_parts()
    loop = scene.loop(scene.strategy(manager), executor, portfolio, classes=mutant(change, several))
    with pytest.raises(PhaseError):
        loop.run()


# --- the machine itself ---


def bar(number: int, **signals: Any) -> list[Step]:
    """The steps of a bar as the seed has them, something being active."""
    count = number + 1
    return [
        Step(ENTRY, number, None, True), Step(EXITS, number, None, True),
        Step(MANAGE, number, None, True), Step(PORTFOLIO, number, None, True),
        Step(PROGRESS, number, (count, 2), True),
    ]  # fmt: skip


def test_machine_follows_the_diagram() -> None:
    right = [*bar(0), *bar(1)]
    assert Machine(Run(0, 2)).follow(right) == []
    for place in range(len(right)):
        # No step can be left out, come twice, or change places with the next.
        assert Machine(Run(0, 2)).follow(right[:place] + right[place + 1 :])
        assert Machine(Run(0, 2)).follow([*right[: place + 1], *right[place:]])
        if place + 1 < len(right):
            turned = [*right[:place], right[place + 1], right[place], *right[place + 2 :]]
            assert Machine(Run(0, 2)).follow(turned)


def test_machine_wants_every_signal_in_order_and_every_symbol() -> None:
    run = Run(0, 1, {0: ["a", "b"]}, {0: ["X", "Y"]}, managed=True)
    right = [
        Step(ENTRY, 0), Step(SIGNAL, 0, "a"), Step(SIGNAL, 0, "b"), Step(EXITS, 0, "X"),
        Step(EXITS, 0, "Y"), Step(MANAGE, 0, "X"), Step(MANAGE, 0, "Y"), Step(PORTFOLIO, 0),
        Step(PROGRESS, 0, (1, 1)),
    ]  # fmt: skip
    assert Machine(run).follow(right) == []
    for place in (1, 3, 5):
        turned = [*right[:place], right[place + 1], right[place], *right[place + 2 :]]
        assert Machine(run).follow(turned)
    for place in range(len(right)):
        assert Machine(run).follow(right[:place] + right[place + 1 :])


def test_machine_passes_over_what_has_nothing_to_do() -> None:
    idle = [Step(ENTRY, 0), Step(PORTFOLIO, 0), Step(PROGRESS, 0, (1, 1))]
    assert Machine(Run(0, 1)).follow(idle) == []
    held = [Step(ENTRY, 0, None, True), *idle[1:]]
    assert Machine(Run(0, 1)).follow(held)
    nobody = [Step(ENTRY, 0, None, True), Step(EXITS, 0, None, True), Step(PORTFOLIO, 0)]
    assert Machine(Run(0, 1, managed=False, told=False)).follow(nobody) == []
    assert Machine(Run(0, 1, told=False)).follow(nobody)


def test_scene_has_something_to_see() -> None:
    """Runs by chance in which nothing happens would prove nothing."""
    scenes = [Scene(pyengine, seed, several=False) for seed in SEEDS]
    for scene in scenes:
        executor, portfolio, manager = scene.own_parts()
        scene.loop(scene.strategy(manager), executor, portfolio).run()
    assert {scene.run.start == 0 for scene in scenes} == {True, False}
    assert any(scene.run.start == scene.run.total - 1 for scene in scenes)
    phases = [step.phase for scene in scenes for step in scene.steps]
    assert min(map(phases.count, (SIGNAL, EXITS, MANAGE))) > 50
    reasons = {p.reason for scene in scenes for p in scene.executor.portfolio.closed_positions}
    assert {"stop_loss", "take_profit", "timeout"} <= reasons
    assert bar_of(scenes[0].candles["EURUSD"][3][0].timestamp) == 3
