"""The rows of a sweep: those of single runs, the same on every backend."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fillproof import data, run_backtest, sweep
from fillproof.errors import CandleError, ConfigError
from fillproof.expressions import Plan, ema, param, pips
from fillproof.sweeps import Grid
from fillproof.sweeps.work import EXACT, FIGURES

from .helpers import moment, wave

BARS = wave(200)


def row_of(result: Any) -> dict[str, Any]:
    return {**result.exact, **result.summary}


def numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in (*EXACT, *FIGURES)}


@st.composite
def jobs(draw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw a grid and options, of which some can share orders between runs and others cannot."""
    grid: dict[str, Any] = {
        "fast": draw(st.lists(st.integers(1, 9), min_size=1, max_size=2, unique=True)),
        "slow": draw(st.lists(st.integers(3, 40), min_size=1, max_size=1)),
        "stop_pips": draw(st.sampled_from([[0.5], [6.0], [9.0]])),
    }
    more = {
        "policy.max_positions": st.sampled_from([[1], [None, 1], [3]]),
        "policy.intrabar": st.sampled_from([["worst", "best"], ["ohlc"]]),
        "policy.market_fill": st.sampled_from([["close"], ["next_open"]]),
        "slippage_model.fixed_pips": st.sampled_from([[0.0, 0.3]]),
        "slippage_model.random_pips": st.sampled_from([[0.4]]),
        "fee_model.per_lot": st.sampled_from([[0.0, 4.0]]),
        "sizing.fraction": st.sampled_from([[0.01]]),
        "sizing.lots": st.sampled_from([[0.1]]),
    }
    for name in draw(st.lists(st.sampled_from(sorted(more)), max_size=2, unique=True)):
        if not (name.startswith("sizing") and any(key.startswith("sizing") for key in grid)):
            grid[name] = draw(more[name])
    start = draw(st.sampled_from([None, moment(50)]))
    return grid, {"start": start, "digests": draw(st.booleans())}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(job=jobs())
def test_every_backend_gives_the_rows_of_single_runs(
    backends: dict[str, ModuleType], job: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    grid, options = job
    tables = {
        name: sweep(*BARS, "ema-cross", symbol="EURUSD", grid=grid, backend=name, **options).table
        for name in backends
    }
    first = next(iter(tables.values()))
    assert first.num_rows == len(Grid(grid))
    assert all(table.equals(first) for table in tables.values())


@pytest.mark.parametrize("most", [None, 1, 2])
def test_a_row_is_the_summary_of_a_run(backend: ModuleType, backend_name: str, most: Any) -> None:
    policy = backend.ExecutionPolicy(max_positions=most, close_at_end=True)
    options = {
        "symbol": "EURUSD", "backend": backend_name, "policy": policy,
        "fee_model": backend.FeeModel(per_lot=3.0), "sizing": backend.FixedLots(0.2),
    }  # fmt: skip
    table = sweep(
        *BARS, "ema-cross", grid={"fast": [3, 5], "slow": [8, 13]}, digests=True, **options
    ).table
    for row in table.to_pylist():
        strategy = backend.EmaCross("M1", row["fast"], row["slow"])
        result = run_backtest(*BARS, strategy, **options)
        assert numbers(row) == row_of(result)
        assert row["digest"] == result.digest
        assert row["Total Trades"] > 0


def test_other_built_in_strategies(backends: dict[str, ModuleType]) -> None:
    grids = {
        "zscore": {"window": [10, 20], "entry": [1.0, 1.5]},
        "breakout": {"length": [5, 10], "stop": [4.0], "unit": ["pips", "atr"]},
        "ema-atr": {"fast": [3, 4], "period": [5]},
    }
    for name, grid in grids.items():
        made = [
            sweep(*BARS, name, symbol="EURUSD", grid=grid, backend=backend) for backend in backends
        ]
        assert all(result == made[0] for result in made)
        assert max(made[0].table["Total Trades"].to_pylist()) > 0


class EveryTenth:
    """A strategy of the user's own."""

    def __init__(self, every: int = 10, pips: float = 5.0) -> None:
        self.every = every
        self.pips = pips

    def on_data(self, slice_map: Any) -> Any:
        (view,) = slice_map.values()
        if view.index % self.every:
            return None
        close = view.latest("M1", "ask").close
        distance = self.pips * 0.0001
        return {
            "direction": "buy", "sl": close - distance, "tp": close + distance,
            "symbol": view.symbol,
        }  # fmt: skip


def test_strategies_of_ones_own(backends: dict[str, ModuleType]) -> None:
    grid = {"every": [7, 10], "pips": [4.0, 6.0]}
    made = [sweep(*BARS, EveryTenth, symbol="EURUSD", grid=grid, backend=name) for name in backends]
    assert all(result == made[0] for result in made)
    row = made[0].table.slice(3, 1).to_pylist()[0]
    single = run_backtest(*BARS, EveryTenth(10, 6.0), symbol="EURUSD", backend="python")
    assert numbers(row) == row_of(single)


def test_expressions(backends: dict[str, ModuleType]) -> None:
    fast, slow = ema(param("fast", 3)), ema(param("slow", 9))
    plan = Plan(
        long=fast.crosses_above(slow), short=fast.crosses_below(slow),
        stop=pips(param("stop", 4.0)), target=pips(6.0),
    )  # fmt: skip
    grid = {"fast": [2, 4], "slow": [9, 15], "stop": [3.0, 5.0]}
    made = [
        sweep(*BARS, plan, symbol="EURUSD", grid=grid, backend=name, digests=True)
        for name in backends
    ]
    assert all(result == made[0] for result in made)
    row = made[0].table.slice(5, 1).to_pylist()[0]
    for name, engine in backends.items():
        strategy = engine.ExpressionStrategy.of(plan)
        held = sweep(*BARS, strategy, symbol="EURUSD", grid=grid, backend=name, digests=True)
        assert held == made[0]
        bound = strategy.bind(**{key: row[key] for key in grid})
        single = run_backtest(*BARS, bound, symbol="EURUSD", backend=name)
        assert numbers(row) == row_of(single)
        assert row["digest"] == single.digest
        with pytest.raises(ConfigError) as caught:
            sweep(*BARS, plan, symbol="EURUSD", grid={"fats": [2]}, backend=name)
        assert caught.value.code == "OPTION_UNKNOWN"
    assert row["Total Trades"] > 0


def short_columns(engine: ModuleType, count: int) -> Any:
    return engine.ColumnStrategy(np.ones(count))


def test_signal_columns(backends: dict[str, ModuleType]) -> None:
    bid = BARS[0]

    def make(engine: ModuleType) -> Any:
        def columns(every: int, pips: float) -> Any:
            rows = np.arange(len(bid))
            direction = np.where(rows % every == 0, np.where(rows % 2, -1, 1), 0)
            away = direction * pips * 0.0001
            return engine.ColumnStrategy(
                direction, stop=bid.close - away - 0.0001, target=bid.close + away
            )

        return columns

    grid = {"every": [5, 9], "pips": [4.0, 7.0], "policy.max_positions": [1, None]}
    made = [
        sweep(*BARS, make(engine), symbol="EURUSD", grid=grid, backend=name, digests=True)
        for name, engine in backends.items()
    ]
    assert all(result == made[0] for result in made)
    assert min(made[0].table["Total Trades"].to_pylist()) > 0
    for name, engine in backends.items():
        with pytest.raises(CandleError) as caught:
            sweep(
                bid, bid, partial(short_columns, engine),
                symbol="EURUSD", grid={"count": [3]}, backend=name,
            )  # fmt: skip
        assert caught.value.code == "LENGTHS_DIFFER"


def test_in_processes(backend: ModuleType, backend_name: str) -> None:
    # With a manager beside it, Rust leaves a strategy to processes, too.
    manager = backend.PositionManager(max_holding_bars=5)
    options = {
        "symbol": "EURUSD", "grid": {"fast": [2, 3, 4]}, "backend": backend_name,
        "position_manager": manager,
    }  # fmt: skip
    told: list[tuple[int, int]] = []
    result = sweep(
        *BARS, "ema-cross", workers=2, on_progress=lambda *count: told.append(count), **options
    )
    assert result == sweep(*BARS, "ema-cross", **options)
    assert told[-1] == (3, 3)


def test_managers_and_timeframes(backends: dict[str, ModuleType]) -> None:
    made = []
    for name, engine in backends.items():
        manager = engine.PositionManager(max_holding_bars=5)
        options = {
            "symbol": "EURUSD", "backend": name, "position_manager": manager,
            "timeframes": ["M5"],
        }  # fmt: skip
        result = sweep(*BARS, "ema-cross", grid={"fast": [2, 3], "slow": [6]}, **options)
        assert manager.portfolio is None
        made.append(result)
    assert all(result == made[0] for result in made)
    higher = [
        sweep(
            *BARS, "ema-cross", symbol="EURUSD", backend=name, timeframes=["M5"],
            grid={"timeframe": ["M1", "M5"], "fast": [2], "slow": [5], "stop_pips": [3.0]},
        )
        for name in backends
    ]  # fmt: skip
    assert all(result == higher[0] for result in higher)
    first, second = higher[0].table["Total Trades"].to_pylist()
    assert first > second > 0


def test_templates_keep_what_does_not_vary(backends: dict[str, ModuleType]) -> None:
    rust = next(iter(backends.values()))
    grid = {"slow": [12, 20]}
    kept = sweep(
        *BARS, rust.EmaCross("M1", fast=4, stop_pips=3.0), symbol="EURUSD", grid=grid,
        backend="python",
    )  # fmt: skip
    full = sweep(
        *BARS, rust.EmaCross, symbol="EURUSD", backend="python",
        grid={"fast": [4], "slow": [12, 20], "stop_pips": [3.0]},
    )  # fmt: skip
    assert kept.table["equity"].equals(full.table["equity"])


def test_what_is_refused(backend_name: str) -> None:
    def run(strategy: Any, grid: Any, **options: Any) -> None:
        sweep(*BARS, strategy, symbol="EURUSD", grid=grid, backend=backend_name, **options)

    for strategy, grid in [
        ("ema", {"fast": [1]}),
        ("ema-cross", {}),
        ("ema-cross", {"fast": []}),
        ("ema-cross", {"fats": [3]}),
        ("ema-cross", {"fast": [object()]}),
        ("ema-cross", {"fast": [1, "one"]}),
        ("ema-cross", [{"fast": 1}, {"slow": 2}]),
        ("ema-cross", {"policy.intrabars": ["worst"]}),
        ("ema-cross", {"politics.intrabar": ["worst"]}),
        ("ema-cross", {"margin.leverage": [30.0]}),
        (None, {"fast": [1]}),
    ]:
        with pytest.raises(ConfigError) as caught:
            run(strategy, grid)
        assert caught.value.code == "OPTION_UNKNOWN"
    with pytest.raises(ConfigError):
        run("ema-cross", {"fast": [1]}, workers=0)


def test_the_first_failure_is_told_with_its_combination(backend_name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        sweep(
            *BARS, "ema-cross", symbol="EURUSD", grid={"fast": [3, 5, 0, -1]}, backend=backend_name
        )
    assert caught.value.code == "PERIOD_INVALID"
    assert any("combination 2" in note for note in caught.value.__notes__)


def test_a_run_that_fails(backend: ModuleType, backend_name: str) -> None:
    # A stop nearer than the spread, and sizes that need a specification.
    with pytest.raises(ConfigError) as caught:
        sweep(
            *BARS, "ema-cross", symbol="XYZ", backend=backend_name,
            grid={"sizing.lots": [0.1], "slippage_model.fixed_pips": [0.0, 0.2], "slow": [8]},
        )  # fmt: skip
    assert caught.value.code == "SPEC_REQUIRED"
    assert any("'slippage_model.fixed_pips': 0.2" in note for note in caught.value.__notes__)


def test_crossed_bars_are_told_of_once(backend_name: str) -> None:
    bid, ask = wave(60)
    with pytest.warns(UserWarning, match="crossed") as caught:
        sweep(ask, bid, "ema-cross", symbol="EURUSD", grid={"fast": [2, 3]}, backend=backend_name)
    assert len(caught) == 1


def test_the_grid() -> None:
    grid = Grid({"a": [1, 2.5], "b": ["x", None], "c": (True,)})
    assert list(grid) == [grid[place] for place in range(4)]
    assert grid[1] == {"a": 1, "b": None, "c": True}
    assert [str(kind) for kind in grid.types().values()] == ["double", "string", "bool"]
    listed = Grid(list(grid))
    assert list(listed) == list(grid)
    with pytest.raises(IndexError):
        grid[4]


def test_best(backend_name: str) -> None:
    pair = data.eurusd_h1_2017()
    result = sweep(
        pair.bid[:400], pair.ask[:400], "ema-cross", symbol="EURUSD", backend=backend_name,
        grid={"fast": [4, 6, 8], "slow": [20, 30]},
    )  # fmt: skip
    equity = result.table["equity"].to_pylist()
    assert result.best()["equity"] == max(equity)
    assert result.best("max_drawdown", smallest=True)["max_drawdown"] == min(
        result.table["max_drawdown"].to_pylist()
    )
    assert result.top(3)["equity"].to_pylist() == sorted(equity, reverse=True)[:3]
    with pytest.raises(ConfigError):
        result.best("profit")
    assert len(result.to_pandas()) == 6
