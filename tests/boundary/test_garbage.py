"""Garbage collections in the middle of a run, and what is collected after it."""

from __future__ import annotations

import faulthandler
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from .market import Market, Trader, outcome
from .test_mixing import ForeignPortfolio

PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def _no_deadlock() -> Iterator[None]:
    """A deadlock ends the process with a traceback rather than hang it."""
    gc.collect()
    faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def _always_collecting() -> Iterator[None]:
    before = gc.get_threshold()
    # What is alive now need not be looked at again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(1, 1, 1)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Litter:
    """Refers to itself, so only a collection ends it; then it reads the run's state."""

    ended = 0

    def __init__(self, executor: Any, portfolio: Any) -> None:
        self.me, self.executor, self.portfolio = self, executor, portfolio

    def __del__(self) -> None:
        Litter.ended += 1
        assert self.portfolio.cash > 0.0
        for position in self.executor.active_positions:
            assert position.order_id > 0
            position.seen = Litter.ended
        len(self.executor.rejected_signals)


class Littering(Trader):
    def evaluate(self, index: int, slice_map: Any) -> Any:
        for _ in range(3):
            Litter(self.executor, self.portfolio)
        return super().evaluate(index, slice_map)


@pytest.mark.usefixtures("_always_collecting")
@pytest.mark.parametrize("foreign", [False, True])
def test_collections_that_run_code_which_reads_the_state(backend, foreign: bool) -> None:
    Litter.ended = 0
    market = Market(backend, 100)
    portfolio = ForeignPortfolio() if foreign else market.portfolio()
    executor = market.executor(portfolio)
    strategy = Littering()
    strategy.attach(backend, executor, portfolio)
    market.engine(strategy, executor, portfolio).run()
    assert Litter.ended > 150
    if not foreign:
        for _ in range(5):
            assert len(portfolio.closed_positions) > 5
            assert len(portfolio.fees_log) > 5
        plain = outcome(*Market(backend, 100).run(Trader()))
        assert outcome(executor, portfolio) == plain


def test_collection_inside_every_callback(backend) -> None:
    class Collecting(Trader):
        position_manager: Any = None

        def evaluate(self, index: int, slice_map: Any) -> Any:
            gc.collect(0)
            return super().evaluate(index, slice_map)

        def manage_positions(self, **given: Any) -> None:
            gc.collect(1)
            assert all(p.order_id for p in given["all_positions"])

    strategy = Collecting()
    strategy.position_manager = strategy
    result = outcome(*Market(backend, 100).run(strategy))
    assert result == outcome(*Market(backend, 100).run(Trader()))


class Flag:
    """Something to hang on a position."""


def test_a_cycle_through_a_position_is_collected(backend) -> None:
    """position.owner = engine, engine -> executor -> position: nothing of it may stay."""
    market = Market(backend, 60)
    portfolio = market.portfolio()
    executor = market.executor(portfolio)

    class Keeper(Trader):
        def evaluate(self, index: int, slice_map: Any) -> Any:
            for position in self.executor.active_positions:
                if not hasattr(position, "flag"):
                    position.flag, position.engine, position.keeper = Flag(), self.engine, self
                    position.metadata["portfolio"] = self.portfolio
                    flags.append(weakref.ref(position.flag))
            return super().evaluate(index, slice_map)

    flags: list[Any] = []
    strategy = Keeper()
    strategy.attach(backend, executor, portfolio)
    engine = market.engine(strategy, executor, portfolio)
    engine.strategy_of_mine, strategy.engine = strategy, engine
    engine.run()
    watched = [weakref.ref(thing) for thing in (engine, executor, portfolio, strategy)]
    assert len(flags) > 3
    assert all(flag() is not None for flag in flags), "kept as long as the run's objects are"
    del engine, executor, portfolio, strategy
    gc.collect()
    assert [ref() for ref in watched + flags] == [None] * len(watched + flags)


def test_a_position_outlives_its_executor(backend) -> None:
    executor, portfolio = Market(backend, 60).run(Trader())
    position = portfolio.closed_positions[0]
    before = position.to_dict()
    alive = weakref.ref(portfolio)
    del executor, portfolio
    gc.collect()
    assert position.to_dict() == before
    assert alive() is None


def test_weak_references(backend) -> None:
    market = Market(backend, 60)
    executor, portfolio = market.run(Trader())
    position = portfolio.closed_positions[0]
    for thing in (executor, portfolio, position, backend.StrategyWrapper(None)):
        assert weakref.ref(thing)() is thing


def test_no_objects_are_left_over_by_many_runs(backend) -> None:
    def run() -> None:
        market = Market(backend, 40)
        market.engine(Trader(), *reversed(made(market))).run()

    def made(market: Market) -> tuple[Any, Any]:
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        Trader.backend = market.backend
        return portfolio, executor

    run()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(20):
        run()
    gc.collect()
    assert len(gc.get_objects()) - before < 50
