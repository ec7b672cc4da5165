"""As strict as the specification's loop: every phase in its place, on both engines.

The order of all calls is held against a state machine. Each of the five invariants has a loop that
breaks it, and the check must see it.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import pyengine
from pyengine.cross_symbol_engine import CrossSymbolEventEngine
from pyengine.event_engine import EventEngine

from .loop_spies import BARS, SYMBOLS, TIMES, WARMUP, broken, run_several, run_single, wrong_steps

RUNS: dict[str, Callable[..., Any]] = {"one symbol": run_single, "several symbols": run_several}


@pytest.mark.parametrize("kind", RUNS)
def test_calls_follow_the_state_machine(engine: Any, kind: str) -> None:
    calls = RUNS[kind](engine)
    assert wrong_steps(calls) == []
    assert broken(calls) == set()
    counts = Counter(phase for phase, _, _ in calls)
    assert counts["evaluate"] == counts["update"] == counts["progress"] == BARS - WARMUP
    assert counts["process_signal"] > 20
    assert counts["evaluate_exits"] > 10
    assert counts["manage"] > 10
    assert calls[-1][2] == (BARS - WARMUP, BARS - WARMUP)


@pytest.mark.parametrize("kind", RUNS)
def test_both_twins_make_the_same_calls(engine: Any, kind: str) -> None:
    assert RUNS[kind](engine) == RUNS[kind](pyengine)


def test_exits_and_management_go_symbol_by_symbol(engine: Any) -> None:
    calls = run_several(engine)
    counts = Counter((phase, bar) for phase, bar, _ in calls)
    for bar in range(WARMUP, BARS):
        assert counts["evaluate_exits", bar] == len(SYMBOLS)
        assert counts["manage", bar] == len(SYMBOLS)


class Backwards(EventEngine):
    """Shows the bars in the wrong order."""

    def _check(self) -> tuple[int, int]:
        found = super()._check()
        self.bid_candles = [*self.bid_candles[:-2], *reversed(self.bid_candles[-2:])]
        return found


class Impatient(EventEngine):
    """Evaluates the warm-up, too."""

    def _check(self) -> tuple[int, int]:
        return 0, super()._check()[1]


class ExitsFirst(EventEngine):
    """Tests the exits before the signals are processed."""

    def _enter(self, bar: int, shown: Any) -> None:
        self.executor.bar = bar
        candle = self.bid_candles[bar]
        self.executor.evaluate_exits(candle, self.ask_candles[bar])
        super()._enter(bar, shown)


class ManagerFirst(EventEngine):
    """Manages before the exits."""

    def _exit(self, bid: Any, ask: Any, named: bool) -> None:
        super()._manage(self.strategy, bid, ask)
        super()._exit(bid, ask, named)


class Forgetful(EventEngine):
    """Updates the portfolio at every second bar."""

    def _update(self, timestamp: Any) -> None:
        if self.executor.bar % 2:
            super()._update(timestamp)


class CrossExitsFirst(CrossSymbolEventEngine):
    """The same over several symbols: exits before signals."""

    def _enter(self, bar: int, shown: Any) -> None:
        self.executor.bar = bar
        for view in shown.values():
            self.executor.evaluate_exits(view.bid, view.ask)
        super()._enter(bar, shown)


class CrossImpatient(CrossSymbolEventEngine):
    """The same over several symbols: no warm-up."""

    def _check(self, keys: Any) -> Any:
        return 0, super()._check(keys)[1]


@pytest.mark.parametrize(
    ("loop", "invariant"),
    [
        (Backwards, "bars ascend"),
        (Impatient, "warm-up is respected"),
        (ExitsFirst, "entry before exit"),
        (ManagerFirst, "manager after exits"),
        (Forgetful, "portfolio is up to date"),
    ],
)
def test_a_loop_that_breaks_an_invariant_is_seen(loop: type[EventEngine], invariant: str) -> None:
    assert invariant in broken(run_single(pyengine, loop))


@pytest.mark.parametrize(
    ("loop", "invariant"),
    [(CrossImpatient, "warm-up is respected"), (CrossExitsFirst, "entry before exit")],
)
def test_a_cross_loop_that_breaks_an_invariant_is_seen(
    loop: type[CrossSymbolEventEngine], invariant: str
) -> None:
    assert invariant in broken(run_several(pyengine, loop))


def steps_of(function: Callable[[], Any]) -> int:
    """Count the steps of the interpreter that a call takes, those of comprehensions included."""
    steps = 0

    def watch(frame: Any, event: str, _argument: Any) -> Any:
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        return watch

    # A collection runs finalizers and callbacks of other tests, whose steps would be counted too.
    collecting = gc.isenabled()
    gc.disable()
    before = sys.gettrace()
    sys.settrace(watch)
    try:
        function()
    finally:
        sys.settrace(before)
        if collecting:
            gc.enable()
    return steps


def held(count: int) -> tuple[Any, Any, Any, Any]:
    """Return executor, portfolio, and a bar of both sides, with so many positions open."""
    portfolio = pyengine.Portfolio()
    executor = pyengine.ExecutionSimulator(portfolio, sizing=pyengine.FixedLots(0.01))
    bid, ask = (pyengine.Candle(TIMES[0], p, p + 0.001, p - 0.001, p) for p in (1.1, 1.1002))
    executor.open_bar(bid, ask, symbol="EURUSD")
    for _ in range(count):
        executor.process_signal(signal())
    executor.close_bar(TIMES[0])
    portfolio.update(TIMES[0])
    later = [pyengine.Candle(TIMES[1], p, p + 0.001, p - 0.001, p) for p in (1.1, 1.1002)]
    executor.open_bar(*later, symbol="EURUSD")
    return executor, portfolio, later[0], later[1]


def signal() -> Any:
    return pyengine.TradeSignal("long", None, 1.0, 1.2, "EURUSD", TIMES[0])


def test_process_signal_costs_the_same_however_many_are_open() -> None:
    few, many = (held(count)[0] for count in (5, 500))
    assert steps_of(lambda: few.process_signal(signal())) == steps_of(
        lambda: many.process_signal(signal())
    )


def test_evaluate_exits_costs_so_much_for_each_open_position() -> None:
    costs = []
    for count in (100, 200, 300):
        executor, _, bid, ask = held(count)
        costs.append(steps_of(lambda e=executor, b=bid, a=ask: e.evaluate_exits(b, a)))  # type: ignore[misc]
    assert costs[1] - costs[0] == costs[2] - costs[1] > 0


def test_update_costs_the_same_however_many_rows_there_are() -> None:
    costs = []
    for rows in (10, 1000):
        _, portfolio, _, _ = held(20)
        for row in range(rows):
            portfolio.update(TIMES[1].replace(day=1 + row // 1000, microsecond=row))
        costs.append(steps_of(lambda p=portfolio: p.update(TIMES[2])))  # type: ignore[misc]
    assert costs[0] == costs[1]


def test_the_loop_makes_as_many_calls_for_each_bar(engine: Any) -> None:
    per_bar = Counter(bar for _, bar, _ in run_single(engine))
    signals = {bar: bar * 7 % 4 for bar in range(WARMUP, BARS)}
    # evaluate, update, progress; exits and manager where something is active.
    assert all(3 <= per_bar[bar] - count <= 5 for bar, count in signals.items())


def test_bars_of_a_run_cost_the_same_each() -> None:
    class Quiet:
        def evaluate(self, index: int, slice_map: Any) -> None:
            return None

    def run(bars: int) -> int:
        times = [TIMES[0].replace(hour=bar // 60, minute=bar % 60) for bar in range(bars)]
        bid, ask = (
            [pyengine.Candle(time, p, p + 0.001, p - 0.001, p) for time in times]
            for p in (1.1, 1.1002)
        )
        portfolio = pyengine.Portfolio()
        executor = pyengine.ExecutionSimulator(portfolio)
        data = {"M1": {"bid": bid, "ask": ask}}
        loop = pyengine.EventEngine(
            bid, ask, Quiet(), executor, portfolio, data, "EURUSD", None, times[0]
        )
        return steps_of(loop.run)

    # Between two powers of two the columns of the equity curve take no more room.
    cost = {bars: run(bars) for bars in (65, 130, 150, 190, 194, 260)}
    bar = (cost[150] - cost[130]) // 20
    assert cost[190] - cost[150] == 2 * (cost[150] - cost[130]) > 0
    # After every 64 bars the loop lets signals and other threads in.
    pause = cost[194] - cost[190] - 4 * bar
    assert 0 < pause < bar
    # Each doubling takes room once, which costs the same however many rows there are.
    taking_room = cost[130] - cost[65] - 65 * bar - pause
    assert 0 < taking_room == cost[260] - cost[130] - 130 * bar - 2 * pause < bar
