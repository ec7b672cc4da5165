"""The names that every backend offers, and their types.

At run time this is a list of names. To a type checker it shows the reference engine, whose types
the other backends share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyengine.account import Margin as Margin
    from pyengine.aligned import AlignedCandles as AlignedCandles
    from pyengine.ambiguity import Mark as Mark
    from pyengine.candles import Candle as Candle
    from pyengine.candles import Candles as Candles
    from pyengine.config import ExecutionPolicy as ExecutionPolicy
    from pyengine.config import FeeModel as FeeModel
    from pyengine.config import FixedLots as FixedLots
    from pyengine.config import RiskAmount as RiskAmount
    from pyengine.config import RiskFraction as RiskFraction
    from pyengine.config import SlippageModel as SlippageModel
    from pyengine.cross_symbol_engine import CrossSymbolEventEngine as CrossSymbolEventEngine
    from pyengine.event_engine import EventEngine as EventEngine
    from pyengine.execution import ExecutionSimulator as ExecutionSimulator
    from pyengine.expressions.strategy import ExpressionStrategy as ExpressionStrategy
    from pyengine.indicators.atr import Atr as Atr
    from pyengine.indicators.batch import IndicatorBatch as IndicatorBatch
    from pyengine.indicators.batch import precompute_indicators as precompute_indicators
    from pyengine.indicators.cache import IndicatorCache as IndicatorCache
    from pyengine.indicators.ema import Ema as Ema
    from pyengine.indicators.ema import ema as ema
    from pyengine.indicators.garch import Garch as Garch
    from pyengine.indicators.garch import KalmanGarchZscore as KalmanGarchZscore
    from pyengine.indicators.kalman import KalmanMean as KalmanMean
    from pyengine.indicators.kalman import KalmanZscore as KalmanZscore
    from pyengine.indicators.momentum import Macd as Macd
    from pyengine.indicators.momentum import Roc as Roc
    from pyengine.indicators.momentum import Rsi as Rsi
    from pyengine.indicators.moving import Bollinger as Bollinger
    from pyengine.indicators.moving import Sma as Sma
    from pyengine.indicators.moving import Zscore as Zscore
    from pyengine.indicators.trend import Choppiness as Choppiness
    from pyengine.indicators.trend import Dmi as Dmi
    from pyengine.manager_settings import BreakEven as BreakEven
    from pyengine.manager_settings import Partial as Partial
    from pyengine.manager_settings import Trailing as Trailing
    from pyengine.memory import release_memory as release_memory
    from pyengine.multi_symbol_slice import MultiSymbolSlice as MultiSymbolSlice
    from pyengine.portfolio import Portfolio as Portfolio
    from pyengine.position_face import PortfolioPosition as PortfolioPosition
    from pyengine.position_manager import PositionManager as PositionManager
    from pyengine.rate_series import RateSeries as RateSeries
    from pyengine.rates import Rates as Rates
    from pyengine.series_view import SeriesView as SeriesView
    from pyengine.sessions import Session as Session
    from pyengine.signals import Rejection as Rejection
    from pyengine.signals import TradeSignal as TradeSignal
    from pyengine.slices import SymbolDataSlice as SymbolDataSlice
    from pyengine.strategies.breakout import Breakout as Breakout
    from pyengine.strategies.columns import ColumnStrategy as ColumnStrategy
    from pyengine.strategies.cross_columns import CrossColumnStrategy as CrossColumnStrategy
    from pyengine.strategies.ema_atr import EmaAtr as EmaAtr
    from pyengine.strategies.ema_cross import EmaCross as EmaCross
    from pyengine.strategies.pair_spread import PairSpread as PairSpread
    from pyengine.strategies.zscore_reversion import ZScoreReversion as ZScoreReversion
    from pyengine.strategy import StrategyWrapper as StrategyWrapper
    from pyengine.symbol_view import SymbolView as SymbolView
    from pyengine.symbols import SymbolSpec as SymbolSpec
    from pyengine.trace import Tracer as Tracer

FACE = frozenset(
    {
        "AlignedCandles",
        "Atr",
        "Bollinger",
        "BreakEven",
        "Breakout",
        "Candle",
        "Candles",
        "Choppiness",
        "ColumnStrategy",
        "CrossColumnStrategy",
        "CrossSymbolEventEngine",
        "Dmi",
        "Ema",
        "EmaAtr",
        "EmaCross",
        "EventEngine",
        "ExecutionPolicy",
        "ExecutionSimulator",
        "ExpressionStrategy",
        "FeeModel",
        "FixedLots",
        "Garch",
        "IndicatorBatch",
        "IndicatorCache",
        "KalmanGarchZscore",
        "KalmanMean",
        "KalmanZscore",
        "Macd",
        "Margin",
        "Mark",
        "MultiSymbolSlice",
        "PairSpread",
        "Partial",
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
        "SlippageModel",
        "Sma",
        "StrategyWrapper",
        "SymbolDataSlice",
        "SymbolSpec",
        "SymbolView",
        "Tracer",
        "TradeSignal",
        "Trailing",
        "ZScoreReversion",
        "Zscore",
        "ema",
        "precompute_indicators",
        "release_memory",
    }
)
