"""Runs over several timeframes, built or given, and what is said of candles seen too early."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fillproof import data, run_backtest
from fillproof.candle_table import CandleTable
from fillproof.errors import CandleError, ConfigError, LookAheadWarning
from fillproof.timeframes import align, resample

from .helpers import MINUTE_US, wave
from .slow_timeframes import rows_of, slow_resample, slow_visible

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
