"""Runs over several symbols whose keys are no times: who is shown what.

Evidence of L4.ordinal and L4.clock; of StrategyWrapper over several symbols as well (S2.wrapper).
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from fillproof.errors import ConfigError

from .several import EPOCH, HELD, KEYS, SYMBOLS, TIMES, lookups, plain

TEXT = KEYS["str"]
ORDINAL = ["str", "int", "float"]


def clock(place: int) -> Any:
    return EPOCH + timedelta(microseconds=place)


class Watched:
    """An executor, portfolio and manager that note what they are shown."""

    active_positions = ()

    def __init__(self) -> None:
        self.portfolio = self
        self.calls: list[tuple[Any, ...]] = []

    def open_bar(self, bid: Any, ask: Any, symbol: str) -> None:
        self.calls.append(("open_bar", symbol, bid, ask))

    def process_signal(self, signal: Any) -> None:
        self.calls.append(("process_signal", signal))

    def evaluate_exits(self, bid: Any, ask: Any, symbol: str) -> None:
        self.calls.append(("evaluate_exits", symbol, bid, ask))

    def close_bar(self, timestamp: Any) -> None:
        self.calls.append(("close_bar", timestamp))

    def manage_positions(self, **given: Any) -> None:
        self.calls.append(("manage", None, given["bid_candle"], given["ask_candle"]))

    def update(self, timestamp: Any) -> None:
        self.calls.append(("update", timestamp))


class Told(Watched):
    """The same, of a maker who knows of keys that are no times."""

    def use_ordinals(self) -> None:
        self.calls.append(("use_ordinals",))


def run(
    engine: Any, executor: Any, portfolio: Any, manager: Any, keys: Any, given: Any, **options: Any
) -> Any:
    strategy = options.pop("strategy", None)
    if strategy is None:
        strategy = SimpleNamespace(evaluate=lambda *_: None, position_manager=manager)
    loop = engine.CrossSymbolEventEngine(
        given,
        keys,
        strategy,
        executor,
        portfolio,
        "M1",
        options.pop("on_progress", None),
        **options,
    )
    loop.run()
    return loop


@pytest.mark.parametrize("kind", list(KEYS))
def test_foreign_parts_see_keys_and_candles_as_they_are(engine: Any, kind: str) -> None:
    keys = KEYS[kind]
    given = lookups(plain, keys)
    executor, portfolio, manager = Watched(), Watched(), Watched()
    loop = run(engine, executor, portfolio, manager, keys, given)
    assert loop.ordinal is (kind != "datetime")
    shown = [call[2:] for call in executor.calls if call[0] == "open_bar"]
    wanted = [
        (given[symbol]["bid"][key], given[symbol]["ask"][key])
        for key in keys
        for symbol in SYMBOLS
        if key in given[symbol]["bid"] and key in given[symbol]["ask"]
    ]
    assert len(wanted) == 10
    managed = [call[2:] for call in manager.calls]
    exits = [call[2:] for call in executor.calls if call[0] == "evaluate_exits"]
    for pairs in (shown, exits, managed):
        assert all(
            bid is own_bid and ask is own_ask
            for (bid, ask), (own_bid, own_ask) in zip(pairs, wanted, strict=True)
        )
    closed = [call[1] for call in executor.calls if call[0] == "close_bar"]
    assert closed == [call[1] for call in portfolio.calls] == keys
    assert [type(key) for key in closed] == [type(key) for key in keys]


@pytest.mark.parametrize("kind", ORDINAL)
def test_what_has_use_ordinals_is_shown_places(engine: Any, kind: str) -> None:
    keys = KEYS[kind]
    given = lookups(plain, keys)
    executor, portfolio, manager = Told(), Told(), Told()
    run(engine, executor, portfolio, manager, keys, given)
    for part in (executor, portfolio, manager):
        assert part.calls[0] == ("use_ordinals",)
        assert [call[0] for call in part.calls].count("use_ordinals") == 1
    for calls, name in (
        (executor.calls, "open_bar"),
        (executor.calls, "evaluate_exits"),
        (manager.calls, "manage"),
    ):
        shown = iter([call for call in calls if call[0] == name])
        for place, key in enumerate(keys):
            for symbol in SYMBOLS:
                sides = given[symbol]["bid"].get(key), given[symbol]["ask"].get(key)
                if None in sides:
                    continue
                _, named, *candles = next(shown)
                assert named in (symbol, None)
                for candle, own in zip(candles, sides, strict=True):
                    assert candle is not own
                    assert (candle.time_us, candle.timestamp) == (place, clock(place))
                    prices = [candle.open, candle.high, candle.low, candle.close]
                    assert prices == [own.open, own.high, own.low, own.close]
        assert next(shown, None) is None
    times = [clock(place) for place in range(4)]
    assert [call[1] for call in executor.calls if call[0] == "close_bar"] == times
    assert [call[1] for call in portfolio.calls if call[0] == "update"] == times


def test_nobody_is_told_where_keys_are_times(engine: Any) -> None:
    executor, portfolio, manager = Told(), Told(), Told()
    run(engine, executor, portfolio, manager, TIMES, lookups(plain))
    told = [call[0] for part in (executor, portfolio, manager) for call in part.calls]
    assert len(told) > 0
    assert "use_ordinals" not in told


def test_each_part_is_shown_what_it_asks_for(engine: Any) -> None:
    given = lookups(plain, TEXT)
    executor, portfolio, manager = Watched(), Told(), Watched()
    run(engine, executor, portfolio, manager, TEXT, given)
    closed = [call[1] for call in executor.calls if call[0] == "close_bar"]
    assert closed == TEXT
    updated = [call[1] for call in portfolio.calls if call[0] == "update"]
    assert updated == [clock(place) for place in range(4)]
    assert manager.calls[0][2] is given["GBPUSD"]["bid"][TEXT[0]]


def test_own_parts_stamp_with_places(engine: Any) -> None:
    portfolio = engine.Portfolio()
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    seen: list[Any] = []
    progress: list[Any] = []

    def on_data(view: Any) -> Any:
        seen.append((view.index, view.timestamp, view.time))
        return {"direction": "long", "symbol": "GBPUSD"} if view.index == 1 else None

    strategy = engine.StrategyWrapper(SimpleNamespace(on_data=on_data))
    tracer = engine.Tracer()
    run(
        engine, executor, portfolio, None, TEXT, lookups(plain, TEXT), strategy=strategy,
        tracer=tracer, on_progress=lambda *done: progress.append(done),
    )  # fmt: skip
    assert seen == [(place, TEXT[place], clock(place)) for place in range(4)]
    (position,) = portfolio.open_positions
    assert (position.entry_time, position.trigger_time) == (clock(1), clock(1))
    assert [row[0] for row in portfolio.equity_curve] == [clock(place) for place in range(4)]
    assert {event["time_us"] for event in tracer.events} == {0, 1, 2, 3}
    assert all(event["time_us"] == event["bar"] for event in tracer.events)
    assert progress == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_candles_need_no_time(engine: Any) -> None:
    def bare(time: Any, value: float) -> Any:
        return SimpleNamespace(open=value, high=value, low=value, close=value)

    portfolio = engine.Portfolio()
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    strategy = engine.StrategyWrapper(
        SimpleNamespace(on_data=lambda view: {"direction": "long", "symbol": "GBPUSD"})
    )
    run(engine, executor, portfolio, None, TEXT, lookups(bare, TEXT), strategy=strategy)
    assert len(portfolio.open_positions) == 4


@pytest.mark.parametrize(
    ("field", "make"),
    [
        (
            "session",
            lambda engine: {"session": engine.Session("M1", no_entry=(("22:00", "23:00"),))},
        ),
        ("max_holding_minutes", lambda engine: {"manager": {"max_holding_minutes": 5.0}}),
        ("cooldown_minutes", lambda engine: {"wrapper": {"cooldown_minutes": 5.0}}),
        ("entry_timestamp_mode", lambda engine: {"wrapper": {"entry_timestamp_mode": "close"}}),
    ],
)
def test_what_needs_a_clock_is_refused_before_anything_runs(
    engine: Any, field: str, make: Any
) -> None:
    options = make(engine)
    asked: list[Any] = []

    def start(keys: Any) -> Any:
        portfolio = engine.Portfolio()
        session = {"session": options["session"]} if "session" in options else {}
        executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1), **session)
        own = SimpleNamespace(
            on_data=lambda view: asked.append(view.index),
            get_primary_timeframe=lambda: "M1",
            position_manager=engine.PositionManager(**options.get("manager", {})),
        )
        strategy = engine.StrategyWrapper(own, **options.get("wrapper", {}))
        run(engine, executor, portfolio, None, keys, lookups(plain, keys), strategy=strategy)

    with pytest.raises(ConfigError) as caught:
        start(TEXT)
    assert (caught.value.code, caught.value.field) == ("CLOCK_REQUIRED", field)
    assert isinstance(caught.value, ValueError)
    assert asked == []
    start(TIMES)
    assert asked == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", list(KEYS))
def test_wrapper_hands_the_slice_over_and_signs_with_its_time(engine: Any, kind: str) -> None:
    keys = KEYS[kind]
    views: list[Any] = []
    signals: list[Any] = []

    def on_data(view: Any) -> Any:
        views.append(view)
        return [{"direction": "buy", "symbol": symbol} for symbol in ("EURUSD", "GBPUSD")]

    own = SimpleNamespace(on_data=on_data, get_primary_timeframe=lambda: "M1")
    wrapper = engine.StrategyWrapper(own)

    def evaluate(index: int, view: Any) -> Any:
        made = wrapper.evaluate(index, view)
        assert views[-1] is view
        signals.extend((index, signal) for signal in made)
        return None

    run(
        engine, Watched(), Watched(), None, keys, lookups(plain, keys),
        strategy=SimpleNamespace(evaluate=evaluate),
    )  # fmt: skip
    assert [signal.symbol for _, signal in signals] == ["EURUSD", "GBPUSD"] * 4
    for index, signal in signals:
        time = TIMES[index] if kind == "datetime" else clock(index)
        assert (signal.direction, signal.timestamp) == ("long", time)
        covered = index in HELD[signal.symbol, "ask"]
        assert (signal.entry_price is not None) is covered
        notes = {"tf": "M1", "timestamp_semantics": "open"}
        if kind == "datetime":
            notes |= {"decision_time": time.isoformat(), "bar_open": time.isoformat()}
        assert dict(signal.meta) == notes


def test_wrapper_asks_check_entry_with_the_slice(engine: Any) -> None:
    asked: list[Any] = []

    class Strategy:
        def check_entry(self, view: Any, index: int) -> None:
            asked.append((view.timestamp, view["GBPUSD"].latest().close, index))

    strategy = engine.StrategyWrapper(Strategy())
    given = lookups(plain)
    run(engine, Watched(), Watched(), None, TIMES, given, strategy=strategy)
    bids = given["GBPUSD"]["bid"]
    assert asked == [(key, bids[key].close, place) for place, key in enumerate(TIMES)]
