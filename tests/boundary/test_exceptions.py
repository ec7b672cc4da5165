"""An exception of a callback leaves as the same object; the state up to it stays readable."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from .market import SYMBOL, Market, Trader, bits, curve, same, trade_rows
from .test_mixing import ForeignExecutor, ForeignPortfolio

AT = 84  # a bar with a signal and with open positions


class Boom(Exception):
    """Raised by one callback of each test."""


def caught(market: Market, strategy: Any, executor: Any, portfolio: Any, error: Any) -> Any:
    with pytest.raises(type(error)) as info:
        market.engine(strategy, executor, portfolio, getattr(strategy, "progress", None)).run()
    assert info.value is error
    names = [frame.name for frame in traceback.extract_tb(info.value.__traceback__)]
    assert names[-1] == "fail", "the traceback reaches the callback"
    assert info.value.__cause__ is None
    assert info.value.__context__ is None
    return (
        None if not hasattr(portfolio, "equity_columns") else curve(portfolio),
        bits(portfolio.cash),
        [(p.order_id, p.status) for p in executor.active_positions],
    )


def parts(  # noqa: C901 - one class for each place that can fail
    backend: Any, at: str, error: Any
) -> tuple[Market, Any, Any, Any]:
    """Make a run in which one callback fails."""
    market = Market(backend, 120)

    def fail() -> None:
        raise error

    class Manager:
        portfolio = True

        def manage_positions(self, **given: Any) -> None:
            if at == "manager" and given["symbol_slice"].index >= AT:
                fail()

    class Failing(Trader):
        position_manager = Manager()

        def evaluate(self, index: int, slice_map: Any) -> Any:
            if at == "evaluate" and index == AT:
                fail()
            return super().evaluate(index, slice_map)

        def progress(self, current: int, total: int) -> None:
            if at == "on_progress" and current == AT:
                fail()

    class Executor(backend.ExecutionSimulator):
        def process_signal(self, signal: Any) -> None:
            if at == "process_signal" and signal.timestamp.minute == AT % 60:
                fail()
            super().process_signal(signal)

    class Portfolio(backend.Portfolio):
        exits = 0

        def register_entry(self, position: Any) -> None:
            if at == "register_entry" and position.order_id == 9:
                fail()
            super().register_entry(position)

        def register_exit(self, position: Any) -> None:
            self.exits += 1
            if at == "register_exit" and self.exits == 9:
                fail()
            super().register_exit(position)

        def update(self, time: Any) -> None:
            if at == "update" and time.minute == AT % 60:
                fail()
            super().update(time)

    own = at in {"register_entry", "register_exit", "update"}
    portfolio = Portfolio(10_000.0) if own else market.portfolio()
    executor = market.executor(portfolio, Executor if at == "process_signal" else None)
    strategy = Failing()
    strategy.attach(backend, executor, portfolio)
    return market, strategy, executor, portfolio


PLACES = (
    "evaluate", "process_signal", "manager", "on_progress", "register_entry", "register_exit",
    "update",
)  # fmt: skip


@pytest.mark.parametrize("at", PLACES)
def test_exception_of_each_callback(backends, at: str) -> None:
    def make(backend: Any) -> Any:
        market, strategy, executor, portfolio = parts(backend, at, error := Boom(at))
        left = caught(market, strategy, executor, portfolio, error)
        return left, trade_rows(portfolio.closed_positions)

    (rows, _, active), _ = same(backends, make)
    assert rows
    assert active


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, StopIteration, AttributeError])
def test_kinds_that_are_easily_swallowed(backend, kind: Any) -> None:
    caught(*parts(backend, "evaluate", error := kind("mine")), error)


@pytest.mark.parametrize("name", ["register_entry", "register_exit", "register_fee", "update"])
def test_a_foreign_portfolio_that_raises(backends, name: str) -> None:
    def make(backend: Any) -> Any:
        error = Boom(name)

        class Failing(ForeignPortfolio):
            seen = 0

        def method(self: Any, *args: Any) -> None:
            self.seen += 1
            if self.seen == 8:
                fail()
            getattr(ForeignPortfolio, name)(self, *args)

        def fail() -> None:
            raise error

        setattr(Failing, name, method)
        market = Market(backend, 120)
        portfolio = Failing()
        executor = market.executor(portfolio)
        strategy = Trader()
        strategy.attach(backend, executor, portfolio)
        left = caught(market, strategy, executor, portfolio, error)
        return left, portfolio.calls, executor.state()["positions"]

    same(backends, make)


def test_a_foreign_executor_that_raises(backends) -> None:
    def make(backend: Any) -> Any:
        error = Boom("exits")

        class Failing(ForeignExecutor):
            def evaluate_exits(self, bid: Any, ask: Any) -> None:
                if len(self.calls) == 4:
                    fail()
                super().evaluate_exits(bid, ask)

        def fail() -> None:
            raise error

        market = Market(backend, 120)
        portfolio = market.portfolio()
        executor = Failing(portfolio)
        strategy = Trader()
        strategy.attach(backend, executor, portfolio)
        return caught(market, strategy, executor, portfolio, error)

    same(backends, make)


def test_attribute_error_inside_on_data_is_not_taken_for_a_missing_method(backend) -> None:
    class Strategy:
        def on_data(self, slice_map: Any) -> None:
            return slice_map.absent

        def check_entry(self, view: Any, index: int) -> None:
            raise AssertionError("on_data is there")

    market = Market(backend, 5)
    portfolio = market.portfolio()
    engine = market.engine(
        backend.StrategyWrapper(Strategy()), market.executor(portfolio), portfolio
    )
    with pytest.raises(AttributeError, match="absent"):
        engine.run()


def test_an_error_of_ours_is_told_its_bar(backend) -> None:
    class Late(Trader):
        def evaluate(self, index: int, slice_map: Any) -> Any:
            if index == 7:
                return self.made("sideways", 1.0, 2.0, slice_map[SYMBOL].latest("M1"))
            return None

    with pytest.raises(ValueError, match="sideways") as info:
        Market(backend, 20).run(Late())
    assert (info.value.code, info.value.bar) == ("DIRECTION_UNKNOWN", 7)


def test_a_property_that_raises_is_not_a_missing_one(backend) -> None:
    class Strategy:
        @property
        def position_manager(self) -> Any:
            raise Boom("manager")

        def evaluate(self, index: int, slice_map: Any) -> Any:
            return trader.evaluate(index, slice_map)

    market = Market(backend, 60)
    trader, portfolio = Trader(), market.portfolio()
    executor = market.executor(portfolio)
    trader.attach(backend, executor, portfolio)
    with pytest.raises(Boom, match="manager"):
        market.engine(Strategy(), executor, portfolio).run()
