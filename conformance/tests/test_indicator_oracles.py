"""Indicators against pandas and TA-Lib, where the conventions agree."""

from __future__ import annotations

import functools
import hashlib
import math
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import pyengine

from .indicator_calls import CALLS, bits, cache, parts, walk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pd = pytest.importorskip("pandas", reason="pandas is not installed: pip install pandas")

RELATIVE = 1e-12
MILLION = 1_000_000
# Rust takes long columns in parts of 131,072 rows, each in stretches: two whole parts and a rest.
SEVERAL_PARTS = 300_000


def close_to(found: Any, expected: Any, scale: Any = None) -> None:
    """Ask for the same gaps, and for a difference within 1e-12 of the value or of a scale."""
    found, expected = np.asarray(found), np.asarray(expected, dtype="float64")
    assert (np.isnan(found) == np.isnan(expected)).all()
    there = ~np.isnan(found)
    size = np.abs(expected) if scale is None else np.broadcast_to(np.asarray(scale), found.shape)
    worst = np.abs(found - expected)[there] - (RELATIVE * size)[there]
    assert (worst <= 0.0).all(), np.max(worst)


def wilder(column: Any, period: int) -> Any:
    return column.ewm(alpha=1.0 / period, adjust=False).mean()


def true_range(high: Any, low: Any, close: Any) -> Any:
    before = close.shift()
    return pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)


def deviation(column: Any, window: int) -> np.ndarray:
    """Sample deviation window by window, in long doubles.

    pandas' own takes values in and out of a running sum, and is right to six digits on prices.
    """
    values = np.asarray(column).astype(np.longdouble)
    found = np.full(len(values), np.nan)
    every = np.lib.stride_tricks.sliding_window_view(values, window)
    for begin in range(0, len(every), 50_000):
        windows = every[begin : begin + 50_000]
        centred = windows - windows.mean(axis=1, keepdims=True)
        made = np.sqrt((centred**2).sum(axis=1) / (window - 1))
        found[begin + window - 1 :][: len(made)] = made
    return found


@pytest.fixture(scope="module", params=[0.0, 0.03])
def prices(request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    return walk(5000, 21, gaps=request.param)


def test_means_with_gaps(engine: ModuleType, prices: dict[str, np.ndarray]) -> None:
    x = pd.Series(prices["close"])
    mine = cache(engine, prices)
    for period in (1, 2, 10, 200):
        close_to(mine.ema("M1", "bid", period), x.ewm(span=period, adjust=False).mean())
        close_to(mine.sma("M1", "bid", period), x.rolling(period).mean())
    fast, slow = (x.ewm(span=n, adjust=False).mean() for n in (12, 26))
    line, signal = mine.macd("M1", "bid")
    close_to(line, fast - slow, 1.0)
    close_to(signal, (fast - slow).ewm(span=9, adjust=False).mean(), 1.0)


def test_changes_with_gaps(engine: ModuleType, prices: dict[str, np.ndarray]) -> None:
    x = pd.Series(prices["close"])
    mine = cache(engine, prices)
    close_to(mine.roc("M1", "bid", 9), (x - x.shift(9)) / x.shift(9) * 100.0, 1.0)
    change = x.diff()
    gain = wilder(change.where(change.isna() | (change > 0.0), 0.0), 14)
    loss = wilder((-change).where(change.isna() | (change < 0.0), 0.0), 14)
    close_to(mine.rsi("M1", "bid", 14), 100.0 - 100.0 / (1.0 + gain / loss))


def test_bands(engine: ModuleType) -> None:
    prices = walk(5000, 22)
    x = pd.Series(prices["close"])
    mine = cache(engine, prices)
    upper, mid, lower = mine.bollinger("M1", "bid", 20, 2.0)
    close_to(mid, x.rolling(20).mean())
    close_to(upper, x.rolling(20).mean() + 2.0 * deviation(x, 20))
    close_to(lower, x.rolling(20).mean() - 2.0 * deviation(x, 20))
    # pandas' own deviation agrees as far as it is good.
    spread = x.rolling(20).std()
    assert np.allclose((upper - mid)[19:], 2.0 * spread[19:], rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("source", ["rolling", "ema"])
def test_scores(engine: ModuleType, source: str) -> None:
    prices = walk(5000, 23)
    x = pd.Series(prices["close"])
    mine = cache(engine, prices)
    if source == "rolling":
        mean, window = x.rolling(50).mean(), 50
        found = mine.zscore("M1", "bid", 50)
    else:
        mean, window = x.ewm(span=30, adjust=False).mean(), 40
        found = mine.zscore("M1", "bid", 40, "ema", 30)
    # The mean is right to its last digit, and so is the distance: that is small beside it.
    spread = deviation(x - mean, window)
    close_to(found, (x - mean) / spread, 10.0 * x / spread)


def test_directions(engine: ModuleType) -> None:
    prices = walk(5000, 24)
    high, low, x = (pd.Series(prices[name]) for name in ("high", "low", "close"))
    mine = cache(engine, prices)
    up, down = high.diff(), -low.diff()
    ranges = wilder(true_range(high, low, x), 14)
    plus = 100.0 * wilder(up.where((up > down) & (up > 0.0), 0.0), 14) / ranges
    minus = 100.0 * wilder(down.where((down > up) & (down > 0.0), 0.0), 14) / ranges
    found = mine.dmi("M1", "bid", 14)
    close_to(found[0], plus)
    close_to(found[1], minus)
    close_to(found[2], wilder((plus - minus).abs() / (plus + minus) * 100.0, 14))


def test_choppiness(engine: ModuleType) -> None:
    prices = walk(5000, 25)
    high, low, x = (pd.Series(prices[name]) for name in ("high", "low", "close"))
    total = true_range(high, low, x).rolling(14).sum()
    height = high.rolling(14).max() - low.rolling(14).min()
    expected = 100.0 * np.log10(total / height) / math.log10(14.0)
    close_to(cache(engine, prices).choppiness("M1", "bid", 14), expected, 100.0)


def test_volatility_by_its_recursion(engine: ModuleType) -> None:
    prices = walk(2000, 26)
    x = prices["close"]
    r = np.concatenate(([np.nan], 100.0 * np.log(x[1:] / x[:-1])))
    v, e = [math.nan, 1e-6], 0.0
    for bar in range(2, len(x)):
        v.append(max(1e-6 * ((1.0 - 0.05) - 0.90) + 0.05 * e + 0.90 * v[-1], 1e-12))
        e = (r[bar] - r[1]) ** 2
    expected = np.sqrt(v) / 100.0
    expected[:51] = np.nan
    found = cache(engine, prices).garch_volatility("M1", "bid")
    close_to(found, expected)


def test_frames(engine: ModuleType) -> None:
    prices = walk(6, 2)
    mine = cache(engine, prices)
    frame = mine.get_df("M1", "bid")
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
    assert frame.index.name == "timestamp"
    assert frame.index[1] == pd.Timestamp("1970-01-01 00:01", tz="UTC")
    for name, column in prices.items():
        assert bits(frame[name]) == bits(column)
    closes = mine.get_closes("M1", "bid")
    assert closes.name == "close"
    assert bits(closes) == bits(prices["close"])
    frame.iloc[0, 0] = 9.0
    assert mine.get_df("M1", "bid").iloc[0, 0] != 9.0
    held = [None, engine.Candle(pd.Timestamp("2020-01-01", tz="UTC"), 1.0, 2.0, 0.5, 1.5, 7.0)]
    view = engine.SymbolDataSlice({"M1": {"bid": [*held, None]}}, "EURUSD")
    view.set_index(1)
    frame = view.indicators.get_df("M1", "bid")
    assert len(frame) == 2
    assert frame.index.isna().tolist() == [True, False]
    assert frame.iloc[1].tolist() == [1.0, 2.0, 0.5, 1.5, 7.0]
    assert len(view.indicators.get_closes("M1", "bid")) == 2


class TestTaLib:
    """TA-Lib begins its smoothed indicators otherwise: compared is what comes after a while."""

    @pytest.fixture(autouse=True)
    def ta_lib(self) -> None:
        self.talib = pytest.importorskip(
            "talib", reason="TA-Lib is not installed: pip install ta-lib"
        )

    @staticmethod
    def late(found: Any, expected: Any, begin: int) -> None:
        assert np.allclose(found[begin:], expected[begin:], rtol=1e-9, atol=1e-9)
        assert not np.isnan(found[begin:]).any()

    def test_where_all_bars_agree(self, engine: ModuleType) -> None:
        prices = walk(3000, 31)
        x = prices["close"]
        mine = cache(engine, prices)
        self.late(mine.sma("M1", "bid", 20), self.talib.SMA(x, 20), 19)
        self.late(mine.roc("M1", "bid", 10), self.talib.ROC(x, 10), 10)
        # TA-Lib divides by n.
        upper, mid, lower = self.talib.BBANDS(x, 20, 2.0, 2.0)
        found = mine.bollinger("M1", "bid", 20, 2.0 * math.sqrt(19.0 / 20.0))
        for ours, theirs in zip(found, (upper, mid, lower), strict=True):
            assert np.allclose(ours[19:], theirs[19:], rtol=1e-8)

    def test_where_only_the_beginning_differs(self, engine: ModuleType) -> None:
        prices = walk(3000, 32)
        high, low, x = (prices[name] for name in ("high", "low", "close"))
        mine = cache(engine, prices)
        self.late(mine.ema("M1", "bid", 20), self.talib.EMA(x, 20), 1000)
        self.late(mine.rsi("M1", "bid", 14), self.talib.RSI(x, 14), 1000)
        self.late(mine.atr("M1", "bid", 14), self.talib.ATR(high, low, x, 14), 1000)
        line, signal, _ = self.talib.MACD(x, 12, 26, 9)
        self.late(mine.macd("M1", "bid")[0], line, 1000)
        self.late(mine.macd("M1", "bid")[1], signal, 1000)
        found = mine.dmi("M1", "bid", 14)
        self.late(found[0], self.talib.PLUS_DI(high, low, x, 14), 1000)
        self.late(found[1], self.talib.MINUS_DI(high, low, x, 14), 1000)
        self.late(found[2], self.talib.ADX(high, low, x, 14), 1500)


@functools.cache
def of_the_reference() -> list[bytes]:
    """Digests of what the reference makes of many bars, computed once."""
    return digests(pyengine)


def digests(engine: ModuleType) -> list[bytes]:
    """Hash what an engine makes of so many bars that long columns fall into several parts."""
    mine = cache(engine, walk(SEVERAL_PARTS, 77))
    found = (getattr(mine, method)("M1", "bid", **named) for method, _, named in CALLS)
    return [hashlib.blake2b(bits(array)).digest() for arrays in found for array in parts(arrays)]


@functools.cache
def of_pandas() -> dict[str, np.ndarray]:
    """Means, bands and strengths of a million bars as pandas makes them, computed once."""
    x = pd.Series(walk(MILLION, 77)["close"])
    change = x.diff()
    gain, loss = wilder(change.clip(lower=0.0), 14), wilder((-change).clip(lower=0.0), 14)
    found = {
        "ema 50": x.ewm(span=50, adjust=False).mean(),
        "ema 2000": x.ewm(span=2000, adjust=False).mean(),
        "sma 20": x.rolling(20).mean(),
        "sma 2000": x.rolling(2000).mean(),
        "deviation 100": deviation(x, 100),
        "rsi 14": 100.0 - 100.0 / (1.0 + gain / loss),
    }
    return {name: np.asarray(column) for name, column in found.items()}


@pytest.mark.slow
def test_a_million_bars(engine: ModuleType) -> None:
    mine, expected = cache(engine, walk(MILLION, 77)), of_pandas()
    close_to(mine.ema("M1", "bid", 50), expected["ema 50"])
    close_to(mine.ema("M1", "bid", 2000), expected["ema 2000"])
    close_to(mine.sma("M1", "bid", 20), expected["sma 20"])
    close_to(mine.sma("M1", "bid", 2000), expected["sma 2000"])
    upper, mid, _ = mine.bollinger("M1", "bid", 100, 1.0)
    close_to(upper, mid + expected["deviation 100"])
    close_to(mine.rsi("M1", "bid", 14), expected["rsi 14"])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["cython", "rust"], indirect=True)
def test_many_bars_give_the_same_bits(engine: ModuleType) -> None:
    assert digests(engine) == of_the_reference()
