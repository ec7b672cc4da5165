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
    assert isinstance(seen["candle"], types.CandleLike)
    assert isinstance(seen["signal"], types.TradeSignalLike)


def test_strategies_fit_their_protocols(backend) -> None:
    assert isinstance(EveryTenth(), types.OnDataStrategy)
    assert isinstance(backend.StrategyWrapper(EveryTenth()), types.StrategyEvaluator)
    assert isinstance(backend.EmaCross("M1"), types.StrategyEvaluator)
