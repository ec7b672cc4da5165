"""What is timed: one run of an engine, put together beforehand, and the digest of what it gave."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from fillproof import backends, run_backtest
from fillproof.lookups import common_keys, lookup_of
from fillproof.outcome import collect
from fillproof.tables import to_us

from .market import PIP, SYMBOL, TIMEFRAME, Market

__all__ = ["CallRun", "CrossRun", "EngineRun", "Job", "Values"]

BALANCE, LOTS, FEE = 100_000.0, 0.1, 7.0

#: Makes a strategy of a backend; portfolio and executor are for callbacks that read them.
Maker = Callable[[Any, Any, Any], Any]


class Job(Protocol):
    """Something that is timed once and can say what came of it."""

    def run(self) -> None:
        """Do it; this is what is timed."""

    def digest(self) -> str:
        """Hash what came of it."""


class EngineRun:
    """One run of `EventEngine` over made bars, 0.1 lot a trade, a fee for each lot.

    Parameters
    ----------
    backend : str
    market : Market
    make : callable
        Called with backend, portfolio and executor, makes the strategy.
    most : int or None
        Positions that may be open at a time.
    dense : bool
        Whether the columns of equity are read within the time; else they are made afterwards.
    on_progress : callable, optional
    wrap : callable, optional
        Takes executor and portfolio classes and returns others, to look into a run.

    Examples
    --------
    >>> run = EngineRun("python", Market(300), lambda engine, *_: engine.EmaCross(TIMEFRAME))
    >>> run.run()
    >>> run.portfolio.get_summary()["Total Trades"]
    2
    """

    def __init__(
        self,
        backend: str,
        market: Market,
        make: Maker,
        *,
        most: int | None = 1,
        dense: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
        wrap: Callable[[type, type], tuple[type, type]] | None = None,
    ) -> None:
        engine = backends.load(backend)
        bid, ask = market.candles(backend)
        simulator, ledger = engine.ExecutionSimulator, engine.Portfolio
        if wrap is not None:
            simulator, ledger = wrap(simulator, ledger)
        self.portfolio = ledger(BALANCE)
        self.executor = executor(
            engine, self.portfolio, [SYMBOL], {"max_positions": most}, simulator
        )
        strategy = make(engine, self.portfolio, self.executor)
        self.start, self.dense = bid[0].timestamp, dense
        data = {TIMEFRAME: {"bid": bid, "ask": ask}}
        self.loop = engine.EventEngine(
            bid, ask, strategy, self.executor, self.portfolio, data, SYMBOL, on_progress, self.start
        )

    def run(self) -> None:
        """Run the loop."""
        self.loop.run()
        if self.dense:
            self.portfolio.equity_columns()

    def digest(self) -> str:
        """Hash the four tables."""
        return digest_of(self.executor, self.portfolio, to_us(self.start))


class CallRun:
    """One call of `run_backtest`, from candle columns to the result that a user gets.

    Parameters
    ----------
    backend : str
    market : Market
    make : callable
        As for `EngineRun`.
    options : callable
        From a backend's module to further options of the call.

    Examples
    --------
    >>> run = CallRun("python", Market(300), lambda engine, *_: engine.EmaCross(TIMEFRAME),
    ...               lambda engine: {})
    >>> run.run()
    >>> len(run.digest())
    64
    """

    def __init__(
        self,
        backend: str,
        market: Market,
        make: Maker,
        options: Callable[[Any], Mapping[str, Any]],
    ) -> None:
        engine = backends.load(backend)
        bid, ask = market.candles(backend)
        strategy = make(engine, None, None)
        given = {
            "symbol": SYMBOL,
            "timeframe": TIMEFRAME,
            "backend": backend,
            "sizing": engine.FixedLots(LOTS),
            "fee_model": engine.FeeModel(per_lot=FEE),
            "policy": engine.ExecutionPolicy(max_positions=1),
            **options(engine),
        }
        self._call = partial(run_backtest, bid, ask, strategy, **given)
        self._result: Any = None

    def run(self) -> None:
        """Make the call."""
        self._result = self._call()

    def digest(self) -> str:
        """Hash the four tables."""
        digest: str = self._result.digest
        return digest


class CrossRun:
    """One run of `CrossSymbolEventEngine`, each symbol on made bars of its own.

    Parameters
    ----------
    backend : str
    markets : mapping of str to Market
        By symbol.
    make : callable
        As for `EngineRun`.
    """

    def __init__(self, backend: str, markets: Mapping[str, Market], make: Maker) -> None:
        engine = backends.load(backend)
        symbols = list(markets)
        self.portfolio = engine.Portfolio(BALANCE * len(symbols))
        self.executor = executor(engine, self.portfolio, symbols, {"max_positions_symbol": 1})
        strategy = make(engine, self.portfolio, self.executor)
        lookups: dict[str, Mapping[str, Any]] = {}
        for symbol, market in markets.items():
            bid, ask = market.candles(backend)
            lookups[symbol] = {"bid": lookup_of(bid), "ask": lookup_of(ask)}
        keys = common_keys(lookups)
        self.start = keys[0]
        self.loop = engine.CrossSymbolEventEngine(
            lookups, keys, strategy, self.executor, self.portfolio, TIMEFRAME, None, None
        )

    def run(self) -> None:
        """Run the loop."""
        self.loop.run()

    def digest(self) -> str:
        """Hash the four tables."""
        return digest_of(self.executor, self.portfolio, to_us(self.start))


class Values:
    """A computation whose outcome is columns of numbers.

    Examples
    --------
    >>> import numpy as np
    >>> job = Values(lambda: [np.array([1.0])])
    >>> job.run()
    >>> job.digest()[:8]
    '94c20c96'
    """

    def __init__(self, compute: Callable[[], Sequence[Any]]) -> None:
        self._compute = compute
        self._found: Sequence[Any] = ()

    def run(self) -> None:
        """Compute."""
        self._found = self._compute()

    def digest(self) -> str:
        """Hash the bytes of all columns."""
        hasher = hashlib.blake2b(digest_size=32)
        for column in self._found:
            hasher.update(column.tobytes())
        return hasher.hexdigest()


def executor(
    engine: Any,
    portfolio: Any,
    symbols: Sequence[str],
    limits: Mapping[str, int | None],
    simulator: Any = None,
) -> Any:
    """Make the executor of the workload: fixed lots, a fee for each lot, limits of positions."""
    specs = {symbol: engine.SymbolSpec(symbol, PIP, 5) for symbol in symbols}
    return (simulator or engine.ExecutionSimulator)(
        portfolio,
        symbol_specs=specs,
        sizing=engine.FixedLots(LOTS),
        fee_model=engine.FeeModel(per_lot=FEE),
        policy=engine.ExecutionPolicy(**limits),
    )


def digest_of(executor: Any, portfolio: Any, start_us: int) -> str:
    """Hash the tables of a run that has ended, outside any time."""
    result = collect(
        executor,
        portfolio,
        backend="",
        build={},
        config={"start_us": start_us},
        notes=[],
        crossed_bars=lambda: 0,
    )
    return result.digest
