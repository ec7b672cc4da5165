"""A slice over several symbols by itself: moving it, its views, its holes, what it refuses.

Evidence of the errors SYMBOL_UNKNOWN and KEY_UNKNOWN.
"""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import numpy as np
import pytest

from fillproof.errors import SliceError

from .several import EPOCH, KEYS, SYMBOLS, TIMES, a_slice, closes, price, stamped


@pytest.mark.parametrize("kind", list(KEYS))
def test_key_and_index_move_together(engine: Any, kind: str) -> None:
    keys = KEYS[kind]
    view = a_slice(engine, keys)
    assert (view.index, view.timestamp, view.primary_tf) == (0, keys[0], "M1")
    for place in (3, 1, 0, 2):
        view.set_timestamp(keys[place])
        assert (view.index, view.timestamp) == (place, keys[place])
        assert type(view.timestamp) is type(keys[place])
        assert {part.index for part in view.values()} == {place}
        assert {part.timestamp for part in view.values()} == {keys[place]}
    for place in (1, 3, 2, 0):
        view.set_index(place)
        assert (view.index, view.timestamp) == (place, keys[place])
        assert view["GBPUSD"].latest().close == price("GBPUSD", "bid", place)
        clock = TIMES[place] if kind == "datetime" else EPOCH + timedelta(microseconds=place)
        assert view.time == clock
        assert view.time.utcoffset() == timedelta(0)


def test_the_same_moment_in_another_zone_is_the_same_key(engine: Any) -> None:
    view = a_slice(engine)
    view.set_timestamp(TIMES[2].astimezone(timezone(timedelta(hours=2))))
    assert view.index == 2


def test_reads_like_a_mapping_in_the_order_of_the_lookups(engine: Any) -> None:
    view = a_slice(engine)
    assert list(view) == list(view.keys()) == SYMBOLS
    assert len(view) == 3
    assert [part.symbol for part in view.values()] == SYMBOLS
    assert [(symbol, part.symbol) for symbol, part in view.items()] == [(s, s) for s in SYMBOLS]
    assert ("EURUSD" in view, "USDJPY" in view, None in view, 0 in view) == (
        True,
        False,
        False,
        False,
    )
    assert view.get("USDJPY") is None
    assert view.get("USDJPY", "none") == "none"
    assert view.get("EURUSD", "none").symbol == "EURUSD"


def test_views_are_the_same_objects_each_time(engine: Any) -> None:
    view = a_slice(engine)
    first = {symbol: view[symbol] for symbol in SYMBOLS}
    view.set_index(3)
    for place, symbol in enumerate(SYMBOLS):
        assert view[symbol] is first[symbol]
        assert view.get(symbol) is first[symbol]
        assert list(view.values())[place] is first[symbol]
        assert list(view.items())[place][1] is first[symbol]
        assert first[symbol].index == 3


@pytest.mark.parametrize("symbol", ["USDJPY", "eurusd", "", None, 0])
@pytest.mark.parametrize("call", ["[]", "latest", "history", "is_covered"])
def test_unknown_symbol(engine: Any, call: str, symbol: Any) -> None:
    view = a_slice(engine)
    ask = {
        "[]": lambda: view[symbol],
        "latest": lambda: view.latest(symbol),
        "history": lambda: view.history(symbol),
        "is_covered": lambda: view.is_covered(symbol),
    }[call]
    with pytest.raises(SliceError) as caught:
        ask()
    assert (caught.value.code, caught.value.field) == ("SYMBOL_UNKNOWN", "symbol")
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("datetime", TIMES[0] - timedelta(microseconds=1)),
        ("datetime", TIMES[1] + timedelta(seconds=30)),
        ("datetime", TIMES[3] + timedelta(minutes=1)),
        ("datetime", TIMES[1].replace(tzinfo=None)),
        ("datetime", TIMES[1].isoformat()),
        ("datetime", None),
        ("str", "AUG"),
        ("str", ""),
        ("str", "zzz"),
        ("str", 1),
        ("int", 1),
        ("int", 101),
        ("int", "5"),
        ("float", 0.5),
        ("float", float("nan")),
        ("float", "1.0"),
    ],
)
def test_unknown_key(engine: Any, kind: str, key: Any) -> None:
    keys = KEYS[kind]
    view = a_slice(engine, keys)
    view.set_index(2)
    with pytest.raises(SliceError) as caught:
        view.set_timestamp(key)
    assert (caught.value.code, caught.value.field) == ("KEY_UNKNOWN", "timestamp")
    assert isinstance(caught.value, ValueError)
    assert (view.index, view.timestamp) == (2, keys[2]), "a refused move moves nothing"


@pytest.mark.parametrize("index", [-1, 4, 10**20, True, False, 1.0, "1", None])
def test_index_out_of_range(engine: Any, index: Any) -> None:
    view = a_slice(engine)
    view.set_index(2)
    with pytest.raises(SliceError) as caught:
        view.set_index(index)
    assert (caught.value.code, caught.value.field) == ("INDEX_OUT_OF_RANGE", "index")
    assert (view.index, view["EURUSD"].index) == (2, 2)


def test_an_index_may_be_any_whole_number(engine: Any) -> None:
    view = a_slice(engine)
    view.set_index(np.int64(3))
    assert (view.index, view.timestamp) == (3, TIMES[3])


def test_holes(engine: Any) -> None:
    view = a_slice(engine)
    seen = []
    for place in range(4):
        view.set_index(place)
        seen.append([view.is_covered(symbol) for symbol in SYMBOLS])
    assert seen == [
        [True, True, True],
        [True, False, True],
        [True, True, False],
        [True, True, True],
    ]
    view.set_index(1)
    part = view["EURUSD"]
    assert (part.bid, part.ask, part.latest(), part.latest("M1", "ask")) == (None,) * 4
    assert (view.latest("EURUSD"), view.latest("EURUSD", "ask")) == (None, None)
    assert view["GBPUSD"].ask.close == view.latest("GBPUSD", "ask").close
    view.set_index(2)
    half = view["AUDUSD"]
    assert half.bid.close == half.latest().close == price("AUDUSD", "bid", 2)
    assert (half.ask, view.latest("AUDUSD", "ask")) == (None, None)


def test_history_leaves_holes_out(engine: Any) -> None:
    view = a_slice(engine)
    view.set_index(3)
    at = [price("EURUSD", "bid", place) for place in range(4)]
    part = view["EURUSD"]
    for history in (
        view.history("EURUSD"),
        part.history(),
        part.history("M1"),
        part.history_view(),
        part.history_view("M1", "bid", 20),
    ):
        assert closes(history) == [at[0], at[2], at[3]]
    assert closes(view.history("EURUSD", length=2)) == closes(part.history(length=2)) == at[2:]
    assert closes(part.history_view(length=2)) == at[2:]
    assert view.history("EURUSD", "ask", 1)[0].close == price("EURUSD", "ask", 3)
    view.set_index(1)
    assert closes(view.history("EURUSD")) == closes(part.history_view()) == [at[0]]
    assert list(view.history("EURUSD", length=0)) == list(part.history_view(length=0)) == []


def test_series_are_aligned_with_the_keys(engine: Any) -> None:
    view = a_slice(engine)
    view.set_index(2)
    part = view["EURUSD"]
    wanted = [price("EURUSD", "bid", 0), None, price("EURUSD", "bid", 2)]
    for series in (part.series_ref(), part.series_ref("M1"), part["M1"]["bid"]):
        assert len(series) == 3
        assert closes(series) == wanted
        assert (series[1], series[-1].close) == (None, wanted[2])
        with pytest.raises(IndexError):
            series[3]
    assert closes(part.series_ref(price_type="ask"))[2] == price("EURUSD", "ask", 2)
    assert sorted(part["M1"]) == ["ask", "bid"]
    with pytest.raises(TypeError):
        part["M1"]["bid"] = []
    with pytest.raises(TypeError):
        part.series_ref()[0] = None


@pytest.mark.parametrize("call", ["latest", "history", "series_ref", "history_view"])
def test_a_view_knows_one_timeframe_and_two_sides(engine: Any, call: str) -> None:
    ask = getattr(a_slice(engine)["EURUSD"], call)
    with pytest.raises(SliceError) as caught:
        ask("M5")
    assert caught.value.code == "TIMEFRAME_UNKNOWN"
    with pytest.raises(SliceError) as caught:
        ask("M1", "mid")
    assert caught.value.code == "SIDE_UNKNOWN"


def test_unknown_timeframe_and_side_elsewhere(engine: Any) -> None:
    view = a_slice(engine)
    with pytest.raises(SliceError) as caught:
        view["EURUSD"]["M5"]
    assert caught.value.code == "TIMEFRAME_UNKNOWN"
    for ask in (view.latest, view.history):
        with pytest.raises(SliceError) as caught:
            ask("EURUSD", "mid")
        assert caught.value.code == "SIDE_UNKNOWN"


def test_missing_sides_and_none_are_holes(engine: Any) -> None:
    make = stamped(engine)
    candle = make(TIMES[0], 1.0)
    given = {
        "GBPUSD": {"bid": {TIMES[0]: candle}, "ask": {TIMES[0]: candle, TIMES[1]: candle}},
        "EURUSD": {"bid": {TIMES[0]: candle}},
        "AUDUSD": {"bid": {TIMES[0]: candle}, "ask": {TIMES[0]: None}},
    }
    view = engine.MultiSymbolSlice(given, TIMES[:2], "M1")
    assert [view.is_covered(symbol) for symbol in view] == [True, False, False]
    assert (view["EURUSD"].ask, view.latest("AUDUSD", "ask")) == (None, None)
    view.set_index(1)
    assert [view.is_covered(symbol) for symbol in view] == [False, False, False]
    assert closes(view.history("AUDUSD", "ask")) == []
