"""Higher timeframes: bars built of bars, and what is seen of them at each bar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fillproof.candle_table import CandleTable
from fillproof.errors import CandleError, CandleTypeError, ConfigError
from fillproof.timeframes import align, length_us, resample

from .helpers import MINUTE_US, START_US, moment
from .slow_timeframes import rows_of, slow_resample, slow_visible

HOUR_US = 60 * MINUTE_US
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LENGTHS = {"M1": 1, "M3": 3, "M5": 5, "M7": 7, "H1": 60, "H4": 240, "D1": 1440, "W1": 10080}


def flat(times: Any, price: float = 1.1) -> CandleTable:
    times = np.asarray(times, dtype=np.int64)
    same = np.full(len(times), price)
    return CandleTable(times, same, same, same, same)


@st.composite
def gappy(draw: Any, minutes: int) -> CandleTable:
    """Bars on the grid of their length, with gaps, anywhere around 1970 or today."""
    steps = draw(st.lists(st.integers(1, 400), min_size=1, max_size=60))
    origin = 5760 if minutes % 10080 == 0 else 0
    first = draw(st.sampled_from([-7 * 1440 * 3, 0, 1440 * 18262])) // minutes
    places = first + np.cumsum(steps)
    size = len(places)
    ticks = draw(st.lists(st.integers(1, 10_000), min_size=4 * size, max_size=4 * size))
    prices = np.array(ticks, dtype=float).reshape(4, size) / 1e4
    volume = draw(st.lists(st.floats(0.0, 1e6), min_size=size, max_size=size))
    times = (places * minutes + origin) * MINUTE_US
    return CandleTable(times, prices[0], prices.max(0), prices.min(0), prices[3], volume)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(
        [("M1", "M3"), ("M1", "M7"), ("M5", "H1"), ("M1", "D1"), ("H1", "W1"), ("D1", "W1")]
    ),
    st.data(),
)
def test_bars_are_those_of_the_slow_definition(names: tuple[str, str], draw: st.DataObject) -> None:
    low, high = names
    table = draw.draw(gappy(LENGTHS[low]))
    bid, ask = resample(table, table, low, high)
    assert rows_of(bid) == rows_of(ask) == slow_resample(rows_of(table), LENGTHS[high])


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from([("M1", "M5"), ("M5", "H1"), ("H1", "H4"), ("H4", "M7"), ("H1", "H1")]),
    st.data(),
)
def test_what_is_seen_is_what_the_slow_definition_sees(
    names: tuple[str, str], draw: st.DataObject
) -> None:
    primary, other = names
    bars, higher = draw.draw(gappy(LENGTHS[primary])), draw.draw(gappy(LENGTHS[other]))
    seen = slow_visible(
        bars.time_us.tolist(), LENGTHS[primary] * MINUTE_US,
        higher.time_us.tolist(), LENGTHS[other] * MINUTE_US,
    )  # fmt: skip
    shown = align(bars, primary, {other: (higher, higher)}, backend="python")[other]
    assert shown["bid"].places.tolist() == shown["ask"].places.tolist() == seen


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_nothing_that_comes_later_changes_what_is_seen(draw: st.DataObject) -> None:
    """Cut off or changed after a bar, the bars up to it show the same: no look-ahead."""
    table = draw.draw(gappy(1))
    bar = draw.draw(st.integers(0, len(table) - 1))
    columns = [column.copy() for column in table.columns()]
    for column in columns[1:]:
        column[bar + 1 :] *= 2.0
    for other in (table[: bar + 1], CandleTable(*columns)):
        shown = [
            align(
                bars, "M1", {"M5": resample(bars, bars, "M1", "M5")}, backend="python"
            )["M5"]["bid"]
            for bars in (table, other)
        ]  # fmt: skip
        assert list(shown[0])[: bar + 1] == list(shown[1])[: bar + 1]


def test_hours_of_minutes() -> None:
    times = START_US + MINUTE_US * np.arange(58, 125)
    bid, _ = resample(flat(times), flat(times), "M1", "H1")
    assert bid.time_us.tolist() == [START_US, START_US + HOUR_US, START_US + 2 * HOUR_US]
    shown = align(flat(times), "M1", {"H1": (bid, bid)}, backend="python")["H1"]["ask"]
    # The bar of 00:58 ends at 00:59; that of 00:59 at 01:00, when the hour of 00:00 is closed.
    assert shown[0] is None
    assert [candle.timestamp.hour for candle in shown[1:61]] == [0] * 60
    # The bar of 01:59 shows the hour of 01:00; that of 02:04 no hour of 02:00, which is not over.
    assert [candle.timestamp.hour for candle in shown[61:]] == [1] * 6


def test_days_and_weeks() -> None:
    # Friday 3rd to Tuesday 7th of January 2020, hours; no bars at the week-end.
    hours = [
        datetime(2020, 1, day, hour, tzinfo=UTC) for day in (3, 6, 7) for hour in range(24)
    ]  # fmt: skip
    times = [(time - EPOCH) // timedelta(microseconds=1) for time in hours]
    bars = flat(times)
    days, _ = resample(bars, bars, "H1", "D1")
    weeks, _ = resample(bars, bars, "H1", "W1")
    shown = align(bars, "H1", {"D1": (days, days), "W1": (weeks, weeks)}, backend="python")
    monday = datetime(2019, 12, 30, tzinfo=UTC)
    assert [bar.timestamp for bar in weeks.to_candles("python")] == [
        monday, monday + timedelta(days=7),
    ]  # fmt: skip
    day = [candle and candle.timestamp.day for candle in shown["D1"]["bid"]]
    assert day == [None] * 23 + [3] * 24 + [6] * 24 + [7]
    # The week ends on Sunday at midnight: the first bar that ends later is Monday's first.
    week = [candle and candle.timestamp for candle in shown["W1"]["bid"]]
    assert week == [None] * 24 + [monday] * 48


def test_bucket_whose_last_bars_are_missing_closes_with_time() -> None:
    minutes = [0, 1, 2, 9]
    times = [START_US + minute * MINUTE_US for minute in minutes]
    bars = flat(times)
    fives, _ = resample(bars, bars, "M1", "M5")
    assert fives.time_us.tolist() == [START_US, START_US + 5 * MINUTE_US]
    shown = align(bars, "M1", {"M5": (fives, fives)}, backend="python")["M5"]["bid"]
    # The bar of minute 9 ends at 10, as the second bucket does.
    assert shown.places.tolist() == [-1, -1, -1, 1]


def test_prices_and_volume() -> None:
    times = START_US + MINUTE_US * np.arange(3)
    table = CandleTable(
        times, [1.2, 1.3, 1.1], [1.25, 1.35, 1.15], [1.15, 1.25, 1.05], [1.3, 1.1, 1.12],
        [0.1, 0.2, 0.3],
    )  # fmt: skip
    bid, _ = resample(table, table, "M1", "M3")
    assert rows_of(bid) == [(START_US, 1.2, 1.35, 1.05, 1.12, 0.1 + 0.2 + 0.3)]
    # One after the other is not the same as the exact sum, and not summed the other way round.
    exact = Fraction(0.1) + Fraction(0.2) + Fraction(0.3)
    assert bid.volume[0] != 0.1 + (0.2 + 0.3)
    assert abs(Fraction(float(bid.volume[0])) - exact) < Fraction(1, 10**15)


def test_own_candles_come_back_as_themselves(backend_name: str) -> None:
    class Own:
        def __init__(self, minute: int) -> None:
            self.timestamp = moment(minute)
            self.open = self.high = self.low = self.close = 1.1 + minute / 1e4

    bars, hours = [Own(minute) for minute in range(130)], [Own(0), Own(60)]
    fives, _ = resample(bars, bars, "M1", "M5")
    assert fives.volume.tolist() == [0.0] * 26
    shown = align(bars, "M1", {"H1": (hours, hours)}, backend=backend_name)["H1"]["bid"]
    assert shown[58] is None
    assert shown[59] is shown[118] is hours[0]
    assert shown[119] is hours[1]


@pytest.mark.parametrize(
    ("timeframe", "higher", "field"),
    [
        ("M5", "M7", "higher"),
        ("H1", "M5", "higher"),
        ("M5", "X1", "higher"),
        ("M5", "H", "higher"),
        ("M5", "H0", "higher"),
        ("M5", "H01", "higher"),
        ("M5", "H100000", "higher"),
        ("M5", 5, "higher"),
        ("M", "H1", "timeframe"),
        ("M²", "H1", "timeframe"),
    ],
)
def test_timeframes_that_are_none(timeframe: str, higher: Any, field: str) -> None:
    bars = flat([0])
    with pytest.raises(ConfigError) as caught:
        resample(bars, bars, timeframe, higher)
    assert (caught.value.code, caught.value.field) == ("TIMEFRAME_INVALID", field)


def test_bars_beside_the_grid_are_refused() -> None:
    bars = flat([0, MINUTE_US, MINUTE_US * 2 + 1])
    with pytest.raises(ConfigError, match="multiples of it") as caught:
        resample(bars, bars, "M1", "M5")
    assert (caught.value.code, caught.value.bar) == ("TIMEFRAME_INVALID", 2)
    days = flat([22 * HOUR_US])
    with pytest.raises(ConfigError):
        resample(days, days, "D1", "W1")


def test_bars_that_do_not_ascend_are_refused() -> None:
    bars, wrong = flat([0, MINUTE_US]), flat([0, MINUTE_US, MINUTE_US])
    for call in (
        lambda: resample(bars, wrong, "M1", "M5"),
        lambda: align(bars, "M1", {"M5": (bars, wrong)}, backend="python"),
    ):
        with pytest.raises(CandleError) as caught:
            call()
        assert (caught.value.code, caught.value.bar) == ("BARS_NOT_ASCENDING", 2)
    naive = [type("Own", (), {"timestamp": datetime(2020, 1, 1)})()]  # noqa: DTZ001
    with pytest.raises(CandleError) as caught:
        align(naive, "M1", {}, backend="python")
    assert caught.value.code == "TIME_NAIVE"
    with pytest.raises(CandleTypeError) as wrong_type:
        align([object()], "M1", {}, backend="python")
    assert wrong_type.value.code == "TIME_TYPE"
    nameless = [type("Own", (), {"timestamp": moment(0), "open": "1"})()]
    with pytest.raises(CandleTypeError) as wrong_type:
        resample(nameless, nameless, "M1", "M5")
    assert wrong_type.value.code == "CANDLE_TYPE"


def test_no_bars() -> None:
    nothing = flat([])
    bid, ask = resample(nothing, nothing, "M1", "H1")
    assert len(bid) == len(ask) == 0
    shown = align(flat([0]), "M1", {"H1": (bid, ask)}, backend="python")
    assert list(shown["H1"]["bid"]) == [None]


def test_lengths() -> None:
    assert length_us("S10") == 10_000_000
    assert length_us("W2") == 14 * length_us("D1") == 14 * 24 * length_us("M60")
