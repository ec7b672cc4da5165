"""The loops are O(n): calls, reads of candles and lines double when the bars do.

Calls of foreign parts and reads of foreign candles are counted on every backend, lines of the
interpreted reference.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import pyengine

from .counting import lines
from .growth import assert_linear

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
SYMBOL = "EURUSD"


class Counting:
    """A candle of the user's own that counts how often its attributes are read."""

    def __init__(self, minute: int, shift: float, reads: Counter[str]) -> None:
        price = 1.1 + shift
        self._values = {
            "timestamp": BEGIN + timedelta(minutes=minute), "open": price, "high": price + 1e-4,
            "low": price - 1e-4, "close": price, "volume": 0.0,
        }  # fmt: skip
        self._reads = reads

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__["_values"]
        if name not in values:
            raise AttributeError(name)
        self._reads[name] += 1
        return values[name]


class Noted:
    """Foreign executor and portfolio; every call is counted."""

    def __init__(self, calls: Counter[str], active: int) -> None:
        self.calls = calls
        held = SimpleNamespace(symbol=SYMBOL, status="open")
        self.active_positions = (held,) * active

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in {"policy", "attach_tracer", "use_ordinals"}:
            raise AttributeError(name)
        calls = self.__dict__["calls"]

        def call(*_: Any, **__: Any) -> Any:
            calls[name] += 1
            return []

        return call


def run(engine: Any, bars: int, active: int, several: bool) -> tuple[Counter[str], Counter[str]]:
    """Run foreign parts over foreign candles; return calls, and reads of candles."""
    calls, reads = Counter[str](), Counter[str]()
    bid, ask = ([Counting(bar, shift, reads) for bar in range(bars)] for shift in (0.0, 1e-4))
    parts = Noted(calls, active)
    strategy = SimpleNamespace(
        evaluate=lambda *_: calls.update(["evaluate"]) or [1, 2],
        position_manager=SimpleNamespace(
            portfolio=True, manage_positions=lambda **_: calls.update(["manage_positions"])
        ),
    )

    def progress(current: int, total: int) -> None:
        calls["progress"] += 1

    if several:
        keys = [BEGIN + timedelta(minutes=bar) for bar in range(bars)]
        sides = {side: dict(zip(keys, c, strict=True)) for side, c in (("bid", bid), ("ask", ask))}
        engine.CrossSymbolEventEngine(
            {SYMBOL: sides, "GBPUSD": sides}, keys, strategy, parts, parts, "M1", progress
        ).run()
    else:
        data = {"M1": {"bid": bid, "ask": ask}}
        engine.EventEngine(
            bid, ask, strategy, parts, parts, data, SYMBOL, progress, BEGIN
        ).run()  # fmt: skip
    return calls, reads


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_calls_of_a_loop_double_with_its_bars(engine: Any, several: bool) -> None:
    few, many = (run(engine, bars, 3, several)[0] for bars in (100, 200))
    # Lower bars are held against those of the run once for each symbol, however many there are.
    checks = [calls.pop("check_lower_candles") for calls in (few, many)]
    assert checks == ([2, 2] if several else [1, 1])
    assert few["evaluate"] == few["progress"] == few["update"] == 100
    assert few["process_signal"] == 200
    assert {name: 2 * count for name, count in few.items()} == dict(many)
    # As many calls, whatever is active: the loop hands over, and does not go through it.
    assert run(engine, 100, 300, several)[0] == few | {"check_lower_candles": checks[0]}


@pytest.mark.parametrize("several", [False, True], ids=["one", "several"])
def test_reads_of_candles_double_with_the_bars(engine: Any, several: bool) -> None:
    few, many = (run(engine, bars, 3, several)[1] for bars in (100, 200))
    assert {"timestamp", "open", "high", "low", "close"} <= few.keys()
    symbols = 2 if several else 1
    for name, count in few.items():
        # A few reads a bar and side, among them those of the checks; a few more for the run.
        assert count <= 200 * symbols * 6 + 20, (name, count)
        assert abs(many[name] - 2 * count) <= 20, (name, count, many[name])


def test_lines_of_the_loop_double_with_its_bars() -> None:
    strategy = SimpleNamespace(evaluate=lambda *_: None)

    def whole(bars: int) -> int:
        sides = [pyengine.Candles(*_columns(bars, shift)) for shift in (0.0, 1e-4)]
        portfolio = pyengine.Portfolio()
        executor = pyengine.ExecutionSimulator(portfolio, sizing=pyengine.FixedLots(0.1))
        data = {"M1": dict(zip(("bid", "ask"), sides, strict=True))}
        loop = pyengine.EventEngine(
            *sides, strategy, executor, portfolio, data, SYMBOL, None, BEGIN
        )
        return lines(loop.run)

    assert_linear(whole)


def _columns(bars: int, shift: float) -> tuple[Any, ...]:
    begin = int(BEGIN.timestamp()) * 1_000_000
    price = [1.1 + shift] * bars
    return [begin + 60_000_000 * bar for bar in range(bars)], price, price, price, price
