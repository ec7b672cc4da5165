"""Candles of another timeframe along the bars of a run, as a sequence and in what reads them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from fillproof.errors import CandleError, CandleTypeError

from .helpers import MINUTE_US, START_US

HOUR_US = 60 * MINUTE_US


def hours(backend: Any, count: int = 3) -> Any:
    times = START_US + HOUR_US * np.arange(count)
    opened = 1.1 + np.arange(count) / 100
    return backend.Candles(times, opened, opened, opened, opened)


def test_aligned_candles_are_a_sequence(backend: Any) -> None:
    bars = hours(backend)
    shown = backend.AlignedCandles(bars, [-1, 0, 0, 1, 2])
    assert shown.candles is bars
    assert shown.places.tolist() == [-1, 0, 0, 1, 2]
    assert shown.places.dtype == np.int32
    assert not shown.places.flags.writeable
    assert list(shown) == [None, bars[0], bars[0], bars[1], bars[2]]
    assert [shown[-1], shown[-5]] == [bars[2], None]
    assert list(shown[1::2]) == [bars[0], bars[1]]
    assert type(shown[1:]) is type(shown)
    assert (len(shown), shown.index(bars[1]), shown.count(bars[0])) == (5, 3, 2)
    assert bars[2] in shown
    assert [bar.open for bar in reversed(shown[3:])] == [bars[2].open, bars[1].open]
    for index in (5, -6, 10**30):
        with pytest.raises(IndexError):
            shown[index]
    with pytest.raises(TypeError):
        shown["0"]
    again = pickle.loads(pickle.dumps(shown))
    assert list(again) == list(shown)


@pytest.mark.parametrize(
    ("places", "code", "bar"),
    [
        ([0, 3], "INDEX_OUT_OF_RANGE", 1),
        ([-2], "INDEX_OUT_OF_RANGE", 0),
        ([0.0], "CANDLE_TYPE", None),
        (["0"], "CANDLE_TYPE", None),
        ([True], "CANDLE_TYPE", None),
        ([[0]], "LENGTHS_DIFFER", None),
        (0, "LENGTHS_DIFFER", None),
        ([[0], 1], "CANDLE_TYPE", None),
    ],
)
def test_places_that_are_none(backend: Any, places: Any, code: str, bar: int | None) -> None:
    with pytest.raises((CandleError, CandleTypeError, Exception)) as caught:
        backend.AlignedCandles(hours(backend), places)
    assert (caught.value.code, caught.value.bar, caught.value.field) == (code, bar, "places")


def test_later_writes_to_the_places_are_not_seen(backend: Any) -> None:
    places = np.array([0, 0, 1], dtype=np.int32)
    shown = backend.AlignedCandles(hours(backend), places)
    places[0] = 2
    assert shown.places.tolist() == [0, 0, 1]


def test_indicators_and_views_are_those_of_the_same_list(backend: Any) -> None:
    bars = hours(backend, 40)
    places = np.repeat(np.arange(-1, 40), 7)
    shown = backend.AlignedCandles(bars, places)
    listed = [None if place < 0 else bars[int(place)] for place in places]
    one, other = (
        backend.SymbolDataSlice({"H1": {"bid": series}}, "EURUSD") for series in (shown, listed)
    )
    for index in (0, 6, 7, 100, len(places) - 1):
        one.set_index(index)
        other.set_index(index)
        assert one.latest("H1") == other.latest("H1")
        for length in (0, 1, 15, 1000):
            assert one.history("H1", "bid", length) == other.history("H1", "bid", length)
            assert one.history_view("H1", "bid", length) == other.history("H1", "bid", length)
        assert one.series_ref("H1") == listed[: index + 1]
        for method, arguments in (
            ("ema", (5,)), ("atr", (5,)), ("bollinger", (5,)), ("ema_stepwise", (5,)),
            ("bollinger_stepwise", (5,)), ("kalman_zscore_stepwise", (5,)),
            ("garch_volatility_local", (index, 20)), ("zscore", (5,)),
        ):  # fmt: skip
            found, wanted = (
                getattr(view.indicators, method)("H1", "bid", *arguments) for view in (one, other)
            )
            np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))
        assert one.indicators.get_df("H1", "bid").equals(other.indicators.get_df("H1", "bid"))


def test_a_step_of_a_higher_timeframe_is_a_bar_of_it(backend: Any) -> None:
    bars = hours(backend, 30)
    shown = backend.AlignedCandles(bars, np.repeat(np.arange(30), 4))
    along = backend.IndicatorCache({"H1": {"bid": shown}}).ema_stepwise("H1", "bid", 5)
    alone = backend.IndicatorCache({"H1": {"bid": bars}}).ema("H1", "bid", 5)
    np.testing.assert_array_equal(along, np.repeat(alone, 4))


def test_aligned_by_another_backend(backends: dict[str, Any]) -> None:
    given = {name: hours(package, 10) for name, package in backends.items()}
    places = np.repeat(np.arange(10), 3)
    for name, package in backends.items():
        for other, candles in given.items():
            shown = backends[other].AlignedCandles(candles, places)
            cache = package.IndicatorCache({"H1": {"bid": shown}})
            own = package.AlignedCandles(given[name], places)
            np.testing.assert_array_equal(
                cache.sma("H1", "bid", 4),
                package.IndicatorCache({"H1": {"bid": own}}).sma("H1", "bid", 4),
            )


def test_aligned_of_aligned_and_of_holes(backend: Any) -> None:
    bars = hours(backend, 4)
    inner = backend.AlignedCandles(bars, [-1, 0, 1, 3])
    holed = [None, bars[0], bars[1], bars[3]]
    for candles in (inner, holed):
        shown = backend.AlignedCandles(candles, [0, 1, 1, 2, 3, -1])
        assert list(shown) == [None, bars[0], bars[0], bars[1], bars[3], None]
        cache = backend.IndicatorCache({"H1": {"bid": shown}})
        wanted = backend.IndicatorCache({"H1": {"bid": list(shown)}})
        np.testing.assert_array_equal(cache.sma("H1", "bid", 2), wanted.sma("H1", "bid", 2))
        view = backend.SymbolDataSlice({"H1": {"bid": shown}}, "EURUSD")
        view.set_index(5)
        assert view.history("H1", "bid", 2) == [bars[1], bars[3]]
