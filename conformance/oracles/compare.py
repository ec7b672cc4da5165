"""Compares what two systems made of the signals of a case, trade by trade.

Equal means: same bars, same prices to the last bit, same direction, results within `TOLERANCE`.
What differs is explained only if each side is what its own rules make of the candles; the causes
are the rules without which there would be no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .peers import Peer
from .plain import Case, Row, Signal
from .readings import LAW, Reading, predict

__all__ = ["TOLERANCE", "Comparison", "compare", "same"]

TOLERANCE = 1e-9
"""Results may differ by this much of the larger one: the formulas multiply in another order, and a
peer finds the worth of a few ticks by subtracting two rounded values of the whole position."""


@dataclass
class Comparison:
    """What was found in one case, or in several.

    Attributes
    ----------
    signals
        How many were compared.
    equal
        Trades, closed on both sides, that are equal.
    open
        Positions still open at the end, equal.
    none
        Signals that became no trade on either side, by the same outcome.
    explained
        Cause -> signals that differ.
    exercised
        What the equal trades went through.
    unexplained, misread
        Differences without a cause; equal rows of which `readings` says something else.
    deviation
        Largest relative difference of two results.
    """

    signals: int = 0
    equal: int = 0
    open: int = 0
    none: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    exercised: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)
    deviation: float = 0.0

    def add(self, other: Comparison) -> None:
        """Add what was found in another case."""
        self.signals += other.signals
        self.equal += other.equal
        self.open += other.open
        self.none += other.none
        self.explained += other.explained
        self.exercised += other.exercised
        self.unexplained += other.unexplained
        self.misread += other.misread
        self.deviation = max(self.deviation, other.deviation)


def compare(case: Case, ours: Sequence[Row], theirs: Sequence[Row], peer: Peer) -> Comparison:
    """Compare Fillproof's rows with a peer's."""
    found = Comparison(signals=len(case.signals))
    reading = peer.reading_of(case, theirs)
    gate = _Gate(case, ours, at_exit=True)
    gate_there = _Gate(case, theirs, at_exit=peer.there_at_exit(case))
    for number, (signal, mine, other) in enumerate(zip(case.signals, ours, theirs, strict=True)):
        held, held_there = gate.held(signal), gate_there.held(signal)
        gate.enter(number)
        gate_there.enter(number)
        label = f"{case.name}, signal {number} {signal}: {mine} against {other}"
        if (mine.outcome == "skipped", other.outcome == "skipped") != (
            bool(held),
            bool(held_there),
        ):
            found.unexplained.append(f"{label}: a gate was not kept")
        elif held or held_there:
            if held and held_there:
                found.none["skipped"] += 1
            else:
                found.explained[_gate_cause(held or held_there, ours, theirs)] += 1
        elif same(mine, other):
            _count_equal(found, case, signal, mine, other)
            if not (
                same(mine, predict(case, signal)) and same(other, predict(case, signal, reading))
            ):
                found.misread.append(label)
        else:
            causes = _causes(case, signal, mine, other, reading)
            if causes is None:
                found.unexplained.append(label)
            else:
                found.explained[causes] += 1
    return found


def same(one: Row, other: Row) -> bool:
    """Tell whether two rows are equal; results may differ by `TOLERANCE`.

    Examples
    --------
    >>> row = Row("closed", 1, 1.1, 2, 1.2, 1000.0)
    >>> same(row, row._replace(result=1000.0000001)), same(row, row._replace(exit_price=1.2000001))
    (True, False)
    """
    if one[:-1] != other[:-1]:
        return False
    if one.result is None or other.result is None:
        return one.result is other.result
    return _deviation(one.result, other.result) <= TOLERANCE


def _deviation(one: float, other: float) -> float:
    larger = max(abs(one), abs(other))
    return abs(one - other) / larger if larger > 0.0 else 0.0


class _Gate:
    """Keeps the orders and positions of one side that keep later signals back."""

    def __init__(self, case: Case, rows: Sequence[Row], *, at_exit: bool) -> None:
        self.one, self.signals = case.gate != "several", case.signals
        self.at_open = case.fill == "next_open"
        self.rows, self.at_exit = rows, at_exit
        self.there: list[int] = []

    def held(self, signal: Signal) -> list[int]:
        """Return the numbers of the earlier signals whose orders or positions are there."""
        self.there = [number for number in self.there if self._is_there(number, signal.bar)]
        return list(self.there)

    def enter(self, number: int) -> None:
        """Take in what became of a signal."""
        if self.one:
            self.there.append(number)

    def _is_there(self, number: int, bar: int) -> bool:
        row = self.rows[number]
        if row.outcome == "expired":
            return bar <= self.signals[number].bar + (self.signals[number].max_bars or 0)
        if row.exit_bar is None:
            return row.outcome in {"waiting", "open"}
        by_command = self.at_open and self.signals[number].close_at == row.exit_bar - 1
        return bar <= row.exit_bar if self.at_exit and not by_command else bar < row.exit_bar


def _gate_cause(held: Sequence[int], ours: Sequence[Row], theirs: Sequence[Row]) -> str:
    if any(same(ours[number], theirs[number]) for number in held):
        return "gate: asked after the exits"
    return "gate: an earlier trade differs"


def _causes(case: Case, signal: Signal, mine: Row, other: Row, reading: Reading) -> str | None:
    """Name the rules that make the difference; None where a side is not what its rules say."""
    law = predict(case, signal)
    if not (same(mine, law) and same(other, predict(case, signal, reading))):
        return None
    switches = [name for name in Reading._fields if getattr(reading, name) != getattr(LAW, name)]
    alone, needed = [], []
    for name in switches:
        only = LAW._replace(**{name: getattr(reading, name)})
        if not same(law, predict(case, signal, only)):
            alone.append(name)
        without = reading._replace(**{name: getattr(LAW, name)})
        if not same(other, predict(case, signal, without)):
            needed.append(name)
    return " + ".join(alone or needed) or None


def _count_equal(found: Comparison, case: Case, signal: Signal, mine: Row, other: Row) -> None:
    if mine.outcome == "open":
        found.open += 1
        return
    if mine.outcome != "closed":
        found.none[mine.outcome] += 1
        return
    assert mine.exit_bar is not None
    assert mine.result is not None
    assert other.result is not None
    found.equal += 1
    found.deviation = max(found.deviation, _deviation(mine.result, other.result))
    assert mine.entry_bar is not None
    if signal.type != "market":
        at_open = mine.entry_price == case.candles.open[mine.entry_bar]
        found.exercised[f"{signal.type} order filled {'at the open' if at_open else 'inside'}"] += 1
    _, open_, high, low, _ = (column[mine.exit_bar] for column in case.candles)
    stops = dict.fromkeys([signal.stop, *(stop for _, stop in signal.moves)], "stop")
    at = {**stops, signal.target: "target"}.get(mine.exit_price)
    if signal.moves or signal.close_at is not None:
        by_command = signal.close_at in {mine.exit_bar, mine.exit_bar - 1} and at is None
        moved = at == "stop" and mine.exit_price != signal.stop
        found.exercised["closed by command"] += by_command
        found.exercised["left at a moved stop"] += moved
    if mine.exit_price == open_:
        found.exercised["left at the open"] += 1
    elif at is not None:
        found.exercised[f"left at the {at}"] += 1
        if mine.exit_price in {low, high}:
            found.exercised["the extreme equal to the level"] += 1
    if mine.entry_bar == mine.exit_bar:
        found.exercised["left in the bar of the fill"] += 1
    if signal.stop is not None and signal.target is not None:
        levels = sorted((signal.stop, signal.target))
        if low <= levels[0] and high >= levels[1]:
            found.exercised["both levels touched"] += 1
