"""The reference engine: plain Python, which Cython compiles from the same files.

``pyengine`` is the interpreted twin, ``pyengine._compiled`` the compiled one; both offer the
names of :data:`EXPORTS`. Read ``event_engine`` first, then ``execution``, then ``portfolio``.
Names load on first use, so that one twin can be used without loading the other.
"""

from __future__ import annotations

from importlib import import_module

EXPORTS: dict[str, str] = {
    "Candle": "candles",
    "Candles": "candles",
    "Ema": "indicators.ema",
    "EmaCross": "strategies.ema_cross",
    "EventEngine": "event_engine",
    "ExecutionPolicy": "config",
    "ExecutionSimulator": "execution",
    "FeeModel": "config",
    "FixedLots": "config",
    "Portfolio": "portfolio",
    "PortfolioPosition": "position_face",
    "Rejection": "signals",
    "RiskAmount": "config",
    "SlippageModel": "config",
    "StrategyWrapper": "strategy",
    "SymbolDataSlice": "slices",
    "SymbolSpec": "config",
    "TradeSignal": "signals",
    "Tracer": "trace",
    "build_info": "build",
    "ema": "indicators.ema",
}

__all__ = list(EXPORTS)


def __getattr__(name: str) -> object:
    """Load the interpreted twin of an exported name."""
    if name not in EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{EXPORTS[name]}"), name)
    globals()[name] = value
    return value
