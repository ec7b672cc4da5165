"""What happens before what, watched from outside.

Evidence of L2.phases, L3.manager, L6.late_lookup, L6.exception, S1.meta and P3.realised_only.
"""

from __future__ import annotations

import traceback
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

START = datetime(2020, 1, 1, tzinfo=UTC)
TIMES = [START + timedelta(minutes=index) for index in range(4)]


def candles(engine: Any, shift: float = 0.0) -> list[Any]:
    return [
        engine.Candle(time, 1.1 + shift, 1.101 + shift, 1.099 + shift, 1.1 + shift)
        for time in TIMES
    ]


def loop(engine: Any, strategy: Any, executor: Any, portfolio: Any, **options: Any) -> Any:
    bid, ask = candles(engine), candles(engine, 0.0002)
    return engine.EventEngine(
        bid,
        ask,
        strategy,
        executor,
        portfolio,
        {"M1": {"bid": bid, "ask": ask}},
        "EURUSD",
        options.get("on_progress"),
        options.get("start", TIMES[1]),
    )


class Calls(list[Any]):
    """Everything that was called, in order."""

    def strategy(self, signals: Any = None, manager: Any = None) -> Any:
        def evaluate(index: int, slice_map: Any) -> Any:
            self.append(("evaluate", index, list(slice_map), slice_map["EURUSD"].index))
            return signals

        return SimpleNamespace(evaluate=evaluate, position_manager=manager)

    def portfolio(self) -> Any:
        def get_open_positions(symbol: str) -> list[int]:
            self.append(("get_open_positions", symbol))
            return [7]

        return SimpleNamespace(
            update=lambda time: self.append(("update", time)),
            get_open_positions=get_open_positions,
        )

    def manager(self) -> Any:
        return SimpleNamespace(
            portfolio=True, manage_positions=lambda **given: self.append(("manage", given))
        )


def test_phases_of_a_foreign_executor(engine: Any) -> None:
    calls = Calls()

    class Executor:
        active_positions = ("anything",)

        def open_bar(self, bid: Any, ask: Any, symbol: str = "?") -> None:
            calls.append(("open_bar", bid.timestamp, ask.timestamp, symbol))

        def process_signal(self, signal: Any) -> None:
            calls.append(("process_signal", signal))

        def evaluate_exits(self, bid: Any, ask: Any) -> None:
            calls.append(("evaluate_exits", bid.timestamp, ask.timestamp))

        def close_bar(self, timestamp: datetime, last: bool = False) -> None:
            calls.append(("close_bar", timestamp, last))

    manager = calls.manager()
    strategy = calls.strategy(["a", "b"], manager)
    loop(
        engine,
        strategy,
        Executor(),
        calls.portfolio(),
        on_progress=lambda done, total: calls.append(("progress", done, total)),
    ).run()
    names = [call[0] for call in calls]
    bar = (
        "open_bar evaluate process_signal process_signal evaluate_exits close_bar "
        "get_open_positions manage update progress"
    ).split()
    assert names == bar * 3
    last = calls[-len(bar) :]
    assert last[0] == ("open_bar", TIMES[3], TIMES[3], "EURUSD")
    assert last[1] == ("evaluate", 3, ["EURUSD"], 3)
    assert [call[1] for call in last[2:4]] == ["a", "b"]
    assert last[5] == ("close_bar", TIMES[3], True)
    assert next(call for call in calls if call[0] == "close_bar") == ("close_bar", TIMES[1], False)
    given = last[7][1]
    assert sorted(given) == [
        "all_positions",
        "ask_candle",
        "bid_candle",
        "open_positions",
        "symbol_slice",
    ]
    assert given["open_positions"] == [7]
    assert given["all_positions"] == ("anything",)
    assert (given["bid_candle"].timestamp, given["symbol_slice"].index) == (TIMES[3], 3)
    assert last[8:] == [("update", TIMES[3]), ("progress", 3, 3)]


def test_phases_that_an_executor_does_not_have_are_left_out(engine: Any) -> None:
    calls = Calls()
    executor = SimpleNamespace(
        active_positions=[], process_signal=lambda signal: calls.append(("process_signal", signal))
    )
    loop(engine, calls.strategy("one"), executor, calls.portfolio(), start=TIMES[2]).run()
    assert [call[0] for call in calls] == ["evaluate", "process_signal", "update"] * 2


def test_own_executor_goes_through_the_same_phases(engine: Any) -> None:
    calls: list[Any] = []

    class Executor(engine.ExecutionSimulator):  # type: ignore[misc]
        def open_bar(self, bid: Any, ask: Any, symbol: str | None = None) -> None:
            calls.append(("open_bar", symbol))
            super().open_bar(bid, ask, symbol=symbol)

        def process_signal(self, signal: Any) -> None:
            calls.append("process_signal")
            super().process_signal(signal)

        def evaluate_exits(self, bid: Any, ask: Any, symbol: str | None = None) -> None:
            calls.append(("evaluate_exits", symbol))
            super().evaluate_exits(bid, ask, symbol=symbol)

        def close_bar(self, timestamp: datetime, last: bool = False) -> None:
            calls.append(("close_bar", last))
            super().close_bar(timestamp, last=last)

    class Portfolio(engine.Portfolio):  # type: ignore[misc]
        def update(self, time: datetime) -> None:
            calls.append("update")
            super().update(time)

        def register_entry(self, position: Any) -> None:
            calls.append(("register_entry", position.order_id))
            super().register_entry(position)

        def register_fee(self, amount: float, time: datetime, kind: str, position: Any) -> None:
            calls.append(("register_fee", kind))
            super().register_fee(amount, time, kind, position)

        def mark(self, symbol: str, bid: Any, ask: Any) -> None:
            calls.append(("mark", symbol))
            super().mark(symbol, bid, ask)

    portfolio = Portfolio()
    executor = Executor(
        portfolio, sizing=engine.FixedLots(0.1), fee_model=engine.FeeModel(per_lot=3.5)
    )

    def evaluate(index: int, slice_map: Any) -> Any:
        calls.append(("evaluate", index))
        raw = {"direction": "long", "symbol": "EURUSD"}
        return engine.StrategyWrapper(
            SimpleNamespace(on_data=lambda _: raw if index == 2 else None)
        ).evaluate(index, slice_map)

    loop(engine, SimpleNamespace(evaluate=evaluate), executor, portfolio, start=TIMES[2]).run()
    assert calls == [
        ("open_bar", "EURUSD"),
        ("mark", "EURUSD"),
        ("evaluate", 2),
        "process_signal",
        ("register_entry", 1),
        ("register_fee", "entry_fee"),
        ("evaluate_exits", "EURUSD"),
        ("close_bar", False),
        "update",
        ("open_bar", "EURUSD"),
        ("mark", "EURUSD"),
        ("evaluate", 3),
        ("evaluate_exits", "EURUSD"),
        ("close_bar", True),
        "update",
    ]


def _always_active() -> Any:
    return SimpleNamespace(
        active_positions=(1,), process_signal=lambda _: None, evaluate_exits=lambda *_: None
    )


def test_manager_is_the_first_along_the_chain(engine: Any) -> None:
    calls = Calls()
    inner = SimpleNamespace(position_manager=calls.manager(), strategy=None)
    middle = SimpleNamespace(position_manager=None, strategy=inner)
    outer = SimpleNamespace(evaluate=lambda *_: None, strategy=middle)
    loop(engine, outer, _always_active(), calls.portfolio(), start=TIMES[3]).run()
    assert [call[0] for call in calls] == ["get_open_positions", "manage", "update"]


@pytest.mark.parametrize(("links", "found"), [(8, True), (9, False)])
def test_manager_is_looked_for_along_eight_links(engine: Any, links: int, found: bool) -> None:
    calls = Calls()
    chain = SimpleNamespace(position_manager=calls.manager())
    for _ in range(links - 1):
        chain = SimpleNamespace(strategy=chain)
    chain.evaluate = lambda *_: None
    loop(engine, chain, _always_active(), calls.portfolio(), start=TIMES[3]).run()
    assert ("manage" in [call[0] for call in calls]) is found


def test_chain_that_bites_its_tail_has_no_manager(engine: Any) -> None:
    calls = Calls()
    ring = SimpleNamespace(evaluate=lambda *_: None)
    ring.strategy = SimpleNamespace(strategy=ring)
    loop(engine, ring, _always_active(), calls.portfolio(), start=TIMES[3]).run()
    assert [call[0] for call in calls] == ["update"]


def test_portfolio_is_attached_to_a_manager_without_one(engine: Any) -> None:
    attached: list[Any] = []

    class Manager:
        portfolio: Any = None

        def attach_portfolio(self, portfolio: Any) -> None:
            attached.append(portfolio)
            self.portfolio = portfolio

        def manage_positions(self, **given: Any) -> None:
            assert self.portfolio is not None

    calls = Calls()
    portfolio = calls.portfolio()
    loop(engine, calls.strategy(manager=Manager()), _always_active(), portfolio).run()
    assert attached == [portfolio]


def test_manager_and_methods_are_looked_up_at_each_use(engine: Any) -> None:
    calls = Calls()
    strategy = SimpleNamespace()
    executor = _always_active()

    def second(index: int, slice_map: Any) -> None:
        calls.append("second")
        executor.active_positions = []

    def first(index: int, slice_map: Any) -> None:
        calls.append("first")
        strategy.evaluate = second
        strategy.position_manager = calls.manager()

    strategy.evaluate = first
    loop(engine, strategy, executor, calls.portfolio(), start=TIMES[2]).run()
    names = [call if isinstance(call, str) else call[0] for call in calls]
    assert names == ["first", "get_open_positions", "manage", "update", "second", "update"]


class Own(Exception):
    """A user's exception."""


@pytest.mark.parametrize("place", ["evaluate", "manage", "progress"])
def test_exception_of_a_callback_arrives_as_it_was(engine: Any, place: str) -> None:
    error = Own("from the user")

    def fail_here(*_: Any, **__: Any) -> Any:
        raise error

    def evaluate(index: int, slice_map: Any) -> Any:
        if place == "evaluate" and index == 2:
            fail_here()
        symbol, time = "EURUSD", TIMES[index]
        signal = engine.TradeSignal("long", 1.1002, None, None, symbol, time)
        return [signal] if index == 1 else None

    portfolio = engine.Portfolio()
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    manager = SimpleNamespace(
        portfolio=portfolio,
        manage_positions=lambda **_: fail_here() if place == "manage" else None,
    )
    strategy = SimpleNamespace(evaluate=evaluate, position_manager=manager)
    progress = fail_here if place == "progress" else None
    with pytest.raises(Own) as caught:
        loop(engine, strategy, executor, portfolio, on_progress=progress).run()
    assert caught.value is error
    assert "fail_here" in [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    # What happened before the call can still be read.
    assert [position.order_id for position in executor.active_positions] == [1]
    assert executor.state()["next_order_id"] == 2
    rows = {"evaluate": 1, "manage": 0, "progress": 1}[place]
    assert len(portfolio.equity_curve) == rows


def test_meta_wins_over_metadata_and_is_filled_by_it(engine: Any) -> None:
    raw = {"direction": "buy", "meta": {"a": 1, "b": 2}, "metadata": {"b": 3, "c": 4}}
    seen: list[Any] = []
    executor = SimpleNamespace(active_positions=[], process_signal=seen.append)
    strategy = engine.StrategyWrapper(SimpleNamespace(on_data=lambda _: raw))
    loop(engine, strategy, executor, Calls().portfolio(), start=TIMES[3]).run()
    # The wrapper's own notes stand beside them (S2.wrapper).
    assert {key: seen[0].meta[key] for key in "abc"} == {"a": 1, "b": 2, "c": 4}
    assert raw["meta"] == {"a": 1, "b": 2}, "the strategy's own dict is left as it was"


def test_position_of_a_foreign_executor_is_booked_but_not_marked(engine: Any) -> None:
    portfolio = engine.Portfolio(1000.0)
    position = engine.PortfolioPosition(
        TIMES[0], "long", "EURUSD", 1.1, None, None, 0.1, entry_fee=0.0
    )

    class Executor:
        active_positions = (position,)

        def process_signal(self, signal: Any) -> None:
            portfolio.register_entry(position)

        def evaluate_exits(self, bid: Any, ask: Any) -> None:
            portfolio.mark("EURUSD", bid, ask)
            if bid.timestamp == TIMES[3]:
                position.close(bid.timestamp, 1.2, "manual")
                portfolio.register_exit(position)

    def evaluate(index: int, slice_map: Any) -> Any:
        return "any" if index == 2 else None

    before = portfolio.realised_only
    strategy = SimpleNamespace(evaluate=evaluate)
    loop(engine, strategy, Executor(), portfolio, start=TIMES[2]).run()
    assert (before, portfolio.realised_only) == (False, True)
    assert [row[2] for row in portfolio.equity_curve] == [1000.0, 1000.0 + position.result]
    assert position.result > 0.0
