"""The reference engine: plain Python, which Cython compiles from the same files.

``pyengine`` is the interpreted twin, ``pyengine._compiled`` the compiled one; both offer the
names of :data:`EXPORTS`. Read ``event_engine`` first, then ``execution``, then ``portfolio``.
Names load on first use, so that one twin can be used without loading the other.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

EXPORTS: dict[str, str] = {
    "AlignedCandles": "aligned",
    "Atr": "indicators.atr",
    "Bollinger": "indicators.moving",
    "BreakEven": "manager_settings",
    "Breakout": "strategies.breakout",
    "Candle": "candles",
    "Candles": "candles",
    "Choppiness": "indicators.trend",
    "ColumnStrategy": "strategies.columns",
    "CrossColumnStrategy": "strategies.cross_columns",
    "CrossSymbolEventEngine": "cross_symbol_engine",
    "Dmi": "indicators.trend",
    "Ema": "indicators.ema",
    "EmaAtr": "strategies.ema_atr",
    "EmaCross": "strategies.ema_cross",
    "EventEngine": "event_engine",
    "ExecutionPolicy": "config",
    "ExecutionSimulator": "execution",
    "ExpressionStrategy": "expressions.strategy",
    "FeeModel": "config",
    "FixedLots": "config",
    "Garch": "indicators.garch",
    "IndicatorBatch": "indicators.batch",
    "IndicatorCache": "indicators.cache",
    "KalmanGarchZscore": "indicators.garch",
    "KalmanMean": "indicators.kalman",
    "KalmanZscore": "indicators.kalman",
    "Macd": "indicators.momentum",
    "Margin": "account",
    "Mark": "ambiguity",
    "MultiSymbolSlice": "multi_symbol_slice",
    "PairSpread": "strategies.pair_spread",
    "Partial": "manager_settings",
    "Portfolio": "portfolio",
    "PortfolioPosition": "position_face",
    "PositionManager": "position_manager",
    "RateSeries": "rate_series",
    "Rates": "rates",
    "Rejection": "signals",
    "RiskAmount": "config",
    "RiskFraction": "config",
    "Roc": "indicators.momentum",
    "Rsi": "indicators.momentum",
    "SeriesView": "series_view",
    "Session": "sessions",
    "SlippageModel": "config",
    "Sma": "indicators.moving",
    "StrategyWrapper": "strategy",
    "SymbolDataSlice": "slices",
    "SymbolSpec": "symbols",
    "SymbolView": "symbol_view",
    "Tracer": "trace",
    "TradeSignal": "signals",
    "Trailing": "manager_settings",
    "ZScoreReversion": "strategies.zscore_reversion",
    "Zscore": "indicators.moving",
    "ema": "indicators.ema",
    "precompute_indicators": "indicators.batch",
    "release_memory": "memory",
}

__all__ = [*EXPORTS, "build_info"]  # noqa: PLE0604 - the keys are text


def _version() -> str | None:
    """Return the installed distribution's version, None in a bare source tree."""
    try:
        return version("fillproof")
    except PackageNotFoundError:
        return None


def build_info() -> dict[str, object]:
    """Say what this backend is: plain source, read by the interpreter that runs."""
    here = Path(__file__).resolve().parent
    digest = sha256()
    for path in sorted(here.rglob("*.py")):
        if "_compiled" not in path.parts and "tests" not in path.parts:
            digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes())
    return {
        "backend": "python",
        "version": _version(),
        "build": f"{sys.implementation.name} {sys.version.split()[0]}",
        "compiler": None,
        "profile": None,
        "source_hash": digest.hexdigest(),
        "module_file": str(here / "event_engine.py"),
    }


def __getattr__(name: str) -> object:
    """Load the interpreted twin of an exported name."""
    if name not in EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{EXPORTS[name]}"), name)
    globals()[name] = value
    return value
