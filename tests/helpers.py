"""Candles and strategies that several test files share."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from fillproof.data import CandleTable, derive_ask, derive_bid

START_US = 1_577_836_800_000_000  # 2020-01-01T00:00:00Z
MINUTE_US = 60_000_000


def wave(bars: int = 400, *, seed: int = 7) -> tuple[CandleTable, CandleTable]:
    """Make bid and ask of a random walk in ticks, with consistent bars."""
    random = np.random.default_rng(seed)
    close = 110_000 + np.cumsum(random.integers(-12, 13, bars))
    opened = np.concatenate([[110_000], close[:-1]])
    high = np.maximum(opened, close) + random.integers(0, 6, bars)
    low = np.minimum(opened, close) - random.integers(0, 6, bars)
    time_us = START_US + MINUTE_US * np.arange(bars)
    ask = CandleTable(time_us, opened / 1e5, high / 1e5, low / 1e5, close / 1e5)
    return derive_bid(ask, 0.8, 0.0001, 5), ask


def quoted(*bars: tuple[float, float, float, float]) -> tuple[CandleTable, CandleTable]:
    """Make M1 bars of the bid's open, high, low, close; the ask is 2 pips above in every bar."""
    time_us = START_US + MINUTE_US * np.arange(len(bars))
    bid = CandleTable(time_us, *np.array(bars).T)
    return bid, derive_ask(bid, 2.0, 0.0001, 5)


class Script:
    """A strategy of `on_data`: raw signals by the index of their bar."""

    def __init__(self, **signals: Any) -> None:
        self.signals = {int(name.removeprefix("bar")): raw for name, raw in signals.items()}

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        return self.signals.get(view.index)


def moment(minutes: int) -> datetime:
    return datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)


#: Put before other code, it makes modules unknown.
BLOCK = (
    "import sys, importlib.abc\n"
    "class Block(importlib.abc.MetaPathFinder):\n"
    "    def find_spec(self, name, path=None, target=None):\n"
    "        if name in {blocked!r}: raise ModuleNotFoundError(name, name=name)\n"
    "sys.meta_path.insert(0, Block())\n"
)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, with no backend asked for unless named."""
    kept = {key: value for key, value in os.environ.items() if key != "FILLPROOF_BACKEND"}
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**kept, **environment},
    )


class EveryTenth:
    """A strategy of `on_data`: long on every tenth bar, as a raw dict."""

    def on_data(self, slice_map: Any) -> Any:
        view = slice_map["EURUSD"]
        if view.index % 10:
            return None
        bid, ask = view.latest("M1", "bid"), view.latest("M1", "ask")
        return {"direction": "buy", "sl": bid.close - 0.0005, "tp": ask.close + 0.0005}
