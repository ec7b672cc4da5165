"""Runs a strategy over a market and writes down what it gave, bar by bar."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from fillproof import backends, built_in, cli_run, intake
from fillproof.candle_table import CandleTable
from fillproof.cross_run import run_cross_backtest
from fillproof.errors import FillproofError
from fillproof.run import run_backtest

from ..given_signals import Keeper
from ..jobs import Job
from .files import Served, cut_files
from .market import Market

__all__ = ["Bench", "Given", "JobBench", "Raised", "StrategyBench"]

_FIELDS = (
    "direction", "type", "entry_price", "stop_loss", "take_profit", "symbol", "reason", "tags",
    "scenario", "meta",
)  # fmt: skip
_ADDRESS = " at 0x"


@dataclass(frozen=True)
class Raised:
    """An exception that ended a run, at the bar that was asked for last."""

    bar: int | None
    text: str


@dataclass
class Given:
    """What a strategy gave in one run.

    Attributes
    ----------
    signals
        Bar -> its signals, each as name -> text; floats are their shortest round trip.
    asked
        How many bars it was asked for.
    raised
        What ended the run early, None where nothing did.
    read
        Files with data that were opened meanwhile, but not those of the candles.
    opened
        Files of candles that were opened meanwhile.
    """

    signals: dict[int, list[dict[str, str]]] = field(default_factory=dict)
    asked: int = 0
    raised: Raised | None = None
    read: list[Path] = field(default_factory=list)
    opened: list[Path] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Number of signals."""
        return sum(map(len, self.signals.values()))


class Bench(Protocol):
    """What can run one strategy over changed markets, made anew for each run."""

    label: str
    market: Market
    start: datetime | None
    backend: str

    def run(
        self,
        market: Market,
        *,
        until: int | None = None,
        start: datetime | None = None,
        anew: bool = True,
    ) -> Given:
        """Run over a market, and stop after bar `until`.

        `anew` loads the modules of the user again, too, where that can be done.
        """


class _Enough(BaseException):
    """Ends a run of which all that counts is known."""


class _Watch(Keeper):
    """Stands before the strategy, writes down what it gives, and ends the run."""

    def __init__(self, strategy: Any, until: int | None, given: Given) -> None:
        super().__init__(strategy)
        self._until = until
        self._given = given
        self.bar: int | None = None

    def evaluate(self, index: int, slice_map: Any, /) -> Any:
        """Ask the strategy and write its answer down."""
        if self._until is not None and index > self._until:
            raise _Enough
        self.bar = index
        self._given.asked += 1
        signals = self.strategy.evaluate(index, slice_map)
        if signals is not None:
            many = signals if isinstance(signals, (list, tuple)) else (signals,)
            told = [_told(signal) for signal in many]
            if told:
                self._given.signals[index] = told
        return signals


def _told(signal: Any) -> dict[str, str]:
    if not hasattr(signal, "direction"):
        return {"raw": _text(signal)}
    return {name: _text(getattr(signal, name, None)) for name in _FIELDS}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_text, value)) + "]"
    text = repr(value)
    return type(value).__name__ if _ADDRESS in text else text


class StrategyBench:
    """A strategy made by a function, run by `run_backtest`, or over several symbols.

    Parameters
    ----------
    make
        Makes the strategy anew: without parameters, or with `bid` and `ask` (candles of the run,
        for a strategy that computes over them at its start) or `market` (with all symbols).
    market
        What it trades.
    start
        The first bar that is evaluated.
    backend
        As for `run_backtest`.
    options
        Further options of `run_backtest` that hold no state, such as `sizing` and `policy`.
    """

    def __init__(
        self,
        make: Callable[..., Any],
        market: Market,
        *,
        start: datetime | None = None,
        backend: str | None = None,
        **options: Any,
    ) -> None:
        self.make = make
        self.market = market
        self.start = start
        self.backend, self._engine = backends.resolve(backend)
        self.options = options
        self.label = intake.name_of(make)
        parameters = inspect.signature(make).parameters
        self._wants = [name for name in ("bid", "ask", "market") if name in parameters]

    def run(
        self,
        market: Market,
        *,
        until: int | None = None,
        start: datetime | None = None,
        anew: bool = True,  # noqa: ARG002 - the user's modules belong to this process
    ) -> Given:
        """Run over a market; see `Bench`."""
        given = Given()
        with Served({}) as served, _Watched(given) as watched:
            known = {"bid": market.bid, "ask": market.ask, "market": market}
            strategy = self.make(**{name: known[name] for name in self._wants})
            watch = watched.watch(intake.strategy(strategy, self._engine), until)
            given_options = {
                "timeframe": market.timeframe,
                "start": start or self.start,
                "backend": self.backend,
                **self.options,
            }
            if market.others:
                every = (market, *market.others)
                candles = {one.symbol: (one.bid, one.ask) for one in every}
                run_cross_backtest(candles, watch, **given_options)
            else:
                run_backtest(
                    market.bid,
                    market.ask,
                    watch,
                    symbol=market.symbol,
                    multi_candle_data=market.shown(),
                    **given_options,
                )
        given.read = served.others
        return given


class JobBench:
    """The strategy of a job, its modules loaded anew for each run.

    A strategy that reads the files of the job's candles itself is served files that are cut and
    changed like the candles.

    Parameters
    ----------
    job
        Strategy, candles, settings.
    backend
        By default the one in use.
    """

    def __init__(self, job: Job, *, backend: str | None = None) -> None:
        self.job = job
        self.backend, self._engine = backends.resolve(backend)
        pair = cli_run.candles(job.settings)
        self.pair = pair
        self.market = Market(pair.symbol, pair.timeframe, pair.bid, pair.ask)
        self.start = job.settings.start
        self.label = job.label
        self._files = cut_files(job.settings)
        self._folders = self._of_user()

    def run(
        self,
        market: Market,
        *,
        until: int | None = None,
        start: datetime | None = None,
        anew: bool = True,
    ) -> Given:
        """Run over a market; see `Bench`."""
        if anew:
            self._forget()
        given = Given()
        settings = self.job.settings
        with Served(self._files, market, self.market) as served, _Watched(given) as watched:
            pip_size = settings.spec_fields(market.symbol).pip_size
            strategy = cli_run.make_strategy(
                settings, self._engine, market.timeframe, pip_size, self.job.folder
            )
            watch = watched.watch(intake.strategy(strategy, self._engine), until)
            self._loop(market, watch, start or self.start)
        given.read, given.opened = served.others, served.opened
        return given

    def _loop(self, market: Market, watch: _Watch, start: datetime | None) -> None:
        bid, ask = (intake.candles(side, self._engine) for side in (market.bid, market.ask))
        executor = cli_run.make_executor(
            self.job.settings, self._engine, self._pair(market.bid, market.ask)
        )
        self._engine.EventEngine(
            bid,
            ask,
            watch,
            executor,
            executor.portfolio,
            {market.timeframe: {"bid": bid, "ask": ask}},
            market.symbol,
            None,
            start or market.time(0),
        ).run()

    def _pair(self, bid: CandleTable, ask: CandleTable) -> Any:
        pair = self.pair
        return type(pair)(pair.symbol, pair.timeframe, bid, ask, pair.spread_pips, pair.note)

    def _forget(self) -> None:
        """Let go of the user's modules, with all that they remember."""
        if self.job.settings.strategy in built_in.COMMANDS:
            return
        for name, loaded in list(sys.modules.items()):
            file = getattr(loaded, "__file__", None) or ""
            if (
                file.startswith(self._folders)
                and name != "__main__"
                and name.partition(".")[0] not in _OURS
                and "site-packages" not in file
            ):
                del sys.modules[name]
        importlib.invalidate_caches()

    def _of_user(self) -> tuple[str, ...]:
        """Name the folders in which the user's modules lie, each with a separator behind."""
        module = self.job.settings.strategy.rpartition(":")[0]
        folders = [self.job.folder]
        if module.endswith(".py"):
            folders.append((self.job.folder / module).parent)
        return tuple(f"{path}{os.sep}" for one in folders for path in (one, one.resolve()))


_OURS = frozenset({"fillproof", "pyengine", "rsengine", "conformance", "tests"})


class _Watched:
    """Catches what a run raises: the bar goes into `given`, errors in the settings go on."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._watch: _Watch | None = None
        self._quiet = warnings.catch_warnings()

    def watch(self, strategy: Any, until: int | None) -> _Watch:
        self._watch = _Watch(strategy, until, self._given)
        return self._watch

    def __enter__(self) -> Self:
        self._quiet.__enter__()
        warnings.simplefilter("ignore")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._quiet.__exit__(kind, error, trace)
        if isinstance(error, _Enough):
            return True
        if isinstance(error, FillproofError) and self._watch is None:
            return False
        if isinstance(error, Exception):
            bar = None if self._watch is None else self._watch.bar
            told = " ".join(str(error).split())
            self._given.raised = Raised(bar, f"{type(error).__name__}: {told}")
            return True
        return False
