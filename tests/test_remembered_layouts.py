"""Candles with holes are laid out once for the keys of a run; other keys and asks are another."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import numpy as np

from fillproof.conformance.bench.runs import digest_of, executor
from fillproof.lookups import CandleLookup, common_keys
from fillproof.tables import to_us

BARS = 900


def candles(engine: ModuleType, seed: int, above: float, missing: float) -> Any:
    """Candles of a walk so far above another, less some of them."""
    numbers = np.random.default_rng(seed)
    close = np.round(1.1 + np.cumsum(numbers.integers(-30, 31, BARS)) * 1e-5 + above, 5)
    reach = np.round(numbers.integers(1, 20, BARS) * 1e-5, 5)
    there = np.random.default_rng(seed + 50).random(BARS) >= missing
    times = np.arange(BARS) * 60_000_000
    columns = [times, close, close + reach, close - reach, close]
    return engine.Candles(*(np.ascontiguousarray(column[there]) for column in columns))


def market(engine: ModuleType) -> dict[str, dict[str, CandleLookup]]:
    """Three symbols: one whole, one with holes, and one whose sides have holes of their own."""
    missing = {"EURUSD": (0.0, 0.0), "GBPUSD": (0.1, 0.1), "AUDUSD": (0.2, 0.0)}
    return {
        symbol: {
            "bid": CandleLookup(candles(engine, seed, 0.0, bids)),
            "ask": CandleLookup(candles(engine, seed, 1e-4, asks)),
        }
        for seed, (symbol, (bids, asks)) in enumerate(missing.items())
    }


def digest(engine: ModuleType, lookups: Any, keys: Any) -> tuple[str, dict[str, int], int]:
    """Run columns that give a signal at every fifth key; also the holes and crossed bars told."""
    portfolio = engine.Portfolio(10_000.0)
    simulator = executor(engine, portfolio, list(lookups), {"max_positions_symbol": 1})
    rows = np.arange(len(keys))

    def columns(seed: int) -> Any:
        direction = np.where((rows + seed) % 5 == 0, np.where(rows % 2 == 0, 1, -1), 0)
        away = 0.0015 * direction
        level = 1.1 + 0.0 * rows
        return engine.ColumnStrategy(
            direction.astype(np.int8), stop=level - 20 * away, target=level + 20 * away
        )

    strategy = engine.CrossColumnStrategy(
        {symbol: columns(seed) for seed, symbol in enumerate(lookups)}
    )
    loop = engine.CrossSymbolEventEngine(
        lookups, keys, strategy, simulator, portfolio, "M1", None, None
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop.run()
    found = digest_of(simulator, portfolio, to_us(keys[0]))
    return found, dict(loop.holes), loop.crossed_bars


def test_a_layout_is_that_of_the_keys_and_the_asks(backend: ModuleType) -> None:
    kept = market(backend)
    keys = common_keys(kept)
    later, few = keys[100:], [key for key in keys if key.minute % 3 > 0]
    for given in (keys, later, few, keys, list(keys), few):
        found = digest(backend, kept, given)
        assert found == digest(backend, market(backend), given)
        assert digest(backend, kept, given) == found
        assert found[1]["EURUSD"] == 0
        assert found[1]["GBPUSD"] > 30
    # The asks of one are those of another now, and the names have changed places.
    mixed = {
        "GBPUSD": {"bid": kept["AUDUSD"]["bid"], "ask": kept["GBPUSD"]["ask"]},
        "AUDUSD": {"bid": kept["GBPUSD"]["bid"], "ask": kept["GBPUSD"]["ask"]},
        "EURUSD": kept["EURUSD"],
    }
    new = market(backend)
    fresh = {
        "GBPUSD": {"bid": new["AUDUSD"]["bid"], "ask": new["GBPUSD"]["ask"]},
        "AUDUSD": {"bid": market(backend)["GBPUSD"]["bid"], "ask": new["GBPUSD"]["ask"]},
        "EURUSD": new["EURUSD"],
    }
    found = digest(backend, mixed, keys)
    assert found == digest(backend, fresh, keys)
    assert found != digest(backend, kept, keys)
    assert found[2] > 0
