"""Ten-second bars of two pairs with gaps of their own: one digest on all backends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from fillproof import backends, run_cross_backtest
from fillproof.data import CandleTable, read_csv

FOLDER = os.environ.get("FILLPROOF_REAL_DATA", "")
PAIRS = ("EURUSD", "USDJPY")
FILES = {
    symbol: [Path(FOLDER, f"{symbol.lower()}-s10-2019-01-{side}.csv") for side in ("bid", "ask")]
    for symbol in PAIRS
}

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER, reason="FILLPROOF_REAL_DATA names no folder"),
    pytest.mark.skipif(
        bool(FOLDER) and not all(file.is_file() for both in FILES.values() for file in both),
        reason="the folder of FILLPROOF_REAL_DATA holds no ten-second pairs",
    ),
]


class Momentum:
    """Every minute, in both pairs at once: with the last minute, some by stop orders in a group."""

    def on_data(self, market: Any) -> list[dict[str, Any]] | None:
        if market.index % 6:
            return None
        signals: list[dict[str, Any]] = []
        for symbol, view in market.items():
            last = view.history(length=7)
            if len(last) < 7 or not market.is_covered(symbol):
                continue
            rising = last[-1].close > last[0].close
            sign, price = (1, view.ask.close) if rising else (-1, view.bid.close)
            pip = 0.01 if symbol.endswith("JPY") else 0.0001
            entry = price + sign * pip if market.index % 12 else None
            around = price if entry is None else entry
            signals.append(
                {
                    "symbol": symbol,
                    "direction": "buy" if rising else "sell",
                    "type": "market" if entry is None else "stop",
                    "entry": entry,
                    "sl": around - sign * 3 * pip,
                    "tp": around + sign * 4 * pip,
                    "meta": {"oco": f"minute {market.index}", "max_bars": 5} if entry else {},
                }
            )
        return signals


def run(name: str, candles: dict[str, tuple[CandleTable, CandleTable]], **options: Any) -> Any:
    engine = backends.load(name)
    return run_cross_backtest(
        candles,
        Momentum(),
        account="USD",
        margin=engine.Margin(50, stop_out=0.4),
        sizing=engine.RiskFraction(0.002),
        policy=engine.ExecutionPolicy(max_positions=8),
        slippage_model=engine.SlippageModel(0.1, 0.1, 7),
        fee_model=engine.FeeModel(per_million=30.0),
        position_manager=engine.PositionManager(
            break_even=engine.BreakEven(after_r=0.5), trailing=engine.Trailing(atr=5.0)
        ),
        backend=name,
        **options,
    )


def test_one_digest_on_every_backend() -> None:
    candles = {symbol: (read_csv(bid), read_csv(ask)) for symbol, (bid, ask) in FILES.items()}
    usable = [name for name in backends.NAMES if backends.status(name).ok]
    results = {name: run(name, candles) for name in usable}
    reference = results["python"]
    assert reference.equity.num_rows == 1_078
    told = " ".join(reference.notes)
    assert "EURUSD 183, USDJPY 93 of 1078" in told
    assert "P3.row_stale" in told
    assert reference.trades.num_rows > 100
    assert set(reference.trades["symbol"].to_pylist()) == set(PAIRS)
    assert reference.ambiguous.num_rows > 0
    for name, result in results.items():
        assert result.digest == reference.digest, name
        assert result.summary == reference.summary
        assert result.exact == reference.exact


def test_keys_that_are_no_times_give_the_same_trades() -> None:
    candles = {symbol: (read_csv(bid), read_csv(ask)) for symbol, (bid, ask) in FILES.items()}
    engine = backends.load("python")
    lookups: dict[str, dict[str, dict[int, Any]]] = {}
    keys = sorted({int(time) for bid, _ in candles.values() for time in bid.time_us})
    place = {time: number * 3 for number, time in enumerate(keys)}
    for symbol, sides in candles.items():
        lookups[symbol] = {}
        for side, table in zip(("bid", "ask"), sides, strict=True):
            rows = engine.Candles(*table.columns())
            lookups[symbol][side] = {
                place[int(time)]: rows[row] for row, time in enumerate(table.time_us)
            }
    options: dict[str, Any] = {
        "sizing": engine.FixedLots(0.1),
        "fee_model": engine.FeeModel(per_lot=3.0),
        "backend": "python",
    }
    timed = run_cross_backtest(candles, Momentum(), **options)
    placed = run_cross_backtest(lookups, Momentum(), **options)
    assert placed.config["keys"] == "int"
    assert placed.equity["key"].to_pylist() == [number * 3 for number in range(len(keys))]
    for column in ("order_id", "entry_price", "exit_price", "result", "reason"):
        assert placed.trades[column].to_pylist() == timed.trades[column].to_pylist()
    exits = placed.trades["exit_key"].to_pylist()
    times = timed.trades["exit_time_us"].to_pylist()
    assert exits == [None if time is None else place[time] for time in times]
