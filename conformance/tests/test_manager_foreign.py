"""Our manager over positions of other makers, by their public surface (M2.foreign)."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fillproof.errors import ConfigError

from .managing import RISING, START, run, spec, times


class Foreign:
    """A position of another maker: the public surface, and what was done to it."""

    def __init__(self, **fields: Any) -> None:
        self.direction = "long"
        self.symbol = "EURUSD"
        self.entry_price = 1.1002
        self.initial_stop_loss = self.stop_loss = 1.0992
        self.take_profit = 1.2
        self.size = 0.1
        self.entry_time = self.trigger_time = START
        self.status = "open"
        self.result = 0.0
        self.calls: list[Any] = []
        for name, value in fields.items():
            setattr(self, name, value)

    def close(self, time: datetime, price: float, reason: str) -> None:
        self.calls.append(("close", time, price, reason))
        self.status = "closed"
        self.exit_time = time


class Splitting(Foreign):
    """One that can be closed in parts."""

    def close_part(self, time: datetime, price: float, size: float, reason: str) -> Any:
        self.calls.append(("close_part", time, price, size, reason))
        self.size = self.size - size
        return SimpleNamespace(result=1.0, size=size, part=1, exit_time=time)


class ForeignExecutor:
    """Holds the positions it was made with, from the first bar on."""

    def __init__(self, *positions: Any) -> None:
        self.positions = positions

    @property
    def active_positions(self) -> list[Any]:
        return [position for position in self.positions if position.status == "open"]

    def process_signal(self, signal: Any) -> None:
        raise AssertionError("no signal is expected")

    def evaluate_exits(self, bid: Any, ask: Any) -> None:
        pass


def over_foreign(engine: Any, manager: Any, *positions: Any, closes: Any = None) -> Any:
    portfolio = engine.Portfolio()
    for position in positions:
        portfolio.register_entry(position)
    return run(
        engine,
        closes or RISING,
        {},
        manager,
        executor=ForeignExecutor(*positions),
        portfolio=portfolio,
    )


def test_our_manager_closes_positions_of_other_makers(engine: Any) -> None:
    position = Foreign()
    manager = engine.PositionManager(max_holding_bars=2)
    outcome = over_foreign(engine, manager, position)
    assert position.calls == [("close", times(3)[2], 1.104, "timeout")]
    assert outcome.portfolio.closed_positions == [position]
    assert manager.portfolio is outcome.portfolio


def test_a_short_of_another_maker_closes_on_the_ask(engine: Any) -> None:
    position = Foreign(direction="short", initial_stop_loss=1.2, stop_loss=1.2)
    over_foreign(engine, engine.PositionManager(max_holding_minutes=1), position)
    assert position.calls == [("close", times(2)[1], 1.102 + 0.0002, "timeout")]


def test_our_manager_moves_stops_of_other_makers(engine: Any) -> None:
    # 1R is the distance from the fill, where a position has no reference.
    position = Foreign()
    over_foreign(
        engine,
        engine.PositionManager(break_even=engine.BreakEven(after_r=1)),
        position,
        closes=[1.1, 1.1012, 1.1013],
    )
    assert position.stop_loss == 1.1002
    assert position.calls == []


def test_a_reference_of_another_maker_counts(engine: Any) -> None:
    position = Foreign(reference=1.1012)
    over_foreign(
        engine,
        engine.PositionManager(break_even=engine.BreakEven(after_r=1)),
        position,
        closes=[1.1, 1.102, 1.1021],
    )
    # 20 pips from the fill of 1.1002 are not reached.
    assert position.stop_loss == 1.0992


def test_levels_are_snapped_where_the_manager_knows_the_symbol(engine: Any) -> None:
    found = []
    for specs in (None, {"EURUSD": spec(engine)}):
        position = Foreign(reference=1.10153)
        manager = engine.PositionManager(trailing=engine.Trailing(r=1.0), symbol_specs=specs)
        over_foreign(engine, manager, position, closes=[1.1, 1.102005])
        found.append(position.stop_loss)
    apart = 1.10153 - 1.0992
    assert found == [1.102005 - (1.0 * apart), 1.09968]


def test_our_manager_takes_parts_of_positions_of_other_makers(engine: Any) -> None:
    position = Splitting()
    manager = engine.PositionManager(
        partials=[engine.Partial(0.5, after_r=1), engine.Partial(0.5, after_r=3)],
        symbol_specs={"EURUSD": spec(engine)},
    )
    outcome = over_foreign(engine, manager, position)
    assert position.calls == [
        ("close_part", times(2)[1], 1.102, 0.05, "partial_exit"),
        ("close", times(3)[2], 1.104, "partial_exit"),
    ]
    assert len(outcome.portfolio.partial_closed_positions) == 1
    assert outcome.portfolio.closed_positions == [position]


def test_a_position_that_cannot_be_parted_stays_whole(engine: Any) -> None:
    position = Foreign()
    manager = engine.PositionManager(partials=[engine.Partial(0.5, after_r=1)])
    over_foreign(engine, manager, position)
    assert position.calls == []
    (refusal,) = manager.refused
    assert (refusal.rule, refusal.value, refusal.time) == ("M2.foreign", 0.05, times(2)[1])


@pytest.mark.parametrize(
    "rule",
    [
        lambda e: {"break_even": e.BreakEven(after_pips=10)},
        lambda e: {"trailing": e.Trailing(pips=10)},
        lambda e: {"partials": [e.Partial(0.5, after_pips=10)]},
    ],
)
def test_pips_of_other_makers_need_a_specification(engine: Any, rule: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        over_foreign(engine, engine.PositionManager(**rule(engine)), Foreign())
    assert (caught.value.code, caught.value.bar) == ("SPEC_REQUIRED", 0)
    assert caught.value.symbol == "EURUSD"
    with_spec = engine.PositionManager(**rule(engine), symbol_specs={"EURUSD": spec(engine)})
    position = Splitting()
    over_foreign(engine, with_spec, position)
    assert position.calls or position.stop_loss > 1.0992


def test_flat_at_of_positions_of_other_makers(engine: Any) -> None:
    at_close = Foreign()
    # Filled in a later bar than its signal's: at its open, so far as anybody can tell.
    waited = Foreign(trigger_time=times(2)[1])
    session = engine.Session("M1", flat_at=["00:01"])
    over_foreign(engine, engine.PositionManager(session=session), at_close, waited)
    assert (at_close.calls, waited.calls) == ([], [])
    session = engine.Session("M1", flat_at=["00:02"])
    over_foreign(engine, engine.PositionManager(session=session), at_close, waited)
    assert at_close.calls == waited.calls == [("close", times(2)[1], 1.102, "session_close")]


def test_atr_over_a_foreign_executor_sees_all_bars(engine: Any) -> None:
    found = []
    for skipped in (0, 3):
        position = Foreign(initial_stop_loss=None, stop_loss=None)

        class Late(ForeignExecutor):
            """Empty for some bars, so that the manager is not called there."""

            def __init__(self, first: int, *positions: Any) -> None:
                super().__init__(*positions)
                self.first = first
                self.bar = 0

            @property
            def active_positions(self) -> list[Any]:
                return self.positions if self.bar >= self.first else []  # type: ignore[return-value]

            def close_bar(self, timestamp: datetime) -> None:
                self.bar = times(9).index(timestamp)

        executor = Late(skipped, position)
        manager = engine.PositionManager(trailing=engine.Trailing(atr=1.0, period=2))
        portfolio = engine.Portfolio()
        portfolio.register_entry(position)
        run(engine, RISING[:4], {}, manager, executor=executor, portfolio=portfolio)
        found.append(position.stop_loss)
    assert found[0] == found[1]
    assert found[0] is not None


def test_our_manager_over_positions_that_a_user_made_of_our_class(engine: Any) -> None:
    position = engine.PortfolioPosition(START, "long", "EURUSD", 1.1002, 1.0992, None, 0.1)
    manager = engine.PositionManager(
        break_even=engine.BreakEven(after_r=1), max_holding_bars=3,
        partials=[engine.Partial(0.5, after_r=3)],
    )  # fmt: skip
    outcome = over_foreign(engine, manager, position)
    assert position.stop_loss == 1.1002
    assert (position.exit_price, position.reason, position.exit_fee) == (1.106, "timeout", 0.0)
    (part,) = outcome.portfolio.partial_closed_positions
    assert (part.size, position.size, part.exit_price) == (0.05, 0.05, 1.104)
    assert outcome.portfolio.closed_positions == [position]


def test_an_exception_under_our_manager_arrives_unchanged(engine: Any) -> None:
    failure = RuntimeError("no")

    class Failing(Foreign):
        def close(self, time: datetime, price: float, reason: str) -> None:
            raise failure

    with pytest.raises(RuntimeError) as caught:
        over_foreign(engine, engine.PositionManager(max_holding_bars=1), Failing())
    assert caught.value is failure
