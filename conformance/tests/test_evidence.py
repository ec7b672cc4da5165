"""Evidence that no case can give, because it asks for objects: named in golden/errors.toml.

Rules I.ema_cross and P3.row_replaced, and the errors LOOK_AHEAD, INDEX_OUT_OF_RANGE,
TIMEFRAME_UNKNOWN, SIDE_UNKNOWN, SYMBOL_REQUIRED, STRATEGY_INVALID.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from fillproof.errors import FillproofError

START = datetime(2024, 1, 2, tzinfo=UTC)
TIMES = [START + timedelta(minutes=index) for index in range(4)]


def code_of(action: Callable[[], object]) -> FillproofError:
    with pytest.raises(FillproofError) as caught:
        action()
    return caught.value


def series(engine: Any, spread: float) -> list[Any]:
    prices = [price + spread for price in (1.1, 1.101, 1.099, 1.1)]
    return [engine.Candle(time, *prices) for time in TIMES]


def data(engine: Any) -> dict[str, dict[str, list[Any]]]:
    return {"M1": {"bid": series(engine, 0.0), "ask": series(engine, 0.0002)}}


def run(engine: Any, strategy: Any, executor: Any = None, portfolio: Any = None) -> None:
    portfolio = portfolio or engine.Portfolio(1000.0)
    executor = executor or engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    candles = data(engine)
    bid, ask = candles["M1"]["bid"], candles["M1"]["ask"]
    engine.EventEngine(
        bid, ask, strategy, executor, portfolio, candles, "EURUSD", None, TIMES[1]
    ).run()


def test_slice_of_a_run_does_not_look_ahead(engine: Any) -> None:
    seen = []

    def evaluate(index: int, slice_map: Any) -> None:
        view = slice_map["EURUSD"]
        error = code_of(lambda: view.set_index(index + 1))
        seen.append((index, error.code, error.field, error.value))
        view.set_index(index - 1)
        assert view.latest("M1").timestamp == TIMES[index - 1]

    run(engine, SimpleNamespace(evaluate=evaluate))
    assert seen == [(index, "LOOK_AHEAD", "index", index + 1) for index in (1, 2, 3)]


def test_slice_of_one_s_own_goes_anywhere_within_its_data(engine: Any) -> None:
    view = engine.SymbolDataSlice(data(engine), "EURUSD")
    view.set_index(3)
    assert view.latest("M1", "ask").timestamp == TIMES[3]
    assert [candle.timestamp for candle in view.history("M1", length=2)] == TIMES[2:]
    assert code_of(lambda: view.set_index(-1)).code == "INDEX_OUT_OF_RANGE"
    view.set_index(4)
    assert code_of(lambda: view.latest("M1")).code == "INDEX_OUT_OF_RANGE"


def test_slice_names_what_it_does_not_hold(engine: Any) -> None:
    view = engine.SymbolDataSlice(data(engine), "EURUSD")
    for ask_for in (view.latest, view.history):
        error = code_of(lambda: ask_for("H1"))  # noqa: B023
        assert (error.code, error.value) == ("TIMEFRAME_UNKNOWN", "H1")
        assert "M1" in str(error)
        error = code_of(lambda: ask_for("M1", "mid"))  # noqa: B023
        assert (error.code, error.value) == ("SIDE_UNKNOWN", "mid")


def test_symbol_is_asked_for_where_several_are_possible(engine: Any) -> None:
    portfolio = engine.Portfolio(1000.0)
    specs = {name: engine.SymbolSpec(name, 0.0001, 5) for name in ("EURUSD", "GBPUSD")}
    executor = engine.ExecutionSimulator(portfolio, symbol_specs=specs)
    bid, ask = series(engine, 0.0)[0], series(engine, 0.0002)[0]
    assert code_of(lambda: executor.open_bar(bid, ask)).code == "SYMBOL_REQUIRED"
    executor.open_bar(bid, ask, symbol="GBPUSD")


def test_strategy_has_one_of_two_methods(engine: Any) -> None:
    error = code_of(lambda: run(engine, engine.StrategyWrapper(SimpleNamespace(decide=1))))
    assert (error.code, error.bar) == ("STRATEGY_INVALID", 1)


def test_second_update_of_a_time_replaces_the_row(engine: Any) -> None:
    portfolio = engine.Portfolio(1000.0)
    specs = {"EURUSD": engine.SymbolSpec("EURUSD", 0.0001, 5)}
    executor = engine.ExecutionSimulator(
        portfolio, symbol_specs=specs, sizing=engine.FixedLots(0.1)
    )

    def bar(close: float) -> tuple[Any, Any]:
        low, high = min(1.1, close), max(1.1, close)
        prices = (1.1, high, low, close)
        quotes = [
            engine.Candle(TIMES[1], *(price + spread for price in prices))
            for spread in (0.0, 0.0002)
        ]
        return quotes[0], quotes[1]

    first, ask = series(engine, 0.0)[0], series(engine, 0.0002)[0]
    executor.open_bar(first, ask, symbol="EURUSD")
    executor.process_signal(engine.TradeSignal("long", None, None, None, "EURUSD", TIMES[0]))
    portfolio.update(TIMES[0])
    portfolio.mark("EURUSD", *bar(1.102))
    portfolio.update(TIMES[1])
    high = portfolio.equity
    portfolio.mark("EURUSD", *bar(1.098))
    portfolio.update(TIMES[1])
    rows = portfolio.equity_curve
    assert [row[0] for row in rows] == TIMES[:2]
    # The row is the second one; the maximum is still what the first one added to it.
    assert portfolio.max_equity == high > 1000.0 > rows[1][2]
    assert rows[1][4] == high - rows[1][2] == portfolio.max_drawdown


# Means of periods 1 and 3: 1.1 1.1 1.2 1.0 1.0 1.075, and 1.1 1.1 1.15 1.075 1.0375 1.05625.
CLOSES = [1.1, 1.1, 1.2, 1.0, 1.0, 1.075]
SPREAD = 0.0002


def cross_signals(engine: Any, closes: list[float], start: int) -> list[tuple[Any, ...]]:
    """Signals of the built-in EMA cross of periods 1 and 3 over bars of these closes."""
    times = [START + timedelta(minutes=index) for index in range(len(closes))]
    bid = [
        engine.Candle(time, close, close, close, close)
        for time, close in zip(times, closes, strict=True)
    ]
    ask = [
        engine.Candle(time, *[close + SPREAD] * 4)
        for time, close in zip(times, closes, strict=True)
    ]
    tracer = engine.Tracer()
    portfolio = engine.Portfolio(1000.0)
    engine.EventEngine(
        bid,
        ask,
        engine.EmaCross("M1", 1, 3, 10.0, 20.0, 0.0001),
        engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1)),
        portfolio,
        {"M1": {"bid": bid, "ask": ask}},
        "EURUSD",
        None,
        times[start],
        tracer=tracer,
    ).run()
    return [
        (event["bar"], event["direction"], event["stop_loss"], event["take_profit"])
        for event in tracer.events
        if event["kind"] == "signal"
    ]


LONG_AT_2 = (2, "long", (1.2 + SPREAD) - (10 * 0.0001), (1.2 + SPREAD) + (20 * 0.0001))
SHORT_AT_3 = (3, "short", 1.0 + (10 * 0.0001), 1.0 - (20 * 0.0001))
LONG_AT_5 = (5, "long", (1.075 + SPREAD) - (10 * 0.0001), (1.075 + SPREAD) + (20 * 0.0001))


def test_cross_from_equality_up_and_down(engine: Any) -> None:
    """Equal means at bar 1 are the start of a cross; bar 4 stays below and is none."""
    assert cross_signals(engine, CLOSES, 0) == [LONG_AT_2, SHORT_AT_3, LONG_AT_5]


@pytest.mark.parametrize(("start", "expected"), [(1, 3), (2, 3), (3, 2), (4, 1), (5, 1)])
def test_cross_knows_the_warm_up(engine: Any, start: int, expected: int) -> None:
    """A later start takes signals away and changes none."""
    whole = cross_signals(engine, CLOSES, 0)
    assert cross_signals(engine, CLOSES, start) == whole[len(whole) - expected :]


def test_no_cross_at_the_first_bar_or_without_one(engine: Any) -> None:
    assert cross_signals(engine, [1.1], 0) == []
    assert cross_signals(engine, [1.1, 1.1, 1.1], 0) == []
    # At bar 1 the means go from equal to above: a cross already.
    assert [bar for bar, *_ in cross_signals(engine, [1.0, 1.1, 1.2, 1.3], 0)] == [1]


def signal(engine: Any, stop: float | None, bar: int) -> Any:
    return engine.TradeSignal(
        "long", None, stop, None, "EURUSD", TIMES[bar], meta={"why": "because"}
    )


def test_tables_and_lists_tell_what_became_of_each_signal(engine: Any) -> None:
    """One filled, one rejected, one expired: signals, positions, rejections, expired orders."""
    portfolio = engine.Portfolio(1000.0)
    executor = engine.ExecutionSimulator(
        portfolio,
        symbol_specs={"EURUSD": engine.SymbolSpec("EURUSD", 0.0001, 5)},
        sizing=engine.FixedLots(0.1),
        policy=engine.ExecutionPolicy(market_fill="next_open"),
    )

    def evaluate(index: int, slice_map: Any) -> Any:
        if index == 1:
            return [signal(engine, 1.09, 1), signal(engine, 1.2, 1)]
        return signal(engine, None, 3) if index == 3 else None

    run(engine, SimpleNamespace(evaluate=evaluate), executor, portfolio)
    table = executor.signal_columns()
    assert list(table["order_id"]) == [1, 2, 3]
    assert list(table["outcome"]) == ["filled", "rejected", "expired"]
    assert list(table["rule"]) == ["E1.next_open", "S3.sides", "X5.expired_end_of_data"]
    (rejection,) = executor.rejected_signals
    assert (rejection.order_id, rejection.rule, rejection.field) == (2, "S3.sides", "stop_loss")
    assert (rejection.value, rejection.time) == (1.2, TIMES[1])
    (position,) = executor.active_positions
    assert (position.status, position.entry_rule) == ("open", "E1.next_open")
    assert (position.entry_time, position.trigger_time) == (TIMES[1], TIMES[2])
    assert dict(position.metadata) == {"why": "because"}
    (expired,) = portfolio.expired_orders
    assert (expired.status, expired.reason) == ("expired", "end_of_data")
    assert expired.exit_rule == "X5.expired_end_of_data"


def test_deepest_fall_of_the_worst_equity(engine: Any) -> None:
    """Lows are 0.001 below the closes, 100 for a lot; the spread is 20."""
    portfolio = engine.Portfolio(1000.0)
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(1.0))

    def evaluate(index: int, slice_map: Any) -> Any:
        return signal(engine, None, 1) if index == 1 else None

    run(engine, SimpleNamespace(evaluate=evaluate), executor, portfolio)
    rows = portfolio.equity_curve
    assert [round(row[2], 6) for row in rows] == [980.0, 980.0, 980.0]
    assert [round(row[3], 6) for row in rows] == [980.0, 880.0, 880.0]
    assert portfolio.max_drawdown == 1000.0 - rows[0][2]
    assert portfolio.max_drawdown_worst == 1000.0 - rows[1][3]


def test_refused_writes_are_listed(engine: Any) -> None:
    """A stop above the close (L8.refused) in ENTRY, then one to a position that has left."""
    portfolio = engine.Portfolio(1000.0)
    executor = engine.ExecutionSimulator(
        portfolio,
        symbol_specs={"EURUSD": engine.SymbolSpec("EURUSD", 0.0001, 5)},
        sizing=engine.FixedLots(0.1),
    )
    held: list[Any] = []

    def evaluate(index: int, slice_map: Any) -> Any:
        if index == 1:
            return signal(engine, 1.0985, 1)
        held.extend(executor.active_positions)
        if index == 2:
            held[0].stop_loss = 1.2
        return None

    run(engine, SimpleNamespace(evaluate=evaluate), executor, portfolio)
    position = held[0]
    position.close(TIMES[3], 1.1, "manual")
    portfolio.register_exit(position)
    position.take_profit = 1.3
    refused, dropped = executor.refused_commands
    assert (refused.order_id, refused.rule, refused.field) == (1, "L8.refused", "stop_loss")
    assert (refused.value, refused.time) == (1.2, TIMES[2])
    assert (dropped.order_id, dropped.rule, dropped.field) == (1, "L8.dropped", "take_profit")
    assert position.stop_loss == 1.0985
