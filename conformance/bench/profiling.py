"""Where the time of a user's run goes, and what another way to write the strategy would gain.

The strategy runs once with a watch around it, which also keeps its signals. They are then played
again as signal columns on the user's own bars, on every backend; a time of such a replay stands
only beside the digest of the user's own run.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fillproof import backends, built_in, intake
from fillproof.cli_run import candles, make_executor, make_strategy
from fillproof.cli_settings import Settings
from fillproof.run import run_backtest

from .calibration import rounds_of
from .recording import Recording

__all__ = ["Profile", "Way", "measure"]

_ROUNDS, _ENOUGH = 3, 3.0
#: Bars that the interpreted reference replays; more would take minutes.
_SLOW_BARS = 100_000
_PROFILED_BARS, _SHOWN = 50_000, 8


@dataclass(frozen=True)
class Way:
    """One way to run the same strategy.

    Attributes
    ----------
    way, backend : str
    seconds : float or None
        None where it cannot be told; `note` says why.
    known : str
        "measured" or "estimate".
    result : str
        "same", "another" or "-", by the digest.
    note : str
    """

    way: str
    backend: str
    seconds: float | None
    known: str
    result: str
    note: str = ""


@dataclass
class Profile:
    """What was found of a run.

    Attributes
    ----------
    label : str
        Strategy, symbol and backend.
    bars, signals, trades : int
    parts : dict
        Seconds by part: strategy, loop, signals (orders, positions, account); or whole.
    ways : list of Way
        The first is the run as it is.
    costly : list of dict
        Functions that the strategy spends its time in: name, calls a bar, share.
    notes : list of str
    """

    label: str
    bars: int
    signals: int
    trades: int
    parts: dict[str, float]
    ways: list[Way]
    costly: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Give everything as JSON values."""
        return asdict(self)


class _Bench:
    """Runs the user's job in different ways."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.pair = candles(settings)
        self.bars = len(self.pair.bid)

    def strategy(self, engine: Any) -> Any:
        pip = self.settings.spec_fields(self.pair.symbol).pip_size
        return make_strategy(self.settings, engine, self.pair.timeframe, pip, self.folder)

    def run(self, backend: str, make: Callable[[Any], Any], most: int | None = None) -> Any:
        """Run once, over at most so many bars; return result and seconds on the processor."""
        engine = backends.load(backend)
        bid, ask = (
            side if most is None else side[:most] for side in (self.pair.bid, self.pair.ask)
        )
        executor = make_executor(self.settings, engine, self.pair)
        strategy = make(engine)
        begun = time.process_time()
        result = run_backtest(
            bid, ask, strategy, symbol=self.pair.symbol, timeframe=self.pair.timeframe,
            start=self.settings.start, executor=executor, backend=backend,
        )  # fmt: skip
        return result, time.process_time() - begun

    def best(self, backend: str, make: Callable[[Any], Any]) -> tuple[Any, float]:
        """Run a few times, fewer where it takes long; return a result and the best time."""
        result, best = self.run(backend, make)
        spent, rounds = best, 1
        while rounds < _ROUNDS and spent < _ENOUGH:
            _, seconds = self.run(backend, make)
            best, spent, rounds = min(best, seconds), spent + seconds, rounds + 1
        return result, best


def measure(
    settings: Settings, folder: Path | None = None, told: Callable[[str], None] = lambda _line: None
) -> Profile:
    """Profile the run that `fillproof run` would make of the same settings.

    Parameters
    ----------
    settings : Settings
    folder : Path, optional
        Where a strategy's module is looked for; by default the current folder.
    told : callable, optional
        Takes a line about what is done next.

    Examples
    --------
    >>> found = measure(Settings(backend="python"))
    >>> found.ways[0].way, found.ways[0].known, found.bars
    ('as it is', 'measured', 6225)
    """
    bench = _Bench(settings, folder or Path.cwd())
    name = backends.resolve(settings.backend)[0]
    told(f"the run as it is, on {name}")
    result, now = bench.best(name, bench.strategy)
    digest = result.digest
    native = settings.strategy in built_in.COMMANDS and name == "rust"
    told("what the strategy takes")
    recording, watched, share = _record(bench, name)
    if native:
        parts = {"whole": now}
    else:
        told("the bars alone")
        _, bare = bench.best(name, _nothing)
        spent = share * now
        parts = {"strategy": spent, "loop": min(bare, now - spent)}
        parts["signals"] = max(now - sum(parts.values()), 0.0)
    ways = [Way("as it is", name, now, "measured", "same")]
    notes = []
    if watched.digest != digest:
        notes.append("Run twice, the strategy gave two results: nothing here can be relied on.")
    if native:
        notes.append("A built-in strategy: on rust it runs without Python already.")
    if name != "rust" and backends.status("rust").ok:
        told("the same strategy on rust")
        other, seconds = bench.best("rust", bench.strategy)
        ways.append(Way("as it is", "rust", seconds, "measured", _same(other, digest)))
    reason = recording.why_not()
    if reason is None:
        ways += _replays(bench, recording, digest, name, told)
    else:
        ways.append(Way("signal columns", "rust", None, "-", "-", reason))
    if backends.status("rust").ok and hasattr(backends.load("rust"), "ColumnStrategy"):
        told("what two averages cost")
        ways.append(_estimate(bench, ways))
    costly = [] if native else _costly(bench, name, told)
    trades = result.trades.num_rows
    return Profile(
        f"{settings.strategy} on {bench.pair.symbol} {bench.pair.timeframe}", bench.bars,
        len(recording.given), trades, parts, ways, costly, notes,
    )  # fmt: skip


def _nothing(_engine: Any) -> Any:
    return SimpleNamespace(evaluate=lambda _index, _shown: None)


def _same(result: Any, digest: str) -> str:
    return "same" if result.digest == digest else "another"


def _record(bench: _Bench, name: str) -> tuple[Recording, Any, float]:
    """Record a few times; return a recording, its result and the strategy's share of the time."""
    kept: list[Recording] = []

    def make(engine: Any) -> Any:
        kept.append(Recording(intake.strategy(bench.strategy(engine), engine)))
        return kept[-1]

    shares = []
    begun = time.perf_counter()
    while (len(kept) < _ROUNDS and time.perf_counter() - begun < _ENOUGH) or not kept:
        started = time.perf_counter()
        result, _ = bench.run(name, make)
        shares.append(kept[-1].share(time.perf_counter() - started))
    return kept[-1], result, statistics.median(shares)


def _replays(
    bench: _Bench, recording: Recording, digest: str, name: str, told: Callable[[str], None]
) -> list[Way]:
    """Play the signals again as columns, on each backend that is there."""
    found = []
    columns = recording.columns(bench.bars)
    for backend in backends.NAMES:
        if not backends.status(backend).ok:
            continue
        if backend == "python" and bench.bars > _SLOW_BARS and name != "python":
            continue
        told(f"its signals as columns on {backend}")
        result, seconds = bench.best(backend, lambda engine: engine.ColumnStrategy(**columns))
        same = _same(result, digest)
        note = "" if same == "same" else "the strategy does more than give signals"
        found.append(Way("signal columns", backend, seconds, "measured", same, note))
    return found


def _estimate(bench: _Bench, ways: list[Way]) -> Way:
    """Estimate an expression or a strategy in Rust: columns, and what two averages cost."""
    columns = next(
        (way for way in ways if way.way == "signal columns" and way.backend == "rust"), None
    )
    if columns is None or columns.seconds is None:
        reason = "unknown without signal columns to start from"
        return Way("expression, or Rust", "rust", None, "-", "-", reason)
    timeframe = bench.pair.timeframe

    def averages(engine: Any) -> Any:
        cache = engine.IndicatorCache({timeframe: {"bid": bench.pair.bid, "ask": bench.pair.ask}})
        return [cache.ema(timeframe, "bid", period) for period in (10, 50)]

    engine = backends.load("rust")
    extra = min(rounds_of(lambda: averages(engine), 5))
    return Way(
        "expression, or Rust", "rust", columns.seconds + extra, "estimate", "-",
        "columns on rust, and two EMAs over your bars; more indicators cost more",
    )  # fmt: skip


def _costly(bench: _Bench, name: str, told: Callable[[str], None]) -> list[dict[str, Any]]:
    """Profile the strategy's own functions and what they call, over the first bars."""
    bars = min(bench.bars, _PROFILED_BARS)
    told("its functions")
    profiler = cProfile.Profile()

    def make(engine: Any) -> Any:
        driven = intake.strategy(bench.strategy(engine), engine)

        def evaluate(index: int, shown: Any) -> Any:
            profiler.enable()
            try:
                return driven.evaluate(index, shown)
            finally:
                profiler.disable()

        return SimpleNamespace(evaluate=evaluate, strategy=driven)

    bench.run(name, make, bars)
    rows = []
    for (source, line, function), (_, calls, own, _, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
        if "_lsprof" in function or source == __file__:
            continue
        place = f"{Path(source).name}:{line} {function}" if line else function.strip("<>")
        rows.append({"name": place, "calls": calls / bars, "own": own})
    total = sum(row["own"] for row in rows) or 1.0
    rows.sort(key=lambda row: -row["own"])
    return [
        {"name": row["name"], "calls": row["calls"], "share": row["own"] / total}
        for row in rows[:_SHOWN]
    ]
