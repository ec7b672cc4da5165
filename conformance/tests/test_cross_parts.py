"""The parts of a run over several symbols: where the manager is, late looks, exceptions, counts.

Evidence of L3.manager, L6.late_lookup and L6.exception with several symbols.
"""

from __future__ import annotations

import traceback
from types import SimpleNamespace
from typing import Any

import pytest

from fillproof.errors import ConfigError, CrossedBarsWarning

from .several import SYMBOLS, TIMES, Spies, held, lookups, loop, stamped


def test_manager_is_the_first_along_the_chain(engine: Any) -> None:
    calls = Spies()
    inner = SimpleNamespace(position_manager=calls.manager(), strategy=None)
    middle = SimpleNamespace(position_manager=None, strategy=inner)
    outer = SimpleNamespace(evaluate=lambda *_: None, strategy=middle)
    loop(engine, outer, calls.executor(), calls.portfolio(), start=TIMES[3]).run()
    assert calls.names().count("manage") == 3


@pytest.mark.parametrize(("links", "found"), [(8, True), (9, False)])
def test_manager_is_looked_for_along_eight_links(engine: Any, links: int, found: bool) -> None:
    calls = Spies()
    chain = SimpleNamespace(position_manager=calls.manager())
    for _ in range(links - 1):
        chain = SimpleNamespace(strategy=chain)
    chain.evaluate = lambda *_: None
    loop(engine, chain, calls.executor(), calls.portfolio(), start=TIMES[3]).run()
    assert ("manage" in calls.names()) is found


@pytest.mark.parametrize("portfolio", [None, 0, "mine"])
def test_portfolio_is_attached_to_a_manager_without_one(engine: Any, portfolio: Any) -> None:
    calls: list[Any] = []

    class Manager:
        def __init__(self) -> None:
            self.portfolio = portfolio

        def attach_portfolio(self, given: Any) -> None:
            calls.append(given)
            self.portfolio = given

        def manage_positions(self, **given: Any) -> None:
            calls.append(given["bid_candle"].timestamp)

    spies = Spies()
    account = spies.portfolio()
    strategy = spies.strategy(manager=Manager())
    loop(engine, strategy, spies.executor(), account, start=TIMES[2]).run()
    managed = [TIMES[2]] * 2 + [TIMES[3]] * 3
    assert calls == ([account, *managed] if not portfolio else managed)


def test_parts_are_looked_up_at_each_use(engine: Any) -> None:
    calls = Spies()
    executor, portfolio = calls.executor(), calls.portfolio()
    strategy = SimpleNamespace()

    def second(index: int, view: Any) -> None:
        calls.append(("second",))
        strategy.position_manager = None

    def first(index: int, view: Any) -> Any:
        calls.append(("first",))
        strategy.evaluate = second
        strategy.position_manager = calls.manager()
        executor.evaluate_exits = lambda bid, ask: calls.append(("other exits",))
        executor.active_positions = (held("AUDUSD", "open", 8),)
        portfolio.update = lambda time: calls.append(("other update",))

    strategy.evaluate = first
    loop(engine, strategy, executor, portfolio, start=TIMES[2]).run()
    assert calls.names() == (
        ["open_bar"] * 2 + ["first"] + ["other exits"] * 2 + ["close_bar", "manage", "manage"]
        + ["other update"]
        + ["open_bar"] * 3 + ["second"] + ["other exits"] * 3 + ["close_bar", "other update"]
    )  # fmt: skip


class Own(Exception):
    """A user's exception."""


PLACES = (
    "open_bar evaluate process_signal evaluate_exits close_bar manage update progress attach"
).split()


@pytest.mark.parametrize("place", PLACES)
def test_exception_of_a_callback_arrives_as_it_was(engine: Any, place: str) -> None:
    error = Own("from the user")
    calls = Spies()

    def fail_here(*_: Any, **__: Any) -> Any:
        raise error

    executor, portfolio, manager = calls.executor(), calls.portfolio(), calls.manager()
    strategy = calls.strategy("one", manager)
    progress = calls.progress
    match place:
        case "evaluate":
            strategy.evaluate = fail_here
        case "manage":
            manager.manage_positions = fail_here
        case "attach":
            manager.portfolio = None
            manager.attach_portfolio = fail_here
        case "update":
            portfolio.update = fail_here
        case "progress":
            progress = fail_here
        case _:
            setattr(executor, place, fail_here)
    made = loop(engine, strategy, executor, portfolio, on_progress=progress, start=TIMES[2])
    with pytest.raises(Own) as caught:
        made.run()
    assert caught.value is error
    assert "fail_here" in [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    key = (
        ["open_bar"] * 2 + ["evaluate", "process_signal"] + ["evaluate_exits"] * 2
        + ["close_bar"] + ["manage"] * 2 + ["update", "progress"]
    )  # fmt: skip
    assert calls.names() == key[: key.index("manage" if place == "attach" else place)]


def test_state_up_to_an_exception_stays_readable(engine: Any) -> None:
    error = Own("from the user")

    def evaluate(index: int, view: Any) -> Any:
        if index == 3:
            raise error
        return engine.TradeSignal("long", None, None, None, "GBPUSD", view.time)

    portfolio = engine.Portfolio()
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    made = loop(engine, SimpleNamespace(evaluate=evaluate), executor, portfolio)
    with pytest.raises(Own) as caught:
        made.run()
    assert caught.value is error
    assert [position.order_id for position in executor.active_positions] == [1, 2]
    assert [position.symbol for position in portfolio.open_positions] == ["GBPUSD"] * 2
    assert len(portfolio.equity_curve) == 2


def test_constructor_only_stores(engine: Any) -> None:
    """Whatever is wrong is said by run()."""
    parts = {
        "candle_lookups": {"EURUSD": object()}, "common_timestamps": [3, "a"],
        "strategy": object(), "executor": object(), "portfolio": object(), "primary_tf": "M7",
    }  # fmt: skip
    made = engine.CrossSymbolEventEngine(*parts.values(), coverage="loose")
    for name, part in parts.items():
        assert getattr(made, name) is part
    assert (made.on_progress, made.original_start_dt, made.coverage) == (None, None, "loose")
    with pytest.raises(ConfigError) as caught:
        made.run()
    assert (caught.value.code, caught.value.field) == ("OPTION_UNKNOWN", "coverage")


def test_holes_and_crossed_bars_are_counted(engine: Any) -> None:
    given = lookups(stamped(engine))
    crossed = engine.Candle(TIMES[0], 0.9, 0.9, 0.9, 0.9)
    given["GBPUSD"]["ask"][TIMES[0]] = crossed
    given["AUDUSD"]["ask"][TIMES[0]] = crossed
    given["AUDUSD"]["ask"][TIMES[3]] = engine.Candle(TIMES[3], 0.9, 0.9, 0.9, 0.9)
    calls = Spies()
    parts = calls.strategy(), calls.executor(), calls.portfolio()
    made = loop(engine, *parts, given=given, start=TIMES[2])
    with pytest.warns(CrossedBarsWarning) as warned:
        made.run()
    assert len(warned) == 2, "one warning a symbol"
    assert "GBPUSD" in str(warned[0].message)
    assert "AUDUSD" in str(warned[1].message)
    assert made.crossed_bars == 3
    assert dict(made.holes) == {"GBPUSD": 0, "EURUSD": 1, "AUDUSD": 1}
    assert list(made.holes) == SYMBOLS
    assert made.ordinal is False
