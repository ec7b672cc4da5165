"""The face: each question is put to every backend, and the answers are held against the reference.

Values are compared in type and bit, errors by class, code, bar, symbol, field and value; messages
are not.  What the loop does is the business of the cases; here it is what surrounds it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import pyengine
from fillproof.conformance.bits import same
from fillproof.conformance.outcome import TRADE_FIELDS

from . import face_values  # noqa: F401 - its questions list themselves
from .face_questions import (
    NAN,
    QUESTIONS,
    START,
    answer,
    ask,
    candle,
    columns,
    each,
    executor,
    opened,
    position,
    signal,
)


def _written(e: Any, level: Any) -> Any:
    (made,) = opened(e).active_positions
    made.stop_loss = level
    return [made.stop_loss, made.initial_stop_loss]


LEVELS = (NAN, float("inf"), "1.1", True, None, 1, 0.0, -1.0, np.float64(1.05), [1.1])
each("stop_written", LEVELS, _written)


each(
    "read_only",
    sorted({*TRADE_FIELDS} - {"stop_loss", "take_profit"}),
    lambda e, name: setattr(position(e), name, getattr(position(e), name)),
)


@ask
def executor_by_hand(e: Any) -> Any:
    made = opened(e)
    (held,) = made.active_positions
    late = e.Candle(START + timedelta(minutes=1), 1.1, 1.1, 1.08, 1.09)
    made.open_bar(late, late, symbol="EURUSD")
    made.evaluate_exits(late, late, symbol="EURUSD")
    made.close_bar(late.timestamp, last=True)
    return [made.state(), made.signal_columns(), held.reason, held.result, made.active_positions]


@ask
def active_positions_cannot_be_set(e: Any) -> Any:
    executor(e).active_positions = []


@ask
def active_positions_is_a_tuple(e: Any) -> Any:
    made = opened(e)
    return [type(made.active_positions).__name__, made.active_positions is made.active_positions,
            made.active_positions[0] is made.active_positions[0]]  # fmt: skip


@ask
def state_before_anything(e: Any) -> Any:
    return executor(e).state()


@ask
def signal_without_a_bar(e: Any) -> Any:
    made = executor(e)
    made.process_signal(signal(e))
    found = made.rejected_signals
    return [[r.order_id, r.rule, r.field, r.value, r.symbol] for r in found]


@ask
def signal_of_another_kind(e: Any) -> Any:
    opened(e).process_signal(SimpleNamespace(direction="long"))


@ask
def signal_that_is_a_duck(e: Any) -> Any:
    made = opened(e)
    fields = (
        "direction entry_price stop_loss take_profit symbol timestamp type reason tags scenario "
        "meta"
    ).split()
    duck = SimpleNamespace(**{name: getattr(signal(e), name) for name in fields})
    made.open_bar(candle(e, 1), candle(e, 1), symbol="EURUSD")
    made.process_signal(duck)
    return len(made.active_positions)


@ask
def strict_executor(e: Any) -> Any:
    opened(e, strict=True)
    made = executor(e, strict=True)
    made.open_bar(candle(e), candle(e), symbol="EURUSD")
    made.process_signal(signal(e, stop_loss=1.2))


@ask
def risk_without_a_spec(e: Any) -> Any:
    opened(e, symbol_specs=None, sizing=e.RiskAmount(10.0))


@ask
def lots_without_a_spec(e: Any) -> Any:
    return opened(e, symbol_specs=None).state()


@ask
def slippage_without_a_spec(e: Any) -> Any:
    opened(e, symbol_specs=None, slippage_model=e.SlippageModel(1.0))


@ask
def portfolio_summary_of_nothing(e: Any) -> Any:
    return e.Portfolio(500.0).get_summary()


@ask
def portfolio_by_hand(e: Any) -> Any:
    book = e.Portfolio(1000.0)
    made = position(e)
    book.register_entry(made)
    book.register_fee(2.5, START, "entry_fee", made)
    book.update(START)
    made.close(START + timedelta(minutes=1), 1.12, "manual")
    book.register_exit(made)
    book.update(START + timedelta(minutes=1))
    return [book.cash, book.equity, book.total_fees, book.get_summary(), book.equity_columns(),
            [row[1:] for row in book.equity_curve], len(book.closed_positions),
            book.realised_only, book.max_drawdown, book.initial_max_drawdown]  # fmt: skip


@ask
def portfolio_fee_that_is_no_number(e: Any) -> Any:
    e.Portfolio().register_fee(NAN, START, "entry_fee", position(e))


@ask
def portfolio_updated_at_no_time(e: Any) -> Any:
    e.Portfolio().update("now")


@ask
def portfolio_exit_of_an_open_position(e: Any) -> Any:
    book = e.Portfolio()
    book.register_exit(position(e))


@ask
def history_counts_candles_that_are_there(e: Any) -> Any:
    held = [candle(e, 0), None, candle(e, 2), None, None]
    view = e.SymbolDataSlice({"M1": {"bid": held}}, "EURUSD")
    view.set_index(4)
    times = [[c.time_us for c in view.history("M1", length=n)] for n in (0, 1, 2, 3)]
    return [times, view.latest("M1")]


@ask
def history_of_a_users_own_candles(e: Any) -> Any:
    held = [candle(e, 0), candle(e, 1)]
    view = e.SymbolDataSlice({"M1": {"bid": held, "ask": held}}, "EURUSD")
    view.set_index(1)
    return [view.latest("M1") is held[1], view.history("M1", "ask")[0] is held[0]]


def _slice_at(e: Any, index: Any) -> Any:
    view = e.SymbolDataSlice({"M1": {"bid": columns(e, 2)}}, "EURUSD")
    view.set_index(index)
    return [view.index, view.latest("M1").time_us]


INDICES = (-1, 2, 5, 1.0, "1", True, None, np.int64(1))
each("slice_at", INDICES, _slice_at)


def _wrapped(e: Any, returned: Any) -> Any:
    book = e.Portfolio()
    bars = columns(e)
    made = e.ExecutionSimulator(book, sizing=e.FixedLots(0.1))
    wrapper = e.StrategyWrapper(SimpleNamespace(on_data=lambda _: returned))
    e.EventEngine(
        bars, bars, wrapper, made, book, {"M1": {"bid": bars, "ask": bars}}, "EURUSD", None,
        datetime(1970, 1, 1, tzinfo=UTC),
    ).run()  # fmt: skip
    return [made.signal_columns(), [[r.rule, r.field, r.value] for r in made.rejected_signals]]


RETURNED: tuple[Any, ...] = (
    3,
    "long",
    {"direction": "up"},
    {},
    [1],
    {"direction": "buy", "type": "limit"},
    {"direction": "buy", "entry": NAN},
    {"direction": "buy", "entry": "1"},
    {"direction": "buy", "sl": "1.0"},
    {"direction": "buy", "symbol": 5},
    {"direction": "BUY"},
    (),
    [],
    None,
)
each("strategy_returns", RETURNED, _wrapped)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_answer_is_the_references(engine: Any, name: str) -> None:
    # The reference is asked, too: twice the same question, the same answer.
    expected = answer(pyengine, QUESTIONS[name])
    given = answer(engine, QUESTIONS[name])
    assert same(given, expected), f"reference {expected}, {engine.__name__} {given}"


def test_values_compare_across_backends(engine: Any) -> None:
    for make in (candle, signal, lambda e: e.SymbolSpec("EURUSD", 0.0001, 5)):
        mine, other = make(engine), make(pyengine)
        assert mine == other
        assert other == mine
        if make is not signal:
            # A signal holds a dict of notes.
            assert hash(mine) == hash(other)
