"""The face: each question is put to every backend, and the answers are held against the reference.

Values are compared in type and bit, errors by class, code, bar, symbol, field and value; messages
are not.  What the loop does is the business of the cases; here it is what surrounds it.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import pyengine
from fillproof.conformance.bits import same
from fillproof.conformance.outcome import TRADE_FIELDS, describe_error
from fillproof.conformance.wire import plain

START = datetime(2020, 1, 1, tzinfo=UTC)
NAN = float("nan")
Question = Callable[[Any], Any]
QUESTIONS: dict[str, Question] = {}


def ask(question: Question) -> Question:
    """List a function among the questions."""
    QUESTIONS[question.__name__] = question
    return question


def answer(engine: Any, question: Question) -> dict[str, Any]:
    """Put a question; an error is an answer, too."""
    try:
        return {"value": plain(question(engine)), "error": None}
    except Exception as error:  # noqa: BLE001  (any error is an answer)
        found = describe_error(error)
        kept = {name: found[name] for name in ("type", "code", "bar", "symbol", "field", "value")}
        if found["code"] is None:
            # Only the class is promised where the error is Python's own.
            kept = {"type": found["type"]}
        return {"value": None, "error": kept}


def candle(engine: Any, minute: int = 0, close: float = 1.1) -> Any:
    return engine.Candle(START + timedelta(minutes=minute), 1.1, 1.2, 1.0, close)


def columns(engine: Any, count: int = 3) -> Any:
    times = np.arange(count, dtype=np.int64) * 60_000_000
    flat = np.full(count, 1.1)
    return engine.Candles(times, flat, flat + 0.1, flat - 0.1, flat + np.arange(count) * 0.01)


def position(engine: Any, **fields: Any) -> Any:
    given = {"stop_loss": 1.09, "take_profit": 1.13, **fields}
    stop, target = given.pop("stop_loss"), given.pop("take_profit")
    return engine.PortfolioPosition(START, "long", "EURUSD", 1.1, stop, target, 0.1, **given)


def executor(engine: Any, **options: Any) -> Any:
    options.setdefault("symbol_specs", {"EURUSD": engine.SymbolSpec("EURUSD", 0.0001, 5)})
    options.setdefault("sizing", engine.FixedLots(0.1))
    return engine.ExecutionSimulator(engine.Portfolio(10000.0), **options)


def signal(engine: Any, **fields: Any) -> Any:
    given = {
        "direction": "long",
        "entry_price": None,
        "stop_loss": 1.09,
        "take_profit": 1.13,
        "symbol": "EURUSD",
        "timestamp": START,
        **fields,
    }
    return engine.TradeSignal(**given)


def opened(engine: Any, **options: Any) -> Any:
    """Make an executor with one open position, driven by hand."""
    made = executor(engine, **options)
    made.open_bar(candle(engine), candle(engine), symbol="EURUSD")
    made.process_signal(signal(engine))
    made.close_bar(START)
    return made


@ask
def columns_pickled(e: Any) -> Any:
    made = pickle.loads(pickle.dumps(columns(e)))
    return [type(made) is e.Candles, list(made), made.volume.tolist()]


@ask
def aligned_pickled(e: Any) -> Any:
    made = pickle.loads(pickle.dumps(e.AlignedCandles(columns(e), [-1, 0, 2])))
    return [type(made) is e.AlignedCandles, list(made), made.places.tolist()]


@ask
def aligned_place_that_is_none(e: Any) -> Any:
    return e.AlignedCandles(columns(e), [0, 3])


@ask
def candle_fields(e: Any) -> Any:
    c = e.Candle(START, 1, 2.0, 0.5, 1.5, 7)
    return [c.time_us, c.open, c.high, c.low, c.close, c.volume, c.timestamp.isoformat()]


@ask
def candle_equality(e: Any) -> Any:
    one, two, other = candle(e), candle(e), candle(e, close=1.15)
    return [one == two, one != two, one == other, hash(one) == hash(two), one == 3, len({one, two})]


@ask
def candle_text(e: Any) -> Any:
    return repr(candle(e))


@ask
def candle_naive_time(e: Any) -> Any:
    return e.Candle(datetime(2020, 1, 1), 1.0, 1.0, 1.0, 1.0)  # noqa: DTZ001


@ask
def candle_other_zone(e: Any) -> Any:
    c = e.Candle(datetime(2020, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), 1.0, 1.0, 1.0, 1.0)
    return [c.time_us, c.timestamp.isoformat(), c == e.Candle(START, 1.0, 1.0, 1.0, 1.0)]


@ask
def candle_time_is_no_time(e: Any) -> Any:
    return e.Candle("2020-01-01", 1.0, 1.0, 1.0, 1.0)


@ask
def candle_before_1970(e: Any) -> Any:
    c = e.Candle(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), 1.0, 1.0, 1.0, 1.0)
    return [c.time_us, c.timestamp.isoformat()]


@ask
def candle_price_is_text(e: Any) -> Any:
    return e.Candle(START, "1.1", 1.0, 1.0, 1.0)


@ask
def candle_price_is_bool(e: Any) -> Any:
    return e.Candle(START, True, 1.0, 1.0, 1.0)


@ask
def candle_keeps_nan(e: Any) -> Any:
    return e.Candle(START, NAN, 1.0, 1.0, 1.0).open


@ask
def candle_is_frozen(e: Any) -> Any:
    candle(e).open = 2.0


@ask
def candle_copies(e: Any) -> Any:
    one = candle(e)
    return [
        copy.copy(one) == one,
        copy.deepcopy(one) == one,
        pickle.loads(pickle.dumps(one)) == one,
    ]


@ask
def columns_behave_like_a_sequence(e: Any) -> Any:
    c = columns(e)
    return [len(c), c[-1].close, [x.time_us for x in c], len(c[1:]), c[1:][0].close, c[0] == c[0]]


@ask
def columns_index_out_of_range(e: Any) -> Any:
    return columns(e)[3]


@ask
def columns_of_unequal_length(e: Any) -> Any:
    return e.Candles([0, 1], [1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0])


@ask
def columns_are_read_only(e: Any) -> Any:
    columns(e).close[0] = 2.0


@ask
def columns_keep_every_bit(e: Any) -> Any:
    close = np.array([0.1 + 0.2, 1e-308, -0.0])
    c = e.Candles(np.arange(3), close, close, close, close)
    return [c.close, [x.close for x in c], c.close.dtype.name, c.time_us.dtype.name]


@ask
def columns_without_rows(e: Any) -> Any:
    c = e.Candles([], [], [], [], [])
    return [len(c), list(c)]


@ask
def columns_with_a_step(e: Any) -> Any:
    return [x.time_us for x in columns(e, 6)[::2]]


@ask
def columns_from_candles(e: Any) -> Any:
    c = e.Candles.from_candles([candle(e, 0), candle(e, 1)])
    return [len(c), c.time_us, c.volume]


@ask
def signal_fields(e: Any) -> Any:
    s = signal(e, tags=("a", "b"), reason="why", meta={"k": 1})
    return [s.direction, s.entry_price, s.stop_loss, s.take_profit, s.symbol, s.type, s.reason,
            list(s.tags), s.scenario, dict(s.meta), s.timestamp.isoformat()]  # fmt: skip


@ask
def signal_equality(e: Any) -> Any:
    return [signal(e) == signal(e), signal(e) == signal(e, stop_loss=1.0), signal(e) != 1]


@ask
def signal_is_frozen(e: Any) -> Any:
    signal(e).stop_loss = 1.0


@ask
def signal_copies(e: Any) -> Any:
    one = signal(e, meta={"k": [1, 2]})
    return [pickle.loads(pickle.dumps(one)) == one, copy.copy(one) == one]


def each(name: str, values: Iterable[Any], question: Callable[[Any, Any], Any]) -> None:
    """List a question once for each value that is put into it."""
    for value in values:
        QUESTIONS[f"{name}_{value!r}"] = partial(_put, question, value)


def _put(question: Callable[[Any, Any], Any], value: Any, engine: Any) -> Any:
    return question(engine, value)


BAD = (NAN, float("inf"), -1.0, 0.0, "x", None, True)
each("pip_size", BAD, lambda e, bad: repr(e.SymbolSpec("EURUSD", bad)))
each("contract_size", BAD, lambda e, bad: repr(e.SymbolSpec("EURUSD", 0.0001, 5, bad)))
each("volume_step", BAD, lambda e, bad: repr(e.SymbolSpec("EURUSD", 0.0001, volume_step=bad)))
each("volume_min", BAD, lambda e, bad: repr(e.SymbolSpec("EURUSD", 0.0001, volume_min=bad)))
each("volume_max", BAD, lambda e, bad: repr(e.SymbolSpec("EURUSD", 0.0001, volume_max=bad)))
each("min_stop", BAD, lambda e, bad: repr(e.SymbolSpec("EURUSD", 0.01, min_stop_distance=bad)))
each("fixed_pips", BAD, lambda e, bad: repr(e.SlippageModel(bad)))
each("per_lot", BAD, lambda e, bad: repr(e.FeeModel(per_lot=bad)))
each("minimum", BAD, lambda e, bad: repr(e.FeeModel(0.0, 0.0, 0.0, bad)))
each("lots", BAD, lambda e, bad: repr(e.FixedLots(bad)))
each("amount", BAD, lambda e, bad: repr(e.RiskAmount(bad)))
each("initial_balance", BAD, lambda e, bad: e.Portfolio(bad).cash)
each("risk_per_trade", BAD, lambda e, bad: executor(e, risk_per_trade=bad).risk_per_trade)
DIGITS = (-1, 0, 8, 15, 16, 2.5, "5", True)
each("digits", DIGITS, lambda e, digits: repr(e.SymbolSpec("EURUSD", 0.0001, digits)))
WORDS = ("later", "", None, "CLOSE", 3)
each("market_fill", WORDS, lambda e, word: repr(e.ExecutionPolicy(market_fill=word)))
each("on_crossed", WORDS, lambda e, word: repr(e.ExecutionPolicy(on_crossed=word)))
PERIODS = (0, -1, 1, 2.5, "3", True, None)
each("ema_period", PERIODS, lambda e, period: e.Ema(period).update(1.0))
each("cross_period", PERIODS, lambda e, period: e.EmaCross("M1", period, 50) is not None)


@ask
def values_of_configuration_compare(e: Any) -> Any:
    makers: list[Question] = [
        lambda e: e.SymbolSpec("EURUSD", 0.0001, 5),
        lambda e: e.SlippageModel(0.5),
        lambda e: e.FeeModel(per_lot=3.5),
        lambda e: e.FixedLots(0.1),
        lambda e: e.RiskAmount(100.0),
        lambda e: e.ExecutionPolicy(market_fill="next_open"),
    ]
    return [
        [make(e) == make(e), hash(make(e)) == hash(make(e)), repr(make(e)),
         pickle.loads(pickle.dumps(make(e))) == make(e), make(e) == 1]
        for make in makers
    ]  # fmt: skip


@ask
def spec_is_frozen(e: Any) -> Any:
    e.SymbolSpec("EURUSD", 0.0001).pip_size = 1.0


@ask
def spec_with_half_a_tick_pair(e: Any) -> Any:
    e.SymbolSpec("EURUSD", 0.0001, tick_value=1.0)


@ask
def policy_of_the_house(e: Any) -> Any:
    p = e.ExecutionPolicy.canonical()
    return [p.market_fill, p.close_at_end, p.on_crossed, p == e.ExecutionPolicy()]


@ask
def ema_over_gaps(e: Any) -> Any:
    values = [NAN, 1.0, NAN, NAN, 2.0, 4.0, NAN]
    stream = e.Ema(3)
    return [list(e.ema(values, 3)), [stream.update(value) for value in values], stream.value]


@ask
def ema_before_its_first_value(e: Any) -> Any:
    return e.Ema(3).value


@ask
def position_surface(e: Any) -> Any:
    made = position(e)
    return {name: getattr(made, name) for name in TRADE_FIELDS}


@ask
def position_closed_by_hand(e: Any) -> Any:
    made = position(e)
    made.close(START + timedelta(minutes=1), 1.12, "manual")
    return [made.status, made.is_closed, made.result, made.net_result, made.r_multiple,
            made.reason, made.exit_price, made.exit_time.isoformat(), made.exit_rule]  # fmt: skip


@ask
def position_closed_twice(e: Any) -> Any:
    made = position(e)
    made.close(START, 1.12, "manual")
    made.close(START, 1.12, "manual")


@ask
def position_closed_for_no_known_reason(e: Any) -> Any:
    position(e).close(START, 1.12, "because")


@ask
def position_closed_at_no_price(e: Any) -> Any:
    position(e).close(START, NAN, "manual")


@ask
def position_closed_at_no_time(e: Any) -> Any:
    position(e).close(datetime(2020, 1, 1), 1.1, "manual")  # noqa: DTZ001


@ask
def position_of_unknown_direction(e: Any) -> Any:
    e.PortfolioPosition(START, "up", "EURUSD", 1.1, None, None, 0.1)


@ask
def position_as_a_dict(e: Any) -> Any:
    return {key: str(value) for key, value in position(e).to_dict().items()}


@ask
def position_takes_flags(e: Any) -> Any:
    made = position(e)
    made.seen = [1]
    made.metadata["k"] = 2
    return [made.seen, dict(made.metadata), made == position(e), made == made]


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
