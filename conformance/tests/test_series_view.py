"""What a slice hands out to look back: series_ref, history_view and [timeframe]."""

from __future__ import annotations

import gc
import pickle
import sys
import weakref
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fillproof.errors import FillproofError

START = datetime(2020, 1, 1, tzinfo=UTC)
COUNT = 6


def columns(engine: Any, count: int = COUNT, shift: float = 0.0) -> Any:
    start_us = int(START.timestamp()) * 1_000_000
    times = start_us + np.arange(count, dtype=np.int64) * 60_000_000
    opens = 1.1 + shift + np.arange(count) * 0.001
    return engine.Candles(times, opens, opens + 0.01, opens - 0.01, opens + 0.0005)


class OwnCandle:
    """A candle of the user's own, with something more on it."""

    def __init__(self, minute: int) -> None:
        self.timestamp = START + timedelta(minutes=minute)
        self.open = self.close = 1.1 + minute * 0.001
        self.high, self.low = self.open + 0.01, self.open - 0.01
        self.note = f"bar {minute}"


def holed() -> list[Any]:
    """Return own candles at the bars 1, 2 and 4 of six."""
    return [OwnCandle(minute) if minute in {1, 2, 4} else None for minute in range(COUNT)]


def sliced(engine: Any, index: int, **series: Any) -> Any:
    bid = columns(engine)
    data = {"M1": {"bid": bid, "ask": columns(engine, shift=0.0002)}, **series}
    view = engine.SymbolDataSlice(data, "EURUSD")
    view.set_index(index)
    return view


def test_all_candles_up_to_the_bar(engine: Any) -> None:
    view = sliced(engine, 3)
    found = view.series_ref("M1", "ask")
    whole = columns(engine, shift=0.0002)
    assert type(found) is engine.SeriesView
    assert len(found) == 4
    assert [found[0], found[3], found[-1], found[-4]] == [whole[0], whole[3], whole[3], whole[0]]
    assert list(found) == [whole[place] for place in range(4)]
    assert found[1:3] == [whole[1], whole[2]]
    assert found[::-2] == [whole[3], whole[1]]
    assert found[5:] == []
    assert type(found[:]) is list
    assert view.series_ref("M1")[-1] == view.latest("M1")


@pytest.mark.parametrize("index", [4, -5, 10**30, -(10**30), sys.maxsize])
def test_nothing_beyond_the_bar(engine: Any, index: int) -> None:
    found = sliced(engine, 3).series_ref("M1")
    with pytest.raises(IndexError, match="of 4"):
        found[index]


@pytest.mark.parametrize("index", ["0", 1.0, None])
def test_index_that_is_none(engine: Any, index: Any) -> None:
    with pytest.raises(TypeError):
        sliced(engine, 3).series_ref("M1")[index]


def test_view_does_not_move_with_its_slice(engine: Any) -> None:
    view = sliced(engine, 1)
    before, last = view.series_ref("M1"), view.history_view("M1", "bid", 1)
    view.set_index(4)
    assert (len(before), len(last), len(view.series_ref("M1"))) == (2, 1, 5)
    assert before[-1] == last[0] == columns(engine)[1]
    view.set_index(0)
    assert (len(before), len(view.series_ref("M1"))) == (2, 1)


def test_absent_candles(engine: Any) -> None:
    own = holed()
    view = sliced(engine, 4, M5={"bid": own})
    found = view.series_ref("M5")
    assert list(found) == own[:5]
    assert [entry is ours for entry, ours in zip(found, own, strict=False)] == [True] * 5
    for length in (0, 1, 2, 3, 20, -1):
        last = view.history_view("M5", "bid", length)
        assert last == view.history("M5", "bid", length)
        assert [entry.note for entry in last] == ["bar 1", "bar 2", "bar 4"][
            max(0, 3 - max(0, length)) :
        ]
    view.set_index(0)
    assert list(view.series_ref("M5")) == [None]
    assert len(view.history_view("M5")) == 0


def test_history_view_is_history(engine: Any) -> None:
    for index in range(COUNT):
        view = sliced(engine, index)
        for length in (-3, 0, 1, 3, 20):
            found = view.history_view("M1", "ask", length)
            assert type(found) is engine.SeriesView
            assert found == view.history("M1", "ask", length=length)
        assert len(view.history_view("M1")) == index + 1
    with pytest.raises(TypeError):
        view.history_view("M1", "bid", 1.5)


def test_series_that_ends_before_the_bar(engine: Any) -> None:
    view = sliced(engine, 5, M5={"bid": columns(engine, 2)})
    assert len(view.series_ref("M5")) == 2
    assert view.history_view("M5", "bid", 1) == [columns(engine, 2)[1]]
    assert len(sliced(engine, 5, M5={"bid": []}).series_ref("M5")) == 0


def test_sides_of_a_timeframe(engine: Any) -> None:
    view = sliced(engine, 2, M5={"ask": holed(), "bid": None, "other": holed()})
    sides = view["M1"]
    assert type(sides) is MappingProxyType
    assert list(sides) == ["bid", "ask"]
    assert sides["bid"] == view.series_ref("M1")
    assert sides["ask"] == view.series_ref("M1", "ask")
    assert list(view["M5"]) == ["ask"]
    with pytest.raises(TypeError):
        sides["bid"] = []  # type: ignore[index]
    assert list(view) == ["M1", "M5"]
    assert ("M5" in view, "H1" in view) == (True, False)
    assert isinstance(sides, Mapping)


def test_unknown_names(engine: Any) -> None:
    view = sliced(engine, 2)
    asked = [
        (lambda: view.series_ref("H1"), "TIMEFRAME_UNKNOWN", "timeframe", "H1"),
        (lambda: view.history_view("H1"), "TIMEFRAME_UNKNOWN", "timeframe", "H1"),
        (lambda: view["H1"], "TIMEFRAME_UNKNOWN", "timeframe", "H1"),
        (lambda: view[0], "TIMEFRAME_UNKNOWN", "timeframe", 0),
        (lambda: view.series_ref("M1", "mid"), "SIDE_UNKNOWN", "price_type", "mid"),
        (lambda: view.history_view("M1", None), "SIDE_UNKNOWN", "price_type", None),
    ]
    for question, code, field, value in asked:
        with pytest.raises(FillproofError) as caught:
            question()
        error = caught.value
        assert (error.code, error.field, error.value) == (code, field, value)
        assert error.symbol == "EURUSD"


def test_sequence(engine: Any) -> None:
    view = sliced(engine, 3, M5={"bid": holed()})
    found, whole = view.series_ref("M1"), columns(engine)
    assert isinstance(found, Sequence)
    assert list(reversed(found)) == [whole[place] for place in (3, 2, 1, 0)]
    assert whole[2] in found
    assert whole[4] not in found
    assert "text" not in found
    assert (found.index(whole[2]), found.index(whole[2], -3, -1)) == (2, 2)
    for start, stop in ((3, None), (0, 2), (0, -2)):
        with pytest.raises(ValueError):  # noqa: PT011
            found.index(whole[2], start, stop)
    assert (found.count(whole[1]), found.count(None)) == (1, 0)
    assert view.series_ref("M5").count(None) == 2
    match found:
        case [first, *_, last]:
            assert (first, last) == (whole[0], whole[3])
        case _:
            pytest.fail("no sequence")


def test_equality(engine: Any) -> None:
    found = sliced(engine, 1).series_ref("M1")
    whole = columns(engine)
    assert found == [whole[0], whole[1]]
    assert [whole[0], whole[1]] == found
    assert found == (whole[0], whole[1])
    assert found == whole[:2]
    assert found == sliced(engine, 1).series_ref("M1")
    assert found != sliced(engine, 2).series_ref("M1")
    assert found != [whole[0], whole[2]]
    assert (found == 3, found != "ab", found == {whole[0], whole[1]}) == (False, True, False)
    assert sliced(engine, 0, M5={"bid": []}).series_ref("M5") != ""
    with pytest.raises(TypeError):
        found < [whole[0]]  # noqa: B015
    with pytest.raises(TypeError):
        hash(found)


def test_what_a_view_is_not(engine: Any) -> None:
    found = sliced(engine, 3).series_ref("M1")
    assert repr(found) == "SeriesView(4 entries)"
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(found)
    with pytest.raises(TypeError):
        found[0] = None
    with pytest.raises(AttributeError):
        found.note = 1
    with pytest.raises(TypeError):
        engine.SeriesView()


class Keeper:
    """Keeps what every bar shows."""

    def __init__(self) -> None:
        self.views: list[Any] = []
        self.ahead: list[Any] = []

    def evaluate(self, index: int, slice_map: Any) -> None:
        view = slice_map["EURUSD"]
        self.views.append((view.series_ref("M1"), view.history_view("M5"), view["M1"]["ask"]))
        view.set_index(index - 1)
        self.ahead.append(len(view.series_ref("M1")))
        try:
            view.set_index(index + 1)
        except FillproofError as error:
            self.ahead.append((error.code, len(view.series_ref("M1"))))
        view.set_index(index)


def test_views_of_a_run(engine: Any) -> None:
    bid, ask, own = columns(engine), columns(engine, shift=0.0002), holed()
    keeper = Keeper()
    portfolio = engine.Portfolio()
    engine.EventEngine(
        bid, ask, keeper, engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1)),
        portfolio, {"M1": {"bid": bid, "ask": ask}, "M5": {"bid": own}}, "EURUSD",
        original_start_dt=START + timedelta(minutes=2),
    ).run()  # fmt: skip
    assert len(keeper.views) == 4
    for bar, (all_bid, last, all_ask) in enumerate(keeper.views, start=2):
        assert all_bid == bid[: bar + 1]
        assert all_ask == ask[: bar + 1]
        assert last == [candle for candle in own[: bar + 1] if candle is not None]
        with pytest.raises(IndexError):
            all_bid[bar + 1]
    assert keeper.ahead[:2] == [2, ("LOOK_AHEAD", 2)]


def test_no_copy_is_made(engine: Any) -> None:
    asked: list[int] = []

    class Watched(list[Any]):
        def __getitem__(self, index: Any) -> Any:
            asked.append(index)
            return super().__getitem__(index)

        def __iter__(self) -> Any:
            raise AssertionError("the whole series was read")

    series = Watched(holed() * 1000)
    view = sliced(engine, 5999, M5={"bid": series})
    found = view.series_ref("M5")
    assert (len(found), asked) == (6000, [])
    assert found[1].note == "bar 1"
    assert asked == [1]
    last = view.history_view("M5", "bid", 2)
    # From the end: absent, bar 4, absent, bar 2.
    assert asked[1:] == [5999, 5998, 5997, 5996]
    assert [entry.note for entry in last] == ["bar 2", "bar 4"]


def test_cycle_through_a_view_is_collected(engine: Any) -> None:
    class Holder(list[Any]):
        pass

    series = Holder(holed())
    gone = weakref.ref(series)
    series[0] = SimpleNamespace(view=sliced(engine, 3, M5={"bid": series}).series_ref("M5"))
    del series
    gc.collect()
    assert gone() is None


def test_subclass_is_asked(engine: Any) -> None:
    class Own(engine.SymbolDataSlice):  # type: ignore[misc]
        def series_ref(self, timeframe: str, price_type: str = "bid") -> Any:
            return [timeframe, price_type]

    view = Own({"M1": {"bid": columns(engine)}}, "EURUSD")
    assert dict(view["M1"]) == {"bid": ["M1", "bid"]}
