"""Candles of several symbols: one pass over columns counts what the checks one by one count."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fillproof.errors import FillproofError
from fillproof.lookups import CandleLookup

from .test_jumps import HOUR_US, REFERENCES, START_US

BARS = 30
TIMES = START_US + HOUR_US * np.arange(BARS)
KEYS = [datetime.fromtimestamp(time / 1e6, UTC) for time in TIMES.tolist()]


def laid_out(backend: ModuleType, keys_module: Any, seed: int, crossed: bool) -> Any:
    """Lay candles out that lack some bars, the ask below the bid in some."""
    random = np.random.default_rng(seed)
    close = 1.1 + np.cumsum(random.integers(-9, 10, BARS)) / 1e5
    spread = random.integers(-1 if crossed else 0, 4, BARS) / 1e5
    sides = {}
    for side, prices in (("bid", close), ("ask", close + spread)):
        there = np.flatnonzero(random.random(BARS) < 0.8)
        columns = (prices[there], prices[there] + 1e-4, prices[there] - 1e-4, prices[there])
        sides[side] = CandleLookup(backend.Candles(TIMES[there], *columns))
    return keys_module.lay_out({"A": sides}, KEYS)["A"]


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("seed", range(12))
def test_one_pass_counts_what_the_checks_count(
    name: str, seed: int, backends: dict[str, ModuleType]
) -> None:
    backend = backends[name]
    keys = sys.modules[backend.EventEngine.__module__.replace("event_engine", "keys")]
    sides = laid_out(backend, keys, seed, crossed=seed % 2 == 0)
    counted = keys.count_symbol(sides, TIMES.tolist())
    assert counted is not None
    assert counted == keys.check_symbol("A", sides, KEYS, False)
    assert counted[0] > 0
    assert (counted[1] > 0) == (counted[2] >= 0)
    # Where keys are no times, those of the candles are their own.
    assert keys.count_symbol(sides, None) == keys.check_symbol("A", sides, KEYS, True)


class Duck:
    """A candle of somebody else's."""

    def __init__(self, candle: Any) -> None:
        self.timestamp, self.open, self.high = candle.timestamp, candle.open, candle.high
        self.low, self.close = candle.low, candle.close


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("fault", ["price", "time", "duck"])
def test_what_the_pass_cannot_say_the_checks_say(
    name: str, fault: str, backends: dict[str, ModuleType]
) -> None:
    backend = backends[name]
    keys = sys.modules[backend.EventEngine.__module__.replace("event_engine", "keys")]
    sides = laid_out(backend, keys, 3, crossed=False)
    bar = next(n for n in range(5, BARS) if sides[0][n] is not None and sides[1][n] is not None)
    candle = sides[0][bar]
    if fault == "duck":
        sides[0][bar] = Duck(candle)
    elif fault == "price":
        sides[0][bar] = backend.Candle(candle.timestamp, 1.1, 1.0, 0.9, 1.0)
    else:
        sides[0][bar] = backend.Candle(KEYS[bar - 1], 1.1, 1.1, 1.1, 1.1)
    assert keys.count_symbol(sides, TIMES.tolist()) is None
    if fault == "duck":
        assert keys.check_symbol("A", sides, KEYS, False)[1] == 0
        return
    with pytest.raises(FillproofError) as raised:
        keys.check_symbol("A", sides, KEYS, False)
    assert raised.value.code == {"price": "HIGH_TOO_LOW", "time": "TIMES_DIFFER"}[fault]
    assert raised.value.bar == bar
