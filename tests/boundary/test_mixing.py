"""Every mixture of our parts, the user's own, and those of another backend."""

from __future__ import annotations

from typing import Any

import pytest

from .market import SYMBOL, Market, Trader, bits, curve, outcome, same, trade_rows


class ForeignPortfolio:
    """An account in plain Python that writes down what it is told."""

    def __init__(self) -> None:
        self.cash, self.calls, self.open = 10_000.0, [], []

    def note(self, name: str, position: Any, *more: Any) -> None:
        self.calls.append((name, position.order_id, position.status, *map(bits, more)))

    def register_entry(self, position: Any) -> None:
        self.open.append(position)
        self.note("entry", position, position.entry_price)

    def register_fee(self, amount: float, time: Any, kind: str, position: Any) -> None:
        self.cash -= amount
        self.note("fee", position, amount, time, kind)

    def register_exit(self, position: Any) -> None:
        self.open.remove(position)
        self.cash = (self.cash - position.exit_fee) + position.result
        self.note("exit", position, position.exit_price, position.reason, self.cash)

    def register_expired(self, position: Any) -> None:
        self.note("expired", position)

    def get_open_positions(self, symbol: str | None = None) -> list[Any]:
        return list(self.open)

    def update(self, time: Any) -> None:
        self.calls.append(("update", time, bits(self.cash)))


class MarkedPortfolio(ForeignPortfolio):
    """The same, and wants to be shown the candles."""

    def mark(self, symbol: str, bid: Any, ask: Any) -> None:
        self.calls.append(("mark", symbol, bits(bid.close), bits(ask.close)))


class ForeignPosition:
    def __init__(self, order_id: int, signal: Any, price: float) -> None:
        self.order_id, self.symbol = order_id, SYMBOL
        self.direction, self.entry_price = signal.direction, price
        self.stop_loss, self.status = signal.stop_loss, "open"
        self.size, self.exit_fee, self.result, self.reason = 0.1, 0.0, None, None


class ForeignExecutor:
    """An executor in plain Python: closes each position at the close, five bars later."""

    def __init__(self, portfolio: Any, build: Any = ForeignPosition) -> None:
        self.portfolio, self.build = portfolio, build
        self.active_positions: list[Any] = []
        self.calls: list[Any] = []

    def process_signal(self, signal: Any) -> None:
        position = self.build(len(self.calls) + 1, signal, 1.1)
        self.calls.append(("signal", signal.direction))
        self.active_positions = [*self.active_positions, position]
        position.age = 0
        self.portfolio.register_entry(position)

    def evaluate_exits(self, bid: Any, ask: Any) -> None:
        for position in list(self.active_positions):
            position.age += 1
            if position.age == 5:
                self.close(position, bid)
        self.active_positions = [p for p in self.active_positions if p.age < 5]

    def close(self, position: Any, bid: Any) -> None:
        sign = 1.0 if position.direction == "long" else -1.0
        position.status, position.reason = "closed", "manual"
        position.exit_price, position.exit_time = bid.close, bid.timestamp
        position.result = (bid.close - position.entry_price) * sign * 10_000.0
        position.exit_fee = 1.5
        self.portfolio.register_exit(position)


class Manager:
    """Written against the public face only; closes by pos.close and portfolio.register_exit."""

    portfolio = None

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def attach_portfolio(self, portfolio: Any) -> None:
        self.portfolio = portfolio

    def manage_positions(self, **given: Any) -> None:
        bid = given["bid_candle"]
        for position in given["open_positions"]:
            self.calls.append((position.order_id, len(given["all_positions"])))
            if position.order_id % 3 == 0 and hasattr(position, "close"):
                position.close(bid.timestamp, bid.close, "manual")
                self.portfolio.register_exit(position)


class Managed(Trader):
    def __init__(self) -> None:
        self.position_manager = Manager()


def run(market: Market, strategy: Any, executor: Any, portfolio: Any) -> None:
    strategy.attach(market.backend, executor, portfolio)
    market.engine(strategy, executor, portfolio).run()


@pytest.mark.parametrize("fill", ["close", "next_open"])
@pytest.mark.parametrize("kind", [ForeignPortfolio, MarkedPortfolio])
def test_our_executor_with_a_foreign_portfolio(backends, kind: Any, fill: str) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)
        portfolio = kind()
        policy = backend.ExecutionPolicy(fill, close_at_end=True)
        executor = market.executor(portfolio, policy=policy)
        strategy = Managed()
        run(market, strategy, executor, portfolio)
        state = executor.state()
        assert state["ledger"] is None
        return portfolio.calls, strategy.position_manager.calls, state

    calls, managed, _ = same(backends, make)
    assert managed
    assert {call[0] for call in calls} >= {"entry", "fee", "exit", "update"}


def test_its_fills_are_those_with_our_portfolio(backend) -> None:
    market = Market(backend)
    portfolio = ForeignPortfolio()
    executor = market.executor(portfolio)
    run(market, Trader(), executor, portfolio)
    _, own = Market(backend).run(Trader())
    assert bits(portfolio.cash) == bits(own.cash)
    assert executor.signal_columns() == Market(backend).run(Trader())[0].signal_columns()


def test_our_portfolio_with_a_foreign_executor(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)
        portfolio = market.portfolio()
        executor = ForeignExecutor(portfolio)
        strategy = Managed()
        run(market, strategy, executor, portfolio)
        assert portfolio.realised_only
        assert all(type(p) is ForeignPosition for p in portfolio.closed_positions)
        assert set(executor.active_positions) == set(portfolio.open_positions)
        entries = [(p.order_id, bits(p.result)) for p in portfolio.closed_positions]
        fees = [(t, k, f, p.order_id) for t, k, f, p in portfolio.fees_log]
        summary = portfolio.get_summary()
        return entries, fees, curve(portfolio), summary, strategy.position_manager.calls

    entries, fees, _, summary, _ = same(backends, make)
    assert len(fees) == len(entries) == summary["Total Trades"] > 30


def test_a_foreign_executor_that_builds_our_positions(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)

        class Executor(ForeignExecutor):
            def close(self, position: Any, bid: Any) -> None:
                if not position.is_closed:
                    position.close(bid.timestamp, bid.close, "manual")
                    self.portfolio.register_exit(position)

        def build(number: int, signal: Any, price: float) -> Any:
            position = backend.PortfolioPosition(
                signal.timestamp, signal.direction, SYMBOL, price, signal.stop_loss,
                signal.take_profit, 0.1, metadata={"number": number},
            )  # fmt: skip
            position.number = number
            return position

        portfolio = market.portfolio()
        executor = Executor(portfolio, build)
        run(market, Trader(), executor, portfolio)
        assert portfolio.realised_only
        closed = portfolio.closed_positions
        assert [p.number for p in closed] == [p.metadata["number"] for p in closed]
        return trade_rows(closed), curve(portfolio)

    rows, _ = same(backends, make)
    assert len(rows) > 30


def test_both_foreign(backends) -> None:
    def make(backend: Any) -> Any:
        portfolio = ForeignPortfolio()
        executor = ForeignExecutor(portfolio)
        strategy = Managed()
        run(Market(backend), strategy, executor, portfolio)
        return portfolio.calls, executor.calls, strategy.position_manager.calls

    assert len(same(backends, make)[0]) > 300


def test_our_portfolio_inside_a_foreign_one(backends) -> None:
    """What wraps our portfolio passes our executor's positions on: they are marked as ours."""

    def make(backend: Any) -> Any:
        class Outer:
            def __init__(self, inner: Any) -> None:
                self.inner = inner

            def __getattr__(self, name: str) -> Any:
                return getattr(self.inner, name)

        market = Market(backend)
        inner = market.portfolio()
        portfolio = Outer(inner)
        executor = market.executor(portfolio)
        run(market, Managed(), executor, portfolio)
        assert not inner.realised_only
        return trade_rows(inner.closed_positions), curve(inner), inner.get_summary()

    rows, wrapped, _ = same(backends, make)
    assert len(rows) > 30
    assert len({row[2] for row in wrapped}) > 150


def test_two_executors_on_one_portfolio(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)
        portfolio = market.portfolio()
        first, second = market.executor(portfolio), market.executor(portfolio)
        for executor in (first, second):
            run(market, Trader(), executor, portfolio)
        return outcome(first, portfolio), outcome(second, portfolio)["signals"]

    same(backends, make)


def test_an_executor_that_is_not_of_this_portfolio(backends) -> None:
    def make(backend: Any) -> Any:
        market = Market(backend)
        own, other = market.portfolio(), market.portfolio()
        executor = market.executor(own)
        run(market, Trader(), executor, other)
        return trade_rows(own.closed_positions), curve(own), curve(other), bits(own.cash)

    rows, none, other, _ = same(backends, make)
    assert rows
    assert not none
    assert len({row[1] for row in other}) == 1


@pytest.mark.parametrize("of_executor", ["python", "cython", "rust"])
@pytest.mark.parametrize("of_portfolio", ["python", "cython", "rust"])
@pytest.mark.parametrize("of_candles", ["python", "rust"])
def test_parts_of_different_backends(
    backends, of_executor: str, of_portfolio: str, of_candles: str
) -> None:
    """The loop of each backend drives executor, portfolio and candles of the others."""
    if not {of_executor, of_portfolio, of_candles} <= set(backends):
        pytest.skip("not all of these backends are in FILLPROOF_TEST_BACKENDS")

    def make(backend: Any) -> Any:
        market = Market(backends[of_candles], 150)
        portfolio = backends[of_portfolio].Portfolio(10_000.0)
        executor = Market(backends[of_executor], 2).executor(portfolio)
        strategy = Managed()
        strategy.attach(backends[of_candles], executor, portfolio)
        engine = backend.EventEngine(
            market.bid, market.ask, strategy, executor, portfolio, market.data, SYMBOL,
            original_start_dt=market.bid[0].timestamp,
        )  # fmt: skip
        engine.run()
        assert portfolio.realised_only is (of_executor != of_portfolio)
        return (
            trade_rows(portfolio.closed_positions),
            curve(portfolio),
            executor.signal_columns(),
            executor.state(),
            strategy.position_manager.calls,
        )

    rows, *_ = same(backends, make)
    assert len(rows) > 10


def test_values_are_equal_across_backends(backends) -> None:
    reference, *others = [
        (
            Market(backend, 3).bid[1],
            backend.SymbolSpec("EURUSD", 0.0001, 5),
            backend.FeeModel(per_lot=3.5),
            backend.SlippageModel(0.1),
            backend.ExecutionPolicy(close_at_end=True),
            backend.FixedLots(0.1),
            backend.RiskAmount(50),
            backend.TradeSignal("long", None, 1.0, 2.0, "EURUSD", None, tags=("a",)),
        )
        for backend in backends.values()
    ]
    for other in others:
        assert other == reference
        assert reference == other
        assert [hash(value) for value in other] == [hash(value) for value in reference]
        assert [repr(value) for value in other] == [repr(value) for value in reference]
