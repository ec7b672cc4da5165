"""Runs a strategy over a market and writes down what it gave, bar by bar."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from fillproof import backends, built_in, cli_run, intake
from fillproof.candle_table import CandleTable
from fillproof.cross_run import run_cross_backtest
from fillproof.run import run_backtest

from ..jobs import Job
from .files import Served, cut_files
from .market import Market
from .watching import Given, Watch, Watched

__all__ = ["Bench", "JobBench", "StrategyBench"]

_OURS = frozenset({"fillproof", "pyengine", "rsengine", "conformance", "tests"})


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
        with Served({}) as served, Watched(given) as watched:
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
        lower = (job.settings.lower_bid, job.settings.lower_ask, job.settings.lower_data)
        # The executor reads these, not the strategy; they decide within a bar, never ahead of it.
        self._lower = {path.resolve() for path in lower if path is not None}
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
        with Served(self._files, market, self.market) as served, Watched(given) as watched:
            pip_size = settings.spec_fields(market.symbol).pip_size
            strategy = cli_run.make_strategy(
                settings, self._engine, market.timeframe, pip_size, self.job.folder
            )
            watch = watched.watch(intake.strategy(strategy, self._engine), until)
            self._loop(market, watch, start or self.start)
        given.read = [path for path in served.others if path not in self._lower]
        given.opened = served.opened
        return given

    def _loop(self, market: Market, watch: Watch, start: datetime | None) -> None:
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
