"""The Rust engine of Fillproof, under the names that every backend offers.

The state lies in the compiled module; what is handed out are handles on it. Types and documentation
are in ``_rsengine.pyi``. Import names from here, or let ``fillproof`` choose the backend.
"""

from collections.abc import Sequence

from ._rsengine import (
    AlignedCandles,
    Atr,
    Bollinger,
    BreakEven,
    Candle,
    Candles,
    Choppiness,
    Dmi,
    Ema,
    EmaCross,
    EventEngine,
    ExecutionPolicy,
    ExecutionSimulator,
    FeeModel,
    FixedLots,
    Garch,
    IndicatorBatch,
    IndicatorCache,
    KalmanGarchZscore,
    KalmanMean,
    KalmanZscore,
    Macd,
    Mark,
    Partial,
    Portfolio,
    PortfolioPosition,
    PositionManager,
    Rejection,
    RiskAmount,
    RiskFraction,
    Roc,
    Rsi,
    SeriesView,
    Session,
    SlippageModel,
    Sma,
    StrategyWrapper,
    SymbolDataSlice,
    SymbolSpec,
    Tracer,
    TradeSignal,
    Trailing,
    Zscore,
    build_info,
    ema,
    precompute_indicators,
)

__all__ = [
    "AlignedCandles",
    "Atr",
    "Bollinger",
    "BreakEven",
    "Candle",
    "Candles",
    "Choppiness",
    "Dmi",
    "Ema",
    "EmaCross",
    "EventEngine",
    "ExecutionPolicy",
    "ExecutionSimulator",
    "FeeModel",
    "FixedLots",
    "Garch",
    "IndicatorBatch",
    "IndicatorCache",
    "KalmanGarchZscore",
    "KalmanMean",
    "KalmanZscore",
    "Macd",
    "Mark",
    "Partial",
    "Portfolio",
    "PortfolioPosition",
    "PositionManager",
    "Rejection",
    "RiskAmount",
    "RiskFraction",
    "Roc",
    "Rsi",
    "SeriesView",
    "Session",
    "SlippageModel",
    "Sma",
    "StrategyWrapper",
    "SymbolDataSlice",
    "SymbolSpec",
    "Tracer",
    "TradeSignal",
    "Trailing",
    "Zscore",
    "build_info",
    "ema",
    "precompute_indicators",
]

Sequence.register(AlignedCandles)
Sequence.register(Candles)
Sequence.register(SeriesView)

if build_info()["opt_level"] == "0":
    import warnings

    warnings.warn(
        "rsengine was built without optimisation: right, but slow", RuntimeWarning, stacklevel=2
    )
