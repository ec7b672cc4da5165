"""Indicators on every backend: bit for bit, as streams, of the last bars, step by step, pinned.

Rules I.series, I.local, I.stepwise, I.pinned.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pyengine
from fillproof.errors import ConfigError, LookAheadError, SliceError

from .indicator_calls import (
    CALLS,
    START,
    STEPWISE,
    aligned,
    bits,
    cache,
    candles,
    parts,
    walk,
)

PRICES = st.one_of(
    st.floats(1e-3, 1e3),
    st.sampled_from([1.0, 1.1, 1.1, 1.1, 2.0, 100.0]),
    st.just(math.nan),
)


@st.composite
def series(draw: Any) -> dict[str, np.ndarray]:
    """Closes with gaps and plateaus; highs and lows about them, some of them missing alone."""
    close = draw(st.lists(PRICES, max_size=40))
    up = draw(st.lists(st.sampled_from([0.0, 0.1, 0.5, math.nan]), min_size=40, max_size=40))
    down = draw(st.lists(st.sampled_from([0.0, 0.1, 0.3]), min_size=40, max_size=40))
    close = np.array(close, dtype="float64")
    high = close + np.array(up[: len(close)])
    low = close - np.array(down[: len(close)])
    return {"open": close, "high": high, "low": low, "close": close}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(prices=series())
def test_engine_equals_the_reference_and_batch_the_stream(
    engine: ModuleType, prices: dict[str, np.ndarray]
) -> None:
    mine, reference = cache(engine, prices), cache(pyengine, prices)
    for method, kind, given_settings in CALLS:
        batch = parts(getattr(mine, method)("M1", "bid", **given_settings))
        expected = parts(getattr(reference, method)("M1", "bid", **given_settings))
        assert [bits(a) for a in batch] == [bits(a) for a in expected], method
        for array in batch:
            assert not np.signbit(array[array == 0.0]).any(), f"{method} gives -0.0"
            assert not np.isinf(array).any(), f"{method} is infinite"
        stream = getattr(engine, kind)(**given_settings)
        names = ("high", "low", "close") if kind in {"Atr", "Dmi", "Choppiness"} else ("close",)
        rows = list(zip(*(prices[name].tolist() for name in names), strict=True))
        for _ in range(2):
            steps = [stream.update(*row) for row in rows]
            assert not rows or bits(stream.value) == bits(steps[-1])
            columns = np.array(steps, dtype="float64").reshape(len(rows), len(batch)).T
            assert [bits(a) for a in columns] == [bits(a) for a in batch], method
            stream.restart()


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(prices=series(), cut=st.integers(0, 40))
def test_later_bars_change_nothing(
    engine: ModuleType, prices: dict[str, np.ndarray], cut: int
) -> None:
    whole = cache(engine, prices)
    begun = cache(engine, {name: column[:cut] for name, column in prices.items()})
    for method, _, given_settings in CALLS:
        long = parts(getattr(whole, method)("M1", "bid", **given_settings))
        short = parts(getattr(begun, method)("M1", "bid", **given_settings))
        assert [bits(a[:cut]) for a in long] == [bits(a) for a in short], method


@pytest.mark.parametrize("gaps", [0.0, 0.05])
def test_longer_series_on_every_engine(engine: ModuleType, gaps: float) -> None:
    prices = walk(3000, 11, gaps=gaps)
    mine, reference = cache(engine, prices), cache(pyengine, prices)
    for method, _, given_settings in CALLS:
        found = parts(getattr(mine, method)("M1", "bid", **given_settings))
        expected = parts(getattr(reference, method)("M1", "bid", **given_settings))
        assert [bits(a) for a in found] == [bits(a) for a in expected], method
    for idx in (-1, 0, 1, 60, 2999, 5000):
        for method in ("garch_volatility_local", "kalman_garch_zscore_local"):
            found = getattr(mine, method)("M1", "bid", idx)
            assert bits(found) == bits(getattr(reference, method)("M1", "bid", idx)), method


def test_stepwise_is_the_indicator_of_the_new_candles_alone(engine: ModuleType) -> None:
    prices = walk(120, 3, gaps=0.1)
    there = ~np.isnan(prices["close"])
    alone = cache(engine, {name: column[there] for name, column in prices.items()})
    mine = engine.IndicatorCache({"M5": {"bid": aligned(engine, prices, 5)}})
    # Which of the candles that are there each bar sees; -1 before the first.
    last = np.repeat(np.cumsum(there) - 1, 5)
    for method, given_settings in STEPWISE:
        plain = getattr(alone, method.removesuffix("_stepwise"))("M1", "bid", **given_settings)
        for found, values in zip(
            parts(getattr(mine, method)("M5", "bid", **given_settings)), parts(plain), strict=True
        ):
            expected = np.where(last >= 0, values[np.maximum(last, 0)], math.nan)
            assert bits(found) == bits(expected), method


def test_equal_time_is_no_new_candle(engine: ModuleType) -> None:
    first, same = (engine.Candle(START, 1.0, 1.0, 1.0, x) for x in (1.0, 9.0))
    later = engine.Candle(START + timedelta(minutes=5), 2.0, 2.0, 2.0, 2.0)
    held = [None, first, same, None, first, later, later]
    mine = engine.IndicatorCache({"M5": {"ask": held}})
    found = mine.ema_stepwise("M5", "ask", 3)
    assert bits(found) == bits([math.nan, 1.0, 1.0, 1.0, 1.0, 1.5, 1.5])
    # Another backend's candles and columns are as good.
    times = [0, 0, 300_000_000]
    columns = pyengine.Candles(times, *[[1.0, 9.0, 2.0]] * 4)
    mine = engine.IndicatorCache({"M5": {"ask": columns}})
    assert mine.ema_stepwise("M5", "ask", 3).tolist() == [1.0, 1.0, 1.5]


def test_arrays_are_read_only_and_kept(engine: ModuleType) -> None:
    mine = cache(engine, walk(50, 1))
    for method, _, given_settings in CALLS:
        first = parts(getattr(mine, method)("M1", "bid", **given_settings))
        again = parts(getattr(mine, method)("M1", "bid", **given_settings))
        for one, two in zip(first, again, strict=True):
            assert one.dtype == np.float64
            assert one.shape == (50,)
            assert np.shares_memory(one, two)
            with pytest.raises(ValueError, match="read-only"):
                one[0] = 1.0
            with pytest.raises(ValueError, match="WRITEABLE"):
                one.flags.writeable = True
    local = mine.garch_volatility_local("M1", "bid", 20, 10)
    assert len(local) == 10
    assert not local.flags.writeable


def test_an_array_outlives_its_cache(engine: ModuleType) -> None:
    mine = cache(engine, walk(500, 1))
    kept = mine.ema("M1", "bid", 10)
    before = kept.tolist()
    del mine
    gc.collect()
    assert kept.tolist() == before


def test_at(engine: ModuleType) -> None:
    mine = cache(engine, walk(10, 1))
    means = mine.sma("M1", "bid", 3)
    assert [mine.at(means, index) for index in (-1, 0, 1, 10)] == [None] * 4
    assert mine.at(means, 2) == means[2]
    assert type(mine.at(means, 2)) is float
    assert mine.at([1, 2.5], 1) == 2.5
    assert mine.at(means[:2], 2) is None


def test_vol_cluster_series(engine: ModuleType) -> None:
    mine = cache(engine, walk(200, 5))
    ranges = mine.vol_cluster_series("M1", "bid", 100, "atr_points", 5)
    assert bits(ranges) == bits(mine.atr("M1", "bid", 5))
    volatility = mine.vol_cluster_series("M1", "bid", 100, "garch", garch_lookback=80)
    assert bits(volatility) == bits(mine.garch_volatility_local("M1", "bid", 100, 80))
    assert len(volatility) == 80


def test_local_is_a_series_of_its_own(engine: ModuleType) -> None:
    prices = walk(300, 9)
    mine = cache(engine, prices)
    for idx, lookback in ((0, 5), (3, 100), (250, 100), (299, 300)):
        part = {
            name: column[max(0, idx + 1 - lookback) : idx + 1] for name, column in prices.items()
        }
        alone = cache(engine, part)
        found = mine.garch_volatility_local("M1", "bid", idx, lookback)
        assert bits(found) == bits(alone.garch_volatility("M1", "bid"))
        score = mine.kalman_garch_zscore_local("M1", "bid", idx, lookback)
        assert score == alone.at(alone.kalman_garch_zscore("M1", "bid"), len(part["close"]) - 1)


def run(engine: ModuleType, evaluate: Callable[[int, Any], Any], bars: int = 30) -> None:
    """Run a strategy that is a function of index and slice."""
    prices = walk(bars, 4)
    held = candles(engine, prices)
    portfolio = engine.Portfolio(10000.0)
    executor = engine.ExecutionSimulator(portfolio, sizing=engine.FixedLots(0.1))
    strategy = SimpleNamespace(evaluate=lambda index, views: evaluate(index, views["EURUSD"]))
    engine.EventEngine(
        held, held, strategy, executor, portfolio, {"M1": {"bid": held, "ask": held}}, "EURUSD",
        None, START.replace(year=1970) + timedelta(minutes=10),
    ).run()  # fmt: skip


def test_indicators_of_a_slice_end_at_its_bar(engine: ModuleType) -> None:
    whole = cache(engine, walk(30, 4))
    seen: list[Any] = []

    def evaluate(index: int, view: Any) -> None:
        indicators = view.indicators
        seen.append(indicators)
        for method, _, given_settings in CALLS:
            found = parts(getattr(indicators, method)("M1", "bid", **given_settings))
            expected = parts(getattr(whole, method)("M1", "bid", **given_settings))
            assert [bits(a) for a in found] == [bits(a[: index + 1]) for a in expected], method
        means = indicators.sma("M1", "ask", 3)
        assert len(means) == index + 1
        assert indicators.at(means, index) == means[-1]
        assert indicators.at(means, index + 1) is None
        assert not means.flags.writeable
        # Past the loop's bar there is nothing to see: the last bar is this one.
        far = indicators.garch_volatility_local("M1", "bid", 10_000, 8, min_periods=0)
        assert bits(far) == bits(whole.garch_volatility_local("M1", "bid", index, 8, min_periods=0))
        local = {"min_periods": 0}
        assert indicators.kalman_garch_zscore_local("M1", "bid", index + 1, 8, **local) is None
        assert indicators.kalman_garch_zscore_local("M1", "bid", index, 8, **local) is not None
        view.set_index(5)
        assert len(indicators.ema("M1", "bid", 3)) == 6
        with pytest.raises(LookAheadError):
            view.set_index(index + 1)

    run(engine, evaluate)
    assert len(seen) == 20
    assert all(indicators is seen[0] for indicators in seen)


def test_indicators_kept_by_a_strategy_move_with_the_loop(engine: ModuleType) -> None:
    kept: list[Any] = []

    def evaluate(index: int, view: Any) -> None:
        if not kept:
            kept.append(view.indicators)
        assert len(kept[0].ema("M1", "bid", 3)) == index + 1

    run(engine, evaluate)
    assert kept


def test_indicators_of_a_users_own_slice(engine: ModuleType) -> None:
    view = engine.SymbolDataSlice({"M1": {"bid": candles(engine, walk(10, 2))}}, "EURUSD")
    assert len(view.indicators.ema("M1", "bid", 3)) == 1
    view.set_index(4)
    assert len(view.indicators.ema("M1", "bid", 3)) == 5
    view.set_index(100)
    assert len(view.indicators.ema("M1", "bid", 3)) == 10


WRONG: tuple[tuple[str, tuple[Any, ...], dict[str, Any], str, str], ...] = (
    ("ema", ("M5", "bid", 3), {}, "TIMEFRAME_UNKNOWN", "timeframe"),
    ("ema", ("M1", "ask", 3), {}, "SIDE_UNKNOWN", "price_type"),
    ("ema", ("M1", "bid", 0), {}, "PERIOD_INVALID", "period"),
    ("sma", ("M1", "bid", True), {}, "PERIOD_INVALID", "period"),
    ("rsi", ("M1", "bid", 14.0), {}, "PERIOD_INVALID", "period"),
    ("roc", ("M1", "bid", "14"), {}, "PERIOD_INVALID", "period"),
    ("dmi", ("M1", "bid", None), {}, "PERIOD_INVALID", "period"),
    ("macd", ("M1", "bid"), {"slow_period": -1}, "PERIOD_INVALID", "slow_period"),
    ("bollinger", ("M1", "bid"), {"std_factor": math.nan}, "NUMBER_INVALID", "std_factor"),
    ("bollinger", ("M1", "bid"), {"std_factor": "2"}, "NUMBER_INVALID", "std_factor"),
    ("zscore", ("M1", "bid"), {"window": 0}, "PERIOD_INVALID", "window"),
    ("zscore", ("M1", "bid"), {"mean_source": "sma"}, "OPTION_UNKNOWN", "mean_source"),
    ("zscore", ("M1", "bid"), {"mean_source": 3}, "OPTION_UNKNOWN", "mean_source"),
    ("zscore", ("M1", "bid"), {"mean_source": "ema"}, "PERIOD_INVALID", "ema_period"),
    ("kalman_mean", ("M1", "bid"), {"R": 0.0}, "NUMBER_INVALID", "R"),
    ("kalman_mean", ("M1", "bid"), {"Q": -1.0}, "NUMBER_INVALID", "Q"),
    ("kalman_zscore", ("M1", "bid"), {"window": 0}, "PERIOD_INVALID", "window"),
    ("garch_volatility", ("M1", "bid"), {"scale": 0.0}, "NUMBER_INVALID", "scale"),
    ("garch_volatility", ("M1", "bid"), {"omega": math.inf}, "NUMBER_INVALID", "omega"),
    ("garch_volatility", ("M1", "bid"), {"alpha": [1]}, "NUMBER_INVALID", "alpha"),
    ("garch_volatility", ("M1", "bid"), {"min_periods": -1}, "NUMBER_INVALID", "min_periods"),
    (
        "garch_volatility",
        ("M1", "bid"),
        {"use_log_returns": 1},
        "OPTION_UNKNOWN",
        "use_log_returns",
    ),
    ("garch_volatility_local", ("M1", "bid", 3), {"lookback": 0}, "PERIOD_INVALID", "lookback"),
    ("garch_volatility_local", ("M1", "bid", 1.5), {}, "INDEX_OUT_OF_RANGE", "idx"),
    ("kalman_garch_zscore_local", ("M1", "bid", True), {}, "INDEX_OUT_OF_RANGE", "idx"),
    ("ema_stepwise", ("M1", "bid", 0), {}, "PERIOD_INVALID", "period"),
)


@pytest.mark.parametrize(("method", "given_arguments", "named", "code", "field"), WRONG)
def test_wrong_settings_are_refused(
    engine: ModuleType,
    method: str,
    given_arguments: tuple[Any, ...],
    named: dict[str, Any],
    code: str,
    field: str,
) -> None:
    mine = cache(engine, walk(10, 1))
    # A good call before must not let a bad one pass that is equal to it.
    mine.sma("M1", "bid", 1)
    mine.rsi("M1", "bid", 14)
    with pytest.raises((ConfigError, SliceError)) as info:
        getattr(mine, method)(*given_arguments, **named)
    assert (info.value.code, info.value.field) == (code, field)


def test_streams_refuse_the_same(engine: ModuleType) -> None:
    for kind, named, field in (
        ("Sma", {"period": 0}, "period"),
        ("Rsi", {"period": 2.0}, "period"),
        ("Macd", {"fast_period": True}, "fast_period"),
        ("Bollinger", {"std_factor": -1.0}, "std_factor"),
        ("Zscore", {"mean_source": "ema"}, "ema_period"),
        ("KalmanMean", {"R": math.nan}, "R"),
        ("KalmanZscore", {"window": "5"}, "window"),
        ("Garch", {"beta": -0.5}, "beta"),
        ("KalmanGarchZscore", {"min_periods": 2.5}, "min_periods"),
    ):
        with pytest.raises(ConfigError) as info:
            getattr(engine, kind)(**named)
        assert info.value.field == field


def test_settings_of_streams_read_back(engine: ModuleType) -> None:
    for _, kind, given_settings in CALLS:
        made = getattr(engine, kind)(**given_settings)
        assert {name: getattr(made, name) for name in given_settings} == given_settings
    garch = engine.KalmanGarchZscore()
    assert [garch.R, garch.Q, garch.alpha, garch.beta, garch.omega, garch.use_log_returns,
            garch.scale, garch.min_periods, garch.sigma_floor] == [
        0.01, 1.0, 0.05, 0.9, None, True, 100.0, 50, 1e-6]  # fmt: skip


def test_no_candles_at_all(engine: ModuleType) -> None:
    for empty in ([], candles(engine, walk(0, 1)), [None, None]):
        mine = engine.IndicatorCache({"M1": {"bid": empty}})
        for method, _, given_settings in CALLS:
            for found in parts(getattr(mine, method)("M1", "bid", **given_settings)):
                assert len(found) == len(empty)
                assert np.isnan(found).all()
        assert len(mine.garch_volatility_local("M1", "bid", 0)) == len(empty[:1])
        assert mine.kalman_garch_zscore_local("M1", "bid", 0) is None


def test_columns_of_any_kind(engine: ModuleType) -> None:
    prices = walk(40, 8)
    table = SimpleNamespace(time_us=np.arange(40), **prices)
    mine = engine.IndicatorCache({"M1": {"bid": table}})
    assert bits(mine.ema("M1", "bid", 5)) == bits(cache(engine, prices).ema("M1", "bid", 5))
    listed = SimpleNamespace(time_us=[0, 1], **{name: [1, 2] for name in prices})
    batch = engine.IndicatorCache({"M1": {"bid": listed}}).sma("M1", "bid", 2)
    assert bits(batch) == bits([math.nan, 1.5])
    listed.high = [1.0]
    with pytest.raises(ValueError, match="length") as info:
        engine.IndicatorCache({"M1": {"bid": listed}}).sma("M1", "bid", 2)
    assert (info.value.code, info.value.field) == ("LENGTHS_DIFFER", "high")  # type: ignore[attr-defined]


def test_candles_that_are_none(engine: ModuleType) -> None:
    for bad, code in (
        (SimpleNamespace(close=1.0), "CANDLE_TYPE"),
        (SimpleNamespace(timestamp=1, open=1.0, high=1.0, low=1.0, close=1.0), "TIME_TYPE"),
        (SimpleNamespace(timestamp=START, open=1.0, high=1.0, low=1.0, close="1"), "CANDLE_TYPE"),
    ):
        mine = engine.IndicatorCache({"M1": {"bid": [None, bad]}})
        with pytest.raises((TypeError, ValueError)) as info:
            mine.ema("M1", "bid", 3)
        assert (info.value.code, info.value.bar) == (code, 1)  # type: ignore[union-attr]


def test_rows_of_precomputed_indicators(engine: ModuleType) -> None:
    prices = walk(80, 6)
    held = candles(engine, prices)
    wanted = {
        "fast": ("ema", 5),
        "rsi": "rsi",
        "bands": ("bollinger", 10, 1.0),
        "cross": ["macd"],
    }
    batch = engine.precompute_indicators(held, wanted)
    single = cache(engine, prices)
    upper, mid, lower = single.bollinger("M1", "bid", 10, 1.0)
    line, signal = single.macd("M1", "bid")
    expected = {
        "fast": single.ema("M1", "bid", 5),
        "rsi": single.rsi("M1", "bid"),
        "bands_upper": upper,
        "bands_mid": mid,
        "bands_lower": lower,
        "cross_line": line,
        "cross_signal": signal,
    }
    assert list(batch.columns) == list(expected)
    assert len(batch) == 80
    for bar in (0, 40, 79, -1):
        assert bits(list(batch[bar].values())) == bits([c[bar] for c in expected.values()])
        assert list(batch[bar]) == list(expected)
        assert all(type(value) is float for value in batch[bar].values())
    assert [row["fast"] for row in batch] == batch.columns["fast"].tolist()
    for outside in (80, -81):
        with pytest.raises(IndexError):
            batch[outside]
    with pytest.raises(ConfigError) as info:
        engine.precompute_indicators(held, {"x": "sma_fast"})
    assert (info.value.code, info.value.field) == ("OPTION_UNKNOWN", "x")


def test_everything_is_precomputed_by_default(engine: ModuleType) -> None:
    prices = walk(250, 6)
    batch = engine.precompute_indicators(candles(engine, prices))
    reference = pyengine.precompute_indicators(candles(pyengine, prices))
    assert list(batch.columns) == list(reference.columns)
    for name, column in reference.columns.items():
        assert bits(batch.columns[name]) == bits(column), name
        assert not np.isnan(column).all(), name


def test_deviations_are_exact_to_the_last_digits(engine: ModuleType) -> None:
    prices = walk(400, 12)
    prices["close"][100:200] = 1.1
    prices["close"][150] = 1.10001
    upper, mid, _ = cache(engine, prices).bollinger("M1", "bid", 20, 1.0)
    exact = [Fraction(x) for x in prices["close"].tolist()]
    for bar in range(19, 400):
        window = exact[bar - 19 : bar + 1]
        mean = sum(window, Fraction(0)) / 20
        squares = sum(((x - mean) ** 2 for x in window), Fraction(0)) / 19
        assert abs(Fraction(float(mid[bar])) - mean) <= Fraction(math.ulp(mid[bar]))
        if squares:
            # The band less the mean: what is rounded when the two are added is no error of ours.
            found = Fraction(float(upper[bar])) - Fraction(float(mid[bar]))
            error = abs(found - Fraction(math.sqrt(squares)))
            assert error <= 2 * Fraction(math.ulp(upper[bar]))
        else:
            assert upper[bar] == mid[bar]
