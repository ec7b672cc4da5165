"""Questions about values: candles, signals, settings, positions."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np

from fillproof.conformance.outcome import TRADE_FIELDS

from .face_questions import (
    NAN,
    START,
    Question,
    ask,
    candle,
    columns,
    each,
    executor,
    position,
    signal,
)


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
