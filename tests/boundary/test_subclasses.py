"""Executors, portfolios, wrappers and engines that a user derives or changes."""

from __future__ import annotations

from typing import Any

import pytest

from .market import START, SYMBOL, Market, Trader, outcome, same


def plain(backend: Any) -> dict[str, Any]:
    return outcome(*Market(backend).run(Trader()))


def test_executor_with_its_own_constructor(backends) -> None:
    """Every third signal is dropped by an override that calls super for the rest."""

    def make(backend: Any) -> Any:
        class Picky(backend.ExecutionSimulator):
            def __init__(self, portfolio: Any, every: int, *, name: str, **settings: Any) -> None:
                super().__init__(portfolio, **settings)
                self.every, self.name, self.asked = every, name, 0

            def process_signal(self, signal: Any) -> None:
                self.asked += 1
                if self.asked % self.every:
                    super().process_signal(signal)

        market = Market(backend)
        portfolio = market.portfolio()
        executor = market.executor(portfolio, Picky, 3, name="picky")
        strategy = Trader()
        strategy.attach(backend, executor, portfolio)
        market.engine(strategy, executor, portfolio).run()
        assert executor.name == "picky"
        return executor.asked, outcome(executor, portfolio)

    asked, result = same(backends, make)
    assert asked == 43
    assert len(result["signals"]["order_id"]) == 29


def test_a_subclass_that_changes_nothing_gives_the_same(backend) -> None:
    class Executor(backend.ExecutionSimulator):
        pass

    class Portfolio(backend.Portfolio):
        pass

    class Wrapper(backend.StrategyWrapper):
        pass

    class Engine(backend.EventEngine):
        def __init__(self, *args: Any, note: str, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.note = note

    class Data(Trader):
        def on_data(self, slice_map: Any) -> Any:
            view = slice_map[SYMBOL]
            return self.signal(view.index, view)

    market = Market(backend)
    portfolio = Portfolio(10_000.0)
    executor = market.executor(portfolio, Executor)
    strategy = Data()
    strategy.attach(backend, executor, portfolio)
    engine = Engine(
        market.bid, market.ask, Wrapper(strategy), executor, portfolio, market.data, SYMBOL,
        original_start_dt=START, note="mine",
    )  # fmt: skip
    engine.run()
    assert engine.note == "mine"
    assert outcome(executor, portfolio) == plain(backend)


def test_portfolio_that_overrides_register_exit(backends) -> None:
    def make(backend: Any) -> Any:
        class Counting(backend.Portfolio):
            def __init__(self, balance: float, label: str) -> None:
                super().__init__(balance)
                self.label, self.seen = label, []

            def register_exit(self, position: Any) -> None:
                before = self.cash
                super().register_exit(position)
                self.seen.append((position.order_id, before.hex(), self.cash.hex()))

        market = Market(backend)
        portfolio = Counting(10_000.0, "own")
        executor = market.executor(portfolio)
        strategy = Trader()
        strategy.attach(backend, executor, portfolio)
        market.engine(strategy, executor, portfolio).run()
        result = outcome(executor, portfolio)
        assert result == plain(backend)
        return portfolio.seen

    seen = same(backends, make)
    assert len(seen) > 20
    assert seen[0][1] != seen[0][2]


def test_portfolio_that_overrides_everything(backends) -> None:
    def make(backend: Any) -> Any:
        calls: list[Any] = []

        def spy(name: str) -> Any:
            def method(self: Any, *args: Any) -> Any:
                calls.append((name, *(getattr(arg, "order_id", None) for arg in args)))
                return getattr(backend.Portfolio, name)(self, *args)

            return method

        names = (
            "register_entry", "register_exit", "register_fee", "register_expired", "mark",
            "update", "get_open_positions",
        )  # fmt: skip
        spied = type("Spied", (backend.Portfolio,), {name: spy(name) for name in names})
        market = Market(backend, 120)
        portfolio = spied(10_000.0)
        executor = market.executor(
            portfolio, policy=backend.ExecutionPolicy("next_open", close_at_end=True)
        )
        strategy = Trader()
        strategy.attach(backend, executor, portfolio)
        market.engine(strategy, executor, portfolio).run()
        return calls, outcome(executor, portfolio)

    calls, _ = same(backends, make)
    assert {call[0] for call in calls} >= {"register_entry", "register_exit", "mark", "update"}


@pytest.mark.parametrize("when", ["before", "in_evaluate", "in_manager", "in_progress"])
def test_a_method_replaced_on_the_object(backends, when: str) -> None:  # noqa: C901
    """What is replaced on one object counts from the next use on, also in the middle of a bar."""

    def make(backend: Any) -> Any:
        market = Market(backend, 150)
        portfolio = market.portfolio()
        executor = market.executor(portfolio)
        calls: list[Any] = []

        def replace() -> None:
            process, update = executor.process_signal, portfolio.update
            exits = executor.evaluate_exits

            def process_signal(signal: Any) -> None:
                calls.append(("process_signal", signal.direction))
                process(signal)

            def updated(time: Any) -> None:
                calls.append(("update", time.minute))
                update(time)

            def evaluate_exits(bid: Any, ask: Any, symbol: Any = None) -> None:
                calls.append(("evaluate_exits", bid.close, symbol))
                exits(bid, ask, symbol)

            executor.process_signal = process_signal
            executor.evaluate_exits = evaluate_exits
            portfolio.update = updated

        class Manager:
            portfolio = True

            def manage_positions(self, **given: Any) -> None:
                if when == "in_manager" and not calls and given["symbol_slice"].index > 70:
                    replace()

        class Replacer(Trader):
            position_manager = Manager()

            def evaluate(self, index: int, slice_map: Any) -> Any:
                if index == 70 and when == "in_evaluate":
                    replace()
                return super().evaluate(index, slice_map)

        def progress(current: int, total: int) -> None:
            if current == 70 and when == "in_progress":
                replace()

        if when == "before":
            replace()
        strategy = Replacer()
        strategy.attach(backend, executor, portfolio)
        market.engine(strategy, executor, portfolio, progress).run()
        assert outcome(executor, portfolio) == outcome(*Market(backend, 150).run(Trader()))
        return calls

    calls = same(backends, make)
    assert {call[0] for call in calls} == {"process_signal", "evaluate_exits", "update"}


@pytest.mark.parametrize("takes_all", [False, True])
def test_methods_replaced_by_others_that_take_less_or_by_name_alone(
    backend, takes_all: bool
) -> None:
    """An executor of ours is called with what is in the place of its methods, as that takes it."""
    market = Market(backend, 120)
    portfolio = market.portfolio()
    executor = market.executor(portfolio)
    own_open, own_exits, own_close = executor.open_bar, executor.evaluate_exits, executor.close_bar
    calls: list[str] = []

    def open_bar(bid: Any, ask: Any) -> None:
        calls.append("open_bar")
        own_open(bid, ask, SYMBOL)

    def open_bar_named(bid: Any, ask: Any, *, symbol: str) -> None:
        calls.append("open_bar")
        own_open(bid, ask, symbol)

    def evaluate_exits(bid: Any, ask: Any) -> None:
        calls.append("evaluate_exits")
        own_exits(bid, ask, SYMBOL)

    def evaluate_exits_named(bid: Any, ask: Any, *, symbol: str) -> None:
        calls.append("evaluate_exits")
        own_exits(bid, ask, symbol)

    def close_bar(timestamp: Any) -> None:
        calls.append("close_bar")
        own_close(timestamp, last=calls.count("close_bar") == 120)

    def close_bar_named(timestamp: Any, *, last: bool = False) -> None:
        calls.append("close_bar")
        own_close(timestamp, last=last)

    executor.open_bar = open_bar_named if takes_all else open_bar
    executor.evaluate_exits = evaluate_exits_named if takes_all else evaluate_exits
    executor.close_bar = close_bar_named if takes_all else close_bar
    strategy = Trader()
    strategy.attach(backend, executor, portfolio)
    market.engine(strategy, executor, portfolio).run()
    assert outcome(executor, portfolio) == outcome(*Market(backend, 120).run(Trader()))
    assert [calls.count(name) for name in ("open_bar", "close_bar")] == [120, 120]
    assert calls.count("evaluate_exits") > 60


def test_wrapper_whose_evaluate_is_replaced(backend) -> None:
    class Never:
        def on_data(self, slice_map: Any) -> None:
            raise AssertionError("the wrapper's own evaluate was replaced")

    market = Market(backend, 20)
    portfolio = market.portfolio()
    executor = market.executor(portfolio)
    wrapper = backend.StrategyWrapper(Never())
    seen: list[int] = []
    wrapper.evaluate = lambda index, slice_map: seen.append(index)
    market.engine(wrapper, executor, portfolio).run()
    assert seen == list(range(20))


def test_strategy_that_replaces_its_own_methods(backend) -> None:
    seen: list[str] = []

    class Changing:
        def on_data(self, slice_map: Any) -> None:
            seen.append("class")
            self.on_data = self.other

        def other(self, slice_map: Any) -> None:
            seen.append("object")
            del self.on_data

    market = Market(backend, 6)
    wrapper = backend.StrategyWrapper(Changing())
    portfolio = market.portfolio()
    market.engine(wrapper, market.executor(portfolio), portfolio).run()
    assert seen == ["class", "object"] * 3


def test_slice_can_be_derived_from(backend) -> None:
    class Slice(backend.SymbolDataSlice):
        def __init__(self, data: Any, symbol: str, shift: int) -> None:
            super().__init__(data, symbol)
            self.shift = shift

        def latest(self, timeframe: str, price_type: str = "bid") -> Any:
            return super().history(timeframe, price_type, self.shift)[0]

    market = Market(backend, 10)
    view = Slice(market.data, SYMBOL, 3)
    view.set_index(5)
    assert view.latest("M1") == market.bid[3]


def test_without_the_base_constructor_it_says_so(backend) -> None:
    class Forgetful(backend.ExecutionSimulator):
        def __init__(self) -> None:
            pass

    with pytest.raises(AttributeError):
        Forgetful().active_positions  # noqa: B018
