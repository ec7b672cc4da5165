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
            # Enough for the whole month: without equity nothing new is opened (S3.equity).
            portfolio=engine.Portfolio(1_000_000.0),
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


class Straddle:
    """Once an hour a stop order on each side of the range, one cancels the other."""

    def on_data(self, slice_map: Any) -> list[dict[str, Any]] | None:
        view = slice_map["GBPUSD"]
        if view.index % 60 or view.index < 60:
            return None
        bid, ask = (view.history("M1", side, 30) for side in ("bid", "ask"))
        high, low = max(bar.high for bar in ask), min(bar.low for bar in bid)
        options = {"oco": f"hour {view.index}", "max_bars": 45}
        return [
            {
                "direction": "buy", "type": "stop", "entry": high + 0.0002,
                "sl": low, "tp": high + 0.0030, "meta": options,
            },
            {
                "direction": "sell", "type": "stop", "entry": low - 0.0002,
                "sl": high, "tp": low - 0.0030, "meta": options,
            },
        ]  # fmt: skip


def straddle(name: str, month: tuple[CandleTable, CandleTable], preset: str) -> Any:
    engine = backends.load(name)
    policy = engine.ExecutionPolicy.parity()
    if preset == "canonical":
        policy = engine.ExecutionPolicy(intrabar="nearest_extreme", max_positions=6)
    manager = engine.PositionManager(
        break_even=engine.BreakEven(after_r=0.5, buffer_pips=0.5),
        trailing=engine.Trailing(atr=6.0),
        partials=[engine.Partial(0.5, after_r=1.0)],
        max_holding_minutes=600,
    )

    class Orders(Straddle):
        def on_data(self, slice_map: Any) -> list[dict[str, Any]] | None:
            signals = super().on_data(slice_map)
            if signals and preset == "parity":
                return [{**signal, "meta": {}} for signal in signals]
            return signals

    with pytest.warns(CrossedBarsWarning):
        return run_backtest(
            *(side[:12_000] for side in month),
            Orders(),
            symbol="GBPUSD",
            policy=policy,
            position_manager=manager,
            slippage_model=engine.SlippageModel(0.2),
            fee_model=engine.FeeModel(per_million=30.0),
            backend=name,
        )


@pytest.mark.parametrize("preset", ["canonical", "parity"])
def test_waiting_orders_and_a_manager(month: tuple[CandleTable, CandleTable], preset: str) -> None:
    usable = [name for name in backends.NAMES if backends.status(name).ok]
    results = {name: straddle(name, month, preset) for name in usable}
    reference = results["python"]
    reasons = set(reference.trades["reason"].to_pylist())
    # The preset calls every moved stop a break-even one.
    moved = "trailing_stop" if preset == "canonical" else "break_even_stop_loss"
    assert {moved, "partial_exit", "stop_loss"} <= reasons
    assert reference.trades.num_rows > 100
    for name, result in results.items():
        assert result.digest == reference.digest, name
        assert result.ambiguous.equals(reference.ambiguous)
