"""Managing positions: what our manager does and when, and managers of the user's own.

Evidence of M1.order, M1.stop_reason and M2.foreign; our manager over positions of other makers
is in test_manager_foreign.
"""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fillproof.errors import PhaseError

from .managing import LONG, RISING, SHORT, START, Scripted, candles, run, spec, times, told


def late_first(engine: Any, **options: Any) -> Any:
    """Order 1 waits and fills in bar 2, order 2 fills in bar 0; all close with bar 3."""
    waiting = {**LONG, "type": "stop", "entry": 1.103}
    manager = engine.PositionManager(session=engine.Session("M1", flat_at=["00:04"]))
    return run(engine, RISING, {0: [waiting, LONG]}, manager, **options)


def test_positions_are_managed_in_order_of_acceptance(engine: Any) -> None:
    outcome = late_first(engine)
    assert [event["order_id"] for event in outcome.events if event["kind"] == "fill"] == [2, 1]
    assert told(outcome, "exit") == [(3, 1, "M1.flat_at"), (3, 2, "M1.flat_at")]


def test_the_preset_parity_manages_in_order_of_fills(engine: Any) -> None:
    outcome = late_first(
        engine,
        policy=engine.ExecutionPolicy.parity(),
        sizing=None,
        slippage_model=engine.SlippageModel(1.0),
        fee_model=engine.FeeModel(per_million=30),
    )
    assert told(outcome, "exit") == [(3, 2, "M1.flat_at"), (3, 1, "M1.flat_at")]
    # Neither slippage nor fee (R5.manager).
    exits = [event for event in outcome.events if event["kind"] == "exit"]
    assert [(event["price"], event["exit_fee"]) for event in exits] == [(1.106, 0.0)] * 2


def test_minutes_of_the_preset_parity_count_from_the_signal(engine: Any) -> None:
    waiting = {**LONG, "type": "stop", "entry": 1.103}
    found = []
    for policy in (engine.ExecutionPolicy.canonical(), engine.ExecutionPolicy.parity()):
        manager = engine.PositionManager(max_holding_minutes=2)
        outcome = run(engine, RISING, {0: waiting}, manager, policy=policy)
        found.append(told(outcome, "exit"))
    # Accepted in bar 0, filled in bar 2.
    assert found == [[(4, 1, "M1.max_minutes")], [(2, 1, "M1.max_minutes")]]


def test_rules_of_one_position_keep_their_order(engine: Any) -> None:
    manager = engine.PositionManager(
        break_even=engine.BreakEven(after_pips=10),
        trailing=engine.Trailing(pips=5),
        partials=[engine.Partial(0.5, after_pips=10)],
        max_holding_bars=3,
    )
    outcome = run(engine, RISING, {0: LONG}, manager)
    assert told(outcome) == [
        (0, 1, "M1.trailing"),
        (1, 1, "M1.break_even"),
        (1, 1, "M1.trailing"),
        (1, 1, "M1.partial"),
        (2, 1, "M1.trailing"),
        (3, 1, "M1.max_bars"),
    ]
    assert {event["phase"] for event in outcome.events if event["rule"][:2] == "M1"} == {"MANAGE"}


def test_times_come_before_everything_else(engine: Any) -> None:
    manager = engine.PositionManager(
        session=engine.Session("M1", flat_at=["00:02"]),
        max_holding_bars=1,
        max_holding_minutes=1,
        break_even=engine.BreakEven(after_pips=10),
        partials=[engine.Partial(0.5, after_pips=10)],
    )
    outcome = run(engine, RISING, {0: LONG}, manager)
    assert told(outcome) == [(1, 1, "M1.flat_at")]
    (position,) = outcome.portfolio.closed_positions
    assert position.reason == "session_close"


def test_a_position_closed_at_a_close_is_not_in_the_next_bar(engine: Any) -> None:
    manager = engine.PositionManager(max_holding_bars=1)
    outcome = run(engine, RISING, {0: LONG, 2: LONG}, manager)
    assert told(outcome, "exit") == [(1, 1, "M1.max_bars"), (3, 2, "M1.max_bars")]
    assert outcome.executor.active_positions == ()
    assert outcome.portfolio.open_positions == []


def test_a_stop_that_was_set_acts_from_the_next_bar_on(engine: Any) -> None:
    # Bar 1 falls to 1.0999 after its open, below the stop that its close leads to.
    manager = engine.PositionManager(break_even=engine.BreakEven(after_pips=10))
    outcome = run(engine, [1.1, 1.102, 1.1], {0: LONG}, manager)
    assert told(outcome) == [(1, 1, "M1.break_even"), (2, 1, "X1.stop")]


def test_refusals_are_recorded_with_manager_and_executor(engine: Any) -> None:
    manager = engine.PositionManager(
        break_even=engine.BreakEven(after_pips=10, buffer_pips=30),
        partials=[engine.Partial(0.01, after_pips=10)],
    )
    outcome = run(engine, RISING[:3], {0: LONG}, manager)
    assert told(outcome) == [
        (1, 1, "M1.stop_refused"),
        (1, 1, "M1.partial_skipped"),
        (2, 1, "M1.break_even"),
    ]
    first, second = manager.refused
    assert (first.rule, first.field, first.value) == ("M1.stop_refused", "stop_loss", 1.1032)
    assert (second.rule, second.field, second.value) == ("M1.partial_skipped", "close", 0.001)
    assert [first.order_id, first.time, first.symbol] == [1, times(2)[1], "EURUSD"]
    assert outcome.executor.refused_commands == manager.refused


def test_a_manager_serves_a_second_run(engine: Any) -> None:
    manager = engine.PositionManager(
        trailing=engine.Trailing(atr=1.0, period=2), max_holding_bars=3
    )
    one = run(engine, RISING, {0: LONG}, manager)
    two = run(engine, RISING, {0: LONG}, manager)
    assert told(one) == told(two)
    assert [event["stop_loss"] for event in one.events if event["kind"] == "order"] == [
        event["stop_loss"] for event in two.events if event["kind"] == "order"
    ]


def test_without_a_tracer_the_same_trades(engine: Any) -> None:
    def trades(tracer: Any) -> list[Any]:
        bid, ask = candles(engine, RISING)
        portfolio = engine.Portfolio()
        executor = engine.ExecutionSimulator(
            portfolio, symbol_specs={"EURUSD": spec(engine)}, sizing=engine.FixedLots(0.1)
        )
        manager = engine.PositionManager(
            trailing=engine.Trailing(r=0.2), partials=[engine.Partial(0.5, after_pips=20)]
        )
        strategy = engine.StrategyWrapper(Scripted({0: LONG, 1: SHORT}, manager))
        engine.EventEngine(
            bid, ask, strategy, executor, portfolio, {}, "EURUSD", None, START, tracer=tracer
        ).run()
        return [
            (p.order_id, p.part, p.exit_price, p.size, p.result, p.reason)
            for p in portfolio.closed_positions + portfolio.partial_closed_positions
        ] + [portfolio.cash]

    assert trades(engine.Tracer()) == trades(None)
    assert len(trades(None)) > 2


def test_the_built_in_strategy_is_managed_however_it_is_given(engine: Any) -> None:
    closes = [1.1 + 0.0004 * abs((bar % 40) - 20) + 0.0004 * ((bar * 7) % 5) for bar in range(160)]

    def bare(cross: Any, manager: Any) -> Any:
        cross.position_manager = manager
        return cross

    def wrapped(cross: Any, manager: Any) -> Any:
        wrapper = engine.StrategyWrapper(cross)
        wrapper.position_manager = manager
        return wrapper

    def derived(cross: Any, manager: Any) -> Any:
        class Strategy(engine.StrategyWrapper):  # type: ignore[misc]
            position_manager = manager

        return Strategy(cross)

    found = []
    for give in (bare, wrapped, derived):
        for tracer in (engine.Tracer(), None):
            bid, ask = candles(engine, closes)
            portfolio = engine.Portfolio()
            executor = engine.ExecutionSimulator(
                portfolio, symbol_specs={"EURUSD": spec(engine)}, sizing=engine.FixedLots(0.1)
            )
            manager = engine.PositionManager(
                max_holding_bars=20,
                break_even=engine.BreakEven(after_pips=8),
                trailing=engine.Trailing(atr=1.0, period=5),
                partials=[engine.Partial(0.5, after_pips=6), engine.Partial(0.01, after_pips=7)],
            )
            cross = engine.EmaCross("M1", 2, 4, 30.0, 200.0)
            engine.EventEngine(
                bid, ask, give(cross, manager), executor, portfolio,
                {"M1": {"bid": bid, "ask": ask}}, "EURUSD", None, START, tracer=tracer,
            ).run()  # fmt: skip
            assert manager.portfolio is portfolio
            exits = [
                (p.order_id, p.part, p.exit_time, p.exit_price, p.reason) for p in portfolio.exits
            ]
            found.append((exits, portfolio.cash, [r.rule for r in manager.refused]))
    assert all(other == found[0] for other in found)
    exits, _, refused = found[0]
    reasons = {reason for *_, reason in exits}
    assert {"partial_exit", "timeout", "trailing_stop"} <= reasons
    assert "M1.partial_skipped" in refused


# ------------------------------------------------------------------ M1.stop_reason


FALLING = [1.1, 1.102, 1.102, 1.102, 1.09]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({}, "stop_loss"),
        ({"manager": "break_even"}, "break_even_stop_loss"),
        ({"manager": "trailing"}, "trailing_stop"),
        ({"manager": "break_even", 2: 1.101}, "break_even_stop_loss"),
        ({"manager": "trailing", 3: 1.1019}, "break_even_stop_loss"),
        ({2: 1.095}, "break_even_stop_loss"),
        # Written first, then set by the rule: the rule was last.
        ({"manager": "trailing", 0: 1.095}, "trailing_stop"),
        # Written as it was already: nobody set anything.
        ({2: 1.095, "initial": 1.095}, "stop_loss"),
    ],
)
def test_the_reason_is_who_set_the_stop_last(
    engine: Any, written: dict[Any, Any], reason: str
) -> None:
    rules = {
        "break_even": {"break_even": engine.BreakEven(after_pips=10)},
        "trailing": {"trailing": engine.Trailing(pips=20)},
    }
    ours = engine.PositionManager(**rules.get(written.get("manager", ""), {}))

    class Both:
        """Ours first, then the hand of the user."""

        def manage_positions(self, **given: Any) -> None:
            ours.manage_positions(**given)
            level = written.get(given["symbol_slice"].index)
            if level is not None:
                for position in given["open_positions"]:
                    position.stop_loss = level

    signal = {**LONG, "sl": written.get("initial", 1.0945)}
    outcome = run(engine, FALLING, {0: signal}, Both())
    (position,) = outcome.portfolio.closed_positions
    assert position.reason == reason


# ------------------------------------------------------------------ M2.foreign


class Own:
    """A manager of the user's own, in plain Python: moves stops, takes a part, closes."""

    def __init__(self) -> None:
        self.portfolio: Any = None
        self.parts: list[Any] = []

    def attach_portfolio(self, portfolio: Any) -> None:
        self.portfolio = portfolio

    def manage_positions(self, **given: Any) -> None:
        bid, index = given["bid_candle"], given["symbol_slice"].index
        for position in given["open_positions"]:
            if index == 1:
                position.stop_loss = 1.095
                position.take_profit = 1.15
            elif index == 2:
                part = position.close_part(bid.timestamp, bid.close, 0.04)
                self.portfolio.register_exit(part)
                self.parts.append(part)
            elif index == 3:
                position.close(bid.timestamp, bid.close, "manual")
                self.portfolio.register_exit(position)


def test_a_manager_of_the_user_s_own(engine: Any) -> None:
    manager = Own()
    outcome = run(engine, RISING, {0: LONG}, manager, fee_model=engine.FeeModel(per_lot=7))
    assert manager.portfolio is outcome.portfolio
    assert told(outcome) == [
        (1, 1, "L8.manage_write"),
        (1, 1, "L8.manage_write"),
        (2, 1, "X5.closed_by_hand"),
        (3, 1, "X5.closed_by_hand"),
    ]
    (part,), (position,) = manager.parts, outcome.portfolio.closed_positions
    assert outcome.portfolio.partial_closed_positions == [part]
    assert (part.order_id, part.part, part.size, part.reason) == (1, 1, 0.04, "partial_exit")
    assert part.is_closed
    assert (position.part, position.size, position.initial_size) == (0, 0.06, 0.1)
    assert (position.stop_loss, position.take_profit) == (1.095, 1.15)
    # Without slippage; each row pays its own exit fee, the last one bears the entry's.
    assert (part.exit_price, position.exit_price) == (1.104, 1.106)
    assert [part.exit_fee, position.exit_fee] == [7 * 0.04, 7 * 0.06]
    assert [part.entry_fee, position.entry_fee] == [0.0, 7 * 0.1]
    assert len(outcome.portfolio.fees_log) == 3


class Books:
    """A portfolio of the user's own."""

    def __init__(self) -> None:
        self.open: list[Any] = []
        self.exits: list[Any] = []

    def register_entry(self, position: Any) -> None:
        self.open.append(position)

    def register_exit(self, position: Any) -> None:
        self.exits.append((position.size, position.exit_price, position.exit_fee, position.reason))
        if position in self.open:
            self.open.remove(position)

    def register_fee(self, *_: Any) -> None:
        pass

    def register_expired(self, position: Any) -> None:
        pass

    def get_open_positions(self, symbol: str) -> list[Any]:
        return list(self.open)

    def update(self, time: datetime) -> None:
        pass


def test_our_manager_and_executor_with_a_portfolio_of_the_user_s_own(engine: Any) -> None:
    books = Books()
    manager = engine.PositionManager(
        partials=[engine.Partial(0.5, after_pips=10)], max_holding_bars=2
    )
    outcome = run(
        engine,
        RISING,
        {0: LONG},
        manager,
        portfolio=books,
        fee_model=engine.FeeModel(per_lot=7),
        slippage_model=engine.SlippageModel(1.0),
    )
    assert told(outcome) == [(1, 1, "M1.partial"), (2, 1, "M1.max_bars")]
    # Slippage and fee are the executor's, whoever keeps the books.
    assert books.exits == [
        (0.05, 1.1019, 7 * 0.05, "partial_exit"),
        (0.05, 1.1039, 7 * 0.05, "timeout"),
    ]
    assert outcome.executor.active_positions == ()


def test_a_manager_derived_from_ours(engine: Any) -> None:
    seen: list[int] = []

    class Watching(engine.PositionManager):  # type: ignore[misc]
        def manage_positions(self, **given: Any) -> None:
            seen.append(given["symbol_slice"].index)
            super().manage_positions(**given)

    outcome = run(engine, RISING, {1: LONG}, Watching(max_holding_bars=2))
    assert seen == [1, 2, 3]
    assert told(outcome, "exit") == [(3, 1, "M1.max_bars")]


def test_a_method_replaced_on_our_manager(engine: Any) -> None:
    manager = engine.PositionManager(max_holding_bars=2)
    seen: list[int] = []
    manager.manage_positions = lambda **given: seen.append(given["symbol_slice"].index)
    outcome = run(engine, RISING, {1: LONG}, manager)
    assert seen == [1, 2, 3, 4, 5]
    assert told(outcome, "exit") == []


def test_managing_in_entry_is_refused(engine: Any) -> None:
    manager = engine.PositionManager(max_holding_bars=1)

    def entry(view: Any) -> None:
        if view.index == 2:
            positions = executor.active_positions
            manager.manage_positions(positions, view, view.bid, view.ask, positions)

    portfolio = engine.Portfolio()
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    with pytest.raises(PhaseError) as caught:
        run(engine, RISING, {1: LONG}, None, executor=executor, portfolio=portfolio, entry=entry)
    assert (caught.value.code, caught.value.bar) == ("CLOSE_IN_ENTRY", 2)
    assert len(executor.active_positions) == 1


def test_our_manager_called_by_hand(engine: Any) -> None:
    bid, ask = candles(engine, RISING)
    portfolio = engine.Portfolio()
    executor = engine.ExecutionSimulator(
        portfolio, symbol_specs={"EURUSD": spec(engine)}, sizing=engine.FixedLots(0.1)
    )
    manager = engine.PositionManager(trailing=engine.Trailing(pips=10), max_holding_bars=2)
    view = SimpleNamespace(index=0)
    for bar in range(3):
        executor.open_bar(bid[bar], ask[bar], symbol="EURUSD")
        if bar == 0:
            executor.process_signal(engine.TradeSignal("long", None, 1.09, 1.2, "EURUSD", START))
        executor.close_bar(bid[bar].timestamp)
        positions = executor.active_positions
        manager.manage_positions(positions, view, bid[bar], ask[bar], positions)
    (position,) = portfolio.closed_positions
    assert (position.stop_loss, position.exit_price) == (1.101, 1.104)
    assert (position.reason, position.exit_rule) == ("timeout", "M1.max_bars")
    assert executor.active_positions == ()


def test_the_true_range_begins_anew_after_a_run(engine: Any) -> None:
    def trailed(manager: Any) -> Any:
        """Manage two bars by hand; the slice knows no others."""
        bid, ask = candles(engine, RISING)
        executor = engine.ExecutionSimulator(engine.Portfolio(), sizing=engine.FixedLots(0.1))
        for bar in range(2):
            executor.open_bar(bid[bar], ask[bar], symbol="EURUSD")
            if bar == 0:
                signal = engine.TradeSignal("long", None, None, None, "EURUSD", START)
                executor.process_signal(signal)
            executor.close_bar(bid[bar].timestamp)
            positions = executor.active_positions
            view = SimpleNamespace(index=bar)
            manager.manage_positions(positions, view, bid[bar], ask[bar], positions)
        return positions[0].stop_loss

    def made() -> Any:
        return engine.PositionManager(trailing=engine.Trailing(atr=1.0, period=2))

    used = made()
    run(engine, [1.1, 1.12, 1.1, 1.12], {0: {**LONG, "sl": None}}, used)
    assert trailed(used) == trailed(used) == trailed(made())
