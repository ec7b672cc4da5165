"""Sweeps and walk-forward with lower candles: the rows of single runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fillproof import data, run_backtest, sweep, walk_forward
from fillproof.errors import CandleError, ConfigError
from fillproof.timeframes import resample

MINUTE = 60_000_000
PRICES = ("open", "high", "low", "close")


@pytest.fixture(scope="module")
def hours() -> tuple[Any, ...]:
    """Bars of four hours, with those of one hour in them."""
    lower = data.eurusd_h1_2017()
    bid, ask = lower.bid[:2000], lower.ask[:2000]
    return *resample(bid, ask, "H1", "H4"), {"bid": bid, "ask": ask}


GRID = {"fast": [3, 5], "slow": [12], "stop_pips": [8.0], "target_pips": [12.0]}


def test_a_sweep_gives_the_rows_of_single_runs(backend, backend_name, hours) -> None:
    bid, ask, lower = hours
    most = {"policy.max_positions": [1, None], "policy.intrabar": ["drilldown", "worst"]}
    options = {"symbol": "EURUSD", "backend": backend_name, "sizing": backend.FixedLots(0.1)}
    table = sweep(
        bid, ask, "ema-cross", grid={**GRID, **most}, lower_candles=lower, digests=True, **options
    ).table
    digests = []
    for row in table.to_pylist():
        policy = backend.ExecutionPolicy(
            max_positions=row["policy.max_positions"], intrabar=row["policy.intrabar"]
        )
        strategy = backend.EmaCross("H4", row["fast"], row["slow"], stop_pips=8.0, target_pips=12.0)
        asked = lower if policy.intrabar == "drilldown" else None
        single = run_backtest(bid, ask, strategy, policy=policy, lower_candles=asked, **options)
        assert (row["digest"], row["equity"]) == (single.digest, single.exact["equity"])
        digests.append(row["digest"])
    # The lower bars say something else than the worst in each of them.
    assert all(one != other for one, other in zip(digests[::2], digests[1::2], strict=True))


def test_a_sweep_in_processes_and_one_that_goes_on(
    backend, backend_name, hours, tmp_path: Path
) -> None:
    bid, ask, lower = hours
    options = {
        "symbol": "EURUSD", "backend": backend_name, "grid": GRID, "digests": True,
        "policy": backend.ExecutionPolicy(intrabar="drilldown"),
        # With a manager beside it, Rust leaves a strategy to processes, too.
        "position_manager": backend.PositionManager(max_holding_bars=9),
    }  # fmt: skip
    alone = sweep(bid, ask, "ema-cross", lower_candles=lower, **options)
    assert alone == sweep(bid, ask, "ema-cross", lower_candles=lower, workers=2, **options)
    out = tmp_path / "rows"
    assert sweep(bid, ask, "ema-cross", lower_candles=lower, out=out, **options) == alone
    other = {side: candles[:1500] for side, candles in lower.items()}
    with pytest.raises(ConfigError) as raised:
        sweep(bid, ask, "ema-cross", lower_candles=other, out=out, **options)
    assert raised.value.code == "OPTION_UNKNOWN"


def test_what_a_sweep_refuses_of_lower_bars(backend, backend_name, hours) -> None:
    bid, ask, lower = hours
    options = {
        "symbol": "EURUSD", "backend": backend_name, "grid": GRID,
        "policy": backend.ExecutionPolicy(intrabar="drilldown"),
    }  # fmt: skip
    late = {
        side: data.CandleTable(table.time_us + MINUTE, *(getattr(table, name) for name in PRICES))
        for side, table in lower.items()
    }
    refused = {"LOWER_REQUIRED": [None, {}, {"bid": lower["bid"]}], "LOWER_TIMES": [late]}
    for code, given in refused.items():
        for one in given:
            with pytest.raises((CandleError, ConfigError)) as raised:
                sweep(bid, ask, "ema-cross", lower_candles=one, **options)
            assert raised.value.code == code
    options["policy"] = backend.ExecutionPolicy()
    with pytest.raises(ConfigError) as raised:
        sweep(bid, ask, "ema-cross", lower_candles=lower, **options)
    assert raised.value.code == "LOWER_UNUSED"


def test_walk_forward_runs_each_window_with_them(backend, backend_name, hours) -> None:
    bid, ask, lower = hours
    options = {
        "symbol": "EURUSD", "backend": backend_name, "lower_candles": lower,
        "policy": backend.ExecutionPolicy(intrabar="drilldown"),
    }  # fmt: skip
    result = walk_forward(bid, ask, "ema-cross", grid=GRID, train=200, test=100, **options)
    for row, run in zip(result.table.to_pylist(), result.runs, strict=True):
        strategy = backend.EmaCross("H4", row["fast"], row["slow"], stop_pips=8.0, target_pips=12.0)
        end = bid.time_us.tolist().index(int(row["test_last"].timestamp() * 1e6)) + 1
        single = run_backtest(bid[:end], ask[:end], strategy, start=row["test_start"], **options)
        assert run == single
    assert any("lower bars decided" in note for run in result.runs for note in run.notes)
