"""Spies for both loops, and the state machine that their calls have to follow.

The parts are plain Python objects without anything of an engine, so every backend drives them
through their public methods.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

START = datetime(2020, 1, 1, tzinfo=UTC)
BARS = 24
WARMUP = 5
TIMES = [START + timedelta(minutes=bar) for bar in range(BARS)]
SYMBOLS = ("EURUSD", "GBPUSD")

# What may follow what within a bar, and from one bar to the next.
AFTER = {
    "START": {"evaluate"},
    "evaluate": {"process_signal", "evaluate_exits", "update"},
    "process_signal": {"process_signal", "evaluate_exits", "update"},
    "evaluate_exits": {"evaluate_exits", "manage", "update"},
    "manage": {"manage", "update"},
    "update": {"progress"},
    "progress": {"evaluate", "END"},
}

Call = tuple[str, int, Any]


class Spies:
    """Strategy, executor, portfolio and manager in one; each call is (phase, bar, what)."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.bar = -1
        self.active_positions: tuple[Any, ...] = ()
        self.position_manager = self
        self.portfolio = self

    def note(self, phase: str, what: Any) -> None:
        self.calls.append((phase, self.bar, what))

    def evaluate(self, index: int, shown: Any) -> list[Any] | None:
        self.bar = index
        self.note("evaluate", index)
        # A few signals, some bars without any, the same ones on every backend.
        return [f"{index}.{number}" for number in range(index * 7 % 4)] or None

    def process_signal(self, signal: Any) -> None:
        self.note("process_signal", signal)
        opened = SimpleNamespace(symbol=SYMBOLS[len(self.calls) % 2], status="open")
        self.active_positions = (*self.active_positions, opened)

    def evaluate_exits(self, bid: Any, ask: Any) -> None:
        self.note("evaluate_exits", bid.timestamp)
        if self.bar % 6 == 0:
            self.active_positions = ()

    def manage_positions(self, **given: Any) -> None:
        self.note("manage", given["bid_candle"].timestamp)

    def get_open_positions(self, symbol: str) -> list[Any]:
        return [position for position in self.active_positions if position.symbol == symbol]

    def update(self, time: Any) -> None:
        self.note("update", time)

    def progress(self, current: int, total: int) -> None:
        self.note("progress", (current, total))


def sides(engine: Any) -> tuple[list[Any], list[Any]]:
    """Make flat candles of both sides."""
    bid = [engine.Candle(time, 1.1, 1.101, 1.099, 1.1) for time in TIMES]
    ask = [engine.Candle(time, 1.1002, 1.1012, 1.0992, 1.1002) for time in TIMES]
    return bid, ask


def run_single(engine: Any, loop: Any = None) -> list[Call]:
    """Run the spies through the loop over one symbol."""
    spies = Spies()
    bid, ask = sides(engine)
    data = {"M1": {"bid": bid, "ask": ask}}
    kind = engine.EventEngine if loop is None else loop
    kind(
        bid, ask, spies, spies, spies, data, SYMBOLS[0], spies.progress, TIMES[WARMUP]
    ).run()  # fmt: skip
    return spies.calls


def run_several(engine: Any, loop: Any = None) -> list[Call]:
    """Run the spies through the loop over several symbols."""
    spies = Spies()
    bid, ask = sides(engine)
    lookup = {
        "bid": {candle.timestamp: candle for candle in bid},
        "ask": {candle.timestamp: candle for candle in ask},
    }
    kind = engine.CrossSymbolEventEngine if loop is None else loop
    kind(
        dict.fromkeys(SYMBOLS, lookup), TIMES, spies, spies, spies, "M1", spies.progress,
        TIMES[WARMUP],
    ).run()  # fmt: skip
    return spies.calls


def wrong_steps(calls: list[Call]) -> list[tuple[str, str]]:
    """Return the steps that the state machine does not know."""
    phases = ["START", *(phase for phase, _, _ in calls), "END"]
    return [
        (before, after)
        for before, after in pairwise(phases)
        if after not in AFTER.get(before, set())
    ]


def broken(calls: list[Call]) -> set[str]:
    """Return which of the five invariants the calls of a run break."""
    found: set[str] = set()
    times = [what for phase, _, what in calls if phase == "update"]
    bars = [bar for phase, bar, _ in calls if phase == "evaluate"]
    if times != sorted(set(times)) or bars != sorted(set(bars)):
        found.add("bars ascend")
    if any(phase == "evaluate" and bar < WARMUP for phase, bar, _ in calls):
        found.add("warm-up is respected")
    by_bar: dict[int, list[str]] = {}
    for phase, bar, _ in calls:
        by_bar.setdefault(bar, []).append(phase)
    for phases in by_bar.values():
        exits = [place for place, phase in enumerate(phases) if phase == "evaluate_exits"]
        signals = [place for place, phase in enumerate(phases) if phase == "process_signal"]
        managed = [place for place, phase in enumerate(phases) if phase == "manage"]
        if exits and signals and signals[-1] > exits[0]:
            found.add("entry before exit")
        if managed and (not exits or managed[0] < exits[-1]):
            found.add("manager after exits")
        if [phase for phase in phases if phase != "progress"][-1:] != ["update"]:
            found.add("portfolio is up to date")
    return found
