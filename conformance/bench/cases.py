"""The list of what `fillproof bench` times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from fillproof import backends

from . import scaling
from .callbacks import CALLBACKS, Replay, bare_loop, strategy_of
from .foreign import FOREIGN, ForeignRun, plain_loop
from .made_bars import SEED
from .market import SYMBOL, TIMEFRAME, Market
from .runs import CrossRun, EngineRun, Job, Values

__all__ = ["BARE", "Case", "cases", "market_of"]

BARE = "bare loop"
#: What part of the bars a backend runs, so that none takes minutes for what takes Rust a second.
PARTS: Mapping[str, float] = {"rust": 1.0, "cython": 0.1, "python": 0.02, BARE: 0.2}
_SYMBOLS = tuple(f"{SYMBOL}{number}" for number in range(1, 21))
_SWEPT_BARS = 100_000
_SHOWN_INDICATORS = ("ema", "sma", "rsi", "atr", "bollinger", "zscore")


@dataclass(frozen=True)
class Case:
    """One thing that is timed on every backend.

    Attributes
    ----------
    name, group : str
    make : callable
        From a backend's name and a number of bars to what is run once.
    unit : str
        What a time is divided by: "bar", "symbol-bar", "value", "run-bar".
    units : callable
        From a number of bars to a number of units.
    bars : int
        On Rust.
    x : int or None
        What is varied in a series, for its line.
    bare : callable or None
        Makes the loop that no engine can be faster than.
    needs : tuple of str
        Names that a backend must have.
    threads : bool
        It works in several threads, so that its time is that on the wall.
    parts : mapping
        What part of the bars each backend runs.
    again : callable or None
        Another way to the same result on the same backend, where no other is fast enough.
    partner_bars : int or None
        Where it has another way: so many bars another backend runs at most for its digest.
    """

    name: str
    group: str
    make: Callable[[str, int], Job]
    unit: str = "bar"
    units: Callable[[int], int] = int
    bars: int = 1_000_000
    x: int | None = None
    bare: Callable[[int], Callable[[], None]] | None = None
    needs: tuple[str, ...] = ()
    threads: bool = False
    parts: Mapping[str, float] = field(default_factory=lambda: PARTS)
    again: Callable[[str, int], Job] | None = None
    partner_bars: int | None = None

    def bars_on(self, backend: str) -> int:
        """Return how many bars a backend runs; 0: it does not take part."""
        part = self.parts.get(backend, 0.0)
        return max(200, round(self.bars * part)) if part else 0


@cache
def market_of(bars: int, seed: int = SEED) -> Market:
    """Return made bars, made once for a number of them and a walk."""
    return Market(bars, seed)


def cases(scale: float = 1.0) -> list[Case]:
    """List everything, in the order of the report.

    Parameters
    ----------
    scale : float
        Part of the bars.

    Examples
    --------
    >>> [case.name for case in cases() if case.group == "callbacks"][:2]
    ['empty', 'latest().close']
    """
    full = [*_native(), *_callbacks(), *_progress(), *_several(), *_indicators(), *_sweep()]
    smaller = [replace(case, bars=round(case.bars * scale)) for case in full]
    return [*smaller, *_scaled(scale)]


def columns(engine: Any, market: Market) -> Any:
    """Make the workload's strategy of signal columns."""
    direction, stop, target = market.signals
    return engine.ColumnStrategy(direction, stop=stop, target=target)


def _run(make: Callable[[Any, Market], Any], **options: Any) -> Callable[[str, int], Job]:
    def job(backend: str, bars: int) -> Job:
        market = market_of(bars)
        return EngineRun(backend, market, lambda engine, *_: make(engine, market), **options)

    return job


def _ema_cross(engine: Any, _market: Market) -> Any:
    return engine.EmaCross(TIMEFRAME)


def _expression(engine: Any, _market: Market) -> Any:
    from fillproof import expressions as e

    fast, slow = e.ema(10), e.ema(50)
    return engine.ExpressionStrategy(
        long=fast.crosses_above(slow), short=fast.crosses_below(slow), stop=e.pips(10),
        target=e.pips(20),
    )  # fmt: skip


def _native() -> list[Case]:
    column, group = ("ColumnStrategy",), "native"
    return [
        Case("signal columns", group, _run(columns), needs=column),
        Case(
            "signal columns, dense equity", group, _run(columns, dense=True), needs=column,
            threads=True,
        ),
        Case(
            "expression", group, _run(_expression), needs=("ExpressionStrategy",), threads=True
        ),
        Case("ema cross, one at a time", group, _run(_ema_cross), threads=True),
        Case(
            "ema cross, one at a time, dense equity", group, _run(_ema_cross, dense=True),
            threads=True,
        ),
        Case("ema cross, native", group, _run(_ema_cross, most=None), threads=True),
    ]  # fmt: skip


def _callbacks() -> list[Case]:
    def job(name: str) -> Callable[[str, int], Job]:
        return lambda backend, bars: EngineRun(backend, market_of(bars), strategy_of(name))

    def loop(name: str) -> Callable[[int], Callable[[], None]]:
        return lambda bars: bare_loop(name, market_of(bars).objects)

    def foreign(backend: str, bars: int) -> Job:
        return ForeignRun(backend, market_of(bars))

    return [
        *(Case(name, "callbacks", job(name), bare=loop(name)) for name in CALLBACKS),
        Case(
            FOREIGN, "callbacks", foreign, bars=200_000,
            bare=lambda bars: plain_loop(market_of(bars)),
        ),
    ]  # fmt: skip


def _progress() -> list[Case]:
    from fillproof.progress import every_bars

    ways: dict[str, Any] = {
        "no progress": None,
        "at every bar": _no_progress,
        "at every 1,000th": every_bars(_no_progress, 1_000),
    }

    def called(way: Any) -> Callable[[str, int], Job]:
        return lambda backend, bars: EngineRun(
            backend, market_of(bars), strategy_of("empty"), on_progress=way
        )

    return [
        *(Case(f"empty callback, {name}", "progress", called(way)) for name, way in ways.items()),
        *(
            Case(f"ema cross, built in, {name}", "progress", _run(_ema_cross, on_progress=way))
            for name, way in ways.items()
        ),
    ]


def _no_progress(_current: int, _total: int) -> None:
    return None


def _several() -> list[Case]:
    def job(backend: str, bars: int) -> Job:
        markets = {symbol: market_of(bars, seed) for seed, symbol in enumerate(_SYMBOLS)}

        def make(engine: Any, *_: Any) -> Any:
            return engine.CrossColumnStrategy(
                {symbol: columns(engine, market) for symbol, market in markets.items()}
            )

        return CrossRun(backend, markets, make)

    return [
        Case(
            "20 symbols, signal columns", "several symbols", job, "symbol-bar",
            lambda bars: bars * len(_SYMBOLS), bars=50_000, needs=("CrossColumnStrategy",),
            parts={"rust": 1.0, "cython": 0.02, "python": 0.008},
        )
    ]  # fmt: skip


def _indicators() -> list[Case]:
    def job(name: str) -> Callable[[str, int], Job]:
        def make(backend: str, bars: int) -> Job:
            engine = backends.load(backend)
            bid, ask = market_of(bars).candles(backend)
            data = {TIMEFRAME: {"bid": bid, "ask": ask}}
            # Caches share what is known of the same numbers: each turn is to compute it.
            engine.release_memory()
            settings = {"ema": (50,), "sma": (50,)}.get(name, ())

            def compute() -> list[Any]:
                found = getattr(engine.IndicatorCache(data), name)(TIMEFRAME, "bid", *settings)
                return list(found) if isinstance(found, tuple) else [found]

            return Values(compute)

        return make

    parts = {"rust": 1.0, "cython": 0.2, "python": 0.05}
    return [Case(name, "indicators", job(name), parts=parts) for name in _SHOWN_INDICATORS]


def _sweep() -> list[Case]:
    grid = {"fast": list(range(5, 25)), "slow": list(range(30, 80, 5))}

    def job(one_by_one: bool) -> Callable[[str, int], Job]:
        def make(backend: str, bars: int) -> Job:
            from fillproof import sweep

            bid, ask = market_of(bars).candles(backend)
            engine = backends.load(backend)

            def run_of(fast: int, slow: int) -> Any:
                return engine.EmaCross(TIMEFRAME, fast, slow)

            def compute() -> list[Any]:
                table = sweep(
                    bid, ask, run_of if one_by_one else "ema-cross", symbol=SYMBOL, grid=grid,
                    timeframe=TIMEFRAME, backend=backend, sizing=engine.FixedLots(0.1),
                    policy=engine.ExecutionPolicy(max_positions=1),
                    fee_model=engine.FeeModel(per_lot=7.0),
                ).table  # fmt: skip
                numbers = [name for name in table.column_names if _is_number(table[name])]
                return [table[name].to_numpy() for name in numbers]

            return Values(compute)

        return make

    return [
        Case(
            "sweep of 200 pairs", "sweep", job(False), "run-bar", lambda bars: bars * 200,
            bars=_SWEPT_BARS, needs=("sweep",), threads=True, again=job(True), partner_bars=2_000,
            parts={"rust": 1.0, "cython": 0.01, "python": 0.002},
        )
    ]  # fmt: skip


def _is_number(column: Any) -> bool:
    return str(column.type) in {"double", "int64", "int32"}


def _scaled(scale: float) -> list[Case]:
    found = []
    for series in scaling.SERIES:
        for x in series.points:
            bars = series.bars(x, scale)
            shown = bars if series.name == "bars" else x
            parts = {"rust": 1.0} | ({"cython": 1.0} if x <= series.slow_up_to else {})
            found.append(
                Case(
                    f"{series.name}: {shown:,}", series.name, _scaled_job(series, x), bars=bars,
                    x=shown, needs=("ColumnStrategy",), parts=parts,
                    again=_scaled_job(series, x, by_callback=True),
                )
            )  # fmt: skip
    return found


def _scaled_job(
    series: scaling.Series, x: int, *, by_callback: bool = False
) -> Callable[[str, int], Job]:
    def job(backend: str, bars: int) -> Job:
        market = market_of(bars)
        signals = series.signals(market, x)

        def make(engine: Any, *_: Any) -> Any:
            if by_callback:
                return Replay(engine.TradeSignal, signals)
            return engine.ColumnStrategy(
                signals.direction, stop=signals.stop, target=signals.target
            )

        return EngineRun(backend, market, make, most=series.most(x))

    return job
