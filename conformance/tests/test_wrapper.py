"""The wrapper around a user's strategy: what it calls, when it rests, what it notes.

Evidence of S2.wrapper, S2.decision_time and S2.cooldown.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from fillproof.errors import ConfigError, FillproofError

START = datetime(2024, 1, 2, tzinfo=UTC)
BARS = 12
TIMES = [START + timedelta(minutes=5 * bar) for bar in range(BARS)]
LONG = {"direction": "long", "sl": 1.09, "tp": 1.2}
# Refused by S3.sides: the stop lies above the close.
REFUSED = {"direction": "long", "sl": 1.15, "tp": 1.2}


class Asked:
    """A strategy on bars of five minutes that keeps the indices at which it was called."""

    def __init__(self, answers: dict[int, Any] | None = None, every: Any = None) -> None:
        self.calls: list[int] = []
        self.answers = answers or {}
        self.every = every

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        self.calls.append(view.index)
        return self.answers.get(view.index, self.every)

    def get_primary_timeframe(self) -> str:
        return "M5"


def run(engine: Any, wrapper: Any, portfolio: Any = None, start: int = 0) -> Any:
    """Run over bars that stop nobody out; the executor, for what became of the signals."""
    bid = [engine.Candle(time, 1.1, 1.101, 1.099, 1.1) for time in TIMES]
    ask = [engine.Candle(time, 1.1002, 1.1012, 1.0992, 1.1002) for time in TIMES]
    portfolio = engine.Portfolio() if portfolio is None else portfolio
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    data = {"M5": {"bid": bid, "ask": ask}}
    engine.EventEngine(
        bid, ask, wrapper, executor, portfolio, data, "EURUSD", None, TIMES[start]
    ).run()
    return executor


def view(bar: int, index: int | None = None) -> dict[str, Any]:
    """Make what evaluate is given, without an engine."""
    candle = SimpleNamespace(timestamp=TIMES[bar], close=1.1)
    place = bar if index is None else index
    return {"EURUSD": SimpleNamespace(symbol="EURUSD", bid=candle, ask=candle, index=place)}


def test_without_cooldown_every_bar_is_asked(engine: Any) -> None:
    strategy = Asked(every=LONG)
    executor = run(engine, engine.StrategyWrapper(strategy))
    assert strategy.calls == list(range(BARS))
    assert len(executor.active_positions) == BARS


def test_cooldown_counts_candles_from_the_call_that_signalled(engine: Any) -> None:
    strategy = Asked(every=LONG)
    run(engine, engine.StrategyWrapper(strategy, 3))
    assert strategy.calls == [0, 3, 6, 9]


def test_cooldown_of_one_candle_leaves_nothing_out(engine: Any) -> None:
    strategy = Asked(every=LONG)
    run(engine, engine.StrategyWrapper(strategy, cooldown_candles=1))
    assert strategy.calls == list(range(BARS))


@pytest.mark.parametrize("mode", ["open", "close"])
@pytest.mark.parametrize(
    ("minutes", "calls"),
    [
        (10, [0, 2, 4, 6, 8, 10]),
        # A moment longer than two bars: the third is the first that is far enough.
        (10.5, [0, 3, 6, 9]),
        (5, list(range(BARS))),
    ],
)
def test_cooldown_counts_minutes_between_decisions(
    engine: Any, mode: str, minutes: float, calls: list[int]
) -> None:
    strategy = Asked(every=LONG)
    wrapper = engine.StrategyWrapper(strategy, cooldown_minutes=minutes, entry_timestamp_mode=mode)
    run(engine, wrapper)
    assert strategy.calls == calls


def test_the_longer_cooldown_decides(engine: Any) -> None:
    strategy = Asked(every=LONG)
    run(engine, engine.StrategyWrapper(strategy, cooldown_candles=2, cooldown_minutes=20))
    assert strategy.calls == [0, 4, 8]


def test_a_refused_signal_starts_the_cooldown(engine: Any) -> None:
    strategy = Asked(every=REFUSED)
    executor = run(engine, engine.StrategyWrapper(strategy, cooldown_candles=6))
    assert strategy.calls == [0, 6]
    assert [rejection.rule for rejection in executor.rejected_signals] == ["S3.sides"] * 2


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_an_empty_answer_starts_none(engine: Any, nothing: Any) -> None:
    strategy = Asked(every=nothing)
    run(engine, engine.StrategyWrapper(strategy, cooldown_candles=6, cooldown_minutes=60))
    assert strategy.calls == list(range(BARS))


def test_a_list_of_signals_starts_one_cooldown(engine: Any) -> None:
    strategy = Asked({2: [LONG, LONG]})
    executor = run(engine, engine.StrategyWrapper(strategy, cooldown_candles=4))
    assert strategy.calls == [0, 1, 2, 6, 7, 8, 9, 10, 11]
    assert len(executor.active_positions) == 2


def test_warm_up_does_not_count(engine: Any) -> None:
    strategy = Asked(every=LONG)
    run(engine, engine.StrategyWrapper(strategy, cooldown_candles=4), start=5)
    assert strategy.calls == [5, 9]


def test_a_second_run_begins_rested(engine: Any) -> None:
    strategy = Asked(every=LONG)
    wrapper = engine.StrategyWrapper(strategy, cooldown_candles=5, cooldown_minutes=25)
    run(engine, wrapper)
    run(engine, wrapper)
    assert strategy.calls == [0, 5, 10] * 2


def test_check_entry_rests_as_well(engine: Any) -> None:
    calls: list[int] = []

    class Strategy:
        def check_entry(self, view: Any, index: int) -> Any:
            calls.append(index)
            return LONG

    run(engine, engine.StrategyWrapper(Strategy(), cooldown_candles=8))
    assert calls == [0, 8]


@pytest.mark.parametrize(
    ("mode", "minutes", "rests"),
    [
        # The exit is at the open of bar 2; in mode close both ends shift by the bar's length.
        ("open", 10, [2, 3]),
        ("close", 10, [2, 3]),
        ("open", 10.5, [2, 3, 4]),
        ("close", 10.5, [2, 3, 4]),
        ("open", 0, []),
    ],
)
def test_cooldown_after_an_exit(engine: Any, mode: str, minutes: float, rests: list[int]) -> None:
    strategy = Asked()
    portfolio = SimpleNamespace(last_exit_time=None)
    wrapper = engine.StrategyWrapper(
        strategy,
        cooldown_minutes_trade=minutes,
        portfolio=portfolio,
        entry_timestamp_mode=mode,
    )
    for bar in range(6):
        if bar == 2:
            portfolio.last_exit_time = TIMES[2]
        wrapper.evaluate(bar, view(bar))
    assert strategy.calls == [bar for bar in range(6) if bar not in rests]


def test_cooldown_after_an_exit_of_our_portfolio(engine: Any) -> None:
    portfolio = engine.Portfolio()

    class Strategy(Asked):
        position_manager: Any = None

    class Manager:
        def manage_positions(self, bid_candle: Any, open_positions: Any, **_: Any) -> None:
            for position in open_positions:
                if bid_candle.timestamp == TIMES[3]:
                    position.close(bid_candle.timestamp, 1.1, "manual")
                    portfolio.register_exit(position)

    Manager.portfolio = portfolio  # type: ignore[attr-defined]
    strategy = Strategy({0: LONG})
    strategy.position_manager = Manager()
    wrapper = engine.StrategyWrapper(strategy, cooldown_minutes_trade=15, portfolio=portfolio)
    run(engine, wrapper, portfolio)
    assert portfolio.last_exit_time == TIMES[3]
    # Closed in MANAGE of bar 3, so bar 4 is the first that rests; bar 6 is 15 minutes on.
    assert strategy.calls == [0, 1, 2, 3, 6, 7, 8, 9, 10, 11]


def test_last_exit_time_is_the_latest(engine: Any) -> None:
    portfolio = engine.Portfolio()
    assert portfolio.last_exit_time is None
    for bar, latest in ((2, 2), (1, 2), (5, 5)):
        portfolio.register_exit(SimpleNamespace(result=1.0, exit_time=TIMES[bar]))
        assert portfolio.last_exit_time == TIMES[latest]
    portfolio.register_exit(SimpleNamespace(result=1.0))
    assert portfolio.last_exit_time == TIMES[5]


def notes(engine: Any, mode: str, raw: Any, strategy: Any = None) -> dict[str, Any]:
    """Return the meta of the signal that a raw one becomes at bar 1."""
    wrapper = engine.StrategyWrapper(strategy or Asked({1: raw}), entry_timestamp_mode=mode)
    (signal,) = wrapper.evaluate(1, view(1))
    return dict(signal.meta)


@pytest.mark.parametrize(
    ("mode", "decision"),
    [("open", "2024-01-02T00:05:00+00:00"), ("close", "2024-01-02T00:10:00+00:00")],
)
def test_notes_of_a_decision(engine: Any, mode: str, decision: str) -> None:
    assert notes(engine, mode, LONG) == {
        "decision_time": decision,
        "bar_open": "2024-01-02T00:05:00+00:00",
        "tf": "M5",
        "timestamp_semantics": mode,
    }


def test_notes_fill_what_is_absent(engine: Any) -> None:
    raw = {**LONG, "meta": {"tf": "mine", "a": 1}, "metadata": {"bar_open": None, "b": 2}}
    found = notes(engine, "open", raw)
    assert (found["tf"], found["bar_open"], found["a"], found["b"]) == ("mine", None, 1, 2)
    assert found["decision_time"] == "2024-01-02T00:05:00+00:00"
    # What the strategy holds is not written to.
    assert raw["meta"] == {"tf": "mine", "a": 1}


def test_notes_without_a_timeframe(engine: Any) -> None:
    strategy = SimpleNamespace(on_data=lambda slice_map: LONG)
    found = notes(engine, "open", None, strategy)
    assert "tf" not in found
    assert found["timestamp_semantics"] == "open"


def test_a_signal_that_is_one_is_not_written_to(engine: Any) -> None:
    made = engine.TradeSignal("long", None, 1.09, 1.2, "EURUSD", TIMES[1], meta={"a": 1})
    wrapper = engine.StrategyWrapper(Asked({1: made}))
    (signal,) = wrapper.evaluate(1, view(1))
    assert signal is made
    assert signal.meta == {"a": 1}


@pytest.mark.parametrize(
    ("timeframe", "minutes"), [("M1", 1), ("M15", 15), ("H1", 60), ("H4", 240), ("D1", 1440)]
)
def test_length_of_a_timeframe(engine: Any, timeframe: str, minutes: int) -> None:
    strategy = SimpleNamespace(
        on_data=lambda slice_map: LONG, get_primary_timeframe=lambda: timeframe
    )
    found = notes(engine, "close", None, strategy)
    expected = TIMES[1] + timedelta(minutes=minutes)
    assert found["decision_time"] == expected.isoformat()


@pytest.mark.parametrize(
    "timeframe", ["", "M", "5M", "M0", "M05", "m5", "W1", "M1.5", "M100000", 5]
)
def test_a_timeframe_that_is_none(engine: Any, timeframe: Any) -> None:
    strategy = SimpleNamespace(
        on_data=lambda slice_map: None, get_primary_timeframe=lambda: timeframe
    )
    wrapper = engine.StrategyWrapper(strategy, entry_timestamp_mode="close")
    with pytest.raises(ConfigError) as caught:
        wrapper.evaluate(0, view(0))
    assert caught.value.code == "TIMEFRAME_INVALID"
    assert caught.value.value == timeframe


def test_mode_close_needs_a_timeframe_at_the_first_call(engine: Any) -> None:
    calls: list[Any] = []
    strategy = SimpleNamespace(on_data=calls.append)
    wrapper = engine.StrategyWrapper(strategy, entry_timestamp_mode="close")
    with pytest.raises(ConfigError) as caught:
        run(engine, wrapper)
    assert caught.value.code == "TIMEFRAME_INVALID"
    assert (caught.value.field, caught.value.bar) == ("get_primary_timeframe", 0)
    assert calls == []


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"cooldown_minutes_trade": 5}, "OPTION_UNKNOWN", "cooldown_minutes_trade"),
        ({"entry_timestamp_mode": "middle"}, "OPTION_UNKNOWN", "entry_timestamp_mode"),
        ({"entry_timestamp_mode": None}, "OPTION_UNKNOWN", "entry_timestamp_mode"),
        ({"cooldown_candles": -1}, "NUMBER_INVALID", "cooldown_candles"),
        ({"cooldown_candles": 1.5}, "NUMBER_INVALID", "cooldown_candles"),
        ({"cooldown_candles": True}, "NUMBER_INVALID", "cooldown_candles"),
        ({"cooldown_minutes": -1}, "NUMBER_INVALID", "cooldown_minutes"),
        ({"cooldown_minutes": float("nan")}, "NUMBER_INVALID", "cooldown_minutes"),
        ({"cooldown_minutes": None}, "NUMBER_INVALID", "cooldown_minutes"),
        ({"cooldown_minutes_trade": "5"}, "NUMBER_INVALID", "cooldown_minutes_trade"),
    ],
)
def test_options_are_checked_when_given(
    engine: Any, options: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(FillproofError) as caught:
        engine.StrategyWrapper(Asked(), **options)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_options_read_back(engine: Any) -> None:
    strategy, portfolio = Asked(), engine.Portfolio()
    wrapper = engine.StrategyWrapper(strategy, 2, 30, 60.5, portfolio, "close")
    found = [
        wrapper.cooldown_candles,
        wrapper.cooldown_minutes,
        wrapper.cooldown_minutes_trade,
        wrapper.entry_timestamp_mode,
    ]
    assert found == [2, 30.0, 60.5, "close"]
    assert wrapper.strategy is strategy
    assert wrapper.portfolio is portfolio


def test_options_are_read_only(engine: Any) -> None:
    wrapper = engine.StrategyWrapper(Asked(), 2)
    with pytest.raises(AttributeError):
        wrapper.cooldown_candles = 3


def test_the_built_in_strategy_rests_as_well(engine: Any) -> None:
    cross = engine.EmaCross("M5", 1, 2, 1000.0, 2000.0)
    closes = [1.1, 1.2, 1.1, 1.2, 1.1, 1.2, 1.1, 1.2]
    bid = [
        engine.Candle(time, close, close, close, close)
        for time, close in zip(TIMES, closes, strict=False)
    ]
    data = {"M5": {"bid": bid, "ask": bid}}
    fills = []
    for candles in (0, 3):
        portfolio = engine.Portfolio()
        executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
        wrapper = engine.StrategyWrapper(cross, cooldown_candles=candles)
        engine.EventEngine(
            bid, bid, wrapper, executor, portfolio, data, "EURUSD", None, TIMES[0]
        ).run()
        fills.append([position.entry_time for position in executor.active_positions])
    assert fills[0] == TIMES[1:8]
    assert fills[1] == [TIMES[1], TIMES[4], TIMES[7]]
