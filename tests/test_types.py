"""The protocols describe what the backends hand out."""

from __future__ import annotations

from typing import Any

from fillproof import run_backtest, types

from .helpers import EveryTenth, wave


def test_slices_candles_and_signals_fit_their_protocols(backend, backend_name) -> None:
    seen: dict[str, Any] = {}

    def look(index: int, slices: Any) -> Any:
        view = slices["EURUSD"]
        seen["slice"], seen["candle"] = view, view.latest("M1")
        seen["signal"] = backend.TradeSignal(
            "long", 1.1, None, None, "EURUSD", view.latest("M1").timestamp
        )

    bid, ask = wave(3)
    run_backtest(bid, ask, look, symbol="EURUSD", backend=backend_name)
    assert isinstance(seen["slice"], types.SymbolDataSliceProtocol)
    assert isinstance(seen["slice"].indicators, types.IndicatorCacheProtocol)
    assert isinstance(seen["candle"], types.CandleLike)
    assert isinstance(seen["signal"], types.TradeSignalLike)


def test_executors_managers_and_marks_fit_their_protocols(backend) -> None:
    executor = backend.ExecutionSimulator(backend.Portfolio())
    assert isinstance(executor, types.ExecutorLike)
    assert isinstance(executor, types.CommandTaker)
    assert isinstance(backend.PositionManager(), types.PositionManagerLike)
    assert isinstance(backend.Mark("X3.worst", 0, "target", 1.1, 5.0), types.MarkLike)


def test_strategies_fit_their_protocols(backend) -> None:
    assert isinstance(EveryTenth(), types.OnDataStrategy)
    assert isinstance(backend.StrategyWrapper(EveryTenth()), types.StrategyEvaluator)
    assert isinstance(backend.EmaCross("M1"), types.StrategyEvaluator)
