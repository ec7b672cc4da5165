"""Higher timeframes: built, aligned, and never seen before they close (chapter I of the rules)."""

from __future__ import annotations

import pickle
import warnings
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fillproof import data, run_backtest
from fillproof.candle_table import CandleTable
from fillproof.errors import CandleError, CandleTypeError, ConfigError, LookAheadWarning
from fillproof.timeframes import align, length_us, resample

from .helpers import MINUTE_US, START_US, moment, wave

HOUR_US = 60 * MINUTE_US
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LENGTHS = {"M1": 1, "M3": 3, "M5": 5, "M7": 7, "H1": 60, "H4": 240, "D1": 1440, "W1": 10080}


def flat(times: Any, price: float = 1.1) -> CandleTable:
    times = np.asarray(times, dtype=np.int64)
    same = np.full(len(times), price)
    return CandleTable(times, same, same, same, same)


# --- what is said of it, once more and slowly ---


def slow_visible(times: list[int], length: int, higher: list[int], higher_length: int) -> list[int]:
    """Which higher bar each bar sees: the last that ends no later than the bar, -1 for none."""
    found = []
    for time in times:
        closed = [
            place for place, opened in enumerate(higher) if opened + higher_length <= time + length
        ]
        found.append(max(closed, default=-1))
    return found


def slow_resample(rows: list[tuple[Any, ...]], minutes: int) -> list[tuple[Any, ...]]:
    """Bars of so many minutes by datetime arithmetic, one row at a time."""
    monday = datetime(1970, 1, 5, tzinfo=UTC)
    first = monday if minutes % 10080 == 0 else EPOCH
    buckets: dict[datetime, list[tuple[Any, ...]]] = {}
    for row in rows:
        since = (EPOCH + timedelta(microseconds=row[0])) - first
        whole = since // timedelta(minutes=minutes)
        buckets.setdefault(first + whole * timedelta(minutes=minutes), []).append(row)
    made = []
    for opened, inside in buckets.items():
        volume = 0.0
        for row in inside:
            volume += row[5]
        made.append(
            (
                (opened - EPOCH) // timedelta(microseconds=1),
                inside[0][1],
                max(row[2] for row in inside),
                min(row[3] for row in inside),
                inside[-1][4],
                volume,
            )
        )
    return made


def rows_of(table: Any) -> list[tuple[Any, ...]]:
    columns = (table.time_us, table.open, table.high, table.low, table.close, table.volume)
    return list(zip(*(column.tolist() for column in columns), strict=True))


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


# --- by hand ---


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


# --- AlignedCandles ---


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


# --- in a run ---


class Trend:
    """Buys when the bar closes above the mean of a higher timeframe; notes what it sees."""

    def __init__(self, timeframe: str, primary: str = "M1") -> None:
        self.timeframe = timeframe
        self.primary = primary
        self.seen: list[Any] = []

    def on_data(self, slice_map: Any) -> Any:
        view = slice_map["EURUSD"]
        higher, bar = view.latest(self.timeframe), view.latest(self.primary)
        mean = view.indicators.at(
            view.indicators.ema_stepwise(self.timeframe, "bid", 3), view.index
        )
        plain = view.indicators.at(view.indicators.ema(self.timeframe, "bid", 3), view.index)
        self.seen.append((higher, mean, plain))
        if mean is None or view.index % 20 or bar.close < mean:
            return None
        return {"direction": "buy", "sl": bar.close - 0.001, "tp": bar.close + 0.001}


def test_run_builds_the_timeframes(backend_name: str) -> None:
    bid, ask = wave(2000)
    trend = Trend("M15")
    result = run_backtest(
        bid, ask, trend, symbol="EURUSD", timeframes=["M15", "H1", "M1"], backend=backend_name
    )
    assert result.config["timeframes"] == ["M1", "M15", "H1"]
    assert result.trades.num_rows > 5
    times, slow = bid.time_us.tolist(), slow_resample(rows_of(bid), 15)
    places = slow_visible(
        times, MINUTE_US, [row[0] for row in slow], 15 * MINUTE_US
    )  # fmt: skip
    for (higher, _, _), place in zip(trend.seen, places, strict=True):
        if place < 0:
            assert higher is None
        else:
            values = (higher.time_us, higher.open, higher.high, higher.low, higher.close)
            assert (*values, higher.volume) == slow[place]
    # The mean of the higher bars alone, by its formula (I.ema): weight 2 / (3 + 1).
    mean, last = None, -1
    for (_, seen, _), place in zip(trend.seen, places, strict=True):
        if place != last:
            close = slow[place][4]
            mean = close if mean is None else mean + 0.5 * (close - mean)
            last = place
        assert seen == (None if mean is None else pytest.approx(mean, rel=1e-14))


def test_run_is_the_same_on_all_backends(backends: dict[str, Any]) -> None:
    found = {}
    for name in backends:
        trend = Trend("M15")
        result = run_backtest(*wave(1500), trend, symbol="EURUSD", timeframes=["M15"], backend=name)
        shown = [(repr(higher), mean, plain) for higher, mean, plain in trend.seen]
        found[name] = (result.digest, shown)
    first = next(iter(found.values()))
    assert all(other == first for other in found.values())


def test_built_is_what_a_user_would_align(backend_name: str) -> None:
    bid, ask = wave(600)
    built = run_backtest(
        bid, ask, Trend("M15"), symbol="EURUSD", timeframes=["M15"], backend=backend_name
    )
    higher = {"M15": resample(bid, ask, "M1", "M15")}
    for backend in (backend_name, "python"):
        own = align(bid, "M1", higher, backend=backend)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            given = run_backtest(
                bid, ask, Trend("M15"), symbol="EURUSD", multi_candle_data=own,
                backend=backend_name,
            )  # fmt: skip
        assert given.digest == built.digest


def test_built_in_strategy_on_a_higher_timeframe(backends: dict[str, Any]) -> None:
    digests = set()
    for name, package in backends.items():
        result = run_backtest(
            *wave(3000), package.EmaCross("M5", 3, 8), symbol="EURUSD", timeframes=["M5"],
            backend=name,
        )  # fmt: skip
        assert result.signals.num_rows > 0
        digests.add(result.digest)
    assert len(digests) == 1


def test_timeframes_of_a_run_that_are_none(backend_name: str) -> None:
    bid, ask = wave(10)
    run = {"symbol": "EURUSD", "backend": backend_name}
    for timeframes, code in (("H1", "OPTION_UNKNOWN"), (["S30"], "TIMEFRAME_INVALID")):
        with pytest.raises(ConfigError) as caught:
            run_backtest(bid, ask, Trend("M1"), timeframes=timeframes, **run)
        assert caught.value.code == code
    given = align(bid, "M1", {"H1": resample(bid, ask, "M1", "H1")}, backend=backend_name)
    with pytest.raises(ConfigError) as caught:
        run_backtest(bid, ask, Trend("M1"), timeframes=["H1"], multi_candle_data=given, **run)
    assert (caught.value.code, caught.value.field) == ("OPTION_UNKNOWN", "timeframes")


def test_broken_bars_are_refused_with_the_same_code(backend_name: str) -> None:
    bid, ask = wave(10)
    times = bid.time_us.copy()
    times[5] = times[4]
    broken = [CandleTable(times, *table.columns()[1:]) for table in (bid, ask)]
    for timeframes in ([], ["M5"]):
        with pytest.raises(CandleError) as caught:
            run_backtest(
                *broken, Trend("M1"), symbol="EURUSD", timeframes=timeframes, timeframe="M1",
                backend=backend_name,
            )  # fmt: skip
        assert (caught.value.code, caught.value.bar) == ("BARS_NOT_ASCENDING", 5)


# --- candles that are seen too early ---


def early(bars: int = 300) -> list[Any]:
    """M15 candles as many align them: by the opening time alone, 14 minutes too early."""
    bid, _ = wave(bars)
    higher = resample(bid, bid, "M1", "M15")[0].to_candles("python")
    return [higher[bar // 15] for bar in range(bars)]


def test_candles_seen_too_early_are_reported_once_and_used(backend_name: str) -> None:
    bid, ask = wave(300)
    shown, trend = early(), Trend("M15")
    right = align(bid, "M1", {"H1": resample(bid, ask, "M1", "H1")}, backend=backend_name)
    given = {"M15": {"bid": [None] * 20 + shown[20:], "ask": shown}, **right}
    with pytest.warns(LookAheadWarning) as caught:
        result = run_backtest(
            bid, ask, trend, symbol="EURUSD", multi_candle_data=given, backend=backend_name
        )
    assert len(caught) == 1
    assert caught[0].filename == __file__
    told = str(caught[0].message)
    assert "bar 0 sees the M15 ask candle of 2020-01-01T00:00:00+00:00" in told
    assert "which closes at 2020-01-01T00:15:00+00:00, 14 minutes after the bar" in told
    # Of each 15 bars the last one may see the candle; the bid is shown from bar 20 on.
    assert f"M15 bid {280 - 19}, M15 ask {300 - 20}" in told
    assert told in result.notes
    assert trend.seen[20][0] is shown[20]


def test_columns_seen_too_early(backend: Any, backend_name: str) -> None:
    bid, ask = wave(30)
    whole = bid.to_candles(backend_name)
    # The M2 bar that opens with each bar: half a bar too early, all the time.
    for series in (whole, backend.AlignedCandles(whole, range(30))):
        with pytest.warns(LookAheadWarning, match="bar 0 sees the M2 bid .* 1 minutes after"):
            run_backtest(
                bid, ask, Trend("M1"), symbol="EURUSD",
                multi_candle_data={"M2": {"bid": series}}, backend=backend_name,
            )  # fmt: skip


@pytest.mark.filterwarnings("error")
def test_nothing_is_reported_where_nothing_is_early(backend_name: str) -> None:
    bid, ask = wave(40)
    own = [object(), None, type("Naive", (), {"timestamp": datetime(2020, 1, 1)})()]  # noqa: DTZ001
    bars = list(bid.to_candles(backend_name))
    result = run_backtest(
        bid, ask, Trend("M1"), symbol="EURUSD",
        multi_candle_data={
            "M1": {"bid": bid, "ask": ask}, "S30": {"bid": bars}, "H1": {"bid": own},
            "daily": {"bid": bars},
        },
        backend=backend_name,
    )  # fmt: skip
    assert any("daily beside M1" in note for note in result.notes)


def test_bounds_take_timeframes(backend_name: str) -> None:
    both = run_backtest(
        *wave(300), lambda: Trend("M15"), symbol="EURUSD", timeframes=["M15"], bounds="both",
        backend=backend_name,
    )  # fmt: skip
    assert both.worst.config["timeframes"] == ["M1", "M15"]


def test_embedded_year_by_day(backend_name: str) -> None:
    pair = data.eurusd_h1_2017()
    trend = Trend("D1", "H1")
    result = run_backtest(
        pair.bid, pair.ask, trend, symbol="EURUSD", timeframes=["D1", "W1"], backend=backend_name
    )
    assert result.trades.num_rows > 50
    for (higher, _, _), time_us in zip(trend.seen, pair.bid.time_us.tolist(), strict=True):
        closed = EPOCH + timedelta(microseconds=time_us, hours=1)
        if higher is not None:
            assert higher.timestamp + timedelta(days=1) <= closed < higher.timestamp + timedelta(5)
