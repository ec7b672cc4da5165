"""Large sweeps: flat memory, and the simulation of what much larger ones wait for."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from .helpers import python

SWEEP = """
import resource, sys
from pathlib import Path
import numpy as np
from fillproof import sweep
from fillproof.data import CandleTable, derive_ask

count, out = int(sys.argv[1]), sys.argv[2]
random = np.random.default_rng(3)
close = 110_000 + np.cumsum(random.integers(-12, 13, 120))
opened = np.concatenate([[110_000], close[:-1]])
high, low = np.maximum(opened, close), np.minimum(opened, close)
time_us = 1_577_836_800_000_000 + 60_000_000 * np.arange(120)
bid = CandleTable(time_us, opened / 1e5, high / 1e5, low / 1e5, close / 1e5)
result = sweep(
    bid, derive_ask(bid, 0.8, 0.0001, 5), "ema-cross", symbol="EURUSD", backend="rust", out=out,
    grid={
        "fast": range(2, 12), "slow": range(20, 30),
        "stop_pips": [5.0 + k / 8 for k in range(count // 100)],
    },
    workers=2,
)
assert len(result) == count, len(result)
assert "table" not in result.__dict__
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def peak(count: int, folder: Path) -> float:
    """Return the largest memory of a sweep in a process of its own, in MB."""
    code = SWEEP.replace("sys.argv[1]", repr(str(count))).replace(
        "sys.argv[2]", repr(str(folder / str(count)))
    )
    done = python(code)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_memory_does_not_grow_with_the_rows(backends: dict[str, Any], tmp_path: Path) -> None:
    if "rust" not in backends:
        pytest.skip("rust is not in FILLPROOF_TEST_BACKENDS")
    peak(100, tmp_path)
    few, many = peak(1_000, tmp_path), peak(40_000, tmp_path)
    # 40,000 rows of 260 bytes are 10 MB; a batch or two of them are there at a time.
    assert many - few < 40.0, (few, many)


@pytest.fixture(scope="module")
def scale() -> Any:
    path = Path(__file__).resolve().parent.parent / "benchmarks" / "sweep_at_scale.py"
    spec = importlib.util.spec_from_file_location("sweep_at_scale", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_simulation_agrees_with_what_can_be_counted(scale: Any) -> None:
    none = {
        "chunk": 0.0, "message": 0.0, "row_bytes": 0.0, "row_client": 0.0, "candles": 0.0,
        "failures": 0.0,
    }  # fmt: skip
    costs = scale.Costs(run=1e-3, **none)
    made = scale.simulate(costs, 40_000, 2, 4, 100)
    assert made.seconds == pytest.approx(40_000 * 1e-3 / 8)
    assert made.limit == "workers"
    slow = scale.Costs(run=1e-6, **{**none, "message": 1e-2})
    made = scale.simulate(slow, 1_000, 2, 4, 1)
    assert made.seconds == pytest.approx(1_000 * 1e-2, rel=0.01)
    assert made.limit == "scheduler"
    client = scale.Costs(run=1e-6, **{**none, "row_client": 1e-3})
    made = scale.simulate(client, 10_000, 2, 4, 100)
    assert made.seconds == pytest.approx(10_000 * 1e-3, rel=0.01)
    assert made.limit == "client"
    assert scale.simulate(client, 10_000, 2, 4, 100, rows_to_client=False).seconds < 2.0


def test_what_is_left_out_of_the_simulation_goes_on_as_before(
    scale: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = scale.Costs()
    whole = scale.simulate(costs, 4e6, 20, 8, 100)
    monkeypatch.setattr(scale, "SIMULATED", 10_000)
    assert scale.simulate(costs, 4e6, 20, 8, 100).seconds == pytest.approx(whole.seconds, rel=0.02)


def test_failures_cost_time(scale: Any) -> None:
    often = scale.Costs(failures=1 / 3600)
    calm, bad = (scale.simulate(costs, 1e8, 50, 8, 4096) for costs in (scale.Costs(), often))
    assert bad.seconds > calm.seconds
    assert bad.lost_runs > calm.lost_runs
