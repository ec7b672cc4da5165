"""Fillproof: bar-by-bar backtesting on bid and ask, on twin engines that agree to the last bit.

Importing this package loads nothing else. A class of the engine comes from the backend in use,
which is settled when the first one is asked for::

    from fillproof import EventEngine, run_backtest

``fillproof.rust``, ``fillproof.cython`` and ``fillproof.python`` name a backend outright.
Read `fillproof.run` next.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fillproof._face import FACE

if TYPE_CHECKING:
    from fillproof import cython, data, python, rust
    from fillproof._face import (
        AlignedCandles,
        Atr,
        Bollinger,
        BreakEven,
        Breakout,
        Candle,
        Candles,
        Choppiness,
        ColumnStrategy,
        CrossColumnStrategy,
        CrossSymbolEventEngine,
        Dmi,
        Ema,
        EmaAtr,
        EmaCross,
        EventEngine,
        ExecutionPolicy,
        ExecutionSimulator,
        ExpressionStrategy,
        FeeModel,
        FixedLots,
        Garch,
        IndicatorBatch,
        IndicatorCache,
        KalmanGarchZscore,
        KalmanMean,
        KalmanZscore,
        Macd,
        Margin,
        Mark,
        MultiSymbolSlice,
        PairSpread,
        Partial,
        Portfolio,
        PortfolioPosition,
        PositionManager,
        Rates,
        RateSeries,
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
        SymbolView,
        Tracer,
        TradeSignal,
        Trailing,
        Zscore,
        ZScoreReversion,
        ema,
        precompute_indicators,
        release_memory,
    )
    from fillproof.backends import build_info
    from fillproof.bounds import BoundsResult
    from fillproof.cross_run import run_cross_backtest
    from fillproof.errors import (
        BackendChosen,
        BackendUnavailable,
        CandleError,
        CandleTypeError,
        ConfigError,
        CrossedBarsWarning,
        DataError,
        DigestError,
        EnginePanic,
        ExitBufferWarning,
        FillproofError,
        LevelError,
        LevelTypeError,
        LookAheadError,
        LookAheadWarning,
        PhaseError,
        ShadowWarning,
        SignalError,
        SignalRejected,
        SliceError,
    )
    from fillproof.explanation import explain
    from fillproof.hybrid import run_backtest_hybrid
    from fillproof.results import BacktestResult
    from fillproof.run import run_backtest
    from fillproof.signal_table import SIGNAL_SCHEMA, signals_from, signals_table
    from fillproof.sweeps.result import SweepInterrupted, SweepResult
    from fillproof.sweeps.sweeping import sweep
    from fillproof.sweeps.windows import WalkForwardResult, walk_forward

__version__ = "0.1.0"

_ERRORS = (
    "BackendChosen",
    "BackendUnavailable",
    "CandleError",
    "CandleTypeError",
    "ConfigError",
    "CrossedBarsWarning",
    "DataError",
    "DigestError",
    "EnginePanic",
    "ExitBufferWarning",
    "FillproofError",
    "LevelError",
    "LevelTypeError",
    "LookAheadError",
    "LookAheadWarning",
    "PhaseError",
    "ShadowWarning",
    "SignalError",
    "SignalRejected",
    "SliceError",
)
# Public name -> the module of this package that defines it.
_HOMES = {
    **dict.fromkeys(_ERRORS, "fillproof.errors"),
    "BacktestResult": "fillproof.results",
    "BoundsResult": "fillproof.bounds",
    "build_info": "fillproof.backends",
    "explain": "fillproof.explanation",
    "run_backtest": "fillproof.run",
    "run_backtest_hybrid": "fillproof.hybrid",
    "run_cross_backtest": "fillproof.cross_run",
    "SIGNAL_SCHEMA": "fillproof.signal_table",
    "signals_from": "fillproof.signal_table",
    "signals_table": "fillproof.signal_table",
    "sweep": "fillproof.sweeps.sweeping",
    "SweepInterrupted": "fillproof.sweeps.result",
    "SweepResult": "fillproof.sweeps.result",
    "walk_forward": "fillproof.sweeps.windows",
    "WalkForwardResult": "fillproof.sweeps.windows",
}
_MODULES = frozenset({"cython", "data", "errors", "python", "results", "rust", "types"})

__all__ = [
    "SIGNAL_SCHEMA",
    "AlignedCandles",
    "Atr",
    "BackendChosen",
    "BackendUnavailable",
    "BacktestResult",
    "Bollinger",
    "BoundsResult",
    "BreakEven",
    "Breakout",
    "Candle",
    "CandleError",
    "CandleTypeError",
    "Candles",
    "Choppiness",
    "ColumnStrategy",
    "ConfigError",
    "CrossColumnStrategy",
    "CrossSymbolEventEngine",
    "CrossedBarsWarning",
    "DataError",
    "DigestError",
    "Dmi",
    "Ema",
    "EmaAtr",
    "EmaCross",
    "EnginePanic",
    "EventEngine",
    "ExecutionPolicy",
    "ExecutionSimulator",
    "ExitBufferWarning",
    "ExpressionStrategy",
    "FeeModel",
    "FillproofError",
    "FixedLots",
    "Garch",
    "IndicatorBatch",
    "IndicatorCache",
    "KalmanGarchZscore",
    "KalmanMean",
    "KalmanZscore",
    "LevelError",
    "LevelTypeError",
    "LookAheadError",
    "LookAheadWarning",
    "Macd",
    "Margin",
    "Mark",
    "MultiSymbolSlice",
    "PairSpread",
    "Partial",
    "PhaseError",
    "Portfolio",
    "PortfolioPosition",
    "PositionManager",
    "RateSeries",
    "Rates",
    "Rejection",
    "RiskAmount",
    "RiskFraction",
    "Roc",
    "Rsi",
    "SeriesView",
    "Session",
    "ShadowWarning",
    "SignalError",
    "SignalRejected",
    "SliceError",
    "SlippageModel",
    "Sma",
    "StrategyWrapper",
    "SweepInterrupted",
    "SweepResult",
    "SymbolDataSlice",
    "SymbolSpec",
    "SymbolView",
    "Tracer",
    "TradeSignal",
    "Trailing",
    "WalkForwardResult",
    "ZScoreReversion",
    "Zscore",
    "build_info",
    "cython",
    "data",
    "ema",
    "explain",
    "precompute_indicators",
    "python",
    "release_memory",
    "run_backtest",
    "run_backtest_hybrid",
    "run_cross_backtest",
    "rust",
    "signals_from",
    "signals_table",
    "sweep",
    "use",
    "walk_forward",
]


def use(name: str) -> None:
    """Choose the backend that ``fillproof`` hands out, before it has handed out anything.

    Parameters
    ----------
    name : str
        ``"rust"``, ``"cython"`` or ``"python"``.

    Raises
    ------
    BackendUnavailable
        The backend is absent, stale or of another version (``BACKEND_UNAVAILABLE``).
    ConfigError
        There is no backend of that name (``BACKEND_UNKNOWN``).
    BackendChosen
        A class of another backend was handed out already (``BACKEND_CHOSEN``): two backends would
        be mixed unnoticed. Naming the backend that is in use is allowed at any time.

    Examples
    --------
    >>> import fillproof
    >>> fillproof.use("python")  # doctest: +SKIP
    """
    from fillproof import backends

    backends.use(name)


def __getattr__(name: str) -> Any:
    if name in FACE:
        from fillproof import backends

        # Kept, so that the next look-up is a plain one; `use` refuses to change it from here on.
        value = globals()[name] = getattr(backends.chosen(), name)
        return value
    if name in _HOMES:
        value = globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
        return value
    if name in _MODULES:
        return importlib.import_module(f"fillproof.{name}")
    raise AttributeError(f"module 'fillproof' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__", "backends", "errors", "results", "types"})
