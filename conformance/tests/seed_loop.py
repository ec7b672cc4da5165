"""The seed's state machine of a loop and its five critical invariants, written from its text.

    START -> ENTRY evaluate() -> process_signal() ... -> EXITS evaluate_exits() -> POS MGMT manage()
          -> PORTFOLIO update() -> PROGRESS callback -> ENTRY of the next bar, or END

Nothing of the engines is used here: spies write steps down, this says what is out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

START, END = "START", "END"
ENTRY, SIGNAL, EXITS = "evaluate", "process_signal", "evaluate_exits"
MANAGE, PORTFOLIO, PROGRESS = "manage_positions", "update", "on_progress"
# Phases that are ours: the seed's diagram has no box for them, so that it does not order them.
OPEN, CLOSE = "open_bar", "close_bar"

# The arrows of the diagram; one phase may come several times for the symbols of a key.
ARROWS = {
    START: {ENTRY},
    ENTRY: {SIGNAL, EXITS},
    SIGNAL: {SIGNAL, EXITS},
    EXITS: {EXITS, MANAGE},
    MANAGE: {MANAGE, PORTFOLIO},
    PORTFOLIO: {PROGRESS},
    PROGRESS: {ENTRY},
}


@dataclass(frozen=True)
class Step:
    """One call that a loop made.

    Attributes
    ----------
    phase : str
    bar : int
        By what the call was given: its index, the time of its candle, its count.
    what : object
        The signal, the symbol or None, (current, total).
    active : bool
        Whether active_positions was truthy once the call was over.
    """

    phase: str
    bar: int
    what: Any = None
    active: bool = False


@dataclass
class Run:
    """What a loop was given.

    Attributes
    ----------
    start, total : int
        First bar to be evaluated; number of bars.
    signals : dict
        bar -> what the strategy returns there, in order.
    covered : dict or None
        bar -> symbols with a candle, in order; None for a loop over one symbol.
    managed, told : bool
        Whether there is a manager, a progress callback.
    """

    start: int
    total: int
    signals: dict[int, list[Any]] = field(default_factory=dict)
    covered: dict[int, list[str]] | None = None
    managed: bool = True
    told: bool = True

    def symbols(self, bar: int) -> list[Any]:
        return [None] if self.covered is None else list(self.covered.get(bar, ()))


class Machine:
    """Follows steps along the arrows; `faults` has what the seed does not allow."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.state = START
        self.bar = run.start - 1
        self.active = False
        self.faults: list[str] = []
        # What the phase that is running has still to do.
        self.left: list[Any] = []

    def follow(self, steps: Sequence[Step]) -> list[str]:
        for step in steps:
            self.take(step)
        last = PROGRESS if self.run.told else PORTFOLIO
        if self.state != last or self.bar != self.run.total - 1:
            self.faults.append(f"ended in {self.state} of bar {self.bar}")
        return self.faults

    def take(self, step: Step) -> None:
        if step.phase not in (OPEN, CLOSE):
            while step.phase not in ARROWS[self.state] or not self._may_leave(step.phase):
                if not self._pass_over():
                    self.faults.append(f"{step} came after {self.state} of bar {self.bar}")
                    break
            self._enter(step)
        elif step.bar != self.bar + (step.phase == OPEN):
            self.faults.append(f"{step} came in bar {self.bar}")
        self.active = step.active

    def _may_leave(self, phase: str) -> bool:
        """Whether a phase is done: no signal, and no symbol, is left when the next one comes."""
        return phase == self.state or not self.left or (self.state, phase) == (ENTRY, SIGNAL)

    def _pass_over(self) -> bool:
        """Go along an arrow without a call, where there is nothing to call (L2)."""
        idle = not self.active and self.run.covered is None
        nobody = not self.run.managed or idle
        nothing_left = not self.left
        skips = {
            ENTRY: (EXITS, idle and nothing_left),
            SIGNAL: (EXITS, idle and nothing_left),
            EXITS: (MANAGE, nobody and nothing_left),
            PORTFOLIO: (PROGRESS, not self.run.told),
        }
        target, allowed = skips.get(self.state, (self.state, False))
        if allowed:
            self.state = target
        return allowed

    def _enter(self, step: Step) -> None:
        is_new = step.phase != self.state
        self.state = step.phase
        if step.phase == ENTRY:
            self.bar += 1
            self.left = list(self.run.signals.get(self.bar, ()))
        elif step.phase in (EXITS, MANAGE) and is_new:
            self.left = self.run.symbols(self.bar)
        if step.bar != self.bar:
            self.faults.append(f"{step} came in bar {self.bar}")
        if step.phase in (SIGNAL, EXITS, MANAGE):
            wanted = self.left.pop(0) if self.left else "nothing"
            if step.what is not wanted and step.what != wanted:
                self.faults.append(f"{step} came instead of {wanted!r}")
        elif step.phase == PROGRESS:
            counted = (self.bar - self.run.start + 1, self.run.total - self.run.start)
            if step.what != counted:
                self.faults.append(f"{step} counts otherwise than {counted}")


# --- the five critical invariants, each by itself ---


def bars_ascend(steps: Sequence[Step], run: Run) -> list[str]:
    """1. Bars come in chronological order, each of them once."""
    seen = [step.bar for step in steps if step.phase == ENTRY]
    faults = [f"bar {b} after bar {a}" for a, b in pairwise(seen) if b != a + 1]
    now = -1
    for step in steps:
        now = step.bar if step.phase in (ENTRY, OPEN) else now
        if step.bar != now:
            faults.append(f"{step} in bar {now}")
    return faults


def warm_up_is_respected(steps: Sequence[Step], run: Run) -> list[str]:
    """2. No signal, nor anything else, before original_start_dt; from it on every bar."""
    faults = [f"{step} in the warm-up" for step in steps if step.bar < run.start]
    first = next((step.bar for step in steps if step.phase == ENTRY), None)
    return faults if first == run.start else [*faults, f"bar {first} is the first"]


def entry_comes_before_exit(steps: Sequence[Step], run: Run) -> list[str]:
    """3. The signals of a bar are processed before its exits are checked."""
    return _none_after(steps, {ENTRY, SIGNAL}, {EXITS})


def manager_comes_after_exits(steps: Sequence[Step], run: Run) -> list[str]:
    """4. The position manager runs after evaluate_exits()."""
    return _none_after(steps, {EXITS}, {MANAGE})


def portfolio_is_current(steps: Sequence[Step], run: Run) -> list[str]:
    """5. update() ends every iteration: once a bar, after all that can change a position."""
    faults = _none_after(steps, {ENTRY, SIGNAL, EXITS, CLOSE, MANAGE}, {PORTFOLIO})
    updated = [step.bar for step in steps if step.phase == PORTFOLIO]
    evaluated = [step.bar for step in steps if step.phase == ENTRY]
    return faults if updated == evaluated else [*faults, "not one update for each bar"]


INVARIANTS: dict[str, Callable[[Sequence[Step], Run], list[str]]] = {
    "bars ascend": bars_ascend,
    "warm-up": warm_up_is_respected,
    "entry before exit": entry_comes_before_exit,
    "manager after exits": manager_comes_after_exits,
    "portfolio current": portfolio_is_current,
}


def _none_after(steps: Sequence[Step], early: set[str], late: set[str]) -> list[str]:
    """Name the steps of a bar that came too late, after one of the phases that follow them."""
    faults, passed = [], set[int]()
    for step in steps:
        if step.phase in late:
            passed.add(step.bar)
        elif step.phase in early and step.bar in passed:
            faults.append(f"{step} came after {' or '.join(sorted(late))}")
    return faults


def faults_of(steps: Sequence[Step], run: Run) -> dict[str, list[str]]:
    """Return what is wrong, by the machine and by each invariant; empty where nothing is."""
    found = {name: check(steps, run) for name, check in INVARIANTS.items()}
    found["state machine"] = Machine(run).follow(steps)
    return {name: faults for name, faults in found.items() if faults}
