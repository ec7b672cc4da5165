"""Walk-forward: what is chosen and tried in each window, and what neither of them sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fillproof import run_backtest, sweep, walk_forward
from fillproof.errors import ConfigError
from fillproof.sweeps.windows import windows

from .helpers import moment, wave

BARS = wave(300)
GRID = {"fast": [2, 3], "slow": [7, 12], "stop_pips": [4.0]}
OPTIONS: dict[str, Any] = {"symbol": "EURUSD", "grid": GRID}


def test_windows() -> None:
    assert [tuple(window) for window in windows(100, 40, 20)] == [
        (0, 40, 60), (20, 60, 80), (40, 80, 100),
    ]  # fmt: skip
    assert [tuple(window) for window in windows(95, 40, 20, 30)] == [(0, 40, 60), (30, 70, 90)]
    assert [tuple(window) for window in windows(70, 40, 20, anchored=True)] == [
        (0, 40, 60), (0, 60, 70),
    ]  # fmt: skip
    assert list(windows(40, 40, 20)) == []


@pytest.mark.parametrize("anchored", [False, True])
def test_each_window_by_hand(backend: Any, backend_name: str, anchored: bool) -> None:
    result = walk_forward(
        *BARS, "ema-cross", train=120, test=60, anchored=anchored, backend=backend_name, **OPTIONS
    )
    rows = result.table.to_pylist()
    assert [row["test_start"] for row in rows] == [moment(120), moment(180), moment(240)]
    bid, ask = BARS
    for row, run in zip(rows, result.runs, strict=True):
        begin = (row["test_start"] - moment(0)) // timedelta(minutes=1)
        train = 0 if anchored else begin - 120
        assert row["train_start"] == moment(train)
        chosen = sweep(
            bid[:begin], ask[:begin], "ema-cross", start=moment(train), backend=backend_name,
            **OPTIONS,
        ).best()  # fmt: skip
        parameters = {name: row[name] for name in GRID}
        assert parameters == {name: chosen[name] for name in GRID}
        assert row["train: equity"] == chosen["equity"]
        strategy = backend.EmaCross("M1", row["fast"], row["slow"], stop_pips=4.0)
        single = run_backtest(
            bid[: begin + 60], ask[: begin + 60], strategy, symbol="EURUSD", backend=backend_name,
            start=moment(begin),
        )  # fmt: skip
        assert run == single
        assert row["test: equity"] == single.exact["equity"]
        assert row["test: Total Trades"] == single.summary["Total Trades"]


def test_what_comes_later_changes_nothing(backend_name: str) -> None:
    options = {"train": 100, "test": 50, "backend": backend_name, **OPTIONS}
    bid, ask = BARS
    whole = walk_forward(bid, ask, "ema-cross", **options)
    part = walk_forward(bid[:200], ask[:200], "ema-cross", **options)
    assert part.table.equals(whole.table.slice(0, 2))


def test_every_backend_alike(backends: dict[str, Any]) -> None:
    made = [
        walk_forward(
            *BARS, "ema-cross", train=timedelta(hours=2), test=timedelta(minutes=40),
            by="max_drawdown", smallest=True, backend=name, **OPTIONS,
        )
        for name in backends
    ]  # fmt: skip
    assert all(one.table.equals(made[0].table) for one in made)
    assert all(one.equity.equals(made[0].equity) for one in made)
    assert made[0].config["windows"] == {"train": 120, "test": 40, "step": 40}


def test_equity_joins_the_tests(backend_name: str) -> None:
    result = walk_forward(
        *BARS, "ema-cross", train=100, test=60, initial_balance=5000.0, backend=backend_name,
        **OPTIONS,
    )  # fmt: skip
    equity = result.equity
    assert equity.num_rows == 200
    gains = sum(run.exact["equity"] - 5000.0 for run in result.runs)
    assert equity["equity"].to_pylist()[-1] == pytest.approx(5000.0 + gains)
    assert equity["window"].to_pylist()[59:61] == [0, 1]
    assert min(equity["drawdown"].to_pylist()) == 0.0
    overlapping = walk_forward(
        *BARS, "ema-cross", train=100, test=60, step=30, backend=backend_name, **OPTIONS
    )
    times = overlapping.equity["time_us"].to_pylist()
    assert times == sorted(set(times))


def test_progress_and_refusals(backend_name: str) -> None:
    told: list[tuple[int, int]] = []
    walk_forward(
        *BARS, "ema-cross", train=100, test=100, backend=backend_name,
        on_progress=lambda *count: told.append(count), **OPTIONS,
    )  # fmt: skip
    assert told == [(1, 2), (2, 2)]
    for wrong in ({"train": 300}, {"train": 0}, {"test": 1.5}, {"step": True}, {"by": "profit"}):
        with pytest.raises(ConfigError) as caught:
            walk_forward(
                *BARS, "ema-cross", backend=backend_name,
                **{"train": 100, "test": 100, **wrong}, **OPTIONS,
            )  # fmt: skip
        assert caught.value.code == "OPTION_UNKNOWN"
