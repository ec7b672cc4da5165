"""Shares of a run's time by phase: loop, strategy, execution, portfolio, progress.

The reference, interpreted or compiled, is measured by watches around the methods that the loop
calls; what the watches themselves take is measured, too, and taken off. On Rust such watches would
cost more than what they measure, so there runs are subtracted from each other: with and without
progress; with the strategy and with a replay of its signals; with signals and without any.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

from fillproof import backends

from .calibration import rounds_of
from .callbacks import PLAIN, Replay, strategy_of
from .market import Market
from .runs import EngineRun

__all__ = ["PHASES", "Stopwatch", "bars_of", "measure", "watch_costs"]

PHASES = ("loop", "strategy", "execution", "portfolio", "progress")
#: Methods of executor and portfolio that the loop, or the executor, calls.
_EXECUTION = ("open_bar", "process_signal", "evaluate_exits", "close_bar")
_PORTFOLIO = (
    "update", "mark", "register_entry", "register_exit", "register_expired", "register_fee",
    "register_swap", "appraise",
)  # fmt: skip
_BARS = {"rust": 300_000, "cython": 30_000, "python": 15_000}
_ROUNDS = 3


class Stopwatch:
    """Times calls by name, each without the calls within it.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> watch.around("portfolio", abs)(-1)
    1
    >>> watch.calls["portfolio", ""]
    1
    """

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.calls: Counter[tuple[str, str]] = Counter()
        self._within = 0
        self._name = ""

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a watch around it."""
        clock = time.perf_counter_ns
        spent, calls = self.spent, self.calls

        def timed(*values: Any, **named: Any) -> Any:
            outer, parent = self._within, self._name
            self._within, self._name = 0, name
            begun = clock()
            try:
                return function(*values, **named)
            finally:
                took = clock() - begun
                spent[name] += took - self._within
                calls[name, parent] += 1
                self._within, self._name = outer + took, parent

        return timed

    def wrap(self, simulator: type, ledger: type) -> tuple[type, type]:
        """Make subclasses of executor and portfolio whose methods are watched."""
        return (
            self._watched(simulator, "execution", _EXECUTION),
            self._watched(ledger, "portfolio", _PORTFOLIO),
        )

    def _watched(self, kind: type, name: str, methods: tuple[str, ...]) -> type:
        found: dict[str, Any] = {}
        for method in methods:
            own = getattr(kind, method, None)
            if own is None:
                continue
            timed = self.around(name, own)
            found[method] = _SHAPES.get(method, _plain)(timed)
        return type(kind.__name__, (kind,), found)


def _plain(timed: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *values: Any, **named: Any) -> Any:
        return timed(self, *values, **named)

    return method


def _with_symbol(timed: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, bid: Any, ask: Any, symbol: Any = None) -> Any:
        return timed(self, bid, ask, symbol=symbol)

    return method


def _with_last(timed: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, timestamp: Any, last: bool = False) -> Any:
        return timed(self, timestamp, last=last)

    return method


# The loop looks whether a method has these parameters.
_SHAPES = {"open_bar": _with_symbol, "evaluate_exits": _with_symbol, "close_bar": _with_last}


def _nothing(*_values: Any) -> None:
    return None


def bars_of(name: str, scale: float = 1.0) -> int:
    """Return how many bars the phases of a backend are measured on."""
    return max(300, round(_BARS[name] * scale))


def measure(name: str, bars: int) -> dict[str, Any]:
    """Measure the phases on a backend.

    Parameters
    ----------
    name : str
    bars : int

    Returns
    -------
    dict
        backend, bars, ns (of each phase, a bar), how.

    Raises
    ------
    AssertionError
        The watched run gave another result than the plain one.

    Examples
    --------
    >>> sorted(measure("python", 300)["ns"])
    ['execution', 'loop', 'portfolio', 'progress', 'strategy']
    """
    market = Market(bars)
    found = _by_runs(name, market) if name == "rust" else _by_watches(name, market)
    how = "runs subtracted" if name == "rust" else "watches around methods"
    per_bar = {phase: max(ns, 0.0) / market.count for phase, ns in found.items()}
    return {"backend": name, "bars": market.count, "ns": per_bar, "how": how}


def _by_watches(name: str, market: Market) -> dict[str, float]:
    plain = EngineRun(name, market, strategy_of(PLAIN), on_progress=_nothing)
    plain.run()
    inside, whole = watch_costs()
    best: dict[str, float] = {}
    for _ in range(_ROUNDS):
        watch = Stopwatch()

        def make(*given: Any, watch: Stopwatch = watch) -> Any:
            strategy = strategy_of(PLAIN)(*given)
            return SimpleNamespace(evaluate=watch.around("strategy", strategy.evaluate))

        run = EngineRun(
            name, market, make, on_progress=watch.around("progress", _nothing), wrap=watch.wrap
        )
        begun = time.perf_counter_ns()
        run.run()
        total = time.perf_counter_ns() - begun
        assert run.digest() == plain.digest(), "watched, the run gave another result"
        spent = {phase: float(watch.spent[phase]) for phase in PHASES}
        spent["loop"] = total - sum(spent.values())
        for (phase, parent), calls in watch.calls.items():
            spent[phase] -= inside * calls
            spent[parent or "loop"] -= (whole - inside) * calls
        if not best or sum(spent.values()) < sum(best.values()):
            best = spent
    return best


@cache
def watch_costs(calls: int = 50_000) -> tuple[float, float]:
    """Return nanoseconds that a watch counts for itself, and those it takes in all."""

    def loop(function: Callable[..., Any]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(calls):
                function(None, None)

        return run

    watch = Stopwatch()
    bare = min(rounds_of(loop(_nothing), 5, time.perf_counter)) * 1e9
    rounds = rounds_of(loop(watch.around("progress", _nothing)), 5, time.perf_counter)
    inside = watch.spent["progress"] / (5 * calls)
    # The function's own call is inside the watch in any case.
    own = bare / calls
    return max(inside - own, 0.0), min(rounds) * 1e9 / calls - own


def _by_runs(name: str, market: Market) -> dict[str, float]:
    engine = backends.load(name)
    signals = market.signals

    def replay(*_: Any) -> Any:
        return Replay(engine.TradeSignal, signals)

    def best(make: Callable[..., Any], **options: Any) -> float:
        runs = [EngineRun(name, market, make, **options) for _ in range(2 * _ROUNDS + 1)]
        return min(_taken(run) for run in runs) * 1e9

    empty = best(strategy_of("empty"))
    replayed = best(replay)
    asked = best(strategy_of(PLAIN))
    told = best(strategy_of(PLAIN), on_progress=_nothing)
    given = Replay(_nothing, signals).given
    own = min(rounds_of(lambda: [given.get(index) for index in range(market.count)], 5)) * 1e9
    traded = max(replayed - own - empty, 0.0)
    return {
        "loop": empty,
        "strategy": asked - empty - traded,
        "execution": traded,
        "progress": told - asked,
    }


def _taken(run: EngineRun) -> float:
    begun = time.process_time()
    run.run()
    return time.process_time() - begun
