"""A month of recorded minutes, bid and ask: one digest on all backends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from fillproof import backends, run_backtest
from fillproof.data import CandleTable, read_csv
from fillproof.errors import CrossedBarsWarning

FOLDER = os.environ.get("FILLPROOF_REAL_DATA", "")
FILES = [Path(FOLDER, f"gbpusd-m1-2012-02-{side}.csv") for side in ("bid", "ask")]

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER, reason="FILLPROOF_REAL_DATA names no folder"),
    pytest.mark.skipif(
        bool(FOLDER) and not all(file.is_file() for file in FILES),
        reason="the folder of FILLPROOF_REAL_DATA holds no gbpusd-m1-2012-02",
    ),
]


@pytest.fixture(scope="module")
def month() -> tuple[CandleTable, CandleTable]:
    return read_csv(FILES[0]), read_csv(FILES[1])


def run(name: str, month: tuple[CandleTable, CandleTable]) -> Any:
    engine = backends.load(name)
    with pytest.warns(CrossedBarsWarning, match="1,?203"):
        return run_backtest(
            *month,
            engine.EmaCross("M1"),
            symbol="GBPUSD",
            slippage_model=engine.SlippageModel(0.1),
            fee_model=engine.FeeModel(per_million=30.0),
            backend=name,
        )


def test_one_digest_on_every_backend(month: tuple[CandleTable, CandleTable]) -> None:
    states = {name: backends.status(name) for name in backends.NAMES}
    usable = [name for name in backends.NAMES if states[name].ok]
    missing = [f"{name}: {found.detail}" for name, found in states.items() if not found.ok]
    if len(usable) < 2:
        pytest.skip(f"nothing to compare: {'; '.join(missing)}")
    results = {name: run(name, month) for name in usable}
    reference = results["python"]
    assert reference.equity.num_rows == 30_117
    assert reference.crossed_bars == 1_203
    assert reference.trades.num_rows > 500
    for name, result in results.items():
        assert result.digest == reference.digest, name
        assert result.crossed_bars == 1_203
        assert result.summary == reference.summary
        assert result.exact == reference.exact
