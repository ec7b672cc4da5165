"""Caches over the same numbers compute an indicator once, in a sweep of callbacks, too."""

from __future__ import annotations

import importlib
import pickle
from typing import Any

import numpy as np
import pytest

from fillproof import FillproofError, backends, multi_data, run_backtest, sweep
from fillproof.data import CandleTable

from .helpers import wave

PERIODS = (3, 7)
seen: list[tuple[int, int, np.ndarray]] = []


class Watched:
    """Asks for indicators of two timeframes, and notes where their numbers lie."""

    def __init__(self, period: int, every: int) -> None:
        self.period = period
        self.every = every

    def evaluate(self, index: int, slice_map: Any) -> None:
        """Note what it is shown at some bars."""
        if index % self.every:
            return
        indicators = slice_map["EURUSD"].indicators
        seen.append((self.period, 1, indicators.ema("M1", "bid", self.period)))
        seen.append((self.period, 5, indicators.ema_stepwise("M5", "ask", self.period)))
        seen.append((0, 1, indicators.atr("M1", "bid")))


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_runs_of_a_sweep_compute_each_indicator_once(backend_name) -> None:
    seen.clear()
    bid, ask = wave(600, seed=31)
    grid = {"period": PERIODS, "every": (20, 30, 50)}
    made = sweep(bid, ask, Watched, symbol="EURUSD", grid=grid, timeframes=["M5"],
                 backend=backend_name)  # fmt: skip
    assert len(made) == 6
    assert len(seen) > 300
    places = {(period, minutes): set() for period, minutes, _ in seen}
    for period, minutes, array in seen:
        places[period, minutes].add(address(array))
    # All arrays are alive, so what lies in another place was computed anew.
    assert {key: len(found) for key, found in places.items()} == dict.fromkeys(
        [(0, 1), *((period, minutes) for period in PERIODS for minutes in (1, 5))], 1
    )
    alone = backends.load(backend_name).IndicatorCache({"M1": {"bid": list(bid_of(bid))}})
    assert address(alone.ema("M1", "bid", PERIODS[0])) in places[PERIODS[0], 1]


def bid_of(bid: CandleTable) -> Any:
    return bid.to_candles("python")


@pytest.mark.parametrize("name", ["python", "cython"])
def test_computations_are_counted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = backends.load(name)
    module = importlib.import_module(engine.IndicatorCache.__module__)
    counted: list[int] = []

    class Counted(engine.Sma):
        def update(self, x: float) -> float:
            counted.append(self.period)
            return super().update(x)

    monkeypatch.setattr(module, "Sma", Counted)
    bid, ask = wave(90, seed=32)

    def ask_for(window: int, bars: int) -> Any:
        def evaluate(index: int, slice_map: Any) -> None:
            del index
            slice_map["EURUSD"].indicators.sma("M1", "bid", window)

        assert bars
        return evaluate

    grid = {"window": [4, 9], "bars": [1, 2, 3, 4]}
    sweep(bid, ask, ask_for, symbol="EURUSD", grid=grid, backend=name)
    assert counted == [4] * 90 + [9] * 90
    engine.precompute_indicators(bid, {"mean": ("sma", 4)})
    assert len(counted) == 180


def test_numbers_that_changed_are_other_numbers(backend_name) -> None:
    engine = backends.load(backend_name)
    prices = np.linspace(1.0, 2.0, 50)
    columns = (np.arange(50) * 60_000_000, prices, prices, prices)
    close = prices.copy()
    bars = engine.Candles(*columns, close)
    data = {"M1": {"bid": bars}}
    before = engine.IndicatorCache(data).ema("M1", "bid", 5)
    kept = before.copy()
    assert np.shares_memory(engine.IndicatorCache(data).ema("M1", "bid", 5), before)
    assert not np.shares_memory(engine.IndicatorCache(data).ema("M1", "bid", 6), before)
    close[20] = 1.9
    after = engine.IndicatorCache(data).ema("M1", "bid", 5)
    assert after[:20].tolist() == kept[:20].tolist()
    assert after[20] != kept[20]
    assert before.tolist() == kept.tolist()
    # A bar's range is none of what a mean of closes reads.
    wider = engine.Candles(*columns[:2], prices + 1.0, prices - 0.5, close)
    cache = engine.IndicatorCache({"M1": {"bid": wider}})
    assert np.shares_memory(cache.ema("M1", "bid", 5), after)
    narrow = engine.IndicatorCache(data).atr("M1", "bid", 5)
    assert cache.atr("M1", "bid", 5)[-1] != narrow[-1]
    with pytest.raises(ValueError, match="read-only"):
        after[0] = 1.0


def test_runs_of_a_sweep_are_shown_the_same_timeframes(
    backend_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    resampled = multi_data.resample

    def resample(*given: Any) -> Any:
        built.append(given[-1])
        return resampled(*given)

    monkeypatch.setattr(multi_data, "resample", resample)
    shown: list[tuple[Any, ...]] = []

    class Looks:
        def __init__(self, period: int) -> None:
            self.every = 20 + period

        def evaluate(self, index: int, slice_map: Any) -> None:
            here = slice_map["EURUSD"]
            if index % self.every == 0:
                sides = [here.latest(name, "ask") for name in ("M5", "H1")]
                numbers = [bar and (bar.time_us, bar.high, bar.close) for bar in sides]
                shown.append((self.every, index, *numbers))

    bid, ask = wave(600, seed=35)
    grid = {"period": [1, 2, 3, 4]}
    options: dict[str, Any] = {"symbol": "EURUSD", "timeframes": ["M5", "H1"]}
    sweep(bid, ask, Looks, grid=grid, backend=backend_name, **options)
    assert built == ["M5", "H1"]
    together = shown.copy()
    assert sum(row[-1] is not None for row in together) > 50
    shown.clear()
    for period in grid["period"]:
        run_backtest(bid, ask, Looks(period), backend=backend_name, **options)
    assert shown == together
    # A run of its own builds them, since its bars may have changed.
    assert built == ["M5", "H1"] * 5


def test_few_timeframes_are_kept_and_of_the_same_bars_alone() -> None:
    kept = multi_data.Built(most=2)
    sides, others = (tuple(side.to_candles("python") for side in wave(90, seed=36 + n))
                     for n in range(2))  # fmt: skip

    def candles(bars: Any, higher: str) -> Any:
        return kept.sides(bars, "M1", higher, "python")["bid"]

    first = candles(sides, "M5")
    assert candles(sides, "M5") is first
    assert candles(others, "M5") is not first
    first = candles(sides, "M5")
    candles(sides, "M10")
    assert candles(sides, "M5") is first
    candles(sides, "M15")
    candles(sides, "M10")
    assert candles(sides, "M5") is not first
    assert pickle.loads(pickle.dumps(kept)).sides(sides, "M1", "M5", "python")["bid"] is not first


def test_what_was_let_go_is_computed_anew(backend_name) -> None:
    engine = backends.load(backend_name)
    data = {"M1": {"bid": wave(200, seed=34)[0].to_candles(backend_name)}}
    before = engine.IndicatorCache(data).atr("M1", "bid")
    assert np.shares_memory(engine.IndicatorCache(data).atr("M1", "bid"), before)
    engine.release_memory()
    after = engine.IndicatorCache(data).atr("M1", "bid")
    assert not np.shares_memory(after, before)
    assert after.tobytes() == before.tobytes()


@pytest.mark.parametrize("column", ["high", "low", "close"])
def test_a_hash_is_remembered_only_where_nobody_can_write(backend_name: str, column: str) -> None:
    engine = backends.load(backend_name)
    own = {name: np.linspace(1.0, 2.0, 50) for name in ("open", "high", "low", "close")}
    times = np.arange(50) * 60_000_000

    def kept(fixed: tuple[str, ...]) -> tuple[float, float]:
        arrays = {name: array.copy() for name, array in own.items()}
        for name in fixed:
            arrays[name].flags.writeable = False
        bars = engine.Candles(times, *arrays.values())
        data = {"M1": {"bid": bars}}
        first = float(engine.IndicatorCache(data).atr("M1", "bid", 5)[-1])
        arrays[column].flags.writeable = True
        arrays[column][45] += 0.5
        return first, float(engine.IndicatorCache(data).atr("M1", "bid", 5)[-1])

    # One column that can be written to is enough to look at all of them again.
    before, after = kept(tuple(name for name in own if name != column))
    assert before != after


def test_settings_that_are_equal_and_not_the_same_are_refused_all_the_same(backend_name) -> None:
    engine = backends.load(backend_name)
    bars = wave(40, seed=33)[0].to_candles(backend_name)
    data = {"M1": {"bid": bars}}
    engine.IndicatorCache(data).sma("M1", "bid", 1)
    for period in (True, 1.0, "1"):
        with pytest.raises(FillproofError, match="a whole number >= 1"):
            engine.IndicatorCache(data).sma("M1", "bid", period)


@pytest.mark.parametrize("name", ["python", "cython"])
def test_memory_of_results_is_bounded(name: str) -> None:
    package = "pyengine" if name == "python" else "pyengine._compiled"
    shared = importlib.import_module(f"{package}.indicators.shared")
    size = 800 + shared.ENTRY
    kept = shared.Shared(3 * size)
    made: list[str] = []

    def ask(key: str) -> float:
        def make() -> tuple[np.ndarray, ...]:
            made.append(key)
            return (np.full(100, float(ord(key))),)

        return float(kept.result(key, make)[0][0])

    assert [ask(key) for key in "abcacb"] == [97, 98, 99, 97, 99, 98]
    assert made == ["a", "b", "c"]
    # a has waited longest now.
    assert [ask(key) for key in "dcba"] == [100, 99, 98, 97]
    assert made == ["a", "b", "c", "d", "a"]
    assert kept.result("large", lambda: (np.zeros(1000),))[0].size == 1000
    assert ask("d") == 100
    assert made[-1] == "d"
