"""What a run leaves for later is there when asked for, in whatever order, and settings of the user
are asked each time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from .market import SYMBOL
from .test_jumps import HOUR_US, REFERENCES, START_US, no_jumps, seen

BARS = 400
HALF = BARS // 2


class Walk:
    """Bars of both sides and signals, more than there is room for."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        close = 110_000 + np.cumsum(random.integers(-12, 13, BARS))
        opened = np.concatenate([[110_000], close[:-1]])
        high = np.maximum(opened, close) + random.integers(0, 6, BARS)
        low = np.minimum(opened, close) - random.integers(0, 6, BARS)
        self.times = START_US + HOUR_US * np.arange(BARS)
        self.prices = [column / 1e5 for column in (opened, high, low, close)]
        self.direction = random.choice([1, -1], BARS) * (random.integers(0, 4, BARS) == 0)
        self.stop = self.prices[3] - self.direction * 20e-5
        self.target = self.prices[3] + self.direction * 25e-5


def run_half(
    backend: ModuleType, walk: Walk, executor: Any, portfolio: Any, first: int, until: int
) -> None:
    rows = slice(first, until)
    bid = backend.Candles(walk.times[rows], *(column[rows] for column in walk.prices))
    ask = backend.Candles(walk.times[rows], *(column[rows] + 3e-5 for column in walk.prices))
    strategy = backend.ColumnStrategy(
        walk.direction[rows], None, walk.stop[rows], walk.target[rows]
    )
    start = datetime.fromtimestamp(walk.times[first] / 1e6, UTC)
    backend.EventEngine(bid, ask, strategy, executor, portfolio, {}, SYMBOL, None, start).run()


def run(
    backend: ModuleType, between: Callable[[Any, Any], object], fee_model: Any = None
) -> tuple[Any, Any]:
    """Run two halves with one executor and look at it between them."""
    walk = Walk(5)
    portfolio = backend.Portfolio(1_000.0)
    executor = backend.ExecutionSimulator(
        portfolio,
        fee_model=backend.FeeModel(per_lot=7.0) if fee_model is None else fee_model,
        symbol_specs={SYMBOL: backend.SymbolSpec(SYMBOL, 0.0001, 5)},
        sizing=backend.FixedLots(0.1),
        policy=backend.ExecutionPolicy(max_positions=1),
    )
    for first, until in ((0, HALF), (HALF, BARS)):
        run_half(backend, walk, executor, portfolio, first, until)
        between(executor, portfolio)
    return executor, portfolio


LOOKS: dict[str, Callable[[Any, Any], object]] = {
    "nothing": lambda *_: None,
    "equity": lambda _, portfolio: portfolio.equity,
    "extremes": lambda _, portfolio: (portfolio.max_drawdown, portfolio.max_equity),
    "rows": lambda _, portfolio: portfolio.equity_columns(),
    "rejections": lambda executor, _: executor.rejected_signals,
    "positions": lambda executor, portfolio: (portfolio.open_positions, portfolio.fees_log),
}


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("look", LOOKS)
def test_looking_changes_nothing(
    name: str, look: str, backends: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = backends[name]
    found = run(backend, LOOKS[look])
    rejected = found[0].rejected_signals
    assert len(found[1].exits) > 10
    assert sum(rejection.rule == "S3.max_positions" for rejection in rejected) > 10
    monkeypatch.setattr(sys.modules[backend.EventEngine.__module__], "find_jumps", no_jumps)
    assert seen(*found) == seen(*run(backend, LOOKS["nothing"]))


@pytest.mark.parametrize("name", REFERENCES)
def test_the_last_row_of_a_run_can_be_written_again(
    name: str, backends: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = backends[name]
    walk = Walk(5)

    def rows() -> list[Any]:
        portfolio = backend.Portfolio(1_000.0)
        executor = backend.ExecutionSimulator(portfolio, sizing=backend.FixedLots(0.1))
        run_half(backend, walk, executor, portfolio, 0, HALF)
        before = portfolio.equity
        last = datetime.fromtimestamp(walk.times[HALF - 1] / 1e6, UTC)
        portfolio.register_fee(5.0, last, "other", None)
        portfolio.update(last)
        assert portfolio.equity == before - 5.0
        assert len(portfolio.equity_curve) == HALF
        return [portfolio.equity_curve, portfolio.max_drawdown, portfolio.max_drawdown_worst]

    found = rows()
    monkeypatch.setattr(sys.modules[backend.EventEngine.__module__], "find_jumps", no_jumps)
    assert found == rows()


class Rising:
    """A fee model of the user's own: each time that it is asked, a lot costs more."""

    per_million = percent = minimum = 0.0

    def __init__(self) -> None:
        self.asked = 0

    @property
    def per_lot(self) -> float:
        self.asked += 1
        return float(self.asked)


@pytest.mark.parametrize("name", REFERENCES)
def test_settings_of_the_user_are_asked_each_time(
    name: str, backends: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = backends[name]
    found = run(backend, LOOKS["nothing"], Rising())
    fees = [fee for _, _, fee, _ in found[1].fees_log]
    assert fees == sorted(set(fees))
    assert len(fees) > 20
    monkeypatch.setattr(sys.modules[backend.EventEngine.__module__], "find_jumps", no_jumps)
    assert seen(*found) == seen(*run(backend, LOOKS["nothing"], Rising()))


@pytest.mark.parametrize("name", REFERENCES)
def test_a_position_has_one_face_wherever_it_is_shown(
    name: str, backends: dict[str, ModuleType]
) -> None:
    executor, portfolio = run(backends[name], LOOKS["nothing"])
    shown = {position.order_id: position for position in portfolio.exits}
    assert shown.keys() > {1}
    for _, kind, _, position in portfolio.fees_log:
        if kind == "exit_fee":
            assert position is shown[position.order_id]
    for held, active in zip(portfolio.open_positions, executor.active_positions, strict=True):
        assert held is active
