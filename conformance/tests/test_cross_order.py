"""What happens before what over several symbols, watched from outside.

Evidence of L5.phases.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from .several import COVERED, SYMBOLS, TIMES, Spies, held, lookups, loop, plain, stamped


def test_phases_of_each_key(engine: Any) -> None:
    calls = Spies()
    calls.active = (
        held("EURUSD", "open", 1),
        held("GBPUSD", "pending", 2),
        held("GBPUSD", "open", 3),
        held("USDJPY", "open", 4),
        held("GBPUSD", "closed", 5),
        held("GBPUSD", "open", 6),
    )
    given = lookups(plain)
    executor = calls.executor()
    loop(
        engine,
        calls.strategy(["a", "b"], calls.manager()),
        executor,
        calls.portfolio(),
        on_progress=calls.progress,
        given=given,
    ).run()
    assert COVERED == [SYMBOLS, ["GBPUSD", "AUDUSD"], ["GBPUSD", "EURUSD"], SYMBOLS]
    seen = iter(calls)
    for index in (1, 2, 3):
        key = TIMES[index]
        sides = [(given[s]["bid"][key], given[s]["ask"][key], s) for s in COVERED[index]]
        for bid, ask, symbol in sides:
            name, *pair, named = next(seen)
            assert (name, named) == ("open_bar", symbol)
            assert pair[0] is bid
            assert pair[1] is ask
        name, place, view = next(seen)
        assert (name, place, view.index, view.timestamp) == ("evaluate", index, 3, TIMES[3])
        assert [next(seen), next(seen)] == [("process_signal", "a"), ("process_signal", "b")]
        for bid, ask, _ in sides:
            name, *pair = next(seen)
            assert name == "evaluate_exits"
            assert pair[0] is bid
            assert pair[1] is ask
        assert next(seen) == ("close_bar", key, True if index == 3 else "not given")
        for bid, ask, symbol in sides:
            name, arguments = next(seen)
            assert name == "manage"
            assert sorted(arguments) == [
                "all_positions", "ask_candle", "bid_candle", "open_positions", "symbol_slice",
            ]  # fmt: skip
            assert arguments["bid_candle"] is bid
            assert arguments["ask_candle"] is ask
            assert arguments["symbol_slice"] is view
            assert arguments["all_positions"] is executor.active_positions
            wanted = {"GBPUSD": [3, 6], "EURUSD": [1], "AUDUSD": []}[symbol]
            assert [position.order_id for position in arguments["open_positions"]] == wanted
        assert next(seen) == ("update", key)
        assert next(seen) == ("progress", index, 3)
    assert next(seen, None) is None


def test_slice_stands_at_the_key_in_every_phase(engine: Any) -> None:
    calls = Spies()
    views: list[Any] = []
    at: list[Any] = []

    def note(*_: Any, **__: Any) -> None:
        at.append((views[-1].index, views[-1].timestamp))

    def evaluate(index: int, view: Any) -> Any:
        views.append(view)
        note()
        return "any"

    executor = SimpleNamespace(
        active_positions=[], process_signal=note, evaluate_exits=note, close_bar=note
    )
    manager = SimpleNamespace(portfolio=True, manage_positions=note)
    strategy = SimpleNamespace(evaluate=evaluate, position_manager=manager)
    portfolio = SimpleNamespace(update=note)
    loop(engine, strategy, executor, portfolio, on_progress=note, start=TIMES[2]).run()
    # evaluate, one signal, exits and management of each symbol, close, update, progress.
    counts = [1 + 1 + 2 * len(COVERED[index]) + 3 for index in (2, 3)]
    assert at == [(2, TIMES[2])] * counts[0] + [(3, TIMES[3])] * counts[1]
    assert calls == []


def test_symbols_come_in_the_order_of_the_lookups(engine: Any) -> None:
    calls = Spies()
    given = lookups(stamped(engine))
    turned = {symbol: given[symbol] for symbol in ("EURUSD", "AUDUSD", "GBPUSD")}

    class Executor:
        active_positions = ()

        def open_bar(self, bid: Any, ask: Any, symbol: str) -> None:
            calls.append(("open_bar", symbol))

        def evaluate_exits(self, bid: Any, ask: Any, symbol: str) -> None:
            calls.append(("evaluate_exits", symbol))

    executor = Executor()
    executor.process_signal = None  # type: ignore[attr-defined]
    strategy = SimpleNamespace(evaluate=lambda *_: None)
    loop(engine, strategy, executor, calls.portfolio(), given=turned, start=TIMES[3]).run()
    assert calls == [
        *(("open_bar", symbol) for symbol in turned),
        *(("evaluate_exits", symbol) for symbol in turned),
        ("update", TIMES[3]),
    ]


def test_exits_and_management_come_also_when_nothing_is_active(engine: Any) -> None:
    calls = Spies()
    strategy = calls.strategy(manager=calls.manager())
    loop(engine, strategy, calls.executor(), calls.portfolio(), start=TIMES[3]).run()
    assert calls.names() == (
        ["open_bar"] * 3 + ["evaluate"] + ["evaluate_exits"] * 3 + ["close_bar"]
        + ["manage"] * 3 + ["update"]
    )  # fmt: skip
    assert [call[1]["open_positions"] for call in calls if call[0] == "manage"] == [[], [], []]


def test_phases_that_an_executor_does_not_have_are_left_out(engine: Any) -> None:
    calls = Spies()
    executor = SimpleNamespace(
        active_positions=[],
        process_signal=lambda signal: calls.append(("process_signal", signal)),
        evaluate_exits=lambda bid, ask: calls.append(("evaluate_exits", bid.timestamp)),
    )
    loop(engine, calls.strategy("one"), executor, calls.portfolio(), start=TIMES[2]).run()
    assert calls.names() == [
        "evaluate", "process_signal", "evaluate_exits", "evaluate_exits", "update",
        "evaluate", "process_signal", *["evaluate_exits"] * 3, "update",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("signals", "handed"),
    [(None, []), ("one", ["one"]), ([], []), (["a", "b"], ["a", "b"]), (("b", "a"), ["b", "a"])],
)
def test_signals_are_handed_over_in_their_order(engine: Any, signals: Any, handed: Any) -> None:
    calls = Spies()
    strategy = calls.strategy(signals)
    loop(engine, strategy, calls.executor(), calls.portfolio(), start=TIMES[3]).run()
    assert [call[1] for call in calls if call[0] == "process_signal"] == handed


def noting(kind: str, noted: list[Any]) -> Any:
    """Make a method of an executor that notes which of symbol and last it was given."""

    def named(first: Any, second: Any = None, symbol: Any = None, last: Any = None) -> None:
        noted.append((symbol, last))

    def keyword(first: Any, second: Any = None, *, symbol: Any = None, last: Any = None) -> None:
        noted.append((symbol, last))

    def anything(first: Any, second: Any = None, **more: Any) -> None:
        noted.append((more.get("symbol"), more.get("last")))

    def other(first: Any, second: Any = None, symbols: Any = None, lasts: Any = None) -> None:
        noted.append((symbols, lasts))

    return {"named": named, "keyword": keyword, "anything": anything, "other": other}[kind]


@pytest.mark.parametrize(
    ("kind", "passed"), [("named", True), ("keyword", True), ("anything", False), ("other", False)]
)
def test_symbol_and_last_only_where_they_are_named(engine: Any, kind: str, passed: bool) -> None:
    noted: dict[str, list[Any]] = {"open_bar": [], "evaluate_exits": [], "close_bar": []}
    methods = {name: noting(kind, calls) for name, calls in noted.items()}
    executor = SimpleNamespace(active_positions=(), process_signal=None, **methods)
    strategy = SimpleNamespace(evaluate=lambda *_: None)
    given = {"GBPUSD": lookups(stamped(engine))["GBPUSD"]}
    loop(engine, strategy, executor, Spies().portfolio(), given=given, start=TIMES[2]).run()
    symbol, last = ("GBPUSD", True) if passed else (None, None)
    assert noted["open_bar"] == noted["evaluate_exits"] == [(symbol, None)] * 2
    assert noted["close_bar"] == [(None, None), (None, last)]


def test_own_executor_goes_through_the_same_phases(engine: Any) -> None:
    calls: list[Any] = []

    class Executor(engine.ExecutionSimulator):  # type: ignore[misc]
        def open_bar(self, bid: Any, ask: Any, symbol: str | None = None) -> None:
            calls.append(("open_bar", symbol))
            super().open_bar(bid, ask, symbol=symbol)

        def process_signal(self, signal: Any) -> None:
            calls.append(("process_signal", signal.symbol))
            super().process_signal(signal)

        def evaluate_exits(self, bid: Any, ask: Any, symbol: str | None = None) -> None:
            calls.append(("evaluate_exits", symbol))
            super().evaluate_exits(bid, ask, symbol=symbol)

        def close_bar(self, timestamp: Any, last: bool = False) -> None:
            calls.append(("close_bar", last))
            super().close_bar(timestamp, last=last)

    class Portfolio(engine.Portfolio):  # type: ignore[misc]
        def update(self, time: Any) -> None:
            calls.append("update")
            super().update(time)

        def register_entry(self, position: Any) -> None:
            calls.append(("register_entry", position.symbol))
            super().register_entry(position)

        def mark(self, symbol: str, bid: Any, ask: Any) -> None:
            calls.append(("mark", symbol))
            super().mark(symbol, bid, ask)

    class Manager(engine.PositionManager):  # type: ignore[misc]
        def manage_positions(self, **given: Any) -> None:
            numbers = [position.order_id for position in given["open_positions"]]
            calls.append(("manage", given["bid_candle"].close, numbers))
            super().manage_positions(**given)

    def on_data(view: Any) -> Any:
        calls.append(("on_data", view.index))
        if view.index == 2:
            return [{"direction": "long", "symbol": symbol} for symbol in ("EURUSD", "GBPUSD")]
        return None

    portfolio = Portfolio()
    executor = Executor(portfolio, sizing=engine.FixedLots(0.1))
    strategy = engine.StrategyWrapper(
        SimpleNamespace(on_data=on_data, position_manager=Manager(max_holding_bars=9))
    )
    loop(engine, strategy, executor, portfolio, start=TIMES[2]).run()
    bids = {symbol: lookups(plain)[symbol]["bid"] for symbol in SYMBOLS}

    def key(index: int, entered: list[Any], numbers: dict[str, list[int]]) -> list[Any]:
        covered = COVERED[index]
        opened = [(name, symbol) for symbol in covered for name in ("open_bar", "mark")]
        return [
            *opened,
            ("on_data", index),
            *entered,
            *(("evaluate_exits", symbol) for symbol in covered),
            ("close_bar", index == 3),
            *(("manage", bids[s][TIMES[index]].close, numbers.get(s, [])) for s in covered),
            "update",
        ]

    entered = [
        (name, symbol)
        for symbol in ("EURUSD", "GBPUSD")
        for name in ("process_signal", "register_entry")
    ]
    numbers = {"EURUSD": [1], "GBPUSD": [2]}
    assert calls == key(2, entered, numbers) + key(3, [], numbers)


def test_progress_counts_from_the_start(engine: Any) -> None:
    calls = Spies()
    for start, total in ((None, 4), (TIMES[0], 4), (TIMES[2], 2), (TIMES[3], 1)):
        calls.clear()
        strategy = SimpleNamespace(evaluate=lambda *_: None)
        parts = calls.executor(), calls.portfolio()
        loop(engine, strategy, *parts, on_progress=calls.progress, start=start).run()
        told = [call[1:] for call in calls if call[0] == "progress"]
        assert told == [(done, total) for done in range(1, total + 1)]
